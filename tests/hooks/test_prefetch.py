import re

import msgspec
import pytest
from synthetic import LABS, criterion, trial

from cds_service.concepts import Concepts
from cds_service.concepts.points import How
from cds_service.features.classification_points import Points
from cds_service.features.clinician import AskClinician
from cds_service.features.measurements import Lab
from cds_service.features.pregnancy import PregnancyTest
from cds_service.features.scores import Score
from cds_service.hooks.prefetch import MOST_CODES, code_lists, concept_keys, lab_codes, templates
from cds_service.hooks.prefetch_keys import keys_for, resource_type
from cds_service.rules import rules_directory
from cds_service.trials.expression import AnyOf, Leaf, Not

CONCEPTS = Concepts.load(rules_directory() / "concepts")
POINTS = CONCEPTS.points
PLATELETS = Leaf(Lab(lab="platelets", below="25", unit="10*9/L"))
ALT = Leaf(Lab(lab="alt", at_least="3.0", times="uln"))


def asking(*expressions, **more):
    return trial(criteria=[criterion(f"E{n}", when=e, **more) for n, e in enumerate(expressions)])


def test_the_tests_that_criteria_name_are_found_wherever_they_stand():
    assert concept_keys([asking(AnyOf((PLATELETS, Not(ALT))))], LABS) == {"platelets", "alt"}
    assert concept_keys([asking(PLATELETS, unless=ALT)], LABS) == {"platelets", "alt"}
    assert concept_keys([trial(indication=ALT)], LABS) == {"alt"}


def test_what_a_clinician_is_shown_is_asked_for_too():
    ask = Leaf(AskClinician(ask_clinician="So?", look_at=({"lab": "alt"},), supports=()))
    assert concept_keys([asking(ask)], LABS) == {"alt"}


def test_tests_that_a_question_reads_without_naming_them_are_asked_for():
    assert concept_keys([asking(Leaf(PregnancyTest(pregnancy_test="urine", is_="negative")))], LABS) == {
        "hcg_urine_ql"
    }


@pytest.mark.parametrize("key", list(POINTS))
def test_the_tests_that_make_points_are_asked_for(key):
    read_for = {part for item in POINTS[key] if item.how is not How.DIAGNOSIS for part in item.concepts}
    question = Score(score=key) if key == "sledai-2k" else Points(points=key)
    ask = Leaf(AskClinician(ask_clinician="So?", look_at=(question,)))
    assert read_for <= concept_keys([asking(ask)], CONCEPTS.labs)


def test_codes_come_with_their_system():
    assert lab_codes([asking(PLATELETS)], LABS) == [("http://loinc.org|777-3", "http://loinc.org|26515-7")]


def test_long_lists_are_split_and_no_test_is_torn_apart():
    groups = [tuple(f"s|{n}-{m}" for m in range(15)) for n in range(4)] + [
        tuple(f"s|big{m}" for m in range(50))
    ]
    lists = [codes.split(",") for codes in code_lists(groups)]
    assert sorted(code for codes in lists for code in codes) == sorted(
        code for group in groups for code in group
    )
    assert max(map(len, lists)) <= MOST_CODES
    assert all(sum(code in codes for code in groups[0]) in (0, 15) for codes in lists)


QUERIES = templates([asking(PLATELETS, ALT)], LABS)


@pytest.mark.parametrize("query", [q for key, q in QUERIES.items() if key != "patient"])
def test_a_search_is_portable_and_bounded(query):
    kind, _, parameters = query.partition("?")
    pairs = [pair.split("=", 1) for pair in parameters.split("&")]
    names = [name for name, _ in pairs]
    assert kind.isalpha()
    assert len(names) == len(set(names)), "a parameter stands twice"
    assert set(names) <= {"patient", "code", "_sort", "_count"}
    assert dict(pairs)["patient"] == "{{context.patientId}}"
    assert int(dict(pairs)["_count"]) <= 500
    assert re.findall(r"\{\{(.*?)\}\}", query) == ["context.patientId"]
    assert len(query) < 2000


def test_the_patient_comes_first_and_is_a_read():
    assert next(iter(QUERIES.items())) == ("patient", "Patient/{{context.patientId}}")


def test_every_type_that_the_brief_chart_needs_is_asked_for():
    assert {resource_type(query) for query in QUERIES.values()} == {
        "Patient",
        "Condition",
        "Observation",
        "MedicationRequest",
        "MedicationStatement",
        "MedicationAdministration",
        "Procedure",
        "Immunization",
        "AllergyIntolerance",
        "DiagnosticReport",
        "ResearchSubject",
        "ServiceRequest",
    }


def raws(**prefetch):
    return {key: msgspec.Raw(msgspec.json.encode(value)) for key, value in prefetch.items()}


ASKED = {"patient": "Patient/{{x}}", "conditions": "Condition?y", "observations1": "Observation?z"}


def test_our_keys_answer_for_their_type():
    assert keys_for(raws(patient=None), ASKED) == {
        "patient": ("Patient",),
        "conditions": ("Condition",),
        "observations1": ("Observation",),
    }


def test_a_sites_own_key_answers_for_what_it_holds_in_place_of_ours():
    entry = [
        {"resource": {"resourceType": "Condition"}},
        {"resource": {"resourceType": "OperationOutcome"}},
        {},
    ]
    theirs = raws(patient=None, problems={"resourceType": "Bundle", "entry": entry})
    found = keys_for(theirs, ASKED)
    assert found["problems"] == ("Condition",)
    assert "conditions" not in found
    both = keys_for(theirs | raws(conditions=None), ASKED)
    assert both["conditions"] == ("Condition",)


@pytest.mark.parametrize(
    "junk", [None, 5, "x", [], {}, {"resourceType": 5}, {"resourceType": "Bundle", "entry": 5}]
)
def test_junk_under_a_key_of_its_own_answers_for_nothing(junk):
    assert "junk" not in keys_for(raws(junk=junk), ASKED)


def test_a_key_of_ours_is_never_judged_by_what_it_holds():
    assert keys_for(raws(conditions={"resourceType": "Patient"}), ASKED)["conditions"] == ("Condition",)
