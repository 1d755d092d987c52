from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from ucumvert import PintUcumRegistry

from cds_service.concepts import units
from cds_service.concepts.labs import LabConcepts
from cds_service.concepts.units import Conversion, Scale, factor, scale_of, scales_of
from cds_service.fhir.resources import Quantity

LABS = LabConcepts.load(Path(__file__).parents[2] / "rules" / "concepts")
UCUM = "http://unitsofmeasure.org"


def by(key, **unit):
    """The factor to the concept's own unit, or the words that say what is wrong."""
    concept = LABS.concept(key)
    scale = scale_of(Quantity(value=Decimal(1), **unit), concept.scale, concept.conversion, bare=concept.bare)
    return scale if isinstance(scale, str) else factor(scale, concept.scale, concept.conversion)


COUNTS = {
    1: "10*3/uL 10*9/L 10^3/uL 10^9/L 10^3/µL 10^9/l x10E3/uL x10E9/L X10*3/uL ×10⁹/L 10⁹/L 10³/µL "
    "10³/μL K/uL K/µL k/ul K/mm3 G/L Giga/L 10*3{cells}/uL 10*3/mm3 10(3)/uL 10e9/L thou/uL "
    "Thousand/uL /nL 10x3/uL 10*6/mL G/l giga/L Gpt/l 1000/uL 1000/µL E9/L 10E9/L x10E9/l 千/μL",
    Fraction(1, 1000): "/mm3 /uL cells/uL {cells}/uL cells/mm3 cells/µL /cumm /mcL 10*6/L 10^6/L {#}/uL",
    10: "10*4/uL 10^4/µL",
    1000: "10*6/uL M/uL 10*12/L",
}


@pytest.mark.parametrize(
    ("size", "spelling"), [(s, each) for s, all_ in COUNTS.items() for each in all_.split()]
)
def test_spellings_of_cell_counts(size, spelling):
    assert by("platelets", unit=spelling) == size


@pytest.mark.parametrize(
    ("key", "spelling", "expected"),
    [
        ("creatinine_serum", "mg/dL", 1),
        ("creatinine_serum", "mg/dl", 1),
        ("creatinine_serum", "MG/DL", 1),
        ("creatinine_serum", "mg / dL", 1),
        ("creatinine_serum", "umol/L", Fraction(10, 884)),
        ("creatinine_serum", "µmol/L", Fraction(10, 884)),
        ("creatinine_serum", "μmol/l", Fraction(10, 884)),
        ("creatinine_serum", "mmol/L", Fraction(10000, 884)),
        ("bilirubin_total", "umol/L", Fraction(10, 171)),
        ("hemoglobin", "g/dL", 1),
        ("hemoglobin", "g/L", Fraction(1, 10)),
        ("hemoglobin", "G/L", Fraction(1, 10)),
        ("hemoglobin", "mmol/L", Fraction("1.6114")),
        ("alt", "U/L", 1),
        ("alt", "[IU]/L", 1),
        ("alt", "IU/L", 1),
        ("alt", "u/l", 1),
        ("alt", "ukat/L", 60),
        ("alt", "µkat/L", 60),
        ("iga", "mg/dL", Fraction(1, 100)),
        ("cd4_count", "10*9/L", 1000),
        ("cd4_count", "cells/mm3", 1),
        ("lvef", "%", 1),
        ("lvef", "1", 100),
        ("body_weight", "kg", 1),
        ("body_weight", "g", Fraction(1, 1000)),
        ("body_weight", "[lb_av]", Fraction("0.45359237")),
        ("body_weight", "lbs", Fraction("0.45359237")),
        ("body_height", "m", 100),
        ("body_height", "[in_i]", Fraction("2.54")),
        ("body_height", "in", Fraction("2.54")),
        ("mpap", "mm[Hg]", 1),
        ("mpap", "mmHg", 1),
        ("mpap", "mm Hg", 1),
        ("pt", "s", 1),
        ("pt", "seconds", 1),
        ("inr", "{INR}", 1),
        ("inr", "1", 1),
        ("inr", "ratio", 1),
        ("sledai-2k", "{score}", 1),
        ("sledai-2k", "points", 1),
        ("phga", "mm", Fraction(1, 10)),
        ("phga", "cm", 1),
        ("fvc_abs", "mL", Fraction(1, 1000)),
        ("egfr", "mL/min/{1.73_m2}", 1),
        ("egfr", "mL/min/{1.73m2}", 1),
        ("egfr", "mL/min/1.73m2", 1),
        ("egfr", "mL/min/1.73 m2", 1),
        ("egfr", "mL/min/1.73 m²", 1),
        ("egfr", "ml/min/1.73m^2", 1),
        ("egfr", "mL/min/1.73", 1),
        ("egfr", "mL/min/1.73 sq M", 1),
        ("egfr", "ML/min/1.73_m2", 1),
        ("egfr", "mL/min per 1.73 m2", 1),
        ("egfr", "mL/min/1.73㎡", 1),
        ("egfr", "ml/(min·1.73m2)", 1),
        ("egfr", "mL/s/{1.73_m2}", 60),
        ("crcl_cockcroft_gault", "mL/min", 1),
    ],
)
def test_spellings_of_other_units(key, spelling, expected):
    assert by(key, unit=spelling) == expected
    assert by(key, code=spelling, system=UCUM) == expected


@pytest.mark.parametrize(
    ("key", "spelling"),
    [
        ("egfr", "mL/min"),
        ("crcl_cockcroft_gault", "mL/min/{1.73_m2}"),
        ("fvc_pct_pred", "L"),
        ("dlco_pct_pred", "mL/min/mm[Hg]"),
        ("dlco_abs", "%"),
        ("platelets", "%"),
        ("platelets", "109/L"),
        ("platelets", "K"),
        ("platelets", "fL"),
        ("alt", "umol/L"),
        ("alt", "mg/dL"),
        ("ldh", "mmol/L"),
        ("inr", "s"),
        ("inr", "%"),
        ("pt", "%"),
        ("pt", "{INR}"),
        ("hbv_dna", "{copies}/mL"),
        ("lvef", "fL"),
        ("mrss", "%"),
        ("body_weight", "stone-ish"),
    ],
)
def test_a_unit_that_is_not_the_tests_is_refused(key, spelling):
    assert isinstance(by(key, unit=spelling), str)


@pytest.mark.parametrize(
    ("key", "expected"), [("platelets", "has no unit"), ("lvef", "has no unit"), ("inr", 1)]
)
def test_a_missing_unit_is_never_assumed_but_where_none_is_needed(key, expected):
    assert by(key) == expected
    assert by(key, unit="  ") == expected


def test_the_ucum_code_wins_over_text_that_is_not_known():
    assert by("lvef", unit="percent of volume", code="%", system=UCUM) == 1


@pytest.mark.parametrize("text", ["umol/L", "g/L"])
def test_a_code_and_a_text_that_differ_are_not_believed(text):
    wrong = by("creatinine_serum", unit=text, code="mg/dL", system=UCUM)
    assert wrong == f"has two units that differ, mg/dL and {text}"


def test_two_spellings_of_one_unit_do_not_differ():
    assert by("platelets", unit="K/uL", code="10*9/L", system=UCUM) == 1


def test_another_systems_code_is_not_read_as_a_unit():
    assert by("platelets", code="10*9/L", system="urn:site:units") == "has no unit"
    assert by("platelets", unit="10*9/L", code="258799001", system="http://snomed.info/sct") == 1


def test_an_unknown_ucum_code_is_not_rescued_by_its_text():
    assert isinstance(by("platelets", unit="10*9/L", code="zzz", system=UCUM), str)


def test_a_conversion_is_read_as_written():
    molar = Conversion.parse("1 mg/dL = 88.4 umol/L")
    (mg,), (umol,) = scales_of("mg/dL"), scales_of("umol/L")
    assert factor(mg, umol, molar) == Fraction("88.4")
    assert factor(umol, mg, molar) == 1 / Fraction("88.4")
    assert factor(mg, umol) is None
    with pytest.raises(ValueError, match="no conversion"):
        Conversion.parse("88.4")


ORACLE = PintUcumRegistry()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg/dL", "g/L"),
        ("ug/L", "mg/dL"),
        ("10*3/uL", "10*9/L"),
        ("10*6/L", "/uL"),
        ("/mm3", "10*9/L"),
        ("[lb_av]", "kg"),
        ("[oz_av]", "g"),
        ("[in_i]", "cm"),
        ("[ft_i]", "m"),
        ("umol/L", "mmol/L"),
        ("mL/s", "mL/min"),
        ("kPa", "mm[Hg]"),
        ("U/mL", "U/L"),
        ("ukat/L", "U/L"),
        ("g/mol", "mg/mmol"),
        ("%", "1"),
    ],
)
def test_another_implementation_of_ucum_agrees(one, other):
    (ours,), (theirs,) = scales_of(one), scales_of(other)
    oracle = ORACLE.from_ucum(one).to(ORACLE.from_ucum(other)).magnitude
    assert float(factor(ours, theirs)) == pytest.approx(float(oracle), rel=1e-5)


def test_the_table_is_read_line_by_line():
    table = units._read_table()
    assert table == units._SCALES
    assert table["mg/dl"] == table["mg%"] == Scale("mass/volume", Fraction(1, 100))
    assert table["ml/min"] != table["ml/min/{1.73_m2}"]


@pytest.mark.parametrize(
    ("quantity", "said"),
    [
        ({"unit": "furlongs"}, "has the unit furlongs, which is not known here"),
        ({"code": "furlongs", "system": UCUM}, "has the unit furlongs, which is not known here"),
        (
            {"unit": "K/uL", "code": "furlongs", "system": UCUM},
            "has the unit furlongs, which is not known here",
        ),
        ({"unit": "mg/dL"}, "has the unit mg/dL, which is no unit of this test"),
        ({"code": "mg/dL", "system": UCUM}, "has the unit mg/dL, which is no unit of this test"),
        (
            {"unit": "mg/dl", "code": "mg/dL", "system": UCUM},
            "has the unit mg/dl, which is no unit of this test",
        ),
        ({"unit": "g/L", "code": "10*9/L", "system": UCUM}, "has two units that differ, 10*9/L and g/L"),
        ({"unit": " K/uL ", "code": " 10*9/L "}, 1),
        ({"code": "10*9/L"}, 1),
        ({"code": "zzz", "unit": "10*9/L"}, 1),  # a code of no system may be a site's own
        ({"code": "zzz"}, "has the unit zzz, which is not known here"),
        ({"code": "10*9/L", "unit": "zzz"}, 1),
    ],
)
def test_what_is_wrong_with_a_unit_is_said_in_its_own_words(quantity, said):
    assert by("platelets", **quantity) == said


@pytest.mark.parametrize("spelling", ["", "1", "{INR}", "inr", " INR ", "{ratio}", "ratio"])
def test_a_plain_number_may_say_so(spelling):
    assert by("inr", unit=spelling) == 1


@pytest.mark.parametrize(
    ("spelling", "scales"),
    [
        ("G/L", [("number/volume", 1), ("mass/volume", 1)]),
        ("G / l", [("number/volume", 1), ("mass/volume", 1)]),
        ("g/L", [("mass/volume", 1)]),
        ("M/uL", [("number/volume", 1000)]),
        ("M/µL", [("number/volume", 1000)]),
        ("M/μL", [("number/volume", 1000)]),
        ("M/mm3", [("number/volume", 1000)]),
        ("m/ul", []),
        ("10*3/mm^3", [("number/volume", 1)]),
        ("10*3/mm*3", [("number/volume", 1)]),
        ("10^(3)/uL", []),
        ("10(3)/uL", [("number/volume", 1)]),
        ("10**9/L", [("number/volume", 1)]),
        ("x 10⁹/L", [("number/volume", 1)]),
        ("10⁻⁹/L", []),
        ("10*9{cells}/L", [("number/volume", 1)]),
        ("10*9{cell}/L", [("number/volume", 1)]),
        ("10*9{#}/L", [("number/volume", 1)]),
        ("10*9{WBC}/L", [("number/volume", 1)]),
        ("10*9{RBC}/L", [("number/volume", 1)]),
        ("10*9{PLT}/L", [("number/volume", 1)]),
        ("10*9{platelets}/L", [("number/volume", 1)]),
        ("%{predicted}", [("fraction", Fraction(1, 100))]),
        ("％", [("fraction", Fraction(1, 100))]),
        ("10＊9/L", [("number/volume", 1)]),
        ("#/uL", [("number/volume", Fraction(1, 1000))]),
        ("cells/uL", [("number/volume", Fraction(1, 1000))]),
        ("cell/uL", [("number/volume", Fraction(1, 1000))]),
        ("10*3/dL", []),
        ("10*9/nL", [("number/volume", 10**9)]),
        ("10*3/cumm", [("number/volume", 1)]),
        ("10*3/mcL", [("number/volume", 1)]),
        ("k/mcL", [("number/volume", 1)]),
        ("kg/㎡", [("mass/area", 1)]),
        ("mL/min/1.73m2", [("volume/time/1.73m2", 1)]),
        ("mL/min/1.73 m²", [("volume/time/1.73m2", 1)]),
        ("mL/min/1,73 m2", [("volume/time/1.73m2", 1)]),
        ("mL/min/{1.73_m2}", [("volume/time/1.73m2", 1)]),
        ("mL/min per 1.73 sqm", [("volume/time/1.73m2", 1)]),
        ("mL/(min.1.73m2)", [("volume/time/1.73m2", 1)]),
        ("mL/s/1.73m2", [("volume/time/1.73m2", 60)]),
        ("mL/sec/1.73m2", [("volume/time/1.73m2", 60)]),
        ("furlongs", []),
    ],
)
def test_what_a_spelling_may_mean(spelling, scales):
    assert [(scale.dimension, scale.size) for scale in scales_of(spelling)] == scales


@pytest.mark.parametrize(
    "text",
    [
        "88.4",
        "1 mg/dL = 88.4",
        "2 mg/dL = 88.4 umol/L",
        "1 zzz = 88.4 umol/L",
        "1 mg/dL = 88.4 zzz",
        "1 G/L = 1 g/L",
    ],
)
def test_what_is_no_conversion_is_refused_in_its_own_words(text):
    with pytest.raises(ValueError, match="is no conversion such as") as refused:
        Conversion.parse(text)
    assert str(refused.value) == f'"{text}" is no conversion such as "1 mg/dL = 88.4 umol/L"'


def test_a_conversion_joins_other_units_of_its_two_dimensions():
    molar = Conversion.parse("1 mg/dL = 88.4 umol/L")
    (gram,), (milli,) = scales_of("g/L"), scales_of("mmol/L")
    assert factor(gram, milli, molar) == Fraction("8.84")
    assert factor(milli, gram, molar) == 1 / Fraction("8.84")
    (count,) = scales_of("10*9/L")
    assert factor(count, milli, molar) is factor(gram, count, molar) is factor(count, gram, molar) is None
