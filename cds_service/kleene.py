"""Three values: definitely false, unknown, definitely true.

Strong Kleene logic (reference: Kleene, Introduction to Metamathematics, section 64): ``all_of`` is the
minimum, ``any_of`` the maximum, ``not`` is two minus. Absence of a record is UNKNOWN and is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Truth(IntEnum):
    """What is known of one statement about one patient."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    def __invert__(self) -> Truth:
        return _OPPOSITES[self]


_OPPOSITES = (Truth.TRUE, Truth.UNKNOWN, Truth.FALSE)


def all_of(parts: Iterable[Truth]) -> Truth:
    """TRUE when all are, FALSE as soon as one is; TRUE of nothing."""
    return min(parts, default=Truth.TRUE)


def any_of(parts: Iterable[Truth]) -> Truth:
    """TRUE as soon as one is, FALSE when all are; FALSE of nothing."""
    return max(parts, default=Truth.FALSE)


def at_least(n: int, parts: Iterable[Truth]) -> Truth:
    """TRUE when n are true, FALSE when fewer than n can still become true, else UNKNOWN."""
    known = list(parts)
    if sum(part is Truth.TRUE for part in known) >= n:
        return Truth.TRUE
    if sum(part is not Truth.FALSE for part in known) < n:
        return Truth.FALSE
    return Truth.UNKNOWN
