"""Explorers of lesson 14: the same program here and in a framework, line beside line; and which calls of a traced
function run its Python code. Both are text and rules: no framework is needed. Where the frameworks are installed, the
tests run the programs and make the calls."""

from html import escape

from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import drawing, element, line, rect, text
from course_lib.widgets.base import Explorer, choice, slider

FRAMEWORKS = ("PyTorch", "TensorFlow", "JAX")

# ---- the same program, twice --------------------------------------------------------------------------------------

# {program: {framework: rows of (our line, their line, what the line does)}}; an empty line has no counterpart.
PROGRAMS = {
    "gradients": {
        "PyTorch": (
            ("W, b = Tensor(W), Tensor(b)", "W, b = (torch.tensor(a, requires_grad=True)",
             "Leaves of the graph: what the gradient is asked for."),
            ("", "        for a in (W, b))", "PyTorch has to be told that they want a gradient; ours always do."),
            ("z = Tensor(x) @ W + b", "z = torch.tensor(x) @ W + b",
             "The forward pass. Both record it while it runs: define-by-run."),
            ("L = apply(softmax_cross_entropy, z, t)", "L = torch.nn.functional.cross_entropy(",
             "Softmax and cross-entropy in one, the mean over the batch."),
            ("", "    z, torch.tensor(t))", "The labels, as int64."),
            ("L.backward()", "L.backward()", "The way back: ours sets grad, PyTorch adds to it."),
            ("dW, db = W.grad, b.grad", "dW, db = W.grad, b.grad", "The gradients lie in the leaves.")),
        "TensorFlow": (
            ("W, b = Tensor(W), Tensor(b)", "W, b = tf.Variable(W), tf.Variable(b)",
             "Leaves of the graph: a Variable is watched by every tape."),
            ("", "with tf.GradientTape() as tape:", "Only inside of this block is anything recorded."),
            ("z = Tensor(x) @ W + b", "    z = x @ W + b", "The forward pass, recorded on the tape."),
            ("L = apply(softmax_cross_entropy, z, t)",
             "    CE = tf.nn.sparse_softmax_cross_entropy_with_logits(",
             "Softmax and cross-entropy in one: one number for each example."),
            ("", "        labels=t, logits=z)", "The labels as whole numbers, called sparse."),
            ("", "    L = tf.reduce_mean(CE)", "The mean over the batch, which our rule has inside."),
            ("L.backward()", "dW, db = tape.gradient(L, [W, b])", "The way back; gradients are returned, not kept."),
            ("dW, db = W.grad, b.grad", "", "TensorFlow has returned them already.")),
        "JAX": (
            ("W, b = Tensor(W), Tensor(b)", "def loss(W, b):",
             "No leaves: what the gradient is asked for are the arguments of a function."),
            ("z = Tensor(x) @ W + b", "    z = x @ W + b", "The forward pass, traced when the function is called."),
            ("L = apply(softmax_cross_entropy, z, t)", "    p = jax.nn.log_softmax(z)",
             "JAX itself brings no losses: the logarithms of the probabilities,"),
            ("", "    return -jnp.mean(p[jnp.arange(len(t)), t])", "and the mean over the batch of the true ones."),
            ("L.backward()", "gradient = jax.grad(loss, argnums=(0, 1))",
             "A function that computes the gradients by both arguments."),
            ("dW, db = W.grad, b.grad", "dW, db = gradient(W, b)", "Calling it is the way forward and back.")),
    },
    "training step": {
        "PyTorch": (
            ("y, backward = net(x)", "y = net(x)", "Forward. Our closure stands beside y, PyTorch's hides in it."),
            ("L, loss_backward = softmax_cross_entropy(y, t)", "L = torch.nn.functional.cross_entropy(y, t)",
             "The loss, and the beginning of the way back."),
            ("", "optimizer.zero_grad()", "The old gradients go, for PyTorch adds. Ours are replaced."),
            ("backward(loss_backward())", "L.backward()", "Back through everything; each parameter has its grad."),
            ("optimizer.step()", "optimizer.step()", "The update reads grad and changes the arrays in place.")),
        "TensorFlow": (
            ("", "with tf.GradientTape() as tape:", "Only inside of this block is anything recorded."),
            ("y, backward = net(x)", "    y = net(x)", "Forward."),
            ("L, loss_backward = softmax_cross_entropy(y, t)", "    L = loss(t, y)",
             "The loss, made before with from_logits=True; the labels come first."),
            ("backward(loss_backward())", "grads = tape.gradient(L, net.trainable_variables)",
             "Back through everything; the gradients are returned."),
            ("optimizer.step()", "optimizer.apply(grads, net.trainable_variables)",
             "The update changes the variables in place.")),
        "JAX": (
            ("y, backward = net(x)", "L, grads = jax.value_and_grad(loss)(", "Forward"),
            ("L, loss_backward = softmax_cross_entropy(y, t)", "", "and loss"),
            ("backward(loss_backward())", "    params, x, t)", "and back, in one call of a function of params."),
            ("optimizer.step()", "params = jax.tree.map(", "The update, for every array of the pytree:"),
            ("", "    lambda p, dp: p - lr * dp, params, grads)", "new arrays; nothing is changed in place.")),
    },
    "own backward": {
        "PyTorch": (
            ("", "class Square(torch.autograd.Function):", "A rule is a class with two functions."),
            ("def square(x):", "    def forward(ctx, x):",
             "Forward, a static method (@staticmethod). ctx is what a closure keeps by itself."),
            ("    y = x * x", "        y = x * x", "The value."),
            ("", "        ctx.save_for_backward(x)", "What the way back will need has to be named."),
            ("", "        return y", "Only the value is returned."),
            ("    def backward(dy):", "    def backward(ctx, dy):", "The way back takes what was kept, and dy."),
            ("", "        x, = ctx.saved_tensors", "Ours sees x from where it stands."),
            ("        return 2 * x * dy", "        return 2 * x * dy", "One gradient for each input, in this order."),
            ("    return y, backward", "square = Square.apply", "How the two are handed over.")),
        "TensorFlow": (
            ("", "@tf.custom_gradient", "This line says that the function is a rule."),
            ("def square(x):", "def square(x):", "Forward."),
            ("    y = x * x", "    y = x * x", "The value."),
            ("    def backward(dy):", "    def backward(dy):", "A closure, as ours: it sees x from where it stands."),
            ("        return 2 * x * dy", "        return 2 * x * dy", "One gradient for each input, in this order."),
            ("    return y, backward", "    return y, backward", "Word for word the protocol of this course.")),
        "JAX": (
            ("", "@jax.custom_vjp", "This line says that a rule follows."),
            ("def square(x):", "def square(x):", "Forward, alone: what is computed when no gradient is asked for."),
            ("    y = x * x", "    return x * x", "The value."),
            ("", "def forward(x):", "Forward, when a gradient is asked for:"),
            ("", "    return square(x), (x,)", "the value, and in a tuple what the way back will need."),
            ("    def backward(dy):", "def backward(kept, dy):", "The way back takes what was kept, and dy."),
            ("        return 2 * x * dy", "    return (2 * kept[0] * dy,)",
             "A tuple: one gradient for each input, in the same order."),
            ("    return y, backward", "square.defvjp(forward, backward)", "How the two are handed over.")),
    },
}
LINES = max(len(rows) for program in PROGRAMS.values() for rows in program.values())
ROW, SIDE, TOP = 27, 438, 54
CHARACTER = 7.0


def _code(x, y, content, colour):
    indent = len(content) - len(content.lstrip())
    return element("text", escape(content.lstrip()), x=x + CHARACTER * indent, y=y, font_size=12, fill=colour,
                   style="font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace",
                   textLength=CHARACTER * len(content.lstrip()), lengthAdjust="spacingAndGlyphs")


def _rows(state):
    rows = PROGRAMS[state["program"]][state["framework"]]
    return rows, min(state["line"], len(rows)) - 1


def translation_picture(state):
    """Two columns of code; the line that is looked at is framed on both sides, and joined."""
    rows, here = _rows(state)
    height = TOP + ROW * LINES + 8
    parts = [text(8, 24, "here", anchor="start", bold=True, size=14),
             text(SIDE + 8, 24, state["framework"], anchor="start", bold=True, size=14),
             line(0, 34, 880, 34, stroke=palette.FAINT)]
    for i, (ours, theirs, _) in enumerate(rows):
        y = TOP + ROW * i
        if i == here:
            for x, content in ((0, ours), (SIDE, theirs)):
                parts.append(rect(x + 1, y - 15, 424, 23, fill="#FFF6E0" if content else "none", stroke=palette.FOURTH,
                                  stroke_width=1.5, rx=4, dash=None if content else "4 3"))
            parts.append(line(425, y - 4, SIDE + 1, y - 4, stroke=palette.FOURTH, width=2))
        for x, content in ((8, ours), (SIDE + 8, theirs)):
            if content:
                parts.append(_code(x, y, content, palette.INK if i == here else palette.DATA))
    return drawing(880, height, *parts, title=f"{state['program']}, here and in {state['framework']}: line {here + 1} "
                   f"of {len(rows)}")


def translation_readout(state):
    """Both lines, and what they do."""
    rows, here = _rows(state)
    ours, theirs, note = rows[here]
    return (f"Line {here + 1} of {len(rows)}. Here: {ours.strip() or 'nothing'}. {state['framework']}: "
            f"{theirs.strip() or 'nothing'}. {note}")


def translation_explorer():
    """Which line there does what this line does here?"""
    return Explorer(
        alt="A program in the words of this course beside the same in a framework, with the lines that belong together "
            "marked. Choose the framework and the program, and move through the lines.",
        picture=translation_picture, readout=translation_readout,
        controls={"framework": choice("Framework", FRAMEWORKS, "PyTorch", tooltip="Whose words stand on the right"),
                  "program": choice("Program", tuple(PROGRAMS), "gradients", tooltip="What both sides do"),
                  "line": slider("Line", 1, 1, LINES, tooltip="Which line is marked; beyond the last, the last")})


# ---- traced, or run ------------------------------------------------------------------------------------------------

WAYS = ("define-by-run", "tf.function", "jax.jit")
CALLS = {"f(3.0)": "a number", "f(4.0)": "another number", "f(two numbers)": "an array of two numbers",
         "f(three numbers)": "an array of three numbers"}
SHOWN = 8


def kind(way, call):
    """What a traced function knows of an argument: calls of the same kind share one trace. None: nothing is shared."""
    if way == "define-by-run":
        return None
    if call in ("f(3.0)", "f(4.0)"):
        return call if way == "tf.function" else "a number"
    return call


def prints(way, calls):
    """For each call: does the Python code of the function run, so that a print inside prints?"""
    seen, found = set(), []
    for call in calls:
        known = kind(way, call)
        found.append(known is None or known not in seen)
        seen.add(known)
    return found


def tracing_picture(state):
    """The calls, one below the other, and whether each of them prints."""
    calls, ran = state["calls"], prints(state["way"], state["calls"])
    first = max(0, len(calls) - SHOWN)
    parts = [text(8, 24, "call", anchor="start", bold=True, size=14),
             text(250, 24, "inside: print, then a * a", anchor="start", bold=True, size=14),
             line(0, 34, 640, 34, stroke=palette.FAINT)]
    for i in range(first, len(calls)):
        y = TOP + ROW * (i - first)
        name = "Python runs: it prints" if ran[i] else "the stored program runs: silent"
        if state["way"] != "define-by-run" and ran[i]:
            name = "traced: it prints, once"
        parts += [_code(8, y, f"{i + 1}. {calls[i]}", palette.INK),
                  rect(250, y - 15, 300, 22, rx=4, fill="#FFF6E0" if ran[i] else "none",
                       stroke=palette.FOURTH if ran[i] else palette.FAINT, dash=None if ran[i] else "4 3"),
                  text(260, y, name, anchor="start")]
    if not calls:
        parts.append(text(8, TOP, "no call yet: press a button", anchor="start", fill=palette.DATA))
    return drawing(640, TOP + ROW * SHOWN, *parts,
                   title=f"{state['way']}: {len(calls)} calls, {sum(ran)} of them print")


def tracing_readout(state):
    """How many calls printed, and why the last did or did not."""
    way, calls = state["way"], state["calls"]
    ran = prints(way, calls)
    begin = f"{way}: {len(calls)} calls, {sum(ran)} of them print. "
    if not calls:
        return begin + "Press a button to call the function."
    if way == "define-by-run":
        return begin + "Python runs at every call, as in this course and in PyTorch."
    last = CALLS[calls[-1]]
    if ran[-1]:
        return begin + f"The last was the first of its kind ({last}): its Python code ran with a stand-in."
    return begin + f"The kind of the last ({last}) was known: no Python ran."


def tracing_explorer():
    """Which calls of a traced function run its Python code?"""
    return Explorer(
        alt="A list of calls of one function; beside each, whether its Python code runs and prints, or a stored "
            "program runs in silence. Choose a way, and make calls with the buttons.",
        picture=tracing_picture, readout=tracing_readout, memory={"calls": ("f(3.0)", "f(4.0)")},
        controls={"way": choice("Way", WAYS, "jax.jit", tooltip="How the function was prepared")},
        actions={call: (lambda state, call=call: {"calls": (*state["calls"], call)}) for call in CALLS})


EXPLORERS = {"translation": translation_explorer, "tracing": tracing_explorer}
