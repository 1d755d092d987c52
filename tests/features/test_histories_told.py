"""What a clinician is told, whole, of diagnoses, procedures, plans, vaccines, allergies and reports."""

from __future__ import annotations

from decimal import Decimal

import pytest
from chart_with import concepts
from coded_charts import (
    AS_OF,
    CM,
    KINDS,
    MI,
    SCT,
    SLE,
    SSC,
    WHO,
    concept,
    condition,
    plain,
)
from reading_told import answers, approve, faults, numbered

from cds_service.features.age import Age
from cds_service.features.allergies import DrugAllergy
from cds_service.features.chart import Chart
from cds_service.features.clinician import AskClinician
from cds_service.features.diagnoses import Diagnosis
from cds_service.features.immunizations import Immunization
from cds_service.features.planned_procedures import PlannedProcedure
from cds_service.features.procedures import Procedure
from cds_service.features.reports import ReportOnRecord
from cds_service.features.research import OtherTrial
from cds_service.fhir import resources
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import (
    CodeableConcept,
    Coding,
    Patient,
    Period,
    Quantity,
    Reaction,
    Reference,
    ResearchStudy,
    ResearchSubject,
)

EPILEPSY = "84757009"
LOINC = "http://loinc.org"
CVX = "http://hl7.org/fhir/sid/cvx"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
HELD = {
    "Condition": "conditions",
    "Procedure": "procedures",
    "Immunization": "immunizations",
    "AllergyIntolerance": "allergies",
    "ServiceRequest": "service_requests",
    "Appointment": "appointments",
    "DiagnosticReport": "reports",
    "Observation": "observations",
    "ResearchSubject": "research_subjects",
}
ANSWERED = dict.fromkeys(
    (*KINDS.values(), "ResearchSubject", "DiagnosticReport", "Observation"), Asked.ANSWERED
)


def charts(question, cases):
    """Each case's records under short references; a dictionary among them says more of the chart."""
    found = {}
    for name, entries in cases.items():
        more = {}
        for entry in entries:
            more |= entry if isinstance(entry, dict) else {}
        rest = numbered(*(entry for entry in entries if not isinstance(entry, dict)))
        held = {
            field: tuple(entry for entry in rest if type(entry).__name__ == kind)
            for kind, field in HELD.items()
        }
        patient = Patient(reference="Patient/p", birth_date=more.pop("born", "1980-05-05"))
        asked = ANSWERED | more.pop("asked", {})
        found[name] = (question, Chart(Record(patient, asked=asked, **held, **more), AS_OF, concepts()))
    return found


def failed(kind):
    return {"asked": {kind: Asked.FAILED}}


def not_asked(kind):
    return {"asked": {kind: Asked.NOT_ASKED}}


def mi(onset=None, **more):
    return condition(MI, onset_date_time=onset, **more)


def suspected(word="provisional", **more):
    return condition(verified=word, **more)


LUPUS = {
    "active": [condition(onset_date_time="2019-03")],
    "in its own words": [condition(text="Systemic  lupus", onset_date_time="2019-03")],
    "in a great many words": [condition(text="Systemic lupus " * 12)],
    "recurrence": [condition(status="recurrence")],
    "relapse": [condition(status="relapse")],
    "inactive": [condition(status="inactive", onset_date_time="2019-03", abatement_date_time="2020-01-01")],
    "remission": [condition(status="remission")],
    "resolved": [condition(status="resolved", abatement_date_time="2020-01-01")],
    "no status": [condition(status=None)],
    "a status that is not known": [condition(status="perhaps")],
    "active and ended": [condition(abatement_date_time="2020-01-01")],
    "active and ended today": [condition(abatement_date_time="2026-11-01")],
    "active until this year": [condition(abatement_date_time="2026")],
    "active until next year": [condition(abatement_date_time="2027-01-01")],
    "ended, yes": [condition(abatement_boolean=True)],
    "ended, no": [condition(abatement_boolean=False)],
    "ended, in words": [condition(abatement_string="long ago")],
    "ended at an age": [condition(abatement_age=Quantity(value=Decimal(40), code="a"))],
    "ended at an age that cannot be read": [
        condition(abatement_age=Quantity(value=Decimal(40), code="moons"))
    ],
    "ended in a time": [condition(abatement_period=Period(start="2020-01-01", end="2020-03-01"))],
    "ended in a time that cannot be read": [condition(abatement_period=Period())],
    "recorded": [condition(recorded_date="2020-01-01")],
    "since a time": [condition(onset_period=Period(start="2019-01-01", end="2019-02-01"))],
    "since a time with an end alone": [condition(onset_period=Period(end="2019-02-01"))],
    "since an age": [condition(onset_age=Quantity(value=Decimal(39), unit="years"))],
    "since an age in months": [condition(onset_age=Quantity(value=Decimal(480), code="mo"))],
    "since an age and a half": [condition(onset_age=Quantity(value=Decimal("39.5"), code="a"))],
    "since birth": [condition(onset_age=Quantity(value=Decimal(0), code="a"))],
    "since more than an age": [condition(onset_age=Quantity(value=Decimal(39), code="a", comparator=">"))],
    "since a negative age": [condition(onset_age=Quantity(value=Decimal(-1), code="a"))],
    "since an age, and no birth date": [
        condition(onset_age=Quantity(value=Decimal(39), code="a")),
        {"born": None},
    ],
    "since an age, of one not yet born": [
        condition(onset_age=Quantity(value=Decimal(0), code="a")),
        {"born": "2026-12-01"},
    ],
    "unconfirmed": [suspected("unconfirmed")],
    "provisional": [suspected()],
    "differential": [suspected("differential")],
    "provisional, and past": [suspected(status="resolved")],
    "of a verification that is not known": [suspected("perhaps")],
    "no verification": [condition(verified=None)],
    "refuted": [suspected("refuted")],
    "entered in error": [suspected("entered-in-error")],
    "damaged": [condition(damaged=("code",))],
    "in words only": [condition(None, text="SLE")],
    "refuted in words only": [condition(None, text="SLE", verified="refuted")],
    "words against its code": [condition(text="Family history of lupus")],
    "a code that may be it": [condition("200936003")],
    "a look-alike": [condition("M32.0", CM)],
    "something else": [condition("E11.9", CM)],
    "confirmed, and refuted": [condition(), suspected("refuted", name="c2")],
    "refuted, then confirmed": [
        condition(recorded_date="2021-01-01"),
        suspected("refuted", recorded_date="2020-01-01"),
    ],
    "confirmed, then refuted": [
        condition(recorded_date="2020-01-01"),
        suspected("refuted", recorded_date="2021-01-01"),
    ],
    "refuted on the day": [
        condition(recorded_date="2020-01-01"),
        suspected("refuted", recorded_date="2020-01-01"),
    ],
    "refuted, under another code": [condition(), condition("M32.9", CM, verified="refuted")],
    "twice": [condition(onset_date_time="2019-03"), condition("M32.14", CM)],
    "five times, each in other words": [condition(text=f"Lupus nephritis {number}") for number in range(5)],
    "of 120 signs": [condition(text="Lupus " * 20)],
    "of 121 signs": [condition(text="Systemic lupus " + "x" * 106)],
    "of one born today": [
        condition(onset_age=Quantity(value=Decimal(0), code="a")),
        {"born": "2026-11-01"},
    ],
    "four times": [
        condition(onset_date_time="2019-03"),
        condition("M32.14", CM),
        condition("M32.9", CM),
        condition(text="Lupus erythematosus, systemic"),
    ],
    "confirmed and provisional": [condition(), suspected("provisional", text="Lupus?")],
    "coded once at an encounter": [
        condition(category=(plain("encounter-diagnosis"),), onset_date_time="2020-01-01")
    ],
    "coded twice at encounters": [
        condition(category=(plain("encounter-diagnosis"),), recorded_date="2020-01-01"),
        condition(category=(plain("encounter-diagnosis"),), recorded_date="2021-01-01"),
    ],
    "coded at an encounter and on the list": [
        condition(category=(plain("encounter-diagnosis"),), recorded_date="2020-01-01"),
        condition(category=(plain("problem-list-item"),), recorded_date="2020-01-01"),
    ],
    "coded in no category": [condition(category=())],
    "none": [],
    "could not be had": [failed("Condition")],
    "in part": [{"asked": {"Condition": Asked.PARTIAL}}],
    "not asked": [not_asked("Condition")],
}
INFARCTION = {
    "six months ago": [mi("2026-05-01")],
    "a day more": [mi("2026-04-30")],
    "in that month": [mi("2026-05")],
    "in that year": [mi("2026")],
    "at the age of 46": [mi(onset_age=Quantity(value=Decimal(46), code="a"))],
    "at the age of 552 months": [mi(onset_age=Quantity(value=Decimal(552), code="mo"))],
    "at the age of 45": [mi(onset_age=Quantity(value=Decimal(45), code="a"))],
    "at the age of 44": [mi(onset_age=Quantity(value=Decimal(44), code="a"))],
    "at the age of 50000 days": [mi(onset_age=Quantity(value=Decimal(50000), code="d"))],
    "at the age of 50001 days": [mi(onset_age=Quantity(value=Decimal(50001), code="d"))],
    "lately, no status": [mi("2026-10-01", status=None)],
    "long ago, no status": [mi("2020-10-01", status=None)],
    "in that year, no status": [mi("2026", status=None)],
    "without a date": [mi()],
    "a date that cannot be read": [mi("soon")],
    "old, by its code": [condition("I25.2", CM)],
    "old, by its code, and dated": [condition("I25.2", CM, onset_date_time="2026-10-01")],
    "old and new": [mi("2020-01-01"), mi("2026-10-01")],
    "provisional, long ago": [mi("2020-01-01", verified="provisional")],
    "provisional, lately": [mi("2026-10-01", verified="provisional")],
    "provisional, without a date": [mi(verified="provisional")],
    "refuted": [mi("2026-10-01", verified="refuted")],
    "ended lately": [mi("2020-01-01", status="resolved", abatement_date_time="2026-06-01")],
    "ended long ago": [mi("2020-01-01", status="resolved", abatement_date_time="2020-06-01")],
    "ended in that year": [mi("2020-01-01", status="resolved", abatement_date_time="2026")],
    "past, and its end is not told": [mi("2020-01-01", status="resolved")],
    "past, and nothing is told": [mi(status="resolved")],
    "damaged": [mi("2026-10-01", damaged=("code",))],
    "two lately": [mi("2026-09-01"), mi("2026-10-01")],
    "two lately, of one the day is not known": [mi("2026-09-01"), mi("2026-10")],
    "none": [],
}
SEVERAL = {
    "both": [condition(), condition(SSC)],
    "one": [condition()],
    "one past, the other not on record": [condition(status="resolved")],
    "both past": [condition(status="resolved"), condition(SSC, status="resolved")],
    "one refuted, the other not on record": [suspected("refuted")],
    "both refuted": [suspected("refuted"), condition(SSC, verified="refuted")],
    "one provisional, the other refuted": [suspected(), condition(SSC, verified="refuted")],
    "one provisional, the other conflicting": [
        suspected(),
        condition(SSC),
        condition(SSC, verified="refuted"),
    ],
    "both provisional": [suspected(), condition(SSC, verified="provisional")],
    "one damaged, the other provisional": [
        condition(damaged=("code",)),
        condition(SSC, verified="provisional"),
    ],
    "many open ones": [
        suspected(text="Lupus?"),
        suspected(text="SLE, perhaps"),
        condition(SSC, verified="provisional", text="Scleroderma?"),
        condition(SSC, verified="differential", text="Systemic sclerosis, to exclude"),
        condition(SSC, damaged=("code",)),
    ],
    "neither": [],
    "neither, could not be had": [failed("Condition")],
}
FOUR = ((SLE, SCT), (SSC, SCT), (MI, SCT), (EPILEPSY, SCT))
GROUP = {
    "breast cancer": [condition("C50.9", CM)],
    "breast cancer, resolved": [condition("C50.9", CM, status="resolved")],
    "breast cancer, refuted": [condition("C50.9", CM, verified="refuted")],
    "basal cell carcinoma of the skin": [condition("C44.91", CM)],
    "perhaps what does not count": [condition("C44.9", WHO)],
    "four cancers": [condition(f"C{number}.9", CM) for number in (50, 34, 18, 61)],
    "none": [],
}


def done(code="36969009", *, status="completed", on=None, text=None, category=None, **more):
    return resources.Procedure(
        status=status,
        code=concept(code, more.pop("system", SCT), text),
        category=concept(category) if category else None,
        performed_date_time=on,
        **more,
    )


STENT = {
    "six months ago": [done(on="2026-05-01")],
    "a day more": [done(on="2026-04-30")],
    "with a time of day": [done(on="2026-10-01T08:00:00Z", text="Stent into the LAD")],
    "in that year": [done(on="2026")],
    "without a date": [done()],
    "a date that cannot be read": [done(on="soon")],
    "from a day to a day": [done(performed_period=Period(start="2026-04-29", end="2026-05-02"))],
    "from a day": [done(performed_period=Period(start="2026-05-02"))],
    "no days": [done(performed_period=Period())],
    "in progress": [done(status="in-progress", on="2026-10-01")],
    "no status": [done(status=None, on="2026-10-01")],
    "no status, in words, long ago": [
        done(None, text="Percutaneous coronary intervention", status=None, on="2020-10-01")
    ],
    "no status, in words, lately": [
        done(None, text="Percutaneous coronary intervention", status=None, on="2026-10-01")
    ],
    "no status, long ago": [done(status=None, on="2020-10-01")],
    "not done": [done(status="not-done", on="2026-10-01")],
    "in preparation": [done(status="preparation", on="2026-10-01")],
    "entered in error": [done(status="entered-in-error", on="2026-10-01")],
    "damaged": [done(on="2026-10-01", damaged=("code",))],
    "in words only": [done(None, text="Percutaneous coronary intervention", on="2026-10-01")],
    "a diagnosis that says so": [condition("Z95.5", CM)],
    "twice": [done(on="2026-06-01"), done(on="2026-10-01")],
    "twice, once long ago": [done(on="2020-06-01"), done(on="2026-10-01")],
    "another procedure": [done("44558001", on="2026-10-01", text="Hernia repair")],
    "none": [],
    "could not be had": [failed("Procedure")],
}
SURGERY = {
    "a surgical category": [done("44558001", category="387713003", on="2026-10-01", text="Hernia repair")],
    "of unknown kind": [done("86273004", text="Biopsy", on="2026-10-01")],
    "of a known kind beside": [done(on="2026-10-01"), done("86273004", text="Biopsy", on="2026-10-01")],
    "of unknown kind, long ago": [done("86273004", text="Biopsy", on="2020-10-01")],
    "of unknown kind and day": [done("86273004", text="Biopsy")],
    "of unknown kind, by its display": [
        resources.Procedure(
            status="completed",
            code=CodeableConcept(coding=(Coding(SCT, "86273004", display="Biopsy (procedure)"),)),
        )
    ],
    "without a name": [resources.Procedure(status="completed", performed_date_time="2026-10-01")],
    "of unknown kind, in progress": [done("86273004", text="Biopsy", status="in-progress")],
    "of a very long name": [done("86273004", text="Biopsy " * 30)],
    "five of unknown kind": [done("86273004", text=f"Biopsy {number}") for number in range(5)],
    "six of unknown kind": [done("86273004", text=f"Biopsy {number}") for number in range(6)],
    "none": [],
}


def order(code="52734007", *, status="active", intent="order", on=None, category=(), text=None, **more):
    return resources.ServiceRequest(
        status=status,
        intent=intent,
        code=concept(code, more.pop("system", SCT), text),
        category=tuple(map(concept, category)),
        occurrence_date_time=on,
        **more,
    )


def booked(start=None, status="booked", **more):
    return resources.Appointment(status=status, start=start, service_type=(concept("52734007"),), **more)


PLANS = {
    "today": [order(on="2026-11-01")],
    "in 24 weeks": [order(on="2027-04-18")],
    "a day later": [order(on="2027-04-19")],
    "in that month": [order(on="2027-04")],
    "without a date": [order()],
    "a date that cannot be read": [order(on="soon")],
    "yesterday": [order(on="2026-10-31")],
    "from a day to a day": [order(occurrence_period=Period(start="2026-12-01", end="2026-12-03"))],
    "from a day": [order(occurrence_period=Period(start="2026-12-01"))],
    "until a day": [order(occurrence_period=Period(end="2026-12-03"))],
    "in its own words": [order(on="2026-12-01", text="New hip, left")],
    "draft": [order(status="draft", on="2026-12-01")],
    "no status": [order(status=None, on="2026-12-01")],
    "draft, far away": [order(status="draft", on="2028-12-01")],
    "revoked": [order(status="revoked", on="2026-12-01")],
    "completed": [order(status="completed", on="2026-12-01")],
    "entered in error": [order(status="entered-in-error", on="2026-12-01")],
    "a proposal": [order(intent="proposal", on="2026-12-01")],
    "a plan": [order(intent="plan", on="2026-12-01")],
    "no intent": [order(intent=None, on="2026-12-01")],
    "a draft proposal": [order(intent="proposal", status="draft", on="2026-12-01")],
    "not to be done": [order(do_not_perform=True, on="2026-12-01")],
    "damaged": [order(damaged=("code",), on="2026-12-01")],
    "in words only": [order(None, text="Hip replacement", on="2026-12-01")],
    "booked": [booked("2026-12-01T08:00:00Z")],
    "booked, without a time": [booked()],
    "booked, far away": [booked("2028-01-01")],
    "booked, passed": [booked("2026-10-01")],
    "pending": [booked("2026-12-01", "pending")],
    "proposed": [booked("2026-12-01", "proposed")],
    "on the waiting list": [booked("2026-12-01", "waitlist")],
    "cancelled": [booked("2026-12-01", "cancelled")],
    "not come": [booked("2026-12-01", "noshow")],
    "fulfilled": [booked("2026-12-01", "fulfilled")],
    "booked, damaged": [booked("2026-12-01", damaged=("start",))],
    "ordered and booked": [order(on="2026-12-01"), booked("2026-12-02")],
    "another procedure": [order("86273004", on="2026-12-01")],
    "a draft, yesterday": [order(status="draft", on="2026-10-31")],
    "a draft proposal, yesterday": [order(status="draft", intent="proposal", on="2026-10-31")],
    "a draft proposal, far away": [order(status="draft", intent="proposal", on="2028-10-31")],
    "a surgical category": [order("44558001", category=("387713003",), on="2026-12-01")],
    "a surgical category, in its own words": [
        order("44558001", category=("387713003",), on="2026-12-01", text="Hernia repair")
    ],
    "a hip that was replaced": [order("Z96.64", system=CM, on="2026-12-01")],
    "booked for a reason": [
        resources.Appointment(status="booked", start="2026-12-01", reason_code=(concept("52734007"),))
    ],
    "booked in a category": [
        resources.Appointment(status="booked", start="2026-12-01", service_category=(concept("52734007"),))
    ],
    "none": [],
    "orders could not be had": [failed("ServiceRequest")],
    "appointments could not be had": [failed("Appointment")],
}


def shot(code="03", *, system=CVX, status="completed", on="2026-10-20", text=None, **more):
    return resources.Immunization(
        status=status, vaccine_code=concept(code, system, text), occurrence_date_time=on, **more
    )


VACCINES = {
    "measles four weeks ago": [shot(on="2026-10-04")],
    "a day more": [shot(on="2026-10-03")],
    "in that month": [shot(on="2026-10")],
    "without a date": [shot(on=None)],
    "a date that cannot be read": [shot(on="soon")],
    "in its own words": [shot(text="MMR, second")],
    "two": [shot(), shot(on="2026-10-10")],
    "one that is not live": [shot("187")],
    "one that may be live": [shot("206")],
    "one that may be live, long ago": [shot("206", on="2020-01-01")],
    "one that nobody knows": [shot("999")],
    "one that nobody knows, named": [shot("999", text="Jab")],
    "one that nobody knows, with a display": [
        resources.Immunization(
            status="completed",
            vaccine_code=CodeableConcept(coding=(Coding(CVX), Coding(CVX, "999", display="A jab"))),
            occurrence_date_time="2026-10-20",
        )
    ],
    "without a code": [resources.Immunization(status="completed", occurrence_date_time="2026-10-20")],
    "not done": [shot(status="not-done")],
    "entered in error": [shot(status="entered-in-error")],
    "no status": [shot(status=None)],
    "another status": [shot(status="perhaps")],
    "another status, on an unknown day": [shot("206", status="perhaps", on=None)],
    "another status, long ago": [shot(status="perhaps", on="2020-01-01")],
    "damaged": [shot(damaged=("status",))],
    "none": [],
    "could not be had": [failed("Immunization")],
}


def allergy(
    code=None, *, system=SCT, category=("medication",), verified="confirmed", text="Penicillin", **more
):
    shown = tuple(concept(each) for each in more.pop("shown", ()))
    severity = more.pop("severity", None)
    return resources.AllergyIntolerance(
        clinical_status=plain(more.pop("status", "active")),
        verification_status=plain(verified),
        category=category,
        code=concept(code, system, text),
        reaction=(Reaction(manifestation=shown, severity=severity),) if shown or severity else (),
        **more,
    )


ALLERGIES = {
    "high criticality": [allergy(criticality="high", recorded_date="2020-01-01")],
    "high criticality, since": [allergy(criticality="high", onset_date_time="2019-01-01")],
    "high criticality, since and recorded": [
        allergy(criticality="high", onset_date_time="2019-01-01", recorded_date="2020-01-01")
    ],
    "a severe reaction": [allergy(severity="severe")],
    "anaphylaxis": [allergy(shown=("39579001",))],
    "anaphylaxis of low criticality": [allergy(shown=("39579001",), criticality="low")],
    "anaphylaxis in words": [
        allergy(),
        resources.AllergyIntolerance(
            category=("medication",),
            code=concept(None, text="Penicillin"),
            reaction=(Reaction(manifestation=(CodeableConcept(text="anaphylaxis"),)),),
        ),
    ],
    "low criticality": [allergy(criticality="low")],
    "a mild reaction": [allergy(severity="mild", recorded_date="2020-01-01")],
    "a mild reaction, unconfirmed": [allergy(severity="mild", verified="unconfirmed")],
    "nothing of its severity": [allergy()],
    "a criticality that could not be told": [allergy(criticality="unable-to-assess")],
    "unconfirmed": [allergy(criticality="high", verified="unconfirmed")],
    "unconfirmed, and nothing of its severity": [allergy(verified="unconfirmed")],
    "refuted": [allergy(criticality="high", verified="refuted")],
    "entered in error": [allergy(criticality="high", verified="entered-in-error")],
    "of a food": [allergy(criticality="high", category=("food",))],
    "of a food or a drug": [allergy(criticality="high", category=("food", "medication"))],
    "of a biologic": [allergy(criticality="high", category=("biologic",))],
    "of no category": [allergy(criticality="high", category=())],
    "of no category, a drug by its code": [allergy("7980", system=RXNORM, criticality="high", category=())],
    "damaged": [allergy(criticality="high", damaged=("code",))],
    "no substance": [
        resources.AllergyIntolerance(
            category=("medication",), criticality="high", clinical_status=plain("active")
        )
    ],
    "a substance by its code": [allergy("7980", system=RXNORM, text=None, criticality="high")],
    "a substance by its display": [
        resources.AllergyIntolerance(
            category=("medication",),
            criticality="high",
            code=CodeableConcept(coding=(Coding(SCT, "x", display="Peni  cillin"),)),
        )
    ],
    "anaphylaxis as its code": [allergy("39579001", text=None)],
    "anaphylaxis as its words": [allergy(None, text="anaphylaxis")],
    "of a very long name": [allergy(text="Penicillin and others " * 8, criticality="high")],
    "of no name": [allergy(None, text=None, criticality="high")],
    "of a code without words": [
        resources.AllergyIntolerance(
            category=("medication",),
            criticality="high",
            code=CodeableConcept(coding=(Coding(SCT), Coding(SCT, "x"))),
        )
    ],
    "known twice": [allergy(criticality="high"), allergy(criticality="high"), allergy(severity="mild")],
    "no known allergies": [allergy("716186003", category=(), text=None)],
    "no known drug allergies": [allergy("409137002", category=(), text=None, recorded_date="2026-01-01")],
    "no known drug allergies, inactive": [allergy("409137002", category=(), text=None, status="inactive")],
    "no known drug allergies, refuted": [allergy("409137002", category=(), text=None, verified="refuted")],
    "no known drug allergies, unconfirmed": [
        allergy("409137002", category=(), text=None, verified="unconfirmed")
    ],
    "no known drug allergies, damaged": [allergy("409137002", category=(), text=None, damaged=("code",))],
    "no known drug allergies, no status": [
        allergy("409137002", category=(), text=None, status=None, verified=None)
    ],
    "no known drug allergies, in words": [allergy(category=(), text="NKDA")],
    "no known drug allergies, and one that is": [
        allergy("409137002", category=(), text=None),
        allergy(criticality="high"),
    ],
    "a diagnosis": [condition("Z88.0", CM)],
    "an anaphylactic shock by a drug": [condition("T88.6XXA", CM)],
    "none": [],
    "could not be had": [failed("AllergyIntolerance")],
}


def report(title=None, code=None, *, on="2026-10-01", status="final", **more):
    named = concept(code, LOINC) if code else CodeableConcept(text=title)
    return resources.DiagnosticReport(status=status, code=named, effective_date_time=on, **more)


REPORTS = {
    "by its code": [report(code="11524-6", conclusion="Sinus rhythm")],
    "by its title": [report("12-lead ECG")],
    "by its display": [
        resources.DiagnosticReport(
            status="final",
            code=CodeableConcept(coding=(Coding(LOINC, "x", display="Electrocardiogram"),)),
            issued="2026-10-01T08:00:00Z",
        )
    ],
    "its conclusion in a code": [
        report("ECG", conclusion_code=(CodeableConcept(), CodeableConcept(text="Atrial fibrillation")))
    ],
    "with a time of day": [report("ECG", on="2026-10-01T08:00:00Z")],
    "from a day to a day": [
        report("ECG", on=None, effective_period=Period(start="2026-10-01", end="2026-10-02"))
    ],
    "without a date": [report("ECG", on=None)],
    "a date that cannot be read": [report("ECG", on="soon", issued="2026-10-01")],
    "preliminary": [report("ECG", status="preliminary")],
    "partial": [report("ECG", status="partial")],
    "registered": [report("ECG", status="registered")],
    "cancelled": [report("ECG", status="cancelled")],
    "entered in error": [report("ECG", status="entered-in-error")],
    "of unknown status": [report("ECG", status="unknown")],
    "the newest of four": [report("ECG", on=f"2026-0{month}-01") for month in (3, 9, 5, 7)],
    "an undated one beside": [report("ECG", on=None), report("ECG", on="2020-01-01")],
    "an observation": [
        resources.Observation(
            status="final",
            code=concept("11524-6", LOINC),
            value_string="Sinus rhythm",
            effective_date_time="2026-10-01",
        )
    ],
    "an observation, cancelled": [
        resources.Observation(status="cancelled", code=concept("11524-6", LOINC), value_string="Sinus rhythm")
    ],
    "a procedure": [done(None, text="Electrocardiography", on="2026-10-01")],
    "a procedure, in progress": [done(None, text="ECG", on="2026-10-01", status="in-progress")],
    "a procedure, not done": [done(None, text="ECG", on="2026-10-01", status="not-done")],
    "another report": [report("Chest X-ray")],
    "without a code": [resources.DiagnosticReport(status="final")],
    "none": [],
    "could not be had": [failed("DiagnosticReport")],
    "results could not be had": [failed("Observation")],
}


def subject(status, start=None, end=None, **more):
    period = Period(start=start, end=end) if start or end else None
    return ResearchSubject(status=status, period=period, study=Reference(reference="ResearchStudy/1"), **more)


def study(*words, title="Example-One", **more):
    category = (CodeableConcept(text=" ".join(words)),) if words else ()
    return {"studies": {"ResearchStudy/1": ResearchStudy(title=title, category=category, **more)}}


TRIALS = {
    "ended in that month": [subject("off-study", None, "2026-07"), study("Interventional")],
    "ended in that year": [subject("off-study", None, "2026"), study("Interventional")],
    "now": [subject("on-study", "2025-01-01"), study("Interventional")],
    "now, by intervention": [subject("on-study-intervention"), study("Interventional")],
    "now, observed": [subject("on-study-observation"), study("Observational")],
    "followed up": [subject("follow-up", "2024-01-01"), study("Interventional Study")],
    "left three months ago": [subject("off-study", "2025-01-01", "2026-08-01"), study("Interventional")],
    "left a day before": [subject("off-study", "2025-01-01", "2026-07-31"), study("Interventional")],
    "left in that month": [subject("off-study", "2025-01-01", "2026-08"), study("Interventional")],
    "left on an unknown day": [subject("off-study", "2025-01-01"), study("Interventional")],
    "left on a day that cannot be read": [
        subject("off-study", "2025-01-01", "soon"),
        study("Interventional"),
    ],
    "left, begun lately": [subject("off-study", "2026-10-01"), study("Interventional")],
    "left, begun lately, and dated": [
        subject("off-study", "2026-09-01", "2026-10-01"),
        study("Interventional"),
    ],
    "withdrawn": [subject("withdrawn", "2025-01-01", "2026-10-01"), study("Interventional")],
    "withdrawn, nothing told": [subject("withdrawn"), study("Interventional")],
    "on study and ended": [subject("on-study", "2024-01-01", "2025-01-01"), study("Interventional")],
    "begins next month": [subject("on-study", "2026-12-01"), study("Interventional")],
    "begins next month, ended last year": [subject("off-study", "2026-12-01", "2025-01-01"), study()],
    "a status that is not known": [subject("made-up", "2026-10-01"), study("Interventional")],
    "no status": [subject(None, "2026-10-01"), study("Interventional")],
    "damaged": [subject("on-study", damaged=("status",)), study("Interventional")],
    "screened": [subject("screening", "2026-10-01"), study("Interventional")],
    "screened, damaged": [subject("screening", damaged=("period",)), study("Interventional")],
    "candidate": [subject("candidate")],
    "potential candidate": [subject("potential-candidate")],
    "eligible": [subject("eligible")],
    "ineligible": [subject("ineligible", None, "2026-10-02")],
    "not registered": [subject("not-registered")],
    "pending": [subject("pending-on-study")],
    "screened for one, in another": [subject("screening"), subject("on-study"), study("Interventional")],
    "past one, in another": [subject("off-study", "2020-01-01", "2021-01-01"), subject("on-study")],
    "observational": [subject("on-study"), study("Registry")],
    "observational, long ago": [subject("off-study", "2020-01-01", "2021-01-01"), study("Registry")],
    "both kinds": [
        subject("on-study"),
        {
            "studies": {
                "ResearchStudy/1": ResearchStudy(
                    category=(CodeableConcept(text="Interventional"), CodeableConcept(text="Observational"))
                )
            }
        },
    ],
    "by its code": [
        subject("on-study"),
        {
            "studies": {
                "ResearchStudy/1": ResearchStudy(
                    category=(CodeableConcept(coding=(Coding(code="SEVCO:01001"),)),)
                )
            }
        },
    ],
    "by its display": [
        subject("on-study"),
        {
            "studies": {
                "ResearchStudy/1": ResearchStudy(
                    category=(CodeableConcept(coding=(Coding(display=" Observational Study "),)),)
                )
            }
        },
    ],
    "of a kind that is not stated": [subject("on-study"), study()],
    "of a kind that is not stated, long ago": [subject("off-study", "2020-01-01", "2021-01-01"), study()],
    "of a study that is not there": [subject("on-study")],
    "of a damaged study": [subject("on-study"), study("Interventional", damaged=("category",))],
    "of a study without a title": [subject("on-study"), study("Interventional", title=None)],
    "none": [],
    "could not be had": [failed("ResearchSubject")],
    "screened, the rest could not be had": [subject("screening"), failed("ResearchSubject")],
}

GROUPS = {
    "four open": [condition(code, system, verified="provisional") for code, system in FOUR],
    "three open": [condition(code, system, verified="provisional") for code, system in FOUR[:3]],
    "four past": [condition(code, system, verified="refuted") for code, system in FOUR],
    "four there": [condition(code, system) for code, system in FOUR],
}

LUPUS_NOW = Diagnosis(diagnosis=("sle",), status="current")
ASKED = {
    "nothing found": [],
    "lupus": [condition(onset_date_time="2019-03")],
    "lupus, provisional": [suspected()],
    "lupus, past": [condition(status="resolved")],
    "lupus, coded once": [condition(category=(plain("encounter-diagnosis"),), onset_date_time="2020-01-01")],
    "no birth date": [condition(), {"born": None}],
}

QUESTIONS = {
    "diagnosis": (Diagnosis(diagnosis=("sle",)), LUPUS),
    "diagnosis_current": (LUPUS_NOW, LUPUS),
    "diagnosis_only_confirmed": (Diagnosis(diagnosis=("sle",), only="confirmed"), LUPUS),
    "diagnosis_suspected_counts": (Diagnosis(diagnosis=("sle",), suspected="counts"), LUPUS),
    "diagnosis_within": (Diagnosis(diagnosis=("acute_mi",), within="6 months"), INFARCTION),
    "diagnosis_by_presence": (
        Diagnosis(diagnosis=("acute_mi",), within="6 months", by="presence"),
        INFARCTION,
    ),
    "diagnosis_current_within": (
        Diagnosis(diagnosis=("acute_mi",), within="6 months", status="current"),
        INFARCTION,
    ),
    "diagnosis_of_two": (Diagnosis(diagnosis=("sle", "ssc")), SEVERAL),
    "diagnosis_of_two_now": (Diagnosis(diagnosis=("sle", "ssc"), status="current"), SEVERAL),
    "diagnosis_of_four": (Diagnosis(diagnosis=("sle", "ssc", "acute_mi", "epilepsy")), GROUPS),
    "diagnosis_of_two_within": (
        Diagnosis(diagnosis=("acute_mi", "epilepsy"), within="6 months"),
        {
            "both": [mi("2026-09-01"), condition(EPILEPSY, onset_date_time="2026-10-01")],
            "both, the other way": [mi("2026-10-01"), condition(EPILEPSY, onset_date_time="2026-09-01")],
            "one": [mi("2026-09-01"), condition(EPILEPSY, onset_date_time="2020-10-01")],
            "neither lately": [mi("2020-09-01"), condition(EPILEPSY, onset_date_time="2020-10-01")],
        },
    ),
    "diagnosis_of_a_group": (Diagnosis(diagnosis=("malignancy",)), GROUP),
    "diagnosis_except": (Diagnosis(diagnosis=("malignancy",), except_=("basal_cell_carcinoma",)), GROUP),
    "procedure": (Procedure(procedure=("pci",)), STENT),
    "procedure_within": (Procedure(procedure=("pci",), within="6 months"), STENT),
    "procedure_surgery": (Procedure(procedure=("major_surgery",), within="24 weeks"), SURGERY),
    "procedure_surgery_ever": (Procedure(procedure=("surgery", "pci")), SURGERY),
    "planned_procedure": (
        PlannedProcedure(planned_procedure=("joint_surgery",), within_next="24 weeks"),
        PLANS,
    ),
    "planned_surgery": (
        PlannedProcedure(planned_procedure=("surgery", "joint_surgery"), within_next="24 weeks"),
        PLANS,
    ),
    "immunization": (Immunization(immunization=("live_vaccine",)), VACCINES),
    "immunization_within": (Immunization(immunization=("live_vaccine",), within="4 weeks"), VACCINES),
    "drug_allergy": (DrugAllergy(), ALLERGIES),
    "report": (ReportOnRecord(report="ecg"), REPORTS),
    "other_trial": (OtherTrial(other_trial="any"), TRIALS),
    "other_trial_within": (OtherTrial(other_trial="any", within="3 months"), TRIALS),
    "other_trial_interventional": (OtherTrial(other_trial="interventional", within="3 months"), TRIALS),
    "ask_clinician": (
        AskClinician(
            ask_clinician=" Is it active? ",
            look_at=(LUPUS_NOW, Diagnosis(diagnosis=("ssc",))),
            supports=(Age(at_least="18"),),
        ),
        ASKED,
    ),
    "ask_clinician_in_a_statement": (
        AskClinician(
            ask_clinician="The disease is active.",
            supports=(LUPUS_NOW, Age(below="18")),
        ),
        ASKED,
    ),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_whole_answer_is_as_it_was_read_and_approved(name):
    question, cases = QUESTIONS[name]
    approve(name, answers(charts(question, cases)))


WRONG = [
    Diagnosis(diagnosis=()),
    Diagnosis(diagnosis=("sugar",), except_=("salt",), within="soon"),
    Diagnosis(diagnosis=("sle",), status="past", by="end", only="sure", suspected="perhaps"),
    Diagnosis(diagnosis=("sle",), by="presence"),
    Diagnosis(diagnosis=("sle",), only="confirmed", suspected="counts"),
    Diagnosis(diagnosis=("sle",), by="presence", within="6 months", status="current", only="confirmed"),
    Procedure(procedure=()),
    Procedure(procedure=("sugar",), within="soon"),
    Procedure(procedure=("pci",), within="6 months"),
    PlannedProcedure(planned_procedure=(), within_next="24 weeks"),
    PlannedProcedure(planned_procedure=("sugar",), within_next="soon"),
    Immunization(immunization=()),
    Immunization(immunization=("sugar",), within="soon"),
    DrugAllergy(drug_allergy="mild"),
    DrugAllergy(),
    ReportOnRecord(report="poem"),
    ReportOnRecord(report="ecg"),
    OtherTrial(other_trial="some", within="soon"),
    OtherTrial(other_trial="interventional", within="3 months"),
    AskClinician(ask_clinician=" "),
    AskClinician(
        ask_clinician="Why?", look_at=(Age(age="months"),), supports=(DrugAllergy(drug_allergy="mild"),)
    ),
]


def test_what_an_author_is_told_of_a_question_that_is_written_wrongly():
    approve("faults_of_histories", faults((question, concepts()) for question in WRONG))
