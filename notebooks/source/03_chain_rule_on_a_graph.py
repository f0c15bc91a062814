# %% [markdown]
# # 03 The chain rule on a graph
#
# How does one error reach a million weights?
#
# After this lesson you can
#
# - push a derivative backward through any formula, by hand and in code;
# - write an operation that returns its own backward;
# - read a computational graph, and say what travels along each edge;
# - say when forward mode is cheaper and when reverse mode is, and count both;
# - show why the order matters and why gradients are added, not stored over each other;
# - build a small engine that differentiates by itself.
#
# **Time:** about 60 minutes. **Needed:** lesson 01 (slope, squared error), lesson 02 (tanh, hinge loss, `dW`),
# the chain rule of school calculus. As in lesson 02, `dz` abbreviates $\partial L/\partial z$, for any letter.
#
# | symbol | code | shape | meaning |
# | --- | --- | --- | --- |
# | $w, x, b, t$ | `w, x, b, t` | a number | weight, input, bias, target |
# | $u, z, e$ | `u, z, e` | a number | results on the way |
# | $f$, $L$ | `f`, `L` | a number | the last result: a formula, a loss |
# | $\mathrm dy$ | `dy` | as $y$ | $\partial f/\partial y$ or $\partial L/\partial y$, the **gradient** of $y$ |
# | $\partial y/\partial x$ | `slope` | a number | local derivative of one operation |
# | $\dot y$ | `y_dot` | as $y$ | derivative of $y$ with respect to one chosen input |
# | $\lambda$ | `lam` | a number | price of large weights |

# %%
from functools import reduce
from inspect import getsource

import numpy as np

from course_lib import (Tensor, apply, check_gradients, functions, hinge,
                        numerical_gradient, topological_order)
from course_lib.drawing import draw_graph
from course_lib.graph import local_derivatives
from course_lib.notebook import show_source, table
from course_lib.widgets import lesson03

np.set_printoptions(precision=4, suppress=True)

# %% [markdown]
# ## 1. One formula, by hand
#
# A network has one loss and many weights. We could nudge each weight in turn and watch the loss: one forward pass per
# weight, a million passes for a million weights. Is there a way to ask only once?
#
# Start with one neuron without activation and its squared error, $f = (wx + b - t)^2$. A computer does one
# operation at a time, so every step gets a name:
#
# $$u = w\,x, \qquad z = u + b, \qquad e = z - t, \qquad f = e^2 . \tag{3.1}$$

# %%
w, x, b, t = 3.0, 2.0, 1.0, 5.0
u = w * x           # (3.1)
z = u + b
e = z - t
f = e ** 2
print(f"u = {u}, z = {z}, e = {e}, f = {f}")

# %% [markdown]
# How does $f$ react to $w$? $w$ moves $u$, $u$ moves $z$, $z$ moves $e$, $e$ moves $f$. Each arrow has its own small slope,
# and the chain rule multiplies them:
#
# $$\frac{\partial f}{\partial w} = \frac{\partial f}{\partial e}\cdot\frac{\partial e}{\partial z}\cdot
# \frac{\partial z}{\partial u}\cdot\frac{\partial u}{\partial w} = 2e \cdot 1 \cdot 1 \cdot x \tag{3.2}$$
#
# The chain for $x$ begins with the same three factors. So begin at the end, and keep each product for whoever needs it:
#
# $$\begin{aligned}
# \mathrm de &= 2e, & \mathrm dz &= \mathrm de\cdot 1, & \mathrm dt &= \mathrm de\cdot(-1), \\
# \mathrm du &= \mathrm dz\cdot 1, & \mathrm db &= \mathrm dz\cdot 1, & & \\
# \mathrm dw &= \mathrm du\cdot x, & \mathrm dx &= \mathrm du\cdot w . & & \end{aligned} \tag{3.3}$$
#
# **Predict:** with the numbers above, which of `dw`, `dx`, `db`, `dt` is the largest?

# %%
de = 2 * e                      # (3.3)
dz, dt = de * 1, de * -1
du, db = dz * 1, dz * 1
dw, dx = du * x, du * w
print(f"dw = {dw}, dx = {dx}, db = {db}, dt = {dt}")

def neuron_error(v):
    """f for v = (w, x, b, t)."""
    return (v[0] * v[1] + v[2] - v[3]) ** 2

measured = numerical_gradient(neuron_error, np.array([w, x, b, t]))
np.testing.assert_allclose([dw, dx, db, dt], measured, rtol=1e-8)
print("nudging each of the four gives the same four numbers")

# %% [markdown]
# `dx` is the largest, because $x$ is multiplied by the larger number, $w$. `numerical_gradient` is the nudging of lesson 02.
# It evaluated $f$ eight times; we went back once.
#
# **What we have:** a forward pass that names every result, and a backward pass that multiplies small slopes from the end.
# **What it costs:** about one more pass. **What is missing:** we derived (3.3) by hand, for this one formula.

# %% [markdown]
# ## 2. An operation that returns its own backward
#
# A new formula should not need a new derivation. It is made of few operations: plus, times, tanh. Take times. On
# the way back, $y = a\,b$ turns `dy` into
#
# $$\mathrm da = \mathrm dy \cdot b, \qquad \mathrm db = \mathrm dy \cdot a . \tag{3.4}$$
#
# It needs $a$ and $b$ again, which were known on the way forward. Who remembers them? The operation itself can: it
# returns its result, and a function for the way back.

# %%
def multiply(a, b):
    y = a * b
    def backward(dy):
        return dy * b, dy * a           # (3.4)
    return y, backward

y, backward = multiply(3.0, 2.0)
print("forward: ", y)
print("backward:", backward(1.0), "and, for dy = 4,", backward(4.0))

# %% [markdown]
# `backward` is a function made inside a function. `multiply` has returned, its variables should be gone, and yet `backward`
# still uses `a` and `b`. Python keeps the variables that an inner function mentions for as long as that function lives.
# Such a function is called a **closure**: code together with the values it remembers.
#
# **Predict:** we call `multiply` again with other numbers. What will the first `backward` answer afterwards?

# %%
y2, backward2 = multiply(10.0, 100.0)

def kept(function):
    """The variables a closure remembers, by name."""
    names = function.__code__.co_freevars
    return dict(zip(names, (cell.cell_contents for cell in function.__closure__)))

print("first: ", kept(backward), "->", backward(1.0))
print("second:", kept(backward2), "->", backward2(1.0))

# %% [markdown]
# The first is not disturbed: each call has a closure of its own. Functions of this kind are the library's
# building blocks, called **rules**. All follow one protocol,
#
# $$\texttt{y, backward = rule(*inputs)}, \qquad \texttt{backward(dy)}\;\text{ returns }\;
# \mathrm dx_i = \mathrm dy\,\frac{\partial y}{\partial x_i}\;\text{ for each input.} \tag{3.5}$$
#
# A backward multiplies by the **local derivative** $\partial y/\partial x_i$. It does not know the formula around it.
#
# | rule | $y$ | local derivatives | reason |
# | --- | --- | --- | --- |
# | add | $a+b$ | $1,\; 1$ | a nudge passes unchanged |
# | subtract | $a-b$ | $1,\; -1$ | |
# | multiply | $a\,b$ | $b,\; a$ | product rule |
# | divide | $a/b$ | $1/b,\; -y/b$ | $-a/b^2$, and $a/b = y$ |
# | negative | $-x$ | $-1$ | |
# | power | $x^n$ | $n\,x^{n-1}$ | power rule, $n$ a constant |
# | maximum | $\max(a, b)$ | $1, 0$ if $a \ge b$, else $0, 1$ | the smaller one is not seen |
# | exp | $e^x$ | $y$ | its own derivative |
# | log | $\ln x$ | $1/x$ | for $x > 0$ |
# | tanh | $\tanh x$ | $1 - y^2$ | lesson 02, section 3 |

# %%
def add(a, b):
    def backward(dy):
        return dy, dy
    return a + b, backward

def subtract(a, b):
    def backward(dy):
        return dy, -dy
    return a - b, backward

def tanh(x):
    y = float(np.tanh(x))
    def backward(dy):
        return dy * (1 - y * y)
    return y, backward

# %% [markdown]
# `tanh` keeps its output $y$, `add` keeps nothing: that is all their local derivatives need. Now the neuron again, with $e^2$ written as $e\,e$.
# Forward calls the rules; backward calls the closures in the opposite order. No derivative is worked out any more.

# %%
w, x, b, t = 3.0, 2.0, 1.0, 5.0
u, u_backward = multiply(w, x)
z, z_backward = add(u, b)
e, e_backward = subtract(z, t)
f, f_backward = multiply(e, e)

de1, de2 = f_backward(1.0)              # df = 1; e was used twice
dz, dt = e_backward(de1 + de2)
du, db = z_backward(dz)
dw, dx = u_backward(du)
print(f"dw = {dw}, dx = {dx}, db = {db}, dt = {dt}")
print("tanh keeps", list(kept(tanh(0.5)[1])))

# %%
for name in "add subtract multiply divide maximum".split():
    check_gradients(getattr(functions, name), 3.0, 2.0)
for name in "negative exp log tanh".split():
    check_gradients(getattr(functions, name), 1.5)
check_gradients(functions.power, 1.5, exponent=3)

# %% [markdown]
# The last cell checks the library's version of every row of the table: `check_gradients` compares a backward with the derivative
# of its own forward (lesson 04 shows how).
#
# **What we have:** operations that know their way back. **What it costs:** they keep values alive. **What is
# missing:** somebody still has to call them in the right order, and section 2 slipped in `de1 + de2` without a reason.
#
# Exercise 03-1 asks for the rule of $ab + c$, 03-2 for exp, 03-3 for tanh, 03-4 for max.

# %% [markdown]
# ## 3. The graph
#
# To call every backward in the right order, a program must know which result was made from which. Let each value record
# that when it is made: the rule, and the inputs. The library's `Tensor` does it, for `+ − * ** @`, and `apply(rule, *inputs)`
# for any rule; section 7 builds both. The records form a **computational graph**, a box per value, an arrow from what was used to what was made.

# %%
w, x, b, t = (Tensor(v, name) for name, v in dict(w=3, x=2, b=1, t=5).items())
f = (w * x + b - t) ** 2
f.backward()
draw_graph(f, slopes=True, title="the squared error of a neuron")

# %% [markdown]
# The graph reads from left to right. Square boxes are given, round ones computed. Blue is the value, vermillion (`grad`)
# the gradient. The number at an arrow's head is the local derivative. To find a gradient, walk back from $f$ to a box and
# multiply the numbers on the way: $4\cdot1\cdot1\cdot2 = 8$ for $w$.
#
# Now let a letter be used more than once: $y = x\cdot x + x$ at $x = 3$. There are several ways to walk.
#
# **Predict:** what will the gradient of $x$ be?

# %%
x = Tensor(3.0, "x")
y = x * x + x
y.backward()
draw_graph(y, slopes=True, title="x is used three times")

# %% [markdown]
# Nudge $x$ by a small $h$. Each of the three arrows out of $x$ carries its own change to $y$: $3h$ and $3h$
# through the product, $h$ directly. Together $7h$, so the gradient is $3 + 3 + 1$, as $2x + 1$ says too.
# Small changes add up, because $y$ is nearly a straight line over a small step. Hence the chain rule for a graph:
#
# $$\mathrm dx = \sum_{\text{arrows } x \to v} \mathrm dv\;\frac{\partial v}{\partial x}, \qquad\text{that is,}\qquad
# \frac{\partial y}{\partial x} = \sum_{\text{paths } x \to y}\;\prod_{\text{edges}} \text{local derivative} . \tag{3.6}$$
#
# The left form asks the direct users only. This is why `de1 + de2` was right.

# %% [markdown]
# A larger graph: a classifier with weights $W$, scores $XW$, the hinge loss of lesson 02, and a second term.
#
# $$L = \mathrm{hinge}(XW, t) + \lambda \sum_{ij} W_{ij}^2 \tag{3.7}$$
#
# The second term, **regularisation**, puts a price $\lambda$ on large weights. Here one example with one feature, three classes, class 0 right.
#
# **Predict:** two arrows out of $W$ lead to one node, one to another. How many contributions does the gradient of $W$ get?

# %%
X, W = Tensor([[2.0]], "X"), Tensor([[0.5, 0.75, -0.25]], "W")
lam, t = Tensor(0.1, "λ"), np.array([0])
L = apply(hinge, X @ W, t) + lam * (W * W).sum()
L.name = "L"
L.backward()
print("W.grad =", W.grad[0], f" L = {L.data:.4g}")
draw_graph(L, title="hinge loss and regularisation")

# %% [markdown]
# Three: two through the square, one through the scores. The picture shows the graph at the level of arrays;
# `1×3` in a box is a shape, and lesson 04 derives such rules. Split into single numbers, it is this graph. Which weight will not hear from
# the hinge loss at all? Press *Next*: first blue values appear, then the gradient comes back, one node at a time. Compare the
# last step with `W.grad` above. Then raise `w0`.

# %%
lesson03.loss_explorer()

# %% [markdown]
# `w2` hears nothing from the hinge loss: its class keeps the margin, the local derivative is 0, and only the price on its size
# remains. "+ …" marks a gradient that waits for more contributions. Raise `w0` until both margins are kept: then all three
# weights only shrink.
#
# **What we have:** a picture of who pays whom. **What it costs:** a record per operation. **What is missing:** is backward
# really the better direction?

# %% [markdown]
# ## 4. Forward or backward?
#
# A product of slopes can be multiplied from either end. Begin at the input, and every value carries its derivative
# along: a pair $(y, \dot y)$, called a **dual number**, with $\dot y = \partial y/\partial(\text{one chosen input})$. Write it as
# $y + \dot y\,\varepsilon$ and let $\varepsilon^2 = 0$:
#
# $$(a + \dot a\,\varepsilon)\,(b + \dot b\,\varepsilon) = a\,b + (\dot a\,b + a\,\dot b)\,\varepsilon \tag{3.8}$$
#
# The product rule appears by itself. For any other function, $g(a + \dot a\,\varepsilon) = g(a) + g'(a)\,\dot a\,\varepsilon$. This is **forward mode**.

# %%
def dual_add(a, b):
    return a[0] + b[0], a[1] + b[1]

def dual_multiply(a, b):
    return a[0] * b[0], a[1] * b[0] + a[0] * b[1]       # (3.8)

def dual_neuron_error(w, x, b, t):                      # each a pair (y, y_dot)
    e = dual_add(dual_add(dual_multiply(w, x), b), (-t[0], -t[1]))
    return dual_multiply(e, e)

values = 3.0, 2.0, 1.0, 5.0
for i, name in enumerate("wxbt"):
    pairs = [(v, 1.0 if i == j else 0.0) for j, v in enumerate(values)]
    f, f_dot = dual_neuron_error(*pairs)
    print(f"chosen input {name}: f = {f}, f_dot = {f_dot}")

# %% [markdown]
# The same four numbers, and nothing had to be remembered. But each run answers for one input only: four inputs, four runs.
# Reverse mode answers for all inputs in one run, and for one output only.
#
# How much is that worth? Count multiplications for $f = x_1 x_2 \cdots x_n$ (Speelpenning, 1980). The forward
# pass alone takes $n-1$.
#
# **Predict:** for $n = 1000$, how many does reverse mode need for $f$ and all thousand derivatives? And how many
# does the obvious way need, which is for each $i$ the product of all others?

# %%
count = 0

def times(a, b):
    """A product that is counted."""
    global count
    count += 1
    return a * b

def counted(method, x):
    """How many multiplications ``method(x)`` takes, and what it returns."""
    global count
    count = 0
    gradient = method(x)
    return count, gradient

# %%
def reverse_mode(x):
    products = [x[0]]
    for v in x[1:]:
        products.append(times(products[-1], v))
    dx, dy = [0.0] * len(x), 1.0
    for i in range(len(x) - 1, 0, -1):          # y = products[i-1] * x[i]
        dx[i], dy = times(dy, products[i - 1]), times(dy, x[i])
    return [dy, *dx[1:]]

def one_by_one(x):
    return [reduce(times, x[:i] + x[i + 1:]) for i in range(len(x))]

# %%
def forward_mode(x):
    gradient = []
    for chosen in range(len(x)):
        y, y_dot = x[0], float(chosen == 0)
        for j, v in enumerate(x[1:], start=1):
            y_dot = times(y_dot, v) + times(y, float(chosen == j))      # (3.8)
            y = times(y, v)
        gradient.append(y_dot)
    return gradient

# %%
rows = []
for n in (10, 100, 1000):
    x = np.random.default_rng(3).uniform(0.9, 1.1, size=n).tolist()
    runs = [counted(method, x) for method in (reverse_mode, one_by_one, forward_mode)]
    for _, gradient in runs[1:]:
        np.testing.assert_allclose(gradient, runs[0][1])
    rows.append([n, n - 1, *[f"{made:,}" for made, _ in runs], runs[0][0] / (n - 1)])
table(rows, ["n", "f alone", "reverse mode", "one by one", "forward mode",
             "reverse / f alone"])

# %% [markdown]
# Reverse mode costs three forward passes, for ten inputs and for a thousand: this is the **cheap gradient principle**. For a loss
# with a million weights it makes learning possible.
#
# It is not always the right direction. A popular article calls the graph "the quickest possible way to calculate the optimal weights". It gives
# derivatives, not optimal weights. And with 2 inputs and 100 outputs, forward mode needs 2 runs, reverse mode 100. Few
# inputs: forward. Few outputs: backward. A loss is one output.
#
# **What is missing:** (3.6) is a sum over paths. Are there not far too many? Exercise 03-6 asks for a neuron in dual numbers.

# %% [markdown]
# ## 5. More paths than anyone can walk
#
# Replace $x$ by $x - x\cdot x$, again and again: a ladder, each rung leads from $x$ to the next $x$ in three ways. Two
# rungs look like this.

# %%
def ladder(rungs):
    """The last node and the first."""
    first = x = Tensor(0.25, "x")
    for _ in range(rungs):
        x = x - x * x
    return x, first

draw_graph(ladder(2)[0], slopes=True, title="a ladder of two rungs")

# %% [markdown]
# Three ways per rung, so $3^n$ paths through $n$ rungs. The right side of (3.6) can be taken literally: walk every path, multiply
# along it, add at the end.
#
# **Predict:** ten rungs. How many paths, and how many backward calls does reverse mode make?

# %%
def walk(node, target, product=1.0):
    """Every path from node back to target: their number, and the sum of products."""
    if node is target:
        return 1, product
    paths, total = 0, 0.0
    if node.rule:
        for x, slope in zip(node.inputs, local_derivatives(node)):
            more, part = walk(x, target, product * slope)
            paths, total = paths + more, total + part
    return paths, total

# %%
rows = []
for rungs in (1, 2, 4, 6, 8, 10):
    y, x = ladder(rungs)
    y.backward()
    paths, total = walk(y, x)
    np.testing.assert_allclose(total, x.grad)
    calls = sum(node.rule is not None for node in topological_order(y))
    rows.append([rungs, f"{paths:,}", calls, f"{total:.4g}", f"{x.grad:.4g}"])
table(rows, ["rungs", "paths walked", "backward calls", "sum over paths", "x.grad"])

# %% [markdown]
# Both give the same derivative. Reverse mode gets there because paths that meet have everything behind the meeting point in
# common, and a common factor can be taken out. For a node $v$ with users $p$ and $q$,
#
# $$\mathrm dp\,\frac{\partial p}{\partial v}\,c + \mathrm dq\,\frac{\partial q}{\partial v}\,c
# = \underbrace{\Big(\mathrm dp\,\frac{\partial p}{\partial v} + \mathrm dq\,\frac{\partial q}{\partial v}\Big)}_{\mathrm dv}\,c . \tag{3.9}$$
#
# Add first at $v$, then go on once: *each node is visited once, each edge multiplied once*. The explorer shows what
# that saves.

# %%
lesson03.ladder_explorer()

# %% [markdown]
# With 20 rungs nobody can walk the paths any more, and reverse mode makes 40 calls. A network is such a ladder: every weight is connected
# to the loss by as many paths as there are ways through all later units.
#
# **What we have:** the cost of a backward pass grows with the graph, not with its paths. **What is missing:** "add first, then go on"
# needs everything to have arrived. In which order must nodes be visited?

# %% [markdown]
# ## 6. The order, and why `+=`
#
# Does the order matter? Let us be careless. With $a = 2$, take $p = a^2$, $q = 3p$, $L = p + q$. Since $L = 4a^2$, the
# gradient of $a$ is $8a = 16$. The first attempt starts at $L$, visits whatever is next in line, and each node once.
#
# **Predict:** what will it say?

# %%
a = Tensor(2.0, "a")
p = a * a
q = Tensor(3.0, "3") * p
L = p + q
p.name, q.name, L.name = "p", "q", "L"
L.backward()
draw_graph(L, slopes=True, highlight=[p], title="two paths of unequal length")

# %%
def next_in_line(last):
    """A careless backward: first come, first served. Wrong."""
    grads, line = {last: 1.0}, [last]
    for node in line:
        for x, slope in zip(node.inputs, local_derivatives(node) if node.rule else ()):
            grads[x] = grads.get(x, 0.0) + grads[node] * slope
            if x not in line:
                line.append(x)
    return grads, [node.name for node in line]

grads, visited = next_in_line(L)
print("visited:", visited, " gradient of a:", grads[a], "instead of", a.grad)

# %% [markdown]
# It visited $p$ right after $L$, when only the short path had delivered its 1. The 3 from $q$ came too late: $p$ had
# already paid its inputs.
#
# The second attempt is eager: whenever something arrives, pass the new total on. With $b = a + a$ and $c = b + b$, so
# $c = 4a$:
#
# **Predict:** will the gradient of $a$ be 4?

# %%
def eager(node, arrived, grads):
    """Pass the total on at every arrival. Wrong."""
    grads[node] = grads.get(node, 0.0) + arrived
    for x, slope in zip(node.inputs, local_derivatives(node) if node.rule else ()):
        eager(x, grads[node] * slope, grads)

a = Tensor(1.0, "a")
b = a + a
c = b + b
grads = {}
eager(c, 1.0, grads)
print("gradient of a:", grads[a], "instead of 4")

# %% [markdown]
# What arrived first at $b$ was passed on twice. (Passing on only the news would be right, and would walk every path of section 5.)
#
# So: visit a node only when all its users have been visited. Write the nodes in a line so that *every node stands after its
# inputs*. Such a line is a **topological order**. Read from its end, every user comes before what it used, so
# by its turn a node's gradient is complete. If the graph has no circle, there is always such a line: the order in which the values
# were computed is one.

# %%
def in_order(last, accumulate=True):
    """Backward along a topological order, adding contributions or storing over them."""
    grads = {last: 1.0}
    for node in reversed(topological_order(last)):
        for x, slope in zip(node.inputs, local_derivatives(node) if node.rule else ()):
            before = grads.get(x, 0.0) if accumulate else 0.0
            grads[x] = before + grads[node] * slope
    return grads

for last in (L, c):
    leaf = topological_order(last)[0]
    print(f"{leaf.name} = {leaf.data}: gradient {in_order(last)[leaf]}")

# %% [markdown]
# Right both times. One thing is left: the `+`. Contributions are added, `+=` in most programs. With a plain `=`, the
# last one to arrive stays.
#
# **Predict:** what does such a program say about $\mathrm d(x + x)/\mathrm dx$? And on which graphs would it never be caught?

# %%
x = Tensor(3.0, "x")
for name, y in (("x + x", x + x), ("x * x", x * x), ("(x * 2) - 1", x * 2 - 1)):
    right, wrong = in_order(y)[x], in_order(y, accumulate=False)[x]
    print(f"{name:12} +=  {right}    =  {wrong}")

# %% [markdown]
# On a chain, where every value is used once, `=` is right: such a bug passes every test that has no fork. Weights that
# are shared, or regularised, are used more than once.
#
# **What we have:** two conditions, order and accumulation. **What it costs:** a sorted list of nodes. **What is missing:** an
# engine of our own. Exercise 03-5 asks for the order, 03-7 for a repair.

# %% [markdown]
# ## 7. An engine of our own
#
# Everything is there: rules that return their backward, a record for each value, the order, the sum. Can the whole
# thing be built in under 60 lines?
#
# A node keeps its value, its inputs, the closure, and a number that counts up. A node cannot be made before its inputs,
# so *these numbers are a topological order*, for free.

# %%
class Node:
    """A float, the nodes it was made from, and the way back to them."""
    created = 0

    def __init__(self, data, inputs=(), rule_backward=None):
        Node.created += 1
        self.number = Node.created              # every node after its inputs
        self.data, self.grad = data, None
        self.inputs, self.rule_backward = inputs, rule_backward

# %%
def record(rule, *inputs):
    """Run a rule on the values of nodes; the result remembers where it came from."""
    nodes = [x if isinstance(x, Node) else Node(float(x)) for x in inputs]
    y, rule_backward = rule(*[node.data for node in nodes])
    return Node(y, nodes, rule_backward)

Node.__add__ = Node.__radd__ = lambda a, b: record(add, a, b)
Node.__mul__ = Node.__rmul__ = lambda a, b: record(multiply, a, b)
Node.__sub__ = lambda a, b: record(subtract, a, b)
Node.__rsub__ = lambda a, b: record(subtract, b, a)

# %%
def nodes_behind(last):
    """All nodes that ``last`` depends on and itself, in a topological order."""
    seen, found = {last}, [last]
    for node in found:                          # the list grows while it is read
        for x in node.inputs:
            if x not in seen:
                seen.add(x)
                found.append(x)
    return sorted(found, key=lambda node: node.number)

# %%
def backward_from(last):
    """Set ``grad`` of every node behind ``last``."""
    order = nodes_behind(last)
    for node in order:
        node.grad = 0.0                         # forget the run before
    last.grad = 1.0
    for node in reversed(order):
        if node.inputs:
            grads = node.rule_backward(node.grad)
            grads = grads if isinstance(grads, tuple) else (grads,)
            for x, dx in zip(node.inputs, grads):
                x.grad += dx                    # (3.6)

# %% [markdown]
# That is the engine. `Node.__add__` is what Python calls for `+`; the `r` forms serve when the left side is a plain number. First the neuron, differentiated twice.
#
# **Predict:** the loop says `+=`. What will the second run give?

# %%
w, x, b, t = (Node(v) for v in (3.0, 2.0, 1.0, 5.0))
e = w * x + b - t
f = e * e
for run in (1, 2):
    backward_from(f)
    print(f"run {run}:", [node.grad for node in (w, x, b, t)])

# %% [markdown]
# The same, because old gradients are cleared first. Running it twice changes nothing: it is **idempotent**, as a notebook cell should be.
#
# Is it right on graphs that nobody has drawn? We build tangled expressions at random, each value from two earlier ones, once with
# our `Node` and once with the library's `Tensor`.

# %%
def tangle(make, tanh_of, seed):
    """A random expression of 60 operations; its leaves and its last node."""
    rng = np.random.default_rng(seed)
    leaves = [make(v) for v in rng.uniform(-1, 1, size=4).tolist()]
    pool = list(leaves)
    for kind in rng.integers(3, size=60):
        a, b = (pool[i] for i in rng.integers(len(pool), size=2))
        pool.append(a * b if kind == 0 else a - b if kind == 1 else tanh_of(a + b))
    return leaves, sum(pool[1:], start=pool[0])

# %%
for seed in range(100):
    ours, f = tangle(Node, lambda x: record(tanh, x), seed)
    backward_from(f)
    theirs, L = tangle(Tensor, lambda x: apply(functions.tanh, x), seed)
    L.backward()
    np.testing.assert_allclose([x.grad for x in ours], [x.grad for x in theirs])
parts = (Node.__init__, record, nodes_behind, backward_from, add, subtract, multiply, tanh)
lines = sum(len(getsource(part).splitlines()) for part in parts) + 7
print(f"100 tangled graphs agree; {lines} lines, rules included; under 60: {lines < 60}")

# %% [markdown]
# (The 7 are the class line with its docstring and counter, and the operators.) A recurrent network that reads a long text
# makes a very deep graph. Most small engines collect their nodes with a function that calls itself. Ours uses a list.
#
# **Predict:** a graph 100,000 nodes deep. Which of the two survives?

# %%
def recursive_order(node, order):
    if node not in order:
        for x in node.inputs:
            recursive_order(x, order)
        order[node] = len(order)                # inputs first, then the node

x = y = Node(1.0)
for _ in range(100_000):
    y = y + x
backward_from(y)
print("list:      gradient of x =", x.grad)
try:
    recursive_order(y, {})
except RecursionError as error:
    print("recursion:", type(error).__name__)

# %% [markdown]
# Python allows about a thousand calls inside each other. The list has no such limit, and the gradient is right: $x$ is used 100,001 times.
#
# The library does the same. `apply(rule, *inputs)` is our `record`, and `topological_order` our `nodes_behind`. It also takes arrays, and labels, which have no gradient.

# %%
show_source(apply, topological_order)

# %% [markdown]
# **What we have:** any formula made of rules differentiates itself, whatever its shape and depth. **What it costs:** about three forward passes, and
# the memory for every value on the way. **What is missing:** speed. A node per number is slow; lesson 04 puts whole matrices into one
# node. Exercise 03-8 asks for a backward pass over a given list of operations: do it without looking here, and you can build an engine alone.

# %% [markdown]
# ## Summary
#
# - The chain rule multiplies local derivatives along a path and adds over paths.
# - A rule returns `y, backward`; the closure keeps what the way back needs.
# - Reverse mode visits each node once, whatever the number of paths, and gives the gradient with respect to all inputs.
#   Forward mode needs one run per input and keeps nothing.
# - A node may be visited when all its users have been: a topological order, read from its end.
# - Contributions are added. With `=`, only graphs without forks come out right.
# - Old gradients are cleared first; nodes are collected without recursion.
#
# Lesson 04 asks what a real implementation computes.

# %% [markdown]
# ## Exercises
#
# In `exercises/03_chain_rule_on_a_graph.ipynb`, from easy to hard: 03-1 the rule of $ab + c$, 03-2 exp, 03-3 tanh, 03-4 max (*fill in*);
# 03-6 a neuron in dual numbers, 03-7 a bug hunt, 03-5 the topological order (*write*); 03-8 a backward pass (*explore*).
#
# ## Further reading
#
# - S. Linnainmaa (1976), Taylor expansion of the accumulated rounding error, *BIT* 16: reverse mode, with its memory problem.
# - B. Speelpenning (1980), Compiling fast partial derivatives of functions given by algorithms, thesis, University of Illinois: the product of section 4.
# - A. Griewank (2012), Who invented the reverse mode of differentiation?, *Documenta Mathematica*.
# - A. Griewank, A. Walther (2008), *Evaluating Derivatives*, SIAM: the standard book.
# - A. Baydin, B. Pearlmutter, A. Radul, J. Siskind (2018), Automatic differentiation in machine learning: a survey, *JMLR* 18.
