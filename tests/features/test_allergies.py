"""Severe drug allergy, and what denies it."""

from __future__ import annotations

import pytest
from coded_charts import CM, SCT, chart, concept, condition, plain

from cds_service.features.allergies import DrugAllergy
from cds_service.features.question import Reason
from cds_service.fhir import resources
from cds_service.fhir.resources import CodeableConcept, Reaction
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
ANAPHYLAXIS, STEVENS_JOHNSON, NO_ALLERGY, NO_DRUG_ALLERGY = "39579001", "73442001", "716186003", "409137002"


def allergy(
    code=None,
    system=SCT,
    *,
    category=("medication",),
    verified="confirmed",
    status="active",
    text="Penicillin",
    severity=None,
    manifestation=None,
    **more,
):
    shown = (concept(manifestation),) if manifestation else ()
    return resources.AllergyIntolerance(
        reference="AllergyIntolerance/a1",
        clinical_status=plain(status),
        verification_status=plain(verified),
        category=category,
        code=concept(code, system, text),
        reaction=(Reaction(manifestation=shown, severity=severity),) if severity or shown else (),
        **more,
    )


def read(*allergies, conditions=(), **more):
    return DrugAllergy(drug_allergy="severe").read(chart(allergies=allergies, conditions=conditions, **more))


@pytest.mark.parametrize(
    ("more", "truth", "reason"),
    [
        ({"criticality": "high"}, TRUE, None),
        ({"severity": "severe"}, TRUE, None),
        ({"manifestation": ANAPHYLAXIS}, TRUE, None),
        ({"manifestation": STEVENS_JOHNSON, "criticality": "low"}, TRUE, None),
        ({"criticality": "high", "status": "resolved"}, TRUE, None),
        ({}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ({"criticality": "unable-to-assess"}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ({"criticality": "low"}, FALSE, None),
        ({"severity": "mild"}, FALSE, None),
        ({"criticality": "high", "verified": "unconfirmed"}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ({"criticality": "high", "verified": "refuted"}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ({"criticality": "high", "verified": "entered-in-error"}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ({"criticality": "high", "category": ("food",)}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ({"criticality": "high", "category": ("environment", "food")}, UNKNOWN, Reason.NOTHING_ON_RECORD),
        ({"criticality": "high", "category": ("food", "medication")}, TRUE, None),
        ({"criticality": "high", "category": ("biologic",)}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ({"criticality": "high", "category": ()}, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ({"criticality": "high", "category": (), "code": "7980", "system": RXNORM}, TRUE, None),
        ({"criticality": "high", "damaged": ("verificationStatus",)}, UNKNOWN, Reason.UNUSABLE),
    ],
)
def test_severity_kind_and_status(more, truth, reason):
    reading = read(allergy(**more))
    assert (reading.truth, reading.reason) == (truth, reason)


def test_a_reaction_in_words_only_is_for_the_clinician():
    reaction = Reaction(manifestation=(CodeableConcept(text="Anaphylaxis"),), severity="mild")
    one = resources.AllergyIntolerance(
        reference="AllergyIntolerance/a", category=("medication",), reaction=(reaction,)
    )
    assert read(one).reason is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(
    ("code", "system"),
    [
        (NO_ALLERGY, SCT),
        (NO_DRUG_ALLERGY, SCT),
        ("no-known-allergies", ABSENT),
        ("no-known-medication-allergies", ABSENT),
    ],
)
def test_no_known_drug_allergy_denies_it(code, system):
    reading = read(allergy(code, system, category=(), text="No known allergies", recorded_date="2026-01-02"))
    assert reading.truth is FALSE
    assert reading.evidence[0].code == code
    assert "2026-01-02" in reading.said


@pytest.mark.parametrize(
    ("code", "system", "text", "reason"),
    [
        ("428607008", SCT, "No known environmental allergy", Reason.NEEDS_CLINICIAN),
        ("no-known-food-allergies", ABSENT, "No known food allergies", Reason.NEEDS_CLINICIAN),
        ("no-allergy-info", ABSENT, "No information about allergies", Reason.NEEDS_CLINICIAN),
        (None, SCT, "NKDA", Reason.NEEDS_CLINICIAN),
    ],
)
def test_other_denials_do_not(code, system, text, reason):
    reading = read(allergy(code, system, category=(), text=text))
    assert (reading.truth, reading.reason) == (UNKNOWN, reason)


def test_a_denial_that_is_refuted_or_no_longer_holds():
    assert read(allergy(NO_ALLERGY, verified="refuted")).truth is UNKNOWN
    assert read(allergy(NO_ALLERGY, status="inactive")).truth is UNKNOWN


def test_a_severe_allergy_outweighs_a_denial():
    assert read(allergy(NO_ALLERGY), allergy(criticality="high")).truth is TRUE
    assert read(allergy(NO_ALLERGY), allergy()).reason is Reason.NEEDS_CLINICIAN


def test_a_diagnosis_counts_too():
    assert read(conditions=(condition("L51.1", CM, status="resolved"),)).truth is TRUE
    assert read(conditions=(condition("Z88.0", CM),)).reason is Reason.NEEDS_CLINICIAN


def test_no_allergy_on_record():
    assert read().reason is Reason.NOTHING_ON_RECORD
    assert read(asked={}).reason is Reason.MISSING_DATA


def test_what_an_author_gets_wrong():
    assert list(DrugAllergy().check(None)) == []
    assert any("mild" in fault for fault in DrugAllergy(drug_allergy="mild").check(None))
