"""Explorers of lesson 13, one for each study: TODO."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing
from course_lib.studies.rounding import ORDERS, summed
from course_lib.widgets.base import Explorer, choice, slider

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

BARS = 20                               # the additions, in so many groups


def added(state):
    """The sum that the state describes, with the share of every rounding error."""
    return summed(state["order"], state["terms"], BARS)


def _range(values):
    """Limits that hold all values and 0, with some room."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.08 * (high - low or 1e-9)
    return low - room, high + room


def summing_picture(state, found):
    """What each twentieth of the additions contributes; beside it the error as it grows, observed and estimated."""
    n = len(found.additions)
    parts = np.array_split(found.additions, min(BARS, n))
    ends = np.cumsum([len(part) for part in parts])
    of_terms = found.squares + found.quotients
    heights = np.array([of_terms, *(part.sum() for part in parts)])
    steps = np.unique(np.concatenate([np.linspace(0, n, 101).astype(int), found.at]))
    estimated = of_terms + np.concatenate([[0.0], np.cumsum(found.additions)])[steps]
    power, other = (10.0 ** np.floor(np.log10(np.max(np.abs(values)) or 1.0))
                    for values in (heights, [*found.observed, *estimated]))
    bars = Chart((-2, len(parts) + 1), _range(heights / power), width=450, height=340,
                 x_label=f"the terms, then the {n:,} additions in {len(parts)} groups",
                 y_label=f"adjoint × local error, in {power:.0e}", title="Who is to blame?")
    names = ["the terms", *(f"additions {end - len(part) + 1} to {end}" for part, end in zip(parts, ends))]
    bars.bars([-1, *range(1, len(parts) + 1)], heights / power, width=0.8,
              colour=[palette.FOURTH] + [palette.GRADIENT] * len(parts),
              titles=[f"{name}: {height:.2e}" for name, height in zip(names, heights)])
    bars.rule(y=0.0, colour=palette.DATA, dash="2 3")
    growing = Chart((0, n), _range([*found.observed / other, *estimated / other]), width=450, height=340, left=460,
                    x_label="additions made", y_label=f"error so far, in {other:.0e}", title="○ observed, – estimated")
    growing.rule(y=0.0, colour=palette.DATA, dash="2 3")
    growing.line(steps, estimated / other, colour=palette.GRADIENT, width=2.2, title="estimated")
    growing.points(found.at, found.observed / other, colour=palette.FORWARD, hollow=True, radius=4)
    return drawing(912, 342, str(bars), str(growing),
                   title=f"the sum of {state['terms']:,} terms 1/k², {state['order']}")


def summing_readout(state, found):
    """Result, error observed and estimated, the shares, the bound."""
    lost = f", {found.bound / abs(found.error):.0f} times the error" if found.error else ""
    return (f"{state['terms']:,} terms, {state['order']}: {found.result:.7f} in float32, {found.exact:.7f} in float64. "
            f"Error observed {found.error:.3e}, estimated {found.estimate:.3e}: terms "
            f"{found.squares + found.quotients:.1e}, additions {found.additions.sum():.3e}. "
            f"Relative error {abs(found.error / found.exact):.1e}. Bound {found.bound:.1e}{lost}.")


def summing_explorer():
    """In which order does a sum lose least, and where does it lose?"""
    return Explorer(
        alt="What each twentieth of the additions contributes to the error of a sum in float32, beside the error as it "
            "grows, observed and estimated. Choose the order of the terms and their number.",
        picture=summing_picture, readout=summing_readout, compute=added,
        controls={"order": choice("Order of the terms", ORDERS, "large first",
                                  tooltip="Pairwise: neighbours are added, then neighbours of these sums, and so on"),
                  "terms": slider("Number of terms", 10_000, 0, 0, options=[10, 100, 1000, 10_000, 100_000],
                                  tooltip="1/k² for k from 1 to this number")})

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation


EXPLORERS = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    "summing": summing_explorer,
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
