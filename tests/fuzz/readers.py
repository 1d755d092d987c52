"""Coverage-guided fuzzing: whatever the bytes, an answer or one of our own errors.

    python tests/fuzz/readers.py dates|units|resources|charts|facts -max_total_time=600

What it looks for: any exception that is not a CartCdsError, a date or number that cannot be used, and, for
``facts``, a decision of the rule engine that differs from plain Python's.
"""

from __future__ import annotations

import json
import random
import sys
from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "trials")]

with atheris.instrument_imports(include=["cds_service"]):
    from oracle import Oracle, questions_of, random_trial

    from cds_service.concepts import units
    from cds_service.errors import CartCdsError
    from cds_service.features.question import Reading, Reason
    from cds_service.fhir import partial_date
    from cds_service.fhir.decode import read_bundle, read_resources
    from cds_service.fhir.resources import Quantity
    from cds_service.kleene import Truth
    from cds_service.matching import match
    from cds_service.rules import RuleSet, rules_directory
    from cds_service.trials.engine import Engine

AS_OF = date(2026, 11, 1)


def _spelled(data: bytes) -> str:
    """Mostly signs that dates are made of; a byte above 200 and the next are any other character."""
    signs = "0123456789-T:.+Z /day weeks"
    text, bytes_left = "", iter(data)
    for byte in bytes_left:
        text += chr((byte - 200) * 256 + next(bytes_left, 0)) if byte > 200 else signs[byte % len(signs)]
    return text


def dates(data: bytes) -> None:
    half = len(data) // 2
    one, other = _spelled(data[:half]), _spelled(data[half:])
    for found in (partial_date.parse(one), partial_date.between(one, other)):
        if found is not None:
            assert found.first <= found.last
    try:
        span = partial_date.Span.parse(one)
        span.before(AS_OF)
    except (ValueError, OverflowError):
        return


def units_of(data: bytes) -> None:
    given = atheris.FuzzedDataProvider(data)
    spelling, code, system = given.ConsumeUnicode(30), given.ConsumeUnicode(20), given.ConsumeUnicode(30)
    own = units.scales_of(given.PickValueInList(["mg/dL", "10*9/L", "g/L", "U/L", "%", "mm[Hg]", "mL/min"]))[
        0
    ]
    quantity = Quantity(value=Decimal(1), unit=spelling, code=code or None, system=system or None)
    for bare in (True, False):
        found = units.scale_of(quantity, own, None, bare=bare)
        if isinstance(found, units.Scale):
            assert (units.factor(found, own) or Fraction(1)) > 0
    for scale in units.scales_of(spelling):
        assert scale.size > 0


PATIENT = {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1990-01-01"}


def resources(data: bytes) -> None:
    """Any bytes as a Bundle, as a loose resource, and as one resource of a chart."""
    for read in (lambda: read_bundle(data, AS_OF), lambda: read_resources([data], AS_OF)):
        try:
            read()
        except CartCdsError:
            continue
    body = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]})
    try:
        read_bundle(body[:-2].encode() + b',{"resource":' + data + b"}]}", AS_OF)
    except CartCdsError:
        return


RULES = RuleSet.load(rules_directory())
CHARTS = [
    json.loads((ROOT / "fhir_fixtures" / "patients" / slug / "bundle.json").read_text("utf-8"))
    for slug in ("sle-woman-possible-match", "jdm-boy-possible-match", "sle-man-look-alikes")
]
ODD = [None, True, 0, -1, 1e400, 2**63, 0.1 + 0.2, "", " ", "\u202e", "\x00", "1e400", [], {}, [[]], [None]]


def charts(data: bytes) -> None:
    """A real chart with some members changed, all the way to the verdicts."""
    given = atheris.FuzzedDataProvider(data)
    body = json.loads(json.dumps(given.PickValueInList(CHARTS)))
    entries = body["entry"]
    for _ in range(given.ConsumeIntInRange(1, 6)):
        at = entries[given.ConsumeIntInRange(0, len(entries) - 1)]
        while True:
            members = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not members:
                break
            name = members[given.ConsumeIntInRange(0, len(members) - 1)]
            if isinstance(at[name], dict | list) and given.ConsumeBool():
                at = at[name]
                continue
            odd = given.ConsumeIntInRange(0, len(ODD) + 2)
            if odd < len(ODD):
                at[name] = deepcopy(ODD[odd])  # it may be changed itself in the next round
            elif odd == len(ODD):
                at[name] = given.ConsumeUnicode(30)
            elif odd == len(ODD) + 1:
                at[name] = [at[name]]
            else:
                at[name] = {"value": at[name]}
            break
    text = json.dumps(body).replace("Infinity", "1e400").encode("utf-8", "surrogatepass")
    try:
        answer = match(read_bundle(text, AS_OF), RULES, AS_OF)
    except CartCdsError:
        return
    assert len(answer.matches) == len(RULES.trials)
    for found in answer.matches:
        assert len(list(found.verdicts)) == len(found.trial.criteria)
        for verdict in found.verdicts:
            assert verdict.explanation is not None


TRIALS = [random_trial(random.Random(seed), f"t{seed}") for seed in range(20)]
ENGINE = Engine(TRIALS)
REASONS = [None, *Reason]


def facts(data: bytes) -> None:
    """Readings with any bounds, against the plain oracle."""
    given = atheris.FuzzedDataProvider(data)
    trial = TRIALS[given.ConsumeIntInRange(0, len(TRIALS) - 1)]

    def bound() -> Fraction | None:
        if given.ConsumeBool():
            return None
        return Fraction(given.ConsumeInt(12), max(1, given.ConsumeIntInRange(1, 10**6)))

    readings = {}
    for question in questions_of(trial):
        low, high = bound(), bound()
        if low is not None and high is not None and low > high:
            low, high = high, low
        readings[question] = Reading(
            truth=Truth(given.ConsumeIntInRange(0, 2)),
            low=low,
            high=high,
            low_open=given.ConsumeBool() and low != high,  # bounds of nothing are unknown, tested elsewhere
            high_open=given.ConsumeBool() and low != high,
            reason=given.PickValueInList(REASONS),
            lost=given.ConsumeBool(),
            said=given.ConsumeUnicode(10),
        )
    relevance = Truth(given.ConsumeIntInRange(0, 2))
    decision = ENGINE.decide(trial, readings, relevance)
    oracle = Oracle(trial, readings.__getitem__)
    assert decision.truths == oracle.truths()
    assert decision.result == oracle.result(relevance)


TARGETS = {"dates": dates, "units": units_of, "resources": resources, "charts": charts, "facts": facts}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: readers.py {'|'.join(TARGETS)} [options of libFuzzer]")
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
