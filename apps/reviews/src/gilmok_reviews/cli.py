"""`gilmok-reviews serve`, `import FILE`, `analyze`, `reindex`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from gilmok_reviews import words
from gilmok_reviews.commands import Talk, analyse, import_file, load_sample, reindex
from gilmok_reviews.domain import GatewayError
from gilmok_reviews.problems import Refused
from gilmok_reviews.service import Service
from gilmok_reviews.serving import serve
from gilmok_reviews.settings import Settings, SettingsError, load
from gilmok_reviews.texts import LOCALE, Locale

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 where something was refused or failed, 2 for a wrong option or variable."""
    options = _parser().parse_args(arguments)
    LOCALE.set(options.lang or _system_language())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    talk = Talk(Console(), LOCALE.get())
    try:
        return asyncio.run(_run(options, load(_environment(options)), talk))
    except SettingsError as error:
        print(error.message(talk.locale), file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    except Refused as error:
        print(error.message(talk.locale), file=sys.stderr)  # noqa: T201
    except GatewayError as error:
        print(error, file=sys.stderr)  # noqa: T201
    except KeyboardInterrupt:
        pass
    return 1


async def _run(options: argparse.Namespace, settings: Settings, talk: Talk) -> int:
    match options.command:
        case "import":
            return await import_file(settings, options.file, talk)
        case "reindex":
            return await reindex(settings, talk)
        case "analyze":
            return await analyse(settings, options.restaurant, options.out, talk)

    async def begin(service: Service) -> None:
        if options.sample:
            await load_sample(service, talk)

    await serve(settings, begin, lambda url: talk.say(words.SERVING, url=url))
    return 0


def _environment(options: argparse.Namespace) -> dict[str, str]:
    given = (
        {"REVIEWS_PORT": options.port, "REVIEWS_HOST": options.host} if "port" in options else {}
    )
    return {
        **os.environ,
        **{name: str(value) for name, value in given.items() if value is not None},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gilmok-reviews",
        description="Restaurant reviews, analysed. Settings are environment variables: REVIEWS_DATA, "
        "GILMOK_URL, QDRANT_URL and more; the README lists them.",
    )
    parser.add_argument("--lang", choices=("ko", "en"), help="default: the system's language")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve the API and the page")
    serving.add_argument("--sample", action="store_true", help="with the reviews that ship")
    serving.add_argument("--port", type=int, help="REVIEWS_PORT, 8091")
    serving.add_argument("--host", help="REVIEWS_HOST, 127.0.0.1")
    importing = commands.add_parser("import", help="import a CSV or JSONL file")
    importing.add_argument("file", type=Path)
    commands.add_parser("reindex", help="make all vectors anew, after a change of the model")
    analysing = commands.add_parser("analyze", help="analyse restaurants, all or some")
    analysing.add_argument("restaurant", nargs="*", help="ids; none: all")
    analysing.add_argument("--out", type=Path, metavar="FILE.json", help="default: the terminal")
    return parser


def _system_language() -> Locale:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "ko" if chosen.startswith("ko") else "en"
