"""Results sent as text: the number, titre and word in ``Positive (1:320)`` or ``Detected <20 IU/mL``.

One number or titre is taken out; what is left must be a unit or stand whole in the list of spellings.
Anything else is not understood, and what is not understood decides nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from cds_service.concepts.qualitative import Meaning, ResultMeanings, plain
from cds_service.fhir.resources import Quantity

_SIGN = r"(?P<sign><=|>=|<|>|≤|≥)?\s*"
_TITRE = re.compile(_SIGN + r"(?<![\d.])1\s*[:/]\s*(?P<dilution>\d{1,9})(?![\d.:/])")
_NUMBER = re.compile(
    _SIGN + r"(?<![\d.,])(?P<number>\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?P<decimals>\.\d{1,15})?(?![\d.,:+])"
)
_AS_FHIR = {"≤": "<=", "≥": ">="}
_LONGEST = 200
_UNIT_WORDS = frozenset({"u", "iu", "units", "index", "ratio", "copies", "log", "log10", "au", "s/co"})


@dataclass(frozen=True, slots=True)
class Titre:
    """One in ``dilution``, with the comparator as FHIR writes it."""

    dilution: int
    comparator: str | None = None

    def __str__(self) -> str:
        return f"{self.comparator or ''}1:{self.dilution}"


@dataclass(frozen=True, slots=True)
class Words:
    """What one text says; all empty where it is not understood."""

    meaning: Meaning | None = None
    quantity: Quantity | None = None
    titre: Titre | None = None


def read_words(text: str | None, meanings: ResultMeanings) -> Words:
    """Read a result sent as text."""
    if not text or len(text) > _LONGEST or not (told := plain(text)):
        return Words()
    if (meaning := meanings.of_text(told)) is not None:
        return Words(meaning=meaning)
    if found := _TITRE.search(told):
        word, unit = _around(told, found)
        meaning = meanings.of_text(word) if word else None
        if unit or (word and meaning is None):
            return Words()
        sign = found["sign"]
        return Words(meaning=meaning, titre=Titre(int(found["dilution"]), _AS_FHIR.get(sign, sign)))
    numbers = list(_NUMBER.finditer(told))
    if len(numbers) != 1:
        return Words()
    found = numbers[0]
    word, unit = _around(told, found)
    meaning = meanings.of_text(word) if word else None
    if word and meaning is None:
        return Words()
    value = Decimal(found["number"].replace(",", "") + (found["decimals"] or ""))
    sign = found["sign"]
    quantity = Quantity(value=value, comparator=_AS_FHIR.get(sign, sign), unit=unit or None)
    return Words(meaning=meaning, quantity=quantity)


def _around(told: str, found: re.Match[str]) -> tuple[str, str]:
    """The word and the unit that stand around a number."""
    rest = f"{told[: found.start()]} {told[found.end() :]}"
    for mark in "(),;:":
        rest = rest.replace(mark, " ")
    parts = rest.split()
    units = [part for part in parts if "/" in part or part in _UNIT_WORDS]
    return " ".join(part for part in parts if part not in units), " ".join(units)
