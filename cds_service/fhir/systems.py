"""The name of a code system, however a sender spells it.

FHIR gives each system one URI (https://hl7.org/fhir/R4/terminologies-systems.html); real charts also carry
its OID, ``https``, a trailing slash, a version or odd capitals. One spelling is used everywhere here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
CVX = "http://hl7.org/fhir/sid/cvx"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
CLINICAL_SCORES = "urn:cart-cds:clinical-scores"
"""Scores that LOINC has no code for; a site maps its own codes to these."""

_ALSO_KNOWN_AS = {
    LOINC: ("2.16.840.1.113883.6.1", "loinc.org"),
    SNOMED: ("2.16.840.1.113883.6.96", "snomed.info/id", "snomed.info"),
    RXNORM: ("2.16.840.1.113883.6.88", "nlm.nih.gov/research/umls/rxnorm"),
    ICD_10: (
        "2.16.840.1.113883.6.3",
        "id.who.int/icd10",
        "who.int/classifications/icd10",
        # the German modification keeps the WHO's categories (https://simplifier.net/basisprofil-de-r4)
        "fhir.de/CodeSystem/bfarm/icd-10-gm",
        "fhir.de/CodeSystem/dimdi/icd-10-gm",
    ),
    ICD_10_CM: ("2.16.840.1.113883.6.90",),
    ICD_10_PCS: ("2.16.840.1.113883.6.4", "hl7.org/fhir/sid/icd-10-pcs"),
    CVX: ("2.16.840.1.113883.12.292",),
    CPT: ("2.16.840.1.113883.6.12",),
    HCPCS: ("2.16.840.1.113883.6.285", "2.16.840.1.113883.6.14", "hl7.org/fhir/sid/hcpcs"),
    ATC: ("2.16.840.1.113883.6.73", "whocc.no/atc", "whocc.no"),
    UCUM: ("2.16.840.1.113883.6.8", "unitsofmeasure.org"),
}


ALIASED = frozenset({*_ALSO_KNOWN_AS, CLINICAL_SCORES} - {UCUM})
"""The systems that a site may know under another name; a unit is no code of a concept."""


def _bare(system: str) -> str:
    """The system without what senders vary: scheme, ``www.``, capitals, version, closing slash or sign."""
    bare = system.strip().lower().partition("|")[0].rstrip("/# ")
    for opening in ("urn:oid:", "oid:", "https://", "http://", "www."):
        bare = bare.removeprefix(opening)
    # SNOMED CT editions and versions: http://snomed.info/sct/731000124108/version/20230901
    return "snomed.info/sct" if bare.startswith("snomed.info/sct/") else bare


_BY_BARE = {_bare(name): system for system, names in _ALSO_KNOWN_AS.items() for name in (system, *names)}


@lru_cache(maxsize=1024)
def normal_system(system: str | None) -> str:
    """The one URI used here for a code system; an unknown system as sent but trimmed; "" for none."""
    if system is None:
        return ""
    return _BY_BARE.get(_bare(system), system.strip())


def normal_code(system: str | None, code: str) -> str:
    """``system|code`` as indexes hold it."""
    return f"{normal_system(system)}|{code.strip()}"


def also_under(held: Mapping[str, T], systems: Mapping[str, str]) -> dict[str, T]:
    """What is held by ``system|code``, and the same under every other name of the system."""
    found = dict(held)
    for alias, system in systems.items():
        opening = f"{system}|"
        for code, value in held.items():
            if code.startswith(opening):
                found.setdefault(f"{alias}|{code.removeprefix(opening)}", value)
    return found
