"""A site's own codes beside ours: local codes that mean our concepts, held against the tables.

A site adds, and may be more cautious; what contradicts the tables is refused. Everything that is wrong is
told at once, with its line and the remedy. The form of the file is in :mod:`cds_service.concepts.site_file`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from cds_service.concepts.codes import CodeConcepts
from cds_service.concepts.drug_match import DrugMatch
from cds_service.concepts.drugs import DrugConcepts
from cds_service.concepts.labs import LabConcepts
from cds_service.concepts.site_file import CODED, DRUGS, Entry, SiteFile
from cds_service.errors import RuleError, RuleErrors

Held = TypeVar("Held", LabConcepts, CodeConcepts, DrugConcepts)
Codes = Sequence[Entry]


def with_site(
    site: SiteFile, labs: LabConcepts, codes: CodeConcepts, drugs: DrugConcepts
) -> tuple[LabConcepts, CodeConcepts, DrugConcepts]:
    """The same concepts with a site's codes. Raises RuleErrors with all that is wrong."""
    wrong: list[RuleError] = []
    labs = labs.with_systems(site.systems)
    codes = codes.with_systems(site.systems)
    drugs = drugs.with_systems(site.systems)

    def numbers(held: LabConcepts, some: Codes) -> LabConcepts:
        return held.with_site_codes({each.code: each.concept for each in some})

    def coded(held: CodeConcepts, some: Codes) -> CodeConcepts:
        return held.with_site_codes({each.code: (each.concept, each.role) for each in some})

    def of_drugs(held: DrugConcepts, some: Codes) -> DrugConcepts:
        return held.with_site_codes({each.code: _drug(each) for each in some})

    for entry in site.of("scores", "labs"):
        is_score = entry.concept in labs and labs.concept(entry.concept).unit == "{score}"
        if entry.concept in labs and is_score is not (entry.table == "scores"):
            right = "scores" if is_score else "labs"
            said = f'"{entry.concept}" belongs under [{right}]. Move the line.'
            wrong.append(RuleError(said, site.name, entry.line))
    labs = _added(site, labs, site.of("scores", "labs"), numbers, wrong)
    codes = _added(site, codes, site.of(*CODED), coded, wrong)
    drugs = _added(site, drugs, site.of(DRUGS), of_drugs, wrong)
    if wrong:
        raise RuleErrors(wrong)
    return labs, codes, drugs


def _added(
    site: SiteFile, held: Held, entries: Codes, add: Callable[[Held, Codes], Held], wrong: list[RuleError]
) -> Held:
    """All at once; where that is refused, one by one, to say which are wrong."""
    try:
        return add(held, entries)
    except RuleError:
        for entry in entries:
            try:
                add(held, [entry])
            except RuleError as error:
                wrong.append(RuleError(error.plain, site.name, entry.line))
        if not wrong:
            raise
        return held


def _drug(entry: Entry) -> DrugMatch:
    sure = entry.role == "match"
    return DrugMatch(entry.concept, certain=sure, route=entry.route, strength_mg=entry.strength_mg)
