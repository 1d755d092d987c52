from dataclasses import replace
from io import StringIO

import pytest
from contract import ContractClient
from hook_calls import CONDITION, PATIENT, bundle, call
from metric_reading import Added, labels
from synthetic import DAY, ids, stub_matcher

from cds_service.errors import Unavailable
from cds_service.settings import Settings
from cds_service.web.app import create_app
from cds_service.web.wiring import NAME

TOKEN = "0123456789abcdef0123456789abcdef"
HOOK = "/cds-services/cart-trial-match"
CHART = bundle(PATIENT, CONDITION)


def service(**settings):
    app = create_app(
        Settings(**settings), matcher=stub_matcher(), today=lambda: DAY, new_id=ids(), log_stream=StringIO()
    )
    app.test_client_class = ContractClient
    return app


def test_a_request_is_counted_by_its_route_and_no_other_word_of_it(client):
    added = Added()
    client.get("/trials/NCT00000001?name=Zebra")
    client.get("/Patient/zebra-1")
    client.open("/match", method="ZEBRA")
    client.open("/livez", method="BREW")
    assert added['cart_cds_requests_total{method="GET",route="/trials/<id>",status="200"}'] == 1
    assert added['cart_cds_request_seconds_count{route="/trials/<id>"}'] == 1
    assert added['cart_cds_requests_total{method="GET",route="(none)",status="404"}'] == 1
    assert added['cart_cds_requests_total{method="other",route="(none)",status="405"}'] == 2
    assert "zebra" not in client.get("/metrics").text.lower()


def test_results_and_cards_are_counted_by_trial(client):
    added = Added()
    client.post(HOOK, json=call())
    client.post("/match", json=CHART)
    assert added['cart_cds_matches_total{result="possible-match",trial="NCT00000001"}'] == 2
    assert added['cart_cds_cards_shown_total{hook="patient-view",trial="NCT00000001"}'] == 1


def test_feedback_is_counted_once_by_outcome(client):
    added = Added()
    entry = {
        "card": "00000000-0000-4000-8000-00000000aaaa",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-22T10:00:00Z",
    }
    for _ in range(2):
        client.post(f"{HOOK}/feedback", json={"feedback": [entry]})
    assert added['cart_cds_feedback_total{outcome="overridden"}'] == 1


class Away:
    audited = True

    def __getattr__(self, name):
        def fail(*_, **__):
            raise Unavailable("The store cannot be reached.")

        return fail


@pytest.mark.parametrize(
    ("part", "purpose", "ask"),
    [
        ("shown", "audit", lambda client: client.post("/match", json=CHART)),
        ("feedback", "feedback", lambda client: client.get("/feedback")),
        ("database", "readiness", lambda client: client.get("/readyz")),
    ],
)
def test_a_store_that_fails_is_counted_by_what_it_was_wanted_for(app, client, part, purpose, ask):
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, store=replace(parts.store, **{part: Away()}))
    added = Added()
    assert ask(client).status_code == 503
    assert added[f'cart_cds_store_failures_total{{purpose="{purpose}"}}'] == 1


def test_what_was_not_shown_is_not_counted(app, client):
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, store=replace(parts.store, shown=Away()))
    added = Added()
    client.post("/match", json=CHART)
    assert added['cart_cds_matches_total{result="possible-match",trial="NCT00000001"}'] == 0


def test_nothing_is_in_progress_after_an_answer_of_any_kind(client):
    for path in ("/livez", "/nothing", "/readyz"):
        client.get(path)
    client.post("/match", data=b"{")
    assert "\ncart_cds_requests_in_progress 1.0\n" in client.get("/metrics").text  # the one that asks


def test_fetching_is_counted_by_what_came_of_it(client):
    added = Added()
    client.post(HOOK, json=call(fhirServer="https://zebra.example.org/r4"))
    assert added['cart_cds_fetches_total{outcome="refused"}'] == 1
    assert "zebra" not in client.get("/metrics").text


def test_it_is_prometheus_text_and_never_kept(client):
    answer = client.get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"


def test_with_a_token_only_who_sends_it_reads_them():
    client = service(metrics_token=TOKEN).test_client()
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for wrong in (
        {},
        {"Authorization": f"Bearer {TOKEN}0"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer "},
    ):
        answer = client.get("/metrics", headers=wrong)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_without_clients_and_token_only_this_machine_reads_them():
    client = service().test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"}).status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 403


def test_labels_stay_few_whatever_is_asked(client):
    before = labels(client.get("/metrics").text, "route")
    for number in range(50):
        client.get(f"/trials/NCT{number:08d}")
        client.get(f"/{number}/{number}")
        client.get("/cds-services", headers={"Authorization": f"Bearer {number}"})
    after = labels(client.get("/metrics").text, "route")
    assert after - before <= {"/trials/<id>", "(none)", "/cds-services", "/metrics"}
