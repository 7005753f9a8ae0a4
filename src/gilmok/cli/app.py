"""Which words call which command, and what a command's failure becomes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from cyclopts import App, CycloptsError

from gilmok import __version__
from gilmok.cli import exits
from gilmok.cli.ask import ask
from gilmok.cli.chat import chat
from gilmok.cli.client import BadUrl, NoGateway, Refused, Unreachable
from gilmok.cli.configuration import check, example, hash_key
from gilmok.cli.doctor import doctor
from gilmok.cli.explain import explain
from gilmok.cli.help_pages import HelpPages, wrong_command_line
from gilmok.cli.models import models
from gilmok.cli.options import Output
from gilmok.cli.report import report
from gilmok.cli.screen import Screen
from gilmok.cli.serve import serve
from gilmok.cli.words import help as words
from gilmok.cli.words import terms
from gilmok.config.locale import Locale, locale_of
from gilmok.config.problems import Said
from gilmok.core.errors import GilmokError, HttpError

Command = Callable[..., int]


def version(*, screen: Output) -> int:
    screen.copyable(f"gilmok {__version__}")
    return exits.OK


_COMMANDS: Final[tuple[tuple[Command, str, Said], ...]] = (
    (serve, "serve", words.SERVE),
    (ask, "ask", words.ASK),
    (chat, "chat", words.CHAT),
    (explain, "explain", words.EXPLAIN),
    (report, "report", words.REPORT),
    (models, "models", words.MODELS),
    (doctor, "doctor", words.DOCTOR),
    (version, "version", words.VERSION),
)
_OF_CONFIGURATION: Final[tuple[tuple[Command, str, Said], ...]] = (
    (check, "check", words.CHECK),
    (hash_key, "hash-key", words.HASH_KEY),
    (example, "example", words.EXAMPLE),
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the command line and exits with its code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of a command line; see `exits`."""
    locale, rest = take_language(arguments)
    screen = Screen(locale or locale_of())
    if locale is None and rest != list(arguments):
        screen.fail(screen.text(words.WRONG_LANGUAGE))
        return exits.USAGE
    try:
        command, bound, injected = application(screen).parse_args(
            rest, exit_on_error=False, print_error=False, help_on_error=False
        )
    except CycloptsError as error:
        screen.fail(wrong_command_line(screen, error))
        return exits.USAGE
    given = dict.fromkeys(injected, screen)
    return _guarded(screen, lambda: command(*bound.args, **bound.kwargs, **given))


def take_language(arguments: Sequence[str]) -> tuple[Locale | None, list[str]]:
    """The language that `--lang` names, wherever it stands, and the other arguments.

    `None` where there is no `--lang`; also where it names no language, and then it is gone from the
    arguments all the same.
    """
    rest = list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    for index, argument in enumerate(rest[:end]):
        name, joined, value = argument.partition("=")
        if name == "--lang":
            width = 1 if joined else 2
            value = value if joined else "".join(rest[index + 1 : index + 2])
            del rest[index : index + width]
            return ("ko" if value == "ko" else "en" if value == "en" else None), rest
    return None, rest


def application(screen: Screen) -> App:
    """The tree of commands."""
    app = App(
        name="gilmok",
        help=words.APP.en,
        help_epilogue=screen.text(words.EPILOGUE),
        help_format="plaintext",
        help_formatter=HelpPages(screen),
        version=f"gilmok {__version__}",
        console=screen.out,
        error_console=screen.err,
    )
    for command, name, said in _COMMANDS:
        app.command(command, name=name, help=said.en)
    configuration = App(name="config", help=words.CONFIGURATION.en)
    for command, name, said in _OF_CONFIGURATION:
        configuration.command(command, name=name, help=said.en)
    app.command(configuration)
    return app


def _guarded(screen: Screen, command: Callable[[], int | None]) -> int:
    """Runs a command; what it raises becomes words and an exit code."""
    try:
        return command() or exits.OK
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough (`gilmok report | head`); flushing at exit must not fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except BadUrl:
        screen.fail(screen.text(terms.BAD_URL))
        return exits.USAGE
    except Unreachable as error:
        screen.fail(screen.text(terms.UNREACHABLE, url=error))
        return exits.FAILED
    except NoGateway as error:
        screen.fail(screen.text(terms.NO_GATEWAY, url=error))
        return exits.FAILED
    except Refused as refused:
        said = terms.REFUSED if refused.by_policy else terms.FAILED
        screen.fail(screen.text(said, code=refused.code, message=refused.message))
        return exits.REFUSED if refused.by_policy else exits.FAILED
    except GilmokError as error:
        screen.fail(error.message(screen.locale))
        return exits.FAILED if isinstance(error, HttpError) else exits.CONFIG
