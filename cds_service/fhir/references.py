"""Whose record is it? Every way in which a FHIR reference may name the patient of the Bundle.

======================================  =============================================================
``Patient/1``, ``Patient/1/_history/2`` ours when the id is the patient's
``https://ehr/fhir/Patient/1``          the same, unless the Patient's own fullUrl is on another server
``urn:uuid:…``, ``urn:oid:…``           ours when it is a fullUrl of the Patient, or a uuid that is its id
``Patient?identifier=system|value``     ours when the Patient has the identifier; another's when it has
                                        another one of that system; else it cannot be checked, and counts
                                        as ours, the Bundle being one patient's (with an information issue)
``identifier`` without a reference      the same
``#p`` (contained Patient)              the same by the contained Patient's identifiers; another's when its
                                        birthDate or gender contradicts
nothing                                 counts as ours, with an information issue
``Group/…``, ``Device/…``, the rest     not ours
======================================  =============================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from urllib.parse import unquote_plus

import msgspec

from cds_service.fhir.resources import Identifier, Patient, Reference


class Whose(Enum):
    OURS = "ours"
    UNNAMED = "names no patient"
    UNCHECKED = "names its patient in a way that cannot be checked"
    OTHER = "names another patient"
    NOT_A_PATIENT = "is not about a patient"


ACCEPTED = {Whose.OURS, Whose.UNNAMED, Whose.UNCHECKED}

_LITERAL = re.compile(r"(?:(.*)/)?([A-Z][A-Za-z]*)/([^/?#]+)(?:/_history/[^/]*)?/?", re.DOTALL)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


class _ContainedPatient(msgspec.Struct, rename="camel"):
    resource_type: str | None = None
    id: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    identifier: tuple[Identifier, ...] = ()


class _Container(msgspec.Struct):
    contained: tuple[_ContainedPatient, ...] = ()


_container = msgspec.json.Decoder(_Container)


class Subject:
    """The one patient of the Bundle, under all the names that it was sent with."""

    def __init__(self, patients: Iterable[tuple[Patient, str | None]]) -> None:
        self._ids: set[str] = set()
        self._urls: set[str] = set()
        self._bases: set[str] = set()
        self._identifiers: dict[str | None, set[str]] = {None: set()}  # by system; None: whatever system
        self._births: set[str] = set()
        self._genders: set[str] = set()
        self._seen: dict[str, Whose] = {}
        self.named: set[str] = set()
        """References already found to name the patient."""
        self._inside: tuple[object, dict[str, _ContainedPatient]] = (None, {})  # of the last container
        for patient, full_url in patients:
            self._add(patient, full_url)

    def _add(self, patient: Patient, full_url: str | None) -> None:
        self._births |= {patient.birth_date} if patient.birth_date else set()
        self._genders |= {patient.gender} if patient.gender else set()
        if patient.id:
            self._ids.add(patient.id)
            self._urls.add(f"urn:uuid:{patient.id.lower()}")  # some senders mean the id by it
        if full_url:
            self._urls.add(_folded(full_url))
            found = _LITERAL.fullmatch(full_url)
            if found and found[1] and found[2] == "Patient":
                self._ids.add(found[3])
                self._bases.add(_server(found[1]))
        for one in patient.identifier:
            if one.value:
                self._identifiers[None].add(one.value)
                self._identifiers.setdefault(one.system or "", set()).add(one.value)

    def whose(self, reference: Reference | None, raw: bytes | msgspec.Raw = b"") -> Whose:
        """Whether a subject, patient, individual or actor is this patient. ``raw`` is what contains it."""
        if reference is None:
            return Whose.UNNAMED
        text = reference.reference
        if text and text[0] != "#":
            known = self._seen.get(text)
            if known is None:
                known = self._seen[text] = self._of(text.strip())
                if known is Whose.OURS:
                    self.named.add(text)
            return known
        if text:
            return self._contained(text[1:], raw)
        if reference.type not in (None, "", "Patient"):
            return Whose.NOT_A_PATIENT
        if reference.identifier:
            system, value = reference.identifier.get("system"), reference.identifier.get("value")
            return self._by_identifier(
                system if isinstance(system, str) else None, value if isinstance(value, str) else None
            )
        return Whose.UNNAMED

    def _of(self, text: str) -> Whose:
        if not text:
            return Whose.UNNAMED
        if text.startswith("Patient?") or "/Patient?" in text:
            return self._conditional(text.partition("?")[2])
        if text.lower().startswith("urn:"):
            return Whose.OURS if _folded(text) in self._urls else Whose.OTHER
        found = _LITERAL.fullmatch(text)
        if found is None or found[2] != "Patient":
            return Whose.NOT_A_PATIENT if found else Whose.OTHER
        if found[3] not in self._ids:
            return Whose.OTHER
        elsewhere = found[1] and self._bases and _server(found[1]) not in self._bases
        return Whose.OTHER if elsewhere else Whose.OURS

    def _conditional(self, query: str) -> Whose:
        for parameter in query.split("&"):
            name, _, value = parameter.partition("=")
            if name == "identifier":
                system, bar, code = unquote_plus(value).rpartition("|")
                return self._by_identifier(system if bar else None, code)
            if name == "_id":
                return Whose.OURS if unquote_plus(value) in self._ids else Whose.OTHER
        return Whose.UNCHECKED

    def _by_identifier(self, system: str | None, value: str | None) -> Whose:
        """A value without a system is compared with every identifier of the patient."""
        if not value:
            return Whose.UNCHECKED
        known = self._identifiers.get(system)
        if not known:
            return Whose.UNCHECKED
        return Whose.OURS if value in known else Whose.OTHER

    def _contained(self, id: str, raw: bytes | msgspec.Raw) -> Whose:  # noqa: A002  # FHIR's own word
        one = self._read_inside(raw).get(id)
        if one is None:
            return Whose.OTHER
        if one.resource_type != "Patient":
            return Whose.NOT_A_PATIENT
        said = {self._by_identifier(known.system, known.value) for known in one.identifier}
        if Whose.OURS in said:
            return Whose.OURS
        if (
            Whose.OTHER in said
            or (one.birth_date and self._births and one.birth_date not in self._births)
            or (one.gender and self._genders and one.gender not in self._genders)
        ):
            return Whose.OTHER
        return Whose.UNCHECKED

    def _read_inside(self, raw: bytes | msgspec.Raw) -> dict[str, _ContainedPatient]:
        if self._inside[0] is not raw:
            try:
                found = _container.decode(raw).contained
            except (msgspec.DecodeError, UnicodeError):
                found = ()
            self._inside = (raw, {(one.id or "").lstrip("#"): one for one in found})
        return self._inside[1]


def _folded(url: str) -> str:
    """URNs compare without regard to case (RFC 8141, RFC 9562); other URLs as they stand."""
    url = url.strip()
    return url.lower() if url.lower().startswith("urn:") else url


def _server(base: str) -> str:
    return _SCHEME.sub("", base).rstrip("/").lower()


def identity(patient: Patient, full_url: str | None, where: str) -> str:
    """What makes two Patient entries the same person: the id, else the fullUrl, else nothing does."""
    if patient.id:
        return f"Patient/{patient.id}"
    found = _LITERAL.fullmatch(full_url or "")
    if found and found[2] == "Patient":
        return f"Patient/{found[3]}"
    return _folded(full_url) if full_url else where
