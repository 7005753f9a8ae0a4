"""The comparison is strict in every direction."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.outcomes import (
    Entry,
    Expected,
    Outcome,
    Test,
    counts,
    problems,
    read_expected,
    read_report,
)

ENTRY = Entry(tests=("a.refused*",), shows="404", reason="not served")
SKIP = Entry(tests=("a.skipped",), shows="no file", reason="offline")
EXPECTED = Expected(passed=1, failed=(ENTRY,), skipped=(SKIP,))
GOOD = Test("a.good", Outcome.PASSED)
REFUSED = Test("a.refused[x]", Outcome.FAILED, "Error 404")
SKIPPED = Test("a.skipped", Outcome.SKIPPED, "no file")


def test_all_as_expected() -> None:
    assert list(problems([GOOD, REFUSED, SKIPPED], EXPECTED)) == []


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        ([Test("a.good", Outcome.FAILED, "boom"), REFUSED, SKIPPED], "a.good: failed"),
        ([GOOD, Test("a.refused[x]", Outcome.PASSED), SKIPPED], "expected failed"),
        ([GOOD, Test("a.refused[x]", Outcome.FAILED, "Error 500"), SKIPPED], "Error 500"),
        ([GOOD, REFUSED, Test("a.skipped", Outcome.SKIPPED, "no key")], "no key"),
        ([GOOD, REFUSED], "a.skipped: the list names it"),
        ([REFUSED, SKIPPED], "0 tests passed, 1 are expected"),
        ([GOOD, GOOD, REFUSED, SKIPPED], "2 tests passed, 1 are expected"),
    ],
)
def test_difference_is_a_problem(tests: list[Test], problem: str) -> None:
    assert problem in "\n".join(problems(tests, EXPECTED))


def test_report_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text(
        """<testsuites><testsuite>
        <testcase classname="a" name="good"/>
        <testcase classname="a" name="refused[x]"><failure message="Error 404">…</failure></testcase>
        <testcase classname="a" name="torn"><error message="teardown">…</error></testcase>
        <testcase classname="a" name="skipped"><skipped message="no file"/></testcase>
        </testsuite></testsuites>""",
        "utf-8",
    )
    torn = Test("a.torn", Outcome.FAILED, "teardown")
    assert read_report(path) == [GOOD, REFUSED, torn, SKIPPED]
    assert counts(read_report(path)) == "1 passed, 2 failed, 1 skipped"


@pytest.mark.parametrize("name", ["openai_expected.toml", "langchain_expected.toml"])
def test_every_exception_has_a_reason(name: str) -> None:
    expected = read_expected(Path(__file__).with_name(name))
    assert expected.passed > 0
    for entry in expected.failed + expected.skipped:
        assert entry.tests
        assert entry.shows
        assert len(entry.reason) > 20
