"""The owner's page: static files that use the service's own HTTP API, and two routes of media."""

from gilmok_reviews.web.page import routes

__all__ = ["routes"]
