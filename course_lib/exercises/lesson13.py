"""Tasks of lesson 13: TODO."""

import numpy as np

from course_lib.exercises.task import Slip, Task

SHEET = "13_beyond_perception"


# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

def reentry_time(Q, c, a, g, V):
    """The re-entry time where the air that comes in holds some gas itself.

    Q fresh air (m³/s), c limit, a gas in that air (ppm), g gas, V volume (m³): (N,)
    Returns  t (N,) in seconds, backward;  backward(dt) -> dQ, dc, da, dg, dV
    """
    above = 1e6 * g / V - a
    allowed = c - a
    wait = above > allowed
    t = V / Q * np.log(np.where(wait, above, allowed) / allowed)
    def backward(dt):
        dt = dt * wait
        dabove = dt * V / (Q * above)
        dQ = -dt * t / Q
        dc = -dt * V / (Q * allowed)
        da = -dabove - dc
        dg = dabove * 1e6 / V
        dV = dt * t / V - dabove * 1e6 * g / V ** 2
        return dQ, dc, da, dg, dV
    return t, backward


def _mine(rng, n=None, early=False):
    """Values as in a mine, gas far above the limit; ``early``: below it from the start in some rows."""
    n = n or int(rng.integers(3, 9))
    c = rng.uniform(20, 100, size=n)
    a, V = c * rng.uniform(0.1, 0.6, size=n), rng.uniform(900, 3300, size=n)
    start = c * (rng.uniform(4, 9, size=n) if not early else np.resize([0.7, 3.0, 0.4], n))
    return rng.uniform(8, 30, size=n), c, a, start * V / 1e6, V, rng.normal(size=n)


_TWO_A, _TWO_V = ("a occurs twice, above and below the line: two paths that add up, da = −dabove − dc",
                  "V occurs twice, as a factor and in the gas at the start: dV = dt t / V − dabove 10⁶ g / V²")
_LOG = "the derivative of ln x is 1 / x: divide by what stands in the logarithm"
_EARLY = "where the gas is below the limit from the start nobody waits: t = 0, and all gradients are 0"
_ABOVE = "1e6 * g / V - a"
_DV, _DA = "dt * t / V - dabove * 1e6 * g / V ** 2", "-dabove - dc"

REENTRY = Task(
    id="13-1", title="the law of dilution as a rule", level="derive", difficulty=2, importance=2, minutes=20,
    reference=reentry_time, rule=True, outputs=("t", "dQ", "dc", "da", "dg", "dV"), cases=_mine,
    names=("Q", "c", "a", "g", "V", "dt"), batch=lambda Q, *_: len(Q),
    small=(np.array([10.0]), np.array([20.0]), np.array([10.0]), np.array([0.03]), np.array([1000.0]),
           np.array([1.0])),
    edges={"one blast": lambda rng: _mine(rng, 1), "below the limit from the start": lambda rng: _mine(rng, 6, True),
           "clean air": lambda rng: (*_mine(rng, 5)[:2], np.zeros(5), *_mine(rng, 5)[3:])},
    suspects=(
        Slip("one path of V", _TWO_V, (_DV, "dt * t / V")),
        Slip("one path of V", _TWO_V, (_DV, "-dabove * 1e6 * g / V ** 2")),
        Slip("sign of the second path of V", _TWO_V, (_DV, "dt * t / V + dabove * 1e6 * g / V ** 2")),
        Slip("square of V forgotten", "the derivative of 1 / V is −1 / V²", ("g / V ** 2", "g / V")),
        Slip("one path of a", _TWO_A, (_DA, "-dabove")),
        Slip("one path of a", _TWO_A, (_DA, "-dc")),
        Slip("sign of a path of a", _TWO_A, (_DA, "dabove - dc")),
        Slip("sign of a path of a", _TWO_A, (_DA, "-dabove + dc")),
        Slip("logarithm's derivative forgotten", _LOG, ("dt * V / (Q * above)", "dt * V / Q")),
        Slip("logarithm's derivative forgotten", _LOG, ("-dt * V / (Q * allowed)", "-dt * V / Q")),
        Slip("logarithm kept", _LOG, ("dt * V / (Q * above)", "dt * V / Q * np.log(np.abs(above))")),
        Slip("sign of dc", "a higher limit is met earlier: dc is negative for dt above 0",
             ("-dt * V / (Q * allowed)", "dt * V / (Q * allowed)"), (_DA, "-dabove + dc")),
        Slip("sign of dQ", "more air, less time: dQ = −dt t / Q", ("-dt * t / Q", "dt * t / Q")),
        Slip("Q divides once too little", "t = (…) / Q, so dQ = −dt t / Q", ("-dt * t / Q", "-dt * t")),
        Slip("10⁶ forgotten in dg", "above = 10⁶ g / V − a: its derivative by g is 10⁶ / V",
             ("dabove * 1e6 / V", "dabove / V")),
        Slip("V forgotten in dg", "above = 10⁶ g / V − a: its derivative by g is 10⁶ / V",
             ("dabove * 1e6 / V", "dabove * 1e6")),
        Slip("dt forgotten", "every gradient is multiplied by dt", ("dt = dt * wait", "dt = 1.0 * wait")),
        Slip("gas in the air ignored", "both differences are above the gas a of the incoming air",
             ("g / V - a", "g / V"), ("c - a", "c"), (_DA, "0 * dabove")),
        Slip("gas in the air subtracted once", "ln((C − a) / (c − a)): a in both differences",
             ("c - a", "c"), (_DA, "-dabove")),
        Slip("negative time", _EARLY, ("np.where(wait, above, allowed)", "above"), ("dt * wait", "dt * 1")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1"), (_ABOVE, f"np.maximum({_ABOVE}, c - a)")),
        Slip("gradient without a wait", _EARLY, ("dt * wait", "dt * 1"), (_ABOVE, f"np.maximum({_ABOVE}, c - a)"),
             ("-dt * V / (Q * allowed)", f"-dt * V / (Q * allowed) * np.where(wait, 1, ({_ABOVE}) / allowed)")),
        *(Slip("order of the gradients", "in the order of the inputs: dQ, dc, da, dg, dV",
               ("return dQ, dc, da, dg, dV", f"return {order}"))
          for order in ("dQ, dc, dg, da, dV", "dV, dg, da, dc, dQ")),
    ))

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


TASKS = [
    REENTRY,
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
]
