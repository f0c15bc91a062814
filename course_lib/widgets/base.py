"""The frame that all explorers share: a few controls, a picture, a line of text, a Reset button.

An explorer is two pure functions, ``picture(state) -> SVG`` and ``readout(state) -> text``, and a dict of controls.
What both need is found by a third, ``compute(state)``, once a draw, and handed to both. ``Explorer.shown(state)``
calls them without a browser, and is how tests look at an explorer. Every control is native, so a keyboard operates it
(sliders: arrows, Page Up and Down, Home, End; buttons: Tab and Space); the text below the picture is announced to
screen readers.
"""

from html import escape
from typing import NamedTuple

import ipywidgets as ipw
import traitlets

from course_lib.page.drawing.numbers import minus
from course_lib.page.drawing.svg import still

_WIDE = {"description_width": "initial"}


class Shown(NamedTuple):
    """What an explorer shows of a state: the SVG, the line of text, the bytes for its player (None without one)."""

    picture: str
    readout: str
    sound: bytes | None


class Explorer(ipw.VBox):
    """An interactive figure.

    alt        one sentence for those who cannot see or move it: what it shows, which control to move
    picture    ``picture(state) -> str``: the SVG for a state (a dict)
    readout    ``readout(state) -> str``: the same state as a line of text; its numbers get true minus signs here
    controls   ``{name: control}``: each sets ``state[name]``
    compute    ``compute(state)``: what picture, readout and sound need to know. It runs once a draw, and they are
               called as ``picture(state, found)``, ``readout(state, found)``, ``sound(state, found)`` with its result
    memory     further entries of the state, which only actions change
    actions    ``{button text: action}``: ``action(state) -> dict`` of the entries to change; a pure function
    upload     ``(file control, action)``: ``action(file) -> dict`` of the entries to change; file has a name and
               content. A control for several files hands over all that were chosen, ``action(files)``
    sound      ``sound(state) -> bytes``: a WAV file, for a player below the picture; None has no player
    plays      texts of the buttons that also start the player: no other change makes a sound
    """

    def __init__(self, *, alt, picture, readout, controls, compute=None, memory=None, actions=None, upload=None,
                 sound=None, plays=()):
        self.alt, self._picture, self._readout, self._sound, self._compute = alt, picture, readout, sound, compute
        self.controls = dict(controls)
        self.state = {name: control.value for name, control in self.controls.items()} | dict(memory or {})
        self._first = dict(self.state)
        self._busy = False
        self._canvas, self._line = ipw.HTML(), ipw.HTML()
        self.player = ipw.Audio(format="wav", autoplay=False, loop=False) if sound else None
        for name, control in self.controls.items():
            control.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        self.buttons = {text: self._button(text, action, text in plays) for text, action in (actions or {}).items()}
        self.buttons["Reset"] = self._button("Reset", self._beginning)
        self.upload, receive = upload or (None, None)
        if self.upload:
            self.upload.observe(lambda change: change["new"] and self.set(
                **receive(change["new"] if self.upload.multiple else change["new"][0])), names="value")
        players = [c.player for c in self.controls.values() if hasattr(c, "player")]
        super().__init__([*([self.upload] if self.upload else []), *self.controls.values(),
                          ipw.HBox([*players, *self.buttons.values()]),
                          self._canvas, self._line, *([self.player] if sound else [])])
        self.draw()

    def shown(self, state=None):
        """``Shown(picture, readout, sound)`` for a state, by default the present one. Nothing is drawn,
        no control moves."""
        state = self.state if state is None else state
        found = () if self._compute is None else (self._compute(state),)
        return Shown(self._picture(state, *found), minus(self._readout(state, *found)),
                     self._sound(state, *found) if self._sound else None)

    def set(self, **changes):
        """Change entries of the state, moving their controls along, and draw once."""
        self._change(changes)
        self.draw()

    def _change(self, changes):
        unknown = set(changes) - set(self.state)
        if unknown:
            raise ValueError(f"Explorer: no entry called {sorted(unknown)}; there are {sorted(self.state)}")
        self._busy = True
        try:
            for name, value in changes.items():
                if name in self.controls:
                    self.controls[name].value = value
                    value = self.controls[name].value           # a slider keeps values within its ends
                self.state[name] = value
        finally:
            self._busy = False

    def draw(self, play=False):
        """Show the picture and the line of text for the present state, and hand its sound to the player."""
        self._canvas.value, line, sound = self.shown()
        self._line.value = f'<div role="status" aria-live="polite">{escape(line)}</div>'
        if self.player:
            with self.player.hold_sync():
                self.player.autoplay, self.player.value = False, sound
            self.player.autoplay = play                         # a message of its own: the same sound starts once more

    def _moved(self, name, value):
        if not self._busy:
            self.state[name] = value
            self.draw()

    def _beginning(self, state):
        if self.upload:
            self.upload.value = ()                              # so that the same file can be chosen again
        return dict(self._first)

    def _button(self, text, action, play=False):
        def pressed(_):
            self._change(action(self.state))
            self.draw(play)
        button = ipw.Button(description=text, tooltip=text, layout={"width": "auto"})
        button.on_click(pressed)
        return button

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options) or {}
        first = self.shown(self._first)
        bundle["text/html"] = (f"{still(first.picture, self.alt)}<br>{escape(first.readout)}<br>"
                               "<em>A still picture: run this cell to move the controls.</em>")
        bundle["text/plain"] = f"{self.alt} {first.readout}"
        return bundle


def slider(description, value, low, high, step=None, *, tooltip="", live=True, log=False, options=None):
    """A slider: over whole numbers if ``value`` is one, over powers of ten if ``log`` (low and high are exponents),
    over the given ``options`` otherwise. ``live=False``: redraw on release (for pictures slower than 50 ms)."""
    common = dict(description=description, tooltip=tooltip or description, continuous_update=live, style=_WIDE,
                  layout={"width": "480px", "max_width": "100%"})
    if options is not None:
        return ipw.SelectionSlider(options=options, value=value, **common)
    if log:
        return ipw.FloatLogSlider(value=value, min=low, max=high, step=step or 0.1, readout_format=".2g", **common)
    if isinstance(value, int):
        return ipw.IntSlider(value=value, min=low, max=high, step=step or 1, **common)
    step = step or (high - low) / 100
    digits = max(0, len(f"{step:.6f}".rstrip("0").split(".")[1]))
    return ipw.FloatSlider(value=value, min=low, max=high, step=step, readout_format=f".{digits}f", **common)


def choice(description, options, value=None, *, tooltip=""):
    """One of several: a row of buttons, in more than one line if need be. Options are strings or (text, value) pairs.

    Never a drop-down list: JupyterLab's own shortcuts take the arrow keys from it, so no keyboard could operate it.
    """
    texts = [o[0] if isinstance(o, tuple) else str(o) for o in options]
    control = ipw.ToggleButtons(options=options, description=description, tooltips=[tooltip or t for t in texts],
                                style=_WIDE, **({} if value is None else {"value": value}))
    control.style.button_width = "auto"
    return control


def toggle(description, value=False, *, tooltip=""):
    """On or off."""
    return ipw.Checkbox(value=value, description=description, tooltip=tooltip or description, indent=False, style=_WIDE,
                        layout={"width": "auto"})


def text_field(description, value="", *, tooltip="", width="640px"):
    """A line of text that the reader types; the picture follows each key."""
    return ipw.Text(value=value, description=description, tooltip=tooltip or description, continuous_update=True,
                    style=_WIDE, layout={"width": width, "max_width": "100%"})


class Ticks(ipw.HBox):
    """Several of several: a row of check boxes; ``value`` is the tuple of the options that are ticked, in order."""

    value = traitlets.Tuple()

    def __init__(self, description, options, value, *, tooltip=""):
        self.boxes = {option: toggle(option, option in value, tooltip=f"{tooltip or description}: {option}")
                      for option in options}
        # a box has no tooltip
        self.description, self.tooltips = description, [box.tooltip for box in self.boxes.values()]
        for box in self.boxes.values():
            box.layout.margin = "2px 14px 2px 2px"
        super().__init__([ipw.Label(description, layout={"margin": "2px 10px 2px 2px"}), *self.boxes.values()],
                         layout={"flex_flow": "row wrap"})
        self.value = tuple(value)
        for box in self.boxes.values():
            box.observe(self._ticked, names="value")
        self.observe(self._given, names="value")

    def _ticked(self, change):
        self.value = tuple(option for option, box in self.boxes.items() if box.value)

    def _given(self, change):
        with self.hold_trait_notifications():
            for option, box in self.boxes.items():
                box.unobserve(self._ticked, names="value")
                box.value = option in change["new"]
                box.observe(self._ticked, names="value")


def ticks(description, options, value=(), *, tooltip=""):
    """Several of several options, each a check box: the state holds the tuple of those that are ticked."""
    return Ticks(description, options, value, tooltip=tooltip)


def file_upload(description, accept, *, tooltip="", multiple=False):
    """A button that asks for one file, or several; ``accept`` lists the endings offered, such as ".png,.jpg"."""
    return ipw.FileUpload(accept=accept, multiple=multiple, description=description, tooltip=tooltip or description,
                          layout={"width": "auto", "align_self": "flex-start"})


def play(control, *, interval=300):
    """Give a whole-number slider a play button, which never starts by itself; ``interval`` in milliseconds."""
    player = ipw.Play(min=control.min, max=control.max, step=control.step, value=control.value, interval=interval)
    ipw.jslink((player, "value"), (control, "value"))
    control.player = player
    return control
