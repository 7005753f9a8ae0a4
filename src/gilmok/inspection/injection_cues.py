"""Which kinds of words stand near one another: what an attempt looks like in any language.

Two passes of an Aho-Corasick automaton, one over the text and one, where it holds Hangul, over the
text without blanks. Korean words written in single letters (ㅁㅜㅅㅣ) or with signs between their
syllables (무.시) are put together first, and only where there are such.
"""

from __future__ import annotations

import re
import string

from ahocorasick_rs import AhoCorasick

from gilmok.inspection.injection_words import KOREAN, WORDS, Word

Places = dict[int, list[int]]
"""Where words of each kind begin, at most `_MOST` of each; negative for Korean ones, so that the two
never stand near one another."""

_NAMES = (
    "override_rules", "override_prior", "filter_off", "hidden_reveal", "hidden", "unlimited", "no_refusal",
    "persona_unlimited", "persona", "secret_reveal", "secret_send", "addressee_command", "new_task", "markup",
    "about", "override", "your_rules", "your_hidden", "about_rules", "capitals", "goes_on", "quotes", "length", "language",
    "takes_back",
)  # fmt: skip
FEATURES = (*_NAMES, *(f"korean_{name}" for name in _NAMES))
"""The names of what `features` finds. A Korean text has the second half, any other
the first: the same word weighs differently in another language."""

# Plain numbers: looking up a member of an enumeration costs ten times as much, for each text anew.
(
    _OVERRIDE,
    _RULES,
    _PRIOR,
    _HIDDEN,
    _REVEAL,
    _FILTER,
    _OFF,
    _UNLIMITED,
    _NO_REFUSAL,
    _PERSONA,
    _SECRET,
    _SEND,
    _ADDRESSEE,
    _COMMAND,
    _ABOUT,
    _MARKUP,
    _NEW_TASK,
    _YOURS,
) = map(int, Word)
_MOST = 24
_REACH, _REACH_KOREAN = 44, 16
"""Characters between words that belong together; of Korean without blanks."""
_HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
_SEPARATING = b"./-*_~|+^,"
_NOT_SEPARATING = bytes(set(range(256)) - set(_SEPARATING))
_APART = re.compile(r"(?<=[가-힣ㄱ-ㅎㅏ-ㅣ])[^가-힣ㄱ-ㅎㅏ-ㅣa-z0-9:\]\[<>|]+(?=[가-힣ㄱ-ㅎㅏ-ㅣ])")
_LETTER_MARKS = (b"\xe3\x84", b"\xe3\x85", b"\xe1\x84", b"\xe1\x85")
"""How Korean letters begin in UTF-8, single ones and those that join."""
_LETTERS = re.compile("[ㄱ-ㅎ][ㅏ-ㅣ1!-]")
_LETTER_RUN = re.compile("([ㄱ-ㅎ])([ㅏ-ㅣ1!-])([ㄱ-ㅎ](?![ㅏ-ㅣ1!-]))?")
_ALMOST = re.compile("([가-힣])([ㄱ-ㅎ])(?![ㅏ-ㅣ1!-])")
_CAPITALS = re.compile(r"(?:\b[A-ZÄÖÜ']{2,}\b[ ,!]*){3,}")
_NOT_CAPITALS = bytes(set(range(256)) - set(string.ascii_uppercase.encode()))
_SHOUTED = 6
_GOES_ON = re.compile(r"[?.!]\s*\S+\s+\S+")
_TAKES_BACK = re.compile(
    r"\b(?:ignore|disregard|forget|skip)\b (?:about )?(?:my|the|that|this|your) "
    r"(?:last|previous|prior|earlier|first|old|second|third) (?:\w+ )?"
    r"(?:instruction|message|question|request|sentence|answer|reply|mail|email|e-mail|paragraph|line|one|draft|quote|part)\b"
    r"|(?:방금|아까|이전|지난번|앞의|위의|지난) ?(?:보낸 |한 |쓴 |내 )?(?:메시지|말|파일|질문|답변|주문|메일|지시|요청|문장|초안)(?:은|는|을|를)? ?"
    r"(?:무시하고|무시해|잊고|잊어|취소하고|말고)(?! ?(?:시스템|비밀|숨|내부|규칙|프롬프트|제한))",
    re.I,
)
"""A user who takes back what he said himself, one message or sentence: not the rules, not all."""
_HEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAILS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"

_ALIKE = {"1": "ㅣ", "!": "ㅣ", "-": "ㅡ"}
"""What stands for a vowel: digits by intent, a dash because normalisation takes ㅡ for one."""
_SINGLE = (
    {0x1100 + i: letter for i, letter in enumerate(_HEADS)}
    | {0x1161 + i: letter for i, letter in enumerate(_VOWELS)}
    | {0x11A7 + i: letter for i, letter in enumerate(_TAILS) if i}
)
"""Letters that join, which normalisation makes of single ones, as single ones again."""


def _compile(table: dict[Word, str]) -> tuple[AhoCorasick, tuple[tuple[int, ...], ...]]:
    kinds: dict[str, list[int]] = {}
    for kind, words in table.items():
        # Line breaks only lay the table out; a blank at either end of a word belongs to it.
        for word in re.split(r"(?<!\\)\|", re.sub(r"\n +", "", words)):
            kinds.setdefault(word.replace("\\|", "|"), []).append(int(kind))
    return AhoCorasick(list(kinds)), tuple(tuple(each) for each in kinds.values())


_WORDS, _KINDS = _compile(WORDS)
_KOREAN, _KOREAN_KINDS = _compile(KOREAN)


def squeezed(lower: str) -> str:
    """Korean as it is sought: without blanks and without signs between the syllables."""
    encoded = lower.encode()
    if len(encoded.replace(b". ", b"").replace(b", ", b"").translate(None, _NOT_SEPARATING)) > 3:
        return _APART.sub("", lower)
    return lower.replace(" ", "").replace("\n", "")


def composed(lower: str) -> str:
    """A text in which Korean single letters make syllables: ㅁㅜㅅㅣ as 무시, ㅅ1 as 시; a consonant
    alone closes the syllable before it."""
    encoded = lower.encode()
    if not any(mark in encoded for mark in _LETTER_MARKS):
        return lower
    text = lower.translate(_SINGLE)
    if _LETTERS.search(text) is None:
        return lower
    text = _LETTER_RUN.sub(lambda m: _syllable(m[1], m[2], m[3] or " "), text)
    return _ALMOST.sub(lambda m: _closed(m[1], m[2]), text)


def _syllable(head: str, vowel: str, tail: str) -> str:
    vowel = _ALIKE.get(vowel, vowel)
    last = _TAILS.find(tail)
    if head not in _HEADS or vowel not in _VOWELS or last < 0:
        return head + vowel + tail.strip()
    return chr(0xAC00 + (_HEADS.index(head) * 21 + _VOWELS.index(vowel)) * 28 + last)


def _closed(syllable: str, tail: str) -> str:
    code, last = ord(syllable) - 0xAC00, _TAILS.find(tail)
    return chr(ord(syllable) + last) if code % 28 == 0 and last > 0 else syllable + tail


def places(lower: str) -> Places:
    """Where the telling words of a lower-case text begin."""
    found: Places = {}
    for word, start, _ in _WORDS.find_matches_as_indexes(lower, overlapping=True):
        for kind in _KINDS[word]:
            _add(found, kind, start)
    if not lower.isascii():
        for word, start, _ in _KOREAN.find_matches_as_indexes(squeezed(lower), overlapping=True):
            for kind in _KOREAN_KINDS[word]:
                _add(found, kind, -1 - start)
    return found


def _add(found: Places, kind: int, place: int) -> None:
    known = found.get(kind)
    if known is None:
        found[kind] = [place]
    elif len(known) < _MOST:
        known.append(place)


def near(found: Places, one: int, other: int, korean: int = _REACH_KOREAN) -> bool:
    """Whether words of the two kinds stand near one another. `korean`: how far in Korean."""
    first, second = found.get(one), found.get(other)
    if first is None or second is None:
        return False
    return any(
        0 < abs(a - b) <= (_REACH if a >= 0 else korean) and (a >= 0) is (b >= 0)
        for a in first
        for b in second
    )


def features(text: str, found: Places) -> tuple[tuple[int, float], ...]:
    """The values of `FEATURES` that are not 0, by index: mostly whether two kinds of words stand
    near one another."""
    values = (
        near(found, _OVERRIDE, _RULES),
        near(found, _OVERRIDE, _PRIOR),
        near(found, _FILTER, _OFF),
        near(found, _HIDDEN, _REVEAL),
        _HIDDEN in found,
        _UNLIMITED in found,
        _NO_REFUSAL in found,
        _PERSONA in found and (_UNLIMITED in found or _NO_REFUSAL in found),
        _PERSONA in found,
        near(found, _SECRET, _REVEAL),
        near(found, _SECRET, _SEND),
        near(found, _ADDRESSEE, _COMMAND, _REACH),
        _NEW_TASK in found,
        _MARKUP in found,
        _ABOUT in found,
        _OVERRIDE in found,
        near(found, _YOURS, _RULES) or near(found, _YOURS, _FILTER),
        near(found, _YOURS, _HIDDEN) or near(found, _YOURS, _REVEAL),
        _ABOUT in found and (_RULES in found or _HIDDEN in found),
        _shouts(text),
        _GOES_ON.search(text) is not None,
        '"' in text,
        min(len(text), 3000) / 1000,
        1.0,
        _OVERRIDE in found and _TAKES_BACK.search(text) is not None,
    )
    first = len(_NAMES) if not text.isascii() and _HANGUL.search(text) is not None else 0
    return tuple([(first + i, float(v)) for i, v in enumerate(values) if v])


def _shouts(text: str) -> bool:
    """Whether three words in a row are written in capitals."""
    capitals = text.encode().translate(None, _NOT_CAPITALS)
    return len(capitals) >= _SHOUTED and _CAPITALS.search(text) is not None


def is_silent(found: Places) -> bool:
    """Whether nothing in the text calls for a closer look."""
    return _TELLING.isdisjoint(found)


_TELLING: frozenset[int] = frozenset(
    {
        _OVERRIDE, _HIDDEN, _UNLIMITED, _NO_REFUSAL, _PERSONA, _SECRET, _ADDRESSEE,
        _NEW_TASK, _MARKUP, _FILTER,
    }
)  # fmt: skip
