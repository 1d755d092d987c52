"""What became of reading one drug's code or name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_LOCAL = re.compile(
    r"\b(?:cream|ointment|lotion|gel|shampoo|topical|eye|ophthalmic|ear|otic|nasal|inhal\w*|nebuli\w*|enema|rectal|"
    r"suppositor\w*|vaginal|patch|intra-?articular)\b|乳膏|软膏|滴眼|滴鼻|喷雾|吸入|外用|关节腔",
    re.IGNORECASE,
)


def local_words(text: str) -> bool:
    """Whether a text says that the drug is for the skin, eye, ear, nose, airways, bowel or a joint."""
    return _LOCAL.search(text) is not None


def fragments(pattern: str) -> frozenset[str]:
    """Pieces of plain text of which every text that the pattern matches holds at least one, in lower case."""
    whole = re.fullmatch(r"\\b\(\?:(.*)\)\\b", pattern)
    inner = re.sub(r"\([^()]*\)", "()", whole[1] if whole else pattern)
    pieces = set()
    for alternative in inner.split("|"):
        # An optional last letter ("steroids?") is no part that must be there: five letters are enough.
        plain = re.sub(r"\\[a-zA-Z]|.\?", " ", alternative)
        runs = re.findall(r"[^\W\d_]{2,}|[A-Z]+\d+", plain)
        if not runs:
            raise ValueError(f'"{pattern}" names nothing in plain letters')
        pieces.add(max(runs, key=len).lower()[:5])
    return frozenset(pieces)


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """One ingredient that a record is of; not ``certain`` where only a name or a doubtful code says so."""

    concept: str
    certain: bool
    route: str | None = None  # of the product: oral, injection or local; None where the code does not say
    strength_mg: Fraction | None = None  # in one tablet or capsule
    route_needed: bool = False  # most products of it are for local use


@dataclass(frozen=True, slots=True)
class Drug:
    """What one record is of. ``known`` is False where there is no name and no code that is read here.

    ``coded`` is True where a code of a system that is read here names it, whether or not it is of this list:
    only then is a drug that matches nothing known to be another one. A name may be a brand, or of any tongue.
    """

    name: str | None
    code: str | None
    matches: tuple[DrugMatch, ...]
    known: bool
    coded: bool = True

    @property
    def strange(self) -> bool:
        """Whether it has a name only, and one that is not known here."""
        return not self.coded and not self.matches


@dataclass(frozen=True, slots=True)
class Members:
    """The drugs of a class; ``maybe`` are products whose code does not say that they belong."""

    label: str
    certain: frozenset[str]
    maybe: frozenset[str] = frozenset()
