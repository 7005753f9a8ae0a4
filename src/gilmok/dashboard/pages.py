"""Templates and the style sheet, read once; everything put into a page is escaped."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from msgspec import Struct

from gilmok.core.said import Locale
from gilmok.dashboard.words import words

_HERE = Path(__file__).parent
_NAMES = ("overview", "decisions", "decision", "problem")


class Frame(Struct, frozen=True):
    """What every page shows around its own content."""

    locale: Locale
    page: str
    """`overview`, `decisions`, …: a name of `words`."""
    path: str
    """This page's own, and `query`, what was asked of it: the links to other languages keep both."""
    query: str = ""
    language: str = ""
    """`lang=ko` where the address says so: links keep it. Else nothing, and the browser decides."""
    tenant: str = ""
    """Whose requests are shown; nothing where nobody is signed in."""

    @property
    def section(self) -> str:
        """The page of the navigation that this one belongs to."""
        return "decisions" if self.page == "decision" else self.page

    def link(self, path: str, query: str = "") -> str:
        """A path of the dashboard that stays in this language."""
        return _address(path, query, self.language)

    def spoken(self, locale: str) -> str:
        """This page in another language."""
        return _address(self.path, self.query, f"lang={locale}")


def _address(path: str, *queries: str) -> str:
    return "?".join(filter(None, (path, "&".join(filter(None, queries)))))


class Pages:
    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates: dict[str, Template] = {
            name: environment.get_template(f"{name}.html") for name in _NAMES
        }
        self.style = (_HERE / "style.css").read_bytes()
        self._style_path = f"/dashboard/style.css?v={hashlib.sha256(self.style).hexdigest()[:12]}"

    def render(self, frame: Frame, **shown: object) -> bytes:
        """The page `frame.page`. A name that a template misses is an error, not a blank."""
        text = self._templates[frame.page].render(
            frame=frame, t=words(frame.locale), style_path=self._style_path, **shown
        )
        return text.encode("utf-8")


@cache
def pages() -> Pages:
    """Compiled once for the process."""
    return Pages()
