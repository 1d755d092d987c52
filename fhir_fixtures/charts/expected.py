"""What must come out for a patient, written by hand from the criteria of the trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from charts.building import Resource, bundle
from charts.day import AS_OF

SLP = "NCT06513429"
SLZ = "zhejiang-ultrafast-sle"
BSK = "NCT07193667"
SSC = "NCT06792344"
JDM = "NCT06569472"

TITLES = {
    SLP: "IM19 CAR-T cells in refractory lupus",
    SLZ: "ultra-fast CD19 CAR-T cells in refractory lupus",
    BSK: "CAR-T cells in refractory autoimmune disease: lupus, systemic sclerosis, myositis, ITP",
    SSC: "CD19 CAR-T cells in refractory systemic sclerosis",
    JDM: "CD19 CAR-T cells in refractory juvenile dermatomyositis",
}

CRITERIA = {
    SLP: (
        "I1 I2 I3 I4 I5a I5b I5c I5d I5e I5f I5g I6 I7a I7b I8 I9 E1 E2 E3 E4a E4b E5 E6a E6b E6c E6d E6e E7 E8 E9 "
        "E10a E10b E11a E11b E11c E11d E11e E11f E12 E13"
    ).split(),
    SLZ: "I1 I2a I2b I3 I4a I4b I4c I4d I4e I4f I5 I6a I6b I7 E*".split(),
    BSK: (
        "I1 I2 I3a I3b I3c I3d I3e I3f I3g I3h I3i I3j I4a I4b I4c I5 SLE SLE-1 SLE-2 SLE-3 "
        "SSC SSC-1 SSC-2 SSC-3 SSC-4 SSC-5 IIM IIM-1 IIM-2 IIM-3 IIM-4 IIM-5 ITP ITP-1 ITP-2 ITP-3 ITP-4 ITP-5 "
        "E1 E2 E3 E4 E5 E6 E7 E8a E8b E8c E8d E9 E10 E11 E12 E13"
    ).split(),
    SSC: (
        "I1 I2 I3 I4 I5 I6a I6b I6c I6d I6e I6f I6g I6h I7a I7b I8 E1 E2 E3 E4a E4b E4c E4d E4e E5 E6 E7a E7b "
        "E8a E8b E8c E8d E9 E10 E11 E12 E13"
    ).split(),
    JDM: (
        "I1 I2 I2a I2b I2c I2d I2e I2f I3 I3a I3b I3c I3d I4 I5 I6a1 I6a2 I6b I6c I6d I6e I6f I7 I8a I8b I9 "
        "E1 E2 E3 E4 E5 E6a E6b E6c E6d E6e E7 E8 E9a E9b E10a E10b E10c E10d E10e E11 E12 E13 E14 E15"
    ).split(),
}
"""Every row of the inventory, in the source's order."""


@dataclass(frozen=True)
class Expected:
    """One trial's result. What is neither satisfied nor failed is unknown.

    ``why`` is for a clinician; ``decides`` says of the telling criteria, one by one, what decides them.
    """

    result: str
    why: str
    satisfied: str = ""
    failed: str = ""
    cohort: Sequence[str] | None = None
    decides: Mapping[str, str] = field(default_factory=dict)

    def outcomes(self, trial: str) -> dict[str, str]:
        satisfied, failed = set(self.satisfied.split()), set(self.failed.split())
        wrong = (satisfied | failed | set(self.decides)) - set(CRITERIA[trial]) or satisfied & failed
        if wrong:
            raise ValueError(f"{trial}: {sorted(wrong)} is no criterion, or named twice")
        return {
            id_: "satisfied" if id_ in satisfied else "failed" if id_ in failed else "unknown"
            for id_ in CRITERIA[trial]
        }


def possible(why: str, satisfied: str, **more: Any) -> Expected:
    return Expected("possible-match", why, satisfied, **more)


def ruled_out(why: str, failed: str, satisfied: str, **more: Any) -> Expected:
    return Expected("ruled-out", why, satisfied, failed, **more)


def not_relevant(why: str) -> Expected:
    return Expected("not-relevant", why)


@dataclass(frozen=True)
class Patient:
    """One synthetic patient: who, the chart, and what must come out of it."""

    slug: str
    name: str
    gender: str
    born: str
    who: str
    chart: list[Resource]
    expected: Mapping[str, Expected]
    kind: str = "collection"
    rows: Mapping[str, str] = field(default_factory=dict)
    """Which rows of the README's table the patient stands for: trial -> row."""
    units: str = "mg/dL"

    @property
    def years(self) -> int:
        year, month, day = (int(part) for part in self.born.split("-"))
        return AS_OF.year - year - ((AS_OF.month, AS_OF.day) < (month, day))

    def bundle(self) -> Resource:
        return bundle(
            slug=self.slug,
            name=self.name,
            gender=self.gender,
            born=self.born,
            chart=self.chart,
            kind=self.kind,
        )

    def expected_json(self) -> dict[str, Any]:
        trials: dict[str, Any] = {}
        for trial, expected in self.expected.items():
            relevant = expected.result != "not-relevant"
            trials[trial] = {
                "result": expected.result,
                "cohort": list(expected.cohort) if expected.cohort is not None else None,
                "criteria": expected.outcomes(trial) if relevant else {},
            }
        return {"asOf": AS_OF.isoformat(), "trials": trials}

    def about(self) -> str:
        """The patient and what must come out, in a clinician's words."""
        lines = [f"# {self.name}", "", self.who, "", f"Judged on {AS_OF.isoformat()}, age {self.years}.", ""]
        lines += ["| trial | result | why |", "|---|---|---|"]
        for trial, expected in self.expected.items():
            cohort = (
                f" (cohort: {', '.join(expected.cohort) or 'none left'})"
                if expected.cohort is not None
                else ""
            )
            lines.append(f"| {trial} | {expected.result}{cohort} | {expected.why} |")
        for trial, expected in self.expected.items():
            if not expected.decides:
                continue
            lines += [
                "",
                f"## {trial}: {TITLES[trial]}",
                "",
                "| criterion | outcome | what decides it |",
                "|---|---|---|",
            ]
            outcomes = expected.outcomes(trial)
            lines += [f"| {id_} | {outcomes[id_]} | {words} |" for id_, words in expected.decides.items()]
        lines += ["", "Every other criterion, with its outcome, is in `expected.json`.", ""]
        return "\n".join(lines)
