"""Systemic sclerosis: diffuse and limited, adults and a child, near the limits of skin, lung and heart."""

from __future__ import annotations

from charts.building import (
    Resource,
    answer,
    condition,
    ecg,
    infused,
    lab,
    no_known_drug_allergy,
    report,
    score,
    takes,
)
from charts.expected import BSK, JDM, SLP, SLZ, SSC, Expected, Patient, not_relevant, possible, ruled_out
from charts.panels import (
    HEART_AND_LUNG,
    MAN,
    NOT_OF_CHILDBEARING_POTENTIAL,
    ORGANS,
    SEROLOGY,
    but,
    heart_and_lung,
    normal,
    organs,
    serology,
)

OTHER_TRIALS = {
    SLP: not_relevant("No lupus on record."),
    SLZ: not_relevant("No lupus on record."),
    JDM: not_relevant("No juvenile dermatomyositis or necrotizing myopathy on record."),
}


def sclerosis(
    kind: str, mrss: str | None, *antibodies: str, weight: str = "61", onset: str = "2021-05-01"
) -> list[Resource]:
    """The diagnosis, ANA and the named antibodies, skin score and weight."""
    chart = [condition(kind, onset), answer("ana", "positive", onset)]
    chart += [answer(each, "positive", onset) for each in antibodies]
    if mrss is not None:
        chart.append(score("mrss", mrss))
    return [*chart, lab("weight", weight)]


def lungs(fvc: str = "72", dlco: str = "58", mpap: str | None = "24") -> list[Resource]:
    chart = [lab("fvc-percent", fvc, on="2026-10-12"), lab("dlco-percent", dlco, on="2026-10-12")]
    return chart if mpap is None else [*chart, lab("mpap", mpap, on="2026-09-30")]


def treated() -> list[Resource]:
    """Cyclophosphamide pulses and mycophenolate in the past, low prednisone now."""
    return [
        takes("prednisone 5 mg", "10", "1", "2026-05-01"),
        takes("mycophenolate 500 mg", "1000", "2", "2025-06-01", "2026-07-31"),
        *infused("cyclophosphamide", "750", "2024-10-08", "2024-11-05", "2024-12-03", "2025-01-07"),
    ]


# Age, antibodies, skin score, heart, kidney, liver, lungs and serology as in a normal chart of this kind.
# Current drugs are known and none raises the blood pressure (E4e).
SSC_USUAL = f"I1 I3 I4 I6g I6h E4e {normal(SSC, ORGANS, HEART_AND_LUNG, SEROLOGY)}"
SSC_WOMAN, SSC_MAN = f"{SSC_USUAL} I7a E10", f"{SSC_USUAL} {MAN[SSC]}"
BSK_USUAL = f"I1 I3g E11 SSC-2 SSC-3 {normal(BSK, ORGANS, SEROLOGY)}"
BSK_WOMAN, BSK_MAN = f"{BSK_USUAL} I4b", f"{BSK_USUAL} {MAN[BSK]}"


def both_tests() -> list[Resource]:
    return [answer("hcg-urine", "negative"), answer("hcg-serum", "negative")]


def basket(why: str, satisfied: str, failed: str = "", decides: dict[str, str] | None = None) -> Expected:
    result = "ruled-out" if failed else "possible-match"
    cohort = [] if "SSC-1" in failed.split() else ["SSC"]
    return Expected(result, why, satisfied, failed, cohort, decides or {})


DIFFUSE = Patient(
    slug="ssc-diffuse-woman",
    name="Test Sclerosis-One",
    gender="female",
    born="1982-06-17",
    who=(
        "A 44-year-old woman with diffuse systemic sclerosis, Scl-70 positive, whose skin score rose from 18 to 24 in a "
        "year after cyclophosphamide and mycophenolate."
    ),
    chart=[
        *sclerosis("ssc-diffuse", "24", "scl70"),
        score("mrss", "18", "2025-10-20"),
        condition("ild", "2023-02-02"),
        *lungs(),
        lab("fvc", "2.41", on="2026-10-12"),
        *organs(),
        *serology(),
        *heart_and_lung("60", "96"),
        ecg(),
        *both_tests(),
        no_known_drug_allergy(),
        *treated(),
    ],
    expected={
        SSC: possible(
            "Nothing fails; how she responded to treatment is the investigator's to judge.",
            SSC_WOMAN,
            decides={
                "I3": "ANA and Scl-70 positive",
                "I4": "mRSS 24, limit 15",
                "I5": "steroid, cyclophosphamide and mycophenolate on record; no significant remission is a judgement",
                "I6g": "DLCO 58 % of predicted, limit 40",
                "I6h": "FVC 72 % of predicted, limit 50",
                "I7a": "urine test negative",
                "E1": "mean pulmonary pressure 24; whether another organ is severely involved is asked",
            },
        ),
        BSK: basket(
            "The systemic sclerosis cohort: diffuse, Scl-70 positive, skin score up by a third.",
            f"{BSK_WOMAN} SSC-5 E1",
            decides={
                "SSC-1": "diffuse by its code; whether the 2013 criteria are met is asked",
                "SSC-2": "Scl-70 positive",
                "SSC-3": "diffuse disease coded",
                "SSC-5": "mRSS 18 to 24: +33 %",
                "E11": "mycophenolate stopped in July",
            },
        ),
        **OTHER_TRIALS,
    },
    rows={SSC: "possible", BSK: "possible"},
)

LIMITED = Patient(
    slug="ssc-limited-woman",
    name="Test Sclerosis-Two",
    gender="female",
    born="1969-02-02",
    who="A woman past the menopause with limited systemic sclerosis and centromere antibodies, mRSS 16.",
    chart=[
        *sclerosis("ssc-limited", "16", "centromere"),
        condition("postmenopausal", "2020-01-01"),
        *lungs(),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *treated(),
    ],
    expected={
        SSC: possible(
            "Limited disease is admitted here; the skin score is high enough.",
            f"{SSC_USUAL} I7a E10",
            decides={
                "I2": "limited or diffuse: both are systemic sclerosis",
                "I4": "mRSS 16",
                "I7a": "menopause documented: not applicable",
                "E10": "menopause documented and no positive test: not applicable",
            },
        ),
        BSK: basket(
            "The cohort wants diffuse disease.",
            f"{but(BSK_USUAL, 'SSC-3')} {NOT_OF_CHILDBEARING_POTENTIAL[BSK]}",
            "SSC-1 SSC",
            {"SSC-1": "limited disease on record", "SSC-2": "centromere antibodies positive"},
        ),
        **OTHER_TRIALS,
    },
    rows={SSC: "possible", BSK: "inclusion"},
)

MRSS_14 = Patient(
    slug="ssc-mrss-14",
    name="Test Sclerosis-Three",
    gender="male",
    born="1976-03-03",
    who="A man with diffuse systemic sclerosis and a skin score of 14: one point short.",
    chart=[
        *sclerosis("ssc-diffuse", "14", "scl70", weight="72"),
        *lungs(),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *treated(),
    ],
    expected={
        SSC: ruled_out("mRSS below 15.", "I4", but(SSC_MAN, "I4"), decides={"I4": "mRSS 14, limit 15"}),
        BSK: basket(
            "No skin score is asked for.", BSK_MAN, decides={"SSC-5": "one skin score shows no change"}
        ),
        **OTHER_TRIALS,
    },
    rows={SSC: "inclusion"},
)

MPAP_48 = Patient(
    slug="ssc-mean-pulmonary-pressure-48",
    name="Test Sclerosis-Four",
    gender="female",
    born="1977-12-12",
    who="Diffuse systemic sclerosis with a mean pulmonary artery pressure of 48 mmHg at right heart catheter.",
    chart=[
        *sclerosis("ssc-diffuse", "22", "scl70"),
        *lungs(mpap="48"),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *both_tests(),
        *treated(),
    ],
    expected={
        SSC: ruled_out(
            "Severe pulmonary hypertension.", "E1", SSC_WOMAN, decides={"E1": "48 mmHg, limit 45"}
        ),
        BSK: basket("No pressure is named; cardiac tolerance is asked.", BSK_WOMAN),
        **OTHER_TRIALS,
    },
    rows={SSC: "exclusion"},
)

LIMITS_MET = Patient(
    slug="ssc-every-limit-just-met",
    name="Test Sclerosis-Five",
    gender="male",
    born="1951-05-05",
    who=(
        "A man of 75 at every limit of the systemic sclerosis trial. The page's summary says “up to 74 years”; its "
        "criteria set no upper age, and they govern."
    ),
    chart=[
        *sclerosis("ssc", "15", weight="70"),
        *lungs(fvc="50", dlco="40", mpap="45"),
        *organs(si=True, ast="120", alt="120", bilirubin_si="42"),
        *serology(),
        lab("lvef", "0.55", "1", on="2026-10-12"),
        lab("spo2", "92"),
        *treated(),
    ],
    expected={
        SSC: possible(
            "Each limit is met exactly.",
            SSC_MAN,
            decides={
                "I1": "75 years: no upper limit in the criteria",
                "I3": "ANA alone suffices here",
                "I4": "mRSS 15",
                "I6a": "0.55 sent as a fraction",
                "I6d": "AST and ALT exactly 3.0 ×",
                "I6e": "bilirubin 42 umol/L, upper limit 21: exactly 2.0 ×",
                "I6f": "92 %",
                "I6g": "40 %",
                "I6h": "50 %",
                "E1": "45 mmHg is not above 45; the rest is asked",
            },
        ),
        BSK: basket(
            "Over 65, bilirubin above 1.5 times.",
            but(BSK_MAN, "I1 I3f SSC-2 SSC-3"),
            "I1 I3f",
            {"I1": "75 years", "I3f": "2.0 ×", "SSC-2": "ANA alone is not an antibody of systemic sclerosis"},
        ),
        **OTHER_TRIALS,
    },
    kind="searchset",
    rows={SSC: "boundary"},
    units="SI",
)

DIAGNOSIS_ONLY = Patient(
    slug="ssc-diagnosis-only",
    name="Test Sclerosis-Six",
    gender="female",
    born="1988-08-18",
    who="Systemic sclerosis coded without its kind, and nothing else.",
    chart=[condition("ssc", "2024-11-11")],
    expected={
        SSC: possible("Nothing fails, for nothing is known.", "I1"),
        BSK: basket("Nothing fails; the code does not say whether the disease is diffuse.", "I1"),
        **OTHER_TRIALS,
    },
    rows={SSC: "missing", BSK: "missing"},
)

BOY_8_SI = Patient(
    slug="ssc-boy-8-si-units",
    name="Test Sclerosis-Seven",
    gender="male",
    born="2018-01-15",
    who="A boy of 8 with diffuse systemic sclerosis, SI units, too young to blow a spirometer.",
    chart=[
        *sclerosis("ssc-diffuse", "20", "scl70", weight="26", onset="2024-01-01"),
        *organs(si=True, creatinine_si="44.2"),
        lab("height", "128", on="2026-10-12"),
        *serology(),
        *heart_and_lung(),
        takes("prednisone 5 mg", "10", "1", "2026-05-01"),
        takes("methotrexate 2.5 mg", "2.5", "1", "2026-02-01"),
    ],
    expected={
        SSC: possible(
            "Nothing fails; lung function cannot be known.",
            but(SSC_MAN, "I6g I6h"),
            decides={
                "I6c": "bedside Schwartz: 0.413 × 128 cm / 0.5 mg/dL = 106",
                "I6g": "no DLCO on record",
                "I6h": "no FVC on record",
            },
        ),
        BSK: basket(
            "Under 18, on methotrexate.",
            but(BSK_MAN, "I1 I3g E11"),
            "I1 E11",
            {"I1": "8 years", "E11": "methotrexate, current"},
        ),
        **OTHER_TRIALS,
    },
    kind="transaction",
    rows={SSC: "missing"},
    units="SI",
)

CURED_BASAL_CELL = Patient(
    slug="ssc-cured-basal-cell-carcinoma",
    name="Test Sclerosis-Eight",
    gender="male",
    born="1966-10-01",
    who="A basal cell carcinoma, removed and cured three years ago. Two trials exclude it all the same: neither source makes an exception for it.",
    chart=[
        *sclerosis("ssc-diffuse", "19", "scl70", weight="77"),
        condition("basal-cell-carcinoma", "2023-03-01", clinical="resolved", ended="2023-04-15"),
        *lungs(),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *treated(),
        report(None, "High-resolution CT of the chest", "Fine basal ground-glass opacities.", "2026-09-20"),
    ],
    expected={
        SSC: ruled_out(
            "Any known malignancy excludes, without exception or time limit.",
            "E11",
            SSC_MAN,
            decides={"E11": "basal cell carcinoma of 2023, cured"},
        ),
        BSK: basket(
            "A malignancy within five years, and no exception for this one.",
            BSK_MAN,
            "E6",
            {"E6": "basal cell carcinoma from March to April 2023"},
        ),
        **OTHER_TRIALS,
    },
    rows={SSC: "exclusion"},
)

PATIENTS = [DIFFUSE, LIMITED, MRSS_14, MPAP_48, LIMITS_MET, DIAGNOSIS_ONLY, BOY_8_SI, CURED_BASAL_CELL]
