"""The composition root: the only place that knows every room's concrete classes.

`gateway` starts everything a gateway needs and stops it again; `gilmok.serve` puts it behind a
socket.
"""

from gilmok.build.gateway import Gateway, Joined, Progress, gateway, load_settings
from gilmok.build.world import Upstreams, World

__all__ = ["Gateway", "Joined", "Progress", "Upstreams", "World", "gateway", "load_settings"]
