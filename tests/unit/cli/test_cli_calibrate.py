"""`gilmok calibrate`, on decisions that a real gateway wrote, and the file read back by `load`."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gilmok.build import load_settings
from gilmok.core.errors import ConfigErrors
from gilmok.core.prospect import Calibration
from tests.gateway import Running
from tests.unit.cli.conftest import Cli


def multiply(ledger: Path, times: int) -> list[str]:
    """Copies of the one decision there is, as if it had been asked often."""
    with closing(sqlite3.connect(ledger, isolation_level=None)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(receipts)")]
        rest = ", ".join(c for c in columns if c not in ("seq", "decision_id"))
        for number in range(times):
            connection.execute(
                f"INSERT INTO receipts (seq, decision_id, {rest}) "
                f"SELECT {1000 + number}, 'copy-{number}', {rest} FROM receipts WHERE seq = 1"
            )
            connection.execute(
                f"INSERT INTO explanations SELECT {1000 + number}, body FROM explanations WHERE seq = 1"
            )
    return [f"copy-{number}" for number in range(times)]


async def test_verdicts_become_a_file_that_the_gateway_loads(
    cli: Cli, gateway: Running, tmp_path: Path
) -> None:
    assert (await gateway.chat("What is a tuple?", model="auto:0.7")).status == 200
    assert (await cli("ledger", "audit")).code == 0  # writes out what waits for company
    ids = multiply(tmp_path / "ledger.db", 100)
    said = tmp_path / "verdicts.jsonl"
    said.write_text(
        "\n".join(json.dumps({"decision_id": i, "good": n % 7 == 0}) for n, i in enumerate(ids))
    )
    out = tmp_path / "calibration.json"
    nowhere = await cli("calibrate", str(said), "--out", str(tmp_path / "no" / "c.json"))
    assert nowhere.code == 1
    assert "cannot be written: No such file" in nowhere.err
    ran = await cli("calibrate", str(said), "--out", str(out))
    assert ran.code == 0, ran.err
    assert "Gained: +" in ran.out
    made = msgspec.json.decode(out.read_bytes(), type=Calibration)
    ((endpoint, ability),) = made.abilities.items()
    assert made.answers == {endpoint: 100}
    assert ability.corrected(0.5) < 0.4
    config = tmp_path / "calibrated.toml"
    config.write_text('[routing]\ncalibration = "calibration.json"\n')
    assert load_settings(str(config)).abilities == made.abilities
    out.write_text('{"version": 2, "abilities": {}}')
    with pytest.raises(ConfigErrors, match="calibration"):
        load_settings(str(config))
    said.write_text("".join(json.dumps({"decision_id": i, "good": True}) + "\n" for i in ids[:5]))
    few = await cli("calibrate", str(said), "--out", str(out), "--lang", "ko")
    assert few.code == 1
    assert "평가가 너무 적습니다: 좋음 5, 나쁨 0" in few.err
    said.write_text("not json")
    assert (await cli("calibrate", str(said))).code == 64
