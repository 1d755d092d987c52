"""Diagnoses, procedures and vaccines: which concept a code means, and how surely.

The data are the csv files of ``rules/concepts``: ``concepts.csv`` names the concepts, ``diagnoses.csv``,
``procedures.csv``, ``vaccines.csv`` and ``snomed_affiliate.csv`` (all four made by ``concepts.derive``) and
``additions.csv`` hold codes, ``synonyms.csv`` words. A code that no row knows is unknown, never "absent".
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from cds_service.concepts.code_rows import ROLES, Index, Role, Row, add, keep, normal_form, together
from cds_service.concepts.code_text import doubted, words_of
from cds_service.errors import RuleError
from cds_service.fhir.resources import CodeableConcept, Coding
from cds_service.fhir.systems import SNOMED, normal_system

__all__ = ["CodeConcept", "CodeConcepts", "Found", "Role"]


class Found(msgspec.Struct, frozen=True, gc=False):
    """What one recorded concept says: under which key, in which role, and the code that said it."""

    role: Role
    concept: str
    code: str | None = None
    words: str = ""  # as recorded where the record has words, else the display of the row
    by_text: bool = False
    questioned: bool = False  # the words beside the code deny or doubt it


@dataclass(frozen=True, slots=True)
class CodeConcept:
    """One disease, procedure or vaccine that criteria ask for.

    ``one_disease`` is True where a refuted record denies the whole of it. A concept with ``includes`` is
    present where any of those is; ``at_most`` holds it to a clinician's look. ``childhood_before`` is the
    age by which a childhood disease has begun: a code that only may mean it does not, where it began later.
    ``open_list`` marks what no list of codes can hold (surgery): records of unknown kind are then named.
    """

    key: str
    name: str
    one_disease: bool = False
    includes: tuple[str, ...] = ()
    at_most: Role = Role.MATCH
    childhood_before: str | None = None
    open_list: bool = False


CODE_FILES = ("diagnoses.csv", "procedures.csv", "vaccines.csv", "additions.csv")
AFFILIATE_FILE = "snomed_affiliate.csv"
_DENIALS = frozenset({"no_known_drug_allergy"})  # what is said in the negative on purpose


class CodeConcepts:
    """Every code that the rules know. Make one with :meth:`load`."""

    def __init__(
        self,
        concepts: Mapping[str, CodeConcept],
        exact: Index,
        opening: Index,
        texts: Mapping[str, frozenset[str]],
        systems: Mapping[str, str] | None = None,
    ) -> None:
        self.concepts = concepts
        self._systems = systems or {}  # a site's other names of systems
        self._exact = exact
        self._opening = opening
        self._texts = texts
        self._own = {
            row.concept
            for index in (exact, opening)
            for held in index.values()
            for rows in held.values()
            for row in rows
        }.union(*texts.values())
        self._parts: dict[str, tuple[str, ...]] = {}
        self._coded = lru_cache(maxsize=8192)(self._look_up)

    @classmethod
    def load(cls, directory: Path, affiliate: bool = True) -> CodeConcepts:
        """Read ``rules/concepts``.

        Without ``affiliate``, or where somebody has removed the affiliate file, the SNOMED CT rows that need
        a licence stay out.
        """
        affiliate = affiliate and (directory / AFFILIATE_FILE).exists()
        concepts = {concept.key: concept for concept in _concepts(directory / "concepts.csv")}
        exact: dict[str, dict[str, tuple[Row, ...]]] = {}
        opening: dict[str, dict[str, tuple[Row, ...]]] = {}
        texts: dict[str, set[str]] = {}
        for name in (*CODE_FILES, *((AFFILIATE_FILE,) if affiliate else ())):
            for line, row in _lines(directory / name):
                if name == "additions.csv" and row["system"] == SNOMED and not affiliate:
                    continue  # not known to be in the free Global Patient Set
                _known(row["concept"], concepts, name, line)
                role = ROLES.get(row["role"])
                if role is None or row["match"] not in ("exact", "prefix"):
                    raise RuleError(
                        "role is match, review, history or not_match; match is exact or prefix.", name, line
                    )
                held = Row(row["concept"], role, row["display"])
                index = exact if row["match"] == "exact" else opening
                add(index, row["system"], row["code"], held)
                if role is Role.MATCH and ", e.g. " not in row["display"]:
                    texts.setdefault(words_of(row["display"]), set()).add(row["concept"])
        for line, row in _lines(directory / "synonyms.csv"):
            _known(row["concept"], concepts, "synonyms.csv", line)
            texts.setdefault(words_of(row["text"]), set()).add(row["concept"])
        texts.pop("", None)
        return cls(concepts, exact, opening, {text: frozenset(keys) for text, keys in texts.items()})

    def with_site_codes(self, codes: Mapping[str, tuple[str, str]]) -> CodeConcepts:
        """The same with a site's own codes: ``"system|code"`` to a concept and a role.

        A site's word replaces every other row of that concept for that code, except that a known look-alike
        stays one.
        """
        exact = {system: dict(held) for system, held in self._exact.items()}
        for code, (concept, role) in codes.items():
            system, _, bare = code.rpartition("|")
            if wrong := next(self.unknown([concept]), None):
                raise RuleError(wrong)
            if role not in ROLES:
                raise RuleError(f'"{role}" is no role. Write match, review, history or not_match.')
            system = self._system(system)
            known = {row.concept: row.role for row in self._look_up(system, bare)}
            if known.get(concept) is Role.NOT_MATCH and role != "not_match":
                raise RuleError(f'"{code}" only looks like {self.name(concept)}. Take it out of the mapping.')
            held = exact.setdefault(system, {})
            bare = normal_form(system, bare)
            others = tuple(row for row in held.get(bare, ()) if row.concept != concept)
            held[bare] = (*others, Row(concept, ROLES[role], ""))
        return CodeConcepts(self.concepts, exact, self._opening, self._texts, self._systems)

    def with_systems(self, systems: Mapping[str, str]) -> CodeConcepts:
        """The same where code systems also go by a site's own names: name to the system that it is."""
        return CodeConcepts(self.concepts, self._exact, self._opening, self._texts, systems)

    def _system(self, system: str | None) -> str:
        named = normal_system(system)
        return self._systems.get(named, named)

    def name(self, key: str) -> str:
        """How a reader calls the concept."""
        return self.concepts[key].name

    def parts(self, key: str) -> tuple[str, ...]:
        """The concept, where it has codes of its own, and everything it includes."""
        known = self._parts.get(key)
        if known is None:
            includes = self.concepts[key].includes
            own = (key,) if key in self._own or not includes else ()
            known = self._parts[key] = (*own, *(part for inner in includes for part in self.parts(inner)))
        return known

    def has_codes(self, key: str) -> bool:
        """Whether any code or text means the concept, or something that it includes."""
        return any(part in self._own for part in self.parts(key))

    def unknown(self, keys: Iterable[str]) -> Iterator[str]:
        """What a rule's author got wrong: keys that no concept has, each with the nearest that exist."""
        for key in keys:
            if key not in self.concepts:
                near = ", ".join(difflib.get_close_matches(key, self.concepts, 3)) or "none is like it"
                yield f'"{key}" is no concept of rules/concepts/concepts.csv. Nearest: {near}.'

    def find(self, concept_keys: Iterable[str], recorded: CodeableConcept | None) -> Found | None:
        """The strongest thing that a recorded concept says of any of the keys; None where it says nothing."""
        return self.strongest(concept_keys, self.meaning(recorded))

    def strongest(self, concept_keys: Iterable[str], meaning: Mapping[str, Found]) -> Found | None:
        """The strongest thing that a :meth:`meaning` says of any of the keys."""
        if not meaning:
            return None
        found = [reading for key in concept_keys if (reading := self.among(key, meaning))]
        return max(found, key=lambda reading: reading.role, default=None)

    def among(self, key: str, meaning: Mapping[str, Found]) -> Found | None:
        """What a :meth:`meaning` says of one key, with all that the key includes."""
        concept = self.concepts.get(key)
        if concept is None:
            return None
        best = max(
            (meaning[part] for part in self.parts(key) if part in meaning),
            key=lambda reading: reading.role,
            default=None,
        )
        if best is None or best.role <= concept.at_most or best.role is Role.NOT_MATCH:
            return best
        return replace(best, role=concept.at_most)

    def meaning(self, recorded: CodeableConcept | None) -> dict[str, Found]:
        """Everything that a recorded concept says, by concept key."""
        if recorded is None:
            return {}
        roles: dict[str, list[tuple[Row, Coding]]] = {}
        for coding in recorded.coding:
            if coding.code:  # without a system nothing but a site's own "|code" can know it
                for row in self._coded(self._system(coding.system), coding.code):
                    roles.setdefault(row.concept, []).append((row, coding))
        doubt = bool(roles) and self._doubted(recorded.text)
        found: dict[str, Found] = {}
        for concept, said in roles.items():
            role = together({row.role for row, _ in said})
            row, coding = min(said, key=lambda pair: (pair[0].role is not role, pair[0].role))
            questioned = doubt and concept not in _DENIALS and role in (Role.MATCH, Role.HISTORY)
            if questioned:
                role = Role.REVIEW  # the code says yes, the words say no or perhaps
            words = recorded.text or coding.display or row.display or coding.code or ""
            bare = (coding.code or "").strip()
            found[concept] = Found(role, concept, bare, words, questioned=questioned)
        for text in dict.fromkeys((recorded.text, *(coding.display for coding in recorded.coding))):
            for concept in self._by_text(text):
                code = next((coding.code for coding in recorded.coding if coding.code), None)
                found.setdefault(concept, Found(Role.REVIEW, concept, code, text or "", by_text=True))
        return found

    def _doubted(self, text: str | None) -> bool:
        """Whether the words beside a code deny or question it; a code's own name never does."""
        return doubted(text) and ("?" in (text or "") or words_of(text or "") not in self._texts)

    def _by_text(self, text: str | None) -> frozenset[str]:
        if not text or len(text) > 200:
            return frozenset()
        words = words_of(text)
        known = self._texts.get(words, frozenset())
        if known and doubted(text):  # "no known allergies" is a name of its own, "no lupus" is not lupus
            return known if words.startswith("no known ") else frozenset()
        return known

    def _look_up(self, system: str, code: str) -> tuple[Row, ...]:
        """The most exact row of each concept for one code."""
        bare = normal_form(system, code)
        if not bare or len(bare) > 40:
            return ()
        best: dict[str, Row] = {}
        for row in self._exact.get(system, {}).get(bare, ()):
            keep(best, row, ties=True)
        openings = self._opening.get(system)
        if openings:
            for length in range(len(bare), 0, -1):
                at_this_length: dict[str, Row] = {}
                for row in openings.get(bare[:length], ()):
                    keep(at_this_length, row, ties=True)
                for row in at_this_length.values():
                    keep(best, row, ties=length == len(bare))
        return tuple(best.values())


def _concepts(path: Path) -> Iterator[CodeConcept]:
    for line, row in _lines(path):
        at_most = ROLES.get(row["at_most"] or "match")
        if at_most is None:
            raise RuleError(f'"{row["at_most"]}" is no role. Write review, or nothing.', path.name, line)
        yield CodeConcept(
            key=row["key"],
            name=row["name"],
            one_disease=row["one_disease"] == "yes",
            includes=tuple(row["includes"].split()),
            at_most=at_most,
            childhood_before=row["childhood_before"] or None,
            open_list=row["open_list"] == "yes",
        )


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8", newline="") as table:
            reader = csv.DictReader(table)
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise RuleError(f"The file of codes cannot be read: {error.strerror}.", path.name) from error


def _known(key: str, concepts: Mapping[str, CodeConcept], file: str, line: int) -> None:
    if key not in concepts:
        raise RuleError(f'"{key}" is not in concepts.csv. Add it there or mend its name.', file, line)
