"""`gilmok-kiosk terminal` and `gilmok-kiosk web`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette

from gilmok_kiosk.assistant import Assistant
from gilmok_kiosk.conversation import WINDOW, Conversation
from gilmok_kiosk.gateway import MODEL, PATIENCE, URL, Gateway
from gilmok_kiosk.menu import MenuError, load_menu
from gilmok_kiosk.terminal import Terminal
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.web import create_app, host_names, serve

USAGE_ERROR = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 where an option or the menu is wrong."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given or ["terminal"])
    try:
        menu = load_menu(options.menu)
    except MenuError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    gateway = Gateway(options.url, options.key, options.model, patience=options.patience)
    if options.command == "web":
        assistant = Assistant(menu, gateway)
        app = create_app(assistant, menu, hosts=host_names(options.host), window=options.window)
        asyncio.run(_web(app, gateway, options.host, options.port))
    else:
        talk = Conversation(options.window)
        Terminal(Assistant(menu, gateway), talk, options.lang or _system_language()).run()
    return 0


async def _web(app: Starlette, gateway: Gateway, host: str, port: int) -> None:
    print(f"http://{host}:{port}", flush=True)  # noqa: T201
    try:
        await serve(app, host, port)
    finally:
        await gateway.close()


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    add = shared.add_argument
    add("--url", default=os.environ.get("GILMOK_URL", URL), help="the gateway (GILMOK_URL)")
    add("--key", default=os.environ.get("GILMOK_API_KEY"), help="its key (GILMOK_API_KEY)")
    add("--model", default=MODEL, help="what the gateway is asked for (default: %(default)s)")
    add("--patience", type=float, default=PATIENCE, metavar="SECONDS", help="wait for a model")
    add("--window", type=_window, default=WINDOW, help="messages that a model is told")
    add("--menu", type=Path, metavar="FILE.toml", help="another menu")
    parser = argparse.ArgumentParser(prog="gilmok-kiosk", description="A coffee kiosk.")
    commands = parser.add_subparsers(dest="command", required=True)
    terminal = commands.add_parser("terminal", parents=[shared], help="order in the terminal")
    terminal.add_argument("--lang", choices=("ko", "en"), help="default: the system's language")
    web = commands.add_parser("web", parents=[shared], help="serve the web page")
    web.add_argument("--host", default="127.0.0.1")
    web.add_argument("--port", type=int, default=8090)
    return parser


def _window(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:
        raise argparse.ArgumentTypeError("a whole number from 2")
    return int(text)


def _system_language() -> Locale:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((value for name in names if (value := os.environ.get(name))), "")
    return "ko" if chosen.startswith("ko") else "en"
