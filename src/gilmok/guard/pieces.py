"""The texts of an answer that arrive as interleaved pieces: one walk for everybody who changes them.

An answer has several texts at once: content, refusal and reasoning of each choice, and the
arguments of each tool call. Whoever changes them gets piece after piece of each, and may hold back
an end that the next piece decides; what is still held when a choice ends comes out then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from gilmok.core.completion import Delta, ToolCallDelta

Place = tuple[int, str | int]
"""A choice and the field of it, or the number of its tool call."""
Change = Callable[[Place, str | None, bool], str | None]
"""What goes out of one more piece of the text at a place. The flag: no further piece comes."""


def changed(delta: Delta, change: Change, held: Iterable[Place]) -> Delta:
    """The delta with every text changed. `held`: where something is held back, as it is once this
    delta's own pieces are taken."""
    choice, last = delta.index, delta.finish is not None
    content = change((choice, "content"), delta.content, last)
    refusal = change((choice, "refusal"), delta.refusal, last)
    reasoning = change((choice, "reasoning"), delta.reasoning, last)
    calls = [
        replace(call, arguments=change((choice, call.index), call.arguments, last) or "")
        for call in delta.tool_calls
    ]
    if last:
        # Calls that the last delta does not mention.
        left = [at for at in held if at[0] == choice and isinstance(at[1], int)]
        calls += [ToolCallDelta(int(at[1]), arguments=change(at, "", True) or "") for at in left]
    return replace(
        delta, content=content, refusal=refusal, reasoning=reasoning, tool_calls=tuple(calls)
    )
