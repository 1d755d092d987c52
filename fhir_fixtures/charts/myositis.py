"""Juvenile dermatomyositis, necrotizing myopathy in a child, and myositis in adults."""

from __future__ import annotations

from charts.building import Resource, answer, condition, ecg, infused, lab, score, takes, vaccinated
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
    SSC: not_relevant("No systemic sclerosis on record."),
}
TOO_OLD_FOR_JDM = not_relevant("Dermatomyositis that began in adult life is not juvenile dermatomyositis.")


def child(kind: str, antibody: str, onset: str, *, height: str, weight: str, **values: str) -> list[Resource]:
    """Diagnosis, antibody, raised CK, organ panel with height, negative serology, prednisone and methotrexate."""
    return [
        condition(kind, onset),
        answer(antibody, "positive", onset),
        lab("ck", "640"),
        *organs(**values),
        lab("height", height, on="2026-10-12"),
        lab("weight", weight),
        *serology(),
        takes("prednisone 5 mg", "15", "1", "2026-02-01"),
        takes("methotrexate 2.5 mg", "2.5", "1", "2026-03-01"),
    ]


# CK raised, a myositis antibody positive, organs, heart, serology normal.
# Current drugs are known and none raises the blood pressure (E6e).
JDM_USUAL = f"I1 I2c I2d I4 E6e {normal(JDM, ORGANS, HEART_AND_LUNG, SEROLOGY)}"
JDM_BOY = f"{JDM_USUAL} {MAN[JDM]}"
# Of the basket trial a child fails the age, and methotrexate is still taken.
BSK_CHILD = f"{normal(BSK, ORGANS, SEROLOGY)} IIM-2"


def basket_for_a_child(years: str, satisfied: str = BSK_CHILD, *more: str) -> Expected:
    words = {"I1": f"{years} years, limit 18", "E11": "methotrexate, current"}
    return Expected(
        "ruled-out", "Under 18, and on methotrexate.", " ".join([satisfied, *more]), "I1 E11", ["IIM"], words
    )


BOY_9 = Patient(
    slug="jdm-boy-possible-match",
    name="Test Myositis-One",
    gender="male",
    born="2017-04-09",
    who="A boy of 9 with juvenile dermatomyositis, MDA5 antibodies and calcinosis, on prednisone and methotrexate.",
    chart=[
        *child("jdm", "mda5", "2023-09-01", height="135", weight="31", ast="76", alt="62", creatinine="0.4"),
        condition("calcinosis", "2025-05-05"),
        *heart_and_lung("66", "98"),
        ecg(),
        vaccinated("mmr", "2018-05-20"),
        vaccinated("influenza", "2026-10-15"),
    ],
    expected={
        JDM: possible(
            "Nothing fails; weakness, skin, EMG and biopsy, and the response to treatment are for the clinician.",
            f"{JDM_BOY} I3c E11",
            decides={
                "I1": "9 years",
                "I2": "two of six findings known (enzymes, antibody); four are needed",
                "I2c": "CK 640, upper limit 200",
                "I3c": "calcinosis on record; the refractory course (I3a) is asked",
                "I4": "MDA5 positive",
                "I5": "the other way in, for SRP or HMGCR antibodies: not tested, not needed",
                "I6b": "bedside Schwartz: 0.413 × 135 cm / 0.4 mg/dL = 139",
                "I8a": "a boy: not applicable",
                "E11": "last live vaccine in 2018; the influenza vaccine is not live",
            },
        ),
        BSK: basket_for_a_child("9", BSK_CHILD, MAN[BSK]),
        **OTHER_TRIALS,
    },
    rows={JDM: "possible"},
)

GIRL_17 = Patient(
    slug="jdm-girl-17-none",
    name="Test Myositis-Two",
    gender="female",
    born="2009-11-01",
    who="Seventeen today: too old for the children's trial by one day, too young for the adults'. No trial is left.",
    chart=[
        *child("jdm", "mda5", "2019-09-01", height="162", weight="55"),
        *heart_and_lung(),
        answer("hcg-urine", "negative"),
    ],
    expected={
        JDM: ruled_out(
            "The 17th birthday is too late. (The page's header says 5-17 years; the criteria govern.)",
            "I1",
            f"{but(JDM_USUAL, 'I1')} I8a",
            decides={"I1": "17 years today, limit: under 17", "E12": "the urine test is not the blood test"},
        ),
        BSK: basket_for_a_child("17"),
        **OTHER_TRIALS,
    },
    rows={JDM: "inclusion", BSK: "inclusion"},
)

DAY_BEFORE_17 = Patient(
    slug="jdm-girl-day-before-17",
    name="Test Myositis-Three",
    gender="female",
    born="2009-11-02",
    who="Sixteen until tomorrow, with every value at its limit.",
    chart=[
        *child(
            "jdm-icd", "mda5", "2018-09-01", height="150", weight="48",
            ast="120", alt="120", bilirubin="2.4", creatinine="2.065",
        ),
        *heart_and_lung("55", "92"),
        answer("hcg-urine", "negative"),
    ],
    expected={
        JDM: possible(
            "Each limit is met exactly.",
            f"{JDM_USUAL} I8a",
            decides={
                "I1": "16 years until tomorrow",
                "I6a1": "55 %",
                "I6b": "bedside Schwartz: 0.413 × 150 cm / 2.065 mg/dL = 30 exactly",
                "I6c": "AST and ALT exactly 3.0 ×",
                "I6d": "bilirubin exactly 2.0 ×",
                "I6f": "92 %",
                "I8a": "urine test negative",
            },
        ),
        BSK: Expected(
            "ruled-out",
            "Under 18, on methotrexate, bilirubin above 1.5 times.",
            but(BSK_CHILD, "I3f"),
            "I1 I3f E11",
            ["IIM"],
            {"I1": "16 years", "I3d": "3.0 × is accepted", "I3f": "2.0 ×"},
        ),
        **OTHER_TRIALS,
    },
    rows={JDM: "boundary"},
)  # fmt: skip

CMV = Patient(
    slug="jdm-boy-cmv-dna-detected",
    name="Test Myositis-Four",
    gender="male",
    born="2013-07-07",
    who="A boy of 13 in whose blood CMV DNA was found. Only the juvenile trial asks for it.",
    chart=[
        *child("jdm", "mda5", "2022-02-02", height="158", weight="47", creatinine="0.5"),
        answer("cmv-dna", "detected"),
        *heart_and_lung(),
    ],
    expected={
        JDM: ruled_out("CMV DNA.", "E10e", but(JDM_BOY, "E10e"), decides={"E10e": "detected on 28 October"}),
        BSK: basket_for_a_child("13", BSK_CHILD, MAN[BSK]),
        **OTHER_TRIALS,
    },
    kind="transaction",
    rows={JDM: "exclusion"},
)

AST_125 = Patient(
    slug="jdm-girl-ast-above-3-uln",
    name="Test Myositis-Five",
    gender="female",
    born="2018-03-03",
    who="A girl of 8 whose AST comes from her inflamed muscles. This source makes no exception for that.",
    chart=[
        *child("jdm", "mda5", "2024-02-02", height="126", weight="24", ast="125", alt="88", creatinine="0.4"),
        *heart_and_lung(),
    ],
    expected={
        JDM: ruled_out(
            "AST above three times; the juvenile trial does not except muscle.",
            "I6c",
            f"{but(JDM_USUAL, 'I6c')} {NOT_OF_CHILDBEARING_POTENTIAL[JDM]}",
            decides={"I6c": "AST 125, upper limit 40", "I8a": "8 years: not of childbearing age"},
        ),
        BSK: Expected(
            "ruled-out",
            "Under 18, and on methotrexate.",
            f"{but(BSK_CHILD, 'I3e')} {NOT_OF_CHILDBEARING_POTENTIAL[BSK]}",
            "I1 E11",
            ["IIM"],
            {"I1": "8 years", "I3e": "AST above 3 × with a myopathy on record: a clinician judges the cause"},
        ),
        **OTHER_TRIALS,
    },
    rows={JDM: "inclusion"},
)

DIAGNOSIS_ONLY = Patient(
    slug="jdm-diagnosis-only",
    name="Test Myositis-Six",
    gender="female",
    born="2016-06-16",
    who="A girl of 10, the diagnosis, and nothing else.",
    chart=[condition("jdm-icd", "2025-12-01")],
    expected={
        JDM: possible(
            "Nothing fails, for nothing is known.",
            "I1",
            decides={"I1": "10 years", "I8a": "at 10 years menarche is not known"},
        ),
        BSK: Expected("ruled-out", "Under 18.", "", "I1", ["IIM"], {"I1": "10 years"}),
        **OTHER_TRIALS,
    },
    rows={JDM: "missing"},
)

IMNM_SRP = Patient(
    slug="imnm-girl-srp",
    name="Test Myositis-Seven",
    gender="female",
    born="2012-01-20",
    who=(
        "A girl of 14 with necrotizing myopathy and SRP antibodies: not dermatomyositis, yet admitted by inclusion 5 as "
        "an equal of it, in place of inclusions 2 to 4."
    ),
    chart=[
        *child("imnm", "srp", "2025-01-15", height="158", weight="50", creatinine="0.5"),
        lab("ck", "5200", on="2026-10-30"),
        *heart_and_lung(),
        answer("hcg-urine", "negative"),
        answer("hcg-serum", "negative"),
    ],
    expected={
        JDM: possible(
            "The second way in: SRP antibodies with necrotizing myopathy, which the investigator must hold equivalent.",
            f"{JDM_USUAL} I8a E12",
            decides={
                "I5": "SRP positive; equivalence to refractory JDM is asked",
                "I4": "any other myositis-specific antibody counts",
                "E2": "necrotizing myopathy is what inclusion 5 admits; it does not exclude by itself",
            },
        ),
        BSK: basket_for_a_child("14", BSK_CHILD, "I4b"),
        **OTHER_TRIALS,
    },
    rows={JDM: "possible"},
)

WOMAN_46 = Patient(
    slug="iim-woman-jo1",
    name="Test Myositis-Eight",
    gender="female",
    born="1980-05-12",
    who="A woman of 46 with dermatomyositis since 43, Jo-1 antibodies, weak (MMT-8 118), ALT and AST four times the limit.",
    chart=[
        condition("dermatomyositis", "2023-06-06"),
        condition("ild", "2024-01-01"),
        answer("jo1", "positive", "2023-06-20"),
        lab("ck", "2400"),
        *organs(alt="164", ast="172"),
        lab("weight", "70"),
        *serology(),
        *heart_and_lung(),
        answer("hcg-serum", "negative"),
        score("mmt-8", "118"),
        score("phga", "6.5"),
        score("ptga", "7"),
        score("haq-di", "1.625"),
        takes("prednisone 10 mg", "20", "1", "2026-04-01"),
        takes("azathioprine 50 mg", "100", "1", "2025-01-10", "2026-08-31"),
    ],
    expected={
        BSK: possible(
            "The myositis cohort. The liver enzymes may come from muscle: a clinician judges.",
            f"{but(normal(BSK, ORGANS, SEROLOGY), 'I3d I3e')} I1 I3g I4b IIM-2 IIM-3 E11",
            cohort=["IIM"],
            decides={
                "I3d": "ALT 4.1 ×, myositis on record",
                "I3e": "AST 4.3 ×, myositis on record",
                "IIM-2": "Jo-1 positive",
                "IIM-3": "MMT-8 118 with physician's 6.5, patient's 7, HAQ 1.625 and CK 12 × abnormal",
                "E11": "azathioprine stopped at the end of August",
            },
        ),
        JDM: TOO_OLD_FOR_JDM,
        **OTHER_TRIALS,
    },
    rows={BSK: "possible"},
)

MAN_MMT_142 = Patient(
    slug="iim-man-mmt8-142",
    name="Test Myositis-Nine",
    gender="male",
    born="1966-09-30",
    who="A man of 60 with dermatomyositis and an MMT-8 of exactly 142: not weak enough, unless his lungs are active.",
    chart=[
        condition("dermatomyositis", "2021-06-06"),
        answer("mda5", "positive", "2021-06-20"),
        *organs(),
        lab("weight", "82"),
        *serology(),
        *heart_and_lung(),
        score("mmt-8", "142"),
        score("phga", "2"),
        score("ptga", "2"),
        takes("prednisone 10 mg", "10", "1", "2026-04-01"),
        *infused("immunoglobulin", "40000", "2026-09-14"),
        takes("azathioprine 50 mg", "100", "1", "2023-01-10", "2026-08-31"),
    ],
    expected={
        BSK: possible(
            "At 142 only active interstitial lung disease opens the cohort, which is asked.",
            f"{normal(BSK, ORGANS, SEROLOGY)} I1 I3g IIM-2 E11 {MAN[BSK]}",
            cohort=["IIM"],
            decides={
                "IIM-3": "MMT-8 142: the arm for lungs; no CT on record",
                "E11": "immunoglobulin is not meant",
            },
        ),
        JDM: TOO_OLD_FOR_JDM,
        **OTHER_TRIALS,
    },
    kind="searchset",
    rows={BSK: "boundary"},
)

PATIENTS = [BOY_9, GIRL_17, DAY_BEFORE_17, CMV, AST_125, DIAGNOSIS_ONLY, IMNM_SRP, WOMAN_46, MAN_MMT_142]
