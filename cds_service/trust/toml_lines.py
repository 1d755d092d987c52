"""On which line of a TOML file something stands, for whoever has to mend it: tomllib does not tell."""

from __future__ import annotations

import re

_KEY = r"(?P<quote>[\"']?){}(?P=quote)\s*"


def line_of(text: str, table: str, key: str = "") -> int | None:
    """The line of a table's key, else of its head; None where neither is written plainly."""
    lines = text.split("\n")
    head = _first(lines, r"\s*\[{1,2}\s*" + _KEY.format(re.escape(table)) + r"\]")
    if head is None:
        return _number(_first(lines, r"\s*" + _KEY.format(re.escape(table)) + "="))
    if key:
        end = _first(lines, r"\s*\[{1,2}\s*[\w\"']+[^=]*\]\s*(#.*)?$", head + 1)
        found = _first(lines[:end], r"\s*" + _KEY.format(re.escape(key)) + "[=.]", head + 1)
        return _number(head if found is None else found)
    return _number(head)


def _first(lines: list[str], pattern: str, start: int = 0) -> int | None:
    matches = re.compile(pattern).match
    return next((place for place in range(start, len(lines)) if matches(lines[place])), None)


def _number(place: int | None) -> int | None:
    return None if place is None else place + 1
