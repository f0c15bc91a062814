"""Answers to the tasks of lesson 13, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np

# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

def means_over_all_places(E, words):
    y = E[words].mean(axis=1)

    def backward(dy):
        dE = np.zeros(E.shape)
        for n, row in enumerate(words):
            for w in row:
                dE[w] += dy[n] / len(row)
        return dE
    return y, backward


def means_divided_by_the_width(E, words):
    mask = (words > 0).astype(float)[..., None]
    T = words.shape[1]
    y = (E[words] * mask).sum(1) / T

    def backward(dy):
        dE = np.zeros(E.shape)
        for n, row in enumerate(words):
            for w in row[row > 0]:
                dE[w] += dy[n] / T
        return dE
    return y, backward


def means_that_forget_repeats(E, words):
    y = np.zeros((len(words), E.shape[1]))
    for n, row in enumerate(words):
        if (row != 0).any():
            y[n] = E[row[row != 0]].mean(axis=0)

    def backward(dy):
        dE = np.zeros_like(E)
        for n, row in enumerate(words):
            kept = row[row != 0]
            if len(kept):
                dE[kept] += dy[n] / len(kept)
        return dE
    return y, backward


def means_of_nothing(E, words):
    mask = words != 0
    n = mask.sum(1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = mask / n

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, share[..., None] * dy[:, None])
        return dE
    return np.einsum("nt,ntd->nd", share, E[words]), backward


def means_that_pay_the_filling(E, words):
    n = np.maximum(np.count_nonzero(words, axis=1), 1)
    y = np.stack([E[row[row > 0]].sum(axis=0) / k for row, k in zip(words, n)])

    def backward(dy):
        dE = np.zeros_like(E)
        np.add.at(dE, words, np.repeat((dy / n[:, None])[:, None], words.shape[1], axis=1))
        return dE
    return y, backward


def means_without_division_on_the_way_back(E, words):
    n = np.maximum((words != 0).sum(1), 1)
    y = np.stack([E[row[row > 0]].sum(axis=0) / k for row, k in zip(words, n)])

    def backward(dy):
        dE = np.zeros_like(E)
        for row, d in zip(words, dy):
            for w in row:
                if w:
                    dE[w] += d
        return dE
    return y, backward


def means_by_counting(E, words):
    counts = np.zeros((len(words), len(E)))
    for n, row in enumerate(words):
        for w in row:
            counts[n, w] += w != 0
    counts /= np.where(counts.any(axis=1), counts.sum(axis=1), 1)[:, None]
    return counts @ E, lambda dy: counts.T @ dy


def means_word_by_word(E, words):
    y = [[0.0] * E.shape[1] for _ in words]
    for n, row in enumerate(words.tolist()):
        own = [w for w in row if w]
        for w in own:
            y[n] = [a + float(b) / len(own) for a, b in zip(y[n], E[w])]

    def backward(dy):
        dE = [np.zeros(E.shape[1]) for _ in E]
        for row, d in zip(words.tolist(), dy):
            own = list(filter(None, row))
            for w in own:
                dE[w] = dE[w] + d / len(own)
        return np.array(dE)
    return np.array(y), backward


# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


PLANTED = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    "13-4": [("filling counted", means_over_all_places), ("divided by T", means_divided_by_the_width),
             ("repeated words paid once", means_that_forget_repeats), ("empty sentence", means_of_nothing),
             ("filling paid", means_that_pay_the_filling),
             ("backward not divided", means_without_division_on_the_way_back)],
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}

RIGHT = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    "13-4": [means_by_counting, means_word_by_word],
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
