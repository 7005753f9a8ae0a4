"""What NVML says, as it is read here. No GPU is needed, and no real one has been asked so far."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace as Named
from typing import Any

import pynvml
import pytest

from gilmok.engines import gpu

GIB = 2**30


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, list[Any]]]:
    """Of 80 and 24 GiB, and who runs on each."""
    processes: dict[int, list[Any]] = {0: [], 1: []}
    answers = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetMemoryInfo": lambda index: Named(total=(80, 24)[index] * GIB),
        "nvmlDeviceGetUtilizationRates": lambda index: Named(gpu=(70, 0)[index]),
        "nvmlDeviceGetComputeRunningProcesses": processes.__getitem__,
    }
    for name, answer in answers.items():
        monkeypatch.setattr(pynvml, name, answer)
    gpu._devices.cache_clear()
    yield processes
    gpu._devices.cache_clear()


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)

    monkeypatch.setattr(pynvml, "nvmlInit", fail)
    gpu._devices.cache_clear()
    yield
    gpu._devices.cache_clear()


def test_each_gpu_is_measured(two_gpus: dict[int, list[Any]]) -> None:
    two_gpus[0] = [Named(pid=7, usedGpuMemory=5 * GIB), Named(pid=8, usedGpuMemory=GIB)]
    two_gpus[1] = [Named(pid=7, usedGpuMemory=2 * GIB), Named(pid=99, usedGpuMemory=GIB)]
    assert gpu.sizes() == {"gpu0": 80 * GIB, "gpu1": 24 * GIB}
    assert gpu.held([7, 8]) == {"gpu0": 6 * GIB, "gpu1": 2 * GIB}
    assert gpu.utilisation("gpu0") == 0.7


@pytest.mark.parametrize("seen", [[], [Named(pid=7, usedGpuMemory=None)]])
def test_what_nobody_says_is_unknown_and_not_nothing(
    two_gpus: dict[int, list[Any]], seen: list[Any]
) -> None:
    two_gpus[0] = seen
    assert gpu.held([7]) is None


def test_a_device_that_is_none_has_no_utilisation(two_gpus: dict[int, list[Any]]) -> None:
    assert gpu.utilisation("gpu2") is None
    assert gpu.utilisation("ram") is None


def test_without_a_driver_there_are_no_gpus(no_driver: None) -> None:
    assert gpu.sizes() == {}
    assert gpu.held([1]) is None
    assert gpu.utilisation("gpu0") is None


def test_without_the_extra_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "pynvml", None)
    gpu._devices.cache_clear()
    assert gpu.sizes() == {}
    gpu._devices.cache_clear()
