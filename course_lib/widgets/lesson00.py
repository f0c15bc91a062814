"""Lesson 00: the map of the course, and an explorer that asks a trained network about digits it never saw."""

import numpy as np

from course_lib.data import load_digits
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Picture, drawing, image, line, rect, text
from course_lib.rules.functions import softmax
from course_lib.studies.digit_networks import tanh_network
from course_lib.training import predict
from course_lib.widgets.base import Explorer, slider

# ---- the map of the course -----------------------------------------------------------------------------------

PARTS = (                           # name, row and column of its first box, titles
    ("Part I. From one neuron to a network", 0, 0, (
        "Start here", "Learning as descent", "The forward pass", "The chain rule on a graph",
                                                    "Backpropagation in matrices",
        "Batch, mini-batch, stochastic", "Optimizers", "Why depth is hard", "Convolution")),
    ("Part II. Loops and time", 2, 0, ("Backpropagation through time", "Recurrent backpropagation to a fixed point")),
    ("Part III. Case studies", 2, 2, ("Recognising faces", "Understanding voice commands", "Beyond perception")),
    ("Part IV. Perspective", 3, 0, ("The same in PyTorch, TensorFlow and JAX", "Limits", "Myths, tested")),
)
BOX, GAP, COLUMNS = 138, 14, 5
TOPS = (32, 116, 232, 348)          # of the rows of boxes


def course_map():
    """All lessons in four parts, in the order in which to read them."""
    parts, number = [], 0
    for name, row, column, titles in PARTS:
        parts.append(text(12 + column * (BOX + GAP), TOPS[row] - 10, name, size=14, anchor="start", bold=True))
        for i, title in enumerate(titles):
            x, y = 12 + (column + i) % COLUMNS * (BOX + GAP), TOPS[row + (column + i) // COLUMNS]
            parts.append(_lesson(x, y, number, title))
            if (column + i) % COLUMNS and number:
                parts.append(line(x - GAP, y + 37, x, y + 37, stroke=palette.DATA, width=1.2, arrow=True))
            number += 1
    width, height = 12 + COLUMNS * (BOX + GAP), TOPS[-1] + 84
    alt = f"Map of the course: {number} lessons in four parts."
    return Picture(drawing(width, height, *parts, title="Map of the course", description=alt), alt)


def _lesson(x, y, number, title):
    return "".join([
        rect(x, y, BOX, 74, fill="#FFFFFF", stroke=palette.INK, stroke_width=2, rx=6, title=f"{number:02d} {title}"),
        text(x + BOX / 2, y + 18, f"{number:02d}", size=12, bold=True),
        *[text(x + BOX / 2, y + 35 + 15 * i, words, size=12) for i, words in enumerate(_wrapped(title, 20))]])


def _wrapped(title, width):
    """Lines of at most ``width`` characters, broken between words."""
    lines = [""]
    for word in title.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


# ---- ask a network -------------------------------------------------------------------------------------------

def verdict(probabilities, truth):
    """The answer in words."""
    answer = int(probabilities.argmax())
    share = f"{100 * probabilities[answer]:.0f} %"
    if answer == truth:
        return f"The network says {answer} ({share}). Right."
    return (f"The network says {answer} ({share}). Wrong: it is a {truth}, to which it gave "
            f"{100 * probabilities[truth]:.0f} %.")


def digit_explorer(net=None):
    """Any held-out digit, the ten probabilities that ``net`` gives it, and whether its answer is right."""
    digits = load_digits()
    x, t = digits.x_test, digits.t_test
    y, _ = softmax(predict(net or tanh_network(), x))
    wrong = np.flatnonzero(y.argmax(axis=1) != t)
    doubted = np.argsort(y.max(axis=1), kind="stable")[:10]         # the least certain answers, if none is wrong
    stops = np.sort(wrong if len(wrong) else doubted)

    def picture(state):
        return digit_picture(x[state["digit"]], y[state["digit"]], int(t[state["digit"]]))

    def readout(state):
        i = state["digit"]
        others = ", ".join(f"{k}: {100 * p:.0f} %" for k, p in enumerate(y[i]))
        return f"Held-out digit {i} of {len(x) - 1}. {verdict(y[i], int(t[i]))} Probabilities {others}."

    def next_mistake(state):
        later = stops[stops > state["digit"]]
        return {"digit": int(later[0] if len(later) else stops[0])}

    return Explorer(
        alt="Left: a handwritten digit the network was not trained on. Right: the ten probabilities it gives. "
            "Move the slider to another digit, or jump to the next mistake.",
        picture=picture, readout=readout,
        controls={"digit": slider("Held-out digit", 0, 0, len(x) - 1,
                                  tooltip="number of the image among those held out")},
        actions={"Next mistake" if len(wrong) else "Next doubtful answer": next_mistake})


def digit_picture(pixels, probabilities, truth):
    """The image, ten bars, and the verdict above them. The answer is marked in words, not by colour alone."""
    answer, parts = int(probabilities.argmax()), []
    parts.append(text(16, 24, verdict(probabilities, truth), size=14, anchor="start", bold=True))
    parts.append(image(16, 44, 224, 224, pixels.reshape(8, 8), title=f"a handwritten {truth}"))
    for k, p in enumerate(probabilities):
        y, chosen = 44 + 22.4 * k, k == answer
        parts.append(text(282, y + 16, str(k), size=14, bold=chosen))
        parts.append(rect(296, y + 3, 240, 16, fill="#F2F2F2"))
        parts.append(rect(296, y + 3, 240 * float(p), 16, fill=palette.FORWARD, title=f"{k}: {100 * p:.1f} %"))
        note = " · its answer" * chosen + " · the truth" * (k == truth)
        parts.append(text(544, y + 16, f"{100 * p:.0f} %{note}", size=12, anchor="start", bold=chosen))
    return drawing(760, 282, *parts, title=f"A handwritten {truth} and the network's ten probabilities")


EXPLORERS = {"digit": digit_explorer}
