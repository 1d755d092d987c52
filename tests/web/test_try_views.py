import json
from dataclasses import replace
from io import BytesIO, StringIO

import pytest
from contract import ContractClient
from hook_calls import CONDITION, PATIENT, bundle
from page_reading import BROWSER, Page
from synthetic import DAY, POSSIBLE, RULED_OUT, ids, matched, stub_matcher, to_confirm, verdict

from cds_service.features.question import Evidence
from cds_service.hooks.matcher import Matcher
from cds_service.matching import Outcome
from cds_service.settings import Settings
from cds_service.web import chart_form
from cds_service.web.app import create_app
from cds_service.web.example_chart import example_chart
from cds_service.web.wiring import NAME

CHART = json.dumps(bundle(PATIENT, CONDITION))
HOSTILE = "<script>alert(1)</script><svg onload=alert(1)>"


def use(app, **changes):
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, matcher=replace(parts.matcher, **changes))


def send(client, text=CHART, **more):
    fields = {"text": text} | more.pop("fields", {})
    return client.post("/try", data=fields, **({"content_type": "multipart/form-data"} | more))


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_a_pasted_chart_is_answered_with_a_page(client, kind):
    answer = send(client, content_type=kind, fields={"asOf": "2025-02-28"})
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    page = Page(answer.text)
    assert "Patient/123 on 2025-02-28" in page.text
    assert "Possible match" in page.text
    assert "Ruled out" in page.text


def test_a_file_is_read_and_the_day_is_today_when_left_empty(client):
    data = {"file": (BytesIO(b"\xef\xbb\xbf" + CHART.encode()), "chart.json"), "text": " ", "asOf": ""}
    answer = client.post("/try", data=data, content_type="multipart/form-data")
    assert f"Patient/123 on {DAY}" in Page(answer.text).text


def test_nothing_may_keep_the_answer(client):
    assert send(client).headers["Cache-Control"] == "no-store"


def test_a_large_file_never_touches_a_disk(monkeypatch, log):
    def refuse(*args, **kwargs):
        raise AssertionError("a file was opened")

    monkeypatch.setattr("werkzeug.formparser.SpooledTemporaryFile", refuse)
    app = create_app(Settings(), matcher=stub_matcher(), today=lambda: DAY, log_stream=log)
    large = CHART.encode() + b" " * 2_000_000
    for name in (b'name="file"; filename="chart.json"', b'name="text"'):
        body = b"--x\r\nContent-Disposition: form-data; " + name + b"\r\n\r\n" + large + b"\r\n--x--\r\n"
        answer = app.test_client().post("/try", data=body, content_type="multipart/form-data; boundary=x")
        assert answer.status_code == 200


def test_the_line_of_the_request_says_nothing_of_the_chart(client, log):
    send(client)
    line = json.loads(log.getvalue())
    assert (line["route"], line["trials"], line["possible"]) == ("/try", 2, 1)
    assert "123" not in log.getvalue().replace(line["request_id"], "").replace(line["timestamp"], "").replace(
        str(line["bytes_in"]), ""
    ).replace(str(line["bytes_out"]), "").replace(str(line["milliseconds"]), "")


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({}, 400, "There is no chart"),
        ({"text": "  "}, 400, "There is no chart"),
        ({"example": "no"}, 400, "There is no chart"),
        ({"text": CHART, "example": "yes"}, 400, "There are two charts"),
        ({"text": CHART, "asOf": "tomorrow"}, 400, "asOf is no day"),
        ({"text": CHART, "asof": "2025-01-01"}, 400, "no such field"),
        ({"text": "{"}, 400, "JSON"),
        ({"text": json.dumps(bundle(CONDITION))}, 422, "Patient"),
        ({f"f{number}": "x" for number in range(20)}, 413, "parts"),
    ],
)
def test_what_is_wrong_is_told_on_a_page_to_a_browser_and_as_fhir_to_others(client, fields, status, words):
    page = client.post("/try", data=fields, content_type="multipart/form-data", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert words in Page(page.text).text
    other = client.post("/try", data=fields, content_type="multipart/form-data")
    assert (other.status_code, other.mimetype) == (status, "application/fhir+json")
    assert page.headers["Cache-Control"] == other.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("kind", "data", "status"),
    [
        ("application/json", CHART.encode(), 415),
        ("multipart/form-data", b"--x\r\n", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense", 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("application/x-www-form-urlencoded", b"%%%&&&=\xff", 400),
        ("application/x-www-form-urlencoded", b"text=" + b"x" * 100_000, 413),
        ("multipart/form-data; boundary=x", b"x" * 100_001, 413),
    ],
)
def test_a_form_that_is_none_is_refused(client, kind, data, status):
    assert client.post("/try", data=data, content_type=kind).status_code == status


def test_an_unexpected_error_is_a_page_without_detail(app, client, log):
    def broken(record, as_of, trials):
        raise KeyError("Zebra-Secret value 118")

    use(app, match=broken)
    answer = send(client, headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "Nothing was decided" in answer.text
    assert "Zebra" not in answer.text + log.getvalue()


def test_every_criterion_is_a_mark_and_a_row(client):
    page = Page(send(client).text)
    for match in (POSSIBLE, RULED_OUT):
        for each in match.verdicts:
            anchor = f"{match.trial.id}-{each.criterion.id}"
            assert page.ids.count(anchor) == 1
            assert f"#{anchor}" in page.links
    assert len(page.ids) == len(set(page.ids))


def test_a_mark_reads_without_colour(client):
    text = send(client).text
    assert 'title="E10a unknown: data is missing: what is known of E10a"' in text
    assert '<span class="mark data" aria-hidden="true">D</span>' in text
    assert '<span class="mark failed" aria-hidden="true">F</span>' in text
    assert '<span class="mark confirm" aria-hidden="true">C</span>' in text


def test_the_record_is_shown_with_value_date_and_reference_and_the_verbatim_words(client):
    text = Page(send(client).text).text
    for words in ("118 10*3/uL", "2026-11-02", "Observation/plt-7", "text of E11f", "reading of E11f"):
        assert words in text


def test_what_comes_from_a_chart_is_escaped_and_cannot_turn_the_line(app, client):
    told = verdict(
        "E1",
        Outcome.FAILED,
        "exclusion",
        explanation=HOSTILE,
        notes=(HOSTILE,),
        evidence=(Evidence("Condition/\u202e" + HOSTILE, "x", HOSTILE, "2026-11-02" + HOSTILE),),
    )
    use(app, match=stub_matcher(matched(told, relevance=HOSTILE)).match)
    text = send(client).text
    page = Page(text)
    assert not {"script"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "\u202e" not in text
    assert HOSTILE in page.text


def test_a_script_in_a_diagnosis_stays_text_through_the_real_rules():
    app = create_app(
        Settings(), matcher=Matcher.load(), today=lambda: DAY, new_id=ids(), log_stream=StringIO()
    )
    app.test_client_class = ContractClient
    named = {**CONDITION, "code": {**CONDITION["code"], "text": HOSTILE}}
    answer = send(app.test_client(), json.dumps(bundle(PATIENT, named)))
    page = Page(answer.text)
    assert answer.status_code == 200
    assert "script" not in page.tags
    assert "alert(1)" in page.text
    assert "eligible" not in page.text.lower()


def test_the_example_is_a_possible_match():
    assert example_chart() is not None
    app = create_app(
        Settings(), matcher=Matcher.load(), today=lambda: DAY, new_id=ids(), log_stream=StringIO()
    )
    app.test_client_class = ContractClient
    answer = app.test_client().post("/try", data={"example": "yes", "asOf": "2026-11-01"})
    assert "possible match" in Page(answer.text).text
    assert len(Page(answer.text).ids) == len(set(Page(answer.text).ids))


def test_without_the_example_the_page_offers_none(client, monkeypatch):
    monkeypatch.setattr("cds_service.web.service_views.example_chart", lambda: None)
    monkeypatch.setattr(chart_form, "example_chart", lambda: None)
    assert 'name="example"' not in client.get("/").text
    assert client.post("/try", data={"example": "yes"}).status_code == 400


def test_nothing_to_confirm_and_nothing_dated_still_reads(app, client):
    use(app, match=stub_matcher(matched(to_confirm())).match)
    page = Page(send(client).text)
    assert "1 to confirm" in page.text
    assert "svg" not in page.tags
