"""Bodies that are wrong in every way: the answer is always an OperationOutcome of the 400s."""

import json
from io import BytesIO, StringIO

import pytest
from contract import ContractClient
from synthetic import DAY, ids, stub_matcher
from werkzeug.test import EnvironBuilder, run_wsgi_app

from cds_service.settings import Settings
from cds_service.web.app import create_app

BOTH = ("/match", "/cds-services/cart-trial-match")
LIMIT = 100_000


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def client(log):
    settings = Settings(max_body_bytes=LIMIT)
    app = create_app(settings, matcher=stub_matcher(), today=lambda: DAY, new_id=ids(), log_stream=log)
    app.test_client_class = ContractClient
    return app.test_client()


@pytest.mark.parametrize("url", BOTH)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \n",
        b"not json",
        b"{",
        b'{"hook": "patient-view"',
        b"[]",
        b"[1, 2]",
        b'"text"',
        b"5",
        b"null",
        b"{}",
        b"NaN",
        b'{"hook": NaN}',
        b'{"hook": Infinity}',
        b'{"hook": "patient-view",}',
        b'{"hook": "patient-view"} trailing',
        b'{"hook": "\xff\xfe"}',
        b'{"x": "\xff"}',
        b'{"hook": "\\ud800"}',
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b'{"resourceType": 5}',
        b'{"resourceType": "Bundle", "entry": 5}',
        b'{"resourceType": "Bundle", "entry": [null, 5, "x", [], {}]}',
        b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": NaN}]}',
        b'{"prefetch": 5}',
        b'{"prefetch": []}',
        b'{"prefetch": {"patient": {"resourceType": "Patient", "id": {"a": 1}}}}',
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"[" * 40_000 + b"]" * 40_000,
        b'{"prefetch": ' + b"[" * 40_000 + b"]" * 40_000 + b"}",
        b'{"hook": ' + b"[" * 40_000,
        b'{"resourceType": "Bundle", "entry": ' + b"[" * 40_000 + b"]" * 40_000 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_wrong_body_is_told_and_never_a_500(client, url, body):
    answer = client.post(url, data=body)
    assert answer.status_code in (400, 413, 422)
    assert answer.mimetype == "application/fhir+json"


@pytest.mark.parametrize("url", BOTH)
def test_a_good_body_with_a_byte_order_mark_is_read(client, url):
    patient = {"resourceType": "Patient", "id": "123"}
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"patientId": "123"},
        "prefetch": {"patient": patient, "conditions": None},
    }
    assert client.post(url, data=b"\xef\xbb\xbf" + json.dumps(body).encode()).status_code == 200


class Stream(BytesIO):
    """Counts what is read from it."""

    taken = 0

    def read(self, size=-1):
        piece = super().read(size)
        self.taken += len(piece)
        return piece


def post(client, url, stream, **environ):
    return client.open(
        url, method="POST", environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True} | environ
    )


def read_before_the_answer(client, url, stream, **environ):
    """The status, and how much of the body was read before the answer went out."""
    builder = EnvironBuilder(url, method="POST")
    environ = builder.get_environ() | {"wsgi.input": stream, "wsgi.input_terminated": True} | environ
    body, status, _ = run_wsgi_app(client.application, environ)
    taken = stream.taken
    body.close()
    return int(status[:3]), taken


@pytest.mark.parametrize("url", BOTH)
def test_a_body_that_announces_too_much_is_413_and_not_read(client, url):
    length = str(30_000_000)
    assert read_before_the_answer(client, url, Stream(b"{}"), CONTENT_LENGTH=length) == (413, 0)


@pytest.mark.parametrize("url", BOTH)
def test_thirty_megabytes_in_chunks_are_413_and_not_read_to_their_end(client, url):
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    status, taken = read_before_the_answer(client, url, Stream(b"x" * 30_000_000), **chunked)
    assert status == 413
    assert taken <= LIMIT + 1


@pytest.mark.parametrize("url", BOTH)
@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
def test_the_limit_itself_is_allowed_and_one_more_is_not(client, url, size):
    stream = Stream(b" " * size)
    answer = post(client, url, stream, HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert answer.status_code == (400 if size == LIMIT else 413)


@pytest.mark.parametrize("url", BOTH)
def test_fewer_bytes_than_announced_are_400(client, url):
    answer = post(client, url, Stream(b'{"a": 1}'), CONTENT_LENGTH="9")
    assert answer.status_code == 400
    assert "ended before" in answer.text


@pytest.mark.parametrize("url", BOTH)
def test_a_chunked_body_that_breaks_off_is_400(client, url):
    class Broken(BytesIO):
        def read(self, size=-1):
            raise OSError("early end")

    answer = post(client, url, Broken(), HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert answer.status_code == 400


@pytest.mark.parametrize("url", BOTH)
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_415(client, url, encoding):
    assert client.post(url, data=b"{}", headers={"Content-Encoding": encoding}).status_code == 415


def test_a_length_that_is_no_number_is_400(client):
    assert post(client, "/match", Stream(b"{}"), CONTENT_LENGTH="-5").status_code == 400
    assert post(client, "/match", Stream(b"{}"), CONTENT_LENGTH="٥").status_code == 400


def test_a_secret_of_the_chart_is_in_no_error_and_in_no_log_line(client, log):
    secret = "Zebra-Secret"
    bodies = [
        {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": secret}}] * 2},
        {"resourceType": secret},
        {"hook": secret, "hookInstance": secret, "context": {"patientId": f"{secret}!"}},
        {"hook": {secret: secret}},
        {"prefetch": {secret: {secret: [secret]}}},
        {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "1"}, "prefetch": {secret: 1}},
    ]
    for body in bodies:
        for url in (
            *BOTH,
            f"/{secret}",
            f"/match?{secret}=1",
            f"/match?asOf={secret}",
            f"/match?trial={secret}",
        ):
            answer = client.post(url, json=body, headers={"User-Agent": secret, "Authorization": secret})
            assert secret not in answer.text or answer.status_code == 200
    assert log.getvalue()
    assert secret not in log.getvalue()
