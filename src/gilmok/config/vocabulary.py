"""Which vocabulary a model reads in, by its name, where that is published.

Only names whose vocabulary is known for certain stand here: a wrong one would make a bound that is
none.
"""

from __future__ import annotations

import re
from typing import Final

_BY_NAME: Final = (
    ("o200k_base", re.compile(r"(openai/)?(gpt-4o|chatgpt-4o|gpt-4\.1|gpt-5|o1|o3|o4)(-|\.|$)")),
    ("cl100k_base", re.compile(r"(openai/)?(gpt-4|gpt-3\.5)(-|$)")),
    ("o200k_harmony", re.compile(r"(openai/)?gpt-oss(-|:|$)")),
    ("llama3", re.compile(r"(meta-llama/)?(meta-)?llama-?3(\.[1-3])?(-|:|$)")),
    ("qwen3", re.compile(r"(qwen/)?qwen-?(2\.5|3)(-|:|$)")),
)


def vocabulary_of(model: str) -> str | None:
    """Its name as `gilmok[tokens]` knows it; `None` where the model's is not certain."""
    name = model.lower()
    return next((vocabulary for vocabulary, names in _BY_NAME if names.match(name)), None)
