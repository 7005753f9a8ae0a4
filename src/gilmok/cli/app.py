"""Which words call which command, and what a command's failure becomes.

Commands are named, not imported: only the one that is called is loaded, so that `gilmok version`
and the help answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

from cyclopts import App, CycloptsError

from gilmok import __version__
from gilmok.cli import exits
from gilmok.cli.failures import BadUrl, NoGateway, NotOurs, Refused, Unreachable, Unwritable
from gilmok.cli.help_pages import HelpPages, wrong_command_line
from gilmok.cli.language import locale_of, take_language
from gilmok.cli.options import Output
from gilmok.cli.screen import Screen
from gilmok.cli.words import failing
from gilmok.cli.words import help as words
from gilmok.core.errors import GilmokError, HttpError
from gilmok.core.said import Said


def version(*, screen: Output) -> int:
    screen.copyable(f"gilmok {__version__}")
    return exits.OK


_COMMANDS: Final[tuple[tuple[str, str, Said], ...]] = (
    ("gilmok.cli.serve:serve", "serve", words.SERVE),
    ("gilmok.cli.ask:ask", "ask", words.ASK),
    ("gilmok.cli.chat:chat", "chat", words.CHAT),
    ("gilmok.cli.making:embed", "embed", words.EMBED),
    ("gilmok.cli.making:draw", "draw", words.DRAW),
    ("gilmok.cli.making:say", "say", words.SAY),
    ("gilmok.cli.explain:explain", "explain", words.EXPLAIN),
    ("gilmok.cli.report:report", "report", words.REPORT),
    ("gilmok.cli.top:top", "top", words.TOP),
    ("gilmok.cli.forecast:forecast", "forecast", words.FORECAST),
    ("gilmok.cli.calibrate:calibrate", "calibrate", words.CALIBRATE),
    ("gilmok.cli.models:models", "models", words.MODELS),
    ("gilmok.cli.doctor:doctor", "doctor", words.DOCTOR),
    ("gilmok.cli.app:version", "version", words.VERSION),
)
_OF_CONFIGURATION: Final[tuple[tuple[str, str, Said], ...]] = (
    ("gilmok.cli.configuration:check", "check", words.CHECK),
    ("gilmok.cli.configuration:hash_key", "hash-key", words.HASH_KEY),
    ("gilmok.cli.configuration:example", "example", words.EXAMPLE),
)

_OF_KEYS: Final[tuple[tuple[str, str, Said], ...]] = (
    ("gilmok.cli.keys:create", "create", words.CREATE_KEY),
    ("gilmok.cli.keys_import:import_keys", "import", words.IMPORT_KEYS),
    ("gilmok.cli.keys:list_keys", "list", words.LIST_KEYS),
    ("gilmok.cli.keys:show", "show", words.SHOW_KEY),
    ("gilmok.cli.keys:rotate", "rotate", words.ROTATE_KEY),
    ("gilmok.cli.keys:expire", "expire", words.EXPIRE_KEY),
    ("gilmok.cli.keys:revoke", "revoke", words.REVOKE_KEY),
    ("gilmok.cli.user_id:user_id", "user-id", words.USER_ID),
)

_OF_THE_LEDGER: Final[tuple[tuple[str, str, Said], ...]] = (
    ("gilmok.cli.books:check", "audit", words.AUDIT),
    ("gilmok.cli.books:export", "export", words.EXPORT),
    ("gilmok.cli.books:backup", "backup", words.BACKUP),
    ("gilmok.cli.books:forget", "forget", words.FORGET),
)
_OF_BUDGETS: Final[tuple[tuple[str, str, Said], ...]] = (
    ("gilmok.cli.budget:show", "show", words.SHOW_BUDGET),
    ("gilmok.cli.budget:top_up", "top-up", words.TOP_UP),
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
    for path, name, said in _COMMANDS:
        app.command(path, name=name, help=said.en)
    for group, about, commands in (
        ("keys", words.KEYS, _OF_KEYS),
        ("budget", words.BUDGET, _OF_BUDGETS),
        ("ledger", words.LEDGER, _OF_THE_LEDGER),
        ("config", words.CONFIGURATION, _OF_CONFIGURATION),
    ):
        within = App(name=group, help=about.en)
        for path, name, said in commands:
            within.command(path, name=name, help=said.en)
        app.command(within)
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
        screen.fail(screen.text(failing.BAD_URL))
        return exits.USAGE
    except (NotOurs, Unwritable) as error:
        screen.fail(error.message(screen.locale))
        return exits.USAGE if isinstance(error, NotOurs) else exits.FAILED
    except Unreachable as error:
        screen.fail(screen.text(failing.UNREACHABLE, url=error))
        return exits.FAILED
    except NoGateway as error:
        screen.fail(screen.text(failing.NO_GATEWAY, url=error))
        return exits.FAILED
    except Refused as refused:
        said = failing.REFUSED if refused.by_policy else failing.FAILED
        screen.fail(screen.text(said, code=refused.code, message=refused.message))
        return exits.REFUSED if refused.by_policy else exits.FAILED
    except GilmokError as error:
        screen.fail(error.message(screen.locale))
        return exits.FAILED if isinstance(error, HttpError) else exits.CONFIG
