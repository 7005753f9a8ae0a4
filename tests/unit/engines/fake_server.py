"""Stands in for llama-server: the file given as `--model` says in JSON how to behave.

`die`: the exit status, at once · `bind`: whether to claim the port is taken · `deaf`: never answer
· `log`: a line to print · `stubborn`: ignore SIGTERM · `live_s`: exit that long after readiness
· `load_s`: not healthy before · `ballast_mb`: memory it fills while it loads · `grow_mb`: and more
when it is asked for its numbers · `running`: requests in those numbers.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

ARGUMENTS = dict(zip(sys.argv[1::1], sys.argv[2::1], strict=False))
MODE: dict[str, Any] = json.loads(Path(ARGUMENTS["--model"]).read_text())


BEGAN = time.monotonic()
BALLAST: list[bytes] = []


def fill(megabytes: int) -> None:
    BALLAST.append(b"\x01" * (megabytes << 20))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/health":
            loaded = time.monotonic() >= BEGAN + MODE.get("load_s", 0.0)
            self._answer(200 if loaded else 503, b'{"status":"ok"}' if loaded else b"{}")
        elif self.headers.get("Authorization") != f"Bearer {os.environ['LLAMA_API_KEY']}":
            self._answer(401, b"{}")
        elif self.path == "/metrics":
            fill(MODE.pop("grow_mb", 0))
            self._answer(200, b"llamacpp:requests_processing %d\n" % MODE.get("running", 0))
        else:
            self._answer(200, json.dumps(MODE.get("props", {})).encode())
            if "live_s" in MODE:
                threading.Timer(MODE["live_s"], os._exit, (9,)).start()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        print(MODE.get("log", ""), flush=True)


def main() -> None:
    print(MODE.get("log", "starting"), flush=True)
    if MODE.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    once = Path(ARGUMENTS["--model"] + ".once")
    if "once" in MODE and not once.exists():
        once.touch()
        print(MODE["once"], flush=True)
        sys.exit(1)
    if MODE.get("signal"):
        os.kill(os.getpid(), MODE["signal"])
    if "die" in MODE:
        sys.exit(MODE["die"])
    if MODE.get("deaf"):
        signal.pause()
    fill(MODE.get("ballast_mb", 0))
    HTTPServer(("127.0.0.1", int(ARGUMENTS["--port"])), Handler).serve_forever()


if __name__ == "__main__":
    main()
