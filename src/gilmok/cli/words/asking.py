"""Words of `ask`, `chat` and the welcome of `serve`."""

from __future__ import annotations

from gilmok.config.problems import Said

LOCAL_MODEL = Said("Local model", "로컬 모델")
SENSITIVITY = Said("Sensitivity", "민감도")
SIDE = Said("Side", "처리 위치")
ENDPOINT = Said("Endpoint", "엔드포인트")
REASON = Said("Reason", "이유")
AVAILABLE = Said("yes: {names}", "있음: {names}")
UNAVAILABLE = Said("no (`gilmok doctor` says how)", "없음(`gilmok doctor` 참고)")
MASKED = Said("{endpoint}, masked text only", "{endpoint}, 가린 내용만 전달")
NOWHERE = Said("nowhere", "보내지 않음")

NO_QUESTION = Said(
    'Write a question: gilmok ask "…", or --file with one question per line.',
    '질문을 적으세요: gilmok ask "…", 또는 한 줄에 질문 하나인 파일을 --file로 주세요.',
)
BOTH_GIVEN = Said("Give a question or --file, not both.", "질문과 --file 가운데 하나만 주세요.")
UNREADABLE_FILE = Said(
    "{file} cannot be read: {reason}.", "{file} 파일을 읽을 수 없습니다: {reason}."
)
EMPTY_FILE = Said("{file} holds no question.", "{file} 파일에 질문이 없습니다.")
ASKING = Said("asking", "질문하는 중")

STATISTICS = Said("Usage by side", "처리 위치별 사용 통계")
BY_SIDE = Said("side", "처리 위치")
QUESTIONS = Said("questions", "질문")
SHARE = Said("share", "비율")
AVERAGE = Said("average time", "평균 시간")
TOKENS = Said("tokens", "토큰")
REFUSED = Said("refused", "거절됨")
FAILED = Said("failed", "실패")

CHAT_INTRO = Said(
    "Talking to {url}, model {model}. `quit` or `exit` ends, Ctrl-C stops an answer.",
    "{url}, 모델: {model}. `종료`로 끝내고, Ctrl-C로 답을 멈춥니다.",
)
YOU = Said("you> ", "나> ")
AGAIN_TO_END = Said(
    "Ctrl-C again, or `quit`, ends.", "한 번 더 Ctrl-C를 누르거나 `종료`를 쓰면 끝납니다."
)
TOTALS = Said(
    "Questions: {questions}, answered: {answered} ({sides}). {tokens} tokens, {cost}.",
    "질문 {questions}개, 답 {answered}개({sides}). {tokens}토큰, {cost}.",
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
