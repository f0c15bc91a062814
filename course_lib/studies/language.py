"""Networks that read and write text, symbol by symbol: training, test and sampling.

A network here is ``Sequential(Embedding, RNN or GRU or LSTM, EachStep(Dense))``: a symbol becomes a row of numbers, the
state reads it, and the logits of the next symbol come out.
"""

import numpy as np

from course_lib.data import TextWindows
from course_lib.optim.first_order import clip_grad_norm
from course_lib.rules.functions import softmax
from course_lib.rules.losses import softmax_cross_entropy


def text_step(net, optimizer, state, x, t, max_norm=1.0):
    """One step of truncated backpropagation through time. Returns the loss (nats) and the state at the end of the
    window.

    Shapes: x, t (T, N) whole numbers, state as the recurrent layer has it
    """
    embedding, layer, out = net.layers
    es, back_embedding = embedding(x)
    states, back_layer = layer.run(es, state)           # goes on from the window before
    hs = states[:, 0] if states.ndim == 4 else states   # an LSTM shows h and keeps c
    z, back_out = out(hs)
    loss, back_loss = softmax_cross_entropy(z.reshape(-1, z.shape[-1]), t.reshape(-1))
    optimizer.zero_grad()
    dhs = back_out(back_loss().reshape(z.shape))
    dstates = dhs if states.ndim == 3 else np.stack([dhs, np.zeros_like(dhs)], axis=1)
    des, _, *grads = back_layer(dstates)                # the gradient of the first state ends here
    for p, grad in zip(layer.params, grads):
        p.add_grad(grad)
    back_embedding(des)
    clip_grad_norm(net.params, max_norm)
    optimizer.step()
    return loss, states[-1]


def text_training(net, optimizer, windows, epochs, max_norm=1.0):
    """Yield ``(epoch, step, loss)`` after each window; the state passes between windows, the gradient does not."""
    step = 0
    for epoch in range(1, epochs + 1):
        state = net.layers[1].zero_state(windows.x.shape[1])
        for x, t in windows:
            loss, state = text_step(net, optimizer, state, x, t, max_norm)
            step += 1
            yield epoch, step, loss


def bits_per_symbol(net, codes, streams=16):
    """The mean cross-entropy in bits, −log₂ p of each symbol given those before it, read in ``streams`` places."""
    (x, t), = TextWindows(codes, streams, (len(codes) - 1) // streams)
    z, _ = net(x)
    return float(softmax_cross_entropy(z.reshape(-1, z.shape[-1]), t.reshape(-1))[0] / np.log(2))


def write_text(net, start, length, temperature, rng):
    """Read the codes ``start``, then draw ``length`` more, each from softmax(z / temperature) and read in turn."""
    embedding, layer, out = net.layers
    state, x, written = layer.zero_state(1), np.asarray(start), list(start)
    for _ in range(length):
        states, _ = layer.run(embedding(x[:, np.newaxis])[0], state)
        state = states[-1]
        z, _ = out((state[0] if state.ndim == 3 else state)[np.newaxis])
        p, _ = softmax(z[0, 0].astype(float) / temperature)
        x = rng.choice(len(p), size=1, p=p)
        written.append(int(x[0]))
    return np.array(written)


def write_pairs(pairs, start, length, rng):
    """Draw ``length`` codes, each from the row of ``pairs`` that belongs to the one before it.

    Shapes: pairs (K, K), rows that add up to 1  ->  (length,)
    """
    written, k = [], start
    for _ in range(length):
        k = rng.choice(len(pairs), p=pairs[k])
        written.append(int(k))
    return np.array(written)


def words(text, least=3):
    """The words of at least ``least`` letters, in small letters and without signs."""
    found = ("".join(c for c in word.lower() if c.isalpha()) for word in text.split())
    return [word for word in found if len(word) >= least]


def shares(text, book):
    """The share of the words of a text that are in a book, and how many different ones there are, in per cent."""
    sample = words(text)
    return np.array([100 * np.mean([word in book for word in sample]), 100 * len(set(sample)) / len(sample)])


def epoch_rows(history):
    """Rows for a table: epoch, bits on text that was learnt from and on held-out text, their difference."""
    columns = history.columns
    return [[epoch, f"{learnt:.2f}", f"{new:.2f}", f"{new - learnt:.2f}"] for epoch, learnt, new
            in zip(columns.get("epoch", ()), columns.get("learnt", ()), columns.get("held_out", ()))]
