"""The explorers of lesson 15: the numbers shown are the right ones."""

import re

import numpy as np
import pytest

from course_lib import Checkpoint, Layer, Sequential, predict, tanh, unroll
from course_lib.data import load_digits
from course_lib.studies import blind_spots, explanations, feedback, forgetting, memory, noisy_labels
from course_lib.widgets import lesson15 as w
from course_lib.widgets import lesson15 as widgets

# ---- memory ----------------------------------------------------------------------------------------------------------

def kept(**changes):
    return {"plan": "revolve", "n": 20, "slots": 3} | changes


@pytest.mark.parametrize("n, slots", [(20, 3), (40, 2), (33, 5), (2, 10)])
def test_revolve_is_told_with_the_fewest_runs_there_are(n, slots):
    line = w.memory_explorer().shown(kept(n=n, slots=slots)).readout
    found = [float(v) if "." in v else int(v) for v in re.findall(r"[\d.]*\d", line)]
    runs = n + memory.fewest_runs(n, slots)
    assert found[0] == slots and found[1] == memory.repetitions(n, slots) and found[2] == memory.reach(*found[:2])
    assert found[4] == min(slots + 1, n) and found[6] == runs
    assert found[8] == pytest.approx((runs + 2 * n) / (3 * n), abs=0.005)


def test_segments_are_told_as_checkpoints_run_them():
    """The runs are counted in a real network: the last segment is remembered at once, all others are Checkpoints."""
    runs = []

    class Counted(Layer):
        def rule(self, x):
            runs.append(1)
            return tanh(x)
    line = w.memory_explorer().shown(kept(plan="every", n=20, slots=4)).readout
    steps, k = [Counted() for _ in range(20)], int(re.search(r"segment (\d+), states held 4", line)[1])
    starts = range(0, 20, k)
    net = Sequential(*[Checkpoint(*steps[i:i + k]) for i in starts[:-1]], *steps[starts[-1]:])
    _, backward = net(np.ones(2))
    backward(np.ones(2))
    assert f"{len(runs)} runs of single steps instead of 20" in line


def test_no_more_bars_are_drawn_at_a_time_than_are_told():
    for state in (kept(), kept(plan="every", n=31, slots=4), kept(n=40, slots=2)):
        moves, bars, end, cost = w.held_when(state)
        alive = [len({i for _, i, start, stop in bars if start <= t + 0.5 < stop}) for t in range(end)]
        assert max(alive) <= cost["alive"] and end == cost["runs"] + 2 * state["n"]
        assert [i for what, i, *_ in moves if what == "back"] == list(range(state["n"]))[::-1]

# ---- forgetting ------------------------------------------------------------------------------------------------------

def forgetting_state(**changes):
    return {"spent": 300, "rival": "nothing", "outputs": "all ten"} | changes


def test_before_the_second_task_the_old_digits_are_right_and_the_new_ones_are_not():
    for rival in forgetting.EVERY:
        counts, old, new = w.forgetting_counts(forgetting_state(spent=0, rival=rival))
        assert counts.sum() == 355 and old[0] > 98 and new[0] == 0 and not counts[:, 5:].any()


def test_the_forgetting_explorer_tells_the_shares_that_the_table_of_digits_holds():
    for changes in ({}, {"spent": 40}, {"rival": "elastic", "outputs": "its own five"},
                    {"rival": "rehearsal, 20 a class", "spent": 100}):
        state = forgetting_state(**changes)
        counts, *_ = w.forgetting_counts(state)
        picture, line, _ = w.forgetting_explorer().shown(state)
        old, new, mean = (float(v) for v in re.search(
            r"compared: ([\d.]+) % of the old .* and ([\d.]+) % of the new .* mean ([\d.]+) %", line).groups())
        assert old == pytest.approx(100 * np.trace(counts[:5, :5]) / counts[:5].sum(), abs=0.051)
        assert new == pytest.approx(100 * np.trace(counts[5:, 5:]) / counts[5:].sum(), abs=0.051)
        assert mean == pytest.approx((old + new) / 2, abs=0.11)
        assert f"{counts[:5, 5:].sum()} are read as a new one" in line and f"{old:.1f} % of the old" in picture


def test_with_its_own_five_outputs_no_digit_is_read_as_one_of_the_other_task():
    for rival in forgetting.EVERY:
        counts, *_ = w.forgetting_counts(forgetting_state(rival=rival, outputs="its own five"))
        assert not counts[:5, 5:].any() and not counts[5:, :5].any()


def test_the_last_stop_is_what_a_training_of_now_gives():
    setting, digits = forgetting.SETTINGS["ten outputs"], load_digits()
    old, new = setting.tasks(*forgetting.parts().fit, 4)
    net = forgetting.first_task(setting, old, 4)
    list(forgetting.second_task(net, ("rate",), 1, setting, old, new, 4))
    now = forgetting.confused(net, digits.x_test, digits.t_test)
    assert np.abs(now - w.forgetting_counts(forgetting_state())[0]).sum() <= 6


# ---- feedback --------------------------------------------------------------------------------------------------------

def test_the_angles_and_the_answers_shown_are_those_that_were_stored():
    explorer = w.feedback_explorer()
    told = feedback.watched_values(feedback.SIX, feedback.DIRECT, "angle 3")[1].mean(axis=1)
    steps, right = feedback.watched_values(feedback.SIX, feedback.FROZEN, "right")
    for at in (1, 6, -1):
        shown = explorer.shown({"network": feedback.SIX, "way": feedback.DIRECT, "step": int(steps[at])})
        angles = shown.readout.split("on: ")[1].split(". Right")[0].split(", ")
        assert len(angles) == 6 and angles[2] == f"{told[at]:.0f}°"
        assert shown.readout.endswith(f"frozen {np.mean(right[at]):.1f} %.")


def test_backpropagation_is_told_the_gradient_itself():
    shown = w.feedback_explorer().shown({"network": feedback.TWO, "way": feedback.BACKPROP, "step": 30})
    assert "on: 0°, 0°. Right" in shown.readout

# ---- explaining ------------------------------------------------------------------------------------------------------

def _numbers(line):
    return [float(n) for n in re.findall(r"-?\d+\.\d+", line.replace("−", "-"))]


def test_the_shares_shown_add_up_for_the_integrated_gradient_and_not_for_the_gradient():
    explorer = widgets.explaining_explorer()
    for method, complete in (("integrated from paper", True), ("integrated from ink", True), ("gradient", False)):
        for digit in (0, 5):
            total, _, _, difference, *_ = _numbers(explorer.shown(
                explorer.state | {"method": method, "digit": digit}).readout)
            assert (abs(total - difference) < 0.3) == complete, (method, digit)


def test_the_map_is_for_the_answer_and_five_pixels_are_gone():
    for method, (_, baseline) in widgets.METHODS.items():
        x, values, without, net, k, _ = widgets.explained({"digit": 7, "method": method, "weights": "trained"})
        assert k == 7 == predict(net, x[np.newaxis]).argmax() and 1 <= np.sum(x != without) <= 5
        first = np.argsort(-values, kind="stable")[:5]
        assert (without[first] == baseline).all()
        assert np.array_equal(np.delete(without, first), np.delete(x, first))


def test_drawn_anew_the_sizes_stay_alike_and_the_signs_do_not():
    explorer = widgets.explaining_explorer()
    found = np.array([_numbers(explorer.shown(explorer.state | {"digit": d, "weights": "all drawn anew"}).readout)[-2:]
                      for d in range(10)])
    assert found[:, 0].mean() > 0.8 and abs(found[:, 1].mean()) < 0.2
    trained = widgets.explained({"digit": 3, "method": "gradient", "weights": "trained"})
    np.testing.assert_array_equal(trained[1], trained[-1])
    last, every = (widgets.explained({"digit": 3, "method": "gradient", "weights": w})[3].params
                   for w in ("last layer drawn anew", "all drawn anew"))
    kept = explanations.shown_network().params
    assert np.array_equal(last[0].data, kept[0].data) and not np.array_equal(last[4].data, kept[4].data)
    assert not np.array_equal(every[0].data, kept[0].data)

# ---- attacks ---------------------------------------------------------------------------------------------------------

def test_no_pixel_moves_further_than_the_slider_says():
    for eps in (0.0, 1.6, 6.4):
        for target in ("any other", 8):
            x, rows = widgets.deceived({"digit": 4, "eps": eps, "target": target})
            for z, p in rows:
                assert np.abs(z - x).max() <= eps / 16 + 1e-12 and z.min() >= 0 and z.max() <= 1
                assert p.shape == (2, 10) and p.sum(axis=1) == pytest.approx(1) and p[0].argmax() == 4
                assert eps > 0 or np.array_equal(p[0], p[1])


def test_a_wanted_answer_gains_and_the_digit_itself_is_no_target():
    ask = lambda **state: widgets.deceived({"digit": 4, "eps": 3.2, "target": "any other"} | state)[1]
    for k in (1, 8):
        assert all(p[1, k] > p[0, k] for _, p in ask(target=k))
    for (z, _), (same, _) in zip(ask(), ask(target=4)):
        np.testing.assert_array_equal(z, same)


def test_the_trained_network_is_harder_to_fool_and_the_readout_tells_both():
    explorer = widgets.deceiving_explorer()
    states = [{"digit": d, "eps": 2.4, "target": "any other"} for d in range(10)]
    fooled = np.array([[p[1].argmax() != state["digit"] for _, p in widgets.deceived(state)[1]]
                       for state in states]).sum(axis=0)
    assert fooled[1] < fooled[0]
    line = explorer.shown(explorer.state).readout
    assert line.startswith("eps = 0.100, 1.6 of 16") and "Plain: 4" in line and "Trained on attacked digits: 4" in line

# ---- labels ----------------------------------------------------------------------------------------------------------

def test_the_labels_explorer_tells_the_means_of_the_stored_curves():
    for noise, setting in w.LABELS.items():
        found = noisy_labels.curves_of(setting)
        for epoch in (1, 12, 150):
            state = {"noise": noise, "epoch": epoch}
            line = w.labels_explorer().shown(state).readout
            told = re.search(r"seeds: ([\d.]+) % of the given labels, ([\d.]+) % of .*, and ([\d.]+) % of the true",
                             line).groups()
            at = noisy_labels.STOPS.index(epoch)
            assert [float(v) for v in told] == pytest.approx(
                [found[key].mean(axis=0)[at] for key in ("given", "set aside", "held out")], abs=0.051)
            values, epochs = noisy_labels.stopped(found)
            assert f"(epoch {epochs.min()} to {epochs.max()}): {values.mean():.1f} %" in line


def test_every_noise_but_the_settings_that_refute_is_in_the_explorer():
    assert set(w.LABELS.values()) == {name for name in noisy_labels.NOISES
                                      if not name.endswith(("wider", "faster"))}


# ---- blind -----------------------------------------------------------------------------------------------------------

def chaos(**changes):
    return w.chaos_explorer().shown({"T": 5.0, "kind": "chaotic", "start": 1} | changes)


@pytest.mark.parametrize("kind, T, start", [("chaotic", 2.0, 3), ("settles", 4.5, 8)])
def test_the_gradient_and_the_mean_are_those_of_the_trajectory(kind, T, start):
    line = chaos(kind=kind, T=T, start=start).readout
    steps, rho = round(T / blind_spots.DT), np.array([blind_spots.BOTH[kind]])
    first = blind_spots.on_the_attractor(blind_spots.STARTS, 7)[start - 1:start]
    states, backward = unroll(blind_spots.lorenz_step, steps, first, rho)
    dstates = np.zeros_like(states)
    dstates[:, :, 2] = 1 / steps
    mean, slope = (float(n.replace("−", "-")) for n in re.search(r"mean of z is (\S+), its gradient by ρ (\S+)\. ",
                                                                 line).groups())
    assert mean == pytest.approx(states[:, 0, 2].mean(), abs=0.006)
    assert slope == pytest.approx(backward(dstates)[1][0], rel=0.01)


def test_two_runs_part_in_chaos_and_meet_where_they_settle():
    apart = {kind: float(re.search(r"runs are (\S+) apart", chaos(kind=kind, T=20.0).readout)[1].replace("−", "-"))
             for kind in blind_spots.BOTH}
    assert apart["settles"] < blind_spots.NUDGE < 0.1 < apart["chaotic"]


def test_what_is_true_is_told_for_each_parameter():
    assert "comes to rest at ρ − 1" in chaos(kind="settles").readout and "ρ = 14" in chaos(kind="settles").picture
    assert "near 1" in chaos().readout and "long means" in chaos().picture
