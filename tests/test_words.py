"""The words that a clinician reads, for every synthetic patient: no change goes unseen.

``tests/words/<patient>.txt`` holds each verdict of the relevant trials as it is told. After a change that is
meant, write them anew with ``make words`` and read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import random
from datetime import date
from pathlib import Path

import pytest

from cds_service.fhir.decode import read_bundle
from cds_service.matching import CriterionVerdict, MatchAnswer, Result, match
from cds_service.rules import RuleSet, rules_directory

PATIENTS = Path(__file__).parents[1] / "fhir_fixtures" / "patients"
WORDS = Path(__file__).parent / "words"
SLUGS = sorted(path.name for path in PATIENTS.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


def told(answer: MatchAnswer) -> str:
    lines = [f"{answer.patient} on {answer.as_of}"]
    for found in answer.matches:
        if found.result is Result.NOT_RELEVANT:
            continue
        cohorts = f", cohorts {' '.join(found.cohorts)}" if found.cohorts else ""
        lines += ["", f"{found.trial.id}: {found.result}{cohorts}", f"  because {found.relevance}"]
        for verdict in found.verdicts:
            lines += verdict_told(verdict)
    return "\n".join(lines) + "\n"


def verdict_told(verdict: CriterionVerdict) -> list[str]:
    state = verdict.reason or ("does not apply" if verdict.not_applicable else "")
    lines = [f"{verdict.criterion.id} {verdict.outcome} {state}".rstrip(), f"  {verdict.explanation}"]
    own = [note for note in verdict.notes if note not in verdict.criterion.notes]
    lines += [f"  note: {note}" for note in own]
    lines += [
        f"  record: {item.reference} {item.code or ''} {item.value or ''} {item.date or ''}".rstrip()
        for item in verdict.evidence
    ]
    lines += [f"  get: {need.name} {need.loinc or ''}".rstrip() for need in verdict.needs]
    if verdict.distance:
        lines.append(f"  distance: {verdict.distance.text}")
    return lines


@pytest.mark.parametrize("slug", SLUGS)
def test_every_verdict_is_told_as_it_was_read_and_approved(slug, rules):
    body = (PATIENTS / slug / "bundle.json").read_bytes()
    day = date(2026, 11, 1)
    words = told(match(read_bundle(body, day), rules, day))
    file = WORDS / f"{slug}.txt"
    if os.environ.get("CART_CDS_WRITE_WORDS"):
        file.write_text(words, encoding="utf-8")
    assert words == file.read_text(encoding="utf-8"), "see the module's docstring"


def test_no_words_are_kept_of_a_patient_that_is_gone():
    assert sorted(path.stem for path in WORDS.iterdir()) == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_entries_changes_no_word(slug, seed, rules):
    """A server may send them in any order, and another one the next time."""
    body = json.loads((PATIENTS / slug / "bundle.json").read_bytes())
    day = date(2026, 11, 1)
    as_sent = told(match(read_bundle(json.dumps(body).encode(), day), rules, day))
    random.Random(seed).shuffle(body["entry"])
    assert told(match(read_bundle(json.dumps(body).encode(), day), rules, day)) == as_sent
