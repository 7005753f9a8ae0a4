from __future__ import annotations

import json
from pathlib import Path

import pytest

from gilmok.cli import exits
from gilmok.cli.language import locale_of, speak_unicode, take_language
from gilmok.config.client import client_key, variables_set
from tests.gateway import Running
from tests.unit.cli.conftest import Cli

COMMANDS = (
    *("serve", "ask", "chat", "embed", "draw", "say", "explain", "report", "models", "doctor"),
    *("config", "version"),
)


@pytest.mark.parametrize(
    ("environ", "locale"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko"}, "ko"),
        ({"LANG": "kok_IN.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "ko_KR", "LANG": "en_US"}, "ko"),
    ],
)
def test_the_locale_follows_posix(environ: dict[str, str], locale: str) -> None:
    assert locale_of(environ) == locale


def test_the_clients_key() -> None:
    found = client_key({"GILMOK_API_KEY": " secret-key \n"})
    assert found is not None
    assert found.reveal() == "secret-key"
    assert client_key({"GILMOK_API_KEY": " "}) is None


def test_variables_are_told_by_name_only() -> None:
    assert variables_set(("A", "B", "C"), {"A": "x", "B": " "}) == ("A",)


def test_lang_may_stand_anywhere() -> None:
    assert take_language(["--lang", "ko", "ask", "x"]) == ("ko", ["ask", "x"])
    assert take_language(["ask", "x", "--lang=en"]) == ("en", ["ask", "x"])
    assert take_language(["ask", "--", "--lang", "ko"]) == (None, ["ask", "--", "--lang", "ko"])


async def test_help_in_both_languages(cli: Cli) -> None:
    english, korean = await cli("--help"), await cli("--help", "--lang", "ko")
    assert english.code == korean.code == 0
    assert all(command in english.out and command in korean.out for command in COMMANDS)
    assert "게이트웨이" in korean.out
    assert "게이트웨이" not in english.out


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_korean_help(cli: Cli, command: str) -> None:
    """No English sentence is left over: the only words in Latin letters are names."""
    ran = await cli("--lang", "ko", command, "--help")
    assert ran.code == 0
    assert " the " not in ran.out
    assert max(map(len, ran.lines)) <= 80


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nope",), "no command `nope`"),
        (("ask", "--nope"), "no option `--nope`"),
        (("report", "--by", "moon"), "`--by` takes one of endpoint, zone"),
        (("serve", "--port", "70000"), "`--port` takes a whole number from 0 to 65535"),
        (("ask", "--parallel", "many", "x"), "from 1 to 32"),
        (("top", "--interval", "soon"), "`--interval` takes a number"),
        (("keys", "create", "x", "--highest", "top"), "low, medium, high"),
        (("serve", "--port"), "`--port` needs a value"),
        (("--lang", "fr", "version"), "ko or en"),
    ],
)
async def test_a_wrong_command_line(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    ran = await cli(*arguments)
    assert ran.code == 64
    assert told in ran.err
    assert ran.out == ""


async def test_nothing_of_a_help_page_is_lost_where_lines_end(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter of two cells that met the edge became an ellipsis."""
    for width in range(50, 110):
        monkeypatch.setenv("COLUMNS", str(width))
        ran = await cli("--lang", "ko", "ask", "--help")
        assert "…" not in ran.out
        assert "이미답이있는" in "".join(ran.out.split())


async def test_what_has_to_be_given_is_no_option(cli: Cli) -> None:
    ran = await cli("--lang", "ko", "keys", "create", "--help")
    assert ran.lines[0] == "사용법: gilmok keys create [선택 항목] ID"
    assert ran.lines.index("인자") < ran.out[: ran.out.index("  ID ")].count("\n") + 1
    assert ran.out.index("  ID ") < ran.out.index("선택 항목\n") < ran.out.index("  --tenant")


async def test_a_pipe_has_no_edge(
    cli: Cli, gateway: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`gilmok models | grep NAME` finds a long name in one piece."""
    monkeypatch.delenv("COLUMNS")
    assert (await gateway.chat("Python?")).status == 200
    ran = await cli("explain")
    weights = [line for line in ran.lines if line.startswith("Candidates in order")]
    assert weights[0].endswith(")"), "a title in one piece"
    helped = await cli("serve", "--help")
    assert max(map(len, helped.lines[:-1])) <= 100


async def test_korean_is_spoken_to_people_and_codes_to_programs(cli: Cli, gateway: Running) -> None:
    assert (await cli("ask", "프랑스의 수도는 어디야?")).code == 0
    korean = await cli("--lang", "ko", "explain")
    assert "단순(" in korean.out
    assert "응답 시간: 빠르게, 언어: 한국어" in korean.out
    assert "캐시       쓰지 않음" in korean.out
    as_json = await cli("--lang", "ko", "explain", "--json")
    seen = json.loads(as_json.out)["explanation"]["inspection"]
    assert (seen["complexity"], seen["response_time"]) == ("simple", "fast")


def test_plain_c_is_made_to_speak_unicode() -> None:
    plain, modern = {"LC_ALL": "C"}, {"LC_ALL": "ko_KR.UTF-8"}
    assert speak_unicode(plain)
    assert not speak_unicode(modern)
    assert not speak_unicode({})
    assert (plain, modern) == ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "ko_KR.UTF-8"})


async def test_the_version(cli: Cli) -> None:
    assert (await cli("version")).out.startswith("gilmok ")


@pytest.mark.parametrize("page", ["cli.md", "cli.ko.md"])
def test_both_pages_document_every_command_and_exit_code(page: str) -> None:
    text = (Path(__file__).parents[3] / "docs" / page).read_text("utf-8")
    assert all(f"`{command}`" in text for command in COMMANDS)
    codes = {value for name, value in vars(exits).items() if name.isupper()}
    assert all(f"| {code} |" in text for code in codes)
