"""Explorers of lesson 15: TODO."""

from functools import cache, partial

import numpy as np

from course_lib.data import load_digits
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, image, rect, text
from course_lib.rules.functions import softmax
from course_lib.studies import attacks, explanations
from course_lib.training import predict
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

# TODO memory

# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# how a map is made, and its baseline
METHODS = {"gradient": (explanations.gradient, 0.0),
           "gradient × ink": (explanations.MAPS["gradient × input"], 0.0),
           "integrated from paper": (explanations.integrated_gradient, 0.0),
           "integrated from ink": (partial(explanations.integrated_gradient, baseline=1.0), 1.0),
           "one pixel away": (explanations.occlusion, 0.0)}
WEIGHTS = {"trained": 0, "last layer drawn anew": 1, "all drawn anew": None}
_SIDE = 248                             # of a picture, in pixels of the drawing


@cache
def _asked(weights):
    """The network that is asked: trained, or with its last or all layers drawn anew."""
    return explanations.redrawn(explanations.shown_network(), np.random.default_rng(16), WEIGHTS[weights])


@cache
def _one_of_each():
    """The first test digit of each class that the trained network names rightly, (10, 64)."""
    digits = load_digits()
    right = predict(explanations.shown_network(), digits.x_test).argmax(axis=1) == digits.t_test
    return np.array([digits.x_test[right & (digits.t_test == k)][0] for k in range(10)])


def explained(state):
    """x, the map, the picture without its first five pixels, the network, the trained network's answer k, and the same
    map of the trained network."""
    net, trained = _asked(state["weights"]), explanations.shown_network()
    method, baseline = METHODS[state["method"]]
    x = _one_of_each()[[state["digit"]]]
    k = predict(trained, x).argmax(axis=1)
    found = method(net, x, k)
    return x[0], found[0], explanations.deleted(x, found, baseline)[5, 0], net, int(k[0]), method(trained, x, k)[0]


def explaining_picture(state, found):
    """The digit, the map (purple for the answer, orange against it), and the digit without its five first pixels."""
    x, values, without, net, k, _ = found
    top = np.max(np.abs(values)) or 1.0
    parts = []
    for i, (title, picture, colour) in enumerate((
            ("the digit", x, palette.grey), (f"which pixels speak for the {k}?", values / top, palette.signed),
            (f"its first five pixels made {_nothing(state)}", without, palette.grey))):
        left = 12 + i * (_SIDE + 36)
        parts += [text(left, 22, title, anchor="start", size=13, bold=True),
                  image(left, 34, _SIDE, _SIDE, picture.reshape(8, 8), colour=colour, title=title)]
    left = 12 + _SIDE + 36
    for j in range(41):
        parts.append(rect(left + 40 + 4 * j, 292, 4.3, 12, fill=palette.signed(j / 20 - 1)))
    parts += [text(left + 34, 302, f"−{top:.2g}", anchor="end", size=11),
              text(left + 210, 302, f"{top:.2g}", anchor="start", size=11)]
    return drawing(3 * _SIDE + 96, 312, *parts,
                   title=f"digit {state['digit']}, {state['method']}, weights: {state['weights']}")


def _nothing(state):
    return "ink" if METHODS[state["method"]][1] else "paper"


def explaining_readout(state, found):
    """Sum of the map beside the difference of the scores, answers with and without five pixels, likeness to the map
    of the trained network."""
    x, values, without, net, k, trained = found
    baseline = np.full_like(x, METHODS[state["method"]][1])
    scores = predict(net, np.stack([x, baseline, without]))
    line = (f"{state['method'].capitalize()}: its pixels add up to {values.sum():.2f}; the score of {k} is "
            f"{scores[0, k]:.2f}, that of {_nothing(state)} alone {scores[1, k]:.2f}, a difference of "
            f"{scores[0, k] - scores[1, k]:.2f}. ")
    if state["weights"] == "trained":
        return (f"{line}The network answers {scores[0].argmax()}, and without the five pixels {scores[2].argmax()} "
                f"(score of {k}: {scores[2, k]:.2f}).")
    signed = explanations.rank_correlation(values, trained)
    size = explanations.rank_correlation(np.abs(values), np.abs(trained))
    return (f"{line}Rank correlation with the map of the trained network: {size:.2f} without signs, {signed:.2f} with "
            "them.")


def explaining_explorer():
    """Which pixels speak for an answer, by which method, and does the map notice that the weights are random?"""
    return Explorer(
        alt="A handwritten digit; a map that colours each pixel purple where it speaks for the answer and orange where "
            "it speaks against it; the digit without the map's first five pixels. Choose digit, method and weights.",
        picture=explaining_picture, readout=explaining_readout, compute=explained,
        controls={"digit": choice("Digit", list(range(10)), 3, tooltip="A test digit that was recognised"),
                  "method": choice("Method", list(METHODS), "integrated from paper",
                                   tooltip="How the pixels are weighed, and what counts as nothing"),
                  "weights": choice("Weights", list(WEIGHTS), "trained", tooltip="Whose answer is explained")})

# ---- attacks ---------------------------------------------------------------------------------------------------------

TARGETS = ("any other", *range(10))
NETWORKS = {"plain": "plain", "one step of 0.1": "trained on attacked digits"}


@cache
def _attacked_digits():
    """The first test digit of each class that both networks name rightly, (10, 64)."""
    digits = load_digits()
    right = np.all([predict(net, digits.x_test).argmax(axis=1) == digits.t_test
                    for net in attacks.shown_networks().values()], axis=0)
    return np.array([digits.x_test[right & (digits.t_test == k)][0] for k in range(10)])


def deceived(state):
    """The digit; for each network the digit after twenty projected steps, and the probabilities of both, (2, 10)."""
    x, t = _attacked_digits()[[state["digit"]]], np.array([state["digit"]])
    towards = None if state["target"] in ("any other", state["digit"]) else np.array([state["target"]])
    found = []
    for net in attacks.shown_networks().values():
        z = attacks.projected_steps(net, x, t, state["eps"] / 16, towards=towards)
        found.append((z[0], softmax(predict(net, np.concatenate([x, z])))[0]))
    return x[0], found


def deceiving_picture(state, found):
    """A row for each network: the digit, its change, both together, and the ten probabilities before and after."""
    x, rows = found
    parts, side = [], 168
    for row, (name, (z, p)) in enumerate(zip(NETWORKS.values(), rows)):
        top, low = max(float(np.abs(z - x).max()), 1e-9), 236 * row
        titles = (f"{name}: the digit" if row == 0 else name, f"change, at most {state['eps']:.1f} of 16",
                  f"both: it answers {p[1].argmax()}")
        for i, (title, picture, colour) in enumerate(zip(titles, (x, (z - x) / top, z),
                                                         (palette.grey, palette.signed, palette.grey))):
            left = 12 + i * (side + 34)
            parts += [text(left, low + 22, title, anchor="start", size=13, bold=True),
                      image(left, low + 34, side, side, picture.reshape(8, 8), colour=colour, title=title)]
        chart = Chart((-0.6, 9.6), (0, 1), width=300, height=232, left=3 * (side + 34), top=low, x_label="answer",
                      y_label="probability", title="before (grey), after (blue)", ticks=False)
        for shift, values, colour, when in ((-0.2, p[0], palette.FAINT, "before"),
                                            (0.2, p[1], palette.FORWARD, "after")):
            chart.bars(np.arange(10) + shift, values, width=0.36, colour=colour,
                       titles=[f"{k} {when}: {q:.3f}" for k, q in enumerate(values)])
        parts += [str(chart), *(text(chart.x(k), chart.y(0) + 16, k, size=11) for k in range(10)),
                  *(text(chart.x(-0.6) - 6, chart.y(q) + 4, f"{q:g}", size=11, anchor="end") for q in (0, 0.5, 1))]
    return drawing(3 * (side + 34) + 306, 472, *parts,
                   title=f"digit {state['digit']} changed by at most {state['eps']:.1f} of 16 greys a pixel: the plain "
                   f"network answers {rows[0][1][1].argmax()}, the other {rows[1][1][1].argmax()}")


def deceiving_readout(state, found):
    """The answers of both networks before and after, with their probabilities."""
    x, rows = found
    told = []
    for name, (z, p) in zip(NETWORKS.values(), rows):
        (before, after), right = p.argmax(axis=1), state["digit"]
        told.append(f"{name.capitalize()}: {before} (probability {p[0, before]:.3f}), after the change {after} "
                    f"({p[1, after]:.3f}); the {right} has {p[1, right]:.3f} left.")
    return f"eps = {state['eps'] / 16:.3f}, {state['eps']:.1f} of 16 greys. " + " ".join(told)


def deceiving_explorer():
    """By how much must each pixel change, until a network reads another digit?"""
    return Explorer(
        alt="A handwritten digit, a small change of its pixels, and both together, beside the ten probabilities before "
            "and after, for two networks. Move the size of the change; choose the answer that is wanted.",
        picture=deceiving_picture, readout=deceiving_readout, compute=deceived,
        controls={"digit": choice("Digit", list(range(10)), 4, tooltip="A test digit that was recognised"),
                  "eps": slider("Change (of 16 greys)", 1.6, 0.0, 6.4, 0.2,
                                tooltip="The most by which a pixel may change"),
                  "target": choice("Wanted answer", TARGETS, "any other",
                                   tooltip="Away from the digit, or towards one")})


# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind


EXPLORERS = {
    # TODO memory
    # ---- memory
    # TODO forgetting
    # ---- forgetting
    # TODO feedback
    # ---- feedback
    "explaining": explaining_explorer,
    # ---- explaining
    "deceiving": deceiving_explorer,
    # ---- attacks
    # TODO labels
    # ---- labels
    # TODO blind
    # ---- blind
}
