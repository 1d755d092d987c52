"""What the documents say is there: links, tests, settings of the rule language, commands, the example."""

from __future__ import annotations

import ast
import re
from datetime import date
from pathlib import Path

import pytest

from cds_service.cli import main
from cds_service.features import QUESTIONS
from cds_service.fhir.decode import read_bundle
from cds_service.matching import match
from cds_service.rules import RuleSet, rules_directory
from cds_service.trials.check import coverage_page

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"`((?:cds_service|rules|fhir_fixtures)/[\w./*-]*)`")


def text_of(page):
    return page.read_text(encoding="utf-8")


def anchors(page):
    headings = re.findall(r"^#+ (.*)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page):
    for link in LINK.findall(text_of(page)):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{page.name} links to {link}, and there is no such heading"


def test_every_test_that_a_document_names_exists():
    named = {found for page in PAGES for found in TEST.findall(text_of(page))}
    assert len(named) > 30
    for file, name in sorted(named):
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in tests, f"{file} has no {name}"


def test_every_file_that_the_safety_document_names_exists():
    named = CODE.findall(text_of(ROOT / "docs" / "clinical-safety.md"))
    assert len(named) > 20
    for path in named:
        assert list(ROOT.glob(path)), path


def test_every_hazard_has_a_control_a_place_and_a_test():
    hazards = text_of(ROOT / "docs" / "clinical-safety.md").partition("## Hazards")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in hazards.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 25
    for row in rows:
        assert len(row) == 5, row
        _, cause, control, where, shown = row
        assert cause.strip()
        assert control.strip()
        assert CODE.search(where), row
        assert TEST.search(shown), row


@pytest.mark.parametrize("keyword", sorted(QUESTIONS))
def test_every_question_of_the_rule_language_is_documented(keyword):
    assert re.search(rf"`[^`]*\b{keyword}: ", text_of(ROOT / "docs" / "authoring-trials.md"))


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_and_is_documented(name):
    command = main.commands[name]
    assert command.help
    for option in command.params:
        assert getattr(option, "help", None) or option.param_type_name == "argument", option.name
    assert any(f"cart-cds {name}" in text_of(page) for page in PAGES)


def test_the_order_in_the_example_is_the_order_of_the_answer():
    table = re.findall(
        r"^\| (\d) \| (\S+) \| (\S+) \| (\S+) \|", text_of(ROOT / "docs/ranking.md"), re.MULTILINE
    )
    day = date(2026, 11, 1)
    chart = (ROOT / "fhir_fixtures/patients/sle-woman-possible-match/bundle.json").read_bytes()
    answer = match(read_bundle(chart, day), RuleSet.load(rules_directory()), day)
    assert table == [
        (
            str(place),
            found.trial.id,
            found.result.value,
            "–" if found.result.value == "not-relevant" else str(found.counts.failed),
        )
        for place, found in enumerate(answer.matches, 1)
    ]


def test_the_coverage_page_is_the_one_that_the_rules_give():
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(rules_directory()), "run make coverage"
