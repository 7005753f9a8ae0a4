"""What a rule about the source is: what it finds, why it exists, where it does not apply and why,
and the proof that it would notice.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct
from tests.meta.source import Module

Finding = tuple[int, str]
"""A line, and what is there."""


class Rule(Struct, frozen=True, kw_only=True):
    name: str
    reason: str
    """Why the rule exists: printed when it is broken."""
    find: Callable[[Module], Iterable[Finding]]
    allowed: Mapping[str, str] = {}
    """Rooms or modules where it does not apply, each with the reason."""
    wrong: tuple[str, ...]
    """Snippets that the rule has to find something in."""
    right: tuple[str, ...] = ()
    """Snippets like them in which there is nothing to find."""

    def broken_by(self, module: Module) -> list[str]:
        if any(module.within(room) for room in self.allowed):
            return []
        return [f"{module.name}:{line}: {what}" for line, what in sorted(set(self.find(module)))]


def means(*banned: str) -> Callable[[Module], Iterator[Finding]]:
    """Finds imports and uses of these dotted names and of whatever is below them."""

    def find(module: Module) -> Iterator[Finding]:
        for line, name in module.uses:
            if any(name == b or name.startswith(b + ".") for b in banned):
                yield line, name

    return find


def calls_method(*names: str) -> Callable[[Module], Iterator[Finding]]:
    """Finds uses of an attribute with one of these names, whatever it belongs to, and the name as
    a string: `getattr(loop, "create_server")`."""

    def find(module: Module) -> Iterator[Finding]:
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr in names:
                yield node.lineno, f".{node.attr}"
        for line, text in module.texts:
            if text in names:
                yield line, repr(text)

    return find


def calls(*names: str) -> Callable[[Module], Iterator[Finding]]:
    """Finds calls of built-ins."""

    def find(module: Module) -> Iterator[Finding]:
        for node in module.nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in names and module.meaning(node.func) is None:
                yield node.lineno, f"{node.func.id}(…)"

    return find


def any_of(
    *finders: Callable[[Module], Iterable[Finding]],
) -> Callable[[Module], Iterator[Finding]]:
    def find(module: Module) -> Iterator[Finding]:
        for finder in finders:
            yield from finder(module)

    return find
