"""Numbers as digits."""

from __future__ import annotations

PLACES = 12  # a rational is written as a decimal if it ends within so many places
CHUNK = 4000  # digits; Python refuses to print many more at once
BOUND = 10**CHUNK


def digits_of(number: int) -> str:
    """The decimal digits of a whole number, however many."""
    if number < BOUND:
        return str(number)
    high, low = divmod(number, BOUND)
    return digits_of(high) + str(low).zfill(CHUNK)


def decimal_of(p: int, q: int) -> str:
    """p/q as a decimal, or nothing if it does not end in time."""
    scaled, rest = divmod(p * 10**PLACES, q)
    if rest:
        return ""
    digits = digits_of(scaled).zfill(PLACES + 1)
    return f"{digits[:-PLACES]}.{digits[-PLACES:].rstrip('0')}"
