"""What a dosage instruction is read as, whole: how much a day, in words as recorded, and why not."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from reading_told import approve

from cds_service.features.dosage import doses
from cds_service.features.dosage_text import per_day_said, sentence, unsettled
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Dosage,
    DoseAndRate,
    Period,
    Quantity,
    Range,
    Repeat,
    Timing,
)


def mg(amount, unit="mg", **more):
    return Quantity(value=Decimal(amount) if amount else None, unit=unit, **more)


def taken(*amounts, code=None, text=None, **repeat):
    """Amounts, and how often: by default 10 mg once a day."""
    rates = tuple(
        DoseAndRate(dose_range=each) if isinstance(each, Range) else DoseAndRate(dose_quantity=each)
        for each in amounts or (mg(10),)
    )
    more = {
        key: repeat.pop(key)
        for key in ("as_needed_boolean", "as_needed_codeable_concept", "sequence")
        if key in repeat
    }
    often = {"frequency": 1, "period": Decimal(1), "period_unit": "d"} | repeat
    timing = Timing(repeat=None if code else Repeat(**often), code=code)
    return Dosage(dose_and_rate=rates, timing=timing, text=text, **more)


def coded(code=None, text=None, display=None):
    return CodeableConcept(text=text, coding=(Coding(code=code, display=display),) if code or display else ())


NEVER = {"frequency": None, "period": None, "period_unit": None}
DOSAGES = {
    "once a day": taken(),
    "twice a day": taken(frequency=2),
    "once or twice a day": taken(frequency=1, frequency_max=2),
    "every other day": taken(period=Decimal(2)),
    "every day or every other day": taken(period_max=Decimal(2)),
    "every 12 hours": taken(period=Decimal(12), period_unit="h"),
    "every 30 minutes": taken(period=Decimal(30), period_unit="min"),
    "every 43200 seconds": taken(period=Decimal(43200), period_unit="s"),
    "once a week": taken(period_unit="wk"),
    "once a month": taken(period_unit="mo"),
    "in no unit of time": taken(period_unit=None),
    "in no time": taken(period=Decimal(0)),
    "in a negative time": taken(period=Decimal(-1)),
    "no frequency, every day": taken(frequency=None),
    "never": taken(frequency=0),
    "less than never": taken(frequency=-1),
    "once in all": taken(count=1),
    "twice in all": taken(count=2),
    "at eight": taken(**NEVER, time_of_day=("08:00:00",)),
    "at eight and at eight in the evening": taken(**NEVER, time_of_day=("08:00:00", "20:00:00")),
    "in the morning and at night": taken(**NEVER, when=("MORN", "NIGHT")),
    "in the morning, at most twice": taken(**NEVER, when=("MORN",), frequency_max=2),
    "at eight, every other day": taken(frequency=None, period=Decimal(2), time_of_day=("08:00:00",)),
    "on Mondays": taken(**NEVER, day_of_week=("mon",)),
    "on Mondays and Thursdays": taken(**NEVER, day_of_week=("mon", "thu")),
    "on Mondays and Mondays": taken(**NEVER, day_of_week=("mon", "mon")),
    "on Mondays at eight": taken(**NEVER, day_of_week=("mon",), time_of_day=("08:00:00",)),
    "twice on Mondays": taken(frequency=2, day_of_week=("mon",)),
    "twice on Mondays, a day": taken(frequency=2, day_of_week=("mon",), period_unit="d"),
    "twice a week on Mondays": taken(frequency=2, day_of_week=("mon",), period_unit="wk"),
    "on Mondays and Thursdays, each week": taken(
        frequency=None, day_of_week=("mon", "thu"), period_unit="wk"
    ),
    "on Mondays and Thursdays, twice each week": taken(
        frequency=2, day_of_week=("mon", "thu"), period_unit="wk"
    ),
    "once a week on Mondays": taken(day_of_week=("mon",), period_unit="wk"),
    "once to three times on Mondays": taken(frequency=1, frequency_max=3, day_of_week=("mon",)),
    "no time at all": taken(**NEVER),
    "a frequency without a time": taken(frequency=1, period=None, period_unit=None),
    "a time without a frequency": taken(frequency=None, period=Decimal(3)),
    "QD": taken(code=coded("QD")),
    "BID by its text": taken(code=coded(text="BID")),
    "TID by its display": taken(code=coded(display="TID")),
    "a code that is not known, a text that is": taken(code=coded("X", text="once daily")),
    "a code that is not known": taken(code=coded("X")),
    "no code": taken(code=coded()),
    "grams": taken(mg("0.01", "g")),
    "micrograms": taken(mg(10000, "ug")),
    "micrograms, by another sign": taken(mg(10000, "µg")),
    "micrograms, by another name": taken(mg(10000, "mcg")),
    "milligrams by its code": taken(mg(10, "Milligramm", code="mg")),
    "MG": taken(mg(10, " MG ")),
    "no unit": taken(mg(10, None)),
    "drops": taken(mg(10, "[drp]")),
    "more than": taken(mg(10, comparator=">")),
    "a negative amount": taken(mg(-10)),
    "no amount": taken(mg(None)),
    "nothing of an amount": Dosage(
        timing=Timing(repeat=Repeat(frequency=1, period=Decimal(1), period_unit="d"))
    ),
    "tablets": taken(mg(2, "tablet")),
    "tablet(s)": taken(mg(2, "tablet(s)")),
    "{tbl}": taken(mg(2, "{tbl}")),
    "capsules": taken(mg(2, "capsules")),
    "片": taken(mg(2, "片")),
    "10 to 20": taken(Range(mg(10), mg(20))),
    "20 to 10": taken(Range(mg(20), mg(10))),
    "10 to": taken(Range(mg(10), None)),
    "to 20": taken(Range(None, mg(20))),
    "10, or 20 as calculated": taken(mg(10), mg(20)),
    "10, or drops": taken(mg(10), mg(20, "[drp]")),
    "10 to 20, or 30": taken(Range(mg(10), mg(20)), mg(30)),
    "as needed": taken(as_needed_boolean=True),
    "not as needed": taken(as_needed_boolean=False),
    "as needed for pain": taken(as_needed_codeable_concept=coded(text="pain")),
    "a sequence": taken(sequence=2),
    "from to": taken(bounds_period=Period(start="2026-01-01", end="2026-02-01")),
    "from the far past": taken(bounds_period=Period(start="1899-12-31", end="9999-12-31")),
    "from the first of 1900 to the last of 2200": taken(
        bounds_period=Period(start="1900-01-01", end="2200-12-31")
    ),
    "with a text": taken(text="with food"),
    "with a taper": taken(text="then taper"),
    "an amount and a text": Dosage(dose_and_rate=(DoseAndRate(dose_quantity=mg(10)),), text="once daily"),
    "an amount and a text that says more": Dosage(
        dose_and_rate=(DoseAndRate(dose_quantity=mg(10)),), text="once daily with food"
    ),
    "an amount alone": Dosage(dose_and_rate=(DoseAndRate(dose_quantity=mg(10)),)),
    "nothing": Dosage(),
    "a sentence": Dosage(text="Take 10 mg by mouth twice daily."),
    "a sentence of tablets": Dosage(text="Take two tablets daily"),
    "a sentence of Chinese tablets": Dosage(text="口服 2片 每日一次"),
    "a sentence beside a code": Dosage(text="Take 10 mg daily", timing=Timing(code=coded("QD"))),
    "a sentence beside another code": Dosage(text="Take 10 mg daily", timing=Timing(code=coded("BID"))),
    "a sentence beside a code that is not known": Dosage(
        text="Take 10 mg daily", timing=Timing(code=coded("X"))
    ),
    "an empty repeat beside a sentence": Dosage(text="Take 10 mg daily", timing=Timing(repeat=Repeat())),
    "a sentence that says more": Dosage(text="Take 10 mg daily and 5 mg at night"),
    "as directed": Dosage(text="Take as directed"),
}


def dosage_told(dosage: Dosage, strength: Fraction | None) -> str:
    (dose,) = doses((dosage,), strength)
    amount = f"{dose.low}..{dose.high}" if dose.low is not None or dose.high is not None else dose.problem
    more = [
        f"sequence {dose.sequence}" if dose.sequence is not None else "",
        f"from {dose.starts.text}" if dose.starts else "",
        f"to {dose.ends.text}" if dose.ends else "",
        dose.note or "",
        f"problem {dose.problem}" if dose.problem and dose.low is not None else "",
    ]
    return "; ".join([f'"{dose.said}" {amount}', *filter(None, more)])


def test_a_dosage_is_read_as_it_was_read_and_approved():
    strengths = (None, Fraction(5))
    told = [
        f"{name}: {' | '.join(dict.fromkeys(dosage_told(dosage, each) for each in strengths))}"
        for name, dosage in DOSAGES.items()
    ]
    approve("dosages", "\n".join(told) + "\n")


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("daily", 1),
        (" Once  a DAY ", 1),
        ("q.d.", 1),
        ("b.i.d", 2),
        ("three times daily", 3),
        ("QID", 4),
        ("q4h", 6),
        ("every other day", Fraction(1, 2)),
        ("weekly", Fraction(1, 7)),
        ("每日两次", 2),
        ("daily, then weekly", None),
        ("", None),
    ],
)
def test_how_often_a_phrase_says(words, times):
    assert per_day_said(words) == times


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Take 10 mg by mouth daily", ("10", "mg", 1)),
        ("take  2.5  MG   po bid.", ("2.5", "MG", 2)),
        ("ONE tablet daily", ("1", "tablet", 1)),
        ("Two tablets twice daily", ("2", "tablets", 2)),
        ("three capsules (by mouth) daily", ("3", "capsules", 1)),
        ("2片 每日一次", ("2", "tablet", 1)),
        ("3粒 每日三次", ("3", "capsule", 3)),
        ("10 mg tablet daily with food", ("10", "mg", 1)),
        ("10 mg now and then", None),
        ("four tablets daily", None),
        ("", None),
    ],
)
def test_a_plain_sentence(text, read):
    assert sentence(text) == read


@pytest.mark.parametrize(
    ("text", "word"),
    [("10 mg daily, Tapering", "Tapering"), ("必要时", "必要时"), ("10 mg daily", None), ("thenar", None)],
)
def test_the_word_by_which_a_dose_is_not_the_same_each_day(text, word):
    assert unsettled(text) == word
