"""What a clinician is told of medicines, whole: words, reason, records, notes and until when it holds."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from drug_charts import (
    ANTIHYPERTENSIVE,
    BELIMUMAB,
    BETAMETHASONE,
    CYCLOPHOSPHAMIDE,
    DEFLAZACORT,
    HYDROXYCHLOROQUINE,
    METHOTREXATE,
    METHYLPREDNISOLONE,
    MYCOPHENOLATE,
    MYCOPHENOLIC_ACID,
    PREDNISONE,
    RITUXIMAB,
    RXNORM,
    chart_of,
    concepts,
    dispensed,
    dosage,
    given,
    order,
    refers_to,
    rx,
    statement,
    weight,
)
from reading_told import answers, approve, faults, numbered

from cds_service.features.medications import (
    DistinctDrugs,
    Exposure,
    GlucocorticoidDose,
    Intolerance,
    StableDose,
    Started,
    Taking,
    Took,
    WashedOut,
)
from cds_service.features.took import Stopped
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import (
    AllergyIntolerance,
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

HYDROCORTISONE = "5492"
BY_MOUTH = Dosage(route=CodeableConcept(text="oral"))
ON_SKIN = Dosage(route=CodeableConcept(text="topical"))
HCQ = HYDROXYCHLOROQUINE
NAMED = rx(text="rituximab")
NAMELESS = CodeableConcept()
PLANNED = dosage(60, bounds=Period(start="2026-12-01"))
STRANGE = rx(text="Zorbinol forte")


def charts(question, cases):
    """Each case's records, under short references, and the question asked of them."""
    found = {}
    for name, entries in cases.items():
        allergies = [entry for entry in entries if isinstance(entry, AllergyIntolerance)]
        asked = next((entry for entry in entries if isinstance(entry, dict)), None)
        rest = [entry for entry in entries if entry not in allergies and not isinstance(entry, dict)]
        chart = chart_of(*numbered(*rest), allergies=numbered(*allergies), asked=asked)
        found[name] = (question, chart)
    return found


def number_of(value, unit="mg"):
    return Quantity(value=Decimal(value), unit=unit)


FAILED = {"MedicationRequest": Asked.FAILED}
PARTIAL = {"MedicationStatement": Asked.PARTIAL}


RANGE = Dosage(
    dose_and_rate=(DoseAndRate(dose_range=Range(number_of(10), number_of(20))),),
    timing=Timing(repeat=Repeat(frequency=1, period=Decimal(1), period_unit="d")),
)


def past(end, dose=20, start="2026-01-01", code=PREDNISONE):
    return statement(code, start, end, status="completed", dose=dose)


def since(start, dose=15, code=PREDNISONE, **more):
    return statement(code, start, dose=dose, **more)


STABLE = {
    "the same dose since January": [since("2026-01-01")],
    "raised three days ago": [past("2026-10-28"), since("2026-10-29")],
    "changed exactly a week ago": [past("2026-10-24"), since("2026-10-25")],
    "changed within the week, the day after its first day": [past("2026-10-25"), since("2026-10-26")],
    "raised three days ago, the start of the other dose is not told": [
        past("2026-10-20", 20, None),
        since("2026-10-29"),
    ],
    "lowered today": [past("2026-10-31"), since("2026-11-01")],
    "begun within the week": [since("2026-10-26")],
    "begun within the week, and the dose before is not told": [past("2026-10-25", None), since("2026-10-26")],
    "two drugs, one changed": [
        past("2026-10-28"),
        since("2026-10-29"),
        since("2026-01-01", 4, METHYLPREDNISOLONE),
    ],
    "two drugs, both changed": [
        past("2026-10-28"),
        since("2026-10-29"),
        past("2026-10-27", 8, code=METHYLPREDNISOLONE),
        since("2026-10-28", 4, METHYLPREDNISOLONE),
    ],
    "two drugs, both stable": [since("2026-01-01"), since("2026-02-01", 4, METHYLPREDNISOLONE)],
    "two drugs, the dose of both is missing": [
        since("2026-01-01", None),
        since("2026-02-01", None, METHYLPREDNISOLONE),
    ],
    "two drugs, of one the dose is missing": [
        since("2026-01-01"),
        since("2026-02-01", None, METHYLPREDNISOLONE),
    ],
    "as a taper": [since("2026-01-01", Dosage(text="taper"))],
    "no dose": [since("2026-01-01", None)],
    "no dose in one record, a dose in the other": [
        since("2026-01-01", None),
        order(PREDNISONE, "2026-01-01", dose=15),
    ],
    "several steps": [
        since("2026-01-01", (dosage(20, sequence=1), dosage(10, sequence=1))),
    ],
    "two records that differ": [since("2026-01-01"), since("2026-01-02", 20)],
    "only given today": [given(PREDNISONE, "2026-11-01", amount=20)],
    "given today and reported": [given(PREDNISONE, "2026-11-01", amount=60), since("2026-01-01")],
    "another dose between": [since("2026-01-01"), past("2026-10-29", 60, "2026-10-27")],
    "another dose that ended on the first day of the week": [
        since("2026-01-01"),
        past("2026-10-25", 60, "2026-10-20"),
    ],
    "another dose told on a day of the week": [
        since("2026-01-01"),
        statement(PREDNISONE, on="2026-10-28", status="completed", dose=60),
    ],
    "another dose, not dated": [since("2026-01-01"), statement(PREDNISONE, status="completed", dose=60)],
    "another dose, its end alone is known": [since("2026-01-01"), past("2026-10-29", 60, None)],
    "another dose that begins next month": [
        since("2026-01-01"),
        order(PREDNISONE, "2026-10-31", dose=PLANNED),
    ],
    "only told this week": [statement(PREDNISONE, on="2026-10-28", dose=15)],
    "only told this week, another dose in spring": [
        past("2026-03-01"),
        statement(PREDNISONE, on="2026-10-28", dose=15),
    ],
    "told this week, and the same dose in spring": [
        past("2026-03-01", 15),
        statement(PREDNISONE, on="2026-10-28", dose=15),
    ],
    "ordered in January": [order(PREDNISONE, "2026-01-01", dose=15)],
    "ordered this week": [order(PREDNISONE, "2026-10-28", dose=15)],
    "ordered this week after another dose": [past("2026-10-27"), order(PREDNISONE, "2026-10-28", dose=15)],
    "ordered this week after an order of another dose that is done": [
        order(PREDNISONE, "2026-06-01", status="completed", dose=20),
        order(PREDNISONE, "2026-10-28", dose=15),
    ],
    "renewed this week": [order(PREDNISONE, "2026-10-28", dose=15), past("2026-10-27", 15)],
    "a start only known to the year": [since("2026", 15)],
    "another drug may be current": [
        since("2026-01-01"),
        since("2026-01-01", 4, METHYLPREDNISOLONE, damaged=("status",)),
    ],
    "changed, and another drug may be current": [
        past("2026-10-28"),
        since("2026-10-29"),
        since("2026-01-01", 4, METHYLPREDNISOLONE, damaged=("status",)),
    ],
    "ordered this week after another dose, told twice": [
        past("2026-10-27"),
        order(PREDNISONE, "2026-10-28", dose=15),
        order(PREDNISONE, "2026-10-29", dose=15),
    ],
    "begun within the week, as ordered": [
        past("2026-10-25", 15),
        order(PREDNISONE, "2026-09-25", dose=15, status="completed"),
        order(PREDNISONE, "2026-10-26", dose=15),
    ],
    "ordered 40 days ago, asked for 8 weeks": [order(PREDNISONE, "2026-09-22", dose=15)],
    "a dose that was raised and only ends today": [
        since("2026-01-01"),
        past("2026-11-01", 60, "2026-11-01"),
    ],
    "another dose, given once": [since("2026-01-01"), given(PREDNISONE, "2026-10-29", amount=60)],
    "another dose, handed over": [since("2026-01-01"), dispensed(PREDNISONE, "2026-10-28", "3", dose=60)],
    "an amount between two": [since("2026-01-01", RANGE)],
    "ordered on an unknown day": [order(PREDNISONE, None, dose=15)],
    "only stopped": [past("2026-10-01")],
    "no glucocorticoid": [statement(ANTIHYPERTENSIVE, "2026-01-01")],
    "nothing on record": [],
    "orders could not be had": [since("2026-01-01"), FAILED],
    "statements in part": [since("2026-01-01"), PARTIAL],
    "changed, and orders could not be had": [past("2026-10-28"), since("2026-10-29"), FAILED],
}


STARTED = {
    "an antimalarial since exactly twelve weeks": [since("2026-08-09", 200, HCQ)],
    "a day too late": [since("2026-08-10", 200, HCQ)],
    "two, one too late": [since("2026-01-01", 200, HCQ), since("2026-09-10", 500, MYCOPHENOLATE)],
    "two, both too late": [since("2026-09-01", 200, HCQ), since("2026-10-10", 500, MYCOPHENOLATE)],
    "told on a day, the start is not": [statement(HCQ, on="2026-10-20", dose=200)],
    "ordered in September": [order(HCQ, "2026-09-01", dose=200)],
    "ordered in June": [order(HCQ, "2026-06-01", dose=200)],
    "ordered exactly 31 days ago": [order(HCQ, "2026-10-01", dose=200)],
    "ordered 30 days ago": [order(HCQ, "2026-10-02", dose=200)],
    "a renewal": [order(HCQ, "2026-09-01", prior_prescription=refers_to("MedicationRequest/0"))],
    "an order that may reach the next": [
        order(HCQ, "2026-10-28"),
        order(HCQ, "2026-07-30", status="completed"),
    ],
    "an order of last year that may have been refilled": [
        order(HCQ, "2026-09-01"),
        order(HCQ, "2025-09-02", status="completed"),
    ],
    "an order of more than a year before": [
        order(HCQ, "2026-09-01"),
        order(HCQ, "2025-08-31", status="completed"),
    ],
    "a chain of orders": [
        order(HCQ, "2026-10-28"),
        order(HCQ, "2026-07-30", status="completed"),
        order(HCQ, "2026-05-01", status="completed"),
    ],
    "a supply of known length joins": [order(HCQ, "2026-10-28"), dispensed(HCQ, "2026-07-20", "90")],
    "a gap of 14 days": [order(HCQ, "2026-10-28"), past("2026-10-14", 200, code=HCQ)],
    "a gap of 15 days": [order(HCQ, "2026-10-28"), past("2026-10-13", 200, code=HCQ)],
    "a first record without a date": [statement(HCQ, dose=200)],
    "one with and one without a date": [statement(HCQ, dose=200), since("2026-01-01", 200, HCQ)],
    "another one may be current": [
        since("2026-01-01", 200, HCQ),
        since("2026-01-01", 500, MYCOPHENOLATE, damaged=("status",)),
    ],
    "too late, and another one may be current": [
        since("2026-10-01", 200, HCQ),
        since("2026-01-01", 500, MYCOPHENOLATE, damaged=("status",)),
    ],
    "an unknown start, and another one may be current": [
        since("2026", 200, HCQ),
        since("2026-01-01", 500, MYCOPHENOLATE, damaged=("status",)),
    ],
    "stopped by a later statement": [
        order(HCQ, "2026-09-01"),
        statement(HCQ, "2026-01-01", "2026-10-01", status="stopped"),
    ],
    "begun on one day, by two records": [
        since("2026-09-01", 200, HCQ),
        order(HCQ, "2026-09-01", dose=200),
        since("2026-09-01", 400, HCQ),
    ],
    "two current records, the first one older": [
        past("2026-10-20", 200, code=HCQ),
        order(HCQ, "2026-10-25"),
        order(HCQ, "2026-10-26"),
    ],
    "a nameless drug is on record": [given(None, "2020-10-01", named=NAMELESS)],
    "three orders, not in order": [
        order(HCQ, "2026-07-30", status="completed"),
        order(HCQ, "2026-10-28"),
        order(HCQ, "2026-05-01", status="completed"),
        order(HCQ, "2026-02-15", status="completed"),
    ],
    "an order exactly 104 days before": [
        order(HCQ, "2026-10-28"),
        order(HCQ, "2026-07-16", status="completed"),
    ],
    "an order 105 days before": [order(HCQ, "2026-10-28"), order(HCQ, "2026-07-15", status="completed")],
    "two orders of one day": [order(HCQ, "2026-09-01"), order(HCQ, "2026-09-01", status="completed")],
    "an order of the day before": [order(HCQ, "2026-09-02"), order(HCQ, "2026-09-01", status="completed")],
    "an order of a year and a day before": [
        order(HCQ, "2026-09-01"),
        order(HCQ, "2025-08-31", status="completed"),
    ],
    "given, then reported": [given(HCQ, "2026-08-01"), since("2026-08-10", 200, HCQ)],
    "given at an unknown time, then reported": [given(HCQ, None), since("2026-09-10", 200, HCQ)],
    "reported as done on a day, then ordered": [
        statement(HCQ, on="2026-08-20", status="completed"),
        order(HCQ, "2026-09-01"),
    ],
    "reported as done since, then ordered": [
        statement(HCQ, "2026-08-20", status="completed"),
        order(HCQ, "2026-09-01"),
    ],
    "only other medicines": [since("2026-01-01")],
    "nothing on record": [],
    "statements in part": [since("2026-01-01", 200, HCQ), PARTIAL],
    "too late, and statements in part": [since("2026-10-01", 200, HCQ), PARTIAL],
}


TOOK = {
    "given exactly six months ago": [given(RITUXIMAB, "2026-05-01", amount=1000)],
    "given a day earlier": [given(RITUXIMAB, "2026-04-30", amount=1000)],
    "given twice": [given(RITUXIMAB, "2026-06-01", amount=1000), given(RITUXIMAB, "2026-06-15", amount=500)],
    "given once before and once within": [given(RITUXIMAB, "2025-06-01"), given(RITUXIMAB, "2026-06-15")],
    "given twice long ago": [given(RITUXIMAB, "2024-06-01"), given(RITUXIMAB, "2024-06-15")],
    "given within, and taken now": [given(RITUXIMAB, "2026-06-01"), since("2026-10-01", 500, RITUXIMAB)],
    "given in that year": [given(RITUXIMAB, "2026")],
    "given on a day that is not told": [given(RITUXIMAB, None)],
    "given before in that year, and once with a date": [
        given(RITUXIMAB, "2026"),
        given(RITUXIMAB, "2025-01-01"),
    ],
    "ordered only": [order(RITUXIMAB, "2026-10-01")],
    "ordered for next month": [order(RITUXIMAB, "2026-10-20", dose=PLANNED)],
    "ordered, done, and long ago": [order(RITUXIMAB, "2025-10-01", status="completed")],
    "named in words only": [statement(None, "2026-10-01", named=NAMED)],
    "a status that says nothing": [given(RITUXIMAB, "2026-10-01", status="on-hold")],
    "no status": [given(RITUXIMAB, "2026-10-01", status=None)],
    "a damaged record": [given(RITUXIMAB, "2026-10-01", damaged=("status",))],
    "a nameless drug within": [given(None, "2026-10-01", named=NAMELESS)],
    "a nameless drug long ago": [given(None, "2020-10-01", named=NAMELESS)],
    "a nameless drug long ago, and rituximab long ago": [
        given(None, "2020-10-01", named=NAMELESS),
        given(RITUXIMAB, "2021-10-01"),
    ],
    "two nameless drugs long ago": [
        given(None, "2020-10-01", named=NAMELESS),
        given(None, "2019-10-01", named=NAMELESS),
    ],
    "another biologic": [given(BELIMUMAB, "2026-10-01")],
    "nothing on record": [],
    "orders could not be had, nothing found": [FAILED],
    "orders could not be had, given long ago": [given(RITUXIMAB, "2020-01-01"), FAILED],
    "orders could not be had, given within": [given(RITUXIMAB, "2026-10-01"), FAILED],
    "still running": [given(RITUXIMAB, "2026-11-01", status="in-progress")],
    "five times": [given(RITUXIMAB, f"2026-10-{day:02}", amount=100) for day in range(1, 6)],
    "seven times": [given(RITUXIMAB, f"2026-10-{day:02}", amount=100) for day in range(1, 8)],
}


TAKING = {
    "prednisone since January": [since("2026-01-01", 20)],
    "two of the class": [since("2026-01-01", 20), since("2026-02-01", 4, METHYLPREDNISOLONE)],
    "ordered last month": [order(PREDNISONE, "2026-10-01", dose=20)],
    "ordered exactly a year ago": [order(PREDNISONE, "2025-11-01", dose=20)],
    "ordered more than a year ago": [order(PREDNISONE, "2025-10-31", dose=20)],
    "ordered two years ago and renewed": [order(PREDNISONE, "2024-01-01"), order(PREDNISONE, "2026-09-01")],
    "ordered two years ago and reported": [order(PREDNISONE, "2024-01-01"), since("2024-01-01")],
    "an order without a date": [order(PREDNISONE)],
    "an order for next month": [
        order(PREDNISONE, "2026-10-20", dose=PLANNED),
        since("2026-01-01", 5, ANTIHYPERTENSIVE),
    ],
    "ordered, then reported as stopped": [
        order(PREDNISONE, "2026-09-01"),
        statement(PREDNISONE, "2026-01-01", "2026-10-01", status="stopped"),
    ],
    "ordered, then reported as not taken": [
        order(PREDNISONE, "2026-09-01"),
        statement(PREDNISONE, on="2026-10-01", status="not-taken"),
    ],
    "reported as stopped on the day of the order": [
        order(PREDNISONE, "2026-09-01"),
        statement(PREDNISONE, "2026-01-01", "2026-09-01", status="stopped"),
    ],
    "reported as stopped, then ordered again": [
        order(PREDNISONE, "2026-09-01"),
        statement(PREDNISONE, "2026-01-01", "2026-08-31", status="stopped"),
    ],
    "ordered, another drug of the class stopped": [
        order(PREDNISONE, "2026-09-01"),
        statement(METHYLPREDNISOLONE, "2026-01-01", "2026-10-01", status="stopped"),
    ],
    "two ordered, one stopped": [
        order(PREDNISONE, "2026-09-01"),
        order(METHYLPREDNISOLONE, "2026-09-01"),
        statement(PREDNISONE, "2026-01-01", "2026-10-01", status="stopped"),
    ],
    "a name that is not known here": [statement(None, "2026-10-01", named=STRANGE)],
    "a nameless drug": [statement(None, "2026-10-01", named=NAMELESS)],
    "known by name only": [statement(None, "2026-10-01", named=rx(text="prednisone"))],
    "hydrocortisone of no route and no dose": [since("2026-01-01", None, HYDROCORTISONE)],
    "hydrocortisone of a dose": [since("2026-01-01", 20, HYDROCORTISONE)],
    "hydrocortisone by mouth": [since("2026-01-01", BY_MOUTH, HYDROCORTISONE)],
    "hydrocortisone on the skin": [since("2026-01-01", ON_SKIN, HYDROCORTISONE)],
    "prednisone on the skin, and another by mouth": [since("2026-01-01", ON_SKIN), since("2026-02-01", 20)],
    "on hold": [since("2026-01-01", 20, status="on-hold")],
    "active beside an end that has passed": [statement(PREDNISONE, "2026-01-01", "2026-10-01", dose=20)],
    "another medicine": [since("2026-01-01", 5, ANTIHYPERTENSIVE)],
    "another medicine, prednisone stopped": [since("2026-01-01", 5, ANTIHYPERTENSIVE), past("2026-10-01")],
    "prednisone stopped": [past("2026-10-01")],
    "nothing on record": [],
    "orders could not be had": [since("2026-01-01", 5, ANTIHYPERTENSIVE), FAILED],
    "not asked": [{"MedicationRequest": Asked.NOT_ASKED}],
    "given yesterday": [given(PREDNISONE, "2026-10-31", amount=20)],
    "given two days ago": [given(PREDNISONE, "2026-10-30", amount=20)],
    "given 35 days ago": [given(PREDNISONE, "2026-09-27", amount=20)],
    "given 36 days ago": [given(PREDNISONE, "2026-09-26", amount=20)],
    "a supply that lasts until today": [dispensed(PREDNISONE, "2026-10-03", "30")],
    "a supply that ended yesterday": [dispensed(PREDNISONE, "2026-10-02", "30")],
    "a supply that ended 14 days ago": [dispensed(PREDNISONE, "2026-09-19", "30")],
    "a supply that ended 15 days ago": [dispensed(PREDNISONE, "2026-09-18", "30")],
    "a supply of unknown length 90 days ago": [dispensed(PREDNISONE, "2026-08-03")],
    "a supply of unknown length 91 days ago": [dispensed(PREDNISONE, "2026-08-02")],
}


EXPOSURE = {
    "exactly three months": [past("2026-04-01", code=CYCLOPHOSPHAMIDE)],
    "a day more": [past("2026-04-02", code=CYCLOPHOSPHAMIDE)],
    "a whole course, a day less": [past("2026-03-31", code=CYCLOPHOSPHAMIDE)],
    "monthly pulses": [given(CYCLOPHOSPHAMIDE, f"2026-0{month}-01", amount=750) for month in range(1, 7)],
    "pulses 45 days apart": [
        given(CYCLOPHOSPHAMIDE, day) for day in ("2026-01-01", "2026-02-15", "2026-04-01", "2026-05-16")
    ],
    "pulses 46 days apart": [
        given(CYCLOPHOSPHAMIDE, day) for day in ("2026-01-01", "2026-02-16", "2026-04-03", "2026-05-19")
    ],
    "two records, 14 days apart": [
        past("2026-03-01", code=CYCLOPHOSPHAMIDE),
        past("2026-05-01", 20, "2026-03-15", CYCLOPHOSPHAMIDE),
    ],
    "two records, 15 days apart": [
        past("2026-03-01", code=CYCLOPHOSPHAMIDE),
        past("2026-05-01", 20, "2026-03-16", CYCLOPHOSPHAMIDE),
    ],
    "a short record within a long one": [
        past("2026-06-01", code=CYCLOPHOSPHAMIDE),
        past("2026-02-01", 20, "2026-01-15", CYCLOPHOSPHAMIDE),
        past("2026-08-01", 20, "2026-06-10", CYCLOPHOSPHAMIDE),
    ],
    "a long course, then a short one": [
        past("2024-09-01", 20, "2024-01-01", CYCLOPHOSPHAMIDE),
        past("2026-02-01", code=CYCLOPHOSPHAMIDE),
    ],
    "a short course, then a long one": [
        past("2024-02-01", 20, "2024-01-01", CYCLOPHOSPHAMIDE),
        past("2026-08-01", code=CYCLOPHOSPHAMIDE),
    ],
    "the same days twice": [
        past("2026-04-02", code=CYCLOPHOSPHAMIDE),
        past("2026-04-02", 30, code=CYCLOPHOSPHAMIDE),
    ],
    "a vague start, at most exactly three months": [past("2026-04-01", 20, "2026-01", CYCLOPHOSPHAMIDE)],
    "a vague start, at most a day less": [past("2026-03-31", 20, "2026-01", CYCLOPHOSPHAMIDE)],
    "a vague start, at most a day more": [past("2026-04-02", 20, "2026-01", CYCLOPHOSPHAMIDE)],
    "within one month": [past("2026-05-10", 20, "2026-05", CYCLOPHOSPHAMIDE)],
    "still taken": [since("2026-01-01", 50, CYCLOPHOSPHAMIDE)],
    "still taken, begun lately": [since("2026-10-01", 50, CYCLOPHOSPHAMIDE)],
    "two short courses": [
        past("2026-02-01", code=CYCLOPHOSPHAMIDE),
        past("2026-09-01", 20, "2026-08-01", CYCLOPHOSPHAMIDE),
    ],
    "the end is not told": [statement(CYCLOPHOSPHAMIDE, "2026-01-01", status="completed")],
    "the start is not told": [past("2026-09-01", 20, None, CYCLOPHOSPHAMIDE)],
    "a vague start and end": [past("2026-06", 20, "2026-01", CYCLOPHOSPHAMIDE)],
    "told on a day": [statement(CYCLOPHOSPHAMIDE, on="2026-01-01", status="completed")],
    "ordered only": [order(CYCLOPHOSPHAMIDE, "2026-01-01")],
    "one supply": [dispensed(CYCLOPHOSPHAMIDE, "2026-01-01", "100")],
    "one supply that still lasts": [dispensed(CYCLOPHOSPHAMIDE, "2026-10-20", "200")],
    "a mycophenolate course does not count": [past("2026-09-01", code=MYCOPHENOLATE)],
    "nothing on record": [],
    "a whole short course, orders could not be had": [past("2026-03-31", code=CYCLOPHOSPHAMIDE), FAILED],
}


WASHED = {
    "methotrexate 5 days ago": [statement(METHOTREXATE, "2026-01-01", "2026-10-27", status="completed")],
    "methotrexate 4 days ago": [statement(METHOTREXATE, "2026-01-01", "2026-10-28", status="completed")],
    "methotrexate 3 days ago": [statement(METHOTREXATE, "2026-01-01", "2026-10-29", status="completed")],
    "rituximab 110 days ago": [given(RITUXIMAB, "2026-07-14", amount=1000)],
    "rituximab 111 days ago": [given(RITUXIMAB, "2026-07-13", amount=1000)],
    "rituximab, given twice": [given(RITUXIMAB, "2026-07-20"), given(RITUXIMAB, "2026-08-20")],
    "rituximab, given twice, long ago": [given(RITUXIMAB, "2025-07-20"), given(RITUXIMAB, "2025-08-20")],
    "rituximab and methotrexate, both long ago": [
        given(RITUXIMAB, "2025-07-20"),
        statement(METHOTREXATE, "2025-01-01", "2025-10-29", status="completed"),
    ],
    "rituximab and methotrexate, both lately": [
        given(RITUXIMAB, "2026-09-20"),
        statement(METHOTREXATE, "2026-01-01", "2026-10-29", status="completed"),
    ],
    "methotrexate, told four days ago": [
        statement(METHOTREXATE, status="completed", date_asserted="2026-10-28")
    ],
    "methotrexate, told five days ago": [
        statement(METHOTREXATE, status="completed", date_asserted="2026-10-27")
    ],
    "methotrexate begun today": [since("2026-11-01", 15, METHOTREXATE)],
    "methotrexate now": [since("2026-01-01", 15, METHOTREXATE)],
    "methotrexate ordered": [order(METHOTREXATE, "2026-01-01", dose=15)],
    "methotrexate ordered and done, long ago": [
        order(METHOTREXATE, "2024-01-01", status="completed"),
        statement(METHOTREXATE, "2024-01-01", "2024-03-01", status="completed"),
    ],
    "methotrexate ordered long ago, and never shown to be taken": [
        order(METHOTREXATE, "2024-01-01", status="completed"),
    ],
    "in that year": [given(RITUXIMAB, "2026")],
    "on a day that is not told": [given(RITUXIMAB, None)],
    "planned": [order(RITUXIMAB, "2026-10-20", dose=PLANNED)],
    "no half-life known, long ago": [statement("1364347", "2024-01-01", "2024-03-01", status="completed")],
    "anifrolumab": [
        statement(
            None,
            "2024-01-01",
            "2024-03-01",
            status="completed",
            named=rx("L04AG11", system="http://www.whocc.no/atc"),
        )
    ],
    "anifrolumab now": [statement(None, "2024-01-01", named=rx("L04AG11", system="http://www.whocc.no/atc"))],
    "anifrolumab and methotrexate now": [
        statement(None, "2024-01-01", named=rx("L04AG11", system="http://www.whocc.no/atc")),
        since("2026-01-01", 15, METHOTREXATE),
    ],
    "a nameless drug now, rituximab long ago": [
        statement(None, "2026-10-01", named=NAMELESS),
        given(RITUXIMAB, "2025-07-20"),
    ],
    "by name only": [statement(None, "2026-10-01", "2026-10-20", status="completed", named=NAMED)],
    "nothing on record": [],
    "long ago, statements in part": [given(RITUXIMAB, "2025-07-20"), PARTIAL],
    "lately, statements in part": [given(RITUXIMAB, "2026-09-20"), PARTIAL],
}


def allergy(code=RITUXIMAB, verification="confirmed", **more):
    status = CodeableConcept(coding=(Coding(code=verification),)) if verification else None
    named = more.pop("named", None) or rx(code)
    return AllergyIntolerance(code=named, verification_status=status, **more)


INTOLERANCE = {
    "an allergy": [allergy(type="allergy", onset_date_time="2020-05-01", recorded_date="2021-01-01")],
    "an intolerance, recorded": [allergy(type="intolerance", recorded_date="2021-01-01")],
    "neither said": [allergy()],
    "with its display": [
        allergy(
            named=CodeableConcept(
                coding=(
                    Coding(
                        system="http://www.nlm.nih.gov/research/umls/rxnorm",
                        code=RITUXIMAB,
                        display="rituximab",
                    ),
                )
            )
        )
    ],
    "with its text": [allergy(named=rx(RITUXIMAB, "Rituximab (MabThera)"))],
    "two": [allergy(), allergy(BELIMUMAB), allergy(type="allergy", recorded_date="2026-01-01")],
    "unconfirmed": [allergy(verification="unconfirmed", type="allergy", recorded_date="2021-01-01")],
    "presumed": [allergy(verification="presumed")],
    "provisional": [allergy(verification="provisional")],
    "differential": [allergy(verification="differential")],
    "two unconfirmed": [
        allergy(verification="unconfirmed"),
        allergy(verification="presumed", type="allergy"),
    ],
    "refuted": [allergy(verification="refuted")],
    "entered in error": [allergy(verification="entered-in-error")],
    "no verification": [allergy(verification=None)],
    "damaged": [allergy(damaged=("type",))],
    "by name": [allergy(named=NAMED)],
    "by the substance of a reaction": [
        msgspec.convert(
            {
                "code": {"text": "infusion"},
                "reaction": [
                    {
                        "substance": {
                            "coding": [
                                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": RITUXIMAB}
                            ]
                        }
                    }
                ],
            },
            AllergyIntolerance,
            strict=False,
        )
    ],
    "by the substance of a reaction alone": [
        msgspec.convert(
            {
                "reaction": [
                    {},
                    {
                        "substance": {
                            "coding": [
                                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": RITUXIMAB}
                            ]
                        }
                    },
                ]
            },
            AllergyIntolerance,
            strict=False,
        )
    ],
    "by the second substance of its reactions": [
        msgspec.convert(
            {
                "reaction": [
                    {"substance": {"text": "sugar"}},
                    {"substance": {"coding": [{"system": RXNORM, "code": RITUXIMAB}]}},
                ]
            },
            AllergyIntolerance,
            strict=False,
        )
    ],
    "by a bare code of a reaction": [
        msgspec.convert(
            {"reaction": [{"substance": {"coding": [{"system": RXNORM, "code": RITUXIMAB}, {}]}}]},
            AllergyIntolerance,
            strict=False,
        )
    ],
    "with a coding without a code": [
        allergy(named=CodeableConcept(coding=(Coding(display="anti-CD20"), Coding(RXNORM, RITUXIMAB))))
    ],
    "of another drug": [allergy(BELIMUMAB)],
    "stopped for a reason": [
        statement(
            RITUXIMAB,
            "2026-01-01",
            "2026-02-01",
            status="stopped",
            status_reason=(CodeableConcept(text="rash"),),
        )
    ],
    "stopped for two reasons": [
        statement(
            RITUXIMAB,
            "2026-01-01",
            "2026-02-01",
            status="stopped",
            status_reason=(CodeableConcept(text="rash"), CodeableConcept(coding=(Coding(display="Fever"),))),
        ),
        order(RITUXIMAB, "2026-01-01", status="stopped", status_reason=CodeableConcept(text="cost")),
    ],
    "stopped for a reason that is only coded": [
        order(
            RITUXIMAB,
            "2026-01-01",
            status="stopped",
            status_reason=CodeableConcept(coding=(Coding(code="x"),)),
        )
    ],
    "not taken for a reason": [
        statement(
            RITUXIMAB, on="2026-02-01", status="not-taken", status_reason=(CodeableConcept(text="hives"),)
        )
    ],
    "not taken, no reason": [statement(RITUXIMAB, on="2026-02-01", status="not-taken")],
    "nothing on record": [],
    "allergies could not be had": [{"AllergyIntolerance": Asked.FAILED}],
    "allergies not asked": [{"AllergyIntolerance": Asked.NOT_ASKED}],
}


DISTINCT = {
    "two, one of them twice": [
        past("2025-01-01", start="2024-01-01", code=MYCOPHENOLATE),
        past("2025-06-01", start="2025-02-01", code=MYCOPHENOLIC_ACID),
        given(CYCLOPHOSPHAMIDE, "2026-01-01", amount=750),
    ],
    "one taken, one ordered": [since("2026-01-01", 500, MYCOPHENOLATE), order(METHOTREXATE, "2026-05-01")],
    "one taken and ordered": [since("2026-01-01", 500, MYCOPHENOLATE), order(MYCOPHENOLATE, "2026-05-01")],
    "ordered only": [order(METHOTREXATE, "2026-05-01")],
    "by name only": [statement(None, "2026-01-01", named=rx(text="methotrexate"))],
    "another drug": [since("2026-01-01")],
    "nothing on record": [],
    "many records": [given(CYCLOPHOSPHAMIDE, f"2026-0{month}-01", amount=750) for month in range(1, 10)],
    "orders could not be had": [since("2026-01-01", 500, MYCOPHENOLATE), FAILED],
}


def weighing(kg, comparator):
    heavy = weight(kg, "2026-10-26")
    quantity = msgspec.structs.replace(heavy.value_quantity, comparator=comparator)
    return msgspec.structs.replace(heavy, value_quantity=quantity)


def preliminary(kg):
    return msgspec.structs.replace(weight(kg, "2026-10-26"), status="preliminary")


def kilograms(value, on="2026-10-20"):
    return weight(value, on)


def tapering(*steps):
    return tuple(
        dosage(amount, sequence=number, bounds=Period(start=start, end=end) if start or end else None)
        for number, (amount, start, end) in enumerate(steps, start=1)
    )


SIG = Dosage(text="Take 10 mg by mouth twice daily")
GLUCOCORTICOID = {
    "prednisone": [since("2026-01-01", 20), kilograms(50)],
    "methylprednisolone": [since("2026-01-01", 16, METHYLPREDNISOLONE), kilograms(50)],
    "betamethasone lies between two tables": [since("2026-01-01", 3, BETAMETHASONE), kilograms(50)],
    "deflazacort is not converted": [since("2026-01-01", 6, DEFLAZACORT), kilograms(50)],
    "deflazacort beside prednisone": [
        since("2026-01-01", 6, DEFLAZACORT),
        since("2026-01-01", 20),
        kilograms(50),
    ],
    "two add up": [since("2026-01-01", 20), since("2026-01-01", 4, METHYLPREDNISOLONE), kilograms(50)],
    "two, of one the dose is missing": [
        since("2026-01-01", 20),
        since("2026-01-01", None, METHYLPREDNISOLONE),
        kilograms(50),
    ],
    "ordered and reported alike": [
        since("2026-01-01", 20),
        order(PREDNISONE, "2026-01-01", dose=20),
        kilograms(50),
    ],
    "ordered and reported otherwise": [
        since("2026-01-01", 20),
        order(PREDNISONE, "2026-01-01", dose=30),
        kilograms(50),
    ],
    "two orders, two parts of the day": [
        order(PREDNISONE, "2026-01-01", dose=20),
        order(PREDNISONE, "2026-01-02", dose=5),
        kilograms(50),
    ],
    "ordered only": [order(PREDNISONE, "2026-01-01", dose=20), kilograms(50)],
    "handed over only": [dispensed(PREDNISONE, "2026-10-20", "30", dose=20), kilograms(50)],
    "ordered and handed over": [
        order(PREDNISONE, "2026-01-01", dose=20),
        dispensed(PREDNISONE, "2026-10-20", "30", dose=20),
    ],
    "handed over and reported": [since("2026-01-01", 20), dispensed(PREDNISONE, "2026-10-20", "30", dose=20)],
    "no dose": [since("2026-01-01", None), kilograms(50)],
    "no dose in one record, a dose in the other": [
        since("2026-01-01", None),
        order(PREDNISONE, "2026-01-01", dose=20),
        kilograms(50),
    ],
    "a dose that cannot be read beside one that can": [
        since("2026-01-01", Dosage(text="taper")),
        order(PREDNISONE, "2026-01-01", dose=20),
    ],
    "nothing today of a dose of zero": [since("2026-01-01", dosage("0.0")), kilograms(50)],
    "a plain sentence": [since("2026-01-01", SIG), kilograms(50)],
    "a sentence and the same order": [
        since("2026-01-01", SIG),
        order(PREDNISONE, "2026-01-01", dose=SIG),
        kilograms(50),
    ],
    "a sentence that says more": [since("2026-01-01", Dosage(text="10 mg daily and 5 mg at night"))],
    "tablets of no known strength": [since("2026-01-01", Dosage(text="Take 2 tablets daily"))],
    "as needed": [since("2026-01-01", dosage(20, as_needed_boolean=True)), kilograms(50)],
    "as needed for something": [
        since("2026-01-01", dosage(20, as_needed_codeable_concept=CodeableConcept(text="pain"))),
    ],
    "an amount without a frequency": [since("2026-01-01", dosage(20, times=None))],
    "a frequency without an amount": [
        since("2026-01-01", msgspec.structs.replace(dosage(20), dose_and_rate=()))
    ],
    "in drops": [since("2026-01-01", dosage(20, unit="[drp]"))],
    "the step of today": [
        since(
            "2026-01-01",
            tapering(
                (30, "2026-01-01", "2026-10-01"), (20, "2026-10-02", "2026-11-01"), (10, "2026-11-02", None)
            ),
        ),
    ],
    "a step of today beside one without dates": [
        since("2026-01-01", tapering((20, "2026-10-01", "2026-11-30"), (10, None, None)))
    ],
    "a step that begins today": [
        since("2026-01-01", tapering((30, "2026-01-01", "2026-10-31"), (20, "2026-11-01", None)))
    ],
    "a step that begins today, beside one without dates": [
        since("2026-01-01", tapering((30, None, None), (20, "2026-11-01", None)))
    ],
    "two steps of today": [since("2026-01-01", tapering((30, "2026-01-01", None), (20, "2026-02-01", None)))],
    "no step of today": [
        since("2026-01-01", tapering((30, "2026-01-01", "2026-10-01"), (20, "2026-11-02", None)))
    ],
    "steps without dates": [since("2026-01-01", tapering((30, None, None), (20, None, None)))],
    "two steps at one time": [since("2026-01-01", (dosage(20, sequence=1), dosage(5, sequence=1)))],
    "two steps in no order": [since("2026-01-01", (dosage(20), dosage(5)))],
    "two steps, one of them cannot be read": [
        since("2026-01-01", (dosage(20, sequence=1), Dosage(text="taper")))
    ],
    "an intravenous pulse beside": [
        since("2026-01-01", 20),
        given(METHYLPREDNISOLONE, "2026-10-31", amount=500, route="intravenous"),
    ],
    "an intravenous pulse alone": [given(METHYLPREDNISOLONE, "2026-10-31", amount=500, route="intravenous")],
    "given today and yesterday": [
        given(PREDNISONE, "2026-11-01", amount=5, route="oral"),
        given(PREDNISONE, "2026-10-31T08:00:00Z", amount=10, route="oral"),
        given(PREDNISONE, "2026-10-31T20:00:00Z", amount=5, route="oral"),
    ],
    "given today only": [given(PREDNISONE, "2026-11-01", amount=5, route="oral")],
    "given yesterday, one amount missing": [
        given(PREDNISONE, "2026-10-31T08:00:00Z", amount=10, route="oral"),
        given(PREDNISONE, "2026-10-31T20:00:00Z", route="oral"),
    ],
    "given in drops": [given(PREDNISONE, "2026-10-31", amount=10, unit="[drp]", route="oral")],
    "given and reported": [given(PREDNISONE, "2026-10-31", amount=60, route="oral"), since("2026-01-01", 20)],
    "by name only": [statement(None, "2026-01-01", named=rx(text="prednisone"), dose=20)],
    "by name only, and the same by code": [
        statement(None, "2026-01-01", named=rx(text="prednisone"), dose=20),
        since("2026-01-01", 20),
    ],
    "by name only, and another dose by code": [
        statement(None, "2026-01-01", named=rx(text="prednisone"), dose=30),
        since("2026-01-01", 20),
    ],
    "by name only without a dose, and by code": [
        statement(None, "2026-01-01", named=rx(text="prednisone")),
        since("2026-01-01", 20),
    ],
    "another one may be current": [
        since("2026-01-01", 20),
        since("2026-01-01", 4, METHYLPREDNISOLONE, status="on-hold"),
    ],
    "stopped": [past("2026-10-01")],
    "a cream": [since("2026-01-01", dosage(20, route="topical"))],
    "nothing on record": [kilograms(50)],
    "orders could not be had": [since("2026-01-01", 20), kilograms(50), FAILED],
    "orders could not be had, nothing found": [FAILED],
    "no weight": [since("2026-01-01", 20)],
    "a weight of a year ago": [since("2026-01-01", 20), kilograms(50, "2025-11-01")],
    "a weight of more than a year ago": [since("2026-01-01", 20), kilograms(50, "2025-10-31")],
    "two weights as near, the heavier counts": [
        since("2026-01-01", 20),
        kilograms(40, "2026-10-20"),
        kilograms(50, "2026-10-20"),
        kilograms(45, "2026-10-20"),
    ],
    "a weight before and one after as near": [
        past("2026-12-01", 20, "2026-01-01"),
        since("2026-01-01", 20),
        kilograms(40, "2026-10-22"),
    ],
    "a weight of more than": [since("2026-01-01", 20), weighing(60, ">"), kilograms(50, "2026-10-01")],
    "a weight of less than": [since("2026-01-01", 20), weighing(60, "<"), kilograms(50, "2026-10-01")],
    "weights that cannot be used": [
        since("2026-01-01", 20),
        kilograms(51, None),
        kilograms(52, "2026-10"),
        kilograms(0, "2026-10-25"),
        weight(53, "2026-10-25", "stone"),
        preliminary(54),
        kilograms(50, "2026-10-01"),
    ],
    "only weights that cannot be used": [since("2026-01-01", 20), kilograms(52, "2026-10"), preliminary(54)],
    "a light weight": [since("2026-01-01", 20), kilograms("0.9", "2026-10-25")],
    "given in a month and on a day": [
        given(PREDNISONE, "2026-10", amount=60, route="oral"),
        given(PREDNISONE, None, amount=60, route="oral"),
        given(PREDNISONE, "2026-10-31", amount=10, route="oral"),
    ],
    "a sentence, and a record that cannot be read": [
        since("2026-01-01", SIG),
        order(PREDNISONE, "2026-01-01", dose=Dosage(text="taper")),
    ],
    "two weights, the nearer counts": [since("2026-01-01", 20), kilograms(50, "2026-06-01"), kilograms(40)],
}

HELD = {
    "exactly three months": [past("2026-04-01", 20), kilograms(50, "2026-02-01")],
    "a day less": [past("2026-03-31", 20), kilograms(50, "2026-02-01")],
    "until today": [since("2026-01-01", 20), kilograms(50, "2026-02-01")],
    "lower at the end": [
        past("2026-03-01", 40),
        past("2026-05-01", 20, "2026-03-02"),
        kilograms(50, "2026-02-01"),
    ],
    "a gap of a day": [
        past("2026-03-01", 40),
        past("2026-05-01", 40, "2026-03-03"),
        kilograms(50, "2026-02-01"),
    ],
    "two stretches, the higher counts": [
        past("2024-06-01", 20, "2024-01-01"),
        past("2025-06-01", 60, "2025-01-01"),
        since("2026-01-01", 10),
        kilograms(50, "2025-02-01"),
    ],
    "two drugs add up": [
        past("2026-06-01", 20),
        past("2026-06-01", 8, code=METHYLPREDNISOLONE),
        kilograms(50, "2026-02-01"),
    ],
    "two records of one drug count once": [past("2026-06-01", 20), past("2026-07-01", 30), kilograms(50)],
    "handed over": [dispensed(PREDNISONE, "2026-01-01", "100", dose=20), kilograms(50)],
    "ordered only": [order(PREDNISONE, "2026-01-01", dose=20), kilograms(50)],
    "injected": [
        statement(
            PREDNISONE, "2026-01-01", "2026-06-01", status="completed", dose=dosage(20, route="intravenous")
        ),
        kilograms(50),
    ],
    "told on a day": [statement(PREDNISONE, on="2026-01-01", status="active", dose=20), kilograms(50)],
    "the end is not told": [statement(PREDNISONE, "2026-01-01", status="completed", dose=20), kilograms(50)],
    "no dose": [past("2026-06-01", None), kilograms(50)],
    "several steps": [past("2026-06-01", (dosage(20, sequence=1), dosage(10, sequence=2))), kilograms(50)],
    "deflazacort": [past("2026-06-01", 20, code=DEFLAZACORT), kilograms(50)],
    "betamethasone": [past("2026-06-01", 3, code=BETAMETHASONE), kilograms(50)],
    "the heaviest weight of the time": [
        past("2026-06-01", 20),
        kilograms(50, "2026-02-01"),
        kilograms(40, "2026-03-01"),
        kilograms(80, "2026-07-01"),
    ],
    "a weight soon after": [past("2026-04-01", 20), kilograms(40, "2026-04-20")],
    "no weight": [past("2026-06-01", 20)],
    "on hold": [
        statement(PREDNISONE, "2026-01-01", "2026-06-01", status="on-hold", dose=20),
        kilograms(50, "2026-02-01"),
    ],
    "without a start": [past("2026-06-01", 20, None), kilograms(50, "2026-02-01")],
    "ended before it began": [past("2025-06-01", 20, "2026-01-01"), kilograms(50, "2026-02-01")],
    "weighed on the first and the last day": [
        past("2026-06-01", 20),
        kilograms(80, "2026-01-01"),
        kilograms(90, "2026-06-01"),
        kilograms(50, "2026-02-01"),
    ],
    "weighed on the first day": [
        past("2026-06-01", 20),
        kilograms(80, "2026-01-01"),
        kilograms(50, "2026-02-01"),
    ],
    "raised after two months": [past("2026-03-01", 20), past("2026-05-01", 60, "2026-03-02"), kilograms(50)],
    "one day beside": [
        past("2026-06-01", 20),
        past("2026-02-01", 8, "2026-02-01", METHYLPREDNISOLONE),
        kilograms(50, "2026-02-01"),
    ],
    "a step in dates": [
        statement(
            PREDNISONE,
            "2026-01-01",
            "2026-06-01",
            status="completed",
            dose=dosage(20, bounds=Period(start="2026-01-01", end="2026-02-01")),
        ),
        kilograms(50, "2026-02-01"),
    ],
    "no weight of that time": [past("2022-06-01", 20, "2022-01-01"), kilograms(40)],
    "nothing on record": [],
    "orders could not be had": [past("2026-06-01", 20), kilograms(50, "2026-02-01"), FAILED],
}


QUESTIONS = {
    "stable_dose": (StableDose(stable_dose=("glucocorticoid",), length="7 days"), STABLE),
    "stable_dose_for_8_weeks": (StableDose(stable_dose=("glucocorticoid",), length="8 weeks"), STABLE),
    "started": (Started(started=("antimalarial", "immunosuppressant"), at_least_before="12 weeks"), STARTED),
    "took": (Took(took=("anti_cd20",), within="6 months"), TOOK),
    "took_ever": (Took(took=("anti_cd20",)), TOOK),
    "stopped": (Stopped(stopped=("anti_cd20",), at_least_before="6 months"), TOOK),
    "taking": (Taking(taking=("glucocorticoid",)), TAKING),
    "exposure_longer_than": (Exposure(exposure=("cyclophosphamide",), longer_than="3 months"), EXPOSURE),
    "exposure_at_least": (Exposure(exposure=("cyclophosphamide",), at_least="3 months"), EXPOSURE),
    "washed_out": (WashedOut(washed_out=("immunosuppressant_or_biologic",), half_lives="5"), WASHED),
    "intolerance": (Intolerance(intolerance=("anti_cd20",)), INTOLERANCE),
    "glucocorticoid_dose": (GlucocorticoidDose(glucocorticoid_dose="mg/day"), GLUCOCORTICOID),
    "glucocorticoid_dose_per_kg": (GlucocorticoidDose(glucocorticoid_dose="mg/kg/day"), GLUCOCORTICOID),
    "glucocorticoid_dose_held": (
        GlucocorticoidDose(glucocorticoid_dose="mg/day", for_at_least="3 months"),
        HELD,
    ),
    "glucocorticoid_dose_held_per_kg": (
        GlucocorticoidDose(glucocorticoid_dose="mg/kg/day", for_at_least="3 months"),
        HELD,
    ),
    "distinct_drugs": (DistinctDrugs(distinct_drugs=("immunosuppressant",)), DISTINCT),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_whole_answer_is_as_it_was_read_and_approved(name):
    question, cases = QUESTIONS[name]
    approve(name, answers(charts(question, cases)))


WRONG = [
    Taking(taking=()),
    Taking(taking=("glucocorticoid", "sugar")),
    Took(took=("sugar",), within="soon"),
    Took(took=("anti_cd20",), within="6 months"),
    Stopped(stopped=("sugar",), at_least_before="soon"),
    StableDose(stable_dose=("sugar",), length="soon"),
    Started(started=("sugar",), at_least_before="soon"),
    WashedOut(washed_out=("sugar",), half_lives="0"),
    WashedOut(washed_out=("anti_cd20",), half_lives="five"),
    WashedOut(washed_out=("anti_cd20",), half_lives="1"),
    Exposure(exposure=("sugar",), longer_than="soon"),
    Exposure(exposure=("anti_cd20",), at_least="soon"),
    Exposure(exposure=("anti_cd20",)),
    Exposure(exposure=("anti_cd20",), longer_than="3 months", at_least="3 months"),
    Intolerance(intolerance=("sugar",)),
    DistinctDrugs(distinct_drugs=("sugar",)),
    GlucocorticoidDose(glucocorticoid_dose="mg"),
    GlucocorticoidDose(glucocorticoid_dose="mg/day", for_at_least="soon"),
    GlucocorticoidDose(glucocorticoid_dose="mg/kg/day", for_at_least="3 months"),
]


def test_what_an_author_is_told_of_a_question_that_is_written_wrongly():
    approve("faults_of_medicines", faults((question, concepts()) for question in WRONG))


def test_the_limits_are_told_in_their_unit():
    assert DistinctDrugs(distinct_drugs=()).unit_said() == "different drugs"
    assert GlucocorticoidDose(glucocorticoid_dose="mg/day").unit_said() == "mg/day prednisone equivalent"
