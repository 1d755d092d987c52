"""Whatever is done to a Bundle: a Record or a CartCdsError, and never a value that cannot be used."""

import copy
import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.errors import CartCdsError
from cds_service.fhir.decode import read_bundle, read_prefetch, read_resources

AS_OF = date(2026, 11, 1)
OURS = {"reference": "Patient/1"}
ENTRIES = [
    {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1990-01-01"},
    {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}], "text": "Platelets"},
        "subject": OURS,
        "effectiveDateTime": "2026-10-20",
        "valueQuantity": {"value": 118, "comparator": "<", "unit": "10*3/uL"},
        "referenceRange": [{"low": {"value": 150.0}, "high": {"value": 400}}],
        "component": [{"code": {"text": "part"}, "valueInteger": 3}],
    },
    {
        "resourceType": "Condition",
        "id": "c",
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"text": "SLE"},
        "subject": OURS,
        "onsetPeriod": {"start": "2020", "end": "2021"},
    },
    {
        "resourceType": "MedicationRequest",
        "id": "r",
        "status": "active",
        "intent": "order",
        "subject": OURS,
        "medicationReference": {"reference": "#m"},
        "contained": [{"resourceType": "Medication", "id": "m", "ingredient": [{"itemReference": OURS}]}],
        "dosageInstruction": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}],
    },
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": {"resourceType": "OperationOutcome"}}],
    },
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**50), 10**50),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            "",
            "5.1",
            "NaN",
            "Infinity",
            "1e999999",
            "2999",
            "2026-13-45",
            "entered-in-error",
            "\ud800",
            "#m",
            "x" * 500,
        ]
    ),
    st.text(max_size=5),
    st.sampled_from([[], {}, [None], [[]], {"coding": None}, {"coding": [None]}, [{"value": []}]]),
)
NAMES = st.sampled_from(
    [
        "status",
        "contained",
        "subject",
        "$damaged",
        "$reference",
        "id",
        "modifierExtension",
        "medicationReference",
    ]
)


def places(node, path=()):
    yield path
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        yield from places(child, (*path, step))


@st.composite
def mutated(draw):
    bundle = {"resourceType": "Bundle", "type": "collection"}
    bundle["entry"] = [{"resource": one} for one in copy.deepcopy(draw(st.permutations(ENTRIES)))]
    for _ in range(draw(st.integers(1, 4))):
        *way, last = draw(st.sampled_from([path for path in places(bundle) if path] or [("entry",)]))
        holder = bundle
        for step in way:
            holder = holder[step]
        match draw(st.sampled_from(["drop", "retype", "nest", "wrap", "repeat", "add"])):
            case "drop":
                holder.pop(last, None) if isinstance(holder, dict) else holder.pop(last)
            case "retype":
                holder[last] = draw(ODD)
            case "nest":
                holder[last] = [holder[last]]
            case "wrap":
                holder[last] = {"value": holder[last], "reference": holder[last]}
            case "repeat" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[last]))
            case _ if isinstance(holder, dict):
                holder[draw(NAMES)] = draw(ODD)
    return json.dumps(bundle).encode()


def use(node):
    """What features do with a record: exact arithmetic on every number."""
    if isinstance(node, msgspec.Struct):
        for name in node.__struct_fields__:
            use(getattr(node, name))
    elif isinstance(node, tuple):
        for child in node:
            use(child)
    elif isinstance(node, Decimal):
        assert len(str(Fraction(node))) < 200


@settings(derandomize=True, deadline=None, max_examples=400)
@given(mutated())
def test_a_mutated_bundle_is_a_record_or_our_own_error(body):
    try:
        record = read_bundle(body, AS_OF)
    except CartCdsError as error:
        assert error.status in (400, 413, 422)  # noqa: PT017
    else:
        for field in fields(record):
            use(getattr(record, field.name))
        for entry in record.medication_records:
            record.medication_of(entry)
        assert list(record.results(["http://loinc.org|777-3"])) is not None
        assert all(type(path) is str for it in record.observations for path in it.damaged)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(mutated())
def test_so_is_a_mutated_prefetch_and_a_mutated_export(body):
    patient = json.dumps(ENTRIES[0]).encode()
    values = {"patient": msgspec.Raw(patient), "all": msgspec.Raw(body)}
    for read in (
        lambda: read_prefetch(values, {"patient": ("Patient",), "all": ("Observation",)}, "1", AS_OF),
        lambda: read_resources([patient, body], AS_OF),
    ):
        try:
            assert read().patient.id == "1"
        except CartCdsError as error:
            assert error.status in (400, 412, 413, 422)  # noqa: PT017
