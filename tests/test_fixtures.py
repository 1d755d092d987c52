"""The synthetic patients: each bundle through the real path, against what was written by hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from cds_service.fhir.decode import read_bundle
from cds_service.matching import match
from cds_service.rules import RuleSet, rules_directory

FIXTURES = Path(__file__).parents[1] / "fhir_fixtures"
PATIENTS = sorted((FIXTURES / "patients").iterdir())
by_slug = pytest.mark.parametrize("patient", PATIENTS, ids=lambda path: path.name)


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


@pytest.fixture(scope="module")
def generator():
    """``generate.py``, which finds its charts beside itself."""
    sys.path.insert(0, str(FIXTURES))
    try:
        spec = importlib.util.spec_from_file_location("generate_fixtures", FIXTURES / "generate.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(FIXTURES))


@by_slug
def test_what_comes_out_is_what_was_written_by_hand(rules, patient):
    expected = json.loads((patient / "expected.json").read_text("utf-8"))
    as_of = date.fromisoformat(expected["asOf"])
    answer = match(read_bundle((patient / "bundle.json").read_bytes(), as_of), rules, as_of)
    found = {each.trial.id: each for each in answer.matches}
    assert set(found) == set(expected["trials"])
    wrong = []
    for trial, wanted in expected["trials"].items():
        got = found[trial]
        if got.result != wanted["result"]:
            wrong.append(f"{trial}: {got.result}, expected {wanted['result']}")
        cohort = list(got.cohorts) if got.trial.cohorts and wanted["criteria"] else None
        if cohort != wanted["cohort"]:
            wrong.append(f"{trial}: cohorts {cohort}, expected {wanted['cohort']}")
        wrong += [
            f"{trial} {id}: {got.verdict(id).outcome}, expected {outcome} ({got.verdict(id).explanation})"
            for id, outcome in wanted["criteria"].items()
            if got.verdict(id).outcome != outcome
        ]
    assert not wrong, "\n".join(wrong)
