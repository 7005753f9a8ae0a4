"""One question through a gateway: what was said, where, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace
from rich.text import Text

from gilmok.cli import exits
from gilmok.cli.client import Client, OnOpen
from gilmok.cli.failures import Broken, NoGateway, Refused, Unreachable
from gilmok.cli.numbers import duration, money
from gilmok.cli.screen import LEVELS, ZONES, Screen, harmless
from gilmok.cli.words import failing
from gilmok.cli.words import terms as words
from gilmok.lab.codes import outcome
from gilmok.ledger.records import Decision

Message = dict[str, str]
OnPiece = Callable[[str], None]

UNREACHABLE = "gateway_unreachable"
"""The code of a question whose gateway is gone."""
_UNAVAILABLE = 503


class Spoken(Struct, frozen=True, kw_only=True):
    """How a question ended. Text is already harmless to a terminal."""

    text: str = ""
    decision_id: str = ""
    decision: Decision | None = None
    """What the gateway recorded, where it could be read back."""
    refused: Refused | None = None
    broken: Broken | None = None
    stopped: bool = False
    """True where Ctrl-C ended it."""

    @property
    def answered(self) -> bool:
        return self.refused is None and self.broken is None and not self.stopped

    @property
    def exit_code(self) -> int:
        if self.stopped:
            return exits.INTERRUPTED
        if self.refused is not None:
            return exits.REFUSED if self.refused.by_policy else exits.FAILED
        return exits.OK if self.broken is None else exits.FAILED


def question(text: str, model: str, *earlier: Message) -> dict[str, object]:
    """The body of a chat completion request."""
    messages = [*earlier, {"role": "user", "content": text}]
    return {"model": model, "messages": messages}


def converse(
    client: Client,
    body: Mapping[str, object],
    on_piece: OnPiece,
    on_open: OnOpen = lambda hang_up: None,
) -> Spoken:
    """Asks, passes the answer on piece by piece, and reads the decision back.

    Ctrl-C hangs up, which stops the model, and counts as an ending. `on_open` is given a way for
    another thread to hang up. Raises `Unreachable`, `NoGateway`.
    """
    text: list[str] = []
    ended = Spoken()
    try:
        with client.chat({**body, "stream": True}, on_open) as answer:
            ended = Spoken(decision_id=answer.decision_id)
            for piece in answer.pieces():
                text.append(harmless(piece))
                on_piece(text[-1])
    except Refused as refused:
        ended = Spoken(refused=refused, decision_id=refused.decision_id)
    except Broken as error:
        ended = replace(ended, broken=error)
    except KeyboardInterrupt:
        ended = replace(ended, stopped=True)
    ended = replace(ended, text="".join(text))
    # A stopped answer is not settled yet. Ctrl-C just after one only costs its footer.
    with suppress(KeyboardInterrupt):
        if not ended.stopped:
            ended = replace(ended, decision=read_back(client, ended.decision_id))
    return ended


def persevere(
    client: Client,
    screen: Screen,
    body: Mapping[str, object],
    on_piece: OnPiece = lambda piece: None,
    on_open: OnOpen = lambda hang_up: None,
) -> Spoken:
    """Like `converse`, for one question of many: a gateway that is gone fails this one only."""
    try:
        return converse(client, body, on_piece, on_open)
    except Unreachable:
        said = failing.UNREACHABLE
    except NoGateway:
        said = failing.NO_GATEWAY
    return Spoken(refused=Refused(_UNAVAILABLE, UNREACHABLE, screen.text(said, url=client.url)))


def settled(client: Client, spoken: Spoken) -> Spoken:
    """With what a stopped answer cost, where that is known by now."""
    if not spoken.stopped or spoken.decision is not None:
        return spoken
    return replace(spoken, decision=read_back(client, spoken.decision_id))


def read_back(client: Client, decision_id: str) -> Decision | None:
    """The record of a decision. An answer stands without it, so nothing is raised."""
    if not decision_id:
        return None
    try:
        return client.decision(decision_id)
    except (Unreachable, NoGateway, Refused):
        return None


def footer(screen: Screen, spoken: Spoken) -> Text:
    """`local · embedded · sensitivity low · 0.9 s · $0`, as far as it is known."""
    parts = [Text(screen.text(words.STOPPED))] if spoken.stopped else []
    if spoken.decision is not None:
        parts += _facts(screen, spoken.decision)
    elif spoken.decision_id:
        parts.append(Text(harmless(spoken.decision_id)))
    return Text("[", style="dim") + Text(" · ").join(parts) + Text("]")


def _facts(screen: Screen, decision: Decision) -> list[Text]:
    parts = []
    if decision.zone is not None:
        parts.append(zone_text(screen, decision.zone))
        parts.append(Text(harmless(decision.endpoint_id or "-")))
    if decision.sensitivity is not None:
        level = screen.text(words.LEVELS[decision.sensitivity])
        told = screen.text(words.SENSITIVITY_IS, level=level)
        parts.append(Text(told, style=LEVELS[decision.sensitivity]))
    parts.append(Text(duration(decision.total_ms)))
    if decision.prompt_tokens is not None:
        prompt, completion = decision.prompt_tokens, decision.completion_tokens
        parts.append(Text(screen.text(words.TOKENS_USED, prompt=prompt, completion=completion)))
    parts.append(Text(cost(screen, decision)))
    if decision.cache == "hit":
        parts.append(Text(screen.text(words.FROM_CACHE)))
    if decision.fallback:
        reason = outcome(decision.fallback_reason or "-", screen.locale)
        parts.append(Text(screen.text(words.FELL_BACK, reason=harmless(reason))))
    return parts


def zone_text(screen: Screen, zone: str) -> Text:
    return Text(screen.text(words.ZONES[zone]), style=ZONES[zone])


def cost(screen: Screen, decision: Decision) -> str:
    """The money as far as it is known: an unknown price is not shown as free."""
    if not decision.price_known:
        return screen.text(words.PRICE_UNKNOWN)
    amount = money(decision.cost)
    return screen.text(words.ESTIMATED, amount=amount) if decision.cost_estimated else amount


def explain_failure(screen: Screen, spoken: Spoken) -> None:
    """Says why there is no (whole) answer, on standard error."""
    if spoken.refused is not None:
        said = failing.REFUSED if spoken.refused.by_policy else failing.FAILED
        screen.fail(screen.text(said, code=spoken.refused.code, message=spoken.refused.message))
    elif spoken.broken is not None:
        screen.fail(screen.text(failing.BROKEN, code=spoken.broken.code))
    else:
        return
    if spoken.decision is not None:
        screen.warn(words.SEE_EXPLAIN, style="dim", id=spoken.decision_id)
