"""What a file says in the source's name and the source does not say."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.trials.coverage import coverage
from cds_service.trials.lint.finding import ERROR, WARNING, Draft, Finding
from cds_service.trials.verbatim import difference, loosely_quoted, quoted


class DroppedWords:
    """Words of the eligibility text that belong to no criterion."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        extent = draft.file.eligibility
        if extent is None:
            return
        found = coverage(draft.file, draft.source)
        if found is None:
            said = '"eligibility" leads to no place in the source. Copy its first words, and those after it.'
            yield draft.at(ERROR, extent.line, said)
            return
        if not draft.trial.complete:
            return
        for uncovered in found.uncovered():
            said = (
                f'No criterion carries "{uncovered.text}" (line {uncovered.line} of the source). Add it to a '
                "text, or to sentences_not_criteria."
            )
            yield draft.at(ERROR, extent.line, said)
        for piece in extent.not_criteria:
            if not quoted(piece, draft.source):
                said = f'"{piece}" is not in the source. {difference(piece, draft.source)}'
                yield draft.at(ERROR, piece.line, said)


class NotInSource:
    """A sponsor, place, contact or fact that the source does not carry."""

    def check(self, draft: Draft) -> Iterator[Finding]:
        trial = draft.trial
        said = {
            "sponsor": (trial.sponsor,),
            "phase": (trial.phase,),
            "summary": (trial.summary,),
            "locations": trial.locations,
            "contacts": trial.contacts,
            "conditions": trial.conditions,
            "facts": tuple(trial.facts.values()),
        }
        for key, texts in said.items():
            for text in texts:
                if text and not loosely_quoted(text, draft.source):
                    line = draft.file.lines.get(key, 1)
                    yield draft.at(
                        WARNING, line, f'The source does not say "{text}". Quote it, or remove it.'
                    )
