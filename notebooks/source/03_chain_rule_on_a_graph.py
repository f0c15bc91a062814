# %% [markdown]
# # 03 The chain rule on a graph
#
# How does one error reach a million weights?
#
# After this lesson you can
#
# - break a formula into steps and write the backward of each step;
# - draw a formula as a graph and read the chain rule off its edges;
# - say how forward mode and reverse mode differ, and which one training needs;
# - explain why one backward pass replaces more paths than anybody can count;
# - write an engine that differentiates any expression, and name the two mistakes that break it.
#
# **Time:** about 60 minutes. **Needed:** lesson 01 (slope, squared error, descent step), lesson 02 (layers, hinge loss),
# the derivatives of products, quotients, $e^x$ and $\ln x$.

# %% [markdown]
# As agreed in equation (2.19), `dy` abbreviates $\partial L/\partial y$: how fast the final result $L$ changes with $y$.
# The final result of section 1 is called $f$.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $w, x, b, t$ | `w, x, b, t` | numbers | weight, input, bias, target |
# | $y$ | `y` | a number | result of one step |
# | $\mathrm dy$ | `dy` | as $y$ | derivative of the final result by $y$ |
# | $\partial y/\partial x$ | | a number | local derivative of one step |
# | $\varepsilon$ | | | the mark of a dual number, $\varepsilon^2 = 0$ |
# | $X, W$ | `X, W` | (N, D), (D, K) | inputs and weights of a layer |
# | $\lambda$ | `lam` | a number | strength of a penalty |

# %%
import inspect
import linecache

import numpy as np

from course_lib import (Tensor, apply, check_gradients, hinge, numerical_gradient,
    topological_order)
from course_lib.page.drawing import draw_graph
from course_lib.page.notebook import show_source, table
from course_lib.rules import functions
from course_lib.widgets.lesson03 import graph_explorer, ladder_explorer
from course_lib.widgets.predictions import answer, guess

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. One formula, step by step
#
# Lesson 01 found the slope of the squared error by hand. For a network with three hidden layers that formula would fill
# pages. Can we get by with small formulas only?
#
# Take the error of one linear neuron, and give each step a name:
#
# $$f = (w x + b - t)^2: \quad p = w x, \quad z = p + b, \quad e = z - t, \quad f = e^2 \tag{3.1}$$

# %%
w, x, b, t = 2.0, 3.0, 1.0, 10.0
p = w * x               # (3.1), step by step
z = p + b
e = z - t
f = e ** 2
print(f"p = {p}, z = {z}, e = {e}, f = {f}")

# %% [markdown]
# The weight acts on $f$ through a chain: $w$ changes $p$, $p$ changes $z$, $z$ changes $e$, $e$ changes $f$. The **chain
# rule** multiplies the slopes along the chain:
#
# $$\frac{\partial f}{\partial w} = \frac{\partial f}{\partial e}\cdot\frac{\partial e}{\partial z}\cdot
# \frac{\partial z}{\partial p}\cdot\frac{\partial p}{\partial w} = 2e \cdot 1 \cdot 1 \cdot x \tag{3.2}$$
#
# Each factor belongs to one step alone. It is called a **local derivative**. We multiply from the left, starting at the
# result: first $\mathrm de$, then $\mathrm dz$, $\mathrm dp$, $\mathrm dw$.
#
# **Predict:** the values are those above. What is $\mathrm dw$?

# %%
guess("03-dw", "dw is")

# %%
w, x, b, t = 2.0, 3.0, 1.0, 10.0
de = 2 * e              # from f = e²
dz = de * 1             # from e = z - t
dp = dz * 1             # from z = p + b
dw = dp * x             # from p = w x
print(f"de = {de}, dz = {dz}, dp = {dp}, dw = {dw}")

# %%
nudged = numerical_gradient(lambda w: (w * 3.0 + 1.0 - 10.0) ** 2, 2.0)
np.testing.assert_allclose(dw, nudged)
answer("03-dw", dw)

# %% [markdown]
# The check nudges $w$ a little and compares, as in lesson 02. On the way back we needed $x$ and $e$ again: values of the
# way forward. So let each step hand out two things, its result
# and a function that knows the way back:
#
# $$\mathrm da = \mathrm dy\;\frac{\partial y}{\partial a}, \qquad \mathrm db = \mathrm dy\;\frac{\partial y}{\partial b}
# \tag{3.3}$$
#
# For a product $y = ab$ the local derivatives are $b$ and $a$. `backward` receives `dy` and returns `da` and `db`.

# %%
def multiply(a, b):
    """y = a b."""
    y = a * b
    def backward(dy):
        return dy * b, dy * a           # (3.3)
    return y, backward

# %% [markdown]
# `backward` is a function made inside a function. It uses `a` and `b`, which belong to the call that made it, and it keeps
# them after that call has ended. A function together with the variables it remembers is a **closure**. Each call of
# `multiply` makes a new one, with its own numbers. Python lets us look:

# %%
p, backward_p = multiply(2.0, 3.0)
q, backward_q = multiply(5.0, 7.0)
for name, function in (("p", backward_p), ("q", backward_q)):
    values = [cell.cell_contents for cell in function.__closure__]
    print(f"the way back from {name} remembers", function.__code__.co_freevars, values)
print("with dp = -6 it gives dw, dx =", backward_p(-6.0))

# %% [markdown]
# The second product did not disturb the first. This is the **protocol** of the whole course:
#
# - `y, backward = rule(*inputs)` is called a rule;
# - `backward(dy)` returns one gradient per input, in the same order, and a bare number if there is one input.
#
# Two more rules complete the formula.

# %%
def add(a, b):                          # local derivatives: 1 and 1
    def backward(dy):
        return dy, dy
    return a + b, backward

def square(x):                          # local derivative: 2x
    def backward(dy):
        return dy * 2 * x
    return x ** 2, backward

# %%
p, backward_p = multiply(2.0, 3.0)
z, backward_z = add(p, 1.0)
e, backward_e = add(z, -10.0)
f, backward_f = square(e)
dp, db = backward_z(backward_e(backward_f(1.0))[0])
print("f =", f, "  dw, dx =", backward_p(dp), "  db =", db)

# %% [markdown]
# One way forward, one way back, and all derivatives are there: for $w$, for $b$, even for $x$. The way back begins with
# $\mathrm df = \partial f/\partial f = 1$ and calls the backwards in reverse. (`[0]` takes the first gradient of two: the
# other one belongs to the target.)
#
# **What we have:** rules that know their way back. **What it costs:** each closure keeps the values it needs.
# **What is missing:** we wrote the way back by hand, line by line. What decides its order?
# Exercise 03-1 asks for the rules of +, × and max, exercise 03-2 for exp and tanh.

# %% [markdown]
# ## 2. The graph
#
# A formula on one line hides what depends on what. Drawn, nothing is hidden: a box for every number, an arrow wherever one
# was used to make another. This is the **computational graph**. The library draws it from a `Tensor`, a number that
# remembers how it was made; section 6 opens it.

# %%
w, x, b, t = (Tensor(v, name) for v, name in ((2.0, "w"), (3.0, "x"),
                                              (1.0, "b"), (10.0, "t")))
f = (w * x + b - t) ** 2
f.backward()
draw_graph(f, local=True, names=dict(f=f), title="one neuron and its squared error")

# %% [markdown]
# The drawing shows values in blue, gradients in vermillion, and on each arrow its local derivative. Read it from the right:
# the gradient in a box, times the number on the arrow, is the gradient in the box to the left. That is equation (3.3).
# So a rule needs nothing but its local derivatives:
#
# | rule | $y$ | backward |
# | --- | --- | --- |
# | add | $a + b$ | $\mathrm da = \mathrm dy,\ \ \mathrm db = \mathrm dy$ |
# | subtract | $a - b$ | $\mathrm da = \mathrm dy,\ \ \mathrm db = -\mathrm dy$ |
# | multiply | $a\,b$ | $\mathrm da = \mathrm dy\, b,\ \ \mathrm db = \mathrm dy\, a$ |
# | divide | $a / b$ | $\mathrm da = \mathrm dy / b,\ \ \mathrm db = -\mathrm dy\, y / b$ |
# | power | $x^n$ | $\mathrm dx = \mathrm dy\; n\, x^{n-1}$ |
# | maximum | $\max(a, b)$ | $\mathrm dy$ to the larger, $0$ to the other |
# | exp | $e^x$ | $\mathrm dx = \mathrm dy\; y$ |
# | log | $\ln x$ | $\mathrm dx = \mathrm dy / x$ |
# | tanh | $\tanh x$ | $\mathrm dx = \mathrm dy\,(1 - y^2)$ |

# %% [markdown]
# Three rows deserve a line. For the quotient,
#
# $$\frac{\partial}{\partial b}\,\frac{a}{b} = -\frac{a}{b^2} = -\frac{y}{b}, \tag{3.4}$$
#
# so the result is used again. For $\tanh x = (e^x - e^{-x})/(e^x + e^{-x})$, the quotient rule gives
#
# $$\frac{\mathrm d}{\mathrm dx}\tanh x = \frac{(e^x + e^{-x})^2 - (e^x - e^{-x})^2}{(e^x + e^{-x})^2} = 1 - y^2 . \tag{3.5}$$
#
# And max is a switch: a small nudge of the smaller input changes nothing. At a tie the slope is not defined; the library
# gives everything to the first input.
#
# **Predict:** the inputs are 3 and 5, and `dy` is 1. Which of three rules gives a gradient that is zero?

# %%
guess("03-zero", "A gradient is zero in",
      choices=("subtract", "divide", "maximum", "none of them"))

# %%
zero = "none of them"
for rule in (functions.subtract, functions.divide, functions.maximum):
    check_gradients(rule, np.array([3.0]), np.array([5.0]))
    grads = rule(3.0, 5.0)[1](1.0)
    print("    at 3 and 5, with dy = 1:", grads)
    zero = rule.__name__ if 0.0 in grads else zero
for rule in (functions.exp, functions.log, functions.tanh):
    check_gradients(rule, np.array([0.5]))
answer("03-zero", zero)

# %% [markdown]
# These are the library's rules, each as short as ours; `check_gradients` compares them with the derivative of their own
# result (lesson 04 opens it). Only max gave a zero.
#
# Now the graph as data. A node holds its number (`data`), the nodes it was made from (`inputs`), and the `backward` of the
# rule that made it. `run` applies a rule and records it. They are part 1 of an engine that grows until section 5.
#
# **What we have:** a formula as a graph, with one local rule per node. **What it costs:** one node per operation. **What is
# missing:** so far every number was used once. What if $w$ is used twice?

# %%
# engine, part 1: a node, and a rule that is recorded
class Node:
    def __init__(self, data, inputs=(), backward=None):
        self.data, self.inputs, self.backward = data, inputs, backward
        self.grad = 0.0

def run(rule, *inputs):
    inputs = tuple(x if isinstance(x, Node) else Node(float(x)) for x in inputs)
    y, backward = rule(*[x.data for x in inputs])
    return Node(y, inputs, backward)

# %% [markdown]
# ## 3. Two directions
#
# Let $x$ act on $f$ along two ways, say $u = x^2$ and $v = 3x$, and $f = u v$. A nudge of $x$ moves both, and their effects
# add up:
#
# $$\frac{\partial f}{\partial x} = \frac{\partial f}{\partial u}\frac{\partial u}{\partial x}
# + \frac{\partial f}{\partial v}\frac{\partial v}{\partial x} \tag{3.6}$$
#
# In words: *multiply along a path, add over all paths.* Nothing says from which end to multiply.

# %%
x = Tensor(2.0, "x")
u, v = x ** 2, 3.0 * x
f = u * v
f.backward()
print("f = 3x³, so df/dx = 9x² =", 9 * 2.0 ** 2, "  on the graph:", x.grad)
draw_graph(f, local=True, names=dict(u=u, v=v, f=f), title="two paths from x to f")

# %% [markdown]
# The drawing shows the two paths. From the left we would push a nudge of $x$ *forward* through every step. That is
# **forward mode**: carry the slope by $x$ along with each value. Write the pair as a **dual number** $a + a'\varepsilon$,
# where $\varepsilon$ marks the slope and $\varepsilon^2$ is dropped as too small. Then algebra does calculus:
#
# $$(a + a'\varepsilon)(b + b'\varepsilon) = a b + (a' b + a b')\,\varepsilon \tag{3.7}$$
#
# The bracket is the product rule.

# %%
class Dual:                     # a value and its slope by one chosen input
    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        return Dual(self.value * other.value,
                    self.slope * other.value + self.value * other.slope)    # (3.7)

# %%
def neuron(w, x, b):
    error = w * x + b + Dual(-10.0)
    return error * error

for k, name in enumerate("wxb"):
    duals = [Dual(v, float(i == k)) for i, v in enumerate((2.0, 3.0, 1.0))]
    print(f"pass {k + 1}: slope by {name} = {neuron(*duals).slope}")

# %% [markdown]
# The same derivatives as in section 1, with no graph and no memory. But the slope is by *one* chosen input: three inputs,
# three passes. The way back of section 1 gave all of them at once. That is **reverse mode**: it carries the slope *of* one
# chosen result.
#
# | | one pass gives | passes for $n$ inputs and $m$ results |
# | --- | --- | --- |
# | forward mode | the slopes of all results by one input | $n$ |
# | reverse mode | the slopes of one result by all inputs | $m$ |
#
# Training has one loss and a million weights. What does that mean for the product of $n$ numbers and its $n$ slopes?
# A dual product (3.7) takes three multiplications; `multiply` takes one, and two more on the way back.

# %%
rows = []
for n in (2, 10, 100, 1_000_000):
    products, passes = n - 1, n
    forward_mode, reverse_mode = passes * 3 * products, 3 * products
    rows.append([f"{v:,}" for v in (n, products, forward_mode, reverse_mode)])
table(rows, ["numbers", "product alone", "forward mode", "reverse mode"])

# %% [markdown]
# Reverse mode costs three times the product itself, however many slopes there are. Forward mode costs three times the product
# *for each slope*. Reverse mode's factor of at most a few is the cheap-gradient principle (Baur and Strassen 1983 for
# + − × ÷; Griewank and Walther 2008 for programs); lesson 04 measures it on networks. With one input and many results the roles are swapped.
# Exercise 03-4 asks for forward mode.
#
# Against walking the paths, both modes save more still. Equation (3.6) adds over all paths. How many are there? Build a ladder: each
# rung uses the one below three times.

# %%
def rung(a, b, c):              # a weighted mean
    def backward(dy):
        return dy / 6, dy / 3, dy / 2
    return (a + 2 * b + 3 * c) / 6, backward

y = Tensor(1.0, "x")
for _ in range(4):
    y = apply(rung, y, y, y)
draw_graph(y, local=True, title="a ladder of four rungs")

# %% [markdown]
# The drawing shows four rungs with three arrows each. A path picks one arrow per rung, so with $R$ rungs there are
#
# $$\underbrace{3 \cdot 3 \cdots 3}_{R} = 3^R \text{ paths, but only } 3R \text{ arrows.} \tag{3.8}$$
#
# Both ways of computing $\mathrm dx$, in code: walk down every path, or visit each node once, from the top, and merge what
# arrives there.

# %%
def along_paths(node, dy=1.0):
    """Number of paths to the leaf, and the sum over paths of the products."""
    if not node.inputs:
        return 1, dy
    parts = [along_paths(x, dx) for x, dx in zip(node.inputs, node.backward(dy))]
    return sum(n for n, _ in parts), sum(d for _, d in parts)

def along_nodes(node):
    """Number of multiplications, and the same derivative: one visit per node."""
    operations, dy = 0, 1.0
    while node.inputs:
        operations += len(node.inputs)
        dy = sum(node.backward(dy))             # the three arrows come from one node
        node = node.inputs[0]
    return operations, dy

# %%
y = Node(1.0)
for rungs in range(1, 11):
    y = run(rung, y, y, y)
    found = *along_paths(y), *along_nodes(y)
    np.testing.assert_allclose(found, [3 ** rungs, 1, 3 * rungs, 1])     # (3.8)
    print(f"rungs {rungs:2}   paths {found[0]:6,}   operations {found[2]:2}")

# %% [markdown]
# Both methods give the same derivative, 1 here. Article D of lesson 00's list says it well, almost in the words of Olah
# (2015): reverse mode "merges all paths that originated at that node". It works because of the distributive law:
# $p\,\mathrm dy + q\,\mathrm dy = (p + q)\,\mathrm dy$. Forward mode merges, too, at the other end of each arrow; only walking
# paths one by one costs $3^R$.
#
# The explorer asks: at how many rungs would counting paths take a lifetime?

# %%
ladder_explorer()

# %% [markdown]
# **What we have:** reverse mode, one pass for all inputs, one visit to each node. **What it costs:** the values of the way
# forward must be kept, where forward mode keeps nothing. **What is missing:** on a ladder it is clear which node is next.
# On a tangled graph, it is not.
#
# ## 4. The order, and the sum
#
# A node should be visited once. When? Here is the obvious plan: start at the result, hand the gradient to the inputs, then do
# the same for each of them, in the order in which they were reached.
#
# The example is $s = x^2$, $u = s + 1$, $f = s\,u$. So $f = x^4 + x^2$ and $\mathrm df/\mathrm dx = 4x^3 + 2x$.

# %%
x = Tensor(2.0, "x")
s = x ** 2
f = s * (s + 1.0)
f.backward()
print("4x³ + 2x =", 4 * 2.0 ** 3 + 2 * 2.0)
draw_graph(f, local=True, names=dict(s=s, f=f), title="two arms, one longer")

# %%
def push(node):                 # engine, part 2: hand the gradient on to the inputs
    if node.backward:
        grads = node.backward(node.grad)
        grads = grads if isinstance(grads, tuple) else (grads,)
        for x, dx in zip(node.inputs, grads):
            x.grad += dx

# %% [markdown]
# The drawing shows two arms from $s$ to $f$, one direct and one through $u$. The plan comes in two versions: visit a node
# only once, or visit it again whenever it is reached again.
#
# **Predict:** the right answer is 36. What will the two versions say, too little or too much?

# %%
guess("03-order", "Visited once; visited again", choices=(
    "too little; too little", "too little; too much", "too much; too little",
    "too much; too much"))

# %%
def as_reached(result, again):
    """A wrong order: nodes are visited as they are reached."""
    result.grad, todo = 1.0, [result]
    for node in todo:                           # the list grows while it is read
        push(node)
        todo += [x for x in node.inputs if again or x not in todo]

# %%
said = []
for again in (False, True):
    x = Node(2.0)
    s = run(square, x)
    as_reached(run(multiply, s, run(add, s, 1.0)), again)
    print("visited again:" if again else "visited once: ", "df/dx =", x.grad)
    said.append("too little" if x.grad < 36 else "too much" if x.grad > 36 else "right")
answer("03-order", "; ".join(said))

# %% [markdown]
# Both are wrong. In the first version, $s$ handed its gradient on before the long arm had paid in: its share
# 4 · 4 = 16 is missing. In the second version $s$ paid again, with its full gradient, on top of the first payment.
#
# A node may hand on its gradient only when **all** nodes that used it have paid. Going forward, every node comes after its
# inputs; going back, every node must come after its users. An order in which every node comes after its inputs is a
# **topological order**:
#
# $$\text{if } u \text{ is an input of } v, \text{ then } u \text{ comes before } v. \tag{3.9}$$
#
# Reversed, it is the order for the way back. To find one: put a node down only after all its inputs.

# %%
def recursive_order(node, order):
    if node not in order:
        for x in node.inputs:
            recursive_order(x, order)
        order.append(node)                      # (3.9)
    return order

# %%
x = Node(2.0)
s = run(square, x)
f = run(multiply, s, run(add, s, 1.0))
order, f.grad = recursive_order(f, []), 1.0
for node in reversed(order):
    push(node)
print("in order:", [node.data for node in order], "  df/dx =", x.grad)

# %% [markdown]
# Exercise 03-3 asks for a topological order.
#
# The second mistake is a single character. `push` *adds* to `x.grad`, because equation (3.6) adds over the ways in which $x$
# was used. **Predict:** what is the derivative of $x + x$ if `+=` becomes `=`?

# %%
guess("03-overwritten", "With = in place of +=, d(x + x)/dx is")

# %%
def push_overwriting(node):
    for x, dx in zip(node.inputs, node.backward(node.grad)):
        x.grad = dx

for name, hand_on in (("+=", push), ("= ", push_overwriting)):
    x = Node(3.0)
    y = run(add, x, x)
    y.grad = 1.0
    hand_on(y)
    print(f"with {name}  d(x + x)/dx = {x.grad}")
answer("03-overwritten", x.grad)

# %% [markdown]
# The second payment overwrote the first. No error is raised, and even the sign is right.
# Gradients **accumulate**. The price: old gradients must be cleared before a new pass, or they are counted again.
# Exercise 03-5 hunts this bug in a whole engine.
#
# **What we have:** the two laws of the way back, *after all users* and *add*. **What is missing:** the engine.
#
# ## 5. An engine
#
# `recursive_order` calls itself once per node on a path. How deep may a graph be? A sum of 100,000 numbers, added one by one,
# is a chain of 100,000 nodes. Python stops a function that calls itself too often.

# %%
one = Node(1.0)
deep = one
for _ in range(100_000):
    deep = run(add, deep, one)
try:
    recursive_order(deep, [])
except RecursionError as error:
    print(type(error).__name__, "in the recursive order")

# %% [markdown]
# The remedy is a list of things to do, `todo`, in place of the calls. A node is taken up twice: first to put its inputs on
# top of the list, later, when these are all done, to be put down itself.

# %%
# engine, part 3: every node after its inputs, without recursion
def iterative_order(result):
    order, seen, todo = [], set(), [(result, False)]
    while todo:
        node, inputs_done = todo.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            todo.append((node, True))
            todo += [(x, False) for x in node.inputs]
    return order

# %%
# engine, part 4: clear, start with 1, hand on in reverse order
def backpropagate(result):
    order = iterative_order(result)
    for node in order:
        node.grad = 0.0
    result.grad = 1.0
    for node in reversed(order):
        push(node)

backpropagate(deep)
print(f"{len(iterative_order(deep)):,} nodes, dx = {one.grad:,.0f}")

# %% [markdown]
# $x$ was used 100,001 times, and every use paid in. What is left is comfort: `w * x` in place of `run(multiply, w, x)`.
# Python calls `Node.__mul__` for `*`, so each operator gets its rule. The reflected ones serve `2 * x`, where the number
# stands on the left. `rule=rule` keeps the rule of this round of the loop; a closure would see the last one only.

# %%
# engine, part 5: operators
for sign, rule in {"add": add, "mul": multiply, "sub": functions.subtract,
                   "truediv": functions.divide}.items():
    def operator(a, b, rule=rule):
        return run(rule, a, b)
    def reflected(b, a, rule=rule):
        return run(rule, a, b)
    setattr(Node, f"__{sign}__", operator)
    setattr(Node, f"__r{sign}__", reflected)

# %% [markdown]
# Is it right? Take an expression that is as tangled as we can make it, and put the library's `Tensor` beside our `Node`.
# **Predict:** how many paths lead from $w$ to the result, a dozen, thousands, millions?

# %%
guess("03-paths", "Paths from w to the result")

# %%
def tangled(w, x, rounds=12):
    a, b = w * x + 1, x / w - 0.5
    for _ in range(rounds):
        a, b = 0.5 * (a - b / (a * a + 1)), 0.3 * a + b * w
    return a * b - w

mine, theirs = [[kind(1.2), kind(-0.7)] for kind in (Node, Tensor)]
knot, twin = tangled(*mine), tangled(*theirs)
backpropagate(knot)
twin.backward()
for ours, library in zip((knot, *mine), (twin, *theirs)):
    np.testing.assert_allclose([ours.data, ours.grad], [library.data, library.grad])
print(f"result {knot.data:.4g}, dw and dx {[round(v.grad, 3) for v in mine]}: equal")

# %%
order, paths = iterative_order(knot), {knot: 1}
for node in reversed(order):                    # paths from a node to the result
    for x in node.inputs:
        paths[x] = paths.get(x, 0) + paths[node]
before = [node.grad for node in order]
backpropagate(knot)
np.testing.assert_array_equal([node.grad for node in order], before)
parts = (run, push, iterative_order, backpropagate, Node.__add__)
cells = [linecache.getlines(inspect.getfile(part)) for part in parts]
lines = sum(bool(line.strip()) for cell in cells for line in cell)
print(f"the engine: {len(cells)} cells, {lines} lines; this graph: {len(order)} nodes")
answer("03-paths", paths[mine[0]])

# %% [markdown]
# The counting of paths is itself a backward pass, in which every local derivative is 1. Because `backpropagate` clears first,
# a second run leaves the same gradients, as the check says. And the whole engine, its five cells counted line by line,
# has fewer than 50 lines.
#
# **What we have:** an engine for any expression, of any depth. **What it costs:** Python visits every node, one by one. **What is missing:** nodes that hold arrays. Exercise 03-6 explores another design, a tape: a list of
# everything that was computed, read backward.

# %% [markdown]
# ## 6. The library's engine, and one error for a million weights
#
# The library's `Tensor` is our `Node`, and `apply(rule, *inputs)` our `run`. Two things differ. The data may be an array:
# then one node stands for a whole layer. And the order is found in another way.
#
# A node can only be made after its inputs exist. How does this help to find a topological order?

# %%
show_source(topological_order)

# %% [markdown]
# Each node gets the next number when it is made. Inputs are made first, so they have smaller numbers: **the order of creation
# is a topological order**, and sorting is all that is left to do.
#
# Now the graph that article D of lesson 00's list describes: inputs $X$ times weights $W$ give scores $z$, the multi-class hinge loss of
# lesson 02 turns scores and labels into a number, and a penalty on large weights is added (lesson 07 says what it is good for):
#
# $$L = \underbrace{\mathrm{hinge}(X W,\, t)}_{H} + \underbrace{\lambda \textstyle\sum_{dk} W_{dk}^2}_{R} \tag{3.10}$$

# %%
def article_loss(X, W, labels, lam):
    z = X @ W
    z.name = "z"
    return apply(hinge, z, labels) + lam * (W ** 2).sum()        # (3.10)

X, labels = Tensor(np.array([[1.0, 2.0]]), "X"), np.array([0])
W = Tensor(np.array([[0.5, -0.4, 0.1], [0.2, 0.6, -0.3]]), "W")
L = article_loss(X, W, labels, Tensor(0.1, "λ"))
L.backward()
draw_graph(L, names=dict(L=L), title="hinge loss and penalty")

# %% [markdown]
# The drawing shows single numbers, and shapes where a node holds an array. $W$ has two users, the product and the square,
# so $\mathrm dW$ is a sum of two arrays:
#
# $$\mathrm dW = \underbrace{X^\top\,\mathrm dz}_{\text{through the hinge}}
# + \underbrace{2 \lambda W}_{\text{through the penalty}} \tag{3.11}$$
#
# The second term is the power rule. The first is a sum over paths again; lesson 04 derives it.
#
# The explorer below the check walks through this graph, one node at a time, forward and then back. It asks: what does each
# arrow multiply, and where do two payments meet? Step with the slider or the buttons; nodes not reached yet are pale.

# %%
def loss_of(W):
    return article_loss(Tensor(X.data), Tensor(W), labels, 0.1).data

np.testing.assert_allclose(W.grad, numerical_gradient(loss_of, W.data), atol=1e-9)
dz = next(node.grad for node in topological_order(L) if node.name == "z")
np.testing.assert_allclose(W.grad, X.data.T @ dz + 2 * 0.1 * W.data)        # (3.11)
print(f"L = {L.data:.4g}, dz = {dz}, dW =\n{W.grad}")

# %%
graph_explorer()

# %% [markdown]
# Try class 2 as the true one: two classes violate the margin now, and the true class gets $-2$. With $\lambda = 0$ the penalty's arrow still
# carries a gradient, of zeros.
#
# Article D calls this graph the "quickest possible way to calculate the optimal weights". It is not: the graph gives
# derivatives, one per weight. Better weights take a descent step, and many of them.
#
# Last, the question of this lesson: one error, a million weights. **Predict:** how many nodes will the graph have?

# %%
guess("03-nodes", "Nodes of the graph with a million weights", unit="nodes")

# %%
rng, seven = np.random.default_rng(3), np.array([7])
row = Tensor(rng.normal(size=(1, 1000)))
wide = Tensor(rng.normal(size=(1000, 1000)) / 1000)
loss = article_loss(row, wide, seven, 0.1)
loss.backward()
nudge = np.zeros(wide.data.shape)
nudge[3, 7] = 1e-4
above, below = (article_loss(row, Tensor(wide.data + h), seven, 0.1).data
                for h in (nudge, -nudge))
np.testing.assert_allclose(wide.grad[3, 7], (above - below) / 2e-4, rtol=1e-6)
print(f"weights {wide.data.size:,}, gradients {wide.grad.size:,}, backward passes 1")
answer("03-nodes", len(topological_order(loss)))

# %% [markdown]
# One pass back over a handful of nodes, and every weight has its slope; one of them, compared with two nudged losses,
# agrees. Nudging all of them would take two million losses.
#
# **What is missing:** the backward of a matrix product, of a batch, of a loss. Lesson 04 puts arrays into the nodes.
#
# ## Summary
#
# - A rule returns its result and its way back: `y, backward = rule(*inputs)`.
# - Multiply along a path, add over all paths.
# - Forward mode: one pass per input. Reverse mode: one pass per result, so one for a loss.
# - Both modes visit each node once, however many paths there are.
# - A node hands on its gradient after all its users have paid; gradients are added.

# %% [markdown]
# ## Exercises
#
# In `exercises/03_chain_rule_on_a_graph.ipynb`:
#
# | task | what | level |
# | --- | --- | --- |
# | 03-0 | the chain rule on a small graph | derive |
# | 03-1 | the backward of +, × and max | fill in |
# | 03-2 | rules for exp and tanh | write |
# | 03-3 | the topological order | write |
# | 03-4 | forward mode with dual numbers | write |
# | 03-5 | bug hunt: a backward pass that overwrites | fill in |
# | 03-6 | reverse accumulation over a tape | explore |
#
# ## Further reading
#
# - {source linnainmaa1976}: reverse mode, used to bound rounding errors.
# - {source baur1983}.
# - {source griewank2008}: forward and reverse mode, with proofs.
# - {source rumelhart1986}.
# - {source olah2015}.
# - {source baydin2018}.
