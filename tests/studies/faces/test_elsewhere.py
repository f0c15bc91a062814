"""Photographs from elsewhere: centring, calibrating without names, one against many, a folder judged."""

from functools import cache, partial

import numpy as np
import pytest

from course_lib import load_faces
from course_lib.rules.functions import l2_normalize
from course_lib.studies import faces as study
from course_lib.studies.faces.classifier import ONE_VIEW
from course_lib.studies.faces.verification import all_pairs, equal_error_rate, pair_distances
from course_lib.studies.reports import Report

RNG = np.random.default_rng
PEOPLE = np.repeat(np.arange(20), 5)


def cloud(seed, offset=0.0, people=PEOPLE, scatter=0.35, size=40):
    """Unit vectors of people, all with the same offset: what centring is for."""
    rng = RNG(seed)
    who = rng.normal(size=(people.max() + 1, size)) / np.sqrt(size)
    shared = np.zeros(size)
    shared[0] = offset
    return l2_normalize(who[people] + scatter * rng.normal(size=(len(people), size)) / np.sqrt(size) + shared)[0]


def rates(y, threshold, people=PEOPLE):
    pairs = all_pairs(people)
    d = pair_distances(y, pairs)
    return (d <= threshold)[~pairs.same].mean(), (d > threshold)[pairs.same].mean(), equal_error_rate(d, pairs.same)[0]


@cache
def network(k=0):
    trunk, projection = study.trained(k)
    return lambda images: projection(study.descriptors(trunk, images, ONE_VIEW))[0]


@cache
def strangers(k=0):
    rows = np.isin(load_faces().people, study.split_people(k)[1])
    return load_faces().images[rows], load_faces().people[rows]


@cache
def seen_here():
    return network()(strangers()[0])


def test_a_common_offset_raises_every_similarity_by_its_square():
    """Equation (11.8): the mean of all similarities is |m|²; without m it is 0."""
    y = cloud(0, offset=1.0)
    m = y.mean(axis=0)
    assert (y @ y.T).mean() == pytest.approx(m @ m)
    x = y - m
    np.testing.assert_allclose(y @ y.T, x @ x.T + (x @ m)[:, np.newaxis] + x @ m + m @ m, atol=1e-12)
    assert abs((x @ x.T).mean()) < 1e-12
    np.testing.assert_allclose(np.linalg.norm(study.centred(y), axis=1), 1)
    np.testing.assert_allclose(study.centred(y), study.centred(y, m))


def test_centring_makes_collections_with_other_offsets_alike():
    here, there = cloud(1), cloud(1, offset=1.0)                # the same people
    np.testing.assert_array_less(rates(here, 1.0)[0] + 0.2, rates(there, 1.0)[0])
    found = study.calibrate(there, here, PEOPLE)
    assert rates(found.vectors(there), found.threshold)[0] < 0.1
    np.testing.assert_allclose(found.mean, there.mean(axis=0))
    assert found.photographs == 100


def test_the_threshold_is_that_of_equal_errors_and_lowered_where_pairs_spread_more():
    here = cloud(2)
    pairs = all_pairs(PEOPLE)
    equal = equal_error_rate(pair_distances(study.centred(here), pairs), pairs.same)[1]
    assert study.calibrate(here, here, PEOPLE).threshold == pytest.approx(equal)
    wider = cloud(3, size=10)                                   # fewer dimensions: similarities scatter more
    assert study.calibrate(wider, here, PEOPLE).threshold < equal - 0.1
    narrower = cloud(3, size=400)
    assert study.calibrate(narrower, here, PEOPLE).threshold == pytest.approx(equal)


def test_no_names_are_used_and_the_order_does_not_matter():
    here, there = cloud(4), cloud(5, offset=0.7)
    first, second = (study.calibrate(y, here, PEOPLE) for y in (there, there[RNG(0).permutation(100)]))
    np.testing.assert_allclose(first.mean, second.mean)
    assert first.threshold == pytest.approx(second.threshold)


def test_of_few_people_the_mean_is_these_people():
    """One person: what is compared is taken away. The reason why the lesson asks for many people."""
    here, there = cloud(6), cloud(7, offset=1.0)
    threshold = study.calibrate(there, here, PEOPLE).threshold
    alone = study.centred(there[:5])
    assert (np.linalg.norm(alone[:, np.newaxis] - alone, axis=2)[np.triu_indices(5, 1)] > threshold).mean() > 0.9
    assert rates(study.centred(there), threshold)[1] < 0.3


@pytest.mark.parametrize("y", [np.ones(40), np.full((20, 4), np.nan)])
def test_what_holds_no_finite_vectors_is_refused(y):
    with pytest.raises(ValueError, match="finite vectors") as error:
        study.calibrate(y, cloud(0), PEOPLE)
    assert not isinstance(error.value, study.TooFew)


def test_too_few_photographs_to_calibrate_with_are_refused():
    with pytest.raises(study.TooFew, match="at least 10 photographs, of as many people as can be had, got 9"):
        study.calibrate(cloud(0)[:9], cloud(0), PEOPLE)


def test_copies_of_a_photograph_count_once():
    y = cloud(0)
    with pytest.raises(study.TooFew, match="only 9 of the 90 photographs differ; give at least 10"):
        study.calibrate(np.tile(y[:9], (10, 1)).astype(np.float32), y, PEOPLE)
    with pytest.raises(study.TooFew, match="only 1 of the 20"):
        study.calibrate(y[[0] * 20] + 1e-7 * RNG(0).normal(size=(20, 40)), y, PEOPLE)
    assert study.calibrate(np.concatenate([y[:10], y[:3]]), y, PEOPLE).photographs == 13
    assert study.calibrate(np.concatenate([y[:5], -y[:5]]), y, PEOPLE).photographs == 10       # opposite: no copies


def test_one_against_many():
    assert study.among(0.01, 1) == pytest.approx(0.01) and study.among(0.01, 100) == pytest.approx(0.634, abs=1e-3)
    rng, hits = RNG(0), 0
    for _ in range(4000):
        hits += (rng.random(30) < 0.02).any()
    assert hits / 4000 == pytest.approx(study.among(0.02, 30), abs=0.025)


def test_strangers_are_named_if_anybody_else_is_near():
    y = l2_normalize(np.array([[1.0, 0], [1, 0.1], [0, 1], [0.1, 1], [-1, 0]]))[0]
    for people, named in ((np.array([0, 1, 1, 2, 3]), [True, True, True, True, False]),
                          (np.array([0, 0, 2, 2, 3]), [False] * 5)):
        pairs = all_pairs(people)
        assert study.strangers_named(pairs, pair_distances(y, pairs), 0.3).tolist() == named


def test_the_next_stranger_is_named_once_in_n_plus_one():
    rng, named = RNG(0), []
    for _ in range(400):
        gallery, ours = (l2_normalize(rng.normal(size=(n, 8)))[0] for n in (30, 30))
        threshold = study.naming_threshold(ours[:9], gallery)
        nearest = np.sqrt(2 - 2 * (ours @ gallery.T).max(axis=1))
        assert (nearest[:9] > threshold).all()
        named.append((nearest[9:] <= threshold).mean())
    assert np.mean(named) == pytest.approx(0.1, abs=0.02)


@pytest.mark.parametrize("change", [study.other_camera, study.own_light])
def test_a_simulated_elsewhere_is_drawn_and_changes_no_input(change):
    images = load_faces(dtype=np.float32).images[:6]
    before = images.copy()
    first, second, other = (change(images, RNG(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(images, before)
    assert first.shape == images.shape and first.dtype == images.dtype and 0 <= first.min() <= first.max() <= 1
    assert np.abs(first - other).mean() > 0.01 < np.abs(first - images).mean()
    with pytest.raises(TypeError, match="rng"):
        change(images, 3)


def test_another_camera_is_one_for_all_and_light_is_each_ones_own():
    images = np.broadcast_to(load_faces().images[0], (8, 112, 92))
    assert np.ptp(study.other_camera(images, RNG(0)), axis=0).max() < 1e-12
    assert np.ptp(study.own_light(images, RNG(0)), axis=0).max() > 0.2


def test_where_each_has_a_light_of_its_own_centring_hardly_helps():
    """As in lesson 11: rejects rise, and the equal error rate is not told apart by much."""
    images, people = strangers()
    pairs = all_pairs(people)
    threshold = equal_error_rate(pair_distances(seen_here(), pairs), pairs.same)[1]
    y = network()(study.own_light(images, RNG(0)))
    found = study.calibrate(y, seen_here(), people)
    before, after = rates(y, threshold, people), rates(found.vectors(y), found.threshold, people)
    assert after[1] > before[1] + 0.1 and abs(after[2] - before[2]) < 0.03


def test_on_a_simulated_elsewhere_centring_brings_false_acceptance_below_ten_percent():
    """What lesson 11 shows for five splits, here for two draws of one."""
    images, people = strangers()
    pairs = all_pairs(people)
    eer, threshold = equal_error_rate(pair_distances(seen_here(), pairs), pairs.same)
    for seed in (3, 4):
        y = network()(study.other_camera(images, RNG(seed)))
        before, _, error = rates(y, threshold, people)
        found = study.calibrate(y, seen_here(), people)
        after, _, error_after = rates(found.vectors(y), found.threshold, people)
        assert after < 0.1 < before and error_after <= error + 0.005


def test_a_folder_is_judged_by_person_with_intervals_over_people(tmp_path):
    images, people = strangers()
    report = study.judge_photographs((images, people.astype(str)), network(), strangers(),
                                     facts={"data": "AT&T, people left out in split 0"})
    everybody, = report.part("all")
    assert everybody.number == 100 and everybody.units == 10 and 0.9 < everybody.share <= 1
    assert len(report.part("is")) == 10 and {row.units for row in report.part("is")} == {1}
    accept, reject = report.part("threshold")
    assert (accept.number, reject.number, accept.units) == (4500, 450, 10) and accept.low < accept.share < accept.high
    found = study.calibrate(seen_here(), seen_here(), people)
    assert (accept.share, reject.share) == pytest.approx(rates(found.vectors(seen_here()), found.threshold, people)[:2])
    assert report.part("equal error rate")[0].share == pytest.approx(
        rates(study.centred(seen_here()), 1, people)[2], abs=1e-4)
    assert "100 photographs, without names" in report.origin["calibration"]
    assert Report.read(report.write(tmp_path / "figures.csv")).origin["data"] == "AT&T, people left out in split 0"


def test_nobody_is_taken_for_somebody_beyond_the_threshold():
    y = {"near": cloud(8), "far": cloud(8)}
    judge = partial(study.judge_photographs, embed=lambda images: y["near"], known=(np.zeros(100), PEOPLE))
    found = study.Calibration(np.zeros(40), 1e-6, 50)
    report = judge((np.zeros(100), PEOPLE.astype(str)), calibration=found)
    assert report.part("all")[0].share == 0 and {row.answer for row in report.part("taken for")} == {"no answer"}
    assert "50 photographs" in report.origin["calibration"]


def test_few_people_or_single_photographs_are_refused():
    images, people = strangers()
    with pytest.raises(ValueError, match="photographs of 4 people is these people"):
        study.judge_photographs((images[:40], people[:40]), network(), strangers())
    with pytest.raises(ValueError, match="one photograph only of 40"):
        study.judge_photographs((images[:3], np.array([1, 1, 40])), network(), strangers())


def test_the_stored_figures_of_other_collections_are_complete():
    rows, header = study.elsewhere_rows()
    assert header == ["equal error rate", "pixels", "eigenfaces", "Fisherfaces", "network"]
    assert rows[0] == ["AT&T, unseen people", "17.2 %", "18.6 %", "11.1 %", "2.2 %"] and len(rows) == 6
    assert rows[-1] == ["AR, light from the side", "38.9 %", "33.5 %", "25.5 %", "8.3 %"]
    named, = study.elsewhere_figures().part("strangers named, 100 comparisons each")
    assert round(named.share * named.number) == 28 and named.number == 50
    assert "30 November 2026, photographs not shipped" in study.elsewhere_figures().origin["data"]


# ---- what the lesson shows --------------------------------------------------------------------------------------

TAKEN = {(kind, k): cloud(k, offset, scatter=0.9) for kind, offset in (("as they are", 0.0), ("another camera", 1.0),
                                                          ("own light", 0.3)) for k in range(2)}


def test_the_table_of_cameras_holds_rates_of_all_splits_together():
    rows = study.shifted_rows(TAKEN, [PEOPLE, PEOPLE])
    assert [row.name for row in rows] == ["as they are", "another camera", "own light", "camera, mean of 2",
                                          "camera, mean of 1"]
    camera, of_two, of_one = rows[1], *rows[3:]
    hits = [rates(TAKEN["another camera", k], study.threshold_of(TAKEN["as they are", k], PEOPLE)) for k in range(2)]
    assert camera.accepts_before[0] == pytest.approx(np.mean([h[0] for h in hits]))
    assert camera.rejects_before[0] == pytest.approx(np.mean([h[1] for h in hits]))
    assert camera.accepts_after[2] < camera.accepts_before[1]
    errors = [np.mean([rates(change(TAKEN["another camera", k]), 1)[2] for k in range(2)])
              for change in (np.asarray, study.centred)]
    assert [camera.eer_before, camera.eer_after] == pytest.approx(errors)
    assert of_one.rejects_after[0] > of_two.rejects_after[0] > camera.rejects_after[0]
    assert np.isnan([*of_one.accepts_before, *of_one.accepts_after, *of_one[6:]]).all()    # one person: no pair of two


def test_the_table_of_cameras_is_in_words_and_what_is_not_known_is_empty():
    row = study.Shifted("x", 0.456, (0.5, 0.4, 0.61), (0.0, 0.0, 0.072), (1.0, 0.9, 1.0), (0.25, 0.2, 0.3), 0.091, 0.02)
    nothing = study.shifted_row("y", [np.full((100, 40), np.nan)], [np.full((100, 40), np.nan)], [PEOPLE])
    rows, header = study.shifted_table([row, nothing])
    assert rows[0] == ["x", "0.46", "50.0 % (40.0 to 61.0)", "0.0 % (0.0 to 7.2)", "100.0 % (90.0 to 100.0)",
                       "25.0 % (20.0 to 30.0)", "9.1 %", "2.0 %"]
    assert rows[1] == ["y (incomplete)", *[""] * 7] and header == study.SHIFTED and len(header) == 8


def test_what_was_interrupted_is_left_out_of_the_tables():
    part = TAKEN | {("another camera", 1): np.full((100, 40), np.nan)}
    whole, some = (study.shifted_rows(taken, [PEOPLE, PEOPLE])[1] for taken in (TAKEN, part))
    assert some.name == "another camera" and some != whole and np.isfinite(np.hstack(some[1:])).all()
    rows, counted, fewer = study.gate([cloud(0), np.full((100, 40), np.nan)], [PEOPLE, PEOPLE])
    assert counted is None and fewer == "" and len(rows) == 2
    assert len(study.gate([np.full((100, 40), np.nan)], [PEOPLE])[0]) == 2


def test_against_many_counts_what_it_says():
    y = cloud(9, scatter=0.8)
    rate, promised, counted, rejected = study.against_many(y, PEOPLE)
    threshold = study.threshold_of(y, PEOPLE)
    assert (rate, rejected) == pytest.approx(rates(y, threshold)[:2])
    assert promised == pytest.approx(1 - (1 - rate) ** 95)              # 20 people, 5 photographs: 95 of others
    pairs = all_pairs(PEOPLE)
    assert counted == study.strangers_named(pairs, pair_distances(y, pairs), threshold).mean() < promised
    assert study.against_many(y, PEOPLE, 0.01)[0] == pytest.approx(0.01, abs=1e-3)
    rows, mean, fewer = study.gate([y, y], [PEOPLE, PEOPLE])
    assert mean == pytest.approx(100 * counted) and fewer.startswith(f"{100 * (promised - counted):.0f} ± ")
    assert rows[0][0] == "equal errors" and rows[1][0] == "1 in 1,000" and len(rows[0]) == len(study.MANY)


def test_the_example_takes_every_second_photograph_and_leaves_the_others_as_they_are():
    images, people = strangers()
    known, example = study.known_and_example((images, people), 3)
    np.testing.assert_array_equal(known[0], images[::2])
    np.testing.assert_array_equal(example[0], study.other_camera(images[1::2], RNG(3)))
    assert known[1].tolist() == people[::2].tolist() and example[1].tolist() == people[1::2].tolist()


def test_all_stored_figures_are_in_the_tables():
    tables = study.elsewhere_tables()
    report = study.elsewhere_figures()
    rates, places = report.part("equal error rate"), {row.name for row in report.part("equal error rate")}
    assert sum(len(rows) for rows, _ in tables) == len(places) + len(report.rows) - len(rates)
    assert all(len(row) == len(header) for rows, header in tables for row in rows)
    ranges = dict((header[0], header[-1]) for _, header in tables)
    assert ranges["false accepts at the threshold of AT&T"] == "least to most"
    assert ranges["strangers named, 100 comparisons each"] == "95 % interval"
