# %% [markdown]
# # 14 The same in PyTorch, TensorFlow and JAX
#
# What do the frameworks do for me?
#
# After this lesson you can
#
# - read a network in PyTorch, TensorFlow and JAX line by line, and say which line is which of ours;
# - prove that their gradients are yours, to the last digits of float64;
# - tell a graph that is recorded from a program that is traced, by what it prints;
# - give each of them a backward of your own;
# - recognise nine traps by their symptoms, and carry weights there and back.
#
# **Time:** about 75 minutes. **Needed:** lesson 03 (the graph), lesson 04 (rules), lesson 09 (loops); for section 4, lesson 10. No framework is needed to read on: every cell runs without, and says what is missing.

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
# | $z$, $w$ (section 4) | `z`, `w` | (N,) | settled state of a unit, its weight from itself |

# %%
import numpy as np
from IPython.display import display
from course_lib import (Dense, Sequential, Sigmoid, Tensor, apply, check_gradients,
    inference, load_digits, relative_error, softmax_cross_entropy, topological_order)
from course_lib.layers import RNN, BatchNorm
from course_lib.clock import fastest
from course_lib.page.notebook import show_source, table
from course_lib.page.running import each, watched
from course_lib.rules.functions import sigmoid, softmax, tanh
from course_lib.studies import frameworks
from course_lib.studies.frameworks import (jax, jax_side, jnp, tensorflow_side, tf,
    torch, torch_side, where)
from course_lib.widgets.lesson14 import tracing_explorer, translation_explorer
from course_lib.widgets.predictions import answer, guess
np.set_printoptions(precision=4, suppress=True)
for name in watched(frameworks.NAMES, label="loading"):
    frameworks.load(name)

# %% [markdown]
# ## 1. Who is here?
#
# Thirteen lessons used nothing but NumPy. Whoever reads code of others meets one of three **frameworks**: libraries that differentiate, run on accelerators, and bring ready layers.
# **Is there anything in them that you have not written yourself?**
#
# The first code cell has looked which of them are installed, and loaded those. That takes seconds: they are large.

# %%
print(frameworks.missing(*frameworks.NAMES, now=False) or "all three are here")
header = ["framework", "version", "computes on", "makes of the number 0.1"]
table(frameworks.here(), header)

# %% [markdown]
# The table lists what was found on the machine that runs this page. If there is an accelerator (a graphics card), the frameworks use it, and the third column says so. The page expects none.
#
# The last column is a first warning, to which section 5 returns: a number becomes float32, half of what NumPy takes. JAX shortens even float64 arrays, unless told otherwise. `load` told it: `jax.config.update("jax_enable_x64", True)`.
#
# All of them have a type like our `Tensor`: an array that knows how it was made. The word **tensor** means nothing more in this lesson.

# %% [markdown]
# ## 2. One network, four times
#
# The network of lesson 04 has four layers; all but the last end in a sigmoid $\sigma$:
#
# $$h_0 = x, \qquad h_l = \sigma(h_{l-1} W_l + b_l), \qquad z = h_3 W_4 + b_4, \qquad L = \mathrm{CE}(z, t) \tag{14.1}$$
#
# In Python, `@` and `+` belong to the objects between which they stand. So the forward pass can be written *once*, for NumPy, for our `Tensor`, and for all three frameworks. Only the sigmoid has to be handed over.

# %%
def forward(params, x, squash):                 # (14.1)
    h, (*hidden, last) = x, zip(params[::2], params[1::2])
    for W, b in hidden:
        h = squash(h @ W + b)
    W, b = last
    return h @ W + b

# %% [markdown]
# What differs is the loss: its name, and the order of its arguments. Ours first, then theirs. Find in each line the sigmoid, the mean over the batch, and the place where `t` goes in.

# %%
def our_loss(params, x, t):
    z = forward(params, x, lambda a: apply(sigmoid, a))
    return apply(softmax_cross_entropy, z, t)

def torch_loss(params, x, t):
    z = forward(params, x, torch.sigmoid)
    return torch.nn.functional.cross_entropy(z, t)

# %%
def tf_loss(params, x, t):
    z = forward(params, x, tf.sigmoid)
    CE = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=t, logits=z)
    return tf.reduce_mean(CE)

def jax_loss(params, x, t):
    z = forward(params, x, jax.nn.sigmoid)
    return -jnp.mean(jax.nn.log_softmax(z)[jnp.arange(len(t)), t])

# %% [markdown]
# *Sparse* means: labels as whole numbers, not as rows of zeros and a one. *Logits* are what we call scores. JAX itself brings no losses; this is the definition, written out.
#
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
# $$h_t = \tanh(x_t W + h_{t-1} U + b), \qquad L = \tfrac{1}{NH} \textstyle\sum (h_T - t)^2 \tag{14.2}$$

# %%
def last_state(params, xs, h, squash):          # (14.2)
    W, U, b = params
    for x in xs:
        h = squash(x @ W + h @ U + b)
    return h

def our_loop(params, xs, h, t):
    h = last_state(params, xs, h, lambda a: apply(tanh, a))
    return ((h - t) ** 2).mean()

# %%
def torch_loop(params, xs, h, t):
    return ((last_state(params, xs, h, torch.tanh) - t) ** 2).mean()

def tf_loop(params, xs, h, t):
    return tf.reduce_mean((last_state(params, xs, h, tf.tanh) - t) ** 2)

def jax_loop(params, xs, h, t):
    return ((last_state(params, xs, h, jnp.tanh) - t) ** 2).mean()

# %% [markdown]
# Five draws of weights and data each: 32 digits for the network of lesson 04, in batches; 50 steps of 8 sequences for the loop, with 20 units. For every draw, the largest difference of any gradient to ours, as a share of the largest entry of that gradient.
#
# **Predict:** all compute in float64, which holds about 16 digits. To how many do all four agree, in the worst case?

# %%
guess("14-digits", "To how many digits do all four agree?",
      choices=("3 or fewer", "6 to 8", "10 to 12", "14 or more"))

# %%
digits, sizes = load_digits(), (64, 96, 72, 48, 10)
def network(seed, sizes=sizes):                 # that of lesson 04
    rng, layers = np.random.default_rng(seed), []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [Dense(n_in, n_out, rng=rng), Sigmoid()]
    return Sequential(*layers[:-1])

def of_network(seed, N=32, sizes=sizes):
    batch = slice(N * seed, N * seed + N)
    params = [p.data for p in network(seed, sizes).params]
    return params, digits.x_train[batch], digits.t_train[batch].astype(np.int64)

def of_loop(seed):
    rng = np.random.default_rng(seed)
    params = [p.data for p in RNN(3, 20, rng=rng).params]
    return params, rng.normal(size=(50, 8, 3)), np.zeros((8, 20)), rng.normal(size=(8, 20))

# %%
theirs = {"torch": (torch_gradients, torch_loss, torch_loop),
          "tensorflow": (tf_gradients, tf_loss, tf_loop),
          "jax": (jax_gradients, jax_loss, jax_loop)}

def error(gradients, ours, loss, problem):
    """The largest relative difference to our gradients."""
    found = map(frameworks.array, gradients(loss, *problem))
    return max(map(relative_error, found, our_gradients(ours, *problem)))

def worst(gradients, loss, loop):
    """Over five draws: of the network, and of the loop."""
    return (max(error(gradients, our_loss, loss, of_network(seed)) for seed in range(5)),
            max(error(gradients, our_loop, loop, of_loop(seed)) for seed in range(5)))

# %%
present = [name for name in theirs if frameworks.loaded(name)]
errors = each(present, lambda name: worst(*theirs[name]), label="gradients",
              missing=(np.nan, np.nan))
bound = [next((f"below 1e-{n}" for n in (15, 14, 13, 8) if e < 10.0 ** -n), f"{e:.0e}")
         for pair in errors.values() for e in pair]
display(table([[errors.name(name), *bound[2 * i:2 * i + 2]]
               for i, name in enumerate(errors)], ["framework", "network", "loop"]))
equal = max((e for pair in errors.values() for e in pair), default=1)
answer("14-digits", np.nan if errors.incomplete or not present else
       "14 or more" if equal < 1e-14 else "10 to 12" if equal < 1e-10 else "6 to 8")

# %% [markdown]
# The same numbers, to within a few units of the last digit. No framework knows another derivative than the chain rule, or another order than from the end to the start. What is left of a difference is the order in which sums are rounded.
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
x, t = digits.x_train[:4], digits.t_train[:4].astype(np.int64)
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
a = np.linspace(-2, 2, 5)
y, backward = tanh(a)                           # ours
print("ours:", backward(np.ones(5))[:3])

@where("jax")
def protocol():
    y, backward = jax.vjp(jnp.tanh, a)          # theirs
    print("JAX: ", np.array(backward(np.ones(5))[0][:3]))
    print(jax.make_jaxpr(lambda W, b: x @ W + b)(W, b))

# %% [markdown]
# `y, backward` in both. The last lines show how JAX finds it: it calls the function *once with stand-ins* that have a shape and a type but no numbers, and writes down what is done to them. That is **tracing**. The program that results, not Python, is then differentiated, and with `jax.jit` compiled and kept.
#
# PyTorch, as our graph, is **define-by-run**: Python runs, and the graph is whatever happened. Today all offer both: `torch.compile`, `tf.function` and `jax.jit` trace.
#
# A `print` inside the function tells the two apart. Four calls: 3.0, 4.0, an array of two numbers, another of two. **Predict:** how many of the four calls print, if `jax.jit` has traced the function?

# %%
guess("14-prints", "How many of the four calls print, with jax.jit?", unit="of 4")

# %%
calls = 3.0, 4.0, np.ones(2), np.zeros(2)
def printed(prepared):
    """How many of the calls ran the Python code of the function?"""
    ran = []
    def square(a):
        ran.append(a)                           # a print would do the same
        return a * a
    function = prepared(square)
    for a in calls:
        function(a)
    return len(ran)

# %%
ways = {"NumPy": (None, lambda f: f), "PyTorch": ("torch", lambda f: f),
        "tf.function": ("tensorflow", lambda f: tf.function(f)),
        "jax.jit": ("jax", lambda f: jax.jit(f))}
counts = {name: printed(way) for name, (needs, way) in ways.items()
          if needs is None or frameworks.loaded(needs)}
display(table([[name, n] for name, n in counts.items()], ["way", "prints, of 4 calls"]))
answer("14-prints", counts.get("jax.jit", np.nan))

# %% [markdown]
# A traced function runs its Python code once for each *kind* of argument, and never again. For `jax.jit` the kind is shape and type: one for a number, one for two numbers. `tf.function` counts each Python number as a kind of its own, and traces once more: a learning rate handed over as a number is traced at every change.
#
# In the explorer, choose a way and make calls. Which calls print? When does `tf.function` cease to trace?

# %%
tracing_explorer()

# %% [markdown]
# What was traced cannot see numbers. So a decision in Python needs care: `if` asks for a truth that a stand-in does not have.

# %%
def size(a):
    if a > 0:
        return a
    return -a

@where("jax")
def a_decision():
    print("JAX, as it is:", jax.grad(size)(-2.0))
    print("JAX, jit:     ", frameworks.complaint(jax.jit(size), -2.0))

@where("tensorflow")
def the_same():
    print("tf.function:  ", tf.function(size)(tf.constant(-2.0)).numpy())

# %% [markdown]
# JAX refuses, and names the remedies (`jnp.where`, `jax.lax.cond`). TensorFlow rewrites the `if` of your source into an operation of its graph before it traces (AutoGraph). Define-by-run has no such question: recorded is the branch that was taken.
#
# **What we have:** the graph of lesson 03 under other names, and a second way, which traces. **What it costs:** tracing has rules of its own. **What is missing:** a rule that no framework knows.

# %% [markdown]
# ## 4. A backward of your own
#
# When would one write a backward by hand, if the framework finds it? When the way there is long and the gradient short. A unit that feeds itself, from lesson 10, relaxes for many steps, but its gradient by (10.8) needs the last state only. Elementwise, with $z = \tanh(wz + x)$ settled:
#
# $$\begin{aligned} s &= 1 - z^2, \\ \mathrm da &= \frac{s\,\mathrm dz}{1 - w s}, \\
# \mathrm dx &= \mathrm da, \qquad \mathrm dw = z\,\mathrm da . \end{aligned} \tag{14.3}$$
#
# Our protocol has no other kind of rule: forward, and a closure. The two helpers below serve all four versions.

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

# %% [markdown]
# `tf.custom_gradient` is our protocol word for word. The other two keep by hand what our closure keeps by itself: PyTorch in a context, `ctx.save_for_backward`, with a class of two static methods; JAX in a tuple that the forward function returns beside the value (the *residuals*), with the two functions joined by `defvjp`.

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

def through(way, total):
    return lambda nodes: total(way(*nodes) ** 2)

hooks = {"torch": lambda: (torch_gradients, torch_settled, torch.tanh, torch.sum),
         "tensorflow": lambda: (tf_gradients, tf_settled, tf.tanh, tf.reduce_sum),
         "jax": lambda: (jax_gradients, jax_settled, jnp.tanh, jnp.sum)}

# %%
def below(gradients, way, total):
    """A bound for the error, beside our gradients."""
    found = map(frameworks.array, gradients(through(way, total), states))
    worst = max(map(relative_error, found, exact))
    return next((f"below 1e-{n}" for n in (14, 12, 8) if worst < 10.0 ** -n), "more")

rows = []
for name in present:
    gradients, hook, squash, total = hooks[name]()
    unrolled = lambda x, w: settle(x, w, squash)
    rows.append([name, below(gradients, hook, total), below(gradients, unrolled, total)])
table(rows, ["framework", "with the hook", "unrolled"])

# %%
@where("torch")
def recorded_nodes():
    x, w = (torch.tensor(a, requires_grad=True) for a in states)
    long, short = (len(frameworks.graph_nodes(z)) for z in (
        settle(x, w, torch.tanh), torch_settled(x, w)))
    print(f"unrolled {long} nodes, with the hook {short}")
    return short
answer("14-hook", np.nan if recorded_nodes is None else recorded_nodes)

# %% [markdown]
# One node for the hook, and one for each leaf. What is inside `forward` is not recorded; nobody checks that `backward` belongs to it. Check it yourself, as you would here: `torch.autograd.gradcheck` and `jax.test_util.check_grads` compare with finite differences.
#
# **Exercises 14-1**, **14-2** and **14-3** ask for the same rule in each hook. Where a framework is missing, the check says so, and counts nothing.
#
# **What we have:** a way to bring any rule of this course along. **What is missing:** what goes wrong without an error.

# %% [markdown]
# ## 5. Nine traps
#
# Each of them has cost people days, and most of them raise no error. The order is that of a training: gradients, graph, data.
#
# **Accumulation.** `.grad` is added to, at every `backward`. That is useful when a batch comes in parts, and a mistake when the last step's gradient is still there. Here $L = 3w$, differentiated three times. **Predict:** what does PyTorch hold in `w.grad` after the third time?

# %%
guess("14-third", "w.grad after the third backward?")

# %%
@where("torch")
def accumulating():
    w, found = torch.tensor(1.0, requires_grad=True), []
    for _ in range(3):
        (3 * w).backward()
        found.append(w.grad.item())
    print(*found, "and after w.grad = None:", end=" ")
    w.grad = None                               # what optimizer.zero_grad() does
    (3 * w).backward()
    print(w.grad.item())
    return found[-1]
answer("14-third", np.nan if accumulating is None else accumulating)

# %% [markdown]
# Hence the first line of each training step in PyTorch: `optimizer.zero_grad()`. Our graph sets, TensorFlow and JAX return: there is nothing to forget. **Exercise 14-4** is a bug hunt.
#
# **Detached.** A value that should count as a constant is cut off: `detach` in PyTorch, `stop_gradient` in the others. With $L = a \cdot a$ at $a = 3$, once whole and once with one factor cut off:

# %%
@where("torch")
def detached():
    a = torch.tensor(3.0, requires_grad=True)
    print("PyTorch:   ", *[torch.autograd.grad(L, a)[0].item()
                           for L in (a * a, a * a.detach())])

@where("tensorflow")
def stopped():
    a = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        whole, cut = a * a, a * tf.stop_gradient(a)
    print("TensorFlow:", *[tape.gradient(L, a).numpy() for L in (whole, cut)])

# %%
@where("jax")
def stopped_too():
    print("JAX:       ", jax.grad(lambda a: a * a)(3.0),
          jax.grad(lambda a: a * jax.lax.stop_gradient(a))(3.0))

@where("tensorflow")
def never_watched():
    a = tf.constant(3.0)                        # a constant is not watched
    with tf.GradientTape() as tape:
        L = a * a
    print("TensorFlow, a constant:", tape.gradient(L, a))

# %% [markdown]
# Half of the gradient is gone, without a word. It also happens by accident: through NumPy and back, by `.item()`, or in TensorFlow by a `constant`, where the gradient is `None`.
#
# **In place.** A backward may need what the forward computed. What if somebody changed it meanwhile?

# %%
def spoiled(a):
    y = torch.sigmoid(a)
    y += 1                                      # sigmoid's backward needs the old y
    return y.sum()

a = np.zeros(3)
y, backward = sigmoid(a)
right = backward(np.ones(3))
y += 1
print("ours: no complaint,", backward(np.ones(3)), "instead of", right)

@where("torch")
def in_place():
    a = torch.zeros(3, requires_grad=True)
    print("PyTorch:", frameworks.complaint(lambda: spoiled(a).backward()))

@where("jax")
def immutable():
    print("JAX:", frameworks.complaint(jnp.zeros(3).__setitem__, 0, 1.0))

# %% [markdown]
# Our rules trust you. PyTorch counts the changes of each tensor, and refuses where a count is wrong. JAX has no changes at all.
#
# One door stays open: `torch.from_numpy` shares its memory with the array, and NumPy's changes are not counted. To be safe, copy: `torch.tensor`.
#
# **eval().** Dropout and batch normalisation do one thing in training and another afterwards. Here we enter `with inference(net)`; there one calls `net.eval()`, and `net.train()` to return.

# %%
layer, x = BatchNorm(2), np.array([[1.0, 10.0], [3.0, 30.0]])
with inference(layer):
    print("ours, inference:  ", layer(x)[0][0])

@where("torch")
def forgotten_eval():
    layer = torch.nn.BatchNorm1d(2, dtype=torch.float64)
    after = layer.eval()(torch.tensor(x))[0].detach().numpy()
    before = layer.train()(torch.tensor(x))[0].detach().numpy()
    print("PyTorch, eval():  ", after)
    print("PyTorch, train(): ", before)

# %% [markdown]
# Without `eval()` an answer depends on its neighbours in the batch, and each question moves the running averages. No error tells.
#
# **Integer targets.** Classes are whole numbers. Of which type?

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
# Floats of the *shape of the scores* are taken for probabilities, and nothing complains.
#
# **Softmax twice.** `cross_entropy` takes scores; the softmax is inside. A network that ends in a softmax of its own has two. It trains, slowly. Suppose it is right and sure, ten classes, probability 1 for the true one. **Predict:** what does the loss say, in nats? It should say 0.

# %%
guess("14-twice", "The loss of a perfect answer, softmax twice?", unit="nats")

# %%
sure, label = 1000.0 * np.eye(10)[:1], np.array([0])
once, twice = (softmax_cross_entropy(z, label)[0] for z in (sure, softmax(sure)[0]))
print(f"ours: once {once:.4f}, twice {twice:.4f}")

@where("torch")
def softmax_twice():
    CE, z, t = torch.nn.functional.cross_entropy, *map(torch.tensor, (sure, label))
    print(f"PyTorch: once {CE(z, t):.4f}, twice {CE(z.softmax(dim=1), t):.4f}")
answer("14-twice", twice, form="{:.4f}")

# %% [markdown]
# Scores between 0 and 1 cannot differ by more than 1, so no probability exceeds $e/(e+9)$. A loss that will not fall below about this number, with ten classes, is this trap's mark.
#
# **Another device.** Two tensors must lie in the same memory. Nobody needs an accelerator to see the error: PyTorch has a device `meta` whose tensors have a shape and no numbers.
#
# **float32.** What a number becomes, unless told otherwise:

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

# %% [markdown]
# What does it cost? The gradients of section 2 again, with every array in float32. A gradient check with a tolerance of $10^{-9}$ would refuse them, and be wrong.

# %%
def in_float32(gradients, loss):
    params, x, t = of_network(0)
    single = [p.astype(np.float32) for p in params], x.astype(np.float32), t
    found = map(frameworks.array, gradients(loss, *single))
    return max(map(relative_error, found, our_gradients(our_loss, params, x, t)))

lost = each(present, lambda name: in_float32(*theirs[name][:2]), label="float32",
            missing=np.nan)
for name, e in lost.items():
    print(f"{name}: the error lies", "between 1e-8 and 1e-5" if 1e-8 < e < 1e-5 else e)

# %% [markdown]
# Single precision keeps about seven digits, as lesson 04 measured. For training that is enough. For checking it is not.
#
# **Seeds.** Here every function that draws takes a generator. PyTorch and TensorFlow have one for the whole process, `torch.manual_seed`, `tf.random.set_seed`: whoever draws in between changes what comes after. JAX goes the other way: a **key** is an argument, and nothing remembers that it was used.

# %%
@where("torch")
def one_for_all():
    for between in (0, 1):
        torch.manual_seed(14)
        torch.rand(between)                     # somebody else draws
        print(f"PyTorch, {between} drawn in between:", frameworks.array(torch.rand(2)))

@where("jax")
def keys():
    key = jax.random.key(14)
    for name, used in (("the same twice", (key, key)), ("split", jax.random.split(key))):
        print(f"JAX, {name}:", *[f"{jax.random.uniform(k):.4f}" for k in used])

# %% [markdown]
# With the same key twice, two layers start with the same weights, and no error tells. Split it first.
#
# **What we have:** nine symptoms and their names. What they share: no check stood beside the code. **What is missing:** can a network that was trained here be used there?

# %% [markdown]
# ## 6. Weights there and back
#
# A network is its arrays, and an agreement how to read them. All four agree on nearly everything but one thing: PyTorch keeps $W$ as (n_out, n_in), and computes
#
# $$y = x\,W_{\text{torch}}^\top + b, \qquad W_{\text{torch}} = W^\top . \tag{14.4}$$
#
# Its `state_dict`, a dict from names to arrays, is what is saved in files. With a layer of as many outputs as inputs, a forgotten transpose raises no error (lesson 04).

# %%
show_source(torch_side.from_course)

# %%
net, layer = network(14), RNN(3, 20, rng=np.random.default_rng(14))
x, xs = digits.x_test[:100], np.random.default_rng(14).normal(size=(50, 8, 3))

def in_torch():
    there, loop = torch_side.from_course(net), torch_side.recurrent_from_course(layer)
    return (there(torch.tensor(x)), torch_side.to_course(there),
            loop(torch.tensor(xs))[0], torch_side.recurrent_to_course(loop))

def in_tensorflow():                            # Keras wants the batch first
    there = tensorflow_side.from_course(net)
    loop = tensorflow_side.recurrent_from_course(layer)
    return (there(x), tensorflow_side.to_course(there),
            np.swapaxes(loop(np.swapaxes(xs, 0, 1)), 0, 1),
            tensorflow_side.recurrent_to_course(loop))

# %%
def in_jax():                                   # weights, and a function of them
    there, apply_net = jax_side.from_course(net)
    loop, apply_loop = jax_side.recurrent_from_course(layer)
    return (apply_net(there, x), jax_side.to_course(there, net),
            apply_loop(loop, xs), jax_side.recurrent_to_course(loop))

def changes(there, back, states, layer_back):
    """Of the outputs there, and of the weights after the way back, both networks."""
    outputs = [relative_error(frameworks.array(y), ours)
               for y, ours in ((there, net(x)[0]), (states, layer(xs)[0]))]
    weights = [np.max(np.abs(p.data - q.data)) for a, b in ((net, back),
               (layer, layer_back)) for p, q in zip(a.params, b.params)]
    return max(outputs), max(weights)

# %%
trips = {"torch": in_torch, "tensorflow": in_tensorflow, "jax": in_jax}
rows = []
for name in present:
    y, p = changes(*trips[name]())
    rows.append([name, "below 1e-14" if y < 1e-14 else f"{y:.0e}", f"{p:g}"])
table(rows, ["framework", "outputs there, error", "weights back home, change"])

# %% [markdown]
# The outputs are equal to rounding, and the weights come home unchanged, bit by bit.
#
# One more difference hides in `torch.nn.RNN`: two biases, one for the input, one for the state. They are only ever added, so one would do. **Predict:** after a step of plain descent with the same learning rate, how many times as far has the *sum* of the two biases moved as our one?

# %%
guess("14-biases", "How many times as far?", unit="times")

# %%
@where("torch")
def two_biases():
    loop = torch_side.recurrent_from_course(layer)
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
# We time one pass of the gradients, on three problems: the network of lesson 04 with 32 images, the loop of 50 steps, and a wide network with 512 images. One thread each, processor time. Ours are the library's own layers, not the graph.
#
# The **first call** is told apart: it may trace and compile. **Predict:** for the loop, later calls: how many times as long as ours does PyTorch take?

# %%
guess("14-slower", "The loop: PyTorch's time over ours?", unit="times")

# %%
def ours_prepared(net, loss, x, *t):
    def run():
        y, backward = net(x)
        backward(loss(y, *t)[1](), input_grad=False)
    return run

def at_the_end(hs, goal):                       # the loss of (14.2), and its backward
    last = 2 * (hs[-1] - goal) / goal.size
    return None, lambda: np.concatenate([0 * hs[1:], last[None]])

# %%
wide = 64, 512, 512, 10
problems = of_network(0), of_loop(0), of_network(0, 512, wide)
nets = network(0), RNN(3, 20, rng=np.random.default_rng(0)), network(0, wide)
losses = softmax_cross_entropy, at_the_end, softmax_cross_entropy
data = [(problem[1], problem[-1]) for problem in problems]              # inputs, targets
rivals = {"course_lib": [ours_prepared(*one[:2], *one[2]) for one in zip(nets, losses, data)]}
for name in present:
    _, loss, through_time = theirs[name]
    ways = [frameworks.side(name).steps(loss, *problem) for loss, problem in zip(
        (loss, through_time, loss), problems)]
    rivals |= {how: [way[how] for way in ways] for how in ways[0]}

# %%
first = each(rivals, lambda how: [fastest(run, 1) for run in rivals[how]],
             label="first calls", missing=(np.nan, np.nan, np.nan))

# %%
def one_round(_):
    """Each rival in turn, on each problem: seconds, the fastest of three calls."""
    return np.array([[fastest(run, 3) for run in runs] for runs in rivals.values()])

rounds = each(range(5), one_round, label="rounds",
              missing=np.full((len(rivals), 3), np.nan))
seconds = np.array(list(rounds.values()))       # (rounds, rivals, problems)

# %%
# NBVAL_IGNORE_OUTPUT
asked = "network", "loop", "wide network"
later = np.median(seconds, axis=0)
table([[how, *(f"{1000 * s:.3g}" for s in (*first[how], *later[i]))]
       for i, how in enumerate(rivals)],
      ["milliseconds", *(f"{name}, {call}" for call in ("first", "later") for name in asked)])

# %%
# NBVAL_IGNORE_OUTPUT
shares = seconds / seconds[:, :1]               # in each round, over ours
display(table([[how, *(f"{low:.2g} to {high:.2g}" for low, high in zip(
    shares[:, i].min(axis=0), shares[:, i].max(axis=0)))]
    for i, how in enumerate(rivals)], ["later calls, over ours in five rounds", *asked]))
slower = dict(zip(rivals, np.median(shares, axis=0)[:, 1])).get("PyTorch", np.nan)
answer("14-slower", slower, form="{:.1g}")

# %% [markdown]
# The first table tells the orders. The first call of a traced program is slower than its later ones by a hundred times or more: it is paid once, for each kind of argument.
#
# The second tells the shares, from the lowest to the highest of five rounds. On small arrays most of the time goes into the calls between Python and the library, not into numbers. There the library of this course, which makes few calls, is no slower than PyTorch as it is; TensorFlow and JAX, operation by operation, take tens of times as long. Traced, they catch up. With wide layers nearly all time is spent in the same matrix products, and nobody is twice as fast as anybody.

# %% [markdown]
# ## Summary
#
# - The forward pass of a network may be the same text in four libraries; the gradients are the same numbers, to the last digits.
# - A recorded graph (ours, PyTorch, the tape) holds what happened. A traced program (`jit`, `tf.function`, `torch.compile`) holds what would happen, for one kind of argument, and runs no Python.
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
# - A. Paszke and others (2019), PyTorch: an imperative style, high-performance deep learning library, *NeurIPS*.
# - M. Abadi and others (2016), TensorFlow: a system for large-scale machine learning, *OSDI*.
# - R. Frostig, M. J. Johnson, C. Leary (2018), Compiling machine learning programs via high-level tracing, *SysML*.
# - A. G. Baydin and others (2018), Automatic differentiation in machine learning: a survey, *Journal of Machine Learning Research* 18.
