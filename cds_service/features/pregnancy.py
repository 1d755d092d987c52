"""Pregnancy tests by specimen, and whether the patient is pregnant now.

Urine and blood are two different tests: the trials ask for one or the other by name (JDM-I8a urine,
BSK-I4b serum), and neither stands for the other. A quantitative hCG is read against its own reference range;
below the usual cut-off of 5 mIU/mL ("<5") it is negative without one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.qualitative import Meaning, ResultMeanings
from cds_service.features.childbearing import Childbearing
from cds_service.features.documented import conditions_of
from cds_service.features.event_window import faults
from cds_service.features.qualitative import settle
from cds_service.features.question import Evidence, Question, Reading, Reason, known, unknown
from cds_service.features.result_call import NO, YES, Call, is_positive, judged, said_by, unusable
from cds_service.features.results import earlier, need
from cds_service.features.window import still_fresh
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.record import Result
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_SPECIMENS = {
    "urine": ("Urine pregnancy test", ("hcg_urine_ql",)),
    "blood": ("Blood pregnancy test", ("hcg_serum_ql", "hcg_serum_qn")),
    "any": ("Pregnancy test", ("hcg_serum_ql", "hcg_serum_qn", "hcg_urine_ql")),
}
_OTHER = {"urine": "blood", "blood": "urine"}
_YES_NO = ("positive", "negative")
_HCG_CUT_OFF = Decimal(5)
_HCG_UNITS = frozenset({"miu/ml", "iu/l", "mu/ml", "u/l"})

LONGEST_PREGNANCY = Span(42, "week")
NEGATIVE_COUNTS_FOR = Span(6, "week")
"""The product's assumption, said with every answer that rests on it: the sources give no such time."""


class PregnancyTest(Question, frozen=True, kw_only=True):
    """``{pregnancy_test: urine, is: negative, within: "7 days"}``; ``blood`` and ``any`` likewise.

    Without ``within`` a negative test counts for six weeks and a positive one for the length of a pregnancy:
    an older one says nothing of today.
    """

    keyword: ClassVar[str] = "pregnancy_test"
    label: ClassVar[str] = "Pregnancy test"

    pregnancy_test: str
    is_: str = msgspec.field(name="is")
    within: str | None = None

    def read(self, chart: Chart) -> Reading:
        reading = _tested(chart, self.pregnancy_test)
        other = _OTHER.get(self.pregnancy_test)
        if other is not None:
            reading = reading.with_notes(*_other_positive(chart, other, reading))
        if self.is_ == "negative" and reading.truth is not Truth.UNKNOWN:
            reading = replace(reading, truth=~reading.truth)
        positive = (reading.truth is Truth.TRUE) is (self.is_ == "positive")
        longest = LONGEST_PREGNANCY if positive else NEGATIVE_COUNTS_FOR
        reading = still_fresh(reading, self.within or str(longest), chart.as_of)
        if self.within is None and reading.truth is not Truth.UNKNOWN:
            reading = replace(reading, until=None)  # the trial sets no window that could end
        if reading.reason is Reason.STALE:
            reading = replace(reading, needs=(need(_hcg(chart, self.pregnancy_test)),))
        return reading

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.pregnancy_test not in _SPECIMENS:
            yield f'"{self.pregnancy_test}" is no specimen here. Write one of: {", ".join(_SPECIMENS)}.'
        if self.is_ not in _YES_NO:
            yield f'"is: {self.is_}" is not known. Write "positive" or "negative".'
        yield from faults("within", self.within)


class Pregnant(Question, frozen=True, kw_only=True):
    """``{pregnancy: current}``: by the newest of test, status observation and active condition."""

    keyword: ClassVar[str] = "pregnancy"
    label: ClassVar[str] = "Pregnancy"

    pregnancy: str = "current"

    def read(self, chart: Chart) -> Reading:
        concerned = chart.answer(Childbearing())
        if concerned.truth is Truth.FALSE:
            return concerned
        signs = [*_observed(chart), *_diagnosed(chart)]
        opens = LONGEST_PREGNANCY.before(chart.as_of)
        recent = [sign for sign in signs if sign.when is None or sign.when.last >= opens]
        too_old = tuple(
            f"Too long ago for a pregnancy now: {sign.said}"
            for sign in signs
            if sign not in recent and sign.says is Truth.TRUE
        )
        return _weigh(chart, recent).with_notes(*too_old)

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.pregnancy != "current":
            yield f'"pregnancy: {self.pregnancy}" is not known. Write "pregnancy: current".'


@dataclass(frozen=True, slots=True)
class _Sign:
    """One thing that speaks for or against a pregnancy."""

    says: Truth
    when: PartialDate | None
    said: str
    reading: Reading
    diagnosed: bool = False


def is_hcg_positive(result: Result, meanings: ResultMeanings) -> Call:
    """A pregnancy test, qualitative or quantitative."""
    call = is_positive(result, meanings)
    quantity = said_by(result, meanings).quantity
    if (
        call.reason is not Reason.UNUSABLE
        or quantity is None
        or quantity.value is None
        or result.value.interpretation
    ):
        return call
    units = {_plain(unit) for unit in (quantity.unit, quantity.code) if unit}
    if (
        quantity.comparator in ("<", "<=")
        and quantity.value <= _HCG_CUT_OFF
        and units
        and units <= _HCG_UNITS
    ):
        return call if result.value.reference_range else NO
    return call


def is_pregnant(result: Result, meanings: ResultMeanings) -> Call:
    """A pregnancy status observation."""
    told = said_by(result, meanings).value
    if told == {Meaning.PREGNANT}:
        return YES
    if told == {Meaning.NOT_PREGNANT}:
        return NO
    return (
        judged("does not say")
        if told == {Meaning.UNKNOWN}
        else unusable("has a value that is not understood")
    )


def _tested(chart: Chart, specimen: str) -> Reading:
    return settle(chart, _hcg(chart, specimen), is_hcg_positive, _YES_NO)


def _hcg(chart: Chart, specimen: str) -> LabConcept:
    """All tests of a specimen as one concept, so that the newest of them decides."""
    name, keys = _SPECIMENS[specimen]
    concepts = [chart.concepts.labs.concept(key) for key in keys]
    return dataclasses.replace(
        concepts[0],
        name=name,
        codes=tuple(code for concept in concepts for code in concept.codes),
        review_codes=tuple(code for concept in concepts for code in concept.review_codes),
    )


def _other_positive(chart: Chart, specimen: str, reading: Reading) -> Iterable[str]:
    """A note of a positive test of the other specimen that is not older."""
    other = _tested(chart, specimen)
    if other.truth is Truth.TRUE and not earlier(_newest(other.evidence), _newest(reading.evidence)):
        yield f"Not the test asked for, but not to be passed over: {other.said}"


def _observed(chart: Chart) -> Iterable[_Sign]:
    for reading in (
        _tested(chart, "any"),
        settle(
            chart, chart.concepts.labs.concept("pregnancy_status"), is_pregnant, ("pregnant", "not pregnant")
        ),
    ):
        if reading.evidence:
            yield _Sign(reading.truth, _newest(reading.evidence), reading.said, reading)


def _diagnosed(chart: Chart) -> Iterable[_Sign]:
    for found in conditions_of(chart, "pregnancy"):
        if found.current is False:
            continue
        if found.certain and found.current and found.when is not None:
            yes = known(Truth.TRUE, f"{found.said}, active", evidence=found.evidence)
            yield _Sign(Truth.TRUE, found.when, yes.said, yes, diagnosed=True)
        else:
            why = f"{found.said}: whether she is pregnant now is not certain"
            perhaps = unknown(Reason.NEEDS_CLINICIAN, why, evidence=found.evidence)
            yield _Sign(Truth.UNKNOWN, found.when, why, perhaps, diagnosed=True)


def _weigh(chart: Chart, signs: list[_Sign]) -> Reading:
    against = [sign for sign in signs if sign.says is Truth.FALSE]
    speaks = [
        sign
        for sign in signs
        if sign.says is Truth.TRUE
        and (sign.diagnosed or not any(earlier(sign.when, other.when) for other in against))
    ]
    later = [no for no in against if not any(earlier(no.when, yes.when) for yes in speaks)]
    shown = tuple(dict.fromkeys(each for sign in (*speaks, *later) for each in sign.reading.evidence))
    if speaks and later:
        said = "; ".join(dict.fromkeys(sign.said for sign in (*speaks, *later)))
        return unknown(Reason.CONFLICTING, said, evidence=shown, needs=(need(_hcg(chart, "blood")),))
    if speaks:
        return known(Truth.TRUE, "; ".join(dict.fromkeys(sign.said for sign in speaks)), evidence=shown)
    for sign in signs:
        if sign.says is Truth.UNKNOWN and not any(earlier(sign.when, no.when) for no in against):
            return sign.reading
    if not against:
        nothing = chart.nothing("a pregnancy test or pregnancy status", "Observation", "Condition")
        return unknown(
            Reason.MISSING_DATA, nothing.said, needs=(need(_hcg(chart, "blood")),), lost=nothing.lost
        )
    newest = max(against, key=lambda sign: sign.when.last.toordinal() if sign.when else 0)
    reading = still_fresh(newest.reading, str(NEGATIVE_COUNTS_FOR), chart.as_of)
    if reading.reason is Reason.STALE:
        reading = replace(reading, needs=(need(_hcg(chart, "blood")),))
    return reading.with_notes(f"Assumption: a negative answer speaks of today for {NEGATIVE_COUNTS_FOR}")


def _newest(evidence: Iterable[Evidence]) -> PartialDate | None:
    dates = [when for each in evidence if (when := partial_date.parse(each.date)) is not None]
    return max(dates, key=lambda when: when.last, default=None)


def _plain(unit: str) -> str:
    return "".join(sign for sign in unit.lower() if sign not in "[]{} ")
