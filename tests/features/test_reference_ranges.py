import pytest
from lab_charts import lab, quantity, read, verdict

from cds_service.features.measurements import Lab
from cds_service.features.question import Reason
from cds_service.fhir.resources import CodeableConcept, Coding, Range, ReferenceRange
from cds_service.kleene import Truth

ALT = Lab(lab="alt", at_most="3.0", times="uln")
NORMAL = CodeableConcept(
    coding=(Coding(system="http://terminology.hl7.org/CodeSystem/referencerange-meaning", code="normal"),)
)
THERAPY = CodeableConcept(coding=(Coding(code="therapeutic"),))
MALE = CodeableConcept(coding=(Coding(system="http://snomed.info/sct", code="248153007"),))
FEMALE = CodeableConcept(
    coding=(Coding(system="http://snomed.info/sct", code="248152002", display="Female"),)
)
OTHER = CodeableConcept(text="pregnant, third trimester")


def limit(high=None, unit=None, *, applies=(), age=None, kind=None, text=None):
    return ReferenceRange(
        high=quantity(high, unit) if high else None, applies_to=applies, age=age, type=kind, text=text
    )


def years(low=None, high=None, unit="a"):
    return Range(*(quantity(end, unit) if end else None for end in (low, high)))


def multiple(*ranges, **patient):
    """What 120 U/L is in multiples of the upper limit, or None."""
    return read(ALT, lab("1742-6", "120", "U/L", reference_range=ranges), **patient).low


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([limit("40")], 3),
        ([limit("40", "U/L")], 3),
        ([limit("0.04", "U/mL")], 3),
        ([limit("40", kind=NORMAL)], 3),
        ([limit("40", kind=THERAPY)], None),
        ([limit("40"), limit("60", kind=THERAPY)], 3),
        ([limit("40"), limit("40", "IU/L")], 3),
        ([limit("40"), limit("60")], None),
        ([limit("0")], None),
        ([limit("-40")], None),
        ([limit("40", "mg/dL")], None),
        ([limit("40", "furlongs")], None),
        ([], None),
        ([limit(text="7-40 U/L")], 3),
        ([limit(text="7 - 40")], 3),
        ([limit(text="7 – 40")], 3),
        ([limit(text="7-40 mg/dL")], None),
        ([limit(text="normal: 7-40")], None),
        ([limit(text="7-40 (adults 50)")], None),
        ([limit(text="40-7")], None),
        ([limit(text="see report")], None),
        ([limit("40", text="7-60")], 3),
    ],
)
def test_which_upper_limit_counts(ranges, expected):
    assert multiple(*ranges) == expected


@pytest.mark.parametrize(
    ("ranges", "gender", "expected"),
    [
        ([limit("40", applies=(FEMALE,)), limit("60", applies=(MALE,))], "female", 3),
        ([limit("40", applies=(FEMALE,)), limit("60", applies=(MALE,))], "male", 2),
        ([limit("40", applies=(FEMALE,)), limit("60", applies=(MALE,))], "other", None),
        ([limit("40", applies=(FEMALE,)), limit("60")], "female", 3),
        ([limit("40", applies=(FEMALE,)), limit("60")], "male", 2),
        ([limit("40", applies=(MALE,))], "female", None),
        ([limit("40", applies=(OTHER,))], "female", None),
        ([limit("40", applies=(OTHER,)), limit("60")], "female", None),
        ([limit("40", applies=(CodeableConcept(text="Female"),))], "female", 3),
    ],
)
def test_a_range_of_the_other_sex_does_not_count(ranges, gender, expected):
    assert multiple(*ranges, gender=gender) == expected


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        ("2010-10-20", 2),
        ("2008-10-21", 2),
        ("2008-10-20", 3),
        ("1980-01-01", 3),
        ("2008", None),
        (None, None),
    ],
)
def test_a_range_of_another_age_does_not_count(born, expected):
    ranges = limit("60", age=years("1", "17")), limit("40", age=years("18"))
    assert multiple(*ranges, born=born) == expected


def test_an_age_in_a_unit_that_is_not_known_counts_for_nobody():
    assert multiple(limit("40", age=years("1", "90", unit="moons"))) is None
    assert multiple(limit("40", age=years("216", None, unit="mo"))) == 3


def test_no_upper_limit_is_unusable_and_says_so():
    reading = read(ALT, lab("1742-6", "12", "U/L"))
    assert reading.reason is Reason.UNUSABLE
    assert "no upper limit of normal" in reading.said
    assert reading.needs


def test_a_range_of_a_bare_number_suits_a_bare_number():
    inr = Lab(lab="inr", at_most="1.5", times="uln")
    assert verdict(inr, lab("6301-6", "1.8", None, uln="1.2")) is Truth.TRUE
    assert verdict(inr, lab("6301-6", "1.81", None, uln="1.2")) is Truth.FALSE
