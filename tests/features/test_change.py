from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lab_charts import SCORES, code, concepts, lab, read, verdict

from cds_service.features.change import Fall, Rise
from cds_service.features.question import Reason
from cds_service.kleene import Truth

T, U, F = Truth.TRUE, Truth.UNKNOWN, Truth.FALSE
SKIN = Rise(rise="mrss", above="25")
LUNG = Fall(fall="fvc", at_least="10")


def mrss(value, when):
    return lab("mrss", value, "{score}", when, code=code("mrss", SCORES))


def litres(value, when, loinc="19868-9"):
    return lab(loinc, value, "L", when)


def percent(value, when):
    return lab("19872-1", value, "%", when)


@pytest.mark.parametrize(("now", "truth"), [("25", F), ("26", T), ("20", F), ("10", F)])
def test_skin_score_rising_by_more_than_a_quarter(now, truth):
    assert verdict(SKIN, mrss("20", "2026-01-10"), mrss(now, "2026-10-10")) is truth


def test_the_change_is_said_with_both_values():
    reading = read(SKIN, mrss("20", "2026-01-10"), mrss("26", "2026-10-10"))
    assert reading.said == "Rise of 30 % (mRSS 26 {score} on 2026-10-10 after 20 {score} on 2026-01-10)"
    assert len(reading.evidence) == 2


@pytest.mark.parametrize(("first", "truth"), [("20", T), ("18", T), ("26", U), ("30", U)])
def test_every_earlier_value_is_allowed_for(first, truth):
    values = mrss(first, "2025-01-10"), mrss("20", "2026-01-10"), mrss("26", "2026-10-10")
    assert verdict(SKIN, *values) is truth


def test_values_that_disagree_are_conflicting_and_noted():
    reading = read(SKIN, mrss("26", "2025-01-10"), mrss("20", "2026-01-10"), mrss("26", "2026-10-10"))
    assert reading.reason is Reason.CONFLICTING
    assert "every earlier value" in reading.notes[-1]


@pytest.mark.parametrize(("now", "truth"), [("2.70", T), ("2.71", F), ("3.30", F)])
def test_lung_capacity_in_litres_falls_relative_to_the_earlier_value(now, truth):
    assert verdict(LUNG, litres("3.00", "2026-01-10"), litres(now, "2026-10-10")) is truth


@pytest.mark.parametrize(
    ("now", "truth"),
    [("70", T), ("71", U), ("72", U), ("73", F)],  # of 80: 10 points is 70, a tenth is 72
)
def test_percent_of_predicted_may_be_meant_in_points_or_relatively(now, truth):
    assert verdict(LUNG, percent("80", "2026-01-10"), percent(now, "2026-10-10")) is truth


@pytest.mark.parametrize(
    "values",
    [
        (litres("3.00", "2026-01-10"), percent("50", "2026-10-10")),
        (litres("3.00", "2026-01-10"), litres("2.00", "2026-10-10", loinc="19874-7")),
    ],
)
def test_only_like_is_compared_with_like(values):
    reading = read(LUNG, *values)
    assert reading.reason is Reason.MISSING_DATA
    assert reading.needs[0].name.startswith("Earlier")


def test_one_value_is_no_change():
    reading = read(SKIN, mrss("20", "2026-10-10"))
    assert reading.reason is Reason.MISSING_DATA
    assert "no earlier value" in reading.said
    assert read(SKIN).reason is Reason.MISSING_DATA


@pytest.mark.parametrize("before", ["0", "60"])
def test_a_baseline_that_gives_no_percentage_is_left_out_and_noted(before):
    reading = read(SKIN, mrss(before, "2026-01-10"), mrss("26", "2026-10-10"))
    assert (reading.low, reading.high) == (None, None)
    assert "gives no change" in reading.notes[0]


def test_a_newest_value_that_is_unusable_decides_nothing():
    newest = lab("mrss", "26", "{score}", code=code("mrss", SCORES), status="preliminary")
    assert read(SKIN, mrss("10", "2026-01-10"), newest).reason is Reason.UNUSABLE


@pytest.mark.parametrize(
    ("question", "says"),
    [(SKIN, None), (LUNG, None), (Fall(fall="dlco"), None), (Rise(rise="skin"), "is no lab"),
     (Rise(rise="hbsag"), "is not a number"), (Rise(rise="mrss", unit="points"), "Write unit")],
)  # fmt: skip
def test_author_errors(question, says):
    errors = list(question.check(concepts()))
    assert (says is None and not errors) or says in errors[0]


def test_of_many_earlier_values_only_the_ends_of_the_interval_are_told():
    earlier = [("20", "2026-01-10"), ("22", "2026-02-10"), ("13", "2026-03-10"), ("25", "2026-04-10")]
    reading = read(SKIN, *(mrss(value, when) for value, when in earlier), mrss("26", "2026-10-10"))
    assert reading.said == (
        "Rise of between 4 and 100 % (mRSS 26 {score} on 2026-10-10 after 25 {score} on 2026-04-10; "
        "mRSS 26 {score} on 2026-10-10 after 13 {score} on 2026-03-10; and 2 more earlier values)"
    )
    assert [each.value for each in reading.evidence] == ["25 {score}", "26 {score}", "13 {score}"]


def test_of_many_earlier_values_that_say_the_same_one_is_told():
    dates = [f"2026-0{month}-10" for month in range(1, 6)]
    reading = read(SKIN, *(mrss("20", when) for when in dates), mrss("26", "2026-10-10"))
    assert reading.said == (
        "Rise of 30 % (mRSS 26 {score} on 2026-10-10 after 20 {score} on 2026-05-10; "
        "and 4 more earlier values)"
    )


@given(st.lists(st.integers(20, 29), min_size=2, max_size=9), st.booleans())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_the_ends_are_those_of_every_pair(values, in_percent):
    make, question = (percent, LUNG) if in_percent else (mrss, SKIN)
    dated = [(value, f"2026-01-{day:02}") for day, value in enumerate(values, 1)]
    reading = read(question, *(make(str(value), when) for value, when in dated))
    before, now = [Fraction(value) for value in values[:-1]], Fraction(values[-1])
    changes = [(now - each) / each * 100 for each in before]
    if in_percent:
        changes = [-change for change in (*changes, *(now - each for each in before))]
    assert (reading.low, reading.high) == (min(changes), max(changes))
    assert len(reading.evidence) <= 4
