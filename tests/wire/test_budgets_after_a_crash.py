"""`kill -9` in the middle of answers: what was spent, and may have been, is not to be spent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.config import hash_key
from tests.gateway import QUIET
from tests.process import GatewayProcess
from tests.wall import Wall

TOML = """
[ledger]
path = "ledger.db"
[[plans]]
id = "default"
tenant_caps = {{ monthly_usd = 0.033 }}
[[keys]]
id = "app"
sha256 = "{key}"
"""
ENDPOINT = """
[[endpoints]]
id = "{id}"
provider = "vllm"
base_url = "{url}"
model = "{model}"
price_input = 0
price_output = 1000
"""


def question(model: str, *, stream: bool = False) -> dict[str, object]:
    messages = [{"role": "user", "content": "hello"}]
    return {"model": model, "messages": messages, "max_tokens": 8, "stream": stream}


@pytest.mark.timeout(90)
async def test_what_was_under_way_counts_at_its_worst(tmp_path: Path) -> None:
    """Two answers given (0.016), two under way (0.016): 0.001 of 0.033 is left."""
    async with Wall() as wall, GatewayProcess(tmp_path) as gateway:
        toml = TOML.format(key=hash_key("app"))
        for id, model in (("whole", "tokens=8"), ("stuck", "stall=1")):
            toml += ENDPOINT.format(id=id, model=model, url=wall.openai)
        (tmp_path / "gilmok.toml").write_text(QUIET + toml)
        await gateway.start()
        for _ in range(2):
            assert (
                await gateway.send("POST", "/v1/chat/completions", question("whole"))
            ).status == 200
        streams = [
            await gateway.open("POST", "/v1/chat/completions", question("stuck", stream=True))
            for _ in range(2)
        ]
        for reader, _ in streams:
            await reader.readuntil(b"data: ")  # The answer has begun.
        await gateway.kill()
        for _, writer in streams:
            writer.close()
        await gateway.start()
        (row,) = (await gateway.send("GET", "/v1/budget")).json["data"]
        refused = await gateway.send("POST", "/v1/chat/completions", question("whole"))
        await gateway.stop()
        assert len(wall.calls) == 4
    assert (row["spent_usd"], row["held_usd"]) == ("0.032000000", "0.000000000")
    assert (row["remaining_usd"], refused.status) == ("0.001000000", 402)
