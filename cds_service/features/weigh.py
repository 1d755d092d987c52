"""One answer of several readings of the same kind: any of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from cds_service.features.question import Reading, Reason, known, unknown
from cds_service.kleene import Truth

_Item = TypeVar("_Item")
_ORDER = list(Reason)


def any_reading(readings: Sequence[Reading]) -> Reading:
    """TRUE if any is, FALSE when all are; otherwise UNKNOWN with what would settle it.

    The reason told first is that of a record which exists (conflicting, unusable, for a clinician), before
    what is merely missing: the reader can act on it today.
    """
    if len(readings) == 1:
        return readings[0]
    true = [reading for reading in readings if reading.truth is Truth.TRUE]
    open_ = [reading for reading in readings if reading.truth is Truth.UNKNOWN]
    if true:
        notes = _once(note for reading in true for note in reading.notes)
        shown = _once(each for reading in true for each in reading.evidence)
        return known(
            Truth.TRUE, "; ".join(_once(reading.said for reading in true)), evidence=shown, notes=notes
        )
    shown = _once(each for reading in readings for each in reading.evidence)
    notes = _once(note for reading in readings for note in reading.notes)
    if not open_:
        return known(
            Truth.FALSE,
            "; ".join(_once(reading.said for reading in readings)),
            evidence=shown,
            notes=notes,
            not_applicable=bool(readings) and all(reading.not_applicable for reading in readings),
        )
    found = [reading for reading in open_ if reading.evidence]
    absent = [reading for reading in open_ if not reading.evidence]
    first = min(found or absent, key=lambda reading: _ORDER.index(reading.reason or Reason.MISSING_DATA))
    said = [reading.said for reading in (*found, *(each for each in readings if each.truth is Truth.FALSE))]
    names = [need.name for reading in absent for need in reading.needs]
    if len(absent) > 1 and names:
        said.append(f"No result of: {', '.join(_once(names))}")
    else:
        said += [reading.said for reading in absent]
    return unknown(
        first.reason or Reason.MISSING_DATA,
        "; ".join(_once(said)),
        evidence=shown,
        needs=_once(need for reading in open_ for need in reading.needs),
        notes=notes,
        lost=any(reading.lost for reading in open_),
    )


def _once(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(dict.fromkeys(items))
