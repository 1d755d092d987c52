"""Checking a whole rules directory, for the command line and the tests: loading, then every lint check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.errors import CartCdsError, RuleError, RuleErrors
from cds_service.trials.cases import Case, read_cases
from cds_service.trials.coverage import coverage_report
from cds_service.trials.engine import Engine
from cds_service.trials.lint import CHECKS, ERROR, Draft, Finding, unused_concepts
from cds_service.trials.loader import read_trials
from cds_service.trials.parse import Questions
from cds_service.trials.problems import Problems
from cds_service.trials.schema import TrialFile

COVERAGE = """# Every sentence of every source

Which criterion carries which sentence of each trial's eligibility text. A sentence without one fails
`cart-cds check`. Written by `make coverage`."""


def check_rules(
    directory: Path, questions: Questions | None = None, site: Path | None = None
) -> list[Finding]:
    """Everything that is wrong or remarkable in the rule files and a site's own codes, in file order."""
    try:
        concepts = Concepts.load(directory / "concepts", site)
    except RuleError as error:
        return _findings(error)
    problems = Problems()
    drafts = tuple(_drafts(directory, concepts, problems, questions))
    if problems.errors:  # what does not load is not looked at further
        return _findings(RuleErrors(problems.errors))
    found = [finding for draft in drafts for check in CHECKS for finding in check.check(draft)]
    found += unused_concepts(drafts, concepts)
    try:
        Engine([draft.trial for draft in drafts])
    except CartCdsError as error:
        found.append(Finding("trials", 0, ERROR, str(error)))
    return sorted(found, key=lambda finding: (finding.file, finding.line))


def coverage_reports(directory: Path, questions: Questions | None = None) -> Iterator[str]:
    """For each trial: which criteria carry each sentence of its source, as markdown."""
    concepts, problems = Concepts.load(directory / "concepts"), Problems()
    for draft in _drafts(directory, concepts, problems, questions):
        yield coverage_report(draft.file, draft.source)


def coverage_page(directory: Path) -> str:
    """All coverage reports as the page ``docs/coverage.md``; ``make coverage`` writes it."""
    return "\n\n".join([COVERAGE, *(report.strip() for report in coverage_reports(directory))]) + "\n"


def _drafts(
    directory: Path, concepts: Concepts, problems: Problems, questions: Questions | None
) -> Iterator[Draft]:
    for file in read_trials(directory / "trials", concepts, problems, questions):
        if not file.trial.source.text:
            continue  # the loader has said so
        place = directory / "trials" / file.trial.id
        yield Draft(file, file.trial.source.text, _cases(place, file, concepts, problems), concepts)


def _cases(place: Path, file: TrialFile, concepts: Concepts, problems: Problems) -> tuple[Case, ...]:
    path = place / "cases.yaml"
    if not path.exists():
        return ()
    name = file.trial.file.replace("trial.yaml", "cases.yaml")
    try:
        return read_cases(path, file.trial, concepts, problems, name)
    except RuleError as error:
        problems.catch(error)
        return ()


def _findings(error: RuleError) -> list[Finding]:
    errors = error.errors if isinstance(error, RuleErrors) else (error,)
    return [Finding(each.file, each.line, ERROR, each.plain) for each in errors]
