"""The explorers of lesson 15: the numbers shown are the right ones."""

import numpy as np

from course_lib.studies import feedback
from course_lib.widgets import lesson15 as w

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

def test_the_angles_and_the_answers_shown_are_those_that_were_stored():
    explorer = w.feedback_explorer()
    told = feedback.watched_values(feedback.SIX, feedback.DIRECT, "angle 3")[1].mean(axis=1)
    steps, right = feedback.watched_values(feedback.SIX, feedback.FROZEN, "right")
    for at in (1, 6, -1):
        shown = explorer.shown({"network": feedback.SIX, "way": feedback.DIRECT, "step": int(steps[at])})
        angles = shown.readout.split("on: ")[1].split(". Right")[0].split(", ")
        assert len(angles) == 6 and angles[2] == f"{told[at]:.0f}°"
        assert shown.readout.endswith(f"frozen {np.mean(right[at]):.1f} %.")


def test_backpropagation_is_told_the_gradient_itself():
    shown = w.feedback_explorer().shown({"network": feedback.TWO, "way": feedback.BACKPROP, "step": 30})
    assert "on: 0°, 0°. Right" in shown.readout

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind
