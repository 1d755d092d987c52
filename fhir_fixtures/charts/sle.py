"""Systemic lupus: adults and a child, stable on treatment or off it, near every limit."""

from __future__ import annotations

from charts.building import (
    RECENT,
    Resource,
    answer,
    condition,
    ecg,
    infused,
    lab,
    no_known_drug_allergy,
    ordered,
    performed,
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
    WOMAN,
    but,
    heart_and_lung,
    normal,
    organs,
    serology,
)

OTHER_TRIALS = {
    SSC: not_relevant("No systemic sclerosis on record."),
    JDM: not_relevant("No juvenile dermatomyositis or necrotizing myopathy on record."),
}
NOT_ITP = {
    "ITP-3": "Lupus is on record: a low platelet count would be secondary to it, so the ITP cohort is closed."
}
SLZ_OPEN = "The source lists no exclusions, so the site must be asked for them whatever the chart says."


def lupus(sledai: str | None, weight: str | None, *, onset: str = "2019-04-10") -> list[Resource]:
    """The diagnosis, ANA, activity and weight."""
    chart = [condition("sle", onset), answer("ana", "positive", onset)]
    if sledai is not None:
        chart.append(score("sledai-2k", sledai))
    if weight is not None:
        chart.append(lab("weight", weight))
    return chart


def off_immunosuppressants(prednisone: str = "10") -> list[Resource]:
    """Low prednisone and hydroxychloroquine; mycophenolate and belimumab long since stopped."""
    return [
        takes("prednisone 5 mg", prednisone, "1", "2026-06-01"),
        takes("hydroxychloroquine 200 mg", "400", "1", "2019-06-01"),
        takes("mycophenolate 500 mg", "1000", "2", "2023-02-01", "2026-06-30"),
        *infused("belimumab", "600", "2026-02-23", "2026-03-23", "2026-04-20"),
    ]


def pregnancy_test() -> list[Resource]:
    return [answer("hcg-serum", "negative")]


# What such a chart satisfies: the organ panel, serology, heart and lungs, weight, SLEDAI-2K of 10 or more,
# the drugs of off_immunosuppressants, and for a woman a blood pregnancy test of four days ago.
SLP_USUAL = f"I2 I3 I5a I5b I5c I5e I5f I5g I6 {normal(SLP, ORGANS, SEROLOGY)}"
SLZ_USUAL = f"I1 I3 I6a {normal(SLZ, ORGANS, HEART_AND_LUNG)}"
BSK_USUAL = f"I1 I3g SLE-2 E11 {normal(BSK, ORGANS, SEROLOGY)}"
SLP_WOMAN, SLP_MAN = f"{SLP_USUAL} I7a {WOMAN[SLP]}", f"{SLP_USUAL} {MAN[SLP]}"
BSK_WOMAN, BSK_MAN = f"{BSK_USUAL} I4b", f"{BSK_USUAL} {MAN[BSK]}"
ITP_CLOSED = "ITP ITP-3"


def basket(why: str, satisfied: str, failed: str = "", decides: dict[str, str] | None = None) -> Expected:
    """The lupus cohort of the basket trial: possible, unless something but the ITP cohort has failed."""
    result = "ruled-out" if failed else "possible-match"
    return Expected(result, why, satisfied, f"{failed} {ITP_CLOSED}", ["SLE"], {**(decides or {}), **NOT_ITP})


DEMO = Patient(
    slug="sle-woman-possible-match",
    name="Test Lupus-One",
    gender="female",
    born="1992-03-14",
    who=(
        "A 34-year-old woman with lupus since 2019, still active (SLEDAI-2K 12) after steroids, mycophenolate, "
        "cyclophosphamide, rituximab (2023) and belimumab (last infusion three months ago). Now on a stable "
        "15 mg of prednisone, hydroxychloroquine and mycophenolate. A rich chart: this is the bundled demonstration."
    ),
    chart=[
        *lupus("12", "58.4"),
        condition("sle-icd", "2019-04-10"),
        score("sledai-2k", "16", "2026-05-11"),
        answer("anti-sm", "positive", "2019-04-10"),
        *organs(on="2026-05-11", platelets="142", hemoglobin="10.6"),
        *organs(wbc="4.1", anc="2.6", hemoglobin="11.2", platelets="158", alt="28", cd4="540"),
        lab("cd19", "142"),
        lab("iga", "2.1"),
        lab("c3", "62"),
        lab("c4", "8"),
        lab("dsdna", "148"),
        lab("urine-protein", "0.9"),
        *serology(),
        *pregnancy_test(),
        lab("height", "164", on="2026-10-12"),
        lab("weight", "59.1", on="2026-05-11"),
        *heart_and_lung(),
        ecg(),
        no_known_drug_allergy(),
        takes("prednisone 5 mg", "20", "1", "2026-04-01", "2026-08-14"),
        takes("prednisone 5 mg", "15", "1", "2026-08-15"),
        ordered("prednisone 5 mg", "15", "1", "2026-08-15"),
        takes("hydroxychloroquine 200 mg", "400", "1", "2019-06-01"),
        takes("mycophenolate 500 mg", "1000", "2", "2025-02-03"),
        *infused("belimumab", "580", "2026-05-04", "2026-06-01", "2026-07-03", "2026-08-01"),
        *infused("rituximab", "1000", "2023-03-06", "2023-03-20"),
        *infused("cyclophosphamide", "500", "2022-01-10", "2022-01-24", "2022-02-07"),
    ],
    expected={
        SLP: possible(
            "Nothing fails: active on stable standard treatment, all three drug classes tried, belimumab stopped "
            "for 13 weeks, no anti-CD20 antibody for more than 3 years, blood and organs within the limits.",
            f"{SLP_WOMAN} E6b E12",
            decides={
                "I3": "58.4 kg, limit 40 kg",
                "I4": "steroid, mycophenolate and cyclophosphamide, belimumab and rituximab are on record; whether the "
                "disease stayed active in spite of them is the clinician's word",
                "I5b": "prednisone 15 mg a day, limit 30",
                "I5c": "15 mg since 15 August",
                "I5g": "belimumab last on 1 August, more than 4 weeks ago",
                "I6": "SLEDAI-2K 12, limit 10",
                "I7a": "blood pregnancy test negative on 28 October",
                "E6b": "serum IgA 2.1 g/L",
                "E12": "rituximab last in March 2023",
                "E3": "no malignancy on record, which is not a denial: a clinician confirms",
            },
        ),
        SLZ: possible(
            f"Nothing fails. {SLZ_OPEN}",
            SLZ_USUAL,
            decides={
                "I3": "SLEDAI-2K 12, limit 8",
                "I4a": "ejection fraction 62 %, but the ECG has to be read",
                "I4b": "creatinine 0.7 mg/dL: eGFR far above 30",
                "E*": "the exclusions are not in the source",
            },
        ),
        BSK: basket(
            "She still takes mycophenolate; this trial wants immunosuppressants washed out for five half-lives, while "
            f"{SLP} wants them kept: the two can rarely be met on one day.",
            f"{but(BSK_WOMAN, 'E11')} E1",
            failed="E11",
            decides={"E11": "mycophenolate 1000 mg twice a day, current", "SLE-2": "SLEDAI-2K 12"},
        ),
        **OTHER_TRIALS,
    },
    rows={SLP: "possible", SLZ: "possible", BSK: "exclusion"},
)

MAN_65_SI = Patient(
    slug="sle-man-65-si-units",
    name="Test Lupus-Two",
    gender="male",
    born="1960-11-02",
    who=(
        "A man on the last day before his 66th birthday, laboratory in SI units, on methylprednisolone 8 mg (10 mg "
        "prednisone), hydroxychloroquine and azathioprine. No CD4 count was ever made."
    ),
    chart=[
        *lupus("14", "71", onset="2011-09-01"),
        *organs(si=True, without="cd4"),
        *serology(),
        *heart_and_lung(),
        takes("methylprednisolone 4 mg", "8", "1", "2026-03-02"),
        takes("hydroxychloroquine 200 mg", "200", "2", "2012-01-09"),
        takes("azathioprine 50 mg", "100", "1", "2025-11-10"),
        *infused("belimumab", "710", "2026-05-05", "2026-06-02"),
    ],
    expected={
        SLP: possible(
            "Aged 65 to the day; nothing fails. The CD4 count is the one value to get.",
            but(SLP_MAN, "E11c"),
            decides={
                "I2": "65 years until tomorrow",
                "I5b": "methylprednisolone 8 mg equals 10 mg prednisone",
                "E10b": "bilirubin 10 umol/L, upper limit 21",
                "E11a": "creatinine 62 umol/L",
                "E11b": "haemoglobin 118 g/L",
                "E11c": "no CD4 count",
                "E11e": "neutrophils 3.4: high enough to decide without the CD4 count",
            },
        ),
        SLZ: possible(f"Nothing fails; there is no upper age. {SLZ_OPEN}", SLZ_USUAL),
        BSK: basket(
            "He takes azathioprine.",
            but(BSK_MAN, "E11"),
            "E11",
            {"E11": "azathioprine, current", "I1": "65 years"},
        ),
        **OTHER_TRIALS,
    },
    kind="transaction",
    rows={SLP: "boundary"},
    units="SI",
)

GIRL_12 = Patient(
    slug="sle-girl-12-zhejiang-only",
    name="Test Lupus-Three",
    gender="female",
    born="2014-05-20",
    who="A 12-year-old girl with severe lupus on mycophenolate. Of the five trials only the Zhejiang one takes children.",
    chart=[
        *lupus("16", "41.5", onset="2024-02-12"),
        *organs(si=True, creatinine_si="53"),
        lab("height", "150", on="2026-10-12"),
        *serology(),
        *heart_and_lung(),
        answer("hcg-urine", "negative"),
        takes("prednisone 10 mg", "20", "1", "2026-07-01"),
        takes("hydroxychloroquine 200 mg", "200", "1", "2024-03-01"),
        takes("mycophenolate 500 mg", "500", "2", "2025-01-06"),
    ],
    expected={
        SLZ: possible(
            f"Nothing fails; kidney function by the children's equation. {SLZ_OPEN}",
            SLZ_USUAL,
            decides={
                "I1": "12 years",
                "I4b": "bedside Schwartz: 0.413 × 150 cm / 0.6 mg/dL = 103",
                "I6a": "any specimen will do: urine test negative",
            },
        ),
        SLP: ruled_out(
            "Under 18.",
            "I2",
            but(f"{SLP_USUAL} {WOMAN[SLP]}", "I2 I5g"),
            decides={
                "I2": "12 years, limit 18",
                "I5b": "prednisone 20 mg",
                "I7a": "a urine test does not stand for the blood test",
                "I5g": "no biologic on record, which is not a denial",
            },
        ),
        BSK: basket(
            "Under 18, and on mycophenolate.",
            but(BSK_USUAL, "I1 I3g E11"),
            "I1 E11",
            {"I1": "12 years, limit 18", "I3g": "Cockcroft and Gault is for adults"},
        ),
        **OTHER_TRIALS,
    },
    units="SI",
)

PLATELETS_20 = Patient(
    slug="sle-platelets-20",
    name="Test Lupus-Four",
    gender="female",
    born="1997-08-08",
    who=(
        "A 29-year-old woman with lupus and platelets of 20; her problem list also carries an ITP code. "
        "Immunosuppressants were stopped months ago."
    ),
    chart=[
        *lupus("13", "63"),
        condition("itp", "2026-08-20"),
        *organs(platelets="20"),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants("20"),
    ],
    expected={
        SLP: ruled_out(
            "Platelets below 25.",
            "E11f",
            but(SLP_WOMAN, "E11f"),
            decides={"E11f": "platelets 20 ×10⁹/L, limit 25"},
        ),
        SLZ: possible(f"No platelet limit here. {SLZ_OPEN}", SLZ_USUAL),
        BSK: basket(
            "No platelet limit in this trial. The cohort is lupus, not ITP, although ITP is coded.",
            BSK_WOMAN,
            decides={"SLE-2": "SLEDAI-2K 13", "E11": "mycophenolate stopped in June, belimumab in April"},
        ),
        **OTHER_TRIALS,
    },
    rows={SLP: "exclusion", BSK: "possible"},
)

ALT_EXACTLY_3 = Patient(
    slug="sle-alt-exactly-3-uln",
    name="Test Lupus-Five",
    gender="female",
    born="1986-01-30",
    who="ALT 120 U/L with an upper limit of 40: exactly three times. Three trials read the same value in two ways.",
    chart=[
        *lupus("11", "66.5"),
        *organs(alt="120"),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: ruled_out(
            "Three times the limit already excludes here.",
            "E10a",
            but(SLP_WOMAN, "E10a"),
            decides={
                "E10a": "ALT exactly 3.0 × the upper limit, and no lupus hepatitis on record to explain it"
            },
        ),
        SLZ: possible(
            f"Up to three times is accepted. {SLZ_OPEN}", SLZ_USUAL, decides={"I4c": "ALT exactly 3.0 ×"}
        ),
        BSK: basket("Up to three times is accepted.", BSK_WOMAN, decides={"I3d": "ALT exactly 3.0 ×"}),
        **OTHER_TRIALS,
    },
    rows={SLZ: "boundary", BSK: "boundary"},
)

LIMITS_MET = Patient(
    slug="sle-every-limit-just-met",
    name="Test Lupus-Six",
    gender="male",
    born="2008-11-01",
    who=(
        "Eighteen today (so was the blood taken: the day before, a children's equation would have counted), and every "
        "value of the lupus trial on the right side of its limit by nothing at all."
    ),
    chart=[
        *lupus("10", "40", onset="2023-01-15"),
        *organs(
            on="2026-11-01",
            platelets="25",
            hemoglobin="7.0",
            anc="0.5",
            cd4="500",
            wbc="3.0",
            creatinine="2.5",
            ast="119",
            bilirubin="1.8",
            inr="1.8",
            pt="19.5",
        ),
        *serology(),
        lab("lvef", "0.55", "1", on="2026-10-12"),
        lab("spo2", "92"),
        takes("prednisone 10 mg", "40", "1", "2026-08-01", "2026-10-24"),
        takes("prednisone 10 mg", "30", "1", "2026-10-25"),
        takes("hydroxychloroquine 200 mg", "400", "1", "2026-08-09"),
        *infused("belimumab", "400", "2026-09-06", "2026-10-04"),
        *infused("rituximab", "1000", "2026-04-16", "2026-04-30"),
    ],
    expected={
        SLP: possible(
            "Each limit is met exactly.",
            f"{SLP_MAN} E12",
            decides={
                "I2": "18th birthday today",
                "I3": "40 kg",
                "I5b": "prednisone 30 mg",
                "I5c": "30 mg since 25 October: 7 days",
                "I5e": "hydroxychloroquine since 9 August: 84 days",
                "I5g": "belimumab on 4 October: 28 days ago",
                "I6": "SLEDAI-2K 10",
                "E10a": "AST 119, upper limit 40: under 3 ×",
                "E10b": "bilirubin 1.8, upper limit 1.2: exactly 1.5 ×, and only more excludes",
                "E11a": "creatinine 2.5 mg/dL exactly; eGFR 37",
                "E11b": "haemoglobin 7.0 g/dL",
                "E11d": "neutrophils 0.5 ×10⁹/L",
                "E11e": "neutrophils below 1.0, but CD4 500 is not below 500",
                "E11f": "platelets 25 ×10⁹/L",
                "E12": "rituximab on 30 April: a day more than 6 months",
            },
        ),
        SLZ: possible(
            f"SpO2 exactly 92 %; ejection fraction 0.55 sent as a fraction, the ECG open. {SLZ_OPEN}",
            SLZ_USUAL,
            decides={
                "I4f": "92 %",
                "I4b": "eGFR 37 by CKD-EPI 2021: he is 18",
                "I4d": "1.5 × the upper limit",
            },
        ),
        BSK: basket(
            "Neutrophils and creatinine clearance below this trial's limits; belimumab too recent.",
            but(BSK_MAN, "I3b I3g E11"),
            "I3b I3g E11",
            {
                "I3a": "white cells 3.0",
                "I3b": "neutrophils 0.5, limit 1.0",
                "I3f": "bilirubin exactly 1.5 ×",
                "I3g": "(140 − 18) × 40 kg / (72 × 2.5) = 27 mL/min, and no renal disease of lupus on record",
                "I3h": "INR 1.8, upper limit 1.2: exactly 1.5 ×",
                "I3i": "19.5 s, upper limit 13: exactly 1.5 ×",
                "E11": "belimumab 28 days ago; five half-lives are 97 days",
            },
        ),
        **OTHER_TRIALS,
    },
    rows={SLP: "boundary", SLZ: "boundary"},
)

LIMITS_MISSED = Patient(
    slug="sle-every-limit-just-missed",
    name="Test Lupus-Seven",
    gender="female",
    born="1960-11-01",
    who="Sixty-six today, past the menopause, and every value on the wrong side of its limit by the least amount.",
    chart=[
        *lupus("7", "39.9", onset="2001-01-15"),
        condition("postmenopausal", "2012-01-01"),
        score("bilag-2004-a-count", "0"),
        score("bilag-2004-b-count", "1"),
        *organs(
            platelets="24.9",
            hemoglobin="6.9",
            anc="0.49",
            cd4="199",
            wbc="2.9",
            creatinine="2.6",
            alt="121",
            ast="121",
            bilirubin="1.81",
            inr="1.81",
            pt="19.6",
        ),
        *serology(),
        *heart_and_lung(lvef="54", spo2="91"),
        takes("prednisone 5 mg", "40", "1", "2026-08-01", "2026-10-25"),
        takes("prednisone 5 mg", "35", "1", "2026-10-26"),
        takes("hydroxychloroquine 200 mg", "200", "1", "2026-08-10", "2026-09-06"),
        takes("hydroxychloroquine 200 mg", "400", "1", "2026-09-07"),
        *infused("belimumab", "400", "2026-09-07", "2026-10-05"),
        *infused("rituximab", "1000", "2026-04-17", "2026-05-01"),
    ],
    expected={
        SLP: ruled_out(
            "Fails by age, weight, activity, doses and their dates, liver, kidney, blood counts, and the last rituximab.",
            "I2 I3 I5b I5c I5e I5f I5g I6 E10a E10b E11a E11b E11c E11d E11e E11f E12",
            f"I5a I7a I7b {WOMAN[SLP]} {SEROLOGY[SLP]}",
            decides={
                "I2": "66th birthday today",
                "I3": "39.9 kg",
                "I5b": "prednisone 35 mg",
                "I5c": "changed 6 days ago",
                "I5e": "hydroxychloroquine begun 83 days ago",
                "I5f": "its dose changed 55 days ago",
                "I5g": "belimumab 27 days ago",
                "I6": "SLEDAI-2K 7",
                "I7a": "menopause documented: not applicable",
                "E10b": "bilirubin 1.81, upper limit 1.2",
                "E11a": "creatinine 2.6 mg/dL",
                "E11c": "CD4 199",
                "E11f": "platelets 24.9",
                "E12": "rituximab on 1 May: the boundary day counts as within 6 months",
            },
        ),
        SLZ: ruled_out(
            "Activity, ejection fraction, kidney, liver enzymes and oxygen saturation all fall short.",
            "I3 I4a I4b I4c I4f",
            "I1 I4d I6a",
            decides={
                "I3": "SLEDAI-2K 7",
                "I4a": "ejection fraction 54 %",
                "I4b": "eGFR below 30",
                "I4c": "ALT and AST 121, upper limit 40",
                "I4d": "bilirubin 1.51 ×, limit 2.0",
                "I4f": "SpO2 91 %",
            },
        ),
        BSK: Expected(
            "ruled-out",
            "Fails by age, counts, liver, kidney and clotting; no cohort is left, for SLEDAI-2K 7 needs a BILAG A or two B.",
            f"I3c E7 {NOT_OF_CHILDBEARING_POTENTIAL[BSK]} {SEROLOGY[BSK]}",
            "I1 I3a I3b I3d I3e I3f I3g I3h I3i SLE SLE-2 ITP ITP-3 E11",
            [],
            {
                "I3c": "haemoglobin 69 g/L, limit 60",
                "E7": "eGFR 20: not end-stage, which begins below 15",
                "SLE-2": "SLEDAI-2K 7, BILAG A 0 and B 1",
                "E11": "belimumab 27 days ago",
                **NOT_ITP,
            },
        ),
        **OTHER_TRIALS,
    },
    rows={SLP: "boundary", SLZ: "boundary", BSK: "boundary"},
)

RITUXIMAB = Patient(
    slug="sle-rituximab-five-months-ago",
    name="Test Lupus-Eight",
    gender="male",
    born="1974-06-06",
    who="A 52-year-old man whose only hindrance is rituximab five months ago. Waiting until December mends it.",
    chart=[
        *lupus("12", "80"),
        *organs(),
        *serology(),
        *heart_and_lung(),
        takes("prednisone 5 mg", "10", "1", "2026-06-01"),
        takes("hydroxychloroquine 200 mg", "400", "1", "2019-06-01"),
        *infused("rituximab", "1000", "2026-05-19", "2026-06-02"),
        *infused("cyclophosphamide", "750", "2025-01-08", "2025-02-05"),
    ],
    expected={
        SLP: ruled_out(
            "An anti-CD20 antibody within 6 months.",
            "E12",
            SLP_MAN,
            decides={"E12": "rituximab on 2 June 2026", "I5g": "4 weeks without a biologic are met"},
        ),
        SLZ: possible(f"Rituximab is no exclusion here. {SLZ_OPEN}", SLZ_USUAL),
        BSK: basket(
            "Five half-lives of rituximab (110 days) have passed.",
            BSK_MAN,
            decides={"E11": "rituximab 152 days ago", "I2": "whether B cells are back: no count on record"},
        ),
        **OTHER_TRIALS,
    },
    kind="searchset",
    rows={SLP: "exclusion"},
)

WEIGHT_39 = Patient(
    slug="sle-weight-39-kg",
    name="Test Lupus-Nine",
    gender="female",
    born="2001-10-10",
    who="A slight woman of 25 years: 39 kg, all else in order.",
    chart=[
        *lupus("15", "39"),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: ruled_out("Below 40 kg.", "I3", but(SLP_WOMAN, "I3"), decides={"I3": "39 kg, limit 40"}),
        SLZ: possible(f"No weight limit. {SLZ_OPEN}", SLZ_USUAL),
        BSK: basket("No weight limit.", BSK_WOMAN),
        **OTHER_TRIALS,
    },
    rows={SLP: "inclusion"},
)

DIAGNOSIS_ONLY = Patient(
    slug="sle-diagnosis-only",
    name="Test Lupus-Ten",
    gender="female",
    born="1999-12-01",
    who="A diagnosis and a birth date; no result, no drug. Absence is unknown, never a pass and never a failure.",
    chart=[condition("sle-icd", "2025-03-03")],
    expected={
        SLP: possible("Nothing fails, for nothing is known.", f"I2 {WOMAN[SLP]}", decides={"I2": "26 years"}),
        SLZ: possible(f"Nothing fails, for nothing is known. {SLZ_OPEN}", "I1", decides={"I1": "26 years"}),
        BSK: basket("Nothing fails, for nothing is known.", "I1", decides={"I1": "26 years"}),
        **OTHER_TRIALS,
    },
    rows={SLP: "missing", SLZ: "missing", BSK: "missing"},
)

UNUSABLE = Patient(
    slug="sle-newest-results-unusable",
    name="Test Lupus-Eleven",
    gender="female",
    born="1984-02-29",
    who=(
        "Every test was made, and several cannot be used: newest platelets preliminary, creatinine without a unit, ALT "
        "without a reference range, a SLEDAI-2K of 200, a weight entered in error. An older or a guessed value never "
        "stands in."
    ),
    chart=[
        *lupus("200", None),
        {**lab("weight", "61"), "status": "entered-in-error"},
        *organs(without="platelets creatinine alt"),
        lab("platelets", "180", on="2026-10-01"),
        lab("platelets", "18", status="preliminary"),
        lab("creatinine", "0.8", None),
        lab("alt", "25", uln=None),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: possible(
            "Nothing fails; the results named above have to be repeated or completed.",
            but(SLP_WOMAN, "I3 I6 E10a E11a E11f"),
            decides={
                "I3": "the only weight is entered in error",
                "I6": "200 is no SLEDAI-2K (0 to 105)",
                "E10a": "ALT without a limit; AST and ALP are normal",
                "E11a": "creatinine without a unit",
                "E11f": "the newest count is preliminary",
            },
        ),
        SLZ: possible(
            f"Nothing fails. {SLZ_OPEN}",
            but(SLZ_USUAL, "I3 I4b I4c"),
            decides={"I4c": "AST is normal, ALT cannot be judged"},
        ),
        BSK: basket(
            "Nothing fails.",
            but(BSK_WOMAN, "SLE-2 I3d I3g E7"),
            decides={"I3g": "neither weight nor creatinine can be used", "SLE-2": "no usable SLEDAI-2K"},
        ),
        **OTHER_TRIALS,
    },
    rows={SLP: "missing", SLZ: "missing", BSK: "missing"},
)

GILBERT = Patient(
    slug="sle-gilbert-bilirubin",
    name="Test Lupus-Twelve",
    gender="male",
    born="1988-04-04",
    who="Gilbert's syndrome, confirmed, with bilirubin at 2.4 times its limit. Only one trial makes an exception for it.",
    chart=[
        *lupus("12", "74"),
        condition("gilbert", "2008-01-01"),
        *organs(bilirubin="2.88"),
        *serology(),
        *heart_and_lung(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: ruled_out(
            "Bilirubin above 1.5 times; Gilbert's is not excepted.",
            "E10b",
            but(SLP_MAN, "E10b"),
            decides={"E10b": "2.4 × the upper limit"},
        ),
        SLZ: ruled_out(
            "Bilirubin above 2.0 times; no exception.",
            "I4d",
            but(SLZ_USUAL, "I4d"),
            decides={"I4d": "2.4 × the upper limit"},
        ),
        BSK: basket(
            "With Gilbert's syndrome up to 3.0 times is accepted.",
            BSK_MAN,
            decides={"I3f": "2.4 ×, Gilbert's"},
        ),
        **OTHER_TRIALS,
    },
    rows={SLZ: "inclusion"},
)

HEPATITIS = Patient(
    slug="sle-lupus-hepatitis",
    name="Test Lupus-Thirteen",
    gender="female",
    born="1995-07-21",
    who="Lupus hepatitis on record and ALT at four times its limit. Whether the one is the cause is a clinician's judgement.",
    chart=[
        *lupus("12", "57"),
        condition("lupus-hepatitis", "2026-05-05"),
        *organs(alt="160"),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: possible(
            "The exception for lupus hepatitis may apply: for a clinician.",
            but(SLP_WOMAN, "E10a"),
            decides={"E10a": "ALT 4 × the upper limit, lupus hepatitis on record"},
        ),
        SLZ: ruled_out(
            "No exception in this source.",
            "I4c",
            but(SLZ_USUAL, "I4c"),
            decides={"I4c": "ALT 4 × the upper limit"},
        ),
        BSK: basket(
            "The exception here is for myopathy, and none is on record.",
            but(BSK_WOMAN, "I3d"),
            "I3d",
            {"I3d": "ALT 4 × the upper limit"},
        ),
        **OTHER_TRIALS,
    },
    rows={SLZ: "inclusion"},
)

NEPHRITIS = Patient(
    slug="sle-nephritis-creatinine-2-9",
    name="Test Lupus-Fourteen",
    gender="female",
    born="1999-05-05",
    who="Lupus nephritis with a creatinine of 2.9 mg/dL.",
    chart=[
        *lupus("14", "55"),
        condition("lupus-nephritis", "2024-04-01"),
        *organs(creatinine="2.9"),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: ruled_out(
            "eGFR below 30 and creatinine above 2.5 mg/dL; no exception for nephritis.",
            "E11a",
            but(SLP_WOMAN, "E11a"),
            decides={"E11a": "creatinine 2.9 mg/dL, eGFR 22"},
        ),
        SLZ: ruled_out("eGFR below 30.", "I4b", but(SLZ_USUAL, "I4b"), decides={"I4b": "eGFR 22"}),
        BSK: basket(
            "A clearance below 30 is excepted where the disease causes it: for a clinician.",
            but(BSK_WOMAN, "I3g"),
            decides={"I3g": "(140 − 27) × 55 kg × 0.85 / (72 × 2.9) = 25 mL/min, lupus nephritis on record"},
        ),
        **OTHER_TRIALS,
    },
)

BILAG = Patient(
    slug="sle-sledai-6-bilag-a",
    name="Test Lupus-Fifteen",
    gender="female",
    born="1991-09-09",
    who="SLEDAI-2K 6 with one BILAG-2004 A score: active enough for one trial of the three.",
    chart=[
        *lupus("6", "68"),
        score("bilag-2004-a-count", "1"),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        SLP: ruled_out("SLEDAI-2K below 10.", "I6", but(SLP_WOMAN, "I6"), decides={"I6": "SLEDAI-2K 6"}),
        SLZ: ruled_out("SLEDAI-2K below 8.", "I3", but(SLZ_USUAL, "I3"), decides={"I3": "SLEDAI-2K 6"}),
        BSK: basket("6 with a BILAG A is enough.", BSK_WOMAN, decides={"SLE-2": "SLEDAI-2K 6, one BILAG A"}),
        **OTHER_TRIALS,
    },
    rows={SLP: "inclusion", SLZ: "inclusion", BSK: "boundary"},
)

PRIOR_CAR_T = Patient(
    slug="sle-prior-car-t",
    name="Test Lupus-Sixteen",
    gender="male",
    born="1993-03-03",
    who=(
        "CAR-T cells in 2024, lupus active again. None of the lupus trials' sources names earlier CAR-T therapy; the "
        "Zhejiang source names no exclusion at all, so nothing can rule a patient out there on an exclusion."
    ),
    chart=[
        *lupus("12", "70"),
        performed("car-t", "2024-03-11"),
        *organs(),
        *serology(),
        *heart_and_lung(),
        *off_immunosuppressants(),
    ],
    expected={
        SLZ: possible(f"{SLZ_OPEN} An earlier CAR-T therapy is a question for it.", SLZ_USUAL),
        SLP: possible("Earlier CAR-T therapy is not mentioned.", SLP_MAN),
        BSK: basket("Earlier CAR-T therapy is not mentioned.", BSK_MAN),
        **OTHER_TRIALS,
    },
    rows={SLZ: "exclusion"},
)

WBC_2_8 = Patient(
    slug="sle-white-cells-2-8",
    name="Test Lupus-Seventeen",
    gender="female",
    born="1979-11-30",
    who="Leukopenia of lupus: white cells 2.8. It scores in the SLEDAI-2K and fails one trial.",
    chart=[
        *lupus("11", "72"),
        *organs(wbc="2.8", anc="1.6"),
        *serology(),
        *heart_and_lung(),
        *pregnancy_test(),
        *off_immunosuppressants(),
    ],
    expected={
        BSK: basket(
            "White cells below 3.",
            but(BSK_WOMAN, "I3a"),
            "I3a",
            {"I3a": "2.8 ×10⁹/L", "I3b": "neutrophils 1.6"},
        ),
        SLP: possible("No limit on white cells.", SLP_WOMAN),
        SLZ: possible(f"No limit on white cells. {SLZ_OPEN}", SLZ_USUAL),
        **OTHER_TRIALS,
    },
    rows={BSK: "inclusion"},
)

UNSPECIFIED = Patient(
    slug="sle-code-only-suggests",
    name="Test Lupus-Eighteen",
    gender="female",
    born="1996-01-01",
    who="“Lupus erythematosus” without “systemic”: the code suggests lupus of the skin or of the whole body.",
    chart=[condition("lupus-unspecified", "2024-06-01"), lab("weight", "60"), *organs(on=RECENT)],
    expected={
        SLP: possible(
            "Relevant, and a clinician must say which lupus it is.", f"I2 I3 {WOMAN[SLP]} {ORGANS[SLP]}"
        ),
        SLZ: possible(f"Relevant, for a clinician to confirm. {SLZ_OPEN}", f"I1 {ORGANS[SLZ]}"),
        BSK: possible(
            "Relevant, for a clinician to confirm.",
            f"I1 I3g {ORGANS[BSK]}",
            cohort=["SLE"],
            decides={"ITP-3": "whether there is a systemic lupus is not certain"},
        ),
        **OTHER_TRIALS,
    },
)

PATIENTS = [
    DEMO, MAN_65_SI, GIRL_12, PLATELETS_20, ALT_EXACTLY_3, LIMITS_MET, LIMITS_MISSED, RITUXIMAB, WEIGHT_39,
    DIAGNOSIS_ONLY, UNUSABLE, GILBERT, HEPATITIS, NEPHRITIS, BILAG, PRIOR_CAR_T, WBC_2_8, UNSPECIFIED,
]  # fmt: skip
