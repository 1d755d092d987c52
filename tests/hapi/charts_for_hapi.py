"""The synthetic charts with ids of their own, so that one server holds them all, and one long chart."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path

PATIENTS = Path(__file__).parents[2] / "fhir_fixtures" / "patients"
AS_OF = date(2026, 11, 1)

SLUGS = (
    "sle-woman-possible-match",
    "sle-girl-12-zhejiang-only",
    "sle-man-65-si-units",
    "sle-man-look-alikes",
    "sle-platelets-20",
    "sle-every-limit-just-met",
    "sle-newest-results-unusable",
    "sle-code-only-suggests",
    "sle-prior-car-t",
    "ssc-diffuse-woman",
    "ssc-woman-look-alikes",
    "iim-woman-jo1",
    "itp-woman-platelets-18",
    "jdm-boy-possible-match",
    "jdm-diagnosis-only",
    "healthy-man",
)
LONG = "long-chart"


def chart(slug):
    """The resources of a chart; the patient's id is the slug and every other id begins with it."""
    if slug == LONG:
        return long_chart()
    entries = json.loads((PATIENTS / slug / "bundle.json").read_text("utf-8"))["entry"]
    return with_ids(slug, entries)


def with_ids(slug, entries):
    """Resources whose references are relative, whatever the Bundle's form."""
    new_ids = {}
    for entry in entries:
        resource = entry["resource"]
        kind, old = resource["resourceType"], resource.get("id")
        new = f"{kind}/{slug if kind == 'Patient' else f'{slug}.{old}'}"
        new_ids |= {entry["fullUrl"]: new, f"{kind}/{old}": new}
    resources = []
    for entry in entries:
        resource = _rewritten(entry["resource"], new_ids)
        kind, old = resource["resourceType"], entry["resource"].get("id")
        resources.append(resource | {"id": new_ids[f"{kind}/{old}"].partition("/")[2]})
    return resources


def _rewritten(value, new_ids):
    if isinstance(value, dict):
        return {
            key: new_ids.get(inner, inner) if key == "reference" else _rewritten(inner, new_ids)
            for key, inner in value.items()
        }
    return [_rewritten(inner, new_ids) for inner in value] if isinstance(value, list) else value


def long_chart():
    """The first chart with twenty earlier months of its results and 120 Conditions that are over."""
    entries = json.loads((PATIENTS / SLUGS[0] / "bundle.json").read_text("utf-8"))["entry"]
    resources = with_ids(LONG, entries)
    for resource in [each for each in resources if each["resourceType"] == "Observation"]:
        measured = date.fromisoformat(resource["effectiveDateTime"][:10])
        for month in range(1, 21):
            earlier = deepcopy(resource)
            earlier["id"] = f"{resource['id']}-{month}"
            earlier["effectiveDateTime"] = (measured - timedelta(days=30 * month)).isoformat()
            resources.append(earlier)
    for number in range(120):
        resources.append(_past_condition(number))
    return resources


def _past_condition(number):
    began = date(2015, 1, 1) + timedelta(days=20 * number)
    system = "http://terminology.hl7.org/CodeSystem"
    return {
        "resourceType": "Condition",
        "id": f"{LONG}.past-{number}",
        "clinicalStatus": {"coding": [{"system": f"{system}/condition-clinical", "code": "resolved"}]},
        "verificationStatus": {"coding": [{"system": f"{system}/condition-ver-status", "code": "confirmed"}]},
        "code": {"text": f"Past complaint number {number}"},
        "subject": {"reference": f"Patient/{LONG}"},
        "onsetDateTime": began.isoformat(),
        "abatementDateTime": (began + timedelta(days=9)).isoformat(),
    }


def transaction(resources):
    """One that may be sent again: each resource is put under its own id."""
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def prefetch_of(resources, templates):
    """What a client without HAPI would send: for each template, the resources that it asks for."""
    prefetch = {}
    for key, template in templates.items():
        kind, question, query = template.partition("?")
        if not question:
            prefetch[key] = next(each for each in resources if each["resourceType"] == "Patient")
            continue
        codes = next((part[5:].split(",") for part in query.split("&") if part.startswith("code=")), None)
        found = [
            {"resource": each}
            for each in resources
            if each["resourceType"] == kind and (codes is None or _codes_of(each) & set(codes))
        ]
        prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "entry": found}
    return prefetch


def _codes_of(resource):
    return {f"{each.get('system')}|{each.get('code')}" for each in resource["code"].get("coding", ())}
