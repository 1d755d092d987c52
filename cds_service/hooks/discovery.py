"""What ``GET /cds-services`` says: the services, and what they would like to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_service.hooks.offered import OFFERED, PATIENT_VIEW, Offered

SERVICE_ID = PATIENT_VIEW.id

SPECIFICATION = "2.0.1"
"""The version of CDS Hooks that is implemented. The member that says so is of the 3.0 ballot; clients of
earlier versions ignore it."""


def discovery(prefetch: Mapping[str, str]) -> dict[str, Any]:
    """The discovery answer, with the templates of :func:`.prefetch.templates`. Both services ask for the
    same: neither template names anything that only one of the hooks carries.
    """
    return {"services": [_described(service, prefetch) for service in OFFERED]}


def _described(service: Offered, prefetch: Mapping[str, str]) -> dict[str, Any]:
    return {
        "hook": service.hook,
        "id": service.id,
        "title": service.title,
        "description": (
            f"{service.occasion}, shows the CAR-T trials of which nothing on the patient's record fails a "
            "criterion, and why, with the patient's own dated values, which data is missing, and what only a "
            "clinician can confirm. It never says that a patient is eligible."
        ),
        "usageRequirements": (
            f"FHIR R4. Send {' and '.join(f'context.{name}' for name in service.needs)}. Needs the Patient "
            "and the Conditions; without either the answer is 412. What the prefetch lacks is read from the "
            "fhirServer, where it is registered with this service, with the access token of the call (scopes "
            "patient/*.rs or user/*.rs). What cannot be had is shown as unknown, never as absent. Use null "
            "or an empty Bundle where there is nothing, and an OperationOutcome where a query failed."
        ),
        "version": SPECIFICATION,
        "prefetch": dict(prefetch),
    }
