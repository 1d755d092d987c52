"""Collecting what is wrong in rule files, so that an author sees all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from cds_service.errors import RuleError, RuleErrors
from cds_service.trials.yaml_source import Items, Node, Table, Text


class Problems:
    """The errors found so far, in one file or in all."""

    def __init__(self) -> None:
        self.errors: list[RuleError] = []

    def add(self, text: str, file: str, line: int) -> None:
        self.errors.append(RuleError(text, file, line))

    def catch(self, error: RuleError) -> None:
        """Keep an error that was raised, and go on."""
        self.errors.extend(error.errors if isinstance(error, RuleErrors) else (error,))

    def raise_any(self) -> None:
        """Raise RuleErrors when anything was found."""
        if self.errors:
            raise RuleErrors(self.errors)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the nearest known one, or all of them."""
    words = sorted(known)
    close = get_close_matches(word, words, n=1, cutoff=0.6)
    return f'Did you mean "{close[0]}"?' if close else f"Known are: {', '.join(words)}."


class Fields:
    """Reads the keys of one table, each once, reporting what is missing, unknown or of the wrong shape."""

    def __init__(
        self, node: Node | None, what: str, known: Sequence[str], file: str, problems: Problems
    ) -> None:
        self.file = file
        self.problems = problems
        self.what = what
        self.table = node if isinstance(node, Table) else Table(getattr(node, "line", 1))
        if not isinstance(node, Table):
            self.wrong(f"{what} must be a mapping of keys and values.")
        for key in self.table:
            if key not in known:
                self.wrong(f'{what} has no key "{key}". {nearest(key, known)}', key.line)

    @property
    def line(self) -> int:
        return self.table.line

    def wrong(self, text: str, line: int | None = None) -> None:
        self.problems.add(text, self.file, self.line if line is None else line)

    def node(self, name: str) -> Node | None:
        return next((value for key, value in self.table.items() if key == name), None)

    def text(self, name: str) -> str | None:
        """One text that may be left out."""
        node = self.node(name)
        if node is None:
            return None
        if not isinstance(node, Text):
            self.wrong(f'"{name}" must be one text.', node.line)
            return None
        return str(node)

    def needed(self, name: str) -> str:
        """One text that must be there and not be empty."""
        if self.node(name) is None:
            self.wrong(f'{self.what} lacks "{name}". Add it.')
        text = self.text(name)
        if text is not None and not text.strip():
            self.wrong(f'"{name}" is empty. Fill it in.', self.table.line_of(name))
        return text or ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text stands for a list of one."""
        node = self.node(name)
        if isinstance(node, Text):
            return (str(node),)
        found = []
        for item in self.items(name):
            if isinstance(item, Text):
                found.append(str(item))
            else:
                self.wrong(f'Each entry of "{name}" must be a text.', item.line)
        return tuple(found)

    def items(self, name: str) -> Items:
        """A list that may be left out."""
        node = self.node(name)
        if isinstance(node, Items):
            return node
        if node is not None:
            self.wrong(f'"{name}" must be a list.', node.line)
        return Items(self.line)
