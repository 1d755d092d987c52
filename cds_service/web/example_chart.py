"""The synthetic patient that comes with the service, so that the form can be tried with no chart at hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
SHIPPED = PACKAGE / "_example_chart.json"
IN_REPOSITORY = PACKAGE.parent / "fhir_fixtures" / "patients" / "sle-woman-possible-match" / "bundle.json"
EXAMPLE_DAY = "2026-11-01"
"""The day for which it was made: its windows and ages are meant to be read then."""


@cache
def example_chart() -> bytes | None:
    """Its Bundle, from the wheel or from the repository; None where neither has it."""
    for place in (SHIPPED, IN_REPOSITORY):
        if place.is_file():
            return place.read_bytes()
    return None
