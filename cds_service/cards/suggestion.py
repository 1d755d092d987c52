"""What a clinician can accept on a card: a draft Task to ask the study team. Nothing is ordered or sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from cds_service.cards.card import Action, Suggestion
from cds_service.cards.markdown import clip
from cds_service.matching import TrialMatch

_PATIENT = re.compile(r"Patient/[A-Za-z0-9.-]{1,64}")


def ask_the_study_team(
    match: TrialMatch, patient: str, as_of: date, new_id: Callable[[], str]
) -> tuple[Suggestion, ...]:
    """One suggestion, or none where the patient has no id that a Task could refer to."""
    if not _PATIENT.fullmatch(patient):
        return ()
    label = clip(f"Ask the study team of {match.trial.id} about screening", 100)
    description = f"Create a draft task: {label[0].lower()}{label[1:]}"
    action = Action(description=description, resource=_task(match, patient, as_of))
    return (Suggestion(label=label, uuid=new_id(), actions=(action,)),)


def _task(match: TrialMatch, patient: str, as_of: date) -> dict[str, Any]:
    """A draft Task, as FHIR R4 has it: checked once, and then filled in for each patient."""
    trial = match.trial
    name = clip(trial.title, 200)
    return {
        **_checked(),
        "description": (
            f"Ask the study team of {trial.id} ({name}) whether this patient can be screened. "
            f"On {as_of} nothing on record failed a criterion; what is open is listed on the card. "
            "Not an eligibility decision."
        ),
        "for": {"reference": patient},
    }


@cache
def _checked() -> dict[str, Any]:
    from fhir.resources.R4B.task import Task  # noqa: PLC0415  # slow to import, and wanted only here

    task = Task.model_validate(
        {
            "status": "draft",
            "intent": "proposal",
            "code": {"text": "Ask the study team about screening"},
            "description": "Ask the study team whether this patient can be screened.",
            "for": {"reference": "Patient/example"},
        }
    )
    resource: dict[str, Any] = json.loads(task.model_dump_json())
    return resource
