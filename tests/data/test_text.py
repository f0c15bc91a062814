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
    with pytest.raises(ValueError, match="no 'x'; it has 3 symbols; add to them, or leave such characters out"):
        encode("ax", "abc")
    with pytest.raises(ValueError, match="no 'x', 'y', 'z'; it has 3"):
        encode("axyzx", "abc")
    with pytest.raises(ValueError, match="'a' stands twice"):
        encode("a", "aba")
    with pytest.raises(ValueError, match="no 'd', 'e', 'f', 'g', 'h' …; it has 3"):
        encode("abcdefghij", "abc")
    with pytest.raises(ValueError, match="no 'a'; it has 0 symbols"):
        encode("a", "")
    assert encode("")[0].shape == (0,) and encode("")[1] == ""


@pytest.mark.parametrize("arguments, message", [
    ((b"abc",), r"text must be a string, got bytes; decode it first: text.decode\(\)"),
    ((None,), "text must be a string, got NoneType"),
    ((["a", "b"],), "text must be a string, got list"), (("ab", {"a"}), "symbols must be a string, got set"),
    (("ab", 7), "symbols must be a string, got int")], ids=str)
def test_what_is_no_text_is_told(arguments, message):
    with pytest.raises(TypeError, match=message):
        encode(*arguments)


@pytest.mark.parametrize("streams, window", [(1, 1), (3, 4), (4, 5)])
def test_windows_follow_each_other_and_targets_are_one_symbol_later(streams, window):
    codes = np.arange(47)
    windows = TextWindows(codes, streams, window)
    pairs = list(windows)
    assert len(pairs) == len(windows) == 46 // (streams * window)
    assert all(x.shape == t.shape == (window, streams) for x, t in pairs)
    x = np.concatenate([x for x, _ in pairs])
    np.testing.assert_array_equal(np.concatenate([t for _, t in pairs]), x + 1)
    # each stream goes on where the one before it ends
    np.testing.assert_array_equal(x.T.ravel(), np.arange(x.size))
    assert len(list(windows)) == len(pairs)             # it can be read again


def test_a_text_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="too few"):
        TextWindows(np.arange(12), 3, 4)
    with pytest.raises(ValueError, match="window must be a positive whole number, got 0"):
        TextWindows(np.arange(12), 3, 0)


@pytest.mark.parametrize("codes", [
    "a text", np.zeros((40, 2), int), np.zeros(40), None, ["a"] * 40, np.zeros(40, bool)], ids=str)
def test_what_are_no_codes_is_told(codes):
    with pytest.raises(TypeError,
                       match=r"codes must be whole numbers of shape \(n,\), got .*encode\(text\) makes them"):
        TextWindows(codes, 2, 3)


def test_codes_may_be_a_list():
    (x, t), = TextWindows([0, 1, 2, 3, 4], 2, 2)
    np.testing.assert_array_equal(x, [[0, 2], [1, 3]])
    np.testing.assert_array_equal(t, [[1, 3], [2, 4]])
    with pytest.raises(ValueError, match="streams must be a positive whole number, got True"):
        TextWindows([0, 1, 2, 3, 4], True, 2)
    with pytest.raises(ValueError, match="0 symbols are too few"):
        TextWindows([], 2, 2)
