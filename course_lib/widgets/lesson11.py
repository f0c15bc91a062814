"""Explorers of lesson 11: pairs and thresholds, triplets, a map of unseen people, saliency, a picture of one's own.

All show the ten people whom the stored network of split 0 never met. Its weights are used in float64 here, so that the
stored pictures come out the same on every machine.
"""

from functools import cache, lru_cache, partial
from typing import NamedTuple

import numpy as np

from course_lib.data import load_faces
from course_lib.page.drawing import palette
from course_lib.page.drawing.numbers import decimals
from course_lib.page.drawing.svg import Chart, circle, drawing, element, image, line, photograph, rect, text
from course_lib.page.pictures import FORMATS, LARGEST, decoded
from course_lib.rules.functions import l2_normalize
from course_lib.rules.losses import triplet_loss
from course_lib.studies import faces
from course_lib.studies.faces.mapping import mapped
from course_lib.studies.faces.resemblance import central_share, descriptors_at_once, similarity_gradient
from course_lib.studies.faces.triplets import triplet_kind
from course_lib.studies.faces.verification import judged
from course_lib.widgets.base import Explorer, choice, file_upload, slider

H, W = faces.HEIGHT, faces.WIDTH
SAME, DIFFERENT = palette.FORWARD, palette.FOURTH               # pairs of one person, pairs of two


def label(x, y, words, **options):
    """A line of text that begins at x."""
    return text(x, y, words, anchor="start", **options)


def _percent(share, digits=1):
    return f"{100 * share:.{digits}f} %"


# ---- photographs, the network, embeddings --------------------------------------------------------------------

@cache
def _split():
    return faces.split_faces(load_faces(), 0)


def unseen():
    """The photographs of the ten people left out in split 0: ``Faces(images (100, 112, 92), people (100,))``."""
    return _split()[1]


@cache
def small(rows):
    """The unseen photographs with so many rows of pixels, for drawing."""
    return faces.resized(unseen().images, rows, round(rows * W / H))


def name(i):
    """Who and which of the ten photographs: "person 3, photograph 2"."""
    return f"person {unseen().people[i]}, photograph {i % 10 + 1}"


def short(i):
    """The same in little room: "3 / 2"."""
    return f"{unseen().people[i]} / {i % 10 + 1}"


def shot(i, x, y, width, *, rows=H):
    """A drawing of unseen photograph i, ``width`` wide."""
    return photograph(x, y, width, width * H / W, small(rows)[i], title=name(i))


@cache
def network():
    """The stored trunk and projection of split 0, in float64."""
    return faces.trained(0, dtype=np.float64)


def stored_embedding(images):
    """What the stored network makes of photographs of any size. Shapes: images (N, h, w)  ->  unit vectors (N, L)"""
    trunk, projection = network()
    return projection(descriptors_at_once(trunk, images))[0]


@cache
def _stored_stages():
    """The unseen photographs after stage one and after stage two, (100, D) and (100, L)."""
    trunk, projection = network()
    # little memory is fast
    first = np.concatenate([descriptors_at_once(trunk, image[np.newaxis]) for image in unseen().images])
    return first, projection(first)[0]


def _stored_vectors():
    return _stored_stages()[1]


def vectors_of(embed):
    """What ``embed`` makes of the unseen photographs, or the stored network if it is None; checked. (100, L)"""
    return _stored_vectors() if embed is None else _embedded(embed)


@lru_cache(maxsize=4)
def _embedded(embed):
    """Once for all explorers of a lesson that get the same function."""
    y = np.asarray(embed(unseen().images), np.float64)
    if y.ndim != 2 or len(y) != len(unseen().images) or not np.isfinite(y).all():
        raise ValueError(f"embed: must give one row of finite numbers for each of {len(unseen().images)} photographs, "
                         f"got shape {y.shape}")
    return y


@cache
def eigenface_vectors():
    """Coordinates in the 60 directions in which the 300 training photographs differ most, as unit vectors (100, 60)."""
    seen, new = _split()
    return l2_normalize(faces.eigenfaces(seen.images)(new.images).astype(np.float64))[0]


@cache
def fisherface_vectors():
    """Coordinates in the directions in which the 30 training people differ most, as unit vectors (100, 29)."""
    seen, new = _split()
    return l2_normalize(faces.fisherfaces(seen.images, seen.people)(new.images).astype(np.float64))[0]


@cache
def _stored_judged(unit=None):
    return judged(_stored_vectors(), unseen().people, unit)


# ---- a threshold ---------------------------------------------------------------------------------------------

TOP = 1.6                                                       # the largest threshold


VECTORS = {"raw pixels": lambda: faces.pixels(unseen().images), "eigenfaces": eigenface_vectors,
           "Fisherfaces": fisherface_vectors, "stage one": lambda: _stored_stages()[0], "embedding": _stored_vectors}


@cache
def _stored_judgement(descriptor):
    return judged(VECTORS[descriptor](), unseen().people)


def counted(found, threshold):
    """(same accepted, same rejected, different accepted, different rejected): numbers of pairs."""
    accepted, same = found.distances <= threshold, found.pairs.same
    return tuple(int(n.sum()) for n in (accepted & same, ~accepted & same, accepted & ~same, ~accepted & ~same))


def threshold_picture(state, counts):
    """Histograms of both kinds of pairs, the ROC with the present point, the four counts."""
    t, (found, (sa, sr, da, dr)) = state["threshold"], counts
    false_accept, false_reject = da / (da + dr), sr / (sa + sr)
    return drawing(960, 340, _histograms(found, t), _roc(found, false_accept, 1 - false_reject),
                   _counts(sa, sr, da, dr),
                   title=f"{state['descriptor']}: threshold {t:.2f}, false accepts {_percent(false_accept)}, "
                         f"false rejects {_percent(false_reject)}")



def _histograms(found, t):
    edges = np.linspace(0, TOP, 41)
    same, different = (np.histogram(found.distances[kind], edges)[0] / kind.sum()
                       for kind in (found.pairs.same, ~found.pairs.same))
    most = 1.15 * max(same.max(), different.max())
    chart = Chart((0, TOP), (-most, most), width=430, height=330, title="Distances of all pairs", ticks=False,
                  x_label="distance (1 = mean between two people)")
    x, y, w, h = chart.box
    chart.parts.append(rect(x, y, chart.x(t) - x, h, fill="#EEF4F8"))
    middles, width = (edges[1:] + edges[:-1]) / 2, edges[1]
    shown = same > 0
    chart.bars(middles[shown], same[shown], width=0.85 * width, colour=SAME,
               titles=[f"{_percent(s)} of the pairs of one person" for s in same[shown]])
    shown = different > 0
    chart.bars(middles[shown], -different[shown], width=0.85 * width, colour=DIFFERENT,
               titles=[f"{_percent(s)} of the pairs of two people" for s in different[shown]])
    for tick in np.arange(0, TOP + 0.1, 0.4):
        chart.parts += [line(chart.x(tick), y + h, chart.x(tick), y + h + 4),
                        text(chart.x(tick), y + h + 18, f"{tick:.1f}", size=11)]
    chart.parts += [line(x, chart.y(0), x + w, chart.y(0)),
                    line(chart.x(t), y - 4, chart.x(t), y + h, width=2.4),
                    line(chart.x(found.threshold), y, chart.x(found.threshold), y + h, stroke=palette.DATA, dash="5 4"),
                    text(x + w - 4, y + 16, "upwards: one person", anchor="end", fill=SAME, bold=True),
                    text(x + w - 4, y + h - 8, "downwards: two people", anchor="end", fill="#8A5F00", bold=True),
                    label(x + 4, y + 16, "accepted", size=11),
                    text(x - 8, y + h / 2, "share of pairs", size=11, rotate=-90)]
    return str(chart)


def _roc(found, false_accept, true_accept):
    chart = Chart((0, 1), (0, 1), width=314, height=330, left=426, title="What a threshold accepts",
                  x_label="false accept rate",
                  y_label="same pairs accepted")
    curve = np.stack([found.curve.false_accept, found.curve.true_accept], axis=1)
    # no more points than can be seen
    curve = curve[np.append(True, np.diff(np.round(500 * curve), axis=0).any(axis=1))]
    chart.line(*curve.T, width=2.4, title="receiver operating characteristic")
    chart.line([0, 1], [1, 0], colour=palette.DATA, dash="5 4", width=1.2, title="both errors equally frequent")
    chart.points([found.error], [1 - found.error], colour=palette.DATA, radius=5, hollow=True,
                 titles=[f"equal error rate {_percent(found.error)}"])
    chart.note(0.30, 0.62, f"equal error rate {_percent(found.error)}", colour=palette.DATA)
    chart.points([false_accept], [true_accept], colour=palette.INK, radius=5.5, titles=["the present threshold"])
    return str(chart)


def _counts(sa, sr, da, dr):
    """The four counts as a table, errors in dashed boxes."""
    left, low, parts = 750, 62, [label(750, 17, "Counts of pairs", size=13, bold=True)]
    for k, (head, a, r, colour) in enumerate((("one person", sa, sr, SAME), ("two people", da, dr, "#8A5F00"))):
        top = low + 128 * k
        parts.append(label(left, top - 8, f"{head}: {a + r} pairs", bold=True, fill=colour))
        for j, (word, n, wrong) in enumerate((("accepted", a, k == 1), ("rejected", r, k == 0))):
            y = top + 44 * j
            parts += [rect(left, y, 200, 38, stroke=palette.GRADIENT if wrong else palette.INK, stroke_width=2,
                           dash="5 3" if wrong else None, rx=4),
                      label(left + 8, y + 24, f"{n} {word}", size=13, bold=True),
                      text(left + 192, y + 24, f"{_percent(n / (a + r))}" + (" wrong" if wrong else ""), anchor="end",
                           size=12)]
    return "".join(parts)


def threshold_readout(state, counts):
    """The counts, both error rates, and where they are equal."""
    t, (found, (sa, sr, da, dr)) = state["threshold"], counts
    return (f"{state['descriptor'].capitalize()}: pairs up to distance {t:.2f} are accepted (1 is the mean distance "
            "between two people, "
            f"here {found.unit:.3g}). "
            f"One person: {sa} of {sa + sr} pairs accepted, {sr} rejected, false reject rate "
            f"{_percent(sr / (sa + sr))}. "
            f"Two people: {da} of {da + dr} pairs accepted, {dr} rejected, false accept rate "
            f"{_percent(da / (da + dr))}. "
            f"Equal error rate {_percent(found.error)}, at distance {found.threshold:.3f}.")


def threshold_explorer(embed=None, *, descriptors=tuple(VECTORS), others=None):
    """A threshold on the distance of two photographs: what it accepts, rightly and wrongly.

    descriptors   which of ``VECTORS`` can be chosen, in the order of the lesson: the last is shown first
    others        more of them, ``{name: vectors of the unseen photographs (100, L)}``
    """
    found = {descriptor: _stored_judgement(descriptor) for descriptor in descriptors}
    if embed is not None:
        found["embedding"] = judged(vectors_of(embed), unseen().people)
    found |= {descriptor: judged(vectors_of(lambda images, y=y: y), unseen().people)
              for descriptor, y in (others or {}).items()}

    def counts(state):
        """``Judged`` for the descriptor, and the numbers of pairs that the threshold accepts and rejects."""
        return found[state["descriptor"]], counted(found[state["descriptor"]], state["threshold"])
    return Explorer(
        alt="Left: histograms of the distances of pairs of one person and of two people, with a threshold. Middle: the "
            "receiver operating "
            "characteristic. Right: counts of accepted and rejected pairs. Move the threshold or change the "
            "descriptor.",
        picture=threshold_picture, readout=threshold_readout, compute=counts,
        controls={"threshold": slider("Threshold", 0.8, 0.0, TOP, 0.01,
                                      tooltip="Pairs up to this distance are accepted as one person; 1 is the mean "
                                              "distance between two people"),
                  "descriptor": choice("Descriptor", list(found), list(found)[-1],
                                       tooltip="What stands for a photograph; distances between these are compared")},
        actions={"Go to equal errors": lambda state: {"threshold": round(found[state["descriptor"]].threshold, 2)}})


# ---- a gallery of pairs --------------------------------------------------------------------------------------

SHOWN = 6                                                       # pairs at a time
KINDS = ("all", "same person", "different people", "mistakes")


def ordered(found, kind):
    """Numbers of the pairs of one kind, the nearest pair first."""
    order = np.argsort(found.distances, kind="stable")
    same, right = found.pairs.same[order], ((found.distances <= found.threshold) == found.pairs.same)[order]
    return order[{"all": np.ones(len(order), bool), "same person": same, "different people": ~same,
                  "mistakes": ~right}[kind]]


def first_shown(count, place):
    """Which pair of an order stands first if ``place`` percent of it have been passed."""
    return round(place / 100 * max(0, count - SHOWN))


def verdict(found, pair):
    """(accepted?, same?, right?) at the threshold of equal errors."""
    accepted, same = bool(found.distances[pair] <= found.threshold), bool(found.pairs.same[pair])
    return accepted, same, accepted == same


def gallery_picture(state, pairs):
    """Six pairs, each with its distance and a verdict, and a scale that tells where they lie."""
    found, order = pairs
    start = first_shown(len(order), state["place"])
    pairs, top = order[start:start + SHOWN], found.distances.max()
    if len(order) == 0:
        return drawing(960, 60, label(14, 34, "There are 0 pairs of this kind.", size=14, bold=True),
                       title="No pairs of this kind")
    scale = lambda d: 150 + 640 * d / top
    parts = [label(14, 30, "nearest pair", size=12), text(946, 30, "farthest pair", anchor="end", size=12),
             line(scale(0), 26, scale(top), 26, stroke=palette.DATA),
             line(scale(found.threshold), 14, scale(found.threshold), 38, width=2.4),
             text(scale(found.threshold), 52, f"threshold {found.threshold:.2f}", size=12, bold=True)]
    parts += [circle(scale(found.distances[p]), 26, 4, fill=palette.INK if found.pairs.same[p] else "#FFFFFF",
                     stroke=palette.INK,
                     title=f"distance {found.distances[p]:.2f}") for p in pairs]
    for k, p in enumerate(pairs):
        parts.append(_card(found, p, 12 + 316 * (k % 3), 66 + 162 * (k // 3)))
    return drawing(960, 392, *parts, title=f"{len(pairs)} pairs of photographs, {state['kind']}, from number "
                                           f"{start + 1} of {len(order)}")


def _card(found, pair, x, y):
    accepted, same, right = verdict(found, pair)
    a, b = found.pairs.first[pair], found.pairs.second[pair]
    colour = palette.INK if right else palette.WRONG
    lines = [(f"{found.distances[pair]:.2f}", True, palette.INK),
             ("accepted" if accepted else "rejected", False, palette.INK),
             ("one person" if same else "two people", False, palette.INK),
             ("✓ right" if right else "✗ wrong", True, colour)]
    return "".join([
        rect(x, y, 304, 152, stroke=palette.FAINT if right else colour, stroke_width=1 if right else 2.5,
             dash=None if right else "6 4", rx=5),
        shot(a, x + 8, y + 8, 92), shot(b, x + 104, y + 8, 92),
        text(x + 54, y + 138, short(a), size=11), text(x + 150, y + 138, short(b), size=11),
        *[label(x + 206, y + 34 + 26 * i, words, size=20 if i == 0 else 14, bold=bold, fill=ink)
          for i, (words, bold, ink) in enumerate(lines)]])


def gallery_readout(state, pairs):
    """The same pairs in words."""
    found, order = pairs
    if len(order) == 0:
        return f"There are 0 pairs of this kind at the threshold {found.threshold:.3f}."
    start = first_shown(len(order), state["place"])
    told = []
    for p in order[start:start + SHOWN]:
        accepted, same, right = verdict(found, p)
        told.append(f"{name(found.pairs.first[p])} and {name(found.pairs.second[p])}: {found.distances[p]:.2f}, "
                    f"{'accepted' if accepted else 'rejected'}, {'right' if right else 'wrong'}")
    return (f"{state['kind'].capitalize()}: pairs {start + 1} to {start + len(told)} of {len(order)}, ordered by "
            "distance; "
            f"threshold {found.threshold:.2f}. " + "; ".join(told) + ".")


def gallery_explorer(embed=None):
    """Pairs of photographs of unseen people in the order of their distance, with the mistakes at equal errors."""
    found = _stored_judged(1.0) if embed is None else judged(vectors_of(embed), unseen().people, 1.0)

    def to_threshold(state):
        order = ordered(found, state["kind"])
        start = np.searchsorted(found.distances[order], found.threshold) - SHOWN / 2
        return {"place": int(np.clip(round(100 * start / max(1, len(order) - SHOWN)), 0, 100))}

    return Explorer(
        alt="Six pairs of photographs with the distance of their vectors, accepted or rejected, right or wrong. "
            "Choose a kind of pairs and move along their order.",
        picture=gallery_picture, readout=gallery_readout, compute=lambda state: (found, ordered(found, state["kind"])),
        controls={"kind": choice("Pairs", list(KINDS), "mistakes",
                                 tooltip="Which pairs are shown; mistakes are those on the wrong side of the "
                                         "threshold"),
                  "place": slider("Place in the order (percent)", 0, 0, 100,
                                  tooltip="0: the nearest pairs, 100: the farthest")},
        actions={"Go to the threshold": to_threshold})


# ---- a triplet -----------------------------------------------------------------------------------------------

def chosen(y, state):
    """Rows of anchor, positive and negative; positive and negative are counted from the nearest one on."""
    anchor, people = state["anchor"], unseen().people
    order = np.argsort(((y - y[anchor]) ** 2).sum(axis=1), kind="stable")
    own = order[(people[order] == people[anchor]) & (order != anchor)]
    others = order[people[order] != people[anchor]]
    return anchor, int(own[state["positive"] - 1]), int(others[state["negative"] - 1])


class Triplet(NamedTuple):
    """Three photographs: their rows, squared distances to positive and negative, loss, the three gradients, the kind;
    their vectors."""

    rows: tuple
    to_positive: float
    to_negative: float
    loss: float
    grads: list
    kind: str
    y: np.ndarray


def triplet(y, state):
    """The triplet that the state chooses among the vectors y."""
    rows = chosen(y, state)
    d_p, d_n, loss, grads = pulled(y, rows, state["margin"])
    return Triplet(rows, d_p, d_n, loss, grads, triplet_kind(d_p, d_n, state["margin"]), y)


def pulled(y, rows, margin):
    """(squared distances to positive and negative, loss, the three gradients) of one triplet, by ``triplet_loss``."""
    a, p, n = (y[[i]] for i in rows)
    loss, backward = triplet_loss(a, p, n, margin=margin)
    return ((a - p) ** 2).sum(), ((a - n) ** 2).sum(), float(loss), [g[0] for g in backward()]


def plane(y, rows):
    """Coordinates in the plane through the three points, the anchor at 0, the positive on the first axis,
    and the two axes."""
    a, p, n = (y[i] for i in rows)
    first = (p - a) / max(np.linalg.norm(p - a), 1e-12)
    second = (n - a) - first * ((n - a) @ first)
    second /= max(np.linalg.norm(second), 1e-12)
    axes = np.stack([first, second])
    return [axes @ (v - a) for v in (a, p, n)], axes


STEP = 0.25                                                     # length of the drawn arrows: so much times the gradient
WORDS = {"satisfied": "satisfied: the negative is far enough, no gradient",
         "semi-hard": "semi-hard: farther than the positive, but not by the margin",
         "hard": "hard: the negative is nearer than the positive"}


def triplet_picture(state, found):
    """The three photographs; the plane of the three vectors with the two circles that decide, and a step of descent."""
    rows, d_p, d_n, loss, grads, kind, y = found
    margin, (points, axes) = state["margin"], plane(y, rows)
    scale, x0, y0 = 200, 560, 300
    place = lambda v: (x0 + scale * v[0], y0 - scale * v[1])
    parts = [label(14, 24, "anchor", bold=True), label(14, 150, "positive: the same person", bold=True),
             label(14, 276, "negative: another person", bold=True)]
    parts += [shot(i, 14, 30 + 126 * k, 80) for k, i in enumerate(rows)]
    parts += [label(104, 60 + 126 * k, words, size=12) for k, i in enumerate(rows) for words in [name(i)]]
    parts += [label(104, 204, f"|a − p|² = {d_p:.3f}", size=13),
              label(104, 330, f"|a − n|² = {d_n:.3f}", size=13),
              label(104, 352, f"loss = {decimals(loss)}", size=13, bold=True),
              label(290, 24, kind.capitalize() + WORDS[kind].removeprefix(kind), size=14, bold=True)]
    frame = 290, 38, 656, 362
    clip = element("clipPath", rect(*frame), id="plane")
    inner, outer = scale * np.sqrt(d_p), scale * np.sqrt(d_p + margin)
    rim = dict(stroke=palette.DATA, stroke_width=1.4)
    inside = [circle(x0, y0, outer, fill="#FBEDE3", title="as far as the positive, and the margin", **rim),
              circle(x0, y0, inner, fill="#F3D3BC", title="as far as the positive", **rim),
              text(x0 - 0.6 * inner, y0 + 30, "hard", size=12, fill=palette.DATA),
               label(300, 58, "satisfied", size=12, fill=palette.DATA)]
    if outer - inner > 14:                                      # in the ring, away from the negative
        turn = 50 if abs(points[2][0]) < 0.6 * points[2][1] else 0
        where = np.array([-np.sin(np.radians(turn)), np.cos(np.radians(turn))])
        x, low = place(where * (inner + outer - 8) / 2 / scale)
        inside.append(text(x, low, "semi-hard", size=12, fill=palette.DATA, rotate=-turn))
    for v, g, letter in zip(points, grads, "apn"):
        (px, py), step = place(v), -STEP * (axes @ g)
        qx, qy = place(v + step)
        if np.hypot(qx - px, qy - py) > 0.5:
            inside.append(line(px, py, qx, qy, stroke=palette.GRADIENT, width=2.6, arrow=True,
                               title=f"where descent moves {letter}"))
        inside += [circle(px, py, 6, fill="#FFFFFF" if letter == "n" else palette.FORWARD, stroke=palette.FORWARD,
                          stroke_width=2.4),
                   text(px + (-14 if letter == "a" else 12), py + 20, letter, size=15, bold=True)]
    parts += [clip, element("g", *inside, clip_path="url(#plane)"), rect(*frame, stroke=palette.FAINT),
              line(x0 + 200, 388, x0 + 200 + scale / 2, 388, width=2),
              text(x0 + 200 + scale / 4, 382, "distance 0.5", size=11),
              label(300, 392, f"arrows: −{STEP} times the gradient", size=11, fill=palette.GRADIENT)]
    return drawing(960, 410, *parts, title=f"A {kind} triplet: squared distances {d_p:.3f} and {d_n:.3f}, loss "
                                           f"{loss:.3f}")


def triplet_readout(state, found):
    """Who, the distances, the loss, the lengths of the gradients."""
    rows, d_p, d_n, loss, grads, kind, _ = found
    margin, lengths = state["margin"], [np.linalg.norm(g) for g in grads]
    return (f"Anchor {name(rows[0])}; positive {name(rows[1])}, distance {np.sqrt(d_p):.3f}, squared {d_p:.3f}; "
            f"negative {name(rows[2])}, distance {np.sqrt(d_n):.3f}, squared {d_n:.3f}; margin {margin:.2f}. "
            f"{WORDS[kind].capitalize()}. Loss {loss:.3f}; lengths of the gradients: anchor {lengths[0]:.3f}, "
            f"positive {lengths[1]:.3f}, negative {lengths[2]:.3f}.")


def triplet_explorer(embed=None):
    """Anchor, positive and negative of one's choice: distances, the margin, and where the gradients (11.6) pull and
    push."""
    y = vectors_of(embed)

    def kind(anchor, margin):
        """Of the anchor with its farthest positive and its nearest negative."""
        return triplet(y, {"anchor": anchor, "positive": 9, "negative": 1, "margin": margin}).kind

    def next_hard(state):
        """The next anchor, in turn, whose nearest negative is nearer than its farthest positive."""
        turn = ((state["anchor"] + step) % len(y) for step in range(1, len(y) + 1))
        found = next((anchor for anchor in turn if kind(anchor, 0.0) == "hard"), None)
        return {} if found is None else {"anchor": found, "positive": 9, "negative": 1}

    semi_hard = next((i for i in range(len(y)) if kind(i, 0.2) == "semi-hard"), 0)
    return Explorer(
        alt="Three photographs, and their three vectors in the plane through them, with arrows that show where a step "
            "of descent moves each. "
            "Choose anchor, positive, negative and the margin.",
        picture=triplet_picture, readout=triplet_readout, compute=lambda state: triplet(y, state),
        controls={"anchor": slider("Anchor (person / photograph)", semi_hard, 0, 0,
                                   options=[(short(i), i) for i in range(len(y))],
                                    tooltip="One of the photographs of the ten unseen people"),
                  "positive": slider("Positive (1 is the nearest)", 9, 1, 9,
                                     tooltip="Another photograph of the same person, ordered by distance"),
                  "negative": slider("Negative (1 is the nearest)", 1, 1, len(y) - 10,
                                     tooltip="A photograph of somebody else, ordered by distance"),
                  "margin": slider("Margin", 0.2, 0.0, 1.0, 0.05,
                                   tooltip="By how much the squared distance to the negative must be larger")},
        actions={"Next hard triplet": next_hard})


# ---- a map ---------------------------------------------------------------------------------------------------

@cache
def _stored_map(descriptor):
    return mapped(VECTORS[descriptor](), unseen().people)


def neighbours(found, i, count=5):
    """The nearest photographs, the nearest first."""
    return np.argsort(found.distances[i], kind="stable")[:count]


def selected(state):
    """The row of the chosen photograph of the chosen person."""
    return int(np.flatnonzero(unseen().people == state["person"])[state["photograph"] - 1])


class Place(NamedTuple):
    """A photograph on a map: the map, the photograph's row, the rows of its five nearest."""

    map: tuple
    row: int
    near: np.ndarray


def map_picture(state, place):
    """All photographs at their places; one person framed; lines from one photograph to its five nearest."""
    found, i, near = place
    place = lambda k: (340 + 300 * found.points[k, 0], 290 + 250 * found.points[k, 1])
    people, parts = unseen().people, [label(12, 22, state["descriptor"].capitalize(), size=14, bold=True)]
    wide, high = 28, 28 * H / W

    def thumb(k):
        (x, y), own = place(k), people[k] == state["person"]
        drawn = shot(k, x - wide / 2, y - high / 2, wide, rows=24)
        if own:
            return drawn + rect(x - wide / 2 - 1.5, y - high / 2 - 1.5, wide + 3, high + 3, stroke=palette.FORWARD,
                                stroke_width=3)
        return element("g", drawn, opacity=0.55)
    parts += [thumb(k) for k in range(len(people)) if people[k] != state["person"]]
    parts += [thumb(k) for k in np.flatnonzero(people == state["person"])]
    for k in near:
        same = people[k] == people[i]
        parts.append(line(*place(i), *place(k), stroke=palette.FORWARD if same else palette.GRADIENT, width=2.2,
                          dash=None if same else "6 4",
                          title=f"{name(k)}: distance {found.distances[i, k]:.3g}"))
    x, y = place(i)
    parts += [rect(x - wide / 2 - 4, y - high / 2 - 4, wide + 8, high + 8, stroke=palette.INK, stroke_width=2)]
    parts += [label(690, 40, name(i), bold=True, size=13), shot(i, 690, 50, 92),
              label(690, 194, "Its five nearest photographs", bold=True, size=13)]
    for j, k in enumerate(near):
        top, same = 202 + 72 * j, people[k] == people[i]
        parts += [shot(k, 690, top, 56), label(756, top + 28, name(k), size=12),
                  label(756, top + 48, f"{found.distances[i, k]:.3g}  "
                        + ("✓ same person" if same else "✗ another person"), size=12,
                        bold=True, fill=palette.FORWARD if same else palette.WRONG)]
    return drawing(960, 572, *parts, title=f"A map of 100 photographs of ten people, {state['descriptor']}; {name(i)} "
                                           "is marked")


def map_readout(state, place):
    """The nearest photographs of the chosen one, and how good the whole space is."""
    (found, i, near), people = place, unseen().people
    told = ", ".join(f"{name(k)} ({found.distances[i, k]:.3g}{'' if people[k] == people[i] else ', another person'})"
                     for k in near)
    own = sum(int(people[k] == people[i]) for k in near)
    return (f"{state['descriptor'].capitalize()}, {name(i)}: nearest are {told}; {own} of 5 show the same person. "
            f"For {_percent(found.first, 0)} of all photographs the nearest one shows the same person; equal error "
            f"rate {_percent(found.error)}. "
            "The map keeps distances only as well as a plane can.")


def map_explorer(embed=None, *, others=None):
    """The photographs of ten unseen people, laid out so that what is near in the space of vectors is near on the page.

    ``others`` are further vectors of the unseen photographs to choose beside those of ``embed``: ``{name: (100, L)}``.
    """
    if embed is None:
        found = {name: partial(_stored_map, name) for name in ("raw pixels", "stage one", "embedding")}
    else:                                       # each map is made when it is looked at for the first time
        given = {**(others or {}), "embedding": vectors_of(embed)}
        found = {"raw pixels": partial(_stored_map, "raw pixels"),
                 **{name: cache(lambda y=y: mapped(y, unseen().people)) for name, y in given.items()}}
    people = np.unique(unseen().people).tolist()

    def place(state):
        there, row = found[state["descriptor"]](), selected(state)
        return Place(there, row, neighbours(there, row))
    return Explorer(
        alt="A map of photographs of ten people who were not trained with; photographs with near vectors lie near each "
            "other. "
            "Choose what is compared, a person and a photograph.",
        picture=map_picture, readout=map_readout, compute=place,
        controls={"descriptor": choice("Distances between", list(found), list(found)[-1],
                                       tooltip="What stands for a photograph"),
                  "person": slider("Person", people[0], 0, 0, options=people, tooltip="Whose photographs are framed"),
                  "photograph": slider("Photograph", 1, 1, 10,
                                       tooltip="Which of the person's ten photographs is joined with its nearest "
                                               "ones")})


# ---- saliency ------------------------------------------------------------------------------------------------

class Saliency(NamedTuple):
    """Two unseen photographs i and j: their similarity, and its gradient at the pixels of i, (112, 92)."""

    i: int
    j: int
    similarity: float
    gradient: np.ndarray


@lru_cache(maxsize=128)
def saliency(i, j):
    """``Saliency`` of two unseen photographs, by the whole embedding: the similarity is that of the other explorers."""
    return Saliency(i, j, *similarity_gradient(*network(), unseen().images[i], _exact(j)))


@lru_cache(maxsize=100)
def _exact(i):
    """What the stored network makes of one unseen photograph."""
    return stored_embedding(unseen().images[[i]])[0]


BLOCK = 2                                                       # pixels of a photograph in a cell that is drawn, a side
SHOW = {"each block": f"blocks of {BLOCK} × {BLOCK} pixels, added up",
        "blurred": f"blocks of {BLOCK} × {BLOCK} pixels, each a mean of its neighbourhood, a bell curve 2 blocks wide"}
SALIENT = ("same person", "different people", "mistakes")


def salient_pair(state, embed=None):
    """The two photographs that the controls choose."""
    found = _stored_judged(1.0) if embed is None else judged(vectors_of(embed), unseen().people, 1.0)
    order = ordered(found, state["kind"])
    pair = order[round(state["place"] / 100 * (len(order) - 1))]
    rows = int(found.pairs.first[pair]), int(found.pairs.second[pair])
    return rows[::-1] if state["turned"] else rows


def saliency_picture(state, found):
    """First photograph, signed gradient, second photograph, and a legend."""
    i, j, s, gradient = found
    wide, high, low, xs = 230, 280, 44, (14, 268, 592)
    parts = [label(xs[0], 30, f"first: {name(i)}", bold=True), shot(i, xs[0], low, wide),
             label(xs[1], 30, "gradient of the similarity", bold=True, fill=palette.GRADIENT),
             _signed_map(blocks(gradient), state["show"], xs[1], low, wide, high),
             rect(xs[1] + wide * (W // 4) / W, low + high / 4, wide * (W - 2 * (W // 4)) / W, high / 2,
                  stroke=palette.INK, dash="4 4",
                  title="the middle quarter"),
             label(xs[2], 30, f"second: {name(j)}", bold=True), shot(j, xs[2], low, wide),
             label(840, 90, "similarity", size=13), label(840, 114, decimals(s), size=20, bold=True),
             label(840, 150, "distance", size=13),
             label(840, 174, f"{np.sqrt(max(2 - 2 * s, 0)):.3f}", size=20, bold=True),
             label(840, 222, "dashed frame:", size=12), label(840, 240, "the middle quarter,", size=12),
             label(840, 258, f"{_percent(central_share(gradient), 0)} of the whole", size=12)]
    x = xs[1] + wide + 12
    parts += [image(x, low, 16, high, np.linspace(1, -1, 29)[:, np.newaxis], colour=palette.signed, title="legend"),
              label(x + 22, low + 12, "+", size=16, bold=True), label(x + 22, low + high / 2 + 4, "0"),
              label(x + 22, low + high - 4, "−", size=16, bold=True)]
    parts += [label(xs[0], low + high + 22,
                    "purple, +: a brighter pixel makes the two more alike;  orange, −: a darker one does"
                   + ("; each place a mean of its neighbourhood" if state["show"] == "blurred" else ""), size=12)]
    return drawing(960, 360, *parts, title=f"Which pixels of {name(i)} make it resemble {name(j)}: similarity {s:.3f}")


def blocks(gradient):
    """The gradient for a grey value that is added to a whole block of pixels. (h, w) -> (h / BLOCK, w / BLOCK)"""
    h, w = gradient.shape
    return gradient.reshape(h // BLOCK, BLOCK, w // BLOCK, BLOCK).sum(axis=(1, 3))


def blurred(values, width=2.0):
    """Each entry becomes a mean of those around it, weighted by a bell curve of this width in pixels.
    (H, W) -> (H, W)"""
    def weights(n):
        near = np.exp(-0.5 * ((np.arange(n)[:, np.newaxis] - np.arange(n)) / width) ** 2)
        return near / near.sum(axis=1, keepdims=True)
    return weights(values.shape[0]) @ values @ weights(values.shape[1]).T


@cache
def _signed_colours():
    """The colours of the levels −127 … 127, made once: one for each of 2576 blocks would take too long."""
    return {level: palette.signed(level / 127) for level in range(-127, 128)}


def _signed_map(gradient, show, x, y, width, height):
    gradient = gradient if show == "each block" else blurred(gradient)
    levels = np.round(127 * gradient / (np.abs(gradient).max() or 1.0))
    return image(x, y, width, height, levels, colour=_signed_colours().__getitem__,
                 title="gradient of the similarity with respect to each pixel")


def saliency_readout(state, found):
    """Similarity and distance of the pair, and where the gradient is."""
    i, j, s, gradient = found
    row, column = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    return (f"First {name(i)}, second {name(j)}: similarity (cosine) {s:.3f}, distance "
            f"{np.sqrt(max(2 - 2 * s, 0)):.3f}. "
            f"The middle quarter of the picture holds {_percent(central_share(gradient), 0)} of the gradient's size "
            "(25 % if it were even); the largest entry, "
            f"{gradient[row, column]:.3f} a unit of grey, is at row {row} of {gradient.shape[0]}, column {column} of "
            f"{gradient.shape[1]}. Shown: {SHOW[state['show']]}.")


def saliency_explorer(embed=None):
    """Which pixels make two photographs alike: their similarity, backpropagated to the pixels of the first.

    ``embed`` gives the order of the pairs. Similarity and gradient are those of the stored network of split 0.
    """
    return Explorer(
        alt="Two photographs, and between them the gradient of their similarity for every pixel of the first: purple "
            "where a brighter pixel makes "
            "them more alike, orange where a darker one does. Choose a kind of pair and a pair, and whether "
            "neighbouring blocks are averaged.",
        picture=saliency_picture, readout=saliency_readout, compute=lambda state: saliency(*salient_pair(state, embed)),
        controls={"kind": choice("Pair of", list(SALIENT), "same person",
                                 tooltip="One person, two people, or a pair that the threshold gets wrong"),
                  "place": slider("Place in the order (percent)", 50, 0, 100,
                                  tooltip="0: the nearest pair of the kind, 100: the farthest"),
                  "show": choice("Gradient", list(SHOW), "blurred",
                                 tooltip="Every block of pixels by itself, or means of neighbouring blocks")},
        memory={"turned": False}, actions={"Swap first and second": lambda state: {"turned": not state["turned"]}})


# ---- a picture of one's own ----------------------------------------------------------------------------------

WHERE = "Where the frame lies; it can move only if it is smaller than the picture"


def received(files):
    """What chosen files change in the state: the pictures, of which the last is shown, or a message."""
    mine, wrong = [], []
    for file in files:
        try:
            mine.append((file["name"], decoded(bytes(file["content"]))))
        except ValueError as error:
            wrong.append(f"{file['name']}: {error}.")
    if not mine:
        return {"picture": None, "file": "", "mine": (), "note": "", "problem": wrong[0]}
    note = f"{len(wrong)} of {len(files)} files could not be used. {wrong[0]}" if wrong else ""
    return {"picture": mine[-1][1], "file": mine[-1][0], "mine": tuple(mine), "note": note, "problem": ""}


def framed(grey, state):
    """The part of a picture that the sliders choose, (top, left, height, width): the proportions of the photographs."""
    h, w = grey.shape
    unit = min(h / 112, w / 92) * state["size"] / 100
    height, width = max(2, round(112 * unit)), max(2, round(92 * unit))
    return round((h - height) * state["top"] / 100), round((w - width) * state["left"] / 100), height, width


class Own(NamedTuple):
    """Calibrated on photographs of one's own: ``faces.Calibration``, the distance up to which somebody is named, and
    the frame (size, left, top) through which the network saw them."""

    calibration: tuple
    threshold: float
    frame: tuple


def _frame(state):
    return tuple(state[key] for key in ("size", "left", "top"))


FEW, MOVED = 0.7, "The frame has moved: calibrate again."      # the largest |m|² of many people; a note


def calibrated(embed, gallery, state):
    """What the button changes: ``Own`` from the pictures chosen last, seen through the present frame; or a message."""
    mine = state["mine"]
    if len(mine) < faces.FEWEST:
        return {"note": f"To calibrate, choose at least {faces.FEWEST} photographs at once, each of another person, "
                        f"taken and cut alike. Now: {len(mine)}."}
    parts = [inside(grey, state) for _, grey in mine]
    parts = [part for part in parts if part.max() > part.min()]
    if len(parts) < faces.FEWEST:
        return {"note": f"In {len(mine) - len(parts)} of {len(mine)} pictures all pixels of the frame are equally "
                        "bright. Move the frame, then calibrate."}
    y = np.concatenate([np.asarray(embed(part[np.newaxis]), np.float64) for part in parts])
    try:
        found = faces.calibrate(y, gallery, unseen().people)
    except faces.TooFew:
        return {"note": f"These are copies of each other: fewer than {faces.FEWEST} of the {len(y)} photographs "
                        "differ. Choose others, each of another person."}
    nearest = faces.naming_threshold(found.vectors(y), faces.centred(gallery))
    few = "These look like few people; choose photographs of as many as can be had." if (
        found.mean @ found.mean > FEW) else ""
    return {"own": Own(found, min(found.threshold, nearest), _frame(state)), "note": few}


class Looked(NamedTuple):
    """A picture looked up: grey values, the frame, the part inside, rows and distances of the five nearest (None
    without contrast), and the ``Judged`` that has the threshold; how many comparisons were made, and by what it is
    judged (``kind``): "gallery", for a picture of the gallery; "calibrated", on so many photographs of one's own
    (``mine``, else 0); "uncalibrated", when nobody may be named."""

    grey: np.ndarray
    frame: tuple
    part: np.ndarray
    near: np.ndarray | None
    distances: np.ndarray | None
    judged: tuple
    comparisons: int
    kind: str
    mine: int

    def verdict(self, distance):
        """"accepted" or "rejected"; "not judged" as long as nobody may be named."""
        if self.kind == "uncalibrated":
            return "not judged"
        return "accepted" if distance <= self.judged.threshold else "rejected"


def inside(grey, state):
    """The part of a picture inside the frame."""
    top, left, height, width = framed(grey, state)
    return grey[top:top + height, left:left + width]


def look_up(embed, gallery, found, state):
    """``Looked`` for the picture of the state, compared with the vectors of the gallery, which ``found`` judges."""
    example, own = state["picture"] is None, state["own"]
    grey = unseen().images[state["example"]] if example else state["picture"]
    part, count = inside(grey, state), len(gallery) - example
    kind = "gallery" if example else "calibrated" if own and own.frame == _frame(state) else "uncalibrated"
    mine = own.calibration.photographs if kind == "calibrated" else 0
    if part.max() == part.min():
        return Looked(grey, framed(grey, state), part, None, None, found, count, kind, mine)
    y = np.asarray(embed(part[np.newaxis]), np.float64)
    if kind == "calibrated":
        y, gallery = own.calibration.vectors(y), faces.centred(gallery)
        found = judged(gallery, unseen().people, 1.0)._replace(threshold=own.threshold)
    distances = np.linalg.norm(gallery - y, axis=1)
    if example:
        distances[state["example"]] = np.inf                    # not compared with itself
    near = np.argsort(distances, kind="stable")[:5]
    return Looked(grey, framed(grey, state), part, near, distances[near], found, count, kind, mine)


def false_accepts(found):
    """The share of pairs of two people of the gallery that the threshold of ``Judged`` accepts."""
    _, _, accepted, rejected = counted(found, found.threshold)
    return accepted / (accepted + rejected)


def chance(looked):
    """Words on a false acceptance among all comparisons of one picture."""
    found, n = looked.judged, looked.comparisons
    rate = false_accepts(found)
    most = f"{_percent(faces.among(rate, n), 0)} for {n} comparisons that err each by itself"
    if looked.kind == "gallery":
        named = faces.strangers_named(found.pairs, found.distances, found.threshold).mean()
        return (f"A stranger is taken for somebody with a chance of up to {most}; counted, each of the ten people in "
                f"turn as a stranger to the other nine: {_percent(named, 0)} of their photographs.")
    if looked.kind == "uncalibrated":
        return (f"The chance that a stranger is taken for somebody among the {n} comparisons is not known for your "
                f"photographs. (In the gallery, at {_percent(rate)} a comparison: up to {most}.)")
    return (f"None of your {looked.mine} photographs was taken for anybody among {n} comparisons; of a stranger taken "
            f"alike that is to be expected at most about once in {looked.mine + 1}, if they show {looked.mine} "
            "people.")


def headline(looked):
    """What the picture says above the five nearest, and below them."""
    threshold, mine = looked.judged.threshold, looked.mine
    start = f"{looked.comparisons} comparisons, chance of a stranger taken for somebody: "
    if looked.kind == "gallery":
        most = _percent(faces.among(false_accepts(looked.judged), looked.comparisons), 0)
        return (f"nearest of the ten unseen people; accepted up to {threshold:.2f}", f"{start}up to {most}")
    if looked.kind == "uncalibrated":
        return "not calibrated on your photographs: nobody is named", f"{start}not known for your photographs"
    return (f"calibrated on {mine} photographs of yours; accepted up to {threshold:.2f}",
            f"{start}at most about 1 in {mine + 1}")


REMEDY = (f"Choose at least {faces.FEWEST} photographs at once, each of another person, taken and cut alike, and press "
          "Calibrate on my photographs.")


def _note(state):
    """The message of the state; first, whether the frame has moved since the calibration."""
    moved = state["picture"] is not None and state["own"] and state["own"].frame != _frame(state)
    return f"{MOVED} {state['note']}".strip() if moved else state["note"]


def _who(state):
    if state["picture"] is not None:
        return f"Your picture {state['file']}"
    example = name(state["example"])
    return f"Example, {example}" if state["problem"] else f"No file chosen yet. Example: {example}"


def own_picture(state, looked):
    """The picture with its frame, the part inside it as the network gets it, and the five nearest photographs."""
    grey, (top, left, height, width), part, near, distances = looked[:5]
    scale = 236 / max(grey.shape)
    tall, wide = grey.shape[0] * scale, grey.shape[1] * scale
    fine = min(1.0, 128 / max(grey.shape))
    reduced = faces.resized(grey, max(1, round(grey.shape[0] * fine)), max(1, round(grey.shape[1] * fine)))
    parts = []
    if state["problem"]:
        parts.append(label(14, 22, f"This file could not be used. {state['problem']}"[:120], size=13, bold=True,
                           fill=palette.GRADIENT))
    else:
        parts.append(label(14, 22, _who(state)[:110], size=13, bold=True))
    parts += [photograph(14, 36, wide, tall, reduced, title=_who(state)),
              rect(14 + left * scale, 36 + top * scale, width * scale, height * scale, stroke=palette.GRADIENT,
                   stroke_width=3,
                   dash="8 4", title="what is compared"),
              label(268, 44, "compared:", size=12),
              photograph(268, 52, 92, 112, _stretched(faces.resized(part)),
                         title="the part inside the frame, as the network gets it"),
              label(14, 296, f"Choose {FORMATS} files. They stay on this computer and are not saved.", size=12,
                    fill=palette.DATA)]
    if note := _note(state):
        parts.append(label(14, 318, note[:140], size=12, bold=True, fill=palette.GRADIENT))
    if near is None:
        parts.append(label(400, 100, "All pixels inside the frame are equally bright. Move the frame.", size=13,
                           bold=True,
                           fill=palette.GRADIENT))
        return drawing(960, 330, *parts, title="A frame with nothing in it")
    (above, below), warns = headline(looked), looked.kind == "uncalibrated"
    parts += [label(384, 44, above, size=12, bold=warns, fill=palette.GRADIENT if warns else palette.INK),
              label(384, 270, below, size=12, bold=True)]
    parts += [_neighbour(384 + 114 * k, row, d, looked) for k, (row, d) in enumerate(zip(near, distances))]
    return drawing(960, 330, *parts, title=f"{_who(state)}; nearest photograph at distance {distances[0]:.2f}")


def _neighbour(x, row, distance, looked):
    """A photograph of the gallery with its distance and the verdict; its name only where somebody may be named."""
    verdict, (who, which) = looked.verdict(distance), name(row).split(", ")
    accepted, named = verdict == "accepted", looked.kind != "uncalibrated"
    return "".join([
        photograph(x, 52, 92, 112, small(H)[row], title=name(row) if named else "a photograph of the gallery"),
        rect(x - 1, 51, 94, 114, stroke=palette.FORWARD if accepted else palette.FAINT, stroke_width=3,
             dash=None if accepted else "5 4"),
        *([text(x + 46, 184, who, size=12), text(x + 46, 200, which, size=12)] * named),
        text(x + 46, 224, f"{distance:.2f}", size=16, bold=True),
        text(x + 46, 244, {"accepted": "✓ ", "rejected": "✗ "}.get(verdict, "") + verdict, size=12, bold=True,
             fill=palette.FORWARD if accepted else palette.DATA)])


def _stretched(grey):
    """From black to white, for drawing: the network sees no difference."""
    return (grey - grey.min()) / max(grey.max() - grey.min(), 1e-12)


def own_readout(state, looked):
    """The same in words, with a message if a file could not be used."""
    (top, left, height, width), near, distances, found = looked.frame, looked.near, looked.distances, looked.judged
    start = f"This file could not be used. {state['problem']} " if state["problem"] else ""
    start += f"{note} " if (note := _note(state)) else ""
    start += f"{_who(state)}, the part from row {top} and column {left}, {width} × {height} pixels. "
    if near is None:
        return start + "All of its pixels are equally bright; move the frame."
    if looked.kind == "uncalibrated":
        told = ", ".join(f"{d:.3f}" for d in distances)
        return (f"{start}Not calibrated on your photographs, so nobody is named. {REMEDY} The nearest five lie at "
                f"{told}. {chance(looked)}")
    told = ", ".join(f"{name(k)} at {d:.3f} ({looked.verdict(d)})" for k, d in zip(near, distances))
    return (f"{start}Nearest: {told}. The threshold is {found.threshold:.3f}; {_percent(false_accepts(found))} of pairs"
            f" of two unseen people are accepted by mistake there. {chance(looked)}")


def next_example(state):
    """The next of the unseen people; a file chosen before is put aside, a calibration stays."""
    return {"example": (state["example"] + 11) % len(unseen().people), "picture": None, "file": "", "problem": "",
            "note": ""}


def own_picture_explorer(embed=None):
    """A picture file of one's own beside the five nearest photographs of the gallery, and whether the threshold
    accepts them: only after a calibration on photographs of one's own, for no threshold travels."""
    gallery = vectors_of(embed)
    found = _stored_judged(1.0) if embed is None else judged(gallery, unseen().people, 1.0)
    return Explorer(
        alt="A picture with a frame, and the five photographs of unseen people whose vectors are nearest to the part "
            "inside it. "
            "Choose files of your own, calibrate on them, or move the frame with the sliders.",
        picture=own_picture, readout=own_readout,
        compute=lambda state: look_up(embed or stored_embedding, gallery, found, state),
        upload=(file_upload("Choose pictures", ".png,.jpg,.jpeg,.pgm", multiple=True,
                            tooltip=f"Photographs of a face each, {FORMATS}, up to {LARGEST // 1_000_000} million "
                                    "bytes; the last one is compared, all of them calibrate"),
                received),
        controls={"size": slider("Size of the frame (percent)", 95, 10, 100,
                                 tooltip="100: the largest frame that fits into the picture"),
                  "left": slider("From left to right (percent)", 50, 0, 100, tooltip=WHERE),
                  "top": slider("From top to bottom (percent)", 50, 0, 100, tooltip=WHERE)},
        memory={"example": 4, "picture": None, "file": "", "problem": "", "note": "", "mine": (), "own": None},
        actions={"Calibrate on my photographs": lambda state: calibrated(embed or stored_embedding, gallery, state),
                 "Next example": next_example})


EXPLORERS = {"threshold": threshold_explorer, "gallery": gallery_explorer, "triplet": triplet_explorer,
             "map": map_explorer,
             "saliency": saliency_explorer, "own picture": own_picture_explorer}
