"""`gilmok doctor`: checks this machine, one line each, and says what to do."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from gilmok import config as configuration
from gilmok import providers
from gilmok.cli import checks, exits
from gilmok.cli.checks import Finding, Grade
from gilmok.cli.options import Config, Output
from gilmok.cli.screen import Screen, harmless
from gilmok.cli.words import checking as words

_MARKS = {Grade.GOOD: ("✔", "green"), Grade.DOUBTFUL: ("!", "yellow"), Grade.BROKEN: ("✘", "red")}


def doctor(*, config: Config = None, screen: Output) -> int:
    report = configuration.check(config, providers.catalogue())
    findings = [checks.python(screen), *checks.configuration(screen, report)]
    if report.settings is not None:
        findings += checks.machine(screen, report.settings)
    for finding in findings:
        _show(screen, finding)
    broken = any(finding.grade is Grade.BROKEN for finding in findings)
    screen.line()
    if broken:
        screen.say(words.SOMETHING_BROKEN, "red")
    else:
        screen.say(words.ALL_WELL, "green")
    return exits.FAILED if broken else exits.OK


def _show(screen: Screen, finding: Finding) -> None:
    mark, style = _MARKS[finding.grade]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(min_width=16, max_width=16)
    grid.add_column(overflow="fold")
    grid.add_row(Text(mark, style=style), finding.subject, Text(harmless(finding.told)))
    if finding.fix:
        grid.add_row("", "", Text(f"→ {harmless(finding.fix)}", style="dim"))
    screen.show(grid)
