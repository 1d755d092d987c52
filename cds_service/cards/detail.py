"""The body of a card: short Markdown that reads as well unrendered.

It says what decided, with the patient's own dated values, what is missing, what only a person can say, how
old the data is, and what the trial's source leaves out. Nothing that is open is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter

from cds_service.cards.markdown import escape, escape_authored, escape_clipped
from cds_service.cards.open_items import DATA, data_to_get, leaves, open_ones, wanted
from cds_service.features.question import Reason
from cds_service.fhir.partial_date import PartialDate, parse
from cds_service.fhir.record import Issue
from cds_service.matching import CriterionVerdict, MatchAnswer, Outcome, TrialMatch

DECISIVE_ROWS = 8
ISSUES_SHOWN = 5
LONGEST_LINE = 220

RANK = {"unusable": 0, "inclusion": 1, "exclusion": 2, "clinician": 3, "patient": 4}


def detail(match: TrialMatch, answer: MatchAnswer, not_shown: Iterable[str] = ()) -> str:
    """The whole detail; its blocks are separated by an empty line."""
    return "\n\n".join(filter(None, _blocks(match, answer, tuple(not_shown))))


def _blocks(match: TrialMatch, answer: MatchAnswer, not_shown: tuple[str, ...]) -> Iterator[str]:
    trial, shown = match.trial, leaves(match)
    unknown = open_ones(shown)
    yield f"**{escape_authored(trial.title)}** ({escape_authored(trial.id)}, {escape_authored(trial.status)})"
    yield "This is not an eligibility decision: nothing on the record failed, and the study team decides."
    if not trial.complete:
        yield "**Incomplete:** some criteria of this trial's source are not checked by this service yet."
    if match.cohorts:
        yield f"Cohorts still open: {escape(', '.join(_cohort_names(match)))}."
    yield _relevance(match)
    yield _table(decisive(match, shown))
    yield _list("Data to get", _data(match, unknown))
    yield _list("To confirm with the patient or a clinician", _confirm(unknown))
    yield _age_of_data(shown, answer)
    yield _source_gaps(
        trial.defects,
        exclusions=trial.has_exclusions_in_source,
        number=trial.registry_number is not None,
        contact=bool(trial.contacts),
    )
    yield _contacts(trial.contacts)
    yield _list("What could not be used of the record", _issues(answer.issues))
    if not_shown:
        yield f"Further possible matches not shown: {escape(', '.join(not_shown))}."


def _relevance(match: TrialMatch) -> str:
    said = escape_clipped(match.relevance, LONGEST_LINE)
    if match.relevance_unsure:
        return f"**Confirm the diagnosis first:** {said}"
    return f"Why this trial: {said}" if said else ""


def _cohort_names(match: TrialMatch) -> list[str]:
    names = {cohort.id: cohort.name for cohort in match.trial.cohorts}
    return [
        f"{cohort} ({names[cohort]})" if names.get(cohort, cohort) != cohort else cohort
        for cohort in match.cohorts
    ]


def _table(rows: Sequence[CriterionVerdict]) -> str:
    if not rows:
        return ""
    lines = ["| Criterion | On record | Verdict |", "|---|---|---|"]
    for verdict in rows:
        found = escape_clipped(verdict.explanation, LONGEST_LINE)
        lines.append(f"| {escape_authored(verdict.criterion.id)} | {found} | {verdict.outcome} |")
    return "\n".join(lines)


def decisive(match: TrialMatch, shown: Sequence[CriterionVerdict] | None = None) -> list[CriterionVerdict]:
    """The verdicts that rest on a recorded value, most telling first.

    First what conflicts or cannot be used, then what is met, then what is absent, then what a clinician must
    weigh, and what only the Patient's age and sex say last.
    """
    rows = [
        verdict
        for verdict in (leaves(match) if shown is None else shown)
        if verdict.evidence
        and verdict.outcome is not Outcome.FAILED
        and verdict.reason is not Reason.MISSING_DATA
        and not verdict.not_applicable
        and any(evidence.value or evidence.date for evidence in verdict.evidence)
    ]
    return sorted(rows, key=_rank)[:DECISIVE_ROWS]


def _rank(verdict: CriterionVerdict) -> int:
    if all(evidence.reference.startswith("Patient/") for evidence in verdict.evidence):
        return RANK["patient"]
    if verdict.outcome is Outcome.UNKNOWN:
        return RANK["unusable" if verdict.reason in DATA else "clinician"]
    return RANK[verdict.criterion.kind]


def _data(match: TrialMatch, unknown: Sequence[CriterionVerdict]) -> Iterator[str]:
    for need, criteria in data_to_get(match, unknown).items():
        code = f" (LOINC {escape_authored(need.loinc)})" if need.loinc else ""
        yield f"{escape_authored(need.name)}{code}: {escape(', '.join(criteria))}"
    for verdict in unknown:
        if verdict.reason in DATA and not wanted(verdict):
            yield _line(verdict)


def _confirm(unknown: Sequence[CriterionVerdict]) -> Iterator[str]:
    for verdict in unknown:
        if verdict.reason not in DATA:
            looked = " (nothing on record)" if verdict.reason is Reason.NOTHING_ON_RECORD else ""
            yield _line(verdict) + looked


def _line(verdict: CriterionVerdict) -> str:
    words = verdict.explanation or verdict.criterion.reading
    return f"{escape_authored(verdict.criterion.id)}: {escape_clipped(words, LONGEST_LINE)}"


def _age_of_data(shown: Sequence[CriterionVerdict], answer: MatchAnswer) -> str:
    said = f"Evaluated on {answer.as_of}, which stands in for the date of screening."
    texts = dict.fromkeys([evidence.date for verdict in shown for evidence in verdict.evidence])
    dates = [found for text in texts if (found := parse(text)) is not None]
    if not dates:
        return said
    oldest = min(dates, key=_first)
    newest = max(dates, key=_last)
    if _day(oldest) == _day(newest):
        return f"{said} The data used is dated {_day(oldest)}."
    return f"{said} The data used is dated from {_day(oldest)} to {_day(newest)}."


_first, _last = attrgetter("first"), attrgetter("last")


def _day(found: PartialDate) -> str:
    return found.text.strip()[:10]


@lru_cache(maxsize=256)  # of the trial alone
def _source_gaps(defects: tuple[str, ...], *, exclusions: bool, number: bool, contact: bool) -> str:
    told = " ".join(defects).lower()
    lines = []
    if not exclusions and "exclusion" not in told:
        lines.append("The source lists no exclusion criteria; that does not mean there are none.")
    if not number and "registry number" not in told:
        lines.append("The source carries no registry number.")
    if not contact and "contact" not in told:
        lines.append("The source carries no contact.")
    lines += [escape_clipped(defect, LONGEST_LINE) for defect in defects]
    return _list("What the source leaves out or gets wrong", lines)


@lru_cache(maxsize=256)  # of the trial alone
def _contacts(contacts: tuple[str, ...]) -> str:
    return _list("Contact, as the source gives it", [escape(line, addresses=True) for line in contacts])


def _issues(issues: tuple[Issue, ...]) -> Iterator[str]:
    told = [issue for issue in issues if issue.severity != "information"]
    for issue in told[:ISSUES_SHOWN]:
        where = f"{escape(issue.reference)}: " if issue.reference else ""
        yield where + escape_clipped(issue.text, LONGEST_LINE)
    if len(told) > ISSUES_SHOWN:
        yield f"and {len(told) - ISSUES_SHOWN} more"


def _list(heading: str, lines: Iterable[str]) -> str:
    items = dict.fromkeys(lines)
    return f"**{heading}**\n\n- " + "\n- ".join(items) if items else ""
