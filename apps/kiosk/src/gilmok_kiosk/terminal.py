"""The kiosk in a terminal: streaming answers, the order as a panel, a footer for every answer."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gilmok_kiosk import words
from gilmok_kiosk.assistant import Assistant
from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.events import Changed, Event, Finished, Said, Served, Trouble
from gilmok_kiosk.order import Order, receipt
from gilmok_kiosk.texts import Locale, language_of, won

with suppress(ImportError):  # Line editing, where the platform has it.
    import readline  # noqa: F401

ENDINGS = frozenset({"quit", "exit", "종료"})


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Who presses Ctrl-C again and again wants to stop or to leave, and no traceback."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        with suppress(KeyboardInterrupt):  # Pressed in the very moment in which it counts again.
            signal.signal(signal.SIGINT, before)


class Terminal:
    """One customer at a terminal, or at a pipe."""

    def __init__(self, assistant: Assistant, conversation: Conversation, locale: Locale) -> None:
        self._assistant, self._conversation, self._locale = assistant, conversation, locale
        self._console = Console(highlight=False, soft_wrap=True)
        self._interactive = sys.stdin.isatty() and self._console.is_terminal
        self._served: list[Served] = []
        self._turns = 0

    def run(self) -> None:
        """Until the customer leaves. Ctrl-C stops an answer; twice at the prompt it leaves."""
        if self._interactive:
            shop = self._assistant.menu.shop.name
            self._line(words.WELCOME.of(self._locale, shop=shop), "dim")
        with asyncio.Runner() as runner:
            for said in self._said():
                self._turns += 1
                try:
                    runner.run(self._turn(said))
                except KeyboardInterrupt:
                    with _undisturbed():
                        self._line(f"\n{words.STOPPED.of(self._locale)}", "dim")
            with _undisturbed():
                runner.run(self._assistant.gateway.close())
                self._end()

    async def _turn(self, said: str) -> None:
        locale = language_of(said, self._locale)
        footer: list[str] = []
        reply = self._assistant.reply(self._conversation, said, locale)
        async with aclosing(reply) as events:
            async for event in events:
                footer += self._show(event, locale)
        self._line(f"[{' · '.join(footer) or words.BY_RULES.of(locale)}]", "dim")

    def _show(self, event: Event, locale: Locale) -> Iterator[str]:
        """Show an event at once; what is yielded belongs in the footer."""
        match event:
            case Said(text):
                self._console.print(Text(text), end="")
            case Changed(order, by):
                yield (words.CHANGED_BY_MODEL if by == "model" else words.CHANGED_BY_RULES).of(
                    locale
                )
                self._console.print(self._panel(order, locale))
            case Served():
                self._served.append(event)
                yield self._footer(event, locale)
            case Trouble(code, message):
                self._line(message, "yellow")
                yield code
            case Finished():
                self._console.print()

    def _footer(self, served: Served, locale: Locale) -> str:
        cost = words.UNKNOWN_COST.of(locale) if served.cost_usd is None else _usd(served.cost_usd)
        zone = words.ZONES.get(served.zone)
        return words.SERVED.of(
            locale,
            zone=zone or served.zone,
            endpoint=served.endpoint,
            seconds=f"{served.latency_ms / 1000:.1f}",
            cost=cost,
            sensitivity=served.sensitivity,
        )

    def _panel(self, order: Order, locale: Locale) -> Panel:
        bill = receipt(order, self._assistant.menu, locale)
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(ratio=1)
        table.add_column(justify="right")
        table.add_column(justify="right")
        for row in bill.rows:
            table.add_row(Text(row.text), f"× {row.quantity}", won(row.amount, locale))
        end = Text(words.RECEIPT_TOTAL.of(locale), "bold")
        table.add_row(end, "", Text(won(bill.total, locale), "bold"))
        title = words.RECEIPT if order.status == "confirmed" else words.YOUR_ORDER
        return Panel(table, title=f"{bill.title} · {title.of(locale)}", width=64)

    def _said(self) -> Iterator[str]:
        """What the customer says, until they leave: a word, the end of input, or Ctrl-C twice."""
        interrupted = False
        while True:
            try:
                line = input(words.YOU.of(self._locale) if self._interactive else "").strip()
            except EOFError:
                return
            except KeyboardInterrupt:
                if interrupted or not self._interactive:
                    return
                interrupted = True
                with _undisturbed():
                    self._line(f"\n{words.AGAIN_TO_LEAVE.of(self._locale)}", "dim")
                continue
            interrupted = False
            if line.casefold() in ENDINGS:
                return
            if line:
                yield line

    def _end(self) -> None:
        """The receipt of what was ordered, and what the conversation took."""
        if not self._turns:
            return
        if self._conversation.order.lines:
            self._console.print(self._panel(self._conversation.order, self._locale))
        zones = Counter(served.zone for served in self._served)
        known = [served.cost_usd for served in self._served if served.cost_usd is not None]
        named = (
            f"{words.ZONES[zone].of(self._locale) if zone in words.ZONES else zone} {count}"
            for zone, count in zones.items()
        )
        totals = words.TOTALS.of(
            self._locale,
            turns=self._turns,
            calls=len(self._served),
            zones=", ".join(named) or words.NONE.of(self._locale),
            tokens=sum(served.tokens or 0 for served in self._served),
            cost=_usd(sum(known)),
        )
        self._line(totals, "dim")

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text, style))


def _usd(amount: float) -> str:
    """`$0`, `$0.00012`: as many digits as it takes to see it."""
    return f"${amount:.6f}".rstrip("0").rstrip(".")
