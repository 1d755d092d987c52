"""What a qualitative result says: positive, negative, something between, or nothing usable.

The data are ``qualitative.csv`` (each code and each exact spelling with its meaning, and where it was
verified) and ``result_codes.csv`` (what a LOINC code's own axes say of its values) in ``rules/concepts``,
both made by :mod:`cds_service.concepts.derive.qualitative`. Nothing is matched by part of a word: what is
not in the list has no meaning here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept
from cds_service.fhir.systems import LOINC, also_under, normal_code

_Word = TypeVar("_Word", bound=StrEnum)

TEXT = "text"
"""The ``system`` of a row of ``qualitative.csv`` that is a spelling, not a code."""


class Meaning(StrEnum):
    """What a coded or spelled result means."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    EQUIVOCAL = "equivocal"  # weakly positive, borderline
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"  # the test gave no result
    UNKNOWN = "unknown"
    PREGNANT = "pregnant"
    NOT_PREGNANT = "not_pregnant"
    BREASTFEEDING = "breastfeeding"
    NOT_BREASTFEEDING = "not_breastfeeding"
    ABNORMAL = "abnormal"  # this and the next three are flags: not positive or negative by themselves
    NORMAL = "normal"
    HIGH = "high"
    LOW = "low"


class Trait(StrEnum):
    """What the axes of a LOINC code say of the values under it."""

    PRESENCE = "presence"  # ordinal scale: a bare number is not a concentration
    TITRE = "titre"
    LOGARITHM = "logarithm"
    COMBINATION = "combination"  # antigen and antibody in one test


@dataclass(frozen=True)
class ResultMeanings:
    """The meaning of each code, of each spelling, and the traits of each LOINC code."""

    codes: Mapping[str, Meaning] = field(default_factory=dict)
    texts: Mapping[str, Meaning] = field(default_factory=dict)
    traits: Mapping[str, frozenset[Trait]] = field(default_factory=dict)

    @classmethod
    def load(cls, directory: Path) -> ResultMeanings:
        """Read the two files. Raises RuleError with file:line where one is wrong."""
        codes: dict[str, Meaning] = {}
        texts: dict[str, Meaning] = {}
        for line, row in _rows(directory / "qualitative.csv"):
            meaning = _one_of(Meaning, row["meaning"], directory / "qualitative.csv", line)
            key = row["code"] if row["system"] == TEXT else normal_code(row["system"], row["code"])
            into = texts if row["system"] == TEXT else codes
            if into.setdefault(key, meaning) is not meaning:
                raise RuleError(
                    f"{row['code']} already means {into[key]}. Leave one of the two rows.",
                    str(directory / "qualitative.csv"),
                    line,
                )
        traits: dict[str, frozenset[Trait]] = {}
        for line, row in _rows(directory / "result_codes.csv"):
            code = normal_code(LOINC, row["loinc"])
            trait = _one_of(Trait, row["trait"], directory / "result_codes.csv", line)
            traits[code] = traits.get(code, frozenset()) | {trait}
        return cls(codes, texts, traits)

    def with_systems(self, systems: Mapping[str, str]) -> ResultMeanings:
        """The same where code systems also go by a site's own names: name to the system that it is."""
        return ResultMeanings(also_under(self.codes, systems), self.texts, also_under(self.traits, systems))

    def of_text(self, text: str | None) -> Meaning | None:
        """The meaning of an exact spelling; capitals, spaces and a SNOMED tag such as "(finding)" apart."""
        return self.texts.get(plain(text)) if text else None

    def of_concept(self, concept: CodeableConcept | None) -> frozenset[Meaning]:
        """Everything that codes, displays and text say; more than one meaning is a contradiction."""
        if concept is None:
            return frozenset()
        said = [self.of_text(concept.text)]
        for coding in concept.coding:
            if coding.code:
                said.append(self.codes.get(normal_code(coding.system, coding.code)))
            said.append(self.of_text(coding.display))
        return frozenset(meaning for meaning in said if meaning is not None)

    def has(self, code: CodeableConcept | None, trait: Trait) -> bool:
        """Whether any coding of a result's code has the trait."""
        return any(
            trait in self.traits.get(normal_code(coding.system, coding.code), ())
            for coding in (code.coding if code else ())
            if coding.code
        )


_TAG = re.compile(r" \((qualifier value|finding|situation)\)$")


def plain(text: str) -> str:
    """A spelling as the list holds it."""
    return _TAG.sub("", " ".join(text.lower().split())).rstrip(".*! ")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield reader.line_num, row


def _one_of(kind: type[_Word], word: str, file: Path, line: int) -> _Word:
    try:
        return kind(word)
    except ValueError:
        raise RuleError(f'"{word}" is none of: {", ".join(kind)}.', str(file), line) from None
