"""Who is on a drug today, and what an incomplete record does not say."""

import pytest
from drug_charts import (
    ANTIHYPERTENSIVE,
    BELIMUMAB,
    HYDROXYCHLOROQUINE,
    PREDNISONE,
    chart_of,
    dispensed,
    dosage,
    given,
    order,
    refers_to,
    rx,
    statement,
)

from cds_service.features.question import Reason
from cds_service.features.taking import Taking
from cds_service.fhir.record import Asked
from cds_service.fhir.resources import Dosage, Ingredient, Medication, MedicationStatement, Period
from cds_service.kleene import Truth

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def taking(*entries, of="glucocorticoid", **more):
    return chart_of(*entries, **more).answer(Taking(taking=(of,)))


def test_an_active_statement_is_told_with_its_dose_and_start():
    reading = taking(statement(PREDNISONE, "2026-01-05", dose=20, named=rx(PREDNISONE, "Prednisone")))
    assert reading.truth is TRUE
    assert reading.said == "Prednisone 20 mg 1/day (active, since 2026-01-05)"
    assert reading.evidence[0].value == "20 mg 1/day"
    assert reading.evidence[0].date == "2026-01-05"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", TRUE),
        ("completed", FALSE),
        ("stopped", FALSE),
        ("on-hold", UNKNOWN),
        ("unknown", UNKNOWN),
        (None, UNKNOWN),
        ("entered-in-error", FALSE),
        ("not-taken", FALSE),
        ("intended", FALSE),
    ],
)
def test_status_of_a_statement_beside_another_current_drug(status, expected):
    entry = statement(PREDNISONE, "2026-01-05", status=status)
    assert taking(entry, statement(ANTIHYPERTENSIVE, "2026-01-01")).truth is expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (order(PREDNISONE, "2026-10-01"), TRUE),
        (order(PREDNISONE, "2026-10-01", status="on-hold"), UNKNOWN),
        (order(PREDNISONE, "2026-10-01", status="cancelled"), FALSE),
        (order(PREDNISONE, "2026-10-01", status="draft"), FALSE),
        (order(PREDNISONE, "2026-10-01", intent="proposal"), FALSE),
        (order(PREDNISONE, "2026-10-01", intent="plan"), FALSE),
        (order(PREDNISONE, "2026-10-01", do_not_perform=True), FALSE),
        (order(PREDNISONE, "2026-10-01", damaged=("dosageInstruction",)), UNKNOWN),
        (order(PREDNISONE, "2026-01-01", dose=dosage(20, bounds=Period(end="2026-10-31"))), UNKNOWN),
        (order(PREDNISONE, "2026-01-01", dose=dosage(20, bounds=Period(end="2026-11-01"))), TRUE),
        (dispensed(PREDNISONE, "2026-10-10", "30"), TRUE),
        (dispensed(PREDNISONE, "2026-10-01", "30"), UNKNOWN),  # ended 30 October: two days over
        (dispensed(PREDNISONE, "2026-06-01", "30"), FALSE),
        (given(PREDNISONE, "2026-11-01", status="in-progress"), TRUE),
        (given(PREDNISONE, "2026-10-31"), TRUE),
        (given(PREDNISONE, "2026-10-20"), UNKNOWN),
        (given(PREDNISONE, "2026-06-20"), FALSE),
        (given(PREDNISONE, "2026-10-31", status="not-done"), FALSE),
        (statement(PREDNISONE, "2026-11-02"), FALSE),
        (statement(PREDNISONE, "2026-11"), UNKNOWN),
    ],
)
def test_orders_supplies_and_doses_beside_another_current_drug(entry, expected):
    assert taking(entry, statement(ANTIHYPERTENSIVE, "2026-01-01")).truth is expected


def test_an_order_is_said_not_to_be_intake():
    assert "not on record" in taking(order(PREDNISONE, "2026-10-01")).notes[0]


def test_an_order_of_years_ago_is_questioned():
    assert "2020-10-01" in taking(order(PREDNISONE, "2020-10-01")).notes[1]
    assert len(taking(order(PREDNISONE, "2025-11-02")).notes) == 1


def test_an_order_against_a_later_stop_is_conflicting():
    stop = statement(PREDNISONE, "2026-01-01", "2026-10-20", status="stopped")
    reading = taking(order(PREDNISONE, "2026-09-01"), stop)
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.CONFLICTING)


def test_no_drug_on_record_is_unknown():
    reading = taking()
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NOTHING_ON_RECORD)


def test_a_failed_query_never_makes_it_false():
    reading = taking(statement(ANTIHYPERTENSIVE, "2026-01-01"), asked={"MedicationRequest": Asked.FAILED})
    assert (reading.truth, reading.lost) == (UNKNOWN, True)


def test_only_past_drugs_on_record_is_unknown():
    reading = taking(statement(PREDNISONE, "2025-01-01", "2025-06-01", status="completed"))
    assert reading.truth is UNKNOWN


def test_another_current_drug_makes_it_false_and_is_shown():
    reading = taking(statement(BELIMUMAB, "2026-01-01"))
    assert reading.truth is FALSE
    assert reading.evidence[0].code == BELIMUMAB


@pytest.mark.parametrize("text", ["prednisone 5 mg", "Medrol dose pack", "oral steroid", "泼尼松片"])
def test_a_name_alone_is_for_a_clinician(text):
    named = statement(None, "2026-01-01", named=rx(text=text))
    reading = taking(named, statement(ANTIHYPERTENSIVE, "2026-01-01"))
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)


def test_a_name_that_is_not_known_here_may_be_a_brand_of_one():
    reading = taking(statement(None, "2026-01-01", named=rx(text="lisinopril")))
    assert (reading.truth, reading.reason) == (UNKNOWN, Reason.NEEDS_CLINICIAN)


@pytest.mark.parametrize("text", ["Hydrocortisone 1% cream", "fludrocortisone 0.1 mg"])
def test_a_name_of_something_else_is_not_one(text):
    assert taking(statement(None, "2026-01-01", named=rx(text=text))).truth is FALSE


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (rx(text="Prednisolon 5 mg Tabletten"), UNKNOWN),  # another language's word
        (rx(text="Hausmarke 5"), UNKNOWN),
        (rx("X17", "Hausmarke 5", system="urn:site:drugs"), UNKNOWN),
        (rx(ANTIHYPERTENSIVE, "Hausmarke 5"), FALSE),  # the code says that it is another drug
    ],
)
def test_a_name_that_is_not_known_here_may_be_one(named, expected):
    reading = taking(statement(ANTIHYPERTENSIVE, "2026-01-01"), statement(None, "2026-01-01", named=named))
    assert reading.truth is expected
    assert expected is FALSE or reading.reason is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(
    "entry",
    [
        statement(None, "2026-01-01", named=rx("X1", system="urn:local")),
        MedicationStatement(status="active", medication_reference=refers_to("Medication/gone")),
    ],
)
def test_a_drug_that_is_not_named_at_all_is_never_taken_for_another(entry):
    assert taking(entry, statement(ANTIHYPERTENSIVE, "2026-01-01")).truth is UNKNOWN


@pytest.mark.parametrize("route", ["Topical", "Ophthalmic route", "inhalation", "Intra-articular route"])
def test_local_routes_do_not_count(route):
    cream = statement(PREDNISONE, "2026-01-01", dose=dosage(5, route=route))
    assert taking(cream, statement(ANTIHYPERTENSIVE, "2026-01-01")).truth is FALSE


def test_a_local_product_does_not_count_without_any_route():
    eye_drops = statement("314165", "2026-01-01")  # prednisolone 10 MG/ML Ophthalmic Solution
    assert taking(eye_drops, statement(ANTIHYPERTENSIVE, "2026-01-01")).truth is FALSE


def test_hydrocortisone_without_a_route_is_mostly_a_cream():
    assert taking(statement("5492", "2026-01-01")).truth is UNKNOWN
    assert taking(statement("5492", "2026-01-01", dose=20)).truth is TRUE


@pytest.mark.parametrize("system", ["http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"])
@pytest.mark.parametrize(
    ("code", "of"), [("H02AB07", "prednisone"), ("L01XC02", "rituximab"), ("L01FA01", "rituximab")]
)
def test_atc_old_and_new(system, code, of):
    assert taking(statement(None, "2026-01-01", named=rx(code, system=system)), of=of).truth is TRUE


def test_a_medication_by_reference_with_its_ingredients():
    drug = Medication(ingredient=(Ingredient(item_codeable_concept=rx(HYDROXYCHLOROQUINE)),))
    entry = MedicationStatement(
        reference="MedicationStatement/9", status="active", medication_reference=refers_to("Medication/1")
    )
    assert taking(entry, of="antimalarial", medications={"Medication/1": drug}).truth is TRUE


@pytest.mark.parametrize("code", ["1011646", "1305268"])  # a dental cartridge, an auto-injector
def test_epinephrine_for_the_dentist_or_allergy_is_no_vasopressor(code):
    entries = given(code, "2026-11-01"), statement(ANTIHYPERTENSIVE, "2026-01-01")
    assert taking(*entries, of="vasopressor").truth is FALSE


def test_norepinephrine_running_is_a_vasopressor():
    assert taking(given("7512", "2026-10-31", status="in-progress"), of="vasopressor").truth is TRUE


def test_as_needed_still_counts_as_taking():
    assert taking(statement(PREDNISONE, "2026-01-01", dose=Dosage(as_needed_boolean=True))).truth is TRUE


@pytest.mark.parametrize("key", ["steroids", ""])
def test_an_unknown_key_is_refused_with_the_remedy(key):
    from drug_charts import concepts

    (fault,) = Taking(taking=(key,)).check(concepts())
    assert "drug_classes.yaml" in fault


def test_one_chart_is_asked_for_two_classes():
    chart = chart_of(
        statement(PREDNISONE, "2026-01-05", dose=20), statement(HYDROXYCHLOROQUINE, "2025-01-05")
    )
    for concept, said in (("glucocorticoid", "Prednisone"), ("hydroxychloroquine", "Hydroxychloroquine")) * 2:
        reading = chart.answer(Taking(taking=(concept,)))
        assert reading.truth is TRUE
        assert len(reading.evidence) == 1
        assert reading.said.lower().startswith(said.lower())
