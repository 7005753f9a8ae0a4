"""One question through a gateway: what was said, where, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct
from rich.text import Text

from gilmok.cli.client import Answer, Broken, Client, NoGateway, Refused, Unreachable
from gilmok.cli.numbers import duration, money
from gilmok.cli.screen import LEVELS, ZONES, Screen, harmless
from gilmok.cli.words import terms as words
from gilmok.ledger.records import Decision

Message = dict[str, str]
OnPiece = Callable[[str], None]
OnAnswer = Callable[[Answer], None]


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


def question(text: str, model: str, *earlier: Message) -> dict[str, object]:
    """The body of a chat completion request."""
    messages = [*earlier, {"role": "user", "content": text}]
    return {"model": model, "messages": messages}


def converse(
    client: Client,
    body: Mapping[str, object],
    on_piece: OnPiece,
    on_answer: OnAnswer = lambda answer: None,
) -> Spoken:
    """Asks, passes the answer on piece by piece, and reads the decision back.

    Ctrl-C hangs up, which stops the model, and counts as an ending. Raises `Unreachable`,
    `NoGateway`.
    """
    text: list[str] = []
    decision_id, stopped = "", False
    broken: Broken | None = None
    try:
        with client.chat({**body, "stream": True}) as answer:
            decision_id = answer.decision_id
            on_answer(answer)
            for piece in answer.pieces():
                text.append(harmless(piece))
                on_piece(text[-1])
    except Refused as refused:
        return Spoken(
            refused=refused,
            decision_id=refused.decision_id,
            decision=read_back(client, refused.decision_id),
        )
    except Broken as error:
        broken = error
    except KeyboardInterrupt:
        stopped = True
    return Spoken(
        text="".join(text),
        decision_id=decision_id,
        decision=None if stopped else read_back(client, decision_id),
        broken=broken,
        stopped=stopped,
    )


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
    parts.append(Text(cost(screen, decision)))
    if decision.cache == "hit":
        parts.append(Text(screen.text(words.FROM_CACHE)))
    if decision.fallback:
        reason = decision.fallback_reason or "-"
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
        said = words.REFUSED if spoken.refused.by_policy else words.FAILED
        screen.fail(screen.text(said, code=spoken.refused.code, message=spoken.refused.message))
    elif spoken.broken is not None:
        screen.fail(screen.text(words.BROKEN, code=spoken.broken.code))
    else:
        return
    if spoken.decision is not None:
        screen.warn(words.SEE_EXPLAIN, style="dim", id=spoken.decision_id)
