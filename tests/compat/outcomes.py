"""What a suite said, against what it is expected to say. Pure.

A test that no entry names has to pass. An entry that no test matches, and a test that fails in
another way than its entry shows, are problems too: the list is never more lenient than the truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from msgspec import Struct


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Test(Struct, frozen=True):
    """One test as pytest's JUnit report tells it."""

    __test__ = False

    id: str
    """`package.module.Class.test_name[case]`."""
    outcome: Outcome
    message: str = ""
    """Of a failure or a skip; empty where it passed."""


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tests that do not pass, and why that is right."""

    tests: tuple[str, ...]
    """Patterns of ids, `*` for anything."""
    shows: str
    """What the message of each of them contains."""
    reason: str


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    passed: int
    """How many pass, so that a suite that shrinks is noticed."""
    failed: tuple[Entry, ...] = ()
    skipped: tuple[Entry, ...] = ()


def read_expected(path: Path) -> Expected:
    """Raises `msgspec.ValidationError` for a list of another shape."""
    return msgspec.toml.decode(path.read_bytes(), type=Expected)


def read_report(path: Path) -> list[Test]:
    """The tests of a JUnit report; a test whose teardown failed counts as failed."""
    return [_test(case) for case in ElementTree.parse(path).iter("testcase")]


def _test(case: ElementTree.Element) -> Test:
    name = f"{case.get('classname')}.{case.get('name')}"
    for kind, outcome in (
        ("failure", Outcome.FAILED),
        ("error", Outcome.FAILED),
        ("skipped", Outcome.SKIPPED),
    ):
        if (found := case.find(kind)) is not None:
            return Test(name, outcome, found.get("message", ""))
    return Test(name, Outcome.PASSED)


def counts(tests: list[Test]) -> str:
    found = Counter(test.outcome for test in tests)
    return ", ".join(f"{found[outcome]} {outcome}" for outcome in Outcome)


def problems(tests: list[Test], expected: Expected) -> Iterator[str]:
    """Every difference, one line each; none where all is as expected."""
    matched: set[str] = set()
    for test in tests:
        yield from _difference(test, expected, matched)
    for entry in expected.failed + expected.skipped:
        for pattern in entry.tests:
            if pattern not in matched:
                yield f"{pattern}: the list names it, and no test has this name"
    passed = sum(test.outcome is Outcome.PASSED for test in tests)
    if passed != expected.passed:
        yield f"{passed} tests passed, {expected.passed} are expected to"


def _difference(test: Test, expected: Expected, matched: set[str]) -> Iterator[str]:
    wanted, shows = Outcome.PASSED, ""
    for outcome, entries in (
        (Outcome.FAILED, expected.failed),
        (Outcome.SKIPPED, expected.skipped),
    ):
        for entry in entries:
            found = {pattern for pattern in entry.tests if fnmatchcase(test.id, pattern)}
            if found:
                wanted, shows = outcome, entry.shows
                matched |= found
    if test.outcome is not wanted:
        yield f"{test.id}: {test.outcome}, expected {wanted}: {test.message}"
    elif shows not in test.message:
        yield f"{test.id}: {test.outcome} with {test.message!r}, expected {shows!r}"
