from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO

import pytest
from synthetic import DAY, POSSIBLE, ids, matched, missing, stub_matcher, trial

from cds_service.errors import EngineError
from cds_service.matching import Outcome
from cds_service.settings import Settings
from cds_service.web.app import create_app
from cds_service.web.wiring import NAME


def use(app, **changes):
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, matcher=replace(parts.matcher, **changes))


def test_the_landing_page_says_what_this_is_and_leads_to_every_trial(client):
    page = client.get("/").text
    for link in ("/trials/NCT00000001", "/cds-services", "/openapi.yaml", "/trials", "/livez", "/readyz"):
        assert f'href="{link}"' in page
    assert "never says that a patient is eligible" in page


def test_a_title_is_escaped_on_the_landing_page():
    hostile = matched(missing(), of=trial(title="<img src=x onerror=alert(1)>"))
    app = create_app(Settings(), matcher=stub_matcher(hostile), log_stream=StringIO())
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)
    parser.feed(app.test_client().get("/").text)
    assert "img" not in tags


def test_live_and_ready(client):
    assert client.get("/livez").get_json() == {"status": "live"}
    ready = {"status": "ready", "rulesVersion": "sha256:test", "trials": 2, "store": "sqlite"}
    assert client.get("/readyz").get_json() == ready


@pytest.mark.parametrize(
    "match",
    [
        lambda record, as_of, trials: 1 / 0,
        lambda record, as_of, trials: (_ for _ in ()).throw(EngineError("two answers")),
    ],
)
def test_an_engine_that_breaks_is_not_ready(app, client, match, log):
    use(app, match=match)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "two answers" not in answer.text + log.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda found: replace(found, matches=found.matches[:1]),
        lambda found: replace(found, matches=(POSSIBLE, *found.matches[1:])),
        lambda found: replace(found, matches=(replace(found.matches[0], verdicts=()), *found.matches[1:])),
        lambda found: replace(
            found,
            matches=(
                replace(
                    found.matches[0],
                    verdicts=tuple(replace(v, outcome=Outcome.FAILED) for v in found.matches[0].verdicts),
                ),
                *found.matches[1:],
            ),
        ),
    ],
    ids=["a trial lost", "a match for nobody", "criteria lost", "failed on no data"],
)
def test_the_self_test_notices_a_wrong_answer(app, client, change):
    right = app.extensions[NAME].matcher.match
    use(app, match=lambda record, as_of, trials: change(right(record, as_of, trials)))
    assert client.get("/readyz").status_code == 503


def test_the_trials_are_listed(client):
    said = client.get("/trials").get_json()
    assert [(t["id"], t["registryNumber"]) for t in said["trials"]] == [
        ("NCT00000001", "NCT00000001"),
        ("test-local-trial", None),
    ]


def test_a_trial_is_told_whole(client):
    said = client.get("/trials/NCT00000001").get_json()
    assert said["source"]["text"] == "the source"
    assert said["defects"] == ["Both lists start at item 2."]
    assert said["criteria"][0]["reading"] == "reading of E11f"
    assert said["exclusionsInSource"] is True


def test_a_trial_that_is_not_known_is_404(client):
    answer = client.get("/trials/NCT99999999")
    assert "NCT00000001" in answer.get_json()["issue"][0]["details"]["text"]
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/trials//", "/static/x.css", "/..%2fetc"])
def test_what_is_not_there_is_404(client, path):
    assert client.get(path).status_code == 404


def test_an_unexpected_error_is_500_without_detail_and_logged_without_its_words(app, client, log):
    def broken(record, as_of, trials):
        raise KeyError("Zebra-Secret value 118")

    use(app, match=broken)
    chart = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "1"}}]}
    answer = client.post("/match", json=chart)
    assert answer.status_code == 500
    assert "Zebra" not in answer.text
    assert '"error": "KeyError"' in log.getvalue()
    assert "test_service_views.py" in log.getvalue()
    assert "Zebra" not in log.getvalue()


def test_answers_carry_the_safe_headers(client):
    for path in ("/", "/trials", "/livez", "/nothing", "/openapi.yaml"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert client.post("/match", data=b"x").headers["Cache-Control"] == "no-store"
    assert client.get("/trials").headers["Cache-Control"] == "no-cache"


def cross_origin(*origins):
    settings = Settings(cors_origins=origins)
    app = create_app(settings, matcher=stub_matcher(), today=lambda: DAY, new_id=ids(), log_stream=StringIO())
    return app.test_client()


def test_no_browser_origin_is_allowed_by_default(client):
    answer = client.get("/cds-services", headers={"Origin": "https://ehr.example.org"})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_listed_origin_may_call_and_reads_errors_too():
    client = cross_origin("https://ehr.example.org")
    url = "/cds-services/cart-trial-match"
    origin = {"Origin": "https://ehr.example.org"}
    for answer in (client.options(url, headers=origin), client.post(url, data=b"x", headers=origin)):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://ehr.example.org"
        assert answer.headers["Vary"] == "Origin"
    preflight = client.options(url, headers=origin)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    evil = client.post(url, data=b"x", headers={"Origin": "https://evil.example.org"})
    assert "Access-Control-Allow-Origin" not in evil.headers
