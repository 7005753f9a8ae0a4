"""Answers that are nothing but a refusal, in the usual words.

A refusal is a few sentences, each an apology, a refusal proper or a parting phrase, in English or
Korean. One sentence of any other kind makes the answer an answer: "I'm sorry, but I can't browse.
Here is what I know" passes, and so does a reason or a way out ("but", "because", "대신").

Reading stops at the first sentence that fits nothing, so a beginning can be judged as it comes:
`may_be_refusal` is true for every beginning of a text that `is_refusal` is true for.
"""

from __future__ import annotations

import re
from enum import Enum

LONGEST = 400
"""Characters of a refusal; whoever says more says something else."""

_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]?")
"""Cut after each mark at once, so that a longer text is cut in the same places."""
_ENDS = ".!?。！？ \n\t"
_PIVOT = re.compile(
    r"[:`]|\b(?:but|however|instead|because|without|unless|until|since|due|if|as|so|though|although"
    r"|while|when|where|only|except|yet|currently)[ ,]"
    r"|(?:대신|하지만|다만|그러나|그렇지만|그래도|때문에)[ ,]"
)
"""Signs of a reason or a way out. Each ends in a character of its own: a beginning that is cut
inside a word has no sign that the whole text would not have."""


class _Stage:
    """One of several phrases, found by looking up slices: there are hundreds of phrases."""

    __slots__ = ("beginnings", "lengths", "phrases")

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self.phrases = frozenset(phrases)
        self.lengths = tuple(sorted({len(phrase) for phrase in phrases}))
        self.beginnings = frozenset(p[:end] for p in phrases for end in range(len(p) + 1))


class _Form:
    """A kind of sentence: a phrase of each stage, one after the other."""

    __slots__ = ("closed", "refuses", "stages")

    def __init__(
        self, *stages: tuple[str, ...], closed: bool = False, refuses: bool = False
    ) -> None:
        """`closed`: nothing may follow in the sentence."""
        self.stages = tuple(map(_Stage, stages))
        self.closed = closed
        self.refuses = refuses


class _Fit(Enum):
    NO = "no"
    OPEN = "open"
    """Cut off before it could be told."""
    YES = "yes"


_SORRY = tuple(
    f"{sorry}{link}"
    for sorry in (
        *(f"{i} {very}sorry" for i in ("i'm", "i am") for very in ("", "very ", "really ", "so ")),
        "sorry", "i apologize", "i apologise", "my apologies", "apologies",
    )
    for link in (", but ", " but ", ", ")
)  # fmt: skip
_UNABLE = (
    "i can't ", "i cannot ", "i can not ", "i'm unable to ", "i am unable to ", "i'm not able to ",
    "i am not able to ", "i won't ", "i will not ", "i won't be able to ", "i will not be able to ",
    "i must decline to ", "i have to decline to ",
)  # fmt: skip
_HELP = (
    "assist with", "assist you with", "assist you in", "assist in", "help with", "help you with",
    "fulfill", "fulfil", "comply with", "do that", "answer that", "answer this", "engage in",
    "participate in", "provide assistance", "provide help with", "provide information on how to",
    "provide instructions", "provide guidance on", "provide that", "create that",
    "create content that", "generate that", "generate content that", "discuss that", "discuss this",
    "continue with this", "respond to that", "respond to this", "support that", "support this",
)  # fmt: skip
_MACHINE = tuple(
    f"{lead}as {article}{name}, "
    for lead in ("", "i'm sorry, but ", "i am sorry, but ", "sorry, but ")
    for article in ("an ", "a ", "just an ")
    for name in (
        "ai language model", "language model", "large language model", "ai", "ai model",
        "ai assistant", "artificial intelligence", "artificial intelligence language model",
    )
)  # fmt: skip
_MACHINES_HELP = (
    *_HELP, "provide ", "access ", "browse ", "give ", "offer ", "generate ", "create ", "discuss ",
)  # fmt: skip

_SORRY_KO = (
    "죄송합니다만 ", "죄송합니다만, ", "죄송하지만 ", "죄송하지만, ", "미안하지만 ", "미안하지만, ",
    "죄송합니다, ", "유감스럽게도 ", "안타깝지만 ", "안타깝게도 ", "아쉽지만 ", "아쉽게도 ",
)  # fmt: skip
_MACHINE_KO = tuple(
    f"{who}{name}{being} "
    for who in ("", "저는 ", "나는 ")
    for name in ("ai", "ai 언어 모델", "인공지능", "인공지능 언어 모델", "언어 모델")
    for being in ("로서", "으로서", "로서,", "이기 때문에", "이므로", "이라서", "라서")
)
_WHO_KO = ("", "저는 ", "제가 ", *_MACHINE_KO)
_WHICH_KO = (
    "", "그 ", "이 ", "해당 ", "그런 ", "이런 ", "그러한 ", "이러한 ", "요청하신 ", "말씀하신 ",
    "질문하신 ", "문의하신 ",
)  # fmt: skip
_WHAT_KO = (
    "", "그것은 ", "이것은 ", "그건 ", "이건 ",
    *(f"{thing}{particle} "
    for thing in ("요청", "질문", "내용", "부분", "작업", "주제", "정보", "사항", "문의")
    for particle in (
        "은", "는", "을", "를", "에", "에는", "에 대해", "에 대해서는", "에 대한", "에 대한 답변을",
        "에 대한 답변은", "에 대한 정보를", "에 대한 도움을",
    )),
)  # fmt: skip
_DEED_KO = tuple(
    f"{deed}{way}"
    for deed in (
        "도와드릴", "도와 드릴", "도움을 드릴", "도움 드릴", "도움을 줄", "답변할", "답변드릴",
        "답변해 드릴", "답변을 드릴", "답변을 제공할", "답할", "답해 드릴", "대답할", "대답해 드릴",
        "응답할", "응할", "응해 드릴", "처리할", "처리해 드릴", "수행할", "제공할", "제공해 드릴",
        "들어드릴", "이야기할", "말씀드릴",
    )
    for way in (" 수 없습니다", " 수 없어요", " 수 없네요", " 수가 없습니다")
) + tuple(
    f"{deed}{way}"
    for deed in (
        "도와드리기", "도와 드리기", "도움을 드리기", "도움 드리기", "답변하기", "답변드리기",
        "답변을 드리기", "답하기", "대답하기", "응답하기", "응하기", "제공하기", "제공해 드리기",
        "말씀드리기",
    )
    for way in (" 어렵습니다", " 어려워요", " 힘듭니다")
)  # fmt: skip

_APOLOGY = _Form(
    (
        *(sorry.removesuffix(", ") for sorry in _SORRY if not sorry.endswith("but ")),
        "i apologize for the inconvenience", "i apologize for any inconvenience",
        "i'm sorry about that", "죄송합니다", "정말 죄송합니다", "대단히 죄송합니다", "죄송해요",
        "미안합니다", "미안해요", "불편을 드려 죄송합니다",
    ),
    closed=True,
)  # fmt: skip
_REFUSALS = (
    _Form(("", "unfortunately, ", *_SORRY), _UNABLE, _HELP, refuses=True),
    _Form(_MACHINE, _UNABLE, _MACHINES_HELP, refuses=True),
    _Form(_SORRY_KO, _WHO_KO, _WHICH_KO, _WHAT_KO, _DEED_KO, closed=True, refuses=True),
    _Form(_MACHINE_KO, _WHICH_KO, _WHAT_KO, _DEED_KO, closed=True, refuses=True),
)
_AFTER_AN_APOLOGY = _Form(_WHO_KO, _WHICH_KO, _WHAT_KO, _DEED_KO, closed=True, refuses=True)
_PARTING = _Form(
    (
        "if you have any other", "if you have another", "if you have any more",
        "if there's anything else", "if there is anything else", "if you need help with",
        "is there anything else", "is there something else", "feel free to ask",
        "please feel free", "please let me know if", "let me know if", "how else can i",
        "can i help you with anything else", "can i help you with something else",
        "thank you for understanding", "thank you for your understanding", "i hope you understand",
        "it goes against my", "this goes against my", "that goes against my", "it is against my",
        "it's against my", "i'm designed to", "i am designed to", "i'm programmed to",
        "i am programmed to", "다른 질문", "다른 도움", "다른 궁금", "다른 주제", "다른 요청",
        "다른 문의", "궁금한 점", "더 궁금한", "혹시 다른", "도움이 필요", "양해", "너그러운 양해",
        "이해해 주셔서", "언제든지", "감사합니다",
    )
)  # fmt: skip
_FIRST = (*_REFUSALS, _APOLOGY)
_LATER = (*_FIRST, _AFTER_AN_APOLOGY, _PARTING)

_STEM = 4
_STEMS = frozenset(
    phrase[:_STEM]
    for form in _FIRST
    for stage in (form.stages[:2] if "" in form.stages[0].phrases else form.stages[:1])
    for phrase in stage.phrases
    if phrase
)
"""Nearly every answer is told by its first letters."""
_STEM_BEGINNINGS = frozenset(stem[:end] for stem in _STEMS for end in range(_STEM + 1))


def is_refusal(text: str) -> bool:
    """True where `text` is a refusal from its first word to its last."""
    said = text.strip()
    if len(said) > LONGEST or _plain(said[:_STEM]) not in _STEMS:
        return False
    forms: tuple[_Form, ...] = _FIRST
    refuses = False
    for sentence in _sentences(said):
        fitting = [form for form in forms if _fit(form, sentence) is _Fit.YES]
        if not fitting:
            return False
        refuses = refuses or any(form.refuses for form in fitting)
        forms = _LATER
    return refuses


def may_be_refusal(beginning: str) -> bool:
    """True where some text that begins so is a refusal."""
    said = beginning.strip()
    if len(said) > LONGEST or _plain(said[:_STEM]) not in _STEM_BEGINNINGS:
        return False
    forms: tuple[_Form, ...] = _FIRST
    *complete, last = _sentences(said) or [""]
    for sentence in complete:
        if not any(_fit(form, sentence) is _Fit.YES for form in forms):
            return False
        forms = _LATER
    return any(_fit(form, last) is not _Fit.NO for form in forms)


def _plain(text: str) -> str:
    return text.casefold().replace("\u2019", "'")


def _sentences(said: str) -> list[str]:
    return [s for found in _SENTENCE.findall(_plain(said)) if (s := found.strip(_ENDS))]


def _fit(form: _Form, sentence: str) -> _Fit:
    reached, is_open = {0}, False
    for stage in form.stages:
        is_open = is_open or any(sentence[at:] in stage.beginnings for at in reached)
        reached = {
            at + length
            for at in reached
            for length in stage.lengths
            if sentence[at : at + length] in stage.phrases
        }
        if not reached:
            break
    if form.closed:
        fits = len(sentence) in reached
    else:
        fits = bool(reached) and not _PIVOT.search(sentence, min(reached))
    return _Fit.YES if fits else _Fit.OPEN if is_open else _Fit.NO
