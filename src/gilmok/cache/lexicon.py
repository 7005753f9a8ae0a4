"""Words that decide whether two questions can have one answer, in Korean and English.

Closed classes only: what negates, when, who to whom, which of several that exclude one another.
Open classes (things, names, places of this world) cannot be listed; for them the verifier measures
what is left over once the words of two questions are aligned.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICLES: dict[str, str] = {
    "에서부터": "from", "으로부터": "from", "로부터": "from", "에게서": "from", "한테서": "from",
    "부터": "from", "에서": "from", "발": "from",
    "까지": "to", "에게": "to", "한테": "to", "께": "to", "으로": "to", "로": "to", "행": "to",
    "께서": "who", "이": "who", "가": "who", "은": "", "는": "",
    "을": "whom", "를": "whom",
    "보다": "than",
    "에는": "", "에도": "", "에만": "", "에": "", "의": "", "도": "", "만": "",
    "이랑": "", "랑": "", "하고": "", "과": "", "와": "", "이나": "", "나": "", "처럼": "",
    "마다": "", "이야": "", "야": "", "이에요": "", "예요": "", "인가요": "", "인가": "", "이요": "", "요": "",
}  # fmt: skip
"""A Korean noun's ending and the role it gives the noun; empty where none."""

SPEAKERS = {"내": "나", "제": "나", "저": "나", "저희": "나", "우리": "나", "네": "너", "니": "너"}

PREPOSITIONS: dict[str, str] = {
    "from": "from", "off": "from",
    "to": "to", "into": "to", "onto": "to", "towards": "to", "toward": "to", "for": "for",
    "than": "than", "by": "by", "against": "against",
}  # fmt: skip
"""An English word and the role it gives the next noun."""

NEGATING_WORDS = _words(
    "안 못 not no never without cannot nor neither none nobody nothing except excluding unless"
    " don't doesn't didn't isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't"
    " haven't hasn't hadn't mustn't dont doesnt didnt isnt arent cant couldnt wont wouldnt shouldnt"
    " havent hasnt avoid disagree disagrees disagreed"
)
NEGATING_PARTS = (
    "지 ?마", "지 ?말", "지 ?않", "지 ?못", "않", "없(?!어지|어져|어졌|애)", "아니(?!면)", "말고", "금지",
    "불가", "못하", "못해", "안되", "안돼", "안해", "안하", "빼고", "빼줘", "빼 ", "빼서", "제외", "싫",
    "미포함", "무급", "비회원", "거부", "반대",
)  # fmt: skip

PAST = ("았", "었", "했", "였", "갔", "왔", "됐", "겼", "났", "렸", "냈", "봤", "졌", "쳤", "썼", "던", "샀", "탔", "꼈", "섰")  # fmt: skip
FUTURE = ("겠", "예정", "할게", "할거", "할 거", "을거", "을 거", "올까", "갈까")  # fmt: skip
PAST_WORDS = _words(
    "was were did had been used happened won went came said made took bought sent paid got"
    " gave wrote built began became left lost met ran saw sold spent told thought"
)
FUTURE_WORDS = _words("will shall gonna upcoming i'll we'll you'll it'll")

KOREAN_QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("howmuch", ("얼마나", "얼마", "가격", "비용", "요금", "값")),
    ("when", ("언제", "몇시", "몇 시", "며칠", "몇일", "날짜", "시각", "무슨 요일", "몇 월")),
    ("where", ("어디", "위치", "장소", "어느 곳", "어느곳")),
    ("who", ("누구", "누가", "누굴")),
    ("why", ("왜", "이유", "어째서", "원인")),
    ("how", ("어떻게", "방법", "절차", "하는 법", "는법", "는 법", "려면", "하려면")),
    ("count", ("몇 개", "몇개", "몇 명", "몇명", "몇 번", "몇번", "개수", "횟수")),
    ("which", ("어느", "어떤", "무슨", "둘 중", "중에", "중 ")),
    ("what", ("뭐", "무엇", "뭔", "뭘", "뭡")),
)
ENGLISH_QUESTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("howmuch", ("how much", "price", "cost", "fee")),
    ("count", ("how many", "number of")),
    ("duration", ("how long", "how often")),
    ("when", ("when", "what time", "which day", "what date", "what year", "which year")),
    ("where", ("where",)),
    ("who", ("who", "whom", "whose")),
    ("why", ("why", "what causes", "what makes", "reason")),
    ("how", ("how", "way to", "steps to", "steps for")),
    ("which", ("which",)),
    ("what", ("what",)),
)

EXCLUSIVE: tuple[str, ...] = (
    # Time.
    "그제 어제 오늘 내일 모레 글피", "작년 올해 내년 재작년", "지난 이번 다음 저번", "지난주 이번주 다음주 저번주",
    "지난달 이번달 다음달 저번달", "월요일 화요일 수요일 목요일 금요일 토요일 일요일",
    "아침 점심 저녁 새벽", "오전 오후", "봄 여름 가을 겨울", "평일 주말", "식전 식후", "전에 후에", "이전 이후",
    "1분기 2분기 3분기 4분기", "상반기 하반기",
    "yesterday today tomorrow", "last this next", "previous next", "morning afternoon evening night",
    "monday tuesday wednesday thursday friday saturday sunday",
    "january february march april may june july august september october november december",
    "spring summer autumn winter", "before after", "weekday weekend", "daily weekly monthly yearly",
    "first second third fourth fifth last", "첫 둘째 셋째 마지막", "첫번째 두번째 세번째 네번째 마지막",
    # Direction, degree, polarity.
    "켜 끄 꺼", "켜져 꺼져", "열 닫", "올려 내려 낮춰", "올리 내리 낮추", "크게 작게", "큰 작은", "많은 적은",
    "많이 적게", "높은 낮은", "높을 낮을", "높이 낮추", "비싼 싼 저렴한", "길게 짧게", "긴 짧은", "늘리 줄이",
    "늘려 줄여", "늘면 줄면", "가입 탈퇴", "입금 출금", "입사 퇴사", "출근 퇴근", "장점 단점", "왼쪽 오른쪽",
    "최대 최소", "최고 최저", "이상 이하 미만", "초과 미만", "적어도 많아야",
    "오름차순 내림차순", "암호화 복호화", "업로드 다운로드", "설치 삭제", "시작 종료", "출발 도착", "구매 판매",
    "살때 팔때", "더운 차가운 찬", "밝은 어두운", "안방 거실 베란다 현관 화장실", "존댓말 반말", "찬성 반대",
    "유급 무급", "가능 불가능", "라지 미디엄 스몰", "톨 그란데 벤티", "핫 아이스", "흡연 금연", "실내 실외",
    "국내 해외", "수입 수출", "매수 매도", "예금 대출", "승인 반려", "교환 환불 취소", "반품 교환", "주문 취소",
    "increase decrease", "raise lower", "higher lower", "more less fewer",
    "most least", "maximum minimum", "largest smallest", "biggest smallest", "cheapest dearest",
    "cheap expensive", "cheapest expensive", "open close", "open closes", "lock unlock",
    "enable disable", "encrypt decrypt", "upload download", "import export", "deposit withdraw",
    "buy sell", "hire fire", "gain lose", "advantages disadvantages", "pros cons",
    "ascending descending", "subscribe unsubscribe", "install uninstall", "start stop",
    "begin end", "arrive depart", "arrival departure", "left right", "north south east west", "long short",
    "longer shorter", "longest shortest", "big small", "large small medium", "large medium small",
    "hot cold", "legal illegal", "safe unsafe", "at-least at-most",
    "accept reject", "approve reject", "add remove", "add subtract", "multiply divide",
    "mandatory optional", "complete incomplete", "reachable unreachable", "love hate", "best worst",
    "good bad", "old new", "oldest newest", "fast slow", "fastest slowest", "husband wife",
    "male female", "men women", "boys girls", "mother father", "mom dad", "son daughter",
    "brother sister", "maternity paternity", "place cancel",
    # Which of several.
    "서울 부산 대구 인천 광주 대전 울산 세종 수원 제주 제주도 강릉 전주 춘천 포항 청주 여수 경주 속초 창원",
    "한국 미국 중국 일본 영국 독일 프랑스 러시아 인도 베트남 태국 대만 캐나다 호주 스페인 이탈리아 브라질 북한",
    "한국어 영어 일본어 중국어 프랑스어 독일어 스페인어 러시아어 베트남어",
    "korean english japanese chinese french german spanish russian italian arabic hindi portuguese",
    "korea usa china japan germany france england italy spain russia india canada australia brazil mexico",
    "london paris berlin madrid rome tokyo seoul beijing sydney moscow delhi chicago boston",
    "파이썬 자바 자바스크립트 타입스크립트 러스트 코틀린 스위프트", "python java javascript typescript rust kotlin swift golang ruby php perl",
    "json csv yaml xml toml html pdf", "windows linux macos ubuntu android ios", "윈도우 리눅스 맥 안드로이드",
    "삼성 애플 엘지 소니 샤오미", "갤럭시 아이폰", "google apple microsoft amazon facebook meta netflix",
    "네이버 다음 구글 카카오 네이트 야후", "엄마 아빠", "할머니 할아버지", "아들 딸", "남자 여자", "남편 아내",
    "남자친구 여자친구", "형 누나 오빠 언니 동생", "개 고양이", "강아지 고양이", "dog cat", "dogs cats",
    "수학 과학 국어 사회 역사 영어", "maths math history physics chemistry biology geography",
    "빨간 파란 노란 초록 검은 하얀", "red blue green yellow black white", "전세 월세 매매", "여권 면허 신분증",
    "원 달러 엔 유로 위안", "dollars euros yen won pounds yuan", "섭씨 화씨", "celsius fahrenheit",
    "breakfast lunch dinner", "백업 복원", "backup restore", "back restore", "배송비 배송기간", "spring autumn", "이메일 전화 문자", "로그인 로그아웃", "login logout",
)  # fmt: skip
"""Of each group a question means one: two questions that name different ones are two questions."""

SHORT_VERBS = frozenset("켜끄꺼열닫")
"""Members of these groups that are the first syllable of a verb's forms."""

UNITS: tuple[str, ...] = (
    "km 킬로미터 kilometer kilometers kilometre kilometres", "m 미터 meter meters metre metres",
    "cm 센티미터 센치 centimeter centimeters", "mm 밀리미터 millimeter millimeters", "mile 마일 miles",
    "foot 피트 feet ft", "inch 인치 inches", "kg 킬로그램 킬로 kilogram kilograms kilo kilos kgs", "g 그램 gram grams",
    "mg 밀리그램 milligram milligrams", "lb 파운드 pound pounds lbs", "oz 온스 ounce ounces", "t 톤 ton tons",
    "l 리터 liter liters litre litres", "ml 밀리리터 milliliter milliliters",
    "cup 컵 cups", "tbsp 큰술", "tsp 작은술", "won 원", "usd 달러 dollar dollars 불 $", "eur 유로 euro euros €",
    "jpy 엔 엔화 yen", "cny 위안", "% 퍼센트 percent 프로 프로센트", "year 년 year years", "month 개월 달 month months 월",
    "week 주 주일 week weeks 주차", "day 일 day days 박", "hour 시간 hour hours hrs 시 am pm 오시", "minute 분 minute minutes min",
    "second 초 second seconds sec", "mb 메가 megabyte", "gb 기가 gigabyte gigabytes", "tb 테라", "kb 킬로바이트",
    "degree 도 degrees degree", "person 명 사람 people persons person 인", "item 개 items", "cup2 잔 glass glasses",
    "bottle 병 bottle bottles", "box 박스 상자 box boxes cases case", "bag 포대 봉지 bag bags",
    "serving 인분 servings", "time 번 회 번째 times", "floor 층 floor", "room 호 호실", "page 페이지 쪽 pages page",
    "age 살 세", "line 호선", "article 조", "point 점 points", "word 단어 words word", "step 단계", "piece 장 조각 pieces slices",
    "animal 마리", "book 권", "grade 학년 등급", "quarter 분기", "gate 번출구",
)  # fmt: skip
"""The first of each group stands for all of it."""

POLITE = _words(
    "좀 제발 혹시 저기 저기요 그냥 음 아 please pls plz kindly hey hi hello 안녕 안녕하세요 여보세요 thanks thank 감사합니다 고마워"
)
"""Says nothing about what is asked."""

FUNCTION_WORDS = _words(
    "a an the of to in on at for from with by as and or but if is are was were be been being am do"
    " does did done has have had can could will would shall should may might must i me my mine we us"
    " our you your he him his she her it its they them their this that these those there here what"
    " which who whom whose when where why how so than then too very just also any some get got need"
    " want like tell give show let know about into out up down off over it's i'm i've what's that's"
    " there's i'd isn't way possible able make go put take use using ask please mean best thing"
    " 수 것 거 게 건 때 등 및 또 더 그 이 저 내 제 나 저는 나는 우리 제가 내가 줘 해 한 할 하는 되 돼 왜 뭐 뭘"
)
"""What hardly says what a question is about."""
FUNCTION_HEADS = _words(
    "알려 주세 주시 주실 줄래 해줘 해주 부탁 하나 하면 하려 해야 하는 하고 하지 해요 합니 한다 할까 할지 했는 했어"
    " 되나 되는 되면 돼요 됩니 될까 되죠 있나 있는 있어 있을 있습 있죠 있으 뭐예 뭐야 뭔가 뭐가 뭐죠 무엇 무슨 어떻"
    " 어떤 어느 어디 언제 얼마 누구 궁금 싶어 싶은 싶습 건가 것이 것은 것을 인가 이에 예요 인데 방법 가르 설명 말해"
    " 보여 찾아 알고 가능 좋을 좋나 좋은 그냥 제가 저는 내가 나는 우리 저희 이거 그거 이런 그런 정도 경우 때문 대해"
    " 대한 관해 위해 통해 가요 나요 까요 인지 려면 으면 는지 혹시 조금 너무 정말 진짜 지금 어때 어떨"
)
"""First two syllables of Korean words that hardly say what a question is about."""
