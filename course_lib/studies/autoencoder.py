"""An autoencoder on the 8 × 8 digits, beside PCA at the same number of numbers, and beside other ways to remove noise.

- a network whose target is its own input, squeezed through k numbers; each half deep, or one layer
- its rivals: the plane of PCA; against noise PCA, the linear filter of least squares (Wiener), and a weighted mean of
  all training digits, which needs no training
- how good is a code for telling digits apart: the nearest training digit

``python -m course_lib.studies.autoencoder`` trains them all (about eight minutes) and writes
``data/autoencoder_figures.csv``, which the functions of the last part read. Lesson 13, section 5.
"""

import numpy as np

from course_lib.data import Batches, load_digits, load_new_writers
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import say, unseen
from course_lib.layers import GELU, Dense, Sequential
from course_lib.optim.first_order import Adam
from course_lib.optim.schedules import cosine_schedule
from course_lib.rules.losses import mean_squared_error
from course_lib.training import predict, training

HIDDEN = (128, 64)                                          # 64-128-64-k, and its mirror
RATE, EPOCHS, BATCH = 3e-3, 200, 64
STEPS = EPOCHS * (1442 // BATCH)                            # the last batch is merged
NUMBERS = (2, 8, 16)
NOISES = (0.2, 0.4)
SEEDS = range(4, 9)
SEARCH = range(100, 102)
FILE = "autoencoder_figures.csv"
WIDTHS = ["numbers", "bent", "fitted digits", "held out", "new writers"]
NEAREST = ["numbers", "PCA, held out", "network, held out", "PCA, new writers", "network, new writers"]
CLEANED = ["rival", *(f"{side}, noise {sigma}" for sigma in NOISES for side in ("held out", "new writers"))]
GRIDS = {"PCA": tuple(range(1, 65)), "mean of all digits": (0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5, 3.2, 4.0),
         "denoiser": (8, 16, 32, 64)}                       # how many numbers; width of the weights over σ; numbers


# ---- the network ----------------------------------------------------------------------------------------------------

def network(k, rng, *, encoder=True, decoder=True, pixels=64):
    """An encoder to k numbers and a decoder back: ``Sequential(encoder, decoder)``.

    encoder, decoder   True: three layers with GELU between them; False: one layer

    Shapes: x (N, pixels)  ->  code (N, k)  ->  y (N, pixels)
    """
    if not isinstance(k, (int, np.integer)) or k < 1:
        raise ValueError(f"network: k must be a whole number of 1 or more, got {k!r}: how many numbers hold a digit?")
    ways = [(pixels, *HIDDEN, k) if encoder else (pixels, k), (k, *HIDDEN[::-1], pixels) if decoder else (k, pixels)]
    return Sequential(*(_stack(sizes, rng) for sizes in ways))


def _stack(sizes, rng):
    layers = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng), GELU()]
    return Sequential(*layers[:-1])                         # the last layer is straight


class Noisy:
    """Batches (x + noise, x) with fresh noise each time they are read: the target is the clean picture.

    Shapes: x (N, D)  ->  pairs (size, D), (size, D)
    """

    def __init__(self, x, size, sigma, *, rng):
        if not sigma >= 0:
            raise ValueError(f"Noisy: sigma must be 0 or more, got {sigma!r}, in units of ink")
        self.batches, self.sigma, self.rng = Batches(x, x, size, rng=rng), sigma, rng

    def __len__(self):
        return len(self.batches)

    def __iter__(self):
        for x, t in self.batches:
            yield noisy(x, self.sigma, self.rng), t


def noisy(x, sigma, rng):
    """The pictures with a normal number of standard deviation sigma added to each pixel."""
    return x + sigma * rng.normal(size=x.shape)


def learn(net, x, rng, *, sigma=0.0, lr=RATE, epochs=EPOCHS):
    """Train a network to give back x; with ``sigma`` from a noisy copy. Yields (epoch, step, loss), as ``training``."""
    batches = Noisy(x, BATCH, sigma, rng=rng) if sigma else Batches(x, x, BATCH, rng=rng)
    optimizer = Adam(net.params, lr=cosine_schedule(lr, steps=epochs * len(batches)))
    return training(net, mean_squared_error, optimizer, batches, epochs)


def learnt(net, x, seed, **settings):
    """The network after ``learn``."""
    for _ in learn(net, x, np.random.default_rng(seed), **settings):
        pass
    return net


def error(y, x):
    """The squared error of a pixel, in the mean over pictures and pixels."""
    return float(np.mean((np.asarray(y) - x) ** 2))


# ---- the rivals -----------------------------------------------------------------------------------------------------

class Principal:
    """PCA: the mean and the directions in which the pictures x differ most, the largest first.

    mean (D,), P (D, D), variances (D,)
    """

    def __init__(self, x):
        self.mean = x.mean(axis=0)
        variances, P = np.linalg.eigh((x - self.mean).T @ (x - self.mean) / len(x))
        self.variances, self.P = variances[::-1], P[:, ::-1]

    def code(self, x, k):
        """Shapes: x (N, D)  ->  (N, k)"""
        return (x - self.mean) @ self.P[:, :k]

    def decoded(self, code):
        """Shapes: code (N, k)  ->  (N, D)"""
        return self.mean + code @ self.P[:, :np.shape(code)[1]].T

    def __call__(self, x, k):
        """The pictures as k numbers tell them. Shapes: x (N, D)  ->  (N, D)"""
        return self.decoded(self.code(x, k))


def wiener(principal, x, sigma):
    """The linear map of least squares from noisy to clean pictures: y = m + (x − m)(S + σ² I)⁻¹ S.

    S is the covariance of the clean pictures that ``principal`` has seen. Each direction is shrunk by v / (v + σ²), v
    its variance: lesson 13, equation (13.23).

    Shapes: x (N, D)  ->  (N, D)
    Source: Wiener (1949), Extrapolation, Interpolation, and Smoothing of Stationary Time Series; here for vectors.
    """
    shrunk = principal.variances / (principal.variances + sigma ** 2)
    return principal.decoded(principal.code(x, len(shrunk)) * shrunk)


def mean_of_all(clean, x, sigma, width):
    """A mean of all clean pictures, each weighted by exp(−d² / 2(width σ)²), d its distance to the noisy one.

    With width 1, and were there no digits but the clean ones, nothing could be nearer in the mean of squares: it would
    be the expected picture. Nothing is trained.

    Shapes: clean (M, D), x (N, D)  ->  (N, D)
    """
    weights = -_squares(x, clean) / (2 * (width * sigma) ** 2)
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))
    return weights @ clean / weights.sum(axis=1, keepdims=True)


def _squares(a, b):
    """Squared distances of all rows. Shapes: a (N, D), b (M, D)  ->  (N, M)"""
    return np.sum(a * a, axis=1)[:, np.newaxis] - 2 * a @ b.T + np.sum(b * b, axis=1)


def nearest_right(known, t_known, codes, t):
    """The share of codes whose nearest known code belongs to the same digit.

    Shapes: known (M, k), t_known (M,), codes (N, k), t (N,)  ->  a number
    """
    return float(np.mean(t_known[_squares(codes, known).argmin(axis=1)] == t))


# ---- the experiments: rows (what, rival, numbers, seed, judged on, value) -------------------------------------------

HALVES = {"both deep": (True, True), "deep decoder": (False, True), "deep encoder": (True, False),
          "one layer each": (False, False)}


def widths(seeds=SEEDS, nets=None):
    """Every form of network at every width beside PCA: errors, and the nearest neighbour in the code."""
    digits, new = load_digits(), load_new_writers()
    x, t = digits.x_train, digits.t_train
    sides = {"fitted": (x, t), "held out": (unseen(digits.x_test, x), digits.t_test), "new writers": unseen_new(x, new)}
    principal = Principal(x)
    for k in NUMBERS:
        known = principal.code(x, k)
        for side, (judged, t_judged) in sides.items():
            yield "error", "PCA", k, "none", side, error(principal(judged, k), judged)
            if side != "fitted":
                yield "nearest", "PCA", k, "none", side, nearest_right(known, t, principal.code(judged, k), t_judged)
        for name, (encoder, decoder) in HALVES.items():
            for seed in seeds:
                net = learnt(network(k, np.random.default_rng(seed), encoder=encoder, decoder=decoder), x, seed)
                if nets is not None:
                    nets[name, k, seed] = net
                known = predict(net.layers[0], x)
                for side, (judged, t_judged) in sides.items():
                    yield "error", name, k, seed, side, error(predict(net, judged), judged)
                    if side != "fitted":
                        codes = predict(net.layers[0], judged)
                        yield "nearest", name, k, seed, side, nearest_right(known, t, codes, t_judged)


def unseen_new(x, new):
    """New writers' digits and labels; refused if one of them is among the x."""
    return unseen(new.x, x), new.t


def other_draws(seeds):
    """The same with other digits held out: each seed draws 1,442 of the 1,797 to fit, and judges on the rest."""
    digits = load_digits()
    everything = np.concatenate([digits.x_train, digits.x_test])
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(everything))
        x, judged = everything[order[:1442]], everything[order[1442:]]
        principal = Principal(x)
        for k in NUMBERS:
            net = learnt(network(k, np.random.default_rng(seed)), x, seed)
            yield "other draws", "PCA", k, seed, "held out", error(principal(judged, k), judged)
            yield "other draws", "both deep", k, seed, "held out", error(predict(net, judged), judged)


def aside():
    """Training digits to fit and 288 of them to choose on: two arrays."""
    x = load_digits().x_train
    order = np.random.default_rng(13).permutation(len(x))
    return x[order[288:]], x[order[:288]]


def rates(seeds=SEARCH, grid=(1e-3, 3e-3, 1e-2)):
    """The learning rate of both halves deep, eight numbers: chosen on digits set aside."""
    fit, choose = aside()
    for lr in grid:
        for seed in seeds:
            net = learnt(network(8, np.random.default_rng(seed)), fit, seed, lr=lr)
            yield "rate", f"{lr:g}", 8, seed, "set aside", error(predict(net, choose), choose)


def choices(sigma, seeds=SEARCH):
    """The one number of each rival against noise: chosen on digits set aside, from its own grid."""
    fit, choose = aside()
    principal = Principal(fit)
    for seed in seeds:
        seen = noisy(choose, sigma, np.random.default_rng(seed))
        for k in GRIDS["PCA"]:
            yield f"choice {sigma}", "PCA", k, seed, "set aside", error(inked(principal(seen, k)), choose)
        for width in GRIDS["mean of all digits"]:
            yield (f"choice {sigma}", "mean of all digits", width, seed, "set aside",
                   error(mean_of_all(fit, seen, sigma, width), choose))
        for k in GRIDS["denoiser"]:
            net = learnt(network(k, np.random.default_rng(seed)), fit, seed, sigma=sigma)
            yield f"choice {sigma}", "denoiser", k, seed, "set aside", error(inked(predict(net, seen)), choose)


def chosen(rows):
    """``{(what, rival): the number with the smallest mean error}`` of rows of ``choices``."""
    errors = {}
    for what, rival, number, _, _, value in rows:
        errors.setdefault((what, rival), {}).setdefault(float(number), []).append(float(value))
    return {key: min(found, key=lambda number: np.mean(found[number])) for key, found in errors.items()}


def inked(y):
    """Cut to the range of a pixel, 0 to 1: nobody needs to be told more to do so."""
    return np.clip(y, 0, 1)


def cleaned(x, seen, sigma, numbers):
    """What the rivals that need no training make of noisy pictures: ``{name: pictures}``.

    x are clean training pictures, ``numbers`` the chosen number of PCA and of the mean of all digits.
    """
    principal = Principal(x)
    return {"the noisy picture": inked(seen), "PCA": inked(principal(seen, int(numbers["PCA"]))),
            "linear filter": inked(wiener(principal, seen, sigma)),
            "mean of all digits": mean_of_all(x, seen, sigma, numbers["mean of all digits"])}


def denoising(sigma, numbers, nets, seeds=SEEDS):
    """Noise taken away, from held-out digits and from new writers'; ``nets`` are autoencoders that never saw noise."""
    digits, new = load_digits(), load_new_writers()
    x = digits.x_train
    for seed in seeds:
        net = learnt(network(int(numbers["denoiser"]), np.random.default_rng(seed)), x, seed, sigma=sigma)
        for side, judged in (("held out", unseen(digits.x_test, x)), ("new writers", unseen(new.x, x))):
            seen = noisy(judged, sigma, np.random.default_rng(1000 + seed))
            found = cleaned(x, seen, sigma, numbers)
            found["autoencoder without noise"] = inked(predict(nets["both deep", 16, seed], seen))
            found["denoiser"] = inked(predict(net, seen))
            for name, y in found.items():
                number = f"{numbers[name]:g}" if name in numbers else "none"
                yield f"noise {sigma}", name, number, seed, side, error(y, judged)


# ---- what was stored ------------------------------------------------------------------------------------------------

def measured(what):
    """``{(rival, number, judged on): array, one value a seed}`` of one experiment."""
    found = {}
    for kind, rival, number, _, judged, value in read_table(FILE)[1]:
        if kind == what:
            found.setdefault((rival, number, judged), []).append(float(value))
    return {key: np.array(values) for key, values in found.items()}


def ratios(what="error", side="held out"):
    """``{(rival, k): error over PCA's, one a seed}``."""
    found = measured(what)
    return {(rival, int(k)): values / found["PCA", k, side] for (rival, k, judged), values in found.items()
            if judged == side and rival != "PCA"}


def width_rows():
    """Rows of a table: numbers, form, error over PCA's on fitted digits, held-out ones, new writers' digits."""
    sides = {side: ratios(side=side) for side in ("fitted", "held out", "new writers")}
    return [[k, name, *(say(sides[side][name, k], "{:.2f}") for side in sides)] for k in NUMBERS for name in HALVES]


def nearest_rows():
    """Rows of a table: numbers, the nearest neighbour's share of right answers in PCA's code and in the network's, on
    held-out digits and on new writers'."""
    found = measured("nearest")
    return [[k, *(say(found[rival, str(k), side], "{:.3f}") for side in ("held out", "new writers")
                  for rival in ("PCA", "both deep"))] for k in NUMBERS]


def noise_rows():
    """Rows of a table: rival, and the errors left on held-out and on new writers' digits for each noise."""
    rows = {}
    for sigma in NOISES:
        for (rival, _, side), values in measured(f"noise {sigma}").items():
            rows.setdefault(rival, {})[sigma, side] = say(100 * values, "{:.2f}")
    return [[rival, *(of[sigma, side] for sigma in NOISES for side in ("held out", "new writers"))]
            for rival, of in rows.items()]


def chosen_numbers(sigma):
    """``{rival: its chosen number}`` against this noise, from the stored search."""
    rows = [row for row in read_table(FILE)[1] if row[0] == f"choice {sigma}"]
    return {rival: number for (_, rival), number in chosen(rows).items()}


def main():
    import sys

    rows, nets = [], {}

    def keep(found):
        found = list(found)
        rows.extend([*row[:5], f"{row[5]:.6g}"] for row in found)
        print(found[-1], len(rows), file=sys.stderr, flush=True)
        return found

    keep(rates())
    keep(widths(nets=nets))
    keep(other_draws(range(20, 25)))
    for sigma in NOISES:
        numbers = {rival: number for (_, rival), number in chosen(keep(choices(sigma))).items()}
        keep(denoising(sigma, numbers, nets))
    facts = made_now(
        command="python -m course_lib.studies.autoencoder",
        steps=f"{EPOCHS} epochs of Adam, batches of {BATCH}, a rate falling from {RATE:g} to 0 in half a cosine",
        seeds="4 to 8, other draws 20 to 24, choices 100 and 101; a seed draws starting weights, order and noise, in "
              "other draws also which digits are held out",
        sizes="1,442 digits of 13 writers fitted, 355 others of the same and 3,823 of 30 new writers judged; choices: "
              "1,154 of the 1,442 fitted, 288 chosen on",
        averaging="none: the squared error of a pixel, in the mean over the judged digits, of one training; nearest: "
                  "the share of right answers",
        data=with_checksum("digits.npz", "new_writers.npz"))
    write_table(FILE, ["what", "rival", "number", "seed", "judged on", "value"], rows, facts)


if __name__ == "__main__":
    main()
