"""How much a rule asks of the engine, counted exactly: one too many would not fire, and say nothing."""

import pytest

from cds_service.trials import formula
from cds_service.trials.formula import Joined, _joined, groups, paths

a, b, c, d = (formula.Test(name, "", "==", 1) for name in "abcd")


def both(*parts):
    return Joined("$and", parts)


def either(*parts):
    return Joined("$or", parts)


@pytest.mark.parametrize(
    ("tested", "ways", "signs"),
    [
        (a, 1, 0),
        (both(a, b), 1, 1),
        (either(a, b), 2, 1),
        (either(a, b, c), 3, 1),
        (both(either(a, b), either(c, d)), 4, 3),
        (both(either(a, b), either(a, c, d), b), 6, 3),
        (either(both(a, either(b, c)), d), 3, 3),
        (both(either(a, b, c), either(a, b, c), either(a, b, c)), 27, 4),
    ],
)
def test_ways_to_fire_and_signs(tested, ways, signs):
    assert (paths(tested), groups(tested)) == (ways, signs)


def test_what_is_joined_by_the_same_word_is_one_list():
    assert _joined("$and", [a, both(b, c)]) == both(a, b, c)
    assert _joined("$or", [either(a, b), c, either(d)]) == either(a, b, c, d)
    assert _joined("$and", [a, either(b, c)]) == both(a, either(b, c))
    assert _joined("$or", [both(a, b), c]) == either(both(a, b), c)
    assert _joined("$and", [a]) is a
