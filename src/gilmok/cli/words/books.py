"""Words of `gilmok ledger` and `gilmok forecast`."""

from __future__ import annotations

from gilmok.core.said import Said

IN_MEMORY = Said(
    "This gateway's ledger is in memory: there is no file to read.",
    "이 게이트웨이의 장부는 메모리에 있어 읽을 파일이 없습니다.",
)
COPIED = Said(
    "The ledger is copied to {file}. Keep keys.db and users.key with it: they lie beside the ledger.",
    "장부를 {file} 파일에 복사했습니다. 장부 옆의 keys.db와 users.key도 함께 보관하세요.",
)
FORGOTTEN = Said(
    "{user} is in no receipt any more. Receipts that named it: {count}; their costs stay.",
    "이제 어느 영수증에도 {user}이(가) 없습니다. 이름을 지운 영수증은 {count}개이며 비용은 그대로입니다.",
)
NEVER_MET = Said(
    "No receipt names {user}. Check the tenant and the name as the caller writes it.",
    "{user}이(가) 있는 영수증이 없습니다. 테넌트와 호출자가 쓰는 이름을 확인하세요.",
)
AGREES = Said("The books agree.", "장부가 모두 맞습니다.")
DISAGREES = Said("{count} disagreements:", "맞지 않는 곳이 {count}군데 있습니다.")
AND_MORE = Said("… and {count} more", "… 외 {count}개")
RECEIPTS = Said("receipts", "영수증")
ATTEMPTS = Said("attempts", "시도")
TOP_UPS = Said("top-ups", "충전")
ESTIMATED = Said("of which estimated", "그중 추정")
OVERRUNS = Said("above what was held", "예약을 넘은 금액")
IN_FLIGHT = Said("being answered", "처리 중")
COUNT = Said("rows", "행")
AMOUNT = Said("amount", "금액")
WHAT = Said("what", "내용")
WHERE = Said("where", "위치")
DETAIL = Said("numbers", "숫자")

FINDINGS = {
    "cost_without_attempt": Said("a cost and no attempt", "시도 없이 비용만 있음"),
    "cost_mismatch": Said("the attempts cost something else", "시도의 합과 비용이 다름"),
    "attempts_mismatch": Said("attempts differ from their explanation", "시도와 설명이 다름"),
    "tokens_mismatch": Said("no attempt has these tokens", "토큰 수가 맞는 시도가 없음"),
    "endpoint_mismatch": Said("the endpoint was never asked", "요청한 적 없는 엔드포인트"),
    "label_mismatch": Said("the label differs from its explanation", "민감도와 설명이 다름"),
    "estimate_unmarked": Said("an estimate that is not marked", "추정 표시가 없음"),
    "no_explanation": Said("no explanation", "설명이 없음"),
    "explanation_unreadable": Said("its explanation cannot be read", "설명을 읽을 수 없음"),
    "out_of_bounds": Said("a number that cannot be", "있을 수 없는 숫자"),
    "unknown_value": Said("a code that nobody knows", "알 수 없는 코드"),
    "orphan_explanation": Said("an explanation without a receipt", "영수증 없는 설명"),
    "orphan_attempt": Said("an attempt without a receipt", "영수증 없는 시도"),
    "bad_top_up": Said("a top-up that cannot be", "잘못된 충전"),
    "stale_intent": Said("an attempt that never ended", "끝나지 않은 시도"),
    "file_damaged": Said("the file is damaged", "파일이 손상됨"),
}
"""What the codes of `ledger.audit.Finding` mean."""

SPAN = Said(
    "{days:.1f} days since {since}: {requests:,.1f} answers a day, {input:,.0f} tokens in and "
    "{output:,.0f} out each",
    "{since}부터 {days:.1f}일: 하루 답 {requests:,.1f}개, 답마다 입력 {input:,.0f}토큰, 출력 "
    "{output:,.0f}토큰",
)
NOTHING_YET = Said("No answers to forecast from.", "예측할 답이 아직 없습니다.")
THIN = Said(
    "This is less than a day or fewer than 100 requests: a rough guess.",
    "하루가 안 되거나 요청이 100개보다 적어 대략적인 값입니다.",
)
PER_DAY = Said("a day", "하루")
INPUT = Said("tokens in", "입력 토큰")
OUTPUT = Said("tokens out", "출력 토큰")
MONTHLY = Said("a month at its price", "정가로 한 달")
CHARGED = Said("a month as charged", "청구액으로 한 달")
IN_ALL = Said("A month at these prices", "정가로 한 달")
AS_CHARGED = Said("A month as charged so far", "지금까지의 청구액으로 한 달")
REFERENCE = Said("All of it at {model}", "모두 {model}(으)로 했다면")
THE_CONFIGURED = Said("the reference price", "기준 가격")
SAVED = Said("Saved", "절감")
