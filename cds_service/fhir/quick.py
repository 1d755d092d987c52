"""The usual answer to a search, decoded in one go: a searchset of resources of the one type asked for.

What many of its resources say in the same words (a code, a category, a reference range, a dosage) is decoded
once and shared by them: most of a long chart is the same few tests and drugs again.

Whatever else a Bundle holds, it is left to the careful way (:mod:`.envelope`, :mod:`.reading`), which reads
entry by entry. Both give the same record of the same Bundle; the tests hold them to that.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal

import msgspec

from cds_service.fhir.resources import (
    READ,
    AdministeredDosage,
    CodeableConcept,
    Dosage,
    ReferenceRange,
    Resource,
)

_NOTHING = msgspec.Raw(b"")

_type = attrgetter("resource_type")
_put = msgspec.structs.force_setattr
_values = msgspec.structs.astuple

_SHARED: tuple[Any, ...] = (
    CodeableConcept | None,
    tuple[CodeableConcept, ...],
    tuple[ReferenceRange, ...],
    tuple[Dosage, ...],
    AdministeredDosage | None,
)
"""The types of element that many resources of one searchset have alike."""


class _Entry(msgspec.Struct, rename="camel", gc=False):
    full_url: str | None = None
    resource: Any = None


class _Bundle(msgspec.Struct, rename="camel"):
    resource_type: Literal["Bundle"] | None = None
    type: str | None = None
    total: msgspec.Raw = _NOTHING
    link: msgspec.Raw = _NOTHING
    entry: list[_Entry] | None = None


@dataclass(slots=True)
class Searchset:
    """What a Bundle says of itself, and its resources with the fullUrl of each."""

    type: str
    total: msgspec.Raw
    link: msgspec.Raw
    urls: list[str | None]
    resources: list[Resource]


class _Reader:
    """Decodes searchsets of one type; with ``sharing``, what may be shared is at first left as JSON."""

    def __init__(self, kind: type[Resource], *, sharing: bool) -> None:
        self.kind = kind
        fields = [each for each in msgspec.structs.fields(kind) if sharing and each.type in _SHARED]
        self._shared = [(each.name, each.default, msgspec.json.Decoder(each.type)) for each in fields]
        left: list[tuple[str, Any, Any]] = [(each.name, msgspec.Raw, each.default) for each in fields]
        named: Any = Literal[kind.__name__]
        partly: Any = msgspec.defstruct(
            kind.__name__, [("resource_type", named, ""), *left], bases=(kind,), rename="camel"
        )
        entry: Any = msgspec.defstruct(
            "_Entry", [("resource", partly, None)], bases=(_Entry,), rename="camel"
        )
        entries: Any = list[entry] | None
        self._decoder: msgspec.json.Decoder[_Bundle] = msgspec.json.Decoder(
            msgspec.defstruct("_Bundle", [("entry", entries, None)], bases=(_Bundle,), rename="camel")
        )

    def read(self, raw: bytes) -> Searchset | None:
        found = self._decoder.decode(raw)
        entries = found.entry or ()
        resources = [entry.resource for entry in entries]
        if not found.resource_type or not all(resources) or not all(map(_type, resources)):
            return None  # no Bundle, an entry without a resource, or a resource without a type
        for name, default, decoder in self._shared:
            _share(resources, name, default, decoder)
        kind: Any = self.kind
        whole = [kind(*_values(resource)) for resource in resources]
        return Searchset(
            found.type or "", found.total, found.link, [entry.full_url for entry in entries], whole
        )


def _share(resources: list[Any], name: str, default: Any, decoder: msgspec.json.Decoder[Any]) -> None:
    """Decode that element of the resources, which so far is JSON, once for all that have the same."""
    value_of = attrgetter(name)
    known: dict[bytes, Any] = {}
    last = element = None
    for resource in resources:
        value = value_of(resource)
        if value is default:
            continue
        if value != last:  # else as in the one before, which spares looking it up
            last, sent = value, bytes(value)
            element = known.get(sent)
            if element is None:
                element = known[sent] = decoder.decode(sent)
        _put(resource, name, element)


_READERS = {name: _Reader(kind, sharing=False) for name, kind in READ.items()}
_SHARING = {name: _Reader(kind, sharing=True) for name, kind in READ.items()}
LONG = 10_000
"""So many bytes, about ten resources, and there is enough to share for it to pay."""


def searchset(raw: bytes, kind: str) -> Searchset | None:
    """The Bundle with its resources decoded; None where it holds anything but resources of ``kind``."""
    try:
        return (_SHARING if len(raw) > LONG else _READERS)[kind].read(raw)
    except (msgspec.DecodeError, UnicodeError, ArithmeticError):
        return None


class Sent:
    """The JSON of each entry of a Bundle, for the few that are looked at again."""

    def __init__(self, bundle: bytes | msgspec.Raw) -> None:
        self._bundle = bundle
        self._resources: list[msgspec.Raw] | None = None

    def resource(self, number: int) -> msgspec.Raw:
        if self._resources is None:
            self._resources = [entry.resource for entry in _resources.decode(self._bundle).entry]
        return self._resources[number]


class _SentEntry(msgspec.Struct):
    resource: msgspec.Raw = _NOTHING


class _SentBundle(msgspec.Struct):
    entry: list[_SentEntry] = []


_resources = msgspec.json.Decoder(_SentBundle)
