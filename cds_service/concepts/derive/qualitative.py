"""Makes ``qualitative.csv`` and ``result_codes.csv`` of ``rules/concepts`` from the reference tables.

The codes are those of ``qualitative_result_map.csv``, each with where it was verified, and a few answer codes
verified since. The spellings are an explicit list: negations stand in it as wholes ("non-reactive"), so
that no part of a negation can be taken for its opposite.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from cds_service.concepts.qualitative import TEXT, Meaning, Trait

_LOINC = "http://loinc.org"
_MORE_CODES = (
    (
        Meaning.NOT_PREGNANT,
        "LA26683-5",
        "Not pregnant",
        "HL7 IPS pregnancy status value set; gematik ISiK SchwangerschaftsstatusVS",
    ),
    (
        Meaning.BREASTFEEDING,
        "LA29252-6",
        "Currently breastfeeding",
        "gematik ISiK StillstatusVS; Jembi Starter FHIR IG (tx.fhir.org, LOINC 2.81)",
    ),
    (
        Meaning.NOT_BREASTFEEDING,
        "LA29253-4",
        "Not currently breastfeeding",
        "gematik ISiK StillstatusVS; Jembi Starter FHIR IG (tx.fhir.org, LOINC 2.81)",
    ),
)

_SPELLINGS = {
    Meaning.NEGATIVE: """negative; neg; non-reactive; nonreactive; non reactive; not reactive;
        not detected; undetected; undetectable; none detected; target not detected; tnd; not present;
        absent; -; (-); neg(-); negative(-); negative (-); 阴性; 阴性(-);
        negativ; nicht nachweisbar; nicht nachgewiesen; nicht reaktiv""",
    Meaning.POSITIVE: """positive; pos; detected; target detected; reactive; present; strong positive;
        strongly positive; strongly reactive; +; ++; +++; ++++; (+); 1+; 2+; 3+; 4+; pos(+); positive(+);
        positive (+); 阳性; 阳性(+); positiv; nachweisbar; nachgewiesen; reaktiv""",
    Meaning.EQUIVOCAL: """equivocal; borderline; borderline positive; weak positive; weakly positive;
        weak reactive; weakly reactive; low positive; faintly positive; doubtful; trace; gray zone; grey zone;
        +/-; ±; (±); 弱阳性; 可疑; schwach positiv; grenzwertig""",
    Meaning.INDETERMINATE: """indeterminate; inconclusive; undetermined; presumptive positive;
        presumptively reactive; preliminary positive""",
    Meaning.INVALID: """invalid; unsatisfactory; specimen unsatisfactory; qns; quantity not sufficient;
        pending; specimen unsatisfactory for evaluation; cancelled; canceled; not tested; not done;
        not performed; test not performed""",
    Meaning.UNKNOWN: "unknown; not known",
    Meaning.PREGNANT: "pregnant; currently pregnant",
    Meaning.NOT_PREGNANT: "not pregnant; not currently pregnant",
    Meaning.BREASTFEEDING: "breastfeeding; breast-feeding; currently breastfeeding; lactating",
    Meaning.NOT_BREASTFEEDING: """not breastfeeding; not breast-feeding; not currently breastfeeding;
        not lactating""",
    Meaning.ABNORMAL: "abnormal",
    Meaning.NORMAL: "normal",
    Meaning.HIGH: "high",
    Meaning.LOW: "low",
}

# Reported as a logarithm, whatever the unit field says (reference: loinc.md section 5, and 29541-0 by name).
_LOGARITHMS = ("45161-7", "54206-8", "48398-2", "38180-6", "47252-2", "53763-9", "29541-0")


def derive(reference: Path, out: Path) -> None:
    """Write both files into ``out`` from the tables in ``reference``."""
    _meanings(reference, out)
    _traits(reference, out)


def _meanings(reference: Path, out: Path) -> None:
    with (reference / "qualitative_result_map.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            (row["normalised"], row["system"], row["code"], row["display"], row["verified_in"])
            for row in csv.DictReader(file)
        ]
    rows += [(meaning, _LOINC, code, display, where) for meaning, code, display, where in _MORE_CODES]
    rows += [
        (meaning, TEXT, spelling, spelling, "explicit list of spellings")
        for meaning, spellings in _SPELLINGS.items()
        for spelling in (" ".join(each.split()) for each in spellings.split(";"))
    ]
    _write(out / "qualitative.csv", ("meaning", "system", "code", "display", "sources"), rows)


def _traits(reference: Path, out: Path) -> None:
    with (reference / "loinc.csv").open(encoding="utf-8", newline="") as file:
        table = [row for row in csv.DictReader(file) if row["kind"].startswith("lab")]
    rows = []
    for row in table:
        code, name = row["loinc"], row["long_common_name"]
        traits = {
            Trait.PRESENCE: row["scale"] == "Ord",
            Trait.TITRE: "[Titer]" in name or " Titr " in name,
            Trait.LOGARITHM: code in _LOGARITHMS,
            Trait.COMBINATION: "Ab+HIV1 p24 Ag" in name,
        }
        rows += [(row["concept_key"], code, trait, name) for trait, holds in traits.items() if holds]
    _write(out / "result_codes.csv", ("concept_key", "loinc", "trait", "name"), rows)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
