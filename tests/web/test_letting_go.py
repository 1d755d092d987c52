"""What is in memory of a call: whole when it goes to the server, and gone when the server lets go of it."""

import gc
import json
from io import BytesIO

import pytest
from hook_calls import call
from werkzeug.test import EnvironBuilder

from cds_service.fhir.record import Record
from cds_service.hooks.service import Answered
from cds_service.matching import MatchAnswer

URL = "/cds-services/cart-trial-match"


def environ(method, path, **more):
    return EnvironBuilder(method=method, path=path, **more).get_environ()


def charts():
    return [each for each in gc.get_objects() if isinstance(each, Record | MatchAnswer | Answered)]


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_chart_is_freed_when_the_server_lets_go_of_its_call(app):
    before = {id(each) for each in charts()}  # other tests' own

    def left():
        return [each for each in charts() if id(each) not in before]

    asked = environ("POST", URL, data=json.dumps(call()), content_type="application/json")
    said = app(asked, lambda *_: None)
    assert b'"cards":[{' in b"".join(said)
    assert left()  # not while the caller waits
    del asked
    assert left() == []


def test_an_answer_goes_to_the_server_whole(app):
    headers = []
    asked = environ("POST", URL, data=json.dumps(call()), content_type="application/json")
    said = app(asked, lambda _, given: headers.extend(given))
    assert isinstance(said, list)
    assert dict(headers)["Content-Length"] == str(sum(map(len, said)))


def test_the_head_of_an_answer_has_no_body(app):
    headers = []
    said = app(environ("HEAD", "/cds-services"), lambda _, given: headers.extend(given))
    assert b"".join(said) == b""
    assert int(dict(headers)["Content-Length"]) > 0


def test_what_is_left_of_a_body_is_taken_after_the_answer(app):
    body = BytesIO(b"x" * 1000)
    asked = environ("POST", URL, input_stream=body, content_type="text/plain", content_length=1000)
    said = iter(app(asked, lambda *_: None))
    assert b"OperationOutcome" in next(said)
    assert body.tell() == 0
    assert list(said) == []
    assert body.tell() == 1000
