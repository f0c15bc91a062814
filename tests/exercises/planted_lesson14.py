"""Answers to the tasks of lesson 14, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

import numpy as np
from answers import edited

from course_lib.studies.frameworks import jax, jnp, tf, torch
from course_lib.studies.frameworks.imitated import Descent, Weights

# ---- 14-1 PyTorch --------------------------------------------------------------------------------------------------


def torch_with_a_mask(x, w):
    class Switch(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, scale):
            s = a.sign()
            ctx.inside = (a.abs() <= 1).to(a.dtype)
            ctx.save_for_backward(s, scale)
            return s * scale

        @staticmethod
        def backward(ctx, upstream):
            s, scale = ctx.saved_tensors
            return upstream * scale * ctx.inside, torch.einsum("nd,nd->d", upstream, s)
    return Switch.apply(x, w)


def torch_with_all_on_ctx(x, w):
    class Switch(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.x, ctx.w = x, w
            return torch.sign(x) * w

        @staticmethod
        def backward(ctx, dy):
            dx = torch.where(ctx.x.abs() <= 1, dy * ctx.w, torch.zeros_like(dy))
            return dx, torch.sum(dy * torch.sign(ctx.x), 0)
    return Switch.apply(x, w)


def torch_with_the_limit_handed_over(x, w):
    """Inputs in another order, a third that has no gradient, and the form with a context set up apart."""
    class Switch(torch.autograd.Function):
        @staticmethod
        def forward(limit, w, x):
            return x.sign().mul(w)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.limit, *kept = inputs
            ctx.save_for_backward(*kept)

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, dy):
            w, x = ctx.saved_tensors
            return None, (x.sign() * dy).sum(0), dy * w * x.abs().le(ctx.limit)
    return Switch.apply(1.0, w, x)


def torch_with_vjp(x, w):
    class Switch(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return w * x.sign()

        @staticmethod
        def vjp(ctx, dy):
            x, w = ctx.saved_tensors
            return dy * w * (x.abs() <= 1), (dy * x.sign()).sum(0)
    return Switch.apply(x, w)


def torch_switch_times_w(x, w):
    """A hook for the switch alone; w is multiplied by it outside."""
    class Switch(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x.sign()

        @staticmethod
        def backward(ctx, dy):
            x, = ctx.saved_tensors
            return dy * (x.abs() <= 1)
    return w * Switch.apply(x)


def torch_by_detaching(x, w):
    inside = torch.where(x.abs() <= 1, x, torch.zeros_like(x))
    return w * (inside + (torch.sign(x) - inside).detach())


def torch_by_itself(x, w):
    return w * torch.sign(x)


# ---- 14-2 TensorFlow -----------------------------------------------------------------------------------------------

def tf_with_where(x, w):
    @tf.custom_gradient
    def switch(a, scale):
        s = tf.sign(a)
        return s * scale, lambda dy: (tf.where(tf.abs(a) <= 1, dy * scale, tf.zeros_like(dy)),
                                      tf.einsum("nd,nd->d", dy, s))
    return switch(x, w)


def tf_with_logical_and(x, w):
    def switch(x, w):
        def backward(dy):
            inside = tf.logical_and(x >= -1, x <= 1)
            dx = tf.cast(inside, tf.float64) * tf.multiply(dy, w)
            return [dx, tf.reduce_sum(tf.sign(x) * dy, 0)]
        return tf.multiply(tf.sign(x), w), backward
    return tf.custom_gradient(switch)(x, w)


def tf_by_itself(x, w):
    return w * tf.sign(x)


# ---- 14-3 JAX --------------------------------------------------------------------------------------------------------

def jax_with_where(x, w):
    def switch(x, w):
        return jnp.sign(x) * w
    rule = jax.custom_vjp(switch)
    rule.defvjp(lambda x, w: (switch(x, w), {"x": x, "w": w}),
                lambda kept, dy: (jnp.where(jnp.abs(kept["x"]) <= 1, dy * kept["w"], 0.0),
                                  jnp.einsum("nd,nd->d", dy, jnp.sign(kept["x"]))))
    return rule(x, w)


def jax_by_stop_gradient(x, w):
    inside = jnp.where(jnp.abs(x) <= 1, x, 0.0)
    return w * (inside + jax.lax.stop_gradient(jnp.sign(x) - inside))


def jax_by_itself(x, w):
    return w * jnp.sign(x)


# ---- 14-4 the hunt -------------------------------------------------------------------------------------------------

def descend_tidily(w, parts, lr, steps):
    weights = Weights(w)
    optimizer = Descent(weights, lr)
    for _ in range(steps):
        for x, t in parts:
            (weights.squared_error(x, t) / len(parts)).backward()
        optimizer.step()
        optimizer.zero_grad()               # after the step is as good
    return weights.data


def descend_by_hand(w, parts, lr, steps):
    w = np.array(w, dtype=float)
    for _ in range(steps):
        w = w - lr * sum(2 / len(t) * x.T @ (x @ w - t) for x, t in parts) / len(parts)
    return w


def descend_and_forget(w, parts, lr, steps):
    weights = Weights(w)
    for _ in range(steps):
        weights.grad = np.zeros(len(w))
        for x, t in parts:
            weights.squared_error(x, t).backward()
        weights.data = weights.data - lr * weights.grad / len(parts)
    return weights.data.tolist()


def descend_remembering(w, parts, lr, steps):
    weights = Weights(w)
    optimizer = Descent(weights, lr)
    for _ in range(steps):
        for x, t in parts:
            (weights.squared_error(x, t) / len(parts)).backward()
        optimizer.step()
    return weights.data


# ---- 14-5 shapes ---------------------------------------------------------------------------------------------------

def shapes(dense=0, linear=1, keras=0, jax="the author's choice", biases="two", to=lambda W, b: (W.T, b),
           back=lambda W, U, b, c: (W.T, U.T, b + c)):
    both = "(n_in, n_out)", "(n_out, n_in)"

    def answer():
        return {"Dense": both[dense], "torch.nn.Linear": both[linear], "keras Dense": both[keras], "JAX": jax,
                "torch.nn.RNN": biases, "to_torch": to, "from_torch": back}
    return answer


def _not_returned(right, call, uncalled):
    """What is returned instead of y: nothing, a pair, and a function that was not called."""
    return [("nothing returned", edited(right, (f"return {call}", call))),
            ("number of results", edited(right, (f"return {call}", f"return {call}, None"))),
            ("function returned", edited(right, (f"return {call}", f"return {uncalled}")))]


RIGHT = {
    "14-1": [torch_with_a_mask, torch_with_all_on_ctx, torch_with_the_limit_handed_over, torch_with_vjp,
             torch_switch_times_w, torch_by_detaching],
    "14-2": [tf_with_where, tf_with_logical_and],
    "14-3": [jax_with_where, jax_by_stop_gradient],
    "14-4": [descend_tidily, descend_by_hand, descend_and_forget],
    "14-5": [shapes(), shapes(jax="the author’s choice"), shapes(to=lambda W, b: [np.transpose(W), list(b)],
                              back=lambda *p: (p[0].T, np.einsum("ij->ji", p[1]), np.add(p[2], p[3])))],
}

PLANTED = {
    "14-1": [
        ("no limit", edited(torch_with_a_mask, (" * ctx.inside", ""))),
        ("no limit", edited(torch_with_all_on_ctx, ("torch.where(ctx.x.abs() <= 1, dy * ctx.w, torch.zeros_like(dy))",
                                                  "dy * ctx.w"))),
        ("< for <=", edited(torch_with_a_mask, ("<= 1", "< 1"))),
        ("limit turned round", edited(torch_with_all_on_ctx, ("<= 1", "> 1"))),
        ("w forgotten", edited(torch_with_a_mask, ("upstream * scale * ctx", "upstream * ctx"))),
        ("x for its sign", edited(torch_with_all_on_ctx, ("(dy * torch.sign(ctx.x), 0)", "(dy * ctx.x, 0)"))),
        ("missing sum over the batch", edited(torch_with_all_on_ctx, (
            "torch.sum(dy * torch.sign(ctx.x), 0)", "dy * torch.sign(ctx.x)"))),
        ("missing sum over the batch", edited(torch_with_the_limit_handed_over, ("(x.sign() * dy).sum(0)",
                                                                                 "x.sign() * dy"))),
        ("missing sum over the batch", edited(torch_with_vjp, ("(dy * x.sign()).sum(0)", "dy * x.sign()"))),
        ("number of gradients", edited(torch_with_a_mask, ('upstream, s)', 'upstream, s), None'))),
        ("number of gradients", edited(torch_with_all_on_ctx, ("return dx, torch.sum(dy * torch.sign(ctx.x), 0)",
                                                               "return dx"))),
        ("no gradient", edited(torch_with_a_mask, ("return upstream * scale * ctx.inside, ", "return None, "))),
        ("no gradient", edited(torch_with_a_mask, ('torch.einsum("nd,nd->d", upstream, s)', "None"))),
        ("no gradient", edited(torch_with_all_on_ctx, ("Switch.apply(x, w)", "Switch.apply(x, w.detach())"))),
        ("no gradient", edited(torch_by_itself, ("w * torch.sign(x)", "(w * torch.sign(x)).detach()"))),
        *_not_returned(torch_with_a_mask, "Switch.apply(x, w)", "Switch.apply"),
        ("not a tensor", edited(torch_with_a_mask, ("Switch.apply(x, w)", "Switch.apply(x, w).detach().numpy()"))),
        ("function returned", edited(torch_with_a_mask, ("Switch.apply(x, w)", "Switch"))),
        ("mean for sum", edited(torch_with_a_mask, (
            'torch.einsum("nd,nd->d", upstream, s)', "(upstream * s).mean(0)"))),
        ("no backward of one's own", torch_by_itself),
        ("absolute value", edited(torch_with_a_mask, ("return s * scale", "return a.abs() * scale"))),
    ],
    "14-2": [
        ("no limit", edited(tf_with_where, ("tf.where(tf.abs(a) <= 1, dy * scale, tf.zeros_like(dy))", "dy * scale"))),
        ("< for <=", edited(tf_with_logical_and, ("x >= -1, x <= 1", "x > -1, x < 1"))),
        ("limit turned round", edited(tf_with_where, ("<= 1", "> 1"))),
        ("w forgotten", edited(tf_with_logical_and, ("tf.multiply(dy, w)", "dy"))),
        ("dy forgotten", edited(tf_with_logical_and, ("tf.sign(x) * dy, 0", "tf.sign(x), 0"))),
        ("mean for sum", edited(tf_with_logical_and, ("tf.reduce_sum", "tf.reduce_mean"))),
        ("no backward of one's own", tf_by_itself),
        ("truth values", edited(tf_with_logical_and, ("tf.cast(inside, tf.float64)", "inside"))),
        ("missing sum over the batch", edited(tf_with_where, ('tf.einsum("nd,nd->d", dy, s)', "dy * s"))),
        ("no gradient", edited(tf_with_where, ("tf.where(tf.abs(a) <= 1, dy * scale, tf.zeros_like(dy))", "None"))),
        ("no gradient", edited(tf_with_where, ('tf.einsum("nd,nd->d", dy, s)', "None"))),
        *_not_returned(tf_with_where, "switch(x, w)", "switch"),
        ("not a tensor", edited(tf_with_where, ("return switch(x, w)", "return switch(x, w).numpy()"))),
    ],
    "14-3": [
        ("no limit", edited(jax_with_where, ('jnp.where(jnp.abs(kept["x"]) <= 1, dy * kept["w"], 0.0)',
                                             'dy * kept["w"]'))),
        ("< for <=", edited(jax_by_stop_gradient, ("<= 1", "< 1"))),
        ("limit turned round", edited(jax_with_where, ("<= 1", "> 1"))),
        ("w forgotten", edited(jax_with_where, ('dy * kept["w"]', "dy"))),
        ("x for its sign", edited(jax_with_where, ('dy, jnp.sign(kept["x"])', 'dy, kept["x"]'))),
        ("no backward of one's own", jax_by_itself),
        ("no backward of one's own", edited(jax_with_where, (
            'jnp.where(jnp.abs(kept["x"]) <= 1, dy * kept["w"], 0.0)', "None"))),
        ("no gradient", edited(jax_with_where, ('jnp.einsum("nd,nd->d", dy, jnp.sign(kept["x"]))', "None"))),
        *_not_returned(jax_with_where, "rule(x, w)", "rule"),
        ("not a tensor", edited(jax_by_itself, ("w * jnp.sign(x)", "np.ones(x.shape)"))),
        ("absolute value", edited(jax_with_where, ("return jnp.sign(x) * w", "return jnp.abs(x) * w"))),
    ],
    "14-4": [
        ("not set to zero", descend_remembering),
        ("set to zero for each part", edited(descend_remembering, (
            "            (weights", "            optimizer.zero_grad()\n            (weights"))),
        ("nothing to step with", edited(descend_remembering, (
            "        optimizer.step()", "        optimizer.zero_grad()\n        optimizer.step()"))),
        ("nothing to step with", edited(descend_tidily, (
            "    for _ in range(steps):\n", "    for _ in range(steps):\n        weights = Weights(weights.data)\n"))),
        ("weights of one's own", edited(descend_tidily, (
            "        optimizer.zero_grad()", "        weights = Weights(weights.data)"))),
        ("weights returned", edited(descend_tidily, ("return weights.data", "return weights"))),
        ("weights returned", edited(descend_remembering, ("return weights.data", "return weights"))),
        ("a step for each part", edited(descend_tidily, (
            "        optimizer.step()\n        optimizer.zero_grad()",
            "            optimizer.step()\n        optimizer.zero_grad()"))),
        ("sum instead of the mean", edited(descend_by_hand, (
            " for x, t in parts) / len(parts)", " for x, t in parts)"))),
        ("uphill", edited(descend_by_hand, ("w - lr", "w + lr"))),
    ],
    "14-5": [
        ("Dense turned round", shapes(dense=1)),
        ("Linear turned round", shapes(linear=0)),
        ("Keras turned round", shapes(keras=1)),
        ("a shape for JAX", shapes(jax="(n_in, n_out)")),
        ("one bias", shapes(biases="one")),
        ("not transposed", shapes(to=lambda W, b: (W, b))),
        ("not transposed", shapes(back=lambda W, U, b, c: (W, U, b + c))),
        ("U not transposed", shapes(back=lambda W, U, b, c: (W.T, U, b + c))),
        ("a bias forgotten", shapes(back=lambda W, U, b, c: (W.T, U.T, b))),
        ("mean of the biases", shapes(back=lambda W, U, b, c: (W.T, U.T, (b + c) / 2))),
        ("wrong order", shapes(back=lambda W, U, b, c: (U.T, W.T, b + c))),
        ("number of results", shapes(to=lambda W, b: W.T)),
        ("number of results", shapes(back=lambda W, U, b, c: (W.T, U.T, b, c))),
    ],
}
