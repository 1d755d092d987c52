"""Which requirement of CDS Hooks is held by which test: ``cds_hooks_requirements.csv`` as a page.

``make conformance`` writes the page; a test fails when it is stale. The table is written by hand.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "cds_hooks_requirements.csv"
COLUMNS = ["id", "level", "reading", "decision", "reason", "tests"]
DECISIONS = ("holds", "not applicable", "declined")

LEVELS = ("SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "DEPRECATED")
"""Of the numbered requirements, as the standard words them."""
OUR_LEVELS = ("must", "should", "may", "practice")
"""Of the lettered rows: the standard's, and what its real clients need though it does not say so."""

HEAD = """# CDS Hooks, requirement by requirement

Written by `make conformance` from `tests/conformance/cds_hooks_requirements.csv`; a test fails when a row
is missing, when a test that a row names is not there, when a row holds without a test, or when this page is
stale. The readings are in our own words, and the decisions are ours.
"""

NUMBERED = """## The requirements on a service

Numbered as in the list of the requirements of [CDS Hooks 2.0](https://cds-hooks.hl7.org/2.0/) on a service
that the CDS Hooks test kits use. Numbers that are not here are a client's.
"""

LETTERED = """## What else services live by

The same by subject, over the versions 1.0 to the ballot of 3.0, with what real clients need though no version
says so (*practice*): A the wire, B discovery, C prefetch templates, D calls, E answers, F statuses, G
feedback, H trust, I browsers, J extensions, K the rest.
"""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row. ``tests`` are ``path::name``, all of which hold it."""

    id: str
    level: str
    reading: str
    decision: str
    reason: str
    tests: tuple[str, ...]


def requirements(table: Path = TABLE) -> list[Requirement]:
    with table.open(encoding="utf-8", newline="") as rows:
        reader = csv.DictReader(rows, strict=True)
        if reader.fieldnames != COLUMNS:
            raise ValueError(f"the columns are {', '.join(COLUMNS)}")
        return [Requirement(**row | {"tests": tuple(row["tests"].split())}) for row in reader]


def page(rows: list[Requirement]) -> str:
    numbered = [row for row in rows if row.id.isdigit()]
    lettered = [row for row in rows if not row.id.isdigit()]
    parts = [HEAD]
    for intro, some in ((NUMBERED, numbered), (LETTERED, lettered)):
        parts += [intro, _counts(some), *(_row(row) for row in some), ""]
    return "\n".join(parts).rstrip() + "\n"


def _counts(rows: list[Requirement]) -> str:
    found = Counter(row.decision for row in rows)
    told = ", ".join(f"{found[decision]} {decision}" for decision in DECISIONS)
    return f"{len(rows)} rows: {told}.\n\n| | level | our reading | | tests |\n|---|---|---|---|---|"


def _row(row: Requirement) -> str:
    decision = f"**{row.decision}**" if row.decision != "holds" else row.decision
    if row.reason:
        decision += f": {row.reason}"
    tests = "<br>".join(f"`{test}`" for test in row.tests)
    return f"| {row.id} | {row.level} | {row.reading} | {decision} | {tests} |"


def main() -> None:
    target = HERE.parents[1] / "docs" / "cds-hooks-conformance.md"
    target.write_text(page(requirements()), encoding="utf-8")


if __name__ == "__main__":
    main()
