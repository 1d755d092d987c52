"""Each entry decoded: by its type's decoder, or mended where that refuses it; and named for evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter
from typing import Any

import msgspec

from cds_service.fhir.envelope import Batch, Entry, Opened, one_by_one
from cds_service.fhir.lenient import Patience, mend
from cds_service.fhir.resources import READ, Resource

DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(kind) for name, kind in READ.items()
}

_CONTAINING = {"MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense"}
_ID = re.compile(r"[A-Za-z0-9._\-]{1,128}")  # FHIR allows 64 and no underscore; real servers do not care
_CITABLE = re.compile(r"[!-~]{1,256}")

_put = msgspec.structs.force_setattr  # reference and damaged are this module's to set, never the sender's


def read_all(opened: Opened) -> tuple[list[Entry | Batch], set[str]]:
    """The entries that could be read, with their resources; and the types of which one could not."""
    read: list[Entry | Batch] = []
    lost: set[str] = set()
    patience = Patience()
    for sent in opened.entries:
        if isinstance(sent, Entry):
            entries: Iterable[Entry] = (sent,)
        elif _name(sent):
            read.append(sent)
            continue
        else:
            entries = one_by_one([sent])
        for entry in entries:
            if _read(entry, opened, patience):
                read.append(entry)
            else:
                lost.add(entry.kind)
    return read, lost


def _read(entry: Entry, opened: Opened, patience: Patience) -> bool:
    """Decode the entry's resource where that is not done yet, and name it; False where it cannot be read."""
    resource = entry.resource
    damaged: Iterable[str] = ()
    if resource is None:
        decoder = DECODERS[entry.kind]
        try:
            resource = decoder.decode(entry.raw)
        except (msgspec.DecodeError, UnicodeError, ArithmeticError):
            resource, damaged = _mend(entry, decoder, opened, patience)
            if resource is None:
                return False
    _put(resource, "reference", _cite(resource, entry))
    if resource.modifier_extension:
        damaged = (*damaged, "modifierExtension")
        opened.warn(
            "It carries a modifierExtension, which may change what it means and is not understood; "
            "it decides nothing.",
            resource.reference,
        )
    if damaged or resource.damaged:
        _put(resource, "damaged", tuple(damaged))
    if entry.kind in _CONTAINING and _contained(resource):
        _own_contained(resource)
    entry.resource = resource
    return True


def _name(batch: Batch) -> bool:
    """Name every resource of the batch, where each has an id and nothing of it needs more than that."""
    resources: list[Any] = batch.resources
    if any(map(_modified, resources)) or any(map(_damaged, resources)):
        return False
    if batch.kind in _CONTAINING and any(map(_contained, resources)):
        return False
    ids = [each.id for each in resources]
    if not all(ids) or not all(map(_ID.fullmatch, ids)):
        return False
    opening = f"{batch.kind}/"
    for resource, id in zip(resources, ids, strict=True):  # noqa: A001  # FHIR's own word
        _put(resource, "reference", opening + id)
    return True


def _mend(
    entry: Entry, decoder: msgspec.json.Decoder[Any], opened: Opened, patience: Patience
) -> tuple[Resource | None, Iterable[str]]:
    mended = mend(bytes(entry.raw), decoder, patience)
    where = f"{entry.where}.resource"
    if mended.resource is None:
        opened.warn(f"{where} could not be read; it was left out.", where, "error")
        return None, ()
    name = _cite(mended.resource, entry)
    for path in mended.dropped:
        opened.warn(f"{where}.{path} could not be read and was left out.", name)
    for path in mended.reshaped:
        said = f"{where}.{path} is not in the form that FHIR R4 has; its content was kept."
        opened.warn(said, name, "information")
    return mended.resource, dict.fromkeys(mended.damaged)


def _cite(resource: Resource, entry: Entry) -> str:
    """How evidence names a resource: ``Observation/plt-7``, else its fullUrl, else its place."""
    if resource.id and _ID.fullmatch(resource.id):
        return f"{entry.kind}/{resource.id}"
    if entry.full_url and _CITABLE.fullmatch(entry.full_url):
        return entry.full_url
    return entry.where


_contained = attrgetter("contained")
_modified = attrgetter("modifier_extension")
_damaged = attrgetter("damaged")


def _own_contained(resource: Any) -> None:
    """Of the contained resources only Medications are read, each named by what contains it."""
    kept = tuple(one for one in resource.contained if one.resource_type == "Medication")
    for one in kept:
        _put(one, "reference", f"{resource.reference}#{(one.id or '').lstrip('#')}")
        _put(one, "damaged", ("modifierExtension",) if one.modifier_extension else ())
    _put(resource, "contained", kept)
