"""Values at, just below and just above each limit of the two complete lupus trials, in every usual unit.

Every row is a chart posted to ``/match`` and the outcome of one criterion. The limits differ between the
trials, and so does what happens exactly there: 3.0 × ULN excludes in one and is accepted in the other.
"""

import pytest
from charts_by_hand import (
    ALP,
    ALT,
    AST,
    BILIRUBIN,
    BILIRUBIN_SI,
    CD4,
    CREATININE,
    CREATININE_SI,
    EGFR,
    HEIGHT,
    HEMOGLOBIN,
    IM19,
    LVEF,
    NEUTROPHILS,
    PLATELETS,
    SPO2,
    ULTRA_FAST,
    WEIGHT,
    bundle,
    lupus,
    outcome,
    patient,
    result,
    score,
    trial_of,
    verdict,
)

YES, NO, OPEN = "satisfied", "failed", "unknown"
BSA = "mL/min/{1.73_m2}"


@pytest.mark.parametrize(
    ("trial", "criterion", "birth", "expected"),
    [
        (IM19, "I2", "2008-11-01", YES),  # the 18th birthday
        (IM19, "I2", "2008-11-02", NO),
        (IM19, "I2", "1960-11-02", YES),  # the day before the 66th
        (IM19, "I2", "1960-11-01", NO),
        (IM19, "I2", "2008-10", YES),
        (IM19, "I2", "2008-11", OPEN),
        (IM19, "I2", "2008", OPEN),
        (IM19, "I2", "1960", OPEN),
        (IM19, "I2", "1961", YES),
        (IM19, "I2", "2009", NO),
        (IM19, "I2", None, OPEN),
        (IM19, "I2", "2030-01-01", OPEN),
        (ULTRA_FAST, "I1", "2021-11-01", YES),  # the 5th birthday
        (ULTRA_FAST, "I1", "2021-11-02", NO),
        (ULTRA_FAST, "I1", "2021", OPEN),
        (ULTRA_FAST, "I1", "1930-01-01", YES),  # no upper limit
    ],
)
def test_age(http, trial, criterion, birth, expected):
    assert outcome(http, trial, criterion, of=patient(birth)) == expected


VALUES = [
    # at least 40 kg
    (IM19, "I3", WEIGHT, "kg", {40: YES, 39.9: NO, 39.99: NO, 0: OPEN, -40: OPEN}),
    (IM19, "I3", WEIGHT, "[lb_av]", {88.2: YES, 88.1: NO}),
    (IM19, "I3", WEIGHT, "g", {40000: YES, 39999: NO}),
    (IM19, "I3", WEIGHT, "cm", {60: OPEN}),
    (IM19, "I3", WEIGHT, None, {60: OPEN}),
    # below 7.0 g/dL excludes
    (IM19, "E11b", HEMOGLOBIN, "g/dL", {7.0: YES, 6.9: NO}),
    (IM19, "E11b", HEMOGLOBIN, "g/L", {70: YES, 69: NO}),
    (IM19, "E11b", HEMOGLOBIN, "mmol/L", {4.4: YES, 4.3: NO}),
    # below 200/mm3 excludes
    (IM19, "E11c", CD4, "/uL", {200: YES, 199: NO}),
    (IM19, "E11c", CD4, "10*9/L", {0.2: YES, 0.199: NO}),
    (IM19, "E11c", CD4, "10*6/L", {200: YES, 199: NO}),
    (IM19, "E11c", "8123-2", "%", {12: OPEN}),
    # below 500/mm3 excludes
    (IM19, "E11d", NEUTROPHILS, "10*9/L", {0.5: YES, 0.499: NO}),
    (IM19, "E11d", NEUTROPHILS, "/uL", {500: YES, 499: NO}),
    (IM19, "E11d", NEUTROPHILS, "/mm3", {500: YES, 499: NO}),
    (IM19, "E11d", "770-8", "%", {0.3: OPEN}),
    # below 25,000/mm3 excludes
    (IM19, "E11f", PLATELETS, "10*9/L", {25: YES, 24.9: NO, -20: OPEN}),
    (IM19, "E11f", PLATELETS, "10*3/uL", {25: YES, 24: NO}),
    (IM19, "E11f", PLATELETS, "/uL", {25000: YES, 24999: NO}),
    # an eGFR below 30 excludes, and so does a creatinine above 2.5 mg/dL
    (ULTRA_FAST, "I4b", EGFR, BSA, {30: YES, 29.9: NO}),
    (ULTRA_FAST, "I4b", EGFR, "mL/min", {25: OPEN}),
    (ULTRA_FAST, "I4b", "2164-2", "mL/min", {25: OPEN}),  # a measured clearance is no eGFR
    (IM19, "E11a", CREATININE, "mg/dL", {1.0: YES, 2.51: NO}),
    (IM19, "E11a", CREATININE, "umol/L", {222: NO}),
    (IM19, "E11a", CREATININE_SI, "umol/L", {88: YES, 222: NO}),
    (IM19, "E11a", CREATININE_SI, "mg/dL", {2.51: NO}),
    # at least 92 %
    (ULTRA_FAST, "I4f", SPO2, "%", {92: YES, 91.9: NO, 101: OPEN}),
    (ULTRA_FAST, "I4f", SPO2, "1", {0.92: YES, 0.91: NO}),
    (ULTRA_FAST, "I4f", "2708-6", "%", {92: YES, 91: NO}),
    # at least 55 %, and an electrocardiogram that a clinician reads
    (ULTRA_FAST, "I4a", LVEF, "%", {55: OPEN, 54.9: NO}),
    (ULTRA_FAST, "I4a", LVEF, "1", {0.55: OPEN, 0.549: NO}),
    (ULTRA_FAST, "I4a", "8815-3", "%", {30: OPEN}),  # the right ventricle's
]


@pytest.mark.parametrize(
    ("trial", "criterion", "code", "unit", "value", "expected"),
    [(*row[:4], value, expected) for row in VALUES for value, expected in row[4].items()],
)
def test_a_value_at_its_limit(http, trial, criterion, code, unit, value, expected):
    assert outcome(http, trial, criterion, result(code, value, unit)) == expected


@pytest.mark.parametrize(
    ("trial", "criterion", "value", "expected"),
    [
        (IM19, "I6", 10, YES),
        (IM19, "I6", 9, NO),
        (IM19, "I6", 105, YES),
        (IM19, "I6", 106, OPEN),  # there is no such score
        (IM19, "I6", -1, OPEN),
        (ULTRA_FAST, "I3", 8, YES),
        (ULTRA_FAST, "I3", 7, NO),
    ],
)
def test_sledai_2k(http, trial, criterion, value, expected):
    assert outcome(http, trial, criterion, score(value)) == expected
    assert outcome(http, trial, criterion, score(value, valueInteger=value)) == expected
    assert outcome(http, trial, criterion, result("64392-4", value, "{score}")) == OPEN  # another index


PRINTED_UNITS = {
    "10*3/uL": "x10(3)/mcL x10e3/uL X10(3)/uL 10^3/uL thou/uL 10x3/uL K/mcL k/ul Tsd/µl G/l G/L Gpt/l /nl "
    "×10⁹/L x10*9/L 1000/µL E9/L 10E3/uL 10E9/L 10³/µL 千/μL 10^9/l K/mm3 K/cumm x10^3/µL Thousand/µL giga/L",
    "mg/dL": "mg/dl MG/DL mg/100mL mg%",
    "umol/L": "umol/l μmol/L µmol/l micromol/L mcmol/L",
}


@pytest.mark.parametrize("unit", PRINTED_UNITS["10*3/uL"].split())
def test_units_of_counts_as_laboratories_print_them(http, unit):
    assert outcome(http, IM19, "E11f", result(PLATELETS, 24, unit, ucum=False)) == NO
    assert outcome(http, IM19, "E11f", result(PLATELETS, 25, unit, ucum=False)) == YES


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        *((CREATININE, 2.6, unit) for unit in PRINTED_UNITS["mg/dL"].split()),
        *((CREATININE_SI, 230, unit) for unit in PRINTED_UNITS["umol/L"].split()),
    ],
)
def test_units_of_creatinine_as_laboratories_print_them(http, code, value, unit):
    assert outcome(http, IM19, "E11a", result(code, value, unit, ucum=False)) == NO


@pytest.mark.parametrize("unit", [None, "K", "%", "mg/dL", "furlongs"])
def test_a_count_without_a_unit_of_counts_is_not_read(http, unit):
    entry = verdict(http, IM19, "E11f", result(PLATELETS, 20, unit, ucum=False))
    assert (entry["outcome"], entry["reason"]) == ("unknown", "unusable")


def liver(alt=20, ast=20, alp=80):
    return (
        result(ALT, alt, "U/L", uln=40),
        result(AST, ast, "U/L", uln=40),
        result(ALP, alp, "U/L", uln=120),
    )


@pytest.mark.parametrize(
    ("values", "im19", "ultra_fast"),
    [
        ({}, YES, YES),
        ({"alt": 119.9}, YES, YES),
        ({"alt": 120}, NO, YES),  # exactly 3.0 × ULN: one trial excludes it, the other accepts it
        ({"alt": 120.1}, NO, NO),
        ({"ast": 120}, NO, YES),
        ({"ast": 120.1}, NO, NO),
        ({"alp": 359}, YES, YES),
        ({"alp": 360}, NO, YES),  # only one trial asks for it
    ],
)
def test_liver_enzymes(http, values, im19, ultra_fast):
    assert outcome(http, IM19, "E10a", *liver(**values)) == im19
    assert outcome(http, ULTRA_FAST, "I4c", *liver(**values)) == ultra_fast


NORMAL = liver()[1:]
LOW_AND_HIGH = {
    "male": {"high": {"value": 50, "unit": "U/L"}, "appliesTo": [{"text": "male"}]},
    "female": {"high": {"value": 35, "unit": "U/L"}, "appliesTo": [{"text": "female"}]},
}


@pytest.mark.parametrize(
    ("alt", "expected"),
    [
        (result(ALT, 2.0, "ukat/L", uln=0.67), YES),
        (result(ALT, 2.01, "ukat/L", uln=0.67), NO),
        (result(ALT, 500, "U/L"), OPEN),  # no upper limit with it
        (result(ALT, 500, "U/L", referenceRange=[{"text": "see report"}]), OPEN),
        (result(ALT, 119, "U/L", referenceRange=[{"text": "7 - 40 U/L"}]), YES),
        (
            result(
                ALT,
                110,
                "U/L",
                referenceRange=[
                    {"high": {"value": 500, "unit": "U/L"}, "type": {"coding": [{"code": "critical"}]}}
                ],
            ),
            OPEN,
        ),
        (result(ALT, 110, "U/L", referenceRange=list(LOW_AND_HIGH.values())), NO),  # 35 is a woman's
        (result(ALT, 120, "U/L", uln=40, comparator="<"), YES),
        (result(ALT, 120, "U/L", uln=40, comparator="<="), OPEN),
        (result(ALT, 120, "U/L", uln=40, comparator=">"), NO),
        (result(ALT, 100, "U/L", uln=40, comparator=">"), OPEN),
        (result(ALT, 130, "U/L", uln=40, status="preliminary"), OPEN),
        (result(ALT, 130, "U/L", uln=40, status="corrected"), NO),
        (result(ALT, uln=40, dataAbsentReason={"coding": [{"code": "error"}]}), OPEN),
    ],
)
def test_a_multiple_of_the_upper_limit(http, alt, expected):
    assert outcome(http, IM19, "E10a", alt, *NORMAL) == expected


def test_one_value_decides_and_a_missing_one_leaves_it_open(http):
    assert outcome(http, IM19, "E10a", result(ALT, 130, "U/L", uln=40)) == NO
    assert outcome(http, IM19, "E10a", result(ALT, 20, "U/L", uln=40)) == OPEN
    assert outcome(http, ULTRA_FAST, "I4c", result(AST, 200, "U/L", uln=40)) == NO
    assert outcome(http, ULTRA_FAST, "I4c", result(AST, 20, "U/L", uln=40)) == OPEN


@pytest.mark.parametrize(
    ("code", "unit", "uln", "value", "im19", "ultra_fast"),
    [
        (BILIRUBIN, "mg/dL", 1.2, 1.8, YES, YES),  # exactly 1.5 × ULN
        (BILIRUBIN, "mg/dL", 1.2, 1.81, NO, YES),
        (BILIRUBIN, "mg/dL", 1.2, 2.4, NO, YES),  # exactly 2.0 × ULN
        (BILIRUBIN, "mg/dL", 1.2, 2.41, NO, NO),
        (BILIRUBIN_SI, "umol/L", 20.5, 30.75, YES, YES),
        (BILIRUBIN_SI, "umol/L", 20.5, 30.8, NO, YES),
        (BILIRUBIN_SI, "umol/L", 20.5, 41, NO, YES),
        (BILIRUBIN_SI, "umol/L", 20.5, 41.1, NO, NO),
        ("1968-7", "mg/dL", 0.3, 5, OPEN, OPEN),  # the direct one is not the total
    ],
)
def test_bilirubin(http, code, unit, uln, value, im19, ultra_fast):
    chart = result(code, value, unit, uln=uln)
    assert outcome(http, IM19, "E10b", chart) == im19
    assert outcome(http, ULTRA_FAST, "I4d", chart) == ultra_fast


@pytest.mark.parametrize(
    ("cd4", "neutrophils", "expected"),
    [
        (499, 0.999, NO),
        (500, 0.999, YES),
        (499, 1.0, YES),
        (None, 1.0, YES),  # one false part decides
        (600, None, YES),
        (400, None, OPEN),
        (None, 0.8, OPEN),
    ],
)
def test_cd4_cells_with_neutrophils(http, cd4, neutrophils, expected):
    chart = [result(CD4, cd4, "/uL")] if cd4 else []
    chart += [result(NEUTROPHILS, neutrophils, "10*9/L")] if neutrophils else []
    assert outcome(http, IM19, "E11e", *chart) == expected


@pytest.mark.parametrize(
    ("creatinine", "of", "expected"),
    [
        ((2.5, "mg/dL"), patient("1981-01-01", "male"), YES),  # CKD-EPI 2021: 31.5
        ((221, "umol/L"), patient("1981-01-01", "male"), YES),
        ((2.5, "mg/dL"), patient("1981-01-01", "female"), NO),  # 23.6
        ((1.0, "mg/dL"), patient(gender="unknown"), OPEN),
        ((2.6, "mg/dL"), patient(gender="unknown"), NO),  # the creatinine alone decides
    ],
)
def test_kidney_function_of_an_adult(http, creatinine, of, expected):
    value, unit = creatinine
    code = CREATININE if unit == "mg/dL" else CREATININE_SI
    assert outcome(http, IM19, "E11a", result(code, value, unit), of=of) == expected


BOY = patient("2016-01-01", "male")


@pytest.mark.parametrize(
    ("chart", "of", "expected"),
    [
        ([(CREATININE, 1.93, "mg/dL"), (HEIGHT, 140, "cm")], BOY, NO),  # bedside Schwartz: 29.96
        ([(CREATININE, 1.92, "mg/dL"), (HEIGHT, 140, "cm")], BOY, YES),
        ([(CREATININE, 1.65, "mg/dL"), (HEIGHT, 120, "cm")], BOY, YES),
        ([(CREATININE, 1.66, "mg/dL"), (HEIGHT, 120, "cm")], BOY, NO),
        ([(CREATININE_SI, 145.8, "umol/L"), (HEIGHT, 1.2, "m")], BOY, YES),
        ([(CREATININE_SI, 146.8, "umol/L"), (HEIGHT, 1.2, "m")], BOY, NO),
        ([(CREATININE, 1.93, "mg/dL"), (HEIGHT, 55.118, "[in_i]")], BOY, NO),
        ([(CREATININE, 1.0, "mg/dL")], BOY, OPEN),  # no height, and no adult formula in its place
        ([(EGFR, 20, BSA)], BOY, OPEN),  # an adult formula's number
        ([(EGFR, 90, BSA)], BOY, OPEN),
        ([(EGFR, 20, BSA), (CREATININE, 0.5, "mg/dL"), (HEIGHT, 140, "cm")], BOY, YES),
        (
            [(CREATININE, 0.5, "mg/dL"), (HEIGHT, 120, "cm", "2022-01-01")],
            BOY,
            OPEN,
        ),  # a height long outgrown
        ([(CREATININE, 2.5, "mg/dL"), (HEIGHT, 170, "cm")], patient("2008-11-02", "male"), NO),
        (
            [(CREATININE, 2.5, "mg/dL", "2026-11-01"), (HEIGHT, 170, "cm")],
            patient("2008-11-01", "male"),
            YES,  # 18 today: CKD-EPI
        ),
    ],
)
def test_kidney_function_of_a_child(http, chart, of, expected):
    assert outcome(http, ULTRA_FAST, "I4b", *(result(*each) for each in chart), of=of) == expected


@pytest.mark.parametrize("mg", [0.7, 1.0, 2.2, 2.4, 2.49, 2.5, 2.51, 3.0])
@pytest.mark.parametrize("trial", [IM19, ULTRA_FAST])
def test_both_units_of_creatinine_give_one_answer(http, mg, trial):
    def told(chart):
        found = trial_of(http, trial, bundle(lupus(), chart))
        return [(each["id"], each["outcome"], each["reason"]) for each in found["criteria"]]

    assert told(result(CREATININE, mg, "mg/dL")) == told(result(CREATININE_SI, round(mg * 88.4, 3), "umol/L"))
