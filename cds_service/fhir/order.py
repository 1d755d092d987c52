"""One order for the entries of a chart, whichever way a server sends them: the newest first.

Words list what they rest on in this order, so that the same chart is told the same way each time. Results
are ordered where they are compared, since there are many of them and few are told of.
"""

from __future__ import annotations

import msgspec

from cds_service.fhir.resources import Period, Resource

_DATES = (
    "effective_date_time",
    "effective_instant",
    "performed_date_time",
    "occurrence_date_time",
    "onset_date_time",
    "when_handed_over",
    "authored_on",
    "date_asserted",
    "recorded_date",
    "start",
)
_PERIODS = ("effective_period", "performed_period", "occurrence_period", "onset_period", "period")

_encoder = msgspec.json.Encoder(decimal_format="string")


def newest_first(resources: list[Resource]) -> list[Resource]:
    """By date, and of one date by what they say; never by id."""
    if len(resources) < 2:
        return resources
    by_content = sorted(resources, key=_content)
    return sorted(by_content, key=_date, reverse=True)


def _date(resource: Resource) -> str:
    for name in _DATES:
        found = getattr(resource, name, None)
        if isinstance(found, str):
            return found
    for name in _PERIODS:
        found = getattr(resource, name, None)
        if isinstance(found, Period) and (found.start or found.end):
            return found.start or found.end or ""
    return ""


def _content(resource: Resource) -> bytes:
    return _encoder.encode(msgspec.structs.replace(resource, id=None, reference=""))
