"""Feedback on cards: ``POST {baseUrl}/cds-services/{id}/feedback`` (https://cds-hooks.hl7.org/2.0/#feedback)."""

import json

import pytest
from cds_hooks_calls import SERVICES, empties, issue, prepared

HOOKS = pytest.mark.parametrize("hook", SERVICES)
WHEN = "2026-11-01T10:05:31Z"
REASON = {
    "code": "patient-ineligible",
    "system": "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes",
}


@pytest.fixture(scope="module")
def ehr(serve, tmp_path_factory):
    """A service with a store of its own."""
    return serve(data_dir=tmp_path_factory.mktemp("feedback"))


@pytest.fixture
def shown(ehr):
    """The cards of a call that was just made."""
    return ehr.post(SERVICES["patient-view"], json=prepared("patient-view")).get_json()["cards"]


def accepted(card, /, **more):
    chosen = [{"id": card["suggestions"][0]["uuid"]}]
    return {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": chosen,
        "outcomeTimestamp": WHEN,
    } | more


def overridden(card, /, **more):
    return {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": WHEN} | more


def give(ehr, *entries, hook="patient-view", **more):
    return ehr.post(f"{SERVICES[hook]}/feedback", json={"feedback": list(entries)} | more)


def kept(ehr, card):
    return [entry for entry in ehr.get("/feedback").get_json()["feedback"] if entry["card"] == card["uuid"]]


@HOOKS
def test_an_accepted_suggestion_is_kept(ehr, shown, hook):
    answer = give(ehr, accepted(shown[0]), hook=hook)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.get_json() == {"entries": 1, "new": 1, "unknownCards": 0}
    (entry,) = kept(ehr, shown[0])
    assert entry["outcome"] == "accepted"
    assert entry["acceptedSuggestions"] == [{"id": shown[0]["suggestions"][0]["uuid"]}]


@pytest.mark.parametrize(
    "reason",
    [
        {},
        {"overrideReason": {"reason": REASON}},
        {"overrideReason": {"reason": REASON | {"display": "Not eligible"}}},
        {"overrideReason": {"userComment": "not now"}},
        {"overrideReason": {"reason": REASON, "userComment": "not now"}},
    ],
)
def test_an_override_is_kept_with_its_reason_where_there_is_one(ehr, shown, reason):
    assert give(ehr, overridden(shown[0], **reason)).status_code == 200
    (entry,) = kept(ehr, shown[0])
    coded = "reason" in reason.get("overrideReason", {})
    assert entry["outcome"] == "overridden"
    assert entry["reason"] == (REASON if coded else None)


def test_several_cards_and_several_outcomes_in_one_call(ehr, shown):
    first, second = shown
    later = "2026-11-01T11:00:00.123Z"
    entries = accepted(first), overridden(second), overridden(first, outcomeTimestamp=later)
    assert give(ehr, *entries).get_json() == {"entries": 3, "new": 3, "unknownCards": 0}
    assert [entry["outcome"] for entry in kept(ehr, first)] == ["overridden", "accepted"]


@HOOKS
def test_the_same_again_is_kept_once(ehr, shown, hook):
    news = [give(ehr, accepted(shown[0]), hook=hook).get_json()["new"] for _ in range(3)]
    assert news == [1, 0, 0]
    assert len(kept(ehr, shown[0])) == 1


@pytest.mark.parametrize("when", [WHEN, "2026-11-01T10:05:31.250Z", "2026-11-01T11:05:31+01:00"])
def test_a_moment_as_rfc_3339_writes_it(ehr, shown, when):
    assert give(ehr, overridden(shown[0], outcomeTimestamp=when)).status_code == 200


def test_a_card_that_was_not_shown_is_taken_and_marked(ehr):
    card = {"uuid": "6f2f53ea-0000-4000-8000-00000000000a"}
    assert give(ehr, overridden(card)).get_json()["unknownCards"] == 1


def test_members_that_are_not_known_are_ignored(ehr, shown):
    entry = overridden(shown[0], extension={"com.example.x": 1}, vendor=[None])
    assert give(ehr, entry, extension={"com.example.y": {}}, more=1).status_code == 200


CARD = {"uuid": "c1", "suggestions": [{"uuid": "s1"}]}


@HOOKS
@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (accepted(CARD, card=None), "card"),
        (accepted(CARD, card=""), "card"),
        (accepted(CARD, card=5), "card"),
        (accepted(CARD, outcome="ignored"), "outcome"),
        (accepted(CARD, outcome=None), "outcome"),
        (accepted(CARD, outcomeTimestamp=None), "outcomeTimestamp"),
        (accepted(CARD, outcomeTimestamp="yesterday"), "outcomeTimestamp"),
        (accepted(CARD, outcomeTimestamp="2026-11-01"), "outcomeTimestamp"),
        (accepted(CARD, acceptedSuggestions=None), "acceptedSuggestions"),
        (accepted(CARD, acceptedSuggestions=[]), "acceptedSuggestions"),
        (accepted(CARD, acceptedSuggestions=[{}]), "acceptedSuggestions[0].id"),
        (overridden(CARD, overrideReason="no"), "overrideReason"),
        (overridden(CARD, overrideReason={"reason": {"system": "x"}}), "overrideReason.reason.code"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_the_call_is_kept(ehr, shown, hook, entry, where):
    answer = give(ehr, overridden(shown[0]), entry, hook=hook)
    assert answer.status_code == 400
    assert issue(answer)["expression"] == [f"feedback[1].{where}"]
    assert kept(ehr, shown[0]) == []


@HOOKS
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"null", b'{"feedback": {}}', b'{"feedback": []}', b'{"feedback": [5]}']
)
def test_what_is_no_feedback_is_400(ehr, hook, body):
    answer = ehr.post(f"{SERVICES[hook]}/feedback", data=body, content_type="application/json")
    assert answer.status_code == 400
    issue(answer)


@HOOKS
def test_another_type_is_415_and_too_much_413(ehr, hook):
    url = f"{SERVICES[hook]}/feedback"
    body = json.dumps({"feedback": [overridden(CARD)]})
    assert ehr.post(url, data=body, content_type="text/plain").status_code == 415
    assert ehr.post(url, data=body, headers={"Origin": "https://page.example"}).status_code == 415
    assert ehr.post(url, data=b" " * 1_100_000, content_type="application/json").status_code == 413


@HOOKS
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_405(ehr, hook, method):
    answer = ehr.open(f"{SERVICES[hook]}/feedback", method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_an_unknown_service_has_no_feedback(ehr):
    assert ehr.post("/cds-services/other/feedback", json={"feedback": [overridden(CARD)]}).status_code == 404


def test_the_answer_has_nothing_empty(ehr, shown):
    assert list(empties(give(ehr, overridden(shown[0])).get_json())) == []
