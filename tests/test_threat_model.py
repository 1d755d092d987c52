"""The threat model names what is there: tests, files, every route, each entry point with kinds of threat."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:cds_service|tests|docs|rules)/[\w./-]+|requirements\.lock|pyproject\.toml)`")

ENTRIES = {
    "any call": "STRID",
    "token": "STIDE",
    "key addresses": "STD",
    "clients file": "E",
    "hook call": "ID",
    "prefetch content": "TIE",
    "fhirServer": "TIDE",
    "next links": "DE",
    "rule files": "TDR",
    "site file": "T",
    "feedback": "TID",
    "store": "TID",
    "logs": "TI",
    "metrics": "ID",
    "HTML pages": "TI",
    "dependencies": "TE",
}


def rows():
    table = PAGE.partition("## Threats")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def by_entry():
    found, entry = {}, ""
    for first, *rest in rows():
        entry = re.sub(r"\*\*(.*?)\*\*.*", r"\1", first) or entry
        found.setdefault(entry, []).append(rest)
    return found


def test_every_entry_point_has_its_kinds_of_threat():
    assert {entry: "".join(sorted({row[0] for row in found})) for entry, found in by_entry().items()} == {
        entry: "".join(sorted(kinds)) for entry, kinds in ENTRIES.items()
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[2][:40])
def test_every_threat_has_a_control_a_place_and_a_test(row):
    assert len(row) == 6
    _, kind, threat, control, where, shown = row
    assert kind in "STRIDE"
    assert threat
    assert control
    assert FILE.search(where)
    assert TEST.search(shown)


def test_every_test_that_is_named_exists():
    for file, name in sorted(set(TEST.findall(PAGE))):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in tests, f"{file} has no {name}"


def test_every_file_that_is_named_exists():
    for path in FILE.findall(PAGE):
        assert (ROOT / path).exists(), path


def test_every_route_of_the_contract_is_in_it():
    """A new route is a new entry point."""
    contract = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
    for path in contract["paths"]:
        pattern = re.sub(r"/cds-services/(?!\{)[\w-]+", "/cds-services/<id>", path)
        assert f"`{pattern.replace('{', '<').replace('}', '>')}`" in PAGE, path


def test_every_file_of_tests_of_trust_shows_something():
    for file in sorted((ROOT / "tests" / "trust").glob("test_*.py")):
        assert f"tests/trust/{file.name}::" in PAGE, file.name
