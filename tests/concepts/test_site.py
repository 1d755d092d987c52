"""A site's own codes: what they add, and what is refused with its line."""

from pathlib import Path

import pytest

from cds_service.concepts import Concepts
from cds_service.concepts.codes import Role
from cds_service.concepts.site_file import read_site
from cds_service.errors import RuleError, RuleErrors
from cds_service.fhir.resources import CodeableConcept, Coding

RULES = Path(__file__).parents[2] / "rules" / "concepts"
ICD, SCT = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ALIASES = f"""
[systems]
"urn:oid:1.2.156.1" = "{ICD}"
"urn:hospital:loinc" = "http://loinc.org"
"urn:hospital:atc" = "http://www.whocc.no/atc"
"urn:hospital:sct" = "urn:oid:2.16.840.1.113883.6.96"
"""


def load(directory, text):
    file = directory / "site.toml"
    file.write_text(text, encoding="utf-8")
    return Concepts.load(RULES, file)


def coded(system, code):
    return CodeableConcept(coding=(Coding(system=system, code=code),))


def role(concepts, key, system, code):
    found = concepts.codes.find((key,), coded(system, code))
    return found.role if found else None


def test_local_scores_and_labs(tmp_path):
    site = load(
        tmp_path,
        '[scores]\n"http://hospital.example/codes|SLEDAI" = "sledai-2k"\n'
        '[labs]\n\'http://hospital.example/lab|4711\' = "platelets"\n"|PLT" = "platelets"\n',
    ).labs
    assert site.by_code["http://hospital.example/codes|SLEDAI"] == "sledai-2k"
    assert site.by_code["http://hospital.example/lab|4711"] == site.by_code["|PLT"] == "platelets"
    assert site.concept("platelets").order[0] == "777-3"


def test_local_diagnoses_procedures_and_vaccines(tmp_path):
    site = load(
        tmp_path,
        '[diagnoses]\n"urn:oid:1.2.3|K99" = {concept = "sle", role = "match"}\n"urn:x|P" = "ssc"\n'
        '"urn:x|M" = {concept = "ssc", role = "not_match"}\n'
        '[procedures]\n"urn:x|P7" = {concept = "pci", role = "review"}\n'
        '[vaccines]\n"urn:x|V" = "live_vaccine"\n',
    )
    assert role(site, "sle", "1.2.3", "K99") is None  # another spelling of a system that nobody knows
    assert role(site, "sle", "urn:oid:1.2.3", "k99") is Role.MATCH
    assert role(site, "ssc", "urn:x", "P") is Role.MATCH
    assert role(site, "ssc", "urn:x", "M") is Role.NOT_MATCH
    assert role(site, "pci", "urn:x", "P7") is Role.REVIEW
    assert role(site, "live_vaccine", "urn:x", "V") is Role.MATCH


def test_local_drugs(tmp_path):
    site = load(
        tmp_path,
        '[drugs]\n"urn:x|D1" = {concept = "prednisone", route = "oral", strength_mg = "5"}\n'
        '"urn:x|D2" = {concept = "rituximab", role = "review"}\n"urn:x|D3" = "telitacicept"\n',
    ).drugs
    (pred,) = site.identify([coded("urn:x", "D1")]).matches
    assert (pred.concept, pred.certain, pred.route, pred.strength_mg) == ("prednisone", True, "oral", 5)
    (held,) = site.identify([coded("urn:x", "D2")]).matches
    assert (held.concept, held.certain) == ("rituximab", False)
    assert site.identify([coded("urn:x", "D3")]).known
    assert not site.identify([coded("urn:x", "D4")]).known


@pytest.mark.parametrize(
    ("key", "system", "code", "expected"),
    [
        ("sle", "urn:oid:1.2.156.1", "M32.900", Role.MATCH),
        ("sle", "urn:oid:1.2.156.1", "M32.900x001", Role.MATCH),
        ("sle", "urn:oid:1.2.156.2", "M32.900", None),
        ("sle", "urn:hospital:sct", "55464009", Role.MATCH),
        ("sle", ICD, "M32.9", Role.MATCH),
    ],
)
def test_another_name_of_a_system_of_diagnoses(tmp_path, key, system, code, expected):
    assert role(load(tmp_path, ALIASES), key, system, code) is expected


def test_another_name_of_a_system_of_labs_drugs_and_results(tmp_path):
    site = load(tmp_path, ALIASES)
    assert site.labs.by_code["urn:hospital:loinc|777-3"] == "platelets"
    assert "urn:hospital:loinc|98979-8" in site.labs.equations
    assert [
        match.concept for match in site.drugs.identify([coded("urn:hospital:atc", "H02AB07")]).matches
    ] == ["prednisone"]
    assert site.qualitative.of_concept(coded("urn:hospital:sct", "10828004")) == {"positive"}
    assert {trait.value for trait in site.qualitative.traits["urn:hospital:loinc|8061-4"]} == {"presence"}


def test_a_sites_code_under_another_name_of_a_system(tmp_path):
    site = load(tmp_path, f'{ALIASES}[diagnoses]\n"urn:oid:1.2.156.1|K99.X" = "sle"\n')
    assert role(site, "sle", "urn:oid:1.2.156.1", "K99X") is Role.MATCH


def test_without_the_licence(tmp_path):
    assert role(load(tmp_path, "snomed_affiliate = true\n"), "jdm", SCT, "1212005") is Role.MATCH
    assert role(load(tmp_path, "snomed_affiliate = false\n"), "jdm", SCT, "1212005") is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('[labs]\n\n"urn:x|1" = "platelet"\n', 3, "Did you mean platelets"),
        ('[labs]\n"PLT" = "platelets"\n', 2, '"system|code"'),
        ('[labs]\n"urn:x| " = "platelets"\n', 2, '"system|code"'),
        ('[labs]\n"urn:x|1" = "sledai-2k"\n', 2, r"under \[scores\]"),
        ('[scores]\n"urn:x|1" = "platelets"\n', 2, r"under \[labs\]"),
        ('[labs]\n"urn:x|1" = {concept = "platelets", role = "match"}\n', 2, '"role" is not known here'),
        ('[labs]\n"urn:x|1" = 5\n', 2, "in quotes"),
        ('[labs]\n"http://loinc.org|718-7" = "platelets"\n', 2, "another meaning"),
        ('[labs]\n"http://loinc.org|32623-1" = "platelets"\n', 2, "another meaning"),
        ('[diagnoses]\n"urn:x|1" = "slee"\n', 2, "Nearest: sle"),
        ('[diagnoses]\n"urn:x|1" = {concept = "sle", role = "maybe"}\n', 2, "is no role"),
        ('[diagnoses]\n"urn:x|1" = {role = "match"}\n', 2, "concept is missing"),
        ('[diagnoses]\n"urn:x|1" = {concept = "sle", rol = "match"}\n', 2, "Did you mean role"),
        ('[drugs]\n"urn:x|1" = "anti_cd20"\n', 2, "not one drug"),
        ('[drugs]\n"urn:x|1" = {concept = "prednisone", role = "history"}\n', 2, "is no role"),
        ('[drugs]\n"urn:x|1" = {concept = "prednisone", route = "nasal"}\n', 2, "is no route"),
        ('[drugs]\n"urn:x|1" = {concept = "prednisone", strength_mg = "0"}\n', 2, "is no strength"),
        ('[drugs]\n"urn:x|1" = {concept = "prednisone", strength_mg = "5 mg"}\n', 2, "is no strength"),
        ('[drugs]\n"http://www.whocc.no/atc|H02AB07" = "rituximab"\n', 2, "another meaning"),
        ('[drugs]\n"http://www.whocc.no/atc|H02AA02" = "prednisone"\n', 2, "another meaning"),
        (f'[drugs]\n"{RXNORM}|2675860" = "prednisone"\n', 2, "another meaning"),
        ('[systems]\n"urn:x" = "http://hl7.org/fhir/sid/icd-9"\n', 2, "no code system known here"),
        (f'[systems]\n"{SCT}" = "{ICD}"\n', 2, "a meaning already"),
        ('[systems]\n"urn:x" = "http://unitsofmeasure.org"\n', 2, "no code system known here"),
        ('[labs]\n"urn:x|1" = "alt"\n"urn:x|1 " = "alt"\n', 3, "on line 2 too"),
        ('[labs]\n"urn:x|1" = "alt"\n[diagnoses]\n"urn:x|1" = "sle"\n', 4, "on line 2 too"),
        (f'{ALIASES}[diagnoses]\n"urn:oid:1.2.156.1|K1" = "sle"\n"{ICD}|K1" = "sle"\n', 9, "on line 8 too"),
        ('snomed_affiliate = "no"\n', 1, "without quotes"),
        ('[lab]\n"urn:x|1" = "alt"\n', 1, "Did you mean labs"),
        ('labs = "alt"\n', 1, r"Write \[labs\]"),
        ('[labs]\n"urn:x|1" = platelets\n', 2, "no TOML"),
        ('[labs]\n"urn:x|1" = "alt"\n"urn:x|1" = "ast"\n', 3, "no TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, line, says):
    with pytest.raises(RuleError, match=says) as told:
        load(tmp_path, text)
    errors = told.value.errors if isinstance(told.value, RuleErrors) else (told.value,)
    assert [(each.file, each.line) for each in errors] == [("site.toml", line)]


def test_a_look_alike_of_a_diagnosis_stays_one(tmp_path):
    assert role(load(tmp_path, ""), "ssc", ICD, "L94.0") is Role.NOT_MATCH
    with pytest.raises(RuleError, match="only looks like systemic sclerosis"):
        load(tmp_path, f'[diagnoses]\n"{ICD}|L94.0" = "ssc"\n')
    kept = load(tmp_path, f'[diagnoses]\n"{ICD}|L94.0" = {{concept = "ssc", role = "not_match"}}\n')
    assert role(kept, "ssc", ICD, "L94.0") is Role.NOT_MATCH
    cautious = load(tmp_path, f'[diagnoses]\n"{ICD}|M34.9" = {{concept = "ssc", role = "review"}}\n')
    assert role(cautious, "ssc", ICD, "M34.9") is Role.REVIEW


def test_all_mistakes_are_told_together(tmp_path):
    text = '[labs]\n"urn:x|1" = "plt"\n"urn:x|2" = "platelets"\n[drugs]\n"urn:x|3" = "steroid"\n'
    with pytest.raises(RuleErrors) as told:
        load(tmp_path, text)
    assert [each.line for each in told.value.errors] == [2, 5]


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(RuleError, match="Mend the path"):
        read_site(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes('# "é"'.encode("latin-1"))
    with pytest.raises(RuleError, match="UTF-8"):
        read_site(tmp_path / "latin.toml")


def test_a_text_that_looks_like_a_line_is_none(tmp_path):
    text = '[labs]\n"urn:x|1" = """\n"\\\\q" = 1\n"""\n'
    with pytest.raises(RuleError, match=r"concept is missing|no lab"):
        load(tmp_path, text)
