"""Drugs: from ``codes.csv`` and ``rxnorm_clinical_drugs.csv`` to ``drugs.csv`` and ``clinical_drugs.csv``.

RxNorm has no subsumption that FHIR servers answer, so each clinical drug (a product with its strength and
form) is listed with the concept of its ingredient. A brand name, taken from RxNorm's own names of branded
drugs, and the plain English name are text patterns, which never do more than ask a clinician.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from cds_service.fhir import systems

DRUG_FIELDS = ("concept", "label", "system", "code", "match", "role", "route_needed", "display", "source")
PRODUCT_FIELDS = ("rxcui", "concepts", "role", "route", "strength_mg", "name", "source")

NOT_DRUGS = frozenset({"live_vaccine"})
ONE_BY_ONE = frozenset({"cart_therapy", "vasopressor", "gcsf", "lymphodepletion"})
"""Groups whose rows name their ingredient only in the display: each ingredient becomes a concept."""

GROUPS = {
    "cart_therapy": "other_cart_product",
    "cd20_mab_class": "other_anti_cd20",
    "gc_class": "other_glucocorticoid",
    "gcsf": "other_colony_stimulating_factor",
    "immunosuppressant_class": "other_immunosuppressant",
    "vasopressor": "other_vasopressor",
}
WORDS = (
    ("other_glucocorticoid", r"\b(?:cortico|gluco-?cortico)?steroids?\b|糖皮质激素|皮质类固醇"),
    ("other_immunosuppressant", r"\bimmuno-?suppress(?:ant|ive|ion)s?\b|免疫抑制剂"),
    ("other_biologic", r"\bbiologics?\b|\bbiological (?:agent|therapy)\b|生物制剂"),
)
"""What a note calls a class without naming the drug."""

# Most products of these are for the skin, eye, nose or joint (or, of the pressors, not for a vein): the bare
# ingredient without a route says too little.
ROUTE_NEEDED = frozenset(
    {"hydrocortisone", "betamethasone", "triamcinolone", "budesonide", "epinephrine", "phenylephrine"}
)
_LOCAL_IN_RXNORM = re.compile(
    r"Topical|Ophthalmic|Otic|Nasal|Inhal|Rectal|Vaginal|Oral Paste|Implant|Shampoo", re.IGNORECASE
)
_ORAL = re.compile(r"\bOral\b|\bTablet|\bCapsule|\bChewable", re.IGNORECASE)
_INJECTED = re.compile(r"Inject|Syringe|Cartridge|Pen\b", re.IGNORECASE)
_DEPOT = re.compile(r"Injectable Suspension|acetate .*Injection", re.IGNORECASE)
_STRENGTH = re.compile(
    r"^(?:\d+ HR )?[^/{}]*? (\d+(?:\.\d+)?) MG (?:[A-Za-z]+ )*(?:Tablet|Capsule)\b[^/{}]*$", re.IGNORECASE
)
_PRESSOR_ROUTE = re.compile(r"Auto-Injector|Prefilled Syringe|Cartridge", re.IGNORECASE)


def derive(reference: Path, out: Path) -> None:
    """Write both files from the reference tables."""
    codes = [row for row in _rows(reference / "codes.csv") if row["concept_key"] not in NOT_DRUGS]
    products = list(_rows(reference / "rxnorm_clinical_drugs.csv"))
    ingredients = list(_ingredients(codes))
    labels = {row["concept"]: row["label"] for row in ingredients}
    listed = list(_products(products, ingredients))
    names = [*_class_words(), *_plain_names(labels, ingredients), *_brands(listed)]
    _write(out / "drugs.csv", DRUG_FIELDS, [*ingredients, *names])
    _write(out / "clinical_drugs.csv", PRODUCT_FIELDS, listed)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _write(path: Path, fields: tuple[str, ...], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, fields, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: tuple(row[field] for field in fields)))


def _slug(display: str) -> str:
    """``vasopressin (USP) [IN]`` and ``vasopressin (argipressin)`` are both ``vasopressin``."""
    plain = re.sub(r"\[.*?\]|\(.*?\)|,.*", "", display).strip().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _concept(row: dict[str, str]) -> str:
    key = row["concept_key"]
    if row["system"] == "TEXT" or key not in GROUPS.keys() | ONE_BY_ONE:
        return GROUPS.get(key, key.removeprefix("gc_"))
    if key == "cd20_mab_class" or (row["system"] == "ATC" and len(row["code"]) < 7):
        return GROUPS[key]
    return _slug(row["display"])


def _ingredients(codes: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Ingredients in RxNorm, ATC codes old and new, and the text patterns of the reference table."""
    own = {
        (row["system"], row["code"])
        for row in codes
        if row["system"] in ("RXNORM", "ATC") and row["concept_key"] != "cd20_mab_class"
    }
    for row in codes:
        confidence = row["confidence"]
        if row["system"] not in ("RXNORM", "ATC", "TEXT"):
            continue
        if row["system"] != "TEXT" and not confidence.startswith(("verified", "1 (authoritative")):
            continue
        if row["concept_key"] == "cd20_mab_class" and (row["system"], row["code"]) in own:
            continue
        concept = _concept(row)
        text = row["system"] == "TEXT"
        yield {
            "concept": concept,
            "label": concept.replace("_", " ").removeprefix("other ")
            if concept.startswith("other_")
            else _label(concept),
            "system": {"RXNORM": systems.RXNORM, "ATC": systems.ATC}.get(row["system"], ""),
            "code": row["code"],
            "match": "text" if text else "prefix" if row["system"] == "ATC" else "exact",
            "role": "review" if text else row["role"],
            "route_needed": "yes" if concept in ROUTE_NEEDED and row["system"] == "RXNORM" else "",
            "display": "" if text else row["display"],
            "source": "name as written in a chart" if text else row["sources"].split(";")[0],
        }


def _label(concept: str) -> str:
    return concept.replace("_", " ")


def _pattern(concept: str, pattern: str, source: str) -> dict[str, str]:
    return dict.fromkeys(DRUG_FIELDS, "") | {
        "concept": concept,
        "label": _label(concept).removeprefix("other ") if concept.startswith("other_") else _label(concept),
        "code": pattern,
        "match": "text",
        "role": "review",
        "source": source,
    }


def _class_words() -> Iterator[dict[str, str]]:
    for concept, pattern in WORDS:
        yield _pattern(concept, pattern, "name of a class")


def _plain_names(labels: dict[str, str], rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The English name of every concept that the reference table gives no text pattern."""
    named = {row["concept"] for row in rows if row["match"] == "text"}
    for concept, label in labels.items():
        if concept not in named and not concept.startswith("other_"):
            yield _pattern(concept, rf"\b{re.escape(label)}\b", "English name")


def _brands(products: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Brand names of products that are one concept only, and not for local use."""
    concepts_of: dict[str, set[str]] = defaultdict(set)
    for row in products:
        brand = re.search(r"\[([A-Za-z][A-Za-z -]{3,})\]\)?(?: \} Pack.*)?$", row["name"])
        if brand:
            concepts_of[brand[1].strip().lower()].add(row["concepts"] if row["route"] != "local" else "")
    brands: dict[str, list[str]] = defaultdict(list)
    for name, concepts in concepts_of.items():
        if len(concepts) == 1 and (concept := next(iter(concepts))) and "|" not in concept:
            brands[concept].append(name)
    for concept, names in brands.items():
        yield _pattern(
            concept, rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b", "brand names in RxNorm"
        )


def _products(rows: list[dict[str, str]], ingredients: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    by_rxcui = {row["code"]: row for row in ingredients if row["system"] == systems.RXNORM}
    for row in rows:
        parts = [by_rxcui[cui] for cui in row["ingredient_rxcuis"].split("|") if cui in by_rxcui]
        if any(part["role"] == "not_match" for part in parts):
            continue
        keys = [key for key in row["concept_keys"].split("|") if key]
        concepts = {part["concept"] for part in parts} or {
            GROUPS.get(key, key.removeprefix("gc_")) for key in keys
        }
        name, route = row["name"], _route(row, keys)
        review = any(part["role"] == "review" for part in parts)
        depot = route == "injection" and any(key.startswith("gc_") for key in keys) and _DEPOT.search(name)
        strength = _STRENGTH.match(name) if row["multi_ingredient"] == "N" and route == "oral" else None
        yield {
            "rxcui": row["rxcui"],
            "concepts": "|".join(sorted(concepts)),
            "role": "review" if review or depot else "match",
            "route": route,
            "strength_mg": strength[1] if strength else "",
            "name": name,
            "source": row["source"],
        }


def _route(row: dict[str, str], keys: list[str]) -> str:
    """How the product is given; a pressor that is not for a vein counts as local."""
    name = row["name"]
    if row["route_guess"] == "local" or _LOCAL_IN_RXNORM.search(name):
        return "local"
    if "vasopressor" in keys and (
        row["multi_ingredient"] == "Y" or not _INJECTED.search(name) or _PRESSOR_ROUTE.search(name)
    ):
        return "oral" if "midodrine" in name.lower() else "local"
    if _INJECTED.search(name):
        return "injection"
    return "oral" if _ORAL.search(name) else ""
