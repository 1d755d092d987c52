"""What may not change a verdict: units, ids, what is beside the point, and how much else is on record.

Over every synthetic patient and all five trials, without saying what the verdicts are.
"""

from __future__ import annotations

import json
import random
from copy import deepcopy
from datetime import date
from pathlib import Path

import pytest

from cds_service.fhir.decode import read_bundle
from cds_service.matching import Outcome, match
from cds_service.rules import RuleSet, rules_directory

PATIENTS = Path(__file__).parents[1] / "fhir_fixtures" / "patients"
SLUGS = sorted(path.name for path in PATIENTS.iterdir() if path.is_dir())
DAY = date(2026, 11, 1)
KNOWN = (Outcome.SATISFIED, Outcome.FAILED)
LOINC = "http://loinc.org"

every_patient = pytest.mark.parametrize("slug", SLUGS)


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


def chart(slug):
    return json.loads((PATIENTS / slug / "bundle.json").read_text("utf-8"))


def answered(bundle, rules):
    return match(read_bundle(json.dumps(bundle).encode(), DAY), rules, DAY)


def verdicts(answer):
    return {
        (found.trial.id, verdict.criterion.id): verdict
        for found in answer.matches
        for verdict in found.verdicts
    }


def outcomes(answer):
    results = {found.trial.id: (found.result, found.cohorts) for found in answer.matches}
    told = {
        key: (verdict.outcome, verdict.reason, verdict.not_applicable)
        for key, verdict in verdicts(answer).items()
    }
    return results, told


# code -> (code of the other unit, its unit, how much of it one is)
OTHER_UNIT = {
    "2160-0": ("14682-9", "umol/L", 88.4),
    "14682-9": ("2160-0", "mg/dL", 1 / 88.4),
    "1975-2": ("14631-6", "umol/L", 17.1),
    "14631-6": ("1975-2", "mg/dL", 1 / 17.1),
    "718-7": ("718-7", None, None),
    "777-3": ("777-3", None, None),
    "6690-2": ("6690-2", None, None),
    "751-8": ("751-8", None, None),
}
SPELLINGS = {
    "g/dL": ("g/L", 10),
    "g/L": ("g/dL", 0.1),
    "10*3/uL": ("10*9/L", 1),
    "10*9/L": ("/mm3", 1000),
    "/uL": ("10*3/uL", 0.001),
}


def in_other_units(bundle):
    """The chart with these results in another unit; how many there were."""
    changed = 0
    for entry in bundle["entry"]:
        resource = entry["resource"]
        quantity = resource.get("valueQuantity", {})
        coding = next(
            (c for c in resource.get("code", {}).get("coding", ()) if c.get("code") in OTHER_UNIT), None
        )
        if resource["resourceType"] != "Observation" or coding is None or "unit" not in quantity:
            continue
        code, unit, factor = OTHER_UNIT[coding["code"]]
        if unit is None:
            if quantity.get("code") not in SPELLINGS and quantity["unit"] not in SPELLINGS:
                continue
            unit, factor = SPELLINGS.get(quantity.get("code")) or SPELLINGS[quantity["unit"]]
        ranges = [limit for each in resource.get("referenceRange", ()) for limit in each.values()]
        for amount in (quantity, *(each for each in ranges if isinstance(each, dict) and "value" in each)):
            amount["value"] = float(f"{amount['value'] * factor:.12g}")
            amount |= {"unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
        coding |= {"code": code, "display": "the same in another unit"}
        changed += 1
    return changed


@every_patient
def test_another_unit_changes_no_verdict(slug, rules):
    before = answered(chart(slug), rules)
    bundle = chart(slug)
    in_other_units(bundle)
    assert outcomes(answered(bundle, rules)) == outcomes(before)


def test_there_were_results_in_units_that_can_be_changed():
    assert sum(in_other_units(chart(slug)) for slug in SLUGS) > 100


@every_patient
def test_other_ids_change_no_verdict_and_no_word(slug, rules):
    bundle = chart(slug)
    names = {}
    for number, entry in enumerate(bundle["entry"]):
        resource = entry["resource"]
        kind, old, new = resource["resourceType"], resource.get("id"), f"n{997 * (number + 1)}"
        names |= {
            f"{kind}/{old}": f"{kind}/{new}",
            entry.get("fullUrl"): f"https://other.example/fhir/{kind}/{new}",
        }
        resource["id"] = new
    renamed = _renamed(bundle, names)
    before, after = answered(chart(slug), rules), answered(renamed, rules)
    assert outcomes(after) == outcomes(before)
    said = {key: (each.explanation, each.notes) for key, each in verdicts(before).items()}
    assert {key: (each.explanation, each.notes) for key, each in verdicts(after).items()} == said


def _renamed(value, names):
    if isinstance(value, dict):
        return {
            key: names.get(inner, inner) if key in ("reference", "fullUrl") else _renamed(inner, names)
            for key, inner in value.items()
        }
    return [_renamed(inner, names) for inner in value] if isinstance(value, list) else value


BESIDE_THE_POINT = (
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "8867-4", "display": "Heart rate"}]},
        "effectiveDateTime": "2026-10-31",
        "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    },
    {
        "resourceType": "Condition",
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "resolved"}
            ]
        },
        "code": {
            "coding": [
                {"system": "http://snomed.info/sct", "code": "58150001", "display": "Fracture of clavicle"}
            ]
        },
        "onsetDateTime": "2012-05-01",
        "abatementDateTime": "2012-06-20",
    },
    {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
    {"resourceType": "CarePlan", "status": "active", "intent": "plan"},
)


@every_patient
def test_what_is_beside_the_point_changes_no_verdict(slug, rules):
    bundle = chart(slug)
    patient = next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Patient")
    held = {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    for number, resource in enumerate(BESIDE_THE_POINT):
        if resource["resourceType"] == "Condition" and "Condition" not in held:
            continue  # the first one of its type says that Conditions were asked for
        subject = {"reference": f"Patient/{patient['id']}"}
        added = deepcopy(resource) | {"id": f"beside-{number}", "subject": subject}
        bundle["entry"].insert(0, {"resource": added})
    assert outcomes(answered(bundle, rules)) == outcomes(answered(chart(slug), rules))


@every_patient
def test_less_on_record_makes_nothing_known_that_was_not(slug, rules):
    """Of what is taken away: where a verdict changes to another known one, it had rested on that record."""
    whole = chart(slug)
    full = answered(whole, rules)
    entries = whole["entry"]
    chance = random.Random(slug)
    takeable = [n for n, entry in enumerate(entries) if entry["resource"]["resourceType"] != "Patient"]
    for taken in chance.sample(takeable, min(12, len(takeable))):
        resource = entries[taken]["resource"]
        name = f"{resource['resourceType']}/{resource['id']}"
        less = answered(whole | {"entry": entries[:taken] + entries[taken + 1 :]}, rules)
        for key, verdict in verdicts(less).items():
            before = verdicts(full)[key]
            if verdict.outcome is before.outcome or verdict.outcome not in KNOWN:
                continue
            rested = {each.reference for each in before.evidence}
            assert name in rested, (key, name, before.outcome, verdict.outcome, verdict.explanation)


@pytest.mark.parametrize(
    "patient",
    [
        {},
        {"gender": "female"},
        {"birthDate": "1990-01-01"},
        {"gender": "male", "birthDate": "1990-01-01"},
        {"gender": "female", "birthDate": "2016-01-01"},
    ],
)
def test_an_empty_chart_satisfies_and_clears_nothing(patient, rules):
    """Only what the Patient itself says is known: age and sex, and what does not concern such a patient."""
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient", "id": "p", **patient}}],
    }
    answer = answered(bundle, rules)
    assert {found.result.value for found in answer.matches} == {"not-relevant"}
    for key, verdict in verdicts(answer).items():
        if verdict.outcome in KNOWN:
            of_the_patient = {each.reference for each in verdict.evidence} == {"Patient/p"}
            assert verdict.not_applicable or of_the_patient, (key, verdict.explanation)
            assert patient, key
