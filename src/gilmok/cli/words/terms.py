"""Words that several commands use."""

from __future__ import annotations

from gilmok.core.said import Said
from gilmok.lab.codes import CACHES as CACHES
from gilmok.lab.codes import COMPLEXITIES as COMPLEXITIES
from gilmok.lab.codes import DOES as DOES
from gilmok.lab.codes import LANGUAGES as LANGUAGES
from gilmok.lab.codes import LEVELS as LEVELS
from gilmok.lab.codes import RESPONSE_TIMES as RESPONSE_TIMES
from gilmok.lab.codes import ZONES as ZONES

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
LISTED = Said("{price} (list)", "{price}(목록)")
ASSUMED = Said("{price} (assumed)", "{price}(가정)")
PER_SECOND = Said("{price}/s", "{price}/초")
THE_LIST = Said(
    "(list): {source}, prices of {day}. [[endpoints]] price_* overrides them.",
    "(목록): {source}, {day} 기준 가격. [[endpoints]]의 price_*로 바꿀 수 있습니다.",
)
ESTIMATED = Said("{amount} (estimated)", "{amount}(추정)")
PRICE_UNKNOWN = Said("price unknown", "가격 모름")
FELL_BACK = Said("fallback after {reason}", "{reason} 뒤 대체")
FROM_CACHE = Said("from the cache", "캐시에서")
TOKENS_USED = Said("{prompt}+{completion} tokens", "{prompt}+{completion}토큰")
SENSITIVITY_IS = Said("sensitivity {level}", "민감도 {level}")

ENDPOINT = Said("endpoint", "엔드포인트")
MODEL = Said("model", "모델")
ZONE = Said("zone", "구역")
PRICE = Said("per 1M in/out", "100만당 입력/출력")
COST = Said("cost", "비용")
TIME = Said("time", "시간")
TOTAL = Said("total", "합계")
