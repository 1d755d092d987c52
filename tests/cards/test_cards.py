import json
from dataclasses import replace

import msgspec
import pytest
from contract import check_schema
from fhir.resources.R4B.task import Task
from synthetic import POSSIBLE, RULED_OUT, answer, ids, matched, missing, trial

from cds_service.cards import Cards, cards_for
from cds_service.matching import Result


def made(*matches, limit=3, **more):
    cards = cards_for(answer(*matches, **more), limit=limit, new_id=ids())
    return json.loads(msgspec.json.encode(Cards(tuple(cards))))["cards"]


def possible(n):
    return matched(missing(), of=trial(f"NCT0000000{n}"))


def test_a_card_is_what_the_contract_says():
    check_schema("/components/schemas/CardsAnswer", {"cards": made(POSSIBLE)})


def test_only_possible_matches_have_a_card_in_the_order_of_the_answer():
    not_relevant = matched(missing(), result=Result.NOT_RELEVANT, of=trial("NCT00000003"))
    cards = made(RULED_OUT, possible(2), not_relevant, possible(1))
    assert [card["summary"][:11] for card in cards] == ["NCT00000002", "NCT00000001"]


def test_nothing_to_say_is_no_card():
    assert made(RULED_OUT) == []


def test_the_last_card_names_what_the_limit_left_out():
    cards = made(possible(1), possible(2), possible(3), possible(4), limit=2)
    assert len(cards) == 2
    assert "not shown" not in cards[0]["detail"]
    assert "Further possible matches not shown: NCT00000003, NCT00000004." in cards[1]["detail"]


def test_ids_come_from_outside_and_differ():
    found = [
        id for card in made(possible(1), possible(2)) for id in (card["uuid"], card["suggestions"][0]["uuid"])
    ]
    assert len(set(found)) == 4
    assert all(id.startswith("00000000-0000-4000-8000-") for id in found)


def test_a_registry_is_linked_only_where_the_source_has_its_number():
    with_number, without = made(possible(1), matched(missing(), of=trial("test-local")))
    page = "https://clinicaltrials.gov/study/NCT00000001"
    assert with_number["source"]["url"] == page
    assert with_number["links"] == [{"label": "NCT00000001 in the registry", "url": page, "type": "absolute"}]
    assert "url" not in without["source"]
    assert "links" not in without


def test_an_address_without_a_registry_number_is_not_linked():
    assert "links" not in made(matched(missing(), of=trial(registry_number=None)))[0]


def test_a_source_that_names_no_registry_says_so():
    study = trial()
    study = replace(study, source=replace(study.source, registry="not named in the source"))
    card = made(matched(missing(), of=study))[0]
    assert card["source"]["label"] == "Trial description NCT00000001, registry not named in the source"


def test_the_override_reasons_have_a_display():
    reasons = made(POSSIBLE)[0]["overrideReasons"]
    assert {reason["system"] for reason in reasons} == {
        "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
    }
    assert all(reason["display"] for reason in reasons)


def test_the_suggestion_is_a_draft_task_for_the_patient():
    card = made(POSSIBLE)[0]
    action = card["suggestions"][0]["actions"][0]
    task = action["resource"]
    Task.model_validate(task)
    assert card["selectionBehavior"] == "at-most-one"
    assert action["type"] == "create"
    assert (task["status"], task["intent"]) == ("draft", "proposal")
    assert task["for"] == {"reference": "Patient/123"}
    assert "id" not in task
    assert not {"owner", "requester", "performer"} & task.keys()
    assert "Ask the study team" in task["description"]


@pytest.mark.parametrize("patient", ["urn:uuid:5f0c", "", "Patient/", "Group/1", "Patient/a b"])
def test_a_patient_that_cannot_be_referred_to_gets_no_suggestion(patient):
    card = made(POSSIBLE, patient=patient)[0]
    assert "suggestions" not in card
    assert "selectionBehavior" not in card


def test_a_hostile_trial_is_still_a_card():
    study = trial("test-x", title="<b>|`\n" * 50, status="\n#", defects=("[x](y)",))
    check_schema("/components/schemas/CardsAnswer", {"cards": made(matched(missing(), of=study))})
