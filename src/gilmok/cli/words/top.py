"""Words of `top`."""

from __future__ import annotations

from gilmok.core.said import Said

NOW = Said("{url} · {time} · the last {span}", "{url} · {time} · 최근 {span}")
LOST = Said("{url} does not answer; trying again.", "{url} 에서 응답이 없어 다시 시도합니다.")
BAD_INTERVAL = Said(
    "--interval takes seconds from 0.2 to 3600.", "--interval에는 0.2~3600초를 쓰세요."
)
HIDDEN = Said(
    "This key may not see the engines: it needs operator = true.",
    "이 키로는 엔진을 볼 수 없습니다. operator = true가 필요합니다.",
)

REQUESTS = Said("requests/s", "초당 요청")
GOODPUT = Said("goodput/s", "초당 굿풋")
SLA = Said("SLA", "달성률")
TOKENS = Said("tokens/s", "초당 토큰")
TTFT = Said("TTFT p50 · p95", "첫 토큰 p50 · p95")
QUEUED = Said("queue p95", "대기 p95")
SPENT = Said("spent", "비용")
SAVED = Said("saved by stopping", "정지로 절감")

MEMORY = Said("memory", "메모리")
HELD = Said("{held} of {budget}", "{budget} 가운데 {held}")
ENGINE = Said("engine", "엔진")
STATE = Said("state", "상태")
TAKES = Said("takes", "차지")
BUSY = Said("busy", "처리 중")
WAITING = Said("waiting", "대기")
QUEUE = Said("queue", "대기열")
RUNNING = Said("running", "처리 중")
OLDEST = Said("longest wait", "가장 오래 기다림")
WORK = Said("work ahead", "남은 일")
NO_ENGINES = Said("No engines are configured.", "설정된 엔진이 없습니다.")

STATES = {
    "cold": Said("cold", "내려감"),
    "loading": Said("loading", "불러오는 중"),
    "warm": Said("warm", "준비됨"),
    "draining": Said("draining", "비우는 중"),
    "sick": Said("sick", "고장"),
}
READY_IN = Said("{state}, {time} left", "{state}, {time} 남음")
STOPS_IN = Said("{state}, stops in {time}", "{state}, {time} 뒤 정지")
