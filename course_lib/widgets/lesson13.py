"""Explorers of lesson 13, one for each study: TODO."""

from functools import lru_cache

import numpy as np

from course_lib.data import load_digits
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import Chart, drawing, image, text
from course_lib.studies import autoencoder
from course_lib.studies.autoencoder import inked
from course_lib.training import predict
from course_lib.widgets.base import Explorer, slider

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

_STEP = 0.1                             # of a standard deviation
_MARKS = (palette.FORWARD, palette.GRADIENT, palette.PARAMETER, palette.DATA, palette.FIFTH)


@lru_cache(maxsize=1)
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

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation


EXPLORERS = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    "code_plane": code_plane_explorer,
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
