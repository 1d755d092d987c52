"""The ``encounter-start`` service: the same matcher, with its own context."""

import json

import pytest
from hook_calls import call

from cds_service.settings import Settings
from cds_service.store.audit_events import audit_events
from cds_service.store.kept import open_store

PATIENT_VIEW = "/cds-services/cart-trial-match"
URL = "/cds-services/cart-trial-match-encounter-start"
CONTEXT = {"userId": "PractitionerRole/example", "patientId": "123", "encounterId": "e1"}


def starting(**more):
    return call(**{"hook": "encounter-start", "context": CONTEXT} | more)


def without_ids(answer):
    for card in answer["cards"]:
        del card["uuid"]
        for suggestion in card["suggestions"]:
            del suggestion["uuid"]
    return answer


def test_the_cards_are_those_of_patient_view(client):
    answer = client.post(URL, json=starting())
    assert answer.status_code == 200
    assert len(answer.get_json()["cards"]) == 1
    assert without_ids(answer.get_json()) == without_ids(client.post(PATIENT_VIEW, json=call()).get_json())


@pytest.mark.parametrize("name", CONTEXT)
@pytest.mark.parametrize("value", [..., None, ""])
def test_each_member_of_its_context_is_required(client, name, value):
    context = {key: each for key, each in (CONTEXT | {name: value}).items() if each is not ...}
    answer = client.post(URL, json=starting(context=context))
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == [f"context.{name}"]


@pytest.mark.parametrize(("url", "hook"), [(URL, "patient-view"), (PATIENT_VIEW, "encounter-start")])
def test_a_service_answers_its_own_hook_only(client, url, hook):
    answer = client.post(url, json=call(hook=hook, context=CONTEXT))
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == ["hook"]


def test_the_audit_trail_and_the_log_say_which_hook_it_was(client, log):
    client.post(URL, json=starting())
    assert json.loads(log.getvalue().splitlines()[-1])["route"] == URL
    store = open_store(Settings())
    (event,) = audit_events(store.database)
    store.close()
    assert json.loads(event)["subtype"][0]["code"] == "encounter-start"


def test_feedback_on_its_cards_is_taken_at_either_address(client):
    card = client.post(URL, json=starting()).get_json()["cards"][0]["uuid"]
    entry = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T09:30:00Z"}
    first = client.post(f"{URL}/feedback", json={"feedback": [entry]}).get_json()
    again = client.post(f"{PATIENT_VIEW}/feedback", json={"feedback": [entry]}).get_json()
    assert first == {"entries": 1, "new": 1, "unknownCards": 0}
    assert again == {"entries": 1, "new": 0, "unknownCards": 0}
