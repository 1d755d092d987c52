"""A small CDS client: what an EHR does at ``patient-view``, for trying a service from the command line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import requests

from cds_service.errors import BadRequest, CartCdsError, NotFhir

SERVICE = "cart-trial-match"


def patient_view(url: str, bundle: bytes) -> Any:
    """Call the hook at ``url`` with one patient's Bundle as prefetch. Raises CartCdsError where it fails."""
    resources = _resources(bundle)
    patients = [resource for resource in resources if resource.get("resourceType") == "Patient"]
    if len(patients) != 1 or "id" not in patients[0]:
        raise NotFhir("The Bundle needs one Patient with an id, as a chart that is open has.")
    patient = patients[0]
    return _post(
        url, lambda templates: _call(patient["id"], prefetch=_prefetch(patient, resources, templates))
    )


def patient_view_from(url: str, fhir_server: str, patient_id: str) -> Any:
    """Call the hook with a FHIR server and no prefetch: the service reads the chart from there itself."""
    return _post(url, lambda _: _call(patient_id, fhirServer=fhir_server))


def _post(url: str, body: Callable[[dict[str, str]], dict[str, Any]]) -> Any:
    base = url.rstrip("/")
    try:
        services = requests.get(f"{base}/cds-services", timeout=10).json()["services"]
        service = next(entry for entry in services if entry["id"] == SERVICE)
        answer = requests.post(f"{base}/cds-services/{SERVICE}", json=body(service["prefetch"]), timeout=60)
    except (requests.RequestException, LookupError, StopIteration, ValueError) as error:
        raise CartCdsError(
            f"No CDS Hooks service {SERVICE} answers there ({type(error).__name__})."
        ) from error
    if not answer.ok:
        raise CartCdsError(f"The service answered {answer.status_code}: {_outcome(answer)}")
    return answer.json()


def _resources(bundle: bytes) -> list[dict[str, Any]]:
    try:
        entries = json.loads(bundle.decode("utf-8-sig")).get("entry", [])
    except (ValueError, AttributeError) as error:
        raise BadRequest("The file is not a FHIR Bundle in JSON.") from error
    return [entry["resource"] for entry in entries if isinstance(entry, dict) and "resource" in entry]


def _prefetch(
    patient: dict[str, Any], resources: list[dict[str, Any]], templates: dict[str, str]
) -> dict[str, Any]:
    """A search template is answered with every resource of its type: more than the query would return, which
    a service must cope with.
    """
    prefetch: dict[str, Any] = {}
    sent: set[str] = set()
    for key, template in templates.items():
        kind = template.split("?")[0].split("/")[0]
        if kind == "Patient":
            prefetch[key] = patient
            continue
        entries = [{"resource": resource} for resource in resources if resource.get("resourceType") == kind]
        prefetch[key] = {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [] if kind in sent else entries,
        }
        sent.add(kind)
    return prefetch


def _call(patient_id: str, **members: Any) -> dict[str, Any]:
    return {
        "hook": "patient-view",
        "hookInstance": str(uuid.uuid4()),
        "context": {"userId": "Practitioner/example", "patientId": patient_id},
        **members,
    }


def _outcome(answer: requests.Response) -> str:
    try:
        return str(answer.json()["issue"][0]["details"]["text"])
    except (ValueError, LookupError, TypeError):
        return answer.reason
