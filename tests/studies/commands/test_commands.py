"""Lesson 12's front end, networks and trainings: shapes, gradients down to the samples, honest splits, and refusals."""

import numpy as np
import pytest

from course_lib import check_gradients, load_commands, predict, resample, softmax_cross_entropy
from course_lib.data import COMMANDS, DIGITS, VOCABULARIES, Batches, origin
from course_lib.data.sound import RATE
from course_lib.studies import commands as study
from course_lib.studies.commands import (
    BANDS,
    COLUMNS,
    HELD_OUT,
    RUNGS,
    SAMPLES,
    SHIFTS,
    SIZES,
    SPLITS,
    WAYS,
    AugmentedBatches,
    answers,
    augment,
    augmented_pictures,
    command_training,
    experiments,
    features,
    few_of_each,
    front_end,
    held_out,
    ladder,
    load_networks,
    masked,
    noises,
    pictures,
    plain_network,
    prepare,
    probabilities,
    rates,
    recognise,
    runs,
    said,
    sliding_network,
    split_by_engine,
    split_by_speaker,
    split_rows,
    take_steps,
    transfer_runs,
    transfer_split,
    transferred,
    verdict,
    with_head_of,
    with_new_head,
)

RNG = np.random.default_rng
ENGLISH = load_commands("en")


def some(n=12):
    return np.stack([prepare(w) for w in ENGLISH.waveforms[::len(ENGLISH.waveforms) // n][:n]])


def tone(seconds=0.5, frequency=500.0, level=0.1, rate=RATE):
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * rate)) / rate)


# ---- the front end ----------------------------------------------------------------------------------------------

def test_a_word_is_cut_out_centred_and_set_to_a_level():
    word = tone(0.3)
    wide = np.concatenate([np.zeros(5000), word, np.zeros(1000)])
    for waveform, rate in ((word, RATE), (wide, RATE), (0.001 * wide, RATE), (wide + 0.3, RATE),
                           (np.stack([wide, wide], axis=1), RATE),
                           (np.rint(20000 * wide).astype(np.int16), RATE), (tone(0.3, rate=44100), 44100)):
        x = prepare(waveform, rate)
        assert x.shape == (SAMPLES,) and x.dtype == np.float32
        there = np.flatnonzero(np.abs(x) > 0.01)
        assert abs(there[0] + there[-1] - SAMPLES) < 500 and 2200 < there[-1] - there[0] < 2800
        assert abs(np.sqrt((x ** 2).sum() / 2400) - 0.1) < 0.01


def test_of_a_long_recording_the_loudest_second_is_taken():
    long = np.concatenate([tone(2, 300, 0.02), tone(0.8, 1500, 0.5), tone(2, 300, 0.02)])
    x = prepare(long)
    power = np.abs(np.fft.rfft(x)) ** 2
    assert power.argmax() == 1500


def test_the_pictures_are_the_chain_of_the_rules_and_do_not_depend_on_the_microphone():
    x = some()
    y, _ = front_end(x.astype(float))
    assert y.shape == (len(x), 1, BANDS, COLUMNS)
    np.testing.assert_allclose(pictures(x, 5), y, atol=2e-3)
    np.testing.assert_allclose(features(ENGLISH.waveforms[:3]),
                               front_end(np.stack([prepare(w) for w in ENGLISH.waveforms[:3]]))[0], atol=1e-5)
    assert pictures(x[:0]).shape == (0, 1, BANDS, COLUMNS)
    louder = features([7 * w for w in ENGLISH.waveforms[:3]])
    np.testing.assert_allclose(louder, features(ENGLISH.waveforms[:3]), atol=1e-3)


def test_a_gradient_reaches_the_samples():
    check_gradients(front_end, RNG(0).normal(size=(2, 500)))


@pytest.mark.parametrize("waveform, rate, message", [
    (np.zeros(4000), RATE, "is silent"), (np.full(4000, 0.5), RATE, "is silent"),
    (1e-5 * tone(), RATE, "is silent.*muted"),
    (np.ones(1), RATE, "lasts 0.125 ms"), (tone(0.02), RATE, "lasts 20 ms; a word takes 40 ms"),
    (np.zeros(0), RATE, "is empty"),
    (tone(), 0, "rate must be"), (tone(), -1, "rate must be"), (tone(), np.nan, "rate must be"),
    (tone(), "8000", "rate must be"),
    (tone(), True, "rate must be"), (tone(), 4294967295, "rate must be a number from 1,000 to 1,000,000"),
    (tone(), 1, "rate must be"),
    (tone(10.01), RATE, "lasts 10.01 s; one word is looked for in at most 10 s; cut it into words"),
    (tone(60.0), RATE, "lasts 60 s"),
    (np.zeros(10 * 999983 + 1, np.float32), 999983, "lasts 10 s"),
    ([0, 1000, -1000] * 999, RATE, "whole numbers .int64. is not known"),
    (np.full(4000, 1e200), RATE, "4000 samples beyond ±2³¹"),
    ([[0.0], [1.0, 2.0]], RATE, "array of numbers"),
    (np.zeros(4000, bool), RATE, "numbers, got bool"), (np.array([None] * 4000), RATE, "numbers, got object"),
    (np.zeros((1, 4000)), RATE, "transpose it: x.T"),
    (np.where(np.arange(4000) == 7, np.nan, 0.1), RATE, "not finite"),
    (np.where(np.arange(4000) == 7, np.inf, 0.1), RATE, "not finite"),
    (np.zeros((4, 100, 2)), RATE, "shape"), (np.zeros((2, 4000)), RATE, "shape"), (["a"], RATE, "numbers"),
    (None, RATE, "numbers"), (tone() + 0j, RATE, "numbers")])
def test_what_holds_no_word_gets_an_error_and_no_answer(waveform, rate, message):
    net = sliding_network(10, rng=RNG(0), maps=4)
    for call in (lambda: prepare(waveform, rate), lambda: recognise(net, waveform, rate, DIGITS)):
        with pytest.raises(ValueError, match=message):
            call()


def test_a_word_is_found_in_up_to_ten_seconds_at_any_rate():
    for rate in (1000, 8000, 22050, 96_001):
        x = np.zeros(10 * rate, np.float32)
        x[2 * rate:5 * rate // 2] = tone(0.5, 300, rate=rate)[:5 * rate // 2 - 2 * rate]
        there = np.flatnonzero(np.abs(prepare(x, rate)) > 0.01)
        assert 3900 < there[-1] - there[0] < 4400


@pytest.mark.parametrize("kind", ["i1", "i2", "i4", "u1", ">i2", "f2", "f4", "f8"])
def test_the_kind_of_number_changes_nothing(kind):
    x, dtype = tone(0.3, level=0.9), np.dtype(kind)
    levels = x if dtype.kind == "f" else np.rint(x * 2.0 ** (8 * dtype.itemsize - 1)) + 128 * (kind == "u1")
    np.testing.assert_allclose(prepare(levels.astype(dtype)), prepare(x), atol=5e-3)
    np.testing.assert_allclose(prepare(np.stack([levels, levels], axis=1).astype(dtype)), prepare(x), atol=5e-3)


def test_a_list_of_waveforms_is_read_and_the_one_that_is_no_word_is_named():
    net, words = sliding_network(3, rng=RNG(0), maps=4), ENGLISH.waveforms[:3]
    for call in (features, lambda x: answers(net, x)):
        assert len(call(words)) == len(call(tuple(words))) == len(call(iter(words))) == 3
        with pytest.raises(ValueError, match="is silent.*waveform 2 of the list"):
            call([*words[:2], np.zeros(4000)])
        with pytest.raises(ValueError, match="there are no waveforms; give one at least"):
            call([])
        with pytest.raises(ValueError,
                           match="expected a list of waveforms, got numbers; one waveform goes in brackets"):
            call(words[0])


# ---- augmentation -----------------------------------------------------------------------------------------------

def test_augmentation_changes_every_copy_keeps_the_shape_and_repeats_with_the_seed():
    x = some()
    y = augment(x, RNG(1))
    assert y.shape == x.shape and y.dtype == np.float32 and np.all(np.isfinite(y))
    assert not np.array_equal(y, augment(x, RNG(2))) and np.array_equal(y, augment(x, RNG(1)))
    level = np.sqrt((y ** 2).sum(axis=1) / (y != 0).sum(axis=1))
    np.testing.assert_allclose(level, 0.1, rtol=1e-3)
    shown = augmented_pictures(x, RNG(1))
    assert shown.shape == (len(x), 1, BANDS, COLUMNS) and shown.dtype == np.float32 and shown.min() >= study.LOWEST


def test_masking_leaves_its_input_and_most_of_the_picture():
    x = pictures(some())
    kept = x.copy()
    y = masked(x, RNG(0))
    np.testing.assert_array_equal(x, kept)
    assert y.shape == x.shape and not np.array_equal(x, y)


def test_batches_hold_every_copy_once_and_are_masked_anew():
    x, t = some(6), np.arange(6)
    batches = AugmentedBatches(x, t, 5, copies=2, rng=RNG(0))
    assert len(batches) == 3
    first, second = list(batches), list(batches)
    assert sorted(np.concatenate([t for _, t in first])) == sorted([*range(6)] * 2)
    assert not np.array_equal(first[0][0], second[0][0])
    for last, sizes in {"keep": [5, 5, 2], "merge": [5, 7], "drop": [5, 5]}.items():
        batches = AugmentedBatches(x, t[:, np.newaxis].tolist(), 5, copies=2, last=last, rng=RNG(0))
        assert [len(t) for _, t in batches] == sizes and len(batches) == len(sizes)
    with pytest.raises(ValueError, match="same length, at least 1, got 6 and 5"):
        AugmentedBatches(x, t[:5], rng=RNG(0))
    with pytest.raises(ValueError, match="AugmentedBatches: size must be a positive whole number, got 2.5"):
        AugmentedBatches(x, t, 2.5, rng=RNG(0))


# ---- networks ---------------------------------------------------------------------------------------------------

def test_the_network_has_five_layers_and_its_matrices_do_not_grow_with_time():
    net = sliding_network(10, rng=RNG(0), maps=64)
    weights = [p.data for p in net.params if p.data.ndim > 1]
    assert len(weights) == 5
    assert weights[0].shape == (64, 1, BANDS, 5)
    plain = plain_network(10, rng=RNG(0))
    assert len([p for p in plain.params if p.data.ndim > 1]) == 5
    assert plain.params[0].data.shape == (BANDS * COLUMNS, 128)             # a weight for each place in time
    assert sum(p.data.size for p in net.params) < 100_000 < sum(p.data.size for p in plain.params)
    for T in (32, COLUMNS, 200):
        assert predict(net, np.zeros((2, 1, BANDS, T), np.float32)).shape == (2, 10)


def test_the_gradients_of_the_network_are_right():
    net = sliding_network(3, rng=RNG(0), maps=2, drop=0.0, dtype=np.float64)
    check_gradients(net, RNG(1).normal(size=(2, 1, BANDS, 32)), tolerance=1e-7)


def test_pooling_over_time_finds_a_pattern_wherever_it_is():
    net = sliding_network(4, rng=RNG(0), maps=8, dtype=np.float64)
    x = np.full((1, 1, BANDS, COLUMNS), 0.0)
    x[..., 30:40] = RNG(1).normal(size=(BANDS, 10))
    moved = np.roll(x, 4, axis=3)                                           # by as much as the pools step together
    np.testing.assert_allclose(predict(net, x), predict(net, moved), atol=1e-12)
    plain = plain_network(4, rng=RNG(0), dtype=np.float64)
    assert np.abs(predict(plain, x) - predict(plain, moved)).max() > 0.01


def test_a_new_head_keeps_the_trunk_and_shares_nothing():
    net = sliding_network(10, rng=RNG(0), maps=4)
    other = with_new_head(net, 7, rng=RNG(1))
    for p, q in zip(net.params[:-2], other.params[:-2], strict=True):
        np.testing.assert_array_equal(p.data, q.data)
        assert p is not q and not np.shares_memory(p.data, q.data)
    assert predict(other, np.zeros((1, 1, BANDS, COLUMNS), np.float32)).shape == (1, 7)


def test_a_short_training_learns():
    part, t = ENGLISH.take(ENGLISH.engine == "kokoro").of(("six", "no", "left"))
    x = np.stack([prepare(w) for w in part.waveforms])
    net, rng = sliding_network(3, rng=RNG(0), maps=16), RNG(0)
    batches = AugmentedBatches(x, t, 32, copies=4, rng=rng, **study.BEFORE)
    losses = [loss for _, _, loss in command_training(net, batches, 8)]
    assert np.mean(losses[-5:]) < 0.5 * losses[0]
    assert (predict(net, pictures(x)).argmax(axis=1) == t).mean() > 0.85
    z, _ = net(pictures(x[:2]))
    assert softmax_cross_entropy(z, t[:2])[1]().dtype == np.float32


# ---- splits -----------------------------------------------------------------------------------------------------

def test_no_speaker_is_on_both_sides():
    everything = load_commands()
    for seed in range(5):
        train, test = split_by_speaker(everything, 0.25, rng=RNG(seed))
        assert sorted([*train, *test]) == list(range(len(everything.word)))
        assert not {*everything.speaker[train]} & {*everything.speaker[test]}
        assert set(everything.engine[train]) == set(everything.engine[test]) == set(everything.engine)


def test_of_a_speaker_whom_the_stored_networks_never_heard_all_is_held_out():
    everything = load_commands()
    out = held_out(everything)
    assert {*HELD_OUT} == {*everything.speaker[out]}
    assert not {*everything.speaker[out]} & {*everything.speaker[~out]}


def test_an_engine_is_held_out_whole():
    for engine in set(ENGLISH.engine):
        train, test = split_by_engine(ENGLISH, engine)
        assert set(ENGLISH.engine[test]) == {engine} and engine not in ENGLISH.engine[train]
        assert len(train) + len(test) == len(ENGLISH.word)
    with pytest.raises(ValueError, match="there is no engine 'siri'"):
        split_by_engine(ENGLISH, "siri")


def test_a_split_that_leaves_one_side_empty_is_refused():
    one = ENGLISH.take((ENGLISH.engine == "flite") & (ENGLISH.voice == ENGLISH.voice[ENGLISH.engine == "flite"][0]))
    with pytest.raises(ValueError,
                       match="split_by_speaker: nobody can be held out, since no engine has two speakers; there are f"):
        split_by_speaker(one, rng=RNG(0))
    with pytest.raises(ValueError,
                       match="split_by_engine: 'flite' speaks all utterances; nothing is left for training"):
        split_by_engine(one, "flite")
    with pytest.raises(ValueError, match=r"there is no engine \['flite'\]"):
        split_by_engine(ENGLISH, ["flite"])
    for share in (0, 1, -0.5, 2, np.nan, "0.2", None):
        with pytest.raises(ValueError, match="share must lie between 0 and 1, got"):
            split_by_speaker(ENGLISH, share, rng=RNG(0))
    for rng in (None, 0, np.random):
        with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, got .*default_rng\(0\)"):
            split_by_speaker(ENGLISH, rng=rng)
    train, test = split_by_speaker(ENGLISH, 0.99, rng=RNG(0))               # even then somebody is left of every engine
    assert set(ENGLISH.engine[train]) == set(ENGLISH.engine[test]) == set(ENGLISH.engine)


def test_few_of_each_are_few_of_each():
    t = np.array([0, 0, 0, 1, 1, 2])
    rows = few_of_each(t, 2, RNG(0))
    np.testing.assert_array_equal(np.bincount(t[rows]), [2, 2, 1])
    assert len(set(rows)) == len(rows)


# ---- recognising ------------------------------------------------------------------------------------------------

def test_recognise_gives_a_word_and_its_probability_at_any_rate():
    net = sliding_network(10, rng=RNG(0), maps=8)
    word, p = recognise(net, ENGLISH.waveforms[0], RATE, DIGITS)
    assert word in DIGITS and 0.1 <= p <= 1 and isinstance(word, str) and isinstance(p, float)
    both = probabilities([net, sliding_network(10, rng=RNG(1), maps=8)], features(ENGLISH.waveforms[:2]))
    np.testing.assert_allclose(both.sum(axis=1), 1)
    with pytest.raises(ValueError, match="10 outputs, but there are 3 words"):
        recognise(net, ENGLISH.waveforms[0], RATE, COMMANDS[:3])


def test_networks_and_words_that_do_not_belong_together_are_told():
    net, word = sliding_network(10, rng=RNG(0), maps=4), ENGLISH.waveforms[0]
    for words in ("commands_j", None, 3):                                   # the first has ten letters
        with pytest.raises(TypeError, match=r"words must be a list of words, got .*words_of\(vocabulary\)"):
            recognise(net, word, RATE, words)
    for nets in ("digits", None, [net, "digits"]):
        with pytest.raises(TypeError, match=r"expected a network or a list of them, got .*load_networks\(vocabulary\)"):
            recognise(nets, word, RATE, DIGITS)
    assert recognise(net, word, RATE, dict.fromkeys(DIGITS)) == recognise(net, word, RATE, np.array(DIGITS))
    for nets, message in (([], r"the same outputs, those of one vocabulary, got \[\]"), ((), r"got \[\]"),
                          ([net, sliding_network(3, rng=RNG(0), maps=4)], r"got \[10, 3\]")):
        with pytest.raises(ValueError, match=message):
            recognise(nets, word, RATE, DIGITS)
        with pytest.raises(ValueError, match=message):
            answers(nets, [word])
    net.params[-1].data[3] = np.nan
    with pytest.raises(ValueError, match="a network's output is not finite"):
        recognise(net, word, RATE, DIGITS)


# ---- the stored networks ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("vocabulary, least", [
    ("digits", 0.95), ("commands", 0.90), ("digits_ja", 0.82), ("commands_ja", 0.86)])
def test_the_stored_networks_know_voices_that_they_never_heard(vocabulary, least):
    words = VOCABULARIES[vocabulary]
    part, t = load_commands().of(words)
    rows = held_out(part)
    assert 0.1 < rows.mean() < 0.35
    nets = load_networks(vocabulary, held_out=True)
    right = answers(nets, part.take(rows).waveforms)[:, :-1].argmax(axis=1) == t[rows]     # the last is for none
    assert right.mean() >= least
    for engine in set(part.engine):
        assert rows[part.engine == engine].any() and not rows[part.engine == engine].all()


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_the_stored_networks_for_use_know_the_words_that_they_were_trained_on(vocabulary):
    part, t = load_commands().of(VOCABULARIES[vocabulary])
    some = np.arange(0, len(t), 3)
    nets = load_networks(vocabulary)
    assert all(p.data.dtype == np.float32 for net in nets for p in net.params)
    assert (answers(nets, part.take(some).waveforms).argmax(axis=1) == t[some]).mean() > 0.97


def test_a_noise_or_a_tone_is_no_reason_to_be_sure():
    nets, rng = load_networks("digits"), RNG(0)
    sure = [recognise(nets, noise, RATE, DIGITS)[1] for n in (2000, 4000, 8000)
            for noise in (rng.normal(size=n), np.cumsum(rng.normal(size=n)), np.diff(rng.normal(size=n)),
                          0.001 * rng.normal(size=n))]
    assert np.median(sure) < 0.4 and max(sure) < 0.8


def test_the_recording_may_be_loud_or_quiet_at_any_rate_in_stereo_or_in_whole_numbers():
    nets = load_networks("digits")
    part, t = load_commands("en").of(DIGITS)
    for i in range(0, len(t), 97):
        w = part.waveforms[i]
        heard = {recognise(nets, *given, DIGITS)[0] for given in (
            (w, RATE), (0.01 * w, RATE), (np.rint(30000 * w).astype(np.int16), RATE), (np.stack([w, w], axis=1), RATE),
            (resample(w, RATE, 16000), 16000), (resample(w, RATE, 44100), 44100), (np.pad(w, 3000), RATE))}
        assert len(heard) == 1


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ValueError,
                       match="vocabulary must be one of digits, commands, digits_ja, commands_ja, got 'colours'"):
        load_networks("colours")
    for other in ("", "Digits", None, 0):
        with pytest.raises(ValueError, match="vocabulary must be one of digits"):
            load_networks(other)


# ---- transfer and the stored figures ----------------------------------------------------------------------------

def test_an_old_head_goes_back_on_a_copy():
    a, b = sliding_network(3, rng=RNG(0), maps=4), sliding_network(5, rng=RNG(1), maps=4)
    both = with_head_of(a, b)
    np.testing.assert_array_equal(both.params[-2].data, b.params[-2].data)
    np.testing.assert_array_equal(both.params[0].data, a.params[0].data)
    assert not np.shares_memory(both.params[0].data, a.params[0].data)


def test_noises_are_as_loud_as_words_and_no_two_are_alike():
    x = noises(20, RNG(0))
    assert x.shape == (20, SAMPLES) and x.dtype == np.float32
    np.testing.assert_allclose(np.sqrt((x ** 2).sum(axis=1) / (x != 0).sum(axis=1)), 0.1, rtol=0.01)
    assert len({row.tobytes() for row in x}) == 20


def test_exactly_so_many_steps_are_taken():
    x, t, rng = pictures(some(10)), np.arange(10) % 2, RNG(0)
    net = sliding_network(2, rng=rng, maps=4)
    batches = Batches(x, t, 4, rng=rng, last="drop")
    for steps in (1, 2, 5):
        assert [step for _, step, _ in take_steps(net, batches, steps)] == [*range(1, steps + 1)]


def test_training_the_head_leaves_the_rest_alone():
    x, t, rng = pictures(some(8)), np.arange(8) % 2, RNG(0)
    net = sliding_network(2, rng=rng, maps=4)
    before = [p.data.copy() for p in net.params]
    for _ in take_steps(net, Batches(x, t, 8, rng=rng), 20, lr=1e-2, params=net.layers[-1].params):
        pass
    for p, kept in zip(net.params[:-2], before):
        np.testing.assert_array_equal(p.data, kept)
    assert not np.array_equal(net.params[-2].data, before[-2])


def test_one_transfer_run_gives_what_it_promises_and_repeats(monkeypatch):
    monkeypatch.setitem(experiments.STEPS, "japanese", 2)
    rates = dict.fromkeys(WAYS, 3e-3)
    first, second = ([*transfer_runs(0, rates, sizes=(1,), maps=4, steps=3)] for _ in range(2))
    assert first == second
    assert [f.setting for f in first] == ["japanese before", "from scratch 1", "fine-tuned 1", "japanese 1", "frozen 1"]
    assert all(0 <= f.accuracy <= 1 for f in first)


def test_who_is_tested_in_transfer_was_heard_in_neither_language_and_who_chooses_never():
    spoken = experiments.words(experiments.BOTH).spoken
    aside = {*spoken.speaker[experiments.chooser(spoken)]}
    for seed in range(3):
        split = transfer_split(seed)
        fit, judge = ({*spoken.speaker[rows]} for rows, _ in (split.fit, split.judge))
        assert not fit & judge and not aside & (fit | judge)
        assert {*spoken.language[split.judge[0]]} == {"en", "ja"}


def test_what_is_frozen_keeps_all_its_japanese(monkeypatch):
    monkeypatch.setitem(experiments.STEPS, "japanese", 2)
    split = transfer_split(0)
    before, *_ = transfer_runs(0, dict.fromkeys(WAYS, 0.1), sizes=(), maps=4)
    _, after = transferred("frozen", 1, 0.1, 0, split.fit[0], split.judge[0], steps=3, maps=4)
    assert after == before.accuracy


def test_splits_of_all_kinds_train_on_the_same_number_of_words():
    spoken = experiments.words(DIGITS).spoken
    for kind in SPLITS:
        for seed in range(4):
            fit, judged = split_rows(kind, spoken, seed)
            assert len(fit) == len({*fit}) == experiments.TRAINED_ON and not {*fit} & {*judged}
            voice = np.char.add(spoken.engine, spoken.voice)
            if kind == "voice":
                assert len({*voice[judged]}) == len({*voice}) // 5
            assert {"random": True, "voice": not {*voice[fit]} & {*voice[judged]},
                    "speaker": not {*spoken.speaker[fit]} & {*spoken.speaker[judged]},
                    "engine": not {*spoken.engine[fit]} & {*spoken.engine[judged]}}[kind]


def test_the_stored_figures_are_complete():
    seeds, engines = experiments.SEEDS, sorted({*load_commands("en").engine.tolist()})
    found = ladder(engines)
    assert {name: a.shape for name, a in found.items() if name in RUNGS} == dict.fromkeys(RUNGS, (seeds["engine"], 4))
    assert len(found) == 7
    np.testing.assert_allclose(found["gain: augmented"], found["augmented"] - found["means away"])
    assert runs("shift", [f"{n} {k}" for n in RUNGS[:2] for k in SHIFTS]).shape == (seeds["shift"], 8)
    assert runs("split", [f"{kind} plain" for kind in SPLITS]).shape == (seeds["split"], 4)
    settings = ["japanese before", *(f"{way} {k}" for way in (*WAYS, "japanese") for k in SIZES)]
    assert runs("transfer", settings).shape == (seeds["transfer"], 21)
    assert set(rates("rung")) == {*RUNGS} and set(rates("transfer")) == {*WAYS}


def test_what_the_file_tells_of_itself_is_what_the_program_does():
    stored, now = origin("commands_figures.csv"), experiments.facts()
    assert {key: stored[key] for key in stored if key not in ("made", "commit")} == {
        key: now[key] for key in now if key not in ("made", "commit")}


def test_paired_differences_are_told_apart_or_not():
    assert verdict([0.1, 0.12, 0.09], "better", "worse") == "better"
    assert verdict([-0.1, -0.12, -0.09], "better", "worse") == "worse"
    assert verdict([0.1, -0.12, 0.09], "better", "worse") == "not told apart"
    assert said({"a": np.array([[0.1, 0.5], [0.1, 0.7]])}, mean=True) == [
        ["a", "0.10 ± 0.00", "0.60 ± 1.27", "0.35 ± 0.64"]]
