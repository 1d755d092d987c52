"""The same resource sent more than once counts once.

Equal copies are one. Of differing copies the newest counts where they say which it is (``meta.lastUpdated``,
else a numeric ``meta.versionId``). Where they do not, none may be preferred: all are kept, so that what they
contradict each other in shows as a conflict; except that one copy entered in error withdraws them all. A
Patient cannot be kept twice: what its copies differ in is taken out and named as damaged.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from cds_service.fhir import partial_date
from cds_service.fhir.admit import entered_in_error
from cds_service.fhir.envelope import Batch, Entry, Opened, one_by_one
from cds_service.fhir.resources import Patient


class _Meta(msgspec.Struct, rename="camel"):
    version_id: str | None = None
    last_updated: str | None = None


class _Versioned(msgspec.Struct):
    meta: _Meta | None = None


_versioned = msgspec.json.Decoder(_Versioned)
_encoder = msgspec.json.Encoder(decimal_format="string")


def _meta(raw: msgspec.Raw) -> _Meta:
    try:
        return _versioned.decode(raw).meta or _Meta()
    except (msgspec.DecodeError, UnicodeError):
        return _Meta()


def _updated(raw: msgspec.Raw) -> datetime | None:
    """When this version was stored; None where it does not say, or not with an offset."""
    read = partial_date.parse(_meta(raw).last_updated)
    moment = read.moment if read else None
    return moment if moment and moment.tzinfo else None


def _version(raw: msgspec.Raw) -> int | None:
    text = _meta(raw).version_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _content(entry: Entry) -> bytes:
    """What a copy says, wherever in the Bundle it stood and under whatever name."""
    return _encoder.encode(msgspec.structs.replace(entry.resource, reference="")) if entry.resource else b""


def _newest(copies: list[Entry]) -> Entry | None:
    """The newest of differing copies; None where they do not all say when, or two are equally new."""
    for order in (_updated, _version):
        stamps = [order(copy.raw) for copy in copies]
        if None in stamps:
            continue
        latest = max(stamp for stamp in stamps if stamp is not None)
        if stamps.count(latest) == 1:
            return copies[stamps.index(latest)]
    return None


def once(entries: list[Entry | Batch], opened: Opened) -> list[Entry | Batch]:
    """Each resource once, in the order sent, without those that the Bundle itself says were deleted."""
    if not opened.deleted and _all_differ(entries):
        return entries
    kept: list[Entry | Batch] = []
    for key, copies in _groups(one_by_one(entries)).items():
        counting, said = _settle(copies) if len(copies) > 1 else (copies, None)
        name = copies[0].resource.reference if copies[0].resource else None
        if said:
            opened.warn(said, name, "warning" if len(counting) > 1 else "information")
        if key in opened.deleted:
            counting = [entry for entry in counting if _outlives(entry, opened.deleted[key])]
            if not counting:
                opened.warn("Deleted, as the Bundle says; left out.", name, "information")
        kept += counting
    return kept


def _all_differ(entries: list[Entry | Batch]) -> bool:
    """Whether no two have the same name or the same fullUrl."""
    names: list[str] = []
    urls: list[str | None] = []
    for each in entries:
        if isinstance(each, Batch):
            names += [resource.reference for resource in each.resources]
            urls += each.urls
        elif each.resource:
            names.append(each.resource.reference)
            urls.append(each.full_url)
    named = [url for url in urls if url]
    return len(set(names)) == len(names) and len(set(named)) == len(named)


def _groups(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The copies of each resource: the same type and id, or the same fullUrl where one has no id."""
    groups: dict[str, list[Entry]] = {}
    by_url: dict[str, str] = {}
    for entry in entries:
        id = entry.resource.id if entry.resource else None  # noqa: A001  # FHIR's own word
        url = f"{entry.kind} {entry.full_url}"
        key = f"{entry.kind}/{id}" if id else url if entry.full_url else entry.where
        if entry.full_url:
            named = by_url.setdefault(url, key)
            if not id or named == url:
                key = named
        groups.setdefault(key, []).append(entry)
    return groups


def _outlives(entry: Entry, deleted: datetime | None) -> bool:
    """Whether this version was stored after the deletion, where both say when."""
    stored = _updated(entry.raw)
    return bool(deleted and deleted.tzinfo and stored and stored > deleted)


def _settle(copies: list[Entry]) -> tuple[list[Entry], str | None]:
    """Which of the copies of one resource count, and what to say about it where they differ."""
    by_content: dict[bytes, Entry] = {}
    for copy in copies:
        by_content.setdefault(_content(copy), copy)
    distinct = list(by_content.values())
    if len(distinct) == 1:
        return distinct, None
    latest = _newest(distinct)
    if latest:
        return [latest], "Sent more than once with different content; the newest copy counts."
    if any(entered_in_error(copy.resource) for copy in distinct):
        return [], "Sent more than once, one copy entered in error; none counts."
    return distinct, (
        "Sent more than once with different content, and the copies do not say which is newer; all are kept."
    )


P = TypeVar("P", bound=Patient)


def merge(patients: list[P]) -> P:
    """One Patient of copies that do not say which is newer: without what they contradict each other in."""
    first = patients[0]
    differing = {
        name: default
        for name, default in (("gender", None), ("birth_date", None), ("extension", ()))
        if any(getattr(other, name) != getattr(first, name) for other in patients[1:])
    }
    deceased = next((one for one in patients if one.deceased_boolean or one.deceased_date_time), first)
    camel = [name.replace("_d", "D") for name in differing]
    return msgspec.structs.replace(
        first,
        **differing,
        deceased_boolean=deceased.deceased_boolean,
        deceased_date_time=deceased.deceased_date_time,
        damaged=tuple(dict.fromkeys((*(name for one in patients for name in one.damaged), *camel))),
    )
