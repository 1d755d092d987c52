from pathlib import Path

import pytest

from cds_service.concepts.derive.labs import derive
from cds_service.concepts.labs import LabConcepts
from cds_service.errors import RuleError

RULES = Path(__file__).parents[2] / "rules" / "concepts"
LABS = LabConcepts.load(RULES)


@pytest.mark.parametrize(
    ("key", "loinc"),
    [
        ("platelets", "777-3"),
        ("creatinine_serum", "14682-9"),
        ("egfr", "98979-8"),
        ("crcl_cockcroft_gault", "35591-7"),
        ("dlco_pct_pred", "98130-8"),
        ("mpap", "8414-5"),
    ],
)
def test_a_verified_code_counts(key, loinc):
    assert f"http://loinc.org|{loinc}" in LABS.concept(key).codes


@pytest.mark.parametrize(
    ("key", "loinc"),
    [
        ("crcl_cockcroft_gault", "33914-3"),
        ("crcl_cockcroft_gault", "2164-2"),
        ("mpap", "8440-0"),
        ("lvef", "10231-9"),
        ("fvc_pct_pred", "19869-7"),
        ("dlco_pct_pred", "19911-7"),
        ("bilirubin_total", "1968-7"),
        ("anc", "770-8"),
        ("spo2", "59407-7"),
    ],
)
def test_a_look_alike_never_counts(key, loinc):
    assert f"http://loinc.org|{loinc}" not in LABS.concept(key).codes


def test_a_code_of_uncertain_instrument_is_for_review():
    physician = LABS.concept("phga")
    assert physician.review_codes == ("http://loinc.org|75846-6",)
    assert physician.codes == ("urn:cart-cds:clinical-scores|phga",)


def test_no_code_has_two_meanings():
    codes = [code for concept in LABS.by_key.values() for code in concept.codes]
    assert len(codes) == len(set(codes))


def test_every_reported_egfr_has_a_named_equation():
    assert set(LABS.concept("egfr").codes) == set(LABS.equations)
    assert {each.meant_for for each in LABS.equations.values()} == {"adult", "child", "unstated"}


def test_what_to_order_is_the_preferred_code():
    assert LABS.concept("platelets").order == ("777-3", "Platelets")
    assert LABS.concept("mrss").order == (None, "mRSS")


def test_a_key_that_is_not_known_gets_a_hint():
    assert LABS.unknown("platelets") is None
    assert "platelets" in LABS.unknown("platelet")
    assert "platelets" in LABS
    assert "plateles" not in LABS


def test_a_site_adds_its_own_codes():
    site = LABS.with_site_codes({"urn:site:labs|PLT": "platelets", "https://loinc.org/|777-3": "platelets"})
    assert site.concept("platelets").codes == (*LABS.concept("platelets").codes, "urn:site:labs|PLT")
    assert "urn:site:labs|PLT" not in LABS.concept("platelets").codes


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({"urn:site:labs|PLT": "plt"}, "is no lab"),
        ({"PLT": "platelets"}, "is no code"),
        ({"http://loinc.org|718-7": "platelets"}, "another meaning"),
        ({"http://loinc.org|8440-0": "mpap"}, "another meaning"),
        ({"http://loinc.org|32623-1": "platelets"}, "another meaning"),
    ],
)
def test_a_site_may_not_contradict(mapping, says):
    with pytest.raises(RuleError, match=says):
        LABS.with_site_codes(mapping)


def write(directory, *, concepts="platelets,Platelets,10*9/L,0,10000,,,", labs="", scores=""):
    tables = {
        "lab_concepts.csv": f"concept,name,unit,least,most,number,conversion,note\n{concepts}\n",
        "labs.csv": f"concept,loinc,long_name,units,role,confidence,sources\n{labs}\n",
        "scores.csv": f"concept,system,code,role,note\n{scores}\n",
        "egfr_equations.csv": "loinc,equation,for\n",
    }
    for name, text in tables.items():
        (directory / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"labs": "wbc,6690-2,,,match,,"}, 'labs.csv:2: "wbc" has no row'),
        ({"labs": "platelets,777-3,,,perhaps,,"}, "is no role"),
        ({"labs": "platelets,777-3,,,match,,\n,777-3,,,not_match,,"}, "only looks like platelets"),
        ({"concepts": "platelets,Platelets,K/furlong,0,1,,,"}, "is no unit"),
        ({"concepts": "platelets,Platelets,10*9/L,0,many,,,"}, "lab_concepts.csv:2"),
        ({"concepts": "platelets,Platelets,10*9/L,0,1,odd,,"}, "is no kind of number"),
        ({"concepts": "platelets,Platelets,10*9/L,0,1,,twice,"}, "is no conversion"),
        ({"concepts": "a,A,%,0,1,,,\na,A,%,0,1,,,"}, "stands here twice"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path, tables, says):
    write(tmp_path, **tables)
    with pytest.raises(RuleError, match=says):
        LabConcepts.load(tmp_path)


def test_a_table_that_is_missing_is_a_rule_error(tmp_path):
    with pytest.raises(RuleError, match=r"lab_concepts\.csv"):
        LabConcepts.load(tmp_path)


def test_the_reference_tables_become_labs_csv(tmp_path):
    (tmp_path / "loinc.csv").write_text(
        "concept_key,loinc,long_common_name,ucum_units,confidence,sources\n"
        "wbc,6690-2,Leukocytes,10*3/uL,verified_2+,a; b; c\n"
        "anti_x,2-2,X Ab  {derived: x},—,axes_verified_2,a\n"
        "anti_x,1-1,{component only: X Ab},—,component_only,a\n"
        "patient_global_0_10,75844-1,Global,,component_only,a\n",
        encoding="utf-8",
    )
    (tmp_path / "loinc_traps.csv").write_text(
        "loinc,actual_meaning,must_not_be_used_as,evidence,also_valid_as\n"
        "9-9,CD3 cells,CD4 count - often mislabelled,a,\n"
        "8-8,MDRD,clearance (it is eGFR),a,egfr\n",
        encoding="utf-8",
    )
    derive(tmp_path, tmp_path)
    assert (tmp_path / "labs.csv").read_text(encoding="utf-8").splitlines() == [
        "concept,loinc,long_name,units,role,confidence,sources",
        "anti_x,2-2,X Ab,,match,axes_verified_2,a",
        "anti_x,1-1,{component only: X Ab},,review,component_only,a",
        "wbc,6690-2,Leukocytes,10*3/uL,match,verified_2+,a; b",
        "egfr,8-8,MDRD; not clearance,,not_match,trap,",
        ",9-9,CD3 cells; not CD4 count,,not_match,trap,",
    ]
    first = (tmp_path / "labs.csv").read_bytes()
    derive(tmp_path, tmp_path)
    assert (tmp_path / "labs.csv").read_bytes() == first
