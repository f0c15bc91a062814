"""The explorers of lesson 16: the numbers shown are the right ones."""

from course_lib.data.history import load_history
from course_lib.widgets import lesson16 as w


def test_the_timeline_tells_each_work_and_what_it_names():
    explorer = w.timeline_explorer()
    for number, event in enumerate(load_history(), 1):
        picture, line, _ = explorer.shown({"event": number})
        assert line.startswith(f"{event.year}, {event.who}: {event.what}")
        assert picture.count("stroke-dasharray") == 1 + len(event.without)      # one in the legend
        assert ("It names" in line) == bool(event.cites) and ("It does not name" in line) == bool(event.without)
        assert f"{event.year}: {event.who}" in picture


def test_the_article_of_1986_names_one_work_and_leaves_out_four():
    number = [event.source for event in load_history()].index("rumelhart1986") + 1
    line = w.timeline_explorer().shown({"event": number}).readout
    assert "It names LeCun 1985. It does not name Linnainmaa 1970, Linnainmaa 1976, Werbos 1974" in line


def test_next_goes_round():
    explorer, seen = w.timeline_explorer(), []
    for _ in load_history():
        seen.append(explorer.state["event"])
        explorer.buttons["Next"].click()
    assert seen == list(range(1, len(load_history()) + 1)) and explorer.state["event"] == 1
