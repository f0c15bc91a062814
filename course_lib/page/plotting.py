"""Matplotlib figures in the course's style. Helpers take arrays and an ``ax``, return the ``ax``, read no globals.

Use the style for a figure, never globally: ``with plt.rc_context(STYLE): ...``
"""

import base64
from contextlib import contextmanager
from html import escape

import numpy as np

from course_lib.page.described import described
from course_lib.page.drawing.palette import DATA, FAINT, FIFTH, FORWARD, FOURTH, GRADIENT, INK, PARAMETER

SERIES = (FORWARD, GRADIENT, PARAMETER, FOURTH, FIFTH, DATA)
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
ONE, TWO = (6.0, 3.4), (9.0, 3.4)       # inches: one panel, two panels

STYLE = {
    "figure.figsize": ONE, "figure.dpi": 100, "savefig.dpi": 100, "figure.constrained_layout.use": True,
    "font.size": 11, "axes.labelsize": 11, "axes.titlesize": 11, "axes.titlelocation": "left",
    "xtick.labelsize": 10, "ytick.labelsize": 10, "legend.fontsize": 10, "legend.frameon": False,
    "lines.linewidth": 1.8, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": INK,
    "grid.color": FAINT, "grid.linewidth": 0.5, "image.cmap": "cividis",
    "axes.prop_cycle": f"cycler('color', {list(SERIES)})",
}


@contextmanager
def figure(columns=1, *, size=None, alt=None, **options):
    """``with figure(2) as (left, right): ...``: a row of axes in the course's style, shown when the block ends.

    size      width and height in inches
    alt       a sentence on what is to be seen, for readers who cannot see it. What was drawn (titles, axes, names of
              the series) is added by itself.
    options   passed on to ``plt.subplots``, such as ``sharey=True``
    """
    import matplotlib.pyplot as plt
    with plt.rc_context(STYLE):
        fig, axes = plt.subplots(1, columns, figsize=size or (ONE if columns == 1 else TWO), **options)
        yield axes
        _open_empty_logs(fig)
        if "inline" in plt.get_backend() and _kernel() and plt.fignum_exists(fig.number):
            _show_with_text(fig, alt)
        else:                                           # a window, or a test
            plt.show()


def _open_empty_logs(fig):
    """Give log axes without anything to show a range: after an interrupt all may be NaN, and Matplotlib refuses."""
    for ax in fig.axes:
        for axis, limit in ((ax.xaxis, ax.set_xlim), (ax.yaxis, ax.set_ylim)):
            if axis.get_scale() == "log" and not min(axis.get_view_interval()) > 0:
                limit(0.1, 1)


def _kernel():
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    return get_ipython()


def _show_with_text(fig, alt):
    """Show a figure in a notebook as ``<img alt="...">``: a bare PNG has no alternative text, neither in JupyterLab
    nor in what nbconvert makes of it. The bytes are those that ``plt.show()`` would send."""
    import matplotlib.pyplot as plt
    from IPython.display import display
    text = " ".join(filter(None, (alt and alt.strip(), described(fig))))
    data, metadata = _kernel().display_formatter.format(fig)
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        if kind in data:
            data = {"text/html": _image(kind, data[kind], text, metadata.get(kind, {})),
                    "text/plain": data.get("text/plain", text)}
            break
    plt.close(fig)
    display(data, raw=True)


def _image(kind, picture, text, size):
    if kind == "image/svg+xml":
        picture = picture.encode()
    if isinstance(picture, bytes):
        picture = base64.b64encode(picture).decode()
    size = "".join(f' {name}="{size[name]}"' for name in ("width", "height") if name in size)
    return (f'<img src="data:{kind};base64,{"".join(picture.split())}"{size} style="max-width:100%" '
            f'alt="{escape(text)}">')


def curves(ax, xs, series, *, x_label, y_label, title="", log=False, legend=False):
    """Lines with a name at their end (in a legend if they are many, or if their ends lie close together:
    ``legend=True``).

    ``series`` is ``{name: ys}``. Colour and dash both tell them apart.
    """
    if log:
        ax.set_yscale("log")            # first: lines of NaN, after an interrupt, have no range that could be changed
    for i, (name, ys) in enumerate(series.items()):
        label = _label(series, name)
        ax.plot(xs, ys, color=SERIES[i % 6], linestyle=DASHES[i % 6], label=label)
        if len(series) <= 3 and not legend and len(xs):
            ax.annotate(label, (xs[-1], ys[-1]), xytext=(5, 0), textcoords="offset points", color=SERIES[i % 6],
                        va="center", annotation_clip=False)
    if len(series) > 3 or legend:
        ax.legend()
    ax.set(xlabel=x_label, ylabel=y_label, title=title)
    return ax


def lines(ax, series, *, x_label, y_label, title="", log=""):
    """Lines, each with its own xs: ``series`` is ``{name: (xs, ys)}``. ``log`` names the logarithmic axes: "x", "y",
    "xy"."""
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    for i, (name, (xs, ys)) in enumerate(series.items()):
        ax.plot(xs, ys, color=SERIES[i % 6], linestyle=DASHES[i % 6], label=_label(series, name))
    ax.legend()
    ax.set(xlabel=x_label, ylabel=y_label, title=title)
    return ax


def _label(series, name):
    """The name of a series; what an interrupt left incomplete is marked (``page.running.Each``)."""
    return series.name(name) if hasattr(series, "name") else name


def bands(ax, xs, series, *, x_label, y_label, title="", log=False):
    """The median of several runs as a line, their range as a band: ``series`` is ``{name: array (runs, len(xs))}``."""
    for i, runs in enumerate(series.values()):
        ax.fill_between(xs, np.min(runs, axis=0), np.max(runs, axis=0), color=SERIES[i % 6], alpha=0.2, linewidth=0)
    medians = {_label(series, name): (xs, np.median(runs, axis=0)) for name, runs in series.items()}
    return lines(ax, medians, x_label=x_label, y_label=y_label, title=title, log="y" if log else "")


def images(axes, pictures, titles=None, *, side=None, frame=False):
    """Grey images, one in each of ``axes``; rows of pixels are made square. Ink is dark. ``frame``:
    show the paper's edge."""
    axes = np.ravel(axes)
    for ax in axes:
        ax.set_axis_off()
    for i, (ax, picture) in enumerate(zip(axes, pictures)):
        edge = side or int(round(np.size(picture) ** 0.5))
        ax.imshow(np.reshape(picture, (edge, -1)), cmap="gray_r", vmin=0, vmax=1)
        if frame:
            ax.set_axis_on()
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, color=FAINT)
        if titles is not None:
            ax.set_title(titles[i], fontsize=10, loc="center")
    return axes


def photographs(ax, grid, *, title=""):
    """Grey photographs side by side as one picture: ``grid`` is (rows, columns, height, width),
    large numbers are light."""
    rows, columns, height, width = np.shape(grid)
    ax.imshow(np.transpose(grid, (0, 2, 1, 3)).reshape(rows * height, columns * width), cmap="gray")
    ax.set(title=title, xticks=[], yticks=[])
    ax.spines[:].set(visible=False)
    return ax


def signed_matrix(ax, matrix, *, title="", x_label="", y_label=""):
    """A matrix of signed numbers (weights, gradients): orange negative, white zero, purple positive."""
    top = np.max(np.abs(matrix)) or 1.0
    picture = ax.imshow(matrix, cmap="PuOr", vmin=-top, vmax=top, aspect="auto")
    ax.set(title=title, xlabel=x_label, ylabel=y_label)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_major_locator().set_params(integer=True, min_n_ticks=1)     # rows and columns are counted
    ax.figure.colorbar(picture, ax=ax)
    return ax


def signed_matrices(axes, matrices, **labels):
    """One ``signed_matrix`` in each of ``axes``: ``matrices`` is ``{title: matrix}``."""
    for ax, (title, matrix) in zip(np.ravel(axes), matrices.items()):
        signed_matrix(ax, matrix, title=title, **labels)
    return axes


def show_maps(axes, pictures, titles=None, *, top=None):
    """Small signed pictures (kernels, maps), one in each of ``axes``, all on one scale, without ticks or colour bar."""
    top = top or max(float(np.max(np.abs(p))) for p in pictures) or 1.0
    axes = np.ravel(axes)
    for i, (ax, picture) in enumerate(zip(axes, pictures)):
        ax.imshow(picture, cmap="PuOr", vmin=-top, vmax=top)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color=FAINT)
        if titles is not None:
            ax.set_title(titles[i], fontsize=10, loc="center")
    return axes


def bars(ax, heights, *, y_label, title="", colours=None, form="{:.3g}"):
    """Upright bars with their numbers on top: ``heights`` is ``{name: height}``."""
    ax.bar(range(len(heights)), list(heights.values()), width=0.55, color=colours or FORWARD)
    for i, height in enumerate(heights.values()):
        ax.annotate(form.format(height), (i, height), xytext=(0, 3), textcoords="offset points", ha="center")
    ax.set(xticks=range(len(heights)), xticklabels=list(heights), ylabel=y_label, title=title)
    ax.margins(y=0.15)
    return ax


def confusion(ax, counts, *, title=""):
    """A table of counts, row = true label, column = predicted label; the shade is their logarithm."""
    ax.imshow(np.log1p(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            ax.text(column, row, count, ha="center", va="center", fontsize=8,
                    color="white" if count > np.max(counts) / 4 else "black")
    ax.set(title=title, xlabel="predicted", ylabel="true", xticks=range(len(counts)), yticks=range(len(counts)))
    return ax
