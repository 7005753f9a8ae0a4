"""The words that tell a person's name from other words. Data only."""

from __future__ import annotations

SURNAMES = (
    "김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허노심하주구곽성차우진민나지엄채원천방공현함변염여추도소석선설마길"
    "연위표명기반왕금옥육인맹제모남탁국어은편용"
)
"""Of 99 % of Koreans."""
COMPOUND_SURNAMES = "남궁|황보|제갈|선우|독고|사공"

TITLES = (
    "씨|님|대리|과장|차장|부장|팀장|사원|주임|교수|선생|원장|대표|이사|사장|회장|변호사|의사|환자|고객|학생|간호사|박사|실장"
    "|본부장|상무|전무|기자|작가|선수"
)
"""Behind a Korean name."""

_NOT_NAMES = """
고객 손님 사장 부모 하나 주인 이용자 선생 원장 의사 고객사 회사 가게 매장 병원 학교 정부 한국
서비스 담당자 지원자 신청자 이곳 저곳 우리 이사 공주 여왕 임금 기사 도련 장군 성인 남성 여성 소년
소녀 이웃 전체 정상 모두 방문객 여러분 고문 조교 조합원 노인 주민 시민 구청 시청 도서관 우체국
기관 지점 지사 본사 상점 식당 은행 전화 주소 고객센터 이 그 저 기업 대학 대학교 주민센터 공공기관
서울시 한국인 외국인 현재 최근 최고 최종 전국 신규 신입 정식 임시 전임 공동 오늘 내일 이번 지난
다음 모든 어떤 어느 이런 유명 주요 한명 조선 원래 전문 기본 우수 이메일 전자 문자 안내 장소 위치
성별 이름 성함 나이 소속 부서 직급 직책 정보 명단 연락 공식 문의 예약 주문 배송 상품 제품 차량
민원 원고 하숙집 강아지 고양이 반려견 김치 이것 저것 그것 조건 방법 문제 소설 인물 주인공 연예인
배우 가수 선수 감독 변호사 교수 기자 작가 어머 어머니 아버지 할머니 연구 연구원 이전 기존 조직
주임 전무 상무 차장 과장 부장 대리 팀장 실장 사원 유저 여자 남자 이분 인턴 현직 차기 국제 국립
국회 지방 지역 공식적 정부의 여행사 대학원 고등 중소 소형 전기 기계 마케팅 인사 재무 영업 기술
개발 기획 주식 이렇게 어떻게 도로 명함 석사 학사
"""
NOT_NAMES = frozenset(_NOT_NAMES.split())
"""Nouns that begin with a surname and carry an honorific or an owner's particle."""

NOT_GIVEN = (
    "의",
    "에",
    "를",
    "을",
    "된",
    "며",
    "면",
    "던",
    "게",
    "들",
    "에서",
    "하고",
    "시고",
    "오고",
    "리가",
    "지만",
    "는데",
    "으로",
)
"""Endings that no given name has."""

NOT_BEFORE_NIM = ("손", "객", "장", "사", "생", "모", "인", "원", "관")
"""Last syllables that make a title of 님: 고객님, 선생님."""

NAMED_THINGS = (
    "파일|변수|함수|클래스|프로젝트|회사|제품|브랜드|테이블|모델|영화|책|노래|팀|상품|메뉴|가게|강아지|고양이|도메인"
    "|메서드|컬럼|폴더|서버|앱|게임|작품|도시|나라|동물|식물|캐릭터|상호"
)
"""What has a name that is nobody's: 변수 이름은 …"""

ASKING = ("뭐", "무엇", "어떻", "무슨", "누구", "몰라", "모르", "같", "있", "없")
"""What follows 이름은 where no name does."""

_NOT_LATIN = """
The A An I My Our Your In On At So Just Not Very Also Going Trying Here Looking Python Java
Customer Support Sir Madam Team All Everyone Hiring Manager What How Why When Please Can Could
English Korean American New World Windows This That It Is Microsoft Google Apple Amazon United
Who Where None Null True False String Optional Required
"""
NOT_LATIN = frozenset(_NOT_LATIN.split())
"""Words with a capital letter that begin no name."""

LOOSE = frozenset(
    {
        "i am", "i'm", "i’m", "this is",
        "regards,", "sincerely,", "cheers,", "best,", "thanks,", "signed,",
    }
)  # fmt: skip
"""After these a capital letter means little; two of them in a row mean a name."""
FREE = frozenset({"my name is", "my name's", "i go by"})
"""After these a name needs no capital letter."""
