"""What a criterion may ask: one small module for each family of clinical facts.

``QUESTIONS`` maps the keyword that opens a leaf of a trial file to its question.
"""

from __future__ import annotations

from cds_service.features.age import Age
from cds_service.features.question import Question

QUESTIONS: dict[str, type[Question]] = {
    question.keyword: question
    for question in (
        Age,
    )
}
