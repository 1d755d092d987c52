from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_charts import chart, code, concepts, lab

from cds_service.features.question import Need, Reason
from cds_service.features.result_order import in_order
from cds_service.features.results import (
    date_of,
    earlier,
    evidence_of,
    latest,
    newest_of,
    newest_that,
    value_said,
)
from cds_service.fhir.record import Asked, Result
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Component,
    Observation,
    Period,
    Quantity,
    Range,
    Ratio,
)

PLATELETS = "777-3"


def newest(*observations, key="platelets", **more):
    return latest(chart(*observations, **more), concepts().labs.concept(key))


def values(found):
    return {value_said(result) for result in found.group}


def test_the_newest_result_wins_whatever_the_order():
    old, new = lab(PLATELETS, "20", when="2026-09-01"), lab(PLATELETS, "90", when="2026-10-01")
    assert values(newest(old, new)) == values(newest(new, old)) == {"90"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026-10-01T08:00:00Z", "2026-10-01T09:00:00Z", {"90"}),
        ("2026-10-01T09:30:00+02:00", "2026-10-01T08:00:00Z", {"90"}),
        ("2026-10-02T00:30:00+08:00", "2026-10-01T20:00:00-05:00", {"90"}),
        ("2026-10-01", "2026-10-01T09:00:00Z", {"20", "90"}),
        ("2026-10-01T08:00:00", "2026-10-01T09:00:00Z", {"20", "90"}),
        ("2026-10-01T09:00:00Z", "2026-10-01T09:00:00Z", {"20", "90"}),
        ("2026-10", "2026-10-20", {"20", "90"}),
        ("2026-09", "2026-10-20", {"90"}),
        ("2026", "2026-10-20", {"20", "90"}),
        ("2026-13-40", "2026-10-20", {"20", "90"}),
    ],
)
def test_results_that_no_date_can_order_stay_together(one, other, expected):
    found = newest(lab(PLATELETS, "20", when=one), lab(PLATELETS, "90", when=other))
    assert values(found) == expected
    assert bool(found.notes) is (len(expected) > 1)


@pytest.mark.parametrize("status", ["final", "amended", "corrected"])
def test_statuses_that_count(status):
    assert values(newest(lab(PLATELETS, "20", status=status))) == {"20"}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "unknown"])
def test_statuses_that_are_passed_over_and_said_where_newest(status):
    old = lab(PLATELETS, "20", when="2026-09-01")
    found = newest(old, lab(PLATELETS, "90", when="2026-10-01", status=status))
    assert values(found) == {"20"}
    assert "on 2026-10-01 is not counted" in found.notes[0]
    assert newest(old, lab(PLATELETS, "90", when="2026-08-01", status=status)).notes == ()


@pytest.mark.parametrize("status", ["preliminary", "registered", None, "odd"])
def test_a_newest_result_that_is_not_final_is_not_skipped_for_an_older_one(status):
    found = newest(
        lab(PLATELETS, "90", "10*9/L", "2026-09-01"), lab(PLATELETS, "20", when="2026-10-01", status=status)
    )
    assert found.group == ()
    assert found.why_not.reason is Reason.UNUSABLE
    assert "Before it: 90 10*9/L on 2026-09-01" in found.why_not.notes
    assert found.why_not.evidence[0].value == "20"


def test_an_older_preliminary_result_does_not_matter():
    found = newest(lab(PLATELETS, "20", when="2026-09-01", status="preliminary"), lab(PLATELETS, "90"))
    assert values(found) == {"90"}


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [("final", "corrected"), ("final", "amended"), ("preliminary", "final"), ("preliminary", "corrected")],
)
def test_a_correction_of_the_same_code_and_moment_replaces(lesser, greater):
    found = newest(lab(PLATELETS, "20", status=lesser), lab(PLATELETS, "90", status=greater))
    assert values(found) == {"90"}


def test_a_correction_of_another_code_does_not_replace():
    found = newest(lab(PLATELETS, "20"), lab("26515-7", "90", status="corrected"))
    assert values(found) == {"20", "90"}


def test_a_damaged_result_is_unusable():
    found = newest(lab(PLATELETS, "90", damaged=("valueQuantity",)))
    assert found.why_not.reason is Reason.UNUSABLE


def test_a_lone_result_without_a_date_is_unusable():
    for observations in (
        [lab(PLATELETS, "90", when=None)],
        [lab(PLATELETS, str(n), when=None) for n in (1, 2)],
    ):
        assert newest(*observations).why_not.reason is Reason.UNUSABLE


def test_a_result_without_a_value_is_passed_over_with_its_reason():
    absent = CodeableConcept(text="specimen clotted")
    found = newest(
        lab(PLATELETS, "90", when="2026-09-01"), lab(PLATELETS, when="2026-10-01", data_absent_reason=absent)
    )
    assert values(found) == {"90"}
    assert "specimen clotted" in found.notes[0]


def test_a_value_that_says_it_is_absent_is_unusable():
    found = newest(lab(PLATELETS, "90", data_absent_reason=CodeableConcept(text="error")))
    assert found.why_not.reason is Reason.UNUSABLE


@pytest.mark.parametrize(("asked", "lost"), [(Asked.ANSWERED, False), (Asked.FAILED, True)])
def test_no_result_is_missing_data_and_says_what_to_order(asked, lost):
    why = newest(asked=asked).why_not
    assert why.reason is Reason.MISSING_DATA
    assert why.needs == (Need("Platelets", "777-3"),)
    assert why.lost is lost


def test_a_name_without_a_code_never_counts():
    named = lab("x", "90", code=CodeableConcept(text="Platelets", coding=(Coding(display="Platelets"),)))
    assert newest(named).why_not.reason is Reason.MISSING_DATA


def test_a_result_under_a_review_code_is_for_a_clinician():
    why = newest(lab("75846-6", "4"), key="phga").why_not
    assert why.reason is Reason.NEEDS_CLINICIAN
    assert why.evidence[0].code == "75846-6"


def test_components_and_oid_systems_are_read():
    part = Component(code=code(PLATELETS, "urn:oid:2.16.840.1.113883.6.1"), value_quantity=Quantity(unit="x"))
    found = newest(lab("58410-2", component=(part,)))
    assert found.group[0].value is part


def test_one_result_under_two_codes_counts_once():
    both = CodeableConcept(coding=(*code("59408-5").coding, *code("2708-6").coding))
    assert len(newest(lab("x", "95", code=both), key="spo2").group) == 1


DATES = [
    None, "2026", "2026-10", "2026-10-01", "2026-10-02", "2026-10-01T09:00:00Z", "2026-10-01T23:00:00-08:00",
    "2026-10-02T06:00:00Z", "2026-10-02T00:30:00+14:00", "2026-10-01T09:00:00", "2026-10-02T09:00:00",
]  # fmt: skip


@given(st.lists(st.sampled_from(DATES), min_size=1, max_size=6))
@settings(derandomize=True, deadline=None)
def test_the_newest_are_those_that_none_is_later_than(dates):
    results = [Result.of(each) for each in (lab(PLATELETS, "1", when=when) for when in dates)]
    found = newest_of(results)
    pairwise = [r for r in results if not any(earlier(date_of(r), date_of(other)) for other in results)]
    assert list(found) == list(in_order(pairwise))
    assert newest_of(reversed(results)) == found
    assert found


DAYS = ("2026-10-08", "2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12", "0001-01-01", "0001-01-02")
WHEN = st.one_of(
    st.sampled_from([*DAYS, "2026-10", "2026", None]),
    st.builds(
        "{}T{}{}".format,
        st.sampled_from(DAYS),
        st.sampled_from(["00:00:00", "00:30:00", "12:00:00", "23:59:00"]),
        st.sampled_from(["", "Z", "+14:00", "-12:00", "+23:59", "-23:59"]),
    ),
)


@given(st.lists(st.tuples(WHEN, st.booleans()), max_size=7))
@settings(derandomize=True, deadline=None, max_examples=3000)
def test_asking_the_newest_first_finds_the_newest_that_say_so(told):
    results = [Result.of(lab(PLATELETS, "1" if says else "2", when=when)) for when, says in told]
    saying = [result for result, (_, says) in zip(results, told, strict=True) if says]
    asked = []

    def says(result):
        asked.append(result)
        return value_said(result).startswith("1")

    assert newest_that(results, says) == newest_of(saying)
    assert len(asked) <= len(results)


@given(st.lists(WHEN, min_size=1, max_size=7))
@settings(derandomize=True, deadline=None, max_examples=3000)
def test_what_is_surely_older_is_never_among_the_newest(dates):
    results = [Result.of(lab(PLATELETS, "1", when=when)) for when in dates]
    pairwise = [r for r in results if not any(earlier(date_of(r), date_of(other)) for other in results)]
    assert not pairwise or newest_of(results) == in_order(pairwise)


def test_an_old_result_is_not_asked_where_a_new_one_says_so():
    results = [Result.of(lab(PLATELETS, "1", when=f"20{year}-10-01")) for year in range(10, 26)]
    asked = []
    found = newest_that(results, lambda result: not asked.append(result))
    assert [date_of(result).text for result in found] == ["2025-10-01"]
    assert len(asked) == 1


def test_a_result_that_is_coded_as_two_tests_is_neither():
    both = CodeableConcept(coding=(*code(PLATELETS).coding, *code("6690-2").coding))
    found = newest(lab("x", "95", code=both))
    assert found.why_not.reason is Reason.UNUSABLE
    assert "two different tests" in found.why_not.said


def test_many_results_of_one_moment_are_quick():
    crowd = [
        lab(PLATELETS, str(n), when="2026-10-01T09:00:00Z", status=("final", "cancelled")[n % 2])
        for n in range(4000)
    ]
    assert len(newest(*crowd).group) == 2000


def test_periods_and_issue_times_date_a_result():
    period = Period(start="2026-10-05", end="2026-10-06")
    found = newest(
        lab(PLATELETS, "20", when=None, issued="2026-10-04T10:00:00Z"),
        lab(PLATELETS, "90", when=None, effective_period=period),
    )
    assert values(found) == {"90"}


def test_evidence_cites_the_code_that_counted():
    both = CodeableConcept(coding=(Coding(system="urn:site", code="PLT"), *code(PLATELETS).coding))
    seen = evidence_of(
        newest(lab("x", "90", "10*9/L", code=both)).group[0], concepts().labs.concept("platelets")
    )
    assert (seen.code, seen.value, seen.date) == (PLATELETS, "90 10*9/L", "2026-10-20")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"value_quantity": Quantity(value=Decimal(20), comparator="<", unit="IU/mL")}, "<20 IU/mL"),
        ({"value_quantity": Quantity(value=Decimal(20), code="U/L")}, "20 U/L"),
        ({"value_string": ">60"}, ">60"),
        ({"value_integer": 7}, "7"),
        ({"value_boolean": True}, "true"),
        ({"value_codeable_concept": CodeableConcept(coding=(Coding(display="Positive"),))}, "Positive"),
        (
            {
                "value_range": Range(
                    low=Quantity(value=Decimal(1), unit="mm"), high=Quantity(value=Decimal(2))
                )
            },
            "1 mm to 2",
        ),
        (
            {
                "value_ratio": Ratio(
                    numerator=Quantity(value=Decimal(1)), denominator=Quantity(value=Decimal(80))
                )
            },
            "1:80",
        ),
        ({}, None),
    ],
)
def test_values_are_said_as_sent(value, said):
    observation = Observation(**value)
    assert value_said(Result.of(observation)) == said
