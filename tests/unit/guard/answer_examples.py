"""Answers that are none, and good ones that look like them. In Korean and English."""

from __future__ import annotations

from typing import NamedTuple

from gilmok.core.completion import FinishReason
from gilmok.core.flaws import Flaw


class Example(NamedTuple):
    question: str
    answer: str
    finish: FinishReason = FinishReason.STOP
    system: str | None = None


LENGTH = FinishReason.LENGTH
_ASK = "Tell me about the history of the city."
_ASK_KO = "이 도시의 역사에 대해서 자세히 알려 주세요."

_ECHO = (
    '{"complexity": "simple", "privacy_sensitivity": "low", "response_time_requirement": "fast", '
    '"contains_sensitive_data": false, "estimated_tokens": 2, "reasoning": "인사"}'
)
_SPACED_ECHO = """{
  "complexity": "simple",
  "privacy_sensitivity": "low",
  "response_time_requirement": "fast",
  "contains_sensitive_data": false,
  "estimated_tokens": 2,
  "reasoning": "단순한 인사말로, 복잡한 정보나 프라이버시 민감도가 없기 때문에 간단한 질문으로 분류됨."
}"""
_PROSE = (
    "The city was founded in the early years of the kingdom, and it has been the seat of the "
    "government for most of the time since. It is known for its walls and for the river that "
    "divides it, which was the reason that people came to live there in the first place."
)
_PROSE_KO = (
    "이 도시는 왕조 초기에 세워졌고 그 뒤로 오랫동안 나라의 중심이었습니다. 성곽과 도시를 가로지르는 강으로 "
    "유명하며, 사람들이 처음 이곳에 모여 산 것도 그 강 때문이었다고 합니다."
)
_PROSE_ZH = "这座城市建于王朝初期，此后长期是国家的中心。它以城墙和穿过城市的河流而闻名，人们最初来到这里居住也是因为这条河。"

BAD: dict[Flaw, tuple[Example, ...]] = {
    Flaw.EMPTY: (
        Example("hello", " "),
        Example("hello", "\n\n\n"),
        Example("안녕하세요", "\u200b"),
        Example("안녕하세요", " \n\ufeff\u200b \t"),
    ),
    Flaw.TOO_SHORT: (
        Example("안녕하세요", "..."),
        Example("Explain monads.", "."),
        Example("왜 하늘은 파란가요?", "…"),
        Example("hello", " - "),
        Example("hello", "\u200b?!"),
    ),
    Flaw.REFUSAL: (
        Example(_ASK, "I'm sorry, but I can't assist with that."),
        Example(_ASK, "I’m sorry, but I can’t assist with that request."),
        Example(_ASK, "I'm sorry, I can't help with that request."),
        Example(_ASK, "I am sorry, but I cannot help you with this."),
        Example(_ASK, "Sorry, but I can't do that."),
        Example(_ASK, "Sorry, I can't do that."),
        Example(_ASK, "I can't help with that."),
        Example(_ASK, "I cannot fulfill this request."),
        Example(_ASK, "I cannot comply with your request."),
        Example(_ASK, "I can't assist with creating content that promotes violence."),
        Example(_ASK, "I'm sorry. I can't help with that."),
        Example(_ASK, "I apologize, but I am unable to provide assistance with that request."),
        Example(_ASK, "I apologize. I won't be able to help with this request."),
        Example(_ASK, "My apologies, but I'm not able to help with that."),
        Example(_ASK, "Unfortunately, I can't help with that."),
        Example(_ASK, "I must decline to answer that."),
        Example(_ASK, "I'm very sorry, but I'm unable to assist you with that."),
        Example(_ASK, "As an AI language model, I cannot provide medical advice."),
        Example(_ASK, "As an AI, I can't engage in that."),
        Example(_ASK, "I'm sorry, but as an AI language model, I cannot access real-time data."),
        Example(_ASK, "As a large language model, I am unable to browse the internet."),
        Example(
            _ASK,
            "I'm sorry, but I can't help with that. If you have any other questions, feel free "
            "to ask!",
        ),
        Example(_ASK, "I'm sorry, but I can't do that. It goes against my programming."),
        Example(_ASK, "I can't assist with that. Is there anything else I can help you with?"),
        Example(_ASK, "\n\nI'm sorry, but I can't assist with that.\n"),
        Example(_ASK_KO, "죄송하지만 도와드릴 수 없습니다."),
        Example(_ASK_KO, "죄송합니다. 도와드릴 수 없습니다"),
        Example(_ASK_KO, "죄송하지만 그 요청은 도와드릴 수 없습니다."),
        Example(_ASK_KO, "죄송합니다만, 해당 질문에는 답변드릴 수 없습니다."),
        Example(_ASK_KO, "죄송합니다. 요청하신 내용은 제공해 드릴 수 없습니다."),
        Example(_ASK_KO, "죄송하지만 그 질문에 대한 답변을 드릴 수 없습니다."),
        Example(_ASK_KO, "죄송하지만 이 주제에 대해서는 이야기할 수 없습니다."),
        Example(_ASK_KO, "안타깝지만 이 요청은 처리할 수 없습니다."),
        Example(_ASK_KO, "아쉽게도 저는 그 작업을 수행할 수 없습니다."),
        Example(_ASK_KO, "저는 AI 언어 모델로서 그 질문에 답변할 수 없습니다."),
        Example(_ASK_KO, "죄송하지만 저는 AI 언어 모델이기 때문에 도움을 드릴 수 없습니다."),
        Example(_ASK_KO, "죄송하지만 그런 요청에는 응할 수 없어요."),
        Example(_ASK_KO, "죄송합니다. 이 부분은 답변드리기 어렵습니다."),
        Example(
            _ASK_KO,
            "죄송하지만 그 요청은 도와드릴 수 없습니다. 다른 질문이 있으시면 언제든지 말씀해 주세요.",
        ),
        Example(_ASK_KO, "죄송합니다. 해당 정보는 제공할 수 없습니다. 양해 부탁드립니다."),
        Example(_ASK, "I'm sorry, but I can't assist with that.", system="You are helpful."),
    ),
    Flaw.LOOP: (
        Example(_ASK, "The city is old. " * 30, LENGTH),
        Example(_ASK, "Well. " + "It is what it is and that is that.\n" * 12, LENGTH),
        Example(_ASK, _PROSE + " and so on" * 40, LENGTH),
        Example(_ASK, "the the the " * 40),
        Example(_ASK, "a" * 500, LENGTH),
        Example(_ASK, f"{_PROSE}\n" * 8, LENGTH),
        Example(_ASK_KO, "도시는 오래되었습니다. " * 20, LENGTH),
        Example(_ASK_KO, _PROSE_KO + "그리고 " * 80, LENGTH),
        Example(_ASK_KO, ("네, " * 90) + "네", LENGTH),
        Example(_ASK_KO, "좋은 질문입니다!\n\n" * 25),
    ),
    Flaw.TRUNCATED: (
        Example(_ASK, _PROSE[:-40], LENGTH),
        Example(_ASK_KO, _PROSE_KO[:-20], LENGTH),
        Example("2 + 2?", "4", LENGTH),
    ),
    Flaw.WRONG_LANGUAGE: (
        Example(_ASK_KO, _PROSE),
        Example("오늘 저녁에 무엇을 먹으면 좋을까요? 추천해 주세요.", _PROSE),
        Example(_ASK_KO, _PROSE_ZH),
        Example(_ASK_KO, _PROSE, system="You are a helpful assistant for visitors of the city."),
        Example(_ASK, _PROSE_KO),
        Example("What should I have for dinner in the city tonight?", _PROSE_ZH),
    ),
    Flaw.ANALYSIS_ECHO: (
        Example("안녕하세요", _ECHO),
        Example("아메리카노 한 잔 주세요", _SPACED_ECHO),
        Example("나의 이름은 고우주이야", f"```json\n{_SPACED_ECHO}\n```"),
        Example("hello", f"\n\n```\n{_ECHO}```"),
        Example("hello", f"{_ECHO}\n\nHello! How can I help you?"),
        Example("hello", _ECHO[:80], LENGTH),
        Example("hello", '{"reasoning": "a greeting", "privacy_sensitivity": "low", "complexity": 1}'),
    ),
}  # fmt: skip

_HISTORY = "A quick brown fox. " * 3

GOOD: tuple[Example, ...] = (
    # Short, and all there is to say.
    Example("2 + 2?", "4"),
    Example("2 더하기 2는?", "4"),
    Example("비가 오나요?", "네."),
    Example("Is it raining?", "No."),
    Example("Yes or no?", "Y"),
    Example("기분이 어때?", "👍"),
    Example("Which operator adds two numbers?", "+"),
    Example("한 글자로 답해 줘. 불의 한자는?", "火"),
    Example("What is the answer?", "\n 42 \n"),
    # They speak of errors, failures and what cannot be.
    Example(_ASK_KO, "오류 처리는 다음과 같이 합니다. 먼저 예외를 잡고 기록합니다."),
    Example("이 오류가 무슨 뜻이에요?", "오류: 파일이 없다는 뜻입니다."),
    Example("불가능한 삼각형이 뭐야?", "불가능한 삼각형이란 펜로즈가 그린, 실제로는 만들 수 없는 도형입니다."),
    Example("왜 실패했어?", "실패한 이유는 두 가지입니다. 첫째, 네트워크가 끊겼습니다."),
    Example("에러가 나요", "에러 메시지를 보면 포트가 이미 사용 중입니다."),
    Example("What does this mean?", "The error means that the file does not exist."),
    Example("What does this mean?", "Error: ENOENT means the path was not found."),
    Example("Why?", "It failed: the disk is full."),
    Example("Can it be done?", "Impossible triangles cannot be built, only drawn."),
    Example("Explain.", "error"),
    # They begin with an apology and go on.
    Example("I am ill.", "I'm sorry to hear that. Rest, drink water, and see a doctor if it lasts."),
    Example("My cat died.", "I'm so sorry for your loss."),
    Example("You got it wrong.", "I'm sorry, you are right: the answer is 17."),
    Example("You got it wrong.", "I apologize for the confusion. The correct answer is 17."),
    Example("You got it wrong.", "Sorry, I misread the question. It is 17."),
    Example("News?", "I'm sorry, but I can't browse the internet. Here is what I know up to 2024: ..."),
    Example("Open it.", "I can't help with that without the file. Please attach it."),
    Example("Do it.", "I can't do that, but you can: open the settings and choose Reset."),
    Example("Lock picking?", "I can't help with that. However, a locksmith can open it for you."),
    Example("Dose?", "As an AI, I can't give medical advice, but the leaflet says 400 mg."),
    Example("Dose?", "I can't provide a diagnosis. Typical causes are: stress, lack of sleep."),
    Example("Exact number?", "I cannot provide an exact number."),
    Example("Where is it?", "I can't find the file you mention in the list."),
    Example("Will you?", "I will not be there on Monday."),
    Example("Who are you?", "As an AI language model, I was trained on text."),
    Example("Advice?", "As a general rule, I can't recommend buying without a test drive."),
    Example("Sorry?", "Sorry"),
    Example("Say sorry.", "I'm sorry."),
    Example("사과해.", "죄송합니다."),
    Example("환불되나요?", "죄송하지만 오늘은 재료가 떨어져서 그 메뉴는 제공할 수 없습니다."),
    Example("녹차 있어요?", "죄송합니다. 녹차는 메뉴에 없습니다. 대신 홍차는 어떠세요?"),
    Example("지금 돼요?", "죄송하지만 지금은 도와드릴 수 없습니다. 10시에 문을 엽니다."),
    Example("틀렸잖아.", "죄송합니다. 다시 계산해 보니 정답은 17입니다."),
    Example("배송 언제 와요?", "아쉽게도 오늘은 배송이 어렵습니다. 내일 오전에 도착합니다."),
    Example("뭐가 안 돼?", "이 작업을 수행할 수 없습니다."),
    Example("에러 문구?", "해당 요청은 처리할 수 없습니다."),
    Example("넌 누구야?", "저는 AI 언어 모델로서 질문에 답하고 글을 쓰는 일을 돕습니다."),
    # The application's own rules ask for a refusal.
    Example(
        "Write my homework.",
        "I'm sorry, but I can't help with that.",
        system="Only answer questions about our coffee.",
    ),
    Example(
        "숙제 해 줘.",
        "죄송하지만 그 요청은 도와드릴 수 없습니다.",
        system="커피 주문 외의 요청은 정중히 거절하세요.",
    ),
    # They repeat what is to be repeated, or what does not speak.
    Example("Write 'I will not talk' 50 times.", "I will not talk\n" * 50),
    Example("'사랑해'를 100번 써 줘", "사랑해 " * 100),
    Example("The lyrics of the song?", "Na na na na, hey Jude. " * 12),
    Example("Draw a bar.", "█" * 400),
    Example("Draw a table.", "| 0 | 0 |\n" * 40),
    Example("Zeros?", "0, " * 150),
    Example("A wall.", "-+" * 200),
    Example(_ASK, _HISTORY),
    Example(_ASK, "The city is old. " * 30 + "But its walls are new, as everybody who comes sees."),
    Example(_ASK, "Chapter one.\n" + "\n".join(f"{n}. The year {1400 + n}" for n in range(60))),
    # JSON that is the answer, or only looks like an analysis.
    Example("Classify this as JSON.", _ECHO),
    Example("JSON 형식으로만 답변하라: 안녕", _ECHO),
    Example("Give complexity and privacy_sensitivity of: hi", _ECHO),
    Example("분석해 줘", _ECHO, system="결과는 항상 JSON으로 돌려준다."),
    Example("A config?", '{"complexity": "O(n)", "name": "merge sort"}'),
    Example("A config?", '{"name": "x", "complexity": 1, "privacy_sensitivity": 2}'),
    Example("What are the keys?", 'The analysis has "complexity": and "privacy_sensitivity":'),
    Example("코드 줘", "```python\nprint('안녕')\n```"),
    Example("code?", "{ return 0; }"),
    # Another language is what was asked for.
    Example("다음을 영어로 번역해 줘: 이 도시는 오래되었습니다", _PROSE),
    Example("해외 바이어에게 보낼 소개 글을 써 주세요", _PROSE),
    Example("영문 자기소개서를 써 주세요", _PROSE),
    Example('"도시의 역사"라는 제목으로 글을 써 줘', _PROSE),
    Example("Translate the history of the city to Korean, please.", _PROSE_KO),
    Example("How do I say that in Korean if I am in the city?", _PROSE_KO),
    Example("파이썬으로 두 수를 더하는 함수를 만들어 주세요", "def add(a, b):\n    return a + b"),
    Example("비틀즈의 유명한 노래 다섯 곡을 알려 주세요", "Hey Jude\nLet It Be\nYesterday\nHelp!\nSomething"),
    Example("쿠버네티스 파드가 뭔지 알려 주세요", "Pod: 컨테이너를 묶은 가장 작은 배포 단위입니다."),
    Example("ls 명령이 뭐예요", "ls -al"),
    Example(_ASK, _PROSE_KO, system="언제나 우리말로 친절하게 답하는 안내원입니다."),
    Example("ok", _PROSE_KO),
    Example("응", _PROSE),
    # Cut, but not by chance.
    Example("hello", _PROSE, FinishReason.CONTENT_FILTER),
    Example("hello", "", FinishReason.CONTENT_FILTER),
    Example("hello", "", FinishReason.TOOL_CALLS),
    # Plain good answers.
    Example(_ASK, _PROSE),
    Example(_ASK_KO, _PROSE_KO),
    Example("hello", "Hello! How can I help you today?"),
    Example("안녕", "안녕하세요! 무엇을 도와드릴까요?"),
)  # fmt: skip
