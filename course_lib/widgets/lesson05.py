"""Explorers of lesson 05: three descents on one bowl, and learning-rate schedules against noise."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from course_lib.experiments import interval
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, element, line, number, text
from course_lib.studies.descents import (
    RUNS,
    START,
    STEPS,
    bowl,
    excess,
    left_the_bowl,
    noisy_descents,
    scheduled_rates,
    shuffled_descents,
)
from course_lib.widgets.base import Explorer, choice, slider

# ---- three descents ------------------------------------------------------------------------------------------

UPDATES, EPOCHS = 60, 3                 # how long the descents are, counted in one way or the other
DRAWN, SPAN = 40, (0.05, 0.95)          # descents of each kind, and the quantiles of their band
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.85)
SIZES = (2, 4, 8, 16, 32, 64, 128)
W_RANGE, B_RANGE = (-1.2, 2.2), (-1.1, 1.3)
LEVELS = (0.003, 0.03, 0.1, 0.3, 1.0, 2.0)
LOWEST, HIGHEST = 1e-6, 10.0            # of the loss above its least value, in the right chart


class Path(NamedTuple):
    """Many descents of one of the three kinds; ``heights`` (updates + 1, runs) are the losses above the least one."""

    name: str
    size: int
    updates: int
    colour: str
    points: np.ndarray
    heights: np.ndarray


@lru_cache(maxsize=16)
def _descended(size, lr, updates, draw):
    runs = DRAWN if size < len(bowl()[1]) else 1        # all examples a step: there is nothing to draw
    return shuffled_descents(size, lr, updates, np.random.default_rng([draw, size]), runs)


def three_paths(state):
    """The descents that the state asks for, from single examples to all of them."""
    N, found = len(bowl()[1]), []
    for name, size, colour in (("one", 1, palette.FOURTH),
                               (f"batches of {state['size']}", state["size"], palette.FORWARD),
                               (f"all {N}", N, palette.INK)):
        updates = UPDATES if state["equal"] == "updates" else EPOCHS * (N // size)
        points = _descended(size, state["lr"], updates, state["draw"])
        found.append(Path(name, size, updates, colour, points, excess(points)))
    return found


def _band(chart, xs, runs, colour, title):
    """Where nine of ten of the runs (len(xs), runs) lie; the frame cuts it off."""
    low, high = np.clip(np.quantile(runs, SPAN, axis=1), *chart.y_range)
    corners = [(chart.x(a), chart.y(b)) for a, b in [*zip(xs, low), *zip(xs[::-1], high[::-1])]]
    chart.parts.append(element("polygon", title=title, fill=colour, fill_opacity="0.2", stroke="none",
                               points=" ".join(f"{number(a)},{number(b)}" for a, b in corners)))


def paths_picture(state, found):
    """The bowl from above with three paths, and their losses against updates or epochs."""
    X, _, best = bowl()
    N = len(X)
    chart = Chart(W_RANGE, B_RANGE, width=450, height=400, x_label="w", y_label="b", title="The bowl from above")
    # the curvatures along the axes of the bowl, and these axes
    values, vectors = np.linalg.eigh(2 * X.T @ X / N)
    angle = np.linspace(0, 2 * np.pi, 73)
    for level in LEVELS:
        radius = np.sqrt(2 * level / values)
        ring = best + (radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)) @ vectors.T
        _inside(chart, ring, colour=palette.FAINT, width=1.0, title=f"contour: {level} above the least loss")
    by_updates = state["equal"] == "updates"
    right = Chart((0, UPDATES if by_updates else EPOCHS), (LOWEST, HIGHEST), width=420, height=400, left=450,
                  log_y=True,
                  x_label="updates" if by_updates else "epochs", y_label="loss above its least value",
                  title="Lines: medians, bands: nine of ten descents")
    for i, (name, size, updates, colour, points, heights) in reversed(list(enumerate(found))):     # the thinnest on top
        width = (1.0, 1.8, 2.8)[i]
        _inside(chart, points[:, 0], colour=colour, width=width, title=f"{name} a step: one descent")
        if updates <= EPOCHS:                           # so few that each deserves a dot
            chart.points(*points[_seen(points[:, 0]), 0].T, colour=colour, radius=3)
        ends = points[-1][_seen(points[-1])]
        chart.points(*ends.T, colour=colour, radius=1.6 if len(points[-1]) > 1 else 4.0,
                     titles=[f"{name} a step: an end"] * len(ends))
        shown = np.unique(np.linspace(0, updates, min(updates, 150) + 1).astype(int))
        along = shown / (1 if by_updates else N // size)
        if heights.shape[1] > 1:
            _band(right, along, heights[shown], colour, f"{name} a step: nine of ten descents")
        right.line(along, np.clip(np.median(heights[shown], axis=1), LOWEST, None), colour=colour, width=width + 0.6,
                   title=f"{name} a step: the median")
        x = 522 + (0, 80, 225)[i]
        right.parts += [line(x, 44, x + 22, 44, stroke=colour, width=width + 0.6),
                        text(x + 27, 48, name, anchor="start", fill=colour, bold=True, size=11)]
    chart.points([START[0]], [START[1]], colour=palette.DATA, radius=5, hollow=True, titles=["start"])
    chart.note(START[0], START[1] - 0.13, "start", colour=palette.DATA, anchor="middle", size=11)
    chart.points([best[0]], [best[1]], colour=palette.PARAMETER, radius=4, titles=["the lowest point"])
    return drawing(870, 400, str(chart), str(right), title=f"three descents with learning rate {state['lr']}")


def _seen(points):
    return ((points >= [W_RANGE[0], B_RANGE[0]]) & (points <= [W_RANGE[1], B_RANGE[1]])).all(axis=1)


def _inside(chart, points, **style):
    """A path, broken where it leaves the map."""
    shown = np.where(_seen(points)[:, np.newaxis], points, np.nan)
    chart.line(shown[:, 0], shown[:, 1], **style)


def paths_readout(state, found):
    """For each kind: updates, examples looked at, the median loss at the end, and where nine of ten descents end."""
    N, parts = len(bowl()[1]), []
    for name, size, updates, _, points, heights in found:
        examples = EPOCHS * N if state["equal"] == "epochs" else size * updates
        away = left_the_bowl(points[-1])
        low, high = np.quantile(heights[-1], SPAN)
        end = f"{np.median(heights[-1]):.2g} above the least loss"
        if len(away) > 1:
            end += f" ({low:.2g} to {high:.2g})"
        if away.any():
            end = "left the bowl" if len(away) == 1 else f"{away.sum()} of {len(away)} left the bowl"
        parts.append(f"{name}: {updates:,} updates, {examples:,} examples, {end}")
    return (f"Learning rate {state['lr']}. " + "; ".join(parts)
            + f". (Median of {DRAWN} descents, and where nine of ten end.)")


def paths_explorer():
    """The same bowl, walked down with all examples a step, with some, and with one: many descents of each kind."""
    return Explorer(
        alt="Contours of the loss of a neuron with weight w and bias b, with three descents from one start (all "
            f"examples a step, batches, single examples) and the ends of {DRAWN} of each; beside it their losses, as "
            "median and band. Move the batch size and the learning rate.",
        picture=paths_picture, readout=paths_readout, compute=three_paths,
        controls={"size": slider("Batch size of the blue path", 16, 0, 0, options=SIZES,
                                 tooltip="2 to 128 of the 289 images"),
                  "lr": slider("Learning rate", 0.2, 0, 0, options=RATES,
                               tooltip="the same for all three; 0.81 is the limit 2/λ"),
                  "equal": choice("Compare after", [(f"{UPDATES} updates each", "updates"),
                                                    (f"{EPOCHS} epochs each", "epochs")],
                                  "updates", tooltip="The same number of updates, or of readings of the data")},
        memory={"draw": 4}, actions={"Draw other batches": lambda state: {"draw": state["draw"] + 1}})


# ---- schedules -----------------------------------------------------------------------------------------------

PEAKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5)
NAMES = {"constant": "constant", "step": "a tenth every 100", "cosine": "cosine", "one over k": "one over k"}
FLOOR, TOP = 1e-3, 100.0                # of the loss, in the right chart


def scheduled(state):
    """The rates of the schedule, and the losses of the descents with them."""
    rates = scheduled_rates(state["name"], state["lr"], state["warmup"])
    return rates, noisy_descents(rates, state["walls"], state["draw"])


def schedules_picture(state, found):
    """The rate against the update, and the loss of many descents: their mean and a band."""
    rates, losses = found
    left = Chart((0, STEPS), (0, 1.1 * state["lr"]), width=400, height=340, x_label="update", y_label="learning rate",
                 title=f"{NAMES[state['name']]}, warm-up of {state['warmup']}")
    left.line(range(1, STEPS + 1), rates, colour=palette.PARAMETER, width=2.4, title="the learning rate")
    right = Chart((0, STEPS), (FLOOR, TOP), width=470, height=340, left=400, log_y=True, x_label="update",
                  y_label="loss",
                  title=f"Line: mean of {RUNS} descents, band: nine of ten")
    floor = state["lr"] / (2 * (2 - state["lr"]))
    right.rule(y=floor, colour=palette.DATA)
    right.note(STEPS, 45, f"dashed: floor of the constant rate, {floor:.2g}", colour=palette.DATA, anchor="end",
               size=11)
    kept = np.isfinite(losses[-1])
    if kept.any():
        shown = np.arange(0, STEPS + 1, 2)
        _band(right, shown, losses[np.ix_(shown, kept)], palette.FORWARD, "nine of ten descents")
        right.line(range(STEPS + 1), np.clip(losses[:, kept].mean(axis=1), FLOOR, None), colour=palette.FORWARD,
                   width=2.4, title="mean of the descents that were not thrown out")
    if not kept.all():
        right.note(STEPS / 2, 8, f"{RUNS - kept.sum()} of {RUNS} thrown out", colour=palette.GRADIENT, anchor="middle",
                   size=14)
    return drawing(870, 340, str(left), str(right), title=f"schedule {state['name']}, highest rate {state['lr']}")


def schedules_readout(state, found):
    """The rates at a few updates, the mean loss at the end and its interval, how many descents were thrown out."""
    r, losses = found
    ends = losses[-1, np.isfinite(losses[-1])]
    end = "none left"
    if len(ends):
        mean, half = interval(ends)
        low, high = np.quantile(ends, SPAN)
        end = f"{mean:.2g}{'' if np.isnan(half) else f' ± {half:.1g}'} (nine of ten: {low:.2g} to {high:.2g})"
    return (f"Rate at updates 1, 100, 200, {STEPS}: " + ", ".join(f"{r[k - 1]:.2g}" for k in (1, 100, 200, STEPS))
            + f". Mean loss after {STEPS} updates: {end}. Thrown out: {RUNS - len(ends)} of {RUNS}. "
            f"Floor of the constant rate on the parabola, (5.7): {state['lr'] / (2 * (2 - state['lr'])):.2g}. "
            f"Noise: seed {state['draw']}.")


def schedules_explorer():
    """Many noisy descents under a schedule, on a parabola or between steep walls."""
    return Explorer(
        alt="Left: a learning rate over 300 updates. Right: the loss of noisy descents with it, the mean of "
            f"{RUNS} and a band that holds nine of ten. Choose the schedule, its highest rate, the warm-up and the "
            "surface.",
        picture=schedules_picture, readout=schedules_readout, compute=scheduled,
        controls={"name": choice("Schedule", [(text_, key) for key, text_ in NAMES.items()], "constant",
                                 tooltip="How the rate changes after the warm-up"),
                  "lr": slider("Highest rate", 0.2, 0, 0, options=PEAKS, tooltip="0.02 to 1.5"),
                  "warmup": slider("Warm-up, in updates", 0, 0, 100, 10, tooltip="A straight rise at the start"),
                  "walls": choice("Surface", [("parabola ½ w²", False), ("steep walls ½ w² + ¼ w⁴", True)], False,
                                  tooltip="The loss as a function of w; the curvature at the start is 1, or 49")},
        memory={"draw": 4}, actions={"Draw other noise": lambda state: {"draw": state["draw"] + 1}})


EXPLORERS = {"paths": paths_explorer, "schedules": schedules_explorer}
