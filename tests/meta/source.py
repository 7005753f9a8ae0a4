"""The gateway's own source as syntax trees, and the names that a module really means.

`import time as t; t.sleep(1)` and `from time import sleep; sleep(1)` both mean `time.sleep`: the
rules are about what is used, not about how it is spelled.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"


class Module:
    """One source file. `name` is dotted: a package's is its `__init__`'s."""

    def __init__(self, name: str, text: str, *, is_package: bool = False) -> None:
        self.name = name
        self.text = text
        self.is_package = is_package
        self.tree = ast.parse(text)

    @classmethod
    def read(cls, path: Path) -> Module:
        parts = path.relative_to(SRC).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        return cls(name, path.read_text("utf-8"), is_package=is_package)

    def within(self, room: str) -> bool:
        """True for the room's own module and everything in it."""
        return self.name == room or self.name.startswith(room + ".")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and dotted name of everything imported, wherever in the file."""
        found: list[tuple[int, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(node.lineno, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
        return tuple(found)

    @cached_property
    def _known_as(self) -> dict[str, str]:
        known: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    known[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                known |= {a.asname or a.name: f"{base}.{a.name}" for a in node.names}
        return known

    def _base(self, node: ast.ImportFrom) -> str:
        """What is imported from; `.` and `..` are resolved."""
        if not node.level:
            return node.module or ""
        up = node.level - 1 if self.is_package else node.level
        package = ".".join(self.name.split(".")[: len(self.name.split(".")) - up])
        return f"{package}.{node.module}" if node.module else package

    def meaning(self, node: ast.AST) -> str | None:
        """The dotted name that an expression stands for, where it begins with an import."""
        if isinstance(node, ast.Name):
            return self._known_as.get(node.id)
        if isinstance(node, ast.Attribute) and (base := self.meaning(node.value)):
            return f"{base}.{node.attr}"
        return None

    @cached_property
    def uses(self) -> tuple[tuple[int, str], ...]:
        """Line and dotted name of everything imported and of every use of it."""
        found = list(self.imports)
        for node in self.nodes:
            if isinstance(node, (ast.Name, ast.Attribute)) and (name := self.meaning(node)):
                found.append((node.lineno, name))
        return tuple(found)

    @cached_property
    def texts(self) -> tuple[tuple[int, str], ...]:
        """Line and value of every string that is no docstring; an f-string with `{}` in it."""
        skipped = {id(node.value) for node in self.nodes if isinstance(node, ast.Expr)}
        found: list[tuple[int, str]] = []
        for node in self.nodes:
            if isinstance(node, ast.JoinedStr):
                parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
                found.append((node.lineno, "".join(map(str, parts))))
                skipped |= {id(value) for value in node.values}
        for node in self.nodes:
            if id(node) in skipped or not isinstance(node, ast.Constant):
                continue
            if isinstance(node.value, str):
                found.append((node.lineno, node.value))
        return tuple(found)

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node


def modules() -> tuple[Module, ...]:
    """Every module of the gateway."""
    return tuple(Module.read(path) for path in sorted(SRC.rglob("*.py")))


GATEWAY = modules()
