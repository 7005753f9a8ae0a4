"""`explain`, `report`, `doctor` and `budget` where more than chat was asked for."""

from __future__ import annotations

from pathlib import Path

from tests.gateway import Running
from tests.unit.cli.conftest import Cli

TOML = """
[services]
local = false
[[endpoints]]
id = "painter"
provider = "dummy"
model = "ok"
does = "images"
zone = "cloud"
price_per_picture = 0.04
daily_cap_usd = 0.08
[[endpoints]]
id = "speaker"
provider = "dummy"
model = "as=voice"
does = "speech"
zone = "cloud"
price_per_million_characters = 15
monthly_cap_usd = 1
"""


async def test_what_was_done_is_shown_with_its_amount_and_the_caps(
    cli: Cli, tmp_path: Path
) -> None:
    async with Running(tmp_path, TOML, memory=False) as gateway:
        drawn = await gateway.post("/v1/images/generations", {"prompt": "a cat", "n": 2})
        body = {"model": "auto", "input": "hello there", "voice": "alloy"}
        assert (await gateway.post("/v1/audio/speech", body)).status == 200
        refused = await gateway.post("/v1/images/generations", {"prompt": "a dog"})
        assert refused.code == "cap_reached"
        await gateway.gateway.journal.flush()
        where = ("--config", str(tmp_path / "gilmok.toml"))
        told = await cli("explain", drawn.headers["x-gilmok-decision"], *where)
        assert "images, 2 pictures" in told.out
        passed = await cli("explain", refused.headers["x-gilmok-decision"], *where)
        assert "what may be spent there is used up (daily)" in passed.out
        report = (await cli("report", *where)).out
        for expected in ("Besides chat", "2 pictures", "11 characters", "Caps of endpoints"):
            assert expected in report
        assert "$0.08 of $0.08 a day" in report
        assert "그림 2장" in (await cli("report", "--lang", "ko", *where)).out
        table = (await cli("report", "--by", "does", *where)).out
        assert "images" in table
        assert "painter: $0.08 of $0.08 a day" in (await cli("doctor", *where)).out
        shown = (await cli("budget", "show", "--url", gateway.url)).out
        assert "endpoint painter" in shown
        page = (await gateway.get("/dashboard?lang=en")).body.decode()
        assert "Besides chat" in page
        assert "2 pictures" in page
        id = drawn.headers["x-gilmok-decision"]
        assert "2 pictures" in (await gateway.get(f"/dashboard/decisions/{id}")).body.decode()
