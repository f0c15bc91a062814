"""Explorers of lesson 04: gradients flowing back through a network, and a gradient check with a sliding step."""

from functools import cache

import numpy as np

from course_lib.data import load_digits
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import minus
from course_lib.page.drawing.svg import Chart, drawing, image, line, rect, text
from course_lib.rules.functions import sigmoid, softmax
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies.digit_networks import all_passes, network_after
from course_lib.widgets.base import Explorer, choice, play, slider, toggle

STAGES = (0, 2, 8, 30)                  # epochs of training that are prepared
RULES = ("affine 1", "sigmoid 1", "affine 2", "sigmoid 2", "affine 3", "sigmoid 3", "affine 4", "loss")
CALLS = len(RULES)                      # so many calls forward, and as many back
LAST = 2 * CALLS


# ---- gradients flowing back ----------------------------------------------------------------------------------

def examples(digit, size):
    """``size`` training images and labels; the first is an image of ``digit``, the others follow it in the file."""
    digits = load_digits()
    first = np.flatnonzero(digits.t_train == digit)[10 * digit]         # other neighbours for each digit
    rows = (first + np.arange(size)) % len(digits.t_train)
    return digits.x_train[rows], digits.t_train[rows]


def passes(state):
    """All sixteen calls: ``all_passes`` of the network that the state asks for."""
    return all_passes(network_after(STAGES)[state["epochs"]], *examples(state["digit"], state["size"]))


NAMES = ("x", "z1", "h1", "z2", "h2", "z3", "h3", "z4", "L")
LEFT, STEP, SIDE, TOP, MIDDLE, LOW = 30, 98, 72, 58, 196, 334       # of the drawing, in pixels


def flow_picture(state, found):
    """Values in the upper row, their gradients in the middle, the gradients of the weights below."""
    now, (values, grads, params, loss) = state["step"], found
    parts = [text(8, 20, "values, on the way forward", anchor="start", bold=True, fill=palette.FORWARD),
             text(8, MIDDLE - 18, "their gradients, on the way back", anchor="start", bold=True, fill=palette.GRADIENT),
             text(8, LOW - 12, "gradients of the weights", anchor="start", bold=True, fill=palette.GRADIENT)]
    for column, name in enumerate(NAMES):
        x = LEFT + column * STEP
        known = column <= now
        parts.append(text(x + SIDE / 2, TOP - 8, name, bold=True))
        if column:
            parts += [_arrow(x - STEP + SIDE, x, TOP + SIDE / 2, palette.FORWARD, now, column),
                      _arrow(x, x - STEP + SIDE, MIDDLE + SIDE / 2, palette.GRADIENT, now, LAST + 1 - column)]
        if column == CALLS:
            parts += [_number(x, TOP, f"{loss:.4f}" if known else "", "a number", known),
                      _number(x, MIDDLE, "1" if now >= CALLS else "", "dL", now >= CALLS)]
            continue
        parts.append(_heat(x, TOP, values[column] if known else None, values[column].shape, name, False))
        back = LAST - column                            # the step that brings this gradient
        parts.append(_heat(x, MIDDLE, grads[column] if now >= back else None, grads[column].shape, "d" + name, True))
        if column - 1 in params:                        # below the output of an affine map: the gradient of its W
            dW, number = params[column - 1][0], (column + 1) // 2
            parts.append(_heat(x, LOW, dW if now > back else None, dW.shape, f"dW{number}", True))
    parts += [_image(values[0][0], state["digit"]), *_frame(now)]
    return drawing(LEFT + 9 * STEP, LOW + SIDE + 40, *parts,
                   title=f"step {now} of {LAST}: {sentence(now)}")


def _heat(x, y, array, shape, name, signed):
    """An array in a square, its shape below it and, for a gradient, its largest entry; an empty square if unknown."""
    caption = ("" if not signed else f"{name} ") + "×".join(map(str, shape))
    if array is None:
        return rect(x, y, SIDE, SIDE, stroke=palette.FAINT,
                    dash="3 3") + text(x + SIDE / 2, y + SIDE + 14, caption, size=11)
    low, high = float(array.min()), float(array.max())
    top = max(-low, high) or 1.0
    if signed:
        scaled, colour, note = (array / top + 1) / 2, palette.signed, f"largest {top:.1e}"
    else:
        scaled, colour = (array - low) / ((high - low) or 1.0), palette.sequential
        note = f"{_short(low)} to {_short(high)}"
    shades = _shades(colour)
    picture = image(x, y, SIDE, SIDE, (scaled * (len(shades) - 1)).round(), colour=lambda v: shades[int(v)],
                    title=f"{name}, shape {shape}, {note}", frame=palette.INK)
    return (picture + text(x + SIDE / 2, y + SIDE + 14, caption, size=11)
            + text(x + SIDE / 2, y + SIDE + 27, minus(note), size=10, fill=palette.DATA))


@cache
def _shades(colour, levels=201):
    """A colour map as a list: looking a colour up is far faster than mixing it."""
    low = -1 if colour is palette.signed else 0
    return [colour(v) for v in np.linspace(low, 1, levels)]


def _short(value):
    return f"{value:.1f}" if value else "0"


def _number(x, y, content, caption, known):
    return (rect(x, y, SIDE, SIDE, stroke=palette.INK if known else palette.FAINT, dash=None if known else "3 3")
            + text(x + SIDE / 2, y + SIDE / 2 + 5, content, size=15, bold=True)
            + text(x + SIDE / 2, y + SIDE + 14, caption, size=11))


def _arrow(x1, x2, y, colour, now, at):
    inset = 4 if x2 > x1 else -4
    return line(x1 + inset, y, x2 - inset, y, stroke=colour if now >= at else palette.FAINT,
                width=3.0 if now == at else 1.4, arrow=True)


def _image(x, digit):
    """The chosen digit, small, above the rows of pixels."""
    return (text(LEFT + 4 * STEP - 8, 20, "first example:", anchor="end")
            + image(LEFT + 4 * STEP, 3, 32, 32, x.reshape(8, 8), title=f"the first example, a {digit}"))


def _frame(now):
    """A bold frame round what the present step has made."""
    if now == 0 or now == CALLS:
        places = [(now, TOP)]
    elif now < CALLS:
        places = [(now, TOP)]
    else:
        column = LAST - now
        places = [(column, MIDDLE)] + ([(column + 1, LOW)] if now > CALLS and column % 2 == 0 else [])
    colour = palette.FORWARD if now <= CALLS else palette.GRADIENT
    return [rect(LEFT + c * STEP - 3, y - 3, SIDE + 6, SIDE + 6, stroke=colour, stroke_width=3) for c, y in places]


def sentence(now):
    """What the present step does, in words."""
    if now == 0:
        return "the batch x"
    if now <= CALLS:
        rule = RULES[now - 1]
        i = rule[-1]
        return {"affine": f"forward, {NAMES[now]} = {NAMES[now - 1]} W{i} + b{i}",
                "sigmoid": f"forward, h{i} = sigmoid(z{i})",
                "loss": "forward, the loss L of z4 and the labels"}[rule.split()[0]]
    rule, made = RULES[LAST - now], "d" + NAMES[LAST - now]
    i = rule[-1]
    return {"affine": f"backward of {rule}, {made} = dz{i} W{i}ᵀ, dW{i} = {NAMES[LAST - now]}ᵀ dz{i}, db{i} = sum of "
                      f"dz{i} over rows",
            "sigmoid": f"backward of {rule}, {made} = dh{i} h{i} (1 − h{i})",
            "loss": "backward of the loss, dz4 = (softmax(z4) − onehot(t)) / N"}[rule.split()[0]]


def flow_readout(state, found):
    """The present step, the shapes and sizes of what it made, the loss."""
    now, (values, grads, params, loss) = state["step"], found
    made = ""
    if now < CALLS:
        made = (f" {NAMES[now]} has shape {values[now].shape}, values {values[now].min():.3f} to "
                f"{values[now].max():.3f}.")
    elif now > CALLS:
        column = LAST - now
        made = f" d{NAMES[column]} has shape {grads[column].shape}, largest entry {np.abs(grads[column]).max():.2e}."
        if column in params:
            dW, db = params[column]
            made += (f" dW{column // 2 + 1} has shape {dW.shape}, largest entry {np.abs(dW).max():.2e}; "
                     f"db{column // 2 + 1} {db.shape}.")
    p = softmax(values[-1][:1])[0][0, state["digit"]]
    batch = f"{state['size']} examples" if state["size"] > 1 else "1 example"
    return (f"Step {now} of {LAST}: {sentence(now)}.{made} Batch of {batch}, trained for {state['epochs']} epochs: "
            f"loss {loss:.4f} nats, probability of the first example's digit {state['digit']}: {p:.4f}.")


def more_training(state):
    """The next prepared stage of training."""
    return {"epochs": next((e for e in STAGES if e > state["epochs"]), STAGES[-1])}


def flow_explorer():
    """Sixteen calls, stepped forward and then backward."""
    return Explorer(
        alt="A network as a row of heat maps, one for each array: values above, their gradients below, gradients of "
            "the weights "
            "at the bottom, with shapes. Move the step to walk forward, then backward.",
        picture=flow_picture, readout=flow_readout, compute=passes,
        controls={"step": play(slider("Step", 12, 0, LAST, tooltip="0 to 8 forward, 9 to 16 backward"), interval=900),
                  "digit": slider("Digit of the first example", 3, 0, 9,
                                  tooltip="The label of the first image of the batch"),
                  "size": slider("Examples in the batch", 8, 1, 16, tooltip="The number of rows of every value")},
        memory={"epochs": 0}, actions={"Train for some more epochs": more_training})


# ---- a gradient check with a sliding step --------------------------------------------------------------------

def _cube(x):
    return x * x * x


def _logistic(z):
    return 1 / (1 + np.exp(-z))


@cache
def _small_net():
    rng = np.random.default_rng(4)
    return rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 3)), rng.integers(3, size=5)


def _loss_of_weight(w):
    """The loss of a small network as a function of one of its weights, which may be complex."""
    x, W1, W2, t = _small_net()
    W1 = W1.astype(type(w))
    W1[0, 0] = w
    h, _ = sigmoid(x @ W1)
    return softmax_cross_entropy(h @ W2, t)[0]


CASES = {"cube": ("x³ at x = 1.3", _cube, 1.3), "logistic": ("sigmoid at z = 2", _logistic, 2.0),
         "weight": ("the loss of a network, one weight", _loss_of_weight, 0.7)}
EXPONENTS = np.arange(-60, -3) / 4      # of ten: the curves' step sizes, 1e-15 to 1e-1
FLOOR = 1e-15                           # errors below this are rounding only, and drawn here
UNIT = 2.0 ** -53                       # half the distance from 1 to the next number


@cache
def facts(case):
    """f, x, f(x), f′(x) and f‴(x). f′ by a complex step, f‴ as the second difference of f′."""
    _, f, x = CASES[case]

    def slope(at):
        return complex(f(complex(at, 1e-30))).imag / 1e-30
    exact = 3 * x * x if case == "cube" else slope(x)
    third = 6.0 if case == "cube" else (slope(x + 1e-3) - 2 * slope(x) + slope(x - 1e-3)) / 1e-6
    return f, x, float(f(x)), exact, third


def check_errors(case, h):
    """Relative errors of the one-sided difference, the central difference and the complex step."""
    f, x, value, exact, _ = facts(case)
    estimates = ((f(x + h) - value) / h, (f(x + h) - f(x - h)) / (2 * h), complex(f(complex(x, h))).imag / h)
    return tuple(float(abs(e - exact) / abs(exact)) for e in estimates)


def best_step(case):
    """The bottom of the central V after equation (4.20)."""
    _, _, value, _, third = facts(case)
    return (3 * UNIT * abs(value) / abs(third)) ** (1 / 3)


@cache
def _curves(case):
    hs = 10.0 ** EXPONENTS
    return hs, np.maximum(np.array([check_errors(case, float(h)) for h in hs]), FLOOR)


METHODS = (("one-sided", palette.FOURTH, "6 4", False), ("central", palette.FORWARD, None, False),
           ("complex step", palette.PARAMETER, "2 3", True))


def check_picture(state, found):
    """Error against step size for three methods, with the present step marked."""
    case, h = state["case"], state["h"]
    _, _, value, exact, third = facts(case)
    hs, errors = _curves(case)
    chart = Chart((1e-15, 0.1), (FLOOR / 10, 10.0), width=720, height=380, log_x=True, log_y=True,
                  x_label="step size h",
                  y_label="relative error", title="How wrong is the derivative?")
    if state["estimates"]:
        chart.line(hs, hs ** 2 / 6 * abs(third / exact), colour=palette.DATA, width=1.0,
                   title="truncation, h² |f‴| / 6")
        chart.line(hs, UNIT * abs(value / exact) / hs, colour=palette.DATA, width=1.0, title="rounding, u |f| / h")
        chart.note(0.08, 1e-9, "truncation", colour=palette.DATA, size=11, anchor="end")
        chart.note(2e-15, 1e-5, "rounding", colour=palette.DATA, size=11)
        chart.rule(x=best_step(case), colour=palette.DATA, dash="2 4", label="(4.20)")
    now = [max(e, FLOOR) for e in found]
    chart.rule(x=h, colour=palette.INK, dash="5 4")
    for i, (name, colour, dash, hollow) in enumerate(METHODS):
        chart.line(hs, errors[:, i], colour=colour, dash=dash, title=name, width=2.2)
        chart.points([h], [now[i]], colour=colour, radius=5.5, hollow=hollow, titles=[f"{name}: {_bounded(now[i])}"])
        x = 310 + 135 * i
        chart.parts += [line(x, 13, x + 26, 13, stroke=colour, width=2.2, dash=dash),
                        text(x + 31, 17, name, anchor="start", fill=colour, bold=True)]
    return drawing(720, 380, str(chart), title=f"gradient check of {CASES[case][0]} with step {h:.1e}")


def _bounded(error):
    return "below 1e-15" if error < 1e-15 else f"{error:.1e}"


def check_readout(state, found):
    """Step, three errors, and which of the two errors of the central difference is larger."""
    case, h = state["case"], state["h"]
    _, _, value, exact, third = facts(case)
    errors = dict(zip((m[0] for m in METHODS), map(_bounded, found)))
    truncation, rounding = h * h / 6 * abs(third / exact), UNIT * abs(value / exact) / h
    branch = ("truncation is the larger: make h smaller" if truncation > rounding
              else "rounding is the larger: make h larger")
    shown = (f" Estimates for central: truncation {truncation:.1e}, rounding {rounding:.1e}; {branch}."
             if state["estimates"] else "")
    return (f"h = {h:.1e}. Relative errors: " + ", ".join(f"{name} {error}" for name, error in errors.items()) + "."
            + shown + f" Equation (4.20) puts the bottom at h = {best_step(case):.1e}.")


def check_explorer():
    """Truncation meets rounding: the step of a gradient check slides from 1e-1 to 1e-15."""
    return Explorer(
        alt="Relative error of a numerical derivative against the step size, on logarithmic axes: the one-sided and "
            "the central "
            "difference make a V, the complex step falls and stays low. Move the step size.",
        picture=check_picture, readout=check_readout, compute=lambda state: check_errors(state["case"], state["h"]),
        controls={"h": slider("Step size h", 1e-2, -15, -1, 0.25, log=True, tooltip="from 1e-15 to 1e-1"),
                  "case": choice("Derivative of", [(title, key) for key, (title, _, _) in CASES.items()], "cube",
                                 tooltip="The function and the place"),
                  "estimates": toggle("Show the two terms of equation (4.20)", True,
                                      tooltip="Truncation h² |f‴| / 6 and rounding u |f| / h")})


EXPLORERS = {"flow": flow_explorer, "check": check_explorer}
