"""Words of `explain` and `report`."""

from __future__ import annotations

from gilmok.config.problems import Said

NO_DECISIONS = Said("No decision is recorded yet.", "아직 기록된 결정이 없습니다.")
UNKNOWN_DECISION = Said(
    "No decision {id} is recorded here. `gilmok explain last` shows the latest.",
    "{id} 결정은 기록에 없습니다. `gilmok explain last`가 가장 최근 결정을 보여 줍니다.",
)
LAST_NEEDS_FILE = Said(
    "`last` needs the ledger's file; a gateway only tells decisions by their id.",
    "`last`에는 장부 파일이 필요합니다. 게이트웨이는 id로만 결정을 알려 줍니다.",
)
MEMORY_LEDGER = Said(
    'The ledger is in the gateway\'s memory ([ledger] path = ":memory:"), so only --url can ask it.',
    '장부가 게이트웨이의 메모리에 있어([ledger] path = ":memory:") --url로만 물어볼 수 있습니다.',
)

DECISION = Said("decision", "결정")
WHEN = Said("when", "언제")
ASKED = Said("asked for", "요청 모델")
BY = Said("by", "요청자")
OUTCOME = Said("outcome", "결과")
ANSWERED_BY = Said("answered by", "답한 곳")
SENSITIVITY = Said("sensitivity", "민감도")
TOKENS = Said("tokens", "토큰")
IN_OUT = Said("{prompt} in, {completion} out", "입력 {prompt}, 출력 {completion}")
IN_OUT_ESTIMATED = Said(
    "{prompt} in, {completion} out (estimated)", "입력 {prompt}, 출력 {completion}(추정)"
)
COST = Said("cost", "비용")
CHARGED = Said("{cost} charged, {held} held at worst", "{cost} 청구, 최대 {held} 예약")
TIME = Said("time", "시간")
FIRST_AND_TOTAL = Said(
    "{first} to the first token, {total} in all", "첫 토큰 {first}, 전체 {total}"
)
CACHE = Said("cache", "캐시")
FOUND = Said("complexity", "복잡도")
FOUND_VALUE = Said(
    "{complexity} ({score:.2f}); response time: {time}; language: {language}",
    "{complexity}({score:.2f}), 응답 시간: {time}, 언어: {language}",
)
EXPECTED = Said("expected tokens", "예상 토큰")
DETECTORS_FAILED = Said("failed detectors", "실패한 검사기")
FALLBACK = Said("fallback", "대체")

EVIDENCE = Said("Why this sensitivity", "민감도의 근거")
KIND = Said("kind", "종류")
MEANING = Said("meaning", "뜻")
LEVEL = Said("level", "수준")
COUNT = Said("times", "횟수")
CANDIDATES = Said(
    "Candidates in order (weights: quality {quality:.2f}, price {price:.2f}, time {time:.2f})",
    "순서대로 본 후보(가중치: 품질 {quality:.2f}, 가격 {price:.2f}, 시간 {time:.2f})",
)
SCORE = Said("score", "점수")
QUALITY = Said("quality", "품질")
MASKED = Said("masked", "가림")
VETOES = Said("Out of the question", "제외된 곳")
WHY = Said("why", "이유")
ATTEMPTS = Said("Attempts", "시도")
STARTED = Said("started", "시작")
FIRST_TOKEN = Said("first token", "첫 토큰")
ENDED = Said("ended", "끝")

VETO = {
    "name": Said("another model was asked for", "다른 모델을 요청함"),
    "key_right": Said("the key may not use it ({detail})", "이 키로 쓸 수 없음({detail})"),
    "zone_right": Said(
        "the key may not use its zone ({detail})", "이 키로 쓸 수 없는 구역({detail})"
    ),
    "label": Said(
        "the text may not leave this machine and its network",
        "내용이 이 컴퓨터와 사설망을 벗어날 수 없음",
    ),
    "dialect": Said("its API cannot carry: {detail}", "API가 전달할 수 없는 값: {detail}"),
    "capability": Said("it cannot: {detail}", "지원하지 않음: {detail}"),
    "context": Said(
        "the prompt does not fit {detail} tokens", "프롬프트가 {detail}토큰에 들어가지 않음"
    ),
    "down": Said("it is not running ({detail})", "실행 중이 아님({detail})"),
    "blocked": Said("it rests after failures ({detail})", "실패 뒤 쉬는 중({detail})"),
    "breaker": Said("it rests after failures ({detail})", "실패 뒤 쉬는 중({detail})"),
}
OUTCOMES = {
    "completed": Said("completed", "완료"),
    "refused": Said("refused", "거절"),
    "failed": Said("failed", "실패"),
    "broken": Said("broke off", "중간에 끊김"),
    "cancelled": Said("the client left", "요청자가 떠남"),
    "answered": Said("answered", "답함"),
    "connect_failed": Said("not reachable", "연결할 수 없음"),
    "zone_refused": Said("its address proved less trust", "주소의 신뢰가 부족함"),
    "first_token_timeout": Said("no first token in time", "첫 토큰이 제때 오지 않음"),
    "malformed_answer": Said("an unreadable answer", "읽을 수 없는 답"),
    "empty_answer": Said("an empty answer", "빈 답"),
    "stream_broken": Said("the stream broke", "스트림이 끊김"),
    "stream_stalled": Said("the stream stalled", "스트림이 멈춤"),
    "stream_error_event": Said("the stream reported an error", "스트림이 오류를 알림"),
    "swept_after_crash": Said("the gateway died", "게이트웨이가 죽음"),
}
STATUS = Said("status {status}", "상태 {status}")

EVIDENCE_KINDS = {
    "contact.address": Said("postal address", "주소"),
    "contact.email": Said("email address", "전자우편 주소"),
    "contact.ip": Said("IP address", "IP 주소"),
    "contact.mac": Said("hardware address", "하드웨어 주소"),
    "contact.phone": Said("phone number", "전화번호"),
    "finance.account": Said("bank account", "계좌번호"),
    "finance.card": Said("payment card", "카드번호"),
    "finance.iban": Said("IBAN", "IBAN"),
    "id.kr_brn": Said("business registration number", "사업자등록번호"),
    "id.kr_corporate": Said("corporate registration number", "법인등록번호"),
    "id.kr_frn": Said("foreigner registration number", "외국인등록번호"),
    "id.kr_licence": Said("driving licence", "운전면허번호"),
    "id.kr_plate": Said("vehicle plate", "차량번호"),
    "id.kr_rrn": Said("resident registration number", "주민등록번호"),
    "id.licence": Said("driving licence", "운전면허번호"),
    "id.passport": Said("passport number", "여권번호"),
    "id.us_ssn": Said("US social security number", "미국 사회보장번호"),
    "person.birth_date": Said("date of birth", "생년월일"),
    "person.identified": Said("a person made identifiable", "특정되는 사람"),
    "person.name": Said("name of a person", "사람 이름"),
    "secret.api_key": Said("API key", "API 키"),
    "secret.jwt": Said("access token", "접근 토큰"),
    "secret.password": Said("password", "비밀번호"),
    "secret.private_key": Said("private key", "개인 키"),
    "term.confidential": Said("one of your own terms", "직접 등록한 용어"),
    "topic.belief": Said("belief or opinion", "신념"),
    "topic.company": Said("company figures", "회사 내부 수치"),
    "topic.confidential": Said("marked confidential", "기밀 표시"),
    "topic.contact_request": Said("asks for somebody's contact", "연락처 요청"),
    "topic.finance": Said("personal finances", "개인 재무"),
    "topic.health": Said("health", "건강"),
    "topic.health_mild": Said("mild health matter", "가벼운 건강 이야기"),
    "topic.hr": Said("personnel matter", "인사"),
    "topic.keep_local": Said("asked to stay here", "밖으로 보내지 말라는 요청"),
    "topic.legal": Said("legal matter", "법률"),
    "topic.records": Said("records of people", "사람에 대한 기록"),
}
UNREADABLE = Said("cannot be read here", "여기서 읽을 수 없음")

BAD_SINCE = Said(
    "--since takes 30m, 12h, 7d, 4w or a date such as 2025-01-31.",
    "--since에는 30m, 12h, 7d, 4w 또는 2025-01-31 같은 날짜를 쓰세요.",
)
JSON_OR_CSV = Said("Choose --json or --csv.", "--json과 --csv 가운데 하나만 고르세요.")
REPORT_TITLE = Said("Since {since}, by {by}", "{since} 이후, {by}별")
NOTHING = Said("No request since {since}.", "{since} 이후 요청이 없습니다.")
REQUESTS = Said("requests", "요청")
SUCCESS = Said("success", "성공률")
P50 = Said("median", "중앙값")
P95 = Said("p95", "p95")
SUMMARY = Said("Summary", "요약")
COMPLETED = Said("completed", "완료")
REFUSED = Said("refused", "거절")
FAILED = Said("failed", "실패")
CANCELLED = Said("cancelled", "취소")
CACHE_HITS = Said("cache hits", "캐시 적중")
FALLBACKS = Said("fallbacks", "대체")
MOST_COMMON = Said("{count} (most often {reason})", "{count}회(가장 흔한 이유: {reason})")
ESTIMATED_PART = Said("{cost}, of which {part} estimated", "{cost}, 그중 {part} 추정")
UNPRICED = Said(
    "{cost}, without {count} answers of unknown price", "{cost}, 가격을 모르는 답 {count}개 제외"
)
SAVED = Said("saved", "절감")
SAVED_VALUE = Said("{savings} against {price} per 1M", "100만 토큰당 {price} 기준 {savings}")
GROUPS = {
    "endpoint": Said("endpoint", "엔드포인트"),
    "zone": Said("zone", "구역"),
    "tenant": Said("tenant", "테넌트"),
    "key": Said("key", "키"),
    "day": Said("day", "날짜"),
    "model": Said("model", "모델"),
    "sensitivity": Said("sensitivity", "민감도"),
}
