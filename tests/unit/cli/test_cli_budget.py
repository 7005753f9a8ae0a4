"""`budget` shows what is left and adds to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gilmok.cli import exits
from gilmok.config import hash_key
from tests.gateway import Running
from tests.unit.cli.conftest import Cli

TOML = f"""
[admin]
sha256 = "{hash_key("admin")}"
[[plans]]
id = "default"
tenant_caps = {{ daily_usd = 2, monthly_usd = 30 }}
key_caps = {{ daily_usd = 1 }}
[[keys]]
id = "app"
sha256 = "{hash_key("app")}"
"""


async def test_budgets_are_shown_tightest_or_not(cli: Cli, tmp_path: Path) -> None:
    async with Running(tmp_path, TOML) as gateway:
        ran = await cli("budget", "show", "--url", gateway.url, "--key", "app")
        assert (ran.code, ran.err) == (0, "")
        assert [line.split()[:4] for line in ran.lines if "default" in line or "app" in line] == [
            ["tenant", "default", "day", "$2.00"],
            ["tenant", "default", "month", "$30.00"],
            ["key", "app", "day", "$1.00"],
        ]
        korean = await cli("budget", "show", "--url", gateway.url, "--key", "app", "--lang", "ko")
        assert "테넌트 default" in korean.out
        told = json.loads(
            (await cli("budget", "show", "--url", gateway.url, "--key", "app", "--json")).out
        )
        assert [row["scope"] for row in told["data"]] == ["tenant", "tenant", "key"]


async def test_without_a_budget_it_says_so(cli: Cli, tmp_path: Path) -> None:
    async with Running(tmp_path, "") as gateway:
        ran = await cli("budget", "show", "--url", gateway.url)
        assert (ran.code, ran.out) == (0, "No budget applies to this key.\n")


async def test_a_top_up_takes_the_admin_key(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Running(tmp_path, TOML) as gateway:
        at = ("--url", gateway.url)
        refused = await cli("budget", "top-up", "0.5", *at, "--key", "app")
        assert "invalid_admin_key" in refused.err
        monkeypatch.setenv("GILMOK_ADMIN_KEY", "admin")
        ran = await cli("budget", "top-up", "0.5", "--of-key", "app", "--cycle", "daily", *at)
        assert ran.code == 0
        assert ran.out.startswith("key app: 0.500000000 USD more until 20")
        told = json.loads((await cli("budget", "top-up", "0.25", *at, "--json")).out)
        assert (told["scope"], told["cycle"], told["amount_usd"]) == (
            "tenant",
            "monthly",
            "0.250000000",
        )
        shown = await cli("budget", "show", *at, "--key", "app")
        assert "$1.50" in shown.out
        assert "$30.25" in shown.out


async def test_one_account_at_a_time(cli: Cli) -> None:
    ran = await cli("budget", "top-up", "1", "--of-key", "a", "--of-user", "b")
    assert ran.code == exits.USAGE
    assert "not both" in ran.err


@pytest.mark.parametrize("amount", ["five", "0", "-1", "nan", "$5", ""])
async def test_an_amount_is_a_number_of_dollars(cli: Cli, amount: str) -> None:
    ran = await cli("budget", "top-up", "--url", "http://127.0.0.1:9", "--", amount)
    assert (ran.code, ran.out) == (exits.USAGE, "")
    assert "US dollars" in ran.err
