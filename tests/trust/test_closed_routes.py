"""Every route needs a token but those that the contract names without security. New routes are closed."""

import json
import re
from pathlib import Path

import pytest
from contract import CONTRACT
from flask.testing import FlaskClient
from keys_and_tokens import BASE, bearer

from cds_service.web.callers import FREE

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WORDS = "A valid Bearer token is needed."


def operations(app):
    """Endpoint, method and an address of every route; HEAD goes with GET."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, "NCT00000001")
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield rule, method, adapter.build(rule.endpoint, values, method)


def security(rule, method):
    """What the contract says of an operation: with an empty list, nothing is needed."""
    path = rule.rule.replace("<", "{").replace(">", "}")
    return CONTRACT["paths"][path][method.lower()].get("security", CONTRACT["security"])


def test_what_is_free_here_is_free_in_the_contract_and_nothing_else(service):
    app = service().application
    free = {rule.endpoint for rule, method, _ in operations(app) if security(rule, method) == []}
    assert free == FREE
    assert set(app.view_functions) >= FREE


def test_what_is_free_is_documented(service):
    page = (Path(__file__).parents[2] / "docs" / "trusting-clients.md").read_text(encoding="utf-8")
    free = page.partition("Free\nare only ")[2].partition(", which tell of no patient")[0]
    rules = {rule.rule for rule in service().application.url_map.iter_rules() if rule.endpoint in FREE}
    assert set(re.findall("`(.*?)`", free)) == rules


def test_without_a_token_every_other_route_is_closed(service):
    client = service()
    closed = 0
    for rule, method, path in operations(client.application):
        answer = client.open(path, method=method)
        if rule.endpoint in FREE:
            assert answer.status_code == 200, path
            continue
        closed += 1
        assert answer.status_code == 401, f"{method} {path} is answered without a token"
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "application/fhir+json"
        assert answer.get_json()["issue"][0]["details"]["text"] == WORDS
        if method == "GET":
            head = client.head(path)
            assert (head.status_code, head.data) == (401, b"")
    assert closed >= 7


def test_a_route_that_was_just_added_is_closed(service):
    client = service()
    app = client.application
    app.add_url_rule("/audit/<path:rest>", "audit.read", lambda rest: "everything", methods=METHODS)
    bare = FlaskClient(app, app.response_class)
    for method in METHODS:
        assert bare.open("/audit/everything", method=method).status_code == 401
    assert bare.get("/audit/everything", headers=bearer(aud=f"{BASE}/audit/everything")).status_code == 200


def test_no_view_answers_options_itself(service):
    """A preflight has no token, and passes the gate: there must be nothing behind it."""
    for rule in service().application.url_map.iter_rules():
        assert rule.provide_automatic_options, rule


def test_options_tells_the_methods_and_no_more(service):
    client = service()
    for rule, method, path in operations(client.application):
        answer = client.options(path)
        assert (answer.status_code, answer.data) == (200, b"")
        assert method in answer.headers["Allow"]
        assert rule.methods >= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "options", "get"])
def test_another_method_opens_nothing(service, method):
    client = service()
    for _, _, path in operations(client.application):
        answer = client.application.test_client().open(path, method=method)
        assert answer.status_code in (200, 401, 405)
        if answer.status_code == 200:
            assert method.upper() in ("OPTIONS", "GET")


@pytest.mark.parametrize(
    "path",
    [
        "/cds-services/./",
        "/CDS-SERVICES",
        "/cds-services%2f",
        "/feedback/..",
        "/;/feedback",
    ],
)
def test_another_spelling_of_an_address_opens_nothing(service, path):
    answer = service().application.test_client().get(path)
    assert answer.status_code in (401, 404)
    assert answer.get_json(force=True)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", ["/cds-services/", "/feedback/", "/match/", "/try/"])
def test_a_closing_slash_opens_nothing(service, path):
    client = service().application.test_client()
    assert client.get(path).status_code in (401, 405)
    assert client.post(path, data=b"{}").status_code in (401, 405)


def test_a_head_that_overrides_the_method_or_address_opens_nothing(service):
    headers = {
        "X-HTTP-Method-Override": "OPTIONS",
        "X-Original-URL": "/livez",
        "X-Rewrite-URL": "/livez",
        "X-Forwarded-For": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
    }
    assert service().get("/feedback", headers=headers).status_code == 401
    assert service().get("/feedback?_method=OPTIONS").status_code == 401


def test_nobody_is_let_in_by_being_on_this_machine(service):
    client = service()
    assert client.get("/feedback", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).status_code == 401
    assert client.get("/feedback", environ_overrides={"REMOTE_ADDR": None}).status_code == 401


def test_the_body_of_a_caller_who_is_not_known_is_not_looked_at(service):
    client = service()
    for body in (b"not json", b"", json.dumps({"feedback": "x"}).encode()):
        answer = client.post("/match", data=body)
        assert answer.status_code == 401
