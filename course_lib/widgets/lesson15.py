"""Explorers of lesson 15: TODO."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, text
from course_lib.studies import blind_spots
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

def chaos_runs(state):
    """What ``blind_spots.shown_runs`` holds of the chosen start, up to T: times, z of both runs, distance, gradient."""
    times, z, gap, slope = blind_spots.shown_runs()[state["kind"]]
    upto, start = round(state["T"] / blind_spots.DT), state["start"] - 1
    return times[:upto], z[:upto, :, start], gap[:upto, start], slope[:upto, start]


def chaos_picture(state, found):
    """z of two runs against time; their distance and the gradient's size on a log axis."""
    times, z, gap, slope = found
    thin = slice(4, None, 5)                            # every 0.05 units
    left = Chart((0, 20), (0, 50), width=440, height=330, x_label="time (units)", y_label="z",
                 title="Two starts, one millionth apart")
    left.line(times[thin], z[thin, 0], colour=palette.FORWARD, title="first run")
    left.line(times[thin], z[thin, 1], colour=palette.DATA, dash="5 4", title="the run that was nudged")
    right = Chart((0, 20), (1e-8, 1e8), width=440, height=330, left=444, x_label="length T (units)", y_label="size",
                  log_y=True, title="Their distance, and |gradient of the mean of z|")
    right.rule(y=1.0, colour=palette.INK, dash="2 4", label="slope of long means")
    right.line(times[thin], gap[thin], colour=palette.DATA, dash="5 4", title="distance of the two runs")
    right.line(times[thin], np.abs(slope[thin]), colour=palette.GRADIENT, width=2.2, title="size of the gradient")
    parts = []
    for x, y, name, colour, dash in ((72, 46, "one run", palette.FORWARD, None),
                                     (72, 63, "nudged", palette.DATA, "5 4"),
                                     (516, 46, "gradient by ρ", palette.GRADIENT, None),
                                     (516, 63, "distance", palette.DATA, "5 4")):
        parts += [line(x, y - 4, x + 26, y - 4, stroke=colour, width=2.2, dash=dash),
                  text(x + 32, y, name, anchor="start", fill=colour, bold=True)]
    return drawing(890, 332, str(left), str(right), *parts,
                   title=f"Lorenz's model with ρ = {blind_spots.BOTH[state['kind']]:.0f}, followed for "
                         f"{state['T']:.1f} units of time")


def chaos_readout(state, found):
    """Distance, mean of z and its gradient at T."""
    _, z, gap, slope = found
    told = {"settles": "Here z comes to rest at ρ − 1, so the true slope is 1.",
            "chaotic": "The slope of long means, found by a line through several ρ, is near 1."}
    return (f"ρ = {blind_spots.BOTH[state['kind']]:.0f}, start {state['start']}, T = {state['T']:.1f}: the runs are "
            f"{gap[-1]:.2g} apart. The mean of z is {z[:, 0].mean():.2f}, its gradient by ρ {slope[-1]:.3g}. "
            + told[state["kind"]])


def chaos_explorer():
    """How does the gradient through a trajectory grow with its length?"""
    return Explorer(
        alt="Two runs of Lorenz's model from starts that are nearly equal; beside them, on a log axis, their distance "
            "and the size of the gradient of the mean of z by ρ. Move the length T, or choose the ρ that settles.",
        picture=chaos_picture, readout=chaos_readout, compute=chaos_runs,
        controls={"T": slider("Length T", 5.0, 0.5, 20.0, 0.5, tooltip="How long both runs are followed, in units"),
                  "kind": choice("Parameter ρ", [("14, settles", "settles"), ("28, chaotic", "chaotic")], "chaotic",
                                 tooltip="The parameter by which is differentiated"),
                  "start": slider("Start", 1, 1, blind_spots.STARTS, tooltip="Which state both runs begin near")})


EXPLORERS = {
    # TODO memory
    # ---- memory
    # TODO forgetting
    # ---- forgetting
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    # TODO labels
    # ---- labels
    "chaos": chaos_explorer,
    # ---- blind
}
