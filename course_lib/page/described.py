"""What a Matplotlib figure shows, in words: the text for readers who do not see it.

``described(fig)`` reads titles, axis labels, logarithmic scales and the names of the series from the figure itself, so
that the text cannot differ from the picture. It tells what was drawn, not what is to be seen in it: that is said by
whoever made the figure, in ``figure(alt=...)``.
"""

import re
import unicodedata
from collections import Counter

PLACES = {2: ("left", "right")}
SIGNS = {"partial": "∂", "cdot": "·", "times": "×", "odot": "⊙", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
         "neq": "≠", "to": "→", "infty": "∞", "nabla": "∇", "pm": "±", "top": "T", "Vert": "‖", "approx": "≈"}
MANY = 8                                                # of very many names, so many are read out


def described(fig):
    """One or more sentences on the whole figure: its title, how many panels, and what each of them holds."""
    panels = [ax for ax in fig.axes if ax.get_label() != "<colorbar>" and ax.get_visible() and _drawn(ax)]
    whole = _words(fig.get_suptitle())
    texts = [_panel(ax) for ax in panels]
    opening = f"Figure: {whole}. " if whole else "Figure. "
    if len(panels) == 1:
        named = whole or _title(panels[0]) or any(_axes(panels[0]))
        return f"{opening}{texts[0]}." if whole else f"Figure{'' if named else ' with one panel'}: {texts[0]}."
    if not panels:
        return f"{opening}Nothing is drawn in it."
    if len(set(texts)) == 1:                  # a row of pictures without names
        return f"{opening}{len(texts)} panels, each: {texts[0]}."
    if all(_only_pictures(ax) and not _axes(ax) for ax in panels):
        names = [_words(_title(ax)) or "no title" for ax in panels]
        return f"{opening}A row of {len(panels)} pictures: {'; '.join(names)}."
    places = PLACES.get(len(panels), tuple(f"panel {i} of {len(panels)}" for i in range(1, len(panels) + 1)))
    said = "; ".join(f"{place}: {text}" for place, text in zip(places, texts))
    return f"{opening}{len(panels)} panels. {said[:1].upper()}{said[1:]}."


def readable(text):
    r"""A label as it is read out: ``$\eta$`` is η, ``$\log_{10} n$`` is "log_10 n"."""
    def sign(match):
        name = match[1]
        if name in SIGNS:
            return SIGNS[name]
        size = "CAPITAL" if name[0].isupper() else "SMALL"
        try:
            return unicodedata.lookup(f"GREEK {size} LETTER {name.upper()}")
        except KeyError:
            return "" if name in ("mathrm", "mathbf", "mathit", "text", "left", "right", "quad") else name
    text = re.sub(r"\$([^$]*)\$", lambda m: re.sub(r"[{}]|\\[,;: ]", "", re.sub(r"\\([A-Za-z]+)", sign, m[1])), text)
    return " ".join(text.split())


def _words(text):
    return readable(text).rstrip(".")


def _title(ax):
    return next(filter(None, (ax.get_title(side) for side in ("left", "center", "right"))), "")


def _drawn(ax):
    return any((ax.lines, ax.collections, ax.patches, ax.images, ax.texts, _title(ax)))


def _only_pictures(ax):
    return ax.images and not (ax.lines or ax.collections or ax.patches)


def _panel(ax):
    parts = [_words(_title(ax)), _content(ax), *_axes(ax)]
    return "; ".join(filter(None, parts)) or "an empty panel"


def _axes(ax):
    """What stands at the axes: their labels, and which is logarithmic."""
    found = []
    for name, axis in (("x", ax.xaxis), ("y", ax.yaxis)):
        label = _words(axis.get_label_text()) if axis.get_visible() and ax.axison else ""
        log = " (logarithmic)" if axis.get_scale() in ("log", "symlog") else ""
        if label or log:
            found.append(f"{name} axis{log}" + (f": {label}" if label else ""))
    return found


def _content(ax):
    """The things drawn, by kind, with the names of those that have one."""
    named, nameless = [], Counter()
    groups = [group for group in ax.containers if hasattr(group, "patches")]
    bars = {id(patch) for group in groups for patch in group}
    things = [*((thing, _kind(thing)) for thing in (*ax.lines, *ax.collections)),
              *((group, "bars") for group in groups),
              *((patch, "shape") for patch in ax.patches if id(patch) not in bars),
              *((image, "picture") for image in ax.images)]
    for thing, kind in things:
        label = _label(thing)
        if label:
            named.append((_words(label), kind))
        elif kind == "bars":
            named += [(name, "bar") for name in _tick_names(ax)] or [("", "bars")]
        else:
            nameless[kind] += 1
    parts = []
    for kind in dict.fromkeys(kind for _, kind in named):
        names = [f"“{name}”" for name, other in named if other == kind and name]
        several = kind if kind.endswith("s") or len(names) == 1 else f"{kind}s"
        if len(names) > 2 * MANY:
            names[MANY:] = [f"and {len(names) - MANY} more"]
        parts.append(f"{several} {', '.join(names)}".strip())
    known = {kind for _, kind in named}
    for kind, count in nameless.items():
        if kind in known:
            parts.append(f"{count} more without a name")
        elif not (known and kind in ("band", "shape")):
            parts.append(kind if kind.endswith("s") else f"{count} {kind}s" if count > 1 else f"a {kind}")
    return "; ".join(parts)


def _label(thing):
    """A thing's name, or that of the first bar in a group."""
    first = next(iter(thing), None) if hasattr(thing, "patches") else None
    names = [str(of.get_label()) for of in (thing, first) if of is not None]
    return next((name for name in names if name and not name.startswith("_")), "")


def _kind(thing):
    name = type(thing).__name__
    if name == "Line2D":
        return "line" if thing.get_linestyle() not in ("None", "none", "", " ") else "points"
    return {"PathCollection": "points", "FillBetweenPolyCollection": "band", "PolyCollection": "band",
            "LineCollection": "line", "QuadContourSet": "contour map", "QuadMesh": "coloured map",
            "Quiver": "arrows"}.get(name, "shape")


def _tick_names(ax):
    """The names under upright bars, where words stand there and no numbers."""
    names = [_words(label.get_text()) for label in ax.get_xticklabels()]
    return [name for name in names if name] if any(re.search(r"[^\W\d]", name) for name in names) else []
