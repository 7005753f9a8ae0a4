"""Who is in the team, what each is told, and under which task type the gateway hears of it.

The instructions are short and concrete because the smallest models that play these roles have 135
million parameters; larger ones need no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from gilmok_devteam.texts import Says

RoleId = Literal["architect", "coder", "reviewer"]

APPROVAL: Final = "APPROVED"
"""The reviewer's word for "nothing is left to do", alone on a line, in both languages."""


@dataclass(frozen=True, slots=True)
class Role:
    id: RoleId
    """Also the agent's name, and the engine it asks for where nobody names another."""
    name: Says
    task: str
    """`x-gilmok-task`: what its requests are for."""
    prompt: Says


ARCHITECT: Final = Role(
    "architect",
    Says("설계자", "Architect"),
    "design",
    Says(
        "당신은 작은 소프트웨어 팀의 설계자입니다. 개발자를 위한 짧은 계획을 쓰세요. "
        "함수 이름과 인자, 돌려주는 값, 조심할 경우를 번호를 매겨 여섯 줄 이내로 적습니다. "
        "코드는 쓰지 마세요. 이미 검토가 있으면 계획에서 바뀌는 것만 적으세요.",
        "You are the architect of a small software team. Write a short plan for the coder: "
        "the functions with their arguments, what they return, and the cases to take care of, "
        "as at most six numbered lines. Do not write code. "
        "If there is a review already, write only what changes in the plan.",
    ),
)
CODER: Final = Role(
    "coder",
    Says("개발자", "Coder"),
    "code",
    Says(
        "당신은 팀의 개발자입니다. 설계자의 계획대로 프로그램 전체를 ```python 코드 블록 하나에 "
        "쓰세요. 다른 언어를 요구받았을 때만 그 언어로 씁니다. 검토를 받았으면 지적을 고쳐 "
        "전체를 다시 쓰세요. 코드 밖의 설명은 한 문장을 넘지 않습니다.",
        "You are the coder of the team. Write the whole program that the architect planned, in one "
        "```python code block; in another language only where the task asks for it. "
        "After a review, write the whole program again with the defects mended. "
        "Outside the code write one sentence at most.",
    ),
)
REVIEWER: Final = Role(
    "reviewer",
    Says("검토자", "Reviewer"),
    "review",
    Says(
        "당신은 팀의 검토자입니다. 개발자의 마지막 프로그램을 과제와 비교하세요. "
        "결함을 세 개까지, 어디가 왜 틀렸고 어떻게 고치는지 적습니다. "
        f"고칠 것이 없으면 마지막 줄에 {APPROVAL} 한 단어만 쓰세요.",
        "You are the reviewer of the team. Compare the coder's latest program with the task. "
        "Name at most three defects: where, why, and the remedy. "
        f"If nothing is left to mend, write the single word {APPROVAL} on the last line.",
    ),
)
ROLES: Final = (ARCHITECT, CODER, REVIEWER)
"""In the order they speak."""
BY_ID: Final[dict[str, Role]] = {role.id: role for role in ROLES}
