"""The whole way of a chart through the rules that ship: results, order, counts, what would change it."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import date

import pytest

from cds_service.errors import UnknownTrial
from cds_service.features.chart import Chart
from cds_service.features.question import Reason
from cds_service.fhir.decode import read_bundle
from cds_service.matching import Counts, CriterionVerdict, Outcome, Result, match, rank
from cds_service.rules import RuleSet, rules_directory

TODAY = date(2026, 11, 1)
IM19, ULTRAFAST, JDM, SSC, BASKET = (
    "NCT06513429",
    "zhejiang-ultrafast-sle",
    "NCT06569472",
    "NCT06792344",
    "NCT07193667",
)
SCT, RX, LOINC = "http://snomed.info/sct", "http://www.nlm.nih.gov/research/umls/rxnorm", "http://loinc.org"
SLE = {"system": SCT, "code": "55464009", "display": "Systemic lupus erythematosus"}


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


def condition(coding=SLE, **more):
    active = {"coding": [{"code": "active"}]}
    confirmed = {"coding": [{"code": "confirmed"}]}
    return {
        "resourceType": "Condition",
        "clinicalStatus": active,
        "verificationStatus": confirmed,
        "code": {"coding": [coding]},
        "subject": {"reference": "Patient/p"},
    } | more


def lab(code, value, unit, uln=None, **more):
    made = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-10-20",
        "valueQuantity": {"value": value, "unit": unit},
    }
    if uln:
        made["referenceRange"] = [{"high": {"value": uln, "unit": unit}}]
    return made | more


def chart(*resources, birth="1990-01-01", gender="female"):
    patient = {"resourceType": "Patient", "id": "p", "birthDate": birth, "gender": gender}
    entries = [{"resource": patient}]
    entries += [{"resource": {"id": f"r{number}"} | resource} for number, resource in enumerate(resources)]
    body = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    return read_bundle(body.encode(), TODAY)


def matched(rules, trial, *resources, **patient):
    answer = match(chart(*resources, **patient), rules, TODAY, [trial])
    return answer.matches[0]


def test_an_empty_chart_satisfies_and_fails_nothing_but_age_and_sex(rules):
    for found in match(chart(), rules, TODAY).matches:
        assert found.result is Result.NOT_RELEVANT
        decided = {v.criterion.id for v in found.verdicts if v.outcome is not Outcome.UNKNOWN}
        assert decided <= {"I1", "I2", "I8"}, found.trial.id


def test_possible_matches_come_before_what_is_ruled_out_and_what_is_not_relevant(rules):
    answer = match(chart(condition(), lab("777-3", 20, "10*9/L")), rules, TODAY)
    assert [(found.trial.id, found.result) for found in answer.matches] == [
        (ULTRAFAST, Result.POSSIBLE_MATCH),
        (BASKET, Result.POSSIBLE_MATCH),
        (IM19, Result.RULED_OUT),
        (JDM, Result.NOT_RELEVANT),
        (SSC, Result.NOT_RELEVANT),
    ]


def test_among_possible_matches_the_larger_share_satisfied_comes_first(rules):
    full, short = Counts(20, 0, 20), Counts(8, 0, 7)
    found = matched(rules, IM19, condition())
    order = sorted((replace(found, counts=counts) for counts in (full, short)), key=rank)
    assert [each.counts for each in order] == [short, full]


def test_only_the_trials_asked_for_and_an_unknown_one_is_an_error(rules):
    answer = match(chart(condition()), rules, TODAY, [SSC, IM19])
    assert {found.trial.id for found in answer.matches} == {IM19, SSC}
    with pytest.raises(UnknownTrial, match=IM19):
        match(chart(), rules, TODAY, ["NCT00000000"])


def test_counts_leave_out_parts_and_take_alternatives_and_cohorts_once(rules):
    for found in match(chart(condition()), rules, TODAY).matches:
        folded = {id for branches in found.trial.alternatives for branch in branches for id in branch}
        folded |= {cohort.id for cohort in found.trial.cohorts}
        alone = [v for v in found.verdicts if v.criterion.part_of is None and v.criterion.id not in folded]
        groups = len(alone) + len(found.trial.alternatives) + bool(found.trial.cohorts)
        counts = found.counts
        assert counts.satisfied + counts.failed + counts.unknown == groups
        assert (counts.failed == 0) or found.result is not Result.POSSIBLE_MATCH


def test_a_cohort_that_is_closed_by_another_disease_is_not_listed(rules):
    itp = {"system": SCT, "code": "32273002", "display": "Immune thrombocytopenia"}
    both = matched(rules, BASKET, condition(), condition(itp))
    assert both.cohorts == ("SLE",)
    assert both.verdict("ITP").outcome is Outcome.FAILED
    assert matched(rules, BASKET, condition(itp)).cohorts == ("ITP",)


def test_a_basket_without_an_open_cohort_is_ruled_out(rules):
    limited = {"system": SCT, "code": "299276009", "display": "Limited systemic sclerosis"}
    found = matched(rules, BASKET, condition(limited))
    assert (found.result, found.cohorts) == (Result.RULED_OUT, ())


def test_a_code_that_only_suggests_the_disease_is_relevant_and_unsure(rules):
    lupus = {"system": SCT, "code": "200936003", "display": "Lupus erythematosus"}
    found = matched(rules, IM19, condition(lupus))
    assert found.result is Result.POSSIBLE_MATCH
    assert found.relevance_unsure
    assert found.relevance_evidence[0].reference == "Condition/r0"
    assert not matched(rules, IM19, condition()).relevance_unsure


def test_what_does_not_concern_the_patient_counts_as_satisfied_and_says_so(rules):
    verdict = matched(rules, IM19, condition(), gender="male").verdict("I7a")
    assert (verdict.outcome, verdict.not_applicable) == (Outcome.SATISFIED, True)
    assert not matched(rules, IM19, condition()).verdict("I7a").not_applicable


def test_an_exception_is_named_where_it_is_not_on_record_and_asked_where_it_is(rules):
    high = lab("1742-6", 120, "U/L", uln=40)
    failed = matched(rules, IM19, condition(), high).verdict("E10a")
    assert failed.outcome is Outcome.FAILED
    assert "exception is not on record" in failed.explanation
    hepatitis = {"system": SCT, "code": "19682006", "display": "Lupus hepatitis"}
    asked = matched(rules, IM19, condition(), condition(hepatitis), high).verdict("E10a")
    assert (asked.outcome, asked.reason) == (Outcome.UNKNOWN, Reason.NEEDS_CLINICIAN)
    assert {item.reference for item in asked.evidence} >= {"Condition/r1", "Observation/r2"}


def test_a_value_beyond_a_limit_says_how_far(rules):
    verdict = matched(rules, IM19, condition(), lab("29463-7", 38.5, "kg")).verdict("I3")
    assert verdict.outcome is Outcome.FAILED
    assert (verdict.distance.amount, verdict.distance.unit) == ("1.5", "kg")
    assert verdict.evidence[0].value == "38.5 kg"


def test_a_wash_out_says_on_which_day_it_ends(rules):
    rituximab = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {"coding": [{"system": RX, "code": "121191"}]},
        "subject": {"reference": "Patient/p"},
        "effectiveDateTime": "2026-05-13",
    }
    verdict = matched(rules, IM19, condition(), rituximab).verdict("E12")
    assert verdict.outcome is Outcome.FAILED
    assert verdict.distance.until == date(2026, 11, 14)
    assert "in 13 days" in verdict.distance.text


def test_what_is_missing_names_the_test_and_its_code(rules):
    verdict = matched(rules, IM19, condition()).verdict("E11f")
    assert verdict.reason is Reason.MISSING_DATA
    assert [need.loinc for need in verdict.distance.tests] == ["777-3"]


def test_a_composite_is_worded_by_its_parts(rules):
    verdict = matched(rules, BASKET, condition()).verdict("SLE")
    assert verdict.explanation.startswith("Unknown: SLE-1 (needs-clinician), SLE-2 (missing-data)")


def test_who_is_too_young_is_told_the_birthday_that_changes_it(rules):
    verdict = matched(rules, IM19, condition(), birth="2008-11-13").verdict("I2")
    assert verdict.outcome is Outcome.FAILED
    assert verdict.distance.until == date(2026, 11, 13)
    assert verdict.distance.text == "1 year from the limit; may change on 2026-11-13 (in 12 days)"
    assert matched(rules, IM19, condition(), birth="1960-11-01").verdict("I2").distance.until is None


def test_a_trial_that_does_not_concern_the_patient_is_decided_when_it_is_asked_for(rules, monkeypatch):
    decided = []
    decide = rules.engine.decide

    def counted(trial, *given):
        decided.append(trial.id)
        return decide(trial, *given)

    monkeypatch.setattr(rules.engine, "decide", counted)
    answer = match(chart(condition()), rules, TODAY)
    apart = [found for found in answer.matches if found.result is Result.NOT_RELEVANT]
    assert {SSC, JDM} <= {found.trial.id for found in apart}
    assert not {found.trial.id for found in apart} & set(decided)
    for found in apart:
        told = [verdict.criterion.id for verdict in found.verdicts]
        assert told == [criterion.id for criterion in found.trial.criteria]
        assert found.trial.id in decided
        assert found.relevance


MUCH = (
    condition(),
    lab("777-3", 20, "10*9/L"),
    lab("1742-6", 120, "U/L", uln=40),
    lab("33914-3", 45, "mL/min/{1.73_m2}"),
    lab("2118-8", 0, "", effectiveDateTime="2026-10-28")
    | {"valueQuantity": None, "valueCodeableConcept": {"coding": [{"system": SCT, "code": "260385009"}]}},
)


@pytest.mark.parametrize("first", CriterionVerdict.__slots__)
def test_a_verdict_is_the_same_whatever_is_asked_of_it_first(rules, first):
    whole = match(chart(*MUCH), rules, TODAY).matches
    asked = match(chart(*MUCH), rules, TODAY).matches
    assert {verdict.outcome for found in whole for verdict in found.verdicts} == set(Outcome)
    for one, other in zip(whole, asked, strict=True):
        told = [replace(verdict) for verdict in one.verdicts]
        alone = [getattr(verdict, first) for verdict in other.verdicts]
        assert alone == [getattr(verdict, first) for verdict in told]
        assert [replace(verdict) for verdict in other.verdicts] == told


def test_a_verdict_does_not_change_and_has_no_other_fields(rules):
    verdict = match(chart(*MUCH), rules, TODAY).matches[0].verdicts[0]
    with pytest.raises(FrozenInstanceError):
        verdict.explanation = "another"
    with pytest.raises(AttributeError, match="prognosis"):
        _ = verdict.prognosis


def test_what_is_kept_for_all_patients_holds_no_chart(rules):
    record = chart(*MUCH)
    for found in match(record, rules, TODAY).matches:
        list(found.verdicts)
    empty = Chart(record, TODAY, rules.concepts, rules.absence).empty
    kept = [
        verdict
        for place, verdicts in empty.kept.items()
        if isinstance(place, tuple) and place[0] == "verdicts"
        for verdict in verdicts.values()
    ]
    assert kept
    assert not any(hasattr(verdict, "_walk") or hasattr(verdict, "_chart") for verdict in kept)
