"""Laboratory tests, measurements and scores: their codes, their unit and the name a reader knows them by.

The data are ``lab_concepts.yaml`` (names, units, plausible range), ``labs.csv`` (LOINC codes, made by
``concepts.derive``) and ``scores.csv`` (the local score system) in ``rules/concepts``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabConcept:
    """One thing that is measured, and every code that means exactly that.

    ``codes`` and ``review_codes`` are ``system|code`` as :func:`cds_service.fhir.systems.normal_code` writes
    them. A result under a review code is shown to a clinician and never decides.
    """

    key: str
    name: str
    unit: str | None = None
    codes: tuple[str, ...] = ()
    review_codes: tuple[str, ...] = ()
    order: tuple[str | None, str] = (None, "")
