"""Drugs: which ingredient a code or a name means, its classes, its steroid equivalence and its half-life.

The data are ``drugs.csv``, ``clinical_drugs.csv``, ``drug_classes.yaml``, ``routes.csv``,
``steroid_equivalence.csv`` and ``half_lives.csv`` in ``rules/concepts``. A code decides; a name alone only
makes a clinician look.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml

from cds_service.concepts.drug_match import Drug, DrugMatch, Members, fragments, local_words
from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept, Coding
from cds_service.fhir.systems import ATC, RXNORM, normal_system

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class HalfLife:
    """An elimination half-life as a public source states it, and the hours the product counts with.

    Where a source gives a range or a spread, the hours are its upper end; a median stays a median. This is
    the product's assumption, no trial's: it is named wherever it decides.
    """

    hours: Fraction
    as_stated: str
    source: str


@dataclass(frozen=True)
class DrugConcepts:
    """Everything the rules know about drugs."""

    labels: Mapping[str, str]  # concept or class -> the name a reader knows
    classes: Mapping[str, Members]
    products: Mapping[str, tuple[DrugMatch, ...]]  # RxNorm clinical drug or ingredient
    atc: Mapping[str, DrugMatch]
    not_drugs: frozenset[str]  # "system|code" of look-alikes that belong to nothing here
    names: tuple[tuple[str, re.Pattern[str]], ...]
    routes: Mapping[str, str]
    equivalence: Mapping[str, tuple[Fraction, Fraction]]  # mg that equal 5 mg of prednisone, low and high
    half_lives: Mapping[str, HalfLife]
    local: Mapping[str, DrugMatch] = field(default_factory=dict)  # a site's own "system|code"
    systems: Mapping[str, str] = field(default_factory=dict)  # a site's other names of systems
    _members: dict[tuple[str, ...], Members] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )  # what the rules asked for before

    @classmethod
    def load(cls, directory: Path) -> DrugConcepts:
        """Read the six files. Raises RuleError with file:line where one is wrong."""
        drugs = _table(directory / "drugs.csv", lambda row: row)
        coded = [row for row in drugs if row["match"] != "text"]
        ingredients = [row for row in coded if row["system"] == RXNORM and row["role"] != "not_match"]
        products: dict[str, tuple[DrugMatch, ...]] = {row["code"]: (_ingredient(row),) for row in ingredients}
        products |= dict(_table(directory / "clinical_drugs.csv", _product))
        labels = {row["concept"]: row["label"] for row in drugs}
        classes = dict(_classes(directory / "drug_classes.yaml", labels))
        return cls(
            labels=labels | {key: members.label for key, members in classes.items()},
            classes=classes,
            products=products,
            atc={row["code"]: _ingredient(row) for row in coded if row["system"] == ATC},
            not_drugs=frozenset(
                f"{row['system']}|{row['code']}" for row in coded if row["role"] == "not_match"
            ),
            names=tuple(
                _table(
                    directory / "drugs.csv",
                    _name,
                    only=lambda row: row["match"] == "text",
                )
            ),
            routes=dict(
                _table(directory / "routes.csv", lambda row: (f"{row['system']}|{row['code']}", row["route"]))
            ),
            equivalence=dict(
                _table(
                    directory / "steroid_equivalence.csv",
                    lambda row: (row["concept"], (Fraction(row["mg_low"]), Fraction(row["mg_high"]))),
                )
            ),
            half_lives=dict(
                _table(
                    directory / "half_lives.csv",
                    lambda row: (
                        row["concept"],
                        HalfLife(Fraction(row["hours"]), row["as_stated"], row["source"]),
                    ),
                )
            ),
        )

    def with_site_codes(self, codes: Mapping[str, DrugMatch]) -> DrugConcepts:
        """The same with a site's own codes: ``"system|code"`` to one drug.

        A code that the tables already give another meaning is refused: a site may add, not contradict.
        """
        for code, match in codes.items():
            system, _, bare = code.rpartition("|")
            coding = Coding(system=system, code=bare)
            if match.concept in self.classes or match.concept not in self.labels:
                near = difflib.get_close_matches(match.concept, set(self.labels) - set(self.classes), 3)
                hint = f"Nearest: {', '.join(near)}." if near else "The names are those of drugs.csv."
                raise RuleError(f'"{match.concept}" is not one drug of rules/concepts/drugs.csv. {hint}')
            means = {known.concept for known in self._by_code(coding)}
            if self._is_no_drug(coding) or (means and match.concept not in means):
                raise RuleError(f'"{code}" has another meaning than {match.concept}. Take the line out.')
        keys = {code: code.rpartition("|")[::2] for code in codes}
        local = {self._key(bare, system): codes[code] for code, (system, bare) in keys.items()}
        return replace(self, local={**self.local, **local})

    def with_systems(self, systems: Mapping[str, str]) -> DrugConcepts:
        """The same where code systems also go by a site's own names: name to the system that it is."""
        return replace(self, systems=systems)

    def knows(self, key: str) -> bool:
        """Whether a rule may ask for this drug or class."""
        return key in self.labels

    def label(self, key: str) -> str:
        return self.labels.get(key, key.replace("_", " "))

    def members(self, keys: Iterable[str]) -> Members:
        """The drugs that the keys (drugs or classes) stand for together."""
        keys = tuple(keys)
        known = self._members.get(keys)
        if known is None:
            known = self._members[keys] = self._together(keys)
        return known

    def _together(self, keys: tuple[str, ...]) -> Members:
        single = {key for key in keys if key not in self.classes}
        groups = [self.classes[key] for key in keys if key in self.classes]
        certain = frozenset(single).union(*(group.certain for group in groups))
        maybe = frozenset().union(*(group.maybe for group in groups)) - certain
        return Members(" or ".join(self.label(key) for key in keys), certain, maybe)

    def identify(self, named: Iterable[CodeableConcept]) -> Drug:
        """What one medication record is of: its code, its text, and its ingredients together."""
        found: dict[str, DrugMatch] = {}
        text = code = None
        known = coded = False
        for concept in named:
            words = [concept.text, *(coding.display for coding in concept.coding)]
            text = text or next((word.strip() for word in words if word and word.strip()), None)
            code = code or next((coding.code for coding in concept.coding if coding.code), None)
            known = known or any(word and word.strip() for word in words)
            coded = coded or any(self._is_read(coding) for coding in concept.coding)
            for match in self._matches(concept):
                other = found.get(match.concept)
                found[match.concept] = (
                    match if other is None or (match.certain and not other.certain) else other
                )
        return Drug(text, code, tuple(found.values()), known or coded, coded)

    def route(self, concept: CodeableConcept | None) -> str | None:
        """``oral``, ``injection`` or ``local``; None where the route is not said or not known."""
        if concept is None:
            return None
        for coding in concept.coding:
            if coding.code and (route := self.routes.get(self._key(coding.code, coding.system))):
                return route
        words = " ".join(filter(None, [concept.text, *(coding.display for coding in concept.coding)]))
        words = words or " ".join(coding.code for coding in concept.coding if coding.code)
        return _route_said(words)

    def _matches(self, concept: CodeableConcept) -> Iterator[DrugMatch]:
        coded = [match for coding in concept.coding for match in self._by_code(coding)]
        if coded:
            yield from coded
            return
        if any(self._is_no_drug(coding) for coding in concept.coding):
            return
        words = "; ".join(filter(None, [concept.text, *(coding.display for coding in concept.coding)]))
        yield from self._by_name(words)

    def _system(self, system: str | None) -> str:
        named = normal_system(system)
        return self.systems.get(named, named)

    def _key(self, code: str | None, system: str | None) -> str:
        return f"{self._system(system)}|{(code or '').strip()}"

    def _is_read(self, coding: Coding) -> bool:
        """Whether a code is of a system that is read here, or of the site's own."""
        if not coding.code:
            return False
        return (
            self._system(coding.system) in (RXNORM, ATC)
            or self._key(coding.code, coding.system) in self.local
        )

    def _is_no_drug(self, coding: Coding) -> bool:
        return self._key(coding.code, coding.system) in self.not_drugs

    def _by_code(self, coding: Coding) -> tuple[DrugMatch, ...]:
        code, system = (coding.code or "").strip(), self._system(coding.system)
        if self.local and (match := self.local.get(self._key(code, coding.system))):
            return (match,)
        if system == RXNORM:
            return self.products.get(code, ())
        if system == ATC:
            code = code.upper()
            # The longest prefix wins: H02AB07 is prednisone, H02AB alone some glucocorticoid.
            for length in range(len(code), 2, -1):
                if f"{ATC}|{code[:length]}" in self.not_drugs:
                    return ()
                if code[:length] in self.atc:
                    return (self.atc[code[:length]],)
        return ()

    def _by_name(self, words: str) -> Iterator[DrugMatch]:
        """Concepts that a text names. Of overlapping names the longest counts (methylprednisolone)."""
        if not self._fragments.search(words.lower()):
            return  # most drugs of a chart are none of these: a quick look spares a hundred searches
        spans = [(hit.span(), concept) for concept, pattern in self.names for hit in pattern.finditer(words)]
        route = "local" if local_words(words) else None
        for concept in dict.fromkeys(
            concept
            for (start, end), concept in spans
            if not any(s <= start and end <= e and (s, e) != (start, end) for (s, e), _ in spans)
        ):
            yield DrugMatch(concept, certain=False, route=route)

    @cached_property
    def _fragments(self) -> re.Pattern[str]:
        parts = {part for _, pattern in self.names for part in fragments(pattern.pattern)}
        return re.compile("|".join(map(re.escape, sorted(parts))) or r"(?!)")


_SAID = (
    (
        "local",
        r"topical|cutaneous|ophthalm|ocular|\beye\b|nasal|inhal|respirat|intra-?articular|otic\b|\bear\b|rectal|vaginal",
    ),
    (
        "injection",
        r"intravenous|\biv\b|infusion|inject|intramuscular|\bim\b|subcutaneous|\bsc\b|\bsubq\b|静脉|皮下|肌",
    ),
    ("oral", r"\boral|by mouth|\bpo\b|\bp\.o\.|per os|sublingual|口服"),
)
_SAYS = tuple((route, re.compile(pattern, re.IGNORECASE)) for route, pattern in _SAID)


def _route_said(words: str) -> str | None:
    return next((route for route, pattern in _SAYS if pattern.search(words)), None)


def _ingredient(row: dict[str, str]) -> DrugMatch:
    return DrugMatch(
        row["concept"], certain=row["role"] == "match", route_needed=row["route_needed"] == "yes"
    )


def _name(row: dict[str, str]) -> tuple[str, re.Pattern[str]]:
    fragments(row["code"])  # a pattern without plain letters is refused here, not when a chart is read
    return row["concept"], re.compile(row["code"], re.IGNORECASE)


def _product(row: dict[str, str]) -> tuple[str, tuple[DrugMatch, ...]]:
    strength = Fraction(row["strength_mg"]) if row["strength_mg"] else None
    return row["rxcui"], tuple(
        DrugMatch(concept, certain=row["role"] == "match", route=row["route"] or None, strength_mg=strength)
        for concept in row["concepts"].split("|")
    )


def _table(
    path: Path, read: Callable[[dict[str, str]], T], only: Callable[[dict[str, str]], bool] = lambda _: True
) -> list[T]:
    rows = []
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            try:
                if only(row):
                    rows.append(read(row))
            except (KeyError, ValueError, ZeroDivisionError, AttributeError, re.error) as error:
                raise RuleError(
                    f"this row cannot be read ({error}). Give every column a value of its kind.",
                    path.name,
                    reader.line_num,
                ) from error
    return rows


def _classes(path: Path, concepts: Mapping[str, str]) -> Iterator[tuple[str, Members]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    raw: Any = yaml.safe_load("\n".join(lines))
    for key, group in raw.items():
        line = next((n for n, text in enumerate(lines, 1) if text.startswith(f"{key}:")), 1)
        members, maybe = group.get("members", []), group.get("maybe", [])
        for concept in (*members, *maybe):
            if concept not in concepts:
                raise RuleError(
                    f"{key} lists {concept}, which drugs.csv does not have. Add it or mend the name.",
                    path.name,
                    line,
                )
        yield key, Members(group["label"], frozenset(members), frozenset(maybe))
