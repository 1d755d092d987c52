"""FHIR resources from the short form in which ``cases.yaml`` describes a chart.

``{lab: platelets, value: "25", unit: "10*9/L", date: "2026-10-20"}`` becomes the Observation that a
laboratory would send for it. Whatever the short form cannot say is written whole, as
``{resource: {resourceType: …}}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from cds_service.concepts import Concepts
from cds_service.features.reports import KINDS
from cds_service.fhir.systems import CLINICAL_SCORES, UCUM
from cds_service.trials.problems import Fields, Problems, nearest
from cds_service.trials.yaml_source import Items, Node, Table

Resource = dict[str, Any]
SUBJECT: Final = {"reference": "Patient/case"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?\Z")
_NUMBERS: Final = frozenset({"value", "valueInteger", "valueDecimal", "frequency", "period", "score"})
_TRUTHS: Final = {"true": True, "false": False}
_CONDITION_STATUS: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

RESULT_KEYS: Final = ("value", "unit", "comparator", "uln", "lln", "result", "date", "status")
MEDICATION_KEYS: Final = ("kind", "status", "start", "end", "dose", "per_day", "route")


def resource(node: Node, number: int, concepts: Concepts, file: str, problems: Problems) -> Resource | None:
    """The resource of one entry of a chart; what is wrong is kept in ``problems``."""
    opening = next((key for key in node if key in FORMS), None) if isinstance(node, Table) else None
    if opening is None or not isinstance(node, Table):
        first = next(iter(node), "") if isinstance(node, Table) else ""
        said = f'"{first}" is no entry of a chart. {nearest(first, FORMS)}'
        problems.add(said, file, node.line)
        return None
    keys, build = FORMS[opening]
    fields = Fields(node, f'"{opening}"', (opening, *keys), file, problems)
    made = build(fields, opening, concepts)
    return {"id": f"r{number}", **made} if made else None


def _observation(fields: Fields, keyword: str, concepts: Concepts) -> Resource | None:
    key = fields.needed(keyword)
    wrong = concepts.labs.unknown(key)
    if wrong is not None:
        fields.wrong(wrong)
        return None
    codes = concepts.labs.concept(key).codes
    code = next((code for code in codes if keyword != "score" or code.startswith(CLINICAL_SCORES)), None)
    if code is None:
        fields.wrong(f'"{key}" has no code of its own. Write the resource whole.')
        return None
    made: Resource = {
        "resourceType": "Observation",
        "status": fields.text("status") or "final",
        "code": _concept(code),
        "subject": SUBJECT,
        **_dated("effectiveDateTime", fields.text("date")),
    }
    return {**made, **_result(fields)}


def _result(fields: Fields) -> Resource:
    value, words = fields.text("value"), fields.text("result")
    if (value is None) == (words is None):
        fields.wrong('A result has a "value" or a "result" in words, one of them.')
        return {}
    if words is not None:
        return {"valueCodeableConcept": {"text": words}}
    made: Resource = {"valueQuantity": _quantity(fields, "value", comparator=fields.text("comparator"))}
    bounds = {
        name: _quantity(fields, key) for name, key in (("low", "lln"), ("high", "uln")) if fields.text(key)
    }
    return {**made, "referenceRange": [bounds]} if bounds else made


def _quantity(fields: Fields, key: str, comparator: str | None = None) -> Resource:
    unit = fields.text("unit")
    made: Resource = {"value": _number(fields, fields.text(key) or "", key)}
    if comparator:
        made["comparator"] = comparator
    return {**made, "unit": unit, "system": UCUM, "code": unit} if unit else made


def _number(fields: Fields, text: str, key: str) -> int | float:
    if not _NUMBER.match(text):
        fields.wrong(f'"{text}" is no number. Write "{key}" as a plain decimal in quotes.')
        return 0
    return float(text) if "." in text else int(text)


def _condition(fields: Fields, keyword: str, _: Concepts) -> Resource:
    made: Resource = {
        "resourceType": "Condition",
        "code": _concept(fields.needed(keyword)),
        "subject": SUBJECT,
        **_dated("onsetDateTime", fields.text("onset")),
        **_dated("abatementDateTime", fields.text("abatement")),
        **_dated("recordedDate", fields.text("recorded")),
    }
    if status := fields.text("status"):
        made["clinicalStatus"] = {"coding": [{"system": _CONDITION_STATUS, "code": status}]}
    if verification := fields.text("verification"):
        made["verificationStatus"] = {"coding": [{"system": _VERIFICATION, "code": verification}]}
    return made


def _medication(fields: Fields, keyword: str, _: Concepts) -> Resource:
    kind = fields.text("kind") or "statement"
    start, end = fields.text("start"), fields.text("end")
    period = {**_dated("start", start), **_dated("end", end)}
    made: Resource = {"medicationCodeableConcept": _concept(fields.needed(keyword)), "subject": SUBJECT}
    dosage = _dosage(fields)
    match kind:
        case "statement":
            made |= {"resourceType": "MedicationStatement", "status": fields.text("status") or "active"}
            made |= {"effectivePeriod": period} if period else {}
            made |= {"dosage": [dosage]} if dosage else {}
        case "request":
            made |= {"resourceType": "MedicationRequest", "status": fields.text("status") or "active"}
            made |= {"intent": "order", **_dated("authoredOn", start)}
            if period:
                repeat = {**dosage.get("timing", {}).get("repeat", {}), "boundsPeriod": period}
                dosage = {**dosage, "timing": {"repeat": repeat}}
            made |= {"dosageInstruction": [dosage]} if dosage else {}
        case "administration":
            made |= {
                "resourceType": "MedicationAdministration",
                "status": fields.text("status") or "completed",
            }
            made |= {"effectivePeriod": period} if end else _dated("effectiveDateTime", start)
            if dosage:
                dose = dosage.get("doseAndRate", [{}])[0].get("doseQuantity")
                made["dosage"] = {
                    **({"dose": dose} if dose else {}),
                    **({"route": dosage["route"]} if "route" in dosage else {}),
                }
        case "dispense":
            made |= {"resourceType": "MedicationDispense", "status": fields.text("status") or "completed"}
            made |= _dated("whenHandedOver", start)
            made |= {"dosageInstruction": [dosage]} if dosage else {}
        case _:
            fields.wrong(
                f'"{kind}" is no kind of medication record. Write statement, request, '
                "administration or dispense."
            )
    return made


def _dosage(fields: Fields) -> Resource:
    made: Resource = {}
    if dose := fields.text("dose"):
        amount, _, unit = dose.partition(" ")
        quantity = {"value": _number(fields, amount, "dose"), "unit": unit, "system": UCUM, "code": unit}
        made["doseAndRate"] = [{"doseQuantity": quantity}]
    if per_day := fields.text("per_day"):
        frequency = _number(fields, per_day, "per_day")
        made["timing"] = {"repeat": {"frequency": frequency, "period": 1, "periodUnit": "d"}}
    if route := fields.text("route"):
        made["route"] = {"text": route}
    return made


def _procedure(fields: Fields, keyword: str, _: Concepts) -> Resource:
    return {
        "resourceType": "Procedure",
        "status": fields.text("status") or "completed",
        "code": _concept(fields.needed(keyword)),
        "subject": SUBJECT,
        **_dated("performedDateTime", fields.text("date")),
    }


def _immunization(fields: Fields, keyword: str, _: Concepts) -> Resource:
    return {
        "resourceType": "Immunization",
        "status": fields.text("status") or "completed",
        "vaccineCode": _concept(fields.needed(keyword)),
        "patient": SUBJECT,
        **_dated("occurrenceDateTime", fields.text("date")),
    }


def _report(fields: Fields, keyword: str, _: Concepts) -> Resource | None:
    kind = fields.needed(keyword)
    if kind not in KINDS:
        fields.wrong(f'"{kind}" is no kind of report. {nearest(kind, KINDS)}')
        return None
    return {
        "resourceType": "DiagnosticReport",
        "status": fields.text("status") or "final",
        "code": {"text": KINDS[kind].name},
        "subject": SUBJECT,
        **_dated("effectiveDateTime", fields.text("date")),
    }


def _whole(fields: Fields, keyword: str, _: Concepts) -> Resource | None:
    node = fields.node(keyword)
    made = _json(node, "")
    if not isinstance(made, dict) or "resourceType" not in made:
        fields.wrong('A "resource" is a whole FHIR resource with its "resourceType".')
        return None
    return made


def _json(node: Node | None, key: str) -> Any:
    """A resource written whole: every scalar is text in YAML, and a number or truth where FHIR has one."""
    if isinstance(node, Table):
        return {str(name): _json(value, name) for name, value in node.items()}
    if isinstance(node, Items):
        return [_json(item, key) for item in node]
    text = str(node)
    if key in _NUMBERS and _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return _TRUTHS.get(text, text)


def _concept(code: str) -> Mapping[str, Any]:
    """``system|code`` as a CodeableConcept; what has no system is words only."""
    system, bar, value = code.rpartition("|")
    return {"coding": [{"system": system, "code": value}]} if bar else {"text": code}


def _dated(name: str, date: str | None) -> Mapping[str, str]:
    return {} if date is None else {name: date}


_Build = Callable[[Fields, str, Concepts], Resource | None]
FORMS: Final[Mapping[str, tuple[tuple[str, ...], _Build]]] = {
    "lab": (RESULT_KEYS, _observation),
    "measurement": (RESULT_KEYS, _observation),
    "score": (RESULT_KEYS, _observation),
    "diagnosis": (("status", "verification", "onset", "abatement", "recorded"), _condition),
    "medication": (MEDICATION_KEYS, _medication),
    "procedure": (("date", "status"), _procedure),
    "immunization": (("date", "status"), _immunization),
    "report": (("date", "status"), _report),
    "resource": ((), _whole),
}
