"""Words that several commands use."""

from __future__ import annotations

from gilmok.config.problems import Said

UNREACHABLE = Said(
    "No gateway answers at {url}. Start one with `gilmok serve`, or name another with --url.",
    "{url} 에서 응답하는 게이트웨이가 없습니다. `gilmok serve`로 시작하거나 --url로 지정하세요.",
)
NO_GATEWAY = Said(
    "Something answers at {url}, but it is not a Gilmok gateway. Name the right address with --url.",
    "{url} 에서 응답이 있지만 길목 게이트웨이가 아닙니다. --url로 올바른 주소를 지정하세요.",
)
BAD_URL = Said(
    "That is not an address of a gateway. Write http://HOST:PORT or unix:/path.",
    "게이트웨이 주소가 아닙니다. http://호스트:포트 또는 unix:/경로 로 쓰세요.",
)
REFUSED = Said("Refused ({code}): {message}", "거절됨({code}): {message}")
FAILED = Said("Failed ({code}): {message}", "실패({code}): {message}")
BROKEN = Said(
    "The answer broke off ({code}); what is shown above is incomplete.",
    "답이 중간에 끊겼습니다({code}). 위에 보이는 내용은 완전하지 않습니다.",
)
STOPPED = Said("stopped", "중단됨")
SEE_EXPLAIN = Said("Details: gilmok explain {id}", "자세히: gilmok explain {id}")
BORROWING = Said(
    "No gateway answers at {url}; starting one inside this command.",
    "{url} 에서 응답하는 게이트웨이가 없어 이 명령 안에서 잠시 시작합니다.",
)
NOT_BORROWED = Said(
    "It did not start. If a gateway runs at another address, name it with --url.",
    "시작하지 못했습니다. 다른 주소에 실행 중인 게이트웨이가 있으면 --url로 지정하세요.",
)

STEPS = {
    "journal": Said("opening the ledger", "장부를 여는 중"),
    "ollama": Said("looking for Ollama", "Ollama를 찾는 중"),
    "engine": Said("loading the local model", "로컬 모델을 불러오는 중"),
}

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
STATES = {
    "up": Said("up", "정상"),
    "unknown": Said("not asked", "확인 전"),
    "loading": Said("loading", "불러오는 중"),
    "down": Said("down", "꺼짐"),
    "blocked": Said("resting {seconds:.0f} s", "{seconds:.0f}초 쉬는 중"),
}
YES = Said("yes", "예")
NO = Said("no", "아니요")
FREE = Said("free", "무료")
UNKNOWN_PRICE = Said("unknown", "모름")
ESTIMATED = Said("{amount} (estimated)", "{amount}(추정)")
PRICE_UNKNOWN = Said("price unknown", "가격 모름")
FELL_BACK = Said("fallback after {reason}", "{reason} 뒤 대체")
FROM_CACHE = Said("from the cache", "캐시에서")
SENSITIVITY_IS = Said("sensitivity {level}", "민감도 {level}")

ENDPOINT = Said("endpoint", "엔드포인트")
MODEL = Said("model", "모델")
ZONE = Said("zone", "구역")
PRICE = Said("per 1M in/out", "100만당 입력/출력")
COST = Said("cost", "비용")
TIME = Said("time", "시간")
TOTAL = Said("total", "합계")
