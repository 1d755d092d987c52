"""What a code means: labs and their units, diagnoses, procedures, vaccines, drugs; and a site's own codes.

The data are the files of ``rules/concepts``; nothing here knows a trial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cds_service.concepts.codes import CodeConcepts
from cds_service.concepts.drugs import DrugConcepts
from cds_service.concepts.labs import LabConcepts
from cds_service.concepts.points import Item, load_points
from cds_service.concepts.qualitative import ResultMeanings


@dataclass(frozen=True)
class Concepts:
    """Everything the rules know about codes."""

    labs: LabConcepts
    codes: CodeConcepts
    drugs: DrugConcepts
    qualitative: ResultMeanings = field(default_factory=ResultMeanings)
    points: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)  # of a score that adds up, by name

    @classmethod
    def load(cls, directory: Path) -> Concepts:
        """Read ``rules/concepts``. Raises RuleError with file:line where a file is wrong."""
        labs, codes = LabConcepts.load(directory), CodeConcepts.load(directory)
        return cls(
            labs=labs,
            codes=codes,
            drugs=DrugConcepts.load(directory),
            qualitative=ResultMeanings.load(directory),
            points=load_points(directory, labs, codes),
        )
