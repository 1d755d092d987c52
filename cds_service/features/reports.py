"""Reports that only a reader can judge: an electrocardiogram, an echocardiogram, a biopsy.

That a report exists says nothing of what it found (criteria inventory, JDM-I2e). It is found by a verified
LOINC code or by its own title, and always handed to a clinician.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features import traces
from cds_service.features.question import Evidence, Need, Question, Reading, Reason, unknown
from cds_service.features.results import concept_said, value_said
from cds_service.features.traces import Traces
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Coding, DiagnosticReport, Observation, Procedure
from cds_service.fhir.systems import normal_code

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


@dataclass(frozen=True, slots=True)
class ReportKind:
    """How one kind of report is called, titled and coded; ``concepts`` are keys of ``labs.csv``."""

    name: str
    title: re.Pattern[str]
    concepts: tuple[str, ...] = ()


def _titled(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)


KINDS = {
    "ecg": ReportKind("ECG", _titled(r"e[ck]g\b", "electrocardiogra"), ("ecg_report", "ecg_impression")),
    "echo": ReportKind("Echocardiogram", _titled("echocardiogra", "cardiac ultrasound")),
    "emg": ReportKind("Electromyography", _titled(r"emg\b", "electromyogra")),
    "muscle_biopsy": ReportKind(
        "Muscle biopsy", _titled("muscle biops", "biops(?:y|ies) of (?:skeletal )?muscle")
    ),
    "bone_marrow": ReportKind(
        "Bone marrow", _titled("bone marrow"), ("bone_marrow_report", "megakaryocytes_marrow")
    ),
    "chest_ct": ReportKind(
        "Chest CT",
        _titled(
            r"hrct\b",
            r"ct (?:of )?(?:the )?(?:chest|thorax|lung)",
            r"(?:chest|thorax|thoracic|lung) (?:hr)?ct\b",
            "(?:computed tomography|high.resolution ct) (?:of )?(?:the )?(?:chest|thorax|lung)",
        ),
    ),
    "lung_function": ReportKind(
        "Lung function",
        _titled("(?:pulmonary|lung) function", "spirometr"),
        ("fvc_pct_pred", "dlco_pct_pred"),
    ),
}

_ANY_TITLE = re.compile("|".join(kind.title.pattern for kind in KINDS.values()), re.IGNORECASE)
"""Whether a title is one of any kind: most are of none."""

_NOT_THERE = frozenset({"entered-in-error", "cancelled", "not-done", "preparation", "registered", "unknown"})

_Document = DiagnosticReport | Observation | Procedure


class ReportOnRecord(Question, frozen=True, kw_only=True):
    """``{report: ecg}``: always unknown; "read it" where there is one, what to get where there is none."""

    keyword: ClassVar[str] = "report"
    label: ClassVar[str] = "Report"

    report: str

    def read(self, chart: Chart) -> Reading:
        kind = KINDS[self.report]
        found = sorted(reports(chart).get(self.report, ()), key=_when, reverse=True)
        if not found:
            nothing = chart.nothing(f"{kind.name} report", "DiagnosticReport", "Observation")
            return unknown(
                Reason.MISSING_DATA, nothing.said, needs=(Need(f"{kind.name} report"),), lost=nothing.lost
            )
        newest, when = found[0]
        dated = f" of {when.text.partition('T')[0]}" if when else " without a date"
        status = " (preliminary)" if newest.status in ("preliminary", "partial", "in-progress") else ""
        return unknown(
            Reason.NEEDS_CLINICIAN,
            f"{kind.name} report{dated} is on record{status}: read it",
            evidence=[_evidence(document, date) for document, date in found[:3]],
        )

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return frozenset({traces.report(self.report)})

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.report not in KINDS:
            yield f'"report: {self.report}" is not known. Write one of: {", ".join(KINDS)}.'


def _when(found: tuple[_Document, PartialDate | None]) -> int:
    return found[1].last.toordinal() if found[1] else 0


def reports(chart: Chart) -> dict[str, list[tuple[_Document, PartialDate | None]]]:
    """The reports of every kind, looked for once in a chart: most documents are of none."""
    held: dict[str, list[tuple[_Document, PartialDate | None]]] | None = chart.kept.get("reports")
    if held is None:
        held = chart.kept["reports"] = {}
        kinds_of = _Kinds(chart)
        record = chart.record
        for documents, date_of in (
            (record.reports, _reported),
            (record.observations, _reported),
            (record.procedures, _performed),
        ):
            kinds_by_code: dict[int, tuple[str, ...]] = {}  # by the element that many share
            for document in documents:
                code = document.code
                kinds = kinds_by_code.get(id(code))
                if kinds is None:
                    kinds = kinds_by_code[id(code)] = kinds_of(code)
                if kinds and document.status not in _NOT_THERE:
                    for kind in kinds:
                        held.setdefault(kind, []).append((document, date_of(document)))
    return held


class _Kinds:
    """Which kinds of report a code or title is of; each is looked at once in a chart."""

    def __init__(self, chart: Chart) -> None:
        labs = chart.concepts.labs
        self._coded: dict[str, list[str]] = {}
        for name, kind in KINDS.items():
            for key in kind.concepts:
                for code in labs.concept(key).codes if key in labs.by_key else ():
                    self._coded.setdefault(code, []).append(name)
        self._seen: dict[tuple[str | None, tuple[Coding, ...]], tuple[str, ...]] = {}

    def __call__(self, code: CodeableConcept | None) -> tuple[str, ...]:
        if code is None:
            return ()
        place = (code.text, code.coding)
        found = self._seen.get(place)
        if found is None:
            found = self._seen[place] = tuple(dict.fromkeys(self._kinds(code)))
        return found

    def _kinds(self, code: CodeableConcept) -> Iterator[str]:
        for coding in code.coding:
            if coding.code:
                yield from self._coded.get(normal_code(coding.system, coding.code), ())
        for title in (code.text, *(each.display for each in code.coding)):
            if title and _ANY_TITLE.search(title):
                yield from (name for name, kind in KINDS.items() if kind.title.search(title))


def _reported(document: Any) -> PartialDate | None:
    return _date(document.effective_date_time, document.effective_period, document.issued)


def _performed(document: Any) -> PartialDate | None:
    return _date(document.performed_date_time, document.performed_period, None)


def _date(moment: str | None, period: Any, issued: str | None) -> PartialDate | None:
    if moment:
        return partial_date.parse(moment)
    if period is not None:
        return partial_date.between(period.start, period.end)
    return partial_date.parse(issued)


def _evidence(document: _Document, when: PartialDate | None) -> Evidence:
    if isinstance(document, DiagnosticReport):
        value = document.conclusion or next(
            (said for c in document.conclusion_code if (said := concept_said(c))), None
        )
    elif isinstance(document, Observation):
        value = value_said(Result.of(document))
    else:
        value = None
    codes = [coding.code for coding in (document.code.coding if document.code else ()) if coding.code]
    title = concept_said(document.code) if document.code else None
    return Evidence(
        document.reference, codes[0] if codes else None, value or title, when.text if when else None
    )
