"""A gateway keeps nothing of requests that have ended, in short; `make soak` is the long form."""

from __future__ import annotations

from bench.soak import grown, soaked

MOST_MIB = 3.0
"""A leak of 2 KiB a request would be more. Memory also settles, and allocators round."""
MOST_OBJECTS = 300
"""A leak of one object in five requests would be more."""


def test_a_few_thousand_requests_of_unruly_clients_leave_nothing() -> None:
    with soaked(leaving=0.05, fault_every=50, seed=1, end_users=50) as soak:
        at_first = soak.sample()
        soak.batch(500)
        before = soak.sample()
        soak.batch(1_500)
        after = soak.settled(at_first)
    assert soak.seen["answered"] > 1_700
    assert soak.seen["left"] > 40
    assert soak.seen["broken"] + sum(n for way, n in soak.seen.items() if "status" in way) < 40
    assert after.tasks == at_first.tasks
    assert after.descriptors <= at_first.descriptors
    assert after.objects - before.objects < MOST_OBJECTS, grown(before, after)
    assert after.rss_mib - before.rss_mib < MOST_MIB
