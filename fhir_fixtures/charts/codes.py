"""The codes that the synthetic charts use. Each is in ``rules/concepts``; a test holds them to that."""

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
SCORES = "urn:cart-cds:clinical-scores"
UCUM = "http://unitsofmeasure.org"
HL7 = "http://terminology.hl7.org/CodeSystem"

# name: LOINC code, display, category, unit, lower and upper limit of the laboratory's range
TESTS: dict[str, tuple[str, str, str, str | None, str | None, str | None]] = {
    "wbc": ("6690-2", "Leukocytes [#/volume] in Blood by Automated count", "laboratory", "10*3/uL", "3.5", "9.5"),
    "anc": ("751-8", "Neutrophils [#/volume] in Blood by Automated count", "laboratory", "10*3/uL", "1.8", "6.3"),
    "hemoglobin": ("718-7", "Hemoglobin [Mass/volume] in Blood", "laboratory", "g/dL", "11.5", "15.0"),
    "platelets": ("777-3", "Platelets [#/volume] in Blood by Automated count", "laboratory", "10*3/uL", "125", "350"),
    "alt": ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "laboratory", "U/L", "7", "40"),
    "ast": ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "laboratory", "U/L", "13", "40"),
    "alp": ("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "laboratory", "U/L", "35", "120"),
    "bilirubin": ("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "0.2", "1.2"),
    "bilirubin-si": ("14631-6", "Bilirubin.total [Moles/volume] in Serum or Plasma", "laboratory", "umol/L", "3", "21"),
    "creatinine": ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "0.5", "1.0"),
    "creatinine-si": ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "laboratory", "umol/L", "44", "97"),
    "inr": ("6301-6", "INR in Platelet poor plasma by Coagulation assay", "laboratory", "{INR}", "0.8", "1.2"),
    "pt": ("5902-2", "Prothrombin time (PT)", "laboratory", "s", "10", "13"),
    "cd4": ("24467-3", "CD3+CD4+ (T4 helper) cells [#/volume] in Blood", "laboratory", "/uL", "410", "1590"),
    "cd19": ("8116-6", "CD19 cells [#/volume] in Blood", "laboratory", "/uL", "90", "560"),
    "iga": ("2458-8", "IgA [Mass/volume] in Serum or Plasma", "laboratory", "g/L", "0.7", "4.0"),
    "c3": ("4485-9", "Complement C3 [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "90", "180"),
    "c4": ("4498-2", "Complement C4 [Mass/volume] in Serum or Plasma", "laboratory", "mg/dL", "10", "40"),
    "dsdna": ("5130-0", "DNA double strand Ab [Units/volume] in Serum", "laboratory", "[IU]/mL", None, "30"),
    "urine-protein": ("2889-4", "Protein [Mass/time] in 24 hour Urine", "laboratory", "g/(24.h)", None, "0.15"),
    "ck": ("2157-6", "Creatine kinase [Enzymatic activity/volume] in Serum or Plasma", "laboratory", "U/L", "40", "200"),
    "ldh": ("2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma", "laboratory", "U/L", "120", "250"),
    "weight": ("29463-7", "Body weight", "vital-signs", "kg", None, None),
    "height": ("8302-2", "Body height", "vital-signs", "cm", None, None),
    "spo2": ("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", "vital-signs", "%", None, None),
    "lvef": ("10230-1", "Left ventricular Ejection fraction", "imaging", "%", None, None),
    "fvc-percent": ("19872-1", "FVC measured/predicted", "procedure", "%", None, None),
    "fvc": ("19868-9", "Forced vital capacity [Volume] Respiratory system by Spirometry", "procedure", "L", None, None),
    "dlco-percent": ("98130-8", "Diffusion capacity.carbon monoxide/Predicted", "procedure", "%", None, None),
    "mpap": ("8414-5", "Pulmonary artery Mean blood pressure", "procedure", "mm[Hg]", None, None),
    "hbsag": ("5196-1", "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay", "laboratory", None, None, None),
    "hbcab": ("13952-7", "Hepatitis B virus core Ab [Presence] in Serum or Plasma by Immunoassay", "laboratory", None, None, None),
    "hcv-ab": ("13955-0", "Hepatitis C virus Ab [Presence] in Serum or Plasma by Immunoassay", "laboratory", None, None, None),
    "hiv": ("56888-1", "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay", "laboratory", None, None, None),
    "treponema": ("24110-9", "Treponema pallidum Ab [Presence] in Serum by Immunoassay", "laboratory", None, None, None),
    "rpr": ("20507-0", "Reagin Ab [Presence] in Serum by RPR", "laboratory", None, None, None),
    "cmv-dna": ("30247-1", "Cytomegalovirus DNA [#/volume] (viral load) in Serum or Plasma by Probe and target amplification method", "laboratory", None, None, None),
    "hcg-serum": ("2118-8", "Choriogonadotropin (pregnancy test) [Presence] in Serum or Plasma", "laboratory", None, None, None),
    "hcg-urine": ("2106-3", "Choriogonadotropin (pregnancy test) [Presence] in Urine", "laboratory", None, None, None),
    "ana": ("8061-4", "Nuclear Ab [Presence] in Serum", "laboratory", None, None, None),
    "anti-sm": ("31627-3", "Smith extractable nuclear Ab [Presence] in Serum", "laboratory", None, None, None),
    "scl70": ("5348-8", "SCL-70 extractable nuclear Ab [Presence] in Serum by Immunoassay", "laboratory", None, None, None),
    "centromere": ("16137-2", "Centromere Ab [Presence] in Serum", "laboratory", None, None, None),
    "mda5": ("82424-3", "MDA5 Ab [Presence] in Serum by Line blot", "laboratory", None, None, None),
    "jo1": ("5234-0", "Jo-1 extractable nuclear Ab [Presence] in Serum by Immunoassay", "laboratory", None, None, None),
    "ro60": ("53018-8", "ENA SS-a 60kD Ab Ser Ql", "laboratory", None, None, None),
    "hbv-dna": ("42595-9", "Hepatitis B virus DNA [Units/volume] (viral load) in Serum or Plasma by NAA with probe detection", "laboratory", "[IU]/mL", None, "20"),
    "hcv-rna": ("11011-4", "Hepatitis C virus RNA [Units/volume] (viral load) in Serum or Plasma by NAA with probe detection", "laboratory", "[IU]/mL", None, "15"),
    "dlco": ("19911-7", "Diffusion capacity.carbon monoxide", "procedure", "mL/min/mm[Hg]", None, None),
    "pap-systolic": ("8440-0", "Pulmonary artery Systolic blood pressure", "procedure", "mm[Hg]", None, None),
    "srp": ("33921-8", "Signal Recognition Particle (SRP) Ab [Presence] in Serum or Plasma", "laboratory", None, None, None),
}  # fmt: skip

ANSWERS = {
    "negative": ("260385009", "Negative"),
    "positive": ("10828004", "Positive"),
    "not detected": ("260415000", "Not detected"),
    "detected": ("260373001", "Detected"),
    "weakly positive": ("260408008", "Weakly positive"),
}

# name: system, code, words
DIAGNOSES = {
    "sle": (SNOMED, "55464009", "Systemic lupus erythematosus"),
    "sle-icd": (ICD_10_CM, "M32.9", "Systemic lupus erythematosus, unspecified"),
    "lupus-unspecified": (SNOMED, "200936003", "Lupus erythematosus"),
    "lupus-nephritis": (SNOMED, "68815009", "Systemic lupus erythematosus glomerulonephritis syndrome"),
    "lupus-hepatitis": (SNOMED, "19682006", "Lupus hepatitis"),
    "gilbert": (SNOMED, "27503000", "Gilbert's syndrome"),
    "itp": (SNOMED, "32273002", "Idiopathic thrombocytopenic purpura"),
    "itp-icd": (ICD_10_CM, "D69.3", "Immune thrombocytopenic purpura"),
    "ssc": (SNOMED, "89155008", "Systemic sclerosis"),
    "ssc-diffuse": (SNOMED, "128460000", "Systemic sclerosis, diffuse"),
    "ssc-limited": (SNOMED, "299276009", "Limited systemic sclerosis"),
    "morphea": (ICD_10_CM, "L94.0", "Localized scleroderma [morphea]"),
    "jdm": (SNOMED, "1212005", "Childhood type dermatomyositis"),
    "jdm-icd": (ICD_10_CM, "M33.00", "Juvenile dermatomyositis, organ involvement unspecified"),
    "dermatomyositis": (SNOMED, "396230008", "Dermatomyositis"),
    "imnm": (SNOMED, "715863001", "Autoimmune necrotizing myopathy"),
    "calcinosis": (ICD_10_CM, "L94.2", "Calcinosis cutis"),
    "ild": (SNOMED, "233703007", "Interstitial lung disease"),
    "epilepsy": (SNOMED, "84757009", "Epilepsy"),
    "b-cell-lymphoma": (ICD_10_CM, "C83.30", "Diffuse large B-cell lymphoma, unspecified site"),
    "old-infarction": (ICD_10_CM, "I25.2", "Old myocardial infarction"),
    "deep-vein-thrombosis": (SNOMED, "128053003", "Deep venous thrombosis"),
    "alcohol-abuse": (SNOMED, "15167005", "Alcohol abuse"),
    "mixed-connective-tissue-disease": (SNOMED, "398049005", "Mixed collagen vascular disease"),
    "latent-tuberculosis": (ICD_10_CM, "Z22.7", "Latent tuberculosis"),
    "thyroiditis": (SNOMED, "66944004", "Autoimmune thyroiditis"),
    "ssc-icd": (ICD_10_CM, "M34.9", "Systemic sclerosis, unspecified"),
    "basal-cell-carcinoma": (SNOMED, "254701007", "Basal cell carcinoma of skin"),
    "postmenopausal": (ICD_10_CM, "Z78.0", "Asymptomatic menopausal state"),
}

# name: RxNorm code, words
DRUGS = {
    "prednisone 5 mg": ("312617", "predniSONE 5 MG Oral Tablet"),
    "prednisone 10 mg": ("198145", "predniSONE 10 MG Oral Tablet"),
    "prednisone 20 mg": ("312615", "predniSONE 20 MG Oral Tablet"),
    "methylprednisolone 4 mg": ("259966", "methylPREDNISolone 4 MG Oral Tablet"),
    "hydroxychloroquine 200 mg": ("979092", "hydroxychloroquine sulfate 200 MG Oral Tablet"),
    "mycophenolate 500 mg": ("200060", "mycophenolate mofetil 500 MG Oral Tablet"),
    "azathioprine 50 mg": ("197388", "azaTHIOprine 50 MG Oral Tablet"),
    "methotrexate 2.5 mg": ("105585", "methotrexate 2.5 MG Oral Tablet"),
    "eltrombopag 12.5 mg": ("1245001", "eltrombopag 12.5 MG Oral Tablet"),
    "methylprednisolone": ("6902", "methylPREDNISolone"),
    "filgrastim": ("68442", "filgrastim"),
    "belimumab": ("1092437", "belimumab"),
    "rituximab": ("121191", "rituximab"),
    "cyclophosphamide": ("3002", "cyclophosphamide"),
    "immunoglobulin": ("5666", "immunoglobulin G"),
}
PROCEDURES = {
    "car-t": ("1156961008", "Chimeric antigen receptor T-cell immunotherapy"),
    "hip-replacement": ("52734007", "Total replacement of hip"),
    "stem-cells": ("425983008", "Autologous peripheral blood stem cell transplant"),
}
VACCINES = {
    "mmr": ("03", "MMR"),
    "influenza": ("150", "influenza, injectable, quadrivalent, preservative free"),
}
