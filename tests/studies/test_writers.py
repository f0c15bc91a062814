"""People never met: the experiments do what they say, with trainings cut short; the stored figures are theirs."""

import numpy as np
import pytest

from course_lib.data import digit_forms, load_digits, load_new_writers
from course_lib.data.origins import origin, read_table
from course_lib.studies import writers


@pytest.fixture
def learnt(monkeypatch):
    """Every training of three updates only; what was fitted is noted: (rows as bytes, seed)."""
    fitted, learn = [], writers.learn

    def noted(x, t, seed, change=None):
        fitted.append(({row.tobytes() for row in x}, seed))
        return learn(x, t, seed, change)
    monkeypatch.setattr(writers, "UPDATES", 3)
    monkeypatch.setattr(writers, "learn", noted)
    return fitted


def rows_of(x):
    return {row.tobytes() for row in x}


def test_a_training_is_that_of_lesson_04(monkeypatch):
    """The five copies, the batches and the falling rate of the page, update by update."""
    from course_lib import SGD, Batches, softmax_cross_entropy, training
    from course_lib.data import shifted
    digits, rng = load_digits(), np.random.default_rng(4)
    monkeypatch.setattr(writers, "UPDATES", 40)
    x, t = digits.x_train[:100], digits.t_train[:100]
    net = writers.sigmoid_network(rng, writers.SIZES)
    moved = np.concatenate([shifted(x, *move) for move in [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0)]])
    batches, optimizer = Batches(moved, np.tile(t, 5), 32, rng=rng), SGD(net.params, lr=0.2, momentum=0.9)
    for _, step, _ in training(net, softmax_cross_entropy, optimizer, batches, 3):
        optimizer.lr = 0.2 * (1 - step / 40)
        if step == 40:
            break
    for mine, theirs in zip(writers.learn(x, t, 4).params, net.params):
        np.testing.assert_array_equal(mine.data, theirs.data)
    assert 20 * len(Batches(np.zeros((5 * 1442, 1)), np.zeros(5 * 1442), 32)) == 4500       # 20 epochs


def test_both_ways_fits_as_many_and_judges_others(learnt):
    found = list(writers.both_ways([0]))
    assert [(setting, judged) for _, setting, _, judged, _ in found] == [
        ("13", "13"), ("13", "30"), ("30", "30"), ("30", "13")]
    (thirteen, _), (thirty, _) = learnt
    assert len(thirteen) == len(thirty) == 1442
    assert thirteen <= rows_of(writers.everything()[0]) and thirty <= rows_of(load_new_writers().x)


def test_by_form_judges_each_digit_once_met_and_once_new(learnt):
    found = list(writers.by_form([0]))
    x, t, forms = writers.everything()
    assert [(setting, form) for _, setting, _, form, _ in found] == [
        (setting, form) for form in range(14) for setting in ("met", "new", "new, more people")]
    assert len(learnt) == 5 + 2 * 14
    for fitted, _ in learnt[:5]:                                    # a fifth is left out, and every form was met
        assert len(fitted) in (1437, 1438) and all(fitted & rows_of(x[forms == form]) for form in range(14))
    for form, ((fitted, _), (more, _)) in enumerate(zip(learnt[5::2], learnt[6::2])):
        assert len(fitted) in (1437, 1438) and fitted < more and not more & rows_of(x[forms == form])
        assert more == rows_of(x[forms != form]) | rows_of(load_new_writers().x)
    assert rows_of(x) == set.union(*(fitted for fitted, _ in learnt[:5]))


def test_how_many_takes_the_same_number_from_few_forms_and_from_many(learnt):
    list(writers.how_many([0, 1], numbers=(2, 14)))
    x, _, forms = writers.everything()
    form_of = {row.tobytes(): form for row, form in zip(x, forms)}
    assert [len({form_of[row] for row in fitted}) for fitted, _ in learnt] == [2, 14, 2, 14]
    assert {len(fitted) for fitted, _ in learnt} == {224}


def test_moves_chooses_on_forms_left_out_and_fits_all_in_the_end(learnt, monkeypatch):
    monkeypatch.setattr(writers, "KINDS", {"turned": writers.KINDS["turned"], "moved": writers.KINDS["moved"]})
    found = list(writers.moves([4, 5], [100], widen=0))
    split, digits = writers.parts(), load_digits()
    search, final = rows_of(split.fit[0]), rows_of(digits.x_train)
    assert [fitted for fitted, seed in learnt if seed == 100] == [search] * (2 * 3 + 2)
    assert [fitted for fitted, seed in learnt if seed != 100] == [final] * (2 * 2 + 2 * 2)
    assert {judged for name, _, _, judged, _ in found if name == "moves"} == {"13", "30"}
    assert len(found) == 2 * (4 + 3) + 2 * (4 + 1)
    forms, _ = digit_forms()
    assert not rows_of(digits.x_train[np.isin(forms, writers.LEFT_OUT)]) & search


def test_changes_stay_within_their_bounds():
    x, rng = load_digits().x_train[:50], np.random.default_rng(0)
    np.testing.assert_allclose(writers.changes()(x, rng), x, atol=1e-12)
    one = writers.changes(by=1)(x, np.random.default_rng(1))
    assert one.shape == x.shape and not np.allclose(one, x) and one.min() >= 0 and one.max() <= 1
    np.testing.assert_array_equal(one, writers.changes(by=1)(x, np.random.default_rng(1)))


def test_the_stored_figures_are_complete_and_can_be_shown():
    found = {name: writers.measured(name) for name in ("both ways", "by form", "how many", "moves", "search")}
    assert sum(len(errors) for of in found.values() for errors in of.values()) == len(read_table(writers.FILE)[1])
    assert all(0 <= e.min() and e.max() < 100 for of in found.values() for e in of.values())
    assert {len(e) for e in found["both ways"].values()} == {len(e) for e in found["how many"].values()} == {10}
    assert {len(e) for (setting, _), e in [*found["by form"].items(), *found["moves"].items()]
            if setting != "new, more people"} == {len(writers.SEEDS)}
    assert {len(e) for (setting, _), e in found["by form"].items() if setting == "new, more people"} == {3}
    assert len(found["by form"]) == 42 and len(writers.by_form_errors()["new"]) == 14
    assert [len(row) for row in writers.both_ways_rows()] == [3, 3]
    assert [row[0] for row in writers.how_many_rows()] == [2, 4, 8, 14]
    assert {row[0] for row in writers.moves_rows()} == {*writers.KINDS, "nothing", "five copies"}
    for name in writers.KINDS:                          # what was chosen has the fewest errors on the forms left out
        searched = {setting: e[0] for (setting, _), e in found["search"].items() if setting.startswith(name + ", ")}
        assert min(searched, key=searched.get) == f"{name}, {writers.moves_errors()[name]['strength']}"
    assert all({len(row) for row in rows} == {len(header)} for rows, header, _ in writers.tables())
    assert "writers" in origin(writers.FILE)["command"]
