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

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

def ratings_with_fancy_indices(users, films, stars, P, Q, l2):
    dP, dQ = P * 0, Q * 0
    e = np.einsum("nk,nk->n", P[users], Q[films]) - stars
    dP[users] += (e[:, None] * Q[films] + l2 * P[users]) / e.size
    dQ[films] += (e[:, None] * P[users] + l2 * Q[films]) / e.size
    return dP, dQ


def ratings_with_weight_decay(users, films, stars, P, Q, l2):
    dP, dQ = l2 * P, l2 * Q
    for u, f, r in zip(users, films, stars):
        e = (P[u] @ Q[f] - r) / len(stars)
        dP[u] += e * Q[f]
        dQ[f] += e * P[u]
    return dP, dQ


def _ratings_in_a_loop(sign=1, two=1, mean=True, l2_sign=1, swap=False):
    def answer(users, films, stars, P, Q, l2):
        dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
        for u, f, r in zip(users, films, stars):
            e = sign * (P[u] @ Q[f] - r)
            share = two / (len(stars) if mean else 1)
            dP[u] += share * (e * Q[f] + l2_sign * l2 * P[u])
            dQ[f] += share * (e * P[u] + l2_sign * l2 * Q[f])
        return (dQ, dP) if swap else (dP, dQ)
    return answer


def ratings_one_by_one(users, films, stars, P, Q, l2):
    return _ratings_in_a_loop()(users, films, stars, P, Q, l2)


def ratings_as_a_table(users, films, stars, P, Q, l2):
    who = (users[:, None] == np.arange(len(P))).astype(float)
    which = (films[:, None] == np.arange(len(Q))).astype(float)
    p, q = who @ P, which @ Q
    pull = ((p * q).sum(1) - stars) / len(stars)
    return (who.T @ (pull[:, None] * q) + l2 / len(stars) * who.sum(0)[:, None] * P,
            which.T @ (pull[:, None] * p) + l2 / len(stars) * which.sum(0)[:, None] * Q)


def ratings_by_bincount(users, films, stars, P, Q, l2):
    e = np.sum(P[users] * Q[films], 1) - stars
    add = lambda rows, values, n: np.stack([np.bincount(rows, v, minlength=n) for v in values.T], axis=1)
    return (add(users, e[:, None] * Q[films] + l2 * P[users], len(P)) / len(e),
            add(films, e[:, None] * P[users] + l2 * Q[films], len(Q)) / len(e))


WRONG = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    "13-6": [("repeats lost", ratings_with_fancy_indices), ("penalty on all rows", ratings_with_weight_decay),
             ("sign", _ratings_in_a_loop(sign=-1)), ("2 too many", _ratings_in_a_loop(two=2)),
             ("N forgotten", _ratings_in_a_loop(mean=False)), ("sign of the penalty", _ratings_in_a_loop(l2_sign=-1)),
             ("tables swapped", _ratings_in_a_loop(swap=True))],
    # ---- recommendation
}

RIGHT = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    "13-6": [ratings_one_by_one, ratings_as_a_table, ratings_by_bincount],
    # ---- recommendation
}
