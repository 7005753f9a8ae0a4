"""What the codes of a decision mean, for people."""

from __future__ import annotations

from collections.abc import Mapping

from gilmok.core.said import Locale, Said
from gilmok.ledger.rows import OTHER

ZONES = {
    "local": Said("local", "로컬"),
    "private": Said("private network", "사설망"),
    "cloud": Said("cloud", "클라우드"),
}
LEVELS = {
    "low": Said("low", "낮음"),
    "medium": Said("medium", "중간"),
    "high": Said("high", "높음"),
}
COMPLEXITIES = {
    "simple": Said("simple", "단순"),
    "moderate": Said("moderate", "보통"),
    "complex": Said("complex", "복잡"),
}
RESPONSE_TIMES = {
    "fast": Said("fast", "빠르게"),
    "balanced": Said("balanced", "균형 있게"),
    "quality": Said("quality first", "품질 먼저"),
}
LANGUAGES = {
    "ko": Said("Korean", "한국어"),
    "en": Said("English", "영어"),
    "other": Said("another", "다른 언어"),
}
CACHES = {
    "off": Said("not used", "쓰지 않음"),
    "miss": Said("not in it yet", "아직 없음"),
    "hit": Said("answered from it", "캐시에서 답함"),
    "hit-parameters": Said("answered from it: another spelling", "캐시에서 답함: 표기만 다름"),
    "hit-semantic": Said("answered from it: the same meaning", "캐시에서 답함: 같은 뜻"),
    "hit-last-resort": Said(
        "answered from it: similar, as nobody else answered",
        "캐시에서 답함: 답할 곳이 없어 비슷한 답을 줌",
    ),
}

DOES = {
    "chat": Said("chat", "채팅"),
    "embeddings": Said("embeddings", "임베딩"),
    "images": Said("images", "그림"),
    "speech": Said("speech", "음성"),
    "transcription": Said("transcription", "받아쓰기"),
    "video": Said("video", "영상 분석"),
}
_AMOUNTS = {
    "images": Said("{units:,} pictures", "그림 {units:,}장"),
    "speech": Said("{units:,} characters", "{units:,}자"),
    "transcription": Said("{seconds:,.1f} s", "{seconds:,.1f}초"),
    "video": Said("{seconds:,.1f} s", "{seconds:,.1f}초"),
}
_UNKEPT = Said("not recorded: nothing here has that name", "기록하지 않음: 여기에는 없는 이름")
_TOKENS = Said("{tokens:,} tokens", "{tokens:,}토큰")

VETO = {
    "name": Said("another model was asked for", "다른 모델을 요청함"),
    "key_label": Said(
        "the key may send {detail} sensitivity at most",
        "이 키는 민감도 {detail}까지만 보낼 수 있음",
    ),
    "key_right": Said("the key may not use it ({detail})", "이 키로 쓸 수 없음({detail})"),
    "zone_right": Said(
        "the key may not use its zone ({detail})", "이 키로 쓸 수 없는 구역({detail})"
    ),
    "label": Said(
        "the text may not leave this machine and its network",
        "내용이 이 컴퓨터와 사설망을 벗어날 수 없음",
    ),
    "plan": Said(
        "the caller's plan does not offer its quality ({detail})",
        "요금제가 허용하지 않는 품질({detail})",
    ),
    "does": Said("it does something else ({detail})", "다른 일을 하는 모델({detail})"),
    "price": Said("its price is not known", "가격을 알 수 없음"),
    "dialect": Said("its API cannot carry: {detail}", "API가 전달할 수 없는 값: {detail}"),
    "capability": Said("it cannot: {detail}", "지원하지 않음: {detail}"),
    "context": Said(
        "the prompt does not fit {detail} tokens", "프롬프트가 {detail}토큰에 들어가지 않음"
    ),
    "down": Said("it is not running ({detail})", "실행 중이 아님({detail})"),
    "blocked": Said("it rests after failures ({detail})", "실패 뒤 쉬는 중({detail})"),
    "limit": Said("its own limit is reached, for {detail}", "자체 한도에 도달({detail} 뒤 가능)"),
    "memory": Said("it does not fit into memory ({detail})", "메모리에 들어가지 않음({detail})"),
    "queue": Said("its turn would come too late, in {detail}", "차례가 너무 늦게 옴({detail} 뒤)"),
    "breaker": Said("it rests after failures ({detail})", "실패 뒤 쉬는 중({detail})"),
    "budget": Said(
        "it may cost more than is left ({detail} USD)", "남은 예산보다 비쌀 수 있음({detail} USD)"
    ),
    "cap": Said(
        "what may be spent there is used up ({detail})", "그곳에 쓸 수 있는 금액을 다 씀({detail})"
    ),
}
"""Why an endpoint was out of the question; see `core.plan.Veto`."""

OUTCOMES = {
    "completed": Said("completed", "완료"),
    "refused": Said("refused", "거절"),
    "failed": Said("failed", "실패"),
    "broken": Said("broke off", "중간에 끊김"),
    "cancelled": Said("the client left", "요청자가 떠남"),
    "answered": Said("answered", "답함"),
    "endpoint_limit": Said("its own limit was reached", "자체 한도에 도달"),
    "engine_busy": Said("its turn would have come too late", "차례가 너무 늦게 옴"),
    "connect_failed": Said("not reachable", "연결할 수 없음"),
    "zone_refused": Said("its address proved less trust", "주소의 신뢰가 부족함"),
    "first_token_timeout": Said("no first token in time", "첫 토큰이 제때 오지 않음"),
    "malformed_answer": Said("an unreadable answer", "읽을 수 없는 답"),
    "empty_answer": Said("an empty answer", "빈 답"),
    "stream_broken": Said("the stream broke", "스트림이 끊김"),
    "stream_stalled": Said("the stream stalled", "스트림이 멈춤"),
    "stream_error_event": Said("the stream reported an error", "스트림이 오류를 알림"),
    "swept_after_crash": Said("the gateway died", "게이트웨이가 죽음"),
    "deadline_exceeded": Said("no answer in time", "제때 답하지 못함"),
    "journal_unavailable": Said("the ledger could not be written", "장부에 쓸 수 없음"),
    "server_stopping": Said("the gateway was stopped", "게이트웨이가 멈춤"),
    "internal_error": Said("an error of the gateway", "게이트웨이 오류"),
    "budget_exceeded": Said("the budget was used up", "예산을 다 씀"),
    "budget": Said("the budget was too small for it", "남은 예산이 모자람"),
    "cap": Said("what may be spent there was used up", "그곳에 쓸 수 있는 금액을 다 씀"),
    "cap_reached": Said("what may be spent was used up", "쓸 수 있는 금액을 다 씀"),
    "rejected_empty": Said("an answer of white space", "공백뿐인 답"),
    "rejected_too_short": Said("too short an answer", "너무 짧은 답"),
    "rejected_refusal": Said("only words of refusing", "거절하는 말뿐인 답"),
    "rejected_loop": Said("an answer that repeats itself", "같은 말을 되풀이하는 답"),
    "rejected_truncated": Said("an answer cut short", "잘린 답"),
    "rejected_wrong_language": Said("an answer in the wrong language", "다른 언어로 된 답"),
    "rejected_analysis_echo": Said("an analysis instead of an answer", "답이 아닌 분석 결과"),
}
"""How a request or an attempt ended; see `core.receipt`."""

STATUS = Said("status {status}", "상태 {status}")
_STATUS = "upstream_status_"

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
    "judge.company": Said("company matter, says a model", "모델의 판단: 조직의 내부 사정"),
    "judge.credentials": Said("credentials, says a model", "모델의 판단: 인증 정보"),
    "judge.finance": Said("finances, says a model", "모델의 판단: 재무"),
    "judge.health": Said("health, says a model", "모델의 판단: 건강"),
    "judge.hr": Said("personnel matter, says a model", "모델의 판단: 인사"),
    "judge.personal": Said("personal matter, says a model", "모델의 판단: 개인 정보"),
    "judge.unsaid": Said(
        "sensitive, a model says without a reason", "모델의 판단: 이유는 밝히지 않음"
    ),
    "name.organisation": Said("name of an organisation", "단체 이름"),
    "name.place": Said("name of a place", "장소 이름"),
    "name.unread": Said("too long to look for names", "이름을 찾기에는 너무 긴 글"),
    "person.birth_date": Said("date of birth", "생년월일"),
    "person.identified": Said("a person made identifiable", "특정되는 사람"),
    "person.list": Said("contacts of several people", "여러 사람의 연락처"),
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
    "topic.private": Said("looks like a private matter", "사적인 일로 보임"),
    "topic.private_deep": Said("a private matter, says the encoder", "인코더의 판단: 사적인 일"),
    "topic.records": Said("records of people", "사람에 대한 기록"),
    "topic.unsure": Said("may be a private matter", "사적인 일일 수 있음"),
}
UNREADABLE = Said("cannot be read here", "여기서 읽을 수 없음")
_UNREADABLE = "unreadable."

PURPOSES = {
    "answer": Said("answer", "답변"),
    "analysis": Said("analysis", "분석"),
    "selection": Said("selection", "선택"),
}


def word(table: Mapping[str, Said], code: str, locale: Locale) -> str:
    """What a code is called; the code itself where the table has no word."""
    said = table.get(code)
    return _text(said, locale) if said else code


def outcome(code: str, locale: Locale) -> str:
    """How something ended, in words; the code itself where there are none."""
    if code.startswith(_STATUS):
        return _text(STATUS, locale).format(status=code.removeprefix(_STATUS))
    return word(OUTCOMES, code, locale)


def meaning(kind: str, locale: Locale) -> str:
    """What a kind of evidence is, in words; `-` where there are none."""
    said = UNREADABLE if kind.startswith(_UNREADABLE) else EVIDENCE_KINDS.get(kind)
    return _text(said, locale) if said else "-"


def asked(name: str, locale: Locale) -> str:
    """The model that was asked for, where the ledger keeps its name."""
    return _text(_UNKEPT, locale) if name == OTHER else name


def why_not(code: str, detail: str, locale: Locale) -> str:
    """Why an endpoint was out of the question."""
    said = VETO.get(code)
    return _text(said, locale).format(detail=detail) if said else f"{code} {detail}".strip()


def amount(does: str, units: int, tokens: int, locale: Locale) -> str:
    """How much of something was done, in its own unit: tokens where nothing is paid by the piece."""
    template = _text(_AMOUNTS.get(does, _TOKENS), locale)
    return template.format(units=units, seconds=units / 1000.0, tokens=tokens)


def _text(said: Said, locale: Locale) -> str:
    return said.ko if locale == "ko" else said.en
