"""The synthetic patients: each bundle through the real path, against what was written by hand."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from datetime import date
from pathlib import Path

import pytest

from cds_service.fhir.decode import read_bundle
from cds_service.fhir.validate import validate_bundle
from cds_service.hooks.matcher import Matcher
from cds_service.matching import match
from cds_service.rules import RuleSet, rules_directory
from cds_service.settings import Settings
from cds_service.web.app import create_app

FIXTURES = Path(__file__).parents[1] / "fhir_fixtures"
PATIENTS = sorted(path for path in (FIXTURES / "patients").iterdir() if path.is_dir())
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
    finally:
        sys.path.remove(str(FIXTURES))
    return module


def expected_of(patient):
    return json.loads((patient / "expected.json").read_text("utf-8"))


@by_slug
def test_what_comes_out_is_what_was_written_by_hand(rules, patient):
    expected = expected_of(patient)
    as_of = date.fromisoformat(expected["asOf"])
    answer = match(read_bundle((patient / "bundle.json").read_bytes(), as_of), rules, as_of)
    found = {each.trial.id: each for each in answer.matches}
    assert set(found) == set(expected["trials"])
    wrong = []
    for trial, wanted in expected["trials"].items():
        got = found[trial]
        if got.result != wanted["result"]:
            wrong.append(f"{trial}: {got.result}, expected {wanted['result']}")
        if not wanted["criteria"]:
            continue
        cohort = list(got.cohorts) if got.trial.cohorts else None
        if cohort != wanted["cohort"]:
            wrong.append(f"{trial}: cohorts {cohort}, expected {wanted['cohort']}")
        outcomes = {each.criterion.id: each.outcome.value for each in got.verdicts}
        assert set(outcomes) == set(wanted["criteria"])
        wrong += [
            f"{trial} {id}: {outcomes[id]}, expected {outcome} ({got.verdict(id).explanation})"
            for id, outcome in wanted["criteria"].items()
            if outcomes[id] != outcome
        ]
    assert not wrong, "\n".join(wrong)


@by_slug
def test_each_chart_is_valid_r4(patient):
    assert validate_bundle((patient / "bundle.json").read_bytes()) == []


@by_slug
def test_nothing_of_a_chart_is_left_out_or_misread(patient):
    as_of = date.fromisoformat(expected_of(patient)["asOf"])
    assert read_bundle((patient / "bundle.json").read_bytes(), as_of).issues == ()


@by_slug
def test_about_names_every_trial_and_the_patient(patient):
    about = (patient / "about.md").read_text("utf-8")
    rows = re.findall(r"^\| (\S+) \| (\S+)(?: \(.*?\))? \|", about, re.MULTILINE)
    assert {(trial, each["result"]) for trial, each in expected_of(patient)["trials"].items()} <= set(rows)
    assert about.startswith("# Test ")


def test_the_generator_makes_the_committed_files_byte_for_byte(generator):
    made = generator.files()
    for path, content in made.items():
        assert (FIXTURES / path).read_bytes() == content, f"{path}: run `make fixtures`"
    kept = {
        path.relative_to(FIXTURES).as_posix()
        for folder in ("patients", "requests", "hostile")
        for path in (FIXTURES / folder).rglob("*")
        if path.is_file()
    }
    assert kept <= set(made), "a file that the generator no longer makes"


def test_the_readme_has_a_patient_in_every_row_and_no_other_slug():
    text = (FIXTURES / "README.md").read_text("utf-8")
    slugs = {patient.name for patient in PATIENTS}
    assert set(re.findall(r"\(patients/([^/)]+)/about\.md\)", text)) == slugs
    table = text.partition("## Which patient stands for what")[2].partition("## All patients")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "patients/" in line]
    assert len(rows) == 9
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert all(cells), row


def test_a_possible_match_has_nothing_failed_and_a_ruled_out_one_has():
    """Of the criteria that rule out by themselves: not parts, nor cohorts or alternatives."""
    by_itself = re.compile(r"(?!(SLE|SSC|IIM|ITP)\b)")
    for patient in PATIENTS:
        for trial, each in expected_of(patient)["trials"].items():
            failed = [id for id, got in each["criteria"].items() if got == "failed" and by_itself.match(id)]
            if each["result"] == "possible-match":
                assert not failed, (patient.name, trial)
            if each["result"] == "ruled-out":
                assert failed or each["cohort"] == [], (patient.name, trial)


def codings(value):
    if isinstance(value, dict):
        if "system" in value and "code" in value:
            yield value["system"], value["code"]
        for each in value.values():
            yield from codings(each)
    elif isinstance(value, list):
        for each in value:
            yield from codings(each)


CLINICAL = re.compile(r"loinc|snomed|rxnorm|icd-10|cvx|cart-cds")


@pytest.fixture(scope="module")
def known_codes():
    """Every code of the rule files: exact ones, and the prefixes of ICD."""
    folder = rules_directory() / "concepts"
    exact, prefixes = set(), set()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                system = row.get("system") or ("http://loinc.org" if "loinc" in row else "")
                code = row.get("code") or row.get("loinc") or row.get("rxcui") or ""
                if "rxcui" in row:
                    system = "http://www.nlm.nih.gov/research/umls/rxnorm"
                (prefixes if row.get("match") == "prefix" else exact).add((system, code))
    return exact, tuple(prefixes)


@by_slug
def test_a_chart_uses_only_codes_that_the_rules_know(known_codes, patient):
    exact, prefixes = known_codes
    for system, code in codings(json.loads((patient / "bundle.json").read_text("utf-8"))):
        if CLINICAL.search(system):
            known = (system, code) in exact or any(system == s and code.startswith(c) for s, c in prefixes)
            assert known, f"{system}|{code}"


@pytest.fixture(scope="module")
def cards_for():
    as_of = date.fromisoformat(expected_of(PATIENTS[0])["asOf"])
    client = create_app(Settings(max_cards=5), matcher=Matcher.load(None), today=lambda: as_of).test_client()

    def post(name, service="cart-trial-match"):
        body = (FIXTURES / "requests" / f"{name}.json").read_bytes()
        return client.post(f"/cds-services/{service}", data=body, content_type="application/json")

    return post


def test_the_full_call_is_answered_with_both_lupus_trials(cards_for):
    answer = cards_for("patient-view-full-prefetch")
    assert answer.status_code == 200
    found = [card["summary"].split()[0] for card in answer.json["cards"]]
    assert found == ["NCT06513429", "zhejiang-ultrafast-sle"]
    assert all("nothing failed" in card["summary"] for card in answer.json["cards"])


def test_the_same_chart_at_the_start_of_an_encounter_gives_the_same_cards(cards_for):
    first = cards_for("patient-view-full-prefetch").json["cards"]
    second = cards_for("encounter-start-full-prefetch", "cart-trial-match-encounter-start").json["cards"]
    assert [card["detail"] for card in first] == [card["detail"] for card in second]


def test_keys_without_an_answer_are_not_an_empty_chart(cards_for):
    answer = cards_for("patient-view-keys-without-answers")
    assert answer.status_code == 200
    assert len(answer.json["cards"]) == 3, "the diagnosis came, so each lupus trial is possible"
    assert all("data missing" in card["summary"] for card in answer.json["cards"])


def test_a_call_without_prefetch_is_told_so(cards_for):
    assert cards_for("patient-view-no-prefetch").status_code == 412
