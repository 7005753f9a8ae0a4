"""Reload: all of the new file or none of it."""

from __future__ import annotations

from pathlib import Path

from gilmok.config import Change, Reloader, diff, load
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
