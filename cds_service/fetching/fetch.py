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
                found = run(line, access.base, patient_id, [_asked_otherwise(each) for each in found], ends)
        finally:
            line.cut()
        return _fetched(found)


def _to_find(
    templates: Mapping[str, str], held: Mapping[str, msgspec.Raw], base: str, patient_id: str
) -> Iterator[Found]:
    for key, template in templates.items():
        queries = list(queries_of(key, template, base, patient_id))
        if key not in held:
            yield from map(Found, queries)
            continue
        first = queries[0]
        url = next_page(next_of(held[key]) or "", first.url, base)
        query = Query(key, first.kind, url or first.url)
        why = Why.TIME if url else Why.ELSEWHERE
        yield Found(query, entries_of(held[key]), why=why, paged=True, done=url is None)


def _of_nobody(found: list[Found]) -> bool:
    """Whether every search was answered, and none found a thing.

    A server may know the patient by the other form of the reference alone, and take this one for nobody.
    """
    searches = [each for each in found if each.query.other]
    return bool(searches) and all(each.why is None and not each.entries for each in searches)


def _asked_otherwise(found: Found) -> Found:
    query = found.query
    return Found(Query(query.key, query.kind, query.other)) if query.other else found


def _fetched(found: list[Found]) -> Fetched:
    by_key: dict[str, list[Found]] = {}
    for each in found:
        by_key.setdefault(each.query.key, []).append(each)
    prefetch, why = {}, {}
    for key, parts in by_key.items():
        missing = next((part.why for part in parts if part.why), None)
        entries = [entry for part in parts for entry in part.entries]
        patient = parts[0].patient
        if missing:
            why[key] = missing
        if patient is not None:
            prefetch[key] = msgspec.Raw(patient)
        elif missing and not entries:
            prefetch[key] = FAILED
        else:
            prefetch[key] = searchset(entries, more=missing is not None)
    return Fetched(prefetch, why)
