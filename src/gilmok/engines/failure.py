"""Why an engine could not be started, in words for whoever runs the gateway."""

from __future__ import annotations

from typing import ClassVar

from gilmok.core.errors import GilmokError
from gilmok.engines.lifecycle import Death

_LONGEST = 300


class EngineFailed(GilmokError):
    """A model could not be started. `death` says why, and whether another try may help."""

    code: ClassVar[str] = "engine_failed"
    en = "The model of {engine} did not start ({cause}): {detail} {fix}"
    ko = "{engine} 모델을 시작하지 못했습니다({cause}): {detail} {fix_ko}"

    def __init__(self, death: Death, detail: str, *, engine: str = "[embedded]") -> None:
        """`detail`: the engine's own last words. It has not been asked anything by then, so that no
        user text can be in them. `engine`: where the configuration speaks of it."""
        self.death = death
        fix, fix_ko = (text.format(table=engine) for text in _FIXES[death])
        super().__init__(
            engine=engine, cause=death.value, detail=detail[:_LONGEST], fix=fix, fix_ko=fix_ko
        )


_FIXES = {
    Death.WRONG_CPU: (
        "This llama-server was built for another processor. Give your own as {table} "
        "server_path, or use Ollama.",
        "이 llama-server는 다른 프로세서용으로 빌드되었습니다. {table} server_path에 다른 "
        "실행 파일을 지정하거나 Ollama를 쓰세요.",
    ),
    Death.TOO_SLOW: (
        "Raise {table} start_timeout_s or choose a smaller model.",
        "{table} start_timeout_s를 늘리거나 더 작은 모델을 고르세요.",
    ),
    Death.NOT_STARTED: ("Check {table} server_path.", "{table} server_path를 확인하세요."),
    Death.PORT_TAKEN: ("Try again.", "다시 시도하세요."),
    Death.EXITED: (
        "Check the model that {table} names, and the free memory.",
        "{table}에 적은 모델과 남은 메모리를 확인하세요.",
    ),
    Death.OUT_OF_MEMORY: (
        "Lower {table} context or slots, raise memory_gb to what it needs, or choose a smaller "
        "model.",
        "{table} context나 slots를 줄이거나, memory_gb를 필요한 만큼 늘리거나, 더 작은 모델을 고르세요.",
    ),
    Death.WEDGED: ("It is stopped and started again.", "멈추고 다시 시작합니다."),
    Death.UNREACHABLE: (
        "Check that it runs, and the addresses of {table}.",
        "실행 중인지, {table}의 주소가 맞는지 확인하세요.",
    ),
    Death.REFUSED: (
        "Check the model's name and the key of {table}.",
        "{table}의 모델 이름과 키를 확인하세요.",
    ),
}
