"""Starts TensorZero's own HTTP gateway, which its Python wheel carries, and prints its address.

usage (with the interpreter that has the wheel): python start_tensorzero.py CONFIG
The Rust gateway runs on threads of this process; Python sleeps. `_start_http_gateway` is what
`tensorzero.patch_openai_client` calls; it is not public, hence the pinned version.
"""

import sys
import threading
from typing import Any

import tensorzero.tensorzero as native  # type: ignore[import-not-found]

if __name__ == "__main__":
    gateway: Any = native._start_http_gateway(
        config_file=sys.argv[1],
        clickhouse_url=None,
        postgres_url=None,
        valkey_url=None,
        async_setup=False,
    )
    print(f"listening {gateway.base_url}", flush=True)
    threading.Event().wait()
