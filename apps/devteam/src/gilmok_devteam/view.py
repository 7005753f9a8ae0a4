"""Shows a run in the terminal: what is said as it is said, and the timeline as it grows.

Where the output is no terminal nothing moves: each message is printed once it is complete, and the
timeline at the end.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from gilmok_devteam import words
from gilmok_devteam.chart import chart, table
from gilmok_devteam.outcome import End, Message, Outcome
from gilmok_devteam.recording import UNREACHABLE, Recorder
from gilmok_devteam.roles import BY_ID, RoleId
from gilmok_devteam.team import Piece
from gilmok_devteam.texts import Locale
from gilmok_devteam.timeline import Timeline

_STYLES: Final[dict[str, str]] = {"architect": "magenta", "coder": "cyan", "reviewer": "yellow"}
_TAIL: Final = 6
"""Lines of an answer that are shown while it comes."""
_LATEST: Final = 800
"""Characters of it."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Terminal orders and writing directions; tabs and line ends are kept."""


class View:
    """`async with` around a run; `closing` after it."""

    def __init__(self, console: Console, recorder: Recorder, locale: Locale, tokens: int) -> None:
        self._console, self._recorder, self._locale = console, recorder, locale
        self._tokens = tokens
        self._role: RoleId | None = None
        self._text = ""
        self._live = Live(
            console=console, get_renderable=self._now, refresh_per_second=5, transient=True
        )

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def saw(self, event: Piece | Message) -> None:
        if isinstance(event, Piece):
            if event.role != self._role:
                self._role, self._text = event.role, ""
            self._text += event.text
            return
        self._role, self._text = None, ""
        self._console.print(self._message(event))

    def closing(self, outcome: Outcome, timeline: Timeline, url: str) -> None:
        """What came of it, and the whole timeline."""
        console, locale = self._console, self._locale
        console.print(Rule(style="bright_black"))
        console.print(_ending(outcome, timeline, locale, url))
        console.print(_program(outcome, locale))
        console.print()
        console.print(chart(timeline, console.width, locale))
        if timeline.calls:
            console.print()
            console.print(table(timeline, locale))

    def _now(self) -> RenderableType:
        parts: list[RenderableType] = []
        if self._role is not None:
            lines = self._text[-_LATEST:].splitlines()[-_TAIL:]
            parts += [_heading(self._role, self._locale), _said("\n".join(lines))]
        drawn = chart(self._recorder.timeline, self._console.width - 4, self._locale)
        return Group(*parts, Panel(drawn, border_style="bright_black"))

    def _message(self, message: Message) -> RenderableType:
        parts: list[RenderableType] = [_heading(message.role, self._locale)]
        parts.append(_said(message.text.strip()))
        if message.cut:
            parts.append(Text(words.CUT.of(self._locale, tokens=self._tokens), "bright_black"))
        return Group(*parts, Text())


def _heading(role: RoleId, locale: Locale) -> Text:
    return Text(f"● {BY_ID[role].name.of(locale)}", f"bold {_STYLES[role]}")


def _said(text: str) -> Text:
    """What a model wrote, as it is: no markup, and nothing that a terminal would obey."""
    return Text(_CONTROL.sub("�", text), overflow="fold")


def _ending(outcome: Outcome, timeline: Timeline, locale: Locale, url: str) -> Text:
    if outcome.end is not End.FAILED:
        return Text(words.ENDS[outcome.end].of(locale), "bold")
    code = failure(outcome, timeline)
    if code == UNREACHABLE:
        return Text(words.UNREACHABLE.of(locale, url=url), "bold red")
    said = Text(words.ENDS[End.FAILED].of(locale, code=code), "bold red")
    if outcome.problem is not None and outcome.problem.message:
        said.append("\n").append_text(_said(outcome.problem.message))
    return said


def failure(outcome: Outcome, timeline: Timeline) -> str:
    """The code of what ended a run: the gateway's, as it told the client or recorded it."""
    if outcome.problem is not None:
        return outcome.problem.code
    failed = [call.outcome for call in timeline.calls if call.failed]
    return failed[-1] if failed else "agent_failed"


def _program(outcome: Outcome, locale: Locale) -> Text:
    code = outcome.code
    if code is None:
        return Text(words.NO_CODE.of(locale))
    if code.error is not None:
        return Text(words.CODE_BROKEN.of(locale, lines=code.lines, error=code.error))
    if code.language not in ("python", "py", "python3"):
        return Text(words.CODE_OTHER.of(locale, lines=code.lines, language=code.language))
    return Text(words.CODE_PARSES.of(locale, lines=code.lines))
