"""Loading the trials of a rules directory: read, check as a whole, refuse with everything that is wrong."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cds_service.concepts import Concepts
from cds_service.errors import RuleError
from cds_service.trials.expression import CriterionRef, Expression, MayExcuse, OnRecord, children
from cds_service.trials.model import Criterion, Trial
from cds_service.trials.parse import Parser, Questions, catalogue
from cds_service.trials.problems import Problems, nearest
from cds_service.trials.schema import TrialFile, read_trial
from cds_service.trials.verbatim import difference, quoted
from cds_service.trials.yaml_source import read_yaml

Graph = dict[str, tuple[str, ...]]


def load_trials(directory: Path, concepts: Concepts, questions: Questions | None = None) -> tuple[Trial, ...]:
    """Every trial of ``rules/trials``, by directory name. Raises RuleErrors with all that is wrong."""
    problems = Problems()
    files = read_trials(directory, concepts, problems, questions)
    problems.raise_any()
    return tuple(file.trial for file in files)


def read_trials(
    directory: Path, concepts: Concepts, problems: Problems, questions: Questions | None = None
) -> tuple[TrialFile, ...]:
    """The same, keeping what is wrong in ``problems``; a file that cannot be read at all is left out."""
    known = catalogue() if questions is None else questions
    paths = sorted(directory.glob("*/trial.yaml"))
    if not paths:
        problems.add(
            "There is no trial here. Each trial is a directory with a trial.yaml.", str(directory), 0
        )
    files = []
    for path in paths:
        name = f"{directory.name}/{path.parent.name}/{path.name}"
        try:
            parser = Parser(name, known, concepts, problems)
            file = read_trial(read_yaml(path, name), parser)
        except RuleError as error:
            problems.catch(error)
            continue
        files.append(_checked(file, path.parent, problems))
    for id, count in Counter(file.trial.id for file in files).items():  # noqa: A001
        if count > 1:
            where = next(file for file in files if file.trial.id == id)
            problems.add(f'{count} trials have the id "{id}". Each needs its own.', where.trial.file, 1)
    return tuple(files)


def rules_version(directory: Path) -> str:
    """What identifies one state of the rules: the SHA-256 of every file's name and content."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        body = path.read_bytes()
        digest.update(f"{path.relative_to(directory).as_posix()}\0{len(body)}\0".encode())
        digest.update(body)
    return f"sha256:{digest.hexdigest()}"


def _checked(file: TrialFile, directory: Path, problems: Problems) -> TrialFile:
    """The file with the source's words in it, after what can be checked of it alone."""
    trial = file.trial
    if trial.id and trial.id != directory.name:
        said = f'The trial "{trial.id}" stands in a directory named "{directory.name}". Give both one name.'
        problems.add(said, trial.file, file.lines.get("id", 1))
    words = _source(file, directory, problems)
    _check_ids(trial, problems)
    _check_references(file, problems)
    return replace(file, trial=replace(trial, source=replace(trial.source, text=words)))


def _source(file: TrialFile, directory: Path, problems: Problems) -> str:
    """The source's words, in which everything quoted must stand."""
    trial, line = file.trial, file.lines.get("source", 1)
    if Path(trial.source.file).name != trial.source.file or not trial.source.file:
        problems.add('"text" of the source is the name of a file beside this one.', trial.file, line)
        return ""
    try:
        body = (directory / trial.source.file).read_bytes()
        source = body.decode()
    except (OSError, UnicodeDecodeError):
        said = f'The source "{trial.source.file}" cannot be read as UTF-8 text. Put it beside this file.'
        problems.add(said, trial.file, line)
        return ""
    digest = hashlib.sha256(body).hexdigest()
    if digest != trial.source.sha256:
        said = f"The source is not the one quoted here: its sha256 is {digest}. Compare, then write that."
        problems.add(said, trial.file, line)
    if trial.title and not quoted(trial.title, source):
        said = f"The title is not in {trial.source.file}. {difference(trial.title, source)}"
        problems.add(said, trial.file, file.lines.get("title", 1))
    for id, pieces in file.quotes.items():  # noqa: A001
        for piece in pieces:
            if not quoted(piece, source):
                said = f"The text of {id} is not in {trial.source.file}. {difference(piece, source)}"
                problems.add(said, trial.file, piece.line)
    return source


def _check_ids(trial: Trial, problems: Problems) -> None:
    seen: dict[str, Criterion] = {}
    for criterion in trial.criteria:
        first = seen.setdefault(criterion.id, criterion)
        if first is not criterion:
            said = (
                f'The id "{criterion.id}" stands on line {first.line} already. Give each criterion its own.'
            )
            problems.add(said, trial.file, criterion.line)


def _check_references(file: TrialFile, problems: Problems) -> None:
    trial = file.trial
    ids = [criterion.id for criterion in trial.criteria]

    def must_exist(id: str, where: str, line: int) -> None:  # noqa: A002
        if id not in ids:
            problems.add(
                f'{where} names the criterion "{id}", which is not here. {nearest(id, ids)}', trial.file, line
            )

    for criterion in trial.criteria:
        if criterion.part_of is not None and criterion.part_of not in _ranges(trial):
            must_exist(criterion.part_of, '"part_of"', criterion.line)
        for id in _named(criterion):  # noqa: A001
            must_exist(id, f'"{criterion.id}"', criterion.line)
        for expression in _expressions(criterion):
            _check_exceptions(expression, criterion, file, problems)
    for branches in trial.alternatives:
        for id in (id for branch in branches for id in branch):  # noqa: A001
            must_exist(id, '"alternatives"', file.lines.get("alternatives", 1))
    members = Counter(id for branches in trial.alternatives for branch in branches for id in branch)  # noqa: A001
    for id in (id for id, count in members.items() if count > 1):  # noqa: A001
        said = f'"{id}" stands in the alternatives twice. Name it once.'
        problems.add(said, trial.file, file.lines.get("alternatives", 1))
    for cohort in trial.cohorts:
        must_exist(cohort.id, '"cohorts"', file.lines.get("cohorts", 1))
        if next(_references(cohort.indication), None):
            said = "A cohort's indication cannot name a criterion. Ask the question itself."
            problems.add(said, trial.file, file.lines.get("cohorts", 1))
    if next(_references(trial.indication), None):
        said = "An indication cannot name a criterion. Ask the question itself."
        problems.add(said, trial.file, file.lines.get("indication", 1))
    _check_circles(trial, problems)


def _ranges(trial: Trial) -> set[str]:
    """The branches of alternatives by first and last id: "I2-I4" is what an alternative may be part of."""
    branches = [branch for alternative in trial.alternatives for branch in alternative]
    return {f"{branch[0]}-{branch[-1]}" for branch in branches if len(branch) > 1}


def _branch_names(trial: Trial, id: str) -> set[str]:  # noqa: A002
    """What an alternative may call the branch that it stands in for: "I2-I4" for I2, I3 and I4."""
    return {
        f"{branch[0]}-{branch[-1]}"
        for branches in trial.alternatives
        if any(id in branch for branch in branches)
        for branch in branches
        if id not in branch
    }


def _check_circles(trial: Trial, problems: Problems) -> None:
    """Neither ``criterion`` nor ``part_of`` may lead back to where it started."""
    names: Graph = {criterion.id: tuple(_named(criterion)) for criterion in trial.criteria}
    wholes: Graph = {c.id: (c.part_of,) if c.part_of in names else () for c in trial.criteria}
    for graph in (names, wholes):
        for criterion in trial.criteria:
            if criterion.id in _reached(criterion.id, graph):
                said = (
                    f'"{criterion.id}" leads back to itself through the criteria it names. Break the circle.'
                )
                problems.add(said, trial.file, criterion.line)


def _reached(start: str, graph: Graph) -> set[str]:
    reached: set[str] = set()
    ahead = list(graph[start])
    while ahead:
        id = ahead.pop()  # noqa: A001
        if id not in reached:
            reached.add(id)
            ahead.extend(graph.get(id, ()))
    return reached


def _check_exceptions(
    expression: Expression, criterion: Criterion, file: TrialFile, problems: Problems, within: str = ""
) -> None:
    """The documented of what is documented means nothing that a reader could follow."""
    word = {OnRecord: "on_record", MayExcuse: "may_excuse"}.get(type(expression), "")
    if within and word:
        said = f'"{word}" stands inside "{within}" in {criterion.id}. Use one of them.'
        problems.add(said, file.trial.file, criterion.line)
    for part in children(expression):
        _check_exceptions(part, criterion, file, problems, word or within)


def _expressions(criterion: Criterion) -> Iterator[Expression]:
    yield from (part for part in (criterion.when, criterion.only_if, criterion.unless) if part is not None)


def _named(criterion: Criterion) -> Iterator[str]:
    for expression in _expressions(criterion):
        yield from _references(expression)


def _references(expression: Expression) -> Iterator[str]:
    if isinstance(expression, CriterionRef):
        yield expression.id
    for part in children(expression):
        yield from _references(part)
