"""What lesson 16 shows: the table of all claims, the dates of backpropagation, the self-test."""

from course_lib.data.bibliography import work
from course_lib.data.history import STRANDS, load_history
from course_lib.page.drawing import palette
from course_lib.page.drawing.svg import circle, drawing, line, polyline, text
from course_lib.widgets.base import Explorer, slider
from course_lib.widgets.claims import claims_explorer as claims_explorer
from course_lib.widgets.selftest import self_test as self_test

# ---- history ---------------------------------------------------------------------------------------------------------

STRAND_Y = dict(zip(STRANDS, (84, 140, 196, 262)))
LEFT, STEP = 150, 34                                  # of the first dot, and from dot to dot: in order, not to scale


def _arc(start, end, **style):
    """A curve from dot to dot, bowed upward, as short lines."""
    (x1, y1), (x2, y2) = start, end
    bow = (x1 + x2) / 2, min(y1, y2) - 12 - abs(x2 - x1) / 6
    arrow = style.pop("arrow", False)
    ts = [i / 24 for i in range(23 if arrow else 25)]
    points = [((1 - t) ** 2 * x1 + 2 * t * (1 - t) * bow[0] + t * t * x2,
               (1 - t) ** 2 * y1 + 2 * t * (1 - t) * bow[1] + t * t * y2) for t in ts]
    return polyline(points, **style) + (line(*points[-2], *points[-1], stroke=style["stroke"], width=style["width"],
                                             arrow=True) if arrow else "")


def timeline_picture(state):
    """All events as dots in four strands; the chosen one with arrows to the works that it names, dashed lines to those
    that it does not name."""
    events = load_history()
    places = {event.source: (LEFT + STEP * i, STRAND_Y[event.strand]) for i, event in enumerate(events)}
    chosen = events[state["event"] - 1]
    parts = [text(16, 26, f"{chosen.year}: {chosen.who}", bold=True, anchor="start", size=14)]
    for key, y in STRAND_Y.items():
        parts += [text(128, y + 4, STRANDS[key], anchor="end", size=12),
                  line(LEFT - 12, y, LEFT + STEP * (len(events) - 1) + 12, y, stroke=palette.FAINT)]
    for i, event in enumerate(events):
        parts.append(text(LEFT + STEP * i, 300, event.year, size=11, bold=event is chosen))
    for keys, style in ((chosen.cites, {"stroke": palette.FORWARD, "width": 2.0, "arrow": True}),
                        (chosen.without, {"stroke": palette.GRADIENT, "width": 2.0, "dash": "4 4"})):
        parts += [_arc(places[chosen.source], places[key], **style) for key in keys]
    for event in events:
        now = event is chosen
        parts.append(circle(*places[event.source], 7 if now else 4.5, fill=palette.INK if now else palette.DATA,
                            stroke="#FFFFFF", title=f"{event.year}: {event.who}"))
    parts += [line(LEFT, 326, LEFT + 34, 326, stroke=palette.FORWARD, width=2.0, arrow=True),
              text(LEFT + 42, 330, "names", anchor="start"),
              line(LEFT + 150, 326, LEFT + 184, 326, stroke=palette.GRADIENT, width=2.0, dash="4 4"),
              text(LEFT + 192, 330, "does not name, though it came before", anchor="start")]
    return drawing(LEFT + STEP * len(events), 344, *parts, title="Backpropagation in dates",
                   description=f"{len(events)} publications in four strands; {chosen.who} {chosen.year} is chosen")


def timeline_readout(state):
    """What the chosen work holds, where it appeared, which works it names and does not name."""
    event = load_history()[state["event"] - 1]
    said = [f"{event.year}, {event.who}: {event.what}"]
    for keys, words in ((event.cites, "It names"), (event.without, "It does not name")):
        if keys:
            said.append(f"{words} {', '.join(_short(key) for key in keys)}.")
    return " ".join([*said, f"Source: {work(event.source).reference.replace('*', '')}."])


def _short(key):
    return f"{work(key).surnames[0]} {work(key).year}"


def timeline_explorer():
    """Backpropagation in dates: one work after the other, and which works it names."""
    count = len(load_history())
    return Explorer(
        alt=f"A timeline of {count} publications, from 1847 to 1997, in four strands. Move the slider from one to the "
            "next: arrows lead to the works that it names, dashed lines to earlier ones that it does not name.",
        picture=timeline_picture, readout=timeline_readout,
        controls={"event": slider("Publication", 1, 1, count)},
        actions={"Next": lambda state: {"event": state["event"] % count + 1}})


EXPLORERS = {
    "history": timeline_explorer,
}
