from datetime import date
from decimal import Decimal

import pytest
from lab_charts import chart, read, verdict

from cds_service.features.age import Age
from cds_service.features.question import Reason
from cds_service.kleene import Truth


def age(**limits):
    return Age(age="years", **limits)


@pytest.mark.parametrize(
    ("born", "as_of", "truth"),
    [
        ("2021-11-01", date(2026, 11, 1), Truth.TRUE),  # the fifth birthday is met
        ("2021-11-02", date(2026, 11, 1), Truth.FALSE),  # the day before it is not
        ("2009-11-02", date(2026, 11, 1), Truth.TRUE),  # the day before the 17th birthday is met
        ("2009-11-01", date(2026, 11, 1), Truth.FALSE),  # the 17th birthday is not
        ("2008-02-29", date(2025, 2, 28), Truth.TRUE),  # 16 until 1 March
        ("2008-02-29", date(2025, 3, 1), Truth.FALSE),
    ],
)
def test_five_to_below_seventeen(born, as_of, truth):
    assert verdict(age(at_least="5", below="17"), born=born, as_of=as_of) is truth


@pytest.mark.parametrize(
    ("born", "truth"), [("1960-11-02", Truth.TRUE), ("1960-11-01", Truth.FALSE), ("1960", Truth.UNKNOWN)]
)
def test_sixty_five_inclusive_ends_the_day_before_the_66th_birthday(born, truth):
    assert verdict(age(at_most="65"), born=born) is truth


def test_a_partial_birth_date_is_an_interval():
    reading = read(age(), born="1990")
    assert (reading.low, reading.high) == (35, 36)
    assert reading.reason is Reason.MISSING_DATA
    assert verdict(age(at_least="18"), born="1990") is Truth.TRUE


@pytest.mark.parametrize("born", [None, "", "1990-02-31", "soon", "2027-01-01"])
def test_no_readable_birth_date_is_missing_data(born):
    reading = read(age(), born=born)
    assert (reading.low, reading.high, reading.reason) == (None, None, Reason.MISSING_DATA)


def test_the_patient_is_the_evidence():
    reading = read(age(), born="1990-03-04")
    assert reading.said == "Age 36 years (born 1990-03-04)"
    assert reading.evidence[0].reference == "Patient/1"


def test_only_years_are_known():
    assert list(age().check(None)) == []
    assert list(Age(age="months").check(None))


@pytest.mark.parametrize(
    ("born", "day"),
    [
        ("2010-05-06", date(2028, 5, 6)),
        ("2012-02-29", date(2030, 3, 1)),
        ("2010", date(2028, 12, 31)),
        (None, None),
    ],
)
def test_the_birthday_on_which_a_limit_is_met(born, day):
    asked = Age(at_least="18")
    assert asked.met_from(chart(born=born), "at_least", Decimal(18)) == day
    assert asked.met_from(chart(born=born), "at_most", Decimal(18)) is None
