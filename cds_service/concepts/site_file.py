"""The form of a site's own codes: the file ``site.toml`` that says which local codes mean our concepts.

::

    snomed_affiliate = false              # leave out the SNOMED CT codes that need a licence

    [systems]                             # other names of a code system
    "urn:oid:1.2.3.4" = "http://hl7.org/fhir/sid/icd-10"

    [labs]                                # and [scores]: "system|code" = "concept"
    "http://hospital.example/lab|4711" = "platelets"

    [diagnoses]                           # and [procedures], [vaccines]
    "urn:oid:1.2.3|K99" = {concept = "sle", role = "review"}

    [drugs]
    "urn:oid:1.2.3|D1" = {concept = "prednisone", route = "oral", strength_mg = "5"}

Here only the form is read; :mod:`cds_service.concepts.site` holds it against what codes mean.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from cds_service.concepts.code_rows import ROLES
from cds_service.errors import RuleError, RuleErrors
from cds_service.fhir.systems import ALIASED, normal_code, normal_system

CODED = ("diagnoses", "procedures", "vaccines")
DRUGS = "drugs"
AFFILIATE = "snomed_affiliate"
_TABLES = ("systems", "scores", "labs", *CODED, DRUGS)
_OPTIONS = {DRUGS: ("concept", "role", "route", "strength_mg")} | dict.fromkeys(CODED, ("concept", "role"))
_ROUTES = ("oral", "injection", "local")
_MOST_MG = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: a local code as written, and what the site says that it means."""

    table: str
    code: str
    line: int
    concept: str
    role: str = "match"
    route: str | None = None
    strength_mg: Fraction | None = None


@dataclass(frozen=True, slots=True)
class SiteFile:
    """A site file whose form is right; the empty one says nothing."""

    name: str = ""
    snomed_affiliate: bool = True
    systems: Mapping[str, str] = field(default_factory=dict)  # other name -> the system that it is
    entries: tuple[Entry, ...] = ()

    def of(self, *tables: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.table in tables]


def read_site(path: Path) -> SiteFile:
    """Read a site file. Raises RuleError with file:line where its form is wrong, all mistakes together."""
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise RuleError(f"cannot be read ({error.strerror}). Mend the path.", str(path)) from None
    except UnicodeDecodeError:
        raise RuleError("is not in UTF-8. Save it as UTF-8.", path.name, 1) from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        said = f'This is no TOML: {error}. Write lines such as "system|code" = "concept".'
        raise RuleError(said, path.name, int(line[1]) if line else len(text.splitlines())) from None
    return _Reader(path.name, text).site(found)


class _Reader:
    """Reads the tables, and keeps every mistake with its line."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = dict(_lines_of(text))
        self._wrong: list[RuleError] = []

    def site(self, found: Mapping[str, Any]) -> SiteFile:
        for name, table in found.items():
            if name not in (*_TABLES, AFFILIATE):
                self._add(f'"{name}" is not known here. {_near(name, (*_TABLES, AFFILIATE))}', name)
            elif name != AFFILIATE and not isinstance(table, dict):
                self._add(f"Write [{name}] on a line of its own, and the codes under it.", name)
        affiliate = found.get(AFFILIATE, True)
        if not isinstance(affiliate, bool):
            self._add(f"{AFFILIATE} is true or false, without quotes.", AFFILIATE)
        tables = {name: table for name in _TABLES if isinstance(table := found.get(name), dict)}
        systems = dict(self._systems(tables.pop("systems", {})))
        entries = tuple(self._entries(tables))
        self._refuse_twice(entries, systems)
        if self._wrong:
            raise RuleErrors(self._wrong)
        return SiteFile(self._file, affiliate, systems, entries)

    def _systems(self, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for alias, target in table.items():
            known = normal_system(target) if isinstance(target, str) else None
            if known not in ALIASED:
                said = f'"{target}" is no code system known here. Write one of: {", ".join(sorted(ALIASED))}.'
                self._add(said, "systems", alias)
            elif normal_system(alias) in ALIASED or not alias.strip():
                self._add(f'"{alias}" has a meaning already. Take the line out.', "systems", alias)
            elif known is not None:
                yield normal_system(alias), known

    def _entries(self, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[Entry]:
        for name, table in tables.items():
            for code, value in table.items():
                try:
                    yield _entry(name, code, value, self._line(name, code))
                except ValueError as error:
                    self._add(str(error), name, code)

    def _refuse_twice(self, entries: Iterable[Entry], systems: Mapping[str, str]) -> None:
        """One code stands once, however its system is spelled."""
        first: dict[str, Entry] = {}
        for entry in entries:
            system, _, local = entry.code.rpartition("|")
            named = normal_system(system)
            held = first.setdefault(normal_code(systems.get(named, named), local), entry)
            if held is not entry:
                said = f'"{entry.code}" stands on line {held.line} too. Leave one.'
                self._add(said, entry.table, entry.code)

    def _add(self, text: str, table: str, key: str | None = None) -> None:
        self._wrong.append(RuleError(text, self._file, self._line(table, key)))

    def _line(self, table: str, key: str | None) -> int:
        return self._lines.get((table, key), self._lines.get((table, None), 1))


def _entry(table: str, code: str, value: Any, line: int) -> Entry:
    """One line of a table. Raises ValueError with what is wrong and how to mend it."""
    _, bar, local = code.rpartition("|")
    if not bar or not local.strip():
        raise ValueError(f'"{code}" is no code. Write it as "system|code".')
    options = _OPTIONS.get(table, ("concept",))
    given = {"concept": value} if isinstance(value, str) else value
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise ValueError("The meaning must be a concept in quotes, or a table of texts in quotes.")
    for option in given:
        if option not in options:
            raise ValueError(f'"{option}" is not known here. {_near(option, options)}')
    if not given.get("concept", "").strip():
        raise ValueError('The concept is missing. Add concept = "…".')
    roles = ("match", "review") if table == DRUGS else tuple(ROLES)
    for option, words in (("role", roles), ("route", _ROUTES)):
        if option in given and given[option] not in words:
            raise ValueError(f'"{given[option]}" is no {option}. Write one of: {", ".join(words)}.')
    strength = given.get("strength_mg")
    return Entry(
        table=table,
        code=code,
        line=line,
        concept=given["concept"].strip(),
        role=given.get("role", "match"),
        route=given.get("route"),
        strength_mg=None if strength is None else _milligrams(strength),
    )


def _milligrams(text: str) -> Fraction:
    wrong = ValueError(f'"{text}" is no strength. Write milligrams, such as "5".')
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise wrong from None
    if not number.is_finite() or not 0 < number < _MOST_MG:
        raise wrong
    return Fraction(number)


_HEADER = re.compile(r"\s*\[\s*([\w-]+)\s*[\].]")
_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)\s*=""")


def _lines_of(text: str) -> Iterator[tuple[tuple[str, str | None], int]]:
    """On which line each table and each of its keys stands."""
    table: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = header[1]
            yield (table, None), number
        elif found := _KEY.match(line):
            with suppress(tomllib.TOMLDecodeError):  # it stands inside a longer text
                (key,) = tomllib.loads(f"{found[1]} = 0")
                yield ((table, key) if table else (key, None)), number


def _near(word: str, words: Iterable[str]) -> str:
    known = tuple(words)
    near = difflib.get_close_matches(word, known, 1)
    return f"Did you mean {near[0]}?" if near else f"Write one of: {', '.join(known)}."
