"""Which concept a code means: normal forms, longest prefix, roles, and the two ICD-10 lists kept apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_service.concepts.codes import CodeConcepts, Role
from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept, Coding

DIRECTORY = Path(__file__).parents[2] / "rules" / "concepts"
CODES = CodeConcepts.load(DIRECTORY)
CM, WHO, SCT = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
CPT, PCS = "http://www.ama-assn.org/go/cpt", "http://www.cms.gov/Medicare/Coding/ICD10"
CVX = "http://hl7.org/fhir/sid/cvx"
ROW_HEADER = "concept,system,code,match,role,display,confidence,sources,notes\n"
UNCONFIRMED = "Respiratory tuberculosis, not confirmed bacteriologically or histologically"


def recorded(*codings: tuple[str | None, str | None], text: str | None = None) -> CodeableConcept:
    return CodeableConcept(tuple(Coding(system, code) for system, code in codings), text)


def role(key: str, *codings: tuple[str | None, str | None], text: str | None = None) -> str | None:
    found = CODES.find((key,), recorded(*codings, text=text))
    return found.role.name.lower() if found else None


@pytest.mark.parametrize(
    ("key", "system", "code", "expected"),
    [
        ("sle", CM, "M32.10", "match"),
        ("sle", CM, "m3210", "match"),
        ("sle", CM, " M32.9 ", "match"),
        ("sle", CM, "M32.0", "not_match"),
        ("sle", CM, "L93.0", "not_match"),
        ("sle", CM, "M33.0", None),
        ("sle", WHO, "M32.1†", "match"),
        ("sle", WHO, "M32.1+N08.5*", "match"),
        ("sle", WHO, "M32.900x001", "match"),
        ("sle", WHO, "M32.000x003", "not_match"),
        ("ssc", WHO, "M34.801", "match"),
        ("sle", SCT, "55464009", "match"),
        ("sle", SCT, "200936003", "review"),
        ("sle", SCT, "5546400", None),
        ("sle", "https://snomed.info/sct/900000000000207008/version/20240101", "55464009", "match"),
        ("sle", "urn:oid:2.16.840.1.113883.6.90", "M32.9", "match"),
        ("sle", "http://hl7.org/fhir/sid/icd-9-cm", "710.0", None),
        ("ssc_diffuse", CM, "M34.0", "review"),
        ("jdm", SCT, "1212005", "match"),
        ("jdm", CM, "M33.10", "review"),
        ("itp", CM, "D69.3", "match"),
        ("itp", CM, "D69.41", "review"),
        ("itp", CM, "D69.42", "not_match"),
        ("acute_mi", CM, "I25.2", "history"),
        ("malignancy", CM, "C50.911", "match"),
        ("malignancy", CM, "C44.311", "review"),
        ("malignancy", CM, "D12.0", None),
        ("basal_cell_carcinoma", CM, "C44.311", "match"),
        ("basal_cell_carcinoma", SCT, "254701007", "match"),
        ("history_malignancy", CM, "Z85.3", "history"),
        ("history_malignancy", CM, "Z85.828", "review"),
        ("history_malignancy", CM, "Z80.3", "not_match"),
        ("b_cell_lymphoma", CM, "C84.4", "review"),
        ("iim", CM, "G72.41", "review"),
        ("ckd5_esrd", CM, "N18.5", "review"),
        ("ckd5_esrd", SCT, "433146000", "review"),
        ("cns_disorder", CM, "G35", "match"),
        ("congenital_immunoglobulin_defect", CM, "D80.0", "match"),
        ("congenital_immunoglobulin_defect", CM, "D82.1", "review"),
        ("congenital_immunoglobulin_defect", CM, "D84.821", "review"),
        ("hbv", SCT, "271511000", "not_match"),
        ("chronic_hbv_hcv", CM, "B18.1", "match"),
        ("chronic_hbv_hcv", CM, "B16.9", None),
        ("chronic_hbv_hcv", SCT, "66071002", "review"),
        ("bacterial_infection", CM, "A41.9", "match"),
        ("bacterial_infection", CM, "J18.9", "review"),
        ("bacterial_infection", CM, "J10.1", None),
        ("sle_hepatitis", SCT, "19682006", "match"),
        ("cart_therapy", CM, "Z92.850", "match"),
        ("cart_therapy", CPT, "0540T", "match"),
        ("cart_therapy", CPT, "0540t", "match"),
        ("cart_therapy", CPT, "38225", "not_match"),
        ("cart_therapy", CPT, "38227", "review"),
        ("cart_therapy", PCS, "XW033C7", "match"),
        ("cart_therapy", PCS, "XW033L7", "not_match"),
        ("cart_therapy", SCT, "1156258002", None),
        ("surgery", SCT, "387713003", "match"),
        ("major_surgery", SCT, "387713003", "review"),
        ("live_vaccine", CVX, "03", "match"),
        ("live_vaccine", CVX, "3", "match"),
        ("live_vaccine", "urn:oid:2.16.840.1.113883.12.292", "94", "match"),
        ("live_vaccine", CVX, "187", "not_match"),
        ("live_vaccine", CVX, "206", "review"),
    ],
)
def test_role_of_a_code(key, system, code, expected):
    assert role(key, (system, code)) == expected


@pytest.mark.parametrize(
    ("key", "code", "american", "international"),
    [
        ("active_infection", "R65.2", "match", "not_match"),  # severe sepsis / SIRS without infection
        ("active_infection", "N10", "match", "review"),  # pyelonephritis / any tubulo-interstitial nephritis
        ("hiv", "R75", "review", "match"),
        ("hiv", "B22", None, "match"),
        ("gvhd", "T86.0", None, "review"),
        ("gvhd", "D89.810", "match", None),
        ("tb_active", "A16.2", None, "match"),
        ("epilepsy", "G41", None, "match"),
        ("dementia", "F00.1", None, "match"),
        ("ckd5_esrd", "N18.6", "match", None),
        ("ckd5_esrd", "N18.0", None, "review"),
        ("pregnancy", "Z33.2", "not_match", "match"),  # termination / pregnant state
        ("itp", "M31.11", "not_match", "not_match"),
        ("cart_therapy", "Z92.850", "match", None),
        ("transplant_status", "Z94.89", None, "history"),
        ("htlv", "B97.33", "match", None),
        ("autoimmune_rheum_other", "D68.61", "match", "review"),
    ],
)
def test_the_two_icd_10_lists_never_share_a_prefix(key, code, american, international):
    assert (role(key, (CM, code)), role(key, (WHO, code))) == (american, international)


@pytest.mark.parametrize(
    ("key", "codings", "expected"),
    [
        ("sle", [(SCT, "55464009"), (CM, "M32.0")], "review"),  # the disease and its look-alike
        ("sle", [(SCT, "55464009"), (SCT, "38341003")], "match"),  # and a code nobody knows
        ("sle", [(SCT, "55464009"), (None, "LUP01")], "match"),
        ("sle", [(SCT, "200936003"), (CM, "M32.9")], "match"),  # the coarser name of the same thing
        ("sle", [(SCT, "200936003"), (CM, "L93.0")], "review"),
        ("ssc_diffuse", [(SCT, "128460000"), (CM, "M34.0")], "match"),
        ("acute_mi", [(SCT, "22298006"), (CM, "I25.2")], "history"),
        ("sle", [(CM, "M32.0"), (WHO, "L93.0")], "not_match"),
    ],
)
def test_several_codings_of_one_record(key, codings, expected):
    assert role(key, *codings) == expected


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("sle", "SLE", "review"),
        ("sle", "  systemic   LUPUS erythematosus ", "review"),
        ("sle", "Systemic lupus erythematosus (disorder)", "review"),
        ("ssc", "Scleroderma, systemic", "review"),
        ("jdm", "juvenile dermatomyositis", "review"),
        ("sle_hepatitis", "Lupus hepatitis", "review"),
        ("sle", "系统性红斑狼疮", "review"),
        ("sle", "?SLE", None),
        ("sle", "No SLE", None),
        ("sle", "Rule out SLE", None),
        ("sle", "Family history of SLE", None),
        ("sle", "SLE excluded", None),
        ("sle", "discoid lupus", None),
        ("sle", "SLE clinic follow-up", None),
        ("no_known_drug_allergy", "NKDA", "review"),
        ("no_known_drug_allergy", "No known drug allergies", "review"),
    ],
)
def test_words_without_a_code_are_at_most_for_review(key, text, expected):
    assert role(key, text=text) == expected


def test_a_display_without_a_system_is_words_only():
    found = CODES.find(("sle",), CodeableConcept((Coding(None, "M32.9", "Systemic lupus erythematosus"),)))
    assert (found.role, found.by_text) == (Role.REVIEW, True)
    assert CODES.find(("sle",), CodeableConcept((Coding(None, "M32.9"),))) is None


@pytest.mark.parametrize(
    ("key", "coding", "text", "expected"),
    [
        ("sle", (CM, "M32.9"), "Family history of lupus", "review"),
        ("sle", (CM, "M32.9"), "? SLE", "review"),
        ("sle", (CM, "M32.9"), "Systemic lupus, on treatment", "match"),
        ("b_cell_lymphoma", (CM, "C83.3"), "Non-Hodgkin lymphoma", "match"),
        ("breastfeeding", (SCT, "169750002"), "Mother currently breast-feeding", "match"),
        ("tb_active", (WHO, "A16"), UNCONFIRMED, "match"),
    ],
)
def test_words_that_deny_what_the_code_says(key, coding, text, expected):
    assert role(key, coding, text=text) == expected


def test_the_strongest_of_several_concepts_and_of_what_one_includes():
    assert CODES.find(("sle", "autoimmune_rheum_other"), recorded((CM, "L93.0"))).role is Role.MATCH
    assert role("cns_disorder", (CM, "G40.9")) == "match"
    assert role("cns_disorder", (CM, "G93.4")) == "review"
    assert role("serious_lung_disease", (CM, "J84.10")) == "review"
    assert role("transplant", (CM, "Z94.0")) == "history"
    assert CODES.find((), recorded((CM, "M32.9"))) is None
    assert CODES.find(("sle",), None) is None


def test_a_sites_own_codes():
    site = CODES.with_site_codes(
        {
            "urn:site|LUP": ("sle", "match"),
            f"{SCT}|200936003": ("sle", "match"),
            "urn:a|b|c": ("ssc", "review"),
        }
    )
    assert site.find(("sle",), recorded(("urn:site", "lup"))).role is Role.MATCH
    assert site.find(("sle",), recorded((SCT, "200936003"))).role is Role.MATCH
    assert site.find(("ssc",), recorded(("urn:a|b", "c"))).role is Role.REVIEW
    bare = CODES.with_site_codes({"|LUP": ("sle", "match")})
    assert bare.find(("sle",), recorded((None, "LUP"))).role is Role.MATCH
    assert role("sle", ("urn:site", "lup")) is None  # the original is as it was
    with pytest.raises(RuleError, match="lupus"):
        CODES.with_site_codes({"urn:site|X": ("lupus", "match")})
    with pytest.raises(RuleError, match="maybe"):
        CODES.with_site_codes({"urn:site|X": ("sle", "maybe")})


def test_without_the_affiliate_file_only_the_free_snomed_codes_decide(tmp_path):
    free = CodeConcepts.load(DIRECTORY, affiliate=False)
    for path in DIRECTORY.glob("*.csv"):
        if path.name != "snomed_affiliate.csv":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    removed = CodeConcepts.load(tmp_path)
    assert removed.find(("jdm",), recorded((SCT, "1212005"))) is None
    assert removed.find(("no_known_drug_allergy",), recorded((SCT, "716186003"))) is None
    assert free.find(("sle",), recorded((SCT, "55464009"))).role is Role.MATCH
    assert free.find(("jdm",), recorded((SCT, "1212005"))) is None
    assert free.find(("jdm",), recorded((CM, "M33.00"))).role is Role.MATCH


def test_an_unknown_key_is_named_with_its_neighbours():
    (fault,) = CODES.unknown(["sle", "acute_mii"])
    assert '"acute_mii"' in fault
    assert "acute_mi" in fault.partition("Nearest")[2]


@pytest.mark.parametrize("code", ["", " ", "M" * 5000, "†", "☃", "M32.9\x00"])
def test_hostile_codes_mean_nothing_or_what_they_say(code):
    assert role("ssc", (WHO, code)) is None
    assert role("ssc", (SCT, code), text=code * 3) is None


def test_between_rows_the_longest_wins_and_then_the_most_cautious(tmp_path):
    for name in ("diagnoses", "procedures", "vaccines", "additions", "snomed_affiliate"):
        (tmp_path / f"{name}.csv").write_text(ROW_HEADER)
    (tmp_path / "synonyms.csv").write_text("concept,text\n")
    (tmp_path / "concepts.csv").write_text(
        "key,name,one_disease,includes,at_most,childhood_before,open_list\nsle,lupus,,,,,\n"
    )
    rows = [
        ("A1", "prefix", "not_match"),
        ("A1.2", "prefix", "match"),
        ("A1.2", "prefix", "history"),
        ("A1.2.3", "exact", "match"),
        ("B", "exact", "match"),
        ("B", "prefix", "review"),
        ("C1", "exact", "match"),
        ("C", "prefix", "not_match"),
    ]
    with (tmp_path / "diagnoses.csv").open("a") as table:
        table.writelines(f"sle,{WHO},{code},{kind},{role},x,,,\n" for code, kind, role in rows)
    held = CodeConcepts.load(tmp_path)

    def of(code):
        found = held.find(("sle",), recorded((WHO, code)))
        return found.role.name.lower() if found else None

    assert [of(code) for code in ("A1", "A1.9", "A1.2", "A1.29", "A1.2.3", "A1.2.34")] == [
        "not_match",
        "not_match",
        "history",
        "history",
        "match",
        "history",
    ]
    assert [of(code) for code in ("B", "B1", "C1", "C2")] == ["review", "review", "match", "not_match"]


def test_a_wrong_file_is_named_with_its_line(tmp_path):
    for path in DIRECTORY.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "additions.csv").open("a") as table:
        table.write(f"lupus,{SCT},1,exact,match,x,x,x,\n")
    with pytest.raises(RuleError, match=r'^additions.csv:\d+: "lupus" is not in concepts.csv'):
        CodeConcepts.load(tmp_path)
