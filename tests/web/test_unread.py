"""What is left of a body is read after the answer, so that a client that still sends reads it."""

from io import BytesIO

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from cds_service.web import unread

LENGTH = 1_000_000


class Stream(BytesIO):
    def __init__(self, events):
        super().__init__(b"x" * LENGTH)
        self.events = events

    def read(self, size=-1):
        piece = super().read(size)
        self.events.append(len(piece))
        return piece


def ask(app, **environ):
    """Status, and the order in which pieces were read and sent."""
    events = []
    environ = EnvironBuilder("/match", method="POST").get_environ() | {"wsgi.input": Stream(events)} | environ
    body, status, _ = run_wsgi_app(app, environ)
    for _ in body:
        events.append("sent")  # noqa: PERF401  # the stream appends to it too, in between
    return int(status[:3]), events


def test_the_answer_goes_out_first_and_then_the_rest_is_read(app):
    status, events = ask(app, CONTENT_LENGTH=str(LENGTH))
    assert status == 413
    assert events[0] == "sent"
    assert sum(events[1:]) == LENGTH


def test_of_a_chunked_body_too(app):
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    status, events = ask(app, **chunked)
    sent = events.index("sent")
    assert status == 413
    assert sum(events[:sent]) == 100_001
    assert sum(events[sent + 1 :]) == LENGTH - 100_001


@pytest.mark.parametrize("refused", [{"CONTENT_TYPE": "text/html"}, {"HTTP_CONTENT_ENCODING": "gzip"}])
def test_after_any_answer_that_came_early(app, refused):
    status, events = ask(app, CONTENT_LENGTH=str(LENGTH), **refused)
    assert status == 415
    assert sum(events[1:]) == LENGTH


def test_no_more_than_a_bound_is_read(app, monkeypatch):
    monkeypatch.setattr(unread, "MOST", 200_000)
    assert sum(ask(app, CONTENT_LENGTH=str(LENGTH))[1][1:]) == 200_000
    monkeypatch.setattr(unread, "LONGEST_SECONDS", 0)
    assert ask(app, CONTENT_LENGTH=str(LENGTH))[1] == ["sent"]


def test_a_client_that_asks_first_is_not_made_to_send(app):
    assert ask(app, CONTENT_LENGTH=str(LENGTH), HTTP_EXPECT="100-continue") == (413, ["sent"])


def test_a_body_that_was_read_is_not_read_again(app):
    assert ask(app, CONTENT_LENGTH="10") == (400, [10, "sent"])


def test_silent_clients_do_not_hold_every_thread(app):
    """Each that is waited for reads inside the read of the one before, so that all wait at once."""
    waited = []

    class Silent(BytesIO):
        def read(self, size=-1):
            waited.append(1)
            if len(waited) < 100:
                assert ask(app, CONTENT_LENGTH=str(LENGTH), **{"wsgi.input": Silent()})[0] == 413
            return b""

    ask(app, CONTENT_LENGTH=str(LENGTH), **{"wsgi.input": Silent()})
    assert len(waited) == unread.AT_ONCE
    assert sum(ask(app, CONTENT_LENGTH=str(LENGTH))[1][1:]) == LENGTH, "the places are free again"


def test_a_client_that_goes_away_meanwhile_is_no_failure(app):
    class Gone(BytesIO):
        def read(self, size=-1):
            raise OSError("reset")

    assert ask(app, CONTENT_LENGTH=str(LENGTH), **{"wsgi.input": Gone()}) == (413, ["sent"])
