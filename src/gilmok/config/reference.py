"""The schema written out for people: the example file and the table of options.

`config.example.toml` and `docs/configuration.md` are what these functions return; a meta-test
compares them, so an option cannot exist undocumented.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gilmok.config.schema import ConfigFile
from gilmok.config.wording import expectation, shown

_WIDTH = 98

_EXAMPLES = {
    ("endpoints", "id"): '"cloud-mini"',
    ("endpoints", "provider"): '"openai"',
    ("endpoints", "base_url"): '"https://api.openai.com/v1"',
    ("endpoints", "model"): '"gpt-4o-mini"',
    ("endpoints", "api_key"): '"env:OPENAI_API_KEY"',
    ("events", "webhook"): '"https://hooks.example.com/gilmok"',
    ("events", "secret"): '"env:GILMOK_WEBHOOK_SECRET"',
    ("endpoints", "zone"): '"cloud"',
    ("endpoints", "price_input"): "0.15",
    ("endpoints", "price_output"): "0.60",
    ("endpoints", "price_cached_input"): "0.075",
    ("endpoints", "price_cache_write"): "0.19",
    ("endpoints", "price_audio_input"): "10.0",
    ("endpoints", "price_image_input"): "0.15",
    ("endpoints", "price_reasoning"): "0.60",
    ("endpoints", "price_audio_output"): "20.0",
    ("endpoints", "price_image_output"): "30.0",
    ("endpoints", "price_per_image"): "0.001",
    ("endpoints", "price_per_request"): "0.005",
    ("endpoints", "price_per_second"): "0.0002",
    ("endpoints", "price_per_picture"): "0.04",
    ("endpoints", "price_per_million_characters"): "15.0",
    ("endpoints", "price_per_minute"): "0.006",
    ("endpoints", "does"): '"chat"',
    ("endpoints", "daily_cap_usd"): "5",
    ("endpoints", "monthly_cap_usd"): "100",
    ("services", "embedding_model"): '"local-encoder"',
    ("endpoints", "context"): "128000",
    ("endpoints", "quality"): "0.72",
    ("endpoints", "capabilities"): '["stream", "tools", "json"]',
    ("endpoints", "max_output"): "16384",
    ("endpoints", "ca_file"): '"authority.pem"',
    ("endpoints", "proxy"): '"none"',
    ("network", "proxy"): '"http://proxy.example:3128"',
    ("network", "max_connections"): "100",
    ("network", "idle_s"): "30.0",
    ("endpoints", "max_concurrency"): "8",
    ("endpoints", "requests_per_minute"): "500",
    ("endpoints", "tokens_per_minute"): "200000",
    ("endpoints", "slots"): "20",
    ("endpoints", "batch_tokens"): "65536",
    ("memory", "ram_gb"): "48.0",
    ("engines", "id"): '"coder"',
    ("engines", "driver"): '"pod"',
    ("engines", "model"): '"Qwen/Qwen2.5-7B-Instruct"',
    ("engines", "base_url"): '"https://pod-id-8000.proxy.runpod.net/v1"',
    ("engines", "api_key"): '"env:OPENAI_API_KEY"',
    ("engines", "zone"): '"cloud"',
    ("engines", "memory_gb"): "19.0",
    ("engines", "idle_s"): "900.0",
    ("engines", "load_s"): "45.0",
    ("engines", "slots"): "4",
    ("engines", "batch_tokens"): "65536",
    ("engines", "context"): "32768",
    ("engines", "threads"): "4",
    ("engines", "gpu_layers"): "99",
    ("engines", "server_path"): '"/usr/local/bin/llama-server"',
    ("engines", "sleep_level"): "1",
    ("engines", "runpod"): '"pod/pod-id"',
    ("engines", "hook_key"): '"env:RUNPOD_API_KEY"',
    ("engines", "start_url"): '"https://pods.example.com/start"',
    ("engines", "stop_url"): '"https://pods.example.com/stop"',
    ("engines", "status_url"): '"https://pods.example.com/status"',
    ("engines", "ready_field"): '"workers.ready"',
    ("engines", "ready_value"): '"RUNNING"',
    ("engines", "quality"): "0.6",
    ("engines", "capabilities"): '["stream", "tools"]',
    ("engines", "max_output"): "4096",
    ("engines", "price_input"): "0.0",
    ("engines", "price_output"): "0.0",
    ("engines", "price_per_second"): "0.0002",
    ("plans", "id"): '"paid"',
    ("plans", "max_tokens"): "4096",
    ("plans", "medium"): '"mask"',
    ("plans", "injection"): '"strip"',
    ("plans", "first_token_target_s"): "1.0",
    ("plans", "tenant_limits"): "{ requests_per_minute = 600, tokens_per_day = 5000000 }",
    ("plans", "key_limits"): "{ concurrency = 16, requests_per_minute = 120 }",
    ("plans", "user_limits"): "{ requests_per_minute = 20, requests_per_day = 1000 }",
    ("plans", "tenant_caps"): "{ daily_usd = 20, monthly_usd = 300 }",
    ("plans", "key_caps"): "{ daily_usd = 5 }",
    ("plans", "user_caps"): "{ daily_usd = 0.5 }",
    ("plans", "degrade_to"): '"default"',
    ("tenants", "id"): '"acme"',
    ("tenants", "plan"): '"paid"',
    ("tenants", "limits"): "{ requests_per_minute = 1200 }",
    ("tenants", "caps"): "{ monthly_usd = 500 }",
    ("limits", "requests_per_minute"): "6000",
    ("limits", "requests_per_day"): "1000000",
    ("limits", "tokens_per_minute"): "2000000",
    ("limits", "tokens_per_day"): "500000000",
    ("privacy", "user_key"): '"file:users.key"',
    ("keys", "plan"): '"paid"',
    ("keys", "id"): '"reviews"',
    ("keys", "sha256"): f'"{"0" * 64}"',
    ("keys", "endpoints"): '["cloud-mini", "embedded"]',
    ("keys", "models"): '["gpt-4o-mini"]',
    ("keys", "expires"): "2030-01-31T09:00:00+09:00",
    ("keys", "max_concurrency"): "16",
    ("admin", "sha256"): f'"{"0" * 63}1"',
    ("embedded", "model_path"): '"~/models/own.gguf"',
    ("embedded", "model_id"): '"own"',
    ("routing", "calibration"): '"calibration.json"',
    ("embedded", "server_path"): '"/usr/local/bin/llama-server"',
    ("embedded", "threads"): "2",
    ("strategies", "endpoint"): '"embedded"',
    ("tasks", "default"): '"coder"',
    ("roles", "name"): '"coder"',
    ("roles", "model"): '"qwen3-coder:32b"',
    ("roles", "tasks"): '["code", "implement", "refactor", "fix", "feature", "optimize"]',
    ("roles", "agent"): '"Coder"',
    ("roles", "role"): '"Developer (Dev1)"',
    ("roles", "description"): '"Writes and changes code"',
    ("roles", "lighter"): '"coder"',
    ("roles", "keeps"): '["optimize"]',
    ("roles", "memory_gb"): "19.0",
    ("roles", "context_length"): "32000",
    ("ledger", "path"): '"~/.local/share/gilmok/ledger.db"',
}
"""Values shown for options without a default."""

_HEADER = """\
# Every option of Gilmok, with its default, its bounds and the reason for it. All of it is optional:
# without any file the gateway serves this machine with a local model. Give the file with --config
# or GILMOK_CONFIG, check it with `gilmok config check`, apply changes with SIGHUP.
# Options behind `#` show their default, or an example where there is none.
"""


class Option:
    """One option as the two documents show it."""

    def __init__(self, section: str, name: str, field: FieldInfo) -> None:
        self.section = section
        self.name = name
        self.required = field.is_required()
        self.default = "" if self.required or field.default is None else shown(field.default)
        self.expected = expectation(field).en
        self.reason = field.description or ""
        self.example = self.default or _EXAMPLES[section, name]

    @property
    def default_shown(self) -> str:
        return "required" if self.required else self.default or "unset"


def sections() -> Iterator[tuple[str, bool, type[BaseModel], tuple[Option, ...]]]:
    """Each section: its name, whether it repeats, its class and its options."""
    for name, field in ConfigFile.model_fields.items():
        repeats = get_origin(field.annotation) is tuple
        model = get_args(field.annotation)[0] if repeats else field.annotation
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"{name} is not a section")
        options = tuple(Option(name, key, inner) for key, inner in model.model_fields.items())
        yield name, repeats, model, options


def example() -> str:
    """`config.example.toml`: loads as it is, and with every option's `#` taken away."""
    lines = [_HEADER]
    for name, repeats, model, options in sections():
        lines += [f"# {line}" for line in wrap(model.__doc__ or "", _WIDTH)]
        # A repeated table would exist once it is written, so it stays behind # as a whole.
        lines.append(f"#[[{name}]]" if repeats else f"[{name}]")
        for option in options:
            about = f"{option.reason} ({option.expected}; default: {option.default_shown})"
            lines += [f"# {line}" for line in wrap(about, _WIDTH, break_long_words=False)]
            lines.append(f"#{option.name} = {option.example}")
        lines.append("")
    return "\n".join(lines)


def options_table() -> str:
    """The generated part of `docs/configuration.md`."""
    lines: list[str] = []
    for name, repeats, model, options in sections():
        title = f"[[{name}]]" if repeats else f"[{name}]"
        lines += [f"### `{title}`", "", model.__doc__ or "", ""]
        lines += ["| option | value | default | why |", "|---|---|---|---|"]
        for option in options:
            default = option.default_shown
            shown_default = default if default in ("required", "unset") else f"`{default}`"
            lines.append(
                f"| `{option.name}` | {option.expected} | {shown_default} | {option.reason} |"
            )
        lines.append("")
    return "\n".join(lines)
