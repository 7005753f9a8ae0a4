"""A real vLLM on the CPU, as the driver starts it: made-up weights of two layers, so its words are
nonsense and everything else is real. `make test-vllm` installs it (3.4 GB); elsewhere this is skipped.
"""

from __future__ import annotations

import asyncio
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from gilmok import providers
from gilmok.core.endpoint import Endpoint
from gilmok.core.engine import RAM
from gilmok.engines.drivers import Vllm, VllmSettings
from tests.unit.engines.conftest import family, gone

PYTHON = os.environ.get("GILMOK_TEST_VLLM")
pytestmark = pytest.mark.skipif(PYTHON is None, reason="no vLLM: make test-vllm installs one")
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 512,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-5,
    "hidden_act": "silu",
    "torch_dtype": "float32",
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": False,
}
BYTES = {"add_prefix_space": False, "trim_offsets": True, "use_regex": True}
SPECIAL = {0: "<unk>", 1: "<s>", 2: "</s>"}


def model(folder: Path) -> Path:
    """A configuration and a vocabulary of bytes; the weights are made up (`--load-format dummy`)."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    vocabulary = {text: id for id, text in SPECIAL.items()}
    # The alphabet of byte-level encodings: printable stand-ins for all 256 bytes.
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [*map(chr, visible), *(chr(256 + n) for n in range(256 - len(visible)))]
    vocabulary |= {letter: 3 + at for at, letter in enumerate(letters)}
    tokenizer = {
        "version": "1.0",
        "added_tokens": [
            {"id": id, "content": text, "special": True, "single_word": False, "lstrip": False,
             "rstrip": False, "normalized": False}
            for id, text in SPECIAL.items()
        ],
        "pre_tokenizer": {"type": "ByteLevel", **BYTES},
        "decoder": {"type": "ByteLevel", **BYTES},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": [], "unk_token": "<unk>"},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<s>",
                "eos_token": "</s>",
                "unk_token": "<unk>",
                "chat_template": "{% for m in messages %}{{ m['content'] }}{% endfor %}",
            }
        )
    )
    return folder


def ask(endpoint: Endpoint) -> Any:
    assert endpoint.api_key is not None
    body = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 8,
    }
    request = urllib.request.Request(
        f"{endpoint.base_url}/chat/completions",
        json.dumps(body).encode(),
        {
            "authorization": f"Bearer {endpoint.api_key.reveal()}",
            "content-type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


async def test_it_is_started_asked_measured_and_gone(tmp_path: Path) -> None:
    assert PYTHON is not None
    engine = Vllm(
        VllmSettings(
            id="big",
            provider=providers.catalogue()["vllm"],
            model="made-up",
            weights=str(model(tmp_path / "model")),
            context=512,
            slots=2,
            command=(PYTHON, "-m", "vllm.entrypoints.openai.api_server"),
            options=("--load-format", "dummy", "--dtype", "float32", "--enforce-eager"),
            environment={
                "PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin",
                "HOME": str(tmp_path),
                "VLLM_CPU_KVCACHE_SPACE": "1",
                "HF_HUB_OFFLINE": "1",
                "OMP_NUM_THREADS": "1",
            },
            start_timeout_s=500.0,
        )
    )
    try:
        endpoint = await engine.ensure_ready(lambda share: None)
        before = await engine.health()
        answer = await asyncio.to_thread(ask, endpoint)
        assert answer["usage"]["completion_tokens"] > 0
        after = await engine.health()
        assert (after.alive, after.answers, after.running) == (True, True, 0)
        assert after.work is not None
        assert before.work is not None
        assert after.work > before.work
        assert after.cache is not None
        held = await engine.footprint()
        assert held is not None
        print(f"vLLM holds {held[RAM] / 2**30:.2f} GiB")
        assert held[RAM] > 2**29
        process = engine._child.process
        assert process is not None
        below = family(process.pid)
        assert len(below) >= 3
    finally:
        await engine.close()
    assert gone(below, 0)
