"""Things a provider made, collected. No I/O."""

from __future__ import annotations

from msgspec import Struct

from gilmok.core.completion import Event, Made, Opened, Usage
from gilmok.core.errors import StreamBroken


class Thing(Struct, frozen=True):
    data: bytes
    media_type: str
    remark: str = ""

    def __repr__(self) -> str:
        return f"<{len(self.data)} bytes>"


class Things:
    """Those of one answer. Raises `StreamBroken` for what does not fit."""

    __slots__ = ("_media", "_most", "_pieces", "_remarks", "usage")

    def __init__(self, most: int = 1) -> None:
        """`most`: how many there are to be."""
        self._most = most
        self._pieces: dict[int, list[bytes]] = {}
        self._media: dict[int, str] = {}
        self._remarks: dict[int, str] = {}
        self.usage: Usage | None = None

    def add(self, event: Event) -> None:
        if isinstance(event, Made):
            if not 0 <= event.index < self._most:
                raise StreamBroken
            self._pieces.setdefault(event.index, []).append(event.data)
            self._media.setdefault(event.index, event.media_type)
            if event.remark:
                self._remarks[event.index] = event.remark
        elif isinstance(event, Usage):
            self.usage = event
        elif not isinstance(event, Opened):
            raise StreamBroken

    def in_order(self) -> tuple[Thing, ...]:
        """All of them. Raises `StreamBroken` where one is missing or empty."""
        if len(self._pieces) < self._most:
            raise StreamBroken
        things = tuple(self._thing(index) for index in range(self._most))
        if not all(thing.data for thing in things):
            raise StreamBroken
        return things

    def _thing(self, index: int) -> Thing:
        pieces = self._pieces[index]
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return Thing(data, self._media[index], self._remarks.get(index, ""))
