"""FHIR R4 in: bytes to the Record of one patient.

The Bundle's envelope is decoded with each resource left as raw JSON; the resources of the types that are
read (:data:`.resources.READ`) are then decoded one by one with typed decoders, and one that fails is mended
alone (:mod:`.lenient`), so that a bad entry costs itself and not the chart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from cds_service.errors import BadRequest, NotFhir
from cds_service.fhir.assemble import assemble
from cds_service.fhir.envelope import Entry, Opened, open_bundle
from cds_service.fhir.prefetch import read_prefetch
from cds_service.fhir.record import Record
from cds_service.fhir.resources import READ
from cds_service.fhir.scan import MOST_BYTES, MOST_DEPTH, MOST_ENTRIES, clean, json_of, kind_of, too_deep

__all__ = ["read_bundle", "read_prefetch", "read_resources"]


def read_bundle(
    body: bytes,
    as_of: date,
    *,
    most_bytes: int = MOST_BYTES,
    most_depth: int = MOST_DEPTH,
    most_entries: int = MOST_ENTRIES,
) -> Record:
    """The chart in one FHIR R4 Bundle of one patient, as it counts on ``as_of``.

    Any type of Bundle, entries in any order. Raises :class:`BadRequest` for what is not JSON,
    :class:`NotFhir` for JSON that is not a Bundle of exactly one patient, :class:`TooLarge` beyond a limit.
    """
    body = clean(body, most_bytes=most_bytes, most_depth=most_depth)
    with too_deep(most_depth):
        try:
            opened = _open(body, most_entries)
        except msgspec.DecodeError:
            opened = _open(_json(body), most_entries)
        return assemble(opened, as_of)


def _open(body: bytes, most_entries: int) -> Opened:
    _must_be_bundle(body)
    opened = Opened(most_entries)
    open_bundle(body, "Bundle", opened)
    return opened


def _json(body: bytes) -> bytes:
    try:
        return json_of(body)
    except msgspec.DecodeError as error:
        raise BadRequest(
            f"The body is not JSON ({_position(error)}). Send a FHIR R4 Bundle of one patient as JSON.",
            "Bundle",
        ) from None


def read_resources(resources: Iterable[bytes | msgspec.Raw], as_of: date) -> Record:
    """The chart in loose resources of one patient (lines of a bulk export, pages of a search)."""
    opened = Opened()
    with too_deep(MOST_DEPTH):
        for number, resource in enumerate(resources):
            _take(bytes(resource), f"resource[{number}]", opened)
        return assemble(opened, as_of)


def _take(raw: bytes, where: str, opened: Opened) -> None:
    try:
        raw = json_of(clean(raw))
    except (BadRequest, msgspec.DecodeError):
        opened.warn("The resource is not JSON that can be read; it was left out.", where)
        return
    kind = kind_of(raw)
    if kind == "Bundle":
        open_bundle(raw, where, opened)
    elif kind in READ:
        opened.entries.append(Entry(kind, msgspec.Raw(raw), None, where))
    elif kind is None:
        opened.warn("The resource has no resourceType; it was left out.", where)


def _must_be_bundle(body: bytes) -> None:
    kind = kind_of(body)
    if kind == "Bundle":
        return
    if kind is None:
        msgspec.json.decode(body, type=msgspec.Raw)  # raises where it is not JSON at all, another fault
        raise NotFhir(
            "The body is JSON, but no FHIR resource: it has no resourceType. "
            "Send a FHIR R4 Bundle of one patient.",
            "resourceType",
        )
    named = f"a {kind}" if kind in READ or kind in ("Parameters", "OperationOutcome") else "another resource"
    raise NotFhir(
        f"The body is {named}, not a Bundle. Send the Patient and the rest of the chart together in one "
        "FHIR R4 Bundle.",
        "resourceType",
    )


def _position(error: Exception) -> str:
    """Where the JSON breaks, as msgspec says it; its words name characters, never content."""
    said = str(error)
    return said[said.index("(byte") + 1 :].rstrip(")") if "(byte" in said else "it ends too early"
