"""Numbers, titres and words in text results."""

from decimal import Decimal

import pytest
from chart_with import concepts

from cds_service.features.result_words import Words, read_words


def read(text):
    return read_words(text, concepts().qualitative)


@pytest.mark.parametrize(
    ("text", "number", "comparator", "unit"),
    [
        ("118 IU/mL", "118", None, "iu/ml"),
        ("<20", "20", "<", None),
        ("≥ 1,200 copies/mL", "1200", ">=", "copies/ml"),
        ("3.2 log IU/mL", "3.2", None, "log iu/ml"),
        ("0.35 IU/mL", "0.35", None, "iu/ml"),
    ],
)
def test_numbers(text, number, comparator, unit):
    found = read(text).quantity
    assert (found.value, found.comparator, found.unit) == (Decimal(number), comparator, unit)


@pytest.mark.parametrize(
    ("text", "said"), [("1:80", "1:80"), ("1/160", "1:160"), ("< 1:40", "<1:40"), ("≥1:1280", ">=1:1280")]
)
def test_titres(text, said):
    assert str(read(text).titre) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "12 of 30",
        "1,2 U/mL",
        "see 118",
        "1:80 speckled",
        "2026-11-01",
        "1:80:20",
        "x" * 500,
        "not positive 5",
    ],
)
def test_what_is_not_understood_is_nothing(text):
    assert read(text) == Words()


def test_a_word_and_a_number():
    found = read("Detected, <20 IU/mL")
    assert (found.meaning, found.quantity.comparator) == ("positive", "<")
