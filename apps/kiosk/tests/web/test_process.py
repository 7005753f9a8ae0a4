"""`gilmok-kiosk web` as the process that a user starts and ends with Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest
from apps.kiosk.tests.web.running import EXAMPLE, EXAMPLE_PRICE, Guest
from tests.gateway import free_port


async def until_open(program: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(20):
        while program.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return await writer.wait_closed()
        raise AssertionError((await program.communicate())[1].decode())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_serves_orders_and_ends_quietly(number: signal.Signals) -> None:
    port = free_port()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gilmok_kiosk", "web", "--port", str(port)),
        *("--url", "http://127.0.0.1:9/v1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        await until_open(program, port)
        guest = Guest(port)
        await guest.get("/")
        await guest.say(EXAMPLE)
        assert (await guest.order())["total"] == EXAMPLE_PRICE
        program.send_signal(number)
        async with asyncio.timeout(20):
            said, complained = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    assert (program.returncode, complained) == (0, b"")
    assert f"http://127.0.0.1:{port}" in said.decode()
    assert "라떼" not in said.decode()
