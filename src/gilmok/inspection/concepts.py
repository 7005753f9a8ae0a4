"""Words that tell what a question demands, by concept, in English and Korean. Data only.

A Latin word is found where it begins a word; a blank at its end makes it the whole word, a hyphen in
front finds it inside words as well (`-tion `). Hangul is found anywhere: particles follow the words.
"""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    "quantity": """one |two |three |four |five |six |seven |eight |nine |ten |eleven |twelve |dozen|twenty |thirty |forty
        |fifty |hundred|thousand|million|하나|두 |세 |네 |다섯|여섯|일곱|여덟|아홉|열 개|백 |천 |만 원""",
    "relation": """twice|half |double|triple|times as|times more|times the|third |quarter |fourth |each |every |per |apiece
        |ratio|percent|fraction|average|배의|두 배|절반|각각|마다|평균|비율|퍼센트|분의 """,
    "comparison": "more |less |fewer|older|younger|longer|shorter|greater|than |as many|as much|보다|더 많|더 적|더 큰|더 작",
    "remainder": "left |remain|rest |difference|gave |gives |lost |spent |used |took |still |남은|나머지|차이|뺀",
    "total": "total|altogether|combined|sum |in all |together|모두 몇|합계|총 |합은",
    "time": "hour|minute|day |days |week|month|year|시간|분 동안|며칠|일주일|개월|년 ",
    "money": "$|€|£|dollar|cents|cost|price|paid |pay |sell|sold |buy |bought |earn|원에|원을|가격|비용|지불|할인",
    "scenario": """he |she |his |her |him |they |their |who |man |woman |boy |girl |patient|plaintiff|defendant|employee
        |customer|owner |student|teacher|mother|father|friend|brother|sister|company|client|buyer|seller|police
        |wife |husband|i |my |그는|그녀|그의|씨는|씨가|씨의|환자|학생|회사|피고|원고|친구|어머니|아버지|직원|손님|갑은|을은""",
    "negation": """not |except|least |false |incorrect|never |cannot|neither|옳지 않|않은|아닌|틀린|없는|거리가 먼|잘못|적절하지""",
    "statements": """statement|true |correct|following|which of|claims|옳은|맞는|알맞은|적절한|보기|설명으로|고르|다음 중|일치""",
    "judgement": "best |most likely|likely |primary|main |most |should |appropriate|가장|적절|바람직|알맞",
    "reason": "why |explain|reason|because|how does|how do|therefore|cause|왜|이유|원인|때문|까닭|설명하",
    "who_when": "who |when |where |which year|what year|누구|언제|어디|몇 년|무엇인가",
    "condition": "if |suppose|assum|given |when |unless|provided|only if|만약|경우|라면|다면|때는|전제",
    "sequence": "first |then |after |before |next |finally|later |until |먼저|그다음|이후|이전|다음으로|순서",
    "connective": "and |but |or |while |although|however|whereas|하고|지만|거나|며 |면서|으나|그러나|또한|뿐만",
    "abstract": "-tion |-tions |-ism |-ity |-ness |-ment |-ance |-ence |-ology|-적인|-적으로|-성을|-성이|-주의|-론을",
    "rare": "-ous |-ive |-ical |-ular |-esque|-icism|-ization|-ological",
    "code": "```|def |class |function|import |return |const |select |code|python|java|sql |bug|compile|코드|함수|파이썬|쿼리|버그",
    "creative": "write |compose|draft |create |story|poem|essay|design |작성해|써줘|써 줘|지어|만들어|기획",
    "whole": "all of|none of|both |neither|either|모두|전혀|둘 다",
}

SUBJECTS: dict[str, str] = {
    "law": """law |laws |legal|court|contract|statute|jury |liab|negligen|constitution|amendment|treaty|tort|felony|jurisdiction
        |법률|헌법|법원|재판|판결|형법|민법|조항|국회|의결|소송|조약|판례""",
    "history": """century|empire|king |dynasty|war |revolution|ancient|colonial|medieval|archaeolog|조선|고려|신라|백제|고구려
        |시대|세기|왕조|일제|임진왜란|독립운동|왕은|즉위""",
    "medicine": "disease|symptom|infection|virus|clinical|blood|treatment|diagnos|syndrome|질병|증상|감염|치료|진단|의학",
    "mathematics": """equation|integer|polynomial|probability|triangle|matrix|graph|solve |prime |subgroup|ring |field |vector
        |derivative|방정식|확률|정수|삼각형|행렬|수열|미분|적분""",
    "physics": "velocity|mass |force |energy|electron|current|voltage|magnet|temperature|pressure|gravity|속력|질량|전류|전압|온도|압력",
    "chemistry": "reaction|acid|molecul|compound|oxid|ion |mole |분자|화학|산화|이온|원소",
    "biology": "cell |cells |protein|gene |dna |species|enzyme|organism|evolution|세포|유전자|단백질|생물|효소",
    "economics": """demand|supply|market|inflation|gdp |monetary|tax |profit|revenue|interest|income|stock|bond |경제|시장|물가
        |수요|공급|소득|세금|금융""",
    "accounting": "audit|financial statement|depreciation|asset|inventory|ledger|accrual|회계|감사|자산|부채|재고",
    "psychology": "therap|cogniti|behavior|personality|child|emotion|memory|심리|행동|감정|성격",
    "philosophy": "moral|ethic|argument|philosoph|utilitarian|kant|virtue|도덕|윤리|철학|사상",
    "religion": "god |church|buddh|islam|christian|hindu|jewish|불교|유교|기독교|종교|신앙",
    "grammar": "grammar|verb |noun |syntax|pronounc|spelling|문법|음운|발음|단어|맞춤법|품사|문장|어법|표기|형태소|조사|어미|띄어쓰기",
    "literature": "poem|novel|author|poet |narrator|passage|시인|소설|작가|작품|화자|글쓴이|윗글|시조",
    "geography": "river|mountain|climate|population|region|countr|지역|기후|산맥|도시|인구|위치",
    "politics": "government|president|policy|policies|election|congress|state |security|정부|대통령|선거|정책|정치|국가|의회|정당",
    "computing": "algorithm|program|computer|data |network|memory |알고리즘|컴퓨터|프로그램|데이터",
    "culture": "festival|food|tradition|custom|holiday|명절|전통|음식|문화|풍속|놀이|축제|혼례|설날|추석",
}
