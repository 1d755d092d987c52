"""More calls than are answered at once."""

from dataclasses import replace
from io import StringIO
from threading import Event, Thread

import pytest
from contract import ContractClient
from hook_calls import CONDITION, PATIENT, bundle, call
from metric_reading import Added
from synthetic import DAY, ids, stub_matcher

from cds_service.settings import Settings
from cds_service.web.app import create_app

CHART = bundle(PATIENT, CONDITION)


@pytest.fixture
def busy():
    """The app with its one place taken until the test ends, and the answer of who has it."""
    started, go = Event(), Event()
    matcher = stub_matcher()

    def slow(*asked):
        started.set()
        assert go.wait(20)
        return matcher.match(*asked)

    app = create_app(
        Settings(calls_at_once=1),
        matcher=replace(matcher, match=slow),
        today=lambda: DAY,
        new_id=ids(),
        log_stream=StringIO(),
    )
    app.test_client_class = ContractClient
    answers = []
    holder = Thread(target=lambda: answers.append(app.test_client().post("/match", json=CHART).status_code))
    holder.start()
    assert started.wait(20)
    yield app, lambda: (go.set(), holder.join())
    go.set()
    holder.join()
    assert answers == [200]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/match", CHART),
        ("POST", "/cds-services/cart-trial-match", call()),
        ("GET", "/cds-services", None),
        ("GET", "/feedback", None),
    ],
)
def test_a_call_too_many_is_turned_away(busy, method, path, body):
    app, _ = busy
    added = Added()
    answer = app.test_client().open(path, method=method, json=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.get_json()["issue"][0]["code"] == "transient"
    assert added["cart_cds_turned_away_total"] == 1


@pytest.mark.parametrize("path", ["/livez", "/metrics", "/trials", "/openapi.yaml"])
def test_what_tells_of_no_patient_is_always_answered(busy, path):
    app, _ = busy
    assert app.test_client().get(path).status_code == 200


def test_a_place_is_free_again_after_an_answer_of_any_kind(busy):
    app, end = busy
    end()
    client = app.test_client()
    for body in (b"{", b"", b"[]"):
        assert client.post("/match", data=body).status_code in (400, 422)
    assert client.post("/match", json=CHART).status_code == 200
