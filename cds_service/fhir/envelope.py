"""A Bundle opened: its entries in order, nested Bundles too, and what it says about its own completeness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from cds_service.errors import NotFhir, TooLarge
from cds_service.fhir import partial_date
from cds_service.fhir.quick import Sent, searchset
from cds_service.fhir.record import Asked, Issue
from cds_service.fhir.resources import READ, Resource
from cds_service.fhir.scan import MOST_ENTRIES, WHAT_MATTERS, kind_of

T = TypeVar("T")

_NOTHING = msgspec.Raw(b"")
_NULL = msgspec.Raw(b"null")


class _Entry(msgspec.Struct, rename="camel", gc=False):
    full_url: str | None = None
    resource: msgspec.Raw = _NOTHING
    request: msgspec.Raw = _NOTHING
    response: msgspec.Raw = _NOTHING


class _Bundle(msgspec.Struct, rename="camel"):
    type: str | None = None
    total: msgspec.Raw = _NOTHING
    link: msgspec.Raw = _NOTHING
    entry: list[_Entry | None] | None = None


class _LooseEntry(msgspec.Struct, rename="camel"):
    full_url: msgspec.Raw = _NOTHING
    resource: msgspec.Raw = _NOTHING
    request: msgspec.Raw = _NOTHING
    response: msgspec.Raw = _NOTHING


class _LooseBundle(msgspec.Struct, rename="camel"):
    type: msgspec.Raw = _NOTHING
    total: msgspec.Raw = _NOTHING
    link: msgspec.Raw = _NOTHING
    entry: msgspec.Raw = _NOTHING


class _Link(msgspec.Struct):
    relation: str | None = None
    url: str | None = None


class _Request(msgspec.Struct):
    method: str | None = None
    url: str | None = None


class _Response(msgspec.Struct, rename="camel"):
    status: str | None = None
    last_modified: str | None = None


class _OutcomeIssue(msgspec.Struct):
    severity: str | None = None


class _Outcome(msgspec.Struct):
    issue: list[_OutcomeIssue] | None = None


_bundle = msgspec.json.Decoder(_Bundle)
_loose_bundle = msgspec.json.Decoder(_LooseBundle)
_loose_entry = msgspec.json.Decoder(_LooseEntry)
_entry = msgspec.json.Decoder(_Entry)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_number = msgspec.json.Decoder(int)
_links = msgspec.json.Decoder(list[_Link])
_request = msgspec.json.Decoder(_Request)
_response = msgspec.json.Decoder(_Response)
_outcome = msgspec.json.Decoder(_Outcome)


class Entry(msgspec.Struct, gc=False):
    """One resource as sent: its type, its JSON, its fullUrl, where it stood; and, once decoded, itself."""

    kind: str
    sent: msgspec.Raw | Sent
    full_url: str | None
    place: str  # "Bundle.entry"
    number: int | None = None
    resource: Resource | None = None

    @property
    def raw(self) -> msgspec.Raw:
        """Its JSON."""
        return self.sent.resource(self.number or 0) if isinstance(self.sent, Sent) else self.sent

    @property
    def where(self) -> str:
        """``Bundle.entry[3]``"""
        return self.place if self.number is None else f"{self.place}[{self.number}]"


@dataclass(slots=True)
class Batch:
    """The entries of one searchset, of one type and decoded in one go; the odd ones are made an Entry of."""

    kind: str
    sent: Sent
    place: str
    urls: list[str | None]
    resources: list[Resource]

    def entry(self, number: int) -> Entry:
        return Entry(self.kind, self.sent, self.urls[number], self.place, number, self.resources[number])


def one_by_one(entries: Iterable[Entry | Batch]) -> Iterator[Entry]:
    """Every entry, those of a batch too."""
    for each in entries:
        if isinstance(each, Batch):
            yield from map(each.entry, range(len(each.resources)))
        else:
            yield each


@dataclass
class Opened:
    """The readable entries of one or more Bundles, and what is known of how complete they are."""

    most_entries: int = MOST_ENTRIES
    entries: list[Entry | Batch] = field(default_factory=list)
    deleted: dict[str, datetime | None] = field(default_factory=dict)  # "Observation/1" -> when, if said
    searched: dict[str, Asked] = field(default_factory=dict)  # by the self link of a searchset
    unsure: bool = False  # a query failed or was cut short, and nothing says for which type
    issues: list[Issue] = field(default_factory=list)
    count: int = 0

    def warn(self, text: str, where: str | None = None, severity: str = "warning") -> None:
        self.issues.append(Issue(severity, text, where))

    def search(self, kind: str, became: Asked) -> None:
        self.searched[kind] = worse(self.searched.get(kind, became), became)


_FROM_WORST = (Asked.FAILED, Asked.PARTIAL, Asked.NOT_ASKED, Asked.ANSWERED)


def worse(one: Asked, other: Asked) -> Asked:
    return min(one, other, key=_FROM_WORST.index)


def open_bundle(body: bytes | msgspec.Raw, where: str, opened: Opened) -> Asked:
    """Add every entry of a Bundle to ``opened``; what became of the search that it answers, if it is one."""
    kind, total, link, entries = _read(body, where)
    _count(len(entries), where, opened)
    became = _add(entries, where, opened)
    return _searched_for(kind, total, link, len(entries), became, where, opened)


def open_searchset(
    body: bytes, kept: bytes | msgspec.Raw, kind: str, where: str, opened: Opened
) -> Asked | None:
    """The same for the usual answer to a search for ``kind``; None where the Bundle is anything else.

    ``kept`` is the body again, to keep for the entries that are looked at more closely.
    """
    found = searchset(body, kind)
    if found is None:
        return None
    count = len(found.resources)
    _count(count, where, opened)
    if count:
        opened.entries.append(Batch(kind, Sent(kept), f"{where}.entry", found.urls, found.resources))
    became = Asked.ANSWERED
    return _searched_for(found.type, found.total, found.link, count, became, where, opened)


def _count(more: int, where: str, opened: Opened) -> None:
    opened.count += more
    if opened.count > opened.most_entries:
        raise TooLarge(f"The Bundle holds more than {opened.most_entries:,} entries. {WHAT_MATTERS}", where)


def _searched_for(
    kind: str, total: msgspec.Raw, link: msgspec.Raw, count: int, became: Asked, where: str, opened: Opened
) -> Asked:
    """What a Bundle of that type says of its own completeness."""
    relations = _relations(link)
    if "next" in relations:
        became = worse(became, Asked.PARTIAL)
        opened.warn("There are more pages than were sent: what is missing here may be on them.", where)
    elif kind == "searchset" and (_try(_number, total) or 0) > count:
        # ``total`` counts the matches, and the entries are these and more (included resources, remarks)
        became = worse(became, Asked.PARTIAL)
        opened.warn("Its total is more than was sent: what is missing here may be in the rest.", where)
    searched = _searched(relations.get("self"))
    if searched:
        opened.search(searched, became)
    elif became is not Asked.ANSWERED and (kind == "searchset" or "next" in relations):
        opened.unsure = True
    return became


def _read(body: bytes | msgspec.Raw, where: str) -> tuple[str, msgspec.Raw, msgspec.Raw, list[_Entry | None]]:
    try:
        bundle = _bundle.decode(body)
    except msgspec.ValidationError:
        loose = _loose_bundle.decode(body)
        return _string(loose.type) or "", loose.total, loose.link, _loose_entries(loose.entry, where)
    return bundle.type or "", bundle.total, bundle.link, bundle.entry or []


def _loose_entries(raw: msgspec.Raw, where: str) -> list[_Entry | None]:
    if not raw or raw == _NULL:
        return []
    try:
        return [_one(entry) for entry in _raws.decode(raw)]
    except msgspec.ValidationError:
        raise NotFhir(
            f"{where}.entry is not a list. Send the entries of the Bundle as a JSON array.", f"{where}.entry"
        ) from None


def _one(raw: msgspec.Raw) -> _Entry | None:
    try:
        return _entry.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        pass
    try:
        loose = _loose_entry.decode(raw)
    except (msgspec.DecodeError, UnicodeError):
        return None
    return _Entry(_string(loose.full_url), loose.resource, loose.request, loose.response)


def _add(entries: list[_Entry | None], where: str, opened: Opened) -> Asked:
    """Take each entry; what the entries say became of the query that they answer."""
    became = Asked.ANSWERED
    place = f"{where}.entry"
    for number, entry in enumerate(entries):
        if entry is None:
            opened.warn("The entry is not an object; it was left out.", f"{place}[{number}]")
            continue
        raw = entry.resource
        if not raw or raw == _NULL:
            _without_resource(entry, f"{place}[{number}]", opened)
            continue
        kind = kind_of(raw)
        if kind in READ:
            opened.entries.append(Entry(kind, raw, entry.full_url, place, number))
        elif kind == "Bundle":
            became = worse(became, _nested(raw, f"{place}[{number}].resource", opened))
        elif kind == "OperationOutcome":
            became = worse(became, _outcome_of(raw, f"{place}[{number}].resource", opened))
        elif kind is None:
            opened.warn("The entry's resource has no resourceType; it was left out.", f"{place}[{number}]")
    return became


def _nested(raw: msgspec.Raw, place: str, opened: Opened) -> Asked:
    """A Bundle inside an entry, as a batch-response holds them."""
    try:
        return open_bundle(raw, place, opened)
    except NotFhir as error:
        opened.warn(error.text, place)
        return Asked.FAILED


def _without_resource(entry: _Entry, place: str, opened: Opened) -> None:
    request = _try(_request, entry.request)
    response = _try(_response, entry.response)
    if request and (request.method or "").upper() == "DELETE" and request.url:
        when = partial_date.parse(response.last_modified) if response else None
        opened.deleted[request.url] = when.moment if when else None
    elif response and (response.status or "").startswith(("4", "5")):
        opened.warn("The server answered this entry with an error: what it asked for is not known.", place)
    elif not request and not response:
        opened.warn("The entry has no resource.", place)


def _outcome_of(raw: msgspec.Raw, place: str, opened: Opened) -> Asked:
    outcome = _try(_outcome, raw)
    severities = {issue.severity for issue in (outcome.issue or [])} if outcome else set()
    if severities and severities <= {"information", "warning"}:
        opened.warn("The server that sent the records added a remark.", place, "information")
        return Asked.ANSWERED
    opened.warn("A query failed at the server that sent the records: what it asked for is not known.", place)
    return Asked.FAILED


def _relations(raw: msgspec.Raw) -> dict[str, str]:
    links = _try(_links, raw) or []
    return {link.relation: link.url or "" for link in links if link.relation}


def _searched(url: str | None) -> str | None:
    """The type that a searchset's self link names: ``https://ehr/fhir/Condition?patient=1``."""
    if not url:
        return None
    try:
        last = urlsplit(url).path.rstrip("/").rsplit("/", 1)[-1]
    except ValueError:
        return None
    return last if last in READ else None


def _string(raw: msgspec.Raw) -> str | None:
    return _try(_text, raw)


def _try(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    try:
        return decoder.decode(raw) if raw else None
    except (msgspec.DecodeError, UnicodeError):
        return None
