"""Clinical scores that have no LOINC code: read only under the local system, never by their name alone.

The system is ``urn:cart-cds:clinical-scores``; a site maps its own codes to it. A value outside the score's
range is a slip or another scale, and decides nothing. Nothing here adds a score up from its items; for
SLEDAI-2K :mod:`cds_service.features.sledai` tells how many points its laboratory descriptors make at least.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.points import SLEDAI
from cds_service.features import traces
from cds_service.features.measurements import reading_of
from cds_service.features.question import Amount, Reading
from cds_service.features.results import latest
from cds_service.features.sledai import with_descriptors
from cds_service.features.traces import Traces

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class Score(Amount, frozen=True, kw_only=True):
    """``{score: sledai-2k, at_least: "8"}``"""

    keyword: ClassVar[str] = "score"
    label: ClassVar[str] = "Score"

    score: str

    def read(self, chart: Chart) -> Reading:
        reading = reading_of(chart, self.score, latest(chart, chart.concepts.labs.concept(self.score)))
        return with_descriptors(chart, reading) if self.score == SLEDAI else reading

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        return None if self.score == SLEDAI else frozenset({traces.lab(self.score)})

    def check(self, concepts: Any) -> Iterable[str]:
        wrong = concepts.labs.unknown(self.score)
        if wrong is not None:
            yield wrong
        elif concepts.labs.concept(self.score).unit != "{score}":
            yield f'"{self.score}" is not a score. Ask {{lab: …}} or {{measurement: …}} with a unit.'
