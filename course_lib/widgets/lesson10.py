"""Explorers of lesson 10: a network and its adjoint relaxing as the spectral radius slides through 1,
and one unit's staircase."""

import numpy as np

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, text
from course_lib.studies.relaxation import (
    LIMIT,
    TOLERANCE,
    fitted,
    fixed_points,
    network_with,
    relaxations,
    spectral_radius,
    states,
)
from course_lib.widgets.base import Explorer, choice, slider

# ---- the state and the adjoint, relaxing -------------------------------------------------------------------------

SHOWN = 1e-12                           # the lower end of the axis
TOLD = {"positive": "one positive eigenvalue leads", "negative": "one negative eigenvalue leads",
        "pair": "a pair of eigenvalues leads"}


def relaxed(state):
    """Both ``relaxations`` that the state describes."""
    return relaxations(state["radius"], state["kind"], state["start"])


def relaxation_picture(state, found):
    """Changes against steps on a log axis; eigenvalues of J and of U beside the unit circle."""
    changes, adjoint, J, verdict = found
    chart = Chart((0, LIMIT), (SHOWN, 10.0), width=560, height=340, log_y=True, x_label="step",
                  y_label="largest change",
                  title="How much does a step change?")
    rho, middle = spectral_radius(J), min(len(changes) - 1, max(3, len(changes) // 2))
    if verdict != "never":
        ts = np.arange(0, LIMIT + 1)
        chart.line(ts, 2.5 * changes[middle] * rho ** (ts - middle - 1.0), colour=palette.DATA, width=1.2, dash="2 3",
                   title="the slope that the radius of J predicts")
    chart.line(range(1, len(changes) + 1), changes, title="state", width=2.2)
    chart.line(range(1, len(adjoint) + 1), adjoint, colour=palette.GRADIENT, dash="7 4", title="adjoint", width=2.2)
    keys = [("state", palette.FORWARD, None), ("adjoint", palette.GRADIENT, "7 4"),
            ("slope of ρ(J)", palette.DATA, "2 3")]
    for i, (name, colour, dash) in enumerate(keys[:1] if verdict == "never" else keys):
        y = 46 + 17 * i
        chart.parts += [line(420, y - 4, 446, y - 4, stroke=colour, width=2.2, dash=dash),
                        text(452, y, name, anchor="start", fill=colour, bold=True)]
    plane = Chart((-1.7, 1.7), (-1.7, 1.7), width=326, height=330, left=560, x_label="real part",
                  y_label="imaginary part",
                  title="Eigenvalues")
    angles = np.linspace(0, 2 * np.pi, 73)
    plane.line(np.cos(angles), np.sin(angles), colour=palette.INK, width=1.2, title="the circle of radius 1")
    for A, colour, hollow, name in ((state["radius"] * network_with(state["kind"])[0], palette.DATA, True, "U"),
                                    (J, palette.FORWARD, False, "J")):
        values = np.linalg.eigvals(A)
        values = values[np.lexsort((values.imag.round(6), values.real.round(6)))]
        plane.points(values.real, values.imag, colour=colour, hollow=hollow, radius=5 if hollow else 4,
                     titles=[f"eigenvalue of {name}: {complex(v):.3f}" for v in values])
    plane.points([-1.55], [1.55], colour=palette.DATA, hollow=True,
                 radius=5).note(-1.4, 1.49, "of U", colour=palette.DATA)
    plane.points([0.75], [1.55], colour=palette.FORWARD).note(0.87, 1.49, "of J", colour=palette.FORWARD)
    return drawing(890, 342, str(chart), str(plane),
                   title=f"a network of six units, radius of U {state['radius']:.2f}: "
                   + {"settles": "it settles", "slow": "it settles slowly", "never": "it does not settle"}[verdict])


def relaxation_readout(state, found):
    """Radii, steps and fitted rates of both relaxations."""
    changes, adjoint, J, verdict = found
    where = "" if verdict == "settles" else " (at the last state)"
    begin = (f"{TOLD[state['kind']].capitalize()}; start {state['start']:.1f}. Spectral radius of U "
             f"{state['radius']:.2f}, "
             f"of J {spectral_radius(J):.3f}{where}. ")
    if verdict == "never":
        ups = "the changes do not shrink: the state goes round for ever, and there is no gradient to be found"
        return (begin + f"The state does not settle: after {LIMIT} steps a step still changes it by {changes[-1]:.2g}, "
                        f"and {ups}.")

    def told(name, changes):
        if changes[-1] <= TOLERANCE:
            return (f"The {name} settles in {len(changes)} steps; fitted, a step leaves {fitted(changes):.3f} of the "
                    "change.")
        if changes[-1] > 1e6:
            return f"The {name} does not settle: it grows without limit."
        return (f"The {name} does not settle within {LIMIT} steps; fitted, a step leaves {fitted(changes):.3f} of the "
                "change, "
                f"and the last was {changes[-1]:.2g}.")
    return f"{begin}{told('state', changes)} {told('adjoint', adjoint)}"


def relaxation_explorer():
    """At which spectral radius does a network, and its adjoint, cease to settle?"""
    return Explorer(
        alt="The change at each step of a network that relaxes, and of its adjoint, on a logarithmic axis, beside the "
            "eigenvalues of "
            "the Jacobian and the unit circle. Move the spectral radius through 1.",
        picture=relaxation_picture, readout=relaxation_readout, compute=relaxed,
        controls={"radius": slider("Spectral radius of U", 0.8, 0.2, 1.6, 0.05,
                                   tooltip="All recurrent weights are scaled to it"),
                  "kind": choice("Largest eigenvalue", [(TOLD[k].removesuffix(" leads"), k) for k in TOLD], "positive",
                                 tooltip="The eigenvalue of U that is farthest from 0"),
                  "start": slider("Start state", 1.0, -2.0, 2.0, 0.1,
                                  tooltip="Where the relaxation begins, along a fixed direction")})


# ---- one unit -----------------------------------------------------------------------------------------------------

STEPS = 60


def settling(state):
    """All fixed points of the unit, and its states for so long that it settles if it ever does."""
    return fixed_points(state["w"], state["x"]), states(state["w"], state["x"], state["start"], 5000)


def cobweb_picture(state, found):
    """The curve and the diagonal with the staircase between them; beside it the state against the step."""
    w, x, (points, zs) = state["w"], state["x"], found
    zs = zs[:STEPS + 1]
    web = Chart((-1.6, 1.6), (-1.3, 1.3), width=470, height=390, x_label="state z", y_label="next state",
                title="The next state, and the diagonal")
    at = np.linspace(-1.6, 1.6, 121)
    web.line(at, at, colour=palette.DATA, dash="6 4", width=1.4, title="diagonal: the next state equals the state")
    web.line(at, np.tanh(w * at + x), colour=palette.PARAMETER, width=2.4, title="tanh(w z + x)")
    stairs = [(zs[0], max(min(zs[0], 1.3), -1.3))]
    for before, after in zip(zs, zs[1:]):
        stairs += [(before, after), (after, after)]
    web.line(*zip(*stairs), colour=palette.FORWARD, width=1.3, title="the staircase")
    web.points([zs[0]], [stairs[0][1]], colour=palette.FORWARD, radius=4, titles=[f"start {zs[0]:.2f}"])
    for z, slope in points:
        web.points([z], [z], colour=palette.GRADIENT, radius=5.5, hollow=abs(slope) >= 1,
                   titles=[f"fixed point {z:.4f}, slope {slope:.3f}: {_kind(slope)}"])
    time = Chart((0, STEPS), (-1.3, 1.3), width=400, height=390, left=480, x_label="step", y_label="state z",
                 title="The state, step by step")
    time.line(range(STEPS + 1), [max(min(z, 1.3), -1.3) for z in zs], width=1.2)
    time.points(range(STEPS + 1), [max(min(z, 1.3), -1.3) for z in zs], colour=palette.FORWARD, radius=2.2)
    for z, slope in points:
        time.rule(y=z, colour=palette.GRADIENT, dash="2 5" if abs(slope) >= 1 else "8 3")
    return drawing(884, 392, str(web), str(time),
                   title=f"one unit that feeds itself with weight {w:.2f}, input {x:.2f}")


def _kind(slope):
    return "attracts" if abs(slope) < 1 else "repels"


def cobweb_readout(state, found):
    """All fixed points with their slopes, where the state ends, and the gradient there."""
    w, x, (points, zs) = state["w"], state["x"], found
    told = "; ".join(f"z = {z:.4f} with slope {slope:.3f} {_kind(slope)}" for z, slope in points)
    begin = (f"w = {w:.2f}, x = {x:.2f}, start {state['start']:.2f}. "
             f"{len(points)} fixed point{'s' * (len(points) > 1)}: {told}. ")
    steps = next((t for t in range(1, len(zs)) if abs(zs[t] - zs[t - 1]) <= TOLERANCE), None)
    if steps is None:
        last = abs(zs[-1] - zs[-2])
        way = ("it jumps back and forth" if last > 0.01
               else f"it creeps, and after {len(zs) - 1} steps still moves by {last:.1e}")
        return f"{begin}The state does not settle: {way}."
    z = round(zs[steps], 9) + 0.0
    slope = 1 - z * z
    return (f"{begin}The state settles at {z:.4f} in {steps} steps. "
            f"There ∂z/∂x = {slope / (1 - w * slope):.4f}, by (10.8).")


def cobweb_explorer():
    """For which weights does the start decide where a unit comes to rest?"""
    return Explorer(
        alt="The curve tanh(w z + x) and the diagonal, with a staircase between them that leads from the start to a "
            "fixed point; beside "
            "it the state against the step. Move the weight beyond 1, then the start.",
        picture=cobweb_picture, readout=cobweb_readout, compute=settling,
        controls={"w": slider("Weight w", 0.7, -2.0, 3.0, 0.05, tooltip="The unit's weight from itself"),
                  "x": slider("Input x", 0.2, -1.0, 1.0, 0.05, tooltip="The input, which stays the same"),
                  "start": slider("Start state", -1.2, -1.5, 1.5, 0.05, tooltip="The state before the first step")})


EXPLORERS = {"relaxation": relaxation_explorer, "cobweb": cobweb_explorer}
