"""Optimizers: given the gradients, which step? Each holds its parameters and changes ``p.data``, never ``p.grad``.

An optimizer is one method, ``update(p, g, state, lr)``: the rule for a single parameter p with gradient g, with what it
remembers of that parameter in ``state``. ``memory`` names the arrays it remembers, so their number is what the
optimizer costs in floats a parameter. What all share (the loop, weight decay, the learning-rate schedule) is in
``Optimizer``. Names and defaults of settings are PyTorch's. All rules are derived in lesson 06.
"""

import math
from numbers import Real

import numpy as np

from course_lib.graph import Parameter
from course_lib.optim.settings import check, check_betas, check_whole


class Optimizer:
    """What all optimizers share: the list of parameters, checked once; ``zero_grad``; and the loop of a ``step``.

    lr            the learning rate: a number, or a schedule ``step -> number`` (see ``course_lib.optim.schedules``)
    weight_decay  λ, the pull towards zero. It is added to the gradient, g + λθ (the gradient of ½ λ θ²), or, where
                  ``decoupled``, taken off the parameter itself, θ ← (1 − lr λ) θ, before the step
    """

    memory = ()                                         # names of the arrays kept for each parameter, zero at the start
    decoupled = False

    def __init__(self, params, *, lr, weight_decay=0.0):
        name = type(self).__name__
        self.params = _parameters(name, params)
        if not self.params:
            raise ValueError(f"{name}: there are no parameters to train; pass net.params")
        if len({id(p) for p in self.params}) != len(self.params):
            raise ValueError(f"{name}: a parameter was given twice; it would take two steps at once")
        if not callable(lr):
            self._check_rate(lr)
        self._not_negative(weight_decay=weight_decay)
        self.lr, self.weight_decay, self.steps = lr, weight_decay, 0
        self.state = [{"t": 0, **{key: np.zeros_like(p.data) for key in self.memory}} for p in self.params]

    def zero_grad(self):
        """Forget the gradients of the last step, before new ones are added."""
        for p in self.params:
            p.grad = None

    def step(self):
        """Change every parameter that has a gradient."""
        self.steps += 1
        lr = self.lr(self.steps) if callable(self.lr) else self.lr
        self._check_rate(lr)                                                # a schedule's answer, or a number set since
        lr = float(lr)                                                      # a NumPy number would widen float32
        for p, state in zip(self.params, self.state):
            if p.grad is None:
                continue
            if np.shape(p.grad) != np.shape(p.data):
                raise ValueError(f"{type(self).__name__}: the gradient of {p.name or 'a parameter'} has shape "
                                 f"{np.shape(p.grad)}, the parameter {np.shape(p.data)}")
            g = p.grad
            if self.weight_decay and self.decoupled:
                p.data *= 1 - lr * self.weight_decay
            elif self.weight_decay:
                g = g + self.weight_decay * p.data
            state["t"] += 1
            self.update(p, g, state, lr)

    def update(self, p, g, state, lr):
        """The rule for one parameter: change ``p.data`` and ``state``, given the gradient g."""
        raise NotImplementedError(f"{type(self).__name__}.update")

    def _check_rate(self, lr):
        remedy = ("; the minus sign is part of the step" if isinstance(lr, Real) else
                  "; give a number, such as lr=0.1, or a schedule, a function step -> number")
        check(type(self).__name__, lr=lr, remedy=remedy)

    def _not_negative(self, **settings):
        check(type(self).__name__, **settings)

    def _below_one(self, **settings):
        check(type(self).__name__, high=1.0, **settings)


def _parameters(caller, params):
    """The parameters as a list; a clear error if they are anything else."""
    if isinstance(params, Parameter) or not hasattr(params, "__iter__"):
        raise TypeError(f"{caller}: a list of Parameters is wanted, got a single {type(params).__name__}; "
                        "pass net.params, or [p] for one parameter p")
    params = list(params)
    for p in params:
        if not isinstance(p, Parameter):
            raise TypeError(f"{caller}: expected Parameters, got {type(p).__name__}; pass net.params")
    return params


class SGD(Optimizer):
    """Gradient descent with momentum (the heavy ball) or Nesterov's momentum, in PyTorch's form.

    v ← momentum v + (1 − dampening) g   (the first v is g itself),   θ ← θ − lr v;
    nesterov: θ ← θ − lr (g + momentum v).

    Source: Polyak (1964); Rumelhart, Hinton, Williams (1986), Nature 323, eq. (9); Nesterov (1983); Sutskever, Martens,
    Dahl, Hinton (2013), ICML; derived in lesson 04, section 7, (4.23), and lesson 06, (6.2) and (6.3).
    """

    def __init__(self, params, *, lr=None, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        self._below_one(momentum=momentum)
        self._not_negative(dampening=dampening)
        if nesterov and not (momentum > 0 and dampening == 0):
            raise ValueError(f"SGD: nesterov needs momentum above 0 and no dampening, got {momentum} and {dampening}")
        self.memory = ("v",) if momentum else ()
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov
        super().__init__(params, lr=lr, weight_decay=weight_decay)

    def update(self, p, g, state, lr):
        if self.momentum:
            v = state["v"]
            v *= self.momentum
            v += g if not self.dampening or state["t"] == 1 else (1 - self.dampening) * g
            g = g + self.momentum * v if self.nesterov else v
        p.data -= lr * g


class AdaGrad(Optimizer):
    """A rate for each entry that falls with the squares of all its gradients: s ← s + g²,  θ ← θ − lr g / (√s + eps).

    Source: Duchi, Hazan, Singer (2011), JMLR 12; derived in lesson 06, equation (6.4).
    """

    memory = ("s",)

    def __init__(self, params, *, lr=1e-2, eps=1e-10, weight_decay=0.0, initial_accumulator_value=0.0):
        self._not_negative(eps=eps, initial_accumulator_value=initial_accumulator_value)
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.eps = eps
        for state in self.state:
            state["s"] += initial_accumulator_value

    def update(self, p, g, state, lr):
        s = state["s"]
        s += g * g
        p.data -= lr * g / (np.sqrt(s) + self.eps)


class RMSprop(Optimizer):
    """AdaGrad that forgets: s ← alpha s + (1 − alpha) g²,  θ ← θ − lr g / (√s + eps).

    centered: √(s − a²) in the place of √s, with a the running mean of g.
    momentum: v ← momentum v + g/(√s + eps), θ ← θ − lr v.

    Source: Tieleman, Hinton (2012), Neural Networks for Machine Learning, lecture 6.5; derived in lesson 06,
    equation (6.5).
    """

    def __init__(self, params, *, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        self._not_negative(eps=eps)
        self._below_one(alpha=alpha, momentum=momentum)
        self.memory = ("s",) + ("a",) * bool(centered) + ("v",) * bool(momentum)
        self.alpha, self.eps, self.momentum, self.centered = alpha, eps, momentum, centered
        super().__init__(params, lr=lr, weight_decay=weight_decay)

    def update(self, p, g, state, lr):
        s = state["s"]
        s *= self.alpha
        s += (1 - self.alpha) * g * g
        if self.centered:
            a = state["a"]
            a += (1 - self.alpha) * (g - a)
            s = np.maximum(s - a * a, 0)                # rounding can make a variance of nearly nothing negative
        g = g / (np.sqrt(s) + self.eps)
        if self.momentum:
            state["v"] *= self.momentum
            state["v"] += g
            g = state["v"]
        p.data -= lr * g


class AdaDelta(Optimizer):
    """A step in the units of θ: Δ = √(d + eps) / √(s + eps) g with running means s of g² and d of Δ²,  θ ← θ − lr Δ.

    Source: Zeiler (2012), arXiv 1212.5701, where lr is 1; derived in lesson 06, equation (6.6).
    """

    memory = ("s", "d")

    def __init__(self, params, *, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0.0):
        self._not_negative(eps=eps)
        self._below_one(rho=rho)
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.rho, self.eps = rho, eps

    def update(self, p, g, state, lr):
        s, d = state["s"], state["d"]
        s *= self.rho
        s += (1 - self.rho) * g * g
        step = np.sqrt(d + self.eps) / np.sqrt(s + self.eps) * g
        d *= self.rho
        d += (1 - self.rho) * step * step
        p.data -= lr * step


class Adam(Optimizer):
    """Running means of the gradient and of its square, both freed of their start at zero.

    m ← β₁ m + (1 − β₁) g,  v ← β₂ v + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ),  θ ← θ − lr m̂ / (√v̂ + eps).

    Source: Kingma, Ba (2015), ICLR, algorithm 1; derived in lesson 06, equations (6.7) and (6.8).
    """

    memory = ("m", "v")

    def __init__(self, params, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self._not_negative(eps=eps)
        check_betas(type(self).__name__, betas)
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.betas, self.eps = tuple(betas), eps

    def update(self, p, g, state, lr):
        (beta1, beta2), t, m, v = self.betas, state["t"], state["m"], state["v"]
        m *= beta1
        m += (1 - beta1) * g
        v *= beta2
        v += (1 - beta2) * g * g
        m_hat = m / (1 - beta1 ** t)
        v_hat = self.second_moment(state) / (1 - beta2 ** t)
        p.data -= lr * m_hat / (np.sqrt(v_hat) + self.eps)

    def second_moment(self, state):
        """What the step is divided by the root of."""
        return state["v"]


class AMSGrad(Adam):
    """Adam with the largest v so far in the place of v, so that its steps can only become shorter.

    Source: Reddi, Kale, Kumar (2018), ICLR (there without bias correction; this is PyTorch's form, with it);
    derived in lesson 06, equation (6.10).
    """

    memory = ("m", "v", "v_max")

    def second_moment(self, state):
        return np.maximum(state["v_max"], state["v"], out=state["v_max"])


class AdamW(Adam):
    """Adam with decoupled weight decay, θ ← (1 − lr λ) θ before the step, so that decay does not pass through m and v.

    Source: Loshchilov, Hutter (2019), ICLR (there λ is not multiplied by lr; here it is, as in PyTorch);
    derived in lesson 06, equation (6.9).
    """

    decoupled = True

    def __init__(self, params, *, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class Sophia(Optimizer):
    """The mean gradient over a diagonal of curvatures h, each entry's step cut at lr.

    m ← β₁ m + (1 − β₁) g,  θ ← (1 − lr λ) θ,  θ ← θ − lr clip(m / max(gamma h, eps), −1, 1);
    and, each time ``update_curvature`` is given new estimates ĥ (every 10 steps): h ← β₂ h + (1 − β₂) ĥ.
    The estimates come from ``course_lib.optim.curvature``: ``hutchinson`` (gamma 0.01) or ``gauss_newton_bartlett``
    (gamma 0.05).

    Source: Liu, Li, Hall, Liang, Ma (2024), ICLR, algorithm 3; derived in lesson 06, equation (6.11).
    """

    memory = ("m", "h")
    decoupled = True

    def __init__(self, params, *, lr=None, betas=(0.96, 0.99), gamma=0.05, eps=1e-12, weight_decay=0.1):
        check_betas(type(self).__name__, betas)
        self._not_negative(gamma=gamma, eps=eps)
        if not (gamma > 0 and eps > 0):
            raise ValueError(f"Sophia: gamma and eps must be above 0, got {gamma} and {eps}")
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        self.betas, self.gamma, self.eps = tuple(betas), gamma, eps

    def update_curvature(self, estimates):
        """Take in one estimate ĥ of the Hessian's diagonal for each parameter, each of the parameter's shape."""
        estimates = list(estimates)
        shapes, wanted = [np.shape(e) for e in estimates], [np.shape(p.data) for p in self.params]
        if shapes != wanted:
            raise ValueError(f"Sophia: the estimates must have the shapes of the parameters {wanted}, got {shapes}")
        for state, estimate in zip(self.state, estimates):
            state["h"] *= self.betas[1]
            state["h"] += (1 - self.betas[1]) * estimate

    def update(self, p, g, state, lr):
        m, h = state["m"], state["h"]
        m *= self.betas[0]
        m += (1 - self.betas[0]) * g
        p.data -= lr * np.clip(m / np.maximum(self.gamma * h, self.eps), -1, 1)


NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)               # Jordan et al. (2024): steep at 0, then between 0.68 and 1.13


def newton_schulz(G, steps=5, coefficients=NEWTON_SCHULZ, eps=1e-7):
    """Bring the singular values of a matrix near 1 and keep its singular vectors, by products of matrices only.

    X = G / ‖G‖, then in each step  A = X Xᵀ,  X ← a X + (b A + c A²) X.

    Shapes: G (n, m)  ->  (n, m)
    Source: Jordan, Jin, Boza, You, Cesista, Newhouse, Bernstein (2024), Muon; derived in lesson 06, equation (6.15).
    """
    a, b, c = coefficients
    X = G.T if len(G) > len(G.T) else G                 # the shorter side first: A is smaller
    X = X / max(_norm([G]), eps)
    for _ in range(steps):
        A = X @ X.T
        X = a * X + (b * A + c * (A @ A)) @ X
    return X.T if len(G) > len(G.T) else X


class Muon(Optimizer):
    """Momentum whose matrix is made (nearly) orthogonal before the step. For matrices only; give biases to ``AdamW``.

    m ← momentum m + (1 − momentum) g,  u = (1 − momentum) g + momentum m  (u = m without nesterov),
    θ ← (1 − lr λ) θ,  θ ← θ − lr r newton_schulz(u).

    The factor r is √max(1, rows/columns) for ``adjust_lr_fn="original"`` and 0.2 √max(rows, columns) for
    ``"match_rms_adamw"``. Rows and columns are those of the array given, as in PyTorch, which stores W as (n_out,
    n_in); ours is (n_in, n_out), so that "original" differs between the two for the same layer, and "match_rms_adamw"
    does not.

    Source: Jordan et al. (2024), in the form of torch.optim.Muon, but in the dtype of the parameters, where PyTorch
    rounds to bfloat16; derived in lesson 06, equations (6.14) and (6.15).
    """

    memory = ("m",)
    decoupled = True

    def __init__(self, params, *, lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True,
                 ns_coefficients=NEWTON_SCHULZ, eps=1e-7, ns_steps=5, adjust_lr_fn="original"):
        self._below_one(momentum=momentum)
        self._not_negative(eps=eps)
        check_whole("Muon", 0, ns_steps=ns_steps)
        if np.shape(ns_coefficients) != (3,):
            raise ValueError(f"Muon: ns_coefficients must be three numbers (a, b, c), got {ns_coefficients!r}")
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f'Muon: adjust_lr_fn must be "original" or "match_rms_adamw", got {adjust_lr_fn!r}')
        super().__init__(params, lr=lr, weight_decay=weight_decay)
        for p in self.params:
            if np.ndim(p.data) != 2:
                raise ValueError(f"Muon: every parameter must be a matrix, got shape {np.shape(p.data)}; give the "
                                 "others to AdamW: Together(Muon(matrices), AdamW(others))")
        self.momentum, self.nesterov, self.adjust_lr_fn = momentum, nesterov, adjust_lr_fn
        self.ns_coefficients, self.eps, self.ns_steps = ns_coefficients, eps, ns_steps

    def update(self, p, g, state, lr):
        m = state["m"]
        m += (1 - self.momentum) * (g - m)
        u = (1 - self.momentum) * g + self.momentum * m if self.nesterov else m
        rows, columns = p.data.shape
        like_adamw = self.adjust_lr_fn == "match_rms_adamw"
        ratio = 0.2 * math.sqrt(max(rows, columns)) if like_adamw else math.sqrt(max(1, rows / columns))
        p.data -= lr * ratio * newton_schulz(u, self.ns_steps, self.ns_coefficients, self.eps)


class Together:
    """Several optimizers as one, each for its own parameters: ``Together(Muon(matrices), AdamW(biases))``."""

    def __init__(self, *optimizers):
        self.optimizers = optimizers
        self.params = [p for optimizer in optimizers for p in optimizer.params]
        if len({id(p) for p in self.params}) != len(self.params):
            raise ValueError("Together: a parameter belongs to two optimizers; it would take two steps at once")

    def zero_grad(self):
        """Forget all gradients."""
        for optimizer in self.optimizers:
            optimizer.zero_grad()

    def step(self):
        """One step of each optimizer."""
        for optimizer in self.optimizers:
            optimizer.step()


def _norm(arrays):
    """√Σ a² over all entries of all arrays, also where the squares themselves would be too large or too small."""
    with np.errstate(over="ignore", under="ignore"):
        total = sum(float((a * a).sum()) for a in arrays)
    if 1e-30 < total < math.inf:
        return math.sqrt(total)
    largest = max((float(np.max(np.abs(a), initial=0)) for a in arrays), default=0.0)
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(sum(float(np.sum((a / largest) ** 2, dtype=float)) for a in arrays))


class Diverged(ValueError):
    """A training that left the range of numbers, such as gradients that are infinite or NaN: there is nothing to go on
    from. ``experiments.curve`` takes it for a loss of inf."""


def clip_grad_norm(params, max_norm):
    """Scale all gradients by one factor so that their common norm is at most ``max_norm``. Returns the norm before.

    ‖g‖ = √(Σ over all parameters and entries of g²);  g ← g · min(1, max_norm / (‖g‖ + 1e-6)): the direction stays.
    Raises Diverged where the norm is not finite: no factor would shorten that.

    Source: Pascanu, Mikolov, Bengio (2013), ICML; the 1e-6 is PyTorch's; lesson 06, equation (6.20), and lesson 09.
    """
    if max_norm != math.inf:                            # infinite: only to be told the norm
        check("clip_grad_norm", max_norm=max_norm)
    params = [p for p in _parameters("clip_grad_norm", params) if p.grad is not None]
    norm = _norm([p.grad for p in params])
    if not math.isfinite(norm):
        spoilt = [p.name or f"parameter {i}" for i, p in enumerate(params) if not np.isfinite(p.grad).all()]
        where = f", that of {', '.join(spoilt)} is not finite" if spoilt else ""
        raise Diverged(f"clip_grad_norm: the gradients' norm is {norm}{where}; "
                       "look for the step before this one that was too long")
    factor = max_norm / (norm + 1e-6)
    if factor < 1:
        for p in params:
            p.grad = p.grad * factor
    return norm
