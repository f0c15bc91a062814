"""Every long cell can be stopped, early and late, and every later cell runs without an error.

A kernel runs each lesson twice, cell by cell. A cell that works long (it uses one of the helpers of
``course_lib.page.running``) gets the signal of the stop button once: in the first run soon after its first bar is
there, in the second when one of its bars is nearly full. What lasts long without these helpers, or before the first
bar, is found by its processor time.
"""

import os
import re
import time
from pathlib import Path
from queue import Empty

import nbformat
import psutil
import pytest
from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HELPERS = re.compile(r"\b(progress|watched|each)\(|\bwatch=")
EARLY = 0.3                     # seconds after the first bar
LATE = 0.85                     # of a bar, or its last item but one
BARS = "import tqdm, tqdm.auto; tqdm.auto.tqdm = tqdm.tqdm"      # as text, so that they can be read here
LONG = 2.0                      # seconds of processor time: beyond, a cell must be interruptible


def stopped_at(cell, kernel, client, process, moment):
    """Run a cell, interrupting it at ``moment``: its error (or None), was it interrupted, seconds of processor time
    before its first bar and in all."""
    began, worked, sent, fault = time.monotonic(), _seconds(process), False, None
    first_bar, before = None, None
    interruptible = HELPERS.search(cell.source)
    message = client.execute(cell.source)
    while True:
        if first_bar and not sent and moment == "early" and time.monotonic() - first_bar > EARLY:
            kernel.interrupt_kernel()
            sent = True
        try:
            found = client.get_iopub_msg(timeout=0.02)
        except Empty:
            assert kernel.is_alive() and time.monotonic() - began < 300, "the kernel is gone, or hangs"
            continue
        if found["parent_header"].get("msg_id") != message:
            continue
        kind, content = found["msg_type"], found["content"]
        if kind == "stream":
            bars = [(int(n), int(total)) for n, total in re.findall(r"\| (\d+)/(\d+) \[", content["text"])]
            if bars and interruptible and first_bar is None:
                first_bar, before = time.monotonic(), _seconds(process) - worked
            late = any(min(LATE * total, total - 1) <= n < total for n, total in bars)
            if interruptible and not sent and moment == "late" and late:
                kernel.interrupt_kernel()
                sent = True
        elif kind == "error":
            fault = f"{content['ename']}: {content['evalue']}"
        elif kind == "status" and content["execution_state"] == "idle":
            client.get_shell_msg(timeout=10)
            seconds = _seconds(process) - worked
            return fault, sent, seconds if before is None else before, seconds


def _seconds(process):
    times = process.cpu_times()
    return times.user + times.system


@pytest.mark.parametrize("moment", ["early", "late"])
@pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)
def test_every_long_cell_can_be_stopped(path, moment, tmp_path, monkeypatch):
    for name, value in {"COURSE_LIB_PROGRESS": str(tmp_path / "progress.json"), "OPENBLAS_NUM_THREADS": "1",
                        "TQDM_MININTERVAL": "0.02", "TQDM_MINITERS": "1",       # bars that show every item
                        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}.items():
        monkeypatch.setenv(name, value)
    kernel, client = start_new_kernel(cwd=str(path.parent))
    faults = []
    try:
        process = psutil.Process(kernel.provisioner.pid)
        client.execute_interactive(BARS, silent=True, timeout=60)
        for number, cell in enumerate(nbformat.read(path, 4).cells):
            if cell.cell_type != "code":
                continue
            fault, sent, before, seconds = stopped_at(cell, kernel, client, process, moment)
            where = f"cell {number} ({cell.source.strip().splitlines()[0][:60]!r})"
            if fault and "raises-exception" not in cell.metadata.get("tags", ()):
                faults.append(f"{where}{' interrupted' if sent else ''}: {fault}")
            if before > LONG and sent:
                faults.append(f"{where} works for {before:.1f} s before its first bar, and cannot be stopped there")
            if not sent and seconds > LONG:
                why = "was never interrupted" if HELPERS.search(cell.source) else "cannot be stopped"
                faults.append(f"{where} works for {seconds:.1f} s and {why}: use course_lib.page.running for all of it")
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    assert not faults, "\n".join(faults)
