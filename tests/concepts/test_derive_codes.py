"""From the reference table to the files of rules/concepts."""

from __future__ import annotations

import csv

import pytest

from cds_service.concepts.derive import codes

HEADER = (
    "concept_key,concept_label,trial_refs,system,system_uri,code,match_type,role,display,sources,n_sources,"
    "confidence,snomed_gps_free,notes\n"
)
SUBSETS = "concept,of,system,code,display_has,role\n"


def derived(tmp_path, *rows, subsets=""):
    reference, out = tmp_path / "in", tmp_path / "out"
    reference.mkdir()
    out.mkdir()
    (reference / "codes.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    (out / "subsets.csv").write_text(SUBSETS + subsets)
    codes.derive(reference, out)
    return {
        path.name: list(csv.DictReader(path.read_text().splitlines()))
        for path in out.iterdir()
        if path.name != "subsets.csv"
    }


def row(confidence, role="match", *, system="SCT", code="1", free="Y", concept="sle", sources="Mondo"):
    return f"{concept},,,{system},,{code},exact,{role},Display,{sources},1,{confidence},{free},"


@pytest.mark.parametrize(
    ("confidence", "role", "sources", "expected"),
    [
        ("verified>=2", "match", "Mondo", "match"),
        ("1 (authoritative family)", "match", "CDC CDSi 4.64", "match"),
        ("1", "match", "NLM VSAC (eCQM)", "match"),
        ("1", "match", "a public cohort", "review"),
        ("1", "not_match", "a public cohort", "not_match"),
        ("1 (weak)", "match", "rw251 (UK)", "review"),
        ("1 (weak)", "not_match", "rw251 (UK)", "not_match"),
        ("UNVERIFIED", "match", "", None),
        ("UNVERIFIED", "not_match", "", None),
        ("UNVERIFIED", "review", "", "review"),
    ],
)
def test_what_a_rows_confidence_allows(tmp_path, confidence, role, sources, expected):
    rows = derived(tmp_path, row(confidence, role, sources=sources))["diagnoses.csv"]
    assert [held["role"] for held in rows] == ([expected] if expected else [])


def test_snomed_outside_the_free_set_goes_to_its_own_file(tmp_path):
    files = derived(tmp_path, row("verified>=2", code="2", free="N"), row("verified>=2", code="1"))
    assert [held["code"] for held in files["snomed_affiliate.csv"]] == ["2"]
    assert [held["code"] for held in files["diagnoses.csv"]] == ["1"]


def test_drugs_and_logic_stay_out_and_files_are_sorted(tmp_path):
    files = derived(
        tmp_path,
        row("verified>=2", system="RXNORM", concept="cart_therapy"),
        row("spec", system="LOGIC", concept="vaccine_status_rule"),
        row("verified>=2", system="CPT", concept="pci", code="9"),
        row("verified>=2", system="CPT", concept="pci", code="10"),
        row("verified>=2", system="ATC", concept="live_vaccine", code="J07BD01"),
    )
    assert [held["code"] for held in files["procedures.csv"]] == ["10", "9"]
    assert [held["code"] for held in files["vaccines.csv"]] == ["J07BD01"]
    assert not files["diagnoses.csv"]


def test_a_subset_is_made_of_rows_that_exist(tmp_path):
    files = derived(tmp_path, row("verified>=2"), subsets="sle_x,sle,SCT,1,,review\n")
    assert [(held["concept"], held["role"]) for held in files["diagnoses.csv"]] == [
        ("sle", "match"),
        ("sle_x", "review"),
    ]
    (tmp_path / "two").mkdir()
    with pytest.raises(ValueError, match="has no row"):
        derived(tmp_path / "two", row("verified>=2"), subsets="sle_x,sle,SCT,2,,review\n")
