"""Words of the help pages and of wrong command lines."""

from __future__ import annotations

from gilmok.config.problems import Said

APP = Said(
    "Gilmok: a privacy-first gateway and router for language models.",
    "길목: 프라이버시를 먼저 생각하는 언어 모델 게이트웨이.",
)
EPILOGUE = Said(
    "--lang ko|en before or after any command chooses the language; otherwise LC_ALL, LC_MESSAGES "
    "or LANG does. Exit codes and examples: docs/cli.md",
    "명령 앞뒤에 --lang ko|en 을 쓰면 언어를 고릅니다. 없으면 LC_ALL, LC_MESSAGES, LANG을 따릅니다. "
    "종료 코드와 예시: docs/cli.ko.md",
)
SERVE = Said(
    "Start the gateway and serve until Ctrl-C.", "게이트웨이를 시작해 Ctrl-C까지 응답합니다."
)
ASK = Said(
    "Ask one question, or a file of them, and see where each goes.",
    "질문 하나 또는 파일의 질문들을 하고, 각각 어디로 가는지 봅니다.",
)
CHAT = Said("Talk, with a footer for every answer.", "대화합니다. 답마다 처리 내역을 보여 줍니다.")
EXPLAIN = Said("Show why a request went where it went.", "요청이 왜 그곳으로 갔는지 보여 줍니다.")
REPORT = Said(
    "Show usage, success, cost and savings.", "사용량, 성공률, 비용, 절감액을 보여 줍니다."
)
MODELS = Said("List the endpoints and their state.", "엔드포인트와 상태를 보여 줍니다.")
DOCTOR = Said("Check this machine and say what to do.", "이 컴퓨터를 점검하고 할 일을 알려 줍니다.")
CONFIGURATION = Said("Check and write configurations.", "설정을 검사하고 작성합니다.")
CHECK = Said("Check a configuration file.", "설정 파일을 검사합니다.")
HASH_KEY = Said("Make a caller's key and its hash.", "호출자의 키와 해시를 만듭니다.")
EXAMPLE = Said("Print a file with every option.", "모든 항목이 담긴 파일을 출력합니다.")
VERSION = Said("Print the version.", "버전을 출력합니다.")
HELP = Said("Show this help.", "이 도움말을 보여 줍니다.")

QUESTION = Said(
    "The question; what is piped in, if left out.", "질문. 없으면 파이프 입력을 읽습니다."
)
FILE = Said("A text file with one question per line.", "한 줄에 질문 하나씩 담긴 텍스트 파일.")
MODEL = Said(
    "auto, local, cheap, fast, best, or the name of an endpoint or model.",
    "auto, local, cheap, fast, best 또는 엔드포인트나 모델 이름.",
)
URL = Said(
    "A running gateway. Default: the one the configuration describes.",
    "실행 중인 게이트웨이 주소. 기본값: 설정에 적힌 주소.",
)
KEY = Said(
    "A key of that gateway. Default: GILMOK_API_KEY, which does not show in process lists.",
    "그 게이트웨이의 키. 기본값: GILMOK_API_KEY(프로세스 목록에 보이지 않습니다).",
)
CONFIG = Said(
    "The configuration file. Default: GILMOK_CONFIG, else none.",
    "설정 파일. 기본값: GILMOK_CONFIG, 없으면 기본 설정.",
)
JSON = Said("JSON for programs.", "프로그램을 위한 JSON으로 출력.")
HOST = Said("Listen here instead of [server] host.", "[server] host 대신 이 주소에서 기다립니다.")
PORT = Said("Listen here instead of [server] port.", "[server] port 대신 이 포트에서 기다립니다.")
WELCOME = Said(
    "Ask one question through the whole path, and say how to call it.",
    "전체 경로로 질문 하나를 해 보고 호출하는 방법을 알려 줍니다.",
)
SYSTEM = Said("A system prompt.", "시스템 프롬프트.")
DECISION = Said("A decision's id, or `last`.", "결정 id 또는 `last`.")
SINCE = Said("How far back: 30m, 12h, 7d, 4w or a date.", "기간: 30m, 12h, 7d, 4w 또는 날짜.")
BY = Said("What the rows stand for.", "무엇별로 묶을지 고릅니다.")
CSV = Said("CSV for spreadsheets; money in nano-dollars.", "CSV로 출력. 금액은 나노달러입니다.")
CHECKED_FILE = Said(
    "The file to check; default as for --config.", "검사할 파일. 기본값은 --config와 같습니다."
)
STDIN = Said("Hash the key that is piped in.", "파이프로 들어온 키를 해시합니다.")

USAGE = Said("Usage: {usage}", "사용법: {usage}")
COMMANDS = Said("Commands", "명령")
OPTIONS = Said("Options", "선택 항목")
ARGUMENTS = Said("Arguments", "인자")
DEFAULT = Said("default: {value}", "기본값: {value}")
ONE_OF = Said("one of {values}", "{values} 중 하나")
SEE_HELP = Said("See `{command} --help`.", "`{command} --help`를 참고하세요.")

UNKNOWN_COMMAND = Said("There is no command `{given}`.", "`{given}` 명령은 없습니다.")
UNKNOWN_OPTION = Said("There is no option `{given}`.", "`{given}` 항목은 없습니다.")
MISSING_VALUE = Said("`{given}` needs a value.", "`{given}`에 값이 필요합니다.")
WRONG_VALUE = Said("`{given}` does not take that value.", "`{given}`에 쓸 수 없는 값입니다.")
TOO_MUCH = Said("`{given}` is one argument too many.", "필요 없는 인자입니다: `{given}`.")
WRONG_LANGUAGE = Said("--lang takes ko or en.", "--lang에는 ko 또는 en을 쓰세요.")
