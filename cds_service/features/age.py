"""Age in completed years on the evaluation date."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features.question import Amount, Evidence, Need, Reading, Reason, unknown
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class Age(Amount, frozen=True, kw_only=True):
    """``{age: years, at_least: "5", below: "17"}``: the fifth birthday is 5, the day before it is 4."""

    keyword: ClassVar[str] = "age"
    label: ClassVar[str] = "Age"

    age: str = "years"

    def read(self, chart: Chart) -> Reading:
        shown = (Evidence(chart.record.patient.reference, value=chart.record.patient.birth_date),)
        years = age_on(chart, chart.as_of)
        if years is None:
            said = "Date of birth missing or not readable"
            return unknown(Reason.MISSING_DATA, said, evidence=shown, needs=(Need("Date of birth"),))
        low, high = years
        born = f"born {chart.record.patient.birth_date}"
        said = f"Age {low} years" if low == high else f"Age {low} or {high} years"
        note = () if low == high else ("The date of birth is not complete",)
        return Reading(
            low=Fraction(low),
            high=Fraction(high),
            reason=None if low == high else Reason.MISSING_DATA,
            said=f"{said} ({born})",
            evidence=shown,
            needs=() if low == high else (Need("Date of birth"),),
            notes=note,
        )

    def met_from(self, chart: Chart, word: str, limit: Decimal) -> date | None:
        """The birthday on which a lower limit is reached."""
        born = partial_date.parse(chart.record.patient.birth_date)
        if word != "at_least" or born is None or limit != int(limit):
            return None
        birthday = Span(int(limit), "year").after(born.last)
        in_march = (born.last.month, born.last.day) == (2, 29) and birthday.day == 28
        return birthday + timedelta(days=1) if in_march else birthday

    def unit_said(self) -> str:
        return "years"

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.age != "years":
            yield f'"{self.age}" is not a unit of age here. Write "age: years".'


def age_on(chart: Chart, day: date) -> tuple[int, int] | None:
    """The least and the greatest completed age that the recorded birth date allows on ``day``."""
    born = partial_date.parse(chart.record.patient.birth_date)
    if born is None or born.first > day:
        return None
    return max(completed_years(born.last, day), 0), completed_years(born.first, day)


def completed_years(born: date, day: date) -> int:
    """Birthdays had by ``day``; who is born on 29 February has it on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
