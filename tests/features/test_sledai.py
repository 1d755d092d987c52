"""What the laboratory descriptors make of SLEDAI-2K at least; it is told, and never decides."""

from datetime import date

import pytest
from chart_with import obs
from lab_charts import AS_OF, SCORES, chart, code, concepts, lab, quantity, read, verdict

from cds_service.explanation import Decided, Point, reason
from cds_service.features.question import Reason, meets, why_unknown
from cds_service.features.scores import Score
from cds_service.features.sledai import descriptors
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import CodeableConcept, Coding, Period, ReferenceRange
from cds_service.kleene import Truth


def both(*codes):
    return CodeableConcept(coding=tuple(Coding(system="http://loinc.org", code=each) for each in codes))


EIGHT = Score(score="sledai-2k", at_least="8")


def c3(value, low="0.9", when="2026-10-20", unit="g/L", loinc="4485-9", **more):
    ranges = (ReferenceRange(low=quantity(low, unit)),) if low else ()
    return lab(loinc, value, unit, when, reference_range=ranges, **more)


def dna(value="Positive", on="2026-10-20"):
    return obs("31348-6", value, on)


def total(points, when="2026-10-20"):
    return lab("sledai-2k", points, when=when, code=code("sledai-2k", SCORES))


HEMATURIA = lab("13945-1", "6", "/[HPF]")
PROTEINURIA = lab("2889-4", "0.6", "g/(24.h)")


@pytest.mark.parametrize(
    ("result", "points"),
    [
        (obs("33804-6", "Present", "2026-10-20"), 4),
        (obs("33804-6", "Negative", "2026-10-20"), 0),
        (obs("25160-3", "Present", "2026-10-20"), 0),  # granular casts, which need not be heme-granular
        (lab("13945-1", "6", "/[HPF]"), 4),
        (lab("13945-1", "5", "/[HPF]"), 0),
        (lab("13945-1", "5", "/[HPF]", comparator=">"), 4),
        (lab("13945-1", "4", "/[HPF]", comparator=">"), 0),
        (lab("13945-1", "6"), 0),  # no unit
        (lab("5821-4", "5.1", "/[HPF]"), 4),
        (lab("5821-4", "5", "/[HPF]"), 0),
        (lab("2889-4", "0.51", "g/(24.h)"), 4),
        (lab("2889-4", "0.5", "g/(24.h)"), 0),
        (lab("2889-4", "501", "mg/24h"), 4),
        (lab("2889-4", "500", "mg/24h"), 0),
        (c3("0.89"), 2),
        (c3("0.9"), 0),
        (c3("89", low="90", unit="mg/dL"), 2),
        (c3("0.1", low=None), 0),  # low, but no range says so
        (c3("0.1", loinc="4498-2", low="0.2"), 2),
        (c3("30", loinc="4532-8", low="40", unit="U/mL"), 2),
        (dna(), 2),
        (dna("Negative"), 0),
        (lab("5130-0", "31", "[IU]/mL", uln="30"), 2),
        (lab("5130-0", "30", "[IU]/mL", uln="30"), 0),
        (lab("8310-5", "38.1", "Cel"), 1),
        (lab("8310-5", "38", "Cel"), 0),
        (lab("777-3", "99", "10*9/L"), 1),
        (lab("777-3", "100", "10*9/L"), 0),
        (lab("6690-2", "2.9", "10*9/L"), 1),
        (lab("6690-2", "3", "10*9/L"), 0),
    ],
)
def test_each_descriptor_at_its_limit(result, points):
    held = chart(result)
    assert sum(each.item.points for each in descriptors(held, AS_OF)) == points


@pytest.mark.parametrize(
    ("when", "counts"),
    [
        ("2026-10-02", True),  # 30 days before the evaluation date
        ("2026-10-01", False),
        ("2026-11-01", True),
        ("2026-10", False),  # part of the month is outside
        (None, False),
    ],
)
def test_the_window_is_thirty_days_up_to_the_evaluation_date(when, counts):
    assert bool(descriptors(chart(lab("777-3", "50", "10*9/L", when)), AS_OF)) is counts


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled", "registered", None])
def test_only_final_results_count(status):
    assert not descriptors(chart(lab("777-3", "50", "10*9/L", status=status)), AS_OF)


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (lab("777-3", "150", "10*9/L", "2026-10-21"), True),  # of another day: both were so
        (lab("26515-7", "150", "10*9/L"), False),  # of the same day
        (lab("777-3", "150", "10*9/L", "2026-10-20T08:00:00Z"), False),  # perhaps of the same hour
        (lab("777-3", "150", "10*9/L", status="corrected"), False),
        (lab("777-3", "150", "10*9/L", status="preliminary"), True),
    ],
)
def test_a_result_of_the_same_time_that_says_otherwise(other, counts):
    assert bool(descriptors(chart(lab("777-3", "50", "10*9/L"), other), AS_OF)) is counts


@pytest.mark.parametrize(
    ("first", "other"),
    [
        # the correction cannot be used: what it replaced is not used either
        (lab("777-3", "50", "10*9/L"), lab("777-3", "50", status="corrected")),
        (lab("777-3", "50", "10*9/L", "2026-10-20T08:00:00Z"), lab("777-3", "150", "10*9/L")),
        (lab("777-3", "50", "10*9/L", code=both("777-3", "6690-2")), None),  # two tests at once
        (
            obs("31348-6", None, "2026-10-20", flag="POS", data_absent_reason=CodeableConcept(text="lost")),
            None,
        ),
    ],
)
def test_what_is_not_certain_does_not_count(first, other):
    assert not descriptors(chart(*filter(None, (first, other))), AS_OF)


def test_a_day_within_a_period_counts_where_nothing_speaks_against_it():
    drawn = lab("777-3", "50", "10*9/L", None, effective_period=Period("2026-10-20", "2026-10-22"))
    assert descriptors(chart(drawn), AS_OF)
    assert not descriptors(chart(drawn, lab("777-3", "150", "10*9/L", "2026-10-25")), AS_OF)


def test_times_of_one_day_are_told_apart():
    fever = lab("8310-5", "39", "Cel", "2026-10-20T06:00:00Z")
    assert descriptors(chart(fever, lab("8310-5", "37", "Cel", "2026-10-20T18:00:00Z")), AS_OF)
    assert not descriptors(chart(fever, lab("8310-5", "37", "Cel", "2026-10-20T06:00:00Z")), AS_OF)


def test_low_complement_counts_once():
    found = descriptors(chart(c3("0.5"), c3("0.05", low="0.1", loinc="4498-2")), AS_OF)
    assert [(each.item.points, len(each.evidence)) for each in found] == [(2, 2)]


def test_without_a_total_the_bound_is_told_with_its_evidence():
    reading = read(EIGHT, HEMATURIA, c3("0.5"))
    assert (reading.low, reading.high, reading.unjudged) == (None, None, 6)
    told = "at least 6 points from laboratory descriptors, attribution to lupus not judged"
    assert told in reading.said
    assert "hematuria 4 (Urine red cells 6 /[HPF] on 2026-10-20)" in reading.said
    assert {each.code for each in reading.evidence} == {"13945-1", "4485-9"}
    assert [need.name for need in reading.needs] == ["SLEDAI-2K"]


@pytest.mark.parametrize(
    ("results", "why"),
    [
        ((), Reason.MISSING_DATA),
        ((HEMATURIA, c3("0.5")), Reason.MISSING_DATA),  # 6
        ((HEMATURIA, PROTEINURIA), Reason.NEEDS_CLINICIAN),  # 8
        ((HEMATURIA, PROTEINURIA, c3("0.5")), Reason.NEEDS_CLINICIAN),  # 10
    ],
)
def test_the_bound_never_meets_a_limit_but_says_whom_to_ask(results, why):
    reading = read(EIGHT, *results)
    assert meets(EIGHT, reading) is Truth.UNKNOWN
    assert why_unknown(EIGHT, reading) is why
    assert reason(Decided(Truth.UNKNOWN, (Point(EIGHT, reading, Truth.UNKNOWN),))) is why


def test_an_upper_limit_is_not_broken_by_what_nobody_judged():
    below = Score(score="sledai-2k", below="4")
    reading = read(below, HEMATURIA)
    assert meets(below, reading) is Truth.UNKNOWN
    assert why_unknown(below, reading) is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(("points", "noted"), [("4", True), ("7", True), ("8", False), ("12", False)])
def test_a_total_below_the_bound_is_noted_and_still_decides(points, noted):
    results = (total(points), HEMATURIA, PROTEINURIA)
    reading = read(EIGHT, *results)
    assert verdict(EIGHT, *results) is (Truth.TRUE if int(points) >= 8 else Truth.FALSE)
    assert [each.code for each in reading.evidence] == ["sledai-2k"]
    assert (
        any("At least 8 points" in note and "more than the total" in note for note in reading.notes) is noted
    )


def test_an_old_total_is_compared_with_its_own_days_and_with_today():
    then = read(
        EIGHT,
        total("4", "2026-06-01"),
        lab("13945-1", "9", "/[HPF]", "2026-05-20"),
        c3("0.5", when="2026-06-01"),
    )
    assert [("to 2026-06-01" in note) for note in then.notes] == [True]
    now = read(EIGHT, total("2", "2026-06-01"), HEMATURIA)
    assert [("to 2026-11-01" in note) for note in now.notes] == [True]


def test_a_total_that_cannot_be_used_comes_first():
    reading = read(EIGHT, total("200"), HEMATURIA, PROTEINURIA)
    assert reading.reason is Reason.UNUSABLE
    assert reading.unjudged is None
    assert any("At least 8 points" in note for note in reading.notes)


def test_what_was_lost_stays_lost():
    held = chart(HEMATURIA, asked=Asked.PARTIAL)
    assert held.answer(EIGHT).lost


def test_other_scores_have_no_descriptors():
    assert "at least" not in read(Score(score="mrss", above="10"), HEMATURIA).said


def test_a_wordless_descriptor_decides_nothing():
    odd = lab("13945-1", value_codeable_concept=CodeableConcept(text="many"))
    assert not descriptors(chart(odd), date(2026, 11, 1))
    assert concepts().points["sledai-2k"]
