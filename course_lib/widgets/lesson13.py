"""Explorers of lesson 13, one for each study: TODO."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, heat_image
from course_lib.studies import assimilation
from course_lib.widgets.base import Explorer, choice, slider

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# How far back should one look to know the weather now?

_PLACES = {10: "Place 10, observed", 11: "Place 11, never observed"}


def assimilated(state):
    """The world, and what is known of it, from 3 units before now to 3 units after."""
    w = assimilation.example(state["noise"])
    return w, assimilation.estimate(state["noise"], state["length"], state["way"])


def _ring_strip(values, left, name, low=-8.0, high=13.0, colour=palette.sequential):
    chart = Chart((-3, 3), (0, 39), width=296, height=226, left=left, title=name, x_label="time from now (units)",
                  y_label="place j" if not left else "")
    chart.parts.append(heat_image(*chart.box, values.T[::-1], low=low, high=high, colour=colour, title=name))
    return chart


def assimilation_picture(state, found):
    """Three strips, place against time: truth, estimate, difference; below, two places, and the error."""
    w, known = found
    first, last = assimilation.NOW - assimilation.SHOWN, assimilation.NOW + assimilation.SHOWN
    truth, observed = w.truth[first:last + 1], w.observed[first:assimilation.NOW + 1]
    times = np.arange(-assimilation.SHOWN, assimilation.SHOWN + 1) / assimilation.UNIT
    charts = [_ring_strip(truth, 0, "Truth"), _ring_strip(known, 296, "Estimate and forecast"),
              _ring_strip(known - truth, 592, "Difference", low=-12, high=12, colour=palette.signed)]
    for column, (place, name) in enumerate(_PLACES.items()):
        chart = Chart((-3, 3), (-10, 16), width=296, height=226, left=296 * column, top=232, title=name,
                      x_label="time from now (units)", y_label="value" if not column else "")
        chart.points(times[:len(observed)], observed[:, place], colour=palette.DATA, radius=1.6)
        chart.line(times, truth[:, place], colour=palette.INK, width=1.6, title="truth")
        chart.line(times, known[:, place], dash="6 3", width=2.0, title="estimate, then forecast")
        charts.append(chart)
    charts[3].note(0.2, 14, "truth", size=11).note(1.2, 14, "estimate", colour=palette.FORWARD, size=11)
    chart = Chart((-3, 3), (0.05, 10), width=296, height=226, left=592, top=232, log_y=True,
                  title="Error of all 40 (rmse)", x_label="time from now (units)")
    chart.rule(y=w.noise).note(2.95, 0.65 * w.noise, "one observation", colour=palette.DATA, anchor="end", size=11)
    charts.append(chart.line(times, assimilation.rmse(known, truth), title="error", width=2.0))
    for chart in charts:
        chart.rule(x=0, colour=palette.INK, dash="1 3").rule(x=-state["length"], colour=palette.INK, dash="6 3")
    charts[-1].note(-state["length"] + 0.08, 7.2, "window", size=11)
    charts[-1].note(0.08, 0.06, "now", size=11)
    return drawing(888, 460, *map(str, charts), title=f"a window of {state['length']:g} units that ends now, "
                   f"observations with errors of {state['noise']:g}, minimised {_MINIMISED[state['way']]}")


_MINIMISED = {"at once": "at once", "growing": "by a growing window"}


def assimilation_readout(state, found):
    """The error now beside nudging's and that of one observation, and those of the forecast."""
    w, known = found
    now = assimilation.NOW
    errors = assimilation.rmse(known, w.truth[now - assimilation.SHOWN:])[assimilation.SHOWN::assimilation.UNIT]
    nudged = assimilation.rmse(assimilation.nudged_example(state["noise"])[now], w.truth[now])
    return (f"Window {state['length']:g} units, minimised {_MINIMISED[state['way']]}. Error now {errors[0]:.2f}; of "
            f"nudging alone {nudged:.2f}, of one observation {state['noise']:.2f}. The forecast is wrong by "
            f"{errors[1]:.2f} after 1 unit, {errors[2]:.2f} after 2, {errors[3]:.2f} after 3.")


def assimilation_explorer():
    """How far back should one look to know the weather now, and how good must the instruments be?"""
    return Explorer(
        alt="A simulated weather of forty variables, three units of time before and after now: truth, estimate and "
            "their difference as strips, an observed and an unobserved place, and the error against time. Lengthen "
            "the window, once at once and once growing.",
        picture=assimilation_picture, readout=assimilation_readout, compute=assimilated,
        controls={"length": slider("Window", 0.5, 0.25, 3.0, options=[(f"{v:g} units", v) for v in assimilation.WINDOWS],
                                   tooltip="How far back the observations are used, in units of time"),
                  "noise": slider("Noise", 1.0, 0.25, 2.0, options=[(f"{v:g}", v) for v in assimilation.NOISES],
                                  tooltip="The standard deviation of an observation's error"),
                  "way": choice("Minimise", [(words, way) for way, words in _MINIMISED.items()], "at once",
                                tooltip="The whole window at once, or a short one first that grows")})


# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation


EXPLORERS = {
    # TODO reentry
    # ---- reentry
    "assimilation": assimilation_explorer,
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
