"""Whatever a chart holds, the coded questions answer."""

from __future__ import annotations

from decimal import Decimal

from coded_charts import CM, SCT, chart, concept, plain
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.features.allergies import DrugAllergy
from cds_service.features.diagnoses import Diagnosis
from cds_service.features.immunizations import Immunization
from cds_service.features.planned_procedures import PlannedProcedure
from cds_service.features.procedures import Procedure
from cds_service.fhir import resources
from cds_service.fhir.resources import Period, Quantity
from cds_service.kleene import Truth

DATES = st.sampled_from(
    [
        None,
        "",
        "soon",
        "0001",
        "0001-01-01",
        "2026",
        "2026-05",
        "2026-05-01",
        "2026-11-01T10:00:00Z",
        "9999-12-31",
    ]
)
WORDS = st.sampled_from([None, "SLE", "?SLE", "no", "a" * 5000, "☃\x00", "NKDA"])
CODES = st.sampled_from(
    [("55464009", SCT), ("M32.0", CM), ("I25.2", CM), ("387713003", SCT), ("39579001", SCT)]
)
STATUSES = st.sampled_from([None, "active", "resolved", "completed", "booked", "refuted", "provisional", "☃"])
PERIODS = st.one_of(st.none(), st.builds(Period, start=DATES, end=DATES))
AGES = st.one_of(
    st.none(),
    st.builds(
        Quantity,
        value=st.sampled_from([None, Decimal("45.5"), Decimal(-3), Decimal(40000)]),
        code=st.sampled_from([None, "a", "mo", "wk", "d", "furlong"]),
    ),
)
CONCEPTS = st.builds(lambda code, text: concept(*code, text), CODES, WORDS)
STATUS_CONCEPTS = st.builds(plain, STATUSES)
CONDITIONS = st.builds(
    resources.Condition,
    code=st.one_of(st.none(), CONCEPTS),
    clinical_status=STATUS_CONCEPTS,
    verification_status=STATUS_CONCEPTS,
    onset_date_time=DATES,
    onset_period=PERIODS,
    onset_age=AGES,
    abatement_date_time=DATES,
    abatement_period=PERIODS,
    abatement_age=AGES,
    recorded_date=DATES,
)
PROCEDURES = st.builds(
    resources.Procedure,
    status=STATUSES,
    code=st.one_of(st.none(), CONCEPTS),
    category=st.one_of(st.none(), CONCEPTS),
    performed_date_time=DATES,
    performed_period=PERIODS,
)
ORDERS = st.builds(
    resources.ServiceRequest, status=STATUSES, intent=STATUSES, code=CONCEPTS, occurrence_date_time=DATES,
    occurrence_period=PERIODS,
)  # fmt: skip
VACCINES = st.builds(
    resources.Immunization,
    status=STATUSES,
    vaccine_code=st.one_of(st.none(), CONCEPTS),
    occurrence_date_time=DATES,
)
ALLERGIES = st.builds(
    resources.AllergyIntolerance, code=st.one_of(st.none(), CONCEPTS), verification_status=STATUS_CONCEPTS,
    criticality=STATUSES, category=st.sampled_from([(), ("medication",), ("food",), ("☃",)]),
)  # fmt: skip
KEYS = ("sle", "acute_mi", "surgery", "severe_drug_allergy")
QUESTIONS = (
    Diagnosis(diagnosis=KEYS),
    Diagnosis(diagnosis=KEYS, within="6 months", status="current"),
    Diagnosis(diagnosis=KEYS, within="5 years", by="presence", except_=("sle",)),
    Procedure(procedure=("surgery", "major_surgery"), within="24 weeks"),
    PlannedProcedure(planned_procedure=("surgery",), within_next="24 weeks"),
    Immunization(immunization=("live_vaccine",), within="4 weeks"),
    DrugAllergy(),
)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(
    st.lists(CONDITIONS, max_size=3),
    st.lists(PROCEDURES, max_size=2),
    st.lists(ORDERS, max_size=2),
    st.lists(VACCINES, max_size=2),
    st.lists(ALLERGIES, max_size=2),
    DATES,
)
def test_every_chart_is_answered_with_a_reason(conditions, procedures, orders, vaccines, allergies, born):
    asked = chart(
        conditions=conditions, procedures=procedures, service_requests=orders, immunizations=vaccines,
        allergies=allergies, born=born,
    )  # fmt: skip
    for question in QUESTIONS:
        reading = asked.answer(question)
        assert reading.said
        assert (reading.reason is None) is (reading.truth is not Truth.UNKNOWN)
        assert reading.evidence or reading.truth is Truth.UNKNOWN
