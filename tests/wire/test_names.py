"""`[privacy] names`: no name reaches the cloud, and every name comes back in the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.build import load_settings
from gilmok.core.errors import ConfigErrors
from tests.gateway import Running
from tests.wall import Wall

NAMES = '[privacy]\nnames = ["person", "organisation", "place"]\n'
KOREAN = "박서준 과장이 부산에서 만난 최유나에게 보낼 인사말을 써 줘"
ENGLISH = "Write a toast for Priya Raman, who leaves Globex for a job in Lisbon"
SECRET = ("박서준", "최유나", "부산", "Priya", "Raman", "Globex", "Lisbon")


def _toml(wall: Wall, privacy: str = NAMES) -> str:
    return f"""{privacy}
[[endpoints]]
id = "up"
provider = "openai"
base_url = "{wall.openai}"
model = "echo"
zone = "cloud"
price_input = 1
price_output = 1
"""


@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
async def test_no_name_leaves_and_each_comes_back(tmp_path: Path, text: str) -> None:
    async with Wall() as wall, Running(tmp_path, _toml(wall)) as gateway:
        answer = await gateway.chat(text, model="up")
        assert answer.status == 200, answer.json
        assert answer.headers["x-gilmok-sensitivity"] == "medium"
        assert wall.calls
        assert not [name for name in SECRET if wall.contains(name)]
        assert text in answer.json["choices"][0]["message"]["content"]


async def test_what_must_stay_stays(tmp_path: Path) -> None:
    privacy = NAMES + 'medium = "local"\n'
    async with Wall() as wall, Running(tmp_path, _toml(wall, privacy)) as gateway:
        answer = await gateway.chat(ENGLISH, model="up")
        assert answer.code == "label_refused"
        assert not wall.calls


@pytest.mark.parametrize("loop", ["stream", "whole"])
async def test_earlier_turns_and_tools_are_read_too(tmp_path: Path, loop: str) -> None:
    messages = [
        {"role": "user", "content": "Who leads the team?"},
        {
            "role": "assistant",
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "find", "arguments": '{"city": "Lisbon"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "The team is led by Priya Raman."},
        {"role": "user", "content": "Thank her."},
    ]
    body = {"model": "up", "messages": messages, "stream": loop == "stream"}
    async with Wall() as wall, Running(tmp_path, _toml(wall)) as gateway:
        answer = await gateway.post("/v1/chat/completions", body)
        assert answer.status == 200
        assert wall.calls
        assert not [name for name in SECRET if wall.contains(name)]
        assert b"Priya Raman" in answer.body


@pytest.mark.parametrize("strategy", ["analyser", "selector"])
async def test_a_model_that_is_asked_about_a_request_sees_no_name(
    tmp_path: Path, strategy: str
) -> None:
    async with Wall() as wall:
        second = _toml(wall, "").replace('id = "up"', 'id = "other"')
        asking = f'[strategies]\n{strategy} = "llm"\nendpoint = "other"\n'
        async with Running(tmp_path, asking + _toml(wall) + second) as gateway:
            assert (await gateway.chat(ENGLISH)).status == 200
        assert len(wall.calls) == 2
        assert not [name for name in SECRET if wall.contains(name)]


async def test_without_the_setting_a_name_alone_goes_out(tmp_path: Path) -> None:
    async with Wall() as wall, Running(tmp_path, _toml(wall, "")) as gateway:
        assert (await gateway.chat(ENGLISH, model="up")).status == 200
        assert wall.contains("Globex")


def test_names_need_the_deeper_tier(tmp_path: Path) -> None:
    path = tmp_path / "gilmok.toml"
    path.write_text(NAMES + 'deep = "off"\n', encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_settings(path)
    assert "privacy.names" in str(caught.value)
    assert 'deep = "auto"' in str(caught.value)
