"""Whether a patient can be of childbearing potential: who a pregnancy test and contraception concern.

The trials say "childbearing age" and "women of childbearing potential" without ages. The ages below are the
product's assumption, and every answer that rests on one says so: before 9 no menarche, from 12 on
childbearing age, from 50 on menopause is possible and rarely coded. A documented hysterectomy, absent uterus
or postmenopausal state settles it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.features.age import age_on
from cds_service.features.documented import documented
from cds_service.features.question import Evidence, Need, Question, Reading, Reason, known, unknown
from cds_service.features.sex import recorded_sex, sex_evidence
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

BEFORE_MENARCHE = 9
AFTER_MENARCHE = 12
MENOPAUSE_POSSIBLE = 50

_SETTLED = ("no_uterus", "postmenopausal")


class Childbearing(Question, frozen=True, kw_only=True):
    """``{childbearing: possible}``: FALSE (not applicable) for males, girls and where it is documented."""

    keyword: ClassVar[str] = "childbearing"
    label: ClassVar[str] = "Childbearing potential"

    childbearing: str = "possible"

    def read(self, chart: Chart) -> Reading:
        sex = recorded_sex(chart)
        if isinstance(sex, Reading):
            return sex
        patient = sex_evidence(chart)
        if sex == "male":
            return known(Truth.FALSE, "Male", evidence=(patient,), not_applicable=True)
        found = [documented(chart, key) for key in _SETTLED]
        certain = next((each for each in found if each and each.certain), None)
        if certain is not None:
            return known(Truth.FALSE, certain.said, evidence=certain.evidence, not_applicable=True)
        by_age = self._by_age(chart)
        hinted = next((each for each in found if each), None)
        if hinted is not None and by_age.truth is not Truth.FALSE:
            said = f"{hinted.said}, which may rule out pregnancy"
            return unknown(Reason.NEEDS_CLINICIAN, said, evidence=hinted.evidence)
        return by_age

    def _by_age(self, chart: Chart) -> Reading:
        years = age_on(chart, chart.as_of)
        shown = (Evidence(chart.record.patient.reference, value=chart.record.patient.birth_date),)
        if years is None:
            said = "Female, date of birth missing or not readable"
            return unknown(Reason.MISSING_DATA, said, evidence=shown, needs=(Need("Date of birth"),))
        low, high = years
        said = f"Female, age {low} years" if low == high else f"Female, age {low} or {high} years"
        if high < BEFORE_MENARCHE:
            note = f"Assumption: a girl under {BEFORE_MENARCHE} has not reached menarche"
            return known(Truth.FALSE, said, evidence=shown, notes=(note,), not_applicable=True)
        if low >= AFTER_MENARCHE and high < MENOPAUSE_POSSIBLE:
            return known(Truth.TRUE, said, evidence=shown)
        if high >= MENOPAUSE_POSSIBLE:
            note = "Menopause or hysterectomy is not on record; if documented, this does not apply"
        else:
            note = "Menarche is not on record; before it, this does not apply"
        return unknown(Reason.NEEDS_CLINICIAN, said, evidence=shown, notes=(note,))

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.childbearing != "possible":
            yield f'"childbearing: {self.childbearing}" is not known. Write "childbearing: possible".'
