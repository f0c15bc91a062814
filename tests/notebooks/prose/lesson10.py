"""The numbers and rankings in the prose of lesson 10; see numerals.py."""

import inspect
import re

from numerals import given, says, slider_takes

from course_lib.layers import FixedPoint
from course_lib.widgets import lesson10 as widgets

says("400 recurrent weights.", lambda o: int(o.coded(r"def cyclic\(.*H=(\d+)\)")[0]) ** 2)
says("What happens at 1.1, with each of",
     lambda o: slider_takes(widgets.relaxation_explorer, "Spectral radius of U", 1.1))
says("2$, start at $-1.2$, and slide $x$",
     lambda o: slider_takes(widgets.cobweb_explorer, "Start state", -1.2)
     and slider_takes(widgets.cobweb_explorer, "Weight w", 2))
says("that falls from 0.2 to 0, here in ten", lambda o: o.coded(r"def learn\(.*lr=([\d.]+)\)", section=6))
says("scaled back to 0.9 again (dashed), or",
     lambda o: inspect.signature(FixedPoint.contract).parameters["limit"].default)


@says("The left figure shows both networks ending above 95 %.")
def both(o):
    ends = re.findall(r"^(?:loop|feed-forward):.* (True|[\d.]+)", o.text(6), re.M)
    return len(ends) == 2 and all(end == "True" or float(end) > 0.95 for end in ends)


says("step 1, step 2, step 3.", "below 1, what is left", "is at most 1, and small where", "circle of radius 1.",
     "Past 1, some networks move", "scale 1.5; scale 5 without a tanh.", r"$\rho$ here, approaches 1, the steps and",
     "is at most 1, brings no two", r"the way from 1 to $\lambda$.", "real part below 1.",
     "$J$ is below 1; a step leaves",
     "of $U$ below 1 excludes it.", "grows far past 1, until the layer", "a norm above 1 is a risk,",
     given("the border between stable and unstable, and the settings of a question"))
