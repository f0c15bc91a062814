"""Numbers on a page: true minus signs, no "−0", and one place that makes them."""

from pathlib import Path

import pytest

import course_lib
from course_lib.page.drawing.numbers import decimals, minus, written


@pytest.mark.parametrize("value, form, text", [
    (0.12345, ".3g", "0.123"), (-0.5, ".2f", "−0.50"), (-1e-9, ".3f", "0.000"), (-0.0, ".4g", "0"),
                                               (2.5e-7, ".1e", "2.5e−07"),
    (-3.2e-7, ".1e", "−3.2e−07"), (1234567, ",.0f", "1,234,567"), (-0.256, ".1%", "−25.6%"),
                                               (float("-inf"), ".3g", "−inf")])
def test_a_number_is_written_with_true_minus_signs(value, form, text):
    assert written(value, form) == text


def test_decimals():
    assert [decimals(v) for v in (-0.0004, -0.0006, 2)] == ["0.000", "−0.001", "2.000"]
    assert [decimals(-1.25, n) for n in (0, 1)] == ["−1", "−1.2"]


@pytest.mark.parametrize("text, shown", [
    ("w = -0.50, b = 2, loss 1e-05", "w = −0.50, b = 2, loss 1e−05"), ("one-sided 2-3 3-fold", "one-sided 2-3 3-fold"),
    ("(-1.0, -.5)", "(−1.0, −.5)"), ("mei-4_0.85 by espeak-ng", "mei-4_0.85 by espeak-ng"), ("a - b", "a - b"),
                                         ("−1", "−1")])
def test_hyphens_of_words_stay(text, shown):
    assert minus(text) == shown


def test_nobody_else_makes_minus_signs():
    for folder in ("page", "widgets"):
        for path in (Path(course_lib.__file__).parent / folder).rglob("*.py"):
            assert path.name == "numbers.py" or '"-", "−"' not in path.read_text(encoding="utf-8"), path
