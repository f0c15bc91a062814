"""Long work on a page: a bar while it runs, and nothing lost when it is stopped.

Three helpers, for everything that takes more than two seconds:

    for _, step, loss in progress(training(...), total): ...     one training
    for job in watched(jobs, label="search"): ...                a loop over anything
    runs = each(sizes, train, label="sizes", missing=nan)        one result for each key

Interrupt the kernel (the square button, or press I twice) and all of them end at once, at a whole step: what was
learnt is kept, the page says how far it came, and every later cell runs. ``each`` gives the results that are missing
a stand-in and remembers which they are: ``runs.name(key)`` writes "(incomplete)" behind them in tables and legends.
A second interrupt stops the cell in the usual way, with ``KeyboardInterrupt``.
"""

import signal
import time
from contextlib import contextmanager


class _Stop:
    """Whether the reader asked to stop. The outermost loop takes the signal; those inside it share the answer."""

    def __init__(self):
        self.loops, self.asked, self.before = [], False, None

    @contextmanager
    def listening(self, interruptible):
        """While a loop runs. ``interruptible``: the work is inside the ``with``, so it can be broken off anywhere."""
        if not self.loops:
            self.asked, self.before = False, self._take()
        self.loops.append(interruptible)
        try:
            yield self
        finally:
            self.loops.pop()
            if not self.loops and self.before is not None:
                signal.signal(signal.SIGINT, self.before)

    def _take(self):
        try:
            return signal.signal(signal.SIGINT, self._heard)
        except (ValueError, AttributeError, OSError):           # another thread than the first, or a browser
            return None

    def _heard(self, *_):
        again, self.asked = self.asked, True
        if again or not self.loops or self.loops[-1]:
            raise KeyboardInterrupt


_stop = _Stop()


def progress(steps, total, *, label="training"):
    """Pass on ``(epoch, step, loss)`` with a bar, the loss and the time left; interrupting keeps what was learnt.

    steps   a generator such as ``training(...)``
    total   how many steps it will take: ``epochs * len(batches)``

    Interrupt the kernel: the loop ends after the present step, the network and the history stay as they are.
    """
    last, shown = None, 0.0
    with _bar(total, label) as bar, _stop.listening(False) as stop:
        try:
            for last in steps:
                bar.update(1)
                if time.monotonic() - shown > 0.1:
                    bar.set_postfix_str(f"epoch {last[0]}, loss {last[2]:.4f}", refresh=False)
                    shown = time.monotonic()
                yield last
                if stop.asked:
                    break
            if last:
                bar.set_postfix_str(f"epoch {last[0]}, loss {last[2]:.4f}")
        except KeyboardInterrupt:
            stop.asked = True
        if stop.asked:
            at = f"after {last[1]} of {total} steps" if last else "before the first step"
            print(f"{label}: stopped {at}. The network keeps what it has learnt so far.")


def watched(items, *, label, total=None):
    """Pass on ``items`` with a bar. Interrupt the kernel: the loop ends after the present one."""
    total = len(items) if total is None else total
    done = 0
    with _bar(total, label) as bar, _stop.listening(False) as stop:
        try:
            for item in items:
                yield item
                if stop.asked:
                    break
                done += 1
                bar.update(1)
        except KeyboardInterrupt:
            stop.asked = True
        if stop.asked:
            print(f"{label}: stopped after {done} of {total}. What is missing is marked incomplete.")


def each(keys, work, *, label, missing):
    """``{key: work(key)}`` with a bar; what an interrupt leaves undone holds ``missing``, and is marked.

    missing  the stand-in for a result: a value such as ``nan`` or an array of NaN, or a function ``missing(key)``
             for what must be made anew, such as an untrained network
    """
    keys = list(keys)
    found = Each()
    with _bar(len(keys), label) as bar, _stop.listening(True) as stop:
        for key in keys:
            if stop.asked:
                break
            try:
                found[key] = work(key)
            except KeyboardInterrupt:
                stop.asked = True
                break
            if stop.asked:                                      # a loop inside ended early: a part of a result
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
