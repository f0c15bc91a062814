"""The first thirty chapters of a novel, as one long string, and what turns any text into batches."""

import numpy as np

from course_lib.data.files import read_bytes


def load_text():
    """Moby-Dick, chapters 1 to 30, in plain ASCII: 263,019 characters, 77 different ones, one paragraph a line.

    Source: Melville (1851), public domain; see data/SOURCES.md.
    """
    import gzip
    return gzip.decompress(read_bytes("moby_dick.txt.gz")).decode("ascii")


def encode(text, symbols=None):
    """A text as whole numbers: ``codes, symbols``, with ``symbols[codes[i]] == text[i]``.

    ``symbols``: the alphabet, a string without repetitions; by default the characters of the text, sorted.
    """
    for name, given in (("text", text), ("symbols", "" if symbols is None else symbols)):
        if not isinstance(given, str):
            raise TypeError(f"encode: {name} must be a string, got {type(given).__name__}"
                            + ("; decode it first: text.decode()" if isinstance(given, bytes) else ""))
    symbols = "".join(sorted(set(text))) if symbols is None else symbols
    place = {symbol: i for i, symbol in enumerate(symbols)}
    if len(place) != len(symbols):
        twice = next(symbol for i, symbol in enumerate(symbols) if place[symbol] != i)
        raise ValueError(f"encode: the symbol {twice!r} stands twice in the alphabet; each has one number")
    unknown = sorted(set(text) - set(place))
    if unknown:
        shown = ", ".join(map(repr, unknown[:5])) + (" …" if len(unknown) > 5 else "")
        raise ValueError(f"encode: the alphabet has no {shown}; it has {len(symbols)} symbols; "
                         "add to them, or leave such characters out of the text")
    return np.array([place[symbol] for symbol in text], dtype=np.int64), symbols


class TextWindows:
    """A long text read in ``streams`` places at once, ``window`` symbols at a time: pairs (x, t) of shape (T, N).

    The text is cut into N equal pieces; row n walks through piece n, and t is x one symbol later. Windows follow each
    other without gaps, so that the state at the end of one is the state at the start of the next. What does not fill
    a last window in every piece is left out. Read it once for each epoch; ``len`` is the number of windows.
    """

    def __init__(self, codes, streams, window):
        for name, n in (("streams", streams), ("window", window)):
            if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
                raise ValueError(f"TextWindows: {name} must be a positive whole number, got {n!r}")
        codes = np.asarray(codes)
        if codes.ndim != 1 or codes.size and codes.dtype.kind not in "iu":
            raise TypeError(f"TextWindows: codes must be whole numbers of shape (n,), got {codes.dtype} of shape "
                            f"{codes.shape}; encode(text) makes them")
        self.window, self.count = window, (len(codes) - 1) // (streams * window)
        if self.count < 1:
            raise ValueError(f"TextWindows: {len(codes)} symbols are too few for {streams} streams of {window} "
                             "and the symbol after")
        length = self.count * window
        self.x, self.t = (codes[shift:shift + streams * length].reshape(streams, length).T for shift in (0, 1))

    def __len__(self):
        return self.count

    def __iter__(self):
        for start in range(0, self.count * self.window, self.window):
            yield self.x[start:start + self.window], self.t[start:start + self.window]
