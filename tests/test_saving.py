"""Networks in files: what is written is what comes back, and every wrong file is named in one sentence."""

import io
import json
import os
import re
import zipfile

import numpy as np
import pytest

from course_lib import (
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    LeakyReLU,
    Muon,
    Parameter,
    ReLU,
    Residual,
    RMSprop,
    Sequential,
    Sophia,
    Tanh,
    Together,
    constant_schedule,
    cosine_schedule,
    load,
    predict,
    relu,
    save,
    softmax_cross_entropy,
    train_step,
)
from course_lib.layers import RNN, EachStep
from course_lib.saving import network_arrays, read_arrays, write_arrays


def deep(seed=0, rate=0.5, dtype=np.float64, n=6):
    r = np.random.default_rng(seed)
    return Sequential(Dense(4, n, rng=r, dtype=dtype), BatchNorm(n, dtype=dtype), ReLU(),
                      Residual(Dense(n, n, rng=r, dtype=dtype), Dropout(rate, rng=r)), Dense(n, 2, rng=r, dtype=dtype))


def used(seed=0, **settings):
    net = deep(seed, **settings)
    for _ in range(3):
        net(5 + np.random.default_rng(seed).normal(size=(8, 4)))
    return net


def state(net):
    return [p.data.copy() for p in net.params] + [a.copy() for layer in net.walk() for a in layer.running]


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(one, other))


# ---- there and back ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_saved_comes_back(tmp_path, dtype):
    net, other = used(dtype=dtype), deep(1, dtype=dtype)
    save(net, tmp_path / "net.npz")
    load(other, tmp_path / "net.npz")
    assert same(state(net), state(other)) and not any(p.data is q.data for p, q in zip(net.params, other.params))
    x = np.ones((2, 4), dtype)
    np.testing.assert_array_equal(predict(other, x), predict(net, x))


@pytest.mark.parametrize("name, file", [
    ("model", "model.npz"), ("model.npz", "model.npz"), ("model.v2", "model.v2.npz"), ("model.npy", "model.npy.npz"),
    ("ein Wort ü", "ein Wort ü.npz")])
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_the_ending_is_added_on_both_sides(tmp_path, name, file, kind):
    net, other = used(), deep(1)
    save(net, kind(tmp_path / name))
    assert [path.name for path in tmp_path.iterdir()] == [file]
    load(other, kind(tmp_path / name))
    assert same(state(net), state(other))
    (tmp_path / file).rename(tmp_path / "a copy")       # a file without the ending is found as well
    load(deep(1), kind(tmp_path / "a copy"))


def test_open_files_and_bytes(tmp_path):
    net, memory = used(), io.BytesIO()
    save(net, memory)
    memory.seek(0)
    for source in (memory, memory.getvalue(), bytearray(memory.getvalue())):
        other = deep(1)
        load(other, source)
        assert same(state(net), state(other))


def test_the_tenth_parameter_does_not_come_before_the_second(tmp_path):
    def twelve(seed):
        r = np.random.default_rng(seed)
        return Sequential(*[Dense(3, 3, rng=r) for _ in range(6)])
    net, other = twelve(0), twelve(1)
    for k, p in enumerate(net.params):
        p.data += k
    save(net, tmp_path / "net")
    load(other, tmp_path / "net")
    assert same(state(net), state(other))
    np.savez(tmp_path / "old.npz", **{f"p{i}": p.data for i, p in enumerate(net.params)})
    other = twelve(1)
    load(other, tmp_path / "old.npz")
    assert same(state(net), state(other))


def test_a_file_of_the_first_format_is_read(tmp_path):
    net, other = used(), deep(1)
    running = [a for layer in net.walk() for a in layer.running]
    np.savez(tmp_path / "old.npz", **{f"p{i}": p.data for i, p in enumerate(net.params)},
             **{f"r{i}": a for i, a in enumerate(running)})
    load(other, tmp_path / "old")
    assert same(state(net), state(other))
    for wrong, text in ((deep(n=5), r"holds 8 parameters of shapes \[\(4, 6\).*the network has 8 of \[\(4, 5\)"),
                        (Sequential(*deep().layers[:3]), "holds 8 parameters of shapes .*the network has 4 of")):
        refused(wrong, tmp_path / "old", text)
    np.savez(tmp_path / "without.npz", **{f"p{i}": p.data for i, p in enumerate(net.params)})
    refused(deep(1), tmp_path / "without", "holds 0 running averages")


def test_another_dtype_is_converted(tmp_path):
    net = used()
    save(net, tmp_path / "net")
    single = deep(1, dtype=np.float32)
    load(single, tmp_path / "net")
    assert {a.dtype for a in state(single)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(single.params[0].data, net.params[0].data, rtol=1e-7)


class Tied(Layer):
    """Two layers, one matrix."""

    def __init__(self, r, shared):
        self.first = Dense(3, 3, rng=r)
        self.rest = {"second": Dense(3, 3, rng=r)}
        if shared:
            self.rest["second"].W = self.first.W

    def __call__(self, x):
        y, to_x = self.first(x)
        z, to_y = self.rest["second"](y)
        return z, lambda dz: to_x(to_y(dz))


def test_what_is_shared_stays_shared(tmp_path):
    one, other, apart = (Tied(np.random.default_rng(seed), seed < 2) for seed in range(3))
    save(one, tmp_path / "net")
    assert sorted(read_arrays(tmp_path / "net")[1]) == ["network", "p0", "p1", "p2"]
    load(other, tmp_path / "net")
    assert same(state(one), state(other)) and other.rest["second"].W is other.first.W
    refused(apart, tmp_path / "net", "second.W is p0 of shape .3, 3. in the file, p2 of shape .3, 3. in the network")


def test_arrays_in_fortran_order_keep_their_values(tmp_path):
    net, other = Dense(3, 2, rng=np.random.default_rng(0)), Dense(3, 2, rng=np.random.default_rng(1))
    net.W.data = np.asfortranarray(net.W.data)
    save(net, tmp_path / "net")
    load(other, tmp_path / "net")
    np.testing.assert_array_equal(net.W.data, other.W.data)


# ---- wrong files ------------------------------------------------------------------------------------------------

def refused(net, path, text, optimizer=None, kind=ValueError):
    """The load fails, with one sentence, and changes nothing."""
    before = state(net)
    with pytest.raises(kind, match=f"^load: .*{text}") as caught:
        load(net, path, optimizer)
    assert "\n" not in str(caught.value)
    assert same(before, state(net))


def broken(tmp_path, change):
    """A good file, its arrays changed by ``change``."""
    arrays = network_arrays(used())
    change(arrays)
    np.savez(tmp_path / "net.npz", **arrays)
    return tmp_path / "net.npz"


def test_no_file_no_network(tmp_path):
    refused(deep(), tmp_path / "none", r"there is no file .*none\.npz$", kind=FileNotFoundError)
    (tmp_path / "folder.npz").mkdir()
    refused(deep(), tmp_path / "folder.npz", "is a folder, not a file", kind=IsADirectoryError)
    refused(deep(), tmp_path / "folder", "is a folder, not a file", kind=IsADirectoryError)
    for content in (b"", b"hello, I am a text", b"\x93NUMPY\x01\x00", b"\x80\x04K\x01."):
        (tmp_path / "net.npz").write_bytes(content)
        refused(deep(), tmp_path / "net", r"net\.npz is no file of save: it is no \.npz archive")
    np.savez(tmp_path / "data.npz", images=np.ones(3), labels=np.ones(3))
    refused(deep(), tmp_path / "data.npz", r"data\.npz holds no network, but images, labels")
    np.savez(tmp_path / "empty.npz")
    refused(deep(), tmp_path / "empty.npz", "holds no network, but nothing")
    for network in (np.array("text"), np.ones(3), np.array(b"[1, 2]"), np.array(b"{}")):
        np.savez(tmp_path / "other.npz", network=network)
        refused(deep(), tmp_path / "other.npz", "holds no network, but something else of that name")
    with zipfile.ZipFile(tmp_path / "letters.npz", "w") as file:
        file.writestr("letter.txt", "hello")
    refused(deep(), tmp_path / "letters.npz", "holds no network|is damaged")


def test_a_damaged_file(tmp_path):
    """Cut off anywhere, or a bit turned over anywhere: a sentence, or the network that was saved, nothing else."""
    net = used()
    save(net, tmp_path / "net.npz")
    content, named = (tmp_path / "net.npz").read_bytes(), 0
    for end in range(4, len(content), 97):
        refused(deep(1), content[:end], "is damaged, or cut off")
    for place in range(2, len(content), 13):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        other = deep(1)
        before = state(other)
        try:
            load(other, damaged)
        except ValueError as error:
            named += 1
            assert str(error).startswith("load: ") and same(before, state(other))
        else:
            assert same(state(net), state(other)), place
    assert named > 0.5 * len(content) / 13


def test_pickles_are_not_opened(tmp_path):
    np.savez(tmp_path / "net.npz", network=np.array([print], dtype=object))
    refused(deep(), tmp_path / "net.npz", r"is damaged, or cut off \(.*allow_pickle")


def header(arrays, **changes):
    return np.array(json.dumps(json.loads(arrays["network"].item()) | changes).encode())


@pytest.mark.parametrize("change, text", [
    (lambda a: a.update(network=header(a, format=3)), "is of format 3, this course_lib reads formats 1 and 2"),
    (lambda a: a.update(network=np.array(b'{"format": 2}')), "does not say its architecture"),
    (lambda a: a.pop("p3"), r"holds 7 parameters of shapes \["),
    (lambda a: a.update(p8=np.ones(2)), r"holds 9 parameters of shapes \[.*, the network has 8 of"),
    (lambda a: a.update(p1=np.ones(7)), r"holds 8 parameters of shapes \[\(4, 6\), \(7,\)"),
    (lambda a: a.pop("running"), r"holds 0 running averages of shapes \[\], the network has 2 of"),
    (lambda a: a.update(running=np.ones(11)), "holds 0 running averages"),
    (lambda a: a.update(p1=np.full(6, np.nan)), "p1 in net.npz holds NaN, or numbers too large for float64"),
    (lambda a: a.update(running=np.full(12, np.inf)), "r0 in net.npz holds NaN"),
    (lambda a: a.update(p1=np.full(6, "text")), "p1 in net.npz must hold numbers, got <U4"),
    (lambda a: a.update(p1=np.full(6, 1j)), "p1 in net.npz must hold numbers, got complex128")])
def test_a_file_that_is_not_what_it_says(tmp_path, change, text):
    refused(deep(1), broken(tmp_path, change), text)


def test_numbers_too_large_for_the_network(tmp_path):
    net = deep()
    net.params[0].data[0, 0] = 1e300
    save(net, tmp_path / "net")
    refused(deep(dtype=np.float32), tmp_path / "net", r"p0 in net\.npz holds NaN, or numbers too large for float32")


class Small(Layer):
    """An option, a function, an array, a counter and a generator."""

    def __init__(self, kind=relu, table=(1, 2), *, width=1.0, rng=None):
        self.kind, self.table, self.width, self.rng = kind, table, width, rng or np.random.default_rng(0)
        self.W, self.calls = Parameter(np.ones(2), "W"), 0

    def rule(self, x, W):
        self.calls += 1
        return x * W, lambda dy: (dy * W, dy * x)


R = np.random.default_rng(0)


def forgetful(layer):
    layer.running = ()
    return layer


@pytest.mark.parametrize("one, other, text", [
    (deep(n=6), deep(n=5), r"layers\[0\].W is p0 of shape \(4, 6\) in the file, p0 of shape \(4, 5\) in the network"),
    (deep(), deep(rate=0.3), r"layers\[3\].layers\[1\].rate is 0.5 in the file, 0.3 in the network"),
    (Sequential(ReLU()), Sequential(Tanh()), r"layers\[0\] is ReLU in the file, Tanh in the network"),
    (Sequential(Flatten(), ReLU()), Sequential(Flatten(), Tanh()), r"layers\[1\] is ReLU in the file"),
    (Sequential(ReLU(), ReLU()), Sequential(ReLU()), "layers has 2 entries in the file, 1 in the network"),
    (Dense(2, 2, rng=R), Sequential(Dense(2, 2, rng=R)), "the whole is Dense in the file, Sequential in the network"),
    (LeakyReLU(0.2), LeakyReLU(), "slope is 0.2 in the file, not set in the network"),
    (RNN(2, 3, rng=R), RNN(2, 3, activation=relu, rng=R), "activation is not set in the file, relu in the network"),
    (Conv2D(1, 1, 3, padding=1, rng=R), Conv2D(1, 1, 3, rng=R), "padding is 1 in the file, not set in"),
    (BatchNorm(3), forgetful(BatchNorm(3)), r"running averages is \[\[3\], \[3\]\] in the file, not set"),
    (EachStep(Dense(2, 2, rng=R)), EachStep(Embedding(2, 2, rng=R)), "layer is Dense in the file, Embedding in"),
    (Small(table=np.arange(3)), Small(table=np.arange(3)[::-1]), r"table is array of shape \(3,\), checksum"),
    (Small(table=[1, 2, 3]), Small(table=[1, 2, 4]), r"table\[2\] is 3 in the file, 4 in the network"),
    (Small(width=np.float64(2)), Small(width=3), "width is 2.0 in the file, 3 in the network")])
def test_another_architecture_is_named(tmp_path, one, other, text):
    save(one, tmp_path / "net")
    refused(other, tmp_path / "net", rf"net\.npz is of another architecture: {text}")


def test_what_is_no_option_does_not_matter(tmp_path):
    """A counter, a generator, a rule that was replaced, the mode: the network is the same."""
    one, other = Small(width=np.float64(2), table=[1]), Small(width=2, table=(1,), rng=np.random.default_rng(5))
    one(np.ones(2))
    one.training = False
    one.W.data = np.array([3.0, 4.0])
    save(one, tmp_path / "net")
    load(other, tmp_path / "net")
    assert other.W.data.tolist() == [3, 4] and other.calls == 0
    net = Sequential(Dense(2, 2, rng=R))
    net.layers[0].rule = lambda x, W, b: (x @ W + b, lambda dy: (dy @ W.T, x.T @ dy, dy.sum(axis=0)))
    save(net, tmp_path / "net")
    load(Sequential(Dense(2, 2, rng=R)), tmp_path / "net")


# ---- the good file stays ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_an_interrupt_leaves_the_old_file(tmp_path, monkeypatch, error):
    net = used()
    save(net, tmp_path / "net")
    before = (tmp_path / "net.npz").read_bytes()

    def half(file, **arrays):
        file.write(b"PK half of it")
        raise error
    monkeypatch.setattr(np, "savez", half)
    with pytest.raises(type(error)):
        save(deep(1), tmp_path / "net")
    assert [path.name for path in tmp_path.iterdir()] == ["net.npz"] and (tmp_path / "net.npz").read_bytes() == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_disk_that_is_really_full(tmp_path, monkeypatch):
    save(used(), tmp_path / "net")
    before, real = (tmp_path / "net.npz").read_bytes(), open
    monkeypatch.setattr("builtins.open", lambda path, mode="r", **more: real(
        "/dev/full" if str(path).endswith(".part") else path, mode, **more))
    with pytest.raises(OSError, match="No space left"):
        save(deep(1), tmp_path / "net")
    assert (tmp_path / "net.npz").read_bytes() == before


def test_a_network_that_went_astray_does_not_replace_a_good_one(tmp_path):
    net = used()
    save(net, tmp_path / "net")
    before = (tmp_path / "net.npz").read_bytes()
    net.params[2].data[0] = np.nan
    with pytest.raises(ValueError, match="save: p2 of the Sequential holds NaN or infinite numbers"):
        save(net, tmp_path / "net")
    assert (tmp_path / "net.npz").read_bytes() == before


def test_places_where_nothing_can_be_saved(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(IsADirectoryError, match=r"save: .*folder\.npz is a folder, not a file"):
        save(deep(), tmp_path / "folder")
    with pytest.raises(FileNotFoundError, match="save: there is no folder .*nowhere; make it first"):
        save(deep(), tmp_path / "nowhere" / "net")
    (tmp_path / "real.npz").write_bytes(b"")
    (tmp_path / "link.npz").symlink_to(tmp_path / "real.npz")
    save(deep(), tmp_path / "link")
    assert (tmp_path / "link.npz").is_symlink()
    load(deep(1), tmp_path / "real")


# ---- optimizers -------------------------------------------------------------------------------------------------

def together(net):
    matrices = [p for p in net.params if p.data.ndim == 2]
    return Together(Muon(matrices, lr=0.01), AdamW([p for p in net.params if p.data.ndim != 2], lr=0.01))


OPTIMIZERS = {
    "SGD": lambda net: SGD(net.params, lr=0.05),
    "momentum": lambda net: SGD(net.params, lr=0.05, momentum=0.9, nesterov=True),
    "Adam": lambda net: Adam(net.params, lr=cosine_schedule(0.02, 24, warmup=4)),
    "RMSprop": lambda net: RMSprop(net.params, lr=0.003, momentum=0.5),
    "Sophia": lambda net: Sophia(net.params, lr=0.003),
    "some": lambda net: AdamW(net.params[-2:], lr=0.01), "Together": together}


def train(net, optimizer, steps):
    x = np.random.default_rng(9).normal(size=(24, 4)).astype(net.params[0].data.dtype)
    t = (x.sum(axis=1) > 0).astype(int)
    return [train_step(net, softmax_cross_entropy, optimizer, x[i::2], t[i::2]) for i in np.arange(steps) % 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_training_goes_on_as_if_it_had_never_stopped(tmp_path, name, dtype):
    """Moments, steps of the schedule, running averages and the generator of Dropout: bit by bit."""
    net = deep(dtype=dtype)
    optimizer = OPTIMIZERS[name](net)
    train(net, optimizer, 12)
    save(net, tmp_path / "net", optimizer)
    through = train(net, optimizer, 12)
    other = deep(1, dtype=dtype)
    again = OPTIMIZERS[name](other)
    train(other, again, 5)                              # whatever it did before is forgotten
    load(other, tmp_path / "net", again)
    assert train(other, again, 12) == through and same(state(net), state(other))
    alone = deep(1, dtype=dtype)
    load(alone, tmp_path / "net")                       # the optimizer may also be left in the file
    assert alone.params[0].data.dtype == dtype


def test_an_optimizer_of_a_learner(tmp_path):
    class Averaged(SGD):
        memory = ("mean",)

        def __init__(self, params):
            super().__init__(params, lr=0.1, momentum=0.5)
            for one in self.state:
                one["count"] = 0

        def update(self, p, g, state, lr):
            state["count"] += 1
            super().update(p, g, state, lr)
    net = deep()
    optimizer = Averaged(net.params)
    train(net, optimizer, 3)
    save(net, tmp_path / "net", optimizer)
    other = deep(1)
    again = Averaged(other.params)
    load(other, tmp_path / "net", again)
    assert again.steps == 3 and [one["count"] for one in again.state] == [3] * 8


@pytest.mark.parametrize("make, text", [
    (OPTIMIZERS["momentum"], "was trained with Adam, not with SGD"),
    (OPTIMIZERS["Together"], "was trained with Adam, not with Muon and AdamW"),
    (OPTIMIZERS["some"], "was trained with Adam, not with AdamW"),
    (lambda net: Adam(net.params[::-1]), r"the Adam changes the parameters \[0, 1, .*, here \[7, 6"),
    (lambda net: Adam(net.params[1:]), r"the Adam changes the parameters \[0, 1, .*, here \[1, 2"),
    (lambda net: Adam(deep().params), r"here \[None, None")])
def test_another_optimizer_is_named(tmp_path, make, text):
    net = deep()
    save(net, tmp_path / "net", Adam(net.params))
    refused(net, tmp_path / "net", text, make(net))


def test_what_an_optimizer_remembers_must_be_there(tmp_path):
    net = deep()
    save(net, tmp_path / "net", SGD(net.params, lr=0.1))
    refused(net, tmp_path / "net", "the SGD remembers t of a parameter, here t, v; give it the same settings",
            SGD(net.params, lr=0.1, momentum=0.9))
    save(net, tmp_path / "net")
    refused(net, tmp_path / "net", r"holds no optimizer; write it with save\(net, path, optimizer\)", Adam(net.params))
    trained = Adam(net.params)
    train(net, trained, 2)
    arrays = network_arrays(net, trained)
    del arrays["o0.3.v"]
    for wrong, text in (({}, "lacks v of the Adam for parameter 3"),
                        ({"o0.3.v": np.ones(2)}, r"o0\.3\.v in net\.npz has shape \(2,\), \(6,\) is wanted"),
                        ({"o0.3.v": np.full(6, np.nan)}, r"o0\.3\.v in net\.npz holds NaN")):
        np.savez(tmp_path / "net.npz", **arrays, **wrong)
        optimizer = Adam(net.params)
        refused(net, tmp_path / "net", text, optimizer)
        assert optimizer.steps == 0 and not any(one["m"].any() or one["t"] for one in optimizer.state)
    with pytest.raises(ValueError, match="the Adam changes parameters that are not in the Dense; save the network"):
        save(net.layers[0], tmp_path / "net", Adam(net.params))


def test_another_kind_of_generator(tmp_path):
    def dropping(bits):
        r = np.random.Generator(bits(0))
        return Sequential(Dense(2, 2, rng=r), Dropout(0.5, rng=r))
    net, other = dropping(np.random.PCG64), dropping(np.random.MT19937)
    save(net, tmp_path / "net", Adam(net.params))
    refused(other, tmp_path / "net", r"has the generators \['PCG64'\], the network \['MT19937'\]", Adam(other.params))
    load(other, tmp_path / "net")
    save(other, tmp_path / "net", Adam(other.params))
    drawn = other.layers[1].rng.random(3)
    load(other, tmp_path / "net", Adam(other.params))
    np.testing.assert_array_equal(other.layers[1].rng.random(3), drawn)


def test_a_constant_schedule_and_none_are_the_same_file(tmp_path):
    net = deep()
    save(net, tmp_path / "net", Adam(net.params, lr=constant_schedule(0.1)))
    load(net, tmp_path / "net", Adam(net.params, lr=0.3))       # settings are the caller's


def test_only_networks_are_saved(tmp_path):
    for call in (lambda: save(tmp_path / "net", deep()), lambda: save(lambda x: x, tmp_path / "net")):
        with pytest.raises(TypeError, match=r"save: the first argument must be a network, got .*: save\(net, path\)"):
            call()
    with pytest.raises(TypeError, match=r"load: the first argument must be a network, got str: load\(net, path\)"):
        load("net", deep())


# ---- several networks in a file ---------------------------------------------------------------------------------

def test_several_networks_in_a_file(tmp_path):
    nets = {f"{k}/": used(k) for k in range(3)}
    arrays = {name: array for prefix, net in nets.items() for name, array in network_arrays(net, prefix=prefix).items()}
    for compressed in (False, True):
        path = write_arrays(tmp_path / f"nets{compressed}", arrays, compressed=compressed)
        for prefix, net in nets.items():
            other = deep(7)
            load(other, path, prefix=prefix)
            assert same(state(net), state(other))
        with pytest.raises(ValueError, match="holds no network '3/'; it holds '0/', '1/', '2/'"):
            load(deep(), path, prefix="3/")
        refused(deep(), path, "holds no network, but 0/network, ")
    assert os.path.getsize(path) < os.path.getsize(tmp_path / "netsFalse.npz")


def test_numpy_alone_opens_a_file(tmp_path):
    net = Sequential(Flatten(), Dense(3, 2, rng=R))
    save(net, tmp_path / "net")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert sorted(file.files) == ["network", "p0", "p1"]
        np.testing.assert_array_equal(file["p0"], net.params[0].data)
        assert json.loads(file["network"].item()) == {"format": 2, "architecture": {"class": "Sequential", "layers": [
            {"class": "Flatten"}, {"class": "Dense", "W": "p0 of shape (3, 2)", "b": "p1 of shape (2,)"}]}}
    assert re.fullmatch(rb"PK.*", (tmp_path / "net.npz").read_bytes()[:4], re.DOTALL)
