"""Explorers of lesson 15: TODO."""

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, line, text
from course_lib.studies import feedback
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# What is each layer told, and what does the network know by then? From the stored trainings.

_WAYS = {feedback.BACKPROP: (palette.FORWARD, None), feedback.ALIGNMENT: (palette.GRADIENT, "7 4"),
         feedback.DIRECT: (palette.PARAMETER, "9 3 2 3"), feedback.FROZEN: (palette.DATA, "2 3")}
_LAYERS = ((palette.FORWARD, None), (palette.GRADIENT, "7 4"), (palette.PARAMETER, "9 3 2 3"), (palette.FOURTH, "2 3"),
           (palette.FIFTH, "12 3"), (palette.DATA, "5 2"))
_FROM_1 = [step for step in feedback.STEPS if step]


def feedback_found(state):
    """The angles of the hidden layers, (K, layers), and ``{way: right answers (K,)}``, both from step 1 on."""
    network = state["network"]
    right = {way: feedback.watched_values(network, way, "right")[1].mean(axis=1)[1:] for way in feedback.WAYS}
    return feedback.watched_angles(network, state["way"])[1:], right


def _named_lines(chart, rows, left, top):
    for i, (name, (colour, dash)) in enumerate(rows):
        y = top + 17 * i
        chart.parts += [line(left, y - 4, left + 32, y - 4, stroke=colour, width=2.2, dash=dash),
                        text(left + 38, y, name, anchor="start")]


def feedback_picture(state, found):
    """The angle of each hidden layer against steps; beside it the right answers of all ways, the chosen one bold."""
    angles, right = found
    left = Chart((1, 1100), (0, 120), width=450, height=350, log_x=True, x_label="step",
                 y_label="angle to the true gradient (°)", title=f"What is told by {state['way']}")
    left.rule(y=90, label="a right angle", colour=palette.DATA)
    rows = [(f"hidden layer {l + 1}", _LAYERS[l]) for l in range(angles.shape[1])]
    for values, (name, (colour, dash)) in zip(angles.T, rows):
        left.line(_FROM_1, values, colour=colour, dash=dash, width=2.2, title=name)
    _named_lines(left, rows, left.box[0] + 12, left.box[1] + left.box[3] - 17 * len(rows) + 6)
    answers = Chart((1, 1100), (40, 100), width=450, height=350, left=460, log_x=True, x_label="step",
                    y_label="right answers, held out (%)", title="Even or odd?")
    for way, (colour, dash) in _WAYS.items():
        answers.line(_FROM_1, right[way], colour=colour, dash=dash, title=way,
                     width=3.6 if way == state["way"] else 1.6)
    _named_lines(answers, _WAYS.items(), answers.box[0] + 12, answers.box[1] + 16)
    at = _FROM_1.index(state["step"])
    for chart, values, colour in ((left, angles[at], palette.INK), (answers, [right[state["way"]][at]], palette.INK)):
        chart.rule(x=state["step"], colour=palette.INK)
        chart.points([state["step"]] * len(values), values, colour=colour, radius=4)
    return drawing(912, 352, str(left), str(answers), title=f"{state['network']}, {state['way']}, step "
                   f"{state['step']}: {right[state['way']][at]:.1f} % right")


def feedback_readout(state, found):
    """The angles at this step, and the right answers of all ways."""
    angles, right = found
    at = _FROM_1.index(state["step"])
    told = ", ".join(f"{degrees:.0f}°" for degrees in angles[at])
    answers = ", ".join(f"{way} {values[at]:.1f} %" for way, values in right.items())
    return (f"{state['network'].capitalize()}, after step {state['step']:,}, means of {len(feedback.WATCHED)} seeds. "
            f"Angle to the true gradient by {state['way']}, from the first hidden layer on: {told}. Right: {answers}.")


def feedback_explorer():
    """Does what a layer is told turn towards the gradient, and does that help?"""
    return Explorer(
        alt="The angle between what each hidden layer is told and the true gradient, against steps, beside the right "
            "answers of backpropagation, of its two rivals and of frozen layers. Choose the network and the way back, "
            "move the step.",
        picture=feedback_picture, readout=feedback_readout, compute=feedback_found,
        controls={"network": choice("Network", [feedback.TWO, feedback.SIX, feedback.SIGMOID], feedback.TWO,
                                    tooltip="Which hidden layers it has"),
                  "way": choice("Way back", list(feedback.WAYS[:3]), feedback.ALIGNMENT,
                                tooltip="What stands in the place of the transpose"),
                  "step": slider("Step", 100, 1, 1080, options=[(f"{step:,}", step) for step in _FROM_1],
                                 tooltip="How many batches of 32 digits were seen")})

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind


EXPLORERS = {
    # TODO memory
    # ---- memory
    # TODO forgetting
    # ---- forgetting
    "feedback": feedback_explorer,
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    # TODO labels
    # ---- labels
    # TODO blind
    # ---- blind
}
