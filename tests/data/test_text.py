"""Text as numbers, and the windows that a recurrent network reads."""

import numpy as np
import pytest

from course_lib.data import TextWindows, encode, load_text


def test_encoding_can_be_read_back():
    codes, symbols = encode(load_text())
    assert len(codes) == 263019 and len(symbols) == 77 and list(symbols) == sorted(symbols)
    assert "".join(symbols[i] for i in codes[:2000]) == load_text()[:2000]
    again, same = encode("whale", symbols)
    assert same == symbols and "".join(symbols[i] for i in again) == "whale"


def test_what_the_alphabet_lacks_is_told():
    with pytest.raises(ValueError, match="no 'x'"):
        encode("ax", "abc")
    with pytest.raises(ValueError, match="twice"):
        encode("a", "aba")


@pytest.mark.parametrize("streams, window", [(1, 1), (3, 4), (4, 5)])
def test_windows_follow_each_other_and_targets_are_one_symbol_later(streams, window):
    codes = np.arange(47)
    windows = TextWindows(codes, streams, window)
    pairs = list(windows)
    assert len(pairs) == len(windows) == 46 // (streams * window)
    assert all(x.shape == t.shape == (window, streams) for x, t in pairs)
    x = np.concatenate([x for x, _ in pairs])
    np.testing.assert_array_equal(np.concatenate([t for _, t in pairs]), x + 1)
    np.testing.assert_array_equal(x.T.ravel(), np.arange(x.size))       # each stream goes on where the one before it ends
    assert len(list(windows)) == len(pairs)             # it can be read again


def test_a_text_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="too few"):
        TextWindows(np.arange(12), 3, 4)
    with pytest.raises(ValueError, match="window must be a positive whole number, got 0"):
        TextWindows(np.arange(12), 3, 0)
