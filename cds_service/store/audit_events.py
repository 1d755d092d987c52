"""The audit trail as FHIR R4 AuditEvent (https://hl7.org/fhir/R4/auditevent.html), one for each answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from cds_service.store.database import Database
from cds_service.store.tables import audit, moment

PIECE = 500


def audit_events(
    database: Database, since: datetime | None = None, patient: str | None = None
) -> Iterator[str]:
    """As JSON texts, oldest first; ``patient`` is a keyed hash. Raises Unavailable."""
    last = 0
    while True:
        rows = select(audit).where(audit.c.id > last).order_by(audit.c.id).limit(PIECE)
        if since is not None:
            rows = rows.where(audit.c.at >= moment(since))
        if patient is not None:
            rows = rows.where(audit.c.patient == patient)
        with database.read() as connection:
            piece = connection.execute(rows).mappings().all()
        for row in piece:
            yield audit_event(dict(row))
        if len(piece) < PIECE:
            return
        last = piece[-1]["id"]


def audit_event(row: dict[str, Any]) -> str:
    """One row as an AuditEvent, built and checked with FHIR's own types."""
    from fhir.resources.R4B.auditevent import AuditEvent  # noqa: PLC0415  # slow to import

    event = AuditEvent.model_validate(
        {
            "id": f"cart-cds-{row['id']}",
            "type": {
                "system": "http://terminology.hl7.org/CodeSystem/audit-event-type",
                "code": "rest",
                "display": "RESTful Operation",
            },
            "subtype": [{"system": "urn:cart-cds:endpoint", "code": row["endpoint"]}],
            "action": "E",
            "recorded": row["at"],
            "outcome": "0",
            "agent": list(_agents(row)),
            "source": {"observer": {"display": "cart-cds"}},
            "entity": list(_entities(row)),
        }
    )
    text: str = json.dumps(json.loads(event.model_dump_json()), ensure_ascii=False)
    return text


def bundle_of(events: Iterable[str]) -> Iterator[str]:
    """The same as one Bundle, piece by piece, so that a long trail needs no memory."""
    yield '{"resourceType": "Bundle", "type": "collection"'
    before, end = ', "entry": [', ""
    for text in events:
        yield f'{before}{{"resource": {text}}}'
        before, end = ", ", "]"
    yield f"{end}}}"


def _agents(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    client = {"identifier": {"system": "urn:cart-cds:client", "value": row["client"]}}
    yield {"who": client, "requestor": row["user"] is None}
    if row["tenant"]:
        yield {
            "who": {"identifier": {"system": "urn:cart-cds:tenant", "value": row["tenant"]}},
            "requestor": False,
        }
    if row["user"]:
        yield {
            "who": {"identifier": {"system": "urn:cart-cds:user-hash", "value": row["user"]}},
            "requestor": True,
        }


def _entities(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {
        "what": {"identifier": {"system": "urn:cart-cds:patient-hash", "value": row["patient"]}},
        "role": {
            "system": "http://terminology.hl7.org/CodeSystem/object-role",
            "code": "1",
            "display": "Patient",
        },
    }
    yield {
        "what": {"identifier": {"system": "urn:cart-cds:rules-version", "value": row["rules_version"]}},
        "detail": [
            {"type": "evaluation-date", "valueString": row["as_of"]},
            {"type": "request", "valueString": row["request"]},
        ],
    }
    for trial in orjson.loads(row["shown"]):
        detail = [{"type": "result", "valueString": trial["result"]}]
        if trial["card"]:
            detail.append({"type": "card", "valueString": trial["card"]})
        yield {
            "what": {"identifier": {"system": "urn:cart-cds:trial", "value": trial["trial"]}},
            "detail": detail,
        }
