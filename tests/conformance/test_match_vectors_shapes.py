"""The shape of an answer, what must change nothing in it, and what a prefetch does not prove."""

import copy
import json
import random
import re
from pathlib import Path

import pytest
from charts_by_hand import (
    ALP,
    ALT,
    AS_OF,
    AST,
    BELIMUMAB,
    BILIRUBIN,
    CD4,
    CREATININE,
    HCG_BLOOD,
    HEMOGLOBIN,
    HIV,
    HYDROXYCHLOROQUINE,
    IM19,
    LISINOPRIL,
    LVEF,
    MYCOPHENOLATE,
    NEUTROPHILS,
    PLATELETS,
    PREDNISONE,
    RITUXIMAB,
    SPO2,
    ULTRA_FAST,
    WEIGHT,
    answer,
    bundle,
    concept,
    condition,
    given,
    lupus,
    patient,
    procedure,
    result,
    score,
    searchset,
    taken,
    words,
)
from fhir.resources.R4B import get_fhir_model_class

TRIALS = Path(__file__).parents[2] / "rules" / "trials"
HOOK = "/cds-services/cart-trial-match"
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}

CHART = [
    lupus(),
    condition("I10"),
    result(PLATELETS, 118, "10*3/uL", uln=400),
    result(HEMOGLOBIN, 10.2, "g/dL"),
    result(ALT, 30, "U/L", uln=40),
    result(AST, 30, "U/L", uln=40),
    result(ALP, 90, "U/L", uln=120),
    result(BILIRUBIN, 0.6, "mg/dL", uln=1.2),
    result(CREATININE, 0.8, "mg/dL"),
    result(CD4, 450, "/uL"),
    result(NEUTROPHILS, 3.1, "10*9/L"),
    result(WEIGHT, 58, "kg"),
    result(SPO2, 97, "%"),
    result(LVEF, 62, "%"),
    score(12),
    words(HCG_BLOOD, "Negative"),
    words(HIV, "Non-Reactive"),
    taken(PREDNISONE, "2026-03-01", dose=15),
    taken(HYDROXYCHLOROQUINE, "2020-01-01", dose=400),
    taken(MYCOPHENOLATE, "2024-01-01", dose=2000),
    given(BELIMUMAB, "2026-08-01"),
    procedure("80146002", "2019-01-01"),
]


def told(found):
    """Of each trial the result, the counts, and each criterion with its evidence but for the references."""
    return [
        (
            trial["trial"],
            trial["result"],
            trial["counts"],
            [
                (
                    each["id"],
                    each["outcome"],
                    each["reason"],
                    sorted(str([item["code"], item["value"], item["date"]]) for item in each["evidence"]),
                )
                for each in trial["criteria"]
            ],
        )
        for trial in found["trials"]
    ]


def outcomes(found):
    return [
        (trial["trial"], trial["result"], trial["counts"], [each["outcome"] for each in trial["criteria"]])
        for trial in found["trials"]
    ]


@pytest.fixture(scope="module")
def whole(http):
    return answer(http, bundle(*CHART))


def of(found, trial):
    return next(each for each in found["trials"] if each["trial"] == trial)


def test_a_full_chart_matches_both_trials_and_decides_much(whole):
    for trial, satisfied in ((IM19, 20), (ULTRA_FAST, 7)):
        found = of(whole, trial)
        assert (found["result"], found["counts"]["failed"]) == ("possible-match", 0)
        assert found["counts"]["satisfied"] == satisfied
        assert found["defects"]
        assert found["cohort"] is None


@pytest.mark.parametrize("trial", [IM19, ULTRA_FAST])
def test_every_entry_has_its_fields_and_the_counts_tally(whole, trial):
    found = of(whole, trial)
    source = " ".join((TRIALS / trial / "source.txt").read_text(encoding="utf-8").split())
    for entry in found["criteria"]:
        assert {
            "id", "kind", "outcome", "reason", "notApplicable", "text", "reading", "explanation", "evidence",
            "distance", "notes",
        } <= set(entry)  # fmt: skip
        assert (entry["outcome"] == "unknown") == (entry["reason"] is not None), entry["id"]
        assert entry["reading"]
        assert entry["explanation"]
        if entry["text"] is not None:
            assert all(" ".join(piece.split()) in source for piece in entry["text"].split(" … ")), entry["id"]
        if entry["outcome"] == "failed" or (entry["outcome"] == "satisfied" and not entry["notApplicable"]):
            assert entry["evidence"], entry["id"]
        for item in entry["evidence"]:
            assert set(item) == {"reference", "code", "value", "date"}
    tally = [entry["outcome"] for entry in found["criteria"] if entry["partOf"] is None]
    assert found["counts"] == {each: tally.count(each) for each in ("satisfied", "failed", "unknown")}


def test_evidence_is_as_recorded(whole):
    (entry,) = (each for each in of(whole, IM19)["criteria"] if each["id"] == "E11f")
    (item,) = entry["evidence"]
    assert item == {
        "reference": f"Observation/{CHART[2]['id']}",
        "code": PLATELETS,
        "value": "118 10*3/uL",
        "date": "2026-10-20",
    }


def test_nobody_is_called_eligible(whole):
    assert not re.search(r"(?<!in)eligible", json.dumps(whole), re.IGNORECASE)


def test_the_trial_without_a_number_gets_none(http, whole):
    assert not re.search(r"NCT\d|https?://", json.dumps(of(whole, ULTRA_FAST)))
    plain = http.get(f"/trials/{ULTRA_FAST}").get_json()
    assert not plain["source"].get("url")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_entries_changes_nothing(http, whole, seed):
    body = bundle(*CHART)
    random.Random(seed).shuffle(body["entry"])
    assert told(answer(http, body)) == told(whole)


def test_other_ids_change_nothing(http, whole):
    body = copy.deepcopy(bundle(*CHART))
    for entry in body["entry"]:
        entry["resource"]["id"] = f"other-{entry['resource']['id']}"
        if "subject" in entry["resource"]:
            entry["resource"]["subject"] = {"reference": "Patient/other-p"}
    assert told(answer(http, body)) == told(whole)


def test_a_transaction_of_urns_is_read_alike(http, whole):
    body = copy.deepcopy(bundle(*CHART, kind="transaction"))
    for number, entry in enumerate(body["entry"]):
        entry["fullUrl"] = f"urn:uuid:00000000-0000-4000-8000-{number:012}"
        entry["resource"].pop("id")
        if "subject" in entry["resource"]:
            entry["resource"]["subject"] = {"reference": body["entry"][0]["fullUrl"]}
    found = answer(http, body)
    assert told(found) == told(whole)
    assert not found["issues"]


@pytest.mark.parametrize("kind", ["searchset", "batch", "collection", "document", "history"])
def test_the_type_of_the_bundle_changes_nothing(http, whole, kind):
    assert told(answer(http, bundle(*CHART, kind=kind))) == told(whole)


ABOUT = {"subject": {"reference": "Patient/p"}}
UNRELATED = [
    {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}} | ABOUT,
    {"resourceType": "CarePlan", "status": "active", "intent": "plan"} | ABOUT,
    {"resourceType": "Organization", "name": "x"},
    {"resourceType": "Claim", "status": "active", "patient": ABOUT["subject"]},
    {"resourceType": "NoSuchResource"},
    {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": ABOUT["subject"],
        "condition": [{"code": concept("C50.9", "http://hl7.org/fhir/sid/icd-10-cm")}],
    },
    {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": concept("140", "http://hl7.org/fhir/sid/cvx"),
        "patient": ABOUT["subject"],
        "occurrenceDateTime": "2026-10-01",
    },
    {"resourceType": "AllergyIntolerance", "code": {"text": "Peanut"}, "patient": ABOUT["subject"]},
    result("8867-4", 70, "/min"),
    condition("J45.909"),
    taken("161"),
    procedure("430193006", "2026-10-01"),
]


@pytest.mark.parametrize("entry", UNRELATED, ids=lambda entry: entry["resourceType"])
def test_what_is_not_asked_about_moves_no_verdict(http, whole, entry):
    assert outcomes(answer(http, bundle(*CHART, entry))) == outcomes(whole)


@pytest.mark.parametrize("chart", [[], [lupus()]])
def test_where_nothing_is_known_nothing_is_decided(http, chart):
    found = answer(http, bundle(*chart, of={"resourceType": "Patient", "id": "p"}))
    for trial in (IM19, ULTRA_FAST):
        assert of(found, trial)["counts"]["satisfied"] == of(found, trial)["counts"]["failed"] == 0
    if not chart:
        for trial in found["trials"]:
            assert (trial["result"], trial["counts"]["failed"]) == ("not-relevant", 0)
            assert {each["outcome"] for each in trial["criteria"]} == {"unknown"}


def prefetched(http, criterion, trial=IM19, **keys):
    body = {"prefetch": {"patient": patient(), "conditions": searchset(lupus())} | keys}
    found = of(answer(http, body, trial=trial), trial)
    return next(each for each in found["criteria"] if each["id"] == criterion)


NEXT = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({}, "missing-data"),
        ({"procedures": None}, "nothing-on-record"),
        ({"procedures": searchset()}, "nothing-on-record"),
        ({"procedures": searchset(procedure("80146002", "2010-01-01"))}, "nothing-on-record"),
        ({"procedures": FAILED}, "missing-data"),
        ({"procedures": searchset(FAILED)}, "missing-data"),
        ({"procedures": searchset(link=NEXT)}, "missing-data"),
        ({"procedures": searchset(total=7)}, "missing-data"),
        ({"procedures": "x"}, "missing-data"),
    ],
)
def test_the_four_states_of_a_key(http, keys, reason):
    entry = prefetched(http, "E4a", **keys)
    assert (entry["outcome"], entry["reason"]) == ("unknown", reason)


OLD_DOSE = searchset(given(RITUXIMAB, "2026-01-01"))
STEROID = searchset(taken(PREDNISONE, "2026-01-01", dose=20))
MUCH = searchset(taken(PREDNISONE, "2026-01-01", dose=40))


@pytest.mark.parametrize(
    ("criterion", "keys", "known", "lost"),
    [
        ("E12", {"medicationAdministrations": OLD_DOSE}, "satisfied", "unknown"),
        ("I5b", {"medicationStatements": STEROID}, "satisfied", "unknown"),
        ("I5b", {"medicationStatements": MUCH}, "failed", "failed"),
        ("I5c", {"medicationStatements": STEROID}, "satisfied", "unknown"),
        ("I5b", {"medicationStatements": searchset(taken(LISINOPRIL))}, "satisfied", "unknown"),
        ("I5a", {"medicationStatements": searchset(taken(LISINOPRIL))}, "failed", "unknown"),
        ("I5a", {"medicationStatements": STEROID}, "satisfied", "satisfied"),
    ],
)
def test_orders_that_could_not_be_had_leave_open_what_more_of_them_could_change(
    http, criterion, keys, known, lost
):
    assert prefetched(http, criterion, **keys, medicationRequests=searchset())["outcome"] == known
    assert prefetched(http, criterion, **keys, medicationRequests=FAILED)["outcome"] == lost
    assert prefetched(http, criterion, **keys, medicationRequests=searchset(link=NEXT))["outcome"] == lost


HOSTILE = [
    "<script>alert(1)</script>",
    "[x](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "| a | b |\n# Head",
    "**bold** `code` ~~gone~~",
    "SLE\n\n---\n- [ ] item",
    "<!-- -->",
    "http://evil.example/x",
    "x" * 5000,
]
MARKUP = (
    "<script", "](http://evil", "![", "\n# Head", "**bold**", "`code`", "~~gone~~", "\n---\n- [", "<!--",
    "http://evil.example/x",
)  # fmt: skip


def cards(http, **keys):
    sent = http.post(
        HOOK,
        json={
            "hook": "patient-view",
            "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {"userId": "Practitioner/x", "patientId": "p"},
            "prefetch": {"patient": patient(), "conditions": searchset(lupus())} | keys,
        },
    )
    assert sent.status_code == 200, sent.get_data(as_text=True)
    return sent.get_json()["cards"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_in_the_chart_is_no_markup_on_a_card(http, name):
    disease = lupus()
    disease["code"] = {"coding": [disease["code"]["coding"][0] | {"display": name}], "text": name}
    count = result(PLATELETS, 118, "10*3/uL")
    count["valueQuantity"]["unit"] = name
    found = cards(
        http,
        patient=patient(name=[{"text": name}]),
        conditions=searchset(disease, condition(text=name)),
        observations1=searchset(count),
    )
    assert found
    for card in found:
        assert len(card["summary"]) <= 139
        for markup in MARKUP:
            assert markup not in card["detail"]
            assert markup not in card["summary"]


def test_cards_link_to_a_registry_only_where_the_source_gives_a_number(http):
    found = {card["summary"].split()[0]: card for card in cards(http)}
    assert found[IM19]["links"][0]["url"].endswith(f"/{IM19}")
    assert "links" not in found[ULTRA_FAST]
    assert "url" not in found[ULTRA_FAST]["source"]
    for card in found.values():
        for suggestion in card["suggestions"]:
            for action in suggestion["actions"]:
                get_fhir_model_class(action["resource"]["resourceType"])(**action["resource"])


def test_the_fhir_answer_is_a_searchset_of_studies(http):
    sent = http.post(
        "/match",
        query_string={"asOf": AS_OF},
        json=bundle(lupus()),
        headers={"Accept": "application/fhir+json"},
    )
    found = sent.get_json()
    get_fhir_model_class("Bundle")(**found)
    studies = [entry for entry in found["entry"] if entry["search"]["mode"] == "match"]
    assert (found["type"], found["total"]) == ("searchset", len(studies))
    assert {entry["resource"]["resourceType"] for entry in studies} == {"ResearchStudy"}
    by_id = {entry["resource"]["id"]: entry["resource"] for entry in studies}
    assert by_id[IM19]["identifier"][0]["value"] == IM19
    assert "identifier" not in by_id[ULTRA_FAST]
