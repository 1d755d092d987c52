"""The shape of ``trial.yaml``: which keys there are, and what each must hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from cds_service.trials.expression import AnyOf, Expression, Leaf
from cds_service.trials.model import Cohort, Criterion, Source, Trial
from cds_service.trials.parse import Parser
from cds_service.trials.problems import Fields
from cds_service.trials.yaml_source import Items, Node, Table, Text

TRIAL_KEYS: Final = (
    "id",
    "title",
    "status",
    "registry_number",
    "source",
    "phase",
    "sponsor",
    "summary",
    "locations",
    "contacts",
    "conditions",
    "facts",
    "criteria_done",
    "indication",
    "defects",
    "alternatives",
    "cohorts",
    "sentences_not_criteria",
    "eligibility",
    "criteria",
)
SOURCE_KEYS: Final = ("registry", "url", "updated", "updated_label", "text", "sha256")
CRITERION_KEYS: Final = (
    "id",
    "kind",
    "text",
    "missing_in_source",
    "reading",
    "part_of",
    "only_if",
    "when",
    "unless",
    "notes",
)
COHORT_KEYS: Final = ("id", "name", "indication")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._*-]{0,63}\Z")
JOINED: Final = " … "
UNREADABLE: Final = AnyOf(())  # stands where an expression could not be read; such a trial is never loaded


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Where in the source the eligibility text stands, and what in it is no requirement (with its line)."""

    start: str
    end: str
    line: int
    not_criteria: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialFile:
    """One trial with what the checks need beside it."""

    trial: Trial
    quotes: Mapping[str, tuple[Text, ...]]  # criterion id -> the pieces of its text, each with its line
    eligibility: Eligibility | None
    lines: Mapping[str, int]  # of the trial's own keys
    parser: Parser


def read_trial(node: Node, parser: Parser) -> TrialFile:
    """Read one file's tree. What is wrong goes to the parser's problems; such a trial is not for use."""
    fields = Fields(node, "A trial", TRIAL_KEYS, parser.file, parser.problems)
    quotes: dict[str, tuple[Text, ...]] = {}
    criteria = tuple(_criterion(item, parser, quotes) for item in fields.items("criteria"))
    if not criteria:
        fields.wrong('A trial needs "criteria".')
    trial = Trial(
        id=_id(fields),
        title=fields.needed("title"),
        status=fields.needed("status"),
        registry_number=fields.text("registry_number"),
        source=_source(fields, parser),
        indication=_expression(fields, "indication", parser),
        criteria=_with_parts(criteria),
        complete=_complete(fields),
        phase=fields.text("phase"),
        sponsor=fields.text("sponsor"),
        summary=fields.text("summary"),
        locations=fields.texts("locations"),
        contacts=fields.texts("contacts"),
        conditions=fields.texts("conditions"),
        defects=fields.texts("defects"),
        alternatives=_alternatives(fields),
        cohorts=tuple(_cohort(item, parser) for item in fields.items("cohorts")),
        file=parser.file,
        facts=_facts(fields, parser),
    )
    lines = {str(key): key.line for key in fields.table}
    return TrialFile(trial, quotes, _eligibility(fields, parser), lines, parser)


def _id(fields: Fields) -> str:
    id = fields.needed("id")  # noqa: A001  # the field's own word
    if id and not _ID.match(id):
        fields.wrong(
            f'"{id}" is no id. Use letters, digits, ".", "-", "_" and a last "*".', fields.table.line_of("id")
        )
    return id


def _expression(fields: Fields, name: str, parser: Parser) -> Expression:
    node = fields.node(name)
    if node is None:
        fields.wrong(f'{fields.what} lacks "{name}". Add it.')
    return parser.expression(node) or UNREADABLE


def _optional(fields: Fields, name: str, parser: Parser) -> Expression | None:
    return parser.expression(fields.node(name))


def _source(trial: Fields, parser: Parser) -> Source:
    fields = Fields(trial.node("source"), '"source"', SOURCE_KEYS, parser.file, parser.problems)
    url = fields.text("url")
    if url is not None and not trial.text("registry_number"):
        fields.wrong('"url" is only for a source that carries a registry number. Remove it.')
    if (fields.text("updated") is None) != (fields.text("updated_label") is None):
        fields.wrong('"updated" and "updated_label" belong together. Give both or neither.')
    return Source(
        registry=fields.needed("registry"),
        file=fields.needed("text"),
        sha256=fields.needed("sha256"),
        url=url,
        updated=fields.text("updated"),
        updated_label=fields.text("updated_label"),
    )


def _complete(fields: Fields) -> bool:
    done = fields.needed("criteria_done")
    if done not in ("all", "some", ""):
        fields.wrong('"criteria_done" is "all" or "some".', fields.table.line_of("criteria_done"))
    return done == "all"


def _criterion(node: Node, parser: Parser, quotes: dict[str, tuple[Text, ...]]) -> Criterion:
    fields = Fields(node, "A criterion", CRITERION_KEYS, parser.file, parser.problems)
    id = _id(fields)  # noqa: A001
    kind = fields.needed("kind")
    if kind not in ("inclusion", "exclusion", ""):
        fields.wrong('"kind" is "inclusion" or "exclusion".', fields.table.line_of("kind"))
    when = _expression(fields, "when", parser)
    missing = fields.text("missing_in_source")
    pieces = _pieces(fields)
    if missing is not None and pieces:
        fields.wrong('A criterion has "text" or "missing_in_source", not both. Remove one.')
    if missing is None and not pieces:
        fields.wrong(
            'A criterion lacks its "text", verbatim from the source. Add it, or "missing_in_source".'
        )
    if missing is not None and not (isinstance(when, Leaf) and when.question.keyword == "ask_clinician"):
        said = 'What the source leaves out can only be asked: "when" must be an ask_clinician.'
        fields.wrong(said, fields.table.line_of("when"))
    quotes[id] = pieces
    question, unless = _unless(fields, parser)
    return Criterion(
        id=id,
        kind=kind,
        text=JOINED.join(pieces) if pieces else None,
        reading=fields.needed("reading"),
        when=when,
        only_if=_optional(fields, "only_if", parser),
        unless=unless,
        unless_question=question,
        part_of=fields.text("part_of"),
        notes=(*((missing,) if missing else ()), *fields.texts("notes")),
        line=fields.line,
    )


def _pieces(fields: Fields) -> tuple[Text, ...]:
    node = fields.node("text")
    if isinstance(node, Text):
        return (node,) if node.strip() else ()
    fields.texts("text")  # reports a wrong shape
    return tuple(item for item in node if isinstance(item, Text)) if isinstance(node, Items) else ()


def _unless(criterion: Fields, parser: Parser) -> tuple[str | None, Expression | None]:
    node = criterion.node("unless")
    if node is None:
        return None, None
    fields = Fields(node, '"unless"', ("ask_clinician", "when"), parser.file, parser.problems)
    return fields.needed("ask_clinician") or None, _expression(fields, "when", parser)


def _cohort(node: Node, parser: Parser) -> Cohort:
    fields = Fields(node, "A cohort", COHORT_KEYS, parser.file, parser.problems)
    return Cohort(fields.needed("id"), fields.needed("name"), _expression(fields, "indication", parser))


def _alternatives(fields: Fields) -> tuple[tuple[tuple[str, ...], ...], ...]:
    found = []
    for entry in fields.items("alternatives"):
        branches = [_ids(branch, fields) for branch in entry] if isinstance(entry, Items) else []
        if len(branches) < 2 or not all(branches):
            fields.wrong(
                "Each alternative is a list of two or more branches, each a list of criterion ids, "
                "such as [[I2, I3, I4], [I5]].",
                entry.line,
            )
            continue
        found.append(tuple(branches))
    return tuple(found)


def _ids(branch: Node, fields: Fields) -> tuple[str, ...]:
    if not isinstance(branch, Items) or not all(isinstance(id, Text) for id in branch):  # noqa: A001
        fields.wrong("A branch is a list of criterion ids.", branch.line)
        return ()
    return tuple(str(id) for id in branch)  # noqa: A001


def _facts(fields: Fields, parser: Parser) -> Mapping[str, str]:
    node = fields.node("facts")
    if node is None:
        return {}
    table = Fields(
        node, '"facts"', tuple(node) if isinstance(node, Table) else (), parser.file, parser.problems
    )
    return {str(key): table.text(key) or "" for key in table.table}


def _eligibility(fields: Fields, parser: Parser) -> Eligibility | None:
    fields.texts("sentences_not_criteria")  # reports a wrong shape
    listed = fields.node("sentences_not_criteria")
    sentences = (listed,) if isinstance(listed, Text) else listed if isinstance(listed, Items) else ()
    node = fields.node("eligibility")
    if node is None:
        fields.wrong('A trial lacks "eligibility": {from: …, to: …}. Add it.')
        return None
    extent = Fields(node, '"eligibility"', ("from", "to"), parser.file, parser.problems)
    not_criteria = tuple(item for item in sentences if isinstance(item, Text))
    return Eligibility(extent.needed("from"), extent.needed("to"), extent.line, not_criteria)


def _with_parts(criteria: tuple[Criterion, ...]) -> tuple[Criterion, ...]:
    parts: dict[str, list[str]] = {}
    for criterion in criteria:
        if criterion.part_of is not None:
            parts.setdefault(criterion.part_of, []).append(criterion.id)
    return tuple(replace(criterion, parts=tuple(parts.get(criterion.id, ()))) for criterion in criteria)
