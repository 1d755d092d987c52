"""From what each record says to one answer: present, perhaps, known but past, denied, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import Enum

import msgspec
from msgspec.structs import replace

from cds_service.features.question import Evidence, Reading, Reason, known, unknown
from cds_service.kleene import Truth


class Standing(Enum):
    """What one record says of the question."""

    PRESENT = "present"
    REVIEW = "review"  # it may be: a clinician must look
    PAST = "past"  # known, and outside what the question asks for
    REFUTED = "refuted"
    LEFT_OUT = "left out"  # does not count, and says why


class Entry(msgspec.Struct, frozen=True):
    """One record's say. ``why`` is why it is not plainly present, in words that follow ``said``."""

    standing: Standing
    said: str
    evidence: Evidence
    why: str = ""
    until: date | None = None
    unusable: bool = False

    @property
    def sentence(self) -> str:
        return f"{self.said}: {self.why}" if self.why else self.said


def settle(
    entries: Sequence[Entry],
    nothing: Callable[[], Reading],
    *,
    past_note: str = "Rests on what is known to be past; nothing on record says otherwise",
    past_denies: bool = True,
    refuted_denies: bool = False,
    contradicts: Callable[[Entry], Sequence[Entry]] = lambda _: (),
) -> Reading:
    """One answer. ``contradicts`` gives the refuted records that speak against one that is present.

    ``past_denies`` is False where a past record says nothing of today: one infection that is over leaves open
    whether there is another.
    """
    if not entries:
        return nothing()
    notes = tuple(dict.fromkeys(entry.sentence for entry in entries if entry.standing is Standing.LEFT_OUT))[
        :5
    ]
    present = _with(entries, Standing.PRESENT)
    if present:
        against = [refuted for entry in present for refuted in contradicts(entry)]
        firm = [entry for entry in present if not contradicts(entry)]
        if not firm:
            both = (*present, *dict.fromkeys(against))
            said = f"{_said(present)}, and recorded as refuted"
            return unknown(Reason.CONFLICTING, said, evidence=_evidence(both), notes=notes)
        untils = [entry.until for entry in firm]
        until = max((day for day in untils if day), default=None) if all(untils) else None
        return known(Truth.TRUE, _said(firm), evidence=_evidence(firm), notes=notes, until=until)
    review = _with(entries, Standing.REVIEW)
    if review:
        reason = Reason.UNUSABLE if all(entry.unusable for entry in review) else Reason.NEEDS_CLINICIAN
        return unknown(reason, _said(review), evidence=_evidence(review), notes=notes)
    past = _with(entries, Standing.PAST)
    if past and not past_denies:
        return nothing().with_notes(*notes, *(entry.sentence for entry in past[:3]))
    if past:
        notes = (*notes, past_note)
        return known(Truth.FALSE, _said(past), evidence=_evidence(past), notes=notes)
    refuted = _with(entries, Standing.REFUTED)
    if refuted and refuted_denies:
        return known(Truth.FALSE, _said(refuted), evidence=_evidence(refuted), notes=notes)
    return nothing().with_notes(*notes, *(entry.sentence for entry in refuted[:3]))


def any_reading(readings: Sequence[Reading], nothing: Callable[[], Reading]) -> Reading:
    """Several concepts asked for at once: TRUE where any is, FALSE only where each is known to be absent."""
    if len(readings) == 1:
        return readings[0]
    for truth in (Truth.TRUE, Truth.FALSE):
        agreeing = [reading for reading in readings if reading.truth is truth]
        if agreeing and (truth is Truth.TRUE or len(agreeing) == len(readings)):
            untils = [reading.until for reading in agreeing]
            until = max((day for day in untils if day), default=None) if all(untils) else None
            return replace(_joined(agreeing), truth=truth, until=until)
    # What a record supports comes before what no record speaks of.
    open_ones = [
        reading
        for reading in readings
        if reading.truth is Truth.UNKNOWN
        and reading.reason not in (Reason.NOTHING_ON_RECORD, Reason.MISSING_DATA)
    ]
    if open_ones:
        first = min(open_ones, key=lambda reading: list(Reason).index(reading.reason or Reason.UNUSABLE))
        return replace(_joined(open_ones), reason=first.reason)
    past = [reading for reading in readings if reading.truth is Truth.FALSE]
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    if not past:
        return nothing().with_notes(*notes)
    known_past = _joined(past)
    rest = nothing()
    return replace(
        rest, said=f"{rest.said}; known: {known_past.said}", evidence=known_past.evidence, notes=notes
    )


def _joined(readings: Sequence[Reading]) -> Reading:
    said = list(dict.fromkeys(reading.said for reading in readings))
    return Reading(
        said="; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else ""),
        evidence=tuple(dict.fromkeys(item for reading in readings for item in reading.evidence)),
        notes=tuple(dict.fromkeys(note for reading in readings for note in reading.notes)),
    )


def _with(entries: Iterable[Entry], standing: Standing) -> list[Entry]:
    return [entry for entry in entries if entry.standing is standing]


def _said(entries: Sequence[Entry]) -> str:
    said = list(dict.fromkeys(entry.sentence for entry in entries))
    return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")


def _evidence(entries: Iterable[Entry]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(entry.evidence for entry in entries))
