"""Words of the pages."""

from __future__ import annotations

from gilmok.core.said import Locale, Said
from gilmok.lab.codes import LEVELS, ZONES

_WORDS = {
    "overview": Said("Overview", "개요"),
    "decisions": Said("Decisions", "결정"),
    "decision": Said("Decision", "결정"),
    "skip": Said("Skip to the content", "본문으로 건너뛰기"),
    "span": Said("Span", "기간"),
    "span_24h": Said("24 hours", "24시간"),
    "span_7d": Said("7 days", "7일"),
    "span_30d": Said("30 days", "30일"),
    "span_90d": Said("90 days", "90일"),
    "since": Said("Since", "시작"),
    "everybody": Said("all tenants", "모든 테넌트"),
    "tenant": Said("tenant", "테넌트"),
    "table": Said("Show as a table", "표로 보기"),
    "part_1": Said("1. Totals", "1. 전체 통계"),
    "part_2": Said("2. Cloud", "2. 클라우드"),
    "part_3": Said("3. Local", "3. 로컬"),
    "part_4": Said("4. Efficiency", "4. 효율성"),
    "part_5": Said("5. Fallbacks", "5. 대체"),
    "part_6": Said("6. Recommendations", "6. 최적화 제안"),
    "part_7": Said("7. Summary", "7. 요약"),
    "local_means": Said(
        "This machine and its private network.", "이 컴퓨터와 사설망에 있는 모델입니다."
    ),
    "nothing": Said("No request in this span.", "이 기간에는 요청이 없습니다."),
    "nothing_try": Said(
        "Send one, or choose a longer span.", "요청을 보내거나 더 긴 기간을 고르세요."
    ),
    "no_decisions": Said("No decision is recorded yet.", "아직 기록된 결정이 없습니다."),
    "latest": Said(
        "The latest {count} decisions of tenant {tenant}, newest first.",
        "테넌트 {tenant}의 최근 결정 {count}개입니다. 최신순입니다.",
    ),
    "requests": Said("requests", "요청"),
    "completed": Said("completed", "완료"),
    "refused": Said("refused", "거절"),
    "failed": Said("failed", "실패"),
    "cancelled": Said("cancelled", "취소"),
    "successes": Said("successes", "성공"),
    "failures": Said("failures", "실패"),
    "unfinished": Said("unfinished", "미완료"),
    "success": Said("success rate", "성공률"),
    "mean": Said("mean time", "평균 시간"),
    "p50": Said("median", "중앙값"),
    "p95": Said("95th percentile", "95백분위"),
    "tokens": Said("tokens", "토큰"),
    "in_out": Said("{prompt} in, {completion} out", "입력 {prompt}, 출력 {completion}"),
    "cost": Said("cost", "비용"),
    "cost_of_which": Said("of which {part} estimated", "그중 {part} 추정"),
    "unpriced": Said("{count} answers of unknown price", "가격을 모르는 답 {count}개"),
    "savings": Said("saved", "절감"),
    "share": Said("share of the answers", "답변 비율"),
    "side_calls": Said("side calls", "부가 호출"),
    "cache_hits": Said("from the cache", "캐시에서"),
    "unanswered": Said("not answered", "답하지 않음"),
    "endpoint": Said("endpoint", "엔드포인트"),
    "model": Said("model", "모델"),
    "zone": Said("zone", "구역"),
    "when": Said("when", "시각"),
    "period": Said("period", "기간"),
    "by_day": Said("Requests per day by zone", "하루 요청 수(구역별)"),
    "by_hour": Said("Requests per hour by zone", "시간당 요청 수(구역별)"),
    "cost_by_day": Said("Cost per day", "하루 비용"),
    "cost_by_hour": Said("Cost per hour", "시간당 비용"),
    "columns_said": Said(
        "{count} columns from {first} to {last}; the highest is {largest}.",
        "{first}부터 {last}까지 막대 {count}개이며 가장 큰 값은 {largest}입니다.",
    ),
    "latency": Said("Time to a whole answer", "답변 전체에 걸린 시간"),
    "latency_said": Said(
        "For each endpoint the median as a bar and the 95th percentile as a line.",
        "엔드포인트마다 중앙값은 막대, 95백분위는 선으로 나타냅니다.",
    ),
    "no_latency": Said("No answer, so no time.", "답변이 없어 시간도 없습니다."),
    "efficiency_of": Said("Scores of {endpoint}", "{endpoint}의 점수"),
    "efficiency_said": Said(
        "Score {score}: cost {cost}, speed {speed}, reliability {reliability}.",
        "종합 {score}: 비용 {cost}, 속도 {speed}, 신뢰도 {reliability}.",
    ),
    "efficiency_means": Said(
        "Each from 0 to 1: cost against [feedback] cost_usd, mean time against target_latency_ms, "
        "and the success rate.",
        "각각 0에서 1까지입니다. 비용은 [feedback] cost_usd, 평균 시간은 target_latency_ms에 견주고, "
        "신뢰도는 성공률입니다.",
    ),
    "promises": Said("Promises", "약속 이행"),
    "promise_means": Said(
        "A request is met where its first token comes within {target} and it ends properly; a whole "
        "answer has to be there by then.",
        "첫 토큰이 {target} 안에 오고 끝까지 답하면 달성입니다. 스트림이 아닌 답은 그때까지 전체가 와야 합니다.",
    ),
    "met": Said("met", "달성"),
    "missed": Said("missed", "미달"),
    "met_of": Said("{met} of {requests}", "{requests}건 가운데 {met}건"),
    "compliance": Said("SLA", "달성률"),
    "goodput": Said("goodput", "굿풋"),
    "tokens_per_s": Said("{count} tokens/s", "초당 {count}토큰"),
    "per_token": Said("per token after the first", "첫 토큰 뒤 토큰당"),
    "prefill": Said("prompt read in", "프롬프트 읽기"),
    "queued": Said("waiting for a turn", "차례 대기"),
    "by_endpoint": Said("Met by endpoint", "엔드포인트별 달성률"),
    "by_endpoint_said": Said(
        "For each endpoint the share that was met as a bar, and how many requests there were.",
        "엔드포인트마다 달성률은 막대로, 요청 수는 숫자로 나타냅니다.",
    ),
    "compliance_by_day": Said("Met per day", "하루 달성률"),
    "compliance_by_hour": Said("Met per hour", "시간당 달성률"),
    "compliance_said": Said(
        "{count} columns from {first} to {last}; the lowest with a request is {lowest}.",
        "{first}부터 {last}까지 막대 {count}개이며 요청이 있던 때의 가장 낮은 값은 {lowest}입니다.",
    ),
    "score": Said("score", "종합 점수"),
    "speed": Said("speed", "속도"),
    "reliability": Said("reliability", "신뢰도"),
    "unknown": Said("unknown", "모름"),
    "fallbacks_count": Said(
        "{count} answers came from another endpoint than the first choice.",
        "답변 {count}개가 첫 번째로 고른 곳이 아닌 다른 곳에서 나왔습니다.",
    ),
    "most_common": Said("Most often: {reason}.", "가장 흔한 이유: {reason}."),
    "reasons": Said("Reasons of fallbacks", "대체 이유"),
    "reasons_said": Said(
        "How often each reason made the first choice fail.",
        "첫 번째로 고른 곳이 실패한 이유별 횟수입니다.",
    ),
    "reason": Said("reason", "이유"),
    "count": Said("times", "횟수"),
    "outcome": Said("outcome", "결과"),
    "sensitivity": Said("sensitivity", "민감도"),
    "time": Said("time", "시간"),
    "first_token": Said("first token", "첫 토큰"),
    "asked": Said("asked for", "요청 모델"),
    "does": Said("what", "종류"),
    "services": Said("Besides chat", "채팅 외 서비스"),
    "amount": Said("amount", "양"),
    "by": Said("key", "키"),
    "held": Said("held at worst", "최대 예약"),
    "fallback": Said("fallback", "대체"),
    "stream": Said("stream", "스트림"),
    "yes": Said("yes", "예"),
    "no": Said("no", "아니요"),
    "cache": Said("cache", "캐시"),
    "estimated": Said("{value} (estimated)", "{value}(추정)"),
    "validation": Said("validation", "답 검증"),
    "analyser": Said("analysed by", "분석"),
    "selector": Said("chosen by", "선택"),
    "instead": Said("{name} (instead, {reason})", "{name}(대신, {reason})"),
    "complexity": Said("complexity", "복잡도"),
    "response_time": Said("response time", "응답 시간"),
    "language": Said("language", "언어"),
    "clearance": Said("clearance", "허용 범위"),
    "detectors_failed": Said("failed detectors", "실패한 검사기"),
    "evidence": Said("Why this sensitivity", "민감도의 근거"),
    "kind": Said("kind", "종류"),
    "meaning": Said("meaning", "뜻"),
    "level": Said("level", "수준"),
    "candidates": Said("Candidates in order", "순서대로 본 후보"),
    "weights": Said(
        "Weights: quality {quality}, price {price}, time {time}.",
        "가중치: 품질 {quality}, 가격 {price}, 시간 {time}.",
    ),
    "quality": Said("quality", "품질"),
    "expected_cost": Said("expected cost", "예상 비용"),
    "expected_time": Said("expected time", "예상 시간"),
    "masked": Said("masked", "가림"),
    "vetoes": Said("Out of the question", "제외된 곳"),
    "why": Said("why", "이유"),
    "attempts": Said("Attempts", "시도"),
    "purpose": Said("purpose", "목적"),
    "started": Said("started", "시작"),
    "ended": Said("ended", "끝"),
    "no_text": Said(
        "No text of the conversation is kept, so none is here.",
        "대화 내용은 저장하지 않으므로 여기에도 없습니다.",
    ),
    "back": Said("All decisions", "모든 결정"),
    "sign_in": Said(
        "Sign in with any user name and a key of this gateway as the password.",
        "사용자 이름은 아무거나, 비밀번호에는 이 게이트웨이의 키를 입력하세요.",
    ),
    "problem": Said("This page cannot be shown", "페이지를 표시할 수 없습니다"),
}


def words(locale: Locale) -> dict[str, str]:
    """Every word of the pages in one language, by its name."""
    return _KOREAN if locale == "ko" else _ENGLISH


_EVERY = {**ZONES, **LEVELS, **_WORDS}
_ENGLISH = {name: said.en for name, said in _EVERY.items()}
_KOREAN = {name: said.ko for name, said in _EVERY.items()}
