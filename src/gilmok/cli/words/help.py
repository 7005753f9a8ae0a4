"""Words of the help pages and of wrong command lines."""

from __future__ import annotations

from gilmok.core.said import Said

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
EMBED = Said(
    "Make vectors of texts, and show how near they are.",
    "글의 벡터를 만들고 서로 얼마나 가까운지 보여 줍니다.",
)
DRAW = Said("Have a picture drawn.", "그림을 그립니다.")
SAY = Said("Have a text spoken.", "글을 소리로 만듭니다.")
EXPLAIN = Said("Show why a request went where it went.", "요청이 왜 그곳으로 갔는지 보여 줍니다.")
REPORT = Said(
    "Show how the endpoints served, what they cost and saved, and what to do about it.",
    "엔드포인트별 성능, 비용, 절감액과 개선 제안을 보여 줍니다.",
)
TOP = Said(
    "Watch a running gateway: engines, memory, queues, tokens, goodput.",
    "실행 중인 게이트웨이를 지켜봅니다. 엔진, 메모리, 대기열, 토큰, 굿풋.",
)
TOP_SINCE = Said("What rates are over: 1m, 5m, 1h.", "속도를 계산할 기간: 1m, 5m, 1h.")
INTERVAL = Said("Seconds between two looks.", "다시 볼 때까지의 초.")
ONCE = Said("Print one frame and end, for scripts.", "스크립트용으로 한 번만 출력하고 끝냅니다.")
CALIBRATE = Said(
    "Correct what is expected of each endpoint by verdicts on its answers.",
    "답변 평가로 엔드포인트별 기대 품질을 보정합니다.",
)
CALIBRATE_FEEDBACK = Said(
    "File of verdicts: JSON lines with decision_id and good (true or false).",
    "평가 파일: decision_id와 good(true 또는 false)을 담은 JSON 줄.",
)
CALIBRATE_OUT = Said("Where the calibration is written.", "보정 파일을 저장할 곳.")
FORECAST = Said("Show what a month will cost.", "한 달에 얼마가 들지 보여 줍니다.")
LEDGER = Said("Check the books and export them.", "장부를 검사하고 내보냅니다.")
AUDIT = Said(
    "Prove that receipts, attempts, explanations and top-ups agree.",
    "영수증, 시도, 설명, 충전이 서로 맞는지 검사합니다.",
)
EXPORT = Said(
    "Print every receipt for other programs.", "다른 프로그램을 위해 영수증을 출력합니다."
)
EXPORT_SINCE = Said(
    "How far back: 30m, 12h, 7d, 4w or a date. Default: everything.",
    "기간: 30m, 12h, 7d, 4w 또는 날짜. 기본값: 전부.",
)
EXPORT_TENANT = Said("Only receipts of this tenant.", "이 테넌트의 영수증만.")
EXPORT_USER = Said(
    "Only receipts of this end user: the pseudonym that `keys user-id` shows.",
    "이 최종 사용자의 영수증만. `keys user-id`가 보여 주는 가명을 씁니다.",
)
BACKUP = Said(
    "Copy the ledger as it is at this moment, beside a running gateway or without one.",
    "지금 이 순간의 장부를 복사합니다. 게이트웨이가 실행 중이어도 됩니다.",
)
BACKUP_FILE = Said("The copy: a new file.", "복사본. 새 파일이어야 합니다.")
FORGET = Said(
    "Take an end user out of every receipt, for good. The gateway has to be stopped.",
    "최종 사용자를 모든 영수증에서 완전히 지웁니다. 게이트웨이를 멈춘 뒤에 하세요.",
)
USER_TENANT = Said("Whose end user.", "최종 사용자의 테넌트.")
EXPORT_CSV = Said("CSV instead of JSON lines.", "JSON 줄 대신 CSV로 출력.")
MODELS = Said("List the endpoints and their state.", "엔드포인트와 상태를 보여 줍니다.")
DOCTOR = Said("Check this machine and say what to do.", "이 컴퓨터를 점검하고 할 일을 알려 줍니다.")
CONFIGURATION = Said("Check and write configurations.", "설정을 검사하고 작성합니다.")
CHECK = Said("Check a configuration file.", "설정 파일을 검사합니다.")
HASH_KEY = Said("Make a caller's key and its hash.", "호출자의 키와 해시를 만듭니다.")
EXAMPLE = Said("Print a file with every option.", "모든 항목이 담긴 파일을 출력합니다.")
KEYS = Said("Make, list and revoke callers' keys.", "호출자의 키를 만들고 관리합니다.")
CREATE_KEY = Said("Make a key and show it once.", "키를 만들어 한 번만 보여 줍니다.")
LIST_KEYS = Said("List the stored keys.", "저장된 키 목록을 보여 줍니다.")
SHOW_KEY = Said("Show a stored key, without its secret.", "저장된 키를 비밀값 없이 보여 줍니다.")
ROTATE_KEY = Said(
    "Give a key a new secret; the old one works on for a while.",
    "키의 비밀값을 새로 만듭니다. 이전 값도 잠시 쓸 수 있습니다.",
)
IMPORT_KEYS = Said(
    "Make the keys of a file, all of them or none.",
    "파일에 적힌 키를 모두 만들거나 하나도 만들지 않습니다.",
)
KEYS_FILE = Said(
    "JSON lines as the admin API takes them, or CSV with the same columns; - for the standard input.",
    "관리 API가 받는 JSON을 한 줄에 하나씩, 또는 같은 열의 CSV. -는 표준 입력.",
)
SECRETS_FILE = Said(
    "A new file for the secrets, readable for you only. Default: the standard output.",
    "비밀값을 적을 새 파일. 소유자만 읽을 수 있습니다. 기본값: 표준 출력.",
)
EXPIRE_KEY = Said("Change when a key ends.", "키의 만료 시각을 바꿉니다.")
REVOKE_KEY = Said("End a key for good, within a second.", "키를 1초 안에 완전히 폐기합니다.")
BUDGET = Said("Show budgets and add to them.", "예산을 보여 주고 더합니다.")
SHOW_BUDGET = Said(
    "Show what this key's budgets have left.", "이 키의 예산이 얼마나 남았는지 보여 줍니다."
)
TOP_UP = Said(
    "Add to a budget until its day or month ends.", "하루나 한 달이 끝날 때까지 예산을 더합니다."
)
USER_ID = Said(
    "Show the pseudonym of an end user, as reports and receipts name it.",
    "보고서와 기록에 쓰이는 최종 사용자의 가명을 보여 줍니다.",
)
USER_NAME = Said("What the caller calls the user.", "호출자가 쓰는 사용자 이름.")
VERSION = Said("Print the version.", "버전을 출력합니다.")
HELP = Said("Show this help.", "이 도움말을 보여 줍니다.")

QUESTION = Said(
    "The question; what is piped in, if left out.", "질문. 없으면 파이프 입력을 읽습니다."
)
TEXTS = Said("The texts.", "글.")
WANTED = Said("What is wanted, in words.", "원하는 것을 적은 글.")
MADE = Said(
    "Where it is kept; a sound's ending says the format.",
    "저장할 파일. 소리는 확장자가 형식을 정합니다.",
)
SIZE = Said("Such as 1024x1024.", "크기. 예: 1024x1024.")
VOICE = Said("As the provider calls it.", "목소리. 제공자가 쓰는 이름.")
FILE = Said(
    "A text file with one question per line; - for the standard input.",
    "한 줄에 질문 하나씩 담긴 텍스트 파일. -는 표준 입력.",
)
OUTPUT = Said(
    "Keep the answers of --file here, one JSON object per line; what is answered there is skipped.",
    "--file의 답을 한 줄에 JSON 하나씩 저장할 파일. 이미 답이 있는 질문은 건너뜁니다.",
)
PARALLEL = Said("Questions of --file asked at a time.", "--file의 질문을 동시에 몇 개씩 할지.")
QUIET = Said("The answer and nothing else.", "답만 출력.")
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
WINDOW = Said(
    "Messages that are sent along, the system prompt not counted.",
    "함께 보내는 메시지 수(시스템 프롬프트 제외).",
)
HISTORY = Said(
    "Keep the conversation in this file and go on with it; only you can read it.",
    "대화를 이 파일에 저장하고 이어 갑니다. 본인만 읽을 수 있습니다.",
)
DECISION = Said("A decision's id, or `last`.", "결정 id 또는 `last`.")
SINCE = Said("How far back: 30m, 12h, 7d, 4w or a date.", "기간: 30m, 12h, 7d, 4w 또는 날짜.")
REFERENCE = Said(
    "Savings against this model's price: an endpoint's name, or one such as gpt-4o-mini.",
    "절감액을 비교할 모델. 엔드포인트 이름이나 gpt-4o-mini 같은 모델 이름.",
)
BY = Said(
    "A table instead of the performance report, and what its rows stand for.",
    "성능 보고서 대신 표로 보여 주고, 무엇별로 묶을지 고릅니다.",
)
SLA = Said(
    "Whether promises were kept: goodput, time to the first token, per token and in the queue.",
    "약속 이행을 보여 줍니다. 굿풋, 첫 토큰까지의 시간, 토큰당 시간, 대기 시간.",
)
CSV = Said("CSV for spreadsheets; money in nano-dollars.", "CSV로 출력. 금액은 나노달러입니다.")
CHECKED_FILE = Said(
    "The file to check; default as for --config.", "검사할 파일. 기본값은 --config와 같습니다."
)
KEY_ID = Said(
    "The key's id: its name in reports. It is never given twice.",
    "키의 id. 보고서에 나오는 이름이며 다시 쓸 수 없습니다.",
)
TENANT = Said("Whose key it is.", "키를 쓰는 테넌트.")
ONE_TENANT = Said("Only keys of this tenant.", "이 테넌트의 키만.")
PLAN = Said("Another plan than the tenant's.", "테넌트의 요금제 대신 쓸 요금제.")
ZONE = Said(
    "A zone it may use; repeat it. Default: all.", "쓸 수 있는 구역(반복 가능). 기본값: 전부."
)
ENDPOINT = Said(
    "An endpoint it may use; repeat it. Default: all.",
    "쓸 수 있는 엔드포인트(반복 가능). 기본값: 전부.",
)
KEY_MODEL = Said(
    "A model it may use; repeat it. Default: all.", "쓸 수 있는 모델(반복 가능). 기본값: 전부."
)
HIGHEST = Said(
    "The highest sensitivity it may send at all.", "이 키로 보낼 수 있는 가장 높은 민감도."
)
OPERATOR = Said("It may see sums over all tenants.", "모든 테넌트의 합계를 볼 수 있습니다.")
EXPIRES = Said(
    "When it ends: 30d, 2030-01-31. Default: never.", "만료: 30d, 2030-01-31. 기본값: 만료 없음."
)
END = Said(
    "When it ends: 30d, 2030-01-31, or `never`.", "만료: 30d, 2030-01-31 또는 `never`(만료 없음)."
)
OVERLAP = Said(
    "How long the old secret still works: 0 to 31d.", "이전 비밀값을 계속 쓸 수 있는 기간: 0~31d."
)
AMOUNT = Said("US dollars to add.", "더할 금액(미국 달러).")
BUDGET_TENANT = Said("Whose budget.", "예산의 테넌트.")
BUDGET_KEY = Said("This key's own budget instead.", "테넌트 대신 이 키의 예산.")
BUDGET_USER = Said(
    "This end user's own budget instead: the pseudonym that events and receipts show.",
    "테넌트 대신 이 최종 사용자의 예산. 이벤트와 영수증에 나오는 가명을 씁니다.",
)
CYCLE = Said("The day's budget or the month's.", "하루 예산 또는 한 달 예산.")
ADMIN_KEY = Said(
    "The admin key; default GILMOK_ADMIN_KEY of the environment.",
    "관리 키. 기본값은 환경 변수 GILMOK_ADMIN_KEY 입니다.",
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
TAKES_ONE_OF = Said("`{given}` takes one of {values}.", "`{given}`에는 {values} 중 하나를 쓰세요.")
TAKES_FROM_TO = Said(
    "`{given}` takes a whole number from {least} to {most}.",
    "`{given}`에는 {least} 이상 {most} 이하의 정수를 쓰세요.",
)
TAKES_NUMBER = Said("`{given}` takes a number.", "`{given}`에는 숫자를 쓰세요.")
USAGE_WORDS = {
    "[OPTIONS]": Said("[OPTIONS]", "[선택 항목]"),
    "[ARGS...]": Said("[ARGUMENTS...]", "[인자...]"),
    "[ARGS]": Said("[ARGUMENT]", "[인자]"),
    "COMMAND": Said("COMMAND", "명령"),
}
"""What cyclopts calls the parts of a command line."""
TOO_MUCH = Said("`{given}` is one argument too many.", "필요 없는 인자입니다: `{given}`.")
WRONG_LANGUAGE = Said("--lang takes ko or en.", "--lang에는 ko 또는 en을 쓰세요.")
