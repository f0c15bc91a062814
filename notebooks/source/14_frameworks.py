# %% [markdown]
# # 14 The same in PyTorch, TensorFlow and JAX
#
# What do the frameworks do for me?
#
# After this lesson you can
#
# - read a network in PyTorch, TensorFlow and JAX line by line, and say which line is which of ours;
# - prove that their gradients are yours, to fourteen digits;
# - tell a graph that is recorded from a program that is traced, by what it prints;
# - give each of them a backward of your own;
# - recognise nine traps, and carry weights there and back.
#
# **Time:** about 75 minutes. **Needed:** lesson 03 (the graph), lesson 04 (rules), lesson 09 (loops); for section 4, lesson 10. Every cell runs without a framework, and says what is missing.

# %% [markdown]
# `dz` abbreviates $\partial L/\partial z$, as in all lessons.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $N, D, H$ | `N`, `D`, `H` | | examples, inputs, units |
# | $x$, $t$ | `x`, `t` | (N, D), (N,) | inputs, labels |
# | $W_l, b_l$ | `params` | (n_in, n_out), (n_out,) | weights and biases, in one list |
# | $h_l$, $z$ | `h`, `z` | (N, n_out) | what layer $l$ gives; the last one's scores |
# | $L$ | `L` | a number | loss |
# | $T$ | `T` | | steps of a sequence |
# | $g$ | `t` | (N, H) | the goal of its last state |
# | $W, U, b$ | `params` | (D, H), (H, H), (H,) | weights of a loop: input, state, bias |
# | $z$, $w$ (section 4) | `z`, `w` | (N,) | settled state of a unit, its weight from itself |

# %%
import numpy as np
from IPython.display import display
from course_lib import (Tensor, apply, check_gradients, inference, relative_error,
    softmax_cross_entropy, topological_order)
from course_lib.layers import RNN, BatchNorm
from course_lib.clock import fastest
from course_lib.page.notebook import origin_table, show_source, table
from course_lib.page.running import each, watched
from course_lib.rules.functions import sigmoid, softmax, tanh
from course_lib.studies import frameworks
from course_lib.studies.frameworks import our_side, problems, torch_side, where
from course_lib.widgets.lesson14 import tracing_explorer, translation_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)
for name in watched(frameworks.NAMES, label="loading"):
    frameworks.load(name)
torch, tf, jax, jnp = frameworks.packages()

# %% [markdown]
# ## 1. Who is here?
#
# All lessons so far computed with NumPy. Whoever reads code of others meets one of three **frameworks**: libraries that differentiate, run on accelerators, and bring ready layers.
# **Is there anything in them that you have not written yourself?**
#
# The first code cell has loaded those that are installed. If there is an accelerator (a graphics card), they use it, and the third column of the table says so; the page expects none.
#
# The last column is a first warning, to which section 5 returns: float32 is half of what NumPy takes. JAX shortens even float64 arrays, unless told otherwise; here it was told, by `jax.config.update("jax_enable_x64", True)`.

# %%
print(frameworks.missing(*frameworks.NAMES, now=False) or "all three are here")
present = [name for name in frameworks.NAMES if frameworks.loaded(name)]
header = ["framework", "version", "computes on", "makes of the number 0.1"]
table(frameworks.here(), header)

# %% [markdown]
# ## 2. One network, four times
#
# The network of lesson 04 has four layers; all but the last end in a sigmoid $\sigma$:
#
# $$\begin{aligned} h_0 &= x, & h_l &= \sigma(h_{l-1} W_l + b_l), \\
# z &= h_3 W_4 + b_4, & L &= \mathrm{CE}(z, t) \end{aligned} \tag{14.1}$$
#
# In Python, `@` and `+` belong to the objects between which they stand. So the forward pass can be written *once*, for NumPy, for our `Tensor` (a **tensor** is an array that knows how it was made), and for all three. Only the sigmoid is handed over.
#
# What differs is the loss. *Sparse* means labels as whole numbers, *logits* are our scores. JAX itself brings no losses; its line is the definition.

# %%
def forward(params, x, squash):                 # (14.1)
    h, (*hidden, last) = x, zip(params[::2], params[1::2])
    for W, b in hidden:
        h = squash(h @ W + b)
    W, b = last
    return h @ W + b

# %%
def our_loss(params, x, t):
    z = forward(params, x, lambda a: apply(sigmoid, a))
    return apply(softmax_cross_entropy, z, t)

def torch_loss(params, x, t):
    z = forward(params, x, torch.sigmoid)
    return torch.nn.functional.cross_entropy(z, t)

def tf_loss(params, x, t):
    z = forward(params, x, tf.sigmoid)
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(t, z))

def jax_loss(params, x, t):
    z = forward(params, x, jax.nn.sigmoid)
    return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(t)), t])

# %% [markdown]
# Now the gradients. Three steps each: say what is to be differentiated, run the forward pass, ask. **Which of the three works as ours does?**

# %%
def our_gradients(loss, params, *data):
    params = [Tensor(p) for p in params]
    L = loss(params, *data)
    L.backward()
    return [p.grad for p in params]

def torch_gradients(loss, params, *data):
    params = [torch.tensor(p, requires_grad=True) for p in params]
    L = loss(params, *map(torch.tensor, data))
    L.backward()
    return [p.grad for p in params]

# %%
def tf_gradients(loss, params, *data):
    params = [tf.Variable(p) for p in params]
    with tf.GradientTape() as tape:
        L = loss(params, *map(tf.constant, data))
    return tape.gradient(L, params)

def jax_gradients(loss, params, *data):
    return jax.grad(loss)([jnp.array(p) for p in params], *map(jnp.array, data))

# %% [markdown]
# PyTorch and our `Tensor` agree line for line. TensorFlow records only while a `GradientTape` is open (a **tape** is what was recorded, to be played backward), and only what it watches: a `Variable` is watched, a constant is not. JAX has no recorded objects at all: `grad` takes a *function* and gives another function, which returns the gradients of the first argument.
#
# In the explorer, choose a framework and a program and move through the lines: what stands on the left is ours, the marked line on the right does the same.

# %%
translation_explorer()

# %% [markdown]
# Now the loop of lesson 09: the same cell at every step, (9.3), and a squared error at the end. A Python loop will do; none of the four needs to be told that it is a loop.
#
# $$h_t = \tanh(x_t W + h_{t-1} U + b), \qquad L = \tfrac{1}{NH} \textstyle\sum (h_T - g)^2 \tag{14.2}$$

# %%
def last_state(params, xs, h, squash):          # (14.2)
    W, U, b = params
    for x in xs:
        h = squash(x @ W + h @ U + b)
    return h

loops = problems.squared_errors(last_state)     # in everybody's words

# %% [markdown]
# Five draws of weights and data each: 32 digits for the network of lesson 04, and 50 steps of 8 sequences, with 20 units, for the loop. For every draw, the largest difference of any gradient to ours, as a share of the largest entry of that gradient.
#
# **Predict:** all compute in float64, which holds about 16 digits. To how many do all four agree, in the worst case?

# %%
guess("14-digits", "To how many digits do all four agree?",
      choices=("3 or fewer", "6 to 8", "10 to 12", "14 or more"))

# %%
show_source(problems.squared_errors)
show_source(problems.network, problems.of_network, problems.of_loop)

# %%
ours, theirs = (our_gradients, our_loss), {"torch": (torch_gradients, torch_loss),
    "tensorflow": (tf_gradients, tf_loss), "jax": (jax_gradients, jax_loss)}
def worst(name):
    loop = (theirs[name][0], loops[name]), (our_gradients, loops["ours"])
    network = problems.worst(problems.of_network, theirs[name], ours)
    return network, problems.worst(problems.of_loop, *loop)

# %%
errors = each(present, worst, label="gradients", missing=(np.nan, np.nan))
display(table([[errors.name(name), *map(frameworks.bound, pair)]
               for name, pair in errors.items()], ["framework", "network", "loop"]))
digits = -np.log10(np.max([*errors.values(), (1e-16, 1e-16)]))
answer("14-digits", np.nan if not present or errors.incomplete else
       "14 or more" if digits >= 14 else "10 to 12" if digits >= 10 else "6 to 8")

# %% [markdown]
# The same numbers, to fourteen digits or more of each gradient's largest entry. No framework knows another derivative than the chain rule, and for a gradient all go from the end to the start, as you do. (All three can also go forward, as dual numbers do.) What is left of a difference is the order in which sums are rounded.
#
# Only where there is no derivative, they choose: at a tie of `maximum`, PyTorch and JAX pay half to each side, TensorFlow all to the first, as we do.
#
# **What we have:** your own gradients, four times. **What is missing:** how do they find the way back? Nobody wrote a `backward` here.

# %% [markdown]
# ## 3. Recorded, or traced
#
# Lesson 03 kept a closure `backward` in every node, and walked through the nodes in reverse order. Is that what they do? Everything we built has another name there:
#
# | here | PyTorch | TensorFlow | JAX |
# | --- | --- | --- | --- |
# | `Tensor` | `Tensor` with `requires_grad` | `Variable`, or watched by a tape | an argument of the function |
# | the closure `backward` | `grad_fn` | an operation's registered gradient | what `jax.vjp` returns |
# | `topological_order`, reversed | the autograd engine | the tape, backward | the traced program, transposed |
# | `.grad` | `.grad`, added to | what `tape.gradient` returns | what `grad` returns |
# | `Parameter`, `net.params` | `Parameter`, `state_dict` (names to arrays) | `Variable`, `weights` | a **pytree**: lists and dicts with arrays at their ends |
#
# One dense layer and its loss, from the loss back to the leaves:

# %%
_, x, t = problems.of_network(0, N=4)
W, b = np.full((64, 10), 0.1), np.zeros(10)
order = topological_order(our_loss([Tensor(W), Tensor(b)], x, t))
print("ours:   ", *[node.rule.__name__ for node in order[::-1] if node.rule])

@where("torch")
def recorded():
    nodes = [torch.tensor(a, requires_grad=True) for a in (W, b)]
    L = torch_loss(nodes, torch.tensor(x), torch.tensor(t))
    print("PyTorch:", *[type(node).__name__ for node in frameworks.graph_nodes(L)])

# %% [markdown]
# The same chain; `Mm` is the matrix product. PyTorch splits the loss in two, and gives each leaf a node whose only work is `+=`: `AccumulateGrad`. Each node is a closure with another name, and holds what its way back needs.
#
# JAX goes further. Its `vjp` (vector-Jacobian product) gives a function's value and its backward. Compare it with any rule of this course:

# %%
a, ones = np.linspace(-2, 2, 5), np.ones(5)
print("ours:", tanh(a)[1](ones))

@where("jax")
def protocol():
    y, backward = jax.vjp(jnp.tanh, a)
    print(f"JAX:  {np.array(backward(ones)[0])}", jax.make_jaxpr(jnp.tanh)(a), sep="\n")

# %% [markdown]
# `y, backward` in both. `jax.vjp` and `jax.grad` run your Python at every call, with stand-ins that carry the numbers, and record what is done to them. `make_jaxpr` and `jax.jit` go further: their stand-ins have a shape and a type, but *no numbers*. That is **tracing**. `jax.jit` compiles the program that results.
#
# PyTorch, as our graph, is **define-by-run**: the graph is whatever happened. `tf.function` and `jax.jit` trace; `torch.compile` traces what it can and hands the rest, such as a `print`, back to Python.
#
# A `print` inside the function tells the two apart. Four calls: 3.0, 4.0, an array of two numbers, another of two. **Predict:** how many of the four calls print, if `jax.jit` has traced the function?

# %%
guess("14-prints", "How many of the four calls print, with jax.jit?", unit="of 4")

# %%
show_source(frameworks.ran)
eager = lambda f: torch.compile(f, backend="eager")     # traces, without a compiler
ways = {"NumPy": (None, lambda f: f), "PyTorch": ("torch", lambda f: f),
        "torch.compile": ("torch", lambda f: frameworks.of_tensors(eager(f))),
        "tf.function": ("tensorflow", lambda f: tf.function(f)),
        "jax.jit": ("jax", lambda f: jax.jit(f))}

# %%
calls = 3.0, 4.0, np.ones(2), np.zeros(2)
counts = {name: frameworks.ran(prepared, calls) for name, (needs, prepared)
          in ways.items() if needs is None or needs in present}
display(table([[name, n] for name, n in counts.items()], ["way", "prints, of 4 calls"]))
answer("14-prints", counts.get("jax.jit", np.nan))

# %% [markdown]
# A traced function runs its Python code once for each *kind* of argument. For `jax.jit` the kind is shape and type: one for a number, one for two numbers. (`torch.compile` is the exception: what it cannot trace, such as the list that counts here, is run by Python every time.) `tf.function` counts each Python number as a kind of its own: a learning rate handed over as a number is traced at every change.
#
# What was traced cannot see numbers. So a decision in Python needs care: `if` asks for a truth that a stand-in does not have.

# %%
def size(a):
    return a if a > 0 else -a

where("jax")(lambda: print("JAX, as it is:", jax.grad(size)(-2.0)))
where("jax")(lambda: print("JAX, jit:", frameworks.complaint(jax.jit(size), -2.0)))
where("tensorflow")(lambda: print("tf.function:", tf.function(size)(tf.constant(-2.0))))

# %% [markdown]
# JAX refuses; remedies are `jnp.where` and `jax.lax.cond`. TensorFlow rewrites the `if` of your source into an operation of its graph before it traces (AutoGraph). Define-by-run has no such question: recorded is the branch that was taken.
#
# **What we have:** the graph of lesson 03 under other names, and a second way, which traces. **What it costs:** tracing has rules of its own. **What is missing:** a rule that no framework knows.
#
# In the explorer, choose a way and make calls. Which calls print? When does `tf.function` cease to trace?

# %%
tracing_explorer()

# %% [markdown]
# ## 4. A backward of your own
#
# When would one write a backward, if the framework finds it? When the way there is long and the gradient short. A unit that feeds itself, from lesson 10, relaxes for many steps, but its gradient by (10.8) needs the last state only. Elementwise, with $z = \tanh(wz + x)$ settled:
#
# $$\begin{aligned} s &= 1 - z^2, \\ \mathrm da &= \frac{s\,\mathrm dz}{1 - w s}, \\
# \mathrm dx &= \mathrm da, \qquad \mathrm dw = z\,\mathrm da . \end{aligned} \tag{14.3}$$
#
# `tf.custom_gradient` is our protocol word for word. The other two keep by hand what our closure keeps by itself: PyTorch in a context, JAX in a tuple (the *residuals*) that its forward function returns beside the value. The two helpers serve all four.

# %%
def settle(x, w, squash):
    z = x
    for _ in range(100):
        z = squash(w * z + x)
    return z

def adjoint(z, w, dz):                          # (14.3)
    s = 1 - z * z
    da = s * dz / (1 - w * s)
    return da, z * da

# %%
def settled(x, w):                              # ours
    z = settle(x, w, np.tanh)
    def backward(dz):
        return adjoint(z, w, dz)
    return z, backward

@where("tensorflow")
def tf_settled():
    @tf.custom_gradient
    def settled(x, w):
        z = settle(x, w, tf.tanh)
        def backward(dz):
            return adjoint(z, w, dz)
        return z, backward
    return settled

# %%
@where("torch")
def torch_settled():
    class Settled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, w):
            z = settle(x, w, torch.tanh)
            ctx.save_for_backward(z, w)
            return z

        @staticmethod
        def backward(ctx, dz):
            z, w = ctx.saved_tensors
            return adjoint(z, w, dz)
    return Settled.apply

# %%
@where("jax")
def jax_settled():
    @jax.custom_vjp
    def settled(x, w):
        return settle(x, w, jnp.tanh)
    def forward(x, w):
        z = settled(x, w)
        return z, (z, w)
    def backward(kept, dz):
        return adjoint(*kept, dz)
    settled.defvjp(forward, backward)
    return settled

# %% [markdown]
# Are they right? Each is compared with what the framework finds by itself, through all hundred steps, and with ours.
#
# **Predict:** for the unrolled version PyTorch records three nodes a step. How many nodes does it record with the hook, the two leaves included?

# %%
guess("14-hook", "How many nodes with the hook?", unit="nodes")

# %%
rng = np.random.default_rng(14)
states = rng.normal(size=6), rng.uniform(-0.6, 0.6, size=6)             # x, w
check_gradients(settled, *states)
z, backward = settled(*states)
exact = backward(2 * z)                         # of L = Σ z²

# %%
hooks = {"torch": lambda: (torch_gradients, torch_settled, torch.tanh, torch.sum),
         "tensorflow": lambda: (tf_gradients, tf_settled, tf.tanh, tf.reduce_sum),
         "jax": lambda: (jax_gradients, jax_settled, jnp.tanh, jnp.sum)}
rows = []
for name in present:
    gradients, hook, squash, total = hooks[name]()
    found = [gradients(lambda nodes: total(way(*nodes) ** 2), states)
             for way in (hook, lambda x, w: settle(x, w, squash))]
    rows.append([name, *(frameworks.bound(problems.error(g, exact)) for g in found)])
table(rows, ["framework", "with the hook", "unrolled"])

# %%
@where("torch")
def nodes():
    x, w = (torch.tensor(a, requires_grad=True) for a in states)
    ways = settle(x, w, torch.tanh), torch_settled(x, w)
    return [len(frameworks.graph_nodes(z)) for z in ways]
answer("14-hook", nodes[1] if nodes else np.nan)

# %% [markdown]
# One node for the hook, and one for each leaf. What is inside `forward` is not recorded; nobody checks that `backward` belongs to it. Check it yourself, as you would here: `torch.autograd.gradcheck` compares with finite differences, and so does `check_grads` of `jax.test_util` (to be imported), with `order=1, modes=["rev"]`, since a `custom_vjp` has no way forward.
#
# **Exercises 14-1**, **14-2** and **14-3** ask for the same rule in each hook. Where a framework is missing, the check says so, and counts nothing.
#
# **What we have:** a way to bring any rule of this course along. **What is missing:** what goes wrong without an error.

# %% [markdown]
# ## 5. Nine traps
#
# Each of them is easily made, and most raise no error. The order is that of a training: gradients, graph, data.
#
# **Accumulation.** `.grad` is added to, at every `backward`. That is useful when a batch comes in parts, and a mistake when the last step's gradient is still there. Here $L = 3w$, differentiated three times. **Predict:** what does PyTorch hold in `w.grad` after the third time?

# %%
guess("14-third", "w.grad after the third backward?")

# %%
@where("torch")
def accumulated():
    w = torch.tensor(1.0, requires_grad=True)
    for _ in range(3):
        (3 * w).backward()
    return w.grad.item()
answer("14-third", np.nan if accumulated is None else accumulated)

# %% [markdown]
# Hence, before each `backward` in PyTorch: `optimizer.zero_grad()`. Our graph sets, TensorFlow and JAX return: there is nothing to forget. **Exercise 14-4** is a bug hunt.
#
# **Detached.** A value that should count as a constant is cut off: `detach` in PyTorch, `stop_gradient` in the others. With $L = a \cdot a$ at $a = 3$, once whole and once with one factor cut off:

# %%
@where("torch")
def detached():
    a = torch.tensor(3.0, requires_grad=True)
    print("PyTorch:", *[torch.autograd.grad(L, a)[0].item()
                        for L in (a * a, a * a.detach())])
@where("jax")
def stopped():
    cut = jax.lax.stop_gradient
    print("JAX:", *[jax.grad(f)(3.0) for f in (lambda a: a * a, lambda a: a * cut(a))])
@where("tensorflow")
def unwatched():
    for a in (tf.Variable(3.0), tf.constant(3.0)):      # a constant is not watched
        with tf.GradientTape() as tape:
            L = a * tf.stop_gradient(a)
        print("TensorFlow:", getattr(tape.gradient(L, a), "numpy", lambda: None)())

# %% [markdown]
# Half of the gradient is gone, without a word. It also happens by accident: through NumPy and back, by `.item()`, or in TensorFlow by a `constant`, where the gradient is `None`.
#
# **In place.** A backward may need what the forward computed. What if somebody changed it meanwhile?

# %%
y, backward = sigmoid(np.zeros(3))
right = backward(np.ones(3))
y += 1                                          # sigmoid's backward needs the old y
print("ours:", backward(np.ones(3)), "instead of", right)

@where("torch")
def in_place():
    y = torch.sigmoid(torch.zeros(3, requires_grad=True))
    y += 1
    print("PyTorch:", frameworks.complaint(y.sum().backward))

@where("jax")
def immutable():
    print("JAX:", frameworks.complaint(jnp.zeros(3).__setitem__, 0, 1.0))

# %% [markdown]
# Our rules trust you. PyTorch counts the changes of each tensor, and refuses where a count is wrong. An array of JAX cannot be changed.
#
# Two doors stay open: `.data`, and memory shared with NumPy (`torch.from_numpy`); such changes are not counted. To be safe, copy: `torch.tensor`.
#
# **eval().** Dropout and batch normalisation do one thing in training and another afterwards. Here we enter `with inference(net)`; there one calls `net.eval()`, and `net.train()` to return. Without it an answer depends on its neighbours in the batch, and each question moves the running averages.
#
# **Integer targets.** Classes are whole numbers. Of which type?

# %%
layer, x = BatchNorm(2), np.array([[1.0, 10.0], [3.0, 30.0]])
with inference(layer):
    print("ours, inference:  ", layer(x)[0][0])

@where("torch")
def forgotten_eval():
    layer = torch.nn.BatchNorm1d(2, dtype=torch.float64)
    after = frameworks.array(layer.eval()(torch.tensor(x))[0])
    before = frameworks.array(layer.train()(torch.tensor(x))[0])
    print("PyTorch, eval():  ", after)
    print("PyTorch, train(): ", before)

# %%
@where("torch")
def targets():
    z, t = torch.zeros(2, 3), np.array([0, 2])
    for kind in ("int64", "int32", "float32"):
        CE = torch.nn.functional.cross_entropy
        print(f"PyTorch, {kind}:", frameworks.complaint(
            CE, z, torch.tensor(t.astype(kind))))
    print("PyTorch, float32 (2, 3):", frameworks.complaint(CE, z, torch.ones(2, 3)))

@where("jax")
def whole_numbers():
    print("JAX, a whole number:", frameworks.complaint(jax.grad(lambda a: a * a), 3))

# %% [markdown]
# Without `eval()` no error tells. Targets of a wrong type raise one, unless they are floats of the *shape of the scores*: these are taken for probabilities.
#
# **Softmax twice.** `cross_entropy` takes scores; the softmax is inside. A network that ends in a softmax of its own has two. Suppose it is right and sure, ten classes, probability 1 for the true one. **Predict:** what does the loss say, in nats? It should say 0.

# %%
guess("14-twice", "The loss of a perfect answer, softmax twice?", unit="nats")

# %%
sure, label = 1000.0 * np.eye(10)[:1], np.array([0])
once, twice = (softmax_cross_entropy(z, label)[0] for z in (sure, softmax(sure)[0]))
print(f"ours: once {once:.4f}, twice {twice:.4f}")
where("torch")(lambda: print("PyTorch, twice:", torch.nn.CrossEntropyLoss()(
    torch.tensor(sure).softmax(dim=1), torch.tensor(label))))
answer("14-twice", twice, form="{:.4f}")

# %% [markdown]
# Scores between 0 and 1 cannot differ by more than 1, so no probability exceeds $e/(e+9)$. A loss that will not fall below about this number, with ten classes, is this trap's mark.
#
# **Another device.** Two tensors must lie in the same memory. Nobody needs an accelerator to see the error: PyTorch has a device `meta` whose tensors have a shape and no numbers.
#
# **float32.** What a number becomes, unless told otherwise. And what does it cost? The gradients of section 2 again, with every array in float32. A gradient check with a tolerance of $10^{-9}$ would refuse them, and be wrong.

# %%
@where("torch")
def two_devices():
    here, there = torch.ones(2), torch.ones(2, device="meta")
    print("PyTorch:", frameworks.complaint(lambda: there + here))

@where("jax")
def shortened():
    with jax.enable_x64(False):                 # as JAX starts
        print("JAX makes of a float64 array:", jnp.array(np.ones(2)).dtype)

@where("tensorflow")
def keras_default():
    layer = tf.keras.layers.Dense(2)
    print("Keras makes of a float64 array:", layer(np.ones((1, 2))).dtype.name)

# %%
lost = each(present, lambda name: problems.in_float32(theirs[name], ours),
            label="float32", missing=np.nan)
for name, e in lost.items():
    print(f"{name}: the error lies", "between 1e-8 and 1e-5" if 1e-8 < e < 1e-5 else e)

# %% [markdown]
# Single precision keeps about seven digits. The frameworks train with it unless told otherwise. To check a gradient it is not enough.
#
# **Seeds.** Here every function that draws takes a generator. PyTorch and TensorFlow have one for the whole process, `torch.manual_seed`, `tf.random.set_seed`: whoever draws in between changes what comes after. JAX goes the other way: a **key** is an argument, and nothing remembers that it was used.

# %%
@where("torch")
def one_for_all():
    for between in (0, 1):
        torch.manual_seed(14)
        torch.rand(between)                     # somebody else draws
        print(f"PyTorch, {between} drawn between:", frameworks.array(torch.rand(2)))

@where("jax")
def keys():
    key = jax.random.key(14)
    for name, used in (("twice", (key, key)), ("split", jax.random.split(key))):
        print(f"JAX, {name}:", *[f"{jax.random.uniform(k):.4f}" for k in used])

# %% [markdown]
# With the same key twice, two layers of one shape start with the same weights, and by default no error tells. Split it first.
#
# **What we have:** nine symptoms and their names. What they share: no check stood beside the code. **What is missing:** can a network that was trained here be used there?

# %% [markdown]
# ## 6. Weights there and back
#
# A network is its arrays, and an agreement how to read them. They agree on nearly all of it. One thing differs: PyTorch keeps $W$ as (n_out, n_in), and computes
#
# $$y = x\,W_{\text{torch}}^\top + b, \qquad W_{\text{torch}} = W^\top . \tag{14.4}$$
#
# Its `state_dict`, a dict from names to arrays, is what is saved in files. With a layer of as many outputs as inputs, a forgotten transpose raises no error (lesson 04).

# %%
show_source(torch_side.from_course)
net, layer = problems.network(14), RNN(3, 20, rng=np.random.default_rng(14))
x, xs = problems.of_network(0)[1], problems.of_loop(0)[1]
trips = {name: problems.round_trip(name, net, layer, x, xs) for name in present}
table([[name, frameworks.bound(e), f"{moved:g}"] for name, (e, moved) in trips.items()],
      ["framework", "outputs there, error", "weights back home, change"])

# %% [markdown]
# The outputs are equal to rounding, and the weights come home unchanged, bit by bit.
#
# One more difference hides in `torch.nn.RNN`: two biases, one for the input, one for the state. They are only ever added, so one would do. **Predict:** after a step of plain descent with the same learning rate, how many times as far has the *sum* of the two biases moved as our one?

# %%
guess("14-biases", "How many times as far?", unit="times")

# %%
@where("torch")
def two_biases():
    loop = torch_side.loop_from_course(layer)
    loop(torch.tensor(xs))[0].square().mean().backward()
    y, backward = layer(xs)
    backward(2 * y / y.size)
    db = [frameworks.array(p.grad) for p in list(loop.parameters())[2:]]
    print("each bias has our gradient, error below 1e-13:",
          *["yes" if relative_error(d, layer.b.grad) < 1e-13 else "no" for d in db])
    return np.linalg.norm(sum(db)) / np.linalg.norm(layer.b.grad)
answer("14-biases", np.nan if two_biases is None else two_biases, form="{:.3g}")

# %% [markdown]
# Each of the two has the *whole* gradient, so their sum moves twice as far. The same network, with the same weights, gradients and learning rate, trains differently.
#
# **Exercise 14-5** asks for the shape that each framework uses for $W$.
#
# **What we have:** networks that travel. **What is missing:** the reason why people take the trouble. Is it speed?

# %% [markdown]
# ## 7. What does it cost, and what does it save?
#
# We time one pass of the gradients, on three problems: the network of lesson 04 with 32 images, the loop of 50 steps, and a wide network with 512 images. One thread each, processor time. Ours come twice: the library's own layers, and our graph, which records every operation, as they do.
#
# The **first call** is told apart: it may trace and compile. It needs a new process, so it was measured before, by `python -m course_lib.studies.frameworks`. **Predict:** for the loop, later calls: how many times as long as ours does PyTorch take?

# %%
guess("14-slower", "The loop: PyTorch's time over ours?", unit="times")

# %%
show_source(our_side.step, our_side.graph_step)
losses = {"ours": our_loss} | {name: loss for name, (_, loss) in theirs.items()}
rivals = problems.rivals(losses, loops)
def one_round(_):                               # seconds: the fastest of three calls
    return [[fastest(run, 3) for run in runs] for runs in rivals.values()]

# %%
# NBVAL_IGNORE_OUTPUT
rounds = each(range(5), one_round, label="rounds",
              missing=np.full((len(rivals), 3), np.nan))
seconds = np.array(list(rounds.values()))       # (rounds, rivals, problems)
display(table(problems.shares(rivals, seconds), problems.OVER))
answer("14-slower", problems.median_share("PyTorch", "loop", rivals, seconds))

# %%
display(table(problems.stored_rows(), problems.STORED))
origin_table(problems.FILE)

# %% [markdown]
# On the loop whoever records each operation pays for it: PyTorch takes several times as long as our layer, whose backward you wrote by hand, and about as long as our own graph. TensorFlow and JAX, operation by operation, take far longer; traced, they come nearer. JAX told that it is a loop (`lax.scan`) is about as fast as our layer, or faster.
#
# With wide layers matrix products dominate, and no rival takes four times as long as another. "Frameworks are faster" needs a size and a way.
#
# **What it costs:** at its first call `torch.compile` calls a C++ compiler, which takes seconds. Tracing by `tf.function` and `jit` takes about a second at most.

# %% [markdown]
# ## Summary
#
# - The forward pass of a network may be the same text in four libraries; the gradients are the same numbers, to fourteen digits.
# - A recorded graph (ours, PyTorch, the tape) holds what happened. A traced program (`jit`, `tf.function`) holds what would happen, for one kind of argument, and runs no Python.
# - Every `backward` of this course has a place to go: `torch.autograd.Function`, `tf.custom_gradient`, `jax.custom_vjp`.
# - Most traps raise no error. A check of the gradients, in float64 and beside the code, finds those that change a gradient.
# - What the frameworks do for you: accelerators, compilation, ready layers, other people's networks. What they do not do: know whether your gradient answers your question.

# %% [markdown]
# ## Exercises
#
# In `exercises/14_frameworks.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# | 14-1 | a rule with its own backward, in PyTorch | write |
# | 14-2 | the same in TensorFlow | write |
# | 14-3 | the same in JAX | write |
# | 14-4 | the gradient that was not set to zero: a bug hunt | explore |
# | 14-5 | whose W has which shape? | derive |
#
# ## Further reading
#
# - {source paszke2019}.
# - {source abadi2016}.
# - {source frostig2018}.
# - {source baydin2018}.
