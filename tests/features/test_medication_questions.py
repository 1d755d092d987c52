"""No chart makes a question about drugs fail, and a record that is void is as if it were not there."""

import msgspec
from drug_charts import (
    PREDNISONE,
    RITUXIMAB,
    RXNORM,
    chart_of,
    given,
    order,
    rx,
    statement,
    weight,
)
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from cds_service.features.medications import (
    DistinctDrugs,
    Exposure,
    GlucocorticoidDose,
    Intolerance,
    StableDose,
    Started,
    Taking,
    Took,
    WashedOut,
)
from cds_service.features.question import Reading
from cds_service.fhir.resources import (
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
)
from cds_service.kleene import Truth

KEYS = ("glucocorticoid", "immunosuppressant_or_biologic", "antimalarial")
QUESTIONS = (
    Taking(taking=KEYS),
    Took(took=KEYS),
    Took(took=KEYS, within="6 months"),
    GlucocorticoidDose(glucocorticoid_dose="mg/day"),
    GlucocorticoidDose(glucocorticoid_dose="mg/kg/day"),
    GlucocorticoidDose(glucocorticoid_dose="mg/kg/day", for_at_least="3 months"),
    StableDose(stable_dose=KEYS, length="8 weeks"),
    Started(started=KEYS, at_least_before="12 weeks"),
    DistinctDrugs(distinct_drugs=KEYS),
    Exposure(exposure=KEYS, longer_than="3 months"),
    WashedOut(washed_out=KEYS, half_lives="5"),
    Intolerance(intolerance=KEYS),
)

dates = st.sampled_from(
    ["2026-10-20", "2026-11-01", "2027-01-01", "2026", "2025-06", "soon", "", None, "0001-01-01"]
)
words = st.sampled_from(["prednisone", "rituximab", "5 mg daily", "eye drops", "", "\x00", "激素", None])
numbers = st.sampled_from(["0", "5", "-5", "0.001", "1000000", "10"])
units = st.sampled_from(["mg", "g", "tablet", "mL", "", None])
quantities = st.fixed_dictionaries({"value": numbers, "unit": units}, optional={"comparator": st.just("<")})
concepts = st.builds(
    lambda code, text: {"coding": [{"system": RXNORM, "code": code}], "text": text},
    st.sampled_from([PREDNISONE, RITUXIMAB, "312615", "5521", "29046", "314165", ""]),
    words,
)
repeats = st.fixed_dictionaries(
    {},
    optional={
        "frequency": st.integers(-1, 4),
        "frequencyMax": st.integers(-1, 4),
        "period": numbers,
        "periodMax": numbers,
        "periodUnit": st.sampled_from(["d", "wk", "h", "mo", ""]),
        "dayOfWeek": st.lists(st.sampled_from(["mon", "tue"]), max_size=2),
        "timeOfDay": st.lists(st.just("08:00:00"), max_size=2),
        "count": st.integers(-1, 2),
        "boundsPeriod": st.fixed_dictionaries({}, optional={"start": dates, "end": dates}),
    },
)
dosages = st.fixed_dictionaries(
    {},
    optional={
        "sequence": st.integers(0, 2),
        "text": words,
        "asNeededBoolean": st.booleans(),
        "timing": st.fixed_dictionaries({}, optional={"repeat": repeats}),
        "doseAndRate": st.lists(st.fixed_dictionaries({}, optional={"doseQuantity": quantities}), max_size=2),
    },
)
statuses = st.sampled_from(
    ["active", "completed", "stopped", "on-hold", "in-progress", "unknown", "cancelled", "nonsense", None]
)


def records(kind, **fields):
    optional = dict(fields)
    shape = st.fixed_dictionaries(
        {"status": statuses, "medicationCodeableConcept": concepts}, optional=optional
    )
    return shape.map(lambda fields: msgspec.convert(fields, kind, strict=False))


periods = st.fixed_dictionaries({}, optional={"start": dates, "end": dates})
entries = st.lists(
    st.one_of(
        records(MedicationRequest, authoredOn=dates, dosageInstruction=st.lists(dosages, max_size=2)),
        records(
            MedicationStatement,
            effectivePeriod=periods,
            effectiveDateTime=dates,
            dosage=st.lists(dosages, max_size=2),
        ),
        records(
            MedicationAdministration,
            effectivePeriod=periods,
            effectiveDateTime=dates,
            dosage=st.fixed_dictionaries({}, optional={"dose": quantities, "text": words}),
        ),
        records(MedicationDispense, whenHandedOver=dates, daysSupply=quantities),
    ),
    max_size=4,
)


@over(entries)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_every_chart_is_answered(found):
    chart = chart_of(*found, weight(60))
    for question in QUESTIONS:
        reading = chart.answer(question)
        assert isinstance(reading, Reading)
        assert reading.said
        if reading.truth is Truth.UNKNOWN and (reading.low is None or reading.low != reading.high):
            assert reading.reason is not None
        if reading.low is not None and reading.high is not None:
            assert 0 <= reading.low <= reading.high


@over(entries)
@settings(derandomize=True, deadline=None, max_examples=50)
def test_void_records_change_nothing(found):
    void = (
        statement(PREDNISONE, "2026-01-01", status="entered-in-error", dose=20),
        order(RITUXIMAB, "2026-10-01", status="draft"),
        order(RITUXIMAB, "2026-10-01", intent="proposal"),
        given(RITUXIMAB, "2026-10-01", status="not-done"),
        statement(None, "2026-01-01", status="intended", named=rx(text="prednisone")),
    )
    with_void, without = chart_of(*found, *void), chart_of(*found)
    for question in QUESTIONS:
        assert with_void.answer(question) == without.answer(question)
