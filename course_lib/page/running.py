"""Long work on a page: a bar while it runs, and nothing lost when it is stopped.

Three helpers, for everything that takes more than two seconds:

    for _, step, loss in progress(training(...), total): ...     one training
    for job in watched(jobs, label="search"): ...                a loop over anything
    runs = each(sizes, train, label="sizes", missing=nan)        one result for each key

Interrupt the kernel (the square button, or press I twice) and all of the cell's loops end, at a whole step: what was
learnt is kept, the page says how far it came, the rest of the cell and every later cell run. ``each`` gives the
results that are missing a stand-in and remembers which they are: ``runs.name(key)`` writes "(incomplete)" behind them
in tables and legends. A second interrupt stops the cell in the usual way, with ``KeyboardInterrupt``.
"""

import signal
import sys
import time
from contextlib import contextmanager


class _Stop:
    """Whether the reader asked to stop. The loops of a cell share the answer: those inside one another, and those that
    would follow in the same cell, which end at once."""

    def __init__(self):
        self.loops, self.before, self.handler = [], None, self._heard
        self.cell, self.asked, self.again = None, False, False

    @contextmanager
    def listening(self):
        """While a loop runs. It gets itself, as a place for ``breakable``: may the work be broken off anywhere?"""
        cell, ours = _cell(), _ours(self.handler)
        if (self.before is not None and not ours) or cell != self.cell or (cell is None and not self.loops):
            self.loops.clear()                          # of cells before: a generator that was left unfinished
            self.cell, self.asked, self.again = cell, False, False
        if not ours:
            self.before = self._take()
        loop = _Loop()
        self.loops.append(loop)
        try:
            yield loop
        finally:
            if loop in self.loops:
                self.loops.remove(loop)
            # In a notebook the rest of the cell shows what was found, or has further loops: an interrupt that comes a
            # moment late must not break that off. The kernel takes the signal back when the cell ends.
            if not self.loops and self.before is not None and _cell() is None:
                signal.signal(signal.SIGINT, self.before)

    def _take(self):
        try:
            return signal.signal(signal.SIGINT, self.handler)
        except (ValueError, AttributeError, OSError):           # another thread than the first, or a browser
            return None

    def _heard(self, *_):
        self.again, self.asked = self.asked, True
        if self.again or _cell() != self.cell or (self.loops and self.loops[-1].breakable):
            raise KeyboardInterrupt

    def caught(self):
        """A KeyboardInterrupt arrived where a loop caught it: the first one ends the loop, the second one the cell."""
        if self.again:
            raise
        self.asked = True


class _Loop:
    breakable = False


def _ours(handler):
    try:
        return signal.getsignal(signal.SIGINT) == handler
    except (ValueError, AttributeError, OSError):
        return False


def _cell():
    """The number of the cell that runs; None outside of a notebook's kernel."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell.execution_count if hasattr(shell, "kernel") else None


_stop = _Stop()


def progress(steps, total, *, label="training"):
    """Pass on ``(epoch, step, loss)`` with a bar, the loss and the time left; interrupting keeps what was learnt.

    steps   a generator such as ``training(...)``
    total   how many steps it will take: ``epochs * len(batches)``

    Interrupt the kernel: the loop ends after the present step, the network and the history stay as they are.
    """
    last, shown = None, 0.0
    with _stop.listening(), _bar(total, label) as bar:         # first: a bar that is seen can be stopped
        try:
            for last in steps:
                bar.update(1)
                if time.monotonic() - shown > 0.1:
                    bar.set_postfix_str(f"epoch {last[0]}, loss {last[2]:.4f}", refresh=False)
                    shown = time.monotonic()
                yield last
                if _stop.asked:
                    break
            if last:
                bar.set_postfix_str(f"epoch {last[0]}, loss {last[2]:.4f}")
        except KeyboardInterrupt:
            _stop.caught()
        if _stop.asked and (last is None or last[1] < total):
            at = f"after {last[1]} of {total} steps" if last else "before the first step"
            print(f"{label}: stopped {at}. The network keeps what it has learnt so far.")


def watched(items, *, label, total=None):
    """Pass on ``items`` with a bar. Interrupt the kernel: the loop ends after the present one."""
    total = len(items) if total is None else total
    done = 0
    with _stop.listening(), _bar(total, label) as bar:         # first: a bar that is seen can be stopped
        try:
            for item in items:
                yield item
                done += 1
                bar.update(1)
                if _stop.asked:
                    break
        except KeyboardInterrupt:
            _stop.caught()
        if _stop.asked and done < total:
            print(f"{label}: stopped after {done} of {total}. What is missing is marked incomplete.")


def each(keys, work, *, label, missing):
    """``{key: work(key)}`` with a bar; what an interrupt leaves undone holds ``missing``, and is marked.

    missing  the stand-in for a result: a value such as ``nan`` or an array of NaN, or a function ``missing(key)``
             for what must be made anew, such as an untrained network
    """
    keys = list(keys)
    found = Each()
    with _stop.listening() as loop, _bar(len(keys), label) as bar:
        for key in keys:
            if _stop.asked:
                break
            try:
                loop.breakable = True
                found[key] = work(key)
                loop.breakable = False
            except KeyboardInterrupt:
                loop.breakable = False
                _stop.caught()
                break
            if _stop.asked:                                     # a loop inside ended early: a part of a result
                found.incomplete.add(key)
            else:
                bar.update(1)
    undone = [key for key in keys if key not in found]
    for key in undone:
        found[key] = missing(key) if callable(missing) else missing
    found.incomplete.update(undone)
    if found.incomplete:
        print(f"{label}: stopped after {len(keys) - len(found.incomplete)} of {len(keys)}. What is missing is marked "
              "incomplete; run the cell again for all of it.")
    return found


class Each(dict):
    """The results of ``each``; ``incomplete`` holds the keys whose result is a part or a stand-in."""

    def __init__(self, *args, incomplete=()):
        super().__init__(*args)
        self.incomplete = set(incomplete)

    @property
    def complete(self):
        return not self.incomplete

    def name(self, key):
        """The key as a text, for a table or a legend, with "(incomplete)" where it is."""
        return f"{key} (incomplete)" if key in self.incomplete else str(key)

    def map(self, function):
        """The same keys and marks, with ``function(result)`` for each result."""
        return Each({key: function(value) for key, value in self.items()}, incomplete=self.incomplete)


def _bar(total, label):
    from tqdm.auto import tqdm
    return tqdm(total=total, desc=label, leave=True)
