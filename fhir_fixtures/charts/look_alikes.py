"""Three charts full of things that look like something else: each trial tells them apart in its own way."""

from __future__ import annotations

from charts.building import (
    Resource,
    answer,
    condition,
    infused,
    lab,
    ordered,
    performed,
    planned,
    score,
    severe_allergy,
    takes,
    took_part,
    vaccinated,
)
from charts.expected import BSK, JDM, SLP, SLZ, SSC, Expected, Patient, not_relevant, possible, ruled_out
from charts.panels import MAN, ORGANS, but, normal, organs

NO_SLE = not_relevant("No lupus on record.")
NO_SSC = not_relevant("No systemic sclerosis on record.")
NO_JDM = not_relevant("No juvenile dermatomyositis or necrotizing myopathy on record.")


def below(test: str, value: str, on: str) -> Resource:
    """A viral load below what can be counted: "<20"."""
    made = lab(test, value, on=on)
    made["valueQuantity"]["comparator"] = "<"
    return made


LUPUS = Patient(
    slug="sle-man-look-alikes",
    name="Test Lookalike-One",
    gender="male",
    born="1985-06-01",
    who=(
        "A man of 41 with lupus and much besides: a weight in pounds, a saturation as a fraction, methylprednisolone, "
        "rituximab ordered but not given, a lymphoma of long ago, an old infarction without a date, screening tests that "
        "need confirmation, a hip replaced and the other one planned."
    ),
    chart=[
        condition("sle", "2015-02-02"),
        answer("ana", "positive", "2015-02-02"),
        score("sledai-2k", "11"),
        lab("weight", "88.2", "[lb_av]"),
        lab("spo2", "0.97", "1"),
        lab("lvef", "58", on="2026-10-12"),
        *organs(si=True, creatinine_si="222", anc="1.2"),
        *infused("filgrastim", "0.3", "2026-10-18"),
        lab("iga", "0.05"),
        answer("hbsag", "negative"),
        answer("hbcab", "positive"),
        answer("hcv-ab", "negative"),
        answer("hiv", "positive"),
        answer("treponema", "negative"),
        answer("rpr", "positive"),
        takes("methylprednisolone", "25", "1", "2026-09-01"),
        ordered("hydroxychloroquine 200 mg", "400", "1", "2026-01-10"),
        ordered("rituximab", "1000", "1", "2026-08-20"),
        condition("b-cell-lymphoma", "2010-03-01", clinical="resolved", ended="2011-01-01"),
        condition("old-infarction", None),
        condition("deep-vein-thrombosis", "2026-06-10"),
        condition("alcohol-abuse", "2010-01-01", clinical="resolved", ended="2026-05-17"),
        condition("mixed-connective-tissue-disease", "2016-01-01"),
        condition("latent-tuberculosis", "2020-01-01"),
        performed("hip-replacement", "2026-06-15"),
        planned("hip-replacement", "2027-02-01"),
        severe_allergy("Penicillin", "2001-05-05"),
        *took_part("Test Registry-One", "Registry", "on-study", "2025-01-01"),
    ],
    expected={
        SLP: ruled_out(
            "Steroid dose, alcohol, joint surgery done and planned, thrombosis, creatinine.",
            "I5b E2 E4a E4b E9 E11a",
            f"{but(normal(SLP, ORGANS), 'E11a')} I2 I3 I5a I5c I5e I5f I6 E6d {MAN[SLP]}",
            decides={
                "I3": "88.2 lb are 40.007 kg",
                "I5b": "methylprednisolone 25 mg are 31.25 mg prednisone",
                "I5g": "rituximab is ordered; an order does not show that it was given",
                "E2": "alcohol abuse until 17 May: 168 days ago, the boundary day",
                "E3": "a B-cell lymphoma is allowed; whether there was another malignancy is not on record",
                "E4a": "hip replaced 15 June",
                "E4b": "the other hip planned for 1 February",
                "E5": "mixed connective tissue disease: whether it clouds the judgement is asked",
                "E6a": "a combined HIV test, reactive and not confirmed",
                "E6b": "serum IgA 0.05 g/L: selective deficiency, or not",
                "E6d": "core antibody alone is no chronic hepatitis B",
                "E7": "latent tuberculosis is not active tuberculosis",
                "E8": "an old infarction, of when is not on record",
                "E9": "thrombosis on 10 June",
                "E11a": "creatinine 222 umol/L is above 2.5 mg/dL (221), though eGFR is 32",
                "E12": "rituximab ordered, not known to be given",
            },
        ),
        SLZ: possible(
            "Its source names none of these.",
            f"{normal(SLZ, ORGANS)} I1 I3 I4f I6a",
            decides={"I4b": "eGFR 32", "I4f": "0.97 is 97 %"},
        ),
        BSK: Expected(
            "ruled-out",
            "Clearance, a severe drug allergy, a positive syphilis test, a registry.",
            f"{but(normal(BSK, ORGANS), 'I3b')} I1 SLE-2 E6 E8b {MAN[BSK]}",
            "I3g E1 E8d E10 ITP ITP-3",
            ["SLE"],
            {
                "I3b": "neutrophils 1.2, but filgrastim was given ten days before the count",
                "I3g": "(140 − 41) × 40.0 kg / (72 × 2.51) = 22 mL/min, and no renal disease of lupus on record",
                "E1": "anaphylaxis to penicillin",
                "E6": "the lymphoma ended in 2011, more than five years ago, which is allowed",
                "E8a": "core antibody positive, HBV DNA not measured",
                "E8c": "reactive and not confirmed",
                "E8d": "RPR positive; in lupus often falsely so, but the words are “a positive test”",
                "E10": "a registry is a study too: any other trial counts here",
                "E11": "rituximab ordered, not known to be given",
            },
        ),
        SSC: NO_SSC,
        JDM: NO_JDM,
    },
    units="SI",
)

SCLEROSIS = Patient(
    slug="ssc-woman-look-alikes",
    name="Test Lookalike-Two",
    gender="female",
    born="1974-07-07",
    who=(
        "A woman of 52 with systemic sclerosis: lung values in litres and millilitres instead of percent, a systolic "
        "pressure from the echocardiogram, CAR-T cells and autologous stem cells in the past, treated syphilis, cured "
        "hepatitis C, inactive hepatitis B, an epilepsy of childhood."
    ),
    chart=[
        condition("ssc-icd", "2020-02-02"),
        answer("ana", "positive", "2020-02-02"),
        answer("scl70", "weakly positive", "2020-02-02"),
        score("mrss", "18"),
        lab("weight", "60"),
        lab("spo2", "95"),
        lab("lvef", "61", on="2026-10-12"),
        lab("fvc", "2.1", on="2026-10-12"),
        lab("dlco", "12", on="2026-10-12"),
        lab("pap-systolic", "60", on="2026-10-12"),
        *organs(),
        answer("hbsag", "positive"),
        answer("hbcab", "positive"),
        below("hbv-dna", "20", "2026-10-28"),
        answer("hcv-ab", "positive"),
        answer("hcv-rna", "not detected"),
        answer("hiv", "negative"),
        answer("treponema", "positive"),
        answer("rpr", "negative"),
        takes("prednisone 5 mg", "10", "1", "2026-05-01"),
        takes("mycophenolate 500 mg", "1000", "2", "2025-06-01", "2026-07-31"),
        performed("car-t", "2024-01-15"),
        performed("stem-cells", "2025-09-01"),
        condition("epilepsy", "1982-01-01", clinical="resolved", ended="1990-01-01"),
        vaccinated("mmr", "2026-10-03"),
        *took_part("Test Trial-One", "Interventional", "off-study", "2025-10-01", "2026-07-31"),
    ],
    expected={
        SSC: ruled_out(
            "Treponemal antibodies, which treatment does not remove.",
            "E8d",
            f"{normal(SSC, ORGANS)} I1 I3 I4 I6a I6f E4e E8a E8b E8c E9 E12",
            decides={
                "I3": "ANA suffices",
                "I6g": "12 mL/min/mmHg is no percentage",
                "I6h": "2.1 L is no percentage",
                "I7a": "at 52 the menopause is possible and not on record",
                "E1": "60 mmHg is a systolic pressure by echocardiogram, not a mean by catheter",
                "E2": "CAR-T cells in 2024: the investigators may have ruled out the risks",
                "E3": "epilepsy resolved in 1990: not active; other diseases are asked",
                "E8a": "HBsAg positive, HBV DNA below 20, not above the range",
                "E8b": "HCV antibody with RNA not detected: cured",
                "E8d": "treponemal antibodies positive, RPR negative",
                "E9": "live vaccine 29 days ago",
                "E12": "interventional trial until 31 July: a day more than three months",
            },
        ),
        BSK: Expected(
            "ruled-out",
            "A disorder of the central nervous system, whatever its activity, and a positive syphilis test.",
            f"{normal(BSK, ORGANS)} I1 I3g E8a E8b E8c E10 E11",
            "E3 E8d",
            ["SSC"],
            {
                "E3": "epilepsy, resolved or not",
                "E8d": "treponemal antibodies",
                "SSC-1": "the code does not say whether the disease is diffuse",
                "SSC-2": "Scl-70 weakly positive: for a clinician",
                "E10": "the other trial ended more than three months ago",
            },
        ),
        SLP: NO_SLE,
        SLZ: NO_SLE,
        JDM: NO_JDM,
    },
)

MYOSITIS = Patient(
    slug="jdm-girl-look-alikes",
    name="Test Lookalike-Three",
    gender="female",
    born="2011-03-03",
    who=(
        "A girl of 15 with juvenile dermatomyositis, normal enzymes under treatment, Ro-60 antibodies alone, latent "
        "tuberculosis, two pregnancy tests that contradict each other, a cured basal cell carcinoma, thyroiditis, a live "
        "vaccine four weeks ago to the day, and CAR-T cells last year."
    ),
    chart=[
        condition("jdm", "2019-09-01"),
        answer("mda5", "negative", "2019-10-01"),
        answer("ro60", "positive", "2019-10-01"),
        lab("ck", "150"),
        lab("ldh", "230"),
        *organs(creatinine="0.5"),
        lab("height", "160", on="2026-10-12"),
        lab("weight", "52"),
        lab("lvef", "54", on="2026-10-12"),
        lab("spo2", "98"),
        answer("hcg-urine", "negative"),
        answer("hcg-serum", "positive"),
        answer("hbsag", "positive"),
        answer("hbcab", "negative"),
        lab("hbv-dna", "3500"),
        answer("hcv-ab", "negative"),
        answer("hiv", "negative"),
        answer("treponema", "negative"),
        answer("rpr", "positive"),
        answer("cmv-dna", "not detected"),
        takes("prednisone 5 mg", "15", "1", "2026-02-01"),
        takes("methotrexate 2.5 mg", "2.5", "1", "2026-03-01"),
        condition("latent-tuberculosis", "2025-01-01"),
        condition("thyroiditis", "2022-01-01"),
        condition("basal-cell-carcinoma", "2024-03-01", clinical="resolved", ended="2024-04-15"),
        performed("car-t", "2025-05-05"),
        vaccinated("mmr", "2026-10-04"),
        *took_part("Test Registry-Two", "Registry", "on-study", "2025-01-01"),
    ],
    expected={
        JDM: ruled_out(
            "Ejection fraction, CAR-T cells before, latent tuberculosis, hepatitis B, RPR, live vaccine, blood pregnancy "
            "test, another study.",
            "I6a1 E1 E4 E10a E10d E11 E12 E14",
            f"{normal(JDM, ORGANS)} I1 I6f I8a E6e E10b E10c E10e",
            decides={
                "I2c": "normal today, under treatment: that does not say that no enzyme was ever raised",
                "I4": "Ro-60 does not count, MDA5 is negative, the rest of the panel was not done",
                "I6a1": "54 %",
                "I8a": "the urine test is negative, and that is the one this inclusion asks for",
                "E1": "CAR-T cells in 2025, without waiver",
                "E2": "autoimmune thyroiditis: for a clinician",
                "E4": "latent tuberculosis excludes by name, in this trial alone",
                "E5": "a resected and cured basal cell carcinoma is excepted: for a clinician",
                "E13": "here it is not excepted: the source contradicts itself, so it is for a clinician",
                "E10a": "HBsAg positive, HBV DNA 3500, upper limit 20",
                "E10d": "RPR positive: any syphilis test counts",
                "E11": "live vaccine on 4 October: 28 days ago, the boundary day",
                "E12": "the blood test is positive",
                "E14": "any other study, a registry too",
            },
        ),
        BSK: Expected(
            "ruled-out",
            "Under 18, on methotrexate, pregnant by the blood test, and more.",
            f"{normal(BSK, ORGANS)} E8b E8c",
            "I1 I4b E6 E8d E10 E11",
            ["IIM"],
            {
                "I1": "15 years",
                "I4b": "blood pregnancy test positive",
                "E6": "basal cell carcinoma in 2024, without exception",
                "E8a": "HBsAg and DNA positive, core antibody negative: letter and sense of the criterion part",
                "E12": "urine and blood test of one day contradict each other",
            },
        ),
        SLP: NO_SLE,
        SLZ: NO_SLE,
        SSC: NO_SSC,
    },
)

PATIENTS = [LUPUS, SCLEROSIS, MYOSITIS]
