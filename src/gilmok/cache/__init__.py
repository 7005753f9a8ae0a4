"""Answers that were given before: to the same words, another spelling, or the same meaning.

Off unless configured. See docs/cache.md.
"""

from gilmok.cache.answers import AnswerCache, CachePolicy, Hit
from gilmok.cache.exact import CachedAnswer, ExactCache
from gilmok.cache.place import Place

__all__ = ["AnswerCache", "CachePolicy", "CachedAnswer", "ExactCache", "Hit", "Place"]
