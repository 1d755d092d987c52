from datetime import date

import pytest

from cds_service.fhir.partial_date import Span


@pytest.mark.parametrize("span", [Span(2, "week"), Span(1, "month"), Span(1, "year")])
def test_time_has_ends_that_a_span_stops_at(span):
    assert span.before(date(1, 1, 5)) == date.min
    assert span.after(date(9999, 12, 25)) == date.max
