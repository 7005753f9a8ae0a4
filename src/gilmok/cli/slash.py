"""What can be said to the chat itself: `/clear`, `/model best`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from gilmok.cli.conversation import Conversation
from gilmok.cli.failures import NoGateway, Refused, Unreachable
from gilmok.cli.replies import ModelList
from gilmok.cli.screen import Screen
from gilmok.cli.words import asking as words
from gilmok.cli.words import failing
from gilmok.core.work import Does

_ENDINGS = frozenset({"quit", "exit", "종료", "/quit", "/exit", "/bye", "/종료"})
_COMMAND = re.compile(r"/([a-z]+|[가-힣]+)(?:\s+(.*))?", re.DOTALL)
"""A word alone behind the slash: `/etc/hosts` is something to talk about."""

Act = Callable[[Screen, Conversation, str], None]


def ends(said: str) -> bool:
    return said.lower() in _ENDINGS


def obey(screen: Screen, talk: Conversation, said: str) -> bool:
    """Does what a command says; false where it is none."""
    found = _COMMAND.fullmatch(said)
    if found is None:
        return False
    act = _ACTS.get(found[1])
    if act is None:
        screen.warn(words.UNKNOWN_SLASH, given=f"/{found[1]}")
    else:
        act(screen, talk, (found[2] or "").strip())
    return True


def _help(screen: Screen, talk: Conversation, argument: str) -> None:
    screen.rows((f"  {name}", screen.text(said)) for name, said in words.SLASH.items())


def _clear(screen: Screen, talk: Conversation, argument: str) -> None:
    talk.clear()
    screen.say(words.CLEARED, "dim")


def _summary(screen: Screen, talk: Conversation, argument: str) -> None:
    talk.summarize()


def _model(screen: Screen, talk: Conversation, argument: str) -> None:
    """Shows the models that one can talk with, or goes on with another one."""
    try:
        listed = talk.client.get("/v1/models", ModelList).data
    except Refused as refused:
        screen.fail(screen.text(failing.FAILED, code=refused.code, message=refused.message))
        return
    except (Unreachable, NoGateway):
        screen.fail(screen.text(failing.UNREACHABLE, url=talk.client.url))
        return
    there = [model.id for model in listed if Does.CHAT.value in model.does]
    if not argument:
        screen.say(words.MODEL_NOW, model=talk.model, models=", ".join(there))
    elif argument not in there:
        screen.warn(words.NO_SUCH_MODEL, model=argument, models=", ".join(there))
    else:
        talk.model = argument
        screen.say(words.MODEL_CHANGED, "dim", model=argument)


_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        **dict.fromkeys(("help", "도움말"), _help),
        **dict.fromkeys(("clear", "지우기"), _clear),
        **dict.fromkeys(("summary", "요약"), _summary),
        **dict.fromkeys(("model", "모델"), _model),
    }
)
