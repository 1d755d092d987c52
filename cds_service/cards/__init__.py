"""Trial matches as CDS Hooks cards: one for each possible match, best first, none for anything else."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from cds_service.cards.card import Card, Cards, Coding, Link, Source
from cds_service.cards.detail import detail
from cds_service.cards.markdown import clip
from cds_service.cards.override_reasons import OVERRIDE_REASONS
from cds_service.cards.suggestion import ask_the_study_team
from cds_service.cards.summary import summary
from cds_service.matching import MatchAnswer, Result, TrialMatch
from cds_service.trials.model import Trial

__all__ = ["Card", "Cards", "cards_for"]

TOPIC = Coding(system="urn:cart-cds:card-topics", code="possible-trial-match", display="Possible trial match")


def cards_for(answer: MatchAnswer, *, limit: int, new_id: Callable[[], str]) -> list[Card]:
    """The cards for one patient. ``new_id`` gives a new UUID for each card and suggestion.

    Where more trials are possible than ``limit`` shows, the last card names them.
    """
    possible = [match for match in answer.matches if match.result is Result.POSSIBLE_MATCH]
    shown = possible[:limit]
    rest = [match.trial.id for match in possible[limit:]]
    return [_card(match, answer, rest if match is shown[-1] else [], new_id) for match in shown]


def _card(match: TrialMatch, answer: MatchAnswer, rest: list[str], new_id: Callable[[], str]) -> Card:
    trial = match.trial
    suggestions = ask_the_study_team(match, answer.patient, answer.as_of, new_id)
    source, links = _source(trial.id, trial.source.registry, _registry_page(trial))
    return Card(
        uuid=new_id(),
        summary=summary(match),
        indicator="info",
        source=source,
        detail=detail(match, answer, rest),
        suggestions=suggestions,
        selection_behavior="at-most-one" if suggestions else None,
        override_reasons=OVERRIDE_REASONS,
        links=links,
    )


@lru_cache(maxsize=256)  # of the trial alone
def _source(trial: str, registry: str, page: str | None) -> tuple[Source, tuple[Link, ...]]:
    """Where the trial's words come from, and the way there."""
    registry = clip(registry, 100)
    label = f"Trial description {trial}, registry {registry}" if registry.startswith("not ") else registry
    links = (Link(label=f"{clip(trial, 64)} in the registry", url=page),) if page else ()
    return Source(label=label, url=page, topic=TOPIC), links


def _registry_page(trial: Trial) -> str | None:
    """Only where the source itself carries a registry number: an address is never made up."""
    url = trial.source.url
    return url if trial.registry_number and url and url.startswith("https://") else None
