"""Whether an answer is one. Pure: what was asked and what was said are arguments."""

from gilmok.guard.answers.check import UNCHECKED, AnswerCheck, AnswerPolicy, answer_check
from gilmok.guard.answers.hearing import Hearing, Ruling

__all__ = ["UNCHECKED", "AnswerCheck", "AnswerPolicy", "Hearing", "Ruling", "answer_check"]
