"""A path that leads nowhere is answered with the one that was probably meant."""

from __future__ import annotations

import pytest

from gilmok.core.errors import RouteNotFound
from gilmok.surfaces.routes import find


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/chat/completions", "/v1/chat/completions? The base URL"),
        ("/v1/v1/chat/completions", "/v1/chat/completions? The base URL"),
        ("/embeddings", "/v1/embeddings? The base URL"),
        ("/v1/chat/completions/", "/v1/chat/completions?"),
        ("/V1/Chat/Completions", "/v1/chat/completions?"),
        ("/v1/responses", "POST /v1/chat/completions"),
        ("/responses", "POST /v1/chat/completions"),
        ("/v1/v1/messages", "POST /v1/chat/completions"),
        ("/api/chat", "POST /v1/chat/completions"),
    ],
)
def test_a_near_miss_is_named(path: str, meant: str) -> None:
    with pytest.raises(RouteNotFound) as caught:
        find("POST", path)
    assert meant in caught.value.message("en")
    assert meant.partition("?")[0] in caught.value.message("ko")


@pytest.mark.parametrize("path", ["/nowhere", "//", "/v1/files", "/my-secret-name/chat"])
def test_another_path_is_told_where_the_list_is_and_never_repeated(path: str) -> None:
    with pytest.raises(RouteNotFound) as caught:
        find("GET", path)
    assert "GET /openapi.json" in caught.value.message("en")
    assert "docs/api.ko.md" in caught.value.message("ko")
    assert path not in caught.value.message("en").replace("docs/api.md", "")


def test_nothing_is_hinted_at_below_the_admin_api() -> None:
    """Where it is switched off, nothing tells that it could be there."""
    with pytest.raises(RouteNotFound) as caught:
        find("GET", "/admin/v1/tenants/")
    assert "/admin" not in caught.value.message("en")
