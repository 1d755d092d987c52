"""What a dosage instruction says is taken a day, in milligrams. What it does not say is not guessed.

Read are an amount (mg, g, ug, or tablets of a known strength) with a frequency: ``timing.repeat``, one of
FHIR's timing abbreviations, or a plain sentence such as "Take 10 mg by mouth daily" and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import msgspec
from msgspec.structs import replace

from cds_service.features.dosage_text import per_day_said, sentence, unsettled
from cds_service.fhir.partial_date import PartialDate, between, parse
from cds_service.fhir.resources import Dosage, DoseAndRate, Period, Quantity, Repeat, Timing


class Dose(msgspec.Struct, frozen=True, gc=False):
    """One step of a dosage: the milligrams a day, between two bounds, and when the step applies.

    ``problem`` says why there is no amount. ``said`` is the dose as recorded ("20 mg 1/day").
    """

    said: str = ""
    low: Fraction | None = None
    high: Fraction | None = None
    problem: str | None = None
    sequence: int | None = None
    starts: PartialDate | None = None
    ends: PartialDate | None = None
    note: str | None = None


EARLIEST, LATEST = 1900, 2200  # years: "9999-12-31" means an open end, and no drug was taken in the year 1


def day_of(text: str | None) -> PartialDate | None:
    """A date of a medication record; None for none, for no date, and for the far past or future."""
    day = parse(text)
    return day if day is not None and day.first.year >= EARLIEST and day.last.year <= LATEST else None


def days_of(period: Period | None) -> PartialDate | None:
    """The days of a period, from the known ends; None where there is no end that can be read."""
    start, end = (day_of(period.start), day_of(period.end)) if period is not None else (None, None)
    if start is None or end is None:
        return start or end
    return between(start.text, end.text)


def doses(dosages: Iterable[Dosage], strength: Fraction | None) -> tuple[Dose, ...]:
    """Every step of a record's dosage. ``strength``: the milligrams in one tablet of it, if known."""
    return tuple(_dose(dosage, strength) for dosage in dosages)


_MG = {
    "mg": Fraction(1),
    "g": Fraction(1000),
    "ug": Fraction(1, 1000),
    "mcg": Fraction(1, 1000),
    "µg": Fraction(1, 1000),
}
_PIECE = re.compile(r"\{?(?:tabs?|tablets?|tbl|caps?|capsules?)(?:\(s\))?\}?|片|粒", re.IGNORECASE)
_DAYS = {
    "s": Fraction(1, 86400),
    "min": Fraction(1, 1440),
    "h": Fraction(1, 24),
    "d": Fraction(1),
    "wk": Fraction(7),
}


def milligrams(quantity: Quantity | None, strength: Fraction | None) -> Fraction | None:
    """An amount in milligrams; None where the unit is missing or is no mass, or a comparator blurs it."""
    if quantity is None or quantity.value is None or quantity.comparator or quantity.value < 0:
        return None
    for unit in (quantity.code, quantity.unit):
        if unit and unit.strip().lower() in _MG:
            return Fraction(quantity.value) * _MG[unit.strip().lower()]
        if unit and _PIECE.fullmatch(unit.strip()) and strength is not None:
            return Fraction(quantity.value) * strength
    return None


def quantity_said(quantity: Quantity | None) -> str:
    """An amount as recorded."""
    if quantity is None or quantity.value is None:
        return ""
    return f"{quantity.comparator or ''}{quantity.value:f} {quantity.unit or quantity.code or ''}".strip()


def _dose(dosage: Dosage, strength: Fraction | None) -> Dose:
    repeat = dosage.timing.repeat if dosage.timing else None
    period = repeat.bounds_period if repeat else None
    base = Dose(
        said=_said(dosage),
        sequence=dosage.sequence,
        starts=day_of(period.start) if period else None,
        ends=day_of(period.end) if period else None,
    )
    if dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None:
        return replace(base, problem="taken only as needed")
    if dosage.text and (words := unsettled(dosage.text)):
        return replace(base, problem=f'the dosage says "{words}"')
    if not dosage.dose_and_rate and (dosage.timing is None or dosage.timing.repeat is None):
        return _from_text(dosage, strength, base)
    amount = _amount(dosage.dose_and_rate, strength)
    if amount is None:
        return replace(base, problem="the amount of a dose is not on record in a unit that can be read")
    times = _times(dosage.timing, dosage.text)
    if times is None:
        return replace(base, problem="how often it is taken is not on record")
    return replace(base, low=amount[0] * times[0], high=amount[1] * times[1])


def _from_text(dosage: Dosage, strength: Fraction | None, base: Dose) -> Dose:
    if not dosage.text:
        return replace(base, problem="no dose on record")
    read = sentence(dosage.text)
    if read is None:
        return replace(base, problem="the dose is written in words that cannot be read for certain")
    count, unit, times = read
    if dosage.timing is not None and _times(dosage.timing, None) not in (None, (times, times)):
        return replace(base, problem="the code and the words of how often it is taken differ")
    amount = milligrams(Quantity(value=Decimal(count), unit=unit), strength)
    if amount is None:
        return replace(base, problem="the strength of the tablet is not on record")
    return replace(
        base, low=amount * times, high=amount * times, note=f'The dose was read from the text "{dosage.text}"'
    )


def _amount(rates: tuple[DoseAndRate, ...], strength: Fraction | None) -> tuple[Fraction, Fraction] | None:
    """The lowest and highest single dose. Several entries (ordered, calculated) are alternatives."""
    bounds: list[Fraction] = []
    for rate in rates:
        if rate.dose_range is not None:
            low, high = milligrams(rate.dose_range.low, strength), milligrams(rate.dose_range.high, strength)
            if low is None or high is None:
                return None
            bounds += (low, high)
        else:
            amount = milligrams(rate.dose_quantity, strength)
            if amount is None:
                return None
            bounds.append(amount)
    return (min(bounds), max(bounds)) if bounds else None


def _times(timing: Timing | None, text: str | None) -> tuple[Fraction, Fraction] | None:
    """How many doses a day, lowest and highest."""
    if timing is None:
        times = per_day_said(text or "")
        return (times, times) if times is not None else None
    if timing.repeat is not None and (read := _repeated(timing.repeat)) is not None:
        return read
    if timing.repeat is not None and timing.repeat.frequency is not None:
        return None
    words = [coding.code or coding.display or "" for coding in timing.code.coding] if timing.code else []
    words += [timing.code.text or ""] if timing.code else []
    for word in words:
        if (times := per_day_said(word)) is not None:
            return times, times
    return None


def _repeated(repeat: Repeat) -> tuple[Fraction, Fraction] | None:
    count = repeat.frequency
    if count is None and (repeat.time_of_day or repeat.when):
        count = len(repeat.time_of_day) or len(repeat.when)
        if repeat.period is None and not repeat.day_of_week:
            return Fraction(count), Fraction(repeat.frequency_max or count)
    if repeat.day_of_week and (repeat.period is None or repeat.period_unit == "d" or (count or 1) == 1):
        # "Once, on Monday and Thursday": the days say how often a week.
        weekly = Fraction((count or 1) * len(set(repeat.day_of_week)), 7)
        return weekly, weekly * Fraction(repeat.frequency_max or count or 1, count or 1)
    if repeat.period is None or repeat.period_unit not in _DAYS or repeat.period <= 0:
        return None
    count = 1 if count is None else count
    if count <= 0 or (repeat.count or 0) == 1:
        return None
    days = Fraction(repeat.period) * _DAYS[repeat.period_unit]
    longest = Fraction(repeat.period_max or repeat.period) * _DAYS[repeat.period_unit]
    return Fraction(count) / longest, Fraction(repeat.frequency_max or count) / days


def _said(dosage: Dosage) -> str:
    parts = []
    for rate in dosage.dose_and_rate[:1]:
        if rate.dose_range is not None:
            parts.append(f"{quantity_said(rate.dose_range.low)} to {quantity_said(rate.dose_range.high)}")
        else:
            parts.append(quantity_said(rate.dose_quantity))
    repeat = dosage.timing.repeat if dosage.timing else None
    if repeat is not None and (repeat.frequency is not None or repeat.period is not None):
        period = f"{repeat.period or 1} {repeat.period_unit or ''}".strip()
        each = "day" if period == "1 d" else period
        most = f"-{repeat.frequency_max}" if repeat.frequency_max else ""
        parts.append(f"{1 if repeat.frequency is None else repeat.frequency}{most}/{each}")
    elif dosage.timing and dosage.timing.code:
        coding = dosage.timing.code.coding
        parts.append(dosage.timing.code.text or (coding[0].code or coding[0].display or "" if coding else ""))
    said = " ".join(part for part in parts if part)
    if dosage.as_needed_boolean or dosage.as_needed_codeable_concept is not None:
        said = f"{said} as needed".strip()
    return said or (dosage.text or "").strip()
