"""Whom a pregnancy test concerns; recorded sex."""

import pytest
from chart_with import chart_with, coded, concepts, condition

from cds_service.features.chart import Chart
from cds_service.features.childbearing import Childbearing
from cds_service.features.question import Reason
from cds_service.features.sex import Sex
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Extension, Patient, Procedure
from cds_service.fhir.systems import ICD_10_CM
from cds_service.kleene import Truth

YES, NO, OPEN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def possible(*resources, **more):
    return chart_with(*resources, **more).answer(Childbearing())


@pytest.mark.parametrize(
    ("born", "truth", "applies"),
    [
        ("2017-11-26", NO, False),
        ("2017-11-25", OPEN, True),
        ("2014-11-26", OPEN, True),
        ("2014-11-25", YES, True),
        ("1976-11-26", YES, True),
        ("1976-11-25", OPEN, True),
        ("1976", OPEN, True),
        ("1990", YES, True),
        ("2018-06", NO, False),
        ("1940-01-01", OPEN, True),
    ],
)
def test_by_age(born, truth, applies):
    reading = possible(born=born)
    assert (reading.truth, not reading.not_applicable) == (truth, applies)


def test_what_rests_on_an_assumption_says_so():
    assert "Assumption" in possible(born="2020-01-01").notes[0]
    assert "Menopause or hysterectomy is not on record" in possible(born="1960-01-01").notes[0]
    assert "Menarche" in possible(born="2016-01-01").notes[0]


def test_sex_decides_first():
    male = possible(gender="male")
    assert (male.truth, male.not_applicable) == (NO, True)
    assert possible(gender="other").reason is Reason.NEEDS_CLINICIAN
    assert possible(gender="unknown").truth is OPEN
    assert possible(gender=None).reason is Reason.MISSING_DATA
    assert possible(born=None).reason is Reason.MISSING_DATA


@pytest.mark.parametrize(
    "resource",
    [
        condition("Z90.710", ICD_10_CM),
        condition("Z90.711", ICD_10_CM, clinical=None),
        condition("Z78.0", ICD_10_CM),
        condition("76498008"),
        Procedure(status="completed", code=coded("236886002"), performed_date_time="2015"),
        Procedure(status="completed", code=coded("0UT90ZZ", "http://www.cms.gov/Medicare/Coding/ICD10")),
    ],
)
def test_documented_it_does_not_apply(resource):
    reading = possible(resource)
    assert (reading.truth, reading.not_applicable) == (NO, True)
    assert reading.evidence


@pytest.mark.parametrize(
    ("resource", "truth"),
    [
        (condition("Z90.712", ICD_10_CM), YES),
        (condition("Z90.710", ICD_10_CM, verification="refuted"), YES),
        (condition("Z90.710", ICD_10_CM, verification="provisional"), OPEN),
        (condition("N95.1", ICD_10_CM), OPEN),
        (Procedure(status="not-done", code=coded("236886002")), YES),
    ],
)
def test_what_does_not_settle_it(resource, truth):
    assert possible(resource).truth is truth


def test_recorded_sex():
    assert chart_with(gender="female").answer(Sex(sex="female")).truth is YES
    assert chart_with(gender="female").answer(Sex(sex="male")).truth is NO
    assert chart_with(gender="female").answer(Sex(sex="male")).evidence[0].reference == "Patient/p"
    assert chart_with(gender=None).answer(Sex(sex="male")).reason is Reason.MISSING_DATA
    assert list(Sex(sex="woman").check(None))


def test_a_differing_birth_sex_is_for_a_clinician():
    url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
    patient = Patient(gender="male", birth_date="1990-01-01", extension=(Extension(url=url, value_code="F"),))
    chart = Chart(Record(patient=patient), chart_with().as_of, concepts())
    assert chart.answer(Sex(sex="male")).reason is Reason.NEEDS_CLINICIAN
    assert chart.answer(Childbearing()).reason is Reason.NEEDS_CLINICIAN
