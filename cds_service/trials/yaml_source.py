"""A YAML file as plain text, lists and tables that remember their line.

Rule files use a small, safe part of YAML: every scalar is text. A bare ``24``, ``no`` or ``2025-08-17``,
which YAML would silently turn into a number, a boolean or a date, is refused with the line and the remedy; so
are duplicate keys, anchors, aliases, tags and tabs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

import yaml

from cds_service.errors import RuleError

MOST_BYTES: Final = 1_000_000
DEEPEST: Final = 40
_LOOKS_LIKE_NUMBER = re.compile(r"[-+]?(\.?[0-9][0-9_.,:]*([eE][-+]?[0-9]+)?|0[xob][0-9a-fA-F]+)%?\Z")


class Text(str):
    """A scalar as written, with its line."""

    __slots__ = ("line",)
    line: int

    def __new__(cls, value: str, line: int = 0) -> Self:
        text = super().__new__(cls, value)
        text.line = line
        return text


class Items(list["Node"]):
    """A list, with the line on which it starts."""

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line


class Table(dict[Text, "Node"]):
    """A mapping in the order written, with the line on which it starts. Its keys know theirs."""

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line

    def line_of(self, name: str) -> int:
        """The line of one key, or of the table where it has no such key."""
        return next((key.line for key in self if key == name), self.line)


Node = Text | Items | Table


def read_yaml(path: Path, name: str | None = None) -> Node:
    """Read one rule file; ``name`` is what errors call it. Raises RuleError with file and line."""
    name = name or path.name
    try:
        body = path.read_bytes()
    except OSError as error:
        raise RuleError(f"The file cannot be read: {error.strerror}.", name) from error
    return parse_yaml(body, name)


def parse_yaml(body: bytes, name: str) -> Node:
    """The one document of a rule file."""
    text = _decoded(body, name)
    try:
        return _Builder(yaml.parse(text, Loader=yaml.CSafeLoader), name).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = f"This is not YAML: {error.problem or error.context}."
        raise RuleError(said, name, mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:
        raise RuleError(
            "This is not YAML: a character that YAML does not allow. Remove it.", name, 1
        ) from error


def _decoded(body: bytes, name: str) -> str:
    if len(body) > MOST_BYTES:
        raise RuleError(f"The file is larger than {MOST_BYTES} bytes. Split it.", name, 1)
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise RuleError("The file starts with a byte order mark. Save it as UTF-8 without one.", name, 1)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise RuleError("This is not UTF-8. Save the file as UTF-8.", name, line) from error
    if (tab := text.find("\t")) >= 0:
        line = text.count("\n", 0, tab) + 1
        raise RuleError('There is a tab. Use spaces (or \\t inside "…").', name, line)
    return text


class _Builder:
    """Builds the tree from the parser's events, refusing what rule files do not use."""

    def __init__(self, events: Iterator[yaml.Event], name: str) -> None:
        self._events = events
        self._name = name
        self._resolver = yaml.SafeLoader("")

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise RuleError("The file is empty.", self._name, 1)
        node = self._node(next(self._events), 0)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._error("There is a second document. Put one document in a file.", after)
        return node

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            raise self._error(f"*{event.anchor} is an alias. Write the value out.", event)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise self._error(f"&{event.anchor} is an anchor. Write the value out where it is used.", event)
        if getattr(event, "tag", None) is not None:
            raise self._error("There is a tag (!…). Remove it; every value is text.", event)
        if depth > DEEPEST:
            raise self._error(f"This is nested more than {DEEPEST} deep.", event)
        line = _line(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(line, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._table(line, depth)
        return self._text(event)

    def _items(self, line: int, depth: int) -> Items:
        items = Items(line)
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _table(self, line: int, depth: int) -> Table:
        table = Table(line)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Text):
                raise self._error("A key must be a word, not a list or a mapping.", event)
            if key in table:
                first = table.line_of(key)
                raise self._error(f'"{key}" stands here twice (first on line {first}). Remove one.', event)
            table[key] = self._node(next(self._events), depth + 1)
        return table

    def _text(self, event: yaml.Event) -> Text:
        assert isinstance(event, yaml.ScalarEvent)  # noqa: S101  # the only event left
        value = str(event.value)
        if not event.style:  # plain
            tag: str = self._resolver.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]
            if value == "<<":
                raise self._error("<< merges another mapping. Write its keys out.", event)
            if not value:
                raise self._error(
                    'There is no value. Write one, "" for an empty text, or remove the key.', event
                )
            if tag != "tag:yaml.org,2002:str" or _LOOKS_LIKE_NUMBER.match(value):
                kind = (
                    "null"
                    if tag.endswith("null")
                    else "a boolean"
                    if tag.endswith("bool")
                    else "a number or date"
                )
                raise self._error(
                    f'YAML reads {value} as {kind}, not as text. Write "{value}" in quotes.', event
                )
        return Text(value, _line(event))

    def _error(self, text: str, event: yaml.Event) -> RuleError:
        return RuleError(text, self._name, _line(event))


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
