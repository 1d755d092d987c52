"""Immune thrombocytopenia in adults: a cohort of the basket trial alone."""

from __future__ import annotations

from charts.building import answer, condition, infused, lab, report, takes
from charts.expected import BSK, JDM, SLP, SLZ, SSC, Patient, not_relevant, possible, ruled_out
from charts.panels import MAN, ORGANS, SEROLOGY, normal, organs, serology

OTHER_TRIALS = {
    SLP: not_relevant("No lupus on record."),
    SLZ: not_relevant("No lupus on record."),
    SSC: not_relevant("No systemic sclerosis on record."),
    JDM: not_relevant("No juvenile dermatomyositis or necrotizing myopathy on record."),
}
BSK_USUAL = f"I1 I3g {normal(BSK, ORGANS, SEROLOGY)}"

WOMAN = Patient(
    slug="itp-woman-platelets-18",
    name="Test Platelets-One",
    gender="female",
    born="1990-02-20",
    who="A woman of 36 with immune thrombocytopenia after steroids, immunoglobulin and rituximab, on eltrombopag.",
    chart=[
        condition("itp", "2022-03-01"),
        *organs(platelets="18"),
        lab("platelets", "31", on="2026-08-12"),
        lab("platelets", "44", on="2026-05-12"),
        lab("weight", "62"),
        *serology(),
        answer("hcg-serum", "negative"),
        report(
            "48807-2",
            "Bone marrow aspiration report",
            "Megakaryocytes increased, few forming platelets.",
            "2024-02-02",
        ),
        takes("prednisone 20 mg", "60", "1", "2025-03-01", "2025-05-31"),
        takes("eltrombopag 12.5 mg", "50", "1", "2026-04-01"),
        *infused("immunoglobulin", "60000", "2025-06-10", "2025-06-11"),
        *infused("rituximab", "600", "2025-11-04", "2025-11-11"),
    ],
    expected={
        BSK: possible(
            "The ITP cohort: no minimum of platelets; marrow, cause and response are for the clinician.",
            f"{BSK_USUAL} I4b E11",
            cohort=["ITP"],
            decides={
                "ITP-2": "there is a marrow report to read",
                "ITP-3": "no lupus on record; other causes are asked",
                "ITP-4": "platelets 18 after steroid and immunoglobulin; one value does not show what is maintained",
                "E11": "rituximab almost a year ago; eltrombopag is no immunosuppressant",
            },
        ),
        **OTHER_TRIALS,
    },
    rows={BSK: "possible"},
)

MAN_EPILEPSY = Patient(
    slug="itp-man-epilepsy",
    name="Test Platelets-Two",
    gender="male",
    born="1971-01-01",
    who="A man of 55 with immune thrombocytopenia and epilepsy. Any disorder of the central nervous system excludes.",
    chart=[
        condition("itp-icd", "2020-03-01"),
        condition("epilepsy", "1995-01-01"),
        *organs(platelets="22"),
        lab("weight", "85"),
        *serology(),
        takes("prednisone 5 mg", "10", "1", "2026-03-01"),
    ],
    expected={
        BSK: ruled_out(
            "Epilepsy.",
            "E3",
            f"{BSK_USUAL} {MAN[BSK]}",
            cohort=["ITP"],
            decides={
                "E3": "epilepsy on record, active or not",
                "E11": "no immunosuppressant on record: not a denial",
            },
        ),
        **OTHER_TRIALS,
    },
    rows={BSK: "exclusion"},
)

PATIENTS = [WOMAN, MAN_EPILEPSY]
