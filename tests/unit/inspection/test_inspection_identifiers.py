"""Each identifier, in each written form and encoding, is found and can be masked away."""

from __future__ import annotations

import pytest

from gilmok.core.inspection import Sensitivity
from gilmok.core.request import Role
from tests.unit.inspection.ask import inspect, kinds, masked
from tests.unit.inspection.forms import ENCODINGS, SPELLINGS

HIGH, MEDIUM = Sensitivity.HIGH, Sensitivity.MEDIUM

# Made up; check digits are right where a scheme has them.
NUMBERS = {
    "resident": ("", "850505-1234569", "id.kr_rrn", HIGH),
    "resident since 2020": ("", "210305-3124567", "id.kr_rrn", HIGH),
    "foreigner": ("", "920817-5123453", "id.kr_frn", HIGH),
    "mobile": ("", "010-2345-6789", "contact.phone", MEDIUM),
    "card": ("", "4539-1488-0343-6467", "finance.card", HIGH),
    "account": ("국민은행 계좌 ", "604502-04-123456", "finance.account", HIGH),
    "business": ("사업자등록번호 ", "120-81-47521", "id.kr_brn", MEDIUM),
    "licence": ("운전면허 ", "11-12-345678-90", "id.kr_licence", HIGH),
    "ssn": ("my social security number: ", "536-22-1234", "id.us_ssn", HIGH),
}
# Digits alone say nothing in these forms, or the form cannot be told from another number.
SKIPPED: set[tuple[str, str]] = set()


@pytest.mark.parametrize("form", SPELLINGS)
@pytest.mark.parametrize("name", NUMBERS)
def test_number_is_found_in_every_spelling(name: str, form: str) -> None:
    cue, number, kind, level = NUMBERS[name]
    text = f"{cue}{SPELLINGS[form](number)} 입니다"
    inspection = inspect(text)
    assert kind in kinds(inspection)
    assert inspection.sensitivity == level


@pytest.mark.parametrize("form", ENCODINGS)
@pytest.mark.parametrize("name", NUMBERS)
def test_number_is_found_in_every_encoding(name: str, form: str) -> None:
    cue, number, kind, level = NUMBERS[name]
    text = f"{cue}{ENCODINGS[form](number)} 입니다"
    inspection = inspect(text)
    assert kind in kinds(inspection)
    assert inspection.sensitivity == level


@pytest.mark.parametrize("form", [*SPELLINGS, *ENCODINGS])
@pytest.mark.parametrize("name", NUMBERS)
def test_masking_its_span_removes_the_number(name: str, form: str) -> None:
    cue, number, _, _ = NUMBERS[name]
    text = f"{cue}{(SPELLINGS | ENCODINGS)[form](number)} 입니다"
    rest = masked(text, inspect(text).evidence)
    assert "[MASK]" in rest
    assert inspect(rest).sensitivity is Sensitivity.LOW


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        ("연락처는 02-345-6789 입니다", "contact.phone", MEDIUM),
        ("대표번호 031-123-4567", "contact.phone", MEDIUM),
        ("070-1234-5678로 걸어 주세요", "contact.phone", MEDIUM),
        ("+82 10 2345 6789", "contact.phone", MEDIUM),
        ("+82-2-345-6789", "contact.phone", MEDIUM),
        ("0082 10-2345-6789", "contact.phone", MEDIUM),
        ("call me at +44 20 7946 0958", "contact.phone", MEDIUM),
        ("(415) 555-2671", "contact.phone", MEDIUM),
        ("hong.gildong+test@naver.com 으로 보내줘", "contact.email", MEDIUM),
        ("메일은hong@naver.com입니다", "contact.email", MEDIUM),
        ("ｈｏｎｇ＠ｎａｖｅｒ．ｃｏｍ", "contact.email", MEDIUM),
        ("hong 골뱅이 naver 점 com", "contact.email", MEDIUM),
        ("hong (at) naver (dot) com", "contact.email", MEDIUM),
        ("hong&#64;naver.com", "contact.email", MEDIUM),
        ("aG9uZ0BuYXZlci5jb20=", "contact.email", MEDIUM),
        ("DE89 3704 0044 0532 0130 00", "finance.iban", HIGH),
        ("IBAN: gb82west12345698765432", "finance.iban", HIGH),
        ("3782 822463 10005", "finance.card", HIGH),
        ("카드번호 1234-5678-1234-5678", "finance.card", HIGH),
        ("여권번호 M12345678", "id.passport", HIGH),
        ("여권 M123A4567", "id.passport", HIGH),
        ("passport no. 123456789", "id.passport", HIGH),
        ("차량번호 12가3456", "id.kr_plate", MEDIUM),
        ("123가 4567 차 좀 빼주세요", "id.kr_plate", MEDIUM),
        ("차는 131머7981.", "id.kr_plate", MEDIUM),
        ("484거6392.pdf", "id.kr_plate", MEDIUM),
        ("서울,131머7981,2024", "id.kr_plate", MEDIUM),
        ("https://a.kr/p?car=508%EB%9D%BC4925", "id.kr_plate", MEDIUM),
        ("bank%20account%20NDY0LTY3LTIwMjk3OA%3D%3D", "finance.account", HIGH),
        ("법인등록번호 110111-0012342", "id.kr_corporate", MEDIUM),
        ("서버는 52.95.110.1 이야", "contact.ip", MEDIUM),
        ("2a00:1450:4001:81b::200e 로 접속", "contact.ip", MEDIUM),
        ("주민번호 앞자리 900101, 뒷자리 1234567", "id.kr_rrn", HIGH),
        ("7654321-101009", "id.kr_rrn", HIGH),
        ("생년월일 1990-01-01", "person.birth_date", MEDIUM),
        ("서울특별시 강남구 테헤란로 152", "contact.address", MEDIUM),
        ("부산 해운대구 우동 1408번지", "contact.address", MEDIUM),
        ("경기도 성남시 분당구 판교역로 235, 에이치스퀘어 3층", "contact.address", MEDIUM),
        ("ship it to 123 Main Street, Springfield, IL 62704", "contact.address", MEDIUM),
        ("나의 이름은 고우주이야", "person.name", MEDIUM),
        ("저는 김민수라고 합니다", "person.name", MEDIUM),
        ("홍길동 씨가 왔어요", "person.name", MEDIUM),
        ("박지성님께 전해 주세요", "person.name", MEDIUM),
        ("My name is John Smith.", "person.name", MEDIUM),
        ("my name is jane", "person.name", MEDIUM),
        ("Dr. Alice Brown wrote it", "person.name", MEDIUM),
    ],
)  # fmt: skip
def test_other_identifiers(text: str, kind: str, level: Sensitivity) -> None:
    found = {e.kind: e for e in inspect(text).evidence}
    assert kind in found
    assert found[kind].level == level


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("sk-proj-abcd1234efgh5678ijkl9012", "secret.api_key"),
        ("SK-PROJ-ABCD1234EFGH5678IJKL9012", "secret.api_key"),
        ("키는 sk-ant-api03-Zx8q92mKdl21pQ7wE4rTyU 야", "secret.api_key"),
        ("AKIA" + "IOSFODNN7QRSTUV2", "secret.api_key"),
        ("ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a", "secret.api_key"),
        ("github_pat_" + "11ABCDE0Y0abc123DEF456_ghi789", "secret.api_key"),
        ("AIza" + "SyD4k7Qw9xYz1234567890abcdefghijklm", "secret.api_key"),
        ("xoxb-" + "123456789012-abcdefGHIJKL", "secret.api_key"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "secret.api_key"),
        ("hf_" + "QwErTyUiOpAsDfGhJkL1234567890zxcvb", "secret.api_key"),
        ("api_key=Zx8q92mKdl21pQ7w", "secret.api_key"),
        ('{"apiKey": "Zx8q92mKdl21pQ7wAA"}', "secret.api_key"),
        ("Authorization: Bearer a8f5f167f44f4964e6c998dee827110c", "secret.api_key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "secret.jwt"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "secret.private_key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n" + "b3BlbnNzaC1rZXk" * 8, "secret.private_key"),
        ("비밀번호는 hunter2!@ 입니다", "secret.password"),
        ("비번: qwer1234", "secret.password"),
        ("password=S3cr3t!", "secret.password"),
        ("my password is Tr0ub4dor", "secret.password"),
        ("카드 보안코드는 706이야", "secret.password"),
        ("postgres://admin:Pa55word@db.corp.net/prod", "secret.password"),
    ],
)  # fmt: skip
def test_credentials_are_high_and_maskable(text: str, kind: str) -> None:
    inspection = inspect(text)
    assert kind in kinds(inspection)
    assert inspection.sensitivity is HIGH
    assert inspect(masked(text, inspection.evidence)).sensitivity is Sensitivity.LOW


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("전화 ０１０－２３４５－６７８９ 로", "０１０－２３４５－６７８９"),
        ("전화 0\u200b10-2345-6789 로", "0\u200b10-2345-6789"),
        ("전화 공일공 이삼사오 육칠팔구 로", "공일공 이삼사오 육칠팔구"),
        ("전화 %30%31%30-2345-6789 로", "%30%31%30-2345-6789"),
        ("전화 MDEwLTIzNDUtNjc4OQ== 로", "MDEwLTIzNDUtNjc4OQ=="),
        ("\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc 씨", "\u1112\u1169\u11bc\u1100\u1175\u11af\u1103\u1169\u11bc"),
        ("나의 이름은 고우주이야", "고우주"),
        ("Mail hong@naver.com.", "hong@naver.com"),
        ("+82 10 2345 6789", "+82 10 2345 6789"),
    ],
)  # fmt: skip
def test_spans_are_of_the_original_text(text: str, shown: str) -> None:
    (evidence,) = inspect(text).evidence
    assert text[evidence.start : evidence.end] == shown
    assert evidence.maskable


@pytest.mark.parametrize(
    ("turns", "kind"),
    [
        (["제 번호는 900101-", "1234567 이에요"], "id.kr_rrn"),
        (["900101", "1234567"], "id.kr_rrn"),
        (["010", "2345", "6789"], "contact.phone"),
        (["내 번호는 010-2345", "-6789 야"], "contact.phone"),
        (["4539 1488", "0343 6467"], "finance.card"),
        (["x" * 500 + " 850505-", "1234569 " + "y" * 500], "id.kr_rrn"),
        (["메일은 hong@", "naver.com 이야"], "contact.email"),
        (["mail hong@naver.", "com please"], "contact.email"),
        (["the key is sk-proj-abcd1234ef", "gh5678ijkl9012"], "secret.api_key"),
        (["앞은 구공공일공일", "일이삼사오육칠 이야"], "id.kr_rrn"),
        (["０１０", "２３４５", "６７８９"], "contact.phone"),
    ],
)
def test_identifier_split_over_turns(turns: list[str], kind: str) -> None:
    (evidence,) = [e for e in inspect(*turns).evidence if not e.kind.startswith("topic.")]
    assert (evidence.kind, evidence.where, evidence.maskable) == (kind, -1, False)


def test_identifier_split_around_an_answer() -> None:
    turns: list[str | tuple[Role, str]] = [
        "앞부분은 850505",
        (Role.ASSISTANT, "네, 뒷부분도 알려 주세요."),
        "1234569",
    ]
    assert "id.kr_rrn" in kinds(inspect(*turns))


def test_neighbours_without_a_split_identifier_stay_low() -> None:
    assert inspect("회의는 2024", "01 층에서 해").evidence == ()
