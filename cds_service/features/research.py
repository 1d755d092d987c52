"""Taking part in other clinical trials (ResearchSubject), now or within a time before enrolment.

Being considered, screened or found ineligible is not taking part (criteria inventory, JDM-E14). The boundary
day counts as within. Whether a study is interventional is read from its own category, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features import traces
from cds_service.features.event_window import faults, first_day_outside
from cds_service.features.question import Evidence, Question, Reading, Reason, known, unknown
from cds_service.features.traces import Traces
from cds_service.features.weigh import any_reading
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import Span
from cds_service.fhir.resources import ResearchStudy, ResearchSubject
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

# FHIR R4 research-subject-status
_NOT_TAKEN_PART = frozenset(
    {
        "candidate",
        "eligible",
        "ineligible",
        "not-registered",
        "pending-on-study",
        "potential-candidate",
        "screening",
    }
)
_NOW = frozenset({"on-study", "on-study-intervention", "on-study-observation", "follow-up"})
_LEFT = frozenset({"off-study", "withdrawn"})

# HL7 study-design (Scientific Evidence Code System), and the words registries use
_INTERVENTIONAL = frozenset(
    {
        "sevco:01001",
        "interventional",
        "interventional study",
        "interventional research",
        "interventional trial",
    }
)
_OBSERVATIONAL = frozenset(
    {
        "sevco:01002",
        "observational",
        "observational study",
        "observational research",
        "registry",
        "patient registry",
    }
)


class OtherTrial(Question, frozen=True, kw_only=True):
    """``{other_trial: any, within: "3 months"}``, or ``interventional``; without ``within``: ever."""

    keyword: ClassVar[str] = "other_trial"
    label: ClassVar[str] = "Other clinical trials"

    other_trial: str
    within: str | None = None

    def read(self, chart: Chart) -> Reading:
        readings = []
        passed: list[Evidence] = []
        for subject in chart.record.research_subjects:
            if subject.status in _NOT_TAKEN_PART and not subject.damaged:
                passed.append(_evidence(subject, None))
            else:
                readings.append(self._one(chart, subject))
        if readings:
            return any_reading(readings)
        nothing = chart.nothing("taking part in another trial", "ResearchSubject")
        if not passed:
            return nothing
        note = "Considered or screened for another trial, which is not taking part"
        return unknown(
            nothing.reason or Reason.MISSING_DATA,
            nothing.said,
            evidence=passed,
            notes=(note,),
            lost=nothing.lost,
        )

    def _one(self, chart: Chart, subject: ResearchSubject) -> Reading:
        study = chart.record.study_of(subject)
        shown = (_evidence(subject, study),)
        name = f"Trial {study.title}" if study and study.title else "Another trial"
        said = f"{name}: {subject.status or 'status not given'}{_period_said(subject)}"
        if subject.damaged or subject.status not in _NOW | _LEFT:
            return unknown(Reason.UNUSABLE, f"{said}, which cannot be read as taking part", evidence=shown)
        if self.other_trial == "interventional":
            kind = _interventional(study)
            if kind is Truth.FALSE:
                return known(Truth.FALSE, f"{said}, not interventional", evidence=shown)
            when = self._when(chart, subject, said, shown)
            if kind is Truth.UNKNOWN and when.truth is not Truth.FALSE:
                why = f"{said}; whether it is interventional is not stated"
                return unknown(Reason.NEEDS_CLINICIAN, why, evidence=shown)
            return when
        return self._when(chart, subject, said, shown)

    def _when(
        self, chart: Chart, subject: ResearchSubject, said: str, shown: tuple[Evidence, ...]
    ) -> Reading:
        period = subject.period
        start = partial_date.parse(period.start) if period else None
        end = partial_date.parse(period.end) if period else None
        if self.within is None:
            return known(Truth.TRUE, said, evidence=shown)
        span = Span.parse(self.within)
        opens = span.before(chart.as_of)
        begun = start is not None and start.on_or_before(chart.as_of) is Truth.TRUE
        if start is not None and begun and start.on_or_after(opens) is Truth.TRUE:
            until = first_day_outside(end, span) if end else None
            return known(Truth.TRUE, said, evidence=shown, until=until)
        if end is None:
            if period is not None and period.end:
                return unknown(Reason.UNUSABLE, f"{said}, whose end cannot be read", evidence=shown)
            if subject.status in _NOW:
                return known(Truth.TRUE, f"{said}, still taking part", evidence=shown)
            return unknown(Reason.UNUSABLE, f"{said}, without the date of leaving", evidence=shown)
        inside = end.on_or_after(opens)
        if inside is Truth.UNKNOWN:
            return unknown(Reason.UNUSABLE, f"{said}, whose end is not dated exactly", evidence=shown)
        if inside is Truth.FALSE and subject.status in _NOW:
            why = f"{said}: still taking part and ended"
            return unknown(Reason.CONFLICTING, why, evidence=shown)
        return known(inside, said, evidence=shown, until=first_day_outside(end, span) if inside else None)

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.RESEARCH_SUBJECT})

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.other_trial not in ("any", "interventional"):
            yield f'"other_trial: {self.other_trial}" is not known. Write "any" or "interventional".'
        yield from faults("within", self.within)


def _interventional(study: ResearchStudy | None) -> Truth:
    """From the study's category alone; UNKNOWN where it is not stated or says both."""
    if study is None or study.damaged:
        return Truth.UNKNOWN
    words = {
        word.strip().lower()
        for category in study.category
        for word in (category.text, *(w for coding in category.coding for w in (coding.code, coding.display)))
        if word
    }
    yes, no = bool(words & _INTERVENTIONAL), bool(words & _OBSERVATIONAL)
    if yes is no:
        return Truth.UNKNOWN
    return Truth.TRUE if yes else Truth.FALSE


def _evidence(subject: ResearchSubject, study: ResearchStudy | None) -> Evidence:
    period = subject.period
    when = (period.end or period.start) if period else None
    title = study.title if study else None
    return Evidence(
        subject.reference, value=f"{title} ({subject.status})" if title else subject.status, date=when
    )


def _period_said(subject: ResearchSubject) -> str:
    period = subject.period
    if period is None:
        return ""
    start, end = f" from {period.start}" if period.start else "", f" to {period.end}" if period.end else ""
    return start + end
