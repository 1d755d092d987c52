"""Concepts that mean no code, and concepts that nothing asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds_service.concepts import Concepts
from cds_service.features.question import Question
from cds_service.trials.expression import leaves
from cds_service.trials.lint.finding import ERROR, NOTE, Draft, Finding, questions, shown, words


class EmptyConcept:
    """A question about a concept to which no code belongs: it can never find anything."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        concepts = draft.concepts
        for criterion in draft.trial.criteria:
            for question in (inner for asked in questions(criterion) for inner in shown(asked)):
                for key in dict.fromkeys(words(question)):
                    if _is_empty(key, concepts):
                        said = f'{criterion.id} asks for "{key}", to which no code belongs. Add codes to it.'
                        yield draft.at(ERROR, draft.line(question, criterion), said)


def _is_empty(key: str, concepts: Concepts) -> bool:
    if key in concepts.labs:
        concept = concepts.labs.concept(key)
        return not (concept.codes or concept.review_codes)
    return key in concepts.codes.concepts and not concepts.codes.has_codes(key)


def unused_concepts(drafts: Iterable[Draft], concepts: Concepts) -> Iterator[Finding]:
    """One note for each table that holds concepts which no trial asks for."""
    asked = {
        word
        for draft in drafts
        for question in _every_question(draft)
        for inner in shown(question)
        for word in words(inner)
    }
    tables = {
        "concepts/lab_concepts.csv": concepts.labs.by_key,
        "concepts/concepts.csv": concepts.codes.concepts,
    }
    for file, table in tables.items():
        unused = sorted(set(table) - asked)
        if unused:
            yield Finding(file, 1, NOTE, f"No trial asks by name for: {', '.join(unused)}.")


def _every_question(draft: Draft) -> Iterator[Question]:
    trial = draft.trial
    for indication in (trial.indication, *(cohort.indication for cohort in trial.cohorts)):
        for leaf in leaves(indication):
            yield leaf.question
    for criterion in trial.criteria:
        yield from questions(criterion)
