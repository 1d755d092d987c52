"""Diagnoses, procedures and vaccines: from ``codes.csv`` to the files that the service reads.

What a row's confidence allows: two sources, or the publisher's own table, decide. A single source that is
not the publisher's, or a weak one, is at most ``review``. A row that nobody could verify is left out unless
it already only asks a clinician. SNOMED CT rows outside the free Global Patient Set go to their own file,
which an installation without an affiliate licence switches off.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cds_service.fhir import systems

FIELDS = ("concept", "system", "code", "match", "role", "display", "confidence", "sources", "notes")

PROCEDURES = frozenset(
    {"cabg", "cart_therapy", "hsct_proc", "joint_surgery", "major_surgery", "pci", "splenectomy"}
    | {"solid_organ_transplant_proc", "surgery"}
)
VACCINES = frozenset({"live_vaccine"})
SYSTEMS = {
    "SCT": systems.SNOMED,
    "ICD10CM": systems.ICD_10_CM,
    "ICD10": systems.ICD_10,
    "ICD10PCS": systems.ICD_10_PCS,
    "CPT": systems.CPT,
    "HCPCS": systems.HCPCS,
    "CVX": systems.CVX,
}
# Diagnosis codes that the table files under a class of drugs; and "Surgical procedure", which does not say
# that it was a major one.
RENAMED = {
    "major_surgery": "surgery",
    "gc_class": "long_term_glucocorticoid",
    "immunosuppressant_class": "long_term_immunosuppressant",
}
_SIGNS_OF_A_PUBLISHER = "NLM VSAC"  # the National Library of Medicine's own value sets


def derive(reference: Path, out: Path) -> None:
    """Write diagnoses.csv, procedures.csv, vaccines.csv and snomed_affiliate.csv into ``out``."""
    with (reference / "codes.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = [row for line in csv.DictReader(table) for row in _row(line)]
    with (out / "subsets.csv").open(encoding="utf-8", newline="") as table:
        rows += [row for line in csv.DictReader(table) for row in _subset(line, rows)]
    files: dict[str, list[dict[str, str]]] = {
        "diagnoses.csv": [],
        "procedures.csv": [],
        "vaccines.csv": [],
        "snomed_affiliate.csv": [],
    }
    for row in rows:
        files[_file(row)].append(row)
    for name, held in files.items():
        _write(out / name, held)


def _row(line: dict[str, str]) -> Iterator[dict[str, str]]:
    """One row of the reference table as the service reads it, or nothing where it may not be used."""
    concept, system = line["concept_key"], line["system"]
    in_scope = system in SYSTEMS or (system == "ATC" and concept in VACCINES)
    if not in_scope:
        return
    role = _role(line)
    if role is None:
        return
    yield {
        "concept": RENAMED.get(concept, concept),
        "system": SYSTEMS.get(system, systems.ATC),
        "code": line["code"].strip().upper() if system != "SCT" else line["code"].strip(),
        "match": line["match_type"],
        "role": role,
        "display": _display(line["display"]),
        "confidence": line["confidence"],
        "sources": _sources(line["sources"]),
        "notes": line["notes"].strip(),
        "affiliate": line["snomed_gps_free"],
    }


# NCT06513429 excludes malignancy "other than B-cell lymphoma"; a lymphoma of T cells is the clinician's to
# judge (criteria inventory, SLP-E3). NCT07193667 names four inflammatory myopathies "including", and not
# inclusion body myositis (BSK-IIM-1); stage 5 alone is not end-stage renal failure there (BSK-E7), and in
# ICD-10-CM has a code of its own.
FOR_A_CLINICIAN = {
    ("b_cell_lymphoma", "ICD10CM", "C84"),
    ("b_cell_lymphoma", "ICD10", "C84"),
    ("iim", "SCT", "72315009"),
    ("iim", "SCT", "1144926009"),
    ("iim", "ICD10CM", "G72.41"),
    ("ckd5_esrd", "SCT", "433146000"),
    ("ckd5_esrd", "ICD10CM", "N18.5"),
    ("ckd5_esrd", "ICD10CM", "I12.0"),
    ("ckd5_esrd", "ICD10CM", "I13.11"),
    ("ckd5_esrd", "ICD10CM", "I13.2"),
}


def _role(line: dict[str, str]) -> str | None:
    confidence, role = line["confidence"], line["role"]
    if (line["concept_key"], line["system"], line["code"]) in FOR_A_CLINICIAN:
        return "review"
    if confidence in ("verified>=2", "1 (authoritative family)"):
        return role
    if confidence == "UNVERIFIED":
        return role if role == "review" else None
    if confidence == "1" and line["sources"].startswith(_SIGNS_OF_A_PUBLISHER):
        return role
    return "review" if role == "match" else role


def _subset(line: dict[str, str], rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The rows of an existing concept that one line of subsets.csv names, under their new concept."""
    found = [
        row
        for row in rows
        if row["concept"] == line["of"]
        and (not line["system"] or row["system"] == SYSTEMS[line["system"]])
        and (row["code"] == line["code"] if line["code"] else True)
        and line["display_has"].lower() in row["display"].lower()
    ]
    if not found:
        raise ValueError(f"subsets.csv: {line['of']} has no row for {line['system']} {line['code']}")
    for row in found:
        yield {**row, "concept": line["concept"], "role": line["role"] or row["role"]}


def _display(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r" \[(?:MONDO|procedure)[^\]]*\]", "", text)).strip()


def _sources(text: str) -> str:
    """The first two sources by their short names, and how many more there are."""
    names = [re.sub(r"\s*\(.*?\)", "", part).strip() for part in text.split(";") if part.strip()]
    more = f"; +{len(names) - 2}" if len(names) > 2 else ""
    return "; ".join(names[:2]) + more


def _file(row: dict[str, str]) -> str:
    if row["system"] == systems.SNOMED and row["affiliate"] != "Y":
        return "snomed_affiliate.csv"
    if row["concept"] in VACCINES:
        return "vaccines.csv"
    return "procedures.csv" if row["concept"] in PROCEDURES else "diagnoses.csv"


def _write(path: Path, rows: Iterable[dict[str, str]]) -> None:
    unique = {tuple(row[field] for field in FIELDS[:5]): row for row in rows}
    with path.open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, FIELDS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(unique[key] for key in sorted(unique))
