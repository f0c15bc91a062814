"""Explorers of lesson 13, one for each study: a law and what learnt it, an observation window, the order of a sum, a
sentence word by word, the plane of a code, films near a film."""

from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.data import load_digits
from course_lib.data.ratings import load_ratings
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import minus
from course_lib.page.drawing.svg import Chart, drawing, heat_image, image, line, rect, text
from course_lib.studies import assimilation, autoencoder, recommendation, reentry
from course_lib.studies.autoencoder import inked
from course_lib.studies.rounding import ORDERS, summed
from course_lib.studies.sentiment import contributions, lexicon_reading, quick_models, without_each, words_in
from course_lib.training import predict
from course_lib.widgets.base import Explorer, choice, slider, text_field

# ---- reentry --------------------------------------------------------------------------------------------------------

C, L = 50.0, 400.0                      # limit (ppm) and roadway (m), which stay the same
AIR, GAS = np.linspace(4.0, 45.0, 165), np.linspace(0.005, 0.16, 156)
LINES = {"the law": (palette.FORWARD, None), "network 4-6-1": (palette.FOURTH, "7 4"),
         "network on logarithms": (palette.FIFTH, "9 3 2 3"), "formula, one constant": (palette.DATA, "2 3")}


def _times(noise, Q, b):
    """What the law and those who learnt say: ``{name: times}`` for all pairs of the broadcast Q and b."""
    Q, b = np.broadcast_arrays(Q, b)
    x = np.stack([Q, np.full(Q.shape, C), b, np.full(Q.shape, L)], axis=-1).reshape(-1, 4)
    return {"the law": reentry.law(x)} | {name: answer(x) for name, answer in reentry.learnt(noise).items()}


def reentry_found(state):
    """The times along Q, along b, and at the chosen point."""
    noise, Q, b = state["noise"], state["Q"], state["b"]
    return _times(noise, AIR, b), _times(noise, Q, GAS), {k: float(v[0]) for k, v in _times(noise, [Q], [b]).items()}


def _sampled(chart, low, high):
    """Shade the sampled range."""
    x, y, _, height = chart.box
    chart.parts.insert(0, rect(chart.x(low), y, chart.x(high) - chart.x(low), height, fill="#EEEEEE",
                               title=f"sampled: {low:g} to {high:g}"))


def reentry_picture(state, found):
    """Time against ventilation and against gas, as the law, two networks and the formula say; the sampled ranges."""
    along_air, along_gas, here = found
    top = 3000.0
    left = Chart((4, 45), (0, top), width=450, height=340, x_label="fresh air Q (m³/s)",
                 y_label="re-entry time (s)", title=f"b = {state['b']:.3f} m³/kg")
    right = Chart((0, 0.16), (0, top), width=450, height=340, left=450, x_label="gas per kg of explosive b (m³)",
                  y_label="re-entry time (s)", title=f"Q = {state['Q']:.1f} m³/s")
    for chart, places, times, at, k in ((left, AIR, along_air, state["Q"], 0), (right, GAS, along_gas, state["b"], 2)):
        _sampled(chart, reentry.LOW[k], reentry.HIGH[k])
        for name, (colour, dash) in LINES.items():
            chart.line(places, times[name], colour=colour, dash=dash, width=2.2, title=name)
        chart.rule(x=at)
        if here["the law"] <= top:
            chart.points([at], [here["the law"]], colour=palette.FORWARD, radius=4.5, titles=["the law here"])
    for i, (name, (colour, dash)) in enumerate(LINES.items()):
        y = 52 + 17 * i
        left.parts += [line(240, y - 4, 272, y - 4, stroke=colour, width=2.2, dash=dash),
                       text(278, y, name, anchor="start")]
    return drawing(902, 342, str(left), str(right), title=f"re-entry time at Q = {state['Q']:.1f} m³/s and "
                   f"b = {state['b']:.3f} m³/kg: {here['the law']:.0f} s by the law")


def reentry_readout(state, found):
    """The times here, and how far along both inputs each network stays within 5 % of the law."""
    along_air, along_gas, here = found
    inside = [low <= value <= high for value, low, high in zip(
        (state["Q"], state["b"]), reentry.LOW[[0, 2]], reentry.HIGH[[0, 2]])]
    where = {2: "inside the sampled ranges", 1: "one input outside its sampled range",
             0: "both outside their sampled ranges"}[sum(inside)]
    exact = here["the law"]
    told = [f"{name} {time:.0f} s ({round(100 * (time / exact - 1)):+d} %)" for name, time in here.items()
            if name != "the law"]
    near = []
    for name in ("network 4-6-1", "network on logarithms"):
        air = reentry.within(AIR, along_air[name], along_air["the law"], reentry.LOW[0], reentry.HIGH[0])
        gas = reentry.within(GAS, along_gas[name], along_gas["the law"], reentry.LOW[2], reentry.HIGH[2])
        parts = [f"for {what} from {span[0]:.{d}f} to {span[1]:.{d}f}" if span else f"for no {what} around the middle"
                 for what, span, d in (("Q", air, 1), ("b", gas, 3))]
        near.append(f"{name} {' and '.join(parts)}")
    return (f"Simulated, limit 50 ppm, roadway 400 m; Q = {state['Q']:.1f} m³/s, b = {state['b']:.3f} m³/kg: {where}. "
            f"The law {exact:.0f} s; {'; '.join(told)}. Within 5 % of the law: {'; '.join(near)}.")


def reentry_explorer():
    """Where does a network leave the law from which it learnt?"""
    return Explorer(
        alt="Re-entry time against fresh air and against gas per kg of explosive: the simulated law, two networks and "
            "a formula; the sampled ranges are shaded. Move the fresh air below 8.",
        picture=reentry_picture, readout=reentry_readout, compute=reentry_found,
        controls={"Q": slider("Fresh air Q (m³/s)", 15.0, 4.0, 45.0, 0.5, tooltip="Ventilation; sampled from 8 to 30"),
                  "b": slider("Gas per kg of explosive b (m³)", 0.05, 0.005, 0.16, 0.005,
                              tooltip="What the explosive gives off; sampled from 0.02 to 0.08"),
                  "noise": choice("Learnt from", [("exact times", 0.0), ("times with 5 % noise", 0.05)], 0.0,
                                  tooltip="211 simulated points")})


# ---- assimilation ---------------------------------------------------------------------------------------------------

# How far back should one look to know the weather now?

_PLACES = {10: "Place 10, observed", 11: "Place 11, never observed"}


def assimilated(state):
    """The world, and what is known of it, from 3 units before now to 3 units after."""
    w = assimilation.example(state["noise"])
    return w, assimilation.estimate(state["noise"], state["length"], state["way"])


def _ring_strip(values, left, name, low=-8.0, high=13.0, colour=palette.sequential):
    chart = Chart((-3, 3), (0, 39), width=296, height=226, left=left, title=name, x_label="time from now (units)",
                  y_label="place j" if not left else "")
    chart.parts.append(heat_image(*chart.box, values.T[::-1], low=low, high=high, colour=colour, title=name))
    return chart


def assimilation_picture(state, found):
    """Three strips, place against time: truth, estimate, difference; below, two places, and the error."""
    w, known = found
    first, last = assimilation.NOW - assimilation.SHOWN, assimilation.NOW + assimilation.SHOWN
    truth, observed = w.truth[first:last + 1], w.observed[first:assimilation.NOW + 1]
    times = np.arange(-assimilation.SHOWN, assimilation.SHOWN + 1) / assimilation.UNIT
    charts = [_ring_strip(truth, 0, "Truth"), _ring_strip(known, 296, "Estimate and forecast"),
              _ring_strip(known - truth, 592, "Difference", low=-12, high=12, colour=palette.signed)]
    for column, (place, name) in enumerate(_PLACES.items()):
        chart = Chart((-3, 3), (-10, 16), width=296, height=226, left=296 * column, top=232, title=name,
                      x_label="time from now (units)", y_label="value" if not column else "")
        chart.points(times[:len(observed)], observed[:, place], colour=palette.DATA, radius=1.6)
        chart.line(times, truth[:, place], colour=palette.INK, width=1.6, title="truth")
        chart.line(times, known[:, place], dash="6 3", width=2.0, title="estimate, then forecast")
        charts.append(chart)
    charts[3].note(0.2, 14, "truth", size=11).note(1.2, 14, "estimate", colour=palette.FORWARD, size=11)
    chart = Chart((-3, 3), (0.05, 10), width=296, height=226, left=592, top=232, log_y=True,
                  title="Error of all 40 (rmse)", x_label="time from now (units)")
    chart.rule(y=w.noise).note(2.95, 0.65 * w.noise, "one observation", colour=palette.DATA, anchor="end", size=11)
    charts.append(chart.line(times, assimilation.rmse(known, truth), title="error", width=2.0))
    for chart in charts:
        chart.rule(x=0, colour=palette.INK, dash="1 3").rule(x=-state["length"], colour=palette.INK, dash="6 3")
    charts[-1].note(-state["length"] + 0.08, 7.2, "window", size=11)
    charts[-1].note(0.08, 0.06, "now", size=11)
    return drawing(888, 460, *map(str, charts), title=f"a window of {state['length']:g} units that ends now, "
                   f"observations with errors of {state['noise']:g}, minimised {_MINIMISED[state['way']]}")


_MINIMISED = {"at once": "at once", "growing": "by a growing window"}


def assimilation_readout(state, found):
    """The error now beside nudging's and that of one observation, and those of the forecast."""
    w, known = found
    now = assimilation.NOW
    errors = assimilation.rmse(known, w.truth[now - assimilation.SHOWN:])[assimilation.SHOWN::assimilation.UNIT]
    nudged = assimilation.rmse(assimilation.nudged_example(state["noise"])[now], w.truth[now])
    return (f"Window {state['length']:g} units, minimised {_MINIMISED[state['way']]}. Error now {errors[0]:.2f}; of "
            f"nudging alone {nudged:.2f}, of one observation {state['noise']:.2f}. The forecast is wrong by "
            f"{errors[1]:.2f} after 1 unit, {errors[2]:.2f} after 2, {errors[3]:.2f} after 3.")


def assimilation_explorer():
    """How far back should one look to know the weather now, and how good must the instruments be?"""
    return Explorer(
        alt="A simulated weather of forty variables, three units of time before and after now: truth, estimate and "
            "their difference as strips, an observed and an unobserved place, and the error against time. Lengthen "
            "the window, once at once and once growing.",
        picture=assimilation_picture, readout=assimilation_readout, compute=assimilated,
        controls={"length": slider("Window", 0.5, 0.25, 3.0,
                                   options=[(f"{v:g} units", v) for v in assimilation.WINDOWS],
                                   tooltip="How far back the observations are used, in units of time"),
                  "noise": slider("Noise", 1.0, 0.25, 2.0, options=[(f"{v:g}", v) for v in assimilation.NOISES],
                                  tooltip="The standard deviation of an observation's error"),
                  "way": choice("Minimise", [(words, way) for way, words in _MINIMISED.items()], "at once",
                                tooltip="The whole window at once, or a short one first that grows")})


# ---- rounding -------------------------------------------------------------------------------------------------------

BARS = 20                               # the additions, in so many groups


def added(state):
    """The sum that the state describes, with the share of every rounding error."""
    return summed(state["order"], state["terms"], BARS)


def _range(values):
    """Limits that hold all values and 0, with some room."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = 0.08 * (high - low or 1e-9)
    return low - room, high + room


def summing_picture(state, found):
    """What each twentieth of the additions contributes; beside it the error as it grows, observed and estimated."""
    n = len(found.additions)
    parts = np.array_split(found.additions, min(BARS, n))
    ends = np.cumsum([len(part) for part in parts])
    of_terms = found.squares + found.quotients
    heights = np.array([of_terms, *(part.sum() for part in parts)])
    steps = np.unique(np.concatenate([np.linspace(0, n, 101).astype(int), found.at]))
    estimated = of_terms + np.concatenate([[0.0], np.cumsum(found.additions)])[steps]
    power, other = (10.0 ** np.floor(np.log10(np.max(np.abs(values)) or 1.0))
                    for values in (heights, [*found.observed, *estimated]))
    bars = Chart((-2, len(parts) + 1), _range(heights / power), width=450, height=340,
                 x_label=f"the terms, then the {n:,} additions in {len(parts)} groups",
                 y_label=f"adjoint × local error, in {power:.0e}", title="Who is to blame?")
    names = ["the terms", *(f"additions {end - len(part) + 1} to {end}" for part, end in zip(parts, ends))]
    bars.bars([-1, *range(1, len(parts) + 1)], heights / power, width=0.8,
              colour=[palette.FOURTH] + [palette.GRADIENT] * len(parts),
              titles=[f"{name}: {height:.2e}" for name, height in zip(names, heights)])
    bars.rule(y=0.0, colour=palette.DATA, dash="2 3")
    growing = Chart((0, n), _range([*found.observed / other, *estimated / other]), width=450, height=340, left=460,
                    x_label="additions made", y_label=f"error so far, in {other:.0e}", title="○ observed, – estimated")
    growing.rule(y=0.0, colour=palette.DATA, dash="2 3")
    growing.line(steps, estimated / other, colour=palette.GRADIENT, width=2.2, title="estimated")
    growing.points(found.at, found.observed / other, colour=palette.FORWARD, hollow=True, radius=4)
    return drawing(912, 342, str(bars), str(growing),
                   title=f"the sum of {state['terms']:,} terms 1/k², {state['order']}")


def summing_readout(state, found):
    """Result, error observed and estimated, the shares, the bound."""
    lost = f", {found.bound / abs(found.error):.0f} times the error" if found.error else ""
    return (f"{state['terms']:,} terms, {state['order']}: {found.result:.7f} in float32, {found.exact:.7f} in float64. "
            f"Error observed {found.error:.3e}, estimated {found.estimate:.3e}: terms "
            f"{found.squares + found.quotients:.1e}, additions {found.additions.sum():.3e}. "
            f"Relative error {abs(found.error / found.exact):.1e}. Bound {found.bound:.1e}{lost}.")


def summing_explorer():
    """In which order does a sum lose least, and where does it lose?"""
    return Explorer(
        alt="What each twentieth of the additions contributes to the error of a sum in float32, beside the error as it "
            "grows, observed and estimated. Choose the order of the terms and their number.",
        picture=summing_picture, readout=summing_readout, compute=added,
        controls={"order": choice("Order of the terms", ORDERS, "large first",
                                  tooltip="Pairwise: neighbours are added, then neighbours of these sums, and so on"),
                  "terms": slider("Number of terms", 10_000, 0, 0, options=[10, 100, 1000, 10_000, 100_000],
                                  tooltip="1/k² for k from 1 to this number")})

# ---- sentiment ------------------------------------------------------------------------------------------------------

FIRST = "It is not bad at all."                     # where Reset leads back to
LONGEST = 60                                        # so many words fit into the picture
EXAMPLES = {"good": "A good film.", "not good": "Not a good film.",
            "masterpiece": "A failed masterpiece.", "better": "I have never seen a better film."}
ACROSS, CELL = 880, 22                              # the picture's width, a line's height
TOLD_BY = {"gradient": "gradient times vector", "left out": "leaving each word out"}


class Reading(NamedTuple):
    """A sentence as three models read it: rows (name, what each word adds, full colour at, score as text)."""

    words: list
    known: np.ndarray
    rows: list


def read_sentence(state, models):
    """``Reading`` of the state's sentence; of a long one, the first ``LONGEST`` words."""
    learnt, line = models
    sentence = " ".join(words_in(state["sentence"])[:LONGEST])
    words, known, c, score = contributions(learnt, sentence)
    if state["by"] == "left out":
        c = without_each(learnt, sentence)
    straight, straight_score = line.contributions(sentence)
    valences, short = lexicon_reading(sentence)
    return Reading([w or "(no word)" for w in words], known,
                   [("network", c, 1.5, score), ("linear", straight, 1.5, straight_score),
                    ("VADER's words", valences if len(valences) else np.zeros(1), 4.0, short)])


def sentiment_picture(state, found):
    """The words in lines, below each what it adds in each of the three models: a number with its sign, on a colour."""
    parts, x, top, left = [], 118, 14, 118
    height = CELL * (len(found.rows) + 1) + 14

    def names():
        for i, (name, *_) in enumerate(found.rows):
            parts.append(text(left - 8, top + CELL * (i + 1) + 16, name, anchor="end", size=12))
    names()
    for t, word in enumerate(found.words):
        shown = word if len(word) < 22 else word[:20] + "…"
        width = max(52, 8.2 * len(shown) + 14)
        if x + width > ACROSS:
            x, top = left, top + height
            names()
        known = bool(found.known[t])
        parts.append(text(x + width / 2, top + 16, shown if known else f"{shown} ?", bold=known, size=13,
                          fill=palette.INK if known else palette.DATA))
        for i, (name, c, full, _) in enumerate(found.rows):
            y, value = top + CELL * (i + 1), float(c[t])
            parts += [rect(x + 1, y + 1, width - 2, CELL - 2, fill=palette.signed(0.6 * np.clip(value / full, -1, 1)),
                           stroke=palette.FAINT, title=f"{word}: {value:+.2f} ({name})"),
                      text(x + width / 2, y + 16, minus(f"{value:+.2f}") if abs(value) >= 0.005 else "0", size=12)]
        x += width
    y = top + height + 12
    for i, (name, _, _, score) in enumerate(found.rows):
        low, high = (-1, 1) if i == 2 else (-4, 4)
        parts.append(text(left + 250 * i, y, f"{name}: {minus(f'{score:+.2f}')} ({minus(str(low))} … {high})",
                          anchor="start", size=13, bold=True))
    return drawing(ACROSS, y + 12, *parts, title="What each word adds to the score of the sentence, in three models")


def sentiment_readout(state, found):
    """The three scores, the words that weigh most in the network, and what it does not know."""
    (_, c, _, score), (_, _, _, straight), (_, _, _, short) = found.rows
    most = sorted(range(len(c)), key=lambda t: -abs(c[t]))[:3]
    told = ", ".join(f"{found.words[t]} {c[t]:+.2f}" for t in most)
    if not words_in(state["sentence"]):
        return "No word was typed: 0 words are read."
    unknown = list(dict.fromkeys(w for w, known in zip(found.words, found.known) if not known))
    return (f"Score of the network {score:+.2f}, of the linear model {straight:+.2f} (−4 … 4); of VADER's words "
            f"{short:+.2f} (−1 … 1). In the network, by {TOLD_BY[state['by']]}, these weigh most: {told}. "
            + (f"Not learnt, read as one and the same unknown word: {', '.join(unknown)}." if unknown
               else "Every word was learnt.")
            + (f" Only the first {LONGEST} words are read." if len(words_in(state["sentence"])) > LONGEST else ""))


def sentiment_explorer(learnt=None, line=None):
    """Which words make the network say so? ``learnt`` and ``line`` are models of the page; without them, quick ones."""
    quick = quick_models() if learnt is None or line is None else (None, None)
    models = learnt or quick[0], line or quick[1]
    return Explorer(
        alt="A sentence, and below each word what it adds to the score: in a network that reads, in a linear model of "
            "counted words, and in a lexicon. Type a sentence of your own.",
        picture=sentiment_picture, readout=sentiment_readout, compute=lambda state: read_sentence(state, models),
        controls={"sentence": text_field("Sentence", FIRST, tooltip="Type any English sentence"),
                  "by": choice("Network's words by", [(words, key) for key, words in TOLD_BY.items()], "gradient",
                               tooltip="How is told what a word adds in the network?")},
        actions={f"“{name}”": lambda state, s=s: {"sentence": s} for name, s in EXAMPLES.items()})

# ---- autoencoder ----------------------------------------------------------------------------------------------------

_STEP = 0.1                             # of a standard deviation
_MARKS = (palette.FORWARD, palette.GRADIENT, palette.PARAMETER, palette.DATA, palette.FIFTH)


@cache
def _quick_network():
    """The stand-in where no trained network is handed over: a training of 30 epochs."""
    return autoencoder.learnt(autoencoder.network(2, np.random.default_rng(4)), load_digits().x_train, 4, epochs=30)


class _Plane:
    """Two numbers a digit, in standard deviations of the training digits: where held-out digits lie, what is decoded.

    encode   (N, 64) -> (N, 2); decode (N, 2) -> (N, 64)
    """

    def __init__(self, encode, decode, digits):
        codes = encode(digits.x_train)
        self.mean, self.sd, self.decode, self.t = codes.mean(axis=0), codes.std(axis=0) + 1e-12, decode, digits.t_test
        self.places = (encode(digits.x_test) - self.mean) / self.sd

    def at(self, place):
        """The decoded picture (8, 8) at a place, and the labels of the five held-out digits nearest to it."""
        picture = self.decode(self.mean + self.sd * np.array([place]))[0]
        near = np.argsort(np.sum((self.places - place) ** 2, axis=1), kind="stable")[:5]
        return inked(picture).reshape(8, 8), self.t[near], float(np.sqrt(np.sum((self.places[near[0]] - place) ** 2)))

    def drawn(self, left, title, place):
        chart = Chart((-3, 3), (-3, 3), width=360, height=380, left=left, title=title,
                      x_label="first number (s.d.)", y_label="second number (s.d.)")
        for (a, b), t in zip(self.places, self.t):
            if max(abs(a), abs(b)) <= 3:
                chart.parts.append(text(chart.x(a), chart.y(b) + 3, str(t), size=9, fill=_MARKS[t % 5], bold=t >= 5))
        chart.rule(x=place[0], colour=palette.INK).rule(y=place[1], colour=palette.INK)
        chart.points([place[0]], [place[1]], colour=palette.INK, radius=6, hollow=True, titles=["the place decoded"])
        return str(chart)


def code_plane_explorer(net=None):
    """What does a place between two digits look like? Two numbers, decoded by a network and by PCA.

    net   a trained ``autoencoder.network(2, rng)``, with any training; without one, a short training stands in
    """
    net, digits = net or _quick_network(), load_digits()
    principal = autoencoder.Principal(digits.x_train)
    encoder, decoder = net.layers
    planes = {"autoencoder": _Plane(lambda x: predict(encoder, x), lambda z: predict(decoder, z), digits),
              "PCA": _Plane(lambda x: principal.code(x, 2), principal.decoded, digits)}

    def compute(state):
        return {name: plane.at((state["first"], state["second"])) for name, plane in planes.items()}

    def picture(state, found):
        place, parts = (state["first"], state["second"]), []
        for i, (name, (pixels, _, _)) in enumerate(found.items()):
            left = 530 * i
            title = f"Held-out digits, {name}"
            parts += [planes[name].drawn(left, title, place), text(left + 437, 92, "decoded here", size=12),
                      image(left + 372, 100, 130, 130, pixels, title=f"the digit that {name} decodes")]
        return drawing(1050, 382, *parts, title=f"two planes of codes, and what is decoded at {place[0]:.1f}, "
                                                f"{place[1]:.1f}")

    def readout(state, found):
        told = "; ".join(f"{name}: the five nearest held-out digits are {', '.join(map(str, near))}, the nearest "
                         f"{away:.2f} s.d. away" for name, (_, near, away) in found.items())
        return f"First number {state['first']:.1f}, second {state['second']:.1f} s.d. from the mean. {told}."

    return Explorer(
        alt="Held-out digits as marks in two planes of two numbers each, that of an autoencoder and that of PCA, and "
            "beside each plane the digit that is decoded at a chosen place. Move the two numbers.",
        picture=picture, readout=readout, compute=compute,
        controls={"first": slider("First number", 0.0, -2.5, 2.5, _STEP, tooltip="In standard deviations of the codes"),
                  "second": slider("Second number", 0.0, -2.5, 2.5, _STEP,
                                   tooltip="In standard deviations of the codes")})

# ---- recommendation -------------------------------------------------------------------------------------------------

FILMS = ("Star Wars: Episode IV - A New Hope (1977)", "Toy Story (1995)", "Pulp Fiction (1994)", "Matrix, The (1999)",
         "Titanic (1997)", "Casablanca (1942)", "Alien (1979)", "Amelie (Fabuleux destin d'Amélie Poulain, Le) (2001)",
         "Psycho (1960)", "Shrek (2001)", "Godfather, The (1972)", "Lion King, The (1994)",
         "Lord of the Rings: The Fellowship of the Ring, The (2001)", "Fargo (1996)", "Pretty Woman (1990)",
         "Finding Nemo (2003)", "Memento (2000)", "Jaws (1975)", "Annie Hall (1977)", "Dark Knight, The (2008)")
NEAR = 8                                # films in each list


def _short(title, letters=44):
    """"Matrix, The (1999)" as "The Matrix (1999)"; what is too long is cut before the year."""
    name, _, year = title.rpartition(" (")
    begin, comma, article = name.rpartition(", ")
    if comma and article in ("The", "A", "An"):
        name = f"{article} {begin}"
    return f"{name if len(name) <= letters else name[:letters - 1] + '…'} ({year}"


@cache
def _films():
    """Titles, number of ratings, and the table of who rated what, turned: one row a film."""
    ratings = load_ratings()
    shape = ratings.users.max() + 1, len(ratings.titles)
    table, known, _ = recommendation.rating_table(ratings.users, ratings.films, ratings.stars, shape)
    return ratings.titles, known.sum(axis=0), table, known, np.ascontiguousarray(known.T)


@cache
def _first_factors():
    """Factors of all ratings after 25 updates, for an explorer that is given none."""
    _, _, table, known, _ = _films()
    model = recommendation.Factorisation(table, known, l2=16.0, rng=np.random.default_rng(0))
    for _ in model.learn(25):
        pass
    return model.Q.data


def near(state, columns):
    """Both lists of neighbours: titles with cosines, by the factors and by who rated what."""
    titles, count, *_, who = _films()
    film, allowed = int(np.flatnonzero(titles == state["film"])[0]), count >= state["least"]
    lists = []
    for rows in (columns, who):
        films, cosines = recommendation.neighbours(rows, film, NEAR, allowed)
        lists.append([(_short(titles[f]), float(c)) for f, c in zip(films, cosines) if np.isfinite(c)])
    return int(count[film]), lists


def near_picture(state, found):
    """Two lists of films with bars as long as their cosines."""
    parts = []
    for i, (name, films, colour) in enumerate(zip(("near by the factors", "rated by the same people"), found[1],
                                                  (palette.PARAMETER, palette.DATA))):
        left = 10 + 445 * i
        parts.append(text(left, 20, name, anchor="start", size=13, bold=True))
        for j, (title, cosine) in enumerate(films):
            y = 32 + 31 * j
            parts += [rect(left, y + 17, max(380 * cosine, 1.0), 7, fill=colour, title=f"cosine {cosine:.3f}"),
                      text(left, y + 13, title, anchor="start", size=12),
                      text(left + 425, y + 25, f"{cosine:.2f}", anchor="end", size=11)]
    return drawing(890, 290, *parts, title=f"films near {_short(state['film'])}")


def near_readout(state, found):
    """The film, its number of ratings, the nearest films of both lists, how many are in both."""
    count, (by_factors, by_people) = found
    both = len({title for title, _ in by_factors} & {title for title, _ in by_people})
    told = "; ".join(f"{name} {films[0][0]}, cosine {films[0][1]:.2f}" for name, films in
                     (("nearest by the factors", by_factors), ("by the people who rated them", by_people)))
    return (f"{_short(state['film'])}, {count} ratings; neighbours of at least {state['least']} ratings: {told}. "
            f"{both} of {NEAR} films are in both lists.")


def film_explorer(columns=None):
    """Which films are near a film? ``columns`` (F, K): the factors of the films, such as ``model.Q.data``."""
    columns = _first_factors() if columns is None else np.asarray(columns)
    if columns.ndim != 2 or len(columns) != len(_films()[0]):
        raise ValueError(f"film_explorer: columns must hold one row for each of {len(_films()[0])} films, got shape "
                         f"{columns.shape}; give model.Q.data")
    return Explorer(
        alt="Two lists of films near a film: by the cosine of learnt factors, and by the people who rated both. "
            "Choose the film, and how often a neighbour must have been rated.",
        picture=near_picture, readout=near_readout, compute=lambda state: near(state, columns),
        controls={"film": choice("Film", [(_short(title, 24), title) for title in FILMS], FILMS[0],
                                 tooltip="The film whose neighbours are looked for"),
                  "least": slider("Least number of ratings of a neighbour", 50, 1, 150, 1, live=False,
                                  tooltip="Films rated less often are left out")})


EXPLORERS = {
    "reentry": reentry_explorer,
    "assimilation": assimilation_explorer,
    "summing": summing_explorer,
    "sentiment": sentiment_explorer,
    "code_plane": code_plane_explorer,
    "films": film_explorer,
}
