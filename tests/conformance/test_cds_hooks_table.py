"""The table of requirements: whole, decided, and true of the tests that it names."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from cds_hooks_calls import SERVICES
from cds_hooks_page import DECISIONS, LEVELS, OUR_LEVELS, Requirement, page, requirements

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cds-hooks-conformance.md"

NUMBERED = """
    1-14 16 27-29 34-36 52 54-61 74-78 80-85 87-90 92-96 98-100 103-113 115-125 127-136 138-142 144-148 168
    175-177 179 195 199-201 203 205-208 210-220
"""
"""The numbers of the requirements on a service; those that are left out are a client's."""
LETTERED = "A1-6 B1-15 C1-8 D1-20 E1-24 E30-31 F1-9 G1-7 H1-18 I1-4 J1-3 K1-4"


def spread(text):
    for part in text.split():
        letter, first, last = re.fullmatch(r"([A-K]?)(\d+)(?:-(\d+))?", part).groups()
        yield from (f"{letter}{number}" for number in range(int(first), int(last or first) + 1))


EXPECTED = [*spread(NUMBERED), *spread(LETTERED)]
ROWS = requirements()


@cache
def functions_of(path):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def exists(test):
    path, _, name = test.partition("::")
    return name.startswith("test_") and (ROOT / path).is_file() and name in functions_of(path)


def faults(rows):
    """What is wrong with the table, in words."""
    ids = [row.id for row in rows]
    yield from (f"{id} has no row" for id in EXPECTED if id not in ids)
    yield from (f"{id} stands twice or is not known" for id in ids if ids.count(id) > 1 or id not in EXPECTED)
    for row in rows:
        if row.level not in (LEVELS if row.id.isdigit() else OUR_LEVELS):
            yield f"{row.id} has no level"
        if not row.reading.endswith("."):
            yield f"{row.id} has no reading"
        if row.decision not in DECISIONS:
            yield f"{row.id} is not decided"
        if row.decision == "holds" and not row.tests:
            yield f"{row.id} holds without a test"
        if row.decision != "holds" and not row.reason:
            yield f"{row.id} does not hold without a reason"
        yield from (f"{row.id} names {test}, which is not there" for test in row.tests if not exists(test))


def test_every_requirement_is_decided_and_every_test_it_names_is_there():
    assert len([id for id in EXPECTED if id.isdigit()]) == 120
    assert list(faults(ROWS)) == []


def test_the_page_is_the_one_that_the_table_gives():
    assert PAGE.read_text(encoding="utf-8") == page(ROWS), "run make conformance"


GOOD = Requirement(
    "1",
    "SHALL",
    "A reading.",
    "holds",
    "",
    ("tests/conformance/test_cds_hooks_table.py::test_the_page_is_the_one_that_the_table_gives",),
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "15"}, "1 has no row"),
        ({"id": "15"}, "15 stands twice or is not known"),
        ({"level": "must"}, "1 has no level"),
        ({"reading": ""}, "1 has no reading"),
        ({"decision": "open"}, "1 is not decided"),
        ({"tests": ()}, "1 holds without a test"),
        ({"decision": "declined"}, "1 does not hold without a reason"),
        ({"tests": ("tests/nothing.py::test_x",)}, "1 names tests/nothing.py::test_x, which is not there"),
        (
            {"tests": ("tests/conformance/test_cds_hooks_table.py::test_x",)},
            "1 names tests/conformance/test_cds_hooks_table.py::test_x, which is not there",
        ),
    ],
)
def test_a_fault_in_the_table_is_told(change, said):
    values = {name: getattr(GOOD, name) for name in Requirement.__slots__}
    rows = [Requirement(**values | change), *(row for row in ROWS if row.id != "1")]
    assert said in list(faults(rows))


def test_the_documents_name_every_service_and_hook():
    integrating = (ROOT / "docs" / "integrating-an-ehr.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for hook, url in SERVICES.items():
        assert f"`{url.rpartition('/')[2]}` (hook `{hook}`)" in integrating
        assert url in readme
        assert f"`{hook}`" in readme
