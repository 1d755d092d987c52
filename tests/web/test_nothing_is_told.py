"""Nothing of a patient, a caller's token or an address with an id in it is ever in a log, a metric or an
error's text: every route, with canaries wherever a caller can put something.
"""

import json
import logging
import socket
import threading
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import canaries
import pytest
from canaries import HEADERS, KNOWN, TOKEN
from metric_reading import Added
from running_service import running
from sqlalchemy.exc import OperationalError

from cds_service.errors import Unavailable
from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings
from cds_service.store.kept import open_store
from cds_service.web.app import create_app
from cds_service.web.wiring import NAME

DAY = date(2026, 11, 1)
HOOKS = ("/cds-services/cart-trial-match", "/cds-services/cart-trial-match-encounter-start")


@pytest.fixture(scope="module")
def matcher():
    return Matcher.load()


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def service(matcher, log):
    def make(store=None, **settings):
        return create_app(
            Settings(max_body_bytes=2_000_000, **settings),
            matcher=matcher,
            today=lambda: DAY,
            log_stream=log,
            store=store,
        )

    return make


@pytest.fixture
def told(log, caplog, capfd):
    """Everything that was written anywhere, by the service and by libraries that warn."""
    caplog.set_level(logging.WARNING)
    before = []

    def everything():
        before.extend(capfd.readouterr())
        records = [logging.Formatter().format(record) for record in caplog.records]
        return "\n".join([log.getvalue(), *before, *records])

    return everything


def ask(client, method, path, **more):
    """One call; of an answer that is an error, no word may be the caller's."""
    headers = HEADERS | more.pop("headers", {})
    answer = client.open(path, method=method, headers=headers, **more)
    if answer.status_code >= 400:
        assert not KNOWN.search(answer.text), answer.text
        assert not KNOWN.search(str(answer.headers))
    return answer


def each_call(client):
    """Every route, with everything that a caller can put a canary into."""
    for name, chart in canaries.charts():
        answer = ask(client, "POST", "/match?asOf=2026-11-01", data=chart)
        assert answer.status_code in (200, 400, 413, 422), name
    for chart in canaries.broken_charts():
        ask(client, "POST", "/match", data=chart)
        ask(client, "POST", "/try", data={"text": chart, "zebra": "zebra"})
        ask(client, "POST", "/try", data={"text": chart, "asOf": "zebra"}, headers={"Accept": "text/html"})
    for query in (
        "asOf=zebra",
        "asOf=1949-03-07&asOf=zebra",
        "trial=zebra",
        "zebra=1949-03-07",
        "asOf=1949-03-07",
    ):
        ask(client, "POST", f"/match?{query}", data=canaries.marked_chart())
    for kind in (
        "text/html; zebra=zebra",
        "application/zebra+xml",
        "multipart/form-data; boundary=zebra",
        "zebra",
    ):
        for path in ("/match", "/try", *HOOKS):
            ask(client, "POST", path, data=canaries.marked_chart(), headers={"Content-Type": kind})
    ask(client, "POST", "/match", data=b"zebra", headers={"Content-Encoding": "zebra"})
    ask(client, "POST", "/match", data=b"zebra" * 500_000)
    for hook, path in zip(("patient-view", "encounter-start"), HOOKS, strict=True):
        for call in canaries.hook_calls():
            right = call | {"hook": hook} if call["hook"] == "patient-view" else call
            ask(client, "POST", path, json=right)
        for chart in canaries.broken_charts():
            ask(client, "POST", path, data=chart, headers={"Content-Type": "application/json"})
            ask(client, "POST", f"{path}/feedback", data=chart, headers={"Content-Type": "application/json"})
        for entry in canaries.feedback_calls():
            ask(client, "POST", f"{path}/feedback", json={"feedback": [entry], "zebra": "zebra"})
    for path in (
        "/",
        "/trials",
        "/livez",
        "/readyz",
        "/openapi.yaml",
        "/cds-services",
        "/feedback",
        "/metrics",
    ):
        for accept in ("*/*", "text/html", "zebra/zebra"):
            headers = {"Accept": accept, "Origin": "https://zebra.example.org"}
            ask(client, "GET", f"{path}?zebra=zebra&since=1949-03-07", headers=headers)
    for path in (
        "/Patient/zebra-id-4711",
        "/trials/zebra",
        "/trials/%7Azebra",
        "/cds-services/zebra",
        "/zebra//..%2f",
    ):
        for method in ("GET", "POST", "DELETE", "ZEBRA", "OPTIONS"):
            ask(client, method, path)


def test_open_to_this_machine(service, told):
    client = service().test_client()
    each_call(client)
    metrics = client.get("/metrics").text
    assert "/match" in told()
    assert not KNOWN.search(told())
    assert not KNOWN.search(metrics)


def test_tokens(service, told, tmp_path):
    (tmp_path / "clients.toml").write_text(
        '[our-ehr]\nissuer = "https://ehr.example.org"\nkey_set_url = "https://keys.invalid/zebra-not-asked"\n'
    )
    client = service(
        clients=tmp_path / "clients.toml", public_base_url="https://cds.example.org", metrics_token="x" * 40
    ).test_client()
    head = "eyJhbGciOiJFUzM4NCIsImtpZCI6InplYnJhIiwidHlwIjoiSldUIn0"  # kid "zebra"
    body = "eyJpc3MiOiJ6ZWJyYSIsImp0aSI6InplYnJhIn0"  # iss and jti "zebra"
    for given in (
        "zebra",
        "Bearer zebra",
        f"Bearer {TOKEN}",
        f"Bearer {head}.{body}.zebra",
        f"Basic {TOKEN}",
    ):
        for method, path in (
            ("GET", "/cds-services"),
            ("POST", "/match"),
            ("POST", HOOKS[0]),
            ("GET", "/metrics"),
        ):
            assert ask(client, method, path, headers={"Authorization": given}).status_code == 401
    assert not KNOWN.search(told())
    assert not KNOWN.search(client.get("/metrics", headers={"Authorization": "Bearer " + "x" * 40}).text)


class _Broken:
    """A store whose database fails with everything that was to be written in its words."""

    audited = True

    def __getattr__(self, _):
        def fail(*given, **__):
            words = OperationalError(f"INSERT {given}", {"zebra": canaries.BIRTH}, Exception("zebra"))
            raise Unavailable("The store cannot be reached or written now. Try again later.") from words

        return fail


@pytest.mark.parametrize("required", [True, False])
def test_a_store_that_fails(service, told, required):
    app = service(audit_required=required)
    parts = app.extensions[NAME]
    broken = replace(parts.store, shown=_Broken(), feedback=_Broken(), database=_Broken())
    app.extensions[NAME] = replace(parts, store=broken)
    client = app.test_client()
    assert ask(client, "POST", "/match", data=canaries.marked_chart()).status_code == (
        503 if required else 200
    )
    for call in canaries.hook_calls():
        ask(client, "POST", HOOKS[0], json=call)
    for entry in canaries.feedback_calls():
        ask(client, "POST", f"{HOOKS[0]}/feedback", json={"feedback": [entry]})
    assert ask(client, "GET", "/feedback").status_code == 503
    assert ask(client, "GET", "/readyz").status_code == 503
    assert "OperationalError" in told()
    assert not KNOWN.search(told())
    parts.store.close()


def test_a_database_that_is_full_or_locked(service, told, tmp_path):
    """The real words of SQLAlchemy and SQLite."""
    store = open_store(Settings(data_dir=tmp_path))
    with store.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER zebra BEFORE INSERT ON feedback BEGIN SELECT raise(ABORT, 'zebra'); END"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER zebra2 BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'zebra'); END"
        )
    client = service(store=store).test_client()
    assert ask(client, "POST", "/match", data=canaries.marked_chart()).status_code == 503
    entry = next(canaries.feedback_calls())
    assert ask(client, "POST", f"{HOOKS[0]}/feedback", json={"feedback": [entry]}).status_code == 503
    assert not KNOWN.search(told())
    store.close()


@pytest.mark.parametrize("error", [KeyError, ValueError, UnicodeError, RecursionError, MemoryError])
def test_an_error_that_nobody_expected(service, told, error):
    def broken(*_):
        raise error(f"Zebra {canaries.BIRTH} {canaries.VALUE}")

    app = service()
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, matcher=replace(parts.matcher, match=broken))
    client = app.test_client()
    for path, more in (
        ("/match", {"data": canaries.marked_chart()}),
        ("/try", {"data": {"text": canaries.marked_chart()}}),
        (HOOKS[0], {"json": next(canaries.hook_calls())}),
    ):
        assert ask(client, "POST", path, **more).status_code == 500
    assert ask(client, "GET", "/readyz").status_code == 503
    assert error.__name__ in told()
    assert not KNOWN.search(told())


class _Ehr(BaseHTTPRequestHandler):
    """Answers with canaries: as a status line, as headers, as a body that is no FHIR."""

    def do_GET(self):
        kind = self.path.partition("?")[0].rpartition("/")[2]
        if "Condition" in kind:
            self.wfile.write(b"ZEBRA zebra\r\nzebra\r\n\r\n")
        elif "Observation" in kind:
            self.send_response(500, "zebra")
            self.send_header("Zebra", "zebra")
            self.end_headers()
            self.wfile.write(b'{"resourceType": "zebra"}')
        elif "Procedure" in kind:
            self.send_response(302)
            self.send_header("Location", "https://zebra.example.org/Patient/zebra")
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(
                b'{"resourceType": "Bundle", "zebra": "zebra", "entry": [{"resource": "zebra"}]}'
            )

    def log_message(self, *_):
        pass


def test_a_fhir_server_that_fails(service, told):
    with HTTPServer(("127.0.0.1", 0), _Ehr) as ehr:
        threading.Thread(target=ehr.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{ehr.server_address[1]}/zebra-tenant"
        added = Added()
        client = service(fhir_bases=(base,)).test_client()
        for lacking in (None, {}, {"patient": next(canaries.hook_calls())["prefetch"]["patient"]}):
            call = next(canaries.hook_calls()) | {"fhirServer": base, "prefetch": lacking}
            assert ask(client, "POST", HOOKS[0], json=call).status_code in (200, 412)
        ehr.shutdown()
    assert '"fetch_failed"' in told()
    assert added["cart_cds_fetch_seconds_count"] == 3
    assert added['cart_cds_fetches_total{outcome="redirect"}'] > 0
    assert not KNOWN.search(told())
    assert not KNOWN.search(client.get("/metrics").text)


def test_over_a_socket_with_requests_that_are_none(tmp_path):
    """What the HTTP server itself writes is in the same log."""
    with running(tmp_path) as service:
        assert service.ask("POST", "/match", canaries.marked_chart(), HEADERS)[0] == 200
        assert service.ask("GET", "/Patient/zebra-id-4711?birthdate=1949-03-07", None, HEADERS)[0] == 404
        for raw in (
            b"ZEBRA zebra\r\n\r\n",
            b"GET /zebra HTTP/9.9\r\n\r\n",
            b"GET /zebra HTTP/1.1\r\nzebra zebra\r\n\r\n",
            b"POST /match HTTP/1.1\r\nHost: zebra\r\nContent-Length: zebra\r\n\r\nzebra",
            b"POST /match HTTP/1.1\r\nHost: zebra\r\nTransfer-Encoding: chunked\r\n\r\nzebra\r\nzebra",
            b"POST /match HTTP/1.1\r\nHost: zebra\r\nContent-Length: 100\r\n\r\n{'zebra'",
            b"\x16\x03\x01zebra" * 20,
            b"GET /" + b"zebra" * 200_000 + b" HTTP/1.1\r\n\r\n",
        ):
            with socket.create_connection(service.address, 10) as connection:
                try:
                    connection.sendall(raw)
                    connection.shutdown(socket.SHUT_WR)
                    while piece := connection.recv(65536):
                        assert not KNOWN.search(piece.decode("latin-1"))
                except OSError:
                    continue
        metrics = service.ask("GET", "/metrics")[2].decode()
        assert service.stop() == 0
        assert '"route": "/match"' in service.log()
        for line in service.log().splitlines():
            json.loads(line)
        assert not KNOWN.search(service.log())
        assert not KNOWN.search(metrics)
