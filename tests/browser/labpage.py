"""A JupyterLab server, a Chromium, and the examination of one notebook in them.

``examine`` opens a notebook, looks at its stored pictures, runs it, and moves every control with the keyboard. What it
finds wrong is a list of sentences; the tests demand that it be empty. How long a picture took to follow a key is
recorded and printed, and never decides a test. Whatever is waited for may take as long as it likes while cells go on
ending: a slow machine is not a fault.

nbval runs every cell of every lesson and compares it with what is stored, and ``examine`` looks at all that is stored.
So of a lesson the browser need only run the cells behind its controls: ``behind_controls`` says which.
"""

import dis
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from urllib.parse import quote

import ipywidgets
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("notebooks", "exercises", "solutions")
SETTINGS = {    # all cells are in the page, even those out of sight; nothing is saved behind the test's back
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]        # other hosts cannot be reached
PATIENCE, KEY_LIMIT = 600, 60                   # seconds without any progress; for the answer to a key
UPLOAD_LIMIT = 20                               # seconds for a file to be read; what answers sooner is not kept waiting
NARROW = 800                                    # pixels: a window in which all formulas must fit


def notebooks(folder):
    """The built notebooks of a folder, as paths relative to the root."""
    return [f"{folder}/{path.name}" for path in sorted((ROOT / folder).glob("*.ipynb"))]


def _names(source):
    """The names that a cell needs from earlier cells, and those that it binds, from its compiled code."""
    needed, bound = set(), set()

    def follow(code, outermost):
        for step in dis.get_instructions(code):
            if step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in bound:
                needed.add(step.argval)
            elif step.opname == "STORE_NAME" and outermost:
                bound.add(step.argval)
        for inner in filter(lambda constant: isinstance(constant, CodeType), code.co_consts):
            follow(inner, False)                            # a function's own names are neither

    follow(compile(source, "cell", "exec"), True)
    return needed, bound


def shows_a_control(cell):
    """Does it make an explorer, or did it show one, or any other widget, when the notebook was built?"""
    def widget(data):
        kind = data.get("text/plain", "").partition("(")[0]
        return "run this cell" in data.get("text/html", "") or hasattr(ipywidgets, kind)
    return "_explorer(" in cell.source or any(widget(output.get("data", {})) for output in cell.outputs)


def behind_controls(cells):
    """The numbers of the cells that show a control, and of the earlier ones that bind a name which these need.

    An object that was changed later (a network trained by another cell) may be as it was first: a control does not
    need more, and a name that is missing raises.
    """
    needed, found = set(), []
    for i, cell in reversed(list(enumerate(cells))):
        if cell.cell_type == "code":
            wants, binds = _names(cell.source)
            if shows_a_control(cell) or binds & needed:
                needed = (needed - binds) | wants
                found.append(i)
    return found[::-1]


def only_prints(cells):
    """Do these cells print, and show nothing else? Then there is nothing to see or to move in a browser."""
    return all(output.output_type == "stream" for cell in cells for output in cell.get("outputs", ()))


def chromium():
    """The path of an installed Chromium or Chrome, or None. Nothing is ever downloaded."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
             "chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


class Server:
    """The course's own launcher with a copy of the notebooks; all that it writes stays in ``folder``."""

    def __init__(self, folder):
        self.root, self.token = folder / "course", secrets.token_hex(16)
        for name in FOLDERS:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("source", ".*"))
        for name, value in SETTINGS.items():
            path = folder / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(value))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        places = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
                  "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings",
                  "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "COURSE_LIB_PROGRESS": "progress.json"}
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("JUPYTER_PATH", "JUPYTER_TOKEN")}
        self.log = folder / "server.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "course_lib.teaching.lab", "--no-browser", "--ServerApp.ip=127.0.0.1",
                 f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
                 f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.root}",
                 "--LabApp.expose_app_in_browser=True", f"--FileCheckpoints.checkpoint_dir={folder / 'checkpoints'}",
                 # should the tests be killed, the server ends by itself
                 "--ServerApp.shutdown_no_activity_timeout=1800", "--MappingKernelManager.cull_idle_timeout=1200"],
                env=environment | {name: str(folder / place) for name, place in places.items()}, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        for _ in range(PATIENCE * 10):
            try:
                self.ask("/api/status")
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("JupyterLab did not start:\n" + self.log.read_text()[-2000:])

    def ask(self, path, method="GET"):
        request = urllib.request.Request(self.url + path, method=method,
                                         headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=KEY_LIMIT) as answer:
            return json.loads(answer.read() or "null")

    def end_kernels(self):
        for session in self.ask("/api/sessions"):
            self.ask(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self):
        try:
            self.ask("/api/shutdown", "POST")       # ends the kernels, then the server
            self.process.wait(KEY_LIMIT)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


@dataclass
class Result:
    faults: list = field(default_factory=list)
    times: list = field(default_factory=list)       # (milliseconds from the key to the last change, control)
    controls: int = 0
    pictures: int = 0
    seconds: float = 0.0


def open_notebook(context, server, notebook):
    """A page with this notebook, given by its path below ``server.root``: the page that the last notebook was in, since
    JupyterLab takes longer to load than a sheet to open, or a new one."""
    if context.pages:
        page = context.pages[0]
        page.evaluate("path => course.open(path)", notebook)
    else:
        page = context.new_page()
        page.set_default_timeout(KEY_LIMIT * 1000)
        page.add_init_script(path=Path(__file__).with_name("page.js"))
        page.goto(f"{server.url}/lab/tree/{quote(notebook)}?reset&token={server.token}",
                  wait_until="domcontentloaded", timeout=PATIENCE * 1000)
    page.wait_for_function("window.course && (course.opened() || course.question())", polling=100,
                           timeout=PATIENCE * 1000)
    return page


def examine(context, server, notebook, cells=None, patience=PATIENCE):
    """Open, run and operate one notebook: all its cells, or those of these numbers. It is a fault if no cell ends for
    so many seconds."""
    began, result, sound = time.monotonic(), Result(), False

    def watch(request):
        if not request.url.startswith((server.url, "data:", "blob:", "about:")):
            result.faults.append(f"asks another host: {request.url[:120]}")
    context.on("request", watch)
    try:
        page = open_notebook(context, server, notebook)
        _examine(page, server.root / notebook, cells, patience, result)
        if not result.faults:
            page.evaluate("course.close()")
            sound = True
    finally:
        context.remove_listener("request", watch)
        if not sound:                                       # the next notebook shall not suffer from this one
            for page in context.pages:
                page.close()
        server.end_kernels()
        result.seconds = round(time.monotonic() - began, 1)
        result.faults = [f"{notebook}: {fault}" for fault in dict.fromkeys(result.faults)]
    return result


def _examine(page, path, cells, patience, result):
    def asked():
        if question := page.evaluate("course.question()"):
            result.faults.append(f"JupyterLab asks: {question}")
        return question
    if asked():
        return
    _look_at_stored_pictures(page, path, result)
    _look_in_a_narrow_window(page, result)
    if stuck := page.evaluate("([patience, cells]) => course.run(patience, cells)", [patience * 1000, cells]):
        result.faults.append(f"not finished: no cell ended for {patience} s, {stuck}")
    _wait_for_images(page)
    result.faults += _faults(page)
    if not asked() and not stuck:
        _operate(page, result)
        result.faults += page.evaluate("course.images().broken")


def _wait_for_images(page):
    page.wait_for_function("!course.images().pending", timeout=PATIENCE * 1000, polling=100)


def _faults(page):
    """What is wrong after a run. Formulas are set in their own time, and only for a faulty one is it waited in vain."""
    for _ in range(20):
        faults = page.evaluate("course.faults()")
        if not any("not typeset" in fault for fault in faults):
            break
        time.sleep(0.5)
    return faults


def _look_at_stored_pictures(page, path, result):
    """Before any cell has run, each picture in the stored outputs must be on the page."""
    stored = 0
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            html = "".join(data.get("text/html", ""))
            stored += html.count("<img ") if html else "image/png" in data
    page.evaluate("limit => course.calm(300, limit)", PATIENCE * 1000)
    _wait_for_images(page)
    images = page.evaluate("course.images()")
    result.pictures = images["rendered"]
    result.faults += [f"before running: {fault}" for fault in images["broken"]]
    if images["rendered"] < stored:
        result.faults.append(f"before running: {images['rendered']} of {stored} stored pictures are shown")


def _look_in_a_narrow_window(page, result):
    """In a window of 800 pixels, with the list of files folded away, no formula may be wider than its cell."""
    from playwright.sync_api import TimeoutError
    usual = page.viewport_size
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    page.set_viewport_size({"width": NARROW, "height": usual["height"]})
    page.evaluate("limit => course.calm(200, limit)", PATIENCE * 1000)
    try:
        page.wait_for_function("course.typeset()", timeout=5000, polling=100)
    except TimeoutError:                                    # what is never set is reported after the run
        pass
    result.faults += [f"{NARROW} pixels wide: {fault}" for fault in page.evaluate("course.cut()")]
    page.set_viewport_size(usual)
    page.evaluate("window.jupyterapp.shell.expandLeft()")


def _ways(control):
    """Key presses to try, as (which element inside the control, key)."""
    kind, parts = control["kind"], control["parts"]
    return {
        "slider": [("[role=slider]", "ArrowRight"), ("[role=slider]", "End"), ("[role=slider]", "Home")],
        "checkbox": [("input", "Space")] * 2,
        "toggle": [("", "Space")] * 2,
        "toggles": [(f"button >> nth={k}", "Space") for k in (*range(1, parts), 0)],
        "dropdown": [("select", "ArrowDown")] * min(parts, 8) + [("select", "Home")],
        "select": [("select", "ArrowDown")] * min(parts, 8) + [("select", "Home")],
        "radio": [("input:checked", "ArrowDown")] * parts,
        "number": [("input", "ArrowUp+Enter"), ("input", "ArrowDown+Enter")],
        "text": [("input, textarea", "1+Enter"), ("input, textarea", "Backspace+Enter")],
        "button": [("", "Enter"), ("", "Space")],
        "play": [("button >> nth=0", "Enter")],
        "upload": [("", "Enter"), ("", "Space"), ("", "Space")],
        "unknown": [],
    }[kind]


def _press(page, control, way, result):
    """Press one key on a control: does its cell's output change, does an error come? Both go into the result."""
    inside, keys = way
    element = page.locator(f'[data-course="{control["number"]}"]')
    element = element.locator(inside) if inside else element
    title = f'{control["where"]}: {control["kind"]} "{control["name"]}"'
    page.evaluate("([cell, limit]) => course.arm(cell, limit)", [control["cell"], KEY_LIMIT * 1000])
    element.first.focus()
    for key in keys.split("+"):
        if control["kind"] == "upload":
            _choose_a_file(page, element.first, key)        # the file is read before the kernel hears of it
            page.evaluate("([cell, limit]) => course.moved(cell, limit)", [control["cell"], UPLOAD_LIMIT * 1000])
        else:
            page.keyboard.press(key)
    if control["kind"] == "play":
        page.wait_for_timeout(1200)                         # a few steps, or as long as the first one takes
        page.evaluate("([cell, limit]) => course.moved(cell, limit)", [control["cell"], KEY_LIMIT * 1000])
        if element.first.locator(".fa-pause").count():      # still playing
            page.keyboard.press("Enter")
    found = page.evaluate("([cell, limit]) => course.outcome(cell, limit)", [control["cell"], KEY_LIMIT * 1000])
    result.faults += [f"{title} raises {error}" for error in found["errors"]]
    if not found["idle"]:
        result.faults.append(f"{title} keeps the kernel busy for more than {KEY_LIMIT} s")
    if found["ms"] is not None and control["kind"] != "play":
        result.times.append((found["ms"], title))
    return found["alive"] or bool(found["errors"])


def _choose_a_file(page, element, key):
    """Press a key that should open the browser's question for a file, and answer it with a small picture. A browser
    that is busy may not ask at the first press, so there are three."""
    from playwright.sync_api import TimeoutError
    picture = b"P5 46 56 255\n" + bytes(range(46)) * 56
    for _ in range(3):
        element.focus()
        try:
            with page.expect_file_chooser(timeout=5_000) as question:
                page.keyboard.press(key)
        except TimeoutError:                                # no question: nothing changes, which is reported
            continue
        question.value.set_files([{"name": "stripes.pgm", "mimeType": "image/x-portable-graymap", "buffer": picture}])
        return


def _operate(page, result):
    """Move every control in every way; those that change nothing are tried again after each of their neighbours."""
    controls = page.evaluate("course.controls()")
    result.controls = len(controls)
    silent = []
    for control in controls:
        # a list, not a generator: all ways are tried, the ends of a slider too
        if not any([_press(page, control, way, result) for way in _ways(control)]):
            silent.append(control)
    for control in silent:
        if control["kind"] == "unknown":
            result.faults.append(f'{control["where"]}: unknown kind of control, which these tests '
                                 f'cannot operate: "{control["name"]}"')
            continue
        neighbours = [c for c in controls if c["cell"] == control["cell"] and c is not control]
        if not any(_wakes(page, neighbour, control, result) for neighbour in neighbours):
            result.faults.append(f'{control["where"]}: {control["kind"]} "{control["name"]}" changes nothing')


def _wakes(page, neighbour, control, result):
    """Does the control change something once its neighbour was moved (Back after Forward)?"""
    for first in _ways(neighbour)[:2]:
        _press(page, neighbour, first, result)
        if any(_press(page, control, way, result) for way in _ways(control)[:1]):
            return True
    return False


needs_chromium = pytest.mark.skipif(
    chromium() is None,
    reason="no Chromium was found: install it, or set the environment variable CHROMIUM to its path")
