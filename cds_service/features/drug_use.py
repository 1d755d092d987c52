"""One medication record read as the use of a drug: what, in which way known, when, how much.

An order is not intake: only what was given, handed over or reported as taken shows that. Entered-in-error,
cancelled, draft, not-done and not-taken records, "do not perform" and mere proposals or plans never count
(criteria inventory, section 0, "Medications").
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import msgspec

from cds_service.concepts.drug_match import Drug, DrugMatch, Members
from cds_service.features.dosage import Dose
from cds_service.features.question import Evidence
from cds_service.fhir.partial_date import PartialDate
from cds_service.kleene import Truth

MEDICATION_TYPES = (
    "MedicationStatement",
    "MedicationRequest",
    "MedicationAdministration",
    "MedicationDispense",
)


class Kind(StrEnum):
    """How a use is known."""

    GIVEN = "given"
    REPORTED = "reported"
    DISPENSED = "dispensed"
    ORDERED = "ordered"


class MedicationUse(msgspec.Struct, frozen=True):
    """One record that a drug was ordered, handed over, given or taken.

    ``last`` bounds the day of the last dose that this record stands for (of an order: the days on which one
    may have been taken). ``doubt`` says why a record that might count does not decide. ``real_start`` is True
    where ``start`` is when the drug was begun, not merely when it was ordered, handed over or asked about.
    """

    kind: Kind
    drug: Drug
    label: str
    status: str
    current: Truth
    evidence: Evidence
    start: PartialDate | None = None
    end: PartialDate | None = None
    last: PartialDate | None = None
    real_start: bool = False
    doses: tuple[Dose, ...] = ()
    route: str | None = None
    doubt: str | None = None
    renewal: bool = False
    reason_given: str | None = None  # why it was stopped or not taken, as recorded

    @property
    def taken(self) -> bool:
        """Whether the record shows intake, without doubt."""
        return self.kind is not Kind.ORDERED and self.doubt is None

    def matches(self, members: Members) -> tuple[tuple[DrugMatch, bool], ...]:
        """The drugs of a class in this record, each with whether that is certain; local use never counts."""
        found = []
        for match in self.drug.matches:
            if match.concept not in members.certain and match.concept not in members.maybe:
                continue
            if "local" in (self.route, match.route):
                continue
            route = self.route or match.route
            # "Hydrocortisone" alone is mostly a cream; a route or a dose in milligrams says otherwise.
            dosed = any(dose.low is not None for dose in self.doses)
            placed = not match.route_needed or route is not None or dosed
            found.append((match, match.certain and placed and match.concept in members.certain))
        return tuple(found)

    def belongs(self, members: Members) -> Truth:
        """Whether it is of a drug of the class; UNKNOWN where only a name says so, or nothing is named."""
        if not self.drug.known:
            return Truth.UNKNOWN
        matches = self.matches(members)
        if any(certain for _, certain in matches):
            return Truth.TRUE
        return Truth.UNKNOWN if matches else Truth.FALSE

    def route_of(self, match: DrugMatch) -> str | None:
        return self.route or match.route

    @property
    def name(self) -> str:
        return self.drug.name or self.label

    @property
    def said(self) -> str:
        """In words: Prednisone 20 mg 1/day (active, since 2026-01-05)."""
        dose = self.evidence.value
        named = self.name if not dose or dose in self.name else f"{self.name} {dose}"
        match self.kind:
            case Kind.REPORTED:
                parts = [self.status or "status missing"]
                if self.start is not None:
                    parts.append(
                        f"since {self.start.text}" if self.real_start else f"as of {self.start.text}"
                    )
                if self.end is not None and self.status != "active":
                    parts.append(f"until {self.end.text}")
            case Kind.GIVEN:
                parts = [f"given {self.evidence.date or 'on an unknown date'}"]
            case Kind.DISPENSED:
                parts = [f"dispensed {self.evidence.date or 'on an unknown date'}"]
            case Kind.ORDERED:
                parts = [
                    f"ordered {self.evidence.date or 'on an unknown date'}",
                    self.status or "status missing",
                ]
        return f"{named} ({', '.join(parts)})"


def shown(found: Iterable[MedicationUse], most: int = 6) -> tuple[Evidence, ...]:
    """The evidence of these records, the newest first, and not more than a reader takes in."""
    ordered = sorted(found, key=_newest, reverse=True)
    return tuple(dict.fromkeys(use.evidence for use in ordered))[:most]


def said_of(found: Iterable[MedicationUse], most: int = 4) -> str:
    """These records in words, the newest first."""
    ordered = sorted(found, key=_newest, reverse=True)
    words = list(dict.fromkeys(use.said for use in ordered))
    more = f"; and {len(words) - most} more" if len(words) > most else ""
    return "; ".join(words[:most]) + more


def _newest(use: MedicationUse) -> date:
    known = use.last or use.start
    return known.last if known is not None else date.min
