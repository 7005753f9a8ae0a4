"""The model file: `encoder.npz`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.encoder.network import quantised
from training.encoder.pretrained import Pretrained


def packed(weights: Mapping[str, Any], model: Pretrained) -> dict[str, NDArray[np.generic]]:
    """The arrays of the model file: matrices as 8-bit integers with a scale for each row."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, tensor in weights.items():
        array = tensor.detach().float().numpy()
        if array.ndim == 1:
            arrays[name] = array
        elif name == "pos":
            arrays[name] = array.astype(np.float16)
        else:
            arrays[name], arrays[name + ".scale"] = quantised(array)
    arrays["pieces"] = np.frombuffer("\n".join(model.pieces).encode(), np.uint8)
    arrays["piece_scores"] = np.array(model.scores, np.float16)
    return arrays


def save(arrays: Mapping[str, NDArray[np.generic]], at: Path) -> None:
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(at, **named)
