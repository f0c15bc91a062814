"""Edits of the library that some test must notice. ``run.py`` applies them one by one and runs the tests named.

A mutant is a piece of text that occurs exactly once in a file of ``course_lib``, what takes its place, and the tests
that should fail then: files below ``tests`` and a choice among their tests (``-k``), as few as will do. A mutant that
no test can kill, because the edit changes nothing that anybody could see, has a reason to live.

To repair the list after a change of the library: ``pytest tests/test_mutants_list.py`` names every edit whose text is
not there any more, or there twice. Give it the new text of the same formula.
"""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mutant:
    """An edit of one file, the tests that should notice it, and for an edit that none can notice the reason."""

    file: str
    old: str
    new: str
    tests: str
    reason: str = ""

    def __str__(self):
        short = lambda text: " ".join(text.split())
        return f"{self.file}: {short(self.old)}  ->  {short(self.new) or 'nothing'}"

    def applied(self, root=ROOT):
        """The text of the file after the edit; ValueError if it does not apply exactly once."""
        text = (Path(root) / "course_lib" / self.file).read_text(encoding="utf-8")
        count = text.count(self.old)
        if count != 1 or self.old == self.new:
            raise ValueError(f"the edit does not apply: its text occurs {count} times, it must occur once; {self}")
        return text.replace(self.old, self.new)


def _edits(file, tests, *edits):
    """Mutants of a file, each (old, new, which[, reason]): ``which`` chooses among ``tests``, or names others."""
    named = lambda which: which if ".py" in which else f"{tests} -k '{which}'" if which else tests
    return [Mutant(file, old, new, named(which), *reason) for old, new, which, *reason in edits]


MUTANTS = [
    # ---- the rules ----------------------------------------------------------------------------------------------
    *_edits(
        "rules/functions.py", "rules/test_rules.py",
        ("range(dy.ndim - len(shape))))", "range(dy.ndim - len(shape) - 1)))", "unbroadcast"),
        ("if n == 1 and dy.shape[i] != 1)", "if n == 1 and i)", "unbroadcast"),
        ("unbroadcast(-dy, b)", "unbroadcast(dy, b)", "subtract"),
        ("unbroadcast(dy * b, a)", "unbroadcast(dy * a, a)", "multiply"),
        ("unbroadcast(-dy * y / b, b)", "unbroadcast(-dy / b, b)", "divide"),
        ("np.greater_equal(a, b)", "np.greater(a, b)", "kinks"),
        ("second = ~first", "second = 1 - first", "dtype and maximum"),
        ("dy * (y * (1 - y))", "dy * y", "gradients and sigmoid"),
        ("dy * (1 - y * y)", "dy * (1 - y)", "gradients and tanh"),
        ("y = 0.5 * (math.tanh(0.5 * x)", "y = 0.5 * (math.tanh(x)", "sigmoid"),
        ("mask = x > 0", "mask = x >= 0", "kinks"),
        ("mask = 1.0 if x > 0 else 0.0", "mask = 1.0", "plain and relu"),
        ("def leaky_relu(x, slope=0.01)", "def leaky_relu(x, slope=0.1)", "test_layers.py"),
        ("slope = c * (1 + 0.134145 * (x * x))", "slope = c * (1 + 0.044715 * (x * x))", "gelu"),
        ("0.044715 * (x * x * x)", "0.04 * (x * x * x)", "rules/test_parity.py -k gelu"),
        ("return dY @ B.T, A.T @ dY", "return dY @ B.T, A.T @ -dY", "matmul"),
        ("db = dy.sum(axis=0)", "db = dy.mean(axis=0)", "affine"),
        (" or b.shape != W.shape[1:]:\n        raise ValueError(_affine",
         ":\n        raise ValueError(_affine", "test_errors.py"),
        ("np.broadcast_to(dy / n, x.shape)", "np.broadcast_to(dy, x.shape)", "mean"),
        ("y * (dy - (dy * y).sum(", "y * (dy - dy.sum(", "softmax"),
        ("e = np.exp(z - z.real.max(axis=-1, keepdims=True))", "e = np.exp(z)", "extreme and softmax"),
        ("dy - np.exp(y) * dy.sum(", "dy - y * dy.sum(", "log_softmax"),
        ("_per_feature(centred, centred) / n", "_per_feature(centred, centred) / (n - 1)", "batch_norm"),
        ("dx -= (dbeta / n).reshape(column)", "dx -= dbeta.reshape(column)", "batch_norm"),
        ("if statistics is None and x.size == len(gamma):", "if False:", "test_layers.py"),
        ("- xhat * (g * xhat).mean(", "- (g * xhat).mean(", "layer_norm"),
        ("(dy - y * (dy * y).sum(", "(dy - (dy * y).sum(", "l2_normalize"),
        ("np.asarray(kept, dtype=x.dtype) / (1 - rate)",
         "np.asarray(kept, dtype=x.dtype)", "test_layers.py -k dropout"),
        ("np.add.at(dtable, indices, dy)", "dtable[indices] += dy", "embedding"),
        ("0 <= indices.min() and ", "", "rules/test_recurrent.py -k symbols"),
    ),
    *_edits(
        "rules/losses.py", "rules/test_rules.py",
        ("(2 / n * dloss) * error", "(1 / n * dloss) * error", "mean_squared"),
        ("(p - t) * (dloss / n)", "(p - t) * dloss", "binary"),
        ("size = np.where(z.real > 0, z, -z)", "size = -z", "extreme and binary"),
        ("dz[rows, t] -= 1", "dz[rows, t] += 1", "softmax_cross"),
        ("shifted[rows, t]).sum() / len(z)", "shifted[rows, t]).sum()", "by_hand or value_of_a_loss"),
        ("gap[rows, t] = 0", "gap[rows, t] = margin", "by_hand or value_of_a_loss"),
        ("def hinge(z, t, margin=1.0)", "def hinge(z, t, margin=2.0)", "by_hand"),
        ("- to_negative * to_negative)", "+ to_negative * to_negative)", "triplet"),
        ("scale * (negative - positive)", "scale * (positive - negative)", "triplet"),
        ("negative, margin=0.2)", "negative, margin=0.1)", "studies/faces/test_triplets.py"),
        ("t.max() >= z.shape[1]", "t.max() > z.shape[1]", "test_errors.py"),
        ('if t.dtype.kind not in "iu":', 'if t.dtype.kind not in "iuf":', "test_errors.py"),
    ),
    *_edits(
        "rules/convolution.py", "rules/test_convolution.py",
        ("(n + 2 * padding - k) // stride + 1", "(n + padding - k) // stride + 1", "output_size"),
        ("windows.transpose(0, 2, 3, 1, 4, 5)", "windows.transpose(0, 3, 2, 1, 4, 5)", "im2col"),
        ("padded[:, :, height, width] += windows", "padded[:, :, height, width] = windows", "adjoint"),
        ("y.reshape(Hout, F, -1)[...] = b[:, np.newaxis]", "y.reshape(Hout, F, -1)[...] = 0", "by_hand"),
        ("dkernels[r][part] += dy[seen]", "dkernels[r][part] = dy[seen]", "rules/test_rules.py -k conv2d"),
        ("dx[start:start + block, :, inputs] += done",
         "dx[start:start + block, :, inputs] = done", "rules/test_rules.py -k conv2d"),
        ("above = q - (kh - 1 - r) // sh", "above = q - (kh - r) // sh", "readable"),
        ("first = max(-((v - pw) // sw), 0)", "first = max((pw - v) // sw, 0)", "readable"),
        ("last = min((W - 1 - v + pw) // sw, Wout - 1)", "last = Wout - 1", "readable"),
        ("np.greater(entry.real, y.real, out=wins)", "np.greater_equal(entry.real, y.real, out=wins)", "tie"),
        ("for wins in reversed(winners[1:]):", "for wins in winners[1:]:", "rules/test_rules.py -k max_pool"),
        ("shares = [1 / len(places)]", "shares = [1.0]", "rules/test_rules.py -k avg_pool"),
        ("stride[0] >= size[0] and stride[1] >= size[1]", "stride[0] >= size[0] or stride[1] >= size[1]", "pool"),
        ("if kh > H or kw > W:", "if kh > H and kw > W:", "cannot_do"),
        ("size[0] > x.shape[2] or size[1] > x.shape[3]", "size[0] > x.shape[2]", "cannot_do"),
        ("    y[...] = value", "    y[...] = 0", "background"),
    ),
    *_edits(
        "rules/recurrent.py", "rules/test_recurrent.py",
        ("x.T @ da, h.T @ da", "x.T @ da, y.T @ da", "rules/test_rules.py -k rnn_cell"),
        ("dc = dc + dh * o * (1 - squashed * squashed)",
         "dc = dh * o * (1 - squashed * squashed)", "rules/test_rules.py -k lstm_cell"),
        ("df * f * (1 - f)", "df * f", "rules/test_rules.py -k lstm_cell"),
        ("(0, 1, 3))", "(0, 2, 3))", "rules/test_parity.py -k lstm_cell"),
        ("dy * z + dk @ U.T", "dk @ U.T", "rules/test_rules.py -k gru_cell"),
        ("return (1 - z) * n + z * h, backward",
         "return (1 - z) * h + z * n, backward", "rules/test_parity.py -k gru_cell"),
        ("*grads = backwards[t](dstates[t] + dstate)", "*grads = backwards[t](dstates[t])", "chain_rule"),
        ("if window and t and t % window == 0:", "if window and t and (t + 1) % window == 0:", "truncation"),
        ("P[:, units, :, units] += v", "P[:, units, :, units] = v", "forward_in_time"),
        ("slopes = 1 - hs * hs", "slopes = 1 - hs", "unrolled_cell"),
        ("_before(h, hs).reshape(T * N, -1).T @ flat", "hs.reshape(T * N, -1).T @ flat", "unrolled_cell"),
        ("            dc *= f\n", "            dc *= i\n", "unrolled_cell"),
        ("U.shape[0], [0, 1, 3, 2]", "U.shape[0], [0, 1, 2, 3]", "unrolled_cell"),
        ("np.multiply(dy, 1 - z, out=dg[2])", "np.multiply(dy, z, out=dg[2])", "unrolled_cell"),
        ("< sigmoids, 0.5, 1)", "< sigmoids, 1, 1)", "unrolled_cell"),
        ("if h.shape != (len(x), H):", "if h.shape[1:] != (H,):", "wrong_shapes"),
    ),
    *_edits(
        "rules/fixed_point.py", "rules/test_fixed_point.py",
        ("64 * np.finfo(z.dtype).eps", "640 * np.finfo(z.dtype).eps", ""),
        ("lambda v: dz + cell_backward(v)[1]", "lambda v: dz - cell_backward(v)[1]", "finite"),
        ("dx, _, *dparams = cell_backward(v)", "dx, _, *dparams = cell_backward(dz)", "finite"),
        ("if left < 0.97", "if left < 9.7", ""),
        ("/ max(1.0, float(np.max(np.abs(new), initial=0)))", "", ""),
    ),
    *_edits(
        "rules/spectra.py", "rules/test_spectra.py",
        ("dx[..., t * hop:t * hop + size] += dy",
         "dx[..., t * hop:t * hop + size] = dy", "rules/test_rules.py -k frames"),
        ("(x.shape[-1] - size) // hop + 1", "(x.shape[-1] - size) // hop", "rules/test_rules.py -k frames"),
        ("np.cos(2 * np.pi * np.arange(n) / n)", "np.cos(2 * np.pi * np.arange(n) / (n - 1))", "windows"),
        ('_cosine_window("hamming", n, 0.54)', '_cosine_window("hamming", n, 0.5)', "windows"),
        ("np.cos(angle), np.sin(angle)", "np.cos(angle), -np.sin(angle)", "numpys"),
        ("spectrum[..., 1:(n + 1) // 2] /= 2",
         "spectrum[..., 1:n // 2 + 1] /= 2", "rules/test_rules.py -k power_spectrum"),
        ("np.asarray(hertz, float) / 700.0", "np.asarray(hertz, float) / 600.0", "mel"),
        ("(right - f) / (right - centre)", "(right - f) / (centre - left)", "mel"),
        ("corners = warp * 700.0", "corners = 700.0", ""),
        ("(dy / energy) @ filters.T", "(dy * energy) @ filters.T", "rules/test_rules.py -k log_mel"),
        ("g - weight * g.sum(axis=-2, keepdims=True)", "g", "rules/test_rules.py -k normalise"),
    ),
    # ---- the graph and the layers -------------------------------------------------------------------------------
    *_edits(
        "graph.py", "test_graph.py",
        ("a.grad = da if a.grad is None else a.grad + da", "a.grad = da", "twice"),
        ("x.grad = dx if x.grad is None else x.grad + dx", "x.grad = dx", ""),
        ("            node.grad = None", "            pass", "backward_twice"),
        ("todo.sort(key=_number)", "todo.reverse()", "order"),
        ("if rest or labels or options:", "if rest or labels:", "options"),
        ("return operator(Tensor(a), b)", "return operator(b, Tensor(a))", "reflections"),
        ("self.grad = grad if self.grad is None else self.grad + grad", "self.grad = grad", "test_layers.py"),
        ("if grad.shape != self.data.shape:", "if False:", "test_layers.py -k names_the_parameter"),
        ('getattr(self.data, "size", 1) != 1', 'getattr(self.data, "size", 1) < 1', "test_errors.py"),
        (" and not isinstance(data, bool)", "", ""),
        ("grads = backward(1.0)", "grads = backward(2.0)", "widgets/test_lesson03.py -k local"),
    ),
    *_edits(
        "initializers.py", "test_layers.py",
        ("dtype, 1 / fans(shape)[0])", "dtype, 1 / fans(shape)[1])", "variance"),
        ("dtype, 2 / fans(shape)[0])", "dtype, 1 / fans(shape)[0])", "variance"),
        ("return C * kh * kw, F * kh * kw", "return F * kh * kw, C * kh * kw", "rules/test_convolution.py -k fans"),
        ("math.sqrt(6 / sum(fans(shape)))", "math.sqrt(3 / sum(fans(shape)))", "variance"),
        ("gain * Q * np.sign(np.diag(R))", "gain * Q", "rules/test_recurrent.py test_layers.py"),
        ("(gain * np.eye(*shape))", "(np.eye(*shape))", "rules/test_recurrent.py -k initializers"),
    ),
    *_edits(
        "layers.py", "test_layers.py",
        ("p.add_grad(grad)", "p.grad = grad", ""),
        ("rng, init=initializers.glorot, dtype=np.float64):\n        for",
         "rng, init=initializers.he, dtype=np.float64):\n        for", ""),
        ("variance.real * (n / (n - 1))", "variance.real", "batch_norm"),
        ("self.momentum * (new - kept)", "(1 - self.momentum) * (new - kept)", "batch_norm"),
        (">= self.rate, self.rate)", "< self.rate, self.rate)", "dropout"),
        ("if not self.training or self.rate == 0:", "if self.rate == 0:", "dropout or inference"),
        ("self.b.data[n_hidden:2 * n_hidden] = 1", "self.b.data[:n_hidden] = 1", "rules/test_recurrent.py -k layers"),
        ("return states[:, 0], backward", "return states[:, 1], backward", "rules/test_recurrent.py -k layers"),
        ("*params, activation=self.activation)", "*params)", "rules/test_recurrent.py"),
        ("self.U = Parameter(0.5 * initializers", "self.U = Parameter(0.9 * initializers", "rules/test_fixed_point.py"),
        ("def contract(self, limit=0.9)", "def contract(self, limit=1.1)", "rules/test_fixed_point.py -k contract"),
        ("if norm > limit:", "if norm < limit:", "rules/test_fixed_point.py -k contract"),
        ("if input_grad or i > first else", "if input_grad or i >= first else", "never_computed"),
        ("return dy + dx if input_grad else None", "return dx if input_grad else None", "residual"),
        ("layer.training = training", "layer.training = True", "inference"),
        ("sorted(file.files, key=lambda k: int(k[1:]))", "sorted(file.files)", "load or saved"),
        ("if shapes != wanted:", "if len(shapes) != len(wanted):", "load or saved"),
        ("        own[...] = array", "        pass", "load or saved"),
    ),
    # ---- training and judging -----------------------------------------------------------------------------------
    *_edits(
        "training.py", "test_training.py",
        ("    optimizer.zero_grad()", "    pass", "by_hand"),
        ("    step = 0\n", "    step = 1\n", "yields"),
        ("range(1, epochs + 1)", "range(1, epochs)", "yields"),
        ("if x.dtype != dtype:", "if x.dtype.kind != dtype.kind:", "dtypes"),
        ("if step == before:", "if False:", "only_once"),
        ("net(x[i:i + batch_size])", "net(x[i:i + batch_size - 1])", "evaluate"),
        ("max(map(len, self.columns.values())", "min(map(len, self.columns.values())", "history"),
    ),
    *_edits(
        "metrics.py", "test_training.py",
        ("np.add.at(counts, (t, predicted), 1)", "np.add.at(counts, (predicted, t), 1)", "confusion"),
        (" or t.size == 0", "", "test_errors.py test_training.py"),
        ("labels.max() >= classes", "labels.max() > classes", "test_errors.py"),
        ("np.linalg.norm(dy)", "np.abs(dy).max()", "error_signals"),
        ("np.array(deltas[::-1])", "np.array(deltas)", "error_signals"),
    ),
    *_edits(
        "checks.py", "test_checks.py",
        ("(above - below) / (2 * h)", "(above - below) / h", "numerical"),
        ("if relative_error(got, expected) <= tolerance:",
         "if relative_error(got, expected) <= 1e4 * tolerance:", "small"),
        ("SMALLEST = 1e-6", "SMALLEST = 1.0", "small"),
        ("if near(2) or near(0.5):", "if near(2):", ""),
        ("zip([*arrays, given], [*kept, dy])", "zip(arrays, kept)", "mutation"),
        ("if takes_dy and any(_finite(a)", "if False and any(_finite(a)", ""),
        ("np.cos(1.0 + 2.0 * np.arange(np.size(y)))", "np.ones(np.size(y))", "softmax"),
        ("np.max(np.abs(got - expected)) / max(", "np.mean(np.abs(got - expected)) / max(", "relative"),
    ),
    # ---- the steps ----------------------------------------------------------------------------------------------
    *_edits(
        "optim/first_order.py", "rules/test_parity.py",
        ('not self.dampening or state["t"] == 1', "not self.dampening", "optimizer_follows"),
        ("g + self.momentum * v if self.nesterov", "v if self.nesterov", "optimizer_follows"),
        ("p.data -= lr * g / (np.sqrt(s) + self.eps)", "p.data -= lr * g / np.sqrt(s + self.eps)", "optimizer_follows"),
        ("a += (1 - self.alpha) * (g - a)", "a += self.alpha * (g - a)", "optimizer_follows"),
        ("lr=1e-2, alpha=0.99", "lr=1e-2, alpha=0.9", "optimizer_follows"),
        ("d += (1 - self.rho) * step * step", "d += (1 - self.rho) * g * g", "optimizer_follows"),
        ("m_hat = m / (1 - beta1 ** t)", "m_hat = m", "optimizer_follows"),
        ("betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)",
         "betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0)", "optimizer_follows"),
        ('np.maximum(state["v_max"]', 'np.minimum(state["v_max"]', "optimizer_follows"),
        ("p.data *= 1 - lr * self.weight_decay", "p.data *= 1 - self.weight_decay", "optimizer_follows"),
        ("g = g + self.weight_decay * p.data",
         "g = g - self.weight_decay * p.data", "optim/test_first_order.py -k sgd"),
        ("self.eps), -1, 1)", "self.eps), -2, 2)", "optim/test_first_order.py -k sophia"),
        ("(1 - self.betas[1]) * estimate", "(1 - self.betas[0]) * estimate", "optim/test_first_order.py -k sophia"),
        ("(b * A + c * (A @ A))", "(b * A - c * (A @ A))", "optim/test_first_order.py -k newton_schulz"),
        ("math.sqrt(max(1, rows / columns))", "math.sqrt(max(1, columns / rows))", "optimizer_follows"),
        ("if factor < 1:", "if factor < 2:", "optim/test_first_order.py -k clipping"),
        ("self.lr(self.steps)", "self.lr(self.steps - 1)", "optim/test_first_order.py -k asks_its_schedule"),
        ("            p.grad = None", "            p.grad = p.grad", "optim/test_first_order.py -k zero_grad"),
        ("if not 0 <= value < 1:", "if not 0 <= value <= 1:", "optim/test_first_order.py -k refused"),
        ("if np.ndim(p.data) != 2:", "if False:", "optim/test_first_order.py -k refused"),
    ),
    *_edits(
        "optim/full_batch.py", "optim/test_full_batch.py",
        ("-g + beta * self.direction", "-g", "fifty"),
        ("q *= (s @ y) / (y @ y)", "q *= (y @ y) / (s @ y)", ""),
        ("q += s * (a - rho * (y @ q))", "q += s * (a + rho * (y @ q))", ""),
        ("[-self.memory:]", "", ""),
        ("elif abs(point.slope) <= c2 * -slope:", "elif True:", "wolfe"),
        ("value + c1 * point.step * slope", "value - c1 * point.step * slope", "wolfe"),
        ("        start += p.data.size", "        start += 1", "vectors"),
        ("min(max(share, 0.05), 0.95)", "share", ""),
    ),
    *_edits(
        "optim/schedules.py", "optim/test_first_order.py",
        ("factor ** ((step - 1) // every)", "factor ** (step // every)", "schedules"),
        ("return lr * step / warmup", "return lr * (step - 1) / warmup", "schedules"),
        ("0.5 * (1 + math.cos(", "0.5 * (1 - math.cos(", "schedules"),
        ("min((step - warmup) / (steps - warmup), 1.0)", "(step - warmup) / (steps - warmup)", "schedules"),
    ),
    *_edits(
        "optim/curvature.py", "optim/test_first_order.py",
        ("[a * b for a, b in zip(u,", "[b for a, b in zip(u,", "hutchinson"),
        ("len(x) * p.grad * p.grad", "p.grad * p.grad", "bartlett"),
        ("p.data, p.grad = data, grad", "p.data = data", "hessian or bartlett"),
        ("(p.cumsum(axis=1) <", "(p <", "bartlett"),
    ),
    *_edits(
        "experiments.py", "test_experiments.py",
        ("gradient(p.data, step)", "gradient(p.data, step + 1)", "walk"),
        ("np.argsort(losses)[:best]", "np.argsort(losses)[-best:]", "genetic"),
        ("for h in steps]) / 2e-10", "for h in steps]) / 1e-10", "diagonals"),
    ),
    # ---- the data -----------------------------------------------------------------------------------------------
    *_edits(
        "data/batches.py", "test_training.py",
        ("-(-len(self.x) // self.size)", "len(self.x) // self.size", "every_row"),
        ("self.rng.permutation(len(self.x))", "self.rng.integers(len(self.x), size=len(self.x))", "every_row"),
        ("x - like.mean(axis=0)", "x - like.mean()", "standardise"),
    ),
    *_edits(
        "data/digits.py", "data/test_data.py",
        ("/ 16).astype(dtype)", "/ 15).astype(dtype)", "digits"),
        ("[4::5]] = True", "[3::5]] = True", ""),
        ("_overlap(right, side)", "_overlap(-right, side)", "data/test_data_shifts.py"),
    ),
    *_edits(
        "data/mnist.py", "data/test_data.py",
        ("[-100:]] = True", "[:100]] = True", "mnist"),
        ("np.minimum(high, old + 1)", "np.minimum(high, old)", "shrinking"),
    ),
    *_edits(
        "data/files.py", "data/test_data.py",
        ("if found != CHECKSUMS[name]:", "if False:", "damaged"),
    ),
    *_edits(
        "data/faces.py", "data/test_data.py",
        ("np.repeat(np.arange(PEOPLE), PHOTOGRAPHS)", "np.tile(np.arange(PEOPLE), PHOTOGRAPHS)", "photographs"),
        ("offset=len(file) - HEIGHT * WIDTH", "offset=0", "photographs"),
    ),
    *_edits(
        "data/speech.py", "data/test_speech.py",
        ("(np.arange(256) - 128) / 127", "(np.arange(256) - 128) / 128", "mu_law"),
        ("np.float32) - 128) / 128", "np.float32) - 127) / 128", "uncompressed"),
        ("wide[:, 1:] =", "wide[:, :3] =", "uncompressed"),
        ('unpack_from("<H", body, 24)', 'unpack_from("<H", body, 22)', "uncompressed"),
        ("8 + size + size % 2", "8 + size", "odd_length"),
        ("f = 0.95 * min(1.0, up / down)", "f = 0.95", "come_back"),
        ("np.arange(-reach + 1, reach + 1)", "np.arange(-reach, reach)", "tone"),
        ('"<HHIIHH", 1, 1, int(rate)', '"<HHIIHH", 1, 1, RATE', "python"),
        ('DIGITS_JA + COMMANDS_JA), "ja"', 'DIGITS_JA), "ja"', "language"),
    ),
    *_edits(
        "data/text.py", "data/test_text.py",
        ("(len(codes) - 1) // (streams * window)", "len(codes) // (streams * window)", ""),
        ("for shift in (0, 1))", "for shift in (0, 0))", ""),
    ),
    *_edits(
        "data/weather.py", "data/test_data.py",
        ("zip(*rows))[1:5]", "zip(*rows))[4:0:-1]", ""),
    ),
    *_edits(
        "data/adding.py", "studies/test_language.py",
        ("rng.integers(T // 2, T, N)", "rng.integers(0, T, N)", "adding"),
    ),
    # ---- the studies --------------------------------------------------------------------------------------------
    *_edits(
        "studies/language.py", "studies/test_language.py",
        ("return loss, states[-1]", "return loss, states[0]", "window"),
        ("t.reshape(-1))[0] / np.log(2)", "t.reshape(-1))[0]", ""),
        ("astype(float) / temperature", "astype(float) * temperature", ""),
        ("if len(word) >= least", "if len(word) > least", "words"),
    ),
    *_edits(
        "studies/lecun1989.py", "studies/test_lecun1989.py",
        ("dy * (A * S * (1 - th * th))", "dy * (A * (1 - th * th))", "gradients"),
        ("bound = 2.4 / fan_in", "bound = 2.4 / fan_in ** 0.5", "starting"),
        ("Frame(2, -1.0), SharedKernels([[0]]", "Frame(2, 0.0), SharedKernels([[0]]", ""),
        ("[[4, 5, 6, 7, 8, 9, 10, 11]]", "[[3, 5, 6, 7, 8, 9, 10, 11]]", "eight"),
    ),
    *_edits(
        "studies/faces/images.py", "studies/faces/test_faces.py",
        ("(np.arange(UNSEEN) + k * PEOPLE // SPLITS) % PEOPLE", "(np.arange(UNSEEN) + k) % PEOPLE", "unseen"),
        ("/ max(step, 1), 0, None)", ", 0, None)", "resizing"),
        ("right * width)", "down * width)", "closer"),
        ("centred.std(axis=(-2, -1), keepdims=True)", "centred.std()", "images_of_any_size"),
        ("upper * (1 - down) + lower * down", "upper * down + lower * (1 - down)", "bilinear"),
        ("<= self.images.max() <= 1:", "<= self.images.max():", "batches"),
    ),
    *_edits(
        "studies/faces/baselines.py", "studies/faces/test_faces.py",
        ("full_matrices=False)[2][:n].T", "full_matrices=False)[2][-n:].T", "eigenfaces"),
        ("whiten = Q / np.sqrt(values)", "whiten = Q / values", "discriminant"),
    ),
    *_edits(
        "studies/faces/classifier.py", "studies/faces/test_faces.py",
        ("softmax_cross_entropy(z - handicap, t)", "softmax_cross_entropy(z + handicap, t)", "margin"),
        ("to_uV(dz * self.scale)", "to_uV(dz)", "gradients_of_the_new"),
        ("scale, ends = len(units) ** -0.5", "scale, ends = 1.0", "side_by_side"),
        ("for seen in (x, x[..., ::-1]):", "for seen in (x,):", "descriptors"),
    ),
    *_edits(
        "studies/faces/projection.py", "studies/faces/test_faces.py",
        ("** (-power / 2)).T", "** -power).T", "whitening"),
        ("return dx, dWT.T", "return dx, dWT", "gradients_of_the_new"),
    ),
    *_edits(
        "studies/faces/networks.py", "studies/faces/test_faces.py",
        ("np.isin(people, split_people(k)[1])", "np.isin(people, split_people(k)[0])", "baselines"),
    ),
    *_edits(
        "studies/faces/triplets.py", "studies/faces/test_triplets.py",
        ("to_others < to_positive + margin", "to_others < to_positive - margin", "promise"),
        ("possible &= to_others > to_positive", "possible &= to_others < to_positive", "promise"),
        ("same & ~np.eye(len(people), dtype=bool)", "same", "two_of_one"),
        ('score = -to_others if kind == "hard"', 'score = to_others if kind == "hard"', "promise"),
        ("- 2 * (y @ y.T)", "- (y @ y.T)", "distances"),
    ),
    *_edits(
        "studies/faces/verification.py", "studies/faces/test_verification.py",
        ("share = -gap[i - 1] / (gap[i] - gap[i - 1])", "share = 0.5", "equal_error"),
        ("sorted_distances[1:] > sorted_distances[:-1]", "sorted_distances[1:] >= sorted_distances[:-1]", ""),
        ("[fold != k], different_pairs[:n][fold != k]", "[fold == k], different_pairs[:n][fold == k]", "accuracy"),
        ("(distances[judged] <= threshold)", "(distances[judged] < threshold)", ""),
    ),
    *_edits(
        "studies/faces/vgg_face.py", "studies/faces/test_vgg_face.py",
        ("for _ in range(2):", "for _ in range(1):", "parameters"),
        ("shape[1] // 2, shape[2] // 2", "shape[1], shape[2]", "shapes"),
    ),
    *_edits(
        "studies/commands/sound.py", "studies/commands/test_commands.py",
        ("power.max() * 10 ** -3.5", "power.max() * 10 ** -0.1", "cut_out or loudest"),
        ("word * (0.1 / np.sqrt(", "word * (0.2 / np.sqrt(", "cut_out"),
        ("before = (SAMPLES - len(word)) // 2", "before = 0", "cut_out"),
        ("x -= x.mean()", "pass", "cut_out or holds_no_word"),
        ("top.max(axis=-1, keepdims=True) - np.log(1000)", "top.max(axis=-1, keepdims=True) - np.log(1.5)", ""),
        ("energy[n:] - energy[:-n]", "energy[:-n] - energy[n:]", "loudest"),
    ),
    *_edits(
        "studies/commands/judging.py", "studies/commands/test_commands.py",
        ("[speaker_of(voice, engine) for", "[voice for", "both_sides"),
        ("commands.engine != engine)", "commands.engine == engine)", "held_out_whole"),
        ("pictures(np.stack([played(x, speed) for speed in SPEEDS]))",
         "pictures(np.stack([x for speed in SPEEDS]))", ""),
        ("(t - SAMPLES / 2) * speed + SAMPLES / 2", "(t - SAMPLES / 2) / speed + SAMPLES / 2", ""),
    ),
    *_edits(
        "studies/commands/networks.py", "studies/commands/test_commands.py",
        ("'held out' if held_out else 'all'", "'all'", "stored"),
        ("deepcopy(net.layers[:-1])", "net.layers[:-1]", "old_head"),
        ("Sequential(*deepcopy(trunk), Dense", "Sequential(*trunk, Dense", "new_head"),
    ),
    *_edits(
        "studies/commands/learning.py", "studies/commands/test_commands.py",
        ("t == label))[:k]", "t == label))[:k + 1]", "few_of_each"),
    ),
    *_edits(
        "studies/commands/augmentation.py", "studies/commands/test_commands.py",
        ("    x = x.copy()\n    for picture", "    for picture", "masking"),
        ("10 ** (-rng.uniform(5, 40", "10 ** (rng.uniform(5, 40", "augmentation"),
        ("np.tile(t, copies)", "np.repeat(t, copies)", "every_copy"),
        ("rng.uniform(-800, 800)", "rng.uniform(-8000, 8000)", "augmentation"),
    ),
    *_edits(
        "studies/commands/pack.py", "data/test_speech.py",
        ("loud[-1] + 1 + MARGIN", "loud[-1] + MARGIN", "packing"),
    ),
    *_edits(
        "studies/commands/experiments.py", "studies/commands/test_commands.py",
        ("x[rows], t[rows], pictures(x[~rows]), t[~rows]", "x, t, pictures(x[~rows]), t[~rows]", "transfer"),
        ("(f.experiment, f.setting) == (experiment, s)", "f.setting == s", "figures"),
    ),
    # ---- what a reader sees -------------------------------------------------------------------------------------
    *_edits(
        "page/drawing/svg.py", "page/test_drawing.py",
        ('f"{float(value):.1f}"', 'f"{float(value):.2f}"', "noise"),
        ("(1 - _share(value, self.y_range, self.log_y))", "_share(value, self.y_range, self.log_y)", "axes"),
        ("np.asarray(values)[::-1]", "np.asarray(values)", ""),
        ("min(y0, y1), x1 - x0", "y1, x1 - x0", "bars"),
        ("+ 0.500001)", "+ 0.5)", "widgets/test_lesson11.py -k grey_values"),
        ("np.clip((values - low) / (high - low), 0, 1)", "(values - low) / (high - low)", "heat_image"),
        ("(1, 2, 2.5, 5, 10) if m * power >= raw * 0.999", "(1, 2, 2.5, 5, 10) if m * power >= raw * 9", "ticks"),
    ),
    *_edits(
        "page/drawing/palette.py", "page/test_drawing.py",
        ("_mix(_SIGNED, (value + 1) / 2)", "_mix(_SIGNED, value)", "colour"),
        ("(b - a) * (place - i)", "(b - a) * place", "colour"),
    ),
    *_edits(
        "page/drawing/contours.py", "widgets/test_lesson06.py",
        ("share = (level - values[a]) / (values[b] - values[a])", "share = 0.5", "contours"),
        (".mean() > level) == above[i, j]:", ".mean() > level) != above[i, j]:", "contours"),
    ),
    *_edits(
        "page/drawing/graphs.py", "page/test_drawing.py",
        ("if len(nodes) > 200:", "if len(nodes) > 2000:", "test_errors.py -k large"),
        ('f"grad {short(node.grad)}"', 'f"grad {short(node.data)}"', "names_values"),
        ("stroke_width=3 if bold else 1.4", "stroke_width=1.4", "names_values"),
        ("palette.PARAMETER if isinstance(node, Parameter)", "palette.INK if isinstance(node, Parameter)", ""),
        ("(copies.index(i) - (len(copies) - 1) / 2)", "0", ""),
    ),
    *_edits(
        "page/drawing/networks.py", "page/test_drawing.py",
        ("rest = len(a) - shown[c]", "rest = 0", ""),
        ("palette.signed(np.sign(w) * 0.6)", "palette.signed(0.6)", ""),
        ("zip(*np.nonzero(U)):", "zip(*np.nonzero(U.T)):", "loop"),
    ),
    *_edits(
        "page/plotting.py", "page/test_page.py",
        ("vmin=-top, vmax=top, aspect", "vmin=0, vmax=top, aspect", "signed"),
        ("np.median(runs, axis=0)", "np.mean(runs, axis=0)", "test_experiments.py -k bands"),
        ("ax.text(column, row, count", "ax.text(row, column, count", ""),
        ("np.transpose(grid, (0, 2, 1, 3))", "np.transpose(grid, (1, 2, 0, 3))", ""),
    ),
    *_edits(
        "page/notebook.py", "page/test_page.py",
        ("return min(seconds)", "return max(seconds)", "page/test_page.py test_experiments.py"),
        ("get_traced_memory()[1]", "get_traced_memory()[0]", "test_experiments.py -k memory"),
        ("{escape(c)}</td>", "{c}</td>", "table"),
        ("after {last[1]} of", "after {last[0]} of", "interrupting"),
    ),
    # ---- the explorers, at least one a lesson -------------------------------------------------------------------
    *_edits(
        "widgets/base.py", "widgets/test_explorers.py",
        ("value = self.controls[name].value  ", "pass  ", "set_moves"),
        ("return dict(self._first)", "return dict(self.state)", "reset and 01"),
        ("still(self.picture(self._first), self.alt)", "still(self.picture(self.state), self.alt)", "still and 01"),
        ("{escape(self.readout(self.state))}", "{self.readout(self.state)}", "set_moves"),
        ("self.player.autoplay = play  ",
         "self.player.autoplay = True  ", "widgets/test_lesson12.py -k only_the_buttons"),
    ),
    *_edits(
        "widgets/lesson00.py", "widgets/test_lesson01.py",
        ("to which it gave {100 * probabilities[truth]:.0f}",
         "to which it gave {100 * probabilities[answer]:.0f}", "verdict"),
        ('stops > state["digit"]', 'stops >= state["digit"]', "mistake"),
    ),
    *_edits(
        "widgets/lesson01.py", "widgets/test_lesson01.py",
        ("delta = 2 * error * y * (1 - y)", "delta = error * y * (1 - y)", "slope"),
        ("changes w by {-state['lr'] * dw:+.3f}", "changes w by {state['lr'] * dw:+.3f}", ""),
        ("if loss > before else", "if loss < before else", ""),
        ("2/λ = {2 / curvature:.3g}", "2/λ = {1 / curvature:.3g}", ""),
        ("factor = 1 - lr * curvature", "factor = 1 + lr * curvature", ""),
    ),
    *_edits(
        "widgets/lesson02.py", "widgets/test_lesson02.py",
        ('"z": total + bias', '"z": total', "weighted"),
        ("2 * error * p * other", "error * p * other", "slopes"),
        ('np.argmax(np.abs(found["products"]))', 'np.argmin(np.abs(found["products"]))', ""),
        ("(slope {_decimals(slope, 5)})", "(slope {_decimals(-slope, 5)})", ""),
    ),
    *_edits(
        "widgets/lesson03.py", "widgets/test_lesson03.py",
        ("            grads[x] = grads[x] + dx if x in grads else dx\n    at",
         "            grads[x] = dx\n    at", "twice"),
        ("backward operations. {kind}", "backward operations.", ""),
        ("return arrows ** rungs", "return rungs ** arrows", "paths"),
    ),
    *_edits(
        "widgets/lesson04.py", "widgets/test_lesson04.py",
        ("if truncation > rounding else", "if truncation < rounding else", "cube"),
        ("(f(x + h) - f(x - h)) / (2 * h)", "(f(x + h) - f(x - h)) / h", "cube or curve"),
        ("largest entry {np.abs(grads[column]).max():.2e}", "largest entry {grads[column].max():.2e}", "readout"),
        ("first example's digit {state['digit']}: {p:.4f}", "first example's digit {state['digit']}: {1 - p:.4f}", ""),
    ),
    *_edits(
        "widgets/lesson05.py", "widgets/test_lesson05.py",
        ("Thrown out: {RUNS - kept.sum()} of", "Thrown out: {kept.sum()} of", "walls"),
        ('{r[k - 1]:.2g}" for k in (1, 100', '{r[k - 2]:.2g}" for k in (1, 100', ""),
        ("lr / (1 + (k - 1) / 30)", "lr / (1 + k / 30)", ""),
    ),
    *_edits(
        "widgets/lesson06.py", "widgets/test_lesson06.py",
        ("'falls enough' if enough else 'too high'", "'too high' if enough else 'falls enough'", "verdict"),
        ("found.sort(key=lambda item: item[0])", "found.sort(key=lambda item: item[1])", "race"),
        ("allowed size {c2 * abs(slope0):.4f}", "allowed size {c1 * abs(slope0):.4f}", ""),
    ),
    *_edits(
        "widgets/lesson07.py", "widgets/test_lesson07.py",
        ("The same ratio for dW: {grads[0]:.3g}", "The same ratio for dW: {grads[-1]:.3g}", ""),
        ("count = int((on == 0).sum())", "count = int((on > 0).sum())", "dead"),
        ("{learnt} of the {WRONG} wrong", "{WRONG - learnt} of the {WRONG} wrong", ""),
        ("{right:.3f} of 1000 new points right", "{1 - right:.3f} of 1000 new points right", ""),
    ),
    *_edits(
        "widgets/lesson08.py", "widgets/test_lesson08.py",
        ("stride * (n // size), stride * (n % size)", "stride * (n % size), stride * (n // size)", "conv2d"),
        ("shares[n] = 1 / size ** 2", "shares[n] = 1 / size", "pooling"),
        ("{dy.flat[n] / state['size'] ** 2:.2f}", "{dy.flat[n] / state['size']:.2f}", ""),
        ("found.append((r + (k - 1) * g, g * s))", "found.append((r + k * g, g * s))", "fields"),
        ("{np.count_nonzero(dx)} of 36 pixels", "{np.count_nonzero(shares)} of 36 pixels", ""),
    ),
    *_edits(
        "widgets/lesson09.py", "widgets/test_lesson09.py",
        ("'inside' if says else 'outside'", "'outside' if says else 'inside'", "brackets"),
        ("_e(norms[k - 1]) for k in (10, 50, 100)", "_e(norms[k - 2]) for k in (10, 50, 100)", ""),
        ("dh[t - 1] += da * u", "dh[t - 1] += da", "unrolled"),
        ("gradient[t - 1] = gradient[t] * f[t]", "gradient[t - 1] = gradient[t] * f[t - 1]", "gates"),
    ),
    *_edits(
        "widgets/lesson10.py", "widgets/test_lesson10.py",
        ("slope / (1 - w * slope)", "slope / (1 + w * slope)", "one_unit"),
        ("of J {_rho(J):.3f}", "of J {_rho(J.T @ J):.3f}", "fitted_rate"),
        ('told("adjoint", adjoint)', 'told("adjoint", changes)', ""),
    ),
    *_edits(
        "widgets/lesson11.py", "widgets/test_lesson11.py",
        ("'accepted' if d <= found.threshold else 'rejected'",
         "'rejected' if d <= found.threshold else 'accepted'", "finds_itself or example or own"),
        ('"✓ accepted" if accepted else "✗ rejected"',
         '"✗ rejected" if accepted else "✓ accepted"', "finds_itself or example or own"),
        ("false reject rate {_percent(sr / (sa + sr))}", "false reject rate {_percent(sa / (sa + sr))}", "counting"),
        ("'right' if right else 'wrong'", "'wrong' if right else 'right'", "told_as_they_are"),
        ("it is {after - s:.4f}", "it is {s - after:.4f}", "readout_tells"),
        ("{own} of 5 show the same person", "{5 - own} of 5 show the same person", "neighbours"),
    ),
    *_edits(
        "widgets/lesson12.py", "widgets/test_lesson12.py",
        ("'right' if best == label else 'wrong'", "'wrong' if best == label else 'right'", "utterance"),
        ("'two' if depth >= SEPARATE else 'one'", "'one' if depth >= SEPARATE else 'two'", "window"),
        ("100 * (1 - window / hop)", "100 * window / hop", "counts_frames"),
        ('("." if probability >= 0.5 else', '("." if probability < 0.5 else', "recording or example"),
        ("Half of all |gradient| lies in {100 * half / gradient.size:.0f} %",
         "Half of all |gradient| lies in {100 - 100 * half / gradient.size:.0f} %", "slope or winner or half"),
    ),
    # ---- the exercises ------------------------------------------------------------------------------------------
    *_edits(
        "exercises/engine.py", "exercises/test_engine.py",
        ("if not same(before, after, 0.0):", "if False:", "changed_input"),
        ("return None if _agree(got, _run(answer, arguments)) else _STALE", "return None", ""),
        ('if getattr(value, "dtype", np.float32) == np.float64:', "if False:", "float64"),
        ("and not all(_agree(g, t, tolerance)", "and all(_agree(g, t, tolerance)", "named"),
        ("if record and (report.passed or report.fault):", "if record:", "tries"),
        ("if many and len(got) != len(expected):", "if False:", ""),
    ),
    *_edits(
        "exercises/progress.py", "exercises/test_engine.py",
        ('bool(entry["passed"] or passed)', "bool(passed)", "stays_passed"),
        ('entry["tries"] += 1', 'entry["tries"] += 2', "stays_passed"),
    ),
    *_edits(
        "exercises/overview.py", "exercises/test_engine.py",
        ('"tried" if entry.get("tries")', '"not yet" if entry.get("tries")', "progress_table"),
    ),
    *_edits(
        "exercises/lesson01.py", "exercises/test_tasks.py",
        ("return params - lr * gradient", "return params + lr * gradient", "01-2"),
    ),
    *_edits(
        "exercises/lesson02.py", "exercises/test_tasks.py",
        ("0).sum() / len(z)\n", "0).sum()\n", "02-4"),
    ),
    *_edits(
        "exercises/lesson03.py", "exercises/test_tasks.py",
        ("return dy * b, dy * a", "return dy * a, dy * b", "03-1"),
    ),
    *_edits(
        "exercises/lesson04.py", "exercises/test_tasks.py",
        ("dy @ W.T, x.T @ dy, dy.sum(axis=0)\n", "dy @ W.T, x.T @ dy, dy.mean(axis=0)\n", "04-1"),
    ),
    *_edits(
        "exercises/lesson05.py", "exercises/test_tasks.py",
        ("return spread / B * (1 if replace else (N - B) / (N - 1))", "return spread / B", "05-2"),
    ),
    *_edits(
        "exercises/lesson06.py", "exercises/test_tasks.py",
        ("beta1 ** (t + clock)) if correct[0]", "beta1 ** (t + clock)) if not correct[0]", "06-5"),
    ),
    *_edits(
        "exercises/lesson07.py", "exercises/test_tasks.py",
        ("x * kept / (1 - rate),", "x * kept,", "07-5"),
    ),
    *_edits(
        "exercises/lesson08.py", "exercises/test_tasks.py",
        ("return (n + 2 * padding - k) // stride + 1", "return (n + 2 * padding - k) // stride", "08-1"),
    ),
    *_edits(
        "exercises/lesson09.py", "exercises/test_tasks.py",
        ("before = y if fault", "before = h if fault", "09-1"),
    ),
    *_edits(
        "exercises/lesson10.py", "exercises/test_tasks.py",
        ("da = v * (1 - z * z)\n    return da @ W.T", "da = v\n    return da @ W.T", "10-3"),
    ),
    *_edits(
        "exercises/lesson11.py", "exercises/test_tasks.py",
        ("gap=_gap, active=lambda g: g > 0", "gap=_gap, active=lambda g: g < 0", "11-4"),
    ),
    *_edits(
        "exercises/lesson12.py", "exercises/test_tasks.py",
        (".get(fault, e + floor)", ".get(fault, e)", "12-4"),
    ),
    # ---- teaching, environment, the package itself --------------------------------------------------------------
    *_edits(
        "teaching/build.py", "teaching/test_build.py",
        ("if executed and counts != list(range(1, len(counts) + 1)):", "if False:", "drift"),
        ('"outputs_sha256") != fingerprint(built)', '"outputs_sha256") is None', "drift"),
        ('if "SOLUTION" in cell.source:', "if False:", "forgotten"),
        ("if unknown := set(options.names) - known:", "if unknown := set():", "unknown_names"),
    ),
    *_edits(
        "teaching/lab.py", "teaching/test_lab.py",
        ("if name not in given)", ")", "takes_the_place"),
        ('environment.setdefault("OPENBLAS_NUM_THREADS", "1")', 'environment["OPENBLAS_NUM_THREADS"] = "1"', "stays"),
    ),
    *_edits(
        "environment.py", "test_environment.py",
        ("_numbers(found) >= _numbers(least)", "found >= least", ""),
        ("all(r.ok for r in rows)", "any(r.ok for r in rows)", ""),
        ('if extra in (None, "lab")', 'if extra in (None, "lab", "test")', "asked_for"),
        ("not problem, problem)", "True, problem)", "photographs"),
    ),
    *_edits(
        "__init__.py", "test_layering.py",
        ("__all__ = sorted(_HOME)", "__all__ = sorted(_HOME)[1:]", "editors"),
        ("    globals()[name] = value", "    globals()[name] = None", "names_of_the_course"),
    ),
]
