"""The first question: through the whole path over real HTTP, then how to call the gateway."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import sys
from pathlib import Path

from gilmok.cli.client import Client, HangUp
from gilmok.cli.conversing import Spoken, converse, explain_failure, footer, question
from gilmok.cli.failures import NoGateway, Refused, Unreachable
from gilmok.cli.reaching import shown_key
from gilmok.cli.screen import Screen
from gilmok.cli.words import asking as words
from gilmok.config import EMBEDDED_ID, ServerSettings, Settings

_LONGEST = 60
"""Tokens: the first answer shows that it works, and a slow machine should not take long for it."""
_AUTO = "auto"
_KEY = "YOUR_KEY"

_CURL = """\
curl {url}/v1/chat/completions -H 'content-type: application/json'{key} \\
  -d '{{"model": "auto", "messages": [{{"role": "user", "content": "Hello"}}]}}'
"""
_PYTHON = """\
from openai import OpenAI
client = OpenAI(base_url="{url}/v1", api_key="{key}")
answer = client.chat.completions.create(
    model="auto", messages=[{{"role": "user", "content": "Hello"}}]
)
print(answer.choices[0].message.content)
"""


class Welcome:
    def __init__(self, screen: Screen, settings: Settings, url: str) -> None:
        self._screen = screen
        self._settings = settings
        self._url = url
        self._hang_up: HangUp | None = None
        self._cancelled = False

    async def show(self) -> None:
        """Asks in a thread, because the client blocks. Cancelling hangs up."""
        try:
            if self._settings.needs_key and shown_key(None) is None:
                self._screen.say(words.WELCOME_NEEDS_KEY)
            else:
                await asyncio.to_thread(self._ask)
        except asyncio.CancelledError:
            self._cancelled = True
            if self._hang_up is not None:
                self._hang_up()
            raise
        except (Unreachable, NoGateway):
            self._screen.say(words.WELCOME_SILENT, "yellow")
        self._screen.line()
        self._say_how()

    def _ask(self) -> None:
        screen = self._screen
        client = Client(self._url, shown_key(None), screen.locale)
        asked = self._question(client)
        screen.say(words.WELCOME_ASKING, "bold", question=asked)
        spoken = converse(
            client, {**question(asked, _AUTO), "max_tokens": _LONGEST}, screen.raw, self._opened
        )
        if spoken.text:
            screen.line()
        if not self._cancelled:
            self._conclude(spoken)

    def _conclude(self, spoken: Spoken) -> None:
        explain_failure(self._screen, spoken)
        if spoken.refused is None:
            self._screen.show(footer(self._screen, spoken))
        elif not spoken.refused.by_policy:
            self._screen.say(words.WELCOME_SILENT, "yellow")

    def _opened(self, hang_up: HangUp) -> None:
        self._hang_up = hang_up

    def _question(self, client: Client) -> str:
        """In the reader's language, unless the small model that comes with the package answers:
        it speaks English only."""
        asked = self._screen.text(words.WELCOME_QUESTION)
        try:
            candidates = client.plan(question(asked, _AUTO)).candidates
        except Refused:
            return asked
        builtin = self._settings.embedded.model_path is None
        if candidates and candidates[0].endpoint_id == EMBEDDED_ID and builtin:
            return words.WELCOME_QUESTION.en
        return asked

    def _say_how(self) -> None:
        """How to call the gateway: with curl, with the openai library, from here."""
        screen, keys = self._screen, self._settings.needs_key
        header = f" -H 'authorization: Bearer {_KEY}'" if keys else ""
        usual = self._url == f"http://127.0.0.1:{ServerSettings().port}"
        where = "" if usual else f" --url {self._url}"
        screen.say(words.CALL_IT, "bold")
        screen.copyable(_CURL.format(url=self._url, key=header))
        screen.copyable(_PYTHON.format(url=self._url, key=_KEY if keys else "local"))
        given = f"GILMOK_API_KEY={_KEY} " if keys else ""
        screen.copyable(f"{given}{program()} chat{where}")


def program() -> str:
    """How this command is called from here."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return "python -m gilmok"
    if shutil.which(called.name) == str(called):
        return called.name
    return shlex.quote(os.path.relpath(called))
