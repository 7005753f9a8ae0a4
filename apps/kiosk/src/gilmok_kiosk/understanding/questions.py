"""Questions about the menu and the order. Tolerant: an answer changes nothing, so words that the
rules do not know do no harm here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gilmok_kiosk.menu import Category, Menu, Temperature
from gilmok_kiosk.order import Wish
from gilmok_kiosk.understanding.binding import bound
from gilmok_kiosk.understanding.marks import CHOICES, Kind, Mark
from gilmok_kiosk.understanding.meaning import (
    About,
    Cheapest,
    Doubt,
    Health,
    Meaning,
    Price,
    Recommend,
    ShowChoices,
    ShowMenu,
    ShowOrder,
    WhatFits,
    WhoAmI,
)
from gilmok_kiosk.understanding.remarks import allergens_in, caffeine_in, health_in
from gilmok_kiosk.understanding.wishes import groups

_RECOMMEND = re.compile(
    r"추천|권해|골라\s*(?:줘|주)|뭐가\s*(?:좋|맛있|인기)|(?:어떤|무슨)\s*(?:게|거|것|음료|메뉴|커피|조합|세트|디저트|빵)\S*\s*(?:좋|맛있|어울)"
    r"|뭐\s*(?:마실|먹을|마시|먹)|뭘\s*(?:마실|먹을|마시|먹)|잘\s*나가|어울리는"
    r"|recommend|suggest|what(?:'s| is) good|what should i|popular|best ?sell|goes (?:well )?with|what would you"
)
_PRICE = re.compile(
    r"얼마(?!나)|가격|값|몇\s*원|합계|총액|\btotal\b|how much|price|\bcosts?\b|the bill"
)
_TOTAL = re.compile(
    r"총|합계|전부|모두|다\s*(?:해서|합)|지금까지|주문|total|altogether|my order|the bill"
)
_CHEAP = re.compile(
    r"(?:제일|가장|젤)\s*(?:싼|싸|저렴)|저렴한|(?<!비)싼\s*(?:거|것|음료|커피|메뉴)|cheap|least expensive"
)
_ORDER = re.compile(
    r"주문\s*(?:한\s*거|한\s*것|내역|목록|확인|뭐|상태)|장바구니|지금까지\s*(?:뭐|주문)|뭐\s*(?:시켰|주문했|담았)"
    r"|(?:what(?:'s| is) (?:in )?|show (?:me )?|read back |review )(?:my|the) (?:order|cart)|what did i order|what have i ordered"
)
_MENU = re.compile(
    r"메뉴|(?:뭐|무엇|뭘|어떤|무슨|종류)\S*\s*(?:\S+\s*)?(?:있|파|팔|되)|종류"
    r"|\bmenu\b|what (?:\w+ )?(?:do|can) (?:you|i) (?:have|sell|serve|order|get|drink|eat)|what (?:kinds?|sorts?|types?) of|what (?:\w+ )?(?:is|are) there"
)
_CHOICES = re.compile(
    r"(?:사이즈|크기|시럽|우유|옵션|샷)\S*\s*(?:뭐|무엇|무슨|어떤|종류|몇|있|되|돼|가능|추가\s*(?:되|돼|가능))|(?:무슨|어떤)\s*(?:사이즈|시럽|우유|옵션)"
    r"|(?:what|which) (?:\w+ )?(?:sizes?|milks?|syrups?|options?)|do you have .*(?:milk|syrups?|sizes?)"
)
_CONTAINS = re.compile(
    r"들어|함유|포함|성분|있는|없는|없나|적은|낮은|안\s*든|얼마나|\bin (?:it|the)\b|contain|free|without|low|have|has|how much|any"
)
_ABOUT = re.compile(
    r"있(?:어|나|습|을|는지)|되나|돼\?|되요|가능|뭐(?:예|에|야|죠|지)|무엇|어떤|설명|어때|알려|궁금|정보|달(?:아|아요|까|콤)"
    r"|what(?:'s| is)|do you have|have you got|is there|tell me|describe|how is|sweet"
)
_WHO_AM_I = re.compile(
    r"(?:내|제|나의|저의)\s*이름\S*\s*(?:뭐|무엇|뭔|기억|알)|(?:내|제)가\s*누구|what(?:'s| is) my name|who am i|remember my name|know my name"
)
_EDIBLE = re.compile(
    r"빵|디저트|먹을\s*거|먹을\s*것|간식|베이커리|케이크|배고|pastry|dessert|snack|bakery|food|to eat|cake|hungry"
)
_CATEGORIES: tuple[tuple[re.Pattern[str], tuple[Category, ...]], ...] = (
    (_EDIBLE, ("bakery",)),
    (re.compile(r"디카페인|decaf"), ("decaf",)),
    (re.compile(r"커피|coffee"), ("coffee", "decaf")),
    (re.compile(r"(?<![가-힣])차(?:는|가|를|로|\s|$|종류|한)|허브|홍차|\bteas?\b"), ("tea",)),
    (re.compile(r"에이드|\bades?\b"), ("ade",)),
    (re.compile(r"스무디|smoothie"), ("smoothie",)),
)
_TAGS: dict[str, re.Pattern[str]] = {
    "focus": re.compile(r"집중|회의|공부|업무|졸|잠\s*깨|정신|focus|concentrat|meeting|study|awake|alert|work"),
    "long": re.compile(r"오래|지속|오후까지|에너지|energy|all day|lasting|until the (?:after|eve)"),
    "sweet": re.compile(r"(?<!덜 )(?:달콤|달달|단\s*(?:거|것|음료)(?!\S*\s*(?:싫|못|안|말)))|\bsweet\b"),
    "fresh": re.compile(r"상큼|시원|청량|새콤|더운|더워|fresh|refresh|thirst|hot (?:day|weather)"),
    "evening": re.compile(r"저녁|밤|자기\s*전|잠들|늦은|evening|night|before bed|late|sleep"),
    "calm": re.compile(r"편안|진정|릴랙스|스트레스|휴식|calm|relax|stress|soothing"),
    "filling": re.compile(r"든든|배고|배부|식사|아침|filling|hungry|breakfast|lunch"),
    "kids": re.compile(r"아이(?!스)|어린이|애기|아기|kid|child"),
    "strong": re.compile(r"진한|진하|쓴|강한|strong|bold"),
    "light": re.compile(r"가벼운|가볍|깔끔|산뜻|\blight\b|clean"),
    "smooth": re.compile(r"부드러|고소|크리미|smooth|creamy|mild"),
}  # fmt: skip
_TASTES = ("sweet", "fresh", "strong", "light", "smooth")
"""What a thing is like, and not when or for whom it is."""
_ANY = re.compile(
    r"(?:거|것|게|음료|메뉴|커피|디저트)\S*\s*(?:좀\s*)?있|\b(?:any|some)thing\b|\bwhat \w+ drinks\b"
)
_COLD = re.compile(r"아이스|시원|차가|찬\s|더운|더워|\biced?\b|\bcold\b|hot (?:day|weather)")
_HOT = re.compile(r"따뜻|뜨거|따듯|추운|추워|\bhot\b(?! (?:day|weather))|\bwarm")
_PAIR = re.compile(r"조합|세트|같이\s*먹|함께|combination|\bpair|combo|together")


def question(sentence: str, marks: Sequence[Mark], menu: Menu) -> Meaning | None:
    """What is asked, or None where nothing is."""
    if _WHO_AM_I.search(sentence):
        return WhoAmI()
    items = tuple(mark.one for mark in marks if mark.kind is Kind.ITEM and len(mark.value) == 1)
    if _RECOMMEND.search(sentence):
        return _recommendation(sentence)
    if _CHEAP.search(sentence):
        return Cheapest(_categories(sentence))
    if _PRICE.search(sentence):
        return _price(sentence, marks, menu, items)
    if _ORDER.search(sentence):
        return ShowOrder()
    if _CONTAINS.search(sentence) and (asked := _contains(sentence)) != Health():
        return WhatFits(asked, items)
    asks = bool(_ABOUT.search(sentence)) or sentence.endswith("?")
    if not items and asks and (described := _described(sentence)):
        return described
    chooses = any(mark.kind in CHOICES for mark in marks)
    if not items and asks and any(mark.kind is Kind.DECAF for mark in marks):
        return ShowMenu(("decaf",))
    if not items and (_CHOICES.search(sentence) or (chooses and asks)):
        return ShowChoices()
    if items and asks:
        return About(items)
    if _MENU.search(sentence):
        return ShowMenu(_categories(sentence))
    if sentence.endswith("?") and (categories := _categories(sentence)):
        return ShowMenu(categories)
    return None


def _described(sentence: str) -> Meaning | None:
    """단 거 있어요, what do you have that is sweet: what is so, and nothing else of the menu."""
    if not (_MENU.search(sentence) or _ANY.search(sentence)):
        return None
    if health_in(sentence).less_sugar:
        return WhatFits(Health(less_sugar=True))
    tastes = frozenset(tag for tag in _TASTES if _TAGS[tag].search(sentence))
    return ShowMenu(_categories(sentence), tastes) if tastes else None


def _price(
    sentence: str, marks: Sequence[Mark], menu: Menu, items: tuple[str, ...]
) -> Meaning | None:
    if not items:
        if _CHOICES.search(sentence) or any(m.kind in CHOICES for m in marks):
            return ShowChoices()
        categories = _categories(sentence)
        return ShowMenu(categories) if categories and not _TOTAL.search(sentence) else Price()
    known = [mark for mark in marks if mark.kind not in (Kind.UNKNOWN, Kind.END)]
    try:
        asked = groups(bound(known), menu)
    except Doubt:
        return Price(tuple(Wish(item) for item in items))
    wishes = (group for group in asked if len(group.items) == 1)
    return Price(tuple(_as_asked(group.wish, group.items[0]) for group in wishes))


def _as_asked(wish: Wish, item_id: str) -> Wish:
    return Wish(
        item_id, wish.quantity, wish.size, wish.temperature, wish.milk, wish.shots, wish.syrups
    )


def _contains(sentence: str) -> Health:
    return Health(
        no_caffeine=caffeine_in(sentence),
        allergens=allergens_in(sentence),
        less_sugar=bool(re.search(r"설탕|당분|당이|당도|sugar", sentence)),
    )


def _recommendation(sentence: str) -> Recommend:
    temperature: Temperature | None = None
    if bool(_COLD.search(sentence)) != bool(_HOT.search(sentence)):
        temperature = "ice" if _COLD.search(sentence) else "hot"
    return Recommend(
        frozenset(tag for tag, words in _TAGS.items() if words.search(sentence)),
        _categories(sentence),
        temperature,
        bool(_PAIR.search(sentence)),
    )


def _categories(sentence: str) -> tuple[Category, ...]:
    found = (categories for words, categories in _CATEGORIES if words.search(sentence))
    return next(found, ())
