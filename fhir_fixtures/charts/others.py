"""Patients whom no trial concerns."""

from __future__ import annotations

from charts.building import condition, lab, vaccinated
from charts.expected import BSK, JDM, SLP, SLZ, SSC, Patient, not_relevant
from charts.panels import organs

NO_TRIAL = {
    trial: not_relevant("None of its diseases is on record; no card is shown.")
    for trial in (SLP, SLZ, BSK, SSC, JDM)
}

HEALTHY = Patient(
    slug="healthy-man",
    name="Test Nobody-One",
    gender="male",
    born="1985-05-15",
    who="A healthy man with a vaccination and a normal blood count.",
    chart=[*organs(), lab("weight", "78"), vaccinated("influenza", "2026-10-01")],
    expected=NO_TRIAL,
)

MORPHEA = Patient(
    slug="morphea-woman",
    name="Test Nobody-Two",
    gender="female",
    born="1979-09-19",
    who="Localized scleroderma of the skin, which is another disease than systemic sclerosis.",
    chart=[condition("morphea", "2024-04-04"), *organs()],
    expected=NO_TRIAL,
)

PATIENTS = [HEALTHY, MORPHEA]
