import json
from decimal import Decimal
from fractions import Fraction

import pytest

from cds_service.fhir.lenient import Patience, mend
from cds_service.fhir.reading import DECODERS
from cds_service.fhir.record import Asked


@pytest.fixture
def one(read, observation):
    """The only Observation of a Bundle that holds it with these elements."""

    def one(**elements):
        record = read(observation(**elements))
        assert len(record.observations) == 1
        return record.observations[0], record.issues

    return one


@pytest.mark.parametrize(
    ("element", "value", "damaged"),
    [
        ("status", 5, ("status",)),
        ("status", ["final", "final"], ("status",)),
        ("code", "777-3", ("code",)),
        ("code", {"coding": [{"system": "x", "code": ["777-3"]}]}, ("code.coding[0].code", "code")),
        ("code", {"coding": ["x"]}, ("code.coding[0]", "code")),
        ("valueQuantity", "5", ("valueQuantity",)),
        ("valueQuantity", {"value": "five"}, ("valueQuantity.value", "valueQuantity")),
        ("valueQuantity", {"value": ""}, ("valueQuantity.value", "valueQuantity")),
        ("valueQuantity", {"value": True}, ("valueQuantity.value", "valueQuantity")),
        ("valueQuantity", {"value": 20, "comparator": 5}, ("valueQuantity",)),
        ("valueInteger", "x", ("valueInteger",)),
        ("valueInteger", 5.5, ("valueInteger",)),
        ("valueBoolean", "yes", ("valueBoolean",)),
        ("effectiveDateTime", 20261020, ("effectiveDateTime",)),
        ("component", [{"valueQuantity": 5}], ("component[0].valueQuantity", "component")),
        ("referenceRange", [{"high": {"value": "x"}}], ("referenceRange[0].high.value", "referenceRange")),
        ("subject", 5, ("subject",)),
    ],
)
def test_what_cannot_be_read_is_left_out_and_named(one, element, value, damaged):
    it, issues = one(**{element: value})
    assert it.damaged == damaged
    assert issues
    assert all(issue.reference == "Observation/o" for issue in issues)
    assert f"Bundle.entry[1].resource.{damaged[0]} " in issues[0].text


def test_a_quantity_loses_its_number_with_its_comparator(one):
    it, _ = one(valueQuantity={"value": 20, "comparator": ["<"]})
    assert it.value_quantity is None


def test_a_modifier_extension_makes_the_resource_unusable(one):
    it, issues = one(modifierExtension=[{"url": "https://example.org/negated", "valueBoolean": True}])
    assert it.damaged == ("modifierExtension",)
    assert issues[0].severity == "warning"


@pytest.mark.parametrize(
    "value", [1e300, "NaN", "Infinity", "-Infinity", "sNaN12", "1e999999", "1E-999999", 10**60, "9" * 5000]
)
def test_no_number_that_stalls_or_is_none(one, value):
    it, _ = one(valueQuantity={"value": value})
    assert it.value_quantity is None or it.value_quantity.value is None
    assert "valueQuantity" in it.damaged


@pytest.mark.parametrize("number", ["1e400", "1E-99999999999", "1e99999999999999999999", "9" * 5000])
def test_nor_one_that_json_can_write(observation, number):
    whole = json.dumps({"valueQuantity": {"value": 0}} | observation()).replace(
        '"value": 0', f'"value": {number}'
    )
    mended = mend(whole.encode(), DECODERS["Observation"], Patience())
    assert "valueQuantity" in mended.damaged


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (5.10, Decimal("5.1")),
        ("5.1", Decimal("5.1")),
        (-0.0, Decimal("-0.0")),
        (2**63, Decimal(2**63)),
        ("1e-40", Decimal("1e-40")),
        ("1e40", Decimal("1e40")),
    ],
)
def test_numbers_are_kept_as_written(one, value, kept):
    it, issues = one(valueQuantity={"value": value})
    assert it.value_quantity.value == kept
    assert Fraction(it.value_quantity.value) == Fraction(kept)
    assert it.damaged == ()
    assert issues == ()


@pytest.mark.parametrize(
    ("element", "value", "attribute", "kept"),
    [
        ("valueInteger", "5", "value_integer", 5),
        ("valueInteger", 5.0, "value_integer", 5),
        ("valueBoolean", "false", "value_boolean", False),
        ("status", None, "status", None),
        ("valueString", "x", "value_string", "x"),
    ],
)
def test_what_is_the_same_in_any_form_is_kept(one, element, value, attribute, kept):
    it, _ = one(**{element: value})
    assert getattr(it, attribute) == kept
    assert it.damaged == ()


def test_lists_of_one_and_one_for_a_list(one):
    it, issues = one(
        code=[{"coding": {"system": "http://loinc.org", "code": 8640}}], category={"text": "lab"}
    )
    assert it.code.coding[0].code == "8640"
    assert it.category[0].text == "lab"
    assert it.damaged == ()
    assert {issue.severity for issue in issues} == {"information"}


def test_a_list_of_two_where_one_belongs_is_not_chosen_from(one):
    it, _ = one(code=[{"text": "a"}, {"text": "b"}])
    assert it.code is None
    assert it.damaged == ("code",)


def test_null_is_absence(one):
    it, issues = one(
        code={"coding": [None, {"code": "777-3"}], "text": None}, category=None, component=[None]
    )
    assert [coding.code for coding in it.code.coding] == ["777-3"]
    assert it.component == ()
    assert (it.damaged, issues) == ((), ())
    it, _ = one(code={"coding": None})
    assert (it.code.coding, it.damaged) == ((), ())


def test_words_for_a_reader_damage_nothing(one):
    it, issues = one(note=[{"text": 5}], code={"coding": [{"code": "777-3", "display": 5}]})
    assert it.damaged == ()
    assert len(issues) == 2


def test_more_faults_than_are_worth_naming_cost_their_element(one):
    it, _ = one(component=[{"valueInteger": {}}] * 50, valueQuantity={"value": 5})
    assert it.component == ()
    assert it.value_quantity.value == 5
    assert "component" in it.damaged


def test_half_a_surrogate_pair_costs_one_character(read, observation):
    record = read(observation(valueString="a\ud800b"))
    assert record.observations[0].value_string == "a\ufffdb"


def test_without_patience_nothing_is_mended():
    raw = b'{"resourceType": "Observation", "status": 5}'
    assert mend(raw, DECODERS["Observation"], Patience(10)).resource is None
    assert mend(raw, DECODERS["Observation"], Patience()).resource is not None


def test_a_resource_that_cannot_be_saved_is_an_issue_and_its_type_partial(read, monkeypatch, condition):
    monkeypatch.setattr("cds_service.fhir.lenient.Patience.spend", lambda *_: False)
    record = read(condition(id=["x"]))
    assert record.conditions == ()
    assert record.was_asked("Condition") is Asked.PARTIAL
    assert [(issue.severity, issue.reference) for issue in record.issues] == [
        ("error", "Bundle.entry[1].resource")
    ]


WHOLE = {
    "Observation": {
        "id": "o",
        "status": "final",
        "category": [{"text": "laboratory"}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3", "display": "Platelets"}]},
        "subject": {"reference": "Patient/1", "identifier": {"system": "urn:mrn", "value": "A1"}},
        "effectivePeriod": {"start": "2026-10-01", "end": "2026-10-02"},
        "valueQuantity": {"value": 118.0, "comparator": "<", "unit": "10*3/uL"},
        "interpretation": [{"coding": [{"code": "L"}]}],
        "referenceRange": [
            {"low": {"value": 150}, "high": {"value": 4.0e2}, "appliesTo": [{"text": "women"}]}
        ],
        "component": [{"code": {"text": "part"}, "valueInteger": 3, "dataAbsentReason": {"text": "x"}}],
        "note": [{"text": "clumped"}],
        "performer": [{"reference": "Practitioner/1"}],
    },
    "MedicationRequest": {
        "status": "active",
        "intent": "order",
        "doNotPerform": False,
        "medicationReference": {"reference": "#m"},
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "prednisone"}}],
        "dosageInstruction": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1.5, "periodUnit": "d", "when": ["ACM"]}},
                "doseAndRate": [{"doseQuantity": {"value": 20, "unit": "mg"}}],
            }
        ],
    },
    "Condition": {
        "stage": [{"summary": {"text": "II"}}],
        "onsetAge": {"value": 30},
        "abatementBoolean": True,
    },
}


@pytest.mark.parametrize("kind", WHOLE)
def test_both_ways_of_decoding_give_the_same_for_good_data(kind):
    raw = json.dumps({"resourceType": kind, **WHOLE[kind]}).encode()
    typed = DECODERS[kind].decode(raw)
    mended = mend(raw, DECODERS[kind], Patience())
    assert repr(mended.resource) == repr(typed)  # "118.0" stays "118.0"
    assert (mended.damaged, mended.dropped, mended.reshaped) == ([], [], [])
