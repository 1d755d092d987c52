"""What a clinician is told of results, whole: values, scores, kidney function, serology, pregnancy tests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from chart_with import ALL_ASKED, AS_OF, chart_with, coded, concepts, condition, number, obs
from reading_told import answers, approve, faults, numbered

from cds_service.features.age import Age
from cds_service.features.breastfeeding import Breastfeeding
from cds_service.features.change import Fall, Rise
from cds_service.features.childbearing import Childbearing
from cds_service.features.classification_points import Points
from cds_service.features.creatinine_clearance import CreatinineClearance
from cds_service.features.egfr import Egfr
from cds_service.features.measurements import Lab, Measurement
from cds_service.features.pregnancy import PregnancyTest, Pregnant
from cds_service.features.qualitative import QualitativeResult
from cds_service.features.scores import Score
from cds_service.features.sex import Sex
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import (
    AdministeredDosage,
    CodeableConcept,
    Coding,
    MedicationAdministration,
    Observation,
    Period,
    Procedure,
    Quantity,
    Range,
    Ratio,
    ReferenceRange,
)
from cds_service.fhir.systems import ICD_10_CM, LOINC, UCUM

SCORES = "urn:cart-cds:clinical-scores"
DRUGS = ("MedicationAdministration", "MedicationStatement", "MedicationRequest", "MedicationDispense")
FAILED = {"asked": ALL_ASKED | {"Observation": Asked.FAILED}}
NO_DATE = {"on": None}


def charts(question, cases):
    found = {}
    for name, entries in cases.items():
        options = next((dict(entry) for entry in entries if isinstance(entry, dict)), {})
        drugs = [entry for entry in entries if isinstance(entry, MedicationAdministration)]
        rest = [entry for entry in entries if not isinstance(entry, dict | MedicationAdministration)]
        if drugs:
            options["medication_administrations"] = tuple(numbered(*drugs))
        found[name] = (question, chart_with(*numbered(*rest), **options))
    return found


def lab(loinc, value, unit=None, on="2026-11-20", *, uln=None, comparator=None, **more):
    if uln is not None:
        more["reference_range"] = (ReferenceRange(high=number(uln, unit)),)
    return obs(loinc, number(value, unit, comparator), on, **more)


def two_codes(one, other, value, unit):
    both = CodeableConcept(coding=(Coding(system=LOINC, code=one), Coding(system=LOINC, code=other)))
    return Observation(
        status="final", code=both, effective_date_time="2026-11-20", value_quantity=number(value, unit)
    )


def platelets(value, on="2026-11-20", unit="10*9/L", **more):
    return lab("777-3", value, unit, on, **more)


ABSENT = CodeableConcept(coding=(Coding(code="not-performed", display="Not performed"),))
NO_VALUE = obs("777-3", None, "2026-11-21", data_absent_reason=ABSENT)

PLATELETS = {
    "one result": [platelets("24")],
    "in another unit": [platelets("24000", unit="/uL")],
    "the newest counts": [platelets("24", "2026-10-20"), platelets("150")],
    "of the same minute": [platelets("24", "2026-11-20T08:00:00Z"), platelets("30", "2026-11-20T08:00:00Z")],
    "of the same minute, alike": [
        platelets("24", "2026-11-20T08:00:00Z"),
        platelets("24", "2026-11-20T08:00:00Z"),
    ],
    "a day beside a time": [platelets("24"), platelets("30", "2026-11-20T08:00:00Z")],
    "corrected": [
        platelets("24", "2026-11-20T08:00:00Z"),
        platelets("30", "2026-11-20T08:00:00Z", status="corrected"),
    ],
    "amended": [
        platelets("24", "2026-11-20T08:00:00Z", status="amended"),
        platelets("30", "2026-11-20T08:00:00Z"),
    ],
    "preliminary": [platelets("24", status="preliminary")],
    "preliminary after a final one": [platelets("24", status="preliminary"), platelets("150", "2026-10-20")],
    "registered": [platelets("24", status="registered")],
    "a status that is not known": [platelets("24", status="draft")],
    "no status": [platelets("24", status=None)],
    "damaged": [platelets("24", damaged=("status",))],
    "entered in error after a good one": [
        platelets("24", "2026-11-21", status="entered-in-error"),
        platelets("150"),
    ],
    "entered in error before a good one": [
        platelets("24", "2026-10-21", status="entered-in-error"),
        platelets("150"),
    ],
    "cancelled": [platelets("24", status="cancelled")],
    "of unknown status": [platelets("24", status="unknown"), platelets("150")],
    "not performed": [NO_VALUE],
    "not performed, after a good one": [NO_VALUE, platelets("150")],
    "a value and a reason for none": [platelets("24", data_absent_reason=ABSENT)],
    "no value and no reason": [obs("777-3", None)],
    "no unit": [platelets("24", unit=None)],
    "a unit of something else": [platelets("24", unit="mg/dL")],
    "a unit that is not known": [platelets("24", unit="furlongs")],
    "not possible": [platelets("-1")],
    "far too many": [platelets("100000")],
    "below one cell": [platelets("0.0001")],
    "none at all": [platelets("0")],
    "less than": [platelets("20", comparator="<")],
    "at most": [platelets("20", comparator="<=")],
    "more than": [platelets("20", comparator=">")],
    "at least": [platelets("20", comparator=">=")],
    "a comparator that is not known": [platelets("20", comparator="~")],
    "less than, beside an exact one": [
        platelets("20", "2026-11-20T08:00:00Z", comparator="<"),
        platelets("20", "2026-11-20T08:00:00Z"),
    ],
    "no number": [obs("777-3", Quantity(unit="10*9/L"))],
    "as text": [obs("777-3", "24 10*9/L")],
    "as text with a comparator": [obs("777-3", "≥ 20 10*9/L")],
    "as text with a comparator below": [obs("777-3", "≤20 10*9/L")],
    "as text without a unit": [obs("777-3", "24")],
    "as text that is no number": [obs("777-3", "clumped")],
    "as an integer": [obs("777-3", None, value_integer=24)],
    "as a great integer": [obs("777-3", None, value_integer=10**16)],
    "as a boolean": [obs("777-3", None, value_boolean=True)],
    "as a code": [obs("777-3", coded("260385009"))],
    "two values at once": [obs("777-3", "24 10*9/L", value_quantity=number("24", "10*9/L"))],
    "a range": [obs("777-3", None, value_range=Range(number("20", "10*9/L"), number("30", "10*9/L")))],
    "a range without a top": [obs("777-3", None, value_range=Range(number("20", "10*9/L"), None))],
    "a range without a bottom": [obs("777-3", None, value_range=Range(None, number("20", "10*9/L")))],
    "a range of nothing": [obs("777-3", None, value_range=Range(None, None))],
    "a range upside down": [
        obs("777-3", None, value_range=Range(number("30", "10*9/L"), number("20", "10*9/L")))
    ],
    "a range of one number": [
        obs("777-3", None, value_range=Range(number("20", "10*9/L"), number("20", "10*9/L")))
    ],
    "a range in no unit": [obs("777-3", None, value_range=Range(number("20"), number("30")))],
    "a range with a comparator": [
        obs("777-3", None, value_range=Range(number("20", "10*9/L", ">"), number("30", "10*9/L")))
    ],
    "a ratio": [obs("777-3", None, value_ratio=Ratio(number("1"), number("20")))],
    "half a ratio": [obs("777-3", None, value_ratio=Ratio(None, number("20")))],
    "no readable date": [platelets("24", "soon")],
    "no date": [platelets("24", None)],
    "of the same minute, one without a value but with a reason": [
        platelets("24", "2026-11-20T08:00:00Z"),
        obs("777-3", None, "2026-11-20T08:00:00Z", data_absent_reason=ABSENT),
    ],
    "damaged, without a value, beside another": [
        obs("777-3", None, "2026-11-20T08:00:00Z", damaged=("valueQuantity",)),
        platelets("24", "2026-11-20T08:00:00Z"),
    ],
    "damaged, without a value, after another": [
        platelets("24", "2026-10-20"),
        obs("777-3", None, damaged=("valueQuantity",)),
    ],
    "damaged, without a value, before another": [
        obs("777-3", None, "2026-10-20", damaged=("valueQuantity",)),
        platelets("24", status="preliminary"),
    ],
    "no date, beside one with": [platelets("24", None), platelets("150")],
    "a month": [platelets("24", "2026-11")],
    "a month beside a day in it": [platelets("24", "2026-11"), platelets("30", "2026-11-03")],
    "under a site's code too": [
        Observation(
            status="final",
            code=CodeableConcept(coding=(Coding("urn:site", "PLT"), Coding(LOINC, "777-3"))),
            effective_date_time="2026-11-20",
            value_quantity=number("24", "10*9/L"),
        )
    ],
    "two tests in one": [two_codes("777-3", "718-7", "24", "10*9/L")],
    "none on record": [],
    "could not be had": [FAILED],
    "in part": [{"asked": ALL_ASKED | {"Observation": Asked.PARTIAL}}],
    "not asked": [{"asked": {}}],
    "could not be had, and one is there": [platelets("24"), FAILED],
}


def alt(*ranges, value="120", unit="U/L", **more):
    return lab("1742-6", value, unit, reference_range=ranges, **more)


def upto(high, unit=None, **more):
    return ReferenceRange(high=number(high, unit), **more)


MALE = CodeableConcept(coding=(Coding(system="http://snomed.info/sct", code="248153007"),))
FEMALE = CodeableConcept(coding=(Coding(code="F", display="Female"),))
UPPER_LIMIT = {
    "three times the limit": [alt(upto("40", "U/L"))],
    "no limit": [alt()],
    "a limit without a unit": [alt(upto("40"))],
    "a limit in another unit": [alt(upto("0.04", "U/mL"))],
    "a limit of another kind of unit": [alt(upto("40", "mg/dL"))],
    "a limit in an unknown unit": [alt(upto("40", "furlongs"))],
    "a limit of zero": [alt(upto("0", "U/L"))],
    "two limits": [alt(upto("40", "U/L"), upto("60", "U/L"))],
    "for those of 36 to 36 and a half": [alt(upto("40", age=Range(number("36", "a"), number("36.5", "a"))))],
    "for those up to 35 and a half": [alt(upto("40", age=Range(None, number("35.5", "a"))))],
    "for those up to 36": [alt(upto("40", age=Range(None, number("36", "a"))))],
    "for those of an age in no unit": [alt(upto("40", age=Range(number("18"), None)))],
    "for adults, and no date": [alt(upto("40", age=Range(number("18", "a"), None)), on=None)],
    "for adults, born in a year": [
        alt(upto("40", age=Range(number("36", "a"), number("36", "a")))),
        {"born": "1990"},
    ],
    "for those up to 35, born in a year": [
        alt(upto("40", age=Range(None, number("35", "a")))),
        {"born": "1990"},
    ],
    "units by their codes, a limit without one": [
        obs("1742-6", Quantity(Decimal(120), None, None, UCUM, "U/L"), reference_range=(upto("40"),))
    ],
    "a unit by its code of no system, a limit without one": [
        obs("1742-6", Quantity(Decimal(120), None, None, None, "U/L"), reference_range=(upto("40"),))
    ],
    "a unit by another system's code, a limit without one": [
        obs("1742-6", Quantity(Decimal(120), None, "U/L", "urn:site", "x"), reference_range=(upto("40"),))
    ],
    "a limit of more than, without a unit": [alt(ReferenceRange(high=number("40", None, ">")))],
    "a value in words, a limit without a unit": [obs("1742-6", "120 U/L", reference_range=(upto("40"),))],
    "two of one minute in two units, limits without one": [
        lab("1742-6", "120", "U/L", "2026-11-20T08:00:00Z", reference_range=(upto("40"),)),
        lab("1742-6", "120", "U/mL", "2026-11-20T08:00:00Z", reference_range=(upto("40"),)),
    ],
    "two limits alike": [alt(upto("40", "U/L"), upto("40.0", "U/L"))],
    "a limit without a number": [alt(ReferenceRange(high=Quantity(unit="U/L")))],
    "a limit of at least": [alt(ReferenceRange(high=number("40", "U/L", ">=")))],
    "a limit of less than": [alt(ReferenceRange(high=number("40", "U/L", "<")))],
    "a text": [alt(ReferenceRange(text="7 - 40 U/L"))],
    "a text without a unit": [alt(ReferenceRange(text="7 to 40"))],
    "a text upside down": [alt(ReferenceRange(text="40-7"))],
    "a text of one number twice": [alt(ReferenceRange(text="40-40"))],
    "a text that says more": [alt(ReferenceRange(text="7-40 (adults 50)"))],
    "a text that says nothing": [alt(ReferenceRange(text="see report"))],
    "for women": [alt(upto("40", applies_to=(FEMALE,)), upto("60", applies_to=(MALE,)))],
    "for men only": [alt(upto("60", applies_to=(MALE,)))],
    "for men, and one for all": [alt(upto("60", applies_to=(MALE,)), upto("40"))],
    "for women before all": [alt(upto("40", applies_to=(FEMALE,)), upto("60"))],
    "for the pregnant": [alt(upto("40", applies_to=(CodeableConcept(text="pregnant"),)))],
    "for women, and the sex is not recorded": [alt(upto("40", applies_to=(FEMALE,))), {"gender": None}],
    "for adults": [alt(upto("40", age=Range(number("18", "a"), None)))],
    "for children": [alt(upto("40", age=Range(None, number("17", "years"))))],
    "for children in months": [alt(upto("40", age=Range(None, number("204", "mo"))))],
    "for those of 36 to 40": [alt(upto("40", age=Range(number("36", "a"), number("40", "a"))))],
    "for those of 36": [alt(upto("40", age=Range(number("36", "a"), number("36", "a"))))],
    "for those from 37": [alt(upto("40", age=Range(number("37", "a"), None)))],
    "for those to 35": [alt(upto("40", age=Range(None, number("35", "a"))))],
    "for those from 36.5": [alt(upto("40", age=Range(number("36.5", "a"), None)))],
    "for an age in an unknown unit": [alt(upto("40", age=Range(number("18", "moons"), None)))],
    "for more than an age": [alt(upto("40", age=Range(number("18", "a", ">"), None)))],
    "for adults, and the birth date is missing": [
        alt(upto("40", age=Range(number("18", "a"), None))),
        {"born": None},
    ],
    "a therapeutic range": [alt(upto("40", type=CodeableConcept(text="therapeutic")))],
    "a range of a kind without words": [alt(upto("40", type=CodeableConcept()))],
    "a normal range": [alt(upto("40", type=CodeableConcept(text="Normal Range")))],
    "less than": [alt(upto("40"), comparator="<")],
    "not a round multiple": [alt(upto("41"))],
    "no unit": [alt(upto("40"), unit=None)],
    "preliminary": [alt(upto("40"), status="preliminary")],
    "none on record": [],
    "two of one minute": [
        lab("1742-6", "120", "U/L", "2026-11-20T08:00:00Z", uln="40"),
        lab("1742-6", "80", "U/L", "2026-11-20T08:00:00Z", uln="40"),
    ],
    "two of one minute, of one there is no limit": [
        lab("1742-6", "120", "U/L", "2026-11-20T08:00:00Z", uln="40"),
        lab("1742-6", "80", "U/L", "2026-11-20T08:00:00Z"),
    ],
}


def filgrastim(when, **more):
    named = coded("1605066", "http://www.nlm.nih.gov/research/umls/rxnorm")
    return MedicationAdministration(
        status="completed", medication_codeable_concept=named, effective_date_time=when, **more
    )


SAMPLE = lab("751-8", "2.0", "10*9/L", "2026-11-20")
NEUTROPHILS = {
    "no growth factor": [SAMPLE, {"asked": ALL_ASKED | dict.fromkeys(DRUGS, Asked.ANSWERED)}],
    "two weeks before": [SAMPLE, filgrastim("2026-11-06")],
    "a day more": [SAMPLE, filgrastim("2026-11-05")],
    "on the day": [SAMPLE, filgrastim("2026-11-20")],
    "the day after": [SAMPLE, filgrastim("2026-11-21")],
    "in that month": [SAMPLE, filgrastim("2026-11")],
    "in the month before": [SAMPLE, filgrastim("2026-10")],
    "drug records could not be had": [SAMPLE, {"asked": ALL_ASKED | {DRUGS[1]: Asked.FAILED}}],
    "drug records in part": [SAMPLE, {"asked": ALL_ASKED | {DRUGS[1]: Asked.PARTIAL}}],
    "from before until within": [
        SAMPLE,
        filgrastim(None, effective_period=Period(start="2026-11-01", end="2026-11-10")),
    ],
    "from within until after": [
        SAMPLE,
        filgrastim(None, effective_period=Period(start="2026-11-10", end="2026-11-22")),
    ],
    "from within": [SAMPLE, filgrastim(None, effective_period=Period(start="2026-11-10"))],
    "until within": [SAMPLE, filgrastim(None, effective_period=Period(end="2026-11-10"))],
    "on an unknown day": [SAMPLE, filgrastim(None)],
    "with its amount": [
        SAMPLE,
        filgrastim("2026-11-10", dosage=AdministeredDosage(dose=number("300", "ug"))),
    ],
    "a sample of that month": [lab("751-8", "2.0", "10*9/L", "2026-11"), filgrastim("2026-10-20")],
    "a sample of no date": [lab("751-8", "2.0", "10*9/L", None), filgrastim("2026-10-20")],
    "no count": [filgrastim("2026-11-06")],
    "a count without a unit": [lab("751-8", "2.0"), filgrastim("2026-11-06")],
    "two of one minute": [
        lab("751-8", "2.0", "10*9/L", "2026-11-20T08:00:00Z"),
        lab("751-8", "1.0", "10*9/L", "2026-11-20T08:00:00Z"),
        filgrastim("2026-11-06"),
    ],
}


def kinase(value, on, uln="200", **more):
    return lab("2157-6", value, "U/L", on, uln=uln, **more)


CK = {
    "the highest has no date": [kinase("900", None), kinase("300", "2021-01-01")],
    "the highest was corrected": [
        kinase("900", "2021-01-01"),
        kinase("300", "2021-01-01", status="corrected"),
    ],
    "once high": [kinase("900", "2020-01-01"), kinase("100", "2026-01-01")],
    "only one": [kinase("900", "2020-01-01")],
    "the highest is more than": [kinase("900", "2020-01-01"), kinase("900", "2021-01-01", comparator=">")],
    "less than": [kinase("900", "2020-01-01", comparator="<")],
    "of the highest there is no limit": [kinase("900", "2020-01-01", None), kinase("300", "2021-01-01")],
    "preliminary": [kinase("900", "2020-01-01", status="preliminary"), kinase("300", "2021-01-01")],
    "none can be used": [kinase("900", "2020-01-01", None)],
    "none on record": [],
}


def scr(value, on="2026-11-20", unit="mg/dL", **more):
    return lab("2160-0", value, unit, on, **more)


def kilograms(value, on="2026-11-10", **more):
    return lab("29463-7", value, "kg", on, **more)


def centimetres(value, on="2026-11-10", **more):
    return lab("8302-2", value, "cm", on, **more)


def rate(value, on="2026-11-20", loinc="98979-8", unit="mL/min/{1.73_m2}", **more):
    return lab(loinc, value, unit, on, **more)


CHILD = {"born": "2016-05-01"}
KIDNEY = {
    "a woman": [scr("1.0"), kilograms("60")],
    "a man": [scr("1.0"), kilograms("60"), {"gender": "male"}],
    "a low creatinine": [scr("0.5"), kilograms("60")],
    "a man with a low creatinine": [scr("0.5"), kilograms("60"), {"gender": "male"}],
    "in micromoles": [scr("88.4", unit="umol/L"), kilograms("60")],
    "less than": [scr("0.5", comparator="<"), kilograms("60")],
    "more than": [scr("0.5", comparator=">"), kilograms("60")],
    "two of one minute": [
        scr("1.0", "2026-11-20T08:00:00Z"),
        scr("2.0", "2026-11-20T08:00:00Z"),
        kilograms("60"),
    ],
    "preliminary": [scr("1.0", status="preliminary"), kilograms("60")],
    "no unit": [scr("1.0", unit=None), kilograms("60")],
    "zero": [scr("0"), kilograms("60")],
    "no creatinine": [kilograms("60")],
    "creatinine could not be had": [FAILED],
    "no sex": [scr("1.0"), kilograms("60"), {"gender": None}],
    "another sex": [scr("1.0"), kilograms("60"), {"gender": "other"}],
    "no birth date": [scr("1.0"), kilograms("60"), {"born": None}],
    "born in a year": [scr("1.0"), kilograms("60"), {"born": "1990"}],
    "perhaps of age": [scr("1.0"), kilograms("60"), {"born": "2008"}],
    "of age on the day": [scr("1.0"), kilograms("60"), {"born": "2008-11-20"}],
    "of age the day after": [scr("1.0"), kilograms("60"), centimetres("170"), {"born": "2008-11-21"}],
    "a child": [scr("0.5"), centimetres("120"), kilograms("30"), CHILD],
    "a child without a height": [scr("0.5"), kilograms("30"), CHILD],
    "a child whose height is old": [scr("0.5"), centimetres("120", "2025-11-19"), CHILD],
    "a child whose height is a year old": [scr("0.5"), centimetres("120", "2025-11-20"), CHILD],
    "a child whose height is of later": [scr("0.5", "2025-11-20"), centimetres("120", "2026-11-21"), CHILD],
    "a child whose height is a year later": [
        scr("0.5", "2025-11-20"),
        centimetres("120", "2026-11-20"),
        CHILD,
    ],
    "a child's height in no unit": [scr("0.5"), lab("8302-2", "120"), CHILD],
    "a child's height of at least": [scr("0.5"), centimetres("120", comparator=">="), CHILD],
    "a child's creatinine less than": [scr("0.5", comparator="<"), centimetres("120"), CHILD],
    "a child's creatinine more than": [scr("0.5", comparator=">"), centimetres("120"), CHILD],
    "a child's height of less than": [scr("0.5"), centimetres("120", comparator="<"), CHILD],
    "a child's creatinine and height more than": [
        scr("0.5", comparator=">"),
        centimetres("120", comparator=">"),
        CHILD,
    ],
    "a child's creatinine at least": [scr("0.5", comparator=">="), centimetres("120"), CHILD],
    "a child's equation in an adult": [rate("55", loinc="50384-7")],
    "a child's equation in a child": [rate("55", loinc="50384-7"), CHILD],
    "a child's equation in one of 18": [rate("55", loinc="50384-7"), {"born": "2008-11-20"}],
    "a child's equation in one of 17": [rate("55", loinc="50384-7"), {"born": "2008-11-21"}],
    "a child's equation in one of 17 or 18": [rate("55", loinc="50384-7"), {"born": "2008"}],
    "a child's equation in a year": [rate("55", "2026", "50384-7"), {"born": "2008-06-01"}],
    "an equation that is not stated, in an adult": [rate("55", loinc="69405-9")],
    "a creatinine of 0.7": [scr("0.7"), kilograms("60")],
    "an infant": [scr("0.5"), centimetres("60"), {"born": "2026-01-01"}],
    "a one-year-old": [scr("0.5"), centimetres("80"), {"born": "2025-11-20"}],
    "no weight": [scr("1.0")],
    "an old weight": [scr("1.0"), kilograms("60", "2025-11-19")],
    "two weights of one minute": [
        scr("1.0"),
        kilograms("60", "2026-11-10T08:00:00Z"),
        kilograms("70", "2026-11-10T08:00:00Z"),
    ],
    "an obese woman": [scr("1.0"), kilograms("108"), centimetres("180")],
    "nearly 30 kg a square metre": [scr("1.0"), kilograms("97"), centimetres("180")],
    "exactly 30": [scr("1.0"), kilograms("97.2"), centimetres("180")],
    "an obese woman of an old height": [scr("1.0"), kilograms("108"), centimetres("180", "2020-01-01")],
    "a rate reported": [rate("55")],
    "a rate reported and an older creatinine": [rate("55"), scr("1.0", "2026-10-01")],
    "a rate reported and a newer creatinine": [rate("55", "2026-10-01"), scr("1.0"), kilograms("60")],
    "a rate reported of the same day": [rate("55"), scr("1.0"), kilograms("60")],
    "a rate without a unit": [rate("55", unit=None), scr("1.0"), kilograms("60")],
    "a rate without a unit, alone": [rate("55", unit=None)],
    "a rate without a unit, newer than the creatinine": [rate("55", unit=None), scr("1.0", "2026-10-01")],
    "a preliminary rate": [rate("55", status="preliminary"), scr("1.0", "2026-10-01")],
    "a rate of at least": [rate("60", comparator=">=")],
    "an adult's equation in a child": [rate("55"), CHILD],
    "an adult's equation in a child, and a creatinine": [
        rate("55"),
        scr("0.5", "2026-10-01"),
        centimetres("120"),
        CHILD,
    ],
    "an equation that is not stated": [rate("55", loinc="33914-3")],
    "an equation that is not stated, in a child": [rate("55", loinc="69405-9"), CHILD],
    "two rates of one minute by two equations": [
        rate("55", "2026-11-20T08:00:00Z"),
        rate("60", "2026-11-20T08:00:00Z", "33914-3"),
    ],
    "a rate, and no birth date": [rate("55"), {"born": None}],
    "a rate without a date": [rate("55", None)],
    "a clearance reported": [rate("70", loinc="35591-7", unit="mL/min")],
    "a clearance reported and a newer creatinine": [
        rate("70", "2026-10-01", "35591-7", "mL/min"),
        scr("1.0"),
        kilograms("60"),
    ],
    "a clearance reported of the same day": [
        rate("70", loinc="35591-7", unit="mL/min"),
        scr("1.0"),
        kilograms("60"),
    ],
    "a clearance without a unit": [rate("70", loinc="35591-7", unit=None), scr("1.0"), kilograms("60")],
    "a clearance without a unit, alone": [rate("70", loinc="35591-7", unit=None)],
    "a clearance without a unit, newer": [rate("70", loinc="35591-7", unit=None), scr("1.0", "2026-10-01")],
}


def skin(value, on):
    return Observation(
        status="final",
        code=coded("mrss", SCORES),
        effective_date_time=on,
        value_quantity=number(value, "{score}") if value else None,
        value_string=None if value else "soft",
    )


RISE = {
    "by more than a quarter": [skin("20", "2026-01-10"), skin("26", "2026-10-10")],
    "not at all": [skin("20", "2026-01-10"), skin("20", "2026-10-10")],
    "down": [skin("20", "2026-01-10"), skin("10", "2026-10-10")],
    "against two earlier ones": [
        skin("10", "2025-01-10"),
        skin("20", "2026-01-10"),
        skin("26", "2026-10-10"),
    ],
    "from one": [skin("1", "2026-01-10"), skin("2", "2026-10-10")],
    "from zero": [skin("0", "2026-01-10"), skin("26", "2026-10-10")],
    "from zero, and from another": [
        skin("0", "2025-01-10"),
        skin("20", "2026-01-10"),
        skin("26", "2026-10-10"),
    ],
    "to what is no number": [skin("20", "2026-01-10"), skin(None, "2026-10-10")],
    "one alone": [skin("26", "2026-10-10")],
    "none": [],
    "could not be had": [FAILED],
    "two of one day": [skin("20", "2026-10-10"), skin("26", "2026-10-10")],
}


def litres(value, on, loinc="19868-9"):
    return lab(loinc, value, "L", on)


def percent(value, on, **more):
    return lab("19872-1", value, "%", on, **more)


FALL = {
    "in litres": [litres("3.00", "2026-01-10"), litres("2.70", "2026-10-10")],
    "in percent": [percent("80", "2026-01-10"), percent("71", "2026-10-10")],
    "in both": [
        litres("3.00", "2026-01-10"),
        litres("2.70", "2026-10-10"),
        percent("80", "2026-01-10"),
        percent("71", "2026-10-10"),
    ],
    "litres rise": [litres("2.00", "2026-01-10"), litres("3.00", "2026-10-10")],
    "one in litres, two in percent": [
        litres("3.00", "2026-01-10"),
        percent("80", "2026-01-10"),
        percent("71", "2026-10-10"),
    ],
    "one in litres": [litres("3.00", "2026-01-10")],
    "litres by another method": [litres("3.00", "2026-01-10"), litres("2.00", "2026-10-10", "19874-7")],
    "in litres, percent preliminary": [
        litres("3.00", "2026-01-10"),
        litres("2.70", "2026-10-10"),
        percent("71", "2026-10-10", status="preliminary"),
    ],
    "none": [],
    "could not be had": [FAILED],
}


def total(value, on="2026-11-20", unit="{score}", **more):
    return Observation(
        status=more.pop("status", "final"),
        code=coded("sledai-2k", SCORES),
        effective_date_time=on,
        value_quantity=number(value, unit),
        **more,
    )


def low_c3(on="2026-11-20"):
    return lab("4485-9", "0.5", "g/L", on, reference_range=(ReferenceRange(low=number("0.9", "g/L")),))


SLEDAI = {
    "a total": [total("8")],
    "a total out of its range": [total("200")],
    "half a point": [total("8.5")],
    "a total of none": [total("0")],
    "a preliminary total": [total("8", status="preliminary")],
    "a preliminary total and descriptors": [total("8", status="preliminary"), low_c3()],
    "descriptors": [low_c3(), lab("13945-1", "6", "/[HPF]"), lab("2889-4", "0.6", "g/(24.h)")],
    "one descriptor of one point": [lab("8310-5", "38.5", "Cel")],
    "one descriptor": [low_c3()],
    "descriptors that are more than the total": [total("1"), low_c3(), lab("13945-1", "6", "/[HPF]")],
    "descriptors of later that are more than the total": [total("1", "2026-09-01"), low_c3()],
    "descriptors that are no more than the total": [total("2"), low_c3()],
    "a descriptor of 30 days ago": [low_c3("2026-10-26")],
    "a descriptor of 31 days ago": [low_c3("2026-10-25")],
    "nothing": [],
    "could not be had": [FAILED],
}

NEGATIVE, POSITIVE = coded("260385009", display="Negative"), coded("10828004", display="Positive")
SURFACE, CORE = "5196-1", "13952-7"
HBSAG = {
    "negative": [obs(SURFACE, NEGATIVE)],
    "positive": [obs(SURFACE, POSITIVE)],
    "a code with its own words": [obs(SURFACE, coded("260385009", display="Negative", text="Not reactive"))],
    "now positive, twice negative": [
        obs(SURFACE, POSITIVE),
        obs(SURFACE, NEGATIVE, "2020-01-01"),
        obs(SURFACE, "Non-reactive", "2020-01-01"),
    ],
    "as text": [obs(SURFACE, "Non-reactive")],
    "as text, positive": [obs(SURFACE, "Reactive")],
    "a flag alone": [obs(SURFACE, None, flag="POS")],
    "a flag alone, negative": [obs(SURFACE, None, flag="NEG")],
    "a value and its flag agree": [obs(SURFACE, "Reactive", flag="POS")],
    "a value and its flag contradict": [obs(SURFACE, "Reactive", flag="NEG")],
    "only flagged high": [obs(SURFACE, number("3", "S/CO"), flag="H")],
    "only flagged abnormal": [obs(SURFACE, None, flag="A")],
    "flagged high and abnormal": [
        obs(
            SURFACE,
            None,
            interpretation=(
                coded("H", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"),
                coded("A", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"),
            ),
        )
    ],
    "equivocal": [obs(SURFACE, "Equivocal")],
    "indeterminate": [obs(SURFACE, "Indeterminate")],
    "invalid": [obs(SURFACE, "Invalid")],
    "not understood": [obs(SURFACE, "see comment")],
    "no answer to this test": [obs(SURFACE, "Pregnant")],
    "a number": [obs(SURFACE, number("3", "S/CO"), high="1", unit="S/CO")],
    "a number beside a word": [obs(SURFACE, "Reactive 3.0", high="1")],
    "true": [obs(SURFACE, None, value_boolean=True)],
    "now negative, once positive": [obs(SURFACE, NEGATIVE), obs(SURFACE, POSITIVE, "2020-01-01")],
    "now positive, once negative": [obs(SURFACE, POSITIVE), obs(SURFACE, NEGATIVE, "2020-01-01")],
    "now equivocal, once positive": [obs(SURFACE, "Equivocal"), obs(SURFACE, POSITIVE, "2020-01-01")],
    "two of one minute that contradict": [
        obs(SURFACE, NEGATIVE, "2026-11-20T08:00:00Z"),
        obs(SURFACE, POSITIVE, "2026-11-20T08:00:00Z"),
    ],
    "two of one minute, one equivocal": [
        obs(SURFACE, NEGATIVE, "2026-11-20T08:00:00Z"),
        obs(SURFACE, "Equivocal", "2026-11-20T08:00:00Z"),
    ],
    "another test of that day contradicts": [
        obs(SURFACE, NEGATIVE, "2026-11-20T08:00:00Z"),
        obs("5195-3", POSITIVE, "2026-11-20T07:00:00Z"),
    ],
    "another test of another day contradicts": [
        obs(SURFACE, NEGATIVE, "2026-11-20T08:00:00Z"),
        obs("5195-3", POSITIVE, "2026-11-19T07:00:00Z"),
    ],
    "preliminary": [obs(SURFACE, POSITIVE, status="preliminary")],
    "not performed": [obs(SURFACE, None, data_absent_reason=ABSENT, flag="NEG")],
    "six months old": [obs(SURFACE, NEGATIVE, "2026-05-25")],
    "a day older": [obs(SURFACE, NEGATIVE, "2026-05-24")],
    "of a month": [obs(SURFACE, NEGATIVE, "2026-05")],
    "of an unknown day": [obs(SURFACE, NEGATIVE, None)],
    "none": [],
    "could not be had": [FAILED],
}

DNA = "5130-0"
NUMBERS = {
    "a number above its range": [obs(DNA, number("3", "IU/mL"), high="1", unit="IU/mL")],
    "a number at its range": [obs(DNA, number("1", "IU/mL"), high="1", unit="IU/mL")],
    "a number without a range": [obs(DNA, number("3", "IU/mL"))],
    "a number beside a word": [obs(DNA, "Reactive 3.0", high="1")],
    "a number that contradicts its word": [obs(DNA, "Reactive 0.3", high="1")],
    "a range in another unit": [obs(DNA, number("3", "IU/mL"), high="1", unit="mg/L")],
    "two ranges": [obs(DNA, number("3", "IU/mL"), reference_range=(upto("1", "IU/mL"), upto("2", "IU/mL")))],
    "a negative number": [obs(DNA, number("-3", "IU/mL"), high="1", unit="IU/mL")],
    "no number": [obs(DNA, Quantity(unit="IU/mL"), high="1", unit="IU/mL")],
    "more than": [obs(DNA, number("3", "IU/mL", ">"), high="1", unit="IU/mL")],
    "more than what lies below": [obs(DNA, number("0.5", "IU/mL", ">"), high="1", unit="IU/mL")],
    "more than the limit": [obs(DNA, number("1", "IU/mL", ">"), high="1", unit="IU/mL")],
    "at least the limit": [obs(DNA, number("1", "IU/mL", ">="), high="1", unit="IU/mL")],
    "at least more": [obs(DNA, number("2", "IU/mL", ">="), high="1", unit="IU/mL")],
    "less than": [obs(DNA, number("1", "IU/mL", "<"), high="1", unit="IU/mL")],
    "at most": [obs(DNA, number("1", "IU/mL", "<="), high="1", unit="IU/mL")],
    "less than what lies above": [obs(DNA, number("2", "IU/mL", "<"), high="1", unit="IU/mL")],
    "a comparator that is not known": [obs(DNA, number("2", "IU/mL", "~"), high="1", unit="IU/mL")],
    "a titre of one": [obs(DNA, "1:1", high="1")],
    "an integer": [obs(DNA, None, value_integer=3, high="1")],
    "only flagged high": [obs(DNA, number("30", "IU/mL"), flag="H")],
    "flagged high and above": [obs(DNA, number("30", "IU/mL"), high="10", unit="IU/mL", flag="H")],
    "flagged high and not above": [obs(DNA, number("3", "IU/mL"), high="10", unit="IU/mL", flag="H")],
    "a range without a unit": [obs(DNA, number("30", "IU/mL"), high="10")],
    "a unit in another spelling": [obs(DNA, number("30", "[IU]/mL"), high="10", unit="iu/ml")],
    "a therapeutic range": [
        obs(DNA, number("30", "IU/mL"), reference_range=(upto("10", type=coded("therapeutic")),)),
    ],
    "a normal range": [obs(DNA, number("30", "IU/mL"), reference_range=(upto("10", type=coded("normal")),))],
    "a range for men": [obs(DNA, number("30", "IU/mL"), reference_range=(upto("10", applies_to=(MALE,)),))],
    "a range for women": [
        obs(DNA, number("30", "IU/mL"), reference_range=(upto("10", applies_to=(FEMALE,)),))
    ],
    "a range for the pregnant": [
        obs(
            DNA,
            number("30", "IU/mL"),
            reference_range=(upto("10", applies_to=(CodeableConcept(text="pregnant"),)),),
        ),
    ],
    "a range without a number": [
        obs(DNA, number("30", "IU/mL"), reference_range=(ReferenceRange(high=Quantity(unit="IU/mL")),)),
    ],
}

TITRES = {
    "a titre and a word": [obs("8061-4", "Positive (1:320)")],
    "a titre alone": [obs("8061-4", "1:320")],
    "below the first dilution": [obs("8061-4", "<1:40")],
    "below 1:80": [obs("8061-4", "<1:80")],
    "below 1:160": [obs("8061-4", "<1:160")],
    "at most 1:40": [obs("8061-4", "<=1:40")],
    "above its range": [obs("8061-4", "1:320", high="80")],
    "at its range": [obs("8061-4", "1:80", high="80")],
    "below its range": [obs("8061-4", "1:40", high="80")],
    "more than a dilution above its range": [obs("8061-4", ">1:160", high="80")],
    "more than a dilution below its range": [obs("8061-4", ">1:40", high="80")],
    "at least a dilution above its range": [obs("8061-4", "≥1:160", high="80")],
    "as a ratio": [obs("5048-4", None, value_ratio=Ratio(number("1"), number("320")))],
    "as a ratio less than": [obs("5048-4", None, value_ratio=Ratio(number("1", None, "<"), number("40")))],
    "as a ratio of 2": [obs("5048-4", None, value_ratio=Ratio(number("2"), number("320")))],
    "half a ratio": [obs("5048-4", None, value_ratio=Ratio(number("1"), None))],
    "as a number": [obs("5048-4", number("320"))],
    "as a number above its range": [obs("5048-4", number("320"), high="80")],
    "as the number one, without a range": [obs("5048-4", number("1"))],
    "as the number two, without a range": [obs("5048-4", number("2"))],
    "as the number one": [obs("5048-4", number("1"), high="80")],
    "as the number two": [obs("5048-4", number("2"), high="80")],
    "as a broken number": [obs("5048-4", number("320.5"))],
    "as a number below one": [obs("5048-4", number("0"))],
    "none": [],
}

HBV, HBV_LOG, CMV = "42595-9", "48398-2", "72493-0"
LOADS = {
    "above": [obs(HBV, number("21", "IU/mL"), high="20", unit="IU/mL")],
    "at the limit": [obs(HBV, number("20", "IU/mL"), high="20", unit="IU/mL")],
    "without a range": [obs(HBV, number("118", "IU/mL"))],
    "zero without a range": [obs(HBV, number("0", "IU/mL"))],
    "zero and positive": [obs(HBV, number("0", "IU/mL"), flag="POS")],
    "zero within a range and positive": [obs(HBV, number("0", "IU/mL"), high="20", unit="IU/mL", flag="POS")],
    "the logarithm of zero": [obs(HBV_LOG, number("0", "log IU/mL"))],
    "a logarithm above": [obs(HBV_LOG, number("3.2", "log IU/mL"), high="1.3", unit="log IU/mL")],
    "below quantification": [obs(HBV, number("20", "IU/mL", "<"))],
    "below quantification, at most": [obs(HBV, number("20", "IU/mL", "<="), high="20", unit="IU/mL")],
    "below quantification above its range": [obs(HBV, number("20", "IU/mL", "<"), high="10", unit="IU/mL")],
    "below quantification, two ranges": [
        obs(HBV, number("20", "IU/mL", "<"), reference_range=(upto("10", "IU/mL"), upto("20", "IU/mL"))),
    ],
    "more than": [obs(HBV, number("100", "IU/mL", ">"), high="20", unit="IU/mL")],
    "more than the limit": [obs(HBV, number("20", "IU/mL", ">"), high="20", unit="IU/mL")],
    "at least the limit": [obs(HBV, number("20", "IU/mL", ">="), high="20", unit="IU/mL")],
    "more than what lies below": [obs(HBV, number("10", "IU/mL", ">"), high="20", unit="IU/mL")],
    "more than zero": [obs(HBV, number("0", "IU/mL", ">"))],
    "at least zero": [obs(HBV, number("0", "IU/mL", ">="))],
    "a negative number": [obs(HBV, number("-1", "IU/mL"), high="20", unit="IU/mL")],
    "no number": [obs(HBV, Quantity(unit="IU/mL"), high="20", unit="IU/mL")],
    "a comparator that is not known": [obs(HBV, number("1", "IU/mL", "~"), high="20", unit="IU/mL")],
    "in another unit": [obs(HBV, number("118", "copies/mL"), high="20", unit="IU/mL")],
    "a word": [obs(HBV, "Detected")],
    "not detected": [obs(HBV, "Target not detected")],
    "not detected beside a number": [obs(HBV, "Not detected 118 IU/mL")],
    "not detected beside a number below": [obs(HBV, "Not detected <20 IU/mL")],
    "not detected beside a number above": [obs(HBV, "Not detected 118 IU/mL", high="20", unit="IU/mL")],
    "detected beside a number": [obs(HBV, "Detected 118 IU/mL")],
    "detected, below quantification": [obs(HBV, "Detected <20 IU/mL")],
    "detected, above": [obs(HBV, "Detected 118 IU/mL", high="20", unit="IU/mL")],
    "detected, not above": [obs(HBV, "Detected 18 IU/mL", high="20", unit="IU/mL")],
    "flagged high": [obs(HBV, number("118", "IU/mL"), flag="H")],
    "flagged high, and above": [obs(HBV, number("118", "IU/mL"), high="20", unit="IU/mL", flag="H")],
    "flagged high, and not above": [obs(HBV, number("18", "IU/mL"), high="20", unit="IU/mL", flag="H")],
    "flagged normal, and above": [obs(HBV, number("118", "IU/mL"), high="20", unit="IU/mL", flag="N")],
    "flagged normal, and not above": [obs(HBV, number("18", "IU/mL"), high="20", unit="IU/mL", flag="N")],
    "flagged low, and not above": [obs(HBV, number("18", "IU/mL"), high="20", unit="IU/mL", flag="L")],
    "flagged abnormal, and above": [obs(HBV, number("118", "IU/mL"), high="20", unit="IU/mL", flag="A")],
    "a flag of the word": [obs(HBV, number("118", "IU/mL"), high="20", unit="IU/mL", flag="NEG")],
    "a flag of the word alone": [obs(HBV, None, flag="ND")],
    "equivocal": [obs(HBV, "Equivocal")],
    "equivocal beside a number": [obs(HBV, "Equivocal 18 IU/mL", high="20", unit="IU/mL")],
    "not understood": [obs(HBV, "soon")],
    "none": [],
}
HIV = {
    "reactive alone": [obs("56888-1", "Reactive")],
    "reactive, and a positive antibody": [
        obs("56888-1", "Reactive"),
        obs("31201-7", "Positive", "2026-11-10"),
    ],
    "reactive, and a negative antibody": [
        obs("56888-1", "Reactive"),
        obs("31201-7", "Negative", "2026-11-10"),
    ],
    "not reactive": [obs("56888-1", "Non-reactive")],
    "a positive antibody": [obs("31201-7", "Positive")],
}
BOTH = {
    "both negative": [obs(SURFACE, NEGATIVE), obs(CORE, NEGATIVE)],
    "one positive": [obs(SURFACE, NEGATIVE), obs(CORE, POSITIVE)],
    "both positive": [obs(SURFACE, POSITIVE), obs(CORE, POSITIVE)],
    "one negative, the other missing": [obs(SURFACE, NEGATIVE)],
    "one equivocal, the other missing": [obs(SURFACE, "Equivocal")],
    "one equivocal, the other invalid": [obs(SURFACE, "Equivocal"), obs(CORE, "Invalid")],
    "both missing": [],
    "both could not be had": [FAILED],
}
SPLIT = {
    "split, by its interpretation": [obs("56549-9", None, interpretation=(CodeableConcept(), POSITIVE))],
    "split, positive": [obs("56549-9", POSITIVE)],
    "not split, positive": [obs("33569-5", POSITIVE)],
    "not split, negative": [obs("33569-5", NEGATIVE)],
    "not split, equivocal": [obs("33569-5", "Equivocal")],
    "none": [],
}

URINE, SERUM, QUANTITY, STATUS = "2106-3", "2118-8", "19080-1", "82810-3"
PREGNANT, NOT_PREGNANT = coded("77386006", display="Pregnant"), coded("60001007", display="Not pregnant")
TESTS = {
    "urine negative": [obs(URINE, "Negative")],
    "urine positive": [obs(URINE, "Positive")],
    "serum negative": [obs(SERUM, "Negative")],
    "serum positive": [obs(SERUM, "Positive")],
    "urine negative, serum positive": [obs(URINE, "Negative"), obs(SERUM, "Positive")],
    "urine negative, serum positive before": [obs(URINE, "Negative"), obs(SERUM, "Positive", "2026-11-01")],
    "serum negative, urine positive": [obs(SERUM, "Negative"), obs(URINE, "Positive")],
    "no urine, serum positive": [obs(SERUM, "Positive", "2020-01-01")],
    "below 5": [obs(QUANTITY, number("5", "mIU/mL", "<"))],
    "at most 5": [obs(QUANTITY, number("5", "mIU/mL", "<="))],
    "below 6": [obs(QUANTITY, number("6", "mIU/mL", "<"))],
    "below 5 in no unit": [obs(QUANTITY, number("5", None, "<"))],
    "below 5 in another unit": [obs(QUANTITY, number("5", "ng/mL", "<"))],
    "3 without a range": [obs(QUANTITY, number("3", "mIU/mL"))],
    "below 5 with a range": [obs(QUANTITY, number("5", "mIU/mL", "<"), high="2", unit="mIU/mL")],
    "below 5 flagged": [obs(QUANTITY, number("5", "mIU/mL", "<"), flag="POS")],
    "below 5 in two spellings": [obs(QUANTITY, Quantity(Decimal(5), "<", "mIU/mL", UCUM, "m[IU]/mL"))],
    "below 5 in every spelling": [
        obs(QUANTITY, number("5", unit, "<"), f"2026-11-0{day}T08:00:00Z")
        for day, unit in enumerate(("IU/L", "mU/mL", "U/L", "[IU]/L"), start=1)
    ],
    "no number at all": [obs(QUANTITY, Quantity(unit="mIU/mL"))],
    "high": [obs(QUANTITY, number("500", "mIU/mL"), high="5", unit="mIU/mL")],
    "equivocal": [obs(URINE, "Equivocal")],
    "seven days old": [obs(URINE, "Negative", "2026-11-18")],
    "eight days old": [obs(URINE, "Negative", "2026-11-17")],
    "six weeks old": [obs(URINE, "Negative", "2026-10-14")],
    "a day more than six weeks": [obs(URINE, "Negative", "2026-10-13")],
    "positive 42 weeks ago": [obs(URINE, "Positive", "2026-02-04")],
    "positive a day before": [obs(URINE, "Positive", "2026-02-03")],
    "none": [],
    "could not be had": [FAILED],
    "a man": [{"gender": "male"}],
    "a girl": [{"born": "2020-01-01"}],
    "status pregnant": [obs(STATUS, PREGNANT)],
    "status not pregnant": [obs(STATUS, NOT_PREGNANT)],
    "status unknown": [obs(STATUS, coded("261665006", display="Unknown"))],
    "status not understood": [obs(STATUS, "maybe")],
    "status pregnant, test negative": [obs(STATUS, PREGNANT), obs(URINE, "Negative")],
    "status pregnant, test negative after": [obs(STATUS, PREGNANT, "2026-11-01"), obs(URINE, "Negative")],
    "test positive, status not pregnant after": [
        obs(URINE, "Positive", "2026-11-01"),
        obs(STATUS, NOT_PREGNANT),
    ],
    "status not pregnant before, test positive": [
        obs(STATUS, NOT_PREGNANT, "2026-11-01"),
        obs(URINE, "Positive"),
    ],
    "both positive": [obs(STATUS, PREGNANT), obs(URINE, "Positive")],
    "both negative": [obs(STATUS, NOT_PREGNANT, "2026-11-01"), obs(URINE, "Negative")],
    "both negative, the other way": [obs(STATUS, NOT_PREGNANT), obs(URINE, "Negative", "2026-11-01")],
    "diagnosed": [condition("77386006", onset="2026-09-01")],
    "diagnosed without a date": [condition("77386006")],
    "diagnosed long ago": [condition("77386006", onset="2024-09-01")],
    "diagnosed, over": [condition("77386006", onset="2024-09-01", clinical="resolved")],
    "diagnosed, unconfirmed": [condition("77386006", onset="2026-09-01", verification="unconfirmed")],
    "diagnosed, and a negative test after": [
        condition("77386006", onset="2026-09-01"),
        obs(URINE, "Negative"),
    ],
    "diagnosed, and a negative test before": [
        condition("77386006", onset="2026-11-01"),
        obs(URINE, "Negative", "2026-10-20"),
    ],
    "diagnosed without a date, and a negative test": [condition("77386006"), obs(URINE, "Negative")],
    "equivocal before a negative test": [obs(STATUS, "maybe", "2026-11-01"), obs(URINE, "Negative")],
    "equivocal after a negative test": [obs(STATUS, "maybe"), obs(URINE, "Negative", "2026-11-01")],
}


def hysterectomy(status="completed", **more):
    code = more.pop("code", coded("236886002", display="Hysterectomy"))
    return Procedure(status=status, code=code, **more)


BORN = {
    "35 years": [{"born": "1991-05-01"}],
    "no birth date": [{"born": None}],
    "a year": [{"born": "1990"}],
    "born tomorrow": [{"born": "2026-11-26"}],
    "born today": [{"born": "2026-11-25"}],
    "birthday today": [{"born": "2008-11-25"}],
    "birthday tomorrow": [{"born": "2008-11-26"}],
    "a man": [{"gender": "male"}],
    "a woman": [{"gender": "Female "}],
    "no sex": [{"gender": None}],
    "another sex": [{"gender": "other"}],
    "not readable": [{"gender": "xx", "born": "soon"}],
    "8 years": [{"born": "2017-11-26"}],
    "9 years": [{"born": "2017-11-25"}],
    "8 or 9 years": [{"born": "2017"}],
    "11 years": [{"born": "2014-11-26"}],
    "12 years": [{"born": "2014-11-25"}],
    "49 years": [{"born": "1976-11-26"}],
    "50 years": [{"born": "1976-11-25"}],
    "49 or 50 years": [{"born": "1976"}],
    "after hysterectomy": [condition("Z90.710", ICD_10_CM)],
    "perhaps after hysterectomy": [condition("Z90.7", "http://hl7.org/fhir/sid/icd-10")],
    "hysterectomy": [hysterectomy()],
    "hysterectomy in 2020": [hysterectomy(performed_date_time="2020-01-01")],
    "hysterectomy in a time": [hysterectomy(performed_period=Period(start="2020-01-01", end="2020-01-03"))],
    "hysterectomy planned": [hysterectomy(status="preparation")],
    "hysterectomy, damaged": [hysterectomy(damaged=("status",))],
    "another procedure": [hysterectomy(code=coded("80146002"))],
    "postmenopausal": [condition("76498008")],
    "postmenopausal since": [condition("76498008", onset="2020-01-01")],
    "postmenopausal, recorded": [condition("76498008", recorded_date="2021-01-01")],
    "postmenopausal in a time": [condition("76498008", onset_period=Period(start="2020-02"))],
    "postmenopausal, unconfirmed": [condition("76498008", verification="unconfirmed")],
    "postmenopausal, provisional": [condition("76498008", verification="provisional")],
    "postmenopausal, differential": [condition("76498008", verification="differential")],
    "postmenopausal, refuted": [condition("76498008", verification="refuted")],
    "postmenopausal, in error": [condition("76498008", verification="entered-in-error")],
    "postmenopausal, damaged": [condition("76498008", damaged=("code",))],
    "menopausal disorder": [condition("N95.1", ICD_10_CM)],
    "menopausal disorder, and postmenopausal": [condition("N95.1", ICD_10_CM), condition("76498008")],
    "a girl, postmenopausal, unconfirmed": [
        condition("76498008", verification="unconfirmed"),
        {"born": "2020-01-01"},
    ],
}

NURSING, NOT_NURSING = coded("LA29252-6", LOINC), coded("LA29253-4", LOINC)
NOT_TOLD = coded("LA4489-6", LOINC, display="Unknown")
LACTATION = "169750002"
FEEDS = "63895-7"
FEEDING = {
    "breastfeeding": [obs(FEEDS, NURSING)],
    "not breastfeeding": [obs(FEEDS, NOT_NURSING)],
    "true": [obs(FEEDS, None, value_boolean=True)],
    "false": [obs(FEEDS, None, value_boolean=False)],
    "unknown": [obs(FEEDS, NOT_TOLD)],
    "not understood": [obs(FEEDS, "sometimes")],
    "diagnosed": [condition(LACTATION, onset="2026-09-01")],
    "diagnosed, over": [condition(LACTATION, onset="2024-09-01", clinical="resolved")],
    "diagnosed, no status": [condition(LACTATION, onset="2026-09-01", clinical=None)],
    "diagnosed, unconfirmed": [condition(LACTATION, verification="unconfirmed")],
    "diagnosed, and not breastfeeding": [condition(LACTATION), obs(FEEDS, NOT_NURSING)],
    "diagnosed, and breastfeeding": [condition(LACTATION), obs(FEEDS, NURSING)],
    "diagnosed, and not understood": [condition(LACTATION), obs(FEEDS, "sometimes")],
    "diagnosed, unconfirmed, and not understood": [
        condition(LACTATION, verification="unconfirmed"),
        obs(FEEDS, "sometimes"),
    ],
    "a man": [{"gender": "male"}],
    "a girl of 8": [{"born": "2017-11-26"}],
    "a girl of 9": [{"born": "2017-11-25"}],
    "a girl of 8 or 9": [{"born": "2017"}],
    "8 years, of no sex": [{"born": "2017-11-26", "gender": None}],
    "no birth date": [{"born": None}],
    "none": [],
    "could not be had": [FAILED],
}

ANA, DSDNA = "8061-4", "31348-6"
C3, C4 = "4485-9", "4498-2"


def complement(loinc, value, *, low="0.5", on="2026-11-20", **more):
    ranges = (ReferenceRange(low=number(low, "g/L"), **more.pop("range", {})),) if low else ()
    return lab(loinc, value, "g/L", on, reference_range=ranges, **more)


POSITIVE_ANA = obs(ANA, "Positive", "2019-01-01")
POINTS = {
    "nothing": [],
    "could not be had": [FAILED],
    "the entry criterion alone": [POSITIVE_ANA],
    "one item without the entry criterion": [obs(DSDNA, "Positive")],
    "one item, the entry criterion denied": [obs(DSDNA, "Positive"), obs(ANA, "Negative")],
    "nothing, the entry criterion denied": [obs(ANA, "Negative")],
    "the entry criterion denied twice": [obs(ANA, "Negative", "2020-01-01"), obs(ANA, "Negative")],
    "once denied, once shown": [obs(ANA, "Negative"), POSITIVE_ANA],
    "a titre below 1:80": [obs(DSDNA, "Positive"), obs("5048-4", "1:40")],
    "a titre of 1:80": [obs(DSDNA, "Positive"), obs("5048-4", "1:80")],
    "a titre of more than 1:40": [obs(DSDNA, "Positive"), obs("5048-4", ">1:40")],
    "a titre of more than 1:80": [obs(DSDNA, "Positive"), obs("5048-4", ">1:80")],
    "a titre of at least 1:80": [obs(DSDNA, "Positive"), obs("5048-4", "≥1:80")],
    "a titre of less than 1:80": [obs(DSDNA, "Positive"), obs("5048-4", "<1:80")],
    "a titre of at most 1:80": [obs(DSDNA, "Positive"), obs("5048-4", "<=1:80")],
    "a titre of at most 1:40": [obs(DSDNA, "Positive"), obs("5048-4", "<=1:40")],
    "a titre of less than 1:160": [obs(DSDNA, "Positive"), obs("5048-4", "<1:160")],
    "a titre against its word": [obs(DSDNA, "Positive"), obs("8061-4", "Positive (1:40)")],
    "a titre with its word": [obs(DSDNA, "Positive"), obs("8061-4", "Positive (1:160)")],
    "negative with a high titre": [obs(DSDNA, "Positive"), obs("8061-4", "Negative (1:160)")],
    "one domain, the higher": [POSITIVE_ANA, lab("6690-2", "3.9", "10*9/L"), platelets("99")],
    "two domains": [POSITIVE_ANA, lab("8310-5", "38.4", "Cel"), platelets("99")],
    "a diagnosis": [POSITIVE_ANA, condition("373945007", onset="2020-01-01")],
    "a diagnosis, refuted": [POSITIVE_ANA, condition("373945007", verification="refuted")],
    "low C3": [POSITIVE_ANA, complement(C3, "0.4")],
    "low C3 and low C4": [POSITIVE_ANA, complement(C3, "0.4"), complement(C4, "0.4")],
    "C3 at its limit": [POSITIVE_ANA, complement(C3, "0.5")],
    "low C3 without a range": [POSITIVE_ANA, complement(C3, "0.1", low=None)],
    "low C3 of two ranges": [
        POSITIVE_ANA,
        lab(
            C3,
            "0.1",
            "g/L",
            reference_range=(
                ReferenceRange(low=number("0.5", "g/L")),
                ReferenceRange(low=number("0.9", "g/L")),
            ),
        ),
    ],
    "low C3 by a range for women": [POSITIVE_ANA, complement(C3, "0.4", range={"applies_to": (FEMALE,)})],
    "low C3 by a range for men": [POSITIVE_ANA, complement(C3, "0.4", range={"applies_to": (MALE,)})],
    "low C3 by a therapeutic range": [
        POSITIVE_ANA,
        complement(C3, "0.4", range={"type": CodeableConcept(text="therapeutic")}),
    ],
    "low C3 by a range for children": [
        POSITIVE_ANA,
        complement(C3, "0.4", range={"age": Range(None, number("17", "a"))}),
    ],
    "low C3, then normal": [POSITIVE_ANA, complement(C3, "0.4", on="2026-01-01"), complement(C3, "0.9")],
    "low C3 beside a normal one of that day": [POSITIVE_ANA, complement(C3, "0.4"), complement(C3, "0.9")],
    "low C3 beside a normal one of that hour": [
        POSITIVE_ANA,
        complement(C3, "0.4", on="2026-11-20T08:00:00Z"),
        complement(C3, "0.9", on="2026-11-20T08:00:00Z"),
    ],
    "low C3 beside a normal one of another hour": [
        POSITIVE_ANA,
        complement(C3, "0.4", on="2026-11-20T08:00:00Z"),
        complement(C3, "0.9", on="2026-11-20T09:00:00Z"),
    ],
    "low C3 in the month of a normal one": [
        POSITIVE_ANA,
        complement(C3, "0.4", on="2026-11"),
        complement(C3, "0.9"),
    ],
    "low C3, a normal one in that month": [
        POSITIVE_ANA,
        complement(C3, "0.4"),
        complement(C3, "0.9", on="2026-11"),
    ],
    "low C3 without a date": [POSITIVE_ANA, complement(C3, "0.4", on=None)],
    "low C3 without a date beside a normal one": [
        POSITIVE_ANA,
        complement(C3, "0.4", on=None),
        complement(C3, "0.9"),
    ],
    "low C3, preliminary": [POSITIVE_ANA, complement(C3, "0.4", status="preliminary")],
    "low C3, corrected": [
        POSITIVE_ANA,
        complement(C3, "0.4"),
        complement(C3, "0.9", status="corrected"),
    ],
    "low C3 and a reason for none": [POSITIVE_ANA, complement(C3, "0.4", data_absent_reason=ABSENT)],
    "two low ones": [POSITIVE_ANA, complement(C3, "0.4", on="2026-01-01"), complement(C3, "0.3")],
    "antiphospholipid antibodies above": [
        POSITIVE_ANA,
        obs("3181-5", number("50", "GPL"), high="20", unit="GPL"),
    ],
    "lupus for a patient with scleroderma": [obs("5348-8", "Positive"), obs("16137-2", "Positive")],
    "interstitial lung disease": [condition("J84.10", ICD_10_CM), obs("5348-8", "Positive")],
    "RNA polymerase under an uncertain code": [obs("53893-4", "Negative"), obs("72316-3", "Positive")],
}

QUESTIONS = {
    "points_sle": (Points(points="sle-2019"), POINTS),
    "points_ssc": (Points(points="ssc-2013"), POINTS),
    "lab_platelets": (Lab(lab="platelets", unit="10*9/L"), PLATELETS),
    "lab_platelets_in_microlitres": (Lab(lab="platelets", unit="/uL"), PLATELETS),
    "lab_platelets_highest": (Lab(lab="platelets", unit="/uL", take="highest"), PLATELETS),
    "lab_creatinine_in_micromoles": (Lab(lab="creatinine_serum", unit="umol/L"), KIDNEY),
    "lab_times_uln": (Lab(lab="alt", times="uln"), UPPER_LIMIT),
    "lab_not_within": (Lab(lab="anc", unit="10*9/L", not_within="2 weeks", after=("gcsf",)), NEUTROPHILS),
    "lab_highest": (Lab(lab="ck", times="uln", take="highest"), CK),
    "measurement_body_weight": (Measurement(measurement="body_weight", unit="[lb_av]"), KIDNEY),
    "egfr": (Egfr(), KIDNEY),
    "creatinine_clearance": (CreatinineClearance(), KIDNEY),
    "rise": (Rise(rise="mrss"), RISE),
    "fall": (Fall(fall="fvc"), FALL),
    "score": (Score(score="sledai-2k"), SLEDAI),
    "score_mrss": (Score(score="mrss"), RISE),
    "result_positive": (QualitativeResult(result=("hbsag",), is_="positive"), HBSAG),
    "result_negative_within": (
        QualitativeResult(result=("hbsag",), is_="negative", within="6 months"),
        HBSAG,
    ),
    "result_ever_positive": (QualitativeResult(result=("hbsag",), is_="positive", take="any"), HBSAG),
    "result_number": (QualitativeResult(result=("anti_dsdna",), is_="positive"), NUMBERS),
    "result_titre": (QualitativeResult(result=("ana",), is_="positive"), TITRES),
    "result_above_range": (QualitativeResult(result=("hbv_dna",), is_="above_range"), LOADS),
    "result_detected": (QualitativeResult(result=("hbv_dna",), is_="detected"), LOADS),
    "result_of_a_load_positive": (QualitativeResult(result=("hbv_dna",), is_="positive"), LOADS),
    "result_any_of_two": (QualitativeResult(result=("hbsag", "hbcab_total"), is_="positive"), BOTH),
    "result_none_of_two": (QualitativeResult(result=("hbsag", "hbcab_total"), is_="negative"), BOTH),
    "result_combined": (QualitativeResult(result=("hiv_ab_ag",), is_="positive"), HIV),
    "result_combined_ever": (QualitativeResult(result=("hiv_ab_ag",), is_="positive", take="any"), HIV),
    "result_not_split": (QualitativeResult(result=("anti_ro52",), is_="positive"), SPLIT),
    "pregnancy_test_urine": (PregnancyTest(pregnancy_test="urine", is_="negative", within="7 days"), TESTS),
    "pregnancy_test_blood": (PregnancyTest(pregnancy_test="blood", is_="negative"), TESTS),
    "pregnancy_test_any_positive": (PregnancyTest(pregnancy_test="any", is_="positive"), TESTS),
    "pregnancy": (Pregnant(), TESTS),
    "age": (Age(), BORN),
    "sex": (Sex(sex="female"), BORN),
    "childbearing": (Childbearing(), BORN),
    "breastfeeding": (Breastfeeding(), FEEDING),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_whole_answer_is_as_it_was_read_and_approved(name):
    question, cases = QUESTIONS[name]
    approve(name, answers(charts(question, cases)))


WRONG = [
    Lab(lab="sugar"),
    Lab(lab="hbsag", unit="g/L"),
    Lab(lab="platelets"),
    Lab(lab="inr"),
    Lab(lab="platelets", unit="mg/dL"),
    Lab(lab="platelets", unit="10*9/L"),
    Lab(lab="alt", times="lln"),
    Lab(lab="alt", times="uln", unit="U/L"),
    Lab(lab="alt", times="uln", take="lowest"),
    Lab(lab="alt", times="uln", take="highest", at_most="3"),
    Lab(lab="alt", times="uln", take="highest", below="3"),
    Lab(lab="alt", times="uln", take="highest", at_least="3", not_within="2 weeks", after=("gcsf",)),
    Lab(lab="alt", times="uln", take="highest", above="3"),
    Lab(lab="anc", unit="10*9/L", not_within="2 weeks"),
    Lab(lab="anc", unit="10*9/L", after=("gcsf",)),
    Lab(lab="anc", unit="10*9/L", not_within="soon", after=("sugar",)),
    Measurement(measurement="sugar", unit="kg"),
    Egfr(egfr="mL/min"),
    CreatinineClearance(creatinine_clearance="mL/min/{1.73_m2}"),
    Rise(rise="sugar"),
    Rise(rise="hbsag"),
    Rise(rise="mrss", unit="points"),
    Fall(fall="fvc"),
    Score(score="sugar"),
    Score(score="platelets"),
    Score(score="mrss"),
    QualitativeResult(result=("sugar",), is_="good", within="soon", take="all"),
    QualitativeResult(result=("hbsag",), is_="negative", within="6 months", take="any"),
    QualitativeResult(result=("hbsag",), is_="negative", take="any"),
    QualitativeResult(result=("hbsag",), is_="positive", within="6 months", take="any"),
    QualitativeResult(result=("hbsag",), is_="positive", take="any"),
    QualitativeResult(result=(), is_="positive"),
    PregnancyTest(pregnancy_test="saliva", is_="maybe", within="soon"),
    PregnancyTest(pregnancy_test="any", is_="positive"),
    Pregnant(pregnancy="ever"),
    Pregnant(),
    Age(age="months"),
    Age(),
    Sex(sex="other"),
    Sex(sex="male"),
    Sex(sex="female"),
    Childbearing(childbearing="certain"),
    Childbearing(),
    Breastfeeding(breastfeeding="ever"),
    Breastfeeding(),
    Points(points="sugar", at_least="1"),
    Points(points="sle-2019", at_least="10"),
]


def test_what_an_author_is_told_of_a_question_that_is_written_wrongly():
    approve("faults_of_results", faults((question, concepts()) for question in WRONG))


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        (Lab(lab="alt", times="uln"), "× ULN"),
        (Lab(lab="platelets", unit="10*9/L"), "10*9/L"),
        (Lab(lab="inr"), ""),
        (Egfr(), "mL/min/1.73 m2"),
        (CreatinineClearance(), "mL/min"),
        (Rise(rise="mrss"), "%"),
        (Age(), "years"),
        (Score(score="mrss"), ""),
        (Points(points="sle-2019"), "points"),
    ],
)
def test_the_limits_are_told_in_their_unit(question, unit):
    assert question.unit_said() == unit


@pytest.mark.parametrize(
    ("born", "word", "limit", "day"),
    [
        ("2010-03-05", "at_least", "18", date(2028, 3, 5)),
        ("2010-03", "at_least", "18", date(2028, 3, 31)),
        ("2008-02-29", "at_least", "18", date(2026, 3, 1)),
        ("2008-02-29", "at_least", "20", date(2028, 2, 29)),
        ("2010-02-28", "at_least", "18", date(2028, 2, 28)),
        ("2010-03-05", "at_least", "17.5", None),
        ("2010-03-05", "above", "18", None),
        ("2010-03-05", "below", "18", None),
        (None, "at_least", "18", None),
    ],
)
def test_the_birthday_on_which_a_lower_limit_is_reached(born, word, limit, day):
    assert Age().met_from(chart_with(born=born, as_of=AS_OF), word, Decimal(limit)) == day


def test_two_questions_to_one_chart_do_not_mix():
    chart = chart_with(kinase("900", "2020-01-01"), platelets("24"), platelets("150", "2020-01-01"))
    assert chart.answer(Lab(lab="ck", times="uln", take="highest")).low == Fraction(9, 2)
    assert chart.answer(Lab(lab="platelets", unit="10*9/L", take="highest")).low == 150
    assert chart.answer(Lab(lab="platelets", unit="10*9/L")).low == 24
    assert chart.answer(Lab(lab="ck", times="uln")).low == Fraction(9, 2)
