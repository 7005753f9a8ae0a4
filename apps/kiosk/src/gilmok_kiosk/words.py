"""What the kiosk itself says, in both languages."""

from __future__ import annotations

from gilmok_kiosk.texts import Says

# --- problems with a wish -------------------------------------------------------------------------

NO_SUCH_ITEM = Says("그 메뉴는 저희에게 없습니다.", "We do not have that on the menu.")
NO_SUCH_CHOICE = Says("그런 선택은 없습니다.", "There is no such choice.")
NO_SUCH_LINE = Says("주문에 그런 것이 없습니다.", "There is no such thing in your order.")
NOT_OFFERED = Says(
    "{item}에는 ‘{chosen}’ 선택이 없습니다. 고를 수 있는 것: {offered}.",
    "We do not make the {item} with “{chosen}”. You can choose: {offered}.",
)
NO_CHOICE = Says(
    "{item}에는 ‘{chosen}’ 선택이 없습니다.", "We do not make the {item} with “{chosen}”."
)
NO_SHOTS = Says("{item}에는 샷을 추가할 수 없습니다.", "We cannot add shots to the {item}.")
TOO_MANY_SHOTS = Says(
    "{item}에는 샷을 {most}개까지 추가할 수 있습니다.",
    "You can add up to {most} shots to the {item}.",
)
BAD_QUANTITY = Says(
    "한 번에 1개부터 {most}개까지 주문할 수 있습니다.",
    "You can order from 1 to {most} of one thing.",
)
TOO_MANY_LINES = Says(
    "한 번에 {most}가지까지 주문할 수 있습니다.", "An order can have up to {most} lines."
)
UNCHANGED = Says("이미 {line}입니다.", "It already is: {line}.")
NOTHING_TO_CANCEL = Says("취소할 주문이 없습니다.", "There is no order to cancel.")
EMPTY_ORDER = Says(
    "아직 주문이 비어 있습니다. 무엇을 드릴까요?", "Your order is still empty. What would you like?"
)
ORDER_CLOSED = Says(
    "그 주문은 이미 끝났습니다. 새로 주문해 주세요.",
    "That order is closed. Please start a new one.",
)
EXTRA_SHOTS = Says("샷 {n}개 추가", "{n} extra shot{s}")

# --- questions back -------------------------------------------------------------------------------

WHAT_WOULD_YOU_LIKE = Says("무엇을 드릴까요?", "What would you like?")
CONFIRM_NOW = Says("이대로 주문을 확정할까요?", "Shall I confirm the order as it is?")
WHAT_ELSE = Says("더 필요하신 것이 있으신가요?", "Would you like anything else?")
WHAT_TO_CHANGE = Says(
    "무엇을 어떻게 바꿀까요? 예: “두 잔으로”, “아이스로 바꿔줘”",
    "What shall I change? For example: “make it two”, “make it iced”",
)
NOTHING_ORDERED = Says(
    "아직 주문하신 것이 없습니다. 무엇을 드릴까요?",
    "You have not ordered anything yet. What would you like?",
)
WHICH_DRINK = Says("어떤 메뉴로 드릴까요?", "For which drink?")
WHICH_ITEM = Says("어떤 것으로 드릴까요? {items}", "Which one would you like? {items}")
WHICH_LINE = Says("어느 것을 말씀하시나요?", "Which one do you mean?")
WHICH_SYRUP = Says("어떤 시럽을 말씀하시나요?", "Which syrup do you mean?")
SHOTS_OR_CUPS = Says(
    "샷을 몇 개, 음료를 몇 잔 드릴까요? 예: “샷 2개 추가해서 한 잔”",
    "How many shots, and how many cups? For example: “one with two extra shots”",
)
SPECIAL = Says(
    "얼음, 휘핑크림, 단맛은 여기서 고를 수 없습니다. 그 말씀은 빼고 주문해 주시고, 받으실 때 직원에게 말씀해 주세요.",
    "I cannot choose ice, cream or sweetness here. Please order without it, and tell the staff at the counter.",
)
NOT_IN_ORDER = Says("그것은 주문에 없습니다.", "That is not in your order.")
NO_DECAF = Says("{item}은(는) 디카페인이 없습니다.", "We have no decaf version of the {item}.")
ONE_OF_EACH = Says("{items} 하나씩, 모두 {n}개 맞으신가요?", "One of each ({items}), {n} in all?")
REPLACE_IT = Says("{old}을(를) {new}으로(로) 바꿀까요?", "Shall I change the {old} to a {new}?")
DECLINED = Says("알겠습니다. 그럼 어떻게 해 드릴까요?", "All right. What would you like instead?")
WHICH_SUGGESTION = Says(
    "어떤 것으로 드릴까요? 첫 번째, 두 번째처럼 말씀하셔도 됩니다.",
    "Which one? You can also say the first, the second.",
)

# --- what was done --------------------------------------------------------------------------------

ADDED = Says("{lines}을(를) 담았습니다.", "Added {lines}.")
CHANGED = Says("{line}으로(로) 바꿨습니다.", "Changed to {line}.")
REMOVED = Says("{lines}을(를) 뺐습니다.", "Removed {lines}.")
NOW = Says("이제 {line}입니다.", "That makes {line}.")
CANCELLED = Says("주문을 모두 취소했습니다.", "The order is cancelled.")
CONFIRMED = Says("주문이 확정되었습니다.", "Your order is confirmed.")
CONFIRMED_FOR = Says(
    "{name} 님, 주문이 확정되었습니다.", "Thank you, {name}. Your order is confirmed."
)
TOTAL = Says("합계는 {total}입니다.", "The total is {total}.")
SOON = Says("곧 준비해 드리겠습니다. 감사합니다!", "It will be ready soon. Thank you!")
EMPTY_NOW = Says("주문이 비었습니다.", "The order is empty now.")
WARM_BY_DEFAULT = Says(
    "아이스를 원하시면 “아이스로 바꿔줘”라고 말씀해 주세요.",
    "It comes hot; say “make it iced” if you prefer.",
)
HAS_ALLERGEN = Says(
    "주의: {item}에는 {allergens}이(가) 들어 있습니다.", "Careful: the {item} contains {allergens}."
)
HAS_CAFFEINE = Says(
    "{item}에는 카페인이 약 {mg}mg 들어 있습니다.", "The {item} has about {mg} mg of caffeine."
)
DECAF_INSTEAD = Says(
    "“디카페인으로 바꿔줘”라고 하시면 바꿔 드립니다.", "Say “make it decaf” to change it."
)
TO_GO = Says(
    "포장과 매장 이용은 받으실 때 말씀해 주세요.", "Tell us at the counter if it is to go."
)

# --- facts ----------------------------------------------------------------------------------------

PRICE_OF = Says("{item}은(는) {price}입니다.", "The {item} is {price}.")
PRICE_OF_MANY = Says("{line}은(는) {price}입니다.", "{line}: {price}.")
AND_LARGE = Says("{size}는 {more} 추가됩니다.", "{size} is {more} more.")
ICED_MORE = Says("아이스는 {more} 추가됩니다.", "Iced is {more} more.")
ORDER_NOW = Says("지금까지의 주문: {lines}.", "Your order so far: {lines}.")
CHOICES = Says(
    "사이즈: {sizes}. 우유: {milks}. 시럽: {syrups}. 샷 추가: 하나에 {shot}.",
    "Sizes: {sizes}. Milks: {milks}. Syrups: {syrups}. Extra shots: {shot} each.",
)
NO_ALLERGENS = Says("알레르기 유발 재료는 없습니다.", "It has none of the listed allergens.")
CONTAINS = Says("들어 있는 것: {allergens}.", "It contains: {allergens}.")
CAFFEINE_OF = Says("카페인은 약 {mg}mg입니다.", "It has about {mg} mg of caffeine.")
NO_CAFFEINE = Says("카페인은 없습니다.", "It has no caffeine.")
CAN_CHOOSE = Says("고를 수 있는 것: {choices}.", "You can choose: {choices}.")
MILK_INSTEAD = Says("{milks}으로(로) 바꾸면 괜찮습니다.", "With {milks} instead it would be fine.")
FITS = Says(
    "{item}은(는) 괜찮습니다. {allergens}이(가) 들어 있지 않습니다.",
    "The {item} is fine: it contains no {allergens}.",
)
FITTING = Says("이런 것이 있습니다: {items}.", "We have: {items}.")
CHEAPEST = Says("가장 저렴한 메뉴: {items}.", "The cheapest: {items}.")
NOTHING_FITS = Says(
    "죄송합니다, 맞는 메뉴를 찾지 못했습니다.", "Sorry, nothing on the menu fits that."
)
SUGGEST = Says("이런 메뉴는 어떠세요? {items}.", "How about one of these? {items}.")
SUGGEST_ONE = Says("{items}은(는) 어떠세요?", "How about the {items}?")
SUGGEST_PAIR = Says("이런 조합은 어떠세요? {items}.", "How about these together? {items}.")
WITHOUT_CAFFEINE = Says("카페인이 없거나 아주 적습니다.", "They have little or no caffeine.")
WITHOUT_SUGAR = Says("당이 적은 메뉴입니다.", "They are low in sugar.")
WITHOUT_ALLERGENS = Says("{allergens}이(가) 들어 있지 않습니다.", "They contain no {allergens}.")
SUGAR = {
    "none": Says("설탕은 들어 있지 않습니다.", "It has no sugar."),
    "low": Says("당은 적습니다.", "It is low in sugar."),
    "medium": Says("당은 중간입니다.", "It has some sugar."),
    "high": Says("당이 많습니다.", "It is high in sugar."),
}
ALLERGENS = {
    "milk": Says("우유", "milk"),
    "soy": Says("대두", "soy"),
    "nuts": Says("견과류", "nuts"),
    "wheat": Says("밀", "wheat"),
    "egg": Says("달걀", "egg"),
}
CATEGORIES = {
    "coffee": Says("커피", "Coffee"),
    "decaf": Says("디카페인", "Decaf"),
    "latte": Says("논커피 라떼", "Lattes without coffee"),
    "tea": Says("차", "Tea"),
    "ade": Says("에이드", "Ades"),
    "smoothie": Says("스무디", "Smoothies"),
    "bakery": Says("베이커리", "Bakery"),
}

# --- remarks and small talk -----------------------------------------------------------------------

YOU_ARE = Says("{name} 님이십니다.", "You are {name}.")
NO_NAME = Says("아직 이름을 듣지 못했습니다.", "You have not told me your name yet.")
NOTED_NAME = Says("{name} 님, 반갑습니다.", "Nice to meet you, {name}.")
NOTED_HEALTH = Says("네, 기억하겠습니다: {avoids}.", "Noted: {avoids}.")
AVOID_CAFFEINE = Says("카페인을 피하기", "no caffeine")
AVOID_SUGAR = Says("당을 적게", "less sugar")
AVOID = Says("{allergens} 빼기", "no {allergens}")
OFFER_TO_RECOMMEND = Says("맞는 메뉴를 추천해 드릴까요?", "Shall I recommend something that fits?")
HELLO = Says("안녕하세요! 무엇을 드릴까요?", "Hello! What can I get you?")
THANKS = Says("감사합니다. 맛있게 드세요!", "You are welcome. Enjoy!")
BYE = Says("안녕히 가세요!", "Goodbye!")
ALL_RIGHT = Says("네, 알겠습니다.", "All right.")
SMALL_TALK = {"hello": HELLO, "thanks": THANKS, "bye": BYE, "no": ALL_RIGHT}
NOT_UNDERSTOOD = Says(
    "잘 이해하지 못했습니다. “라떼 두 잔 아이스로”처럼 말씀해 주시겠어요?",
    "I did not quite get that. Could you say it like “two iced lattes”?",
)
DO_NOT_KNOW = Says(
    "그것은 제가 알지 못합니다. 직원에게 물어봐 주세요. 메뉴와 주문은 제가 도와드리겠습니다.",
    "I do not know that; please ask the staff. I can help with the menu and your order.",
)
MODEL_MISUNDERSTOOD = Says(
    "제가 확실히 이해하지 못했습니다. {reason} 무엇을 몇 잔 드릴지 다시 말씀해 주시겠어요?",
    "I am not sure I got that. {reason} Could you tell me again what you would like, and how many?",
)

# --- trouble --------------------------------------------------------------------------------------

UNREACHABLE = Says(
    "언어 모델에 연결할 수 없습니다({url}). 주문은 계속 받을 수 있습니다. 게이트웨이를 켜려면: make run",
    "The language model cannot be reached ({url}). Ordering still works. To start the gateway: make run",
)
TOO_SLOW = Says(
    "언어 모델이 제때 답하지 못했습니다. 주문은 계속 받을 수 있습니다.",
    "The language model took too long. Ordering still works.",
)
NO_ANSWER = Says(
    "언어 모델이 답하지 못했습니다. 주문은 계속 받을 수 있습니다. {reason}",
    "The language model gave no answer. Ordering still works. {reason}",
)
CANCEL_NOW = Says("주문을 모두 취소할까요?", "Shall I cancel the whole order?")

# --- the terminal ---------------------------------------------------------------------------------

WELCOME = Says(
    "{shop}에 오신 것을 환영합니다. 편하게 말씀해 주세요. 예: “라떼 두 잔 아이스로”, “메뉴 보여줘”. 끝내려면 종료.",
    "Welcome to {shop}. Just say what you would like: “two iced lattes”, “what do you have?”. quit to leave.",
)
YOU = Says("손님 › ", "You › ")
YOUR_ORDER = Says("주문", "Your order")
RECEIPT = Says("영수증", "Receipt")
RECEIPT_TOTAL = Says("합계", "Total")
STOPPED = Says("(멈췄습니다)", "(stopped)")
AGAIN_TO_LEAVE = Says("끝내려면 Ctrl-C를 한 번 더 누르세요.", "Press Ctrl-C again to leave.")
BY_RULES = Says("규칙으로 이해함 · 모델 호출 없음", "understood by rules · no model was asked")
CHANGED_BY_MODEL = Says("모델이 이해하고 코드가 확인함", "understood by the model, checked by code")
CHANGED_BY_RULES = Says("규칙으로 이해함", "understood by rules")
SERVED = Says(
    "{zone} · {endpoint} · {seconds}초 · {cost} · 민감도 {sensitivity}",
    "{zone} · {endpoint} · {seconds} s · {cost} · sensitivity {sensitivity}",
)
UNKNOWN_COST = Says("비용 모름", "cost unknown")
ZONES = {
    "local": Says("이 컴퓨터", "this machine"),
    "private": Says("사내망", "private network"),
    "cloud": Says("클라우드", "cloud"),
}
TOTALS = Says(
    "대화 {turns}번 · 모델 호출 {calls}번({zones}) · 토큰 {tokens} · {cost}",
    "{turns} turns · {calls} model calls ({zones}) · {tokens} tokens · {cost}",
)
NONE = Says("없음", "none")
