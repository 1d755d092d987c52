"""In a pause nothing is held that another call needs: else the two would wait for each other for ever."""

import threading
from datetime import date
from itertools import count
from pathlib import Path

import pytest

from cds_service.answers import answer_json
from cds_service.cards import cards_for
from cds_service.fhir.decode import read_bundle
from cds_service.hooks.call import read_call
from cds_service.hooks.gather import Gathered
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.offered import PATIENT_VIEW
from cds_service.hooks.prefetch import templates
from cds_service.hooks.service import cards_of
from cds_service.pausing import pause, pausing

FIXTURES = Path(__file__).parents[1] / "fhir_fixtures"
DAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def matcher():
    return Matcher.load()


def posted(matcher):
    """A Bundle, every verdict of every trial told."""
    body = (FIXTURES / "patients" / "sle-woman-possible-match" / "bundle.json").read_bytes()
    return answer_json(matcher.match(read_bundle(body, DAY), DAY, None))


def carded(matcher):
    """The same patient's cards."""
    body = (FIXTURES / "patients" / "sle-woman-possible-match" / "bundle.json").read_bytes()
    return cards_for(matcher.match(read_bundle(body, DAY), DAY, None), limit=3, new_id=lambda: "id")


def called(matcher):
    """A hook call with its prefetch."""
    body = (FIXTURES / "requests" / "patient-view-full-prefetch.json").read_bytes()
    call = read_call(body, PATIENT_VIEW)
    asked = templates(matcher.trials, matcher.labs)
    gathered = Gathered(call.prefetch or {})
    return cards_of(call, gathered, matcher, asked, as_of=DAY, limit=3, new_id=lambda: "id").cards


@pytest.mark.parametrize("work", [posted, carded, called])
def test_another_call_is_answered_in_every_pause(matcher, work):
    alone, seen, pauses = work(matcher), [], count()

    def another():
        if next(pauses) % 9:  # else it would take long
            return
        found = []
        thread = threading.Thread(target=lambda: found.append(work(matcher)), daemon=True)
        thread.start()
        thread.join(20)
        assert found, "the other call waits for something that is held here"
        seen.append(found[0])

    with pausing(another):
        assert work(matcher) == alone
    assert len(seen) > 5
    assert all(each == alone for each in seen)


def test_without_turns_a_pause_does_nothing():
    pause()
    times = []
    with pausing(lambda: times.append("outer")):
        with pausing(lambda: times.append("inner")):
            pause()
        pause()
    pause()
    assert times == ["inner", "outer"]
