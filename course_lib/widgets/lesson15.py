"""Explorers of lesson 15: TODO."""

from functools import cache

import numpy as np

from course_lib.data.origins import read_table
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, heat_image, line, text
from course_lib.studies import feedback, forgetting, noisy_labels
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

OUTPUTS = ("all ten", "its own five")


@cache
def _confusions():
    return forgetting.load_confusions()


def forgetting_counts(state):
    """Counts (true, read) of the held-out digits for a rival, and the share of old and of new digits told rightly at
    all stops: counts (10, 10), old (stops,), new (stops,)."""
    counts = _confusions()[state["rival"]][:, OUTPUTS.index(state["outputs"])]
    hits = np.diagonal(counts, axis1=1, axis2=2)
    old, new = (100 * hits[:, part].sum(axis=1) / counts[:, part].sum(axis=(1, 2)) for part in (slice(5), slice(5, 10)))
    return counts[forgetting.STOPS.index(state["spent"])], old, new


def forgetting_picture(state, found):
    """Which digit is read as which; beside it old and new digits over what was spent."""
    (counts, old, new), left, top, side = found, 70, 62, 28
    parts = [text(left, 22, "Which digit is read as which?", anchor="start", size=13, bold=True),
             text(left + 5 * side, 46 - 4, "read as", size=12), text(26, top + 5 * side, "true digit", rotate=-90),
             heat_image(left, top, 10 * side, 10 * side, counts / 36, colour=palette.grey, title="counts",
                        frame=palette.INK)]
    for i in range(10):
        colour = palette.FORWARD if i < 5 else palette.WRONG
        parts += [text(left - 10, top + (i + 0.65) * side, i, anchor="end", fill=colour, bold=True),
                  text(left + (i + 0.5) * side, top - 5, i, fill=colour, bold=True)]
    for i, j in np.argwhere(counts):
        parts.append(text(left + (j + 0.5) * side, top + (i + 0.65) * side, counts[i, j], size=11,
                          fill="#FFFFFF" if counts[i, j] > 18 else palette.INK))
    middle = left + 5 * side, top + 5 * side
    parts += [line(middle[0], top, middle[0], top + 10 * side, stroke=palette.FOURTH, width=2),
              line(left, middle[1], left + 10 * side, middle[1], stroke=palette.FOURTH, width=2)]
    chart = Chart((0, 300), (0, 100), width=470, height=350, left=390, x_label="updates spent on the new digits",
                  y_label="right (%)", title="Old digits (solid) and new ones (dashed)")
    chart.rule(x=state["spent"], colour=palette.DATA)
    at = forgetting.STOPS.index(state["spent"])
    for ys, colour, dash, name in ((old, palette.FORWARD, None, "old digits, 0 to 4"),
                                   (new, palette.GRADIENT, "7 4", "new digits, 5 to 9")):
        chart.line(forgetting.STOPS, ys, colour=colour, dash=dash, width=2.2, title=name)
        chart.points([state["spent"]], [ys[at]], colour=colour, titles=[f"{name}: {ys[at]:.1f} %"])
    return drawing(870, 356, *parts, str(chart), title=f"{state['rival']}, after {state['spent']} updates: "
                   f"{old[at]:.1f} % of the old and {new[at]:.1f} % of the new digits are read rightly")


def forgetting_readout(state, found):
    """Old and new digits in words, and how many old ones are read as new ones."""
    counts, old, new = found
    at, lost = forgetting.STOPS.index(state["spent"]), counts[:5, 5:].sum()
    return (f"Kept: {state['rival']}. After {state['spent']} updates, with {state['outputs']} outputs compared: "
            f"{old[at]:.1f} % of the old digits are right and {new[at]:.1f} % of the new ones, in the mean "
            f"{(old[at] + new[at]) / 2:.1f} %. Of {counts[:5].sum()} old digits, {lost} are read as a new one.")


def forgetting_explorer():
    """What is lost, when, and to which digits?"""
    return Explorer(
        alt="A table of which digit is read as which, beside the shares of old and new digits that are read rightly as "
            "the second task goes on. Move the updates from 0 up, then choose what is kept of the old task.",
        picture=forgetting_picture, readout=forgetting_readout, compute=forgetting_counts,
        controls={"spent": slider("Updates spent", 300, 0, 300, options=list(forgetting.STOPS),
                                  tooltip="Updates of 64 digits in the second task"),
                  "rival": choice("What is kept", list(forgetting.EVERY), "nothing",
                                  tooltip="What the second task knows of the first"),
                  "outputs": choice("Outputs compared", list(OUTPUTS), "all ten",
                                    tooltip="The answer is the largest of these")})

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

EPOCHS = list(noisy_labels.STOPS)
LABELS = {"as they are": "0", "a fifth at random": "0.2", "two fifths": "0.4", "three fifths": "0.6",
          "all at random": "1", "two fifths by a rule": "0.4, the next digit"}


@cache
def _learning_curves():
    rows = read_table(noisy_labels.FILE)[1]
    return {name: noisy_labels.curves_of(setting, rows) for name, setting in LABELS.items()}


def labels_curves(state):
    """``{judged on: (seeds, epochs)}`` of the chosen noise."""
    return _learning_curves()[state["noise"]]


def labels_picture(state, found):
    """The given labels and the truth on held-out digits, over the epochs: mean and range of the seeds."""
    chart = Chart((1, EPOCHS[-1]), (0, 100), width=620, height=350, log_x=True, x_label="epoch (log)",
                  y_label="right (%)", title=f"Labels drawn anew or changed: {state['noise']}")
    chart.rule(x=state["epoch"], colour=palette.DATA)
    at = EPOCHS.index(state["epoch"])
    names = (("given", "the given labels", palette.DATA, "2 3"),
             ("set aside", "labels set aside", palette.FOURTH, "9 4"),
             ("held out", "the truth, on held-out digits", palette.FORWARD, None))
    for i, (key, name, colour, dash) in enumerate(names):
        mean = found[key].mean(axis=0)
        chart.line(EPOCHS, mean, colour=colour, dash=dash, width=2.4, title=name)
        for end in (found[key].min(axis=0), found[key].max(axis=0)):
            chart.line(EPOCHS, end, colour=colour, dash=dash, width=0.7, title=f"{name}: least and most of five seeds")
        chart.points([state["epoch"]], [mean[at]], colour=colour, titles=[f"{name}: {mean[at]:.1f} %"])
        y = 60 + 24 * i
        chart.parts += [line(622, y - 4, 652, y - 4, stroke=colour, width=2.4, dash=dash),
                        text(660, y, name, anchor="start", fill=colour if colour != palette.FOURTH else palette.INK)]
    return drawing(860, 356, str(chart), title=f"{state['noise']}, epoch {state['epoch']}: held-out digits "
                   f"{found['held out'].mean(axis=0)[at]:.1f} % right")


def labels_readout(state, found):
    """All three shares at the epoch, and where one would stop."""
    at = EPOCHS.index(state["epoch"])
    given, aside, truth = (found[key].mean(axis=0)[at] for key in ("given", "set aside", "held out"))
    values, epochs = noisy_labels.stopped(found)
    return (f"Labels: {state['noise']}. Epoch {state['epoch']}, mean of five seeds: {given:.1f} % of the given labels, "
            f"{aside:.1f} % of labels set aside, just as wrong, and {truth:.1f} % of the true labels of held-out "
            f"digits. Stopped where those set aside are told best (epoch {epochs.min()} to {epochs.max()}): "
            f"{values.mean():.1f} %.")


def labels_explorer():
    """When does a network learn the digits, when the mistakes?"""
    return Explorer(
        alt="Shares of given labels, of labels set aside and of true labels told rightly, over the epochs of a "
            "training with wrong labels. Choose how many labels are wrong, then move the epoch.",
        picture=labels_picture, readout=labels_readout, compute=labels_curves,
        controls={"noise": choice("Labels", list(LABELS), "a fifth at random",
                                  tooltip="How many labels were changed, and how"),
                  "epoch": slider("Epoch", 150, 1, 150, options=EPOCHS, tooltip="Passes over the fitted digits")})

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind


EXPLORERS = {
    # TODO memory
    # ---- memory
    "forgetting": forgetting_explorer,
    # ---- forgetting
    "feedback": feedback_explorer,
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
    "labels": labels_explorer,
    # ---- labels
    # TODO blind
    # ---- blind
}
