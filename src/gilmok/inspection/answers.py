"""What the detectors of requests see in an answer."""

from __future__ import annotations

from collections.abc import Iterator

from gilmok.inspection.credentials import issued
from gilmok.inspection.normal import normalise
from gilmok.inspection.view import look


def issued_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where a text shows keys by their issuer's prefix, tokens and private keys.

    Passwords behind a cue word are left out: an answer that explains how to set one shows many.
    """
    view = look(normalise(text))
    for finding in issued(view):
        yield view.layer.span(finding.start, finding.end)
