"""docs/services-adding.md shows a whole service; it is run here as it stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import MappingProxyType, ModuleType

import pytest

from gilmok import providers
from gilmok.core.completion import Made, Opened, Usage
from gilmok.core.errors import MalformedAnswer
from gilmok.core.work import Does
from gilmok.providers import catalogue, services
from gilmok.providers.catalogue import read
from tests.unit.providers.samples import KEY, replying
from tests.unit.providers.services.samples import endpoint, outbound, picture
from tests.wall.services import png

DOCS = Path(__file__).parents[4] / "docs"


def blocks(language: str, page: str = "services-adding.md") -> list[str]:
    text = (DOCS / page).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def brush(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The page's module, with the page's line and row in their places."""
    module = ModuleType("gilmok.providers.services.brush")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    code, line = blocks("python")
    exec(compile(code, "services-adding.md", "exec"), module.__dict__)
    place = {"Does": Does, "Brush": module.__dict__["Brush"]}
    exec(line, place)
    added = MappingProxyType({**services.SERVICES, **place["SERVICES"]})
    monkeypatch.setattr(services, "SERVICES", added)
    return module


def test_both_pages_show_the_same_line_row_and_table() -> None:
    assert blocks("toml", "services-adding.ko.md") == blocks("toml")
    assert blocks("python", "services-adding.ko.md") == blocks("python")[1:]


async def test_the_example_draws(brush: ModuleType) -> None:
    row = read(blocks("toml")[0], ["brush"])["brush"]
    answer = png("a cat")
    head = f"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {len(answer)}\r\n\r\n"
    async with replying(head.encode() + answer) as port:
        where = endpoint("openai", row.does, provider=row, base_url=f"http://127.0.0.1:{port}")
        speaker = providers.upstream_for(where)
        sent = outbound(where, picture("a cat", size="1536x1024"))
        assert sent.letter.body == b'{"words":"a cat","shape":"wide"}'
        assert KEY.encode() not in sent.letter.body
        async with speaker.converse(sent, connect_s=2.0) as batches:
            events = [event async for batch in batches for event in batch]
        await speaker.close()
    assert events == [Opened(), Made(answer, "image/png"), Usage(0, 0, units=1)]


def test_the_example_says_what_it_cannot(brush: ModuleType) -> None:
    row = read(blocks("toml")[0], ["brush"])["brush"]
    where = endpoint("openai", row.does, provider=row)
    asked = picture(count=2, size="8x8", style="vivid")
    assert providers.unsupported(where, asked) == ("n", "size", "style")
    assert providers.unsupported(where, picture()) == ()


def test_the_example_believes_no_bytes(brush: ModuleType) -> None:
    service = services.SERVICES["brush", Does.IMAGES]
    decoder = service.decoder(outbound(endpoint("openai", Does.IMAGES), picture()).letter, "")
    assert decoder.feed(b"<html>") == []
    with pytest.raises(MalformedAnswer):
        decoder.finish()


def test_the_row_alone_is_refused() -> None:
    assert "brush" not in catalogue()
