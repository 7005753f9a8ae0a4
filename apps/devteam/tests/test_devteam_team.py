"""AutoGen's real agents and its real OpenAI client, a real gateway, and models that play a part."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from apps.devteam.tests.team_scene import (
    APPROVAL,
    DEFECT,
    PLAN,
    PROGRAM,
    TASK,
    before_a_wall,
    run,
)
from tests.wall import Wall

from gilmok_devteam.clients import Bounds, Gateway
from gilmok_devteam.outcome import End
from gilmok_devteam.recording import UNFINISHED, UNREACHABLE
from gilmok_devteam.roles import ROLES, RoleId
from gilmok_devteam.team import Plan
from gilmok_devteam.timeline import COMPLETED

Models = dict[RoleId, str]
ORDER = ["architect", "coder", "reviewer"]


async def test_the_team_speaks_in_turn_until_the_reviewer_approves(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, reviewer=APPROVAL) as (wall, gateway):
        done = await run(Gateway(f"{gateway.url}/v1"))
    assert done.outcome.end is End.APPROVED
    assert [message.role for message in done.messages] == ORDER
    assert done.outcome.code is not None
    assert (done.outcome.code.lines, done.outcome.code.error) == (2, None)
    assert "".join(p.text for p in done.pieces if p.role == "coder") == done.messages[1].text
    assert len(done.pieces) > 12, "the architect's answer came in pieces"
    assert len(wall.calls) == 3


async def test_without_an_approval_the_rounds_end_it(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, reviewer=DEFECT) as (_, gateway):
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(rounds=2))
    assert done.outcome.end is End.ROUNDS
    assert [message.role for message in done.messages] == ORDER * 2


async def test_the_timeline_is_the_gateways_own_record(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder="tokens=30+ttft=60+pace=2") as (_, gateway):
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(rounds=1))
        calls = done.timeline.calls
        decisions = [(await gateway.get(f"/v1/decisions/{c.decision}")).json for c in calls]
    assert [(c.role, c.endpoint, c.outcome) for c in calls] == [(r, r, COMPLETED) for r in ORDER]
    for call, decision in zip(calls, decisions, strict=True):
        assert call.completion_tokens == decision["completion_tokens"]
        assert call.prompt_tokens == decision["prompt_tokens"]
        assert call.first is not None
        assert call.first - call.sent == pytest.approx(decision["first_token_ms"] / 1000)
        assert call.begun is not None
        assert call.sent <= call.begun <= call.first
    assert calls[1].completion_tokens == 30
    assert calls[1].first is not None
    assert calls[1].begun is not None
    assert calls[1].first - calls[1].begun >= 0.06
    assert all(a.ended <= b.sent for a, b in pairwise(calls) if a.ended)


async def test_each_agent_says_what_it_asks_for_and_is_told_who_spoke() -> None:
    async with Wall() as wall:
        models: Models = {"architect": PLAN, "coder": PROGRAM, "reviewer": DEFECT}
        plan = Plan(models=models, rounds=2, bounds=Bounds(tokens=50, seconds=7))
        done = await run(Gateway(wall.openai, "sk-team"), plan, locale="ko")
    assert done.outcome.end is End.ROUNDS
    assert {c.endpoint for c in done.timeline.calls} == {""}, "behind something that is no Gilmok"
    assert [c.completion_tokens for c in done.timeline.calls][:1] == [12]
    for number, call in enumerate(wall.calls):
        role = ROLES[number % 3]
        assert call.header("x-gilmok-task") == role.task
        assert call.header("x-gilmok-deadline-ms") == "7000"
        assert call.header("authorization") == "Bearer sk-team"
        assert call.json["model"] == models[role.id]
        assert call.json["max_tokens"] == 50
        assert call.json["stream"] is True
        assert call.json["messages"][0] == {"role": "system", "content": role.prompt.ko}
    to_coder = [message["content"] for message in wall.calls[1].json["messages"][1:]]
    assert to_coder[0] == f"user said:\n{TASK}"
    assert to_coder[1].startswith("architect said:\n")


async def test_an_agent_is_reminded_of_the_task_and_the_last_messages_only() -> None:
    async with Wall() as wall:
        models: Models = {"architect": PLAN, "coder": PROGRAM, "reviewer": DEFECT}
        await run(Gateway(wall.openai), Plan(models=models, rounds=4, recent=2))
        lengths = [len(call.json["messages"]) for call in wall.calls]
        last = wall.calls[-1].json["messages"]
    assert max(lengths) == 5  # its instructions, the task, "skipped", two messages
    assert last[1]["content"] == f"user said:\n{TASK}"
    assert last[-1]["content"].startswith("coder said:\n")


async def test_an_answer_is_cut_at_its_bound_and_that_is_said(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder="tokens=500") as (_, gateway):
        bounds = Bounds(tokens=20)
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(rounds=1, bounds=bounds))
    assert [message.cut for message in done.messages] == [False, True, False]
    assert done.messages[1].tokens == 20


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coder", "code"),
    [
        ("400", "upstream_rejected"),
        ("503", "all_endpoints_failed"),
        ("429", "upstream_rate_limited"),
        ("empty", "all_endpoints_failed"),
        ("cut=3", "stream_broken"),
        ("errevent=3", "stream_error_event"),
    ],
)
async def test_a_call_that_fails_ends_the_run_with_its_code(
    tmp_path: Path, coder: str, code: str
) -> None:
    async with before_a_wall(tmp_path, coder=coder) as (_, gateway):
        plan = Plan(bounds=Bounds(retries=0))
        done = await run(Gateway(f"{gateway.url}/v1"), plan)
    assert done.outcome.end is End.FAILED
    assert [message.role for message in done.messages] == ["architect"]
    assert [call.outcome for call in done.timeline.calls] == [COMPLETED, code]
    if done.outcome.problem is not None:
        assert done.outcome.problem.code == code
        assert done.outcome.problem.message
    assert (done.outcome.problem is None) == ("=" in coder), "an answer that broke off has no body"


async def test_a_call_is_tried_again_where_the_gateway_says_when(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder=f"flaky=1+503=1+{PROGRAM}") as (_, gateway):
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(rounds=1))
    assert done.outcome.end is End.ROUNDS
    outcomes = [(c.role, c.outcome) for c in done.timeline.calls]
    assert outcomes[1] == ("coder", "all_endpoints_failed")
    assert outcomes[2] == ("coder", COMPLETED)


async def test_an_unknown_model_is_said(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path) as (wall, gateway):
        models: Models = {"architect": "nobody", "coder": "coder", "reviewer": "reviewer"}
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(models=models))
        assert not wall.calls
    assert done.outcome.problem is not None
    assert done.outcome.problem.code == "model_not_found"


async def test_nobody_there() -> None:
    done = await run(Gateway("http://127.0.0.1:9/v1"), Plan(bounds=Bounds(retries=0)))
    assert done.outcome.end is End.FAILED
    assert [call.outcome for call in done.timeline.calls] == [UNREACHABLE]


async def test_a_model_that_never_answers_ends_with_the_time(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder="mute") as (wall, gateway):
        done = await run(Gateway(f"{gateway.url}/v1"), Plan(seconds=1.0))
        await wall.wait_closed()
    assert done.outcome.end is End.TIME
    assert [message.role for message in done.messages] == ["architect"]
    assert [call.outcome for call in done.timeline.calls] == [COMPLETED, UNFINISHED]


async def test_one_answer_may_take_its_patience_and_no_more(tmp_path: Path) -> None:
    async with before_a_wall(tmp_path, coder="mute") as (_, gateway):
        plan = Plan(bounds=Bounds(seconds=1.5, retries=0))
        done = await run(Gateway(f"{gateway.url}/v1"), plan)
    assert done.outcome.problem is not None
    assert done.outcome.problem.code == "deadline_exceeded"
