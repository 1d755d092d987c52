from datetime import date

import pytest
from synthetic import verdict

from cds_service.features.question import Evidence
from cds_service.web.timeline import LEFT, MOST, timeline

DAY = date(2026, 11, 22)


def told(*records, style="satisfied", letter="S", name="I1"):
    return verdict(name, evidence=tuple(records)), style, letter


def on(day, reference="Observation/a", value="1"):
    return Evidence(reference, "code", value, day)


def test_without_a_dated_record_there_is_no_picture():
    assert timeline([], DAY) is None
    assert timeline([told(on(None), on("soon"), on("1990-01-01", "Patient/1"))], DAY) is None


def test_older_is_further_left_and_everything_is_inside():
    days = ["2026-11-22", "2026-11-20", "2026-11-01", "2026-03-01", "2020-01-01", "1950", "0001-01-01"]
    picture = timeline([told(*(on(day, f"Observation/{n}") for n, day in enumerate(days)))], DAY)
    by_age = [
        next(dot for dot in picture.dots if f"Observation/{n} " in dot.title).x for n in range(len(days))
    ]
    assert by_age == sorted(by_age, reverse=True)
    assert len(set(by_age)) > 5
    assert all(LEFT - 20 <= dot.x <= picture.now and 0 < dot.y < picture.base for dot in picture.dots)
    assert picture.oldest == "0001-01-01"
    assert picture.newest == "2026-11-22"


@pytest.mark.parametrize("number", [1, MOST, MOST + 1, 50])
def test_records_of_one_day_are_stacked_and_none_is_lost(number):
    picture = timeline([told(*(on("2026-11-01", f"Observation/{n}") for n in range(number)))], DAY)
    assert picture.records == number
    assert len({dot.y for dot in picture.dots}) == min(number, MOST)
    titles = "\n".join(dot.title for dot in picture.dots)
    assert all(f"Observation/{n} " in titles for n in range(number))


def test_a_record_used_twice_is_drawn_once_under_the_more_telling_verdict():
    picture = timeline(
        [told(on("2026-11-01")), told(on("2026-11-01"), style="failed", letter="F", name="E1")], DAY
    )
    assert [(dot.style, dot.letter) for dot in picture.dots] == [("failed", "F")]
    assert picture.dots[0].title.endswith("E1, I1")


def test_a_plan_for_later_stands_at_the_evaluation_date():
    picture = timeline([told(on("2027-01-01"))], DAY)
    assert picture.dots[0].x == picture.now
