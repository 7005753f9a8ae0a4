"""From plans and tenants to terms, and what is wrong with them told at once."""

from __future__ import annotations

import pytest

from gilmok.core.terms import UNLIMITED, Caps, Pace, Terms
from tests.unit.config.conftest import Checker, Loader

SHA = "0" * 64
PLANS = """
[[plans]]
id = "free"
quality_cap = 0.5
max_tokens = 500
medium = "local"
key_limits = { requests_per_minute = 20, concurrency = 4 }
user_caps = { daily_usd = 0.1 }

[[plans]]
id = "paid"
quality_floor = 0.5
max_tokens = 4000
shares_cache = false
tenant_limits = { requests_per_minute = 600, tokens_per_day = 1000 }
tenant_caps = { daily_usd = 20, monthly_usd = 300 }
soft = 0.5
degrade_to = "free"

[[tenants]]
id = "acme"
plan = "paid"
time_zone = "Asia/Seoul"
limits = { requests_per_minute = 1200 }
caps = { monthly_usd = 500 }
"""


def test_a_tenants_terms(config: Loader) -> None:
    terms = config(PLANS).terms.of("acme")
    assert terms == Terms(
        plan="paid",
        time_zone="Asia/Seoul",
        quality_floor=0.5,
        max_tokens=4000,
        shares_cache=False,
        tenant_pace=Pace(requests_per_minute=1200, tokens_per_day=1000),
        tenant_caps=Caps(daily=20 * 10**9, monthly=500 * 10**9),
        soft=0.5,
        degraded=terms.degraded,
    )


def test_degraded_terms_offer_less_and_keep_limits_and_caps(config: Loader) -> None:
    terms = config(PLANS).terms.of("acme")
    lower = terms.degraded
    assert lower is not None
    assert (lower.plan, lower.quality_cap, lower.max_tokens) == ("free", 0.5, 500)
    assert (lower.medium, lower.shares_cache, lower.degraded) == ("local", False, None)
    assert lower.tenant_pace is terms.tenant_pace
    assert lower.key_pace is terms.key_pace
    assert (lower.tenant_caps, lower.user_caps) == (terms.tenant_caps, terms.user_caps)


def test_a_keys_own_plan_leaves_what_is_the_tenants(config: Loader) -> None:
    terms = config(PLANS).terms.of("acme", "free", 2)
    assert (terms.plan, terms.quality_cap, terms.max_tokens) == ("free", 0.5, 500)
    assert terms.key_pace == Pace(requests_per_minute=20, concurrency=2)
    assert terms.tenant_pace == Pace(requests_per_minute=1200, tokens_per_day=1000)
    assert terms.tenant_caps.monthly == 500 * 10**9
    assert terms.shares_cache is False


def test_a_keys_plan_does_not_loosen_its_tenants(config: Loader) -> None:
    plans = '[[plans]]\nid = "strict"\nmedium = "local"\n[[plans]]\nid = "loose"\nmedium = "open"\n'
    book = config(plans + '[[tenants]]\nid = "t"\nplan = "strict"\n').terms
    assert book.of("t", "loose").medium == "local"
    assert book.of("other", "loose").medium == "open"


def test_whoever_is_not_listed_has_the_default_terms(config: Loader) -> None:
    assert config("").terms.of("anyone") == Terms()
    assert config("").terms.of("anyone").key_pace == UNLIMITED
    written = config('[[plans]]\nid = "default"\nmax_tokens = 9\n').terms
    assert written.of("anyone").max_tokens == 9


def test_the_same_question_has_the_same_answer(config: Loader) -> None:
    """Who compares terms of two requests compares two addresses."""
    book = config(PLANS).terms
    assert book.of("acme") is book.of("acme")
    assert book.plans == {"default", "free", "paid"}


KEY = f'[[keys]]\nid = "k"\ntenant = "t"\nsha256 = "{SHA}"\n'
WRONG = {
    "unknown plan of a tenant": ('[[tenants]]\nid = "t"\nplan = "pald"\n', "tenants[1].plan"),
    "unknown plan of a key": (KEY + 'plan = "pald"\n', "keys[0].plan"),
    "unknown plan to degrade to": (
        '[[plans]]\nid = "x"\ndegrade_to = "y"\n',
        "plans[2].degrade_to",
    ),
    "degrades to itself": ('[[plans]]\nid = "x"\ndegrade_to = "x"\n', "plans[2].degrade_to"),
    "unknown time zone": ('[[tenants]]\nid = "t"\ntime_zone = "Asia/Soul"\n', "tenants[1]"),
    "a path for a time zone": (
        '[[tenants]]\nid = "t"\ntime_zone = "../etc/passwd"\n',
        "tenants[1].time_zone",
    ),
    "a folder for a time zone": ('[limits]\ntime_zone = "Asia"\n', "limits.time_zone"),
    "floor above cap": (
        '[[plans]]\nid = "x"\nquality_floor = 0.6\nquality_cap = 0.5\n',
        "plans[2].quality_floor",
    ),
    "the same plan twice": ('[[plans]]\nid = "free"\n', "plans[2].id"),
    "the same tenant twice": ('[[tenants]]\nid = "acme"\n', "tenants[1].id"),
    "a key's cap above its tenant's": (
        '[[plans]]\nid = "x"\nkey_caps = { daily_usd = 9 }\ntenant_caps = { daily_usd = 8 }\n',
        "plans[2]",
    ),
    "a user's cap above its key's": (
        '[[plans]]\nid = "x"\nuser_caps = { monthly_usd = 9 }\nkey_caps = { monthly_usd = 8 }\n',
        "plans[2]",
    ),
    "no such limit": ('[[plans]]\nid = "x"\nkey_limits = { per_second = 1 }\n', "plans[2]"),
    "a limit of nothing": (
        '[[plans]]\nid = "x"\nkey_limits = { concurrency = 0 }\n',
        "plans[2].key_limits.concurrency",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_where_it_stands(checked: Checker, name: str) -> None:
    wrong, place = WRONG[name]
    errors = checked(PLANS + wrong).errors
    assert errors, "nothing was found"
    assert str(errors[0].parameters["key"]).startswith(place)
    assert errors[0].message("ko") != errors[0].message("en")


def test_a_tenant_may_have_less_than_its_plan_gives_a_key(checked: Checker) -> None:
    plan = '[[plans]]\nid = "x"\nkey_caps = { daily_usd = 9 }\n'
    small = '[[tenants]]\nid = "t"\nplan = "x"\ncaps = { daily_usd = 8 }\n'
    assert not checked(PLANS + plan + small).errors


def test_a_circle_of_plans_is_found_once_at_each_of_them(checked: Checker) -> None:
    """And a plan that only leads into the circle is not blamed."""
    plans = "".join(f'[[plans]]\nid = "{a}"\ndegrade_to = "{b}"\n' for a, b in ("ab", "bc", "cb"))
    places = [error.parameters["key"] for error in checked(plans).errors]
    assert places == ["plans[1].degrade_to", "plans[2].degrade_to"]


def test_a_table_among_thousands_is_told_by_its_id(checked: Checker) -> None:
    many = "".join(f'[[tenants]]\nid = "t{n}"\n' for n in range(50))
    (error,) = checked(many + 'time_zone = "Asia/Soul"\n').errors
    assert error.parameters["key"] == "tenants[49].time_zone"
    for locale in ("en", "ko"):
        assert 'tenants[49].time_zone ("t49"): ' in error.message(locale)
    nameless = checked('[[tenants]]\nid = "a b"\n').errors[0].message()
    assert "a b" not in nameless.partition(": ")[2].partition(": ")[0]
