"""Sentiment of sentences: how well is what people think of a film told by its words? Lesson 13, section 4.

Sentences of film reviews with ratings by people (``load_sentiment``): a lexicon's own score, linear models of counted
words, and networks that read word by word.

``python -m course_lib.studies.sentiment`` compares them on five splits and writes ``data/sentiment_figures.csv``. It
takes about ten minutes of one core.
"""

import re
import time
from collections import Counter
from functools import cache

import numpy as np

from course_lib.data import load_sentiment
from course_lib.data.origins import made_now, read_table, with_checksum, write_table
from course_lib.experiments import Split, say, split_units, told
from course_lib.graph import Parameter
from course_lib.layers import GRU, LSTM, Dense, Dropout, Embedding, Layer, Sequential, Tanh, frozen, inference
from course_lib.optim.first_order import Adam
from course_lib.rules.losses import mean_squared_error
from course_lib.rules.sequences import last_step, mean_over_time
from course_lib.training import train_step

FILE = "sentiment_figures.csv"
UNKNOWN = 1                                 # the number of a word that was not learnt; 0 fills up


# ---- words and their numbers -----------------------------------------------------------------------------------------

def words_in(sentence):
    """The words of a sentence, small letters; ! and ? are words, other marks are left out.

    "Isn't it good?" -> ["isn't", "it", "good", "?"]
    """
    return re.findall(r"[^\W_]+(?:['’][^\W_]+)*|[!?]", sentence.lower().replace("’", "'"))


NEGATIONS = {"not", "no", "never", "nor", "neither", "none", "nothing", "nowhere", "cannot", "without"}


def negates(sentence):
    """Does a word of the sentence say no: "not", "never", "isn't", … (``NEGATIONS``)?"""
    return any(word in NEGATIONS or word.endswith("n't") for word in words_in(sentence))


class Vocabulary:
    """The words that stand at least ``least`` times in the given sentences, each with a number from 2 on.

    ``number[word]``, ``word[number]``; 0 fills up shorter sentences, 1 stands for every other word.
    """

    def __init__(self, sentences, least=2):
        counts = Counter(word for sentence in sentences for word in words_in(sentence))
        self.word = ["", "(unknown)", *sorted(word for word, n in counts.items() if n >= least)]
        self.number = {word: i for i, word in enumerate(self.word) if i > UNKNOWN}

    def __len__(self):
        return len(self.word)

    def numbers(self, sentence):
        """The words of a sentence as whole numbers (T,); a sentence without words is one unknown word."""
        return np.array([self.number.get(word, UNKNOWN) for word in words_in(sentence)] or [UNKNOWN])


def filled(numbers):
    """Sentences as one array, time first, filled up at the end with 0: N arrays (Tₙ,) -> x (T, N)."""
    x = np.zeros((max(map(len, numbers)), len(numbers)), dtype=int)
    for n, row in enumerate(numbers):
        x[:len(row), n] = row
    return x


class SentenceBatches:
    """Pairs x (T, N), t (N, 1) in a fresh random order each time they are read. Sentences of about equal length share a
    batch, so that little has to be filled up; a batch that would be short is dealt to the others."""

    def __init__(self, numbers, t, size, *, rng, dtype=np.float32):
        self.numbers, self.t, self.size, self.rng = numbers, np.asarray(t, dtype=dtype)[:, np.newaxis], size, rng
        self.lengths = np.array([len(row) for row in numbers])

    def _pools(self, order):
        """Pools of about sixteen batches, each with its number of batches: sorted within a pool, the sentences of a
        batch are random, and alike in length."""
        pools = np.array_split(order, max(len(order) // self.size // 16, 1))
        return [(pool, max(len(pool) // self.size, 1)) for pool in pools]

    def __len__(self):
        return sum(count for _, count in self._pools(np.arange(len(self.numbers))))

    def __iter__(self):
        pools = self._pools(self.rng.permutation(len(self.numbers)))
        batches = [part for pool, count in pools for part in np.array_split(
            pool[np.argsort(self.lengths[pool], kind="stable")], count)]
        for i in self.rng.permutation(len(batches)):
            yield filled([self.numbers[n] for n in batches[i]]), self.t[batches[i]]


# ---- networks that read ----------------------------------------------------------------------------------------------

class Reader(Layer):
    """From the words of sentences to one number each: look up every word, sum up the sentence, judge the sum.

    kind  "bag": each word has one number, they are added; "mean": the mean of the words' vectors, then two dense
          layers; "GRU" or "LSTM": a recurrent layer reads the vectors, its state after the last word is judged
    rate  in training, but for "bag", this share of the vectors' entries is dropped

    Shapes: x (T, N) whole numbers, filled up with 0 at the end  ->  y (N, 1)
    """

    symbols, time_first = True, True

    def __init__(self, n, *, kind="GRU", width=32, hidden=64, rate=0.5, rng, dtype=np.float32):
        if kind not in ("bag", "mean", "GRU", "LSTM"):
            raise ValueError(f'Reader: kind must be "bag", "mean", "GRU" or "LSTM", got {kind!r}')
        self.kind = kind
        if kind == "bag":
            self.embedding, self.b = Embedding(n, 1, scale=0, rng=rng, dtype=dtype), Parameter(np.zeros(1, dtype), "b")
            return
        self.embedding, self.drop = Embedding(n, width, scale=0.1, rng=rng, dtype=dtype), Dropout(rate, rng=rng)
        if kind == "mean":
            self.head = Sequential(Dense(width, hidden, rng=rng, dtype=dtype), Tanh(),
                                   Dense(hidden, 1, rng=rng, dtype=dtype))
        else:
            self.recurrent = {"GRU": GRU, "LSTM": LSTM}[kind](width, hidden, rng=rng, dtype=dtype)
            self.head = Dense(hidden, 1, rng=rng, dtype=dtype)

    def judge(self, e, lengths):
        """From the words' vectors e (T, N, D) and the sentences' lengths (N,) to y (N, 1); backward(dy) gives de."""
        if self.kind == "bag":
            m, to_words = mean_over_time(e, lengths)
            n = lengths[:, np.newaxis].astype(m.dtype)
            def add_up(dy):
                self.b.add_grad(dy.sum(axis=0))
                return to_words(n * dy)
            return n * m + self.b.data, add_up
        e, to_all = self.drop(e)
        if self.kind == "mean":
            h, to_kept = mean_over_time(e, lengths)
        else:
            states, through = self.recurrent(e)
            h, to_states = last_step(states, lengths)
            to_kept = lambda dh: through(to_states(dh))
        y, to_h = self.head(h)
        return y, lambda dy: to_all(to_kept(to_h(dy)))

    def __call__(self, x):
        e, to_table = self.embedding(x)
        y, to_words = self.judge(e, (x != 0).sum(axis=0))

        def backward(dy, input_grad=True):
            to_table(to_words(dy))
        return y, backward


def scores(net, numbers, size=256):
    """The network's answers to N sentences of numbers, (N,); read in order of length, so that little is filled up."""
    y, order = np.zeros(len(numbers)), np.argsort([len(row) for row in numbers], kind="stable")
    with inference(net):
        for rows in np.array_split(order, -(-len(order) // size)):
            y[rows] = net(filled([numbers[n] for n in rows]))[0][:, 0]
    return y


# ---- what is measured ------------------------------------------------------------------------------------------------

def sign_accuracy(y, t):
    """The share of sentences whose sign is told, among those that people do not rate 0 on average. A score of exactly 0
    tells no sign, and counts as half right, as a guess would.

    Shapes: y (N,), t (N,)  ->  a number
    """
    y, t = np.asarray(y)[np.asarray(t) != 0], np.asarray(t)[np.asarray(t) != 0]
    return float(np.where(y == 0, 0.5, np.sign(y) == np.sign(t)).mean())


def correlation(y, t):
    """Pearson's r of two columns of numbers; 0 where one of them is constant.

    Shapes: y (N,), t (N,)  ->  a number
    """
    y, t = np.asarray(y, dtype=float) - np.mean(y), np.asarray(t, dtype=float) - np.mean(t)
    size = np.sqrt((y @ y) * (t @ t))
    return float(y @ t / size) if size > 0 else 0.0


def measured(y, t):
    """``{"sign": share of signs told, "r": correlation}``."""
    return {"sign": sign_accuracy(y, t), "r": correlation(y, t)}


@cache
def parts(seed, shares=(0.7, 0.1, 0.2)):
    """A random ``Split`` of the sentences, (texts, mean ratings): to fit, to choose on, to judge. A sentence that
    stands twice stands on one side."""
    data = load_sentiment()
    texts = np.array(data.sentences)
    rows = split_units(texts, shares, np.random.default_rng(1000 + seed))
    return Split(*((texts[part], data.rating[part]) for part in rows), units=[texts[part] for part in rows])


@cache
def known_scores():
    """``{sentence: VADER's own score}``."""
    data = load_sentiment()
    return dict(zip(data.sentences, data.lexicon))


# ---- linear rivals ---------------------------------------------------------------------------------------------------

class Features:
    """Counted words as the columns of a sparse matrix: ``rows(sentences)`` gives (row, column, value) of what is not 0.

    tfidf  each count times ln(N / sentences with the word), then each row brought to length 1; else the counts
    pairs  two words in a row are a column, too
    """

    def __init__(self, sentences, *, tfidf=False, pairs=False, least=2):
        self.tfidf, self.pairs = tfidf, pairs
        found = [Counter(self._terms(s)) for s in sentences]
        seen = Counter(term for counts in found for term in counts)
        total = Counter()
        for counts in found:
            total.update(counts)
        self.column = {term: i for i, term in enumerate(sorted(t for t, n in total.items() if n >= least))}
        self.idf = np.array([np.log(len(found) / seen[term]) for term in self.column])

    def _terms(self, sentence):
        words = words_in(sentence)
        return words + [f"{a} {b}" for a, b in zip(words, words[1:])] if self.pairs else words

    def rows(self, sentences):
        triples = [(n, self.column[term], count) for n, s in enumerate(sentences)
                   for term, count in Counter(self._terms(s)).items() if term in self.column]
        row, column, value = (np.array(part) for part in zip(*triples)) if triples else (np.zeros(0, int),) * 3
        value = value.astype(float)
        if self.tfidf:
            value *= self.idf[column]
            value /= np.sqrt(np.bincount(row, value ** 2, minlength=len(sentences)))[row]
        return row, column, value


class Ridge:
    """The least squares line with a penalty: w minimises Σ (x w + b − t)² + penalty · wᵀw, the offset b is free.

    Closed form: (XᵀX + penalty · 1) w = Xᵀt with centred columns; solved by conjugate gradients, which need only
    products with X, until the residual is 1e-8 of the right side.
    """

    def __init__(self, features, penalty):
        self.features, self.penalty = features, penalty

    def fit(self, sentences, t):
        row, column, value = self.features.rows(sentences)
        N, D = len(sentences), len(self.features.column)
        mean = np.bincount(column, value, minlength=D) / N
        forth = lambda w: np.bincount(row, value * w[column], minlength=N) - mean @ w
        back = lambda e: np.bincount(column, value * e[row], minlength=D)       # e adds up to 0: X need not be centred
        t = np.asarray(t, dtype=float)
        self.w = conjugate_gradients(lambda w: back(forth(w)) + self.penalty * w, back(t - t.mean()))
        self.b = t.mean() - mean @ self.w
        return self

    def predict(self, sentences):
        row, column, value = self.features.rows(sentences)
        return np.bincount(row, value * self.w[column], minlength=len(sentences)) + self.b

    def contributions(self, sentence):
        """What each word of a sentence adds to the score, and the score: (T,), a number. A word that stands twice
        shares its part; pairs of words are left out."""
        row, column, value = self.features.rows([sentence])
        part = dict(zip(column.tolist(), (value * self.w[column]).tolist()))
        words = words_in(sentence) or [""]
        each = [part.get(self.features.column.get(word), 0.0) / words.count(word) for word in words]
        return np.array(each), float(self.predict([sentence])[0])


def conjugate_gradients(product, right, tolerance=1e-8, limit=2000):
    """The w with product(w) = right, for a symmetric positive product; (D,) -> (D,)."""
    w, r = np.zeros_like(right), right.copy()
    p, size = r, r @ r
    goal = tolerance ** 2 * size
    for _ in range(limit):
        if size <= goal:
            return w
        Ap = product(p)
        step = size / (p @ Ap)
        w, r = w + step * p, r - step * Ap
        size, before = r @ r, size
        p = r + size / before * p
    raise ArithmeticError(f"conjugate_gradients: not solved after {limit} steps; a larger penalty needs fewer")


# ---- people ----------------------------------------------------------------------------------------------------------

def people(seed):
    """How well do people tell what other people think? ``{who: {"sign": share, "r": correlation}}``, over all
    sentences: the mean of a random half of each panel against that of the other half; one person, drawn, against
    the rest."""
    ratings, size = panels()
    row = np.repeat(np.arange(len(size)), size)
    shuffled = ratings[np.lexsort((np.random.default_rng(seed).random(len(ratings)), row))]     # within each panel
    place = np.arange(len(ratings)) - np.repeat(np.cumsum(size) - size, size)
    def mean(kept):
        return np.bincount(row[kept], shuffled[kept]) / np.bincount(row[kept])
    half = place < size[row] // 2
    return {"half of the people, against the other half": measured(mean(half), mean(~half)),
            "one person, against the others": measured(mean(place == 0), mean(place > 0))}


@cache
def panels():
    """All ratings in one array, and how many each sentence has."""
    ratings = load_sentiment().ratings
    return np.concatenate(ratings), np.array([len(r) for r in ratings])


# ---- what a model reads ----------------------------------------------------------------------------------------------

def contributions(learnt, sentence):
    """What each word adds to the score, as far as one gradient tells: the word's vector times the score's gradient by
    it, c = e · ∂y/∂e (13.19). For "bag" it is exact, and the sum of all with the offset is the score.

    Returns  words (list of T), known (T,) were they learnt?, c (T,), the score
    """
    words = words_in(sentence) or [""]
    numbers = learnt.vocabulary.numbers(sentence)
    net, x = learnt.net, filled([numbers])
    with inference(net), frozen(net):
        e, _ = net.embedding(x)
        y, backward = net.judge(e, np.array([len(numbers)]))
        de = backward(np.ones_like(y))
    return words, numbers != UNKNOWN, (e * de).sum(axis=-1)[:, 0], float(y[0, 0])


def without_each(learnt, sentence):
    """How much the score falls if a word is left out, for each word in turn: (T,). A sentence of one word: 0."""
    numbers = learnt.vocabulary.numbers(sentence)
    if len(numbers) == 1:
        return np.zeros(1)
    shorter = [np.delete(numbers, t) for t in range(len(numbers))]
    return scores(learnt.net, [numbers])[0] - scores(learnt.net, shorter)


def spoken(learnt, sentence):
    """A line of text: the score, and each word with what it adds."""
    words, _, c, score = contributions(learnt, sentence)
    return f"{score:+.2f}: " + ", ".join(f"{word} {value:+.2f}" for word, value in zip(words, c))


def agreement(learnt, sentences):
    """Gradient times vector beside leaving out, over all words of some sentences: their correlation, and the share of
    sentences whose word of the largest contribution is the one whose absence changes the score most."""
    c, gone = [[f(learnt, s) for s in sentences] for f in (lambda m, s: contributions(m, s)[2], without_each)]
    same = [np.abs(a).argmax() == np.abs(b).argmax() for a, b in zip(c, gone)]
    return correlation(np.concatenate(c), np.concatenate(gone)), float(np.mean(same))


def lexicon_reading(sentence):
    """What VADER's lexicon says of each word (T,), and its score −1 … 1 in short: the sum s of the valences, as
    s / √(s² + 15). Of the program's rules only one is kept: after a word that says no, the next three count −0.74
    times.
    """
    words, lexicon = words_in(sentence), load_lexicon()
    valences = np.array([lexicon.get(word, 0.0) for word in words])
    for t in range(len(words)):
        if any(negates(word) for word in words[max(t - 3, 0):t]):
            valences[t] *= -0.74
    s = valences.sum()
    return valences, float(s / np.sqrt(s * s + 15))


@cache
def load_lexicon():
    """``{word: valence}`` of ``load_sentiment``, read once."""
    return load_sentiment().words


# ---- the comparison --------------------------------------------------------------------------------------------------

NETWORKS = {"bag of words": "bag", "mean of word vectors": "mean", "GRU": "GRU", "LSTM": "LSTM"}
RIDGES = {"ridge on counts": {}, "ridge on tf-idf": {"tfidf": True},
          "ridge on tf-idf, words and pairs": {"tfidf": True, "pairs": True}}
VALUES = {"ridge on counts": (1, 2, 4, 8, 16, 32, 64), "ridge on tf-idf": (0.125, 0.25, 0.5, 1, 2, 4, 8),
          "ridge on tf-idf, words and pairs": (0.0625, 0.125, 0.25, 0.5, 1, 2, 4),      # penalties
          "bag of words": (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3),                 # rates
          "mean of word vectors": (0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128),
          **dict.fromkeys(("GRU", "LSTM"), (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032))}
EPOCHS, PATIENCE, BATCH, SPLITS = 12, 3, 64, range(10, 15)


class Learnt:
    """A trained network with its vocabulary: ``predict(sentences)`` gives (N,)."""

    def __init__(self, vocabulary, net):
        self.vocabulary, self.net = vocabulary, net

    def predict(self, sentences):
        return scores(self.net, [self.vocabulary.numbers(s) for s in sentences])


def batches_of(part, size=BATCH, *, rng):
    """``vocabulary, batches`` of sentences with ratings, such as ``Split.fit``."""
    vocabulary = Vocabulary(part[0])
    return vocabulary, SentenceBatches([vocabulary.numbers(s) for s in part[0]], part[1], size, rng=rng)


def train(kind, lr, fit, choose, seed, *, epochs=EPOCHS, patience=PATIENCE, each=lambda epoch, error: None):
    """Adam in batches of 64, until the error on ``choose`` has not fallen for ``patience``
    epochs; the weights of the best epoch stay. Returns ``Learnt, best epoch``. ``each(epoch, error)`` is told both."""
    rng = np.random.default_rng(seed)
    vocabulary, batches = batches_of(fit, rng=rng)
    aside = [vocabulary.numbers(s) for s in choose[0]]
    net = Reader(len(vocabulary), kind=kind, rng=rng)
    optimizer = Adam(net.params, lr=lr)
    best, best_epoch, kept = np.inf, 0, None
    for epoch in range(1, epochs + 1):
        for x, t in batches:
            train_step(net, mean_squared_error, optimizer, x, t)
        error = float(np.mean((scores(net, aside) - choose[1]) ** 2))
        each(epoch, error)
        if error < best:
            best, best_epoch, kept = error, epoch, [p.data.copy() for p in net.params]
        elif epoch - best_epoch >= patience:
            break
    for p, data in zip(net.params, kept):
        p.data[...] = data
    return Learnt(vocabulary, net), best_epoch


def shuffled(sentences, rng):
    """The same sentences, the words of each in a random order, as texts of words."""
    return [" ".join(rng.permutation(words_in(s)).tolist()) for s in sentences]


def choose_value(values, fit, aside):
    """``model, value`` with the smallest mean squared error on ``aside`` (texts, ratings); ``fit(value)`` makes one."""
    models = {value: fit(value) for value in values}
    best = min(values, key=lambda value: np.mean((models[value].predict(aside[0]) - aside[1]) ** 2))
    return models[best], best


def one_split(k, told=print):
    """All rivals on split k: rows of the stored table, one a rival."""
    split, rows, found = parts(k), [], {}
    negated = np.array([negates(s) for s in split.judge[0]])

    def add(name, y, value=None, values=()):
        result = measured(y, split.judge[1])
        edge = "" if value is None else "yes" if value in (values[0], values[-1]) else "no"
        result["sign where negated"] = sign_accuracy(y[negated], split.judge[1][negated])
        rows.append([k, name, "" if value is None else value, edge, *(f"{v:.4f}" for v in result.values())])
        told(*rows[-1], flush=True)
    known = known_scores()
    add("VADER", np.array([known[s] for s in split.judge[0]]))
    for name, options in RIDGES.items():
        features, values = Features(split.fit[0], **options), VALUES[name]
        found[name], value = choose_value(values, lambda v: Ridge(features, v).fit(*split.fit), split.choose)
        add(name, found[name].predict(split.judge[0]), value, values)
    for name, kind in NETWORKS.items():
        fit = lambda lr: train(kind, lr, split.fit, split.choose, k)[0]
        found[name], value = choose_value(VALUES[name], fit, split.choose)
        add(name, found[name].predict(split.judge[0]), value, VALUES[name])
    strange = shuffled(split.judge[0], np.random.default_rng(k))
    for name in ("GRU", "LSTM"):
        add(f"{name}, words of the judged sentences shuffled", found[name].predict(strange))
    both = [found[name].predict(split.judge[0]) for name in ("GRU", "ridge on tf-idf, words and pairs")]
    add("GRU and ridge on pairs, averaged", np.mean(both, axis=0))
    return rows


@cache
def quick_models():
    """``Learnt, Ridge`` for an explorer that is given none: a GRU after two epochs, and the tf-idf line of split 0."""
    split = parts(0)
    learnt, _ = train("GRU", 0.004, split.fit, split.choose, 0, epochs=2)
    return learnt, line_of(split)


def line_of(split, penalty=1.0):
    """The tf-idf line of single words, fitted on a split."""
    return Ridge(Features(split.fit[0], tfidf=True), penalty).fit(*split.fit)


# ---- what the page shows ---------------------------------------------------------------------------------------------

BEST = "ridge on tf-idf, words and pairs"               # of the linear models


def stored():
    """``{model: {"sign": (splits,), "r": (splits,), ...}}``, what ``main`` measured."""
    header, rows = read_table(FILE)
    names = list(dict.fromkeys(row[1] for row in rows))
    return {name: {key: np.array([float(row[i]) for row in rows if row[1] == name])
                   for i, key in enumerate(header) if i > 3} for name in names}


def summary():
    """Rows of the page's table: who, signs told in %, r, signs where the sentence negates, and whether it tells more
    signs than the best of the linear models, split by split. People first."""
    found = [people(seed) for seed in range(5)]
    rows = [[who, say([100 * f[who]["sign"] for f in found], "{:.1f}"), say([f[who]["r"] for f in found], "{:.3f}"),
             "", ""] for who in found[0]]
    results = stored()
    for name, m in results.items():
        verdict = "" if name == BEST else told(m["sign"] - results[BEST]["sign"], "more", "fewer")
        rows.append([name, say(100 * m["sign"], "{:.1f}"), say(m["r"], "{:.3f}"),
                     say(100 * m["sign where negated"], "{:.1f}"), verdict])
    return rows


SUMMARY = ("who", "signs told, %", "r", "where negated, %", "beside ridge on pairs")


def cost_of_shuffling(name="GRU"):
    """By how many points fewer signs are told when the words of the judged sentences are shuffled, (splits,)."""
    results = stored()
    return 100 * (results[name]["sign"] - results[f"{name}, words of the judged sentences shuffled"]["sign"])


def as_sorted():
    """tf-idf fitted on the first 80 % of the file and judged on the last 20 %: share of positive sentences in both, its
    signs and r, and the signs that the answer "negative" gets."""
    data = load_sentiment()
    cut = len(data.sentences) * 4 // 5
    fit, judge = slice(cut), slice(cut, None)
    line = Ridge(Features(data.sentences[fit], tfidf=True), 1.0).fit(data.sentences[fit], data.rating[fit])
    y = line.predict(data.sentences[judge])
    t = data.rating[judge]
    return {"positive in the first 80 %": np.mean(data.rating[fit] > 0), "positive in the last 20 %": np.mean(t > 0),
            "signs by tf-idf": sign_accuracy(y, t), "r of tf-idf": correlation(y, t),
            'signs by saying "negative"': sign_accuracy(-np.ones(len(t)), t)}


def main():
    start, rows = time.time(), [row for k in SPLITS for row in one_split(k)]
    facts = made_now(
        command="python -m course_lib.studies.sentiment", data=with_checksum("sentiment.npz"),
        steps=f"Adam in batches of {BATCH}, up to {EPOCHS} epochs, ended {PATIENCE} epochs after the best one on the "
              "sentences to choose on; seven rates or penalties tried for each rival, chosen there, too",
        seeds=f"splits {SPLITS[0]} to {SPLITS[-1]}; each draws its rows, the starting weights and the order of batches",
        sizes="7,423 sentences to fit, 1,060 to choose, 2,122 to judge, drawn anew for each split; doubles on one side",
        averaging="none: one number a model and split", minutes=f"{(time.time() - start) / 60:.0f} of one core")
    header = ["split", "model", "chosen", "at an end of the grid", "sign", "r", "sign where negated"]
    write_table(FILE, header, rows, facts)


if __name__ == "__main__":
    main()
