"""What the service would like to be sent along: one FHIR R4 query for each prefetch key.

Only the part of FHIR search that the CDS Hooks specification calls portable is used: a read, token and
reference parameters, ``_sort`` and ``_count``; no parameter twice, no FHIRPath. Each search is bounded. The
Observation queries name the codes of exactly the tests that the trials' criteria read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from cds_service.concepts.labs import LabConcepts
from cds_service.trials.expression import leaves
from cds_service.trials.model import Trial

PATIENT = "patient={{context.patientId}}"
MOST_CODES = 40
"""In one query: 40 LOINC codes with their system are about 1,000 characters, which every server takes."""

READ_WITH: Mapping[str, tuple[str, ...]] = {
    # a word of a criterion -> the tests it reads that it does not name
    "egfr": ("egfr", "creatinine_serum", "body_height"),
    "creatinine_clearance": ("crcl_cockcroft_gault", "creatinine_serum", "body_weight"),
    "glucocorticoid_dose": ("body_weight",),
    "pregnancy_test": ("hcg_",),
    "pregnancy": ("hcg_", "pregnancy_status"),
    "breastfeeding": ("breastfeeding_status",),
    "fvc": ("fvc_",),
    "dlco": ("dlco_",),
    "anti_ro52": ("anti_ssa_ro",),  # reported without saying which of the two
    "ecg": ("ecg_",),
    "bone_marrow": ("bone_marrow_report", "megakaryocytes_marrow"),
    "lung_function": ("fvc_pct_pred", "dlco_pct_pred"),
    "sledai-2k": (  # its laboratory descriptors
        *("urine_rbc_casts", "urine_rbc_hpf", "urine_wbc_hpf", "urine_protein_24h", "c3", "c4", "ch50"),
        *("anti_dsdna", "body_temperature", "platelets", "wbc"),
    ),
    "sle-2019": (
        *("ana", "body_temperature", "wbc", "platelets", "urine_protein_24h", "urine_protein_creatinine"),
        *("antiphospholipid", "c3", "c4", "anti_dsdna", "anti_sm"),
    ),
    "ssc-2013": ("anti_centromere", "anti_scl70", "anti_rnap3"),
}
"""By the beginning of the concept's key: ``hcg_`` is every hCG test."""

OF_THE_PATIENT = frozenset({"age", "sex_administrative"})
"""Concepts that are read from the Patient and not from an Observation."""


def templates(trials: Iterable[Trial], labs: LabConcepts) -> dict[str, str]:
    """The prefetch of the discovery answer, in the order in which a client should fetch."""
    queries = {
        "patient": "Patient/{{context.patientId}}",
        "conditions": f"Condition?{PATIENT}&_count=500",
    }
    for number, codes in enumerate(code_lists(lab_codes(trials, labs)), start=1):
        queries[f"observations{number}"] = f"Observation?{PATIENT}&code={codes}&_sort=-date&_count=200"
    return queries | {
        "medicationRequests": f"MedicationRequest?{PATIENT}&_sort=-authoredon&_count=200",
        "medicationStatements": f"MedicationStatement?{PATIENT}&_sort=-effective&_count=200",
        "medicationAdministrations": f"MedicationAdministration?{PATIENT}&_sort=-effective-time&_count=200",
        "procedures": f"Procedure?{PATIENT}&_sort=-date&_count=200",
        "immunizations": f"Immunization?{PATIENT}&_sort=-date&_count=200",
        "allergies": f"AllergyIntolerance?{PATIENT}&_count=200",
        "diagnosticReports": f"DiagnosticReport?{PATIENT}&_sort=-date&_count=100",
        "serviceRequests": f"ServiceRequest?{PATIENT}&_sort=-authored&_count=100",
        "researchSubjects": f"ResearchSubject?{PATIENT}&_count=50",
    }


def lab_codes(trials: Iterable[Trial], labs: LabConcepts) -> list[tuple[str, ...]]:
    """For each test that a criterion reads, its codes as ``system|code``."""
    keys = concept_keys(trials, labs)
    return [concept.codes + concept.review_codes for key, concept in labs.by_key.items() if key in keys]


def concept_keys(trials: Iterable[Trial], labs: LabConcepts) -> set[str]:
    """The keys of the labs, measurements and scores that the trials' criteria name or read."""
    words: set[str] = set()
    for trial in trials:
        for cohort in trial.cohorts:
            words.update(_words_of(cohort.indication))
        words.update(_words_of(trial.indication))
        for criterion in trial.criteria:
            for expression in (criterion.when, criterion.only_if, criterion.unless):
                words.update(_words_of(expression) if expression is not None else ())
    beginnings = tuple(start for word, starts in READ_WITH.items() if word in words for start in starts)
    named = {key for key in labs.by_key if key in words or key.startswith(beginnings)}
    return named - OF_THE_PATIENT


def _words_of(expression: Any) -> Iterator[str]:
    for leaf in leaves(expression):
        yield leaf.question.keyword
        yield from _strings(leaf.question)


def _strings(value: Any) -> Iterator[str]:
    """Every string in a question, those of the questions inside it too, with their keywords."""
    match value:
        case str():
            yield value
        case msgspec.Struct():
            yield getattr(value, "keyword", "")
            for field in msgspec.structs.fields(value):
                yield from _strings(getattr(value, field.name))
        case list() | tuple():
            for item in value:
                yield from _strings(item)
        case dict():
            for key, item in value.items():
                yield key
                yield from _strings(item)
        case _:
            # an expression kept inside a question
            for name in getattr(value, "__dataclass_fields__", ()):
                yield from _strings(getattr(value, name))


def code_lists(groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The codes as comma-separated lists of at most :data:`MOST_CODES`; a test's codes stay together."""
    batch: list[str] = []
    for group in groups:
        codes = [code for code in group if code not in batch]
        if batch and len(batch) + len(codes) > MOST_CODES:
            yield ",".join(batch)
            batch = []
        while len(codes) > MOST_CODES:
            yield ",".join(codes[:MOST_CODES])
            codes = codes[MOST_CODES:]
        batch += codes
    if batch:
        yield ",".join(batch)
