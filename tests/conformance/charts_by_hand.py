"""FHIR R4 as systems send it, in plain dicts: short words for resources, and what is answered of them."""

from __future__ import annotations

import json
from itertools import count

AS_OF = "2026-11-01"
IM19, ULTRA_FAST = "NCT06513429", "zhejiang-ultrafast-sle"
LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM, ATC = "http://hl7.org/fhir/sid/icd-10-cm", "http://www.whocc.no/atc"
CPT = "http://www.ama-assn.org/go/cpt"
SCORES = "urn:cart-cds:clinical-scores"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"

ALT, AST, ALP, BILIRUBIN, BILIRUBIN_SI = "1742-6", "1920-8", "6768-6", "1975-2", "14631-6"
CREATININE, CREATININE_SI, EGFR = "2160-0", "14682-9", "98979-8"
HEMOGLOBIN, PLATELETS, NEUTROPHILS, CD4 = "718-7", "777-3", "751-8", "24467-3"
WEIGHT, HEIGHT, SPO2, LVEF = "29463-7", "8302-2", "59408-5", "10230-1"
HCG_BLOOD, HCG_URINE, HIV = "2118-8", "2106-3", "56888-1"
PREDNISONE, PREDNISOLONE, METHYLPREDNISOLONE = "8640", "8638", "6902"
HYDROCORTISONE, DEXAMETHASONE = "5492", "3264"
HYDROXYCHLOROQUINE, MYCOPHENOLATE, LISINOPRIL = "5521", "68149", "29046"
BELIMUMAB, RITUXIMAB = "1092437", "121191"

_ids = count(1)


def concept(code=None, system=LOINC, text=None):
    coding = {"coding": [{"system": system, "code": code} if system else {"code": code}]} if code else {}
    return coding | ({"text": text} if text else {})


def _resource(kind, **fields):
    made = {"resourceType": kind, "id": f"r{next(_ids)}", "subject": {"reference": "Patient/p"}} | fields
    return {key: value for key, value in made.items() if value is not None}


def patient(birth="1990-06-15", gender="female", **more):
    made = {"resourceType": "Patient", "id": "p", "birthDate": birth, "gender": gender} | more
    return {key: value for key, value in made.items() if value is not None}


def result(code, value=None, unit=None, on="2026-10-20", *, uln=None, ucum=True, comparator=None, **more):
    """An Observation; ``ucum`` False leaves the unit as text, as a laboratory prints it."""
    fields = {"status": "final", "code": code if isinstance(code, dict) else concept(code)}
    fields["effectiveDateTime"] = on
    if value is not None:
        quantity = {"value": value, "comparator": comparator, "unit": unit}
        if unit and ucum:
            quantity |= {"system": UCUM, "code": unit}
        fields["valueQuantity"] = {key: each for key, each in quantity.items() if each is not None}
    if uln is not None:
        fields["referenceRange"] = [{"high": {"value": uln, "unit": unit}}]
    return _resource("Observation", **(fields | more))


def words(code, text, on="2026-10-20", **more):
    return result(code, on=on, valueString=text, **more)


def score(value, code="sledai-2k", **more):
    value = more or {"valueQuantity": {"value": value, "unit": "{score}", "system": UCUM, "code": "{score}"}}
    return result(concept(code, SCORES), **value)


def condition(code=None, system=ICD_10_CM, *, clinical="active", verified="confirmed", text=None, **more):
    def status(kind, value):
        return {"coding": [{"system": f"{TERMINOLOGY}/condition-{kind}", "code": value}]} if value else None

    fields = {"code": concept(code, system, text), "onsetDateTime": "2015-03-01"}
    fields |= {
        "clinicalStatus": status("clinical", clinical),
        "verificationStatus": status("ver-status", verified),
    }
    return _resource("Condition", **(fields | more))


def lupus(**more):
    return condition("55464009", SNOMED, **more)


def dosage(amount, times=1, period=1, unit="d", of="mg", **more):
    repeat = {"frequency": times, "period": period, "periodUnit": unit}
    rate = {"doseQuantity": {"value": amount, "unit": of, "system": UCUM, "code": of}}
    route = {"coding": [{"system": SNOMED, "code": "26643006", "display": "Oral route"}]}
    return {"timing": {"repeat": repeat}, "doseAndRate": [rate], "route": route} | more


def _drug(code, system, text):
    return concept(code, system, text) if code or text else None


def taken(code=None, start="2026-01-01", end=None, *, dose=None, system=RXNORM, text=None, **more):
    """A MedicationStatement; ``dose`` is milligrams once a day, or a whole dosage."""
    period = {key: day for key, day in (("start", start), ("end", end)) if day}
    fields = {"status": "active", "medicationCodeableConcept": _drug(code, system, text)}
    fields["effectivePeriod"] = period or None
    if dose is not None:
        fields["dosage"] = [dose if isinstance(dose, dict) else dosage(dose)]
    return _resource("MedicationStatement", **(fields | more))


def ordered(code=None, on="2026-01-01", *, dose=None, system=RXNORM, text=None, **more):
    fields = {"status": "active", "intent": "order", "authoredOn": on}
    fields["medicationCodeableConcept"] = _drug(code, system, text)
    if dose is not None:
        fields["dosageInstruction"] = [dose if isinstance(dose, dict) else dosage(dose)]
    return _resource("MedicationRequest", **(fields | more))


def given(code=None, on=None, *, system=RXNORM, text=None, **more):
    fields = {"status": "completed", "effectiveDateTime": on}
    fields["medicationCodeableConcept"] = _drug(code, system, text)
    return _resource("MedicationAdministration", **(fields | more))


def procedure(code, on, system=SNOMED, **more):
    fields = {"status": "completed", "code": concept(code, system), "performedDateTime": on}
    return _resource("Procedure", **(fields | more))


def medication(code, id="drug", **more):
    return {"resourceType": "Medication", "id": id, "code": concept(code, RXNORM)} | more


def bundle(*resources, of=None, kind="collection"):
    entries = [{"resource": each} for each in (of or patient(), *resources)]
    if kind in ("transaction", "batch"):
        entries = [
            entry | {"request": {"method": "POST", "url": entry["resource"]["resourceType"]}}
            for entry in entries
        ]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def searchset(*resources, **more):
    entries = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def answer(client, body, **query):
    """The whole answer of ``POST /match``."""
    sent = client.post(
        "/match", query_string={"asOf": AS_OF} | query, data=json.dumps(body), content_type="application/json"
    )
    assert sent.status_code == 200, sent.get_data(as_text=True)
    return sent.get_json()


def trial_of(client, trial, body):
    (found,) = answer(client, body, trial=trial)["trials"]
    return found


def verdict(client, trial, criterion, *resources, of=None):
    """One criterion of a patient with lupus and these resources: the outcome, and "n/a" or the reason."""
    found = trial_of(client, trial, bundle(lupus(), *resources, of=of))
    (entry,) = [each for each in found["criteria"] if each["id"] == criterion]
    if entry["outcome"] != "unknown" and not entry["notApplicable"]:
        assert entry["evidence"], f"{criterion} is {entry['outcome']} without evidence"
    return entry


def outcome(client, trial, criterion, *resources, of=None):
    """``satisfied``, ``failed``, ``unknown`` or ``n/a``."""
    entry = verdict(client, trial, criterion, *resources, of=of)
    return "n/a" if entry["notApplicable"] else entry["outcome"]
