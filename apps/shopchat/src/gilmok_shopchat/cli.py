"""`gilmok-shopchat`: talk in the terminal. `gilmok-shopchat serve`: the chat over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import date

import uvicorn
from rich.console import Console

from gilmok_shopchat import words
from gilmok_shopchat.agent import Agent, Said
from gilmok_shopchat.app import create_app
from gilmok_shopchat.events import Event, Looked, Offered, Sources, Trouble, Words
from gilmok_shopchat.gateway import URL, Gateway, GatewayTrouble
from gilmok_shopchat.knowledge import Knowledge, Locale, load
from gilmok_shopchat.shop import Offer, Shop, ShopProblem, example_orders

UNREACHABLE = 3
PATIENCE_S = 15.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 3 where no gateway answers."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options))
    except KeyboardInterrupt:
        return 0


async def _run(options: argparse.Namespace) -> int:
    gateway = Gateway(options.url, options.key, options.model)
    try:
        shop = Shop(example_orders(date.today()), date.today)
        knowledge = Knowledge(load(), gateway.embed)
        try:
            await _ready(knowledge)
            with_tools = await gateway.can_call_tools()
        except GatewayTrouble as trouble:
            print(f"{options.url}: {trouble.code} (`make run`, or GILMOK_URL)", file=sys.stderr)  # noqa: T201
            return UNREACHABLE
        agent = Agent(shop, knowledge, gateway, with_tools=with_tools)
        if options.command == "serve":
            await _serve(create_app(agent, shop), options.port)
        else:
            await _talk(agent, shop, options.customer, options.lang)
        return 0
    finally:
        await gateway.close()


async def _ready(knowledge: Knowledge) -> None:
    """Embeds the shop's pages. A gateway that was started beside this has a moment to come up.

    Raises `GatewayTrouble`. Where it has no encoder, letters alone have to do.
    """
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            await knowledge.prepare()
            return
        except GatewayTrouble as trouble:
            if trouble.code == "nothing_does_this":
                return
            if trouble.code != "unreachable" or time.monotonic() > until:
                raise
        await asyncio.sleep(0.5)


async def _serve(app: object, port: int) -> None:
    print(f"http://127.0.0.1:{port}/chat", flush=True)  # noqa: T201
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
    )
    await uvicorn.Server(config).serve()


async def _talk(agent: Agent, shop: Shop, customer: str, locale: Locale) -> None:
    console, said = Console(), list[Said]()
    offer: Offer | None = None
    console.print(words.hello(customer, locale), style="dim", markup=False, highlight=False)
    while (question := await asyncio.to_thread(_ask, console)) is not None:
        if not question.strip():
            continue
        if offer is not None and question.strip().lower() in ("네", "예", "yes", "y"):
            console.print(_accepted(shop, customer, offer, locale))
            offer = None
            continue
        answer: list[str] = []
        offer = None
        async for event in agent.answer(customer, said, question, locale):
            _show(console, event)
            if isinstance(event, Words):
                answer.append(event.text)
            elif isinstance(event, Offered):
                offer = event.offer
        console.print("\n[dim]네 / yes[/dim]" if offer else "")
        said += [Said("user", question), Said("assistant", "".join(answer))]


def _accepted(shop: Shop, customer: str, offer: Offer, locale: Locale) -> str:
    try:
        return words.refunded(shop.accept(customer, offer.code), locale)
    except ShopProblem as problem:
        return words.problem(problem.code, locale)


def _ask(console: Console) -> str | None:
    """`None` at the end of the input."""
    try:
        return console.input("[bold]> [/bold]")
    except EOFError:
        return None


def _show(console: Console, event: Event) -> None:
    match event:
        case Words(text):
            console.print(text, end="", markup=False, highlight=False)
        case Sources(ids) if ids:
            console.print(f"[dim]{', '.join(ids)}[/dim]")
        case Looked(tool, ok, by):
            console.print(f"[dim]{tool} ({by}){'' if ok else ' ✗'}[/dim]")
        case Trouble(code):
            console.print(f"[dim]{code}[/dim]")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="gilmok-shopchat", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("talk", "serve"), default="talk")
    add = parser.add_argument
    add("--url", default=os.environ.get("GILMOK_URL", URL), help="the gateway (GILMOK_URL)")
    add("--key", default=os.environ.get("GILMOK_API_KEY"), help="its key (GILMOK_API_KEY)")
    add("--model", default="auto", help="what the gateway is asked for")
    add("--port", type=int, default=8092)
    add("--customer", default="minji", help="whose orders: minji or alex")
    lang = os.environ.get("LANG_CHAT", "ko")
    add("--lang", choices=("ko", "en"), default="en" if lang == "en" else "ko", help="LANG_CHAT")
    return parser
