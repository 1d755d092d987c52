"""Keep what an answer showed, after it is built and before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import g

from cds_service.cards import Card
from cds_service.errors import Unavailable
from cds_service.matching import Counts, MatchAnswer, Result
from cds_service.store.shown import Shown, TrialShown
from cds_service.watch import metrics
from cds_service.web.callers import caller, client_name
from cds_service.web.request_line import note, note_error
from cds_service.web.store_use import store_use
from cds_service.web.wiring import wiring


def keep_shown(
    endpoint: str, answer: MatchAnswer, cards: Sequence[Card] = (), user: str | None = None
) -> None:
    """Write the audit row, and a row for each card. Raises Unavailable where the site wants no answer
    without them; else the failure is in the log line.
    """
    parts = wiring()
    known = caller()
    shown = Shown(
        at=datetime.now(UTC),
        request=g.line["request_id"],
        client=client_name(),
        tenant=known.tenant if known else None,
        endpoint=endpoint,
        patient=answer.patient,
        user=user,
        rules_version=answer.rules_version,
        as_of=answer.as_of,
        trials=_trials(answer, cards),
    )
    try:
        with store_use("audit"):
            parts.store.shown.add(shown)
    except Unavailable as error:
        if parts.store.shown.audited and parts.settings.audit_required:
            raise
        note(audit="not written")
        note_error(error.__cause__ if isinstance(error.__cause__, Exception) else error)
    for trial in shown.trials:
        metrics.count_result(trial.trial, trial.result)
        if trial.card:
            metrics.count_card(endpoint, trial.trial)


def _trials(answer: MatchAnswer, cards: Sequence[Card]) -> tuple[TrialShown, ...]:
    """The cards are those of the first possible matches, in the same order."""
    left = iter(cards)
    shown = []
    for match in answer.matches:
        card = next(left, None) if match.result is Result.POSSIBLE_MATCH else None
        counts = match.counts if card else Counts(0, 0, 0)  # kept with a card alone
        shown.append(
            TrialShown(
                match.trial.id,
                match.result.value,
                counts.satisfied,
                counts.failed,
                counts.unknown,
                card.uuid if card else None,
            )
        )
    return tuple(shown)
