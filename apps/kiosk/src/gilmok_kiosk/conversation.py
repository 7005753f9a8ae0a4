"""One customer's conversation: what was said, what is being ordered, what is known about them."""

from __future__ import annotations

from collections import deque
from typing import Literal, TypedDict

from gilmok_kiosk.order import EMPTY, Order
from gilmok_kiosk.understanding.meaning import Health, Pending

WINDOW = 20
"""Messages that are kept. The system message is made anew for each call and is not among them."""


class Message(TypedDict):
    role: Literal["user", "assistant"]
    content: str


class Conversation:
    """Held in memory only; the surface decides how long. One reply at a time."""

    def __init__(self, window: int = WINDOW) -> None:
        if window < 2:
            raise ValueError("a window holds at least a question and its answer")
        self._messages: deque[Message] = deque(maxlen=window)
        self.clear()

    def clear(self) -> None:
        """As if a new customer had come."""
        self._messages.clear()
        self._order: Order = EMPTY
        self.name: str | None = None
        self.health: Health = Health()
        self.pending: Pending | None = None

    @property
    def order(self) -> Order:
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        """By words or by touch. A question about the old order is not waited for any longer."""
        self._order = order
        self.pending = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """The latest, oldest first."""
        return tuple(self._messages)

    @property
    def heard_last(self) -> str:
        """What the customer said last."""
        said = (m["content"] for m in reversed(self._messages) if m["role"] == "user")
        return next(said, "")

    def heard(self, text: str) -> None:
        self._messages.append({"role": "user", "content": text})

    def answered(self, text: str) -> None:
        """What the customer was shown, whoever wrote it. Nothing else ever enters."""
        self._messages.append({"role": "assistant", "content": text})
