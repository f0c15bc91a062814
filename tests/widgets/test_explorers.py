"""Every explorer of every lesson, without a browser: each control and each button does something, Reset undoes it."""

import copy
import importlib
import inspect
import pickle
import re
import time
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import ipywidgets as ipw
import pytest

import course_lib.widgets
from course_lib.widgets import Explorer, choice, play, slider, text_field, ticks, toggle
from course_lib.widgets.base import Ticks

FOLDER = Path(course_lib.widgets.__file__).parent
MODULES = [importlib.import_module(f"course_lib.widgets.{file.stem}") for file in sorted(FOLDER.glob("lesson*.py"))]
FACTORIES = [pytest.param(factory, id=f"{module.__name__[-2:]} {name}")
             for module in MODULES for name, factory in module.EXPLORERS.items()]
every_explorer = pytest.mark.parametrize("factory", FACTORIES)
SVG = "{http://www.w3.org/2000/svg}"


def other_values(control):
    """Values that the control could be moved to."""
    if isinstance(control, ipw.Checkbox):
        return [not control.value]
    if isinstance(control, Ticks):                      # each box on its own, then none
        return [tuple(o for o in control.boxes if (o in control.value) != (o == box)) for box in control.boxes] + [()]
    if isinstance(control, ipw.Text):
        values = ["", "A rather long line, with twenty or so words of which most are known & one <is> not: "
                  "zyxwvut, or are there 2 of them?", control.value + "1"]
    elif hasattr(control, "options"):
        values = [o[1] if isinstance(o, tuple) else o for o in control.options]
    elif isinstance(control, ipw.FloatLogSlider):
        values = [control.base ** e for e in (control.min, (control.min + control.max) / 2, control.max)]
    else:
        middle = control.min + round((control.max - control.min) / 2 / control.step) * control.step
        values = [control.max, middle, control.min, min(control.value + control.step, control.max)]
    return [v for v in values if v != control.value]


def situations(factory):
    """The explorer in its first state, with each control moved, and after each action: fresh each time."""
    first = factory()
    yield lambda: factory()
    for name, control in first.controls.items():
        for value in other_values(control)[:3]:
            def moved(name=name, value=value):
                explorer = factory()
                explorer.controls[name].value = value
                return explorer
            yield moved
    for text in first.buttons:
        def pressed(text=text):
            explorer = factory()
            explorer.buttons[text].click()
            return explorer
        yield pressed


def test_every_module_lists_its_explorers():
    assert MODULES and FACTORIES
    for module in MODULES:
        made = {f for _, f in inspect.getmembers(module, inspect.isfunction)
                if f.__module__ == module.__name__ and f.__name__.endswith("_explorer")}
        assert made == set(module.EXPLORERS.values()), f"{module.__name__}: EXPLORERS is not complete"


# ---- what is shown ----------------------------------------------------------------------------------------------

@every_explorer
def test_the_picture_is_well_formed_and_the_text_is_there_in_every_situation(factory):
    for situation in situations(factory):
        explorer = situation()
        picture, line, _ = explorer.shown()
        root = ET.fromstring(picture)
        assert root.tag == SVG + "svg" and root.get("role") == "img"
        assert root[0].tag == SVG + "title" and root[0].text.strip()
        assert line.strip() and re.search(r"\d", line), "the text carries the numbers"
        numbers = re.sub(r"<title>.*?</title>|<text.*?</text>", "", picture, flags=re.S)
        assert not re.search(r'="-?(nan|inf)|[ ,](nan|inf)[ ,"]', numbers)
        assert picture in explorer._canvas.value
        assert 'role="status"' in explorer._line.value and unescape(explorer._line.value).count(line) == 1


@every_explorer
def test_pictures_and_texts_are_pure(factory):
    explorer = factory()
    before = pickle.dumps(explorer.state)
    assert explorer.shown() == explorer.shown()
    assert pickle.dumps(explorer.state) == before
    assert factory().shown() == explorer.shown()          # nothing is kept from explorer to explorer
    another = factory()
    for name, control in another.controls.items():
        control.value = other_values(control)[0]
    for button in another.buttons.values():
        button.click()
    assert explorer.shown() == factory().shown()


@every_explorer
def test_a_redraw_is_fast(factory):
    explorer = factory()
    times = []
    for _ in range(5):
        start = time.process_time()              # not the clock: what else runs on the machine does not count
        explorer.shown()
        times.append(time.process_time() - start)
    assert min(times) < 0.050


# ---- controls ---------------------------------------------------------------------------------------------------

@every_explorer
def test_every_control_does_something(factory):
    for name in factory().controls:
        assert other_values(factory().controls[name]), f"{name} cannot be moved"

        def changes(situation):
            explorer = situation()
            before = explorer.shown()
            for value in other_values(explorer.controls[name]):
                explorer.controls[name].value = value
                if explorer.shown() != before:
                    return True
            return False
        assert any(changes(situation) for situation in situations(factory)), f"{name} changes nothing"


@every_explorer
def test_every_button_does_something(factory):
    for text in factory().buttons:
        def changes(situation):
            explorer = situation()
            before = explorer.shown()
            explorer.buttons[text].click()
            return explorer.shown() != before
        assert any(changes(situation) for situation in situations(factory)), f"{text} changes nothing"


@every_explorer
def test_reset_restores_everything(factory):
    first = factory().shown()
    for situation in situations(factory):
        explorer = situation()
        for text, button in explorer.buttons.items():
            if text != "Reset":
                button.click()
        explorer.buttons["Reset"].click()
        assert explorer.shown() == first
        assert {n: c.value for n, c in explorer.controls.items()} == {n: c.value for n, c in factory().controls.items()}


@every_explorer
def test_every_control_is_native_and_told_in_words(factory):
    explorer = factory()
    assert 1 <= sum(not isinstance(c, Ticks) for c in explorer.controls.values()) <= 4
    for control in explorer.controls.values():
        assert isinstance(control, (ipw.IntSlider, ipw.FloatSlider, ipw.FloatLogSlider, ipw.SelectionSlider,
                                    ipw.ToggleButtons, ipw.Checkbox, ipw.Text, Ticks))
        words = control.description.strip()
        assert len(words) >= 3 or words in ("w", "x", "b"), words
        tooltips = getattr(control, "tooltips", None) or [control.tooltip]
        assert all(tooltips)
        if hasattr(control, "player"):
            assert not getattr(control.player, "playing", False)        # it never starts by itself
    for text, button in explorer.buttons.items():
        assert button.description == text and button.tooltip


@every_explorer
def test_the_still_picture_stands_in_where_nothing_runs(factory):
    explorer = factory()
    bundle = explorer._repr_mimebundle_()
    first = copy.deepcopy(bundle)
    alt = unescape(re.search(r'<img [^>]*\balt="([^"]+)"', bundle["text/html"])[1])
    assert alt == explorer.alt and len(alt) > 30
    assert bundle["text/plain"].startswith(explorer.alt) and explorer.shown().readout in bundle["text/plain"]
    assert "run this cell" in bundle["text/html"]
    control = next(iter(explorer.controls.values()))
    control.value = other_values(control)[0]
    assert {k: v for k, v in explorer._repr_mimebundle_().items() if k.startswith("text/")} == \
        {k: v for k, v in first.items() if k.startswith("text/")}       # the stored picture is always the first


# ---- the frame itself -------------------------------------------------------------------------------------------

def counter(compute=lambda state: None):
    """An explorer that counts; what it computes is shown in both places."""
    return Explorer(alt="A number, for a test of the frame itself. Move the slider.",
                    picture=lambda s, found: '<svg xmlns="http://www.w3.org/2000/svg" role="img">'
                                             f'<title>{s["n"]} {s["m"]} {found}</title></svg>',
                    readout=lambda s, found: f"n = {s['n']} < {s['m']}, {found}", compute=compute,
                    controls={"n": slider("Number", 2, 0, 5)}, memory={"m": 0},
                    actions={"Add": lambda s: {"m": s["m"] + s["n"], "n": s["n"] + 1}})


def test_what_is_computed_once_a_draw_reaches_picture_and_text():
    asked = []
    explorer = counter(compute=lambda state: asked.append(state["n"]) or 10 * state["n"])
    assert asked == [2] and "<title>2 0 20</title>" in explorer._canvas.value and "&lt; 0, 20<" in explorer._line.value
    explorer.controls["n"].value = 3
    assert asked == [2, 3] and "<title>3 0 30</title>" in explorer._canvas.value
    assert explorer.shown({"n": 4, "m": 1}).readout == "n = 4 < 1, 40" and explorer.state == {"n": 3, "m": 0}
    assert "<title>3" in explorer._canvas.value and explorer.shown().sound is None


def test_without_compute_the_functions_take_the_state_alone():
    explorer = Explorer(alt="A number, for a test. Move the slider.", picture=lambda s: f"<svg>{s['n']}</svg>",
                        readout=lambda s: f"one-sided, {s['n'] - 5} of 1e-05",
                        controls={"n": slider("Number", 2, 0, 5)})
    assert explorer.shown() == ("<svg>2</svg>", "one-sided, −3 of 1e−05", None)        # numbers get true minus signs


def test_set_moves_controls_along_and_draws_once():
    drawn = []
    explorer = counter(compute=lambda state: drawn.append(dict(state)))
    drawn.clear()
    explorer.set(n=4, m=7)
    assert explorer.controls["n"].value == 4 and drawn == [{"n": 4, "m": 7}]
    explorer.buttons["Add"].click()
    assert explorer.state == {"n": 5, "m": 11} and len(drawn) == 2
    explorer.buttons["Add"].click()
    assert explorer.state == {"n": 5, "m": 16}          # a slider keeps values within its ends
    assert "n = 5 &lt; 16" in explorer._line.value      # text is escaped
    with pytest.raises(ValueError, match=r"no entry called \['k'\].*'m', 'n'"):
        explorer.set(k=1)


def test_the_kinds_of_controls():
    assert isinstance(slider("a", 1, 0, 5), ipw.IntSlider) and isinstance(slider("a", 1.0, 0, 5), ipw.FloatSlider)
    assert slider("Rate", 0.01, -4, 0, log=True).value == pytest.approx(0.01)
    assert slider("a", 3, 0, 0, options=[1, 3, 9]).value == 3
    assert isinstance(choice("Kind", ["one", "two"]), ipw.ToggleButtons)
    assert isinstance(choice("Kind", [f"a rather long option {i}" for i in range(7)]), ipw.ToggleButtons)
    assert toggle("Show", True).value is True
    several = ticks("Which", ["one", "two", "three"], ("three",))
    several.boxes["one"].value = True
    assert several.value == ("one", "three")
    several.value = ("two",)
    assert [box.value for box in several.boxes.values()] == [False, True, False]
    assert text_field("Sentence", "so").value == "so"
    control = play(slider("Step", 0, 0, 9))
    assert control.player.max == 9
