"""The lists of result meanings: complete, derived as committed, and refused where wrong."""

import csv
from pathlib import Path

import pytest

from cds_service.concepts.derive.qualitative import derive
from cds_service.concepts.qualitative import Meaning, ResultMeanings, Trait, plain
from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept, Coding
from cds_service.fhir.systems import LOINC

RULES = Path(__file__).parents[2] / "rules" / "concepts"


def test_every_meaning_has_a_word_or_a_code():
    meanings = ResultMeanings.load(RULES)
    assert set(meanings.codes.values()) | set(meanings.texts.values()) == set(Meaning)
    assert all(text == plain(text) for text in meanings.texts)


def test_no_negation_is_positive():
    texts = ResultMeanings.load(RULES).texts
    for text, meaning in texts.items():
        if text.startswith(("non", "not ", "un", "no ")):
            assert meaning is not Meaning.POSITIVE


def test_traits_of_codes():
    meanings = ResultMeanings.load(RULES)
    for code, trait in (
        ("5048-4", Trait.TITRE),
        ("48398-2", Trait.LOGARITHM),
        ("56888-1", Trait.COMBINATION),
        ("5196-1", Trait.PRESENCE),
    ):
        assert meanings.has(CodeableConcept(coding=(Coding(system=LOINC, code=code),)), trait)
    assert not meanings.has(
        CodeableConcept(coding=(Coding(system=LOINC, code="31201-7"),)), Trait.COMBINATION
    )


def _write(directory, text):
    (directory / "qualitative.csv").write_text(
        "meaning,system,code,display,sources\n" + text, encoding="utf-8"
    )
    (directory / "result_codes.csv").write_text("concept_key,loinc,trait,name\n", encoding="utf-8")


@pytest.mark.parametrize(
    "text", ["perhaps,text,maybe,maybe,x\n", "positive,text,pos,pos,x\nnegative,text,pos,pos,x\n"]
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path, text):
    _write(tmp_path, text)
    with pytest.raises(RuleError, match=r"qualitative\.csv:[23]"):
        ResultMeanings.load(tmp_path)


def test_derived_from_the_reference_tables(tmp_path):
    reference, out = tmp_path / "reference", tmp_path / "out"
    reference.mkdir()
    out.mkdir()
    (reference / "qualitative_result_map.csv").write_text(
        "normalised,system,code,display,verified_in\npositive,http://snomed.info/sct,10828004,Positive,IPS\n",
        encoding="utf-8",
    )
    (reference / "loinc.csv").write_text(
        "concept_key,loinc,long_common_name,scale,kind\n"
        "ana,5048-4,Nuclear Ab [Titer] in Serum by Immunofluorescence,Qn,lab_ord_qn\n"
        "hiv_ab_ag,56888-1,HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay,Ord,lab_ord\n",
        encoding="utf-8",
    )
    derive(reference, out)
    with (out / "result_codes.csv").open(encoding="utf-8") as file:
        assert [(row["loinc"], row["trait"]) for row in csv.DictReader(file)] == [
            ("5048-4", "titre"),
            ("56888-1", "presence"),
            ("56888-1", "combination"),
        ]
    meanings = ResultMeanings.load(out)
    assert meanings.of_text("Non-Reactive ") is Meaning.NEGATIVE
    assert meanings.codes["http://snomed.info/sct|10828004"] is Meaning.POSITIVE
