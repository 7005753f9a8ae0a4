"""Words of `serve` and `models`."""

from __future__ import annotations

from gilmok.core.said import Said

SERVING = Said("Gilmok {version} serves at {url}", "길목 {version}: {url} 에서 서비스합니다")
CONFIGURED_BY = Said("Configuration: {file}", "설정: {file}")
DEFAULTS = Said("Configuration: none, all defaults", "설정: 없음(모두 기본값)")
LEDGER = Said("Ledger: {path}", "장부: {path}")
LEDGER_MEMORY = Said(
    "Ledger: in memory, forgotten at exit", "장부: 메모리에만 두며 끝나면 사라집니다"
)
SWEPT = Said(
    "Decisions of a crashed gateway, settled at their worst case: {count}",
    "비정상 종료된 게이트웨이의 결정 {count}건을 최대 비용으로 정산했습니다",
)
NO_ENDPOINTS = Said(
    "No endpoint at all: nothing can be answered. `gilmok doctor` says what to do.",
    "엔드포인트가 하나도 없어 답할 수 없습니다. `gilmok doctor`가 방법을 알려 줍니다.",
)
NO_CHAT = Said(
    "No endpoint chats: questions cannot be answered. `gilmok doctor` says what to do.",
    "대화할 엔드포인트가 없어 질문에 답할 수 없습니다. `gilmok doctor`가 방법을 알려 줍니다.",
)
JOINED = Said("Joined by themselves:", "스스로 참여한 엔드포인트:")
JOINED_HOW = {
    "environment": Said("{id}: its key is in the environment", "{id}: 환경에 키가 있음"),
    "ollama": Said(
        "{id}: found at the Ollama of this machine", "{id}: 이 컴퓨터의 Ollama에서 찾음"
    ),
    "installed": Said(
        "{id}: this machine does it itself, without a key", "{id}: 이 컴퓨터가 키 없이 직접 함"
    ),
    "embedded": Said("{id}: the local model of this package", "{id}: 패키지에 들어 있는 로컬 모델"),
    "own": Said("{id}: your model file", "{id}: 직접 지정한 모델 파일"),
}
NOT_FOUND = Said("Not found: {things}", "찾지 못함: {things}")
MISSING_OLLAMA = Said("an Ollama at {url}", "{url} 의 Ollama")
MISSING_EMBEDDED = Said("the embedded local model", "내장 로컬 모델")
NOTICES = Said("Notices:", "알림:")
STOP_WITH = Said("Ctrl-C stops.", "Ctrl-C로 멈춥니다.")
STOPPED = Said("Stopped.", "멈췄습니다.")
PORT_TAKEN = Said(
    "Port {port} is taken. Choose another with --port {other} or GILMOK_PORT={other}.",
    "{port}번 포트를 이미 쓰고 있습니다. --port {other} 또는 GILMOK_PORT={other}로 다른 포트를 고르세요.",
)
GATEWAY_THERE = Said(
    'A gateway already runs there: `gilmok ask "…"` and `gilmok chat` use it.',
    '그곳에 이미 게이트웨이가 실행 중입니다. `gilmok ask "…"`와 `gilmok chat`이 그것을 씁니다.',
)
CANNOT_LISTEN = Said(
    "Cannot listen at {host}:{port}: {reason}. Change [server] host or port.",
    "{host}:{port} 에서 기다릴 수 없습니다: {reason}. [server] host나 port를 바꾸세요.",
)
BIND_NEEDS_KEYS = Said(
    "Listening at {host} needs a key: whoever reaches the port can spend your money. "
    "`gilmok keys create` makes one.",
    "{host} 에서 기다리려면 키가 필요합니다. 포트에 닿는 누구나 돈을 쓸 수 있기 때문입니다. "
    "`gilmok keys create`로 만드세요.",
)

FROM_GATEWAY = Said("As the gateway at {url} sees them:", "{url} 의 게이트웨이가 보는 상태:")
FROM_SETTINGS = Said(
    "No gateway answers at {url}; this is the configuration:",
    "{url} 에서 응답하는 게이트웨이가 없어 설정을 보여 줍니다:",
)
STATE = Said("state", "상태")
CONTEXT = Said("context", "컨텍스트")
SPEED = Said("speed", "속도")
PREFERENCES = Said("Preferences, for `model`:", "`model`에 쓸 수 있는 선호:")
PREFERENCE = {
    "auto": Said("the gateway chooses", "게이트웨이가 고릅니다"),
    "local": Said("this machine or a private network only", "이 컴퓨터나 사설망만"),
    "cheap": Said("price counts most", "가격을 가장 중요하게"),
    "fast": Said("time counts most", "시간을 가장 중요하게"),
    "best": Said("quality counts most", "품질을 가장 중요하게"),
}
