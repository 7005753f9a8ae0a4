"""Names of people, by the words around them. A bare name is not recognised."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gilmok.core.inspection import Sensitivity
from gilmok.inspection.lexicon import Cue
from gilmok.inspection.view import Finding, View

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

# The surnames of 99 % of Koreans.
_SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허노심하주구곽성차우진민나지엄채원천방공현함변염여추도소석선설마길"
    "연위표명기반왕금옥육인맹제모남탁국어은편용"
)
# Nouns that begin with a surname and carry an honorific or an owner's particle.
_NOT_NAMES_TEXT = """
고객 손님 사장 부모 하나 주인 이용자 선생 원장 의사 고객사 회사 가게 매장 병원 학교
정부 한국 서비스 담당자 지원자 신청자 이곳 저곳 우리 이사 공주 여왕 임금 기사 도련 장군
성인 남성 여성 소년 소녀 이웃 전체 정상 모두 방문객 여러분 고문 조교 조합원 노인 주민
시민 구청 시청 도서관 우체국 기관 지점 지사 본사 상점 식당 은행 전화 주소 고객센터 이
그 저 기업 대학 대학교 주민센터 공공기관 서울시 한국인 외국인 현재 최근 최고 최종 전국
신규 신입 정식 임시 전임 공동 오늘 내일 이번 지난 다음 모든 어떤 어느 이런 유명 주요
한명 조선 원래 전문 기본 우수 이메일 전자 문자 안내 장소 위치 성별 이름 성함 나이 소속
부서 직급 직책 정보 명단 연락 공식 문의 예약 주문 배송 상품 제품 차량 민원 원고 하숙집
강아지 고양이 반려견 김치 이것 저것 그것 조건 방법 문제 소설 인물 주인공 연예인 배우
가수 선수 감독 변호사 교수 기자 작가 어머 어머니 아버지 할머니 연구 연구원 이전 기존
조직 주임 전무 상무 차장 과장 부장 대리 팀장 실장 사원 유저 여자 남자 이분 인턴 현직
차기 국제 국립 국회 지방 지역 공식적 정부의 여행사 대학원 고등 중소 소형 전기 전자 기계
마케팅 인사 재무 영업 기술 개발 기획 주식 이렇게 어떻게 도로 명함 석사 학사
"""
_NOT_NAMES = frozenset(_NOT_NAMES_TEXT.split())
_TITLES = (
    "씨|님|대리|과장|차장|부장|팀장|사원|주임|교수|선생|원장|대표|이사|사장|회장|변호사|의사|환자|고객|학생|간호사|박사|실장"
    "|본부장|상무|전무|기자|작가|선수"
)
_FAMILY = f"(?:[{_SURNAMES}][가-힣]{{2}}|(?:남궁|황보|제갈|선우|독고|사공)[가-힣]{{1,2}})"
# 홍길동 씨, 홍길동님, 홍길동 과장; after the title a particle may follow, and no more.
_TITLED = re.compile(
    rf"(?<![가-힣])(?P<name>{_FAMILY}|[{_SURNAMES}][가-힣](?= ?씨)) ?(?P<title>{_TITLES})(?:님)?"
    r"(?:[은는이가을를의과와도께로만]|에게|한테|께서|께는|입니다|이에요|이야|이라고|이고|이랑|이신)?(?![가-힣])"
)
# Words with an ending that no given name has, and what makes a title of 님.
_NOT_GIVEN = ("의", "에", "를", "을", "된", "며", "면", "던", "게", "들", "에서", "하고", "시고", "오고", "리가", "지만", "는데", "으로")  # fmt: skip
_NOT_BEFORE_NIM = ("손", "객", "장", "사", "생", "모", "인", "원", "관")
_NAMED_THING = re.compile(
    r"(?:파일|변수|함수|클래스|프로젝트|회사|제품|브랜드|테이블|모델|영화|책|노래|팀|상품|메뉴|가게|강아지|고양이|도메인|메서드|컬럼|폴더|서버|앱|게임|작품|도시|나라|동물|식물|캐릭터|상호) ?(?:의 ?)?$"
)
_OWNED = re.compile(
    rf"(?<![가-힣])(?P<name>{_FAMILY})(?P<title> ?(?:{_TITLES})(?:님)?)?(?P<of>의|이의)? ?(?:개인 ?)?$"
)
_KOREAN_NAME = re.compile(r"[ :=]{0,3}(?P<name>[가-힣]{2,8})")
_NAME_ENDING = re.compile(
    r"(?:이라고|라고|이라는|라는|입니다|이에요|예요|에요|이야|이고|이며|인데|이다|이지|이요|야|요|임|고|씨|님|이|죠)+$"
)
_CALLED = re.compile(rf"(?<![가-힣])(?P<name>[{_SURNAMES}][가-힣]{{1,3}}?)(?:이)?$")
_WORD = r"[A-Z][A-Za-zÀ-ÿ'’\-]{1,24}"
_MORE = rf"(?: [A-Z]\.)?(?: (?:van |von |de |der |la |bin |al-)?{_WORD}){{0,3}}"
_LATIN_NAME = re.compile(rf"[ :=,\n]{{1,4}}(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Prof)\.? )?{_WORD}{_MORE})")
_ANY_LATIN = re.compile(rf"[ :=]{{1,3}}(?P<name>[A-Za-zÀ-ÿ'’\-]{{2,24}}(?: {_WORD}){{0,2}})")
_TITLED_LATIN = re.compile(rf" (?P<name>{_WORD}{_MORE})")
_OWNER_LATIN = re.compile(
    rf"(?P<name>(?<![A-Za-z]){_WORD} {_WORD}|(?:Mr|Mrs|Ms|Dr)\. ?{_WORD})['’]s (?:home |personal |current |private )?$"
)
_OF_LATIN = re.compile(rf" (?:and [a-z ]{{3,16}} )?(?:of|for) (?P<name>{_WORD} {_WORD})")
_NOT_LATIN = frozenset(
    [
        "The",
        "A",
        "An",
        "I",
        "My",
        "Our",
        "Your",
        "In",
        "On",
        "At",
        "So",
        "Just",
        "Not",
        "Very",
        "Also",
        "Going",
        "Trying",
        "Here",
        "Looking",
        "Python",
        "Java",
        "Customer",
        "Support",
        "Sir",
        "Madam",
        "Team",
        "All",
        "Everyone",
        "Hiring",
        "Manager",
        "What",
        "How",
        "Why",
        "When",
        "Please",
        "Can",
        "Could",
        "English",
        "Korean",
        "American",
        "New",
        "World",
        "Windows",
        "This",
        "That",
        "It",
        "Is",
        "Microsoft",
        "Google",
        "Apple",
        "Amazon",
        "United",
        "Who",
        "Where",
        "None",
        "Null",
        "True",
        "False",
        "String",
        "Optional",
        "Required",
    ]
)
# After these a capital letter means little; two of them in a row mean a name.
_LOOSE = frozenset({"i am", "i'm", "i’m", "this is", "regards,", "sincerely,", "cheers,", "best,", "thanks,", "signed,"})  # fmt: skip
_FREE = frozenset({"my name is", "my name's", "i go by"})


def names(view: View) -> Iterator[Finding]:
    """홍길동 씨, 이름은 홍길동, "my name is …", Mr. …: the span is the name itself."""
    if Cue.NAME_IS in view.hits:
        yield from _introduced(view)
    if Cue.HONORIFIC in view.hits:
        yield from _titled(view)
    if Cue.CONTACT in view.hits:
        yield from _asked_about(view)


def _introduced(view: View) -> Iterator[Finding]:
    text, lower = view.text, view.lower
    for start, end in view.hits[Cue.NAME_IS]:
        cue = lower[start:end]
        if cue.startswith("라고"):
            match = _CALLED.search(text, max(0, start - 6), start)
            if match is not None and match["name"] not in _NOT_NAMES:
                yield Finding("person.name", MEDIUM, *match.span("name"))
        elif cue.isascii() or "’" in cue:
            yield from _introduced_latin(text, cue, end)
        else:
            if _NAMED_THING.search(text, max(0, start - 8), start) is None:
                yield from _introduced_korean(text, end)


def _introduced_korean(text: str, end: int) -> Iterator[Finding]:
    match = _KOREAN_NAME.match(text, end)
    if match is None:
        yield from _latin(_LATIN_NAME.match(text, end))
        return
    name = match["name"]
    ending = _NAME_ENDING.search(name, 2)
    if ending is not None:
        name = name[: ending.start()]
    asked = name.startswith(
        ("뭐", "무엇", "어떻", "무슨", "누구", "몰라", "모르", "같", "있", "없")
    )
    if 2 <= len(name) <= 5 and name not in _NOT_NAMES and not asked:
        yield Finding("person.name", MEDIUM, match.start("name"), match.start("name") + len(name))


def _introduced_latin(text: str, cue: str, end: int) -> Iterator[Finding]:
    match = _LATIN_NAME.match(text, end)
    if cue in _LOOSE and match is not None and " " not in match["name"]:
        return
    if match is None and cue in _FREE:
        match = _ANY_LATIN.match(text, end) or _KOREAN_NAME.match(text, end)
    yield from _latin(match)


def _latin(match: re.Match[str] | None) -> Iterator[Finding]:
    if match is not None and match["name"].split(" ")[0] not in _NOT_LATIN:
        start, end = match.span("name")
        if match["name"].endswith(("'s", "’s")):
            end -= 2
        yield Finding("person.name", MEDIUM, start, end)


def _titled(view: View) -> Iterator[Finding]:
    text = view.text
    done = 0
    for start, end in view.hits[Cue.HONORIFIC]:
        if text[start].isascii():
            yield from _latin(_TITLED_LATIN.match(text, end))
            continue
        match = _TITLED.search(text, max(done, start - 5), min(len(text), end + 6))
        if match is not None and _is_person(match["name"], match["title"]):
            done = match.end("name")
            yield Finding("person.name", MEDIUM, *match.span("name"))


def _is_person(name: str, title: str) -> bool:
    if name in _NOT_NAMES or name.endswith(_NOT_GIVEN):
        return False
    return not (title == "님" and name.endswith(_NOT_BEFORE_NIM))


def _asked_about(view: View) -> Iterator[Finding]:
    """Somebody's contact data asked for by name: high, whatever the answer would be."""
    text = view.text
    for start, end in view.hits[Cue.CONTACT]:
        owner = _OWNED.search(text, max(0, start - 14), start)
        if owner is not None and not _is_owner(owner):
            owner = None
        if owner is None and text[start].isascii():
            owner = _OWNER_LATIN.search(text, max(0, start - 60), start) or _OF_LATIN.match(
                text, end
            )
            if owner is not None and owner["name"].split(" ")[0] in _NOT_LATIN:
                owner = None
        if owner is not None:
            yield Finding("person.name", MEDIUM, *owner.span("name"))
            yield Finding("topic.contact_request", HIGH, start, end, maskable=False)


def _is_owner(match: re.Match[str]) -> bool:
    """A particle or a title makes a noun of three syllables a person."""
    return match["name"] not in _NOT_NAMES and (match["title"] or match["of"]) is not None
