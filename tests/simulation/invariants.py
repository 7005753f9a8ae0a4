"""What must hold, whatever happened: over one reply, one receipt, and all the books at the end."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from gilmok.build import Gateway
from gilmok.core.endpoint import EndpointState, Zone
from gilmok.core.inspection import Clearance
from gilmok.core.receipt import Attempt, Outcome, Purpose, Receipt
from gilmok.ledger import Budget, Scope
from tests.simulation.ports import REFUSAL, SECRETS, SimulatedClient

_PIECE = re.compile(r"([a-z0-9-]+\.\d+):(\d+) ")
UNRECORDED = frozenset({"invalid_request", "invalid_api_key", "concurrency_exceeded"})
"""What is refused before there is a decision to record."""
WAITING = (429, 503)


def error_code(client: SimulatedClient) -> str | None:
    """The code of a refusal, or of the error event that ended a stream."""
    if client.status != 200:
        return str(json.loads(client.body)["error"]["code"])
    if client.headers["content-type"].startswith("text/event-stream"):
        last = client.events[-1] if client.events else None
        if isinstance(last, dict) and "error" in last:
            return str(last["error"]["code"])
    return None


def of_reply(client: SimulatedClient) -> Iterator[str]:
    """A client that stayed got one answer, with an ending that was given or an error."""
    if not (client.started and client.ended):
        yield "a client that stayed got no whole answer"
    elif client.status != 200:
        yield from _of_refusal(client)
    elif client.headers["content-type"].startswith("text/event-stream"):
        yield from _of_stream(client)
    else:
        choice = json.loads(client.body)["choices"][0]
        if choice["finish_reason"] not in ("stop", "length"):
            yield "a whole answer without an ending"
        yield from _of_words(choice["message"]["content"], whole=True)


def _of_refusal(client: SimulatedClient) -> Iterator[str]:
    error = json.loads(client.body)["error"]
    if set(error) != {"message", "type", "param", "code"}:
        yield f"an error body with {sorted(error)}"
    if SECRETS.search(client.body.decode()):
        yield "a secret in an error body"
    after = client.headers.get("retry-after")
    if (client.status in WAITING) is not (after is not None and after.isdigit() and after != "0"):
        yield f"status {client.status} with retry-after {after}"


def _of_stream(client: SimulatedClient) -> Iterator[str]:
    if client.cut:
        # Who takes too long is hung up on, and must be able to tell that something is missing.
        if not client.slow:
            yield "a client that took every byte was cut off"
        if client.events and client.events[-1] == "[DONE]":
            yield "a stream that was cut off and looks done"
        return
    *events, last = client.events
    chunks = [e for e in events if isinstance(e, dict)]
    choices = [c for chunk in chunks for c in chunk["choices"]]
    ends = [c["finish_reason"] for c in choices if c["finish_reason"]]
    words = "".join(c["delta"].get("content") or "" for c in choices)
    if last == "[DONE]":
        if len(ends) != 1:
            yield f"a stream that was done with {len(ends)} endings"
        yield from _of_words(words, whole=True)
        return
    if "error" not in last:
        yield "a stream that ended with neither [DONE] nor an error"
    if any(e == "[DONE]" for e in events):
        yield "something after [DONE]"
    if any(chunk.get("usage") for chunk in chunks):
        yield "usage in a stream that broke"
    yield from _of_words(words, whole=False)


def _of_words(words: str, *, whole: bool) -> Iterator[str]:
    """Every piece of one upstream call, from its first, in order, and of no other call."""
    if words == REFUSAL or (not whole and REFUSAL.startswith(words)):
        return  # where nobody did better
    pieces = _PIECE.findall(words)
    if len({call for call, _ in pieces}) > 1:
        yield "one answer made of two"
    if [int(at) for _, at in pieces] != list(range(len(pieces))) or (whole and not pieces):
        yield "pieces missing or doubled"


def of_receipt(receipt: Receipt) -> Iterator[str]:
    name = receipt.decision_id
    attempts = receipt.attempts
    if receipt.cost != sum(a.cost for a in attempts):
        yield f"{name}: costs do not add up"
    if [a.number for a in attempts] != list(range(1, len(attempts) + 1)):
        yield f"{name}: attempts out of order"
    if any(a.outcome == "started" for a in attempts):
        yield f"{name}: an attempt that never ended"
    own = [a for a in attempts if a.purpose is Purpose.ANSWER]
    if list(attempts[len(attempts) - len(own) :]) != own:
        yield f"{name}: a model asked for advice after the first attempt"
    answered = [a for a in own if a.outcome == "answered"]
    given = len(answered) + (_passed_over(receipt) is not None)
    if given != (receipt.outcome is Outcome.COMPLETED and receipt.cache != "hit"):
        yield f"{name}: {receipt.outcome} with {given} answers"
    if answered and answered[0] is not attempts[-1]:
        yield f"{name}: an attempt after the answer"
    if (receipt.error is None) != (receipt.outcome is Outcome.COMPLETED):
        yield f"{name}: {receipt.outcome} with {receipt.error}"
    times = [t for a in attempts for t in (a.started_ms, a.ended_ms)]
    if times != sorted(times) or (times and times[-1] > receipt.total_ms):
        yield f"{name}: times out of order"
    clearance = receipt.inspection.clearance if receipt.inspection is not None else None
    # A model may be asked abroad before its own answer raises the label; that no secret goes
    # there is seen by the upstreams themselves.
    abroad = [a for a in own if a.zone == Zone.CLOUD]
    if clearance is Clearance.LOCAL_ONLY and abroad:
        yield f"{name}: local only, and tried in the cloud"
    if clearance is Clearance.MASKED and not all(a.masked for a in abroad):
        yield f"{name}: unmasked in the cloud"


def _passed_over(receipt: Receipt) -> Attempt | None:
    """The attempt whose answer was passed over at first and given in the end, if there is one."""
    last = receipt.attempts[-1] if receipt.attempts else None
    if receipt.outcome is not Outcome.COMPLETED or last is None or last.outcome == "answered":
        return None
    outcome = f"rejected_{receipt.validation}"
    found = (a for a in receipt.attempts if a.outcome == outcome)
    return next((a for a in found if a.endpoint_id == receipt.endpoint_id), None)


def of_books(
    gateway: Gateway,
    receipts: Collection[Receipt],
    decisions: Iterable[str],
    unnamed: int,
    first_bytes: dict[str, set[int]],
) -> Iterator[str]:
    """`decisions`: those that clients were told of; `unnamed`: of clients who left before that.
    `first_bytes`: per decision, the attempts whose intents were safe when its answer began."""
    held: Any = gateway._limits
    if held.in_flight or any(meter.open for meter in gateway._limiter._meters.values()):
        yield f"{held.in_flight} permits were not given back"
    ledger = gateway.ledger
    if ledger.open_holds or ledger.held:
        yield f"{ledger.open_holds} holds are open"
    if ledger.spent != sum(r.cost for r in receipts):
        yield "the ledger and the receipts disagree"
    written = Counter(r.decision_id for r in receipts)
    told = set(decisions)
    if missing := told - written.keys():
        yield f"no receipt for {sorted(missing)}"
    if twice := [name for name, count in written.items() if count > 1]:
        yield f"two receipts for {twice}"
    if len(written) != len(told) + unnamed:
        yield f"{len(written)} receipts for {len(told)} + {unnamed} requests"
    for receipt in receipts:
        yield from of_receipt(receipt)
        safe = first_bytes.get(receipt.decision_id)
        given = _passed_over(receipt) or (receipt.attempts[-1] if receipt.attempts else None)
        if safe is not None and given is not None and given.number not in safe:
            yield f"{receipt.decision_id}: its answer began before its intent was safe"


def of_budgets(gateway: Gateway, receipts: Collection[Receipt]) -> Iterator[str]:
    """Where there are budgets: nothing is held any more, all that was spent is in them, and nothing
    is beyond a cap."""
    ledger = gateway.ledger
    caller = gateway.pipeline.identify(None, "127.0.0.1", "localhost")
    if ledger.overrun:
        yield f"{ledger.overrun} were spent beyond what was held"
    for budget in ledger.budgets(caller, max((r.at for r in receipts), default=0)):
        scope = budget.account.scope
        if budget.held:
            yield f"{budget.held} are still held of the {scope}"
        if budget.spent != sum(_paid_from(budget, r) for r in receipts):
            yield f"the budget of the {scope} and the receipts disagree"
        if budget.spent > budget.cap:
            yield f"the {scope} spent {budget.spent} of {budget.cap}"


def _paid_from(budget: Budget, receipt: Receipt) -> int:
    """The caller's accounts pay for all of it, an endpoint's for the attempts there."""
    if budget.account.scope is not Scope.ENDPOINT:
        return receipt.cost
    return sum(a.cost for a in receipt.attempts if a.endpoint_id == budget.account.name)


def of_health(gateway: Gateway, now: float) -> Iterator[str]:
    """After an answer from each endpoint, none is blocked and no breaker remembers anything."""
    registry: Any = gateway.registry
    for standing in gateway.registry.snapshot():
        if standing.blocked_until > now or standing.state is not EndpointState.UP:
            yield f"{standing.endpoint.id} is {standing.state} and blocked by {standing.blocked_by}"
    if tripped := [name for name, breaker in registry._breakers.items() if breaker.tripped]:
        yield f"the breakers of {tripped} are still open"


def of_estimate(client: SimulatedClient, receipt: Receipt) -> Iterator[str]:
    """What was produced before a stream broke is counted."""
    produced = receipt.outcome is Outcome.BROKEN and _PIECE.search(client.body.decode())
    if produced and (receipt.usage is None or receipt.usage.completion < 1):
        yield f"{receipt.decision_id}: words that nobody counted"


def of_advice(
    client: SimulatedClient, receipt: Receipt, gateway: Gateway, now: float
) -> Iterator[str]:
    """`Retry-After` is true: then, and not much later, one of the endpoints is free again."""
    if receipt.plan is None or receipt.plan.candidates or client.status not in WAITING:
        return
    blocked = {v.endpoint_id for v in receipt.plan.vetoes if v.code == "blocked"}
    fleet = gateway.registry.snapshot()
    waits = [s.blocked_until - now for s in fleet if s.endpoint.id in blocked]
    if waits and int(client.headers["retry-after"]) != max(1, math.ceil(min(waits))):
        yield f"{receipt.decision_id}: retry-after {client.headers['retry-after']}, not {min(waits)}"
