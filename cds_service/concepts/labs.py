"""Laboratory tests, measurements and scores: their codes, their unit and the name a reader knows them by.

The data are three tables of ``rules/concepts``: ``lab_concepts.csv`` (name, unit, believable range),
``labs.csv`` (LOINC codes, made by :mod:`cds_service.concepts.derive.labs`) and ``scores.csv`` (the local
score system). The believable range is our assumption, deliberately wide: a value outside it is a wrong unit
or a slip of the pen, and is unusable rather than decisive.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from cds_service.concepts.units import Conversion, Scale, scales_of
from cds_service.errors import RuleError
from cds_service.fhir.systems import LOINC, also_under, normal_code


@dataclass(frozen=True, slots=True)
class LabConcept:
    """One thing that is measured, and every code that means exactly that.

    ``codes`` and ``review_codes`` are ``system|code`` as :func:`cds_service.fhir.systems.normal_code` writes
    them. A result under a review code is shown to a clinician and never decides. ``order`` is the LOINC code
    and name to ask for where the result is missing. ``bare`` concepts (INR, scores) need no unit; ``whole``
    ones count in whole numbers.
    """

    key: str
    name: str
    unit: str | None = None
    codes: tuple[str, ...] = ()
    review_codes: tuple[str, ...] = ()
    order: tuple[str | None, str] = (None, "")
    least: Fraction | None = None
    most: Fraction | None = None
    bare: bool = False
    whole: bool = False
    conversion: Conversion | None = None
    scale: Scale | None = field(init=False, compare=False)
    """The concept's own unit; None for what is not a number."""
    factors: dict[tuple[str | None, ...], Fraction] = field(default_factory=dict, compare=False, repr=False)
    """What the known spellings of units that came come to for this concept."""

    def __post_init__(self) -> None:
        own = next(iter(scales_of(self.unit)), None) if self.unit else None
        object.__setattr__(self, "scale", own)


@dataclass(frozen=True, slots=True)
class Equation:
    """The formula behind a reported eGFR, and whom it is for: ``adult``, ``child`` or ``unstated``."""

    name: str
    meant_for: str


@dataclass(frozen=True)
class LabConcepts:
    """Every lab, measurement and score the rules know, by key and by code."""

    by_key: Mapping[str, LabConcept]
    equations: Mapping[str, Equation] = field(default_factory=dict)  # of reported eGFR, by code
    look_alikes: Mapping[str, str] = field(default_factory=dict)  # code -> the one concept it is right for

    @classmethod
    def load(cls, directory: Path) -> LabConcepts:
        """Read the tables. Raises RuleError with file:line where one is wrong."""
        concepts: dict[str, LabConcept] = {}
        file = directory / "lab_concepts.csv"
        for line, row in _rows(file):
            if row["concept"] in concepts:
                raise RuleError(f"{row['concept']} stands here twice. Leave one row.", str(file), line)
            concepts[row["concept"]] = _concept(row, str(file), line)
        found = _Codes(concepts)
        for line, row in _rows(directory / "labs.csv"):
            found.add(normal_code(LOINC, row["loinc"]), row, str(directory / "labs.csv"), line)
        for line, row in _rows(directory / "scores.csv"):
            found.add(normal_code(row["system"], row["code"]), row, str(directory / "scores.csv"), line)
        found.refuse_look_alikes(str(directory / "labs.csv"))
        return cls(
            by_key={key: found.applied_to(concept) for key, concept in concepts.items()},
            equations={
                normal_code(LOINC, row["loinc"]): Equation(row["equation"], row["for"])
                for _, row in _rows(directory / "egfr_equations.csv")
            },
            look_alikes=found.look_alikes,
        )

    @cached_property
    def by_code(self) -> Mapping[str, str]:
        """The key of the one concept that each code means."""
        return {code: key for key, concept in self.by_key.items() for code in concept.codes}

    @cached_property
    def _naming(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, concept in self.by_key.items():
            for code in (*concept.codes, *concept.review_codes):
                found[code] = (*found.get(code, ()), key)
        return found

    def named_by(self, code: str) -> tuple[str, ...]:
        """The keys of every concept that a code means or may mean."""
        return self._naming.get(code, ())

    def concept(self, key: str) -> LabConcept:
        """The concept of that key. Raises KeyError where there is none; ``unknown`` says what to write."""
        return self.by_key[key]

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def unknown(self, key: str) -> str | None:
        """What is wrong with a key, with its remedy; None where it names a concept."""
        if key in self.by_key:
            return None
        near = difflib.get_close_matches(key, self.by_key, n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(near)}?" if near else " The keys are those of lab_concepts.csv."
        return f'"{key}" is no lab, measurement or score.{hint}'

    def with_site_codes(self, mapping: Mapping[str, str]) -> LabConcepts:
        """The same concepts with a site's own codes: ``{"urn:site:labs|PLT": "platelets"}``.

        A code that the tables already give another meaning is refused: a site may add, not contradict.
        """
        taken = dict(self.by_code)
        added: dict[str, list[str]] = {}
        for raw, key in mapping.items():
            system, bar, local = raw.rpartition("|")
            code = normal_code(system, local)
            if not bar or not local.strip():
                raise RuleError(f'"{raw}" is no code. Write it as "system|code".')
            if (wrong := self.unknown(key)) is not None:
                raise RuleError(wrong)
            if taken.get(code, key) != key or self.look_alikes.get(code, key) != key:
                raise RuleError(f'"{raw}" has another meaning than {key}. Take it out of the mapping.')
            if code not in taken:
                taken[code] = key
                added.setdefault(key, []).append(code)
        concepts = dict(self.by_key)
        for key, codes in added.items():
            concepts[key] = replace(concepts[key], codes=(*concepts[key].codes, *codes))
        return replace(self, by_key=concepts)

    def with_systems(self, systems: Mapping[str, str]) -> LabConcepts:
        """The same where code systems also go by a site's own names: name to the system that it is."""
        if not systems:
            return self

        def both(codes: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(also_under(dict.fromkeys(codes), systems))

        return replace(
            self,
            by_key={
                key: replace(concept, codes=both(concept.codes), review_codes=both(concept.review_codes))
                for key, concept in self.by_key.items()
            },
            equations=also_under(self.equations, systems),
            look_alikes=also_under(self.look_alikes, systems),
        )


class _Codes:
    """The codes read so far, each with one meaning."""

    def __init__(self, keys: Container[str]) -> None:
        self.keys = keys
        self.match: dict[str, str] = {}
        self.review: dict[str, str] = {}
        self.look_alikes: dict[str, str] = {}

    def add(self, code: str, row: Mapping[str, str], file: str, line: int) -> None:
        roles = {"match": self.match, "review": self.review, "not_match": self.look_alikes}
        key, role = row["concept"], row["role"]
        if role not in roles:
            raise RuleError(f'"{role}" is no role. Write {", ".join(roles)}.', file, line)
        if key not in self.keys and (key or role != "not_match"):
            raise RuleError(f'"{key}" has no row in lab_concepts.csv. Add one.', file, line)
        if roles[role].setdefault(code, key) != key:
            raise RuleError(f"{code} already belongs to another concept. Leave one row.", file, line)

    def refuse_look_alikes(self, file: str) -> None:
        for code, right_for in self.look_alikes.items():
            key = self.match.get(code, right_for)
            if key != right_for:
                raise RuleError(f"{code} only looks like {key}. Take the row out.", file)

    def applied_to(self, concept: LabConcept) -> LabConcept:
        codes = tuple(code for code, key in self.match.items() if key == concept.key)
        review = tuple(code for code, key in self.review.items() if key == concept.key)
        loinc = next((code.partition("|")[2] for code in codes if code.startswith(f"{LOINC}|")), None)
        return replace(concept, codes=codes, review_codes=review, order=(loinc, concept.name))


def _concept(row: Mapping[str, str], file: str, line: int) -> LabConcept:
    try:
        least, most = (Fraction(Decimal(row[name])) if row[name] else None for name in ("least", "most"))
        conversion = Conversion.parse(row["conversion"]) if row["conversion"] else None
    except (InvalidOperation, ValueError) as error:
        raise RuleError(f"{error}. Mend the row.", file, line) from None
    if row["unit"] and len(scales_of(row["unit"])) != 1:
        raise RuleError(f'"{row["unit"]}" is no unit known here. Write a UCUM code.', file, line)
    if row["number"] not in ("", "bare", "whole"):
        raise RuleError(f'"{row["number"]}" is no kind of number. Write bare, whole or nothing.', file, line)
    return LabConcept(
        key=row["concept"],
        name=row["name"],
        unit=row["unit"] or None,
        least=least,
        most=most,
        bare=row["number"] != "",
        whole=row["number"] == "whole",
        conversion=conversion,
    )


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader: Iterable[dict[str, str]] = csv.DictReader(file)
            yield from enumerate(reader, start=2)
    except OSError as error:
        raise RuleError(f"cannot be read ({error.strerror}). Restore the file.", str(path)) from None
