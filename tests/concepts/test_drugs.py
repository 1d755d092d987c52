"""The drug tables: what codes and names mean, and that a wrong table is refused."""

import re
from pathlib import Path
from shutil import copy

import pytest

from cds_service.concepts.derive.drugs import derive
from cds_service.concepts.drugs import DrugConcepts
from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept, Coding

RULES = Path(__file__).parents[2] / "rules" / "concepts"
FILES = (
    "drugs.csv",
    "clinical_drugs.csv",
    "drug_classes.yaml",
    "routes.csv",
    "steroid_equivalence.csv",
    "half_lives.csv",
)


@pytest.fixture(scope="module")
def drugs():
    return DrugConcepts.load(RULES)


def named(drugs, text=None, code=None, system="http://www.nlm.nih.gov/research/umls/rxnorm"):
    coding = (Coding(system=system, code=code),) if code else ()
    return drugs.identify([CodeableConcept(text=text, coding=coding)])


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("methylprednisolone", "methylprednisolone"),
        ("hydroxychloroquine 200 mg", "hydroxychloroquine"),
        ("chloroquine", "chloroquine"),
        ("泼尼松龙", "prednisolone"),
        ("RC18", "telitacicept"),
        ("Imuran", "azathioprine"),
        ("cyclosporin", "ciclosporin"),
    ],
)
def test_a_name_means_one_drug_and_never_for_certain(drugs, text, concept):
    (match,) = named(drugs, text).matches
    assert (match.concept, match.certain) == (concept, False)


def test_the_quick_look_misses_no_name(drugs):
    looked_up = 0
    for concept, pattern in drugs.names:
        for name in re.sub(r"\(\?[!<=].*?\)|\\\\b|\(\?:|\)$", "", pattern.pattern).split("|"):
            plain = name.replace("\\", "").replace("(y", "y").replace("?", "")
            if pattern.search(plain):
                looked_up += 1
                assert concept in {match.concept for match in named(drugs, f"x {plain}").matches}, plain
    assert looked_up > 150


def test_a_code_outweighs_the_text_beside_it(drugs):
    (match,) = named(drugs, "rituximab", code="8640").matches
    assert (match.concept, match.certain) == ("prednisone", True)


def test_a_product_gives_route_and_strength(drugs):
    (match,) = named(drugs, code="312615").matches
    assert (match.route, match.strength_mg) == ("oral", 20)


def test_look_alikes_belong_to_nothing(drugs):
    assert named(drugs, "corticosteroid", code="4452").matches == ()
    assert named(drugs, code="L01XL11", system="http://www.whocc.no/atc").matches == ()


def test_every_class_member_and_table_row_is_a_known_drug(drugs):
    for table in (drugs.equivalence, drugs.half_lives):
        assert all(drugs.knows(key) for key in table)
    for key, members in drugs.classes.items():
        assert members.certain, key
        assert not members.certain & members.maybe, key


def test_steroids_and_antimalarials_are_not_washed_out(drugs):
    washed = drugs.classes["immunosuppressant_or_biologic"].certain
    assert not washed & drugs.classes["glucocorticoid"].certain
    assert not washed & drugs.classes["antimalarial"].certain


def test_the_eleven(drugs):
    assert len(drugs.classes["dmard_slz"].certain) == 11


def test_a_class_with_an_unknown_drug_is_refused_with_its_line(tmp_path):
    for name in FILES:
        copy(RULES / name, tmp_path)
    (tmp_path / "drug_classes.yaml").write_text(
        "a:\n  label: a\n  members: [prednisone]\nb:\n  label: b\n  members: [x]\n"
    )
    with pytest.raises(RuleError) as refused:
        DrugConcepts.load(tmp_path)
    assert str(refused.value).startswith("drug_classes.yaml:4: b lists x")


def test_a_row_that_cannot_be_read_is_refused_with_its_line(tmp_path):
    for name in FILES:
        copy(RULES / name, tmp_path)
    (tmp_path / "half_lives.csv").write_text("concept,hours,as_stated,source\nrituximab,long,?,?\n")
    with pytest.raises(RuleError, match=r"half_lives\.csv:2"):
        DrugConcepts.load(tmp_path)


def test_deriving_keeps_roles_and_leaves_out_what_is_not_verified(tmp_path):
    codes = "concept_key,concept_label,system,code,role,display,sources,confidence\n"
    (tmp_path / "codes.csv").write_text(
        codes
        + "gc_prednisone,,RXNORM,8640,match,prednisone [IN],a;b,verified>=2\n"
        + "anifrolumab,,RXNORM,1,review,anifrolumab,a,UNVERIFIED\n"
        + "gc_prednisone,,TEXT,prednisone,review,,a,n/a\n"
        + "live_vaccine,,ATC,J07BD01,match,measles,a,verified>=2\n"
    )
    (tmp_path / "rxnorm_clinical_drugs.csv").write_text(
        "rxcui,tty,name,ingredient_rxcuis,concept_keys,route_guess,multi_ingredient,source\n"
        "312615,SCD,prednisone 20 MG Oral Tablet,8640,gc_prednisone,systemic,N,NLM\n"
    )
    derive(tmp_path, tmp_path)
    lines = (tmp_path / "drugs.csv").read_text().splitlines()[1:]
    assert [line.split(",")[3] for line in lines if line.startswith("prednisone")] == ["prednisone", "8640"]
    assert not any("J07BD01" in line or "anifrolumab" in line for line in lines)
    assert "oral,20," in (tmp_path / "clinical_drugs.csv").read_text()
