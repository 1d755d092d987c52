"""Rows of the code tables: how a code is written in an index, and which of several rows holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from cds_service.fhir.systems import CVX, ICD_10, ICD_10_CM


class Role(IntEnum):
    """What a code proves about a concept. Among equally exact rows the lowest, most cautious one holds."""

    NOT_MATCH = 0  # a known look-alike, which must not count
    REVIEW = 1  # possible: a clinician must look
    HISTORY = 2  # a past event or status, usually without its date
    MATCH = 3  # the concept itself


ROLES = {role.name.lower(): role for role in Role}


@dataclass(frozen=True, slots=True)
class Row:
    concept: str
    role: Role
    display: str


Index = Mapping[str, Mapping[str, tuple[Row, ...]]]  # system -> code (or its beginning) -> rows


def normal_form(system: str, code: str) -> str:
    """A code as the index holds it: ICD without dot, dagger or asterisk, CVX without opening zeros.

    Chinese editions extend a WHO code by digits or ``x`` and digits (``M32.900x001``), which its prefix
    row matches as it stands.
    """
    bare = code.strip().upper()
    if system in (ICD_10, ICD_10_CM):
        bare = bare.replace(".", "")
        for sign in ("†", "*", "+", " "):
            bare = bare.partition(sign)[0]
    elif system == CVX:
        bare = bare.lstrip("0")
    return bare


def together(roles: set[Role]) -> Role:
    """Several codings of one recorded concept: a look-alike beside anything else is for a clinician.

    A code that only might mean the concept (M34.0 for diffuse sclerosis) beside one that does mean it is
    the coarser name of the same thing; "old" beside the plain disease is old.
    """
    if len(roles) == 1:
        return next(iter(roles))
    if Role.NOT_MATCH in roles:
        return Role.REVIEW
    if Role.HISTORY in roles:
        return Role.REVIEW if Role.REVIEW in roles else Role.HISTORY
    return Role.MATCH


def keep(best: dict[str, Row], row: Row, *, ties: bool) -> None:
    held = best.get(row.concept)
    if held is None or (ties and row.role < held.role):
        best[row.concept] = row


def add(index: dict[str, dict[str, tuple[Row, ...]]], system: str, code: str, row: Row) -> None:
    held = index.setdefault(system, {})
    bare = normal_form(system, code)
    held[bare] = (*held.get(bare, ()), row)
