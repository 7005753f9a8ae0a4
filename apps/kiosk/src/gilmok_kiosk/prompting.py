"""What a model is told: who it is, the rows of the menu that matter, the running order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openai.types.chat import ChatCompletionMessageParam

from gilmok_kiosk.conversation import Conversation, Message
from gilmok_kiosk.menu import Item, Menu
from gilmok_kiosk.order import describe
from gilmok_kiosk.texts import Locale
from gilmok_kiosk.understanding.meaning import Health

_ROLE = (
    "You are the friendly assistant of the coffee kiosk {shop}. Answer in {language}, in one or two "
    "short sentences of plain text. Talk about the coffee shop and its menu only. Never mention "
    "prices and never say that an order was changed or confirmed: the kiosk does that itself."
)
_TOOL = (
    "If the customer wants to change the order, call update_order and say nothing. "
    "If it is not clear what they want, ask them."
)
_LANGUAGES = {"ko": "Korean", "en": "English"}


def messages(
    conversation: Conversation,
    menu: Menu,
    locale: Locale,
    items: Iterable[str],
    *,
    tool: bool = False,
    task: str = "",
) -> list[ChatCompletionMessageParam]:
    """The system message, made anew, and the conversation's window. `items` are the rows shown."""
    parts = [_ROLE.format(shop=menu.shop.name.en, language=_LANGUAGES[locale])]
    if tool:
        parts.append(_TOOL)
    rows = [_row(menu.item(one), locale) for one in items]
    if rows:
        parts.append("Menu:\n" + "\n".join(rows))
    parts.append(_running_order(conversation, menu, locale))
    parts += _customer(conversation.name, conversation.health)
    if task:
        parts.append(task)
    return [
        {"role": "system", "content": "\n\n".join(parts)},
        *map(_message, conversation.messages),
    ]


def _message(said: Message) -> ChatCompletionMessageParam:
    if said["role"] == "user":
        return {"role": "user", "content": said["content"]}
    return {"role": "assistant", "content": said["content"]}


def _row(item: Item, locale: Locale) -> str:
    facts = [item.category, *sorted(item.tags)]
    if item.is_drink:
        facts.append(f"caffeine {item.caffeine_mg} mg")
    facts.append(f"sugar {item.sugar}")
    # 디카페인 in a prompt reads to the gateway like a customer's remark about health, and would keep
    # every question of everybody from a cloud model.
    name = item.name.en if item.category == "decaf" else item.name.of(locale)
    return f"- {item.id}: {name} ({', '.join(facts)})"


def _running_order(conversation: Conversation, menu: Menu, locale: Locale) -> str:
    lines = conversation.order.lines
    if not lines or conversation.order.status != "open":
        return "The order is empty."
    numbered = (
        f"{number}. {describe(line, menu, quantity=True).of(locale)}"
        for number, line in enumerate(lines, 1)
    )
    return "The running order:\n" + "\n".join(numbered)


def _customer(name: str | None, health: Health) -> Iterator[str]:
    if name is not None:
        yield f"My name is {name}, says the customer."
    if health.no_caffeine:
        yield "The customer is sensitive to caffeine."
    if health.allergens:
        yield f"The customer is allergic to {', '.join(sorted(health.allergens))}."
    if health.less_sugar:
        yield "The customer wants little sugar."
