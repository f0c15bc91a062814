"""The comparison on the adding problem: what is stored, and that a trial trains."""

import numpy as np
import pytest

from course_lib.data.origins import read_table
from course_lib.studies import adding


def test_what_is_stored_has_every_length_network_and_seed():
    found = adding.stored()
    assert set(found) == {(T, name) for T in adding.BUDGET for name in adding.networks()}
    for rate, edge, errors in found.values():
        assert rate > 0 and edge in ("yes", "no") and errors.shape == (len(adding.SEEDS), adding.MARKS)
    assert {len(row) for row in adding.summary()} == {len(adding.SUMMARY)}
    assert adding.solved(100) == sum(e[:, -1].mean() < 1 / 12 for e in adding.curves_at(100).values())


def test_a_trial_measures_at_all_marks(monkeypatch):
    monkeypatch.setattr(adding, "BUDGET", {8: 24})
    for make in adding.networks().values():
        errors = adding.trial(8, make, 1e-3, 0, None, adding.held_out(8, 1, 16))
        assert errors.shape == (adding.MARKS,) and np.isfinite(errors).all()
    assert np.isinf(adding.trial(8, adding.networks()["ReLU, identity"], 1e6, 0, None, adding.held_out(8, 1, 16))[-1])


def test_a_network_answers_from_its_last_state():
    xs, rng = np.random.default_rng(0).normal(size=(5, 3, 2)).astype(np.float32), np.random.default_rng(1)
    net = adding.network(adding.networks()["LSTM"], rng)
    layer, _, dense = net.layers
    y, backward = net(xs)
    np.testing.assert_array_equal(y, dense(layer(xs)[0][-1])[0])
    assert y.shape == (3, 1) and backward(np.ones_like(y)).dtype == np.float32


def test_what_is_written_is_what_is_read(tmp_path, monkeypatch):
    header, rows = read_table(adding.FILE)
    assert header == adding.HEADER
    monkeypatch.setattr("course_lib.data.origins.__file__", str(tmp_path / "origins.py"))
    adding.write(rows[:3])
    text = (tmp_path / adding.FILE).read_text(encoding="utf-8")
    assert text.startswith("# made: ") and text.splitlines()[-4:] == [",".join(f'"{c}"' if "," in c else c for c in row)
                                                                      for row in (header, *rows[:3])]


@pytest.mark.parametrize("T", adding.BUDGET)
def test_marks_rise_to_the_budget(T):
    assert (np.diff(adding.marks(T)) > 0).all() and adding.marks(T)[-1] == adding.BUDGET[T]
