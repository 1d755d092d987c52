"""Traces: which kinds of record could bear on a question, and which of them a chart holds.

Most of what criteria ask is not on record, and what is not on record reads the same for every patient. A
question names as its traces every kind of record that could change its answer. Where a chart holds none of
them, the answer is an empty chart's (:mod:`.absence`). A question that may rest on anything else, such as
the patient's age, names none and is always read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cds_service.concepts.codes import CodeConcepts
from cds_service.concepts.drugs import DrugConcepts

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

Traces = frozenset[str]

ALLERGY = "allergy"
MEDICATION = "medication"
UNNAMED_DRUG = "medication that does not say which drug"
PROCEDURE = "procedure"
RESEARCH_SUBJECT = "research subject"
VACCINE = "vaccine"


def lab(key: str) -> str:
    """A result of that test, or one that may be."""
    return f"lab {key}"


def condition(key: str) -> str:
    return f"condition {key}"


def procedure(key: str) -> str:
    return f"procedure {key}"


def plan(key: str) -> str:
    return f"plan {key}"


def drug(key: str) -> str:
    return f"drug {key}"


def report(kind: str) -> str:
    return f"report {kind}"


def of_codes(codes: CodeConcepts, keys: Iterable[str]) -> Iterator[str]:
    """The keys of everything that these concepts include."""
    return (part for key in keys for part in codes.parts(key))


def of_drugs(drugs: DrugConcepts, keys: Iterable[str]) -> Traces:
    """Records of these drugs or classes, and records that do not say which drug they are of."""
    members = drugs.members(keys)
    return frozenset(map(drug, members.certain | members.maybe)) | {UNNAMED_DRUG}


def together(parts: Iterable[Traces | None]) -> Traces | None:
    """The traces of several questions; none where one of them names none."""
    held: set[str] = set()
    for traces in parts:
        if traces is None:
            return None
        held |= traces
    return frozenset(held)


def present(chart: Chart) -> Iterator[str]:
    """The traces that a chart holds."""
    from cds_service.features.diagnoses import conditions  # noqa: PLC0415  # questions name traces themselves
    from cds_service.features.medication_record import identified  # noqa: PLC0415
    from cds_service.features.planned_procedures import plans  # noqa: PLC0415
    from cds_service.features.procedures import procedures  # noqa: PLC0415
    from cds_service.features.reports import reports  # noqa: PLC0415

    record = chart.record
    for code in record.result_codes:
        yield from (lab(key) for key in chart.concepts.labs.named_by(code))
    yield from map(condition, conditions(chart).keys)
    yield from map(procedure, procedures(chart).keys)
    yield from map(plan, plans(chart).keys)
    yield from map(report, reports(chart))
    for known in {id(each): each for _, each in identified(chart)}.values():
        yield from (drug(match.concept) for match in known.matches)
        if not known.known:
            yield UNNAMED_DRUG
    for name, held in (
        (ALLERGY, record.allergies),
        (MEDICATION, record.medication_records),
        (PROCEDURE, record.procedures),
        (RESEARCH_SUBJECT, record.research_subjects),
        (VACCINE, record.immunizations),
    ):
        if held:
            yield name
