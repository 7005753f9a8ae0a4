"""The keys a running gateway knows, kept in step with the stored ones."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self, TypeVar

from gilmok.admission import Index, Keys
from gilmok.composition.callers import index, of_stored, tenants_of
from gilmok.config import KeySettings, Settings, TermsBook
from gilmok.core.errors import ConfigError, ConfigErrors, KeyringUnavailable
from gilmok.ledger import Keyring, KeyringWatch, StoredKey

log = logging.getLogger(__name__)

_LOOK_S = 0.4
"""Between two looks for what other processes changed: a key is revoked within a second."""

Answer = TypeVar("Answer")


class KeyIndex:
    """Use it as `async with KeyIndex(keyring, settings, wall) as keys`.

    Entering reads the stored keys and raises `ConfigErrors` where it cannot, or where the
    configuration has an id that is stored, too.
    """

    def __init__(self, keyring: Keyring, settings: Settings, wall: Callable[[], int]) -> None:
        self._watch = KeyringWatch(keyring)
        self._configured = settings.keys
        self._granted = settings.plans, settings.tenants
        self._book = settings.terms
        self._stored: dict[str, StoredKey] = {}
        self._keyed = False
        self._one_looks = asyncio.Lock()
        self._healthy = True
        self._index = self._all()
        self._tenants = self._all_tenants()
        self.door = Keys(self._index, wall)

    async def __aenter__(self) -> Self:
        try:
            await self.look()
        except ConfigError as error:
            raise ConfigErrors((error,)) from None
        errors = (*self.conflicts(self._configured), *self.planless(self._book))
        if errors:
            raise ConfigErrors(errors)
        self._watching = asyncio.create_task(self._keep_looking(), name="keys")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watching.cancel()
        await asyncio.wait([self._watching])
        self._watch.close()

    @property
    def configured(self) -> dict[str, str]:
        """Tenants by the id of a key of the configuration."""
        return {key.id: key.tenant for key in self._configured}

    @property
    def plans(self) -> frozenset[str]:
        """Ids of the plans a key may have."""
        return self._book.plans

    def configure(self, settings: Settings) -> None:
        """Takes the configuration's keys and what they are granted; the stored ones stay."""
        granted = settings.plans, settings.tenants
        if settings.keys != self._configured or granted != self._granted:
            self._configured, self._granted = settings.keys, granted
            self._book = settings.terms
            self._take(self._all())

    def conflicts(self, configured: tuple[KeySettings, ...]) -> Iterator[ConfigError]:
        """Ids that are stored and written in the configuration."""
        for key in configured:
            if key.id in self._stored:
                yield ConfigError(
                    file="keys.db",
                    key=key.id,
                    reason="is a stored key and one of the configuration, too.",
                    reason_ko="저장된 키와 설정 파일의 키에 같은 id가 있습니다.",
                    fix="Give the one of the configuration another id: stored ids are final.",
                    fix_ko="저장된 키의 id는 바꿀 수 없으니 설정 파일에서 다른 id를 쓰세요.",
                )

    def planless(self, book: TermsBook) -> Iterator[ConfigError]:
        """Stored keys whose plan is not configured."""
        for key in self._stored.values():
            if key.plan is not None and key.plan not in book.plans and key.revoked_at is None:
                yield ConfigError(
                    file="keys.db",
                    key=key.id,
                    reason=f"is granted the plan '{key.plan}', which is not configured.",
                    reason_ko=f"설정에 없는 요금제 '{key.plan}'이(가) 지정되어 있습니다.",
                    fix="Add it to [[plans]], or revoke the key.",
                    fix_ko="[[plans]]에 추가하거나 키를 폐기하세요.",
                )

    async def ask(self, question: Callable[[Keyring], Answer]) -> Answer:
        """Asks the stored keys. Raises `KeyringUnavailable` and what the question raises."""
        return await self._watch.ask(question)

    async def change(self, change: Callable[[Keyring], StoredKey]) -> StoredKey:
        """Changes the stored keys; the next request meets them changed. Raises like `ask`."""
        async with self._one_looks:  # A look that began earlier must not undo it.
            changed = await self._watch.ask(change)
            if self._exchange(changed):
                return changed
        try:
            await self.look()
        except ConfigError as error:
            raise KeyringUnavailable(str(error.parameters["reason"])) from None
        return changed

    async def look(self) -> None:
        """Takes the stored keys if they changed. Raises `ConfigError`."""
        async with self._one_looks:  # An older look must not overtake a newer one.
            configured, book = self._configured, self._book
            news = await self._watch.news(
                lambda stored, keyed: (stored, keyed, index(configured, stored, book, keyed=keyed))
            )
            if news is None:
                return
            stored, self._keyed, found = news
            self._stored = {key.id: key for key in stored}
            reloaded = configured is not self._configured or book is not self._book
            self._take(self._all() if reloaded else found)
            self._tell_closed()

    def _exchange(self, changed: StoredKey) -> bool:
        """Whether it was enough to exchange this key: a program that hands out keys need not make
        the gateway read all of them for each. Who is alone may see more, so a second tenant
        concerns every key."""
        known = self._stored.get(changed.id)
        concerns_all = changed.tenant not in self._tenants and len(self._tenants) < 2
        if not self._keyed or concerns_all or changed.id in self.configured:
            return False
        ended = () if known is None else tuple(secret.sha256 for secret in known.secrets)
        keys = of_stored((changed,), len(self._tenants) == 1, self._book)
        self._stored[changed.id] = changed
        self._tenants |= {changed.tenant}
        self._index = self._index.exchanged(changed.id, ended, keys)
        self.door.take(self._index)
        return True

    def _take(self, found: Index) -> None:
        self._index = found
        self._tenants = self._all_tenants()
        self.door.take(found)

    def _all(self) -> Index:
        stored = tuple(self._stored.values())
        return index(self._configured, stored, self._book, keyed=self._keyed)

    def _all_tenants(self) -> frozenset[str]:
        return tenants_of(self._configured, self._stored.values())

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            try:
                await self.look()
            except ConfigError as error:
                if self._healthy:
                    self._healthy = False
                    log.error("keyring_unreadable", extra={"reason": error})
            else:
                if not self._healthy:
                    self._healthy = True
                    log.warning("keyring_readable_again")

    def _tell_closed(self) -> None:
        for error in self.conflicts(self._configured):
            log.error("stored_key_shadowed", extra={"key": error.parameters["key"]})
        for error in self.planless(self._book):
            log.error("stored_key_without_plan", extra={"key": error.parameters["key"]})
