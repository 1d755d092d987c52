import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from io import StringIO

import pytest
from contract import ContractClient
from page_reading import BROWSER, Page
from synthetic import DAY, criterion, ids, matched, missing, stub_matcher, trial, verdict

from cds_service.hooks.matcher import Matcher
from cds_service.settings import Settings
from cds_service.trials.how_decided import HowDecided
from cds_service.web.app import create_app
from cds_service.web.source_attributes import NOT_STATED, source_attributes
from cds_service.web.trial_sheet import criteria_groups, how_many
from cds_service.web.wiring import NAME

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def real():
    return Matcher.load()


@pytest.fixture(scope="module")
def real_client(real):
    app = create_app(Settings(), matcher=real, today=lambda: DAY, new_id=ids(), log_stream=StringIO())
    app.test_client_class = ContractClient
    return app.test_client()


def client_of(*matches):
    app = create_app(Settings(), matcher=stub_matcher(*matches), today=lambda: DAY, log_stream=StringIO())
    return app.test_client()


@pytest.mark.parametrize("path", ["/trials", "/trials/NCT00000001"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("text/html, application/json", "application/json"),
        ("text/html;q=0.5, application/json;q=0.6", "application/json"),
        ("text/html;q=0", "application/json"),
        ("nonsense", "application/json"),
        (BROWSER["Accept"], "text/html"),
        ("text/html;q=0.6, application/json;q=0.5", "text/html"),
    ],
)
def test_a_browser_gets_a_page_and_everyone_else_json(client, path, accept, kind):
    answer = client.get(path, headers={"Accept": accept} if accept else {})
    assert answer.mimetype == kind
    assert "Accept" in answer.vary


def test_a_browser_that_asks_for_no_such_trial_is_told_on_a_page(client):
    answer = client.get("/trials/<b>", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "NCT00000001" in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize("path", ["/", "/trials", "/trials/NCT00000001"])
def test_a_page_runs_nothing_and_fetches_nothing(client, path):
    answer = client.get(path, headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    style = re.search(r"<style>(.*)</style>", answer.text, re.DOTALL)[1]
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    page = Page(answer.text)
    assert "script" not in page.tags
    names = [name for name, _ in page.attributes]
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]
    sources = [value for name, value in page.attributes if name == "src"]
    assert sources == []


@pytest.mark.parametrize("path", ["/", "/trials", "/trials/NCT00000001"])
def test_a_page_has_a_language_a_title_one_first_heading_and_a_way_past_the_menu(client, path):
    page = Page(client.get(path, headers=BROWSER).text)
    assert ("lang", "en") in page.attributes
    assert page.tags.count("h1") == page.tags.count("title") == page.tags.count("main") == 1
    assert "#content" in page.links
    assert len(page.ids) == len(set(page.ids))


def test_every_field_of_the_form_has_a_label(client):
    text = client.get("/").text
    for name in ("file", "text", "asOf"):
        assert f'<label for="{name}"' in text
        assert f'id="{name}" name="{name}"' in text
    assert f'value="{DAY}"' in text


def test_where_callers_need_a_token_the_form_is_not_offered(app, client):
    parts = app.extensions[NAME]
    app.extensions[NAME] = replace(parts, gate=object())
    page = Page(client.get("/").text)
    assert "form" not in page.tags
    assert "with a token" in page.text


def test_what_a_trial_says_is_escaped():
    hostile = trial(
        title=HOSTILE,
        sponsor=HOSTILE,
        defects=(HOSTILE,),
        contacts=(HOSTILE,),
        locations=(HOSTILE,),
        facts={HOSTILE: HOSTILE},
    )
    row = verdict("I1", criterion_more={"text": HOSTILE, "reading": HOSTILE, "notes": (HOSTILE,)})
    client = client_of(matched(row, of=hostile))
    for path in ("/", "/trials", "/trials/NCT00000001"):
        page = Page(client.get(path, headers=BROWSER).text)
        assert not {"script", "img"} & set(page.tags)
        assert HOSTILE in page.text


def test_what_the_source_does_not_carry_is_said():
    bare = trial("test-local-trial", phase=None, sponsor=None, contacts=(), conditions=(), defects=())
    page = Page(client_of(matched(missing(), of=bare)).get("/trials/test-local-trial", headers=BROWSER).text)
    for what in ("registry number", "phase", "sponsor", "condition", "location", "contact"):
        assert f"The source carries no {what}." in page.text


def test_an_item_that_the_source_leaves_out_is_shown_as_missing():
    row = verdict("I1", criterion_more={"text": None, "notes": ("The list starts at item 2.",)})
    text = Page(client_of(matched(row)).get("/trials/NCT00000001", headers=BROWSER).text).text
    assert "Missing in the source." in text
    assert "The list starts at item 2." in text


def test_every_criterion_stands_once_on_its_trials_page(real, real_client):
    for each in real.trials:
        page = Page(real_client.get(f"/trials/{each.id}", headers=BROWSER).text)
        rows = {row.id: row for row in each.criteria}
        assert sorted(name for name in page.ids if name in rows) == sorted(rows)
        for row in rows.values():
            for piece in (row.text or "", row.reading, *row.notes):
                assert " ".join(piece.split()) in page.text
        for words in (*each.defects, *each.locations, *each.contacts):
            assert " ".join(words.split()) in page.text


def test_no_page_calls_anyone_eligible(real_client, real):
    pages = ["/", "/trials", *(f"/trials/{each.id}" for each in real.trials)]
    for path in pages:
        text = Page(real_client.get(path, headers=BROWSER).text).text
        ours = text.partition("The whole source, as it was")[0].lower()
        # "eligibility" may be the source's own word; "eligible" as a verdict is nobody's.
        assert "eligible" not in ours.replace("never says that a patient is eligible", "")


def test_alternatives_stand_side_by_side_and_parts_under_their_whole():
    rows = [
        criterion("I1"),
        criterion("I2", parts=("I2a",)),
        criterion("I2a", part_of="I2"),
        criterion("I3", part_of="I2-I3"),
        criterion("I4"),
    ]
    study = trial(criteria=rows, alternatives=((("I2",), ("I3",)),))
    first, either, last = criteria_groups(study, "inclusion")
    assert [row.criterion.id for row in first.ways[0].rows] == ["I1"]
    assert [way.name for way in either.ways] == ["I2", "I3"]
    assert [part.criterion.id for part in either.ways[0].rows[0].parts] == ["I2a"]
    assert [row.criterion.id for row in last.ways[0].rows] == ["I4"]


def test_how_the_real_trials_are_decided(real):
    juvenile = real.trial("NCT06569472")
    decided = {
        row.criterion.id: row.decided
        for kind in ("inclusion", "exclusion")
        for group in criteria_groups(juvenile, kind)
        for way in group.ways
        for row in (each for whole in way.rows for each in (whole, *whole.parts))
    }
    assert decided["I1"] is HowDecided.COMPUTED
    assert decided["I2"] is HowDecided.IN_PART
    assert decided["I2a"] is HowDecided.ASKED
    assert decided["I6a2"] is HowDecided.ASKED  # an ECG report must be read
    assert decided["I9"] is HowDecided.ASKED
    leaves = [each for each in juvenile.criteria if not each.parts]
    assert sum(how_many(juvenile).values()) == len(leaves)


def test_an_exception_that_a_clinician_judges_is_decided_in_part(real):
    lupus = real.trial("NCT06513429")
    rows = {
        row.criterion.id: row
        for group in criteria_groups(lupus, "exclusion")
        for way in group.ways
        for row in way.rows
    }
    assert rows["E10a"].decided is HowDecided.IN_PART
    assert any("hepatitis" in question for question in rows["E10a"].asked)


def test_the_thirteen_source_attributes_are_filled_for_every_trial(real, real_client):
    for each in real.trials:
        attributes = source_attributes(each, real.version)
        assert [attribute.number for attribute in attributes] == list(range(1, 14))
        assert all(attribute.value for attribute in attributes)
        page = Page(real_client.get(f"/trials/{each.id}", headers=BROWSER).text).text
        for attribute in attributes:
            assert attribute.name in page
            assert " ".join(attribute.value.split()) in page


def test_source_attributes_say_what_is_used_and_what_is_not_stated(real):
    lupus = {each.number: each.value for each in source_attributes(real.trial("NCT06513429"), "v")}
    assert lupus[3] == NOT_STATED
    assert "2025-08-17 (Last Updated)" in lupus[4]
    assert "I2" in lupus[11]
    assert "I7a" in lupus[10]
    assert "I7a" in lupus[13]
    assert lupus[5].startswith("Not used")
    basket = {each.number: each.value for each in source_attributes(real.trial("NCT07193667"), "v")}
    assert "IIM-3" in basket[13]  # MMT-8 and HAQ are functional status
    assert "SLE-2" not in basket[13]  # SLEDAI is not
    zhejiang = {
        each.number: each.value for each in source_attributes(real.trial("zhejiang-ultrafast-sle"), "v")
    }
    assert "no registry number in the source" in zhejiang[1]
    assert "Source: not stated in the source" in zhejiang[4]
