"""What the prefetch lacks, asked of the EHR's server in parallel, until one deadline for all of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from cds_service.fetching.access import Access
from cds_service.fetching.line import Line
from cds_service.fetching.page import FAILED, entries_of, next_of, searchset
from cds_service.fetching.queries import Query, next_page, queries_of
from cds_service.fetching.run import AT_ONCE, Found, run
from cds_service.fetching.why import Why


@dataclass(frozen=True)
class Fetched:
    """By prefetch key: what came, as a prefetch would hold it, and why it is nothing or not all.

    A query that failed is an OperationOutcome, and pages that were not read leave a ``next`` link.
    """

    prefetch: Mapping[str, msgspec.Raw] = field(default_factory=dict)
    why: Mapping[str, Why] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetcher:
    """One for the service. ``ca_file`` has the certificates of a hospital's own authority."""

    ca_file: Path | None = None

    def fetch(
        self,
        access: Access,
        templates: Mapping[str, str],
        patient_id: str,
        ends: float,
        held: Mapping[str, msgspec.Raw] | None = None,
    ) -> Fetched:
        """Ask what these templates ask, by ``ends`` on the clock of ``time.monotonic``.

        Of a key in ``held``, the prefetch has the first page: the pages after it are asked for.
        """
        found = list(_to_find(templates, held or {}, access.base, patient_id))
        line = Line(access, ends, self.ca_file, AT_ONCE)
        try:
            found = run(line, access.base, patient_id, found, ends)
            if _of_nobody(found) and time.monotonic() < ends:
                found = _again(found, run(line, access.base, patient_id, _asked_otherwise(found), ends))
        finally:
            line.cut()
        return _fetched(found)


def _to_find(
    templates: Mapping[str, str], held: Mapping[str, msgspec.Raw], base: str, patient_id: str
) -> Iterator[Found]:
    whole = {key: template for key, template in templates.items() if key not in held}
    yield from map(Found, queries_of(whole, base, patient_id))
    for key, page in held.items():
        first = next(queries_of({key: templates[key]}, base, patient_id))
        url = next_page(next_of(page) or "", first.url, base)
        query = Query((key,), first.kind, url or first.url)
        why = Why.TIME if url else Why.ELSEWHERE
        yield Found(query, entries_of(page), why=why, paged=True, done=url is None)


def _of_nobody(found: list[Found]) -> bool:
    """Whether every search was answered, and none found a thing.

    A server may know the patient by the other form of the reference alone, and take this one for nobody.
    """
    searches = [each for each in found if each.query.other]
    return bool(searches) and all(each.why is None and not each.entries for each in searches)


def _asked_otherwise(found: list[Found]) -> list[Found]:
    """The searches, with the other form of the reference."""
    queries = [each.query for each in found]
    return [Found(Query(query.keys, query.kind, query.other)) for query in queries if query.other]


def _again(found: list[Found], again: list[Found]) -> list[Found]:
    """There is nothing, as was answered first, where the other form finds nothing either or is no form there.

    Where it found something, that counts; and where it was not answered, nobody knows.
    """
    if all(not each.entries and each.why in (None, Why.ERROR) for each in again):
        return found
    return [each for each in found if not each.query.other] + again


def _fetched(found: list[Found]) -> Fetched:
    """What came of a query for several keys is under the first of them; the others are then empty."""
    entries: dict[str, list[msgspec.Raw]] = {}
    why: dict[str, Why] = {}
    patients: dict[str, msgspec.Raw] = {}
    for each in found:
        for key in each.query.keys:
            entries.setdefault(key, [])
            if each.why:
                why.setdefault(key, each.why)
        entries[each.query.keys[0]] += each.entries
        if each.patient is not None:
            patients[each.query.keys[0]] = msgspec.Raw(each.patient)
    return Fetched(
        {key: patients.get(key) or _said(came, why.get(key)) for key, came in entries.items()}, why
    )


def _said(entries: list[msgspec.Raw], why: Why | None) -> msgspec.Raw:
    return FAILED if why and not entries else searchset(entries, more=why is not None)
