"""Creatinine clearance by Cockcroft and Gault (Nephron 1976;16:31-41), in mL/min.

Not per 1.73 m2, and never replaced by eGFR. The formula is for adults. No trial names the weight: the actual
one is taken, and a body mass index of 30 or more is noted, because the formula then reads high.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from cds_service.features.bounds import Bounds, number_said
from cds_service.features.kidney import (
    ADULT,
    NEAR,
    BodySize,
    Creatinine,
    bounds_in,
    computed,
    creatinine,
    newer,
    size_near,
)
from cds_service.features.measurements import reading_of
from cds_service.features.question import Amount, Reading, Reason, unknown
from cds_service.features.results import Latest, latest, need
from cds_service.features.sex import recorded_sex, sex_evidence

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

UNIT = "mL/min"


class CreatinineClearance(Amount, frozen=True, kw_only=True):
    """``{creatinine_clearance: mL/min, at_least: "30"}``"""

    keyword: ClassVar[str] = "creatinine_clearance"
    label: ClassVar[str] = "Creatinine clearance"

    creatinine_clearance: str = UNIT

    def read(self, chart: Chart) -> Reading:
        labs = chart.concepts.labs
        reported = latest(chart, labs.concept("crcl_cockcroft_gault"))
        samples = latest(chart, labs.concept("creatinine_serum"))
        rates, sera = (each.group or each.refused for each in (reported, samples))
        if not rates:
            return _compute(chart, samples)
        reading = reading_of(chart, "crcl_cockcroft_gault", reported)
        if newer(sera, rates):
            return _compute(chart, samples).with_notes(f"Older than the newest creatinine: {reading.said}")
        if bounds_in(reading) is not None or newer(rates, sera) or not sera:
            return reading
        return _compute(chart, samples).with_notes(f"Not used: {reading.said}")

    def unit_said(self) -> str:
        return UNIT

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.creatinine_clearance != UNIT:
            yield f'"{self.creatinine_clearance}" is not its unit. Write "creatinine_clearance: {UNIT}".'


def cockcroft_gault(scr: Bounds, weight_kg: Bounds, youngest: int, oldest: int, sex: str) -> Bounds:
    """(140 - age) x weight in kg / (72 x creatinine in mg/dL), x 0.85 for a woman, exactly."""
    k = Fraction(85, 100) if sex == "female" else Fraction(1)
    low = high = None
    if weight_kg.low is not None and scr.high:
        low = (140 - oldest) * weight_kg.low * k / (72 * scr.high)
    if scr.exact and weight_kg.exact and youngest == oldest:
        high = low
    elif weight_kg.high is not None and scr.low:
        high = (140 - youngest) * weight_kg.high * k / (72 * scr.low)
    return Bounds(low, high, scr.high_open or weight_kg.low_open, scr.low_open or weight_kg.high_open)


def _compute(chart: Chart, samples: Latest) -> Reading:
    scr = creatinine(chart, samples)
    if isinstance(scr, Reading):
        if not samples.group and not samples.refused and not scr.lost:
            scr = replace(scr, said="No creatinine clearance and no creatinine on record")
        return replace(scr, needs=tuple(dict.fromkeys((*scr.needs, *_needs(chart)))))
    if scr.youngest < ADULT:
        return unknown(
            Reason.UNUSABLE,
            f"{scr.reading.said}; Cockcroft-Gault is for adults",
            evidence=scr.reading.evidence,
        )
    sex = recorded_sex(chart)
    if isinstance(sex, Reading):
        return replace(sex, said=f"{sex.said}; Cockcroft-Gault needs it", notes=scr.reading.notes)
    weight = size_near(chart, "body_weight", scr)
    if isinstance(weight, Reading):
        return weight
    bounds = cockcroft_gault(scr.bounds, weight.bounds, scr.youngest, scr.oldest, sex)
    reading = computed(f"Creatinine clearance {{}} {UNIT} (Cockcroft-Gault", bounds, scr, (weight.reading,))
    return replace(reading, evidence=(*reading.evidence, sex_evidence(chart))).with_notes(
        f"Actual body weight, within {NEAR} of the creatinine: our assumption",
        *_obesity(chart, scr, weight),
    )


def _obesity(chart: Chart, scr: Creatinine, weight: BodySize) -> tuple[str, ...]:
    height = size_near(chart, "body_height", scr)
    if isinstance(height, Reading) or not height.bounds.low or weight.bounds.high is None:
        return ()
    index = weight.bounds.high / (height.bounds.low / 100) ** 2
    if index < 30:
        return ()
    return (f"Body mass index {number_said(index)}: with actual weight the formula may read high",)


def _needs(chart: Chart) -> tuple[Any, ...]:
    labs = chart.concepts.labs
    return (need(labs.concept("creatinine_serum")), need(labs.concept("body_weight")))
