"""A chart's records by what their codes mean, worked out once for each chart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec.structs import replace

from cds_service.concepts.codes import Found, Role
from cds_service.features.question import Evidence
from cds_service.fhir.resources import CodeableConcept, Resource

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

R = TypeVar("R", bound=Resource)


class ByConcept(Generic[R]):
    """Records of one kind, found by concept key."""

    def __init__(self, chart: Chart, records: Iterable[tuple[R, tuple[CodeableConcept | None, ...]]]) -> None:
        self._codes = chart.concepts.codes
        self._held: dict[str, dict[int, tuple[R, Found]]] = {}
        for position, (record, recorded) in enumerate(records):
            for concept in recorded:
                for key, found in chart.meaning(concept).items():
                    held = self._held.setdefault(key, {})
                    if position not in held or held[position][1].role < found.role:
                        held[position] = (record, found)

    @property
    def keys(self) -> Iterable[str]:
        """The concepts of which the records say anything."""
        return self._held.keys()

    def of(self, key: str) -> list[tuple[R, Found]]:
        """Every record that says something of the concept or of what it includes, in chart order."""
        best: dict[int, tuple[R, Found]] = {}
        for part in self._codes.parts(key):
            if part not in self._held:
                continue
            for position, (record, found) in self._held[part].items():
                if position not in best or best[position][1].role < found.role:
                    best[position] = (record, found)
        if not best:
            return []
        at_most = self._codes.concepts[key].at_most
        return [
            (record, replace(found, role=min(found.role, at_most)) if found.role > at_most else found)
            for _, (record, found) in sorted(best.items(), key=lambda pair: pair[0])
            if found.role is not Role.NOT_MATCH
        ]


def words_for(found: Found) -> str:
    """The record's own words for what it is, cut to a readable length."""
    words = " ".join(found.words.split())
    return words if len(words) <= 120 else f"{words[:117]}…"


def evidence_of(record: Resource, found: Found, day: str | None) -> Evidence:
    return Evidence(record.reference, found.code, words_for(found) or None, day)


def doubt_in(found: Found) -> tuple[str, ...]:
    """Why the code or the words of a record do not settle what it is."""
    if found.role is not Role.REVIEW:
        return ()
    if found.by_text:
        return ("named in words only",)
    return ("its own words question it" if found.questioned else "the code alone does not settle it",)


def status_code(recorded: CodeableConcept | None) -> str | None:
    """The code of a status element; its text where it has no code."""
    if recorded is None:
        return None
    code = next((coding.code for coding in recorded.coding if coding.code), recorded.text)
    return code.strip().lower() if code else None


def any_of_names(names: Iterable[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
