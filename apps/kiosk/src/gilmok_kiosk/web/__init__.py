"""The web page: `create_app` makes it, `serve` runs it."""

from gilmok_kiosk.web.app import create_app, serve
from gilmok_kiosk.web.guard import host_names

__all__ = ["create_app", "host_names", "serve"]
