"""Words that stand where a code should: compared whole, never searched, and never against their sense."""

from __future__ import annotations

import re
import unicodedata

_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|situation|morphologic abnormality)\)\s*$", re.IGNORECASE
)
_NOT_A_WORD = re.compile(r"[\W_]+")
_DOUBT = re.compile(
    r"\?"
    r"|^\W*(?:no|not|nil|denies|denied|negative|neg|suspected|suspicion|possible|probable|query)\b(?!-)"
    r"|\brule[sd]?[ -]?out\b|\br/o\b|\bno evidence\b|\bnegative for\b|\b(?:not |un)confirmed\b|\bexcluded\b"
    r"|\bfamily history\b|\bfhx?\b|\bscreening for\b|\brisk of\b"
    r"|\b(?:mother|father|sister|brother)(?:'s| with| had| has|:)"
    r"|\b(?:maternal|paternal) (?:grand|aunt|uncle)"
    r"|家族史|疑似|待排|除外|排除|否认|^无",
    re.IGNORECASE,
)


def words_of(text: str) -> str:
    """A name reduced to its words: no SNOMED tag, no capitals, no punctuation."""
    plain = unicodedata.normalize("NFKC", _TAG.sub("", text)).casefold()
    return _NOT_A_WORD.sub(" ", plain).strip()


def doubted(text: str | None) -> bool:
    """Whether words deny, question or ascribe to somebody else what they name ("?SLE", "FH of lupus")."""
    return text is not None and _DOUBT.search(text[:500]) is not None
