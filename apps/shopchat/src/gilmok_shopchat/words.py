"""What the shop says by itself, in Korean and English."""

from __future__ import annotations

from gilmok_shopchat.knowledge import Hit, Locale
from gilmok_shopchat.shop import Offer, Order, Status

_STATUS = {
    Status.PAID: ("결제가 끝나 보낼 준비를 하고 있습니다", "is paid and being packed"),
    Status.SHIPPED: ("배송 중입니다", "is on its way"),
    Status.DELIVERED: ("배송이 끝났습니다", "was delivered"),
    Status.REFUNDED: ("환불되었습니다", "was refunded"),
}
_PROBLEMS = {
    "no_such_order": (
        "그 번호의 주문을 찾지 못했습니다. '내 주문 목록'이라고 물어보시면 보여 드립니다.",
        "I cannot find an order with that number. Ask for 'my orders' to see them.",
    ),
    "not_delivered": (
        "아직 배송되지 않은 주문이라 환불 대신 취소하실 수 있습니다. 내 주문에서 취소해 주세요.",
        "It has not been delivered yet, so it can be cancelled instead: see My orders.",
    ),
    "too_late": (
        "받으신 지 7일이 지나 환불할 수 없습니다. 상품에 문제가 있다면 상담원이 도와드립니다.",
        "It was delivered more than 7 days ago and can no longer be refunded. If something is wrong "
        "with it, a person can help.",
    ),
    "made_to_order": (
        "주문 제작 상품은 불량인 경우에만 환불됩니다.",
        "Made-to-order goods are refunded only where they are defective.",
    ),
    "already_refunded": ("이미 환불된 주문입니다.", "This order has been refunded already."),
}
_APOLOGY = (
    "지금은 답을 드리기 어렵습니다. 잠시 뒤에 다시 물어봐 주시거나 내 주문의 1:1 문의에 남겨 주세요. 상담원이 답합니다.",
    "I cannot answer just now. Please try again in a moment, or leave a question under My orders; a "
    "person answers it.",
)


_BROKEN_OFF = (
    "\n(답이 도중에 끊겼습니다. 한 번 더 물어봐 주세요.)",
    "\n(The answer broke off. Please ask once more.)",
)
_HELLO = (
    "{customer} 고객으로 이야기합니다. 예: '내 주문 목록', 'G-1002 환불해 주세요'. 끝내기: Ctrl-D",
    "You are {customer}. Try 'my orders' or 'refund G-1002 please'. Ctrl-D ends it.",
)


def _in(locale: Locale, pair: tuple[str, str]) -> str:
    return pair[0] if locale == "ko" else pair[1]


def order_line(order: Order, locale: Locale) -> str:
    status = _in(locale, _STATUS[order.status])
    if locale == "ko":
        items = ", ".join(f"{item.name} {item.count}개" for item in order.items)
        tracking = f" 운송장 번호는 {order.tracking}입니다." if order.tracking else ""
        return f"{order.id} ({items}, {order.won:,}원)은 {status}.{tracking}"
    items = ", ".join(f"{item.count} {item.name_en}" for item in order.items)
    tracking = f" Its tracking number is {order.tracking}." if order.tracking else ""
    return f"{order.id} ({items}, {order.won:,} won) {status}.{tracking}"


def orders(found: list[Order], locale: Locale) -> str:
    if not found:
        return _in(locale, ("주문이 없습니다.", "You have no orders."))
    return "\n".join(order_line(order, locale) for order in found)


def offered(offer: Offer, locale: Locale) -> str:
    return _in(
        locale,
        (
            f"{offer.order_id} 주문은 {offer.won:,}원을 환불받으실 수 있습니다. 아래에서 확인해 주세요.",
            f"{offer.order_id} can be refunded with {offer.won:,} won. Please confirm below.",
        ),
    )


def refunded(order: Order, locale: Locale) -> str:
    return _in(
        locale,
        (f"{order.id} 주문을 환불했습니다.", f"{order.id} has been refunded."),
    )


def problem(code: str, locale: Locale) -> str:
    return _in(locale, _PROBLEMS.get(code, _APOLOGY))


def hello(customer: str, locale: Locale) -> str:
    return _in(locale, _HELLO).format(customer=customer)


def broken_off(locale: Locale) -> str:
    return _in(locale, _BROKEN_OFF)


def apology(locale: Locale) -> str:
    return _in(locale, _APOLOGY)


def instructions(hits: list[Hit], locale: Locale) -> str:
    """The model's brief: who it is, and what the shop's pages say. Texts of pages, not of people."""
    pages = "\n".join(f"[{hit.entry.id}] {hit.entry.answer(locale)}" for hit in hits)
    if locale == "ko":
        return (
            "당신은 온라인 가게의 상담원입니다. 아래 가게 안내와 도구의 결과만으로 짧고 정중하게 "
            "한국어로 답하세요. 모르는 것은 모른다고 하고 상담원을 권하세요. 환불은 제안만 할 수 "
            f"있고 고객이 직접 확인해야 합니다.\n\n가게 안내:\n{pages or '(없음)'}"
        )
    return (
        "You are a shop's customer service. Answer briefly and politely, from the shop's pages below "
        "and the results of tools only. Say so where you do not know, and suggest a person. You can "
        f"only offer a refund; the customer confirms it.\n\nThe shop's pages:\n{pages or '(none)'}"
    )
