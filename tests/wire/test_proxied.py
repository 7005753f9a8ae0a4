"""A gateway whose cloud is behind a proxy: what goes there, what never does, and what is told."""

from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from tests.gateway import Running
from tests.unit.providers.proxy import proxying
from tests.unit.providers.test_transport import certificate
from tests.wall import Wall

HOST = "models.example"


def table(port: int, ca_file: Path) -> str:
    return f"""
[network]
proxy = "http://user:canary-password@127.0.0.1:{port}"
[dispatch]
retries = 0
[[endpoints]]
id = "far"
provider = "openai"
model = "ok"
base_url = "https://{HOST}/v1"
api_key = "sk-0123456789"
ca_file = "{ca_file}"
"""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
@pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")
async def test_the_cloud_behind_a_proxy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cert, key = certificate(tmp_path, HOST)
    async with (
        Wall(certfile=cert, keyfile=key) as wall,
        proxying({f"{HOST}:443": wall.port}) as proxy,
    ):
        async with Running(tmp_path, table(proxy.port, cert)) as gateway:
            answer = await gateway.chat("hi", stream=True)
            assert (answer.status, answer.headers["x-gilmok-zone"]) == (200, "cloud")
            refused = await gateway.chat("주민번호 900101-1234568")
            assert refused.code == "label_refused"
            assert len(wall.calls) == 1
            proxy.demands = "Basic b3RoZXI="
            health = await gateway.get("/health")
            await gateway.gateway.models.upstreams.close()
            failed = await gateway.chat("hi again")
            assert failed.code == "all_endpoints_failed"
            told = failed.raw + health.raw + answer.raw
        assert b"canary" not in told
        assert "canary" not in caplog.text
    gc.collect()
