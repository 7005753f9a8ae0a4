"""Whether a text is clearly in one language. Where it is mixed, short, or code, nothing is clear."""

from __future__ import annotations

import re

_SAMPLE = 600
_HANGUL = re.compile(r"[가-힣]+")
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]+")
_WORD = re.compile(r"[a-z']+")
_CODE = re.compile(r"[`{}<>;=|\\_]|https?:|\(\)|^[ \t]{2,}\S", re.MULTILINE)
_ENGLISH = frozenset(
    (
        "the", "a", "an", "of", "to", "in", "is", "are", "was", "were", "be", "been", "it", "this",
        "that", "these", "those", "and", "or", "but", "for", "with", "on", "at", "by", "from", "as",
        "you", "your", "i", "we", "they", "he", "she", "what", "how", "which", "who", "when",
        "where", "why", "can", "do", "does", "did", "will", "would", "should", "could", "may",
        "not", "have", "has", "had", "if", "there", "their", "its", "my", "me",
    )
)  # fmt: skip
_SYLLABLE = 2.5
"""Latin letters that say as much as a syllable of Hangul."""


def question_tongue(text: str) -> str | None:
    """`ko` or `en` where a question is clearly in that language."""
    sample = text[-_SAMPLE:]
    if _CODE.search(sample) or _HAN_OR_KANA.search(sample):
        return None
    words = _WORD.findall(sample.lower())
    hangul, latin = _length(_HANGUL.findall(sample)), _length(words)
    if hangul >= 8 and _SYLLABLE * hangul >= 3 * latin:
        return "ko"
    return "en" if hangul == 0 and _is_english(words, 5) else None


def answer_tongue(text: str) -> str | None:
    """`ko`, `en` or `zh-ja` where an answer is prose of that language and nothing else."""
    sample = text[:_SAMPLE]
    hangul = han = 0
    if not sample.isascii():
        hangul, han = _length(_HANGUL.findall(sample)), _length(_HAN_OR_KANA.findall(sample))
    words = _WORD.findall(sample.lower())
    latin = _length(words)
    if hangul >= 30 and han == 0 and _SYLLABLE * hangul >= 6 * latin:
        tongue = "ko"
    elif han >= 30 and hangul == 0 and _SYLLABLE * han >= 6 * latin:
        tongue = "zh-ja"
    elif hangul == han == 0 and _is_english(words, 20):
        tongue = "en"
    else:
        return None
    return None if _CODE.search(sample) else tongue


def _is_english(words: list[str], least: int) -> bool:
    return len(words) >= least and sum(map(_ENGLISH.__contains__, words)) >= len(words) / 4


def _length(runs: list[str]) -> int:
    return sum(map(len, runs))
