"""The explorers of lesson 13: the numbers shown are the right ones."""

import re

import pytest

from course_lib.studies.rounding import ORDERS, rounding_errors, total
from course_lib.widgets import lesson13 as w

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

def summing(order, terms):
    return w.summing_explorer().shown({"order": order, "terms": terms})


def number(pattern, line):
    return float(re.search(pattern, line)[1].replace("\N{MINUS SIGN}", "-"))


def test_the_sum_shown_is_that_of_a_graph():
    y = total(range(1, 1001))
    _, shares, bound = rounding_errors(y)
    line = summing("large first", 1000).readout
    assert number(r"first: (\S+) in float32", line) == pytest.approx(float(y.data), abs=1e-7)
    assert number(r"estimated ([^\s:]+):", line) == pytest.approx(sum(shares), rel=1e-3)
    assert number(r"Bound (\S+),", line) == pytest.approx(bound, rel=0.05)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("terms", [10, 1000, 100_000])
def test_the_estimate_shown_is_the_error_observed(order, terms):
    line = summing(order, terms).readout
    assert number(r"observed ([^\s,]+),", line) == pytest.approx(number(r"estimated ([^\s:]+):", line), rel=1e-3)


def test_the_bars_add_up_to_the_estimate():
    picture = summing("large first", 10_000).picture
    heights = [float(h.replace("\N{MINUS SIGN}", "-")) for h in re.findall(
        r"<title>(?:the terms|additions \d+ to \d+): (\S+)</title>", picture)]
    assert len(heights) == 21
    assert sum(heights) == pytest.approx(number(r"estimated ([^\s:]+):", summing("large first", 10_000).readout),
                                         rel=0.01)


def test_the_order_matters():
    error = {order: number(r"Relative error (\S+)\. ", summing(order, 10_000).readout) for order in ORDERS}
    assert error["large first"] > 1000 * max(error["small first"], error["pairwise"])
    assert error["shuffled"] > 100 * error["pairwise"]

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

