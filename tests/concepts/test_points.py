"""The tables of point scores, and what is refused in them."""

import shutil
from pathlib import Path

import pytest

from cds_service.concepts import Concepts
from cds_service.errors import RuleError

RULES = Path(__file__).parents[2] / "rules" / "concepts"
POINTS = Concepts.load(RULES).points


def most(key):
    best = {}
    for item in POINTS[key]:
        best[item.domain] = max(item.points, best.get(item.domain, 0))
    return sum(best.values())


# Nine descriptors of the 24 (105 points); 7 of the 10 domains (51 points); 2 of the 8 items (of 19 points).
@pytest.mark.parametrize(("key", "points"), [("sledai-2k", 23), ("sle-2019", 27), ("ssc-2013", 5)])
def test_all_that_can_be_computed(key, points):
    assert most(key) == points


def test_the_descriptors_are_nine():
    assert len(POINTS["sledai-2k"]) == 9


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pyuria,4,above", "pyuria,four,above"),
        ("pyuria,4,above", "pyuria,4,over"),
        ("urine_wbc_hpf", "urine_wbc"),
        ("anti_dsdna", "anti_dna"),
        ("100,10*9/L", "100,10*6/L"),
        ("100,10*9/L", ",10*9/L"),
        ("c3 c4 ch50,,,", "c3 c4 ch50,,1,"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(tmp_path, old, new):
    shutil.copytree(RULES, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "sledai_2k.csv"
    text = file.read_text(encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RuleError) as told:
        Concepts.load(tmp_path)
    assert (told.value.file, told.value.line) == ("sledai_2k.csv", line)


def test_a_missing_table_is_told(tmp_path):
    shutil.copytree(RULES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "classification_points.csv").unlink()
    with pytest.raises(RuleError, match="Restore the file"):
        Concepts.load(tmp_path)
