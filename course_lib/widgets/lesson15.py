"""Explorers of lesson 15: states kept in time, what is forgotten, angles, maps of pixels, deceived digits, noisy
labels, chaos."""

from functools import cache, partial

import numpy as np

from course_lib.data import load_digits
from course_lib.data.origins import read_table
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, heat_image, image, line, rect, text
from course_lib.rules.functions import softmax
from course_lib.studies import attacks, blind_spots, explanations, feedback, forgetting, memory, noisy_labels
from course_lib.training import predict
from course_lib.widgets.base import Explorer, choice, slider

# ---- memory ----------------------------------------------------------------------------------------------------------

SLOTS = range(2, 11)
TOLD = {"revolve": "Revolve", "every": "every k-th"}


def _plan(kind, n, slots):
    """A plan that holds at most so many states: segments as equal as can be, or Revolve."""
    return memory.revolve(n, slots) if kind == "revolve" else memory.keep_every(n, _segment(n, slots))


def _segment(n, slots):
    """The steps between two states that are held: the last segment needs none."""
    return -(-n // (slots + 1))


@cache
def _costs(kind, n):
    """What the plan costs for each number of slots."""
    return [memory.cost(_plan(kind, n, slots)) for slots in SLOTS]


def held_when(state):
    """The plan with its clock: ``(moves, bars, end, cost)``. A move is (what, step, from, to), a bar (kind, state,
    from, to): a run of one step takes a time of 1, a backward of 2."""
    plan, clock, since, moves, bars = _plan(state["plan"], state["n"], state["slots"]), 0, {}, [], []
    for what, i in plan:
        if what in ("run", "record", "back"):
            later = clock + (2 if what == "back" else 1)
            moves.append((what, i, clock, later))
            clock = later
        if what in ("keep", "record"):
            since[what, i] = clock - (what == "record")
        elif what in ("drop", "back"):
            kind = "keep" if what == "drop" else "record"
            bars.append((kind, i, since.pop((kind, i)), clock))
    return moves, bars, clock, memory.cost(plan)


def held_picture(state, found):
    """Steps against time: the way of the present state, what is held, and the backward; beside it time against
    memory for both plans."""
    (moves, bars, end, now), n = found, state["n"]
    chart = Chart((0, end), (-0.5, n + 0.5), width=590, height=390, x_label="time (1 for a run, 2 for a backward)",
                  y_label="step", title="Which state is held when?")
    thick = min(5.0, 0.55 * chart.box[3] / (n + 1))
    for kind, i, start, stop in bars:
        x, width, y = chart.x(start), chart.x(stop) - chart.x(start), chart.y(i)
        if kind == "keep":
            chart.parts.append(rect(x, y - thick / 2, width, thick, fill=palette.FORWARD, title=f"state {i} is held"))
        else:
            chart.parts.append(line(x, y, x + width, y, stroke=palette.FORWARD, width=thick / 3,
                                    title=f"step {i} is remembered"))
    for goes, colour, dash in (("forward", palette.DATA, None), ("back", palette.GRADIENT, "4 2")):
        xs, ys, last = [], [], None
        for what, i, start, stop in moves:
            if (what == "back") == (goes == "back"):
                a, b = (i + 1, i) if what == "back" else (i, i + 1)
                if last != (start, a):                      # the pencil is lifted
                    xs, ys = [*xs, float("nan"), start], [*ys, float("nan"), a]
                xs, ys, last = [*xs, stop], [*ys, b], (stop, b)
        chart.line(xs, ys, colour=colour, width=1.6, dash=dash, title=f"the way {goes}")
    for i, (name, colour, width, dash) in enumerate((
            ("state held", palette.FORWARD, 5, None), ("remembered", palette.FORWARD, 1.6, None),
            ("run", palette.DATA, 1.6, None), ("backward", palette.GRADIENT, 1.6, "4 2"))):
        y = 46 + 17 * i
        chart.parts += [line(462, y - 4, 486, y - 4, stroke=colour, width=width, dash=dash),
                        text(492, y, name, anchor="start", fill=colour)]
    both = {kind: _costs(kind, n) for kind in TOLD}
    top = max(c["times"] for costs in both.values() for c in costs)
    side = Chart((0, n + 1), (1, top + 0.1), width=330, height=390, left=590, x_label="most states alive",
                 y_label="time / time of keeping all", title="Time against memory")
    for kind, colour, hollow in (("revolve", palette.PARAMETER, False), ("every", palette.FOURTH, True)):
        side.points([c["alive"] for c in both[kind]], [c["times"] for c in both[kind]], colour=colour, hollow=hollow,
                    titles=[f"{TOLD[kind]}, {slots} held: {c['alive']} alive, {c['times']:.2f} times"
                            for slots, c in zip(SLOTS, both[kind])])
        side.note(0.97 * (n + 1), 1 + (0.97 - 0.07 * hollow) * (top - 0.9), f"{'○' if hollow else '●'} {TOLD[kind]}",
                  colour=colour, anchor="end")
    side.points([n], [1.0], colour=palette.DATA, titles=["all kept"])
    side.note(n, 1 + 0.04 * top, "all", colour=palette.DATA, anchor="end")
    side.points([now["alive"]], [now["times"]], colour=palette.GRADIENT, hollow=True, radius=8, titles=["this plan"])
    return drawing(922, 392, str(chart), str(side),
                   title=f"{TOLD[state['plan']]}: {n} steps with at most {now['held']} states held")


def held_readout(state, found):
    """Memory, runs and time of the plan, and how far so many states reach."""
    (*_, now), n, slots = found, state["n"], state["slots"]
    if state["plan"] == "revolve":
        r = memory.repetitions(n, slots)
        how = (f"Revolve with {slots} slots: no step is run more than {r} time{'s' * (r != 1)} before "
               f"it is remembered, which reaches {memory.reach(slots, r)} steps.")
    else:
        how = f"Length of a segment {_segment(n, slots)}, states held {now['held']}."
    return (f"{how} Of {n} steps at most {now['alive']} states are alive instead of {n}; {now['runs']} runs of single "
            f"steps instead of {n}; {now['times']:.2f} times the time.")


def memory_explorer():
    """How much time buys how much memory?"""
    return Explorer(
        alt="Steps against time: the way forward, its repetitions, the states that are held meanwhile as bars, and the "
            "backward; beside it time against memory. Move the number of states that may be held.",
        picture=held_picture, readout=held_readout, compute=held_when,
        controls={"plan": choice("Plan", [(text_, kind) for kind, text_ in TOLD.items()], "revolve",
                                 tooltip="How the states that are held are chosen"),
                  "n": slider("Steps", 20, 2, 40, tooltip="The length of the chain"),
                  "slots": slider("States held", 3, 2, 10, tooltip="How many may be held at once")})


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
    own = "The wanted answer is the digit itself: away from it instead. " if state["target"] == state["digit"] else ""
    return f"{own}eps = {state['eps'] / 16:.3f}, {state['eps']:.1f} of 16 greys. " + " ".join(told)


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

def chaos_runs(state):
    """What ``blind_spots.shown_runs`` holds of the chosen start, up to T: times, z of both runs, distance, gradient."""
    times, z, gap, slope = blind_spots.shown_runs()[state["kind"]]
    upto, start = round(state["T"] / blind_spots.DT), state["start"] - 1
    return times[:upto], z[:upto, :, start], gap[:upto, start], slope[:upto, start]


def chaos_picture(state, found):
    """z of two runs against time; their distance and the gradient's size on a log axis."""
    times, z, gap, slope = found
    thin = slice(4, None, 5)                            # every 0.05 units
    left = Chart((0, 20), (0, 50), width=440, height=330, x_label="time (units)", y_label="z",
                 title="Two starts, one millionth apart")
    left.line(times[thin], z[thin, 0], colour=palette.FORWARD, title="first run")
    left.line(times[thin], z[thin, 1], colour=palette.DATA, dash="5 4", title="the run that was nudged")
    right = Chart((0, 20), (1e-8, 1e8), width=440, height=330, left=444, x_label="length T (units)", y_label="size",
                  log_y=True, title="Their distance, and |gradient of the mean of z|")
    right.rule(y=1.0, colour=palette.INK, dash="2 4", label="slope of long means")
    right.line(times[thin], gap[thin], colour=palette.DATA, dash="5 4", title="distance of the two runs")
    right.line(times[thin], np.abs(slope[thin]), colour=palette.GRADIENT, width=2.2, title="size of the gradient")
    parts = []
    for x, y, name, colour, dash in ((72, 46, "one run", palette.FORWARD, None),
                                     (72, 63, "nudged", palette.DATA, "5 4"),
                                     (516, 46, "gradient by ρ", palette.GRADIENT, None),
                                     (516, 63, "distance", palette.DATA, "5 4")):
        parts += [line(x, y - 4, x + 26, y - 4, stroke=colour, width=2.2, dash=dash),
                  text(x + 32, y, name, anchor="start", fill=colour, bold=True)]
    return drawing(890, 332, str(left), str(right), *parts,
                   title=f"Lorenz's model with ρ = {blind_spots.BOTH[state['kind']]:.0f}, followed for "
                         f"{state['T']:.1f} units of time")


def chaos_readout(state, found):
    """Distance, mean of z and its gradient at T."""
    _, z, gap, slope = found
    told = {"settles": "Here z comes to rest at ρ − 1, so the true slope is 1.",
            "chaotic": "The slope of long means, found by a line through several ρ, is near 1."}
    return (f"ρ = {blind_spots.BOTH[state['kind']]:.0f}, start {state['start']}, T = {state['T']:.1f}: the runs are "
            f"{gap[-1]:.2g} apart. The mean of z is {z[:, 0].mean():.2f}, its gradient by ρ {slope[-1]:.3g}. "
            + told[state["kind"]])


def chaos_explorer():
    """How does the gradient through a trajectory grow with its length?"""
    return Explorer(
        alt="Two runs of Lorenz's model from starts that are nearly equal; beside them, on a log axis, their distance "
            "and the size of the gradient of the mean of z by ρ. Move the length T, or choose the ρ that settles.",
        picture=chaos_picture, readout=chaos_readout, compute=chaos_runs,
        controls={"T": slider("Length T", 5.0, 0.5, 20.0, 0.5, tooltip="How long both runs are followed, in units"),
                  "kind": choice("Parameter ρ", [("14, settles", "settles"), ("28, chaotic", "chaotic")], "chaotic",
                                 tooltip="The parameter by which is differentiated"),
                  "start": slider("Start", 1, 1, blind_spots.STARTS, tooltip="Which state both runs begin near")})


EXPLORERS = {
    "memory": memory_explorer,
    "forgetting": forgetting_explorer,
    "feedback": feedback_explorer,
    "explaining": explaining_explorer,
    "deceiving": deceiving_explorer,
    "labels": labels_explorer,
    "chaos": chaos_explorer,
}
