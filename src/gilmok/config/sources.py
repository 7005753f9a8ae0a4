"""What a configuration refers to outside itself: environment variables, files, credentials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from gilmok.config.problems import Problems, Said
from gilmok.core.text import Secret

_LARGEST_CREDENTIAL = 8192
_PEM = b"-----BEGIN CERTIFICATE-----"


class Sources:
    """Reads for one load. Relative paths are relative to the configuration file's directory."""

    def __init__(self, environ: Mapping[str, str], directory: Path, problems: Problems) -> None:
        self._environ = environ
        self._directory = directory
        self._problems = problems

    def path(self, written: str) -> Path:
        """A path of the file as an absolute one; `~` is the HOME of the environment given."""
        home = self._environ.get("HOME")
        if home and (written == "~" or written.startswith("~/")):
            return Path(home, written[2:])
        return self._directory.joinpath(written).absolute()

    def variable(self, name: str) -> Secret | None:
        """A credential that usually stands in this variable, where it does."""
        value = self._environ.get(name, "").strip()
        return Secret(value) if _is_header_safe(value) else None

    def plain(self, name: str) -> str:
        """What an environment variable says; empty where it is not set."""
        return self._environ.get(name, "").strip()

    def required(self, key: str, name: str) -> str | None:
        """What the variable that `env:NAME` names says; `None` and a problem where it is unset."""
        if self._from_environment(key, name) is None:
            return None
        return self.plain(name)

    def credential(self, key: str, written: str) -> Secret | None:
        """The credential that `env:NAME`, `file:/path` or a literal stands for.

        `None` where it cannot be had; the reason is then among the problems. Values are never shown.
        """
        kind, colon, rest = written.partition(":")
        if colon and kind == "env":
            return self._from_environment(key, rest)
        if colon and kind == "file":
            return self._from_file(key, rest)
        self._problems.warn(
            key,
            Said(
                "the key stands in the file itself; env:NAME or file:/path keeps it out of copies.",
                "키가 파일에 그대로 적혀 있습니다. env:이름 또는 file:/경로를 쓰면 복사본에 남지 않습니다.",
            ),
        )
        return self._checked(key, written)

    def existing(self, key: str, written: str, *, executable: bool = False) -> str | None:
        """A file that must exist, as an absolute path; `None` and a problem where it does not."""
        path = self.path(written)
        if path.is_file() and os.access(path, os.X_OK if executable else os.R_OK):
            return str(path)
        self._problems.error(
            key,
            Said("no such readable file.", "읽을 수 있는 파일이 없습니다.")
            if not executable
            else Said("no such executable file.", "실행할 수 있는 파일이 없습니다."),
            Said(
                "Check the path; it is relative to the configuration file.",
                "경로를 확인하세요. 상대 경로는 설정 파일 위치를 기준으로 합니다.",
            ),
        )
        return None

    def authority(self, key: str, written: str) -> str | None:
        """A PEM file with a certificate in it."""
        found = self.existing(key, written)
        if found is None or _PEM in _head(Path(found), 2**20):
            return found
        self._problems.error(
            key,
            Said("holds no PEM certificate.", "PEM 인증서가 들어 있지 않습니다."),
            Said(
                "Give the authority's certificate as PEM.",
                "인증 기관 인증서를 PEM 형식으로 지정하세요.",
            ),
        )
        return None

    def _from_environment(self, key: str, name: str) -> Secret | None:
        if not name.isidentifier():  # perhaps a key written behind env: by mistake; not repeated
            self._problems.error(
                key,
                Said("names no environment variable.", "환경 변수 이름이 아닙니다."),
                Said("Write env:NAME, such as env:OPENAI_API_KEY.", "예: env:OPENAI_API_KEY"),
            )
            return None
        value = self._environ.get(name, "").strip()
        if value:
            return self._checked(key, value)
        self._problems.error(
            key,
            Said(
                f"the environment variable {name} is not set.",
                f"환경 변수 {name} 이(가) 설정되어 있지 않습니다.",
            ),
            Said(
                f"Set {name} before starting, or remove this endpoint.",
                f"시작하기 전에 {name} 을(를) 설정하거나 이 엔드포인트를 지우세요.",
            ),
        )
        return None

    def _from_file(self, key: str, written: str) -> Secret | None:
        found = self.existing(key, written)
        if found is None:
            return None
        value = _head(Path(found), _LARGEST_CREDENTIAL + 1)
        return self._checked(key, value.decode("utf-8", "replace").strip())

    def _checked(self, key: str, value: str) -> Secret | None:
        if _is_header_safe(value):
            return Secret(value)
        self._problems.error(
            key,
            Said("is not a key that fits a header.", "헤더에 넣을 수 있는 키가 아닙니다."),
            Said(
                "A key is one line of up to 8192 visible ASCII characters.",
                "키는 공백 없는 ASCII 문자 한 줄(8192자 이하)이어야 합니다.",
            ),
        )
        return None


def _is_header_safe(value: str) -> bool:
    return 0 < len(value) <= _LARGEST_CREDENTIAL and all("!" <= char <= "~" for char in value)


def _head(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""
