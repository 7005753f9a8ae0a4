"""Words of `explain` and `report`."""

from __future__ import annotations

from gilmok.core.said import Said
from gilmok.lab.codes import EVIDENCE_KINDS as EVIDENCE_KINDS
from gilmok.lab.codes import OUTCOMES as OUTCOMES
from gilmok.lab.codes import VETO as VETO

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
DOES = Said("what", "종류")
BY = Said("by", "요청자")
USER = Said("for the user", "최종 사용자")
PLAN = Said("plan", "요금제")
OUTCOME = Said("outcome", "결과")
ANSWERED_BY = Said("answered by", "답한 곳")
ASKED_LAST = Said("asked last", "마지막에 물은 곳")
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
IN_ALL = Said("{total} in all", "전체 {total}")
MEDIANS = Said(
    "{total} in all, {first} to the first token of a stream (medians)",
    "전체 {total}, 스트림의 첫 토큰 {first}(중앙값)",
)
PHASES = Said("phases", "단계별")
PHASES_VALUE = Said(
    "{queued} waiting for a turn, {prefill} for the prompt, {token} per token",
    "차례 대기 {queued}, 프롬프트 {prefill}, 토큰당 {token}",
)
IN_VAIN = Said("waited in vain", "소득 없이 대기")
CACHE = Said("cache", "캐시")
KEPT_FROM = Said("the answer of", "가져온 답")
FOUND = Said("complexity", "복잡도")
FOUND_VALUE = Said(
    "{complexity} ({score:.2f}); response time: {time}; language: {language}",
    "{complexity}({score:.2f}), 응답 시간: {time}, 언어: {language}",
)
EXPECTED = Said("expected tokens", "예상 토큰")
DETECTORS_FAILED = Said("failed detectors", "실패한 검사기")
FALLBACK = Said("fallback", "대체")
VALIDATION = Said("validation", "답 검증")
INJECTION = Said("injection", "조종 시도")

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
MORE = Said("{count} more", "외 {count}곳")
ATTEMPTS = Said("Attempts", "시도")
STARTED = Said("started", "시작")
FIRST_TOKEN = Said("first token", "첫 토큰")
ENDED = Said("ended", "끝")

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
CACHE_SAVED = Said("saved by the cache", "캐시로 절감")
FALLBACKS = Said("fallbacks", "대체")
MOST_COMMON = Said("{count} (most often {reason})", "{count}회(가장 흔한 이유: {reason})")
ESTIMATED_PART = Said("{cost}, of which {part} estimated", "{cost}, 그중 {part} 추정")
UNPRICED = Said(
    "{cost}, with {count} answers of unknown price at an assumed one",
    "{cost}, 가격을 모르는 답 {count}개는 가정한 가격으로 계산",
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
    "user": Said("end user", "최종 사용자"),
    "plan": Said("plan", "플랜"),
    "does": Said("what is done", "하는 일"),
}
