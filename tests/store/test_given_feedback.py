from dataclasses import replace
from datetime import timedelta

import pytest
from answers_shown import CARD, NOW, given, shown

from cds_service.store.given_feedback import Received
from cds_service.store.kept import open_store


def test_the_same_entry_is_kept_once(store):
    store.shown.add(shown())
    assert store.feedback.add("our-ehr", [given()], NOW) == Received(1, {"overridden": 1}, 0)
    assert store.feedback.add("our-ehr", [given(), given()], NOW) == Received(2, {}, 0)
    assert len(store.feedback.report()["feedback"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"outcome": "accepted", "accepted_suggestions": ("s1",)},
        {"at": NOW + timedelta(microseconds=1)},
        {"card": "another"},
    ],
)
def test_another_card_outcome_or_moment_is_another_entry(store, other):
    received = store.feedback.add("our-ehr", [given(), given(**other)], NOW)
    assert (received.entries, received.new) == (2, 2)


def test_the_same_entry_of_two_clients_is_kept_for_each(store):
    assert [store.feedback.add(name, [given()], NOW).new for name in ("one", "two")] == [1, 1]
    assert len(store.feedback.report("one")["feedback"]) == 1
    assert len(store.feedback.report()["feedback"]) == 2


def test_what_was_on_the_card_is_read_back(store):
    store.shown.add(shown())
    entry = given(outcome="accepted", accepted_suggestions=("s1", "s2"))
    store.feedback.add("our-ehr", [entry], NOW)
    (kept,) = store.feedback.report()["feedback"]
    assert kept == {
        "client": "our-ehr",
        "card": CARD,
        "outcome": "accepted",
        "outcomeTimestamp": "2026-11-22T09:30:00.000000Z",
        "acceptedSuggestions": [{"id": "s1"}, {"id": "s2"}],
        "reason": None,
        "userComment": None,
        "commentDropped": False,
        "receivedAt": "2026-11-22T09:30:00.000000Z",
        "shown": {
            "trial": "NCT00000001",
            "result": "possible-match",
            "rulesVersion": "sha256:test",
            "asOf": "2026-11-22",
            "shownAt": "2026-11-22T09:30:00.000000Z",
            "counts": {"satisfied": 9, "failed": 0, "unknown": 14},
        },
    }


def test_a_card_of_another_client_is_unknown(store):
    store.shown.add(shown())
    assert store.feedback.add("other", [given()], NOW).unknown_cards == 1
    report = store.feedback.report("other")
    assert report["unknownCards"] == 1
    assert report["feedback"][0]["shown"] is None
    assert report["trials"] == []


def test_the_report_counts_reasons_by_trial(store):
    store.shown.add(shown())
    store.shown.add(shown(card="second"))
    store.feedback.add(
        "our-ehr",
        [
            given(reason_system="s", reason_code="patient-refuses"),
            given(card="second", reason_system="s", reason_code="patient-refuses"),
            given(at=NOW + timedelta(seconds=1)),
            given(outcome="accepted", accepted_suggestions=("x",)),
        ],
        NOW,
    )
    assert store.feedback.report("our-ehr")["trials"] == [
        {
            "trial": "NCT00000001",
            "shown": 2,
            "accepted": 1,
            "overridden": 3,
            "overrideReasons": [
                {"system": "s", "code": "patient-refuses", "count": 2},
                {"system": None, "code": None, "count": 1},
            ],
        }
    ]


def test_since_leaves_out_what_is_older(store):
    store.shown.add(shown())
    store.feedback.add("our-ehr", [given()], NOW)
    later = store.feedback.report(since=NOW + timedelta(microseconds=1))
    assert later == {"trials": [], "unknownCards": 0, "feedback": []}
    assert len(store.feedback.report(since=NOW)["feedback"]) == 1


@pytest.mark.parametrize("keep", [False, True])
def test_a_comment_is_kept_only_where_the_site_says_so(settings, keep):
    store = open_store(settings(store_comments=keep))
    store.feedback.add("our-ehr", [given(comment="Test Lupus-One does not want it")], NOW)
    (kept,) = store.feedback.report()["feedback"]
    assert kept["userComment"] == ("Test Lupus-One does not want it" if keep else None)
    assert kept["commentDropped"] is not keep
    store.close()


def test_a_call_is_kept_whole_or_not_at_all(store):
    broken = replace(given(card="second"), outcome=None)  # the database does not take it
    with pytest.raises(Exception, match="store"):
        store.feedback.add("our-ehr", [given(), broken], NOW)
    assert store.feedback.report()["feedback"] == []
