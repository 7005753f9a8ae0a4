"""The disk under the journal: what it says in words, what is kept of it, and what survives a power
cut."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import MappingProxyType

from gilmok.core.errors import JournalUnavailable
from gilmok.core.said import Said

_FULL = Said("the disk is full", "디스크가 가득 찼습니다")
_LOCKED = Said("it may not be written", "쓰기 권한이 없습니다")
_WORDS = MappingProxyType(
    {
        errno.ENOSPC: _FULL,
        errno.EDQUOT: _FULL,
        errno.EFBIG: _FULL,
        errno.EIO: Said("the disk reports an error", "디스크에서 오류가 났습니다"),
        errno.EROFS: Said("the disk is read-only", "디스크가 읽기 전용입니다"),
        errno.EACCES: _LOCKED,
        errno.EPERM: _LOCKED,
    }
)
_OTHER = Said("the system refuses", "시스템이 거부했습니다")

CLOSED = Said("it is closed", "닫혀 있습니다")
BEHIND = Said("its database does not take what waits", "데이터베이스에 기록이 밀려 있습니다")


def unwritable(why: OSError | Said) -> JournalUnavailable:
    """What a request is told that cannot be written down."""
    if isinstance(why, OSError):
        why = _WORDS.get(why.errno or 0, _OTHER)
    return JournalUnavailable(why.en, why.ko)


def keep_aside(path: Path, why: str) -> Path:
    """Renames a file that is read no more, and returns its new name. Raises `OSError`."""
    aside, number = path.with_name(f"{path.name}.{why}"), 1
    while os.path.lexists(aside):
        number += 1
        aside = path.with_name(f"{path.name}.{why}-{number}")
    path.rename(aside)
    return aside


def sync(path: Path) -> None:
    """What the file or folder holds survives a power cut from here on. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
