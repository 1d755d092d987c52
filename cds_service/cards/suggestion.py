"""What a clinician can accept on a card: a draft Task to ask the study team. Nothing is ordered or sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
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
    label, description, asked = _words(match.trial.id, match.trial.title)
    action = Action(description=description, resource=_task(asked, patient, as_of))
    return (Suggestion(label=label, uuid=new_id(), actions=(action,)),)


@lru_cache(maxsize=256)  # of the trial alone
def _words(trial: str, title: str) -> tuple[str, str, str]:
    """The label, what accepting does, and what the study team is asked."""
    label = clip(f"Ask the study team of {trial} about screening", 100)
    return (
        label,
        f"Create a draft task: {label[0].lower()}{label[1:]}",
        f"Ask the study team of {trial} ({clip(title, 200)}) whether this patient can be screened.",
    )


def _task(asked: str, patient: str, as_of: date) -> dict[str, Any]:
    """A draft Task, as FHIR R4 has it: checked once, and then filled in for each patient."""
    return {
        **_checked(),
        "description": (
            f"{asked} On {as_of} nothing on record failed a criterion; what is open is listed on the card. "
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
