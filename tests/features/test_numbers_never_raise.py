"""Whatever a chart contains, a numeric question is answered, and an unknown says why."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_charts import SCORES, chart, code, lab

from cds_service.features.age import Age
from cds_service.features.change import Fall, Rise
from cds_service.features.classification_points import Points
from cds_service.features.creatinine_clearance import CreatinineClearance
from cds_service.features.egfr import Egfr
from cds_service.features.measurements import Lab, Measurement
from cds_service.features.question import Reason
from cds_service.features.scores import Score
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Component,
    Observation,
    Period,
    Quantity,
    Range,
    Ratio,
    ReferenceRange,
)

QUESTIONS = [
    Age(age="years"),
    Lab(lab="creatinine_serum", unit="mg/dL"),
    Lab(lab="alt", times="uln"),
    Lab(lab="anc", unit="10*9/L", not_within="2 weeks", after=("gcsf",)),
    Lab(lab="inr", times="uln"),
    Measurement(measurement="lvef", unit="%"),
    Egfr(),
    CreatinineClearance(),
    Score(score="phga"),
    Score(score="sledai-2k"),
    Points(points="sle-2019"),
    Points(points="ssc-2013"),
    Rise(rise="mrss"),
    Fall(fall="fvc"),
]
CODES = [
    "2160-0",
    "1742-6",
    "751-8",
    "6301-6",
    "10230-1",
    "98979-8",
    "50384-7",
    "35591-7",
    "29463-7",
    "8302-2",
    "19868-9",
    "777-3",
    "4485-9",
    "8061-4",
    "31348-6",
]
UNITS = [
    None,
    "",
    "mg/dL",
    "umol/L",
    "U/L",
    "10*9/L",
    "%",
    "1",
    "mL/min/1.73m2",
    "mL/min",
    "kg",
    "cm",
    "L",
    "{score}",
    "?",
]
DATES = [None, "", "x", "0001-01-01", "2026", "2026-10", "2026-10-20", "2026-10-20T09:00:00Z", "9999-12-31"]
NUMBERS = [None, "0", "-1", "0.9", "2.5", "50", "150", "1E+30", "1E-30", "123456789012345678901234567890"]

numbers = st.sampled_from(NUMBERS).map(lambda text: Decimal(text) if text else None)
quantities = st.builds(
    Quantity,
    value=numbers,
    unit=st.sampled_from(UNITS),
    comparator=st.sampled_from([None, "<", "<=", ">", ">=", "~"]),
    code=st.sampled_from([None, "mg/dL", "nonsense"]),
    system=st.sampled_from([None, "http://unitsofmeasure.org", "urn:x"]),
)
words = st.sampled_from(
    [None, CodeableConcept(), CodeableConcept(text="female"), CodeableConcept(coding=(Coding(),))]
)
ranges = st.builds(Range, low=st.none() | quantities, high=st.none() | quantities)
values = st.one_of(
    st.fixed_dictionaries({"value_quantity": quantities}),
    st.fixed_dictionaries({"value_range": ranges}),
    st.fixed_dictionaries(
        {"value_string": st.sampled_from(["", ">60", "<0.3 mg/dL", "12 10*9/L", "neg", "٣ mg/dL"])}
    ),
    st.fixed_dictionaries({"value_integer": st.sampled_from([0, -5, 8, 10**60])}),
    st.fixed_dictionaries({"value_ratio": st.builds(Ratio, numerator=quantities)}),
    st.just({}),
)
reference_ranges = st.builds(
    ReferenceRange,
    low=st.none() | quantities,
    high=st.none() | quantities,
    type=words,
    applies_to=words.map(lambda word: (word,) if word else ()),
    age=st.none() | ranges,
    text=st.sampled_from([None, "7-40", "40-7 U/L", "<40"]),
)


@st.composite
def observations(draw):
    where = draw(
        st.sampled_from([*((each, "http://loinc.org") for each in CODES), ("mrss", SCORES), ("phga", SCORES)])
    )
    value = {**draw(values), "reference_range": tuple(draw(st.lists(reference_ranges, max_size=2)))}
    when = draw(st.sampled_from(DATES))
    shared = {
        "status": draw(st.sampled_from(["final", "amended", "preliminary", "cancelled", "odd", None])),
        "damaged": draw(st.sampled_from([(), (), ("status",)])),
        "effective_period": draw(
            st.none() | st.builds(Period, start=st.just(when), end=st.sampled_from(DATES))
        ),
        "effective_date_time": draw(st.sampled_from(DATES)),
    }
    if draw(st.booleans()):
        return Observation(component=(Component(code=code(*where), **value),), **shared)
    return Observation(code=code(*where), **value, **shared)


@given(
    st.lists(observations(), max_size=6),
    st.sampled_from(["1980-01-01", "2016-05-01", "2008", "0001", "soon", None]),
    st.sampled_from(["male", "female", "other", None]),
    st.sampled_from([date(2026, 11, 1), date.max, date(1, 1, 2)]),
    st.sampled_from(Asked),
)
@settings(derandomize=True, deadline=None, max_examples=300)
def test_every_chart_is_answered(found, born, gender, as_of, asked):
    one = chart(*found, born=born, gender=gender, as_of=as_of, asked=asked)
    for question in QUESTIONS:
        reading = one.answer(question)
        assert reading.said
        settled = reading.low is not None and (reading.low == reading.high or isinstance(question, Egfr))
        assert settled or reading.reason is not None
        if reading.low is not None and reading.high is not None:
            assert reading.low <= reading.high


@pytest.mark.parametrize(
    "spoil", [{"status": "preliminary"}, {"status": "entered-in-error"}, {"damaged": ("code",)}]
)
def test_what_may_not_count_never_decides(spoil):
    good = lab("751-8", "2.0", "10*9/L")
    bad = Observation(**{name: getattr(good, name) for name in good.__struct_fields__} | spoil)
    assert chart(good).answer(QUESTIONS[3]).low == 2
    assert chart(bad).answer(QUESTIONS[3]).low is None
    assert chart(bad).answer(QUESTIONS[3]).reason in (Reason.UNUSABLE, Reason.MISSING_DATA)
