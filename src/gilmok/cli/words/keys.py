"""Words of `keys`."""

from __future__ import annotations

from gilmok.core.said import Said

MADE = Said(
    "The key, shown this once. Give it to the caller and keep it out of files:",
    "키입니다. 지금 한 번만 보여 줍니다. 호출자에게 전달하고 파일에는 남기지 마세요:",
)
TAKEN_SOON = Said(
    "A running gateway knows it within a second.", "실행 중인 게이트웨이에는 1초 안에 반영됩니다."
)
FIRST = Said(
    "This is the first key. From now on callers at this machine need one, too: `gilmok ask` and "
    "`gilmok chat` take it from GILMOK_API_KEY.",
    "첫 번째 키입니다. 이제부터는 이 컴퓨터에서도 키가 있어야 호출할 수 있습니다. `gilmok ask`와 "
    "`gilmok chat`은 GILMOK_API_KEY에서 키를 읽습니다.",
)
UNLISTED = Said(
    "Not in [[tenants]]: {tenants}. The plan `default` holds there, and no limits where there is none.",
    "[[tenants]]에 없는 테넌트입니다: {tenants}. 요금제 `default`가 적용되고, 그것도 없으면 한도가 없습니다.",
)
LAST = Said(
    "No key is left that works: nobody is answered until you create one.",
    "쓸 수 있는 키가 남지 않았습니다. 새 키를 만들 때까지 아무도 호출할 수 없습니다.",
)
OLD_ENDS = Said("The old one works until {until}.", "이전 키는 {until}까지 쓸 수 있습니다.")
OLD_ENDED = Said("The old one does not work any more.", "이전 키는 더 이상 쓸 수 없습니다.")
REVOKED = Said(
    "{id} is revoked. Answers under way end as they would; every further request is refused.",
    "{id} 키를 폐기했습니다. 진행 중인 답은 그대로 끝나고, 이후의 요청은 모두 거절됩니다.",
)
EXPIRES = Said("{id} works until {until}.", "{id} 키는 {until}까지 쓸 수 있습니다.")
LASTS = Said("{id} does not expire any more.", "{id} 키는 이제 만료되지 않습니다.")
NO_KEYS = Said("No key is stored.", "저장된 키가 없습니다.")
IN_MEMORY = Said(
    'The ledger is in the gateway\'s memory ([ledger] path = ":memory:"), and so are its stored '
    "keys: change them through its admin API (docs/keys.md).",
    '장부가 게이트웨이의 메모리에 있고([ledger] path = ":memory:") 저장된 키도 그렇습니다. 관리 API로 '
    "바꾸세요(docs/keys.ko.md).",
)
BAD_MOMENT = Said(
    "Write a span such as 30d, or a date such as 2030-01-31 or 2030-01-31T09:00.",
    "30d 같은 기간이나 2030-01-31, 2030-01-31T09:00 같은 날짜를 쓰세요.",
)
BAD_SPAN = Said(
    "--overlap takes a span from 0 to 31d: 30m, 24h, 7d.",
    "--overlap에는 0부터 31d까지의 기간(30m, 24h, 7d)을 쓰세요.",
)

BAD_LINE = Said("{file}, line {line}: {reason}.", "{file} {line}번째 줄: {reason}.")
BAD_LINES = Said(
    "Nothing was stored. Lines at fault: {count}.",
    "아무것도 저장하지 않았습니다. 잘못된 줄: {count}개.",
)
NO_ID_COLUMN = Said(
    "{file} names no column id. Its first line names the columns (id, tenant, plan, …), or every line "
    'is a JSON object such as {{"id": "kiosk-7", "tenant": "kiosk"}}.',
    "{file} 파일에 id 열이 없습니다. 첫 줄에 열 이름(id, tenant, plan, …)을 적거나 모든 줄을 "
    '{{"id": "kiosk-7", "tenant": "kiosk"}} 같은 JSON 객체로 쓰세요.',
)
UNKNOWN_COLUMN = Said(
    "{file}: its column {place} is not known. There are: {known}.",
    "{file} 파일의 {place}번째 열은 모르는 이름입니다. 쓸 수 있는 열: {known}.",
)
TWICE = Said("is the same as in line {line}", "{line}번째 줄과 같습니다")
IMPORTED = Said(
    "Keys made: {count}. A running gateway knows them within a second.",
    "키 {count}개를 만들었습니다. 실행 중인 게이트웨이에는 1초 안에 반영됩니다.",
)
SECRETS_IN = Said(
    "Their secrets are in {file}, and nowhere else.", "비밀값은 {file} 파일에만 있습니다."
)

ID = Said("key", "키")
TENANT = Said("tenant", "테넌트")
PLAN = Said("plan", "요금제")
STANDING = Said("standing", "상태")
RIGHTS = Said("may use", "권한")
CREATED = Said("created", "만든 때")
UNTIL = Said("until", "만료")
ENDED = Said("revoked", "폐기")
SECRETS = Said("secrets", "비밀값")
EVERYTHING = Said("everything", "전부")
HIGHEST = Said("up to {level}", "{level}까지")
OPERATOR = Said("sums over all tenants", "전체 합계")
NEVER = Said("never", "만료 없음")
STANDINGS = {
    "active": Said("active", "사용 가능"),
    "expired": Said("expired", "만료됨"),
    "revoked": Said("revoked", "폐기됨"),
}
