"""A call in, cards out. Pure: the day and the source of ids are arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from cds_service.cards import Card, cards_for
from cds_service.errors import PreconditionFailed
from cds_service.fhir.decode import read_prefetch
from cds_service.fhir.record import Asked, Record
from cds_service.hooks.call import HookCall
from cds_service.hooks.gather import Gathered
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch_keys import keys_for
from cds_service.matching import MatchAnswer

DIAGNOSES = "Condition"
PATIENT = "patient"
REMEDY = (
    "Send the prefetch that the discovery answer asks for, at least the keys patient and conditions (null "
    "where there is nothing), or a fhirServer that is registered here."
)


@dataclass(frozen=True, slots=True)
class Answered:
    """The cards, and the verdicts that they tell of."""

    cards: list[Card]
    answer: MatchAnswer


def cards_of(
    call: HookCall,
    gathered: Gathered,
    matcher: Matcher,
    asked: Mapping[str, str],
    *,
    as_of: date,
    limit: int,
    new_id: Callable[[], str],
) -> Answered:
    """The cards for a call. Raises PreconditionFailed where the chart cannot be had at all."""
    record = chart_of(call.patient_id, gathered, asked, as_of)
    answer = matcher.match(record, as_of, None)
    return Answered(cards_for(answer, limit=limit, new_id=new_id), answer)


def chart_of(patient_id: str, gathered: Gathered, asked: Mapping[str, str], as_of: date) -> Record:
    """The patient's record; ``asked`` are the templates of the discovery answer."""
    if not gathered.prefetch:
        raise _required("No prefetch was sent", "prefetch", gathered)
    if PATIENT in gathered.why:
        raise _required("The Patient could not be had", f"prefetch.{PATIENT}", gathered)
    keys = keys_for(gathered.prefetch, asked)
    record = read_prefetch(gathered.prefetch, keys, patient_id, as_of)
    if record.was_asked(DIAGNOSES) in (Asked.FAILED, Asked.NOT_ASKED):
        raise _required("The patient's Conditions could not be had", "prefetch.conditions", gathered)
    told = {f"prefetch.{key}" for key in gathered.why}
    kept = tuple(issue for issue in record.issues if issue.reference not in told)
    return replace(record, issues=gathered.issues + kept)


def _required(what: str, where: str, gathered: Gathered) -> PreconditionFailed:
    """Why the chart cannot be had, and how to mend it."""
    reasons = " ".join(issue.text for issue in gathered.issues)
    return PreconditionFailed(f"{what}. {reasons} {REMEDY}".replace("  ", " "), where)
