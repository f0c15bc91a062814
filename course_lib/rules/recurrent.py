"""Recurrent networks: cells, and what happens when a cell is run along a sequence.

A *cell* is a rule ``state, backward = cell(x, state, *params)``: one time step. ``unroll`` runs any cell along a
sequence; its backward is backpropagation through time. ``rnn``, ``lstm`` and ``gru`` are the same functions for the
three cells below, written out so that they are fast; tests compare them with ``unroll``.

Sequences are time first, (T, N, D): ``xs[t]`` is the batch at time t. Gates stand in PyTorch's order. PyTorch keeps
transposes of W and U, and two biases where one would do.
"""

import numpy as np

from course_lib.rules.functions import relu, tanh
from course_lib.rules.protocol import floats, rule

# ---- cells: one step ----------------------------------------------------------------------------------------

@rule
def rnn_cell(x, h, W, U, b, activation=tanh):
    """One step of a plain recurrent network: y = f(x W + h U + b), with the rule f = ``activation``.

    Shapes:   x (N, D), h (N, H), W (D, H), U (H, H), b (H,)  ->  y (N, H), the next h
    Backward: da = f'(a) dy                     a = x W + h U + b
              dx = da Wᵀ,  dh = da Uᵀ
              dW = xᵀ da,  dU = hᵀ da,  db = Σₙ daₙ
    Source:   Elman (1990), Cognitive Science 14; derived in lesson 09, section 2, equation (9.3).
    """
    _check_cell("rnn_cell", x, h, W, U, b, 1)
    y, activation_backward = activation(x @ W + h @ U + b)
    def backward(dy):
        da = activation_backward(dy)
        return da @ W.T, da @ U.T, x.T @ da, h.T @ da, da.sum(axis=0)
    return y, backward


@rule
def lstm_cell(x, state, W, U, b):
    """One step of a long short-term memory: ``h, c = state``, and the next state is the next h over the next c.

    i, f, g, o = the four blocks of x W + h U + b, through sigmoid, sigmoid, tanh, sigmoid;
    c' = f c + i g,   h' = o tanh(c').

    Shapes:   x (N, D), state (2, N, H), W (D, 4H), U (H, 4H), b (4H,)  ->  y (2, N, H), the next state
    Backward: do = dh' tanh c',  dc = dc' + dh' o (1 − tanh² c')
              df = dc c,  di = dc g,  dg = dc i,  dstate = (dz Uᵀ, dc f)
              dz = the four, each through its own derivative;  dx = dz Wᵀ,  dW = xᵀ dz,  dU = hᵀ dz,  db = Σₙ dzₙ
    Source:   Hochreiter, Schmidhuber (1997), Neural Computation 9; forget gate: Gers, Schmidhuber, Cummins (2000),
              ibid. 12; derived in lesson 09, section 5, equations (9.12) and (9.13).
    """
    _check_state("lstm_cell", state)
    h, c = state
    _check_cell("lstm_cell", x, h, W, U, b, 4)
    z = x @ W + h @ U + b
    H = U.shape[0]
    i, f, o = (_sigmoid(z[:, k * H:(k + 1) * H]) for k in (0, 1, 3))
    g = np.tanh(z[:, 2 * H:3 * H])
    c_next = f * c + i * g
    squashed = np.tanh(c_next)

    def backward(dy):
        dh, dc = dy
        do = dh * squashed
        dc = dc + dh * o * (1 - squashed * squashed)
        di, df, dg = dc * g, dc * c, dc * i
        dz = np.concatenate([di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)], axis=1)
        return dz @ W.T, np.stack((dz @ U.T, dc * f)), x.T @ dz, h.T @ dz, dz.sum(axis=0)
    return np.stack((o * squashed, c_next)), backward


@rule
def gru_cell(x, h, W, U, b, c):
    """One step of a gated recurrent unit, with the reset gate r inside the candidate n, as in PyTorch.

    r = sigmoid(x Wr + h Ur + br),  z = sigmoid(x Wz + h Uz + bz),  n = tanh(x Wn + bn + r (h Un + c)),
    y = (1 − z) n + z h.   W, U and b hold the blocks r, z, n side by side.

    Shapes:   x (N, D), h (N, H), W (D, 3H), U (H, 3H), b (3H,), c (H,)  ->  y (N, H), the next h
    Backward: dn = dy (1 − z),  dz = dy (h − n),  da = dn (1 − n²)       a, the inside of tanh
              dr = da (h Un + c),  and each gate through its own derivative gives its block of dg
              dx = dg Wᵀ,  dW = xᵀ dg,  db = Σₙ dgₙ;  dc = Σₙ daₙ rₙ
              dh = dy z + dk Uᵀ,  dU = hᵀ dk,   where dk is dg with da r in the place of da
    Source:   Cho et al. (2014), EMNLP; derived in lesson 09, section 5, equation (9.14).
    """
    _check_cell("gru_cell", x, h, W, U, b, 3)
    H = U.shape[0]
    if c.shape != (H,):
        raise ValueError(f"gru_cell: c must have shape ({H},), got {c.shape}")
    from_x, from_h = x @ W + b, h @ U
    r, z = (_sigmoid(from_x[:, k * H:(k + 1) * H] + from_h[:, k * H:(k + 1) * H]) for k in (0, 1))
    inner = from_h[:, 2 * H:] + c
    n = np.tanh(from_x[:, 2 * H:] + r * inner)

    def backward(dy):
        da = dy * (1 - z) * (1 - n * n)
        gates = [da * inner * r * (1 - r), dy * (h - n) * z * (1 - z)]
        dg, dk = np.concatenate([*gates, da], axis=1), np.concatenate([*gates, da * r], axis=1)
        return dg @ W.T, dy * z + dk @ U.T, x.T @ dg, h.T @ dk, dg.sum(axis=0), (da * r).sum(axis=0)
    return (1 - z) * n + z * h, backward


# ---- through time -------------------------------------------------------------------------------------------

@rule
def unroll(cell, xs, state, *params, window=None):
    """Run a cell along a sequence. Its backward is backpropagation through time.

    A number of steps in the place of ``xs`` runs a cell without inputs, ``state, backward = cell(state, *params)``.

    Shapes:   xs (T, N, D), state (...), params those of the cell  ->  states (T, ...), the state after each step
    Backward: for t = T − 1 … 0, with the cell's own backward at time t:
                  dxs[t], dstate, grads = backward_t(dstates[t] + dstate)
                  dparams += grads                      the same parameters were used at every step
              without inputs there is no dxs
    ``window``: truncated backpropagation through time. The sequence is cut into pieces of this many steps, and no
    gradient passes from a piece to the one before it; the states do.
    Source:   Rumelhart, Hinton, Williams (1986), Nature 323, figure 5; Werbos (1990), Proc. IEEE 78; derived in lesson
              09, section 2, equations (9.4) and (9.5).
    """
    if np.ndim(xs) == 0:
        return _unroll_without_inputs(cell, xs, state, params, window)
    if len(xs) == 0:
        raise ValueError("unroll: the sequence is empty; xs must have shape (T, N, D) with T at least 1")
    if window is not None:
        _check_steps("window", window)
    states, backwards = [], []
    for x in xs:
        state, backward = cell(x, state, *params)
        states.append(state)
        backwards.append(backward)

    def backward(dstates):
        dxs, dstate = [None] * len(xs), np.zeros_like(dstates[0])
        dparams = [np.zeros_like(p) for p in params]
        for t in reversed(range(len(xs))):
            dxs[t], dstate, *grads = backwards[t](dstates[t] + dstate)      # (9.4)
            dparams = [total + grad for total, grad in zip(dparams, grads)]     # (9.5)
            if window and t and t % window == 0:
                dstate = np.zeros_like(dstate)                              # the cut
        return np.stack(dxs), dstate, *dparams
    return np.stack(states), backward


def _unroll_without_inputs(cell, steps, state, params, window):
    """``unroll`` with an empty input at each step, which the cell does not see, and whose gradient is left out."""
    def fed(x, state, *params):
        y, backward = cell(state, *params)
        def fed_backward(dy):
            grads = backward(dy)
            return (x, *grads) if type(grads) is tuple else (x, grads)
        return y, fed_backward

    _check_steps("the number of steps", steps)
    states, through = unroll(fed, np.empty((steps, 0)), state, *params, window=window)
    def backward(dstates):
        _, *grads = through(dstates)
        return tuple(grads) if params else grads[0]
    return states, backward


def _check_steps(name, value):
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"unroll: {name} must be at least 1, and a whole number, got {value!r}")


def real_time_recurrent_learning(xs, h, W, U, b, dhs):
    """The gradient of a plain tanh network, forward in time: no state is kept, but every sensitivity is carried along.

    P[n, k, i, j] = ∂h[n, k]/∂θ[i, j], with θ = W over U over b, is brought from step to step:
    P ← (1 − h²)ₖ (Σₗ U[l, k] P[n, l, i, j] + δ(k, j) v[n, i]),  v = (x, h, 1);  the gradient grows by Σ dh P.

    Shapes: xs (T, N, D), h (N, H), W (D, H), U (H, H), b (H,), dhs (T, N, H)  ->  dW, dU, db
    Cost:   H³ numbers of memory and H⁴ products a step (for D of the order of H), against H and H² for a step of
            backpropagation through time, whose memory grows with T instead.
    Source: Williams, Zipser (1989), Neural Computation 1; derived in lesson 09, section 4, equation (9.8).
    """
    (N, H), D = h.shape, W.shape[0]
    M = D + H + 1
    P = np.zeros((N, H, M, H), h.dtype)
    gradient = np.zeros((M, H), h.dtype)
    units = np.arange(H)
    for x, dh in zip(xs, dhs):
        v = np.concatenate([x, h, np.ones((N, 1), h.dtype)], axis=1)
        h = np.tanh(x @ W + h @ U + b)
        P = (U.T @ P.reshape(N, H, M * H)).reshape(N, H, M, H)
        P[:, units, :, units] += v
        P *= (1 - h * h)[:, :, np.newaxis, np.newaxis]
        gradient += np.tensordot(dh, P, axes=((0, 1), (0, 1)))
    return gradient[:D], gradient[D:D + H], gradient[-1]


# ---- the same, fast -----------------------------------------------------------------------------------------
#
# What does not depend on the state is done for all time steps in one product: x W before the loop, the gradients of the
# parameters and of the inputs after it. Only the product with U has to wait for the step before.

@rule
def rnn(xs, h, W, U, b, activation=tanh):
    """``unroll(rnn_cell, …)`` for the activations ``tanh`` and ``relu``, fast.

    Shapes:   xs (T, N, D), h (N, H), W (D, H), U (H, H), b (H,)  ->  hs (T, N, H)
    Backward: dxs, dh, dW, dU, db: as ``unroll`` of ``rnn_cell``
    Source:   lesson 09, section 3, equation (9.6).
    """
    _check_sequence("rnn", xs)
    _check_cell("rnn", xs[0], h, W, U, b, 1)
    if activation not in (tanh, relu):
        raise ValueError("rnn: activation must be course_lib.tanh or course_lib.relu; "
                         "for others use unroll(rnn_cell, …)")
    (T, N, D), H = xs.shape, U.shape[0]
    hs = (xs.reshape(T * N, D) @ W + b).reshape(T, N, H)
    hs = hs.astype(floats(hs), copy=False)                      # only whole numbers are copied
    state, product = h, np.empty_like(hs[0])
    for a in hs:                                                # a becomes the state in place
        np.matmul(state, U, out=product)
        a += product
        np.tanh(a, out=a) if activation is tanh else np.maximum(a, 0, out=a)
        state = a

    def backward(dhs, input_grad=True):
        # The slopes of all steps at once, before the loop.
        slopes = 1 - hs * hs if activation is tanh else np.greater(hs, 0, out=np.empty_like(hs), casting="unsafe")
        das, carried, across = np.empty_like(hs), np.zeros_like(hs[0]), np.ascontiguousarray(U.T)
        for t in reversed(range(T)):
            da = das[t]
            np.add(dhs[t], carried, out=da)
            da *= slopes[t]
            np.matmul(da, across, out=carried)
        flat = das.reshape(T * N, H)
        dxs = (flat @ W.T).reshape(T, N, D) if input_grad else None
        dW, dU = xs.reshape(T * N, D).T @ flat, _before(h, hs).reshape(T * N, H).T @ flat
        return dxs, carried, dW, dU, np.ones(T * N, flat.dtype) @ flat
    return hs, backward


# The gates lie in memory one after another, (gates, T, N, H), so that each is one block of numbers, and the sigmoids
# come first. Their weights are halved beforehand: sigmoid(z) = (1 + tanh(z/2))/2, so that one tanh serves all gates.

@rule
def lstm(xs, state, W, U, b):
    """``unroll(lstm_cell, …)``, fast.

    Shapes:   xs (T, N, D), state (2, N, H), W (D, 4H), U (H, 4H), b (4H,)  ->  states (T, 2, N, H); hs = states[:, 0]
    Backward: dxs, dstate, dW, dU, db: as ``unroll`` of ``lstm_cell``
    Source:   lesson 09, section 5, equations (9.12) and (9.13).
    """
    _check_sequence("lstm", xs)
    _check_state("lstm", state)
    _check_cell("lstm", xs[0], state[0], W, U, b, 4)
    (T, N, _), H, order = xs.shape, U.shape[0], [0, 1, 3, 2]    # i, f, o, and then g
    gates, U_half = _input_part(xs, W, U, b, order, sigmoids=3)
    states, squashed = np.empty((T, 2, N, H), gates.dtype), np.empty((T, N, H), gates.dtype)
    (h, c), product, written = state, np.empty((4, N, H), gates.dtype), np.empty((N, H), gates.dtype)
    for t in range(T):
        z = gates[:, t]
        np.matmul(h, U_half, out=product)
        z += product
        _squash(z, sigmoids=3)
        (i, f, o, g), (h_next, c_next) = z, states[t]
        np.multiply(f, c, out=c_next)
        c_next += np.multiply(i, g, out=written)
        np.tanh(c_next, out=squashed[t])
        np.multiply(o, squashed[t], out=h_next)
        h, c = h_next, c_next

    def backward(dstates, input_grad=True):
        dzs, across = np.empty_like(gates), np.ascontiguousarray(_blocks(U, order).swapaxes(1, 2))
        (dh, dc), product = np.zeros((2, N, H), gates.dtype), np.empty((4, N, H), gates.dtype)
        for t in reversed(range(T)):
            z, dz, s, before = gates[:, t], dzs[:, t], squashed[t], states[t - 1][1] if t else state[1]
            i, f, o, g = z
            dh += dstates[t][0]
            dc += dstates[t][1]
            dc += _slope(s) * o * dh
            np.multiply(dc, g, out=dz[0])
            np.multiply(dc, before, out=dz[1])
            np.multiply(dh, s, out=dz[2])
            dz[:3] *= z[:3] * (1 - z[:3])
            np.multiply(dc, i, out=dz[3])
            dz[3] *= _slope(g)
            np.matmul(dz, across, out=product)
            np.add.reduce(product, axis=0, out=dh)
            dc *= f
        grads = _weight_part(xs, _before(state[0], states[:, 0]), dzs, dzs, W, order, input_grad)
        return grads[0], np.stack((dh, dc)), *grads[1:]
    return states, backward


@rule
def gru(xs, h, W, U, b, c):
    """``unroll(gru_cell, …)``, fast.

    Shapes:   xs (T, N, D), h (N, H), W (D, 3H), U (H, 3H), b (3H,), c (H,)  ->  hs (T, N, H)
    Backward: dxs, dh, dW, dU, db, dc: as ``unroll`` of ``gru_cell``
    Source:   lesson 09, section 5, equation (9.14).
    """
    _check_sequence("gru", xs)
    _check_cell("gru", xs[0], h, W, U, b, 3)
    (T, N, _), H, order = xs.shape, U.shape[0], [0, 1, 2]       # r, z, and then n
    gates, U_half = _input_part(xs, W, U, b, order, sigmoids=2)
    hs, inner, state = np.empty((T, N, H), gates.dtype), np.empty((T, N, H), gates.dtype), h
    product = np.empty((3, N, H), gates.dtype)
    for t in range(T):
        a = gates[:, t]
        np.matmul(state, U_half, out=product)
        a[:2] += product[:2]
        np.add(product[2], c, out=inner[t])
        _squash(a[:2], sigmoids=2)
        r, z, n = a
        n += r * inner[t]
        np.tanh(n, out=n)
        np.subtract(state, n, out=hs[t])
        hs[t] *= z
        hs[t] += n                                              # (1 − z) n + z h
        state = hs[t]

    def backward(dhs, input_grad=True):
        dgs, dks = np.empty_like(gates), np.empty_like(gates)
        dh, across = np.zeros_like(hs[0]), np.ascontiguousarray(_blocks(U, order).swapaxes(1, 2))
        for t in reversed(range(T)):
            (r, z, n), dg, dk, before = gates[:, t], dgs[:, t], dks[:, t], hs[t - 1] if t else h
            dy = dhs[t] + dh
            np.multiply(dy, 1 - z, out=dg[2])
            dg[2] *= _slope(n)
            np.multiply(dg[2], inner[t], out=dg[0])
            np.multiply(dy, before - n, out=dg[1])
            dg[:2] *= gates[:2, t] * (1 - gates[:2, t])
            dk[:2] = dg[:2]
            np.multiply(dg[2], r, out=dk[2])
            np.matmul(dk, across, out=product)
            np.add.reduce(product, axis=0, out=dh)
            dh += dy * z
        dxs, dW, dU, db = _weight_part(xs, _before(h, hs), dgs, dks, W, order, input_grad)
        return dxs, dh, dW, dU, db, dks[2].sum(axis=(0, 1))
    return hs, backward


def _blocks(A, order):
    """The gates' blocks of the columns of A (n, gates H), each a matrix of its own: (gates, n, H), in this order."""
    return A.reshape(len(A), len(order), A.shape[1] // len(order)).swapaxes(0, 1)[order]


def _columns(blocks, order):
    """The way back from ``_blocks``."""
    return blocks[np.argsort(order)].swapaxes(0, 1).reshape(blocks.shape[1], -1)


def _input_part(xs, W, U, b, order, sigmoids):
    """What does not depend on the state, x W + b for all times (gates, T, N, H); U (gates, H, H); sigmoids halved."""
    T, N, D = xs.shape
    half = np.where(np.arange(len(order)) < sigmoids, 0.5, 1).astype(floats(W))[:, np.newaxis, np.newaxis]
    gates = xs.reshape(T * N, D) @ (_blocks(W, order) * half)
    gates += _blocks(b[np.newaxis], order) * half
    return gates.reshape(len(order), T, N, len(U)), _blocks(U, order) * half


def _squash(z, sigmoids):
    """In place: (1 + tanh)/2 for the sigmoids, whose z is halved already, tanh for what follows."""
    np.tanh(z, out=z)
    z[:sigmoids] += 1
    z[:sigmoids] *= 0.5


def _slope(y):
    """1 − y², the slope of a tanh whose value is y."""
    slope = y * y
    return np.subtract(1, slope, out=slope)


def _weight_part(xs, before, dgs, dks, W, order, input_grad):
    """dxs, dW, dU, db from the gates' gradients (gates, T, N, H) of what came from x and of what came from h."""
    T, N, D = xs.shape
    gates, H = len(order), before.shape[-1]
    from_x, from_h = dgs.reshape(gates, T * N, H), dks.reshape(gates, T * N, H)
    dxs = (from_x @ _blocks(W, order).swapaxes(1, 2)).sum(axis=0).reshape(T, N, D) if input_grad else None
    dW = xs.reshape(T * N, D).T @ from_x
    dU = before.reshape(T * N, H).T @ from_h
    db = np.ones((1, T * N), from_x.dtype) @ from_x
    return dxs, _columns(dW, order), _columns(dU, order), _columns(db, order)[0]


def _before(h, hs):
    """The state before each step: h, hs[0], …, hs[T − 2]."""
    return np.concatenate([h[np.newaxis], hs[:-1]])


def _sigmoid(z):
    return 0.5 * np.tanh(0.5 * z) + 0.5


# ---- complaints ---------------------------------------------------------------------------------------------

def _check_sequence(name, xs):
    if xs.ndim != 3 or len(xs) == 0:
        raise ValueError(f"{name}: xs must have shape (T, N, D), time first, with T at least 1, got {xs.shape}")


def _check_state(name, state):
    if np.ndim(state) != 3 or len(state) != 2:
        raise ValueError(f"{name}: state must have shape (2, N, H), h over c, got {np.shape(state)}; "
                         "np.stack((h, c)) makes it")


def _check_cell(name, x, h, W, U, b, gates):
    H = U.shape[0]
    if U.ndim != 2 or W.ndim != 2 or W.shape[1] != gates * H or U.shape[1] != gates * H or b.shape != (gates * H,):
        g = f"{gates}H" if gates > 1 else "H"
        raise ValueError(f"{name}: W must have shape (D, {g}), U (H, {g}) and b ({g},), "
                         f"got {W.shape}, {U.shape} and {b.shape}")
    if x.ndim != 2 or x.shape[1] != W.shape[0]:
        raise ValueError(f"{name}: the input at one time must have shape (N, {W.shape[0]}), got {x.shape}")
    if h.shape != (len(x), H):
        raise ValueError(f"{name}: h must have shape ({len(x)}, {H}), got {h.shape}; "
                         f"np.zeros(({len(x)}, {H})) to start with")
