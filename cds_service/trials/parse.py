"""From YAML to a criterion's expression: words that join, and leaves that are questions of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, Final, get_type_hints

import msgspec

from cds_service.errors import RuleError
from cds_service.features.question import Amount, Question
from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    AtLeast,
    CriterionRef,
    Expression,
    Leaf,
    MayExcuse,
    Not,
    OnRecord,
)
from cds_service.trials.problems import Problems, nearest
from cds_service.trials.yaml_source import Items, Node, Table, Text

WORDS: Final = ("all_of", "any_of", "not", "on_record", "may_excuse", "criterion", "at_least")
LENGTHS: Final = (
    "within",
    "not_within",
    "within_next",
    "for",
    "for_at_least",
    "longer_than",
    "at_least_before",
)
_LENGTH = re.compile(r"[1-9][0-9]{0,3} (day|week|month|year)s?\Z")
_LIMIT = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,5})?\Z")
_COUNT = re.compile(r"[1-9][0-9]?\Z")

Questions = Mapping[str, type[Question]]


def catalogue() -> Questions:
    """Every question a criterion may ask, by the keyword that opens its leaf."""
    from cds_service.features import QUESTIONS  # noqa: PLC0415  # tests bring their own small catalogue

    return QUESTIONS


@cache
def _structure(kind: type[Question]) -> dict[str, tuple[str, str]]:
    """By the word that an author writes: the name of the field, and what it holds."""
    hints = get_type_hints(kind)
    return {each.encode_name: (each.name, str(hints[each.name])) for each in msgspec.structs.fields(kind)}


@dataclass
class Parser:
    """Parses the expressions of one file. ``lines`` remembers where each question was written."""

    file: str
    questions: Questions
    concepts: Any
    problems: Problems
    lines: dict[Question, int] = field(default_factory=dict)

    def expression(self, node: Node | None) -> Expression | None:
        """The tree of one ``when``; None (and an error kept) where it cannot be read."""
        try:
            return None if node is None else self._expression(node)
        except RuleError as error:
            self.problems.catch(error)
            return None

    def _expression(self, node: Node) -> Expression:
        if not isinstance(node, Table):
            raise self._wrong("Here a question or a joining word is needed, as a mapping.", node)
        match next((word for word in WORDS if word in node and self._joins(word, node)), None):
            case "all_of":
                return AllOf(self._parts(node, "all_of"))
            case "any_of":
                return AnyOf(self._parts(node, "any_of"))
            case "not":
                return Not(self._part(node, "not"))
            case "on_record":
                return OnRecord(self._part(node, "on_record"))
            case "may_excuse":
                return MayExcuse(self._part(node, "may_excuse"))
            case "criterion":
                self._only(node, ("criterion",))
                return CriterionRef(self._text(node, "criterion"))
            case "at_least":
                return self._at_least(node)
            case _:
                return Leaf(self.question(node))

    def _joins(self, word: str, node: Table) -> bool:
        """``at_least`` is a limit in a leaf, and a joining word beside ``of``."""
        return word != "at_least" or "of" in node

    def _at_least(self, node: Table) -> AtLeast:
        self._only(node, ("at_least", "of"))
        count = self._text(node, "at_least")
        if not _COUNT.match(count):
            raise self._wrong(f'"{count}" is no number of criteria. Write for example at_least: "4".', node)
        parts = self._expressions(node, "of")
        if int(count) > len(parts):
            said = f"At least {count} of {len(parts)} can never be. Lower the number or add to the list."
            raise self._wrong(said, node)
        return AtLeast(int(count), parts)

    def _parts(self, node: Table, word: str) -> tuple[Expression, ...]:
        self._only(node, (word,))
        return self._expressions(node, word)

    def _expressions(self, node: Table, word: str) -> tuple[Expression, ...]:
        items = _get(node, word)
        if not isinstance(items, Items) or not items:
            raise self._wrong(f'"{word}" needs a list of at least one entry.', node)
        parts = [self.expression(item) for item in items]
        return tuple(part for part in parts if part is not None)

    def _part(self, node: Table, word: str) -> Expression:
        self._only(node, (word,))
        return self._expression(_get(node, word))

    def _only(self, node: Table, keys: tuple[str, ...]) -> None:
        for key in node:
            if key not in keys:
                said = f'"{key}" cannot stand beside "{keys[0]}". Give it an entry of its own.'
                raise RuleError(said, self.file, key.line)

    def _text(self, node: Table, key: str) -> str:
        value = _get(node, key)
        if not isinstance(value, Text) or not value.strip():
            raise self._wrong(f'"{key}" must be one text.', node)
        return str(value)

    def question(self, node: Node, *, shown: bool = False) -> Question:
        """One leaf. Raises RuleError where it is no question, or not a well-formed one.

        What is only ``shown`` beside a question to the clinician needs no limit.
        """
        if not isinstance(node, Table):
            raise self._wrong("Here a question is needed, as a mapping.", node)
        kind = self._kind(node)
        if kind.only_shown and not shown:
            said = f'"{kind.keyword}" never decides. Write it under look_at of an ask_clinician.'
            raise self._wrong(said, node)
        structure = _structure(kind)
        values: dict[str, Any] = {}
        nested: dict[str, tuple[Question, ...]] = {}
        for key, value in node.items():
            if key not in structure:
                said = f'"{kind.keyword}" has no option "{key}". {nearest(key, structure)}'
                raise RuleError(said, self.file, key.line)
            name, hint = structure[key]
            if "Question" in hint:
                nested[name] = self._nested(value, key)
            else:
                values[str(key)] = self._value(value, key, many="tuple" in hint)
        try:
            question = msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as error:
            raise self._wrong(f'"{kind.keyword}" cannot be read: {error}.', node) from error
        if nested:
            question = msgspec.structs.replace(question, **nested)
        self._check_limits(question, node, shown=shown)
        told = {said for inner in nested.values() for part in inner for said in part.check(self.concepts)}
        for said in question.check(self.concepts):
            if said not in told:
                self.problems.add(said, self.file, node.line)
        self.lines.setdefault(question, node.line)
        return question

    def _kind(self, node: Table) -> type[Question]:
        opening = [key for key in node if key in self.questions]
        if not opening:
            first = next(iter(node), None)
            said = (
                f'"{first}" opens no question. {nearest(first, (*self.questions, *WORDS))}'
                if first
                else ("An empty mapping is no question.")
            )
            raise self._wrong(said, node)
        kinds = [self.questions[key] for key in opening]
        fitting = [kind for kind in kinds if set(node) <= set(kind.__struct_encode_fields__)]
        if len(opening) > 1 and len(fitting) != 1:
            words = " and ".join(f'"{key}"' for key in opening)
            raise self._wrong(f"{words} open two questions. Give each an entry of its own.", node)
        return fitting[0] if fitting else kinds[0]

    def _nested(self, node: Node, key: Text) -> tuple[Question, ...]:
        if isinstance(node, Table):
            return (self.question(node, shown=True),)
        if not isinstance(node, Items):
            raise RuleError(f'"{key}" must be a list of questions.', self.file, key.line)
        return tuple(self.question(item, shown=True) for item in node)

    def _value(self, node: Node, key: Text, *, many: bool) -> str | list[str]:
        if isinstance(node, Text):
            if not node.strip():
                raise RuleError(f'"{key}" is empty. Fill it in.', self.file, key.line)
            self._check_length(key, node)
            return [str(node)] if many else str(node)
        if not many or not isinstance(node, Items) or not node:
            raise RuleError(f'"{key}" must be one text.', self.file, key.line)
        for item in node:
            if not isinstance(item, Text):
                raise RuleError(f'Each entry of "{key}" must be a text.', self.file, item.line)
        if len(set(map(str, node))) < len(node):
            raise RuleError(f'"{key}" names one thing twice. Remove one.', self.file, key.line)
        return [str(item) for item in node]

    def _check_length(self, key: Text, value: Text) -> None:
        if key in LENGTHS and not _LENGTH.match(value):
            said = f'"{value}" is no length of time. Write a whole number and a unit, such as "6 months".'
            raise RuleError(said, self.file, value.line)

    def _check_limits(self, question: Question, node: Table, *, shown: bool) -> None:
        if not isinstance(question, Amount):
            return
        written = [word for word in Amount.LIMITS if word in node]
        if not written and not shown:
            words = ", ".join(Amount.LIMITS)
            raise self._wrong(f'"{question.keyword}" needs a limit: one of {words}.', node)
        for word in written:
            value = str(_get(node, word))
            if not _LIMIT.match(value):
                said = f'"{value}" is no limit. Write a plain decimal with at most 5 decimals, such as "3.0".'
                raise RuleError(said, self.file, node.line_of(word))
            Decimal(value)

    def _wrong(self, text: str, node: Node) -> RuleError:
        return RuleError(text, self.file, node.line)


def _get(node: Table, name: str) -> Node:
    return next(value for key, value in node.items() if key == name)
