"""Remedies on equal terms: nobody has more digits than the others, and stopping early stops where it should."""

import numpy as np
import pytest

from course_lib.graph import Parameter
from course_lib.studies import remedies


class Curve:
    """A network whose loss after each epoch is given."""

    def __init__(self, losses):
        self.losses, self.params = list(losses), [Parameter(np.zeros(1), "epoch")]

    def epochs(self):
        for epoch in range(1, len(self.losses) + 1):
            self.params[0].data = np.array([float(epoch)])
            yield epoch


@pytest.mark.parametrize("losses, patience, stop, best", [
    ((1.0, 0.8, 0.9, 0.7, 0.8, 0.7, 0.9, 0.5), 3, 7, 4), ((3.0, 2.0, 1.0), 2, 3, 3), ((1.0, 2.0, 2.0), 1, 2, 1)])
def test_it_stops_when_patience_is_over_and_the_best_weights_are_back(losses, patience, stop, best, monkeypatch):
    net = Curve(losses)
    monkeypatch.setattr(remedies, "loss_on", lambda net, x, t: losses[int(net.params[0].data[0]) - 1])
    assert list(remedies.stop_early(net.epochs(), net, None, None, patience))[-1] == stop
    assert net.params[0].data[0] == best


def test_everybody_gets_the_same_digits_and_watching_is_paid_for(monkeypatch):
    """Early stopping trains on 200 of the 300 digits of its seed and watches the other 100; none trains on all."""
    monkeypatch.setattr(remedies, "EPOCHS", 1)
    seen, watched = [], []
    batches, stop = remedies.Batches, remedies.stop_early

    def noted(x, t, *rest, **options):
        seen.append(x)
        return batches(x, t, *rest, **options)

    def stopping(epochs, net, x, t, patience):
        watched.append(x)
        return stop(epochs, net, x, t, patience)
    monkeypatch.setattr(remedies, "Batches", noted)
    monkeypatch.setattr(remedies, "stop_early", stopping)
    digits = remedies.load_digits()
    fit, judged = (digits.x_train, digits.t_train), (digits.x_test, digits.t_test)
    for name in ("none", "early stopping", "dropout", "none, 200 digits"):
        found = remedies.small_run(fit, judged, 3, **remedies.REMEDIES[name](2))
        assert 0 <= found["wrong"] <= 100 and found["losses"].shape == (1,)
    everything, mine, dropped, fewer = seen
    assert [len(x) for x in seen] == [300, 200, 300, 200] and [len(x) for x in watched] == [100]
    np.testing.assert_array_equal(np.concatenate([mine, watched[0]]), everything)
    np.testing.assert_array_equal(dropped, everything)
    np.testing.assert_array_equal(fewer, mine)


def test_wrong_labels_are_wrong_wherever_is_trained_watched_and_chosen(monkeypatch):
    digits, seen = remedies.load_digits(), []
    monkeypatch.setattr(remedies, "small_run", lambda fit, judged, seed, **settings: seen.append((fit, judged)) or
                        {"wrong": 10.0 + seed + settings.get("decay", 0), "losses": np.zeros(2)})
    found = remedies.experiment(0.1, search=(0, 1), seeds=(2, 3, 4))
    right = {row.tobytes(): t for x, labels in ((digits.x_train, digits.t_train), (digits.x_test, digits.t_test))
             for row, t in zip(x, labels)}
    shares = {len(t): np.mean([right[row.tobytes()] != label for row, label in zip(x, t)])
              for pair in seen for x, t in pair}
    assert shares.pop(len(digits.t_test)) == 0 and all(0.05 < share < 0.15 for share in shares.values())
    rows = remedies.gains(found)
    assert [row[0] for row in rows] == list(remedies.REMEDIES) and all(len(row) == len(remedies.HEADER) for row in rows)
    assert rows[0][-2:] == ["", ""] and rows[3][4] == "0.0 ± 0.0"
    assert [row[1:3] for row in rows] == [["", ""], ["rate 0.2", "yes"], ["decay 0.008", "yes"],
                                          ["patience 8", "yes"], ["", ""]]
