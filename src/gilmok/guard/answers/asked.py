"""What a request lets one expect of its answer, as far as the checks need it.

Found out only when an answer looks wrong: most answers do not, and then nothing is read.
"""

from __future__ import annotations

import re
from functools import cached_property

from gilmok.core.request import Image, Request, Role, Text, conversation
from gilmok.guard.answers.tongues import question_tongue

_RULES = frozenset({Role.SYSTEM, Role.DEVELOPER})
_OURS = _RULES | {Role.USER}
_RESTRICTS = re.compile(
    r"\b(?:only|never|not|refuse|decline|cannot|unless|must|avoid|restrict|limit|forbid|prohibit|outside"
    r"|off-topic|apologi[sz]e|sorry|polite)|n['\u2019]t\b"
    r"|만\b|지 마|말 것|말고|않|거절|거부|금지|제한|외에|외의|벗어|죄송|불가|없다고|모른다고",
    re.IGNORECASE,
)
"""Rules that may make a refusal the right answer."""
_REPEATS = re.compile(
    r"repeat|times|lines of|again and again|lyrics|song|chorus|poem|chant|loop|copies|dummy|filler|pattern"
    r"|반복|번\b|회\b|되풀이|가사|노래|후렴|채워|더미|패턴|줄\b",
    re.IGNORECASE,
)
"""Questions whose right answer may say the same thing many times."""
_ANOTHER_TONGUE = re.compile(
    r"translat|language|korean|english|hangul|japanese|chinese|french|german|spanish|pronounce|quote"
    r"|lyrics|title|name|code|script|email|prompt|slogan|commit"
    r"|번역|통역|언어|한국어|한글|국어|영어|영문|영작|일어|일본|중국|중문|한자|외국|해외|글로벌|발음|인용|가사"
    r"|제목|이름|코드|함수|변수|스크립트|쿼리|메일|프롬프트|문구|슬로건|커밋|논문|초록|속담|명언"
    r"|[a-z](?:로|으로) |['\"\u2018\u2019\u201c\u201d「『]",
    re.IGNORECASE,
)
"""Questions whose right answer may be in another language, or quote one."""


class Asked:
    """One request, read on demand."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @cached_property
    def json(self) -> bool:
        """JSON may be the right answer: a format, tools, or the word itself."""
        if self.json_format or self._request.tools:
            return True
        return any("json" in text.casefold() for text in self._texts)

    @cached_property
    def json_format(self) -> bool:
        chosen = self._request.sampling.response_format
        return chosen is not None and '"json' in chosen.reveal()

    @cached_property
    def analysis(self) -> bool:
        """The caller names an analysis's keys, or JSON."""
        return self.json or any("privacy_sensitivity" in text for text in self._texts)

    @cached_property
    def restricted(self) -> bool:
        """The application's own rules may demand a refusal."""
        rules = (t for role, t in conversation(self._request) if role in _RULES)
        return any(_RESTRICTS.search(text.reveal()) for text in rules)

    @cached_property
    def repetition(self) -> bool:
        return any(_REPEATS.search(text) for text in self._texts)

    @cached_property
    def tongue(self) -> str | None:
        """The language that the last question is clearly in."""
        last = self._request.messages[-1]
        if last.role is not Role.USER or any(not isinstance(p, Text) for p in last.parts):
            return None
        return question_tongue(
            "\n".join(p.text.reveal() for p in last.parts if isinstance(p, Text))
        )

    def may_be_in(self, tongue: str) -> bool:
        """An answer in a language that is not the question's may be right all the same."""
        if self.json or any(_ANOTHER_TONGUE.search(text) for text in self._texts):
            return True
        # Rules in Korean are for Korean readers; those in English are for anybody.
        rules = (t for role, t in conversation(self._request) if role in _RULES)
        return tongue != "en" and any(question_tongue(text.reveal()) == tongue for text in rules)

    @property
    def bounded(self) -> bool:
        """The caller set how long the answer may be."""
        return self._request.sampling.max_tokens is not None

    @property
    def stopped(self) -> bool:
        """The caller set words at which the answer is to stop."""
        return bool(self._request.sampling.stop)

    @property
    def few_tokens(self) -> bool:
        """The answer may be a token or a label: log probabilities, or a picture to name."""
        return self._request.sampling.logprobs is True or any(
            isinstance(part, Image) for m in self._request.messages for part in m.parts
        )

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        """What the caller wrote: rules and questions, not earlier answers."""
        said = conversation(self._request)
        return tuple(text.reveal() for role, text in said if role in _OURS)
