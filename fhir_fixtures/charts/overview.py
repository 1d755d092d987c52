"""The README: which patient stands for which row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from charts.day import AS_OF
from charts.expected import BSK, JDM, SLP, SLZ, SSC, TITLES, Patient

ROWS = {
    "possible": "possible match",
    "inclusion": "ruled out by an inclusion",
    "exclusion": "ruled out by an exclusion",
    "missing": "data missing or unusable",
    "boundary": "at a limit",
}
TRIALS = (SLP, SLZ, BSK, SSC, JDM)


def readme(patients: Sequence[Patient]) -> str:
    lines = [
        "# Synthetic patients",
        "",
        f"Every patient here is made up. All are judged on **{AS_OF.isoformat()}** (`charts/day.py`).",
        "",
        "`python fhir_fixtures/generate.py` writes `patients/`, `requests/`, `hostile/` and this page from the readable",
        "data in `charts/`, the same bytes each time. For each patient:",
        "",
        "- `bundle.json`: the chart, a FHIR R4 Bundle (collection, transaction or searchset);",
        "- `about.md`: who it is, and what must come out of each trial and why, in a clinician's words;",
        "- `expected.json`: the same for a machine, criterion by criterion. It is written by hand from the trials'",
        "  criteria, not taken from what the service answers; `tests/test_fixtures.py` compares the two.",
        "",
        "`requests/` holds ready CDS Hooks calls, `hostile/` charts that are wrong in one way each.",
        "",
        "## Which patient stands for what",
        "",
        f"| | {' | '.join(TRIALS)} |",
        f"|---|{'---|' * len(TRIALS)}",
    ]
    for row, words in ROWS.items():
        cells = [_links(each for each in patients if each.rows.get(trial) == row) for trial in TRIALS]
        lines.append(f"| {words} | {' | '.join(cells)} |")
    lines += [
        "",
        f"{SLZ} lists no exclusions, so no patient can be ruled out by one: the patient in that cell shows it.",
        "",
        "| | patients |",
        "|---|---|",
        f"| children (under 18) | {_links(each for each in patients if each.years < 18)} |",
        f"| adults, women | {_links(each for each in patients if each.years >= 18 and each.gender == 'female')} |",
        f"| adults, men | {_links(each for each in patients if each.years >= 18 and each.gender == 'male')} |",
        f"| laboratory in SI units | {_links(each for each in patients if each.units == 'SI')} |",
        "| laboratory in mg/dL | all others |",
        "",
        "## All patients",
        "",
        f"| patient | age, sex | {' | '.join(TRIALS)} |",
        f"|---|---|{'---|' * len(TRIALS)}",
    ]
    for each in patients:
        results = " | ".join(_result(each, trial) for trial in TRIALS)
        lines.append(f"| {_links([each])} | {each.years}, {each.gender} | {results} |")
    lines += ["", *(f"- {trial}: {TITLES[trial]}" for trial in TRIALS), ""]
    return "\n".join(lines)


def _result(patient: Patient, trial: str) -> str:
    expected = patient.expected[trial]
    if expected.result == "not-relevant":
        return "–"
    cohort = f" ({', '.join(expected.cohort)})" if expected.cohort else ""
    failed = ""
    if expected.result == "ruled-out":
        # A cohort that is closed rules nobody out while another is open.
        closed = ("SLE", "SSC", "IIM", "ITP") if expected.cohort else ()
        failed = " ".join(each for each in expected.failed.split() if not each.startswith(closed or "-"))
    return f"{expected.result.replace('-', ' ')}{cohort}{f': {failed}' if failed else ''}"


def _links(patients: Iterable[Patient]) -> str:
    return ", ".join(f"[{each.slug}](patients/{each.slug}/about.md)" for each in patients)
