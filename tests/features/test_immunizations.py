"""Live vaccines: which, when, and whether they were given."""

from __future__ import annotations

from datetime import date

import pytest
from coded_charts import SCT, chart, concept

from cds_service.features.immunizations import Immunization
from cds_service.features.question import Reason
from cds_service.fhir import resources
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN
CVX, CVX_OID = "http://hl7.org/fhir/sid/cvx", "urn:oid:2.16.840.1.113883.12.292"


def given(code="03", system=CVX, *, status="completed", on="2026-10-20", text=None, **more):
    return resources.Immunization(
        reference="Immunization/i1",
        status=status,
        vaccine_code=concept(code, system, text),
        occurrence_date_time=on,
        **more,
    )


def read(*immunizations, within="4 weeks", **more):
    return Immunization(immunization=("live_vaccine",), within=within).read(
        chart(immunizations=immunizations, **more)
    )


@pytest.mark.parametrize(
    ("code", "system", "truth", "reason"),
    [
        ("03", CVX, TRUE, None),
        ("3", CVX, TRUE, None),
        ("03", CVX_OID, TRUE, None),
        ("J07BD52", "http://www.whocc.no/atc", TRUE, None),
        ("187", CVX, UNKNOWN, Reason.NOTHING_ON_RECORD),  # recombinant zoster is not live
        ("206", CVX, UNKNOWN, Reason.NEEDS_CLINICIAN),
        ("999", CVX, UNKNOWN, Reason.NEEDS_CLINICIAN),  # which vaccine that is, nobody knows
        ("1119349007", SCT, UNKNOWN, Reason.NEEDS_CLINICIAN),
    ],
)
def test_which_vaccine(code, system, truth, reason):
    reading = read(given(code, system))
    assert (reading.truth, reading.reason) == (truth, reason)


@pytest.mark.parametrize(
    ("on", "truth", "reason"),
    [
        ("2026-10-04", TRUE, None),  # day 28
        ("2026-10-03", FALSE, None),
        ("2026-10", UNKNOWN, Reason.NEEDS_CLINICIAN),
        (None, UNKNOWN, Reason.NEEDS_CLINICIAN),
    ],
)
def test_within_four_weeks(on, truth, reason):
    reading = read(given(on=on))
    assert (reading.truth, reading.reason) == (truth, reason)
    assert reading.evidence[0].date == on


def test_until():
    assert read(given(on="2026-10-04")).until == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("not-done", Reason.NOTHING_ON_RECORD),
        ("entered-in-error", Reason.NOTHING_ON_RECORD),
        (None, Reason.NEEDS_CLINICIAN),
    ],
)
def test_only_what_was_given_counts(status, reason):
    assert read(given(status=status)).reason is reason


def test_an_unknown_vaccine_long_ago_is_no_ground_for_anything():
    assert read(given("999", on="2010-01-01")).reason is Reason.NOTHING_ON_RECORD
    assert read(given("999", on="2010-01-01"), given(on="2010-01-01")).truth is FALSE


def test_words_only_and_damaged():
    assert read(given(None, text="MMR")).reason is Reason.NEEDS_CLINICIAN
    assert read(given(damaged=("status",))).reason is Reason.UNUSABLE


def test_no_vaccine_on_record():
    assert read().reason is Reason.NOTHING_ON_RECORD
    assert read(asked={}).reason is Reason.MISSING_DATA


def test_what_an_author_gets_wrong():
    concepts = chart().concepts
    assert any("flu" in fault for fault in Immunization(immunization=("flu",)).check(concepts))
    assert any(
        "4w" in fault for fault in Immunization(immunization=("live_vaccine",), within="4w").check(concepts)
    )
    assert list(Immunization(immunization=("live_vaccine",), within="4 weeks").check(concepts)) == []
