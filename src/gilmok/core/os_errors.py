"""What the operating system refused, in the reader's language: its own words are English."""

from __future__ import annotations

import errno
import os
from typing import Final

from gilmok.core.said import Said

_KOREAN: Final = {
    errno.ENOENT: "그런 파일이나 폴더가 없음",
    errno.EACCES: "권한이 없음",
    errno.EPERM: "허용되지 않음",
    errno.EISDIR: "폴더임",
    errno.ENOTDIR: "경로 가운데에 폴더가 아닌 것이 있음",
    errno.EEXIST: "이미 있음",
    errno.EROFS: "읽기 전용 파일 시스템",
    errno.ENOSPC: "디스크에 남은 공간이 없음",
    errno.EDQUOT: "디스크 할당량을 넘음",
    errno.EFBIG: "파일이 너무 큼",
    errno.EMFILE: "열린 파일이 너무 많음",
    errno.ENFILE: "열린 파일이 너무 많음",
    errno.ENAMETOOLONG: "이름이 너무 김",
    errno.ELOOP: "심볼릭 링크가 돌고 돎",
    errno.EIO: "입출력 오류",
    errno.EINVAL: "올바르지 않은 값",
    errno.EADDRINUSE: "이미 쓰고 있는 주소",
    errno.EADDRNOTAVAIL: "이 컴퓨터의 주소가 아님",
}
"""Those that somebody who names a file or an address meets; the rest stays as the system says it."""


def why(error: OSError) -> Said:
    """The reason of a failure, without the path, which the caller knows."""
    english = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return Said(english, _KOREAN.get(error.errno or 0, english))
