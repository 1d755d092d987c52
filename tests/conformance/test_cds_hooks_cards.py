"""The cards of an answer, held to the words of the standard (https://cds-hooks.hl7.org/2.0/#card-attributes).

Every rule is looked at on every card that the product's own rules make of the synthetic patients.
"""

import json
import re
from importlib import import_module
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from cds_hooks_calls import FIXTURES, SERVICES, empties, for_hook, prepared, searchset
from markdown_it import MarkdownIt

SLUGS = [
    "sle-woman-possible-match",
    "sle-girl-12-zhejiang-only",
    "jdm-boy-possible-match",
    "ssc-diffuse-woman",
    "itp-woman-platelets-18",
    "iim-woman-jo1",
    "sle-code-only-suggests",
    "sle-diagnosis-only",
]
CARD = {
    *("uuid", "summary", "detail", "indicator", "source", "suggestions", "selectionBehavior"),
    *("overrideReasons", "links", "extension"),
}
KEYS = {
    "Condition": "conditions",
    "Observation": "observations",
    "MedicationRequest": "medicationRequests",
    "MedicationStatement": "medicationStatements",
    "MedicationAdministration": "medicationAdministrations",
    "Procedure": "procedures",
    "Immunization": "immunizations",
    "AllergyIntolerance": "allergies",
    "DiagnosticReport": "diagnosticReports",
    "ServiceRequest": "serviceRequests",
    "ResearchSubject": "researchSubjects",
}


def call_for(slug, hook):
    chart = json.loads((FIXTURES / "patients" / slug / "bundle.json").read_bytes())
    resources = [entry["resource"] for entry in chart["entry"]]
    (patient,) = (each for each in resources if each["resourceType"] == "Patient")
    prefetch = {"patient": patient} | {
        key: searchset(*(each for each in resources if each["resourceType"] == kind))
        for kind, key in KEYS.items()
    }
    context = {"userId": "Practitioner/test-clinician-one", "patientId": patient["id"]}
    instance = "00000000-0000-4000-8000-000000000001"
    return for_hook({"hookInstance": instance, "context": context, "prefetch": prefetch}, hook)


@pytest.fixture(scope="module")
def answers(serve):
    client = serve(max_cards=10)
    return [
        client.post(SERVICES[hook], json=call_for(slug, hook)).get_json()
        for hook in SERVICES
        for slug in SLUGS
    ]


@pytest.fixture(scope="module")
def cards(answers):
    found = [card for answer in answers for card in answer["cards"]]
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def suggestions(cards):
    return [each for card in cards for each in card["suggestions"]]


@pytest.fixture(scope="module")
def actions(suggestions):
    return [each for suggestion in suggestions for each in suggestion["actions"]]


def test_an_answer_is_cards_and_nothing_else(answers):
    """No systemActions: nothing here is done without a person."""
    assert all(list(answer) == ["cards"] and isinstance(answer["cards"], list) for answer in answers)


@pytest.mark.parametrize("hook", SERVICES)
def test_where_there_is_nothing_to_say_the_list_is_empty(ehr, hook):
    answer = ehr.post(SERVICES[hook], json=call_for("healthy-man", hook))
    assert answer.status_code == 200
    assert answer.get_json() == {"cards": []}


def test_a_member_without_a_value_is_left_out(answers):
    assert list(empties(answers)) == []


def test_a_card_has_the_standards_members_alone(cards):
    assert all(set(card) <= CARD for card in cards)


def test_every_id_is_a_uuid_and_there_once(cards, suggestions):
    ids = [each["uuid"] for each in (*cards, *suggestions)]
    assert all(isinstance(id, str) and str(UUID(id)) == id for id in ids)
    assert len(set(ids)) == len(ids)


def test_the_same_call_again_has_new_ids(ehr):
    call = prepared("patient-view")
    first, second = (ehr.post(SERVICES["patient-view"], json=call).get_json()["cards"] for _ in range(2))
    assert not {card["uuid"] for card in first} & {card["uuid"] for card in second}


def test_the_summary_is_one_line_of_fewer_than_140_characters(cards):
    for card in cards:
        assert isinstance(card["summary"], str)
        assert 0 < len(card["summary"].strip()) <= len(card["summary"]) < 140
        assert not re.search(r"[\n\r\t]", card["summary"])


def test_the_detail_is_github_flavored_markdown_without_html(cards):
    gfm = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for card in cards:
        tokens = gfm.parse(card["detail"])
        inline = [child for token in tokens for child in token.children or ()]
        assert not [
            token for token in (*tokens, *inline) if token.type in ("html_block", "html_inline", "image")
        ]
        assert {"paragraph_open", "bullet_list_open"} <= {token.type for token in tokens}
        assert "<" not in re.sub(r"&lt;", "", card["detail"])


def test_a_card_can_be_read_alone(cards):
    """A client may show one of several, and much later: the trial, the day, and that it decides nothing."""
    for card in cards:
        assert card["summary"].split()[0] in card["detail"]
        assert "not an eligibility decision" in card["detail"]
        assert "Evaluated on 2026-11-01" in card["detail"]


def test_the_indicator_is_info(cards):
    """Of the three allowed; a trial is never urgent."""
    assert {card["indicator"] for card in cards} == {"info"}


def test_the_source_has_a_label(cards):
    assert all(isinstance(card["source"]["label"], str) and card["source"]["label"] for card in cards)
    assert all(set(card["source"]) <= {"label", "url", "topic"} for card in cards)


def absolute(url):
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and not re.search(r"\s", url)


def test_the_sources_address_is_absolute_and_of_the_source(cards):
    """The registry's page of the trial: nothing in it is of the patient or of this card."""
    with_address = [card["source"]["url"] for card in cards if "url" in card["source"]]
    assert with_address
    for url in with_address:
        assert absolute(url)
        assert not urlsplit(url).query
        assert re.fullmatch(r"https://clinicaltrials\.gov/study/NCT\d{8}", url)


def test_there_is_no_icon(cards):
    assert all("icon" not in card["source"] for card in cards)


def test_the_topic_is_a_coding(cards):
    for card in cards:
        topic = card["source"]["topic"]
        assert set(topic) == {"system", "code", "display"}
        assert all(isinstance(value, str) and value for value in topic.values())


def test_links_have_a_label_an_absolute_address_and_the_type_absolute(cards):
    links = [link for card in cards for link in card.get("links", [])]
    assert links
    for link in links:
        assert set(link) == {"label", "url", "type"}
        assert isinstance(link["label"], str)
        assert link["label"]
        assert absolute(link["url"])
        assert link["type"] == "absolute"


def test_no_link_carries_app_context_or_launches_itself(answers):
    assert not re.search(r'"(appContext|autolaunchable)"', json.dumps(answers))


def test_a_card_with_suggestions_says_how_many_may_be_chosen(cards):
    for card in cards:
        assert isinstance(card["suggestions"], list)
        assert card["suggestions"]
        assert card["selectionBehavior"] == "at-most-one"


def test_a_suggestion_has_a_label_a_uuid_and_its_actions(suggestions):
    for suggestion in suggestions:
        assert set(suggestion) == {"label", "uuid", "actions"}
        assert isinstance(suggestion["label"], str)
        assert suggestion["label"]
        assert isinstance(suggestion["actions"], list)
        assert len(suggestion["actions"]) == 1, "what is chosen is done whole"


def test_nothing_is_recommended_over_something_else(answers):
    assert not re.search(r'"(isRecommended|actionSelectionBehavior)"', json.dumps(answers))


def test_an_action_creates_and_says_what(actions):
    """Never update or delete: nothing that is on the record is touched."""
    for action in actions:
        assert set(action) == {"type", "description", "resource"}
        assert action["type"] == "create"
        assert isinstance(action["description"], str)
        assert action["description"]


def test_what_is_created_is_a_new_fhir_resource(actions):
    for action in actions:
        assert isinstance(action["resource"], dict), "never a text"
        assert "id" not in action["resource"]
        kind = action["resource"]["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        model.model_validate(action["resource"])


def test_no_action_is_named_by_an_id(answers):
    assert "resourceId" not in json.dumps(answers)


def test_override_reasons_are_codings_with_a_display(cards):
    for card in cards:
        assert isinstance(card["overrideReasons"], list)
        assert card["overrideReasons"]
        for reason in card["overrideReasons"]:
            assert set(reason) == {"system", "code", "display"}
            assert all(isinstance(value, str) and value.strip() for value in reason.values())
            assert reason["system"] == "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"


def test_an_extension_is_never_sent(answers):
    assert '"extension"' not in json.dumps(answers)


def test_nothing_in_an_address_is_of_the_patient(cards):
    addresses = [link["url"] for card in cards for link in card.get("links", [])]
    addresses += [card["source"]["url"] for card in cards if "url" in card["source"]]
    for slug in SLUGS:
        assert not any(slug in url or "patient" in url.lower() for url in addresses)


def test_both_hooks_say_the_same(answers):
    half = len(SLUGS)
    for first, second in zip(answers[:half], answers[half:], strict=True):
        assert [c["detail"] for c in first["cards"]] == [c["detail"] for c in second["cards"]]
