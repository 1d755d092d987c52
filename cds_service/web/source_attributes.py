"""The thirteen source attributes of an evidence-based decision support intervention, for one trial.

The list and its order are those of 45 CFR 170.315(b)(11)(iv)(A)(1) to (13) (ONC HTI-1, 89 FR 1192, 9 January
2024). What is not known is said to be not stated. Use of a patient's characteristics is read off the
questions that the trial's criteria ask, so that it cannot fall behind them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cds_service.features.age import Age
from cds_service.features.childbearing import Childbearing
from cds_service.features.creatinine_clearance import CreatinineClearance
from cds_service.features.egfr import Egfr
from cds_service.features.pregnancy import PregnancyTest, Pregnant
from cds_service.features.question import Question
from cds_service.features.scores import Score
from cds_service.features.sex import Sex
from cds_service.trials.how_decided import looked_at
from cds_service.trials.model import Trial

NOT_STATED = "Not stated in the source"
NOT_USED = "Not used: no criterion of this trial reads it"
RANGES_BY_SEX = "; also to choose among upper limits that a laboratory reports by sex"
BY_AGE = (
    "; also to choose among upper limits reported by age, and to date a diagnosis recorded by age at onset"
)
FUNCTIONAL_SCORES = frozenset({"haq-di", "mmt-8"})


@dataclass(frozen=True, slots=True)
class SourceAttribute:
    """``number`` is that of the paragraph in the regulation."""

    number: int
    name: str
    value: str


def source_attributes(trial: Trial, rules_version: str) -> tuple[SourceAttribute, ...]:
    """All thirteen, in the regulation's order."""
    named = (
        ("Bibliographic citation of the intervention (clinical research or guideline)", _citation(trial)),
        (
            "Developer of the intervention (translation from clinical research or guideline)",
            _developer(trial),
        ),
        ("Funding source of the technical implementation for the intervention’s development", NOT_STATED),
        ("Release and revision dates of the intervention or reference source", _dates(trial, rules_version)),
        ("Use of race", NOT_USED),
        ("Use of ethnicity", NOT_USED),
        ("Use of language", NOT_USED),
        ("Use of sexual orientation", NOT_USED),
        ("Use of gender identity", NOT_USED),
        ("Use of sex", _use(trial, _reads_sex, "Patient.gender", RANGES_BY_SEX)),
        ("Use of date of birth", _use(trial, _reads_birth_date, "Patient.birthDate", BY_AGE)),
        ("Use of social determinants of health data", NOT_USED),
        (
            "Use of health status assessments data",
            _use(trial, _reads_health_status, "Pregnancy or functional status"),
        ),
    )
    return tuple(SourceAttribute(number, name, value) for number, (name, value) in enumerate(named, 1))


def _citation(trial: Trial) -> str:
    registry = trial.source.registry
    where = "registry or site not named in the source" if registry.startswith("not ") else registry
    number = trial.registry_number or "no registry number in the source"
    return f"{trial.title}. {number}. {where}. Text held here: sha256 {trial.source.sha256}"


def _developer(trial: Trial) -> str:
    sponsor = trial.sponsor or "a sponsor not stated in the source"
    return (
        f"The criteria are those of {sponsor}. They were put into rules for this service, in "
        f"rules/trials/{trial.id}/trial.yaml; each reading stands below beside the source’s words."
    )


def _dates(trial: Trial, rules_version: str) -> str:
    source = trial.source
    dated = (
        f"Source: {source.updated} ({source.updated_label or 'unlabelled date'})"
        if source.updated
        else "Source: not stated in the source"
    )
    return f"{dated}. Rules: version {rules_version}"


def _use(trial: Trial, reads: Callable[[Question], bool], what: str, also: str = "") -> str:
    ids = [
        criterion.id
        for criterion in trial.criteria
        if not criterion.parts and any(reads(question) for question in looked_at(trial, criterion))
    ]
    return f"{what}, read for {', '.join(ids)}{also}" if ids else NOT_USED


def _reads_sex(question: Question) -> bool:
    return isinstance(question, Sex | Childbearing | Egfr | CreatinineClearance)


def _reads_birth_date(question: Question) -> bool:
    return isinstance(question, Age | Childbearing | Egfr | CreatinineClearance)


def _reads_health_status(question: Question) -> bool:
    """Pregnancy and functional status belong to this data class in USCDI version 3."""
    if isinstance(question, Score):
        return question.score in FUNCTIONAL_SCORES
    return isinstance(question, Pregnant | PregnancyTest)
