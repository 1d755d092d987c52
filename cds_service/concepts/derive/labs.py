"""Makes ``labs.csv`` of ``rules/concepts`` from the reference tables: which LOINC code is which test.

A code whose long name, specimen and scale were verified counts (``match``); one of which only the component
was seen is ``review``: shown to a clinician, never decided on. Codes that look like a test and are not are
kept as ``not_match`` without a concept, so that no later edit can make them count.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("concept", "loinc", "long_name", "units", "role", "confidence", "sources")
_ROLE = {
    "verified_2+": "match",
    "axes_verified_2": "match",
    "verified_1": "match",
    "component_only": "review",
}
# The two 0-10 global assessments are the concepts phga and ptga of scores.csv.
_SCORES = ("physician_global_0_10", "patient_global_0_10")


def derive(reference: Path, out: Path) -> None:
    """Write ``labs.csv`` into ``out`` from ``loinc.csv`` and ``loinc_traps.csv`` in ``reference``."""
    tests = [row for row in _rows(reference / "loinc.csv") if row["concept_key"] not in _SCORES]
    tests.sort(key=lambda row: row["concept_key"])  # stable: the preferred code of a concept stays first
    traps = sorted(_rows(reference / "loinc_traps.csv"), key=lambda row: row["loinc"])
    with (out / "labs.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in tests:
            writer.writerow(
                (
                    row["concept_key"],
                    row["loinc"],
                    row["long_common_name"].partition("  {derived")[0],
                    row["ucum_units"].replace("—", ""),
                    _ROLE.get(row["confidence"], "review"),
                    row["confidence"],
                    _short(row["sources"]),
                )
            )
        for row in traps:
            mistaken_for = row["must_not_be_used_as"].partition(" (")[0].partition(" - ")[0]
            meaning = f"{row['actual_meaning']}; not {mistaken_for}"
            # A trap that is right for another concept stays usable for that one alone.
            writer.writerow((row["also_valid_as"], row["loinc"], meaning, "", "not_match", "trap", ""))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _short(sources: str) -> str:
    """The first two sources: enough to look a row up again."""
    return "; ".join(part.strip() for part in sources.split(";")[:2])
