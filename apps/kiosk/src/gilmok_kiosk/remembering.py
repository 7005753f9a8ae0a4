"""What the kiosk keeps in mind for the next turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gilmok_kiosk import words
from gilmok_kiosk.order import Add, Operation, OrderProblem
from gilmok_kiosk.texts import Says
from gilmok_kiosk.understanding.meaning import Health, Unfinished


def unfinished(operations: Sequence[Operation], problem: OrderProblem) -> Unfinished | None:
    """An item that could not be had as wished: one word more, 그럼 뜨거운 걸로, completes it."""
    match operations:
        case [Add(wish)] if wish.item_id is not None and problem.field is not None:
            rest = replace(wish, item_id=None, **{problem.field: None})
            return Unfinished(rest, (wish.item_id,))
    return None


def noted(health: Health) -> Says:
    """That a remark was heard."""
    avoided = [words.AVOID_CAFFEINE] if health.no_caffeine else []
    if health.allergens:
        found = [words.ALLERGENS[one] for one in sorted(health.allergens)]
        listed = Says(", ".join(one.ko for one in found), ", ".join(one.en for one in found))
        avoided.append(words.AVOID.filled(allergens=listed))
    if health.less_sugar:
        avoided.append(words.AVOID_SUGAR)
    both = Says(", ".join(one.ko for one in avoided), ", ".join(one.en for one in avoided))
    return words.NOTED_HEALTH.filled(avoids=both)
