"""What is kept of a stream for the note at its end is bounded, and still tells."""

from __future__ import annotations

from gilmok.core.completion import Delta, FinishReason, ToolCallDelta
from gilmok.core.flaws import Flaw
from gilmok.guard.answers.hearing import Hearing
from gilmok.guard.answers.loops import WINDOW
from tests.unit.guard.test_answers_on_their_way import check


def heard(*pieces: Delta) -> Hearing:
    hearing = Hearing(check(frozenset(Flaw)), streamed=True, soft=False)
    chars, trim_at = 0, WINDOW
    for piece in pieces:
        hearing.recent.append(piece)
        chars += len(piece.content or "") + sum(len(call.arguments) for call in piece.tool_calls)
        if chars > trim_at:
            trim_at = chars + hearing.trim()
        kept = sum(len(delta.content or "") for delta in hearing.recent)
        assert kept <= 2 * WINDOW + len(piece.content or "")
    return hearing


def test_long_pieces_are_not_all_kept() -> None:
    hearing = heard(*[Delta(content="안녕하세요 " * 600)] * 200)
    assert sum(len(delta.content or "") for delta in hearing.recent) <= 2 * WINDOW


def test_one_piece_that_is_longer_than_all_that_is_kept() -> None:
    hearing = heard(Delta(content="x" * 4_000_000))
    assert [len(delta.content or "") for delta in hearing.recent] == [WINDOW]


def test_the_end_of_a_long_stream_still_tells() -> None:
    ends = Delta(finish=FinishReason.LENGTH)
    assert heard(*[Delta(content="나는 나는 나는 ")] * 5_000, ends).note() is not None


def test_calls_are_not_judged_even_where_they_are_forgotten() -> None:
    call = Delta(tool_calls=(ToolCallDelta(0, "id", "name", "x" * 40_000),))
    words = [Delta(content="나는 나는 나는 ")] * 5_000
    assert heard(call, *words, Delta(finish=FinishReason.LENGTH)).note() is None
