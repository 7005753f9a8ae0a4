"""Answers that were given before. Exact matches only; off unless configured."""

from gilmok.cache.exact import CachedAnswer, ExactCache

__all__ = ["CachedAnswer", "ExactCache"]
