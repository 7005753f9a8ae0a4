"""The admin API in the OpenAPI document."""

from __future__ import annotations

from typing import Final

from gilmok.core import errors as e
from gilmok.surfaces.admin_wire import (
    ExpireBody,
    KeyBody,
    KeyList,
    KeyShown,
    RotateBody,
    TenantList,
)
from gilmok.surfaces.budgets import TopUpBody, TopUpShown
from gilmok.surfaces.cache import ForgetBody, Forgotten
from gilmok.surfaces.openapi_operation import Errors, Operation
from gilmok.surfaces.openapi_schemas import Schema, ref

_JSON: Final = "application/json"

_ANY: Final[Errors] = (e.KeyringUnavailable,)

ADMIN_OPERATIONS: Final = {
    "create_key": Operation(
        summary="Make a key",
        description="The answer is the only place where its text, `secret`, is ever shown.",
        answers=((_JSON, ref(KeyShown)),),
        errors=(*_ANY, e.UnsupportedMediaType, e.KeyExists),
        body=KeyBody,
        examples={
            "plain": {"value": {"id": "my-app"}},
            "narrow": {
                "summary": "This machine only, nothing sensitive, until 2030",
                "value": {
                    "id": "kiosk-7",
                    "tenant": "kiosk",
                    "zones": ["local"],
                    "highest": "low",
                    "expires_at": "2030-01-31T09:00:00+09:00",
                },
            },
        },
    ),
    "list_keys": Operation(
        summary="List stored keys by id, revoked ones too",
        answers=((_JSON, ref(KeyList)),),
        errors=_ANY,
        parameters=("tenant", "after", "limit"),
    ),
    "show_key": Operation(
        summary="Look up a stored key",
        answers=((_JSON, ref(KeyShown)),),
        errors=(*_ANY, e.KeyNotFound),
    ),
    "revoke_key": Operation(
        summary="Revoke a key for good",
        description="The next request with it is refused; answers under way end as they would.",
        answers=((_JSON, ref(KeyShown)),),
        errors=(*_ANY, e.KeyNotFound),
    ),
    "rotate_key": Operation(
        summary="Give a key a new secret",
        description="The old one works until the overlap ends: a day, where the body is left out.",
        answers=((_JSON, ref(KeyShown)),),
        errors=(*_ANY, e.UnsupportedMediaType, e.KeyNotFound, e.KeyEnded),
        body=RotateBody,
        body_required=False,
    ),
    "expire_key": Operation(
        summary="Move the end of a key",
        answers=((_JSON, ref(KeyShown)),),
        errors=(*_ANY, e.UnsupportedMediaType, e.KeyNotFound, e.KeyEnded),
        body=ExpireBody,
    ),
    "list_tenants": Operation(
        summary="Tenants that have keys, and how many",
        answers=((_JSON, ref(TenantList)),),
        errors=_ANY,
    ),
    "top_up": Operation(
        summary="Add to a budget",
        description="Until the day or month ends, by the tenant's calendar. It survives a restart. "
        "Amounts in USD.",
        answers=((_JSON, ref(TopUpShown)),),
        errors=(e.UnsupportedMediaType, e.JournalUnavailable),
        body=TopUpBody,
        examples={
            "tenant": {"value": {"tenant": "acme", "cycle": "monthly", "amount_usd": "25"}},
            "key": {
                "value": {
                    "tenant": "acme",
                    "key": "my-app",
                    "cycle": "daily",
                    "amount_usd": "1.50",
                }
            },
        },
    ),
    "forget_cache": Operation(
        summary="Forget kept answers",
        description="Those of a tenant, those with a tag, or all of this process.",
        answers=((_JSON, ref(Forgotten)),),
        errors=(e.UnsupportedMediaType,),
        body=ForgetBody,
        examples={
            "tag": {"value": {"tenant": "acme", "tag": "menu"}},
            "all": {"value": {}},
        },
    ),
}

ADMIN_PARAMETERS: Final[dict[str, Schema]] = {
    "tenant": {
        "description": "Only keys of this tenant.",
        "schema": {"type": "string"},
    },
    "after": {
        "description": "Only ids after this one: the last of the page before.",
        "schema": {"type": "string"},
    },
    "limit": {
        "description": "Keys at most, 100 where it is left out.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000},
    },
}
