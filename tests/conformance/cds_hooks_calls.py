"""CDS Hooks calls as an EHR makes them, for both services, and what must hold of every answer."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fhir_fixtures"
AS_OF = date(2026, 11, 1)
"""The day of the synthetic charts."""

DISCOVERY = "/cds-services"
SERVICES = {
    "patient-view": "/cds-services/cart-trial-match",
    "encounter-start": "/cds-services/cart-trial-match-encounter-start",
}
ADDRESSES = [DISCOVERY, *SERVICES.values(), *(f"{url}/feedback" for url in SERVICES.values())]
FHIR_JSON = "application/fhir+json"
FAILED = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "timeout", "diagnostics": "No answer"}],
}


def prepared(hook, name="full-prefetch"):
    """The ready call for the demonstration patient; ``name`` is that of its file without the hook."""
    whole = json.loads((FIXTURES / "requests" / f"patient-view-{name}.json").read_bytes())
    return for_hook(whole, hook)


def for_hook(call, hook):
    encounter = {"encounterId": "test-encounter-one"} if hook == "encounter-start" else {}
    return call | {"hook": hook, "context": call["context"] | encounter}


def changed(call, **members):
    """The call with other members; ``...`` leaves one out."""
    return {name: value for name, value in (call | members).items() if value is not ...}


def without(call, *keys):
    """The call without these prefetch keys."""
    kept = {key: value for key, value in call["prefetch"].items() if key not in keys}
    return changed(call, prefetch=kept)


def searchset(*resources):
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources]}


def said(answer):
    """The cards as they read: without the ids, which are new each time."""
    cards = answer.get_json()["cards"]
    return [(card["summary"], card["detail"], card["source"], card.get("links")) for card in cards]


def issue(answer):
    """The one issue of an error, which must be an OperationOutcome."""
    assert answer.mimetype == FHIR_JSON
    outcome = answer.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    (found,) = outcome["issue"]
    assert found["severity"] == "error"
    assert found["details"]["text"]
    return found


def empties(value, path="$"):
    """Every null, "", [] and {} outside FHIR resources, but for an answer that is an empty list."""
    if isinstance(value, dict):
        if "resourceType" in value:
            return
        for name, each in value.items():
            if each in (None, "", [], {}) and name not in ("cards", "services"):
                yield f"{path}.{name}"
            yield from empties(each, f"{path}.{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            if each in (None, "", [], {}):
                yield f"{path}[{number}]"
            yield from empties(each, f"{path}[{number}]")
