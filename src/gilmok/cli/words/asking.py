"""Words of `ask`, `chat` and the welcome of `serve`."""

from __future__ import annotations

from gilmok.core.said import Said

LOCAL_MODEL = Said("Local model", "로컬 모델")
SENSITIVITY = Said("Sensitivity", "민감도")
SIDE = Said("Side", "처리 위치")
ENDPOINT = Said("Endpoint", "엔드포인트")
REASON = Said("Reason", "이유")
PRIVATE_NETWORK = Said("Private network", "사설망")
AVAILABLE = Said("yes: {names}", "있음: {names}")
NOT_READY = Said("no, {names} (`gilmok doctor` says how)", "없음, {names}(`gilmok doctor` 참고)")
UNAVAILABLE = Said("no (`gilmok doctor` says how)", "없음(`gilmok doctor` 참고)")
MASKED = Said("{endpoint}, masked text only", "{endpoint}, 가린 내용만 전달")
NOWHERE = Said("nowhere", "보내지 않음")
LEVEL_AND_KINDS = Said("{level} ({kinds})", "{level}({kinds})")

MAY_GO = Said("Nothing in it has to stay here.", "밖으로 나가면 안 되는 내용이 없습니다.")
STAYS = Said(
    "It may not leave this machine and your network.",
    "이 컴퓨터와 사설망을 벗어날 수 없는 내용입니다.",
)
STAYS_FROM = Said(
    "It may not leave this machine and your network, so {endpoints} may not see it.",
    "이 컴퓨터와 사설망을 벗어날 수 없는 내용이라 {endpoints}에는 보내지 않습니다.",
)
GOES_MASKED = Said(
    "What identifies somebody is masked before it leaves.",
    "누군가를 알아볼 수 있는 내용은 가리고 보냅니다.",
)
MAY_GO_MASKED = Said(
    "It could leave this machine masked only.", "밖으로는 가린 내용만 나갈 수 있습니다."
)
ASKED_FOR = Said("You asked for it.", "직접 지정한 모델입니다.")
OUT = Said("{endpoint} is out: {why}.", "{endpoint} 제외: {why}.")
ONLY_ONE = Said("Nobody else can answer.", "달리 답할 수 있는 곳이 없습니다.")
WORTH_MOST = Said(
    "Worth most of {count} (score {score}, next {other} {other_score}): {compared}.",
    "후보 {count}곳 가운데 점수가 가장 높습니다({score}, 다음 {other} {other_score}): {compared}.",
)
PROVISIONAL = Said(
    "A model is asked too and may decide otherwise; the line below the answer tells.",
    "모델에게도 물어보므로 달라질 수 있습니다. 결과는 답 아래 줄에 나옵니다.",
)
BETTER = Said("better quality ({mine} against {its})", "품질이 높음({mine} 대 {its})")
WORSE = Said("lower quality ({mine} against {its})", "품질이 낮음({mine} 대 {its})")
DEARER = Said("dearer ({mine} against {its})", "더 비쌈({mine} 대 {its})")
CHEAPER = Said("cheaper ({mine} against {its})", "더 저렴함({mine} 대 {its})")
SLOWER = Said("slower ({mine} against {its})", "더 느림({mine} 대 {its})")
FASTER = Said("faster ({mine} against {its})", "더 빠름({mine} 대 {its})")
ALIKE = Said("alike in quality, price and time", "품질, 가격, 시간이 비슷함")

NO_QUESTION = Said(
    'Write a question: gilmok ask "…", or --file with one question per line.',
    '질문을 적으세요: gilmok ask "…", 또는 한 줄에 질문 하나인 파일을 --file로 주세요.',
)
BOTH_GIVEN = Said("Give a question or --file, not both.", "질문과 --file 가운데 하나만 주세요.")
NEEDS_FILE = Said(
    "--output and --parallel go with --file.", "--output과 --parallel은 --file과 함께 쓰세요."
)
ASKING = Said("asking", "질문하는 중")
ANSWERED_BEFORE = Said(
    "{count} of {total} questions are answered in {file} already.",
    "질문 {total}개 가운데 {count}개는 {file} 파일에 이미 답이 있습니다.",
)
LEFT_OVER = Said(
    "Stopped: {count} of {total} questions were not answered.",
    "중단함: 질문 {total}개 가운데 {count}개는 답을 받지 못했습니다.",
)
GO_ON = Said(
    "The same command goes on where it stopped.", "같은 명령을 다시 실행하면 이어서 합니다."
)

STATISTICS = Said("Usage by side", "모델 사용 통계(처리 위치별)")
BY_SIDE = Said("side", "처리 위치")
QUESTIONS = Said("questions", "질문")
SHARE = Said("share", "비율")
AVERAGE = Said("average time", "평균 시간")
TOKENS = Said("tokens", "토큰")
REFUSED = Said("refused", "거절됨")
FAILED = Said("failed", "실패")
STOPPED = Said("stopped", "중단됨")

CHAT_INTRO = Said(
    "Talking to {url}, model {model}. `quit` ends, Ctrl-C stops an answer, /help says more.",
    "{url}, 모델: {model}. `종료`로 끝내고, Ctrl-C로 답을 멈춥니다. /help에 더 있습니다.",
)
RESUMED = Said(
    "Going on with {count} messages of {file}.", "{file}의 메시지 {count}개에 이어서 대화합니다."
)
HISTORY_LOST = Said(
    "The conversation goes on without being kept.", "이후의 대화는 저장하지 않습니다."
)
SLASH = {
    "/model [NAME]": Said(
        "the models there are; with a name, go on with that one",
        "쓸 수 있는 모델. 이름을 쓰면 그 모델로 이어 갑니다",
    ),
    "/summary": Said(
        "how long the conversation is and what it cost so far",
        "대화의 길이와 지금까지의 사용량",
    ),
    "/clear": Said(
        "forget what was said, in the --history file too",
        "지금까지의 대화를 잊습니다(--history 파일에서도)",
    ),
    "/quit": Said("end; so do quit, exit and Ctrl-D", "끝냅니다. 종료, quit, exit, Ctrl-D도 같음"),
}
UNKNOWN_SLASH = Said(
    "There is no {given}; /help lists what there is.", "{given} 명령은 없습니다. /help를 보세요."
)
CLEARED = Said("Forgotten.", "지금까지의 대화를 잊었습니다.")
MODEL_NOW = Said("Model {model}; there are {models}.", "모델: {model}. 쓸 수 있는 모델: {models}")
MODEL_CHANGED = Said("Going on with {model}.", "이제 {model} 모델로 대화합니다.")
NO_SUCH_MODEL = Said(
    "There is no model {model}; there are {models}.", "{model} 모델은 없습니다. 있는 모델: {models}"
)
MEMORY = Said(
    "{count} messages so far, of which the next question takes {sent} along.",
    "지금까지 메시지 {count}개, 다음 질문에 함께 보내는 메시지 {sent}개.",
)
YOU = Said("you> ", "나> ")
AGAIN_TO_END = Said(
    "Ctrl-C again, or `quit`, ends.", "한 번 더 Ctrl-C를 누르거나 `종료`를 쓰면 끝납니다."
)
TOTALS = Said(
    "Questions: {questions}, answered: {answered} ({sides}). {tokens} tokens, {cost}.",
    "질문 {questions}개, 답 {answered}개({sides}). {tokens}토큰, {cost}.",
)
SAVED = Said(
    "{cost}; saved {savings} against {price} per 1M in/out",
    "{cost}, 100만당 입력/출력 {price} 기준 {savings} 절감",
)

WELCOME_QUESTION = Said(
    "In one sentence: what is a gateway?", "게이트웨이가 무엇인지 한 문장으로 알려줘."
)
WELCOME_ASKING = Said(
    "Asking one question through the whole path: {question}",
    "전체 경로를 거쳐 질문 하나를 해 봅니다: {question}",
)
WELCOME_NEEDS_KEY = Said(
    "Callers need a key, so no question is asked here; with one in GILMOK_API_KEY it would be.",
    "호출에 키가 필요하므로 첫 질문은 건너뜁니다. GILMOK_API_KEY에 키가 있으면 질문해 봅니다.",
)
WELCOME_SILENT = Said(
    "No endpoint can answer yet. `gilmok doctor` says what to do.",
    "아직 답할 수 있는 엔드포인트가 없습니다. `gilmok doctor`가 방법을 알려 줍니다.",
)
CALL_IT = Said("Call it:", "호출하는 방법:")
