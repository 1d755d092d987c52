"""One answer of a FHIR server, checked before any of it counts: the right type, and the right patient."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from cds_service.errors import BadRequest
from cds_service.fetching.why import NotAnswered, Why
from cds_service.fhir.scan import clean, kind_of

_NOTHING = msgspec.Raw(b"")
_PATIENT = re.compile(r"(?:.*/)?Patient/([^/?#|]+).*", re.DOTALL)


class _Bundle(msgspec.Struct, rename="camel"):
    resource_type: str | None = None
    total: int | None = None
    link: msgspec.Raw = _NOTHING
    entry: list[msgspec.Raw] | None = None


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


class _Reference(msgspec.Struct):
    reference: str | None = None


class _Resource(msgspec.Struct, rename="camel"):
    resource_type: str | None = None
    id: str | None = None
    subject: _Reference | None = None
    patient: _Reference | None = None
    individual: _Reference | None = None


class _Search(msgspec.Struct):
    mode: str | None = None


class _Entry(msgspec.Struct):
    resource: _Resource | None = None
    search: _Search | None = None


class _Bare(msgspec.Struct):
    resource: msgspec.Raw = _NOTHING


_bundle = msgspec.json.Decoder(_Bundle)
_links = msgspec.json.Decoder(list[_Link])
_entry = msgspec.json.Decoder(_Entry)
_bare = msgspec.json.Decoder(_Bare)
_resource = msgspec.json.Decoder(_Resource)

FAILED = msgspec.Raw(b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}')
"""What a prefetch holds of a query that failed."""


@dataclass(frozen=True)
class Page:
    """The entries of one page of a search, how many of them match, and what the server says of the rest."""

    entries: list[msgspec.Raw]
    matches: int
    total: int | None = None
    next: str | None = None


def read_patient(body: bytes, patient_id: str) -> bytes:
    """The Patient of that id. Raises NotAnswered."""
    raw = _clean(body)
    try:
        found = _resource.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        raise NotAnswered(Why.UNREADABLE) from None
    if found.resource_type != "Patient":
        raise NotAnswered(Why.UNREADABLE)
    if found.id != patient_id:
        raise NotAnswered(Why.ANOTHER_PATIENT)
    return raw


def read_page(body: bytes, kind: str, patient_id: str) -> Page:
    """One page of a search for ``kind``. Raises NotAnswered."""
    try:
        bundle = _bundle.decode(_clean(body))
    except (msgspec.DecodeError, RecursionError):
        raise NotAnswered(Why.UNREADABLE) from None
    if bundle.resource_type != "Bundle":
        raise NotAnswered(Why.UNREADABLE)
    entries = bundle.entry or []
    modes = [_mode(raw, kind, patient_id) for raw in entries]
    matches = modes.count("match")
    if entries and not matches and "outcome" not in modes:
        raise NotAnswered(Why.UNREADABLE)
    return Page(entries, matches, bundle.total, _next(bundle.link))


def next_of(page: bytes | msgspec.Raw) -> str | None:
    """The URL of the next page; empty where there are links that cannot be read."""
    try:
        return _next(_bundle.decode(page).link)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def entries_of(page: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The entries of a page that a prefetch holds; they are checked with the rest of the prefetch."""
    return _bundle.decode(page).entry or []


def searchset(entries: Iterable[msgspec.Raw], *, more: bool) -> msgspec.Raw:
    """One searchset of the entries of several pages; with ``more``, it says that there are others."""
    link = [{"relation": "next"}] if more else []
    return msgspec.Raw(
        msgspec.json.encode(
            {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": list(entries)}
        )
    )


def _next(link: msgspec.Raw) -> str | None:
    if not bytes(link) or bytes(link) == b"null":
        return None
    try:
        return next((each.url or "" for each in _links.decode(link) if each.relation == "next"), None)
    except (msgspec.DecodeError, RecursionError):
        return ""


def _clean(body: bytes) -> bytes:
    try:
        return clean(body)
    except BadRequest:  # not UTF-8, too deep, empty
        raise NotAnswered(Why.UNREADABLE) from None


def _mode(raw: msgspec.Raw, kind: str, patient_id: str) -> str:
    """``match``, ``include`` or ``outcome``. Raises NotAnswered for what is not this patient's.

    An entry that does not read as it should is left to the reading of the record, unless it is a Patient or
    a Bundle, which could bring someone else in.
    """
    try:
        entry = _entry.decode(raw)
        resource = entry.resource or _Resource()
        found = resource.resource_type
    except (msgspec.DecodeError, RecursionError):
        entry, resource, found = _Entry(), _Resource(), _kind_inside(raw)
    if found == "Bundle":
        raise NotAnswered(Why.UNREADABLE)
    if found == "Patient" and resource.id != patient_id:
        raise NotAnswered(Why.ANOTHER_PATIENT)
    for whose in (resource.subject, resource.patient, resource.individual):
        named = _PATIENT.fullmatch(whose.reference or "") if whose else None
        if named and named[1] != patient_id:
            raise NotAnswered(Why.ANOTHER_PATIENT)
    if found == "OperationOutcome":
        return "outcome"
    told = entry.search.mode if entry.search else None
    return "match" if found == kind and told in (None, "match") else "include"


def _kind_inside(raw: msgspec.Raw) -> str | None:
    try:
        return kind_of(_bare.decode(raw).resource)
    except (msgspec.DecodeError, RecursionError):
        return None
