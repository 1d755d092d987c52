"""Feedback over HTTP: ``POST /cds-services/cart-trial-match/feedback`` and ``GET /feedback``."""

import json
from io import StringIO

import pytest
from contract import ContractClient
from synthetic import DAY, ids, stub_matcher

from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.web.app import create_app

HOOK = "/cds-services/cart-trial-match"
URL = f"{HOOK}/feedback"
WHEN = "2026-11-22T09:30:00Z"
PATIENT = {"resourceType": "Patient", "id": "123"}
CALL = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/example", "patientId": "123"},
    "prefetch": {"patient": PATIENT, "conditions": None},
}
REASON = {"code": "patient-refuses", "system": "http://terminology.hl7.org/CodeSystem/x"}


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def client(log):
    made = create_app(Settings(), matcher=stub_matcher(), today=lambda: DAY, new_id=ids(), log_stream=log)
    made.test_client_class = ContractClient
    return made.test_client()


def accepted(**more):
    entry = {
        "card": "c1",
        "outcome": "accepted",
        "outcomeTimestamp": WHEN,
        "acceptedSuggestions": [{"id": "s1"}],
    }
    return {name: value for name, value in (entry | more).items() if value is not ...}


def overridden(**more):
    entry = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": WHEN}
    return entry | more


def give(client, *entries, **more):
    return client.post(URL, json={"feedback": list(entries)} | more)


def test_a_card_that_was_shown_is_known(client):
    card = client.post(HOOK, json=CALL).get_json()["cards"][0]
    suggestion = card["suggestions"][0]["uuid"]
    answer = give(client, accepted(card=card["uuid"], acceptedSuggestions=[{"id": suggestion}]))
    assert answer.get_json() == {"entries": 1, "new": 1, "unknownCards": 0}
    report = client.get("/feedback").get_json()
    assert report["trials"] == [
        {"trial": "NCT00000001", "shown": 1, "accepted": 1, "overridden": 0, "overrideReasons": []}
    ]
    (kept,) = report["feedback"]
    assert kept["client"] == "open"
    assert kept["acceptedSuggestions"] == [{"id": suggestion}]
    assert kept["shown"]["counts"] == {"satisfied": 1, "failed": 0, "unknown": 2}


def test_several_cards_in_one_call_and_the_same_call_again(client):
    entries = accepted(), overridden(card="c2", overrideReason={"reason": REASON, "userComment": "no"})
    assert give(client, *entries).get_json() == {"entries": 2, "new": 2, "unknownCards": 2}
    assert give(client, *entries).get_json() == {"entries": 2, "new": 0, "unknownCards": 2}
    report = client.get("/feedback").get_json()
    assert report["unknownCards"] == 2
    assert [kept["reason"] for kept in report["feedback"]] == [REASON, None]
    assert [kept["commentDropped"] for kept in report["feedback"]] == [True, False]


@pytest.mark.parametrize(
    "same",
    [
        "2026-11-22T09:30:00.000Z",
        "2026-11-22T09:30:00+00:00",
        "2026-11-22T10:30:00+01:00",
        "2026-11-22t09:30:00z",
    ],
)
def test_a_moment_written_in_another_way_is_the_same(client, same):
    assert give(client, overridden(), overridden(outcomeTimestamp=same)).get_json()["new"] == 1


@pytest.mark.parametrize("reason", [..., None, {}, {"reason": None}, {"reason": {}}, {"userComment": ""}])
def test_an_override_needs_no_reason(client, reason):
    entry = overridden() if reason is ... else overridden(overrideReason=reason)
    assert give(client, entry, extension={"com.example.x": 1}).status_code == 200


@pytest.mark.parametrize(
    ("entry", "element"),
    [
        ("text", "feedback[1]"),
        (accepted(card=...), "feedback[1].card"),
        (accepted(card=""), "feedback[1].card"),
        (accepted(card=7), "feedback[1].card"),
        (accepted(card="a\0b"), "feedback[1].card"),
        (accepted(card="x" * 65), "feedback[1].card"),
        (accepted(outcome=...), "feedback[1].outcome"),
        (accepted(outcome="ignored"), "feedback[1].outcome"),
        (accepted(outcome=["accepted"]), "feedback[1].outcome"),
        (accepted(outcomeTimestamp=...), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp="2026-11-22"), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp="2026-11-22T09:30:00"), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp="2026-02-30T09:30:00Z"), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp="0001-01-01T00:00:00+14:00"), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp="٢٠٢٦-11-22T09:30:00Z"), "feedback[1].outcomeTimestamp"),
        (accepted(outcomeTimestamp=1), "feedback[1].outcomeTimestamp"),
        (accepted(acceptedSuggestions=...), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[]), "feedback[1].acceptedSuggestions"),
        (accepted(acceptedSuggestions=[{}]), "feedback[1].acceptedSuggestions[0].id"),
        (accepted(acceptedSuggestions=["s1"]), "feedback[1].acceptedSuggestions[0]"),
        (overridden(overrideReason="no"), "feedback[1].overrideReason"),
        (overridden(overrideReason={"reason": "no"}), "feedback[1].overrideReason.reason"),
        (overridden(overrideReason={"reason": {"system": "x"}}), "feedback[1].overrideReason.reason.code"),
        (overridden(overrideReason={"userComment": 7}), "feedback[1].overrideReason.userComment"),
    ],
    ids=repr,
)
def test_what_is_wrong_is_named_and_nothing_is_kept(client, entry, element):
    answer = give(client, accepted(), entry)
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == [element]
    assert client.get("/feedback").get_json()["feedback"] == []


@pytest.mark.parametrize("body", [{}, {"feedback": []}, {"feedback": {}}, {"feedback": None}, [], "x", 1])
def test_a_call_without_entries_is_400(client, body):
    assert client.post(URL, json=body).status_code == 400


def test_too_many_entries_are_413(client):
    assert give(client, *[accepted()] * 501).status_code == 413


@pytest.mark.parametrize("query", ["?since=yesterday", "?since=2026-01-01&since=2026-01-02", "?client=other"])
def test_a_wrong_parameter_of_the_report_is_400(client, query):
    assert client.get(f"/feedback{query}").status_code == 400


def test_what_a_client_sends_never_reaches_the_log(client, log):
    give(client, overridden(card="secret-card", overrideReason={"userComment": "secret-words"}))
    give(client, overridden(card="secret-card", outcomeTimestamp="secret-time"))
    assert "secret" not in log.getvalue()
    assert json.loads(log.getvalue().splitlines()[0])["feedback"] == 1


def test_a_comment_is_kept_where_the_site_says_so():
    app = create_app(Settings(store_comments=True), matcher=stub_matcher(), log_stream=StringIO())
    client = app.test_client()
    give(client, overridden(overrideReason={"userComment": "not\nnow"}))
    assert client.get("/feedback").get_json()["feedback"][0]["userComment"] == "not\nnow"


@pytest.mark.parametrize(("path", "endpoint"), [(HOOK, "patient-view"), ("/match", "match"), ("/try", "try")])
def test_every_answer_about_a_patient_is_in_the_trail(client, path, endpoint):
    from cds_service.store.audit_events import audit_events

    chart = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}
    sent = {"data": {"text": json.dumps(chart)}} if path == "/try" else {"json": CALL}
    assert client.post(path, **sent).status_code == 200
    store = open_store(Settings())
    events = [json.loads(text) for text in audit_events(store.database)]
    store.close()
    assert [event["subtype"][0]["code"] for event in events] == [endpoint]
    assert "Patient/123" not in json.dumps(events)


def test_a_refused_call_is_not_in_the_trail(client):
    from cds_service.store.audit_events import audit_events

    assert client.post(HOOK, json=CALL | {"prefetch": {}}).status_code == 412
    store = open_store(Settings())
    assert list(audit_events(store.database)) == []
    store.close()


def test_a_client_reads_its_own_feedback_only(client, monkeypatch):
    give(client, overridden())
    monkeypatch.setattr("cds_service.web.feedback_views.client_name", lambda: "other")
    assert client.get("/feedback").get_json()["feedback"] == []
    assert give(client, overridden()).get_json()["new"] == 1
    assert len(client.get("/feedback").get_json()["feedback"]) == 1
