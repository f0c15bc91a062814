"""The explorers of lesson 11: the numbers shown are those of the library, and no file can upset the last of them."""

import base64
import io
import re
import xml.etree.ElementTree as ET
from datetime import datetime
from functools import cache

import ipywidgets as ipw
import numpy as np
import pytest
from PIL import Image

from course_lib import load_faces, mine_triplets
from course_lib.page.drawing.svg import photograph
from course_lib.page.pictures import SIDE
from course_lib.rules.losses import triplet_loss
from course_lib.studies import faces
from course_lib.studies.faces.mapping import all_distances, flat_map
from course_lib.studies.faces.resemblance import descriptors_at_once, embedding_and_backward
from course_lib.studies.faces.triplets import triplet_kind
from course_lib.studies.faces.verification import all_pairs, equal_error_rate, pair_distances
from course_lib.widgets import lesson11 as w

RNG = np.random.default_rng
NOW = datetime(2024, 1, 1)


def stand_in(images):
    """Another embedding: 4 × 4 means of grey values, standardised, as unit vectors."""
    y = faces.standardised(faces.resized(np.asarray(images, float), 8, 8)).reshape(len(images), -1)
    return y / np.linalg.norm(y, axis=1, keepdims=True)


def text_of(explorer):
    return explorer.shown().readout.replace("−", "-")


def numbers(pattern, explorer):
    found = re.search(pattern, text_of(explorer))
    assert found, (pattern, text_of(explorer))
    return [float(n) for n in found.groups()]


def words_of(explorer):
    """All words in the picture."""
    return [e.text for e in ET.fromstring(explorer.shown().picture).iter("{http://www.w3.org/2000/svg}text")]


def test_a_photograph_is_drawn_with_these_grey_values():
    grey = RNG(0).random((5, 7))
    grey[0, :2] = -0.1, 1.2
    code = re.search(r'base64,([^"]*)', photograph(0, 0, 70, 50, grey)).group(1)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(code))))
    np.testing.assert_array_equal(pixels, np.round(255 * np.clip(grey, 0, 1)))
    # rounding noise must not decide: the same on every machine
    halves = (np.arange(20).reshape(4, 5) + 0.5) / 255
    assert photograph(0, 0, 9, 9, halves * (1 - 1e-15)) == photograph(0, 0, 9, 9, halves * (1 + 1e-15))


# ---- the network ------------------------------------------------------------------------------------------------

def test_only_people_are_shown_whom_the_network_never_met():
    people = w.unseen().people
    assert len(people) == 100 and not set(people) & set(faces.split_people(0)[0])
    everyone = load_faces()
    for i in (0, 37, 99):
        person, shot = map(int, re.fullmatch(r"person (\d+), photograph (\d+)", w.name(i)).groups())
        np.testing.assert_array_equal(w.unseen().images[i], everyone.images[10 * person + shot - 1])


def test_the_embedding_is_that_of_the_stored_network():
    images, (trunk, projection) = w.unseen().images[::9], faces.trained(0)
    x = faces.descriptors(trunk, images)
    np.testing.assert_allclose(descriptors_at_once(w.network()[0], images), x, atol=1e-4)
    np.testing.assert_allclose(w.stored_embedding(images), projection(x)[0], atol=1e-4)
    for all_of_them, some in zip(w._stored_stages(),
                                 (descriptors_at_once(w.network()[0], images), w.stored_embedding(images))):
        np.testing.assert_allclose(all_of_them[::9], some, atol=1e-10)


def test_an_embedding_that_is_none_is_refused():
    for wrong in (lambda x: np.ones(len(x)), lambda x: np.ones((3, 4)), lambda x: np.full((len(x), 2), np.nan)):
        with pytest.raises(ValueError, match="embed: must give one row of finite numbers for each of 100 photographs, "
                                             "got shape"):
            w.gallery_explorer(wrong)


@pytest.mark.parametrize("factory", [w.threshold_explorer, w.gallery_explorer, w.triplet_explorer, w.map_explorer,
                                     w.own_picture_explorer])
def test_a_lesson_can_hand_over_its_own_embedding(factory):
    assert text_of(factory(embed=stand_in)) != text_of(factory())


@pytest.mark.parametrize("factory", w.EXPLORERS.values(), ids=list(w.EXPLORERS))
def test_pictures_stay_small(factory):
    explorer = factory()
    assert len(explorer.shown().picture) < 150_000


# ---- a threshold ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("descriptor, vectors", [
    ("raw pixels", lambda: faces.pixels(w.unseen().images)), ("eigenfaces", w.eigenface_vectors),
    ("Fisherfaces", w.fisherface_vectors), ("stage one", lambda: w._stored_stages()[0]),
    ("embedding", w._stored_vectors)])
@pytest.mark.parametrize("threshold", [0.0, 0.55, 0.8, 1.6])
def test_counts_and_rates_are_those_of_counting(descriptor, vectors, threshold):
    y, people = np.asarray(vectors(), float), w.unseen().people
    explorer = w.threshold_explorer()
    explorer.set(descriptor=descriptor, threshold=threshold)
    unit = np.mean([np.linalg.norm(y[i] - y[j]) for i in range(100) for j in range(i) if people[i] != people[j]])
    accepted = {True: [], False: []}
    for i in range(100):
        for j in range(i):
            accepted[bool(people[i] == people[j])].append(bool(np.linalg.norm(y[i] - y[j]) <= threshold * unit))
    shown = numbers(r"One person: (\d+) of (\d+) pairs accepted, (\d+) rejected, false reject rate ([\d.]+) %.*"
                    r"Two people: (\d+) of (\d+) pairs accepted, (\d+) rejected, false accept rate ([\d.]+) %",
                    explorer)
    same, different = accepted[True], accepted[False]
    assert shown[:3] == [sum(same), 450, 450 - sum(same)]
    assert shown[4:7] == [sum(different), 4500, 4500 - sum(different)]
    assert shown[3] == pytest.approx(100 * (1 - np.mean(same)), abs=0.051)
    assert shown[7] == pytest.approx(100 * np.mean(different), abs=0.051)
    words = words_of(explorer)
    assert {f"{sum(same)} accepted", f"{450 - sum(same)} rejected", f"{sum(different)} accepted",
            f"{4500 - sum(different)} rejected"} <= set(words)


def test_equal_errors_are_the_librarys_and_a_button_goes_there():
    pairs = all_pairs(w.unseen().people)
    rate, _ = equal_error_rate(pair_distances(w._stored_vectors(), pairs), pairs.same)
    explorer = w.threshold_explorer()
    assert numbers(r"Equal error rate ([\d.]+) %", explorer)[0] == pytest.approx(100 * rate, abs=0.051)
    explorer.buttons["Go to equal errors"].click()
    reject, accept = numbers(r"false reject rate ([\d.]+) %.*false accept rate ([\d.]+) %", explorer)
    assert abs(reject - accept) < 2 and abs(accept - 100 * rate) < 2
    raw = faces.unseen_error(faces.pixels, *load_faces(), 0)
    explorer.set(descriptor="raw pixels")
    assert numbers(r"Equal error rate ([\d.]+) %", explorer)[0] == pytest.approx(100 * raw, abs=0.06)


def test_the_lesson_says_which_descriptors_can_be_chosen():
    y = RNG(0).normal(size=(100, 3))
    explorer = w.threshold_explorer(descriptors=("raw pixels", "Fisherfaces"), others={"chance": y})
    assert list(explorer.controls["descriptor"].options) == ["raw pixels", "Fisherfaces", "chance"]
    assert text_of(explorer).startswith("Chance") and numbers(r"Equal error rate ([\d.]+) %", explorer)[0] > 40
    with pytest.raises(ValueError, match="one row of finite numbers for each of 100 photographs"):
        w.threshold_explorer(others={"too few": y[:9]})


def test_the_point_moves_along_the_curve():
    explorer, places = w.threshold_explorer(), []
    for threshold in (0.3, 0.6, 0.9, 1.2):
        explorer.set(threshold=threshold)
        root = ET.fromstring(explorer.shown().picture)
        point = next(e for e in root.iter("{http://www.w3.org/2000/svg}circle") if e[0].text == "the present threshold")
        places.append((float(point.get("cx")), -float(point.get("cy"))))
    assert places == sorted(places) and places[0] != places[-1]
    assert all(a[1] <= b[1] for a, b in zip(places, places[1:]))


# ---- a gallery --------------------------------------------------------------------------------------------------

def pairs_told(explorer):
    """[(row, row, distance, accepted, right)] of the readout."""
    rows = {w.name(i): i for i in range(100)}
    return [(rows[a], rows[b], float(d), word == "accepted", judgement == "right") for a, b, d, word, judgement in
            re.findall(r"(person \d+, photograph \d+) and (person \d+, photograph \d+): ([\d.]+), (\w+), (right|wrong)",
                       text_of(explorer))]


@pytest.mark.parametrize("kind", w.KINDS)
@pytest.mark.parametrize("place", [0, 37, 100])
def test_pairs_are_told_as_they_are(kind, place):
    explorer = w.gallery_explorer(stand_in)
    explorer.set(kind=kind, place=place)
    y, people = stand_in(w.unseen().images), w.unseen().people
    pairs = all_pairs(people)
    threshold = equal_error_rate(pair_distances(y, pairs), pairs.same)[1]
    told = pairs_told(explorer)
    assert len(told) == w.SHOWN
    assert [t[2] for t in told] == sorted(t[2] for t in told)
    for a, b, distance, accepted, right in told:
        true, same = np.linalg.norm(y[a] - y[b]), people[a] == people[b]
        assert distance == pytest.approx(true, abs=0.0051)
        assert accepted == (true <= threshold) and right == (accepted == same)
        assert kind in ("all", "mistakes") or same == (kind == "same person")
        assert kind != "mistakes" or not right
    marks = [word for word in words_of(explorer) if word in ("✓ right", "✗ wrong")]
    assert marks == ["✓ right" if t[4] else "✗ wrong" for t in told]


def test_the_mistakes_are_all_there_and_the_ends_of_the_order_are_shown():
    found = w._stored_judged(1.0)
    mistakes = w.ordered(found, "mistakes")
    accepted = found.distances <= found.threshold
    assert set(mistakes) == set(np.flatnonzero(accepted != found.pairs.same)) and len(w.ordered(found, "all")) == 4950
    assert w.first_shown(len(mistakes), 0) == 0 and w.first_shown(len(mistakes), 100) == len(mistakes) - w.SHOWN
    explorer = w.gallery_explorer()
    explorer.set(kind="mistakes", place=100)
    a, b, *_ = pairs_told(explorer)[-1]
    assert {a, b} == {found.pairs.first[mistakes[-1]], found.pairs.second[mistakes[-1]]}


def test_the_button_goes_to_the_threshold():
    for kind in w.KINDS:
        explorer = w.gallery_explorer()
        explorer.set(kind=kind)
        explorer.buttons["Go to the threshold"].click()
        threshold = numbers(r"threshold (\d\.\d+)", explorer)[0]
        assert min(abs(t[2] - threshold) for t in pairs_told(explorer)) < 0.03


def test_a_gallery_without_mistakes_says_so():
    perfect = lambda images: np.eye(10)[np.repeat(np.arange(10), 10)]
    explorer = w.gallery_explorer(perfect)
    explorer.set(kind="mistakes")
    assert "0 pairs of this kind" in text_of(explorer) and words_of(explorer) == ["There are 0 pairs of this kind."]


# ---- a triplet --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("anchor, positive, negative, margin", [
    (0, 9, 1, 0.2), (37, 1, 90, 0.2), (58, 9, 1, 1.0), (91, 5, 3, 0.0), (12, 7, 2, 0.5)])
def test_distances_loss_and_gradients_are_those_of_triplet_loss(anchor, positive, negative, margin):
    explorer = w.triplet_explorer()
    explorer.set(anchor=anchor, positive=positive, negative=negative, margin=margin)
    y, people = w._stored_vectors(), w.unseen().people
    rows = w.chosen(y, explorer.state)
    assert rows[0] == anchor and people[rows[1]] == people[anchor] != people[rows[2]] and rows[1] != anchor
    loss, backward = triplet_loss(*(y[[i]] for i in rows), margin=margin)
    d = [((y[anchor] - y[i]) ** 2).sum() for i in rows[1:]]
    shown = numbers(r"squared ([\d.]+); negative .* squared ([\d.]+); margin (\d\.\d+).*Loss ([\d.]+); lengths of the "
                    r"gradients: "
                    r"anchor ([\d.]+), positive ([\d.]+), negative ([\d.]+)\.", explorer)
    np.testing.assert_allclose(shown, [*d, margin, loss, *(np.linalg.norm(g) for g in backward())], atol=5.1e-4)
    kind = "Satisfied" if d[1] >= d[0] + margin else "Semi-hard" if d[1] > d[0] else "Hard"
    assert f"{kind}: " in text_of(explorer) and any(word and word.startswith(kind) for word in words_of(explorer))


def test_the_arrows_lie_in_the_plane_and_are_the_steps_of_descent():
    y = w._stored_vectors()
    for rows in ((0, 4, 50), (30, 31, 77), (92, 98, 1)):
        points, axes = w.plane(y, rows)
        np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-12)
        for i, a in zip(rows, points):                          # true distances on the page
            for j, b in zip(rows, points):
                assert np.linalg.norm(a - b) == pytest.approx(np.linalg.norm(y[i] - y[j]), abs=1e-12)
        for g in w.pulled(y, rows, 5.0)[3]:
            np.testing.assert_allclose(axes.T @ (axes @ g), g, atol=1e-12)
            assert np.linalg.norm(g) > 0
    explorer = w.triplet_explorer()
    explorer.set(margin=1.0, negative=1)
    rows = w.chosen(y, explorer.state)
    points, axes = w.plane(y, rows)
    root = ET.fromstring(explorer.shown().picture)
    drawn = {e[0].text[-1]: e for e in root.iter("{http://www.w3.org/2000/svg}line") if len(e)
             and e[0].text.startswith("where descent")}
    rim = next(c for c in root.iter("{http://www.w3.org/2000/svg}circle") if len(c)
               and c[0].text == "as far as the positive")
    scale = float(rim.get("r")) / np.linalg.norm(points[1])
    for letter, g in zip("apn", w.pulled(y, rows, 1.0)[3]):
        e = drawn[letter]
        arrow = np.array([float(e.get("x2")) - float(e.get("x1")), float(e.get("y1")) - float(e.get("y2"))]) / scale
        np.testing.assert_allclose(arrow, -w.STEP * axes @ g, atol=0.2 / scale)


def test_the_next_hard_triplet_is_hard_and_mining_knows_it():
    explorer = w.triplet_explorer()
    y, people = w._stored_vectors(), w.unseen().people
    hard = {tuple(t) for t in mine_triplets(y, people, kind="hard", rng=RNG(0))}
    before = explorer.state["anchor"]
    explorer.buttons["Next hard triplet"].click()
    assert "Hard: the negative is nearer" in text_of(explorer) and explorer.state["anchor"] != before
    assert w.chosen(y, explorer.state) in hard


def test_without_a_hard_triplet_the_button_stays():
    perfect = lambda images: np.eye(10)[np.repeat(np.arange(10), 10)] + 1e-3 * RNG(0).normal(size=(100, 10))
    explorer = w.triplet_explorer(perfect)
    before = text_of(explorer)
    explorer.buttons["Next hard triplet"].click()
    assert text_of(explorer) == before and "Satisfied" in before


# ---- a map ------------------------------------------------------------------------------------------------------

def stress(z, y):
    """The best scale of z, and the sum of squared differences of distances."""
    a, b = all_distances(z), all_distances(y)
    return ((a * (a * b).sum() / (a * a).sum() - b) ** 2).sum()


def test_the_map_keeps_distances_better_than_the_main_directions_and_not_at_all_by_chance():
    y = w._stored_vectors()
    centred = y - y.mean(axis=0)
    U, s, _ = np.linalg.svd(centred, full_matrices=False)
    assert stress(flat_map(y), y) < 0.9 * stress(U[:, :2] * s[:2], y) < stress(RNG(0).normal(size=(100, 2)), y)


def test_points_of_a_plane_come_out_as_they_are():
    flat = RNG(3).normal(size=(20, 2)) * [2.0, 1.0]
    Q = np.linalg.qr(RNG(4).normal(size=(7, 7)))[0][:2]
    z = flat_map(flat @ Q)
    a, b = all_distances(z), all_distances(flat)
    np.testing.assert_allclose(a / a.max(), b / b.max(), atol=1e-9)


def test_the_map_does_not_hang_on_the_last_digit():
    y = w._stored_vectors()
    np.testing.assert_allclose(flat_map(y * (1 + 1e-12 * RNG(0).normal(size=y.shape))), flat_map(y), atol=1e-8)


def test_neighbours_are_the_nearest_in_the_whole_space():
    explorer = w.map_explorer()
    people, rows = w.unseen().people, {w.name(i): i for i in range(100)}
    for descriptor, y in zip(("raw pixels", "stage one", "embedding"),
                             (faces.pixels(w.unseen().images), *w._stored_stages())):
        explorer.set(descriptor=descriptor, person=int(people[40]), photograph=6)
        assert f"{w.name(45)}: nearest" in text_of(explorer)
        told = [(rows[n], float(d), other) for n, d, other in
                re.findall(r"(person \d+, photograph \d+) \(([\d.]+)(, another person)?\)", text_of(explorer))]
        d = np.linalg.norm(y - y[45], axis=1)
        assert [t[0] for t in told] == [i for i in np.argsort(d) if i != 45][:5]
        for i, distance, other in told:
            assert distance == pytest.approx(d[i], rel=5e-3) and bool(other) == (people[i] != people[45])
        assert f"{sum(people[t[0]] == people[45] for t in told)} of 5" in text_of(explorer)
        pairs = all_pairs(people)
        error = equal_error_rate(pair_distances(y, pairs), pairs.same)[0]
        assert numbers(r"equal error rate ([\d.]+) %", explorer)[0] == pytest.approx(100 * error, abs=0.051)


# ---- saliency ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("i, j", [(0, 3), (47, 12), (99, 98)])
def test_the_gradient_is_that_of_the_similarity_of_the_whole_embedding(i, j):
    """Along several directions, against differences; the similarity is that of the library's own functions."""
    images, (trunk, projection) = w.unseen().images, w.network()
    stored = projection(faces.descriptors(trunk, images[[i, j]]))[0]
    _, _, s, gradient = w.saliency(i, j)
    assert gradient.shape == images[i].shape
    assert s == pytest.approx(stored[0] @ stored[1], abs=1e-5)          # there the pixels are float32
    other = w.stored_embedding(images[[j]])[0]
    for seed in range(3):
        direction, step = RNG(seed).normal(size=gradient.shape), 1e-9
        up, down = (embedding_and_backward(trunk, projection, (images[i] + sign * step * direction)[np.newaxis])[0][0]
                    @ other for sign in (1, -1))
        assert (up - down) / (2 * step) == pytest.approx((gradient * direction).sum(), rel=1e-3, abs=1e-5)


def test_a_pair_has_one_similarity_in_all_explorers():
    """The distance that the saliency explorer tells is that of the gallery, the map, the triplet and the lesson."""
    explorer, y = w.saliency_explorer(), w._stored_vectors()
    for kind, place in (("same person", 20), ("mistakes", 50)):
        explorer.set(kind=kind, place=place)
        i, j = w.salient_pair(explorer.state)
        assert numbers(r"distance ([\d.]+)\.", explorer)[0] == pytest.approx(np.linalg.norm(y[i] - y[j]), abs=5.1e-4)
    found = w._stored_judged(1.0)
    np.testing.assert_allclose(found.distances, pair_distances(y, found.pairs))
    assert w.map_explorer().state["descriptor"] == w.threshold_explorer().state["descriptor"] == "embedding"
    triplet = w.triplet_explorer()
    a, p, _ = w.chosen(y, triplet.state)
    assert numbers(r"positive person \d+, photograph \d+, distance ([\d.]+)", triplet)[0] == pytest.approx(
        np.linalg.norm(y[a] - y[p]), abs=5.1e-4)


def test_brightness_and_contrast_of_the_whole_photograph_hardly_matter():
    """Not at all in a view that shows all of it; the views differ a little in what they cut off."""
    gradient, grey = w.saliency(5, 60).gradient, w.unseen().images[5]
    largest = np.abs(gradient).sum()
    assert abs(gradient.sum()) < 1e-2 * largest and abs((gradient * grey).sum()) < 1e-2 * largest


def test_the_readout_tells_the_share_of_the_middle():
    explorer = w.saliency_explorer()
    for kind, place in (("same person", 0), ("mistakes", 70)):
        explorer.set(kind=kind, place=place)
        i, j = w.salient_pair(explorer.state)
        gradient = np.abs(w.saliency(i, j).gradient)
        share, = numbers(r"holds (\d+) %", explorer)
        rows, columns = np.meshgrid(np.arange(112), np.arange(92), indexing="ij")
        middle = (rows >= 28) & (rows < 84) & (columns >= 23) & (columns < 69)
        assert share == pytest.approx(100 * gradient[middle].sum() / gradient.sum(), abs=0.51)
        assert numbers(r"similarity \(cosine\) (-?[\d.]+)",
                       explorer)[0] == pytest.approx(w.saliency(i, j).similarity, abs=5.1e-4)


def test_a_block_gets_the_sum_of_its_pixels():
    gradient = np.zeros((112, 92))
    gradient[10:12, 20:22] = [[1, 2], [3, 4]]
    cells = w.blocks(gradient)
    assert cells.shape == (56, 46) and cells[5, 10] == cells.sum() == 10


def test_blurring_keeps_a_constant_and_what_it_spreads():
    np.testing.assert_allclose(w.blurred(np.ones((56, 46))), 1)
    one = np.zeros((56, 46))
    one[28, 23] = 1
    spread = w.blurred(one)
    assert spread.sum() == pytest.approx(1, abs=1e-6)
    assert spread.argmax() == one.argmax() and np.count_nonzero(spread > 1e-3) > 20


def test_the_pair_can_be_swapped():
    explorer = w.saliency_explorer()
    i, j = w.salient_pair(explorer.state)
    explorer.buttons["Swap first and second"].click()
    assert w.salient_pair(explorer.state) == (j, i)
    assert text_of(explorer).startswith(f"First {w.name(j)}, second {w.name(i)}")


# ---- a picture of one's own -------------------------------------------------------------------------------------

def file_of(picture, kind="PNG", name="me.png", **options):
    """What the file control hands over for a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return {"name": name, "type": "", "size": 0, "content": memoryview(stream.getvalue()), "last_modified": NOW}


def portrait(i=0, mode="L"):
    return Image.fromarray(np.round(255 * w.unseen().images[i]).astype(np.uint8)).convert(mode)


@pytest.mark.parametrize("kind, mode", [("PNG", "L"), ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"),
                                        ("PPM", "L"),
                                        ("PPM", "RGB"), ("JPEG", "L"), ("JPEG", "RGB")])
def test_a_photograph_of_the_gallery_finds_itself(kind, mode):
    picture = portrait(42, "L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = Image.fromarray((np.asarray(picture).astype(np.uint16) * 257))
    explorer = w.own_picture_explorer()
    explorer.set(size=100)
    explorer.upload.value = (file_of(picture, kind, "somebody's face.png"),)
    assert text_of(explorer).startswith("Your picture somebody's face.png, the part from row 0 and column 0, 92 × 112 "
                                        "pixels.")
    assert explorer.state["own"] is None and "so nobody is named" in text_of(explorer)
    looked = w.look_up(w.stored_embedding, w._stored_vectors(), w._stored_judged(1.0), explorer.state)
    assert looked.near[0] == 42 and looked.distances[0] < (0.25 if kind == "JPEG" else 0.05)


def test_before_an_upload_there_is_a_hint_and_an_example_that_is_not_compared_with_itself():
    explorer = w.own_picture_explorer()
    explorer.set(size=100)
    assert text_of(explorer).startswith("No file chosen yet. Example: person")
    example = explorer.state["example"]
    assert f"{w.name(example)} at" not in text_of(explorer)
    assert any("Choose PNG, JPEG or PGM files. They stay on this computer and are not saved." == word
               for word in words_of(explorer))
    y = w._stored_vectors()
    d = np.linalg.norm(y - y[example], axis=1)
    d[example] = np.inf
    shown = re.findall(r"(person \d+, photograph \d+) at ([\d.]+) \((\w+)\)", text_of(explorer))
    assert [s[0] for s in shown] == [w.name(i) for i in np.argsort(d)[:5]]
    for (_, distance, word), true in zip(shown, np.sort(d)):
        assert float(distance) == pytest.approx(true, abs=5.1e-4)
        assert (word == "accepted") == (true <= w._stored_judged(1.0).threshold)


BROKEN = file_of(portrait(), "JPEG")["content"].tobytes()
BAD = {
    "nothing in it": (b"", "the file is empty"),
    "text": (b"Dear reader, this is a letter and no picture.", "not a picture in the format PNG, JPEG or PGM"),
    "a GIF": (file_of(portrait(), "GIF")["content"].tobytes(), "not a picture in the format"),
    "half a JPEG": (BROKEN[:len(BROKEN) // 2], "damaged"),
    "half a PNG": (file_of(portrait())["content"].tobytes()[:3000], "damaged"),
    "a PGM without pixels": (b"P5 92 112 255\n", "damaged"),
    "a PGM without a size": (b"P5 ", "damaged"),
    "a stamp": (file_of(portrait().resize((12, 15)))["content"].tobytes(), "12 × 15 pixels, too few"),
    "too many bytes": (bytes(9_000_000), "9.0 million bytes, more than 8 million"),
    "many pixels": (b"P5 9000 9000 255\n" + bytes(100), "9000 × 9000 pixels; make it smaller"),
    "too many pixels": (b"P5 30000 30000 255\n" + bytes(100), "far too many pixels"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_a_clear_message(case):
    content, message = BAD[case]
    explorer = w.own_picture_explorer()
    explorer.upload.value = ({"name": "bad.png", "type": "", "size": len(content), "content": memoryview(content),
                              "last_modified": NOW},)
    assert re.match(r"This file could not be used\. bad\.png: .*(" + message + ")",
                    text_of(explorer)), text_of(explorer)
    assert "Example, person" in text_of(explorer)
    assert any(word.startswith("This file could not be used. bad.png: ") for word in words_of(explorer) if word)
    explorer.upload.value = (file_of(portrait(3)),)             # and the next one works
    assert text_of(explorer).startswith("Your picture me.png")


def test_a_telephone_held_upright_gives_an_upright_picture():
    exif = Image.Exif()
    exif[0x0112] = 6                                            # stored on its side
    lying = portrait(42).rotate(90, expand=True)
    explorer = w.own_picture_explorer()
    explorer.upload.value = (file_of(lying, "JPEG", exif=exif, quality=95),)
    looked = w.look_up(w.stored_embedding, w._stored_vectors(), w._stored_judged(1.0), explorer.state)
    assert looked.near[0] == 42


def test_a_large_picture_is_reduced_and_the_frame_stays_inside():
    large = portrait(42).resize((1840, 3000))
    state = {"picture": None, **w.received([file_of(large, "JPEG")])}
    assert max(state["picture"].shape) <= SIDE and 0 <= state["picture"].min() < state["picture"].max() <= 1
    for grey in (state["picture"], np.zeros((20, 400)), np.zeros((400, 20))):
        for size in (10, 55, 100):
            for left in (0, 50, 100):
                top, start, height, width = w.framed(grey, {"size": size, "left": left, "top": 100 - left})
                assert 0 <= top <= top + height <= grey.shape[0] and height >= 2
                assert 0 <= start <= start + width <= grey.shape[1] and width >= 2
    top, start, height, width = w.framed(np.zeros((224, 300)), {"size": 50, "left": 100, "top": 0})
    assert (top, start, height, width) == (0, 208, 112, 92)


def test_a_frame_on_an_empty_wall_says_so():
    wall = Image.new("L", (200, 200), 128)
    wall.paste(portrait(1), (0, 0))
    explorer = w.own_picture_explorer()
    explorer.upload.value = (file_of(wall),)
    explorer.set(size=30, left=100, top=100)
    assert "equally bright; move the frame" in text_of(explorer)
    assert any("Move the frame" in word for word in words_of(explorer) if word)
    explorer.set(left=0, top=0)
    assert "The nearest five lie at" in text_of(explorer)


def test_reset_and_the_next_example_put_the_file_aside():
    explorer = w.own_picture_explorer()
    first = text_of(explorer)
    explorer.upload.value = (file_of(portrait(42)),)
    explorer.buttons["Next example"].click()
    assert text_of(explorer).startswith("No file chosen yet. Example: person") and text_of(explorer) != first
    explorer.upload.value = ()
    explorer.upload.value = (file_of(portrait(42)),)
    explorer.set(size=50)
    explorer.buttons["Reset"].click()
    assert text_of(explorer) == first and explorer.upload.value == () and explorer.state["picture"] is None


def test_the_file_control_is_native_and_told_in_words():
    explorer = w.own_picture_explorer()
    assert isinstance(explorer.upload, ipw.FileUpload) and explorer.upload in explorer.children
    assert explorer.upload.description == "Choose pictures" and explorer.upload.multiple
    assert "JPEG" in explorer.upload.tooltip


# ---- nobody is named before a calibration -----------------------------------------------------------------------

@cache
def elsewhere():
    """All 400 photographs as another camera might have taken them."""
    return faces.other_camera(load_faces().images, np.random.default_rng(3))


def sent(people, which=0):
    """Files of one photograph of each of these people, from elsewhere."""
    return tuple(file_of(Image.fromarray(np.round(255 * elsewhere()[10 * who + which]).astype(np.uint8)),
                         name=f"{who}.png") for who in people)


def test_without_a_calibration_nobody_is_named_and_the_remedy_is_told():
    explorer = w.own_picture_explorer()
    explorer.upload.value = sent([faces.split_people(0)[1][2]])
    for words in (text_of(explorer), " ".join(filter(None, words_of(explorer)))):
        assert "ot calibrated on your photographs" in words and not re.search(r"person \d|accepted|rejected", words)
        assert "100 comparisons" in words and "not known" in words
    assert "press Calibrate on my photographs" in text_of(explorer)
    assert not re.search(r"person \d", explorer._canvas.value)


def test_a_calibration_needs_ten_photographs_with_something_on_them():
    explorer, strangers = w.own_picture_explorer(), faces.split_people(0)[0]
    for files in ((), sent(strangers[:9])):
        explorer.upload.value = files
        explorer.buttons["Calibrate on my photographs"].click()
        assert f"at least 10 photographs at once, each of another person, taken and cut alike. Now: {len(files)}." \
            in text_of(explorer) and explorer.state["own"] is None
    wall = Image.new("L", (200, 200), 128)
    explorer.upload.value = (*sent(strangers[:9]), file_of(wall))
    assert "equally bright" in text_of(explorer)
    explorer.buttons["Calibrate on my photographs"].click()
    assert "In 1 of 10 pictures all pixels" in text_of(explorer) and explorer.state["own"] is None


def test_after_a_calibration_strangers_are_refused_and_the_right_one_is_named():
    explorer, (strangers, ours) = w.own_picture_explorer(), faces.split_people(0)
    explorer.upload.value = sent(strangers[:12])
    explorer.buttons["Calibrate on my photographs"].click()
    assert explorer.state["own"].calibration.photographs == 12
    assert "None of your 12 photographs was taken for anybody among 100 comparisons" in text_of(explorer)
    assert "at most about once in 13, if they show 12 people" in text_of(explorer)
    assert "accepted)" not in text_of(explorer)
    named = []
    for who in (*strangers[12:17], *ours):
        explorer.upload.value = sent([who], which=3)
        named.append(re.findall(r"(person \d+), photograph \d+ at [\d.]+ \(accepted\)", text_of(explorer)))
    assert sum(map(bool, named[:5])) <= 1                       # strangers; by the gallery's own threshold it is more
    right = [f"person {who}" in found for who, found in zip(ours, named[5:])]
    assert sum(right) >= 3 and sum(map(bool, named[5:])) <= sum(right) + 1
    explorer.buttons["Next example"].click()                    # the gallery's own are judged by its own threshold
    assert f"The threshold is {w._stored_judged(1.0).threshold:.3f}" in text_of(explorer) and explorer.state["own"]
    explorer.buttons["Reset"].click()
    assert explorer.state["own"] is None and explorer.state["mine"] == ()


def test_a_calibration_holds_for_its_frame_only():
    explorer, moved = w.own_picture_explorer(), "The frame has moved: calibrate again."
    explorer.upload.value = sent(faces.split_people(0)[0][:12])
    explorer.buttons["Calibrate on my photographs"].click()
    assert "None of your 12" in text_of(explorer) and moved not in text_of(explorer)
    for slider in ("size", "left", "top"):
        was = explorer.state[slider]
        explorer.set(**{slider: was - 10})
        assert moved in text_of(explorer) and moved in words_of(explorer)
        assert not re.search(r"person \d", text_of(explorer)) and "nobody is named" in text_of(explorer)
        explorer.set(**{slider: was})
        assert "None of your 12" in text_of(explorer) and moved not in text_of(explorer)
    explorer.set(size=90)
    explorer.buttons["Calibrate on my photographs"].click()
    assert "None of your 12" in text_of(explorer) and moved not in text_of(explorer)
    explorer.set(size=80)
    explorer.buttons["Next example"].click()                    # an example is judged by the gallery's threshold
    assert moved not in text_of(explorer)


def test_copies_and_few_people_are_told():
    explorer, strangers = w.own_picture_explorer(), faces.split_people(0)[0]
    explorer.upload.value = sent(strangers[:1]) * 12
    explorer.buttons["Calibrate on my photographs"].click()
    assert "copies of each other" in text_of(explorer) and explorer.state["own"] is None
    explorer.upload.value = tuple(file for which in range(10) for file in sent(strangers[:1], which))
    explorer.buttons["Calibrate on my photographs"].click()
    assert "These look like few people" in text_of(explorer) and explorer.state["own"]
    explorer.upload.value = sent(strangers[:20])
    explorer.buttons["Calibrate on my photographs"].click()
    assert "few people" not in text_of(explorer) and explorer.state["own"].calibration.photographs == 20


def test_another_error_of_a_calibration_is_not_told_as_copies():
    explorer = w.own_picture_explorer()
    explorer.upload.value = sent(faces.split_people(0)[0][:12])
    with pytest.raises(ValueError, match="calibrate: y must hold finite vectors"):
        w.calibrated(lambda images: np.full((len(images), 4), np.nan), w._stored_vectors(), explorer.state)


def test_of_several_files_those_that_can_be_read_are_used():
    explorer = w.own_picture_explorer()
    bad = {"name": "bad.png", "type": "", "size": 0, "content": memoryview(b""), "last_modified": NOW}
    explorer.upload.value = (bad, *sent([0, 1]))
    assert text_of(explorer).startswith("1 of 3 files could not be used. bad.png: the file is empty. "
                                        "Your picture 1.png")
    assert [name for name, _ in explorer.state["mine"]] == ["0.png", "1.png"]


def test_the_chance_of_a_false_acceptance_is_told_for_all_comparisons():
    explorer, y, people = w.own_picture_explorer(), w._stored_vectors(), w.unseen().people
    found = w._stored_judged(1.0)
    near = np.linalg.norm(y[:, np.newaxis] - y, axis=2) <= found.threshold
    named = (near & (people[:, np.newaxis] != people)).any(axis=1)
    rate = w.false_accepts(found)
    most, counted = numbers(r"up to (\d+) % for 99 comparisons .*: (\d+) % of their photographs", explorer)
    assert most == round(100 * (1 - (1 - rate) ** 99)) and "99 comparisons, chance of" in " ".join(
        filter(None, words_of(explorer)))
    assert counted == round(100 * named.mean())


# ---- the words of the verdicts ----------------------------------------------------------------------------------

def test_a_neighbour_within_the_threshold_is_accepted_and_one_beyond_it_is_rejected():
    """In the words of the readout and of the picture, and in the frame: for distances below,
    at and above the threshold."""
    explorer, seen = w.own_picture_explorer(), set()
    # a piece of a face resembles few
    for example, size in ((4, 100), (26, 100), (59, 100), (4, 20), (81, 35)):
        explorer.set(example=example, size=size)
        looked = w.look_up(w.stored_embedding, w._stored_vectors(), w._stored_judged(1.0), explorer.state)
        told = re.findall(r"(person \d+, photograph \d+) at [\d.]+ \((accepted|rejected)\)", text_of(explorer))
        truth = [bool(d <= looked.judged.threshold) for d in looked.distances]
        assert told == [(w.name(k), "accepted" if good else "rejected") for k, good in zip(looked.near, truth)]
        assert [word for word in words_of(explorer) if word
                and word[0] in "✓✗"] == ["✓ accepted" if good else "✗ rejected" for good in truth]
        seen |= set(truth)
    assert seen == {True, False}
    now = explorer.state
    for threshold, first, rest in ((looked.distances[0], "accepted", "rejected"),
                                   (looked.distances[0] - 1e-9, "rejected", "rejected"),
                                   (looked.distances[-1], "accepted", "accepted")):
        at = looked._replace(judged=looked.judged._replace(threshold=threshold))
        told, picture = re.findall(r"\((accepted|rejected)\)", w.own_readout(now, at)), w.own_picture(now, at)
        assert (told[0], told[-1]) == (first, rest)
        assert picture.count("✓ accepted") == told.count("accepted")
        assert picture.count("✗ rejected") == told.count("rejected")
        assert picture.count('stroke-dasharray="5 4"') == told.count("rejected")


def test_the_cards_of_the_gallery_say_what_the_readout_says():
    explorer = w.gallery_explorer()
    people, seen = w.unseen().people, set()
    for kind in w.KINDS:
        for place in (0, 50, 100):
            explorer.set(kind=kind, place=place)
            words = [word for word in words_of(explorer) if word in ("accepted", "rejected", "one person", "two people",
                                                                     "✓ right", "✗ wrong")]
            cards = list(zip(words[::3], words[1::3], words[2::3]))
            expected = [("accepted" if accepted else "rejected",
                         "one person" if people[a] == people[b] else "two people",
                         "✓ right" if right else "✗ wrong") for a, b, _, accepted, right in pairs_told(explorer)]
            assert cards == expected and len(cards) == w.SHOWN
            seen |= set(cards)
    assert len(seen) == 4                                       # right and wrong, each in both ways


def test_only_the_two_errors_are_marked_as_wrong():
    explorer = w.threshold_explorer()
    words = words_of(explorer)
    rates = [word for word in words if word and re.fullmatch(r"[\d.]+ %( wrong)?", word)]
    # accepted, rejected: one person, then two
    assert [word.endswith("wrong") for word in rates] == [False, True, True, False]
    counts = [word.split()[1] for word in words if word and re.fullmatch(r"\d+ (accepted|rejected)", word)]
    assert counts == ["accepted", "rejected"] * 2


@pytest.mark.parametrize("d_n, margin, kind", [(0.8, 0.2, "satisfied"), (0.6, 0.2, "semi-hard"),
                                               (0.5, 0.0, "satisfied"), (0.4, 0.2, "hard"),
                                               (0.5, 0.2, "hard"), (0.7, 0.2, "satisfied")])
def test_the_kinds_of_triplets(d_n, margin, kind):
    assert triplet_kind(0.5, d_n, margin) == kind


def test_the_map_names_those_who_are_somebody_else():
    explorer = w.map_explorer()
    explorer.set(descriptor="raw pixels")
    people, seen = w.unseen().people, set()
    for person in np.unique(people).tolist():
        explorer.set(person=person)
        near = w.neighbours(w._stored_map("raw pixels"), w.selected(explorer.state))
        same = [bool(people[k] == person) for k in near]
        assert [word.split("  ")[1] for word in words_of(explorer) if word and word[-6:] == "person"] == [
            "✓ same person" if s else "✗ another person" for s in same]
        assert [", another person" in part for part in re.findall(r"photograph \d+ (\([^)]*\))",
                                                                  text_of(explorer))] == [not s for s in same]
        seen |= set(same)
    assert seen == {True, False}


def test_the_legend_says_whether_neighbours_are_averaged():
    explorer = w.saliency_explorer()
    for show in w.SHOW:
        explorer.set(show=show)
        assert any(word and "each place a mean" in word for word in words_of(explorer)) == (show == "blurred")
        assert f"Shown: {w.SHOW[show]}." in text_of(explorer)
