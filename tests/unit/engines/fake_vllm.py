"""Stands in for vLLM's server: the file named by `--model` says in JSON how to behave.

After docs.vllm.ai: `/health` without a key, `/v1/…` with one, `/metrics`; with
`--enable-sleep-mode` and `VLLM_SERVER_DEV_MODE=1` also `/sleep`, `/wake_up`, `/is_sleeping`. Like
vLLM it works in a process of its own below the server, here one that only waits.

`load_s` · `die`, `log`: before it is ready · `running`, `waiting`, `cache`: what `/metrics` says
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

NAMED = sys.argv[1 + sys.argv[1:].index("--model") + 1]
MODE: dict[str, Any] = json.loads(Path(NAMED).read_text())
CAN_SLEEP = "--enable-sleep-mode" in sys.argv and os.environ.get("VLLM_SERVER_DEV_MODE") == "1"
BEGAN = time.monotonic()


class Handler(BaseHTTPRequestHandler):
    is_sleeping = False
    generated = 0

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(200 if time.monotonic() >= BEGAN + MODE.get("load_s", 0.0) else 503, b"")
        elif self.path == "/metrics":
            Handler.generated += 10
            self._answer(200, _metrics().encode())
        elif self.path == "/is_sleeping" and CAN_SLEEP:
            self._answer(200, json.dumps({"is_sleeping": Handler.is_sleeping}).encode())
        elif self.path != "/v1/models":
            self._answer(404, b'{"error":"Not Found"}')
        elif self.headers.get("Authorization") != f"Bearer {os.environ['VLLM_API_KEY']}":
            self._answer(401, b'{"error":"Unauthorized"}')
        else:
            self._answer(200, b'{"object":"list","data":[{"id":"m"}]}')

    def do_POST(self) -> None:
        if not CAN_SLEEP or self.path not in ("/sleep?level=1", "/sleep?level=2", "/wake_up"):
            self._answer(404, b'{"error":"Not Found"}')
            return
        Handler.is_sleeping = self.path != "/wake_up"
        self._answer(200, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _metrics() -> str:
    lines = [
        "# TYPE vllm:num_requests_running gauge",
        f'vllm:num_requests_running{{engine="0",model_name="m"}} {MODE.get("running", 0)}.0',
        "# TYPE vllm:num_requests_waiting gauge",
        f'vllm:num_requests_waiting{{engine="0",model_name="m"}} {MODE.get("waiting", 0)}.0',
        "# TYPE vllm:kv_cache_usage_perc gauge",
        f'vllm:kv_cache_usage_perc{{engine="0",model_name="m"}} {MODE.get("cache", 0.0)}',
        "# TYPE vllm:generation_tokens counter",
        f'vllm:generation_tokens_total{{engine="0",model_name="m"}} {Handler.generated}.0',
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    print(MODE.get("log", "starting"), flush=True)
    if "die" in MODE:
        sys.exit(MODE["die"])
    subprocess.Popen([sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"])
    HTTPServer(
        ("127.0.0.1", int(sys.argv[1 + sys.argv[1:].index("--port") + 1])), Handler
    ).serve_forever()


if __name__ == "__main__":
    main()
