"""A test no older than the trial allows: the newest record counts."""

from __future__ import annotations

from datetime import date

import pytest

from cds_service.features.question import Evidence, Reason, known
from cds_service.features.window import still_fresh
from cds_service.kleene import Truth

AS_OF = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("dates", "truth", "said", "until"),
    [
        (["2026-05-01"], Truth.TRUE, "Negative", date(2026, 11, 2)),
        (["2026-04-30"], Truth.UNKNOWN, "Negative: older than 6 months, to be repeated", None),
        (["2026-10-01", "2020-01-01"], Truth.TRUE, "Negative", date(2027, 4, 2)),
        (["2020-01-01", "2026-10-01"], Truth.TRUE, "Negative", date(2027, 4, 2)),
        (["2020", "2026-10-01"], Truth.TRUE, "Negative", date(2027, 4, 2)),
        (["2026"], Truth.UNKNOWN, "Negative: not dated exactly, to be repeated", None),
        (["soon"], Truth.UNKNOWN, "Negative: not dated exactly, to be repeated", None),
        ([], Truth.UNKNOWN, "Negative: not dated exactly, to be repeated", None),
    ],
)
def test_the_newest_record_counts(dates, truth, said, until):
    reading = known(
        Truth.TRUE, "Negative", evidence=[Evidence(f"Observation/{day}", date=day) for day in dates]
    )
    fresh = still_fresh(reading, "6 months", AS_OF)
    assert (fresh.truth, fresh.said, fresh.until) == (truth, said, until)
    assert fresh.reason is (Reason.STALE if truth is Truth.UNKNOWN else None)
