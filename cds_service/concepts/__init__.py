"""What a code means: labs and their units, diagnoses, procedures, vaccines, drugs; and a site's own codes.

The data are the files of ``rules/concepts``; nothing here knows a trial.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cds_service.concepts.codes import CodeConcepts
from cds_service.concepts.drugs import DrugConcepts
from cds_service.concepts.labs import LabConcepts
from cds_service.concepts.qualitative import ResultMeanings


@dataclass(frozen=True)
class Concepts:
    """Everything the rules know about codes."""

    labs: LabConcepts
    codes: CodeConcepts
    drugs: DrugConcepts
    qualitative: ResultMeanings = field(default_factory=ResultMeanings)

    @classmethod
    def load(cls, directory: Path) -> Concepts:
        """Read ``rules/concepts``. Raises RuleError with file:line where a file is wrong."""
        return cls(
            labs=LabConcepts.load(directory),
            codes=CodeConcepts.load(directory),
            drugs=DrugConcepts.load(directory),
            qualitative=ResultMeanings.load(directory),
        )
