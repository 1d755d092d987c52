"""``cart-trial-match``: a call in, cards out. Pure: the day and the source of ids are arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.cards import Card, cards_for
from cds_service.errors import PreconditionFailed
from cds_service.fhir.decode import read_prefetch
from cds_service.fhir.record import Asked, Record
from cds_service.hooks.call import HookCall
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch_keys import keys_for
from cds_service.matching import MatchAnswer

DIAGNOSES = "Condition"


@dataclass(frozen=True, slots=True)
class Answered:
    """The cards, and the verdicts that they tell of."""

    cards: list[Card]
    answer: MatchAnswer


def cards_of(
    call: HookCall,
    matcher: Matcher,
    asked: Mapping[str, str],
    *,
    as_of: date,
    limit: int,
    new_id: Callable[[], str],
) -> Answered:
    """The cards for a call. Raises PreconditionFailed where the chart cannot be had at all."""
    record = chart_of(call, asked, as_of)
    answer = matcher.match(record, as_of, None)
    return Answered(cards_for(answer, limit=limit, new_id=new_id), answer)


def chart_of(call: HookCall, asked: Mapping[str, str], as_of: date) -> Record:
    """The patient's record from the prefetch; ``asked`` are the templates of the discovery answer.

    This is where what the prefetch lacks would be fetched from ``call.fhir_server`` with
    ``call.fhir_authorization``; nothing is fetched yet, and nobody is called.
    """
    if not call.prefetch:
        raise PreconditionFailed(
            "No prefetch was sent, and this service does not call the FHIR server. Send the prefetch that "
            "the discovery answer asks for: at least the keys patient and conditions.",
            "prefetch",
        )
    record = read_prefetch(call.prefetch, keys_for(call.prefetch, asked), call.patient_id, as_of)
    if record.was_asked(DIAGNOSES) in (Asked.FAILED, Asked.NOT_ASKED):
        raise PreconditionFailed(
            "The patient's Conditions were not sent, or the query for them failed. Send the prefetch key "
            "conditions: a searchset Bundle, or null where the patient has none.",
            "prefetch.conditions",
        )
    return record
