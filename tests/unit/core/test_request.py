"""`texts` and `map_texts` walk the same texts in the same order: masking depends on it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gilmok.core.request import (
    Attachment,
    Image,
    Message,
    Part,
    Request,
    Role,
    Sampling,
    Target,
    Text,
    Tool,
    ToolCall,
    map_texts,
    texts,
)
from gilmok.core.text import Private

private = st.builds(Private, st.text(max_size=3))
maybe = st.none() | private
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Text, private),
    st.builds(Image, private, st.none()),
    st.builds(Attachment, st.sampled_from(["file", "refusal", "input_audio"]), private),
)
messages = st.builds(
    Message,
    role=st.sampled_from(Role),
    parts=st.lists(parts, max_size=3).map(tuple),
    name=maybe,
    tool_calls=st.lists(st.builds(ToolCall, private, private, private), max_size=2).map(tuple),
    tool_call_id=maybe,
)
pairs = st.lists(st.tuples(st.text(max_size=3), private), max_size=2).map(tuple)
requests = st.builds(
    Request,
    id=st.just("dec_1"),
    target=st.just(Target()),
    messages=st.lists(messages, max_size=3).map(tuple),
    received_at=st.just(0),
    deadline=st.just(0.0),
    tools=st.lists(
        st.builds(Tool, name=private, description=maybe, parameters=maybe, strict=st.none()),
        max_size=2,
    ).map(tuple),
    sampling=st.builds(
        Sampling,
        stop=st.lists(private, max_size=2).map(tuple),
        tool_choice=maybe,
        response_format=maybe,
    ),
    stream=st.booleans(),
    user=maybe,
    options=pairs,
    extras=pairs,
)


@given(requests)
def test_both_walks_see_the_same_texts_in_the_same_order(request: Request) -> None:
    seen: list[tuple[int, Private]] = []

    def note(index: int, text: Private) -> Private:
        seen.append((index, text))
        return text

    assert map_texts(request, note) == request
    assert seen == [(i, ref.text) for i, ref in enumerate(texts(request))]


@given(requests)
def test_a_change_reaches_every_text_and_nothing_else(request: Request) -> None:
    changed = map_texts(request, lambda index, text: Private(f"#{index}"))
    assert [ref.text.reveal() for ref in texts(changed)] == [
        f"#{i}" for i in range(len(texts(request)))
    ]
    back = dict(enumerate(ref.text for ref in texts(request)))
    assert map_texts(changed, lambda index, text: back[index]) == request
