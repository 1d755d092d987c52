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
from cds_service.concepts.site import with_site
from cds_service.concepts.site_file import SiteFile, read_site


@dataclass(frozen=True)
class Concepts:
    """Everything the rules know about codes."""

    labs: LabConcepts
    codes: CodeConcepts
    drugs: DrugConcepts
    qualitative: ResultMeanings = field(default_factory=ResultMeanings)
    points: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)  # of a score that adds up, by name

    @classmethod
    def load(cls, directory: Path, site: Path | None = None) -> Concepts:
        """Read ``rules/concepts`` and a site's own codes.

        Raises RuleError with file:line where a file is wrong.
        """
        own = read_site(site) if site else SiteFile()
        labs, codes, drugs = with_site(
            own,
            LabConcepts.load(directory),
            CodeConcepts.load(directory, affiliate=own.snomed_affiliate),
            DrugConcepts.load(directory),
        )
        return cls(
            labs=labs,
            codes=codes,
            drugs=drugs,
            qualitative=ResultMeanings.load(directory).with_systems(own.systems),
            points=load_points(directory, labs, codes),
        )
