"""Reload: all of the new file or none of it."""

from __future__ import annotations

from pathlib import Path

from gilmok.config import Change, Reloader, diff, load
from gilmok.core.errors import ConfigError
from tests.unit.config.conftest import CATALOGUE, Loader

A = '[[endpoints]]\nid = "a"\nprovider = "ollama"\nmodel = "m"\n'
B = A.replace('"a"', '"b"')


def test_the_same_file_changes_nothing(config: Loader) -> None:
    assert diff(config(A), config(A)) == ()


def test_options_and_tables_that_differ(config: Loader) -> None:
    old = config("[server]\nport = 1\n[dispatch]\nretries = 2\n" + A)
    new = config("[server]\nport = 2\n" + A.replace('"m"', '"n"') + B)
    assert diff(old, new) == (
        Change("server.port", "changed", needs_restart=True),
        Change("endpoints.a", "changed"),
        Change("endpoints.b", "added"),
        Change("dispatch.retries", "changed"),
    )
    assert Change("endpoints.b", "removed") in diff(new, old)


def test_order_counts(config: Loader) -> None:
    assert diff(config(A + B), config(B + A)) == (Change("endpoints", "changed"),)


def test_an_invalid_file_keeps_the_last_good_settings(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text("[dispatch]\nretries = 2\n")
    reloader = Reloader(load(file, CATALOGUE, {"HOME": "/h"}), CATALOGUE, {"HOME": "/h"})

    file.write_text("[dispatch]\nretries = 99\n")
    refused = reloader.reload()
    assert refused.failure is not None
    assert "dispatch.retries" in refused.failure.message()
    assert refused.settings.dispatch.retries == 2

    file.write_text("[dispatch]\nretries = 3\n")
    taken = reloader.reload()
    assert taken.failure is None
    assert taken.changes == (Change("dispatch.retries", "changed"),)
    assert reloader.settings.dispatch.retries == 3

    file.unlink()
    assert reloader.reload().settings.dispatch.retries == 3


def test_what_the_rooms_cannot_use_is_refused_like_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "gilmok.toml"
    file.write_text("[dispatch]\nretries = 2\n")
    wrong = ConfigError(file=str(file), key="endpoints (a)", reason="cannot be used.", fix="-")
    reloader = Reloader(
        load(file, CATALOGUE, {"HOME": "/h"}),
        CATALOGUE,
        {"HOME": "/h"},
        unusable=lambda settings: [wrong] if settings.dispatch.retries == 3 else [],
    )
    file.write_text("[dispatch]\nretries = 3\n")
    refused = reloader.reload()
    assert refused.failure is not None
    assert refused.failure.errors == (wrong,)
    assert refused.settings.dispatch.retries == 2


def test_what_is_bound_to_something_that_runs_waits_for_a_restart(config: Loader) -> None:
    old = config("")
    new = config(
        "[server]\nmax_body_bytes = 2000\nbody_timeout_s = 1\n[breaker]\nfailures = 2\n"
        "[health]\ninterval_s = 1\n[telemetry]\nlog_level = 'debug'\nmetrics = false\n"
    )
    waiting = {change.key: change.needs_restart for change in diff(old, new)}
    assert waiting.pop("telemetry.metrics") is False
    assert len(waiting) == 5
    assert all(waiting.values())


def test_what_waits_for_a_restart_is_told_until_the_file_is_as_it_was(tmp_path: Path) -> None:
    """Compared with what runs, not with the last file: a port set back waits for nothing."""
    file = tmp_path / "gilmok.toml"
    file.write_text("[server]\nport = 8180\n")
    reloader = Reloader(load(file, CATALOGUE, {"HOME": "/h"}), CATALOGUE, {"HOME": "/h"})
    waiting = Change("server.port", "changed", needs_restart=True)

    file.write_text("[server]\nport = 8181\n")
    assert reloader.reload().changes == (waiting,)
    file.write_text("[server]\nport = 8181\n[dispatch]\nretries = 3\n")
    assert reloader.reload().changes == (Change("dispatch.retries", "changed"), waiting)
    file.write_text("[server]\nport = 8180\n[dispatch]\nretries = 3\n")
    assert reloader.reload().changes == ()
