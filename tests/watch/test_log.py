import json
from io import StringIO

from cds_service.watch.log import logger, only_allowed, place_of


def test_a_key_that_is_not_listed_is_dropped():
    assert only_allowed(None, "info", {"event": "x", "patient": "Patient/1"}) == {"event": "x"}


def test_a_line_is_json_with_time_and_level():
    stream = StringIO()
    logger(stream=stream).info("request", status=200, patient="Patient/1", body="secret")
    line = json.loads(stream.getvalue())
    assert line.keys() == {"event", "status", "level", "timestamp"}


def test_the_level_is_kept():
    stream = StringIO()
    logger("error", stream).info("request")
    assert stream.getvalue() == ""


def test_a_log_that_cannot_be_written_fails_nothing():
    class Full(StringIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    logger(stream=Full()).info("request")
    closed = StringIO()
    closed.close()
    logger(stream=closed).info("request")


def test_a_line_is_written_at_once():
    class Written(StringIO):
        writes = ()

        def write(self, text):
            self.writes += (text,)
            return super().write(text)

    stream = Written()
    logger(stream=stream).info("request")
    assert len(stream.writes) == 1
    assert stream.writes[0].endswith("}\n")


def test_an_error_is_placed_without_its_words():
    try:
        int("secret")
    except ValueError as error:
        place = place_of(error)
    assert place.startswith("test_log.py:")
    assert "secret" not in place
