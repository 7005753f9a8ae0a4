"""The secret behind the pseudonyms in the ledger: a file beside it, made once.

Whoever has it can try out whether a name fits a pseudonym. Without it, or with another, users of
before are nobody to the gateway: their limits and budgets begin anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path

from gilmok.core.errors import ConfigError
from gilmok.core.os_errors import why
from gilmok.core.pseudonym import KEY_BYTES
from gilmok.core.said import Said

NAME = "users.key"


def user_key(beside: Path | None, entropy: Callable[[int], bytes]) -> bytes:
    """The secret in the folder of `beside`, made where there is none; `None`: for this process.

    Raises `ConfigError`.
    """
    if beside is None:
        return entropy(KEY_BYTES)
    path = beside.with_name(NAME)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Exclusively, so that of two gateways that start at once both have the same.
        with suppress(FileExistsError), open(path, "xb", opener=_private) as file:
            _write(file, path, entropy(KEY_BYTES))
        found = path.read_bytes()
    except OSError as error:
        raise _unusable(path, why(error)) from None
    if len(found) < KEY_BYTES:
        raise _unusable(path, Said("it is cut off", "잘려 있음"))
    return found


def _write(file: BufferedWriter, path: Path, key: bytes) -> None:
    """All of it, on the disk, or no file at all: half a secret would keep every start from working."""
    try:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _unusable(path: Path, reason: Said) -> ConfigError:
    return ConfigError(
        file=str(path),
        key="privacy.user_key",
        reason=f"The secret of users' pseudonyms cannot be used ({reason.en}).",
        reason_ko=f"사용자 가명에 쓰는 비밀값을 사용할 수 없습니다({reason.ko}).",
        fix="Make the file readable and writable, restore it, or set [privacy] user_key.",
        fix_ko="파일을 읽고 쓸 수 있게 하거나 복구하거나, [privacy] user_key를 지정하세요.",
    )
