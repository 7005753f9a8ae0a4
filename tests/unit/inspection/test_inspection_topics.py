"""Topics that are sensitive without an identifier, and what only looks as if it were."""

from __future__ import annotations

import pytest

from gilmok.core.inspection import Clearance
from tests.unit.inspection.ask import inspect, kinds, level

HIGH = [
    "우리 회사의 매출 데이터를 분석해줘",
    "우리회사 고객 명단 정리해줘",
    "당사 3분기 영업이익이 얼마나 떨어졌는지 보고서로 써줘",
    "이 자료는 대외비인데 요약해줘",
    "저희 회사 신제품 로드맵을 검토해줘",
    "첨부한 회의록을 정리해줘. 우리 팀 구조조정 얘기가 있어",
    "홍길동의 전화번호와 주소",
    "홍길동의 전화번호와 주소를 알려줄래?",
    "김민수 과장의 집주소가 어디야?",
    "저는 우울증 진단을 받았어요",
    "어머니가 당뇨로 인슐린을 맞고 계신데 걱정이에요",
    "혈압약을 복용 중인데 술 마셔도 되나요?",
    "제 검사 결과가 나왔는데 해석해 주세요",
    "김영희 씨의 우울증에 대해 써줘",
    "내 연봉이 5천인데 적당한가요?",
    "제 신용점수가 낮아서 고민이에요",
    "팀원 한 명을 해고해야 하는데 통보 메일을 써줘",
    "박대리 인사평가를 어떻게 쓰면 좋을까? 그 직원은 저성과자야",
    "남편과 이혼 소송 중이에요",
    "저는 게이인데 부모님께 말씀드려야 할까요",
    "외부로 보내지 말고 로컬에서만 처리해줘",
    "Analyze our company's sales data",
    "our Q3 revenue (unreleased) is below the forecast",
    "This document is confidential, please summarise it",
    "Review our trade secret formula",
    "I was diagnosed with depression last week",
    "my therapist says I have anxiety",
    "my salary is too low",
    "I'm in debt and my credit score is bad",
    "Write a performance review for my employee Tom, he is underperforming",
    "I want to fire one of my employees",
    "I'm getting a divorce and need custody of my kids",
    "my brother is gay and I don't know what to say",
    "What is John Smith's home address?",
    "phone number of Jane Miller please",
    "Help me analyze this customer data export",
    "don't send this to anyone: our cap table",
    "제 이름은 홍길동이고 전화번호는 010-2345-6789입니다",
    "My name is John Smith, mail me at john.smith@corp.net",
]

MEDIUM = [
    "카페인에 민감한데 추천해줘",
    "카페인에 민감한데 뭐가 좋을까요?",
    "땅콩 알레르기가 있는데 먹어도 되나요?",
    "유당불내증이라 우유 대신 뭘 넣으면 좋을까",
    "I'm allergic to peanuts, what can I order?",
    "I'm sensitive to caffeine",
    "나의 이름은 고우주이야",
    "제 대출을 갈아타는 게 좋을까요?",
    "hong@naver.com 으로 회신해줘",
    "call 010-2345-6789",
    "이 010-2345-6789 이 번호로 전화해",
    "번호는 010-2345-6789, 이메일은 나중에",
    "010-2345-6789 or later",
    "010-3177-9709 12월에 주세요",
    "cups 010-2242-7083 사이즈 3잔",
]

# Ordinary questions, and numbers that identify things.
LOW = [
    "안녕하세요",
    "아메리카노 가격은 얼마인가요?",
    "라떼 3잔을 주문하고 싶어",
    "라떼에 샷2잔, 우유 대신 두유, 라지 사이즈로 3잔 추가해줘",
    "회의 전 집중력을 높이는 음료 조합을 추천해줘",
    "Python 리스트와 튜플의 차이",
    "Python 리스트와 튜플의 차이를 설명해줘",
    "주민등록번호가 뭐야?",
    "주민등록번호는 몇 자리인가요?",
    "사업자등록번호 조회하는 방법",
    "what is a resident number?",
    "여권을 새로 만들려면 뭐가 필요해?",
    "운전면허 필기시험 난이도는?",
    "감기에 좋은 음식",
    "당뇨에 좋은 음식 알려줘",
    "우울증의 원인은 무엇인가요?",
    "what is diabetes?",
    "What are the symptoms of depression?",
    "How does chemotherapy work?",
    "삼성전자 2023년 매출은?",
    "What was Apple's revenue in 2023?",
    "연봉 협상 팁 알려줘",
    "신용점수는 어떻게 계산되나요?",
    "What is a credit score?",
    "부당해고란 무엇인가요?",
    "이혼 절차를 설명해줘",
    "영업비밀이란 무엇인가요?",
    "what is a trade secret?",
    "기밀의 의미가 뭐야",
    "비밀번호를 잊어버렸어요",
    "비밀번호가 뭐야?",
    "how do I reset a password?",
    "def login(user: str, password: str) -> bool: ...",
    "api_key = os.environ['API_KEY']",
    "password=${DB_PASSWORD}",
    "토큰이 뭐야? JWT 구조를 설명해줘",
    "고객센터 1588-1234로 전화하세요",
    "112나 119에 신고하세요",
    "080-123-4567 수신자 부담",
    "주문번호 2024010112345 배송 조회",
    "order 1234567890123 has shipped",
    "송장번호 123456789012 조회해줘",
    "ISBN 978-89-6626-095-9 책 찾아줘",
    "ISBN 9788966260959",
    "버전 1.2.3.4로 업데이트",
    "v10.15.7 release notes",
    "2024-01-15에 만나요",
    "물가 12가 2024.5 기준으로",
    "https://shop.example/list?page=651209&size=20",
    "x=12; y=34; z=56",
    "authentication\nauthorization\nregards",
    "PaymentServiceFactory\nAbstractPaymentGateway\nDefaultPaymentGateway2",
    "계좌 개설 방법을 알려줘. %20 같은 표기는 뭐야? 상품번호는 9012345678이야",
    "20240115 파일을 열어줘",
    "2024년 1월 15일 오후 3시 30분",
    "가격은 1,234,567,890원입니다",
    "$1,299.99 and 15% off",
    "3.14159265358979",
    "timestamp 1704067200000",
    "127.0.0.1:8080 에서 실행 중",
    "192.168.0.1 공유기 설정",
    "DNS를 8.8.8.8로 바꿔줘",
    "the range 203.0.113.7 is for documentation",
    "::1 is loopback",
    "user@example.com",
    "send it to noreply@github.com",
    "git@github.com:org/repo.git",
    "call_8f0a12b3c4d5e6f7a8b9c0d1e2f3a4b5",
    "chatcmpl-9a8b7c6d5e4f3g2h1i0j",
    "550e8400-e29b-41d4-a716-446655440000",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    "d41d8cd98f00b204e9800998ecf8427e",
    '{"type":"object","properties":{"phone":{"type":"string"},"password":{"type":"string"}}}',
    "전화번호 정규식을 만들어줘",
    "이메일 주소 유효성 검사 코드",
    "파일 이름은 뭐로 할까?",
    "이 함수 이름이 뭐야?",
    "고객님, 감사합니다",
    "선생님 안녕하세요",
    "회사의 주소를 지도에서 찾는 법",
    "하나님의 뜻",
    "How do I protect a cat from a fire?",
    "Dear customer support team",
    "I am happy to help",
    "서울에서 부산까지 거리는?",
    "12시 3000원짜리 커피",
    "101호 1234",
    "하루에 커피를 몇 잔 마셔도 돼?",
    "10 20 30 40 50 60 70 80 90 100",
    "1 2 3 4 5 6 7 8 9 10 11 12 13",
    "일이 이렇게 많은데 오늘 다 할 수 있을까?",
    "Add 12 34 56 78 and 90",
    "Which came first, the 1903 flight or the 1912 voyage?",
]


@pytest.mark.parametrize("text", HIGH)
def test_high(text: str) -> None:
    inspection = inspect(text)
    assert inspection.sensitivity.label == "high"
    assert inspection.clearance is Clearance.LOCAL_ONLY


@pytest.mark.parametrize("text", MEDIUM)
def test_medium(text: str) -> None:
    assert level(text) == "medium"


@pytest.mark.parametrize("text", LOW)
def test_hard_negatives_stay_low(text: str) -> None:
    inspection = inspect(text)
    assert kinds(inspection) == set()
    assert inspection.clearance is Clearance.OPEN


def test_a_topic_and_its_person_in_different_sentences_do_not_meet() -> None:
    assert level("내 라떼 주세요. 그리고 당뇨의 원인은 무엇인가요?") == "low"
