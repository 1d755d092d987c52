"""Moments as the tables keep them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cds_service.store.tables import moment


@pytest.mark.parametrize(
    ("when", "kept"),
    [
        (datetime(2026, 11, 1, 9, 30, tzinfo=timezone(timedelta(hours=8))), "2026-11-01T01:30:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
        (datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC), "2026-01-01T00:00:00.000005Z"),
    ],
)
def test_a_moment_sorts_as_text(when, kept):
    assert moment(when) == kept
