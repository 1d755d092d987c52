"""A match answer as tables: per trial the result and counts, then each criterion with value, date, record."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cds_service.matching import CriterionVerdict, MatchAnswer, Outcome, Result, TrialMatch

SIGNS = {Outcome.SATISFIED: ("✓", "green"), Outcome.FAILED: ("✗", "red"), Outcome.UNKNOWN: ("?", "yellow")}
RESULTS = {
    Result.POSSIBLE_MATCH: ("possible match: nothing failed", "green"),
    Result.RULED_OUT: ("ruled out", "red"),
    Result.NOT_RELEVANT: ("not relevant to this patient", "dim"),
}
ORDER = (Outcome.FAILED, Outcome.SATISFIED, Outcome.UNKNOWN)


def show_answer(answer: MatchAnswer, console: Console, *, every: bool = False) -> None:
    """Print the whole answer. Criteria of trials that are not relevant are left out unless ``every``."""
    console.print(
        Text.assemble(
            (f"{answer.patient}", "bold"),
            f"  evaluated on {answer.as_of} (this date stands in for screening and enrolment)",
        )
    )
    for found in answer.matches:
        console.print()
        console.print(_trial(found, every=every))
    if answer.issues:
        console.print()
        console.print(Text("What could not be used of the input", style="bold"))
        for issue in answer.issues:
            where = f"{issue.reference}: " if issue.reference else ""
            console.print(Text(f"  {issue.severity}: {where}{issue.text}"))
    console.print()
    console.print(
        Text("A possible match is not an eligibility decision: the study team decides.", style="italic")
    )


def _trial(found: TrialMatch, *, every: bool) -> RenderableType:
    words, style = RESULTS[found.result]
    heading = Text.assemble((found.trial.id, "bold"), "  ", (words, style))
    if found.cohorts:
        heading.append(f"  cohort: {', '.join(found.cohorts)}")
    lines: list[RenderableType] = [heading, Text(f"  {found.trial.title}", style="dim")]
    counts = found.counts
    lines.append(Text(f"  {counts.satisfied} satisfied, {counts.failed} failed, {counts.unknown} unknown"))
    if not found.trial.complete:
        lines.append(
            Text("  Incomplete: not every criterion of this source is in the rules yet.", style="yellow")
        )
    if found.relevance:
        lines.append(Text(f"  Concerns this patient: {found.relevance}", style="dim"))
    lines += [Text(f"  In the source: {defect}", style="dim") for defect in found.trial.defects]
    if every or found.result is not Result.NOT_RELEVANT:
        lines.append(Padding(_criteria(found), (0, 0, 0, 2)))
    return Group(*lines)


def _criteria(found: TrialMatch) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("")
    table.add_column("criterion", no_wrap=True)
    table.add_column("verdict and why", ratio=3)
    table.add_column("record", ratio=1, style="dim", overflow="fold")
    for verdict in sorted(found.verdicts, key=lambda verdict: ORDER.index(verdict.outcome)):
        sign, style = SIGNS[verdict.outcome]
        kind = "in" if verdict.criterion.kind == "inclusion" else "ex"
        table.add_row(
            Text(sign, style=style),
            Text(f"{verdict.criterion.id} {kind}"),
            _why(verdict),
            Text("\n".join(dict.fromkeys(item.reference for item in verdict.evidence))),
        )
    return table


def _why(verdict: CriterionVerdict) -> Text:
    why = Text()
    if verdict.reason:
        why.append(f"{verdict.reason}: ", style="yellow")
    if verdict.not_applicable:
        why.append("does not apply: ", style="dim")
    why.append(verdict.explanation)
    if verdict.distance and verdict.outcome is Outcome.FAILED:
        why.append(f" [{verdict.distance.text}]", style="dim")
    return why
