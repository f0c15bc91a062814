# %% [markdown]
# # Exercises to lesson 03, The chain rule on a graph
#
# The lesson: [03 The chain rule on a graph](../notebooks/03_chain_rule_on_a_graph.ipynb). All numbers here are plain floats.
# `dy` is $\partial L/\partial y$, the gradient that has come from above.

# %% [markdown]
# **How to use this sheet.** Each task asks for one function. Replace the line that raises `NotImplementedError` by your own lines, run the cell, then run the cell with `check`.
# It says what is right, and names the likely mistake if something is wrong. Change and check as often as you like. Under each task three hints are folded away.
#
# In the derivation each step has its question beside it. Replace the dots by your answer, and check after every step.
# In the bug hunt the function is complete, and wrong. Delete the line that raises, find the fault, repair it.

# %%
import math

from course_lib.exercises import check

### BEGIN SOLUTION
from functools import partial

check = partial(check, record=False)    # a solved sheet is not the learner's own work
### END SOLUTION

# %% [markdown]
# {task 03-0}
#
# The graph has four numbers, and the letters of a path are its nodes:
#
# $$a = w\,x, \qquad b = a + w, \qquad L = a\,b$$
#
# Draw it first. Then answer the steps from top to bottom. Where a formula is asked for, write a function of all four numbers, `lambda w, x, a, b: ...`.
# `da` is $\partial L/\partial a$ and `dw` is $\partial L/\partial w$, both with everything that depends on $a$ or $w$.
#
# The reverse order asked for is the order in which the nodes hand on their gradients.

# %% task="03-0"

# %%
check("03-0", derive_two_uses)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# The drawing has six arrows: two into $a$, two into $b$, two into $L$. Write the local slope on each. A path follows arrows from its first letter to $L$.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# Multiply along a path, add over all paths, equation (3.6). From $a$ to $L$ there are two paths: $b$ along the direct one, $1 \cdot a$ along the one through $b$.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# $\mathrm{d}a = b + 1 \cdot a$. Then $w$ receives $\mathrm{d}a$ times the slope of $a$ by $w$, and $\mathrm{d}b$ times the slope of $b$ by $w$, where $\mathrm{d}b = a$.
# A node hands on its gradient when all its users have paid: $b$ before $a$.
# </details>

# %% [markdown]
# {task 03-1}
#
# For $y = a + b$ (`"+"`), $y = a\,b$ (`"*"`) and $y = \max(a, b)$ (`"max"`), return `da` and `db`.
# At a tie, $a = b$ exactly, the whole gradient of max goes to $a$.
#
# $$\mathrm{d}a = \mathrm{d}y\,\frac{\partial y}{\partial a}, \qquad \mathrm{d}b = \mathrm{d}y\,\frac{\partial y}{\partial b}$$

# %% task="03-1"

# %%
check("03-1", binary_backward)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Change $a$ by a small amount and hold $b$ still. By how much does $y$ change? Ask this for each of the three operations.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\partial(a+b)/\partial a = 1$, $\ \partial(ab)/\partial a = b$, and $\max(a, b)$ follows the larger of the two with slope 1.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# if op == "+":
#     return dy, ...
# if op == "*":
#     return dy * ..., dy * ...
# return (dy, 0.0) if ... else (0.0, dy)
# ```
# </details>

# %% [markdown]
# {task 03-2}
#
# Return the pair `(y, backward)`. `backward(dy)` returns `dx`, and may be called much later, when the rule has long been called with other inputs.
#
# $$y = e^x: \ \frac{\mathrm{d}y}{\mathrm{d}x} = y, \qquad\qquad y = \tanh x: \ \frac{\mathrm{d}y}{\mathrm{d}x} = 1 - y^2$$
#
# tanh must take any $x$: at 1000 it is 1, with slope 0.

# %% task="03-2"

# %%
check("03-2", unary_rule)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Define `backward` *inside* the function. It may use every variable of the function around it, also after that function has returned.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\mathrm{d}x = \mathrm{d}y \cdot \mathrm{d}y/\mathrm{d}x$, where both slopes can be written with the output $y$ alone.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# y = math.exp(x) if op == "exp" else ...
#
# def backward(dy):
#     slope = ... if op == "exp" else ...
#     return dy * slope
# return y, backward
# ```
# </details>

# %% [markdown]
# {task 03-3}
#
# A graph is given as a dictionary: `inputs["b"]` is the tuple of nodes that `b` was computed from; it is empty for a leaf, and holds a node twice where $b = a \cdot a$.
# Return a list of all nodes that `output` depends on, and `output` itself, each *after* its inputs. Any such order is right.
# Nodes are names or numbers. The dictionary may hold other nodes, in any order.
#
# The graph may be a chain of thousands of nodes: do not let the function call itself. It may be a ladder of a hundred rungs: do not follow every path.

# %% task="03-3"

# %%
check("03-3", topological_order)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Keep a list of nodes to do, and look at its last one. If one of its inputs is not in the order yet, that input must be done first. Otherwise the node itself can be.
# </details>
# <details><summary>Hint 2: the key idea</summary>
#
# A node may join the order as soon as all of its inputs have joined. A set of the nodes that have joined makes the question fast, and keeps a node with two users from joining twice.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# order, done, todo = [], set(), [output]
# while todo:
#     node = todo[-1]
#     waiting = [x for x in inputs[node] if x not in ...]
#     if waiting:
#         todo.extend(...)
#     else:
#         todo.pop()
#         ...             # let node join, unless it has
# return order
# ```
# </details>

# %% [markdown]
# {task 03-4}
#
# A dual number is a pair: a value, and its derivative with respect to one chosen input. Return the pair for $a + b$ (`"+"`), $a\,b$ (`"*"`) or $\tanh a$ (`"tanh"`, called without `b`).
#
# $$(a + b)' = a' + b', \qquad (a\,b)' = a'\,b + a\,b', \qquad (\tanh a)' = (1 - \tanh^2 a)\,a'$$
#
# tanh must take any $a$: at 1000 it is 1, with slope 0.

# %% task="03-4"

# %%
check("03-4", dual)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# `a[0]` is the value, `a[1]` the derivative. Every operation needs both: first the value as usual, then the derivative by the rule above.
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# The product rule has two terms, one for each factor that may change. The chain rule multiplies the slope of tanh by the derivative of what is inside it.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# if op == "+":
#     return a[0] + b[0], ...
# if op == "*":
#     return a[0] * b[0], a[1] * ... + a[0] * ...
# y = math.tanh(a[0])
# return y, ... * a[1]
# ```
# </details>

# %% [markdown]
# {task 03-5}
#
# `order` is a topological order, its last node is $L$. `inputs[node]` are the nodes it was computed from, `local[node]` its local derivatives with respect to them, in the same order.
# Returned are the gradients of all nodes. The function below is right on a chain. On a diamond it is wrong. Find out why.

# %% task="03-5"

# %%
check("03-5", backward_pass)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Draw $x$ with two users $a$ and $b$, and follow the loop by hand. What does it write to `grads["x"]`, and when?
# </details>
# <details><summary>Hint 2: the key equation</summary>
#
# $\dfrac{\partial L}{\partial x} = \dfrac{\partial L}{\partial a}\dfrac{\partial a}{\partial x} + \dfrac{\partial L}{\partial b}\dfrac{\partial b}{\partial x}$: where paths meet, they add up.
# </details>
# <details><summary>Hint 3: the place</summary>
#
# The line that assigns to `grads[x]` forgets what was there. One character is missing.
# </details>

# %% [markdown]
# {task 03-6}
#
# A tape is a program without names. It starts with the numbers `x` as values 0, 1, …; each line `(op, i, j)` appends one value, made from values `i` and `j`:
# `("*", 0, 1)` appends value 0 times value 1, `("+", i, j)` the sum, `("tanh", i, None)` the tanh of value `i`, which may be 1000. The last value is $L$, with an empty tape the last of the numbers.
#
# Return the gradient of $L$ with respect to `x`, a list of `len(x)` floats. Run it forward, then walk it backward.
# One walk gives all gradients, as quickly for 500 numbers as for 2. Tapes may have thousands of lines: no function that calls itself.

# %% task="03-6"

# %%
check("03-6", tape_gradient)

# %% [markdown]
# <details><summary>Hint 1: a nudge</summary>
#
# Line number $k$ of the tape makes value `len(x) + k`. Keep one list of values and one list of gradients, of the same length.
# </details>
# <details><summary>Hint 2: the key idea</summary>
#
# The tape is already in a topological order. Start with gradient 1 for the last value, and read the lines from the last to the first.
# A value may be used twice, even in one line: `("*", 5, 5)`.
# </details>
# <details><summary>Hint 3: the skeleton</summary>
#
# ```python
# values = list(x)
# for op, i, j in tape:
#     values.append(...)
# grads = [0.0] * (len(values) - 1) + [1.0]
# for k in reversed(range(len(x), len(values))):
#     op, i, j = tape[k - len(x)]
#     ...                       # three cases, each with +=
# return grads[:len(x)]
# ```
# </details>
