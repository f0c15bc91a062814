"""Settings: the one look at the numbers that optimizers and schedules are given.

What is given by mistake, a text, a truth value, an array, NaN, would train for a while and show somewhere else.
"""

import math
from numbers import Integral, Real

import numpy as np


def check(caller, low=0.0, high=math.inf, *, label="", remedy="", **settings):
    """Refuse, by name, a setting that is no plain finite number in [low, high)."""
    for name, value in settings.items():
        if not isinstance(value, Real) or isinstance(value, bool):
            hint = "; write it without quotation marks" if isinstance(value, str) else ""
            raise TypeError(f"{caller}: {name} must be a number, got {label}{value!r}{hint or remedy}")
        if not math.isfinite(value):
            raise ValueError(f"{caller}: {name} must be a finite number, got {label}{value}")
        if not low <= value < high:
            wanted = f"be at least {low:g}" if low else "not be negative"
            if high < math.inf:
                wanted = f"lie in [{low:g}, {high:g})"
            raise ValueError(f"{caller}: {name} must {wanted}, got {label}{value}{remedy}")


def check_whole(caller, low=1, **settings):
    """Refuse, by name, a setting that is no whole number of at least ``low``."""
    for name, value in settings.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
            kind = ValueError if isinstance(value, Real) else TypeError
            raise kind(f"{caller}: {name} must be at least {low}, and a whole number, got {value!r}")


def check_betas(caller, betas):
    """Refuse, by name, what is not a pair of numbers in [0, 1)."""
    if np.shape(betas) != (2,):
        raise ValueError(f"{caller}: betas must be two numbers (β₁, β₂), got {betas!r}")
    for label, beta in zip(("β₁ = ", "β₂ = "), betas):
        check(caller, high=1.0, label=label, betas=beta)
