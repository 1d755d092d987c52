"""Words of a verdict: which answers decided it, why it is unknown, and how far it is from a limit."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service import explanation
from cds_service.explanation import Walk, decimal_said, gaps, sentences
from cds_service.features.question import Amount, Evidence, Need, Question, Reading, Reason, known, unknown
from cds_service.kleene import Truth
from cds_service.trials.expression import AllOf, AnyOf, AtLeast, CriterionRef, Leaf, MayExcuse, Not, OnRecord
from cds_service.trials.model import Criterion, Source, Trial

TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


class Said(Question, frozen=True, kw_only=True):
    keyword: ClassVar[str] = "said"

    said: str


class Event(Question, frozen=True, kw_only=True):
    keyword: ClassVar[str] = "event"

    event: str
    within: str | None = None


class Level(Amount, frozen=True, kw_only=True):
    keyword: ClassVar[str] = "level"

    level: str

    def unit_said(self):
        return "g/L"


def value(number, said="Level 5 g/L"):
    exact = Fraction(number)
    return Reading(low=exact, high=exact, said=said, evidence=(Evidence("Observation/1"),))


ANSWERS = {
    "yes": known(TRUE, "It is so", evidence=[Evidence("Condition/yes")]),
    "no": known(FALSE, "It is not so", evidence=[Evidence("Condition/no")]),
    "nothing": unknown(Reason.NOTHING_ON_RECORD, "No record of it"),
    "missing": unknown(Reason.MISSING_DATA, "No result", needs=[Need("ALT", "1742-6")]),
    "asked": unknown(Reason.NEEDS_CLINICIAN, "Is it so?"),
    "lost": unknown(Reason.MISSING_DATA, "It could not be fetched", lost=True),
    "report": unknown(Reason.NEEDS_CLINICIAN, "Read it", evidence=[Evidence("DiagnosticReport/1")]),
    "odd": unknown(Reason.UNUSABLE, "The unit is missing"),
}


def leaf(word):
    return Leaf(Said(said=word))


def walk(*criteria, answers=None):
    source = Source(registry="none", file="source.txt", sha256="")
    trial = Trial(
        id="T", title="T", status="recruiting", source=source, indication=leaf("yes"), criteria=criteria
    )
    return Walk(trial, answers or (lambda question: ANSWERS[question.said]))


def decide(expression, **more):
    return walk(**more).decide(expression)


@pytest.mark.parametrize(
    ("expression", "truth", "words"),
    [
        (leaf("yes"), TRUE, "It is so"),
        (Not(leaf("yes")), FALSE, "It is so"),
        (AllOf((leaf("yes"), leaf("no"))), FALSE, "It is not so"),
        (AnyOf((leaf("yes"), leaf("no"))), TRUE, "It is so"),
        (AllOf((leaf("missing"), leaf("yes"))), UNKNOWN, "No result. It is so"),
        (AnyOf((leaf("nothing"), leaf("missing"))), UNKNOWN, "No record of it. No result"),
        (AtLeast(2, (leaf("yes"), leaf("no"), leaf("asked"))), UNKNOWN, "Is it so? It is so. It is not so"),
    ],
)
def test_the_deciding_answers_are_told_first(expression, truth, words):
    decided = decide(expression)
    assert decided.truth is truth
    assert explanation.words(decided, "inclusion") == words


def test_what_was_not_found_is_no_context():
    decided = decide(AllOf((leaf("missing"), AnyOf((leaf("yes"), leaf("nothing"))))))
    assert explanation.words(decided, "inclusion") == "No result. It is so"


@pytest.mark.parametrize(
    ("word", "truth"),
    [
        ("yes", TRUE),
        ("no", FALSE),
        ("nothing", FALSE),
        ("missing", FALSE),
        ("asked", UNKNOWN),
        ("odd", UNKNOWN),
        ("lost", UNKNOWN),
    ],
)
def test_on_record_takes_only_what_was_looked_for_as_not_documented(word, truth):
    assert decide(OnRecord(leaf(word))).truth is truth
    assert decide(MayExcuse(leaf(word))).truth is (FALSE if truth is FALSE else UNKNOWN)


def test_an_exception_that_is_documented_is_for_a_clinician():
    decided = decide(AllOf((leaf("yes"), Not(MayExcuse(leaf("yes"))))))
    assert decided.truth is UNKNOWN
    assert explanation.reason(decided) is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("asked", "nothing"), Reason.NOTHING_ON_RECORD),
        (("nothing", "report"), Reason.NEEDS_CLINICIAN),
        (("missing", "report"), Reason.MISSING_DATA),
        (("nothing", "missing"), Reason.MISSING_DATA),
        (("missing", "odd"), Reason.UNUSABLE),
        (("asked",), Reason.NEEDS_CLINICIAN),
    ],
)
def test_the_reason_is_what_can_be_mended_first(words, reason):
    assert explanation.reason(decide(AllOf(tuple(leaf(word) for word in words)))) is reason


def test_a_decided_expression_has_no_reason_and_no_needs():
    decided = decide(AnyOf((leaf("yes"), leaf("missing"))))
    assert explanation.reason(decided) is None
    assert explanation.needs(decided) == ()


def test_needs_and_evidence_are_told_once():
    decided = decide(AllOf((leaf("missing"), leaf("missing"), leaf("yes"), leaf("yes"))))
    assert explanation.needs(decided) == (Need("ALT", "1742-6"),)
    assert explanation.evidence(decided) == (Evidence("Condition/yes"),)


def test_another_criterion_stands_for_its_requirement():
    part = Criterion(id="a", kind="exclusion", text="x", reading="x", when=leaf("yes"))
    assert walk(part).decide(Not(CriterionRef("a"))).truth is FALSE


@pytest.mark.parametrize(
    ("word", "on_record", "excuse"),
    [("yes", TRUE, UNKNOWN), ("missing", FALSE, FALSE), ("odd", UNKNOWN, UNKNOWN)],
)
def test_an_exception_may_be_another_criterion(word, on_record, excuse):
    part = Criterion(id="a", kind="exclusion", text="x", reading="x", when=leaf(word))
    assert walk(part).decide(OnRecord(CriterionRef("a"))).truth is on_record
    excused = walk(part).decide(MayExcuse(CriterionRef("a")))
    assert excused.truth is excuse
    assert [(point.truth, point.excuse) for point in excused.points] == [(excuse, True)]


def test_an_indication_is_told_by_what_speaks_for_it_or_else_whole():
    told = explanation.suggesting(decide(AnyOf((leaf("report"), leaf("nothing")))))
    assert [point.reading.said for point in told.points] == ["Read it"]
    nothing = decide(AnyOf((leaf("nothing"), leaf("missing"))))
    assert explanation.suggesting(nothing) is nothing


@pytest.mark.parametrize(("limit", "reason"), [("4", Reason.NEEDS_CLINICIAN), ("8", Reason.MISSING_DATA)])
def test_what_nobody_judged_is_for_the_clinician_where_it_would_settle_the_limit(limit, reason):
    unjudged = Reading(reason=Reason.MISSING_DATA, said="No total", unjudged=Fraction(5))
    decided = decide(Leaf(Level(level="a", at_least=limit)), answers=lambda _: unjudged)
    assert explanation.reason(decided) is reason


@pytest.mark.parametrize(
    ("kind", "limits", "words"),
    [
        ("inclusion", {"at_least": "4"}, "Level 5 g/L; needs at least 4 g/L"),
        ("exclusion", {"below": "4"}, "Level 5 g/L; excluded if below 4 g/L"),
        ("inclusion", {"at_least": "4", "at_most": "6"}, "Level 5 g/L; needs at least 4, at most 6 g/L"),
        ("inclusion", {}, "Level 5 g/L"),
    ],
)
def test_an_amount_is_told_with_its_limits(kind, limits, words):
    decided = decide(Leaf(Level(level="a", **limits)), answers=lambda _: value(5))
    assert explanation.words(decided, kind) == words


def test_a_value_that_is_not_there_is_told_once_for_all_its_limits():
    both = AnyOf((Leaf(Level(level="a", at_least="8")), Leaf(Level(level="a", at_least="6"))))
    decided = decide(both, answers=lambda _: unknown(Reason.MISSING_DATA, "No record of it"))
    assert explanation.words(decided, "inclusion") == "No record of it"


@pytest.mark.parametrize(
    ("limits", "wanted", "amount"),
    [
        ({"at_least": "8"}, TRUE, 3),
        ({"at_most": "4.5"}, TRUE, Fraction("0.5")),
        ({"at_least": "1", "at_most": "4"}, TRUE, 1),
        ({"below": "7"}, FALSE, 2),
        ({"at_least": "5"}, TRUE, None),
        ({"below": "5"}, FALSE, None),
    ],
)
def test_the_gap_to_a_limit(limits, wanted, amount):
    decided = decide(Leaf(Level(level="a", **limits)), answers=lambda _: value(5))
    assert next((gap.amount for gap in gaps(decided, wanted)), None) == amount


def test_a_vague_value_has_no_gap():
    vague = Reading(low=None, high=Fraction(5), high_open=True, said="Level <5 g/L")
    decided = decide(Leaf(Level(level="a", at_least="8")), answers=lambda _: vague)
    assert decided.truth is FALSE
    assert not list(gaps(decided, TRUE))


@pytest.mark.parametrize(
    ("number", "said"),
    [("3", "3"), ("0.5", "0.5"), ("1/3", "0.3333"), ("100", "100"), ("0.00001", "0"), ("2.50", "2.5")],
)
def test_numbers_for_a_reader(number, said):
    assert decimal_said(Fraction(number)) == said


def test_sentences_join_at_their_own_signs_and_leave_out_the_time_of_day():
    assert sentences(["Is it so?", "It was on 2026-01-02T03:04:05.678+01:00", "", "Is it so?"]) == (
        "Is it so? It was on 2026-01-02"
    )


@pytest.mark.parametrize(
    ("recorded", "read"),
    [
        ("INR 1.0 {INR} on 2026-01-02", "INR 1.0 on 2026-01-02"),
        ("White cells 9.888762073171147 10*3/uL", "White cells 9.8887… 10*3/uL"),
        ("Platelets 24 {K}/uL", "Platelets 24 {K}/uL"),
        ("Ratio 0.000001428… and 2.9997…", "Ratio 0.000001428… and 2.9997…"),
        ("eGFR 30.0000 mL/min/{1.73_m2}", "eGFR 30.0000 mL/min/{1.73_m2}"),
    ],
)
def test_a_value_is_told_for_a_reader_and_cut_never_rounded(recorded, read):
    assert sentences([recorded]) == read


@settings(derandomize=True, deadline=None, max_examples=500)
@given(
    st.lists(
        st.sampled_from(["1", "23456", "0.", ".", "7890123", "…", " ", "x", "2026-01-02", "T03:04", ":05"])
    )
)
def test_the_quick_look_at_a_phrase_misses_nothing(pieces):
    phrase = "".join(pieces)
    time = r"(?<=\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?"
    cut = re.sub(r"(\b\d+\.\d{4})\d+(?![\d…])", r"\1…", re.sub(time, "", phrase))
    assert sentences([phrase]) == cut


INFARCTION = known(TRUE, "Infarction on 2026-09-01", evidence=[Evidence("Condition/mi")])


@pytest.mark.parametrize(
    ("reading", "within", "told"),
    [
        (INFARCTION, "6 months", "Infarction on 2026-09-01; within the last 6 months"),
        (INFARCTION, None, "Infarction on 2026-09-01"),
        (
            known(TRUE, "Infarction within the last 6 months", evidence=[Evidence("Condition/mi")]),
            "6 months",
            "Infarction within the last 6 months",
        ),
        (known(FALSE, "Infarction on 2020-01-01", evidence=[Evidence("Condition/mi")]), "6 months", None),
        (unknown(Reason.CONFLICTING, "Infarction?", evidence=[Evidence("Condition/mi")]), "6 months", None),
        (known(TRUE, "A man has none"), "6 months", None),
    ],
)
def test_an_event_is_told_with_the_window_it_certainly_lies_in(reading, within, told):
    decided = decide(Leaf(Event(event="mi", within=within)), answers=lambda _: reading)
    assert explanation.words(decided, "exclusion") == (told or reading.said)


ABSENT = unknown(Reason.MISSING_DATA, "No result")


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        (value(5), "Level 5 g/L; needs at least 8 g/L. Level 5 g/L; needs at least 6 g/L"),
        (
            Reading(high=Fraction(5), high_open=True, said="Level <5 g/L"),
            "Level <5 g/L; needs at least 8 g/L. Level <5 g/L; needs at least 6 g/L",
        ),
        (
            Reading(low=Fraction(5), low_open=True, said="Level >5 g/L", reason=Reason.UNUSABLE),
            "Level >5 g/L; needs at least 8 g/L. Level >5 g/L; needs at least 6 g/L",
        ),
        (ABSENT, "No result"),
    ],
)
def test_a_value_is_told_with_each_of_its_limits_and_a_missing_one_once(reading, told):
    both = AnyOf((Leaf(Level(level="a", at_least="8")), Leaf(Level(level="a", at_least="6"))))
    assert explanation.words(decide(both, answers=lambda _: reading), "inclusion") == told


def test_one_missing_value_is_told_with_its_limit():
    decided = decide(Leaf(Level(level="a", at_least="8")), answers=lambda _: ABSENT)
    assert explanation.words(decided, "inclusion") == "No result; needs at least 8 g/L"


HALF_KNOWN = AllOf((leaf("odd"), leaf("yes")))


@pytest.mark.parametrize(
    "expression",
    [
        Not(HALF_KNOWN),
        OnRecord(HALF_KNOWN),
        MayExcuse(HALF_KNOWN),
        AllOf((HALF_KNOWN, leaf("yes"))),
        AnyOf((HALF_KNOWN, leaf("no"))),
        AtLeast(1, (HALF_KNOWN, leaf("nothing"))),
    ],
    ids=repr,
)
def test_what_is_known_already_is_told_from_any_depth(expression):
    decided = decide(expression)
    assert decided.truth is UNKNOWN
    assert explanation.words(decided, "exclusion").startswith("The unit is missing. ")
    assert "It is so" in explanation.words(decided, "exclusion")
    assert Evidence("Condition/yes") in explanation.evidence(decided)


def test_the_context_of_every_part_is_kept():
    """Two parts are open, each with something known beside it, and a third is known."""
    answers = ANSWERS | {
        "weight": known(TRUE, "Weight is known", evidence=[Evidence("Observation/weight")]),
        "height": known(TRUE, "Height is known", evidence=[Evidence("Observation/height")]),
    }
    parts = (AllOf((leaf("odd"), leaf("weight"))), AllOf((leaf("asked"), leaf("height"))), leaf("yes"))
    decided = decide(AllOf(parts), answers=lambda question: answers[question.said])
    assert explanation.words(decided, "inclusion") == (
        "The unit is missing. Is it so? Weight is known. Height is known. It is so"
    )


def test_a_decided_expression_tells_only_what_decided_it():
    decided = decide(AnyOf((AllOf((leaf("odd"), leaf("no"))), leaf("yes"))))
    assert [point.reading.said for point in decided.points] == ["It is so"]
    assert decided.context == ()


def test_only_an_exception_s_own_answers_are_for_the_clinician_to_judge():
    decided = decide(Not(MayExcuse(AllOf((leaf("yes"), leaf("odd"))))))
    assert [(point.truth, point.excuse) for point in decided.points] == [(UNKNOWN, True)]
    assert [(point.truth, point.excuse) for point in decided.context] == [(TRUE, False)]
    assert explanation.reason(decided) is Reason.NEEDS_CLINICIAN


@pytest.mark.parametrize(
    ("limits", "wanted", "word", "limit"),
    [
        ({"at_least": "8"}, TRUE, "at_least", "8"),
        ({"above": "8"}, TRUE, "above", "8"),
        ({"at_most": "4.5", "at_least": "1"}, TRUE, "at_most", "4.5"),
        ({"at_least": "1", "at_most": "9"}, FALSE, "at_least", "1"),
        ({"at_least": "4", "at_most": "20"}, FALSE, "at_least", "4"),
        ({"at_least": "-20", "below": "7"}, FALSE, "below", "7"),
        ({"at_least": "1", "below": "7"}, FALSE, "below", "7"),
    ],
)
def test_a_gap_names_the_nearest_limit_that_is_in_the_way(limits, wanted, word, limit):
    question = Level(level="a", **limits)
    (gap,) = gaps(decide(Leaf(question), answers=lambda _: value(5)), wanted)
    assert (gap.question, gap.word, str(gap.limit)) == (question, word, limit)
    assert gap.amount == abs(5 - Fraction(limit))


def test_every_amount_in_the_way_has_its_gap():
    readings = {
        "vague": Reading(high=Fraction(5), high_open=True, said="Level <5 g/L"),
        "spread": Reading(low=Fraction(2), high=Fraction(3), said="Level 2 to 3 g/L"),
        "open": Reading(low=None, high=None, said="No level", reason=Reason.MISSING_DATA),
        "five": value(5),
        "six": value(6),
    }
    parts = (leaf("no"), *(Leaf(Level(level=name, at_least="8")) for name in readings))
    decided = decide(
        AllOf(parts),
        answers=lambda question: ANSWERS["no"] if isinstance(question, Said) else readings[question.level],
    )
    assert [(gap.question.level, gap.amount) for gap in gaps(decided, TRUE)] == [("five", 3), ("six", 2)]


@pytest.mark.parametrize(
    ("phrases", "text"),
    [
        (["ALT 120 U/L on 2026-01-02", "ALT 120 U/L", "AST 30 U/L"], "ALT 120 U/L on 2026-01-02. AST 30 U/L"),
        (["Is it so?", "", "It is"], "Is it so? It is"),
        (["Stop!", "On"], "Stop! On"),
        (["Look.", "On"], "Look. On"),
        ([], ""),
    ],
)
def test_a_phrase_that_is_already_told_is_left_out_and_the_rest_goes_on(phrases, text):
    assert sentences(phrases) == text
