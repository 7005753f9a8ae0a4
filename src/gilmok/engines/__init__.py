"""Models on this machine that the gateway itself runs.

`EmbeddedEngine` keeps a llama-server alive; `find_server` and `find_weights` say whether one can be
had. Nothing here outlives the gateway: see `watchdog`.
"""

from gilmok.engines.command import EngineSettings
from gilmok.engines.embedded import EmbeddedEngine
from gilmok.engines.failure import EngineFailed
from gilmok.engines.installed import find_server, find_weights
from gilmok.engines.lifecycle import EngineState, RestartPolicy

__all__ = [
    "EmbeddedEngine",
    "EngineFailed",
    "EngineSettings",
    "EngineState",
    "RestartPolicy",
    "find_server",
    "find_weights",
]
