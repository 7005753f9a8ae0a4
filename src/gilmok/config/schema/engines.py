"""Models that the gateway loads itself, and the memory they share."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gilmok.config.schema.section import Flag, Identifier, Number, Path, Section, Usd, Whole
from gilmok.core.endpoint import Capability, Zone

DEVICE = r"^(ram|gpu[0-9]{1,2})$"
RUNPOD = r"^(pod|serverless)/[A-Za-z0-9_-]{1,64}$"


class MemorySettings(Section):
    """What all engines together may hold, and when one makes room for another."""

    ram_gb: Number | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="GiB of this machine's memory for engines. Unset: 80 % of what there is.",
    )
    gpu_gb: tuple[Number, ...] = Field(
        default=(),
        max_length=64,
        description="GiB of each GPU for engines, gpu0 first. Unset: 90 % of what a GPU says it "
        "has, where nvidia-ml-py (the extra `gpu`) is installed; else there are none.",
    )
    max_wait_s: Number = Field(
        default=120.0,
        gt=0,
        le=86400,
        description="Seconds a request may wait because its engine is not loaded while the loaded "
        "ones have work; then they make room. Smaller is fairer, larger saves loads.",
    )
    idle_utilization: Number = Field(
        default=0.05,
        ge=0,
        le=1,
        description="An engine that is used less than this share of the time counts as idle.",
    )
    stuck_s: Number = Field(
        default=120.0,
        gt=0,
        le=86400,
        description="An engine with work that shows no progress for so long is started anew.",
    )


class EngineOptions(Section):
    """A model that the gateway loads when it is needed and unloads when others need the memory.
    Repeat the table for each; each is an endpoint, too."""

    id: Identifier = Field(
        description="Unique name, also its endpoint's: clients may ask for it as `model`."
    )
    driver: Literal["llamacpp", "ollama", "vllm", "pod"] = Field(
        description="Who runs it: llamacpp starts a llama-server for it, vllm a vLLM server, "
        "ollama asks an Ollama that is running, pod starts and stops a machine elsewhere by HTTP."
    )
    model: str = Field(
        min_length=1,
        max_length=4096,
        description="llamacpp: a GGUF file. Others: the model's name as the server knows it.",
    )
    base_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="ollama: where it listens, unset http://127.0.0.1:11434. pod: address of its "
        "API, up to the version. vllm: one that runs already, which sleep_level puts to sleep. "
        "Others listen on a loopback port of their own.",
    )
    api_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        repr=False,
        description='pod, and a vllm that runs already: "env:NAME" or "file:/path"; goes to '
        "base_url only.",
    )
    zone: Zone | None = Field(
        default=None,
        description="Where base_url is given: lowers the trust that its address proves, as for "
        "endpoints.",
    )
    device: str = Field(
        default="ram",
        pattern=DEVICE,
        description="Whose memory it takes: ram, gpu0, gpu1, … A pod takes none of this machine.",
    )
    memory_gb: Number | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="GiB it holds while loading and loaded. Unset: estimated from the file, then "
        "measured and remembered.",
    )
    exclusive: Flag = Field(
        default=False, description="Nothing else may be loaded on its device beside it."
    )
    together: tuple[Identifier, ...] = Field(
        default=(),
        max_length=100,
        description="The only engines that may be loaded beside it. Unset: all.",
    )
    pinned: Flag = Field(
        default=False, description="Loaded from the start and never unloaded for others."
    )
    min_residence_s: Number = Field(
        default=0.0,
        ge=0,
        le=86400,
        description="Once loaded it stays so long, whoever else waits.",
    )
    idle_s: Number | None = Field(
        default=None,
        gt=0,
        le=864000,
        description="Unloaded after so long without work. Unset: it stays until memory is needed.",
    )
    load_s: Number | None = Field(
        default=None,
        gt=0,
        le=86400,
        description="How long loading takes, until it is measured. Unset: by the file's size.",
    )
    start_timeout_s: Number = Field(
        default=600.0,
        gt=0,
        le=86400,
        description="Seconds after which loading has failed; before that it is only slow.",
    )
    slots: Whole | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Requests it answers at once; more wait in its queue. Unset: 2 for llamacpp "
        "and ollama, 20 for vllm and pod.",
    )
    queue_size: Whole = Field(
        default=256, ge=0, le=100_000, description="Requests that may wait for it."
    )
    batch_tokens: Whole | None = Field(
        default=None,
        ge=256,
        le=100_000_000,
        description="Tokens, prompt and expected answer, in all requests it answers at once: long "
        "ones go with fewer others. Unset: slots x context.",
    )
    context: Whole | None = Field(
        default=None,
        ge=256,
        le=100_000_000,
        description="Tokens of prompt and answer together, for each request. Unset: 8192.",
    )
    threads: Whole | None = Field(
        default=None,
        ge=1,
        le=512,
        description="llamacpp: threads that generate. Unset: the physical cores, at most 4.",
    )
    server_path: Path | None = Field(
        default=None,
        description="llamacpp: your own llama-server. vllm: the Python that has vLLM, or its "
        "`vllm` command. Unset: the installed package's, then the one on PATH.",
    )
    arguments: tuple[str, ...] = Field(
        default=(),
        max_length=100,
        description="llamacpp and vllm: further arguments of the server's command line.",
    )
    gpu_layers: Whole | None = Field(
        default=None,
        ge=0,
        le=10_000,
        description="llamacpp on a GPU: layers that are put there. Unset: all.",
    )
    sleep_level: Whole | None = Field(
        default=None,
        ge=1,
        le=2,
        description="vllm: stopping it puts it to sleep, 1 with its weights in RAM (leave room for "
        "them), 2 without. Unset: stopping ends it.",
    )
    runpod: str | None = Field(
        default=None,
        pattern=RUNPOD,
        description='pod: "pod/ID" or "serverless/ID" of RunPod, instead of the hooks below.',
    )
    hook_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=8192,
        repr=False,
        description='pod: "env:NAME" or "file:/path"; what the hooks, or RunPod, are shown as '
        "bearer token.",
    )
    start_url: str | None = Field(
        default=None, min_length=1, max_length=2048, description="pod: POST here starts it."
    )
    stop_url: str | None = Field(
        default=None, min_length=1, max_length=2048, description="pod: POST here stops it."
    )
    status_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="pod: GET here answers 200 once it can be asked. Unset: base_url + /models.",
    )
    ready_field: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="pod: where in the JSON of status_url stands whether it is ready, such as "
        "workers.ready. Unset: any 200 means that it is.",
    )
    ready_value: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="pod: what stands there then. Unset: a number above 0, true, or a text.",
    )
    quality: Number | None = Field(
        default=None, ge=0, le=1, description="Prior of answer quality. Unset: 0.5."
    )
    capabilities: tuple[Capability, ...] | None = Field(
        default=None, description="Replaces what the server says about its model."
    )
    max_output: Whole | None = Field(
        default=None,
        ge=1,
        le=100_000_000,
        description="Tokens of one answer at most. Unset: the context.",
    )
    price_input: Usd | None = Field(
        default=None, ge=0, le=100_000, description="USD per 1M prompt tokens. Unset: free."
    )
    price_output: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD per 1M answer tokens; set both prices or neither.",
    )
    price_per_second: Usd | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="USD for each second an attempt takes; also what stopping it saves.",
    )
    tokens_per_s: Number = Field(
        default=20.0,
        gt=0,
        le=100_000,
        description="Generation speed expected until it is measured.",
    )
    first_token_s: Number = Field(
        default=0.8,
        gt=0,
        le=3600,
        description="Time to the first token, once loaded, expected until it is measured.",
    )
