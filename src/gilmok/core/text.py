"""Text that must not be printed by accident.

Law 1 forbids user text in logs, traces, errors and `repr`. Both types here print as a size,
never as their content; the content is reached only by the explicit `reveal()`, and a meta-test
lists the rooms that may call it.
"""

from __future__ import annotations

from typing import Any, NoReturn


class Private:
    """A user's or a model's text. `repr`, `str` and `format` show its length only."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Private) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {len(self._value)} chars>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("private text is not pickled: it would leave the rooms that guard it")

    def __deepcopy__(self, memo: dict[int, Any]) -> Private:
        return self


class Secret(Private):
    """A credential: a provider's key, a caller's key. Never shown, not even its length."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__
