"""The usual answer to a search, decoded in one go: a searchset of resources of the one type asked for.

Whatever else a Bundle holds, it is left to the careful way (:mod:`.envelope`, :mod:`.reading`), which reads
entry by entry. Both give the same record of the same Bundle; the tests hold them to that.
"""

from __future__ import annotations

from typing import Any

import msgspec

from cds_service.fhir.resources import READ, Resource

_NOTHING = msgspec.Raw(b"")


class _Entry(msgspec.Struct, rename="camel", gc=False):
    full_url: str | None = None
    resource: Resource | None = None


class Searchset(msgspec.Struct, rename="camel"):
    resource_type: str | None = None
    type: str | None = None
    total: msgspec.Raw = _NOTHING
    link: msgspec.Raw = _NOTHING
    entry: list[_Entry] | None = None


def _decoder(kind: type[Resource]) -> msgspec.json.Decoder[Any]:
    optional: Any = kind | None
    entry: Any = msgspec.defstruct("_Entry", [("resource", optional, None)], bases=(_Entry,), rename="camel")
    entries: Any = list[entry] | None
    return msgspec.json.Decoder(
        msgspec.defstruct("Searchset", [("entry", entries, None)], bases=(Searchset,), rename="camel")
    )


_DECODERS = {name: _decoder(kind) for name, kind in READ.items()}


def searchset(raw: bytes, kind: str) -> Searchset | None:
    """The Bundle with its resources decoded; None where it holds anything but resources of ``kind``."""
    try:
        found: Searchset = _DECODERS[kind].decode(raw)
    except (msgspec.DecodeError, UnicodeError, ArithmeticError):
        return None
    entries = found.entry or ()
    for entry in entries:
        if entry.resource is None or entry.resource.resource_type != kind:
            return None
    # Named once in each, and nowhere else: nothing contained, and no second name that would be another type.
    named = found.resource_type == "Bundle" and raw.count(b'"resourceType"') == len(entries) + 1
    return found if named else None


class Sent:
    """The JSON of each entry of a Bundle, for the few that are looked at again."""

    def __init__(self, bundle: bytes) -> None:
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
