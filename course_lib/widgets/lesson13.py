"""Explorers of lesson 13, one for each study: TODO."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, rect, text
from course_lib.studies import reentry
from course_lib.widgets.base import Explorer, choice, slider

# ---- reentry ------------------------------------------------------------------------------------------------------------

C, L = 50.0, 400.0                      # limit (ppm) and roadway (m), which stay the same
AIR, GAS = np.linspace(4.0, 45.0, 165), np.linspace(0.005, 0.16, 156)
LINES = {"the law": (palette.FORWARD, None), "network 4-6-1": (palette.FOURTH, "7 4"),
         "network on logarithms": (palette.FIFTH, "9 3 2 3"), "formula, one constant": (palette.DATA, "2 3")}


def _times(noise, Q, b):
    """What the law and those who learnt say: ``{name: times}`` for all pairs of the broadcast Q and b."""
    Q, b = np.broadcast_arrays(Q, b)
    x = np.stack([Q, np.full(Q.shape, C), b, np.full(Q.shape, L)], axis=-1).reshape(-1, 4)
    return {"the law": reentry.law(x)} | {name: answer(x) for name, answer in reentry.learnt(noise).items()}


def reentry_found(state):
    """The times along Q, along b, and at the chosen point."""
    noise, Q, b = state["noise"], state["Q"], state["b"]
    return _times(noise, AIR, b), _times(noise, Q, GAS), {k: float(v[0]) for k, v in _times(noise, [Q], [b]).items()}


def _sampled(chart, low, high):
    """Shade the sampled range."""
    x, y, _, height = chart.box
    chart.parts.insert(0, rect(chart.x(low), y, chart.x(high) - chart.x(low), height, fill="#EEEEEE",
                               title=f"sampled: {low:g} to {high:g}"))


def reentry_picture(state, found):
    """Time against ventilation and against gas, as the law, two networks and the formula say; the sampled ranges."""
    along_air, along_gas, here = found
    top = 3000.0
    left = Chart((4, 45), (0, top), width=450, height=340, x_label="fresh air Q (m³/s)",
                 y_label="re-entry time (s)", title=f"b = {state['b']:.3f} m³/kg")
    right = Chart((0, 0.16), (0, top), width=450, height=340, left=450, x_label="gas per kg of explosive b (m³)",
                  y_label="re-entry time (s)", title=f"Q = {state['Q']:.1f} m³/s")
    for chart, places, times, at, k in ((left, AIR, along_air, state["Q"], 0), (right, GAS, along_gas, state["b"], 2)):
        _sampled(chart, reentry.LOW[k], reentry.HIGH[k])
        for name, (colour, dash) in LINES.items():
            chart.line(places, times[name], colour=colour, dash=dash, width=2.2, title=name)
        chart.rule(x=at)
        if here["the law"] <= top:
            chart.points([at], [here["the law"]], colour=palette.FORWARD, radius=4.5, titles=["the law here"])
    for i, (name, (colour, dash)) in enumerate(LINES.items()):
        y = 52 + 17 * i
        left.parts += [line(240, y - 4, 272, y - 4, stroke=colour, width=2.2, dash=dash),
                       text(278, y, name, anchor="start")]
    return drawing(902, 342, str(left), str(right), title=f"re-entry time at Q = {state['Q']:.1f} m³/s and "
                   f"b = {state['b']:.3f} m³/kg: {here['the law']:.0f} s by the law")


def reentry_readout(state, found):
    """The times here, and how far along both inputs each network stays within 5 % of the law."""
    along_air, along_gas, here = found
    inside = [low <= value <= high for value, low, high in zip(
        (state["Q"], state["b"]), reentry.LOW[[0, 2]], reentry.HIGH[[0, 2]])]
    where = {2: "inside the sampled ranges", 1: "one input outside its sampled range",
             0: "both outside their sampled ranges"}[sum(inside)]
    exact = here["the law"]
    told = [f"{name} {time:.0f} s ({round(100 * (time / exact - 1)):+d} %)" for name, time in here.items()
            if name != "the law"]
    near = []
    for name in ("network 4-6-1", "network on logarithms"):
        air = reentry.within(AIR, along_air[name], along_air["the law"], reentry.LOW[0], reentry.HIGH[0])
        gas = reentry.within(GAS, along_gas[name], along_gas["the law"], reentry.LOW[2], reentry.HIGH[2])
        parts = [f"for {what} from {span[0]:.{d}f} to {span[1]:.{d}f}" if span else f"for no {what} around the middle"
                 for what, span, d in (("Q", air, 1), ("b", gas, 3))]
        near.append(f"{name} {' and '.join(parts)}")
    return (f"Simulated, limit 50 ppm, roadway 400 m; Q = {state['Q']:.1f} m³/s, b = {state['b']:.3f} m³/kg: {where}. "
            f"The law {exact:.0f} s; {'; '.join(told)}. Within 5 % of the law: {'; '.join(near)}.")


def reentry_explorer():
    """Where does a network leave the law from which it learnt?"""
    return Explorer(
        alt="Re-entry time against fresh air and against gas per kg of explosive: the simulated law, two networks and "
            "a formula; the sampled ranges are shaded. Move the fresh air below 8.",
        picture=reentry_picture, readout=reentry_readout, compute=reentry_found,
        controls={"Q": slider("Fresh air Q (m³/s)", 15.0, 4.0, 45.0, 0.5, tooltip="Ventilation; sampled from 8 to 30"),
                  "b": slider("Gas per kg of explosive b (m³)", 0.05, 0.005, 0.16, 0.005,
                              tooltip="What the explosive gives off; sampled from 0.02 to 0.08"),
                  "noise": choice("Learnt from", [("exact times", 0.0), ("times with 5 % noise", 0.05)], 0.0,
                                  tooltip="211 simulated points")})


# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation


EXPLORERS = {
    "reentry": reentry_explorer,
    # ---- reentry
    # TODO assimilation
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
