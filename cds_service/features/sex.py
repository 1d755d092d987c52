"""Sex, as the Patient resource records it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features.question import Evidence, Need, Question, Reading, Reason, known, unknown

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_BIRTH_SEX = {"F": "female", "M": "male"}  # US Core birth sex extension


class Sex(Question, frozen=True, kw_only=True):
    """``{sex: female}``: Patient.gender; "other", "unknown" and a differing birth sex settle nothing."""

    keyword: ClassVar[str] = "sex"
    label: ClassVar[str] = "Sex"

    sex: str

    def read(self, chart: Chart) -> Reading:
        recorded = recorded_sex(chart)
        if isinstance(recorded, Reading):
            return recorded
        return known(recorded == self.sex, f"Recorded as {recorded}", evidence=(sex_evidence(chart),))

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.sex not in ("male", "female"):
            yield f'"sex: {self.sex}" is not known. Write "male" or "female".'


def recorded_sex(chart: Chart) -> str | Reading:
    """``male`` or ``female``, or the reading that says why it is neither."""
    patient = chart.record.patient
    shown = (sex_evidence(chart),)
    gender = (patient.gender or "").strip().lower()
    if "gender" in patient.damaged:
        return unknown(Reason.UNUSABLE, "Recorded sex could not be read", evidence=shown)
    if not gender:
        return unknown(Reason.MISSING_DATA, "Sex is not recorded", evidence=shown, needs=(Need("Sex"),))
    if gender not in ("male", "female"):
        return unknown(Reason.NEEDS_CLINICIAN, f"Sex is recorded as {gender}", evidence=shown)
    born = next(
        (
            _BIRTH_SEX.get(each.value_code or "")
            for each in patient.extension
            if (each.url or "").rstrip("/").endswith("us-core-birthsex")
        ),
        None,
    )
    if born is not None and born != gender:
        return unknown(
            Reason.NEEDS_CLINICIAN, f"Recorded as {gender}, with {born} as birth sex", evidence=shown
        )
    return gender


def sex_evidence(chart: Chart) -> Evidence:
    """The Patient, with the sex as recorded."""
    return Evidence(chart.record.patient.reference, value=chart.record.patient.gender)
