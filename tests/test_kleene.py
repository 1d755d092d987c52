"""The whole of the logic, as truth tables: FALSE < UNKNOWN < TRUE."""

from __future__ import annotations

from itertools import product

import pytest

from cds_service.kleene import Truth, all_of, any_of, at_least

F, U, T = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE


def test_not_turns_round_what_is_known_and_leaves_unknown():
    assert [~truth for truth in (F, U, T)] == [T, U, F]


@pytest.mark.parametrize(("one", "other"), list(product((F, U, T), repeat=2)))
def test_and_or(one, other):
    both = {(T, T): T, (T, U): U, (U, T): U, (U, U): U}
    neither = {(F, F): F, (F, U): U, (U, F): U, (U, U): U}
    assert all_of([one, other]) is both.get((one, other), F)
    assert any_of([one, other]) is neither.get((one, other), T)


def test_of_nothing_everything_is_true_and_nothing_is_any():
    assert all_of([]) is T
    assert any_of([]) is F


@pytest.mark.parametrize(
    ("known", "four"),
    [
        ((T, T, T, T, F, F), T),  # exactly four
        ((T, T, T, T, T, T), T),  # six of six do not fail "four or five"
        ((T, T, T, U, F, F), U),  # a fourth may come
        ((T, T, T, F, F, F), F),
        ((U, U, U, U, F, F), U),
        ((T, U, U, F, F, F), F),  # only three can still be true
        ((U, U, U, U, U, U), U),
    ],
)
def test_at_least_four_of_six(known, four):
    assert at_least(4, known) is four
    assert at_least(4, reversed(known)) is four


def test_a_list_that_is_read_once_is_enough():
    assert at_least(1, iter([F, T])) is T
