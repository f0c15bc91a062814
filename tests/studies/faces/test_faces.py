"""Lesson 11's networks: splits, images, the two stages, and what the stored networks reach on people they never saw."""

import hashlib

import numpy as np
import pytest

from course_lib.checks import check_gradients
from course_lib.data import load_faces, origin
from course_lib.layers import Sequential, inference
from course_lib.rules.functions import l2_normalize
from course_lib.rules.losses import softmax_cross_entropy
from course_lib.studies import faces
from course_lib.studies.faces import (
    AugmentedBatches,
    CosineLogits,
    Projection,
    SideBySide,
    augmented,
    augmented_descriptors,
    bilinear,
    classifier_training,
    descriptors,
    discriminant,
    eigenfaces,
    embedding_of,
    fisherfaces,
    make_trunk,
    margin_loss,
    pixels,
    prepare,
    principal_directions,
    projection_training,
    resized,
    split_people,
    trained,
    unseen_error,
    whitening,
)
from course_lib.studies.faces.networks import stored

CHECKSUMS = (                                           # of the networks of the five splits
    "f5bd328c3d00f5cd2a3b4a1698d2cefd5c777bce5cbb0519a318601238ff8865",
    "259c43e559cf241b2b0fcb21b9d73fa9bba3f0bc4ddb8646d9f3e8334eef0695",
    "997cec7d64c0be5a76b7eb7750b19e494fbaaeb4d1ee028aafd54bdd8347bf55",
    "52bb1185cc30dbd221524eb3f7dcf2854881632f525bcabe9203996ebbb4aef2",
    "5992cee28fd7049c88936c790ea66f990fa802fa3a7ee28fce3bd32e67b5fd76",
)


def checksum(arrays):
    digest = hashlib.sha256()
    for a in arrays:
        digest.update(f"{a.dtype}{a.shape}".encode() + np.ascontiguousarray(a).tobytes())
    return digest.hexdigest()


def arrays_of(trunk):
    """All that a trunk has learnt: its parameters, and the running averages of its normalisations."""
    return [p.data for p in trunk.params] + [array for layer in trunk.walk() for array in layer.running]


@pytest.fixture(scope="module")
def photographs():
    return load_faces(dtype=np.float32)


@pytest.fixture(scope="module")
def few(photographs):
    """Ten photographs each of three people."""
    return photographs.images[:30], photographs.people[:30]


def unit_rows(rng, *shape):
    return l2_normalize(rng.normal(size=shape))[0]


# ---- people -------------------------------------------------------------------------------------------------

def test_ten_people_are_unseen_in_each_split_and_everyone_in_one_or_two():
    unseen = []
    for k in range(5):
        seen, left_out = split_people(k)
        assert len(seen) == 30 and len(left_out) == 10
        assert np.array_equal(np.sort(np.concatenate([seen, left_out])), np.arange(40))
        unseen += list(left_out)
    assert set(np.bincount(unseen, minlength=40)) == {1, 2}


def test_there_are_five_splits():
    for k in (5, -1, 0.5):
        with pytest.raises(ValueError, match="splits 0 to 4"):
            split_people(k)


# ---- images -------------------------------------------------------------------------------------------------

def test_resizing_to_the_own_size_changes_nothing_and_keeps_straight_lines():
    rng = np.random.default_rng(0)
    image = rng.uniform(size=(2, 7, 5))
    np.testing.assert_allclose(resized(image, 7, 5), image)
    ramp = np.add.outer(np.arange(24.0), 2 * np.arange(18.0))[np.newaxis]
    for height, width in ((12, 9), (48, 36)):
        steps = np.diff(resized(ramp, height, width)[0], axis=0)[3:-3, 3:-3]
        np.testing.assert_allclose(steps, 24 / height)


def test_resizing_takes_the_middle_and_averages_fine_patterns():
    image = np.zeros((1, 20, 40))
    image[:, :, 15:25] = 1                                          # the middle; at a square size the sides go
    assert resized(image, 4, 4)[0, :, 1:3].min() > 0.8 and resized(image, 20, 20)[0, :, 5:15].min() == 1
    chessboard = np.indices((40, 40)).sum(axis=0)[np.newaxis] % 2.0
    assert np.abs(resized(chessboard, 10, 10)[0, 1:-1, 1:-1] - 0.5).max() < 0.01


def test_a_square_image_is_framed_as_wide_as_it_is():
    image = np.random.default_rng(0).uniform(size=(1, 46, 46))
    framed = resized(image)
    np.testing.assert_allclose(framed[:, 5:-5], image)
    np.testing.assert_allclose(framed[:, :5], np.repeat(image[:, :1], 5, axis=1))
    wide = np.concatenate([np.zeros((1, 46, 9)), image, np.ones((1, 46, 9))], axis=2)
    np.testing.assert_allclose(resized(wide), framed)


def test_a_closer_look_and_a_moved_one():
    image = np.random.default_rng(0).uniform(size=(1, 16, 16))
    np.testing.assert_allclose(resized(image, 8, 8, zoom=2), image[:, 4:12, 4:12])
    np.testing.assert_allclose(resized(image, 16, 16, right=1 / 16)[..., :-1], image[..., 1:])
    np.testing.assert_allclose(resized(image, 16, 16, down=-1 / 16)[:, 1:], image[:, :-1])


@pytest.mark.parametrize("shape", [(112, 92), (64, 64), (250, 250), (20, 31), (243, 320)])
def test_images_of_any_size_are_prepared_and_mirrored_ones_mirrored(shape):
    images = np.random.default_rng(0).uniform(size=(3, *shape))
    x = prepare(images)
    assert x.shape == (3, 1, faces.HEIGHT, faces.WIDTH) and x.dtype == np.float32
    np.testing.assert_allclose(x.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=(1, 2, 3)), 1, rtol=1e-4)
    np.testing.assert_allclose(prepare(images[..., ::-1]), x[..., ::-1], atol=1e-5)


def test_grey_values_in_any_range_give_the_same():
    images = np.random.default_rng(0).integers(0, 256, size=(2, 60, 50)).astype(np.uint8)
    x = prepare(images)
    for same in (images / 255, images.astype(int), 3.0 * images - 100):
        np.testing.assert_allclose(prepare(same), x, atol=1e-4)


@pytest.mark.parametrize("images, error, message", [
    (np.zeros((5, 5)), ValueError, "a batch of one"),
    (np.zeros((2, 5, 5, 3)), ValueError, "mean of the colours"),
    (np.zeros((0, 5, 5)), ValueError, "no images"),
    (np.zeros((2, 0, 5)), ValueError, "no pixels"),
    (np.full((2, 5, 5), np.nan), ValueError, "not finite"),
    (np.stack([np.eye(5), np.ones((5, 5))]), ValueError, "one grey value everywhere, the first is number 1"),
    (np.full((1, 5, 5), "a"), TypeError, "must be numbers"),
    (np.eye(5, dtype=complex)[np.newaxis], TypeError, "must be numbers"),
])
def test_what_is_no_photograph_is_refused(images, error, message):
    for use in (prepare, pixels, lambda images: descriptors(make_trunk(rng=np.random.default_rng(0)), images)):
        with pytest.raises(error, match=message):
            use(images)


def test_bilinear_sampling_is_exact_for_planes_and_keeps_the_edge():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 1, 1))
    rows, columns = rng.uniform(0, 8, size=(2, 3, 6, 5))
    planes = a * np.arange(9.0)[:, np.newaxis] + b * np.arange(9.0)
    np.testing.assert_allclose(bilinear(planes, rows, columns), a * rows + b * columns, atol=1e-10)
    outside = bilinear(planes, np.full((3, 1, 1), -4.0), np.full((3, 1, 1), 99.0))
    np.testing.assert_allclose(outside, 8 * b, atol=0.01)


def test_augmented_photographs_differ_from_each_other_but_not_from_run_to_run(few):
    images, _ = few
    first, again = (augmented(images, np.random.default_rng(0)) for _ in range(2))
    other = augmented(images, np.random.default_rng(1))
    assert first.shape == (30, 1, faces.HEIGHT, faces.WIDTH) and first.dtype == np.float32
    assert np.array_equal(first, again) and np.abs(first - other).mean() > 0.1
    np.testing.assert_allclose(first.std(axis=(1, 2, 3)), 1, rtol=1e-4)
    like = (first * prepare(images)).mean(axis=(1, 2, 3))           # still the same photographs: they correlate
    assert like.mean() > 0.4
    with pytest.raises(TypeError, match="Generator"):
        augmented(images, 0)


def test_batches_hold_every_photograph_once_an_epoch(few):
    images, people = few
    batches = AugmentedBatches(images, people, 10, rng=np.random.default_rng(0))
    x, t = zip(*batches)
    assert len(batches) == len(x) == 3 and x[0].shape == (10, 1, faces.HEIGHT, faces.WIDTH)
    assert np.array_equal(np.sort(np.concatenate(t)), people)
    for last, sizes in {"drop": [8, 8, 8], "keep": [8, 8, 8, 6], "merge": [8, 8, 14]}.items():
        batches = AugmentedBatches(images, people, 8, last=last, rng=np.random.default_rng(0))
        assert [len(t) for _, t in batches] == sizes and len(batches) == len(sizes)
    with pytest.raises(ValueError, match="as many labels"):
        AugmentedBatches(images, people[:7], 10, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="divide by the largest"):
        AugmentedBatches(255 * images, people, 10, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="one person"):
        AugmentedBatches(images[:10], people[:10], 5, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="batch"):
        AugmentedBatches(images, people, 31, rng=np.random.default_rng(0))


# ---- stage one ----------------------------------------------------------------------------------------------

def test_gradients_of_the_new_layers_and_of_the_loss(capsys):
    rng = np.random.default_rng(0)
    check_gradients(CosineLogits(4, 5, rng=rng, dtype=np.float64), rng.normal(size=(3, 4)))
    check_gradients(Projection(5, start=rng.normal(size=(3, 5)), dtype=np.float64), rng.normal(size=(4, 5)))
    check_gradients(lambda z: margin_loss(z, np.array([2, 0, 1])), rng.normal(size=(3, 4)))


def test_only_directions_count_for_cosine_logits():
    rng = np.random.default_rng(0)
    layer, x = CosineLogits(4, 5, scale=16.0, rng=rng, dtype=np.float64), rng.normal(size=(3, 4))
    z, _ = layer(x)
    np.testing.assert_allclose(layer(7 * x)[0], z)
    u, V = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (x, layer.W.data))
    np.testing.assert_allclose(z, 16 * u @ V.T)


def test_a_margin_of_zero_is_softmax_cross_entropy_and_a_larger_one_costs_more():
    rng = np.random.default_rng(0)
    z, t = rng.normal(size=(6, 4)), np.array([0, 1, 2, 3, 0, 1])
    losses = [margin_loss(z, t, margin)[0] for margin in (0.0, 1.0, 3.0)]
    assert losses[0] == pytest.approx(softmax_cross_entropy(z, t)[0]) and losses == sorted(losses)


def test_training_is_reproducible_lowers_the_loss_and_leaves_the_data_alone(few):
    images, people = few
    kept, trunks = images.copy(), []
    for _ in range(2):
        trunks.append(make_trunk(rng=np.random.default_rng(0)))
        losses = [loss for _, _, loss in classifier_training(trunks[-1], images, people, epochs=8, batch=15,
                                                             rng=np.random.default_rng(1))]
    assert len(losses) == 16 and np.mean(losses[-4:]) < 0.6 * np.mean(losses[:4])
    for p, q in zip(trunks[0].params, trunks[1].params, strict=True):
        assert np.array_equal(p.data, q.data) and p.data.dtype == np.float32
    assert np.array_equal(images, kept)


def test_errors_of_training_come_before_the_first_step(few):
    images, people = few
    trunk = make_trunk(rng=np.random.default_rng(0))
    for wrong in ((images[:10], people[:10]), (images[:0], people[:0]), (images, people[:5]), (images[0], people[:1])):
        with pytest.raises(ValueError):
            classifier_training(trunk, *wrong, rng=np.random.default_rng(0))


def test_descriptors_are_unit_vectors_the_same_for_mirrored_images_and_alone(few):
    images, _ = few
    trunk = trained(0)[0]
    y = descriptors(trunk, images)
    assert y.shape == (30, trunk.n_out) and y.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(descriptors(trunk, images[..., ::-1]), y, atol=2e-4)
    np.testing.assert_allclose(descriptors(trunk, images[4:5]), y[4:5], atol=1e-5)      # neighbours play no part


def test_trunks_side_by_side(few):
    rng = np.random.default_rng(0)
    trunks = [make_trunk(rng=rng, channels=(2, 2, 3, 3), n_out=n, dtype=np.float64) for n in (5, 7)]
    both, x = SideBySide(*trunks), prepare(few[0][::10]).astype(np.float64)
    with inference(both):
        y, backward = both(x)
        first, second = (l2_normalize(trunk(x)[0])[0] for trunk in trunks)
    assert both.n_out == 12 and y.shape == (3, 12) and len(both.params) == 2 * len(trunks[0].params)
    np.testing.assert_allclose(y, np.concatenate([first, second], axis=1) / np.sqrt(2))
    dy, d = rng.normal(size=y.shape), rng.normal(size=x.shape)
    with inference(both):
        slope = ((both(x + 1e-6 * d)[0] - both(x - 1e-6 * d)[0]) * dy).sum() / 2e-6
    assert (backward(dy) * d).sum() == pytest.approx(slope, rel=1e-5)
    assert all(p.grad is not None for p in both.params) and not any(layer.training is False for layer in both.walk())


# ---- stage two ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["random", "semi-hard", "hard"])
def test_tuning_lowers_the_loss_where_there_is_something_to_learn(kind):
    """People differ in 4 directions, photographs of one person in the other 12: the projection must find out which."""
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(20), 10)
    x = np.concatenate([np.repeat(rng.normal(size=(20, 4)), 10, axis=0), rng.normal(size=(200, 12))], axis=1)
    x = l2_normalize(x)[0].astype(np.float32)
    projection = Projection(16)
    steps = projection_training(projection, x, people, kind=kind, margin=0.5, steps=150, lr=0.5, rng=rng)
    result = np.array(list(steps))
    assert result.shape == (150, 3) and np.array_equal(result[:, 0], np.arange(1, 151))
    assert np.all((result[:, 2] >= 0) & (result[:, 2] <= 1))
    W = projection.W.data
    assert (W[:, :4] ** 2).sum(axis=0).min() > 2 * (W[:, 4:] ** 2).sum(axis=0).max()
    if kind != "semi-hard":                             # semi-hard ones are chosen to be active and hard to win
        assert result[-20:, 1].mean() < 0.8 * result[:20, 1].mean()


def test_the_trunk_does_not_change_in_stage_two(few):
    images, people = few
    trunk = trained(0)[0]
    before = [array.copy() for array in arrays_of(trunk)]
    rng = np.random.default_rng(0)
    x = augmented_descriptors(trunk, images, 2, rng=rng)
    projection = Projection(trunk.n_out)
    for _ in projection_training(projection, x, np.tile(people, 2), steps=3, batch=(3, 6), margin=1.0, rng=rng):
        pass
    assert not np.array_equal(projection.W.data, np.eye(trunk.n_out))
    for old, new in zip(before, arrays_of(trunk), strict=True):
        assert np.array_equal(old, new)


def test_tuning_is_reproducible_and_stands_still_without_active_triplets():
    rng = np.random.default_rng(0)
    x, people = unit_rows(rng, 40, 6), np.repeat(np.arange(4), 10)
    ends = []
    for _ in range(2):
        projection = Projection(6)
        list(projection_training(projection, x.astype(np.float32), people, steps=5, batch=(4, 5),
                                 rng=np.random.default_rng(3)))
        ends.append(projection.W.data)
    assert np.array_equal(*ends)
    apart = np.repeat(np.eye(4, 6), 10, axis=0).astype(np.float32)              # every triplet satisfied
    projection = Projection(6)
    result = list(projection_training(projection, apart, people, steps=3, batch=(4, 5), rng=np.random.default_rng(3)))
    assert [(loss, active) for _, loss, active in result] == [(0.0, 0.0)] * 3
    assert np.array_equal(projection.W.data, np.eye(6))


def test_errors_of_stage_two():
    rng = np.random.default_rng(0)
    x, people = unit_rows(rng, 12, 6).astype(np.float32), np.repeat([0, 1, 2], 4)
    for wrong, message in (((x[:4], people[:4]), "there are 1 people"), ((x, people[:5]), "people"),
                           ((x[:0], people[:0]), "empty"),
                           ((x, np.arange(12)), "descriptors of each")):
        with pytest.raises(ValueError, match=message):
            next(projection_training(Projection(6), *wrong, batch=(2, 3), rng=rng))
    with pytest.raises(ValueError, match="kind"):
        next(projection_training(Projection(6), x, people, kind="easy", batch=(2, 3), rng=rng))


def test_whitening_makes_variances_equal_or_halves_their_exponents():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 6)) * [8, 4, 2, 1, 1, 0.5] @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    before = np.linalg.eigvalsh(np.cov(x.T))
    for power in (1.0, 0.5, 0.0):
        W = whitening(x, power)
        after = np.linalg.eigvalsh(np.cov((x @ W.T).T))
        np.testing.assert_allclose(after / after[-1], (before / before[-1]) ** (1 - power), rtol=1e-6)
        assert (W * W).sum() == pytest.approx(6)
    with pytest.raises(ValueError, match="do not span"):
        whitening(x[:6])


# ---- the baselines ------------------------------------------------------------------------------------------

def test_eigenfaces_are_the_directions_of_largest_variance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) * [1, 7, 2, 9, 3]
    mean, V = principal_directions(x, 2)
    np.testing.assert_allclose(mean, x.mean(axis=0))
    np.testing.assert_allclose(V.T @ V, np.eye(2), atol=1e-12)
    assert np.abs(V[3, 0]) > 0.95 and np.abs(V[1, 1]) > 0.95
    images = rng.uniform(size=(12, 20, 20))
    assert eigenfaces(images, 5)(images[:3]).shape == (3, 5)


def test_the_discriminant_finds_the_direction_in_which_people_differ():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(6), 50)
    x = rng.normal(size=(300, 4)) * [1, 20, 1, 1]
    x[:, 0] += 10 * people                                          # the second varies more, but within people
    W = discriminant(x, people, 0.0)
    assert W.shape == (4, 4) and abs(W[0, 0]) > 10 * abs(W[1, 0])
    within = np.cov((x @ W - np.stack([(x[people == i] @ W).mean(axis=0) for i in range(6)])[people]).T)
    np.testing.assert_allclose(within, np.eye(4), atol=0.05)
    with pytest.raises(ValueError, match="at least two people"):
        discriminant(x[:50], people[:50], 0.5)


def test_the_baselines_are_where_they_were_measured(photographs):
    images, people = photographs
    rates = {"pixels": [], "PCA": [], "LDA": []}
    for k in range(5):
        rows = np.isin(people, split_people(k)[0])
        rates["pixels"].append(unseen_error(pixels, images, people, k))
        rates["PCA"].append(unseen_error(eigenfaces(images[rows]), images, people, k))
        rates["LDA"].append(unseen_error(fisherfaces(images[rows], people[rows]), images, people, k))
    means = {name: np.mean(values) for name, values in rates.items()}
    assert 0.13 < means["pixels"] < 0.17 and 0.09 < means["LDA"] < means["PCA"] < 0.16


# ---- the goal -----------------------------------------------------------------------------------------------

def test_the_stored_networks_recognise_people_they_never_saw(photographs):
    images, people = photographs
    rates = [unseen_error(embedding_of(k), images, people, k) for k in range(5)]
    assert np.mean(rates) <= 0.05, rates


def test_the_stored_networks_say_that_nothing_was_chosen_by_the_people_left_out():
    facts = origin(faces.FILE)
    assert f"{faces.SEED})" in facts["seeds"] and "nothing was chosen" in facts["seeds"]
    assert f"{faces.EPOCHS} epochs" in facts["steps"] and "other splits of the same 40 people" in facts["settings"]


def test_a_stored_network_embeds_other_sizes_and_stands_other_light(photographs):
    images, people = photographs
    embed = embedding_of(0)
    y = embed(images[:20])
    for other in (images[:20] * 0.5 + 0.2, (255 * images[:20]).astype(np.uint8), resized(images[:20], 224, 184)):
        z = embed(other)
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), 1, rtol=1e-5)
        assert (y * z).sum(axis=1).min() > 0.97
    assert embed(resized(images[:3], 64, 64)).shape == y[:3].shape


def test_the_stored_networks_are_the_numbers_that_were_trained():
    """Whatever the format of the file: the arrays, bit by bit, in the order of the parameters, then the averages."""
    for k, wanted in enumerate(CHECKSUMS):
        trunk, projection = trained(k)
        assert checksum([*arrays_of(trunk), projection.W.data]) == wanted


def test_what_training_writes_is_what_the_loader_reads(tmp_path):
    from course_lib.data.files import read_bytes
    from course_lib.saving import load, read_arrays, write_arrays
    trunk, projection = trained(2)
    arrays = stored(2, trunk, projection)
    title, in_file = read_arrays(read_bytes(faces.FILE), "2/")
    assert {f"2/{name}": array.dtype for name, array in in_file.items()} == {n: a.dtype for n, a in arrays.items()}
    path = write_arrays(tmp_path / "again", arrays, compressed=True)
    other = SideBySide(*(make_trunk(rng=np.random.default_rng(1)) for _ in range(2)))
    again = Projection(other.n_out)
    load(Sequential(other, again), path, prefix="2/")
    assert checksum([*arrays_of(other), again.W.data]) == CHECKSUMS[2]


def test_the_weights_file_is_small_and_belongs_to_the_trunk():
    from course_lib.data.files import read_bytes
    assert len(read_bytes(faces.FILE)) < 3e6
    trunk, projection = trained(4)
    with inference(Sequential(trunk, projection)) as net:
        y, _ = net(np.ones((2, 1, faces.HEIGHT, faces.WIDTH), np.float32))
    assert y.shape == (2, len(projection.W.data)) and np.isfinite(y).all()
    with pytest.raises(ValueError, match="splits 0 to 4"):
        trained(5)
