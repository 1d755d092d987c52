"""Text that came from a chart or a trial, made safe inside GitHub Flavored Markdown.

Clients render card details with raw HTML enabled (seen in the CDS Hooks sandbox), so nothing from outside may
become an element: not by HTML, not by Markdown, not by an automatic link. What a reader sees stays the same;
unrendered it stays readable.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SPECIAL = re.compile(r"[\\`*_\[\]|~&<]")
_LITERAL = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|~"} | {"&": "&amp;", "<": "&lt;"})
_BLOCK_SIGNS = frozenset("0123456789-+#>=")
_OPENS_A_BLOCK = re.compile(r"^(\d{1,9})([.)])|^([-+#>=])")
# GFM makes links of bare addresses; a zero-width space inside the part it looks for prevents that.
_AUTOMATIC_LINK = re.compile(r"(?i)(://|\bwww\.|@|\bmailto:|\bxmpp:)")
_BREAK = "\u200b"


def plain(text: str) -> str:
    """One line: control and text-direction characters removed, white space joined."""
    if text.isprintable():  # no such character, and no white space but the plain one
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    kept = (
        " "
        if character.isspace()
        else ""
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")
        else character
        for character in text
    )
    return " ".join("".join(kept).split())


def escape(text: str, *, addresses: bool = False) -> str:
    """The text as literal Markdown: a reader of the rendered card sees exactly :func:`plain` of it.

    ``addresses`` leaves e-mail and web addresses whole, so that they can be copied: only for the trial's own
    contacts, never for text from a chart.
    """
    return _literal(plain(text), addresses=addresses)


escape_authored = lru_cache(maxsize=4096)(escape)
"""The same for what the rules say, such as the name of a test. It is kept: never for text from a chart."""


def escape_clipped(text: str, longest: int) -> str:
    """At most ``longest`` characters of the text, as literal Markdown."""
    return _literal(clip(text, longest), addresses=False)


def _literal(safe: str, *, addresses: bool) -> str:
    if not addresses and _may_hold_a_link(safe):
        safe = _AUTOMATIC_LINK.sub(_broken, safe)
    if _SPECIAL.search(safe):
        safe = safe.translate(_LITERAL)
    return _OPENS_A_BLOCK.sub(_literal_opening, safe) if safe[:1] in _BLOCK_SIGNS else safe


def _may_hold_a_link(text: str) -> bool:
    """False where :data:`_AUTOMATIC_LINK` finds nothing, by the end of each thing it looks for."""
    if ":" in text and ("://" in text or "o:" in text or "O:" in text or "p:" in text or "P:" in text):
        return True
    return "@" in text or "w." in text or "W." in text


def clip(text: str, longest: int) -> str:
    """At most ``longest`` characters, cut between words, with an ellipsis where something was cut."""
    text = plain(text)
    if len(text) <= longest:
        return text
    head = text[: max(longest - 1, 0)]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:(–-…") + "…"


def _broken(found: re.Match[str]) -> str:
    return found[0][0] + _BREAK + found[0][1:] if len(found[0]) > 1 else found[0] + _BREAK


def _literal_opening(found: re.Match[str]) -> str:
    return f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}"
