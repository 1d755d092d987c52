"""Estimated glomerular filtration rate, per 1.73 m2 of body surface.

Under 18 years bedside Schwartz (Schwartz 2009, J Am Soc Nephrol 20:629-37), from 18 years CKD-EPI 2021
without race (Inker 2021, N Engl J Med 385:1737-49): never the one for the other. A reported eGFR counts where
its equation fits the age and no creatinine is newer; else it is computed from the newest creatinine.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from cds_service.features.age import age_on
from cds_service.features.bounds import Bounds
from cds_service.features.kidney import (
    ADULT,
    NEAR,
    Creatinine,
    bounds_in,
    computed,
    creatinine,
    newer,
    size_near,
)
from cds_service.features.measurements import reading_of
from cds_service.features.question import Amount, Reading, Reason, unknown
from cds_service.features.results import Latest, date_of, latest, need
from cds_service.features.sex import recorded_sex, sex_evidence
from cds_service.fhir.record import Result
from cds_service.fhir.systems import normal_code

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

UNIT = "mL/min/{1.73_m2}"
_UNIT_SAID = "mL/min/1.73 m2"
_DIGITS = 50
_ROUNDING = Fraction(
    1, 10**30
)  # far more than the error of 50 digits, far less than any limit can tell apart


class Egfr(Amount, frozen=True, kw_only=True):
    """``{egfr: "mL/min/{1.73_m2}", at_least: "30"}``"""

    keyword: ClassVar[str] = "egfr"
    label: ClassVar[str] = "eGFR"

    egfr: str = UNIT

    def read(self, chart: Chart) -> Reading:
        labs = chart.concepts.labs
        reported = latest(chart, labs.concept("egfr"))
        samples = latest(chart, labs.concept("creatinine_serum"))
        rates, sera = (each.group or each.refused for each in (reported, samples))
        if not rates:
            return _compute(chart, samples)
        if newer(sera, rates):
            older = reading_of(chart, "egfr", reported)
            return _compute(chart, samples).with_notes(f"Older than the newest creatinine: {older.said}")
        misfit = _misfit(chart, rates)
        reading = reading_of(chart, "egfr", reported)
        if misfit is None and bounds_in(reading) is not None:
            return reading.with_notes(f"Reported by {_equations(chart, rates)}")
        if misfit is not None:
            reading = unknown(
                Reason.UNUSABLE, f"{reading.said}: {misfit}", evidence=reading.evidence, notes=reading.notes
            )
        if sera and (misfit is not None or not newer(rates, sera)):
            return _compute(chart, samples).with_notes(f"Not used: {reading.said}")
        return replace(reading, needs=_needs(chart))

    def unit_said(self) -> str:
        return _UNIT_SAID

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.egfr != UNIT:
            yield f'"{self.egfr}" is not the unit of eGFR. Write "egfr: {UNIT}".'


def schwartz(scr: Bounds, height_cm: Bounds) -> Bounds:
    """Bedside Schwartz: 0.413 x height in cm / creatinine in mg/dL, exactly."""
    k = Fraction(413, 1000)
    low = k * height_cm.low / scr.high if height_cm.low is not None and scr.high else None
    high = k * height_cm.high / scr.low if height_cm.high is not None and scr.low else None
    return Bounds(low, high, scr.high_open or height_cm.low_open, scr.low_open or height_cm.high_open)


def ckd_epi_2021(scr: Bounds, youngest: int, oldest: int, sex: str) -> Bounds:
    """CKD-EPI 2021 (creatinine in mg/dL), rounded outward: the true value lies between the ends."""
    least = _ckd_epi(scr.high, oldest, sex) if scr.high else None
    if scr.exact and youngest == oldest:
        most = least
    else:
        most = _ckd_epi(scr.low, youngest, sex) if scr.low else None
    low = least * (1 - _ROUNDING) if least is not None else None
    high = most * (1 + _ROUNDING) if most is not None else None
    return scr.falling(low, high)


def _ckd_epi(scr: Fraction, age: int, sex: str) -> Fraction:
    """142 x min(Scr/k, 1)^a x max(Scr/k, 1)^-1.200 x 0.9938^age, x 1.012 for a woman."""
    k, a = (Fraction(7, 10), "-0.241") if sex == "female" else (Fraction(9, 10), "-0.302")
    with localcontext() as context:
        context.prec = _DIGITS
        ratio = Decimal((scr / k).numerator) / Decimal((scr / k).denominator)
        power = (ratio.ln() * Decimal(a if ratio < 1 else "-1.200")).exp()  # half the time of "**"
        rate = 142 * power * Decimal("0.9938") ** age
        return Fraction(rate * Decimal("1.012") if sex == "female" else rate)


def _compute(chart: Chart, samples: Latest) -> Reading:
    scr = creatinine(chart, samples)
    if isinstance(scr, Reading):
        if not samples.group and not samples.refused and not scr.lost:
            scr = replace(scr, said="No eGFR and no creatinine on record")
        return replace(scr, needs=tuple(dict.fromkeys((*scr.needs, *_needs(chart)))))
    if scr.oldest < ADULT:
        return _child(chart, scr)
    if scr.youngest < ADULT:
        return unknown(
            Reason.MISSING_DATA,
            f"{scr.reading.said}; the birth date does not tell whether the patient was 18 then",
            evidence=scr.reading.evidence,
        )
    sex = recorded_sex(chart)
    if isinstance(sex, Reading):
        return replace(sex, said=f"{sex.said}; eGFR of an adult needs it", notes=scr.reading.notes)
    reading = computed(
        f"eGFR {{}} {_UNIT_SAID} (CKD-EPI 2021",
        ckd_epi_2021(scr.bounds, scr.youngest, scr.oldest, sex),
        scr,
        (),
    )
    return replace(reading, evidence=(*reading.evidence, sex_evidence(chart)))


def _child(chart: Chart, scr: Creatinine) -> Reading:
    if scr.youngest < 1:  # the equation was made for 1 to 17 years
        return unknown(
            Reason.UNUSABLE,
            f"{scr.reading.said}; no equation here is for a child under 1 year",
            evidence=scr.reading.evidence,
        )
    height = size_near(chart, "body_height", scr)
    if isinstance(height, Reading):
        return height
    reading = computed(
        f"eGFR {{}} {_UNIT_SAID} (bedside Schwartz",
        schwartz(scr.bounds, height.bounds),
        scr,
        (height.reading,),
    )
    return reading.with_notes(f"Height within {NEAR} of the creatinine: our assumption of near enough")


def _equations(chart: Chart, results: tuple[Result, ...]) -> str:
    return " and ".join(sorted({name for result in results for name, _ in _equation(chart, result)}))


def _equation(chart: Chart, result: Result) -> set[tuple[str, str]]:
    known = chart.concepts.labs.equations
    codings = result.code.coding if result.code else ()
    found = [known.get(normal_code(coding.system, coding.code)) for coding in codings if coding.code]
    named = {(each.name, each.meant_for) for each in found if each is not None}
    return named or {("an equation that is not stated", "unstated")}


def _misfit(chart: Chart, results: tuple[Result, ...]) -> str | None:
    """Why a reported eGFR is not for this patient: an adult's equation in a child, or the reverse."""
    for result in results:
        when = date_of(result)
        first = age_on(chart, when.first if when else chart.as_of)
        last = age_on(chart, when.last if when else chart.as_of)
        if first is None or last is None:
            return "whether its equation fits the age is not known without a birth date"
        for name, meant_for in _equation(chart, result):
            if first[0] < ADULT and meant_for != "child":
                return f"{name} is not used under {ADULT} years"
            if last[1] >= ADULT and meant_for == "child":
                return f"{name} is not used from {ADULT} years"
    return None


def _needs(chart: Chart) -> tuple[Any, ...]:
    labs = chart.concepts.labs
    age = age_on(chart, chart.as_of)
    keys = ["creatinine_serum"] + (["body_height"] if age is not None and age[0] < ADULT else [])
    return tuple(need(labs.concept(key)) for key in keys)
