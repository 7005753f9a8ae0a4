"""Short forms of `fuzz.services` and `fuzz.forms`: `make fuzz` runs the long ones."""

from __future__ import annotations

import fuzz.forms
import fuzz.services


def test_bodies_of_services_are_read_or_refused_without_a_word_of_theirs() -> None:
    ends = fuzz.services.run(600, seed=1)
    assert min(ends["read"], ends["refused"]) > 50  # or the target proves nothing


def test_forms_are_read_back_as_they_were_written() -> None:
    ends = fuzz.forms.run(600, seed=1)
    assert min(ends["read"], ends["refused"]) > 50
