"""Names without a cue: found in one place they count everywhere, and what is not read stays here."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from gilmok.core.inspection import Clearance, Inspection, NameKind, Sensitivity
from gilmok.core.request import Message, Request, Role, Text, ToolCall
from gilmok.core.text import Private
from gilmok.inspection import BareNames, DeepTier, LabelPolicy, deep
from gilmok.inspection.bare_names import LONGEST
from gilmok.inspection.deep import Name, Reader, Reading
from tests.unit.inspection.ask import inspect, request

ALL: tuple[NameKind, ...] = ("person", "organisation", "place")


class Marks:
    """Finds the given words, each only in texts that begin with `only`."""

    def __init__(self, only: str = "", **names: NameKind) -> None:
        self._only = only
        self._names = names
        self.texts: list[str] = []

    def read(self, text: str, named: bool = False) -> Reading:
        assert named
        self.texts.append(text)
        if not text.startswith(self._only):
            return Reading(-1.0, -1.0, ())
        found = [
            Name(kind, *match.span())
            for word, kind in self._names.items()
            for match in re.finditer(word, text)
        ]
        return Reading(-1.0, -1.0, tuple(sorted(found, key=lambda name: name.start)))


async def _marked(
    reader: Reader,
    asked: Request,
    before: Inspection | None = None,
    kinds: Iterable[NameKind] = ALL,
    policy: LabelPolicy | None = None,
    patience_s: float = 30.0,
) -> Inspection:
    tier = DeepTier(lambda: reader, b"key")
    try:
        marker = BareNames(tier, kinds, policy or LabelPolicy(), patience_s)
        return await marker.mark(asked, before or inspect("hello"))
    finally:
        tier.close()


def _spans(asked: Request, inspection: Inspection) -> list[str]:
    said = [
        part.text.reveal() for m in asked.messages for part in m.parts if isinstance(part, Text)
    ]
    return [f"{e.kind}:{said[e.where][e.start : e.end]}" for e in inspection.evidence]


async def test_a_name_is_medium_and_masked() -> None:
    asked = request("Ask Kim of Acme in Busan")
    found = await _marked(Marks(Kim="person", Acme="organisation", Busan="place"), asked)
    assert _spans(asked, found) == ["person.name:Kim", "name.organisation:Acme", "name.place:Busan"]
    assert (found.sensitivity, found.clearance) == (Sensitivity.MEDIUM, Clearance.MASKED)
    assert found.tokens.upper > inspect("hello").tokens.upper


async def test_only_the_kinds_that_are_wanted() -> None:
    asked = request("Ask Kim of Acme in Busan")
    reader = Marks(Kim="person", Acme="organisation", Busan="place")
    assert _spans(asked, await _marked(reader, asked, kinds=("place",))) == ["name.place:Busan"]


async def test_medium_that_must_stay_stays() -> None:
    found = await _marked(Marks(Kim="person"), request("Kim"), policy=LabelPolicy(medium="local"))
    assert found.clearance is Clearance.LOCAL_ONLY


async def test_what_was_found_once_counts_wherever_it_stands() -> None:
    asked = request(
        "first: 김하늘에게", (Role.ASSISTANT, "김하늘은 바빠요"), (Role.TOOL, "김하늘빛 김하늘")
    )
    found = await _marked(Marks(only="first", 김하늘에게="person"), asked)
    assert _spans(asked, found) == [
        "person.name:김하늘",
        "person.name:김하늘",
        "person.name:김하늘",
        "person.name:김하늘",
    ]


async def test_no_part_of_another_word_counts() -> None:
    asked = request("first: Ann", "Annabel, Joann and ann; Ann's")
    found = await _marked(Marks(only="first", Ann="person"), asked)
    assert [(e.where, e.start) for e in found.evidence] == [(0, 7), (1, 24)]


async def test_names_with_a_contact_are_somebody() -> None:
    text = "Kim, 010-1234-5678"
    found = await _marked(Marks(Kim="person"), request(text), inspect(text))
    assert found.sensitivity is Sensitivity.HIGH
    assert found.clearance is Clearance.LOCAL_ONLY


async def test_what_stays_here_anyway_is_not_read() -> None:
    reader = Marks(Kim="person")
    before = replace(inspect("hello"), clearance=Clearance.LOCAL_ONLY)
    assert await _marked(reader, request("Kim"), before) == before
    assert not reader.texts


async def test_a_text_without_names_is_as_it_was() -> None:
    before = inspect("hello")
    assert await _marked(Marks(), request("hello"), before) == before


async def test_arguments_of_tools_are_read_and_their_names_and_ids_are_not() -> None:
    call = ToolCall(id=Private("Kim"), name=Private("Kim"), arguments=Private('{"who": "Kim"}'))
    asked = Request(
        id="dec_test",
        target=request("x").target,
        messages=(Message(role=Role.ASSISTANT, parts=(), tool_calls=(call,)),),
        received_at=0,
        deadline=0.0,
    )
    reader = Marks(Kim="person")
    found = await _marked(reader, asked)
    assert reader.texts == ['{"who": "Kim"}']
    assert len(found.evidence) == 1


async def test_a_text_that_is_too_long_stays_here() -> None:
    reader = Marks()
    found = await _marked(reader, request("a" * (LONGEST + 1)))
    assert [e.kind for e in found.evidence] == ["name.unread"]
    assert found.clearance is Clearance.LOCAL_ONLY
    assert not reader.texts


async def test_a_reader_that_fails_has_seen_nothing() -> None:
    class Broken:
        def read(self, text: str, named: bool = False) -> Reading:
            raise RuntimeError

    found = await _marked(Broken(), request("x"))
    assert found.failed == ("deep",)
    assert (found.sensitivity, found.clearance) == (Sensitivity.HIGH, Clearance.LOCAL_ONLY)


async def test_nobody_waits_for_ever() -> None:
    release = threading.Event()

    class Slow:
        def read(self, text: str, named: bool = False) -> Reading:
            release.wait()
            return Reading(-1.0, -1.0, ())

    try:
        found = await _marked(Slow(), request("x"), patience_s=0.01)
    finally:
        release.set()
    assert found.failed == ("deep",)


async def test_a_text_that_was_judged_before_is_read_for_its_names() -> None:
    class Both:
        def read(self, text: str, named: bool = False) -> Reading:
            return Reading(-1.0, -1.0, (Name("person", 0, 3),) if named else None)

    tier = DeepTier(Both, b"key")
    try:
        assert (await tier.read("Kim")).names is None
        assert (await tier.read("Kim", named=True)).names
        assert (await tier.read("Kim")).names
    finally:
        tier.close()


async def test_what_is_remembered_is_bounded_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep, "_NAMES_REMEMBERED", 5)
    reader = Marks(Kim="person")
    tier = DeepTier(lambda: reader, b"key")
    try:
        for text in ("Kim Kim", "Kim", "Kim Kim Kim", "Kim", "Kim Kim"):
            assert await tier.read(text, named=True)
        assert reader.texts == ["Kim Kim", "Kim", "Kim Kim Kim", "Kim Kim"]
        await tier.read("Kim" * 9, named=True)  # Too many to be kept, and nothing else is.
        await tier.read("Kim" * 9, named=True)
    finally:
        tier.close()
    assert len(reader.texts) == 6


async def test_a_name_on_every_second_word_is_no_trouble() -> None:
    text = "Kim Lee " * (LONGEST // 8)
    found = await asyncio.wait_for(
        _marked(Marks(Kim="person", Lee="person"), request(text, text, text)), 60
    )
    assert len(found.evidence) == 3 * 2 * (LONGEST // 8)
