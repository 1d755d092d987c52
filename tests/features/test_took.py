"""The last dose within a time: windows at the day, and what shows no intake."""

from datetime import date

import pytest
from drug_charts import (
    ANTIHYPERTENSIVE,
    BELIMUMAB,
    RITUXIMAB,
    chart_of,
    concepts,
    dispensed,
    given,
    order,
    rx,
    statement,
)

from cds_service.features.medications import doses_of
from cds_service.features.question import Reason
from cds_service.features.took import Stopped, Took
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def took(*entries, within="6 months", of="anti_cd20"):
    return chart_of(*entries).answer(Took(took=(of,), within=within))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (given(RITUXIMAB, "2026-05-01"), TRUE),  # exactly six months: within
        (given(RITUXIMAB, "2026-04-30"), FALSE),
        (given(RITUXIMAB, "2026-05"), TRUE),
        (given(RITUXIMAB, "2026-04"), FALSE),
        (given(RITUXIMAB, "2026"), UNKNOWN),
        (given(RITUXIMAB, None), UNKNOWN),
        (given(RITUXIMAB, "2026-10-01", status="not-done"), UNKNOWN),
        (given(RITUXIMAB, "2026-10-01", status="entered-in-error"), UNKNOWN),
        (given(RITUXIMAB, "2026-10-01", status="on-hold"), UNKNOWN),
        (given(RITUXIMAB, "2026-10-01", damaged=("status",)), UNKNOWN),
        (order(RITUXIMAB, "2026-10-01"), UNKNOWN),
        (order(RITUXIMAB, "2025-10-01"), UNKNOWN),  # still open: a dose may have been given lately
        (order(RITUXIMAB, "2025-10-01", status="completed"), FALSE),
        (dispensed(RITUXIMAB, "2026-06-01"), TRUE),
        (dispensed(RITUXIMAB, "2026-04-20"), FALSE),
        (dispensed(RITUXIMAB, "2026-04-20", "30"), UNKNOWN),  # the supply reaches into the window
        (statement(RITUXIMAB, "2025-01-01", "2026-04-30", status="completed"), FALSE),
        # told on that day: the dose may have been at any time before
        (statement(RITUXIMAB, status="completed", date_asserted="2026-10-01"), UNKNOWN),
        (statement(RITUXIMAB, status="completed", date_asserted="2026-04-30"), FALSE),
        (statement(RITUXIMAB, "2025-01-01", "2026-05-01", status="completed"), TRUE),
        (statement(RITUXIMAB, "2025-01-01", status="completed"), UNKNOWN),
        (statement(RITUXIMAB, "2025-01-01"), TRUE),
        (statement(None, "2026-10-01", named=rx(text="MabThera / rituximab")), UNKNOWN),
        (statement(None, on="2025-01-01", status="completed", named=rx(text="rituximab")), FALSE),
        (given(BELIMUMAB, "2026-10-25"), UNKNOWN),
    ],
)
def test_window_of_six_months(entry, expected):
    assert took(entry).truth is expected


def test_an_order_alone_is_for_a_clinician_and_says_so():
    reading = took(order(RITUXIMAB, "2026-10-01"))
    assert reading.reason is Reason.NEEDS_CLINICIAN
    assert "ordered 2026-10-01" in reading.said
    assert "no administration" in reading.said


def test_until_is_the_first_day_after_the_window():
    reading = took(given(RITUXIMAB, "2026-06-15"), given(RITUXIMAB, "2026-05-01"))
    assert reading.until == date(2026, 12, 16)
    assert took(given(RITUXIMAB, "2026-10-25"), within="4 weeks").until == date(2026, 11, 23)


def test_until_is_not_said_while_it_is_still_taken():
    assert took(statement(RITUXIMAB, "2026-10-01")).until is None


def test_a_drug_without_a_name_in_the_window_keeps_it_open():
    unnamed = statement(None, "2026-10-01", named=rx("77", system="urn:local"))
    assert took(given(RITUXIMAB, "2025-01-01"), unnamed).truth is UNKNOWN


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (given(RITUXIMAB, "2010"), TRUE),
        (statement(RITUXIMAB, status="stopped"), TRUE),
        (dispensed(RITUXIMAB, "2020-01-01"), TRUE),
        (order(RITUXIMAB, "2020-01-01", status="completed"), UNKNOWN),
        (given("2639795", "2020-01-01"), UNKNOWN),  # glofitamab: a CD20xCD3 bispecific, for a clinician
        (statement(ANTIHYPERTENSIVE), UNKNOWN),
    ],
)
def test_ever(entry, expected):
    assert took(entry, within=None).truth is expected


def test_doses_of_tells_every_day_on_which_a_dose_may_have_been():
    chart = chart_of(
        given("68442", "2026-10-20"),
        statement("68442", "2026-09-01", "2026-09-05", status="completed"),
        order("68442", "2026-10-25"),
        given(RITUXIMAB, "2026-10-01"),
    )
    days = sorted((when.first, when.last) for when, _ in doses_of(chart, ["gcsf"]))
    assert days == [
        (date(2026, 9, 1), date(2026, 9, 5)),
        (date(2026, 10, 20), date(2026, 10, 20)),
        (date(2026, 10, 25), date(2026, 11, 1)),
    ]


def test_a_bad_length_of_time_is_refused():
    faults = list(Took(took=("rituximab",), within="half a year").check(concepts()))
    assert len(faults) == 1


@pytest.mark.parametrize(
    ("day", "truth"),
    [
        ("2026-10-04", Truth.TRUE),
        ("2026-10-05", Truth.FALSE),
        ("2026-10", Truth.UNKNOWN),
        ("2026-01-01", Truth.TRUE),
    ],
)
def test_stopped_lets_the_last_allowed_day_pass(day, truth):
    reading = chart_of(given(RITUXIMAB, day)).answer(
        Stopped(stopped=("biologic",), at_least_before="4 weeks")
    )
    assert reading.truth is truth
    assert (reading.until is not None) is (truth is Truth.FALSE)
