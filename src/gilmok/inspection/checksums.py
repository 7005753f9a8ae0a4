"""Check digits of identifiers. Digits come as ASCII strings of the right length."""

from __future__ import annotations

from datetime import date

_RRN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BRN_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for i, c in enumerate(reversed(digits)):
        value = ord(c) - 48
        if i % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def resident(digits: str) -> bool:
    """The 13th digit of a resident number; issued so until October 2020 only."""
    total = sum(w * (ord(c) - 48) for w, c in zip(_RRN_WEIGHTS, digits, strict=False))
    return (11 - total % 11) % 10 == ord(digits[12]) - 48


def foreigner(digits: str) -> bool:
    """The 13th digit of a foreigner registration number; issued so until October 2020 only."""
    total = sum(w * (ord(c) - 48) for w, c in zip(_RRN_WEIGHTS, digits, strict=False))
    return (13 - total % 11) % 10 == ord(digits[12]) - 48


def business(digits: str) -> bool:
    """The 10th digit of a Korean business registration number."""
    total = sum(w * (ord(c) - 48) for w, c in zip(_BRN_WEIGHTS, digits, strict=False))
    last = (ord(digits[8]) - 48) * 5
    return (10 - (total + last // 10 + last % 10) % 10) % 10 == ord(digits[9]) - 48


def corporate(digits: str) -> bool:
    """The 13th digit of a Korean corporation registration number."""
    total = sum((ord(c) - 48) * (1 + i % 2) for i, c in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == ord(digits[12]) - 48


def iban(text: str) -> bool:
    """ISO 7064 mod 97-10 over the rearranged account number; upper case, without spaces."""
    rearranged = text[4:] + text[:4]
    return int("".join(str(int(c, 36)) for c in rearranged)) % 97 == 1


def birth_date(digits: str) -> bool:
    """Whether YYMMDD and the following century digit of a resident number name a real day."""
    century = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900}.get(
        digits[6], 2000
    )
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True
