"""What NVIDIA's GPUs hold and do, by NVML; nothing where the extra `gpu` or the driver is missing.

`gpu0`, `gpu1`, … are NVML's order (that of `nvidia-smi`), which is CUDA's where
`CUDA_DEVICE_ORDER=PCI_BUS_ID`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gilmok.core.engine import Bytes

try:
    import pynvml
except ImportError:
    pynvml = None


@lru_cache(maxsize=1)
def _devices() -> tuple[Any, ...]:
    """Handles by index; empty where there are none."""
    if pynvml is None:
        return ()
    try:
        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        return tuple(pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count))
    except pynvml.NVMLError:
        return ()


def sizes() -> Bytes:
    """All the memory of each GPU."""
    found = {}
    for index, device in enumerate(_devices()):
        try:
            found[f"gpu{index}"] = int(pynvml.nvmlDeviceGetMemoryInfo(device).total)
        except pynvml.NVMLError:
            continue
    return found


def held(pids: list[int]) -> Bytes | None:
    """What these processes hold of each GPU; `None` where nobody can say, as in a container that
    hides the process ids by which the driver knows them."""
    if not _devices():
        return None
    wanted, found, known = set(pids), dict[str, int](), False
    for index, device in enumerate(_devices()):
        try:
            processes = pynvml.nvmlDeviceGetComputeRunningProcesses(device)
        except pynvml.NVMLError:
            continue
        for process in processes:
            if process.pid in wanted and process.usedGpuMemory is not None:
                known = True
                name = f"gpu{index}"
                found[name] = found.get(name, 0) + int(process.usedGpuMemory)
    return found if known else None


def utilisation(device: str) -> float | None:
    """Of one GPU over its last sample period (up to a second), 0 to 1, whoever used it."""
    devices = _devices()
    number = device.removeprefix("gpu")
    if not number.isdecimal() or int(number) >= len(devices):
        return None
    try:
        return float(pynvml.nvmlDeviceGetUtilizationRates(devices[int(number)]).gpu) / 100
    except pynvml.NVMLError:
        return None
