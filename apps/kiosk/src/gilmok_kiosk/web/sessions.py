"""Who is ordering: one conversation per browser session, in this process's memory only.

Invariants: an id is 256 random bits and never chosen by the browser; no more than `limit` sessions
exist; a session untouched for `idle_s` seconds is forgotten with everything said in it; an order
under way is never dropped to make room for a newcomer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from gilmok_kiosk.conversation import Conversation
from gilmok_kiosk.web.wire import Json

TURNS = 20
"""Turns a page that reloads can show again."""


class Turn:
    """One message and what the page was told in reply."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: list[Json] = []

    def keep(self, event: Json) -> None:
        """Pieces of one speaker become one text: a long reply is not a thousand events."""
        last = self._events[-1] if self._events else {}
        if event["type"] == last.get("type") == "said" and event["by"] == last["by"]:
            self._events[-1] = {**last, "text": last["text"] + event["text"]}
        elif event["type"] != "changed":  # The order itself is told apart, as it is now.
            self._events.append(event)

    def told(self) -> Json:
        return {"text": self._text, "events": self._events}


class Session:
    """One browser's visit, and what its page would need to be drawn again."""

    def __init__(self, conversation: Conversation, seen: float) -> None:
        self.conversation = conversation
        self.seen = seen
        """Seconds on the sessions' clock."""
        self.busy = False
        """While a reply is being given: then nothing else is said, and nothing expires."""
        self._turns: deque[Turn] = deque(maxlen=TURNS)

    def begin(self, text: str) -> Turn:
        turn = Turn(text)
        self._turns.append(turn)
        return turn

    @property
    def turns(self) -> list[Json]:
        return [turn.told() for turn in self._turns]

    @property
    def is_ordering(self) -> bool:
        order = self.conversation.order
        return self.busy or (order.status == "open" and bool(order.lines))


class Sessions:
    def __init__(
        self,
        new_conversation: Callable[[], Conversation],
        *,
        idle_s: float,
        limit: int,
        clock: Callable[[], float],
        new_id: Callable[[], str],
    ) -> None:
        self._new_conversation = new_conversation
        self.idle_s = idle_s
        self._limit = limit
        self._clock = clock
        self._new_id = new_id
        self._sessions: dict[str, Session] = {}
        """Ordered by `seen`: whoever is touched moves to the end."""

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, key: str) -> Session | None:
        """The session with this id, touched; None where it never was or has expired."""
        self._expire()
        session = self._sessions.pop(key, None)
        if session is not None:
            session.seen = self._clock()
            self._sessions[key] = session
        return session

    def open(self) -> tuple[str, Session] | None:
        """A new session and its id; None where every place is taken by an order under way."""
        self._expire()
        if len(self._sessions) >= self._limit and not self._make_room():
            return None
        key = self._new_id()
        session = Session(self._new_conversation(), self._clock())
        self._sessions[key] = session
        return key, session

    def close(self, key: str) -> None:
        """Forgets the session and everything said in it."""
        self._sessions.pop(key, None)

    def _expire(self) -> None:
        oldest_allowed = self._clock() - self.idle_s
        expired = [
            key
            for key, session in self._sessions.items()
            if session.seen < oldest_allowed and not session.busy
        ]
        for key in expired:
            del self._sessions[key]

    def _make_room(self) -> bool:
        for key, session in self._sessions.items():
            if not session.is_ordering:
                del self._sessions[key]
                return True
        return False
