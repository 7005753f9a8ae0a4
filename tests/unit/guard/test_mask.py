"""Masking is reversible in any chunking, and a placeholder the user typed is not ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.completion import Batch, Delta, FinishReason, ToolCallDelta
from gilmok.core.inspection import Evidence, Sensitivity
from gilmok.core.outbound import Restoration
from gilmok.core.request import Request, texts
from gilmok.core.text import Private
from gilmok.guard import restored
from gilmok.guard.mask import Unmasking, mask
from tests.unit import nouns


def evidence(text: str, original: str, where: int, kind: str) -> Evidence:
    start = text.index(original)
    return Evidence(kind, Sensitivity.MEDIUM, where, start, start + len(original), True)


def revealed(request: Request) -> list[str]:
    return [ref.text.reveal() for ref in texts(request)]


def masked(request: Request, *found: Evidence) -> tuple[Request, Restoration]:
    done = mask(request, found)
    assert done is not None
    return done


def test_the_same_original_gets_the_same_placeholder_in_every_turn() -> None:
    first, second = "call 010-1234-5678", "010-1234-5678 or a@b.kr"
    request, restoration = masked(
        nouns.request(first, second),
        evidence(first, "010-1234-5678", 0, "id.kr_phone"),
        evidence(second, "010-1234-5678", 1, "id.kr_phone"),
        evidence(second, "a@b.kr", 1, "id.email"),
    )
    assert revealed(request) == ["call [PHONE_1]", "[PHONE_1] or [EMAIL_1]"]
    assert dict(restoration.originals)["[EMAIL_1]"] == Private("a@b.kr")


def test_a_placeholder_that_the_user_typed_is_not_used() -> None:
    text = "what is [EMAIL_1]? mine is a@b.kr"
    request, restoration = masked(nouns.request(text), evidence(text, "a@b.kr", 0, "id.email"))
    assert revealed(request) == ["what is [EMAIL_1]? mine is [EMAIL_2]"]
    assert [name for name, _ in restoration.originals] == ["[EMAIL_2]"]


def test_overlapping_evidence_is_replaced_once() -> None:
    text = "x 010-1234-5678 y"
    request, _ = masked(
        nouns.request(text),
        Evidence("id.kr_phone", Sensitivity.MEDIUM, 0, 2, 15, True),
        Evidence("id.bank_account", Sensitivity.MEDIUM, 0, 6, 14, True),
    )
    assert revealed(request) == ["x [PHONE_1] y"]


def test_masking_never_breaks_embedded_json() -> None:
    request = nouns.request("hi", options=(("metadata", Private('{"phone":1012345678}')),))
    number = Evidence("id.kr_phone", Sensitivity.MEDIUM, 1, 9, 19, True)
    assert mask(request, (number,)) is None


@given(
    st.lists(
        st.sampled_from(["[PHONE_1]", "[EMAIL_1]", "[", "[PHONE_", "가", "]", "x", "[EMAIL_2]"])
    ),
    st.data(),
)
def test_any_chunking_restores_the_same_text(pieces: list[str], data: st.DataObject) -> None:
    answer = "".join(pieces)
    restoration = Restoration(
        (("[PHONE_1]", Private("010-1234-5678")), ("[EMAIL_1]", Private('"a"@b.kr')))
    )
    whole = answer.replace("[PHONE_1]", "010-1234-5678").replace("[EMAIL_1]", '"a"@b.kr')
    undo, text, at = Unmasking(restoration), "", 0
    while at < len(answer):
        step = data.draw(st.integers(1, len(answer) - at))
        text += undo.apply(Delta(content=answer[at : at + step])).content or ""
        at += step
    text += undo.apply(Delta(finish=FinishReason.STOP)).content or ""
    assert text == whole


async def test_tool_arguments_stay_json() -> None:
    async def upstream() -> AsyncIterator[Batch]:
        yield [Delta(tool_calls=(ToolCallDelta(0, "c", "f", '{"to":"[NAM'),))]
        end = Delta(finish=FinishReason.TOOL_CALLS)
        yield [Delta(tool_calls=(ToolCallDelta(0, arguments='E_1]"}'),)), end]

    restoration = Restoration((("[NAME_1]", Private('홍"길\\동')),))
    events = [event async for batch in restored(upstream(), restoration) for event in batch]
    arguments = "".join(
        call.arguments for e in events if isinstance(e, Delta) for call in e.tool_calls
    )
    assert json.loads(arguments) == {"to": '홍"길\\동'}
