"""English words for what reviews of restaurants talk about, and how they judge it."""

from __future__ import annotations

from gilmok_reviews.domain import Aspect
from gilmok_reviews.sentiment.words import Words

WORDS = Words(
    mentions={
        Aspect.PRICE: r"\b(?:prices?|pric(?:ed|ing)|cost(?:s|ing)?|bill|money|value|charge[ds]?|pay(?:ing)?|paid|\$\d+)\b",
        Aspect.TASTE: r"\b(?:tastes?|tasted|tasting|flavou?rs?|flavou?red|food|dish(?:es)?|meals?|broth|soup|meat|noodles?|sauce|seasoning|chicken|"
        r"pizza|burgers?|fries|coffee|bread|rice|steak|sushi|salad|desserts?|pasta|crust|beef|pork|fish|cook(?:ed|ing)?)\b",
        Aspect.DELIVERY: r"\b(?:deliver(?:y|ed|ies|ing|s)?|driver|courier|rider|arriv(?:ed?|es|ing|al)|packag(?:ing|ed))\b",
        Aspect.SERVICE: r"\b(?:service|staff|servers?|wait(?:er|ress|staff|ers)|owner|manager|host(?:ess)?|cashier|employees?|bartender|chef|hospitality|attitude)\b",
        Aspect.QUANTITY: r"\b(?:portions?|servings?|quantit(?:y|ies)|helpings?|amounts?|(?:serving|portion) sizes?|sizes?)\b",
    },
    tellings={
        (
            Aspect.PRICE,
            1,
        ): r"\b(?:cheap(?:er|est)?|affordable|inexpensive|reasonably priced|bargain|great deal|good deal|worth (?:it|every|the (?:price|money)))\b",
        (
            Aspect.PRICE,
            -1,
        ): r"\b(?:expensive|overpriced|pricey|pricy|rip[- ]?off|costly|waste of money|steep|too much money)\b",
        (
            Aspect.TASTE,
            1,
        ): r"\b(?:delicious(?:ly)?|tasty|yum(?:my)?|flavou?rful|mouth-?watering|scrumptious|crispy|juicy|tender|savou?ry|fresh|delectable|well[- ]seasoned|finger[- ]licking)\b",
        (
            Aspect.TASTE,
            -1,
        ): r"\b(?:tasteless|bland|flavou?rless|soggy|greasy|undercooked|overcooked|stale|salty|burnt|burned|rubbery|chewy|inedible|mushy|watery|disgusting|raw|rancid|too sweet|too spicy|dry)\b",
        (
            Aspect.DELIVERY,
            1,
        ): r"\b(?:(?:arrived|came|delivered|got here|here) (?:\w+ )?(?:early|hot|warm|fast|quickly|on time|in no time|ahead of time))\b",
        (
            Aspect.DELIVERY,
            -1,
        ): r"\b(?:(?:arrived|came|delivered|got here|showed up) (?:\w+ ){0,2}(?:late|cold|wrong|spilled|lukewarm|damaged)|took (?:over |more than |almost |nearly )?(?:an hour|two hours|\d+ hours?|forever))\b",
        (
            Aspect.SERVICE,
            1,
        ): r"\b(?:friendly|friendliest|polite(?:ly)?|courteous|welcoming|attentive|helpful|hospitable|accommodating)\b",
        (
            Aspect.SERVICE,
            -1,
        ): r"\b(?:rude(?:ly)?|unfriendly|impolite|unhelpful|inattentive|ignored (?:us|me)|dismissive|unprofessional|yelled|rolled (?:his|her|their) eyes)\b",
        (
            Aspect.QUANTITY,
            1,
        ): r"\b(?:generous(?:ly)?|huge (?:portions?|plate)|filling|plenty|hearty|stuffed|more than enough|leftovers|piled high|all you can eat)\b",
        (
            Aspect.QUANTITY,
            -1,
        ): r"\b(?:tiny|skimpy|stingy|still hungry|left hungry|not enough|barely (?:any|enough)|went home hungry|minuscule|measly)\b",
    },
    judging={
        (
            Aspect.PRICE,
            1,
        ): r"\b(?:low|fair|reasonable|cheap|affordable|good|great|excellent|right|decent|unbeatable|worth)\b",
        (
            Aspect.PRICE,
            -1,
        ): r"\b(?:high|higher|too much|steep|crazy|ridiculous|outrageous|insane|went up|gone up|rais(?:ed|ing)|extra|expensive|hidden|double|wast(?:e|ed))\b",
        (Aspect.PRICE, 0): r"\b(?:average|standard|normal|okay|ok)\b",
        (
            Aspect.TASTE,
            1,
        ): r"\b(?:good|great|amazing|excellent|wonderful|awesome|incredible|superb|fantastic|rich|deep|perfect(?:ly)?|best|love[ds]?|outstanding|unreal|addictive|nice|authentic|lovely|enjoy(?:ed|able)|divine|spot on)\b",
        (
            Aspect.TASTE,
            -1,
        ): r"\b(?:bad|terrible|awful|horrible|gross|worst|weird|cold|disappoint(?:ing|ed|ment)|off|mediocre|poor|lack(?:s|ed|ing)?|nothing special|inconsistent|went downhill|bitter|sour|lukewarm|hard|frozen)\b",
        (
            Aspect.TASTE,
            0,
        ): r"\b(?:okay|ok|average|so-?so|decent|fine|edible|passable|nothing special)\b",
        (
            Aspect.DELIVERY,
            1,
        ): r"\b(?:fast|quick(?:ly)?|on time|early|prompt(?:ly)?|speedy|hot|warm|careful(?:ly)?|secure(?:ly)?|great|good|perfect|excellent|polite|friendly|neat(?:ly)?|smooth)\b",
        (
            Aspect.DELIVERY,
            -1,
        ): r"\b(?:late|slow(?:ly)?|forever|cold|spill(?:ed|ing)?|leak(?:ed|ing|y)?|wrong|missing|hours?|delay(?:ed|s)?|never|lost|terrible|awful|bad|crushed|damaged|rude|lukewarm|wait(?:ed|ing)?|long)\b",
        (Aspect.DELIVERY, 0): r"\b(?:okay|ok|average|as expected|normal)\b",
        (
            Aspect.SERVICE,
            1,
        ): r"\b(?:good|great|excellent|amazing|kind|nice|quick|fast|prompt|wonderful|warm|outstanding|perfect|impeccable|superb|best|awesome|lovely|fantastic|sweet|smil(?:e|ed|ing)|professional|knowledgeable|love[ds]?|made us feel)\b",
        (
            Aspect.SERVICE,
            -1,
        ): r"\b(?:slow|bad|terrible|poor|awful|horrible|worst|ignor(?:e|ed|ing)|cold|lack(?:s|ed|ing)?|disappoint(?:ing|ed)|wait(?:ed|ing)?|forever|forgot|forgotten|nonexistent|clueless|chaotic|careless|mean|attitude problem|annoyed|never)\b",
        (Aspect.SERVICE, 0): r"\b(?:okay|ok|average|standard|fine|so-?so)\b",
        (
            Aspect.QUANTITY,
            1,
        ): r"\b(?:big|bigger|large|huge|generous|good|great|enough|hearty|massive|decent|perfect|abundant|ample|enormous|plentiful)\b",
        (
            Aspect.QUANTITY,
            -1,
        ): r"\b(?:small|smaller|tiny|little|few|shrunk|shrink(?:ing|s)?|stingy|half|lacking|disappointing|ridiculous|sad|insufficient|meager|meagre|child(?:'s)?)\b",
        (Aspect.QUANTITY, 0): r"\b(?:average|okay|ok|normal|standard|fine|just right)\b",
        (
            None,
            1,
        ): r"\b(?:good|great|excellent|amazing|love[ds]?|perfect|best|wonderful|awesome|fantastic|recommend(?:ed)?|happy|superb|nice|satisfied|impressed|outstanding|favou?rite|happily|no complaints|can(?:no|')?t recommend [\w ]{0,30}enough|exceeded|heavenly|beautifully)\b",
        (
            None,
            -1,
        ): r"\b(?:bad|terrible|awful|horrible|worst|disappoint(?:ing|ed|ment)|hate[ds]?|avoid|poor|never again|waste|regret|unacceptable|mediocre|ruined|sucks?|sucked|nasty|joke|unfortunately|don'?t (?:waste|bother)|save your money|could (?:have been|be) (?:more|better)|fell short|sick)\b",
        (
            None,
            0,
        ): r"\b(?:okay|ok|average|so-?so|fine|mediocre|nothing special|decent|nothing to write home about)\b",
    },
    aside={
        Aspect.PRICE: r"\bfor (?:the|this|that) (?:price|money)\b|\bconsidering the (?:price|cost)\b",
        Aspect.DELIVERY: r"\b(?:ordered|got|order|for) delivery\b|\bdelivery (?:app|order)\b",
    },
    before=r"(?:\b(?:not|never|no|isn'?t|wasn'?t|aren'?t|weren'?t|don'?t|didn'?t|doesn'?t|hardly|barely|nothing|neither|nor|can'?t|couldn'?t|wouldn'?t|won'?t|without|far from|lacks? (?:any )?)"
    r"(?:\s+(?:too|very|so|really|that|all|a|an|the|at|be|been|being|find|think|even|exactly|particularly|as|any|quite|much|taste|look|seem|feel|call (?:it|this|that)|worth|we|I|ordered|had|ate|tried|was|is|were|\w+ly))*)\s*$",
    after=r"^\s*(?:is|was|are|were)?\s*(?:not|isn'?t|wasn'?t) (?:what|something)\b|^\s+(?:it )?(?:is|was|are|were) not$",
    wish=r"^\s+(?:would be|would have been|if)\b",
)
