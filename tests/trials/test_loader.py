"""A trial file is held against its schema, its source and itself, and told all that is wrong at once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import pytest
from oracle import QUESTIONS, Ask, Has, Level

from cds_service.errors import RuleErrors
from cds_service.trials.expression import (
    AllOf,
    AnyOf,
    AtLeast,
    CriterionRef,
    Leaf,
    MayExcuse,
    Not,
    OnRecord,
)
from cds_service.trials.loader import load_trials, rules_version
from cds_service.trials.model import Trial

SOURCE = (
    "A Study of Tests\nEligibility\nInclusion Criteria\n"
    "* 1\\) Age of\n  18 or more\n* 2\\) Has b, or c.\nEnd\n"
)
HEAD = f"""\
id: T1
title: "A Study of Tests"
status: recruiting
source:
  registry: "not named in the source"
  text: source.txt
  sha256: "{hashlib.sha256(SOURCE.encode()).hexdigest()}"
criteria_done: all
indication: {{has: sle}}
eligibility: {{from: "Inclusion Criteria", to: "End"}}
"""
ONE = """\
criteria:
  - id: I1
    kind: inclusion
    text: "Age of 18 or more"
    reading: "r"
    when: {has: b}
"""


def write(directory: Path, body: str, name: str = "T1", source: str = SOURCE) -> Path:
    (directory / name).mkdir(parents=True)
    (directory / name / "trial.yaml").write_text(body)
    (directory / name / "source.txt").write_text(source)
    return directory


def load(tmp_path: Path, body: str = HEAD + ONE, **more: str) -> Trial:
    [trial] = load_trials(write(tmp_path / "trials", body, **more), None, QUESTIONS)  # type: ignore[arg-type]
    return trial


def wrong(tmp_path: Path, body: str, **more: str) -> list[str]:
    with pytest.raises(RuleErrors) as caught:
        load(tmp_path, body, **more)
    return [str(error) for error in caught.value.errors]


def when(tmp_path: Path, expression: str):
    return load(tmp_path, HEAD + ONE.replace("{has: b}", expression)).criteria[0].when


def has(name: str) -> Leaf:
    return Leaf(Has(has=name))


def test_a_trial_is_read_whole(tmp_path: Path) -> None:
    body = (
        HEAD + 'phase: "1"\ncontacts: []\nlocations: ["Here"]\nfacts: {"Age": "18"}\ndefects: ["d"]\n' + ONE
    )
    trial = load(tmp_path, body)
    assert (trial.id, trial.title, trial.status, trial.phase) == ("T1", "A Study of Tests", "recruiting", "1")
    assert (trial.locations, trial.contacts, trial.defects) == (("Here",), (), ("d",))
    assert (trial.complete, trial.registry_number, trial.facts) == (True, None, {"Age": "18"})
    assert trial.indication == has("sle")
    [criterion] = trial.criteria
    assert (criterion.id, criterion.kind, criterion.text) == ("I1", "inclusion", "Age of 18 or more")
    assert (criterion.when, criterion.line) == (has("b"), 17)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{all_of: [{has: b}, {has: c}]}", AllOf((has("b"), has("c")))),
        ("{any_of: [{not: {has: b}}]}", AnyOf((Not(has("b")),))),
        ('{at_least: "1", of: [{has: b}, {has: c}]}', AtLeast(1, (has("b"), has("c")))),
        ("{on_record: {has: b}}", OnRecord(has("b"))),
        ("{may_excuse: {has: b}}", MayExcuse(has("b"))),
        ("{has: b, also: c}", Leaf(Has(has="b", also=("c",)))),
        ("{has: b, also: [c, d], within: 6 months}", Leaf(Has(has="b", also=("c", "d"), within="6 months"))),
        ('{level: q, at_least: "18", below: "65.5"}', Leaf(Level(level="q", at_least="18", below="65.5"))),
        (
            '{ask_clinician: "?", look_at: {level: q}}',
            Leaf(Ask(ask_clinician="?", look_at=(Level(level="q"),))),
        ),
        ('{ask_clinician: "?", look_at: [{has: b}]}', Leaf(Ask(ask_clinician="?", look_at=(Has(has="b"),)))),
    ],
)
def test_an_expression_is_words_and_questions(tmp_path: Path, written: str, read: object) -> None:
    assert when(tmp_path, written) == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{hass: b}", '"hass" opens no question. Did you mean "has"?'),
        ("{has: b, alsoo: c}", '"has" has no option "alsoo". Did you mean "also"?'),
        ("{has: b, level: q}", '"has" and "level" open two questions'),
        ("{has: b, all_of: [{has: c}]}", '"has" cannot stand beside "all_of"'),
        ("{all_of: []}", '"all_of" needs a list of at least one entry'),
        ("{not: [{has: b}]}", "a question or a joining word is needed"),
        ('{at_least: "3", of: [{has: b}]}', "At least 3 of 1 can never be"),
        ('{at_least: "0", of: [{has: b}]}', '"0" is no number of criteria'),
        ("{level: q}", '"level" needs a limit'),
        ('{level: q, at_least: "1e5"}', '"1e5" is no limit'),
        ('{level: q, at_least: "1.123456"}', "at most 5 decimals"),
        ('{level: q, at_least: "abc"}', '"abc" is no limit'),
        ("{has: b, within: six months}", '"six months" is no length of time'),
        ("{has: b, within: 6 fortnights}", '"6 fortnights" is no length of time'),
        ("{has: [b, c]}", '"has" must be one text'),
        ("{has: b, also: [c, c]}", '"also" names one thing twice'),
        ('{has: ""}', '"has" is empty'),
        ("{also: b}", '"also" opens no question'),
        ("{criterion: I9}", '"I1" names the criterion "I9", which is not here'),
        ("{criterion: I1}", '"I1" leads back to itself'),
        ("{on_record: {any_of: [{may_excuse: {has: b}}]}}", '"may_excuse" stands inside "on_record"'),
        ('{ask_clinician: "?", look_at: [{hass: b}]}', '"hass" opens no question'),
    ],
)
def test_an_expression_that_is_wrong_is_refused_with_its_remedy(
    tmp_path: Path, written: str, said: str
) -> None:
    expression = written
    body = HEAD + ONE.replace("{has: b}", expression)
    errors = wrong(tmp_path, body)
    assert len(errors) == 1
    assert said in errors[0]
    assert errors[0].startswith(("trials/T1/trial.yaml:16: ", "trials/T1/trial.yaml:12: "))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("status: recruiting\n", "", '1: A trial lacks "status"'),
        ("status:", "statuss:", 'A trial has no key "statuss". Did you mean "status"?'),
        ("criteria_done: all", "criteria_done: most", '8: "criteria_done" is "all" or "some"'),
        ("kind: inclusion", "kind: including", '13: "kind" is "inclusion" or "exclusion"'),
        ('    reading: "r"\n', "", '12: A criterion lacks "reading"'),
        ('    reading: "r"\n', '    reading: " "\n', '15: "reading" is empty'),
        (
            '"Age of 18 or more"',
            '"Age of 19 or more"',
            '14: The text of I1 is not in source.txt. It agrees up to "Age of 1"',
        ),
        ('"Age of 18 or more"', '"xyz"', "No part of it is there"),
        ('    text: "Age of 18 or more"\n', "", '12: A criterion lacks its "text"'),
        ('title: "A Study', 'title: "The Study', "2: The title is not in source.txt"),
        ('sha256: "', 'sha256: "0', "4: The source is not the one quoted here: its sha256 is"),
        ("text: source.txt", "text: ../T1/source.txt", "the name of a file beside this one"),
        ("text: source.txt", "text: other.txt", 'The source "other.txt" cannot be read'),
        ("id: T1", "id: T2", 'The trial "T2" stands in a directory named "T1"'),
        ("id: T1", 'id: "T 1"', '"T 1" is no id'),
        ("    kind: inclusion", "    kind: inclusion\n    part_of: I7", '"part_of" names the criterion "I7"'),
        ("    kind: inclusion", "    kind: inclusion\n    part_of: I1", '"I1" leads back to itself'),
        (
            "criteria:",
            "alternatives:\n  - [[I1], [I8]]\ncriteria:",
            '"alternatives" names the criterion "I8"',
        ),
        (
            "criteria:",
            "alternatives:\n  - [I1, I1]\ncriteria:",
            "Each alternative is a list of two or more branches",
        ),
        ("criteria:", "alternatives:\n  - [[I1], [I1]]\ncriteria:", '"I1" stands in the alternatives twice'),
        (
            "criteria:",
            "cohorts:\n  - {id: X, name: x, indication: {has: x}}\ncriteria:",
            '"cohorts" names the criterion "X"',
        ),
        ("indication: {has: sle}", "indication: {criterion: I1}", "An indication cannot name a criterion"),
        (
            "  text: source.txt",
            "  text: source.txt\n  url: http://x",
            '"url" is only for a source that carries a registry number',
        ),
        (
            "  text: source.txt",
            '  text: source.txt\n  updated: "2025"',
            '"updated" and "updated_label" belong together',
        ),
        (
            "eligibility:",
            "sentences_not_criteria: [{a: b}]\neligibility:",
            'Each entry of "sentences_not_criteria" must be a text',
        ),
        (
            "    when: {has: b}",
            "    unless: {when: {has: c}}\n    when: {has: b}",
            '"unless" lacks "ask_clinician"',
        ),
        ("    when: {has: b}", '    missing_in_source: "m"\n    when: {has: b}', "not both"),
        ('    text: "Age of 18 or more"', '    missing_in_source: "m"', '"when" must be an ask_clinician'),
        ("criteria:", "criteria:\n  - x", "A criterion must be a mapping"),
    ],
)
def test_a_trial_that_is_wrong_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    body = HEAD + ONE
    assert old in body
    errors = wrong(tmp_path, body.replace(old, new, 1))
    assert any(said in error for error in errors), errors
    assert all(error.startswith("trials/T1/trial.yaml:") for error in errors)


def test_everything_that_is_wrong_in_every_file_is_told_together(tmp_path: Path) -> None:
    write(tmp_path / "trials", HEAD.replace("T1", "T0") + ONE.replace("has: b", "has: b, x: y"), "T0")
    write(tmp_path / "trials", "a: &x b", "T2")
    errors = wrong(tmp_path, HEAD + ONE.replace("reading", "readding") + ONE[len("criteria:\n") :])
    assert [error.split(": ")[0] for error in errors] == [
        "trials/T0/trial.yaml:16",
        "trials/T1/trial.yaml:12",
        "trials/T1/trial.yaml:15",
        "trials/T1/trial.yaml:17",
        "trials/T2/trial.yaml:1",
    ]


def test_two_directories_cannot_carry_one_trial(tmp_path: Path) -> None:
    write(tmp_path / "trials", HEAD + ONE, "T0")
    assert any('2 trials have the id "T1"' in error for error in wrong(tmp_path, HEAD + ONE))


def test_a_directory_without_trials_is_no_rules_directory(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match="There is no trial here"):
        load_trials(tmp_path, None, QUESTIONS)  # type: ignore[arg-type]


def test_a_composite_knows_its_parts_and_an_alternative_the_branch_it_stands_for(tmp_path: Path) -> None:
    body = HEAD + "alternatives: [[[I1, I2], [I3]]]\n" + ONE.replace("{has: b}", "{criterion: I1a}")
    for name, part in (("I1a", "I1"), ("I2", ""), ("I3", "I1-I2")):
        body += ONE[len("criteria:\n") :].replace("I1", name)
        body += f"    part_of: {part}\n" if part else ""
    trial = load(tmp_path, body)
    assert trial.criterion("I1").parts == ("I1a",)
    assert trial.criterion("I1").when == CriterionRef("I1a")
    assert (trial.alternatives, trial.criterion("I3").part_of) == (((("I1", "I2"), ("I3",)),), "I1-I2")


def test_an_exception_about_causation_keeps_its_question(tmp_path: Path) -> None:
    body = ONE.replace("    when", '    unless: {ask_clinician: "Is it due to c?", when: {has: c}}\n    when')
    [criterion] = load(tmp_path, HEAD + body.replace("inclusion", "exclusion")).criteria
    assert (criterion.unless, criterion.unless_question) == (has("c"), "Is it due to c?")
    assert criterion.requirement == AllOf((has("b"), Not(MayExcuse(has("c")))))


def test_a_text_may_be_quoted_in_pieces(tmp_path: Path) -> None:
    pieces = '["Age of 18", "or more * 2\\\\) Has b"]'
    [criterion] = load(tmp_path, HEAD + ONE.replace('"Age of 18 or more"', pieces)).criteria
    assert criterion.text == "Age of 18 … or more * 2\\) Has b"


def test_what_the_source_leaves_out_is_asked_and_says_so(tmp_path: Path) -> None:
    body = ONE.replace('text: "Age of 18 or more"', 'missing_in_source: "Item 1 is missing."')
    [criterion] = load(
        tmp_path, HEAD + body.replace("{has: b}", '{ask_clinician: "What is item 1?"}')
    ).criteria
    assert (criterion.text, criterion.notes) == (None, ("Item 1 is missing.",))


def test_what_a_question_finds_wrong_is_told_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Has, "check", lambda self, _: ["No such thing. Use another."] if self.has == "b" else ()
    )
    body = HEAD + ONE.replace(
        "{has: b}", "\n      any_of:\n        - {has: b}\n        - {ask_clinician: q, look_at: [{has: b}]}"
    )
    assert wrong(tmp_path, body) == [
        "trials/T1/trial.yaml:18: No such thing. Use another.",
        "trials/T1/trial.yaml:19: No such thing. Use another.",
    ]


def test_questions_are_told_apart_by_all_their_words() -> None:
    assert Has(has="b") != Has(has="b", note="n")
    assert msgspec.structs.replace(Level(level="q", at_least="1"), at_least=None) == Level(level="q")


def test_the_version_is_of_every_file_and_its_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    first = rules_version(tmp_path)
    assert first.startswith("sha256:")
    assert first == rules_version(tmp_path)
    (tmp_path / "b").write_bytes(b"3")
    second = rules_version(tmp_path)
    (tmp_path / "b").rename(tmp_path / "c")
    assert len({first, second, rules_version(tmp_path)}) == 3
