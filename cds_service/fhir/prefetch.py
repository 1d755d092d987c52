"""CDS Hooks prefetch: what each key holds, and what may be concluded where it holds nothing.

=====================================  ==========  ==================================================
the key is                             state       why
=====================================  ==========  ==================================================
absent                                 NOT_ASKED   the client could not, or did not want to
``null``, a Bundle without entries     ANSWERED    asked, and there is nothing
an OperationOutcome, alone or inside   FAILED      the query failed: unknown, never "nothing"
a Bundle with a ``next`` link          PARTIAL     what is there counts, what is not there is unknown
a resource, a Bundle                   ANSWERED
anything else                          NOT_ASKED   with an issue
=====================================  ==========  ==================================================

Where several keys ask for one type, the worst state is the type's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec

from cds_service.errors import NotFhir
from cds_service.fhir.assemble import assemble
from cds_service.fhir.envelope import Entry, Opened, open_bundle, open_searchset, worse
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import READ
from cds_service.fhir.scan import MOST_BYTES, MOST_DEPTH, MOST_ENTRIES, clean, json_of, kind_of, too_deep
from cds_service.pausing import pause


def read_prefetch(
    prefetch: Mapping[str, msgspec.Raw],
    keys: Mapping[str, tuple[str, ...]],
    patient_id: str,
    as_of: date,
    *,
    most_bytes: int = MOST_BYTES,
    most_depth: int = MOST_DEPTH,
    most_entries: int = MOST_ENTRIES,
) -> Record:
    """The chart in a CDS Hooks ``prefetch``. ``keys`` says which resource types each key asks for.

    Raises :class:`PreconditionFailed` where there is no Patient, :class:`BadRequest` where the Patient is
    not ``patient_id`` (``context.patientId``). Keys that the service did not ask for are not read.
    """
    opened = Opened(most_entries)
    asked: dict[str, Asked] = {}
    with too_deep(most_depth):
        for key, kinds in keys.items():
            became = Asked.NOT_ASKED
            if key in prefetch:
                pause()
                sent = prefetch[key]
                raw = clean(bytes(sent), most_bytes=most_bytes, most_depth=most_depth)
                became = _take(key, raw, sent if len(sent) == len(raw) else raw, kinds, opened)
            for kind in kinds:
                asked[kind] = worse(asked.get(kind, became), became)
        unread = len(prefetch.keys() - keys.keys())
        if unread:
            opened.warn(f"{unread} prefetch keys that were not asked for were not read.", None, "information")
        opened.searched, opened.unsure = {}, False  # the keys say it, type by type
        record = assemble(opened, as_of, patient_id=patient_id.removeprefix("Patient/"))
    lost = {kind for kind, state in record.asked.items() if state is Asked.PARTIAL}
    states = {kind: worse(state, Asked.PARTIAL) if kind in lost else state for kind, state in asked.items()}
    return replace(record, asked=states)


def _take(key: str, raw: bytes, kept: bytes | msgspec.Raw, kinds: tuple[str, ...], opened: Opened) -> Asked:
    """Add what the key holds. ``kept`` is the same as ``raw``, for what is looked at again: a copy of a long
    body is soonest made, read and forgotten.
    """
    where = f"prefetch.{key}"
    if raw.strip() == b"null":
        return Asked.ANSWERED
    if len(kinds) == 1 and kinds[0] in READ:
        became = open_searchset(raw, kept, kinds[0], where, opened)
        if became is not None:
            return became
    try:
        raw = json_of(raw)
    except msgspec.DecodeError:
        opened.warn("It is not JSON; it was not read.", where)
        return Asked.NOT_ASKED
    kind = kind_of(raw)
    if kind == "OperationOutcome":
        opened.warn("The query failed at the EHR: what it asked for is not known.", where)
        return Asked.FAILED
    if kind == "Bundle":
        return _take_bundle(where, raw, kinds, opened)
    if kind in kinds and kind in READ:
        opened.entries.append(Entry(kind, msgspec.Raw(raw), None, where))
        return Asked.ANSWERED
    opened.warn("It holds something other than what was asked for; it was not read.", where)
    return Asked.NOT_ASKED


def _take_bundle(where: str, raw: bytes, kinds: tuple[str, ...], opened: Opened) -> Asked:
    before = len(opened.entries)
    count = opened.count
    try:
        became = open_bundle(raw, where, opened)
    except NotFhir as error:
        opened.warn(error.text, where)
        return Asked.NOT_ASKED
    found = {entry.kind for entry in opened.entries[before:]}
    if became is Asked.ANSWERED and opened.count > count and not found & set(kinds):
        opened.warn("It holds nothing of the types that were asked for.", where)
        return Asked.NOT_ASKED
    return became
