"""One order for the entries of a chart, whichever way a server sends them: the newest first.

Words list what they rest on in this order, so that the same chart is told the same way each time. Results
are ordered where they are compared, since there are many of them and few are told of.
"""

from __future__ import annotations

import msgspec

from cds_service.fhir.resources import READ, Period, Resource

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
    by_date: dict[str, list[Resource]] = {}
    for resource in resources:
        by_date.setdefault(_date(resource), []).append(resource)
    for together in by_date.values():
        if len(together) > 1:
            together.sort(key=_content)
    return [resource for day in sorted(by_date, reverse=True) for resource in by_date[day]]


def _dated(kind: type[Resource]) -> tuple[list[str], list[str]]:
    """The elements of a type that hold its date or period."""
    fields = kind.__struct_fields__
    return [name for name in _DATES if name in fields], [name for name in _PERIODS if name in fields]


_DATED = {kind: _dated(kind) for kind in READ.values()}


def _date(resource: Resource) -> str:
    dates, periods = _DATED[type(resource)]
    for name in dates:
        found = getattr(resource, name)
        if isinstance(found, str):
            return found
    for name in periods:
        found = getattr(resource, name)
        if isinstance(found, Period) and (found.start or found.end):
            return found.start or found.end or ""
    return ""


def _content(resource: Resource) -> bytes:
    return _encoder.encode(msgspec.structs.replace(resource, id=None, reference=""))
