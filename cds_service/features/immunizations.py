"""Whether a vaccine was given."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.codes import Found, Role
from cds_service.features import event_window, traces
from cds_service.features.coded import any_of_names, evidence_of, words_for
from cds_service.features.question import Question, Reading
from cds_service.features.standing import Entry, Standing, any_reading, settle
from cds_service.features.traces import Traces
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span
from cds_service.fhir.resources import Immunization as Given
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class Immunization(Question, frozen=True, kw_only=True):
    """``{immunization: live_vaccine, within: "4 weeks"}``: given, and within that time."""

    keyword: ClassVar[str] = "immunization"
    label: ClassVar[str] = "Immunization"

    immunization: tuple[str, ...]
    within: str | None = None

    def read(self, chart: Chart) -> Reading:
        codes = chart.concepts.codes
        span = Span.parse(self.within) if self.within else None
        readings = [
            settle(
                [entry for given in chart.record.immunizations if (entry := _entry(given, key, span, chart))],
                partial(chart.nothing, codes.name(key), "Immunization"),
            )
            for key in self.immunization
        ]
        names = any_of_names(map(codes.name, self.immunization))
        return any_reading(readings, partial(chart.nothing, names, "Immunization"))

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.VACCINE})

    def check(self, concepts: Any) -> Iterable[str]:
        yield from concepts.codes.unknown(self.immunization)
        yield from event_window.faults("within", self.within)
        if not self.immunization:
            yield "immunization: name at least one concept."


def _entry(given: Given, key: str, span: Span | None, chart: Chart) -> Entry | None:
    if given.status in ("not-done", "entered-in-error"):
        return None
    found = chart.find((key,), given.vaccine_code)
    if found is not None and found.role is Role.NOT_MATCH:
        return None
    which = found or Found(Role.REVIEW, key, *_as_recorded(given))
    text = given.occurrence_date_time
    day = partial_date.parse(text)
    said = f"{words_for(which) or 'A vaccine'}{f' on {text}' if text else ''}"
    evidence = evidence_of(given, which, text)
    doubts = []
    if given.damaged:
        why = "part of this record could not be read"
        return Entry(Standing.REVIEW, said, evidence, why, unusable=True)
    if given.status != "completed":
        doubts.append(f"its status is {given.status or 'not given'}")
    name = chart.concepts.codes.name(key)
    if found is None:
        doubts.append(f"whether it is {name} is not known from its code")
    elif found.role is not Role.MATCH:
        doubts.append(f"the code does not settle whether it is {name}")
    held = Truth.TRUE
    if day is None:  # a vaccine without its date is for review, whatever the window
        held = Truth.UNKNOWN
    elif span is not None:
        held = event_window.within(day, span, chart.as_of)
    if held is Truth.FALSE:
        return None if doubts else Entry(Standing.PAST, said, evidence)
    if held is Truth.UNKNOWN:
        doubts.append(f'the date "{text}" does not settle it' if day else "its date is not on record")
    if doubts:
        return Entry(Standing.REVIEW, said, evidence, "; ".join(doubts))
    until = event_window.first_day_outside(day, span) if day and span else None
    return Entry(Standing.PRESENT, said, evidence, until=until)


def _as_recorded(given: Given) -> tuple[str | None, str]:
    recorded = given.vaccine_code
    if recorded is None:
        return None, ""
    code = next((coding.code for coding in recorded.coding if coding.code), None)
    display = next((coding.display for coding in recorded.coding if coding.display), None)
    return code, recorded.text or display or code or ""
