"""Groups of results that many charts share, each with the criteria that it satisfies when all is normal."""

from __future__ import annotations

from charts.building import RECENT, Resource, answer, lab
from charts.expected import BSK, JDM, SLP, SLZ, SSC

Change = str | None

_US = {
    "wbc": "5.2", "anc": "3.4", "hemoglobin": "11.8", "platelets": "186", "alt": "24", "ast": "22", "alp": "71",
    "bilirubin": "0.6", "creatinine": "0.7", "inr": "1.0", "pt": "11.4", "cd4": "620",
}  # fmt: skip
_SI = {"creatinine-si": "62", "bilirubin-si": "10"}


def organs(*, si: bool = False, on: str = RECENT, without: str = "", **other: str) -> list[Resource]:
    """Blood count, liver, kidney, clotting, CD4 cells: normal, but for what is said. ``other`` names a test
    with _ for -; ``si`` sends SI units (g/L, 10*9/L, umol/L).
    """
    values = dict(_US)
    if si:
        values = {key: value for key, value in values.items() if key not in ("creatinine", "bilirubin")} | _SI
        values["hemoglobin"] = "118"
    values |= {key.replace("_", "-"): value for key, value in other.items()}
    made = []
    for test, value in values.items():
        if test in without.split():
            continue
        if si and test == "hemoglobin":
            made.append(lab(test, value, "g/L", on, uln="150"))
        elif si and test in ("wbc", "anc", "platelets"):
            made.append(lab(test, value, "10*9/L", on))
        else:
            made.append(lab(test, value, on=on))
    return made


ORGANS = {
    SLP: "E10a E10b E11a E11b E11c E11d E11e E11f",
    SLZ: "I4b I4c I4d",
    BSK: "I3a I3b I3c I3d I3e I3f I3h I3i E7",
    SSC: "I6c I6d I6e",
    JDM: "I6b I6c I6d",
}
"""The creatinine clearance of BSK-I3g needs the weight as well; a child's eGFR the height. BSK-E7: an eGFR of 15
or more is no end-stage renal failure.
"""


def serology(on: str = "2026-09-15") -> list[Resource]:
    """Hepatitis B and C, HIV, syphilis (both kinds of test) and CMV DNA, all negative."""
    tests = ("hbsag", "hbcab", "hcv-ab", "hiv", "treponema", "rpr")
    return [*(answer(test, "negative", on) for test in tests), answer("cmv-dna", "not detected", on)]


SEROLOGY = {
    SLP: "E6a E6d",
    BSK: "E8a E8b E8c E8d",
    SSC: "E8a E8b E8c E8d",
    JDM: "E10a E10b E10c E10d E10e",
}


def heart_and_lung(lvef: str = "62", spo2: str = "98") -> list[Resource]:
    return [lab("lvef", lvef, on="2026-10-12"), lab("spo2", spo2)]


HEART_AND_LUNG = {SLZ: "I4f", SSC: "I6a I6f", JDM: "I6a1 I6f"}
"""In SLZ-I4a the ejection fraction is joined to an ECG that a clinician must read."""

MAN = {SLP: "I7a I7b", SLZ: "I6a", BSK: "I4b I4c E12", SSC: "I7a E10", JDM: "I8a E12"}
"""What does not concern a man or boy."""

NOT_OF_CHILDBEARING_POTENTIAL = {
    SLP: "I7a I7b",
    SLZ: "I6a",
    BSK: "I4a I4b I4c E12",
    SSC: "I7a E10",
    JDM: "I8a E12",
}
"""What does not concern a girl under 9, or a woman whose menopause is documented."""

WOMAN = {SLP: "I8"}
"""What does not concern a woman: the clause on men's partners."""


def normal(trial: str, *groups: dict[str, str]) -> str:
    """The criteria of one trial that these groups satisfy."""
    return " ".join(group.get(trial, "") for group in groups)


def but(ids: str, *left_out: str) -> str:
    """The same criteria without those."""
    dropped = {each for words in left_out for each in words.split()}
    return " ".join(each for each in ids.split() if each not in dropped)
