"""Engines in the configuration, and what becomes of them at the drivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gilmok.composition.drivers import driver
from gilmok.composition.engines import budget
from gilmok.core.endpoint import Queueing, Zone
from gilmok.core.engine import GIB
from gilmok.engines.drivers import Ollama, Pod, Vllm
from tests.unit.config.conftest import Checker, Loader

POD = """
[[engines]]
id = "pod"
driver = "pod"
model = "big"
base_url = "https://pod.example.com/v1"
api_key = "env:POD_KEY"
hook_key = "env:HOOK_KEY"
price_per_second = 0.001
"""
KEYS = {"POD_KEY": "sk-pod", "HOOK_KEY": "sk-hook"}


def engine(driver: str, *lines: str, id: str = "one") -> str:
    rest = "\n".join(lines)
    return f'[[engines]]\nid = "{id}"\ndriver = "{driver}"\nmodel = "m"\n{rest}\n'


def test_an_engine_is_an_endpoint_that_has_slots(config: Loader) -> None:
    (one,) = config(engine("ollama", "context = 2048", "quality = 0.4", "queue_size = 9")).engines
    assert (one.id, one.endpoint.id, one.endpoint.zone) == ("one", "one", Zone.LOCAL)
    assert one.endpoint.queueing == Queueing(slots=2, size=9, batch_tokens=4096)
    assert one.endpoint.quality == 0.4
    assert isinstance(driver(one, None), Ollama)


def test_an_endpoint_may_have_slots_of_its_own(config: Loader) -> None:
    toml = '[[endpoints]]\nid = "e"\nprovider = "vllm"\nbase_url = "http://127.0.0.1:1/v1"\n'
    more = 'model = "m"\ncontext = 1000\nslots = 20\nbatch_tokens = 5000\n'
    (plain,) = config(f'{toml}model = "m"\n').endpoints
    assert plain.queueing is None
    (queued,) = config(toml + more).endpoints
    assert queued.queueing == Queueing(slots=20, size=256, batch_tokens=5000)


def test_a_pod_is_the_cloud_and_its_keys_are_two(config: Loader) -> None:
    (pod,) = config(POD, KEYS).engines
    assert pod.endpoint.zone is Zone.CLOUD
    assert pod.endpoint.api_key is not None
    assert pod.hook_key is not None
    assert (pod.endpoint.api_key.reveal(), pod.hook_key.reveal()) == ("sk-pod", "sk-hook")
    assert isinstance(driver(pod, None), Pod)
    assert "sk-" not in repr(pod)


def test_a_vllm_that_runs_already_is_put_to_sleep(config: Loader) -> None:
    lines = ('base_url = "http://127.0.0.1:8000/v1"', "sleep_level = 1", "memory_gb = 14.0")
    (one,) = config(engine("vllm", *lines)).engines
    assert isinstance(driver(one, None), Vllm)


def test_a_server_that_is_started_inherits_little(config: Loader) -> None:
    environ = {"PATH": "/bin", "OPENAI_API_KEY": "sk-x", "HOME": "/home/u"}
    (one,) = config(engine("vllm"), environ).engines
    assert one.environment == {"PATH": "/bin", "HOME": "/home/u"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (engine("llamacpp", 'base_url = "http://127.0.0.1:1"'), "engines[0].base_url"),
        (engine("ollama", "threads = 2"), "engines[0].threads"),
        (engine("ollama", "sleep_level = 1"), "engines[0].sleep_level"),
        (engine("vllm", 'base_url = "http://127.0.0.1:1/v1"'), "engines[0].sleep_level"),
        (engine("vllm", 'start_url = "http://127.0.0.1:1"'), "engines[0].start_url"),
        (engine("pod"), "engines[0].base_url"),
        (engine("ollama", 'together = ["nobody"]'), "engines[0].together[0]"),
        (engine("ollama", 'device = "gpu"'), "engines[0].device"),
        (engine("llamacpp"), "engines[0].model"),
        (engine("ollama") + engine("ollama"), "engines[1].id"),
        (engine("pod", 'runpod = "pod-1"'), "engines[0].runpod"),
        (POD.replace("env:HOOK_KEY", "env:NONE"), "engines[0].hook_key"),
    ],
)
def test_what_cannot_be_is_named_in_both_languages(checked: Checker, text: str, key: str) -> None:
    errors = checked(text, KEYS).errors
    assert key in [error.parameters["key"] for error in errors]
    assert all(error.message("en") != error.message("ko") for error in errors)


def test_the_budget_is_as_written_or_most_of_the_machine(config: Loader, tmp_path: Path) -> None:
    total = 100 * GIB
    assert budget(config(""), total) == {"ram": 80 * GIB}
    written = config("[memory]\nram_gb = 24.0\ngpu_gb = [16.0, 8.0]\n")
    assert budget(written, total) == {"ram": 24 * GIB, "gpu0": 16 * GIB, "gpu1": 8 * GIB}


def test_a_local_engine_is_enough_to_do_without_the_embedded_model(config: Loader) -> None:
    assert config("").wants_embedded
    assert not config(engine("ollama")).wants_embedded
    assert config(POD, KEYS).wants_embedded
