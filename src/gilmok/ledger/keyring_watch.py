"""A keyring as an event loop sees it: every question and change in a worker thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from gilmok.core.errors import ConfigError, KeyringUnavailable
from gilmok.ledger.keyring import Keyring, StoredKey

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class KeyringWatch:
    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._seen: tuple[int, ...] | None = None
        self._had_keys = False

    async def ask(self, question: Callable[[Keyring], Answer]) -> Answer:
        """Asks or changes. Raises `KeyringUnavailable` and what the question raises."""
        try:
            return await asyncio.to_thread(question, self._keyring)
        except ConfigError as error:
            raise KeyringUnavailable(str(error.parameters["reason"])) from None

    async def news(self, make: Callable[[tuple[StoredKey, ...], bool], Answer]) -> Answer | None:
        """What `make` makes of all keys, in the thread; `None` where nothing changed since the
        last call. Raises `ConfigError`.

        It is told, too, whether there is a file at all: an empty one, cut off perhaps, is no reason
        to let in callers without a key.

        Keys never leave a keyring, so where all that were there are gone, the file was deleted or
        cut off: that is an error, and lets nobody in or out before the gateway is started anew.
        """
        found = await asyncio.to_thread(self._news, make)
        if found is None:
            return None
        # Here and not in the thread: news that a cancelled caller never got are still to be told.
        self._seen, self._had_keys, made = found
        return made

    def _news(
        self, make: Callable[[tuple[StoredKey, ...], bool], Answer]
    ) -> tuple[tuple[int, ...], bool, Answer] | None:
        # Asked before the keys are read: what changes in between is news once more.
        state = self._keyring.state()
        if state == self._seen:
            return None
        keys = self._keyring.all()
        if self._had_keys and not keys:
            raise _gone()
        return state, bool(keys), make(keys, bool(state))

    def close(self) -> None:
        self._keyring.close()


def _gone() -> ConfigError:
    return ConfigError(
        file="keys.db",
        key="keys",
        reason="The stored keys are gone: the file was deleted or cut off.",
        reason_ko="저장된 키가 사라졌습니다. 파일이 지워졌거나 잘렸습니다.",
        fix="Restore it from a backup, or start the gateway anew.",
        fix_ko="백업에서 복원하거나 게이트웨이를 다시 시작하세요.",
    )
