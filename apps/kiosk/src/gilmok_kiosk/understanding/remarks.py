"""What customers say of themselves: a name, and what they must or want to avoid."""

from __future__ import annotations

import re

from gilmok_kiosk.menu import Allergen
from gilmok_kiosk.understanding.meaning import Health

_KOREAN_NAME = re.compile(
    r"(?:(?:제|내|나의|저의)\s*이름(?:은|이)?|^이름은)\s*(?P<name>(?!뭐|뭔|무엇|어떻|몰라|알|비밀|없)[가-힣]{2,10}?|[a-z]+(?: [a-z]+)?)"
    r"(?:이라고\s*(?:해요?|합니다|불러\s*주세요)|라고\s*(?:해요?|합니다|불러\s*주세요)|이라고|라고"
    r"|입니다|이에요|예요|이예요|에요|이야|야|이고요?|고요?|인데요?|이며|요|임)?(?=[\s.,!~]|$)"
)
_CALL_ME_KO = re.compile(
    r"(?:저를|나를|날|절)?\s*(?P<name>[가-힣]{2,5}?)(?:이라고|라고)\s*불러\s*(?:주세요|줘)"
)
_ENGLISH_NAME = re.compile(
    r"\b(?:my name is|my name's|my names|call me|i am called|name is)\s+"
    r"(?P<name>(?!(?:not|a|an|the|when|if|later|back|crazy)\b)[a-z][a-z'-]+(?: (?!and\b|i\b|please\b|i'd\b|can\b|but\b)[a-z][a-z'-]+)?)"
)

_CAFFEINE = re.compile(r"카페인|caffein")
_AVOIDS = re.compile(
    r"민감|예민|약해|약한|못\s*(?:마|먹)|안\s*(?:돼|되|맞)|피하|피해|줄이|끊|금지|잠이?\s*안|알레르기|알러지"
    r"|sensitiv|avoid|can'?t (?:have|drink|eat|take)|cannot|no longer|intoleran|allerg|cut(?:ting)? down"
)
_EXPECTING = re.compile(r"임신|임산부|수유|pregnan|breastfeed")
_LESS_SUGAR = re.compile(
    r"(?:설탕|당|시럽|단\s*(?:거|것|맛|음료|건)|달(?:지|게))\S*\s*(?:\S+\s*)?(?:적게|적은|줄|안\s*(?:좋|먹|마|넣)|싫|못|덜|빼|않|피)"
    r"|덜\s*(?:단|달)|당뇨|\bless sugar|\blow[- ]sugar|\bno sugar|\bnot (?:too |so |very )?sweet|\bless sweet|diabet|sugar[- ]free|without sugar"
)
_SPECIAL = re.compile(
    r"얼음|휘핑|크림\s*(?:빼|없)|덜\s*달게|(?:진하|연하)게|미지근|물\s*(?:많이|적게)|whipped|whip\b|\bice\b.*\b(?:less|no|extra|light)"
    r"|\b(?:less|no|extra|light|easy on the) (?:ice|foam|sugar|sweet)|half sweet|extra hot|not too (?:hot|sweet)"
)
_ALLERGY = re.compile(r"알레르기|알러지|allerg|불내증|intoleran")
_ALLERGENS: dict[Allergen, re.Pattern[str]] = {
    "milk": re.compile(r"우유|유당|유제품|락토|(?<!oat )(?<!soy )(?<!almond )\bmilk|lactose|dairy"),
    "soy": re.compile(r"두유|대두|(?<!땅)콩(?!나)|\bsoy"),
    "nuts": re.compile(r"견과|땅콩|호두|아몬드|헤이즐넛|\bnuts?\b|peanut|walnut|almond|hazelnut"),
    "wheat": re.compile(r"밀가루|글루텐|\b밀\b|gluten|wheat|celiac"),
    "egg": re.compile(r"계란|달걀|난류|\beggs?\b"),
}


def name_in(sentence: str, original: str) -> str | None:
    """The name that a sentence tells, as it was written in `original`; else None."""
    for pattern in (_KOREAN_NAME, _CALL_ME_KO, _ENGLISH_NAME):
        if found := pattern.search(sentence):
            said = re.search(re.escape(found["name"]), original, re.IGNORECASE)
            return said[0] if said else found["name"].title()
    return None


def health_in(sentence: str) -> Health:
    """What a sentence says its speaker avoids. `카페인 없는 음료` is a question, no remark."""
    avoids = bool(_AVOIDS.search(sentence))
    return Health(
        no_caffeine=bool(_EXPECTING.search(sentence))
        or (avoids and bool(_CAFFEINE.search(sentence))),
        allergens=allergens_in(sentence) if avoids or _ALLERGY.search(sentence) else frozenset(),
        less_sugar=bool(_LESS_SUGAR.search(sentence)),
    )


def is_special(sentence: str) -> bool:
    """Whether it asks for something that only the staff can do: ice, cream, strength."""
    return bool(_SPECIAL.search(sentence))


def allergens_in(sentence: str) -> frozenset[Allergen]:
    return frozenset(name for name, words in _ALLERGENS.items() if words.search(sentence))


def caffeine_in(sentence: str) -> bool:
    return bool(_CAFFEINE.search(sentence))
