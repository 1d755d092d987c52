"""Holding what a rule file quotes against the source it quotes from."""

from __future__ import annotations

import re


def folded(text: str) -> str:
    """The text with every run of white space as one blank: line breaks are no part of the wording."""
    return " ".join(text.split())


def quoted(text: str, source: str) -> bool:
    """Whether the text stands in the source, white space aside."""
    return folded(text) in folded(source)


def difference(text: str, source: str) -> str:
    """Where a text that is not found parts from the source, for the author."""
    text, source = folded(text), folded(source)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text[:middle] in source else (low, middle - 1)
    if not low:
        return f'No part of it is there: it starts with "{_cut(text, 40)}".'
    at = source.index(text[:low]) + low
    return (
        f'It agrees up to "{text[max(0, low - 30) : low]}"; then it has "{_cut(text[low:], 30)}" '
        f'where the source has "{_cut(source[at:], 30)}".'
    )


def loosely_quoted(text: str, source: str) -> bool:
    """Whether the words stand in the source, whole or in parts between commas, whatever lines part them."""
    words = f" {_words(source)} "
    parts = [text] if f" {_words(text)} " in words else re.split(r"[,;]\s", text)
    return all(f" {_words(part)} " in words for part in parts)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
