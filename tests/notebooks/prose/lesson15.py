"""What the prose of lesson 15 says, and what carries it."""

from numerals import quoted, says, slider_takes

from course_lib.studies import memory
from course_lib.widgets import lesson15 as widgets

# ---- memory ----------------------------------------------------------------------------------------------------------

@says("Here are 50 layers of 256 units, and", "64 examples")
def sizes_of_the_first_chain(o):
    return o.coded(r"memory.chain\((\d+), (\d+).*\n?.*size=\((\d+), 256\)", 1) == [50, 256, 64]


@says("The measured learning kept every state, answering no more than 3 at a time")
def learning_keeps_every_state(o):
    answering, learning = o.printed(r"memory for (\S+) states to answer, for (\S+) to learn", 1)
    return answering < 3.5 and 50 < learning < 60


@says("without it, the same segment goes wrong")
def forgotten_generators(o):
    return (o.printed(r"Checkpoint: dx is off by (\S+?)%", 1) == [0]
            and o.printed(r"without moved: dx is off by (\S+?)%", 1)[0] > 20)


@says("how many steps do 10 states and 3 repetitions reach?")
def all_places_tried(o):
    rows = o.table("states s", "steps, all places tried", "(15.3)")
    return all(row["steps, all places tried"] == row["(15.3)"] and row["runs t, all places tried"] == row["(15.4)"]
               for row in rows) and [rows[-1]["states s"], rows[-1]["repetitions r"]] == [10, 3]


says("the plan is Revolve (Griewank and Walther 2000)", quoted("Griewank and Walther 2000, ACM TOMS 26, 19-45"))
says("Chen and others (2016) reported 7 GB instead of 48 GB for 1000 layers, for 30 % more time",
     quoted("Chen, Xu, Zhang and Guestrin 2016, arXiv 1604.06174, abstract"))


@says("All plans give the same bits. For 256 rows, Revolve with 3 states takes memory for 7 instead of 205, and more "
      "than twice the time")
def less_memory_took_longer(o):
    time, used = (o.by("kept", column)["Revolve, 3 states"] for column in ("time, measured", "alive, measured"))
    assert o.printed(r"plans, (\d+) result, bit by bit", 1) == [1] and time.low > 2
    return o.coded(r"many = .*size=\((\d+), 64\)", 1) + [3, used, o.by("kept", "alive, measured")["all"]]


@says("whole segments are better: with 27 alive, every 14th needs 396 runs, Revolve 572")
def segments_at_equal_memory(o):
    alive, runs = o.by("kept", "alive"), o.by("kept", "runs")
    names = "every 14th", "Revolve, 26 states"
    every = o.coded(r"keep_every\(200, (\d+)\)", 1)
    return [*{alive[name] for name in names}, *every, *(runs[name] for name in names)]


@says("**Try** in the explorer: with 40 steps, how few states may Revolve hold before the time doubles?")
def the_time_doubles_within_the_sliders(o):
    times = [memory.cost(memory.revolve(40, slots))["times"] for slots in (3, 4)]
    sliders = all(slider_takes(widgets.memory_explorer, *place) for place in (("Steps", 40), ("States held", 3)))
    return sliders and times[0] > 2 > times[1]


@says("for the root, almost one more forward")
def one_more_forward(o):
    return 1.9 < o.by("kept", "runs")["every 14th"] / o.by("kept", "runs")["all"] < 2



# ---- forgetting ------------------------------------------------------------------------------------------------------

# TODO forgetting

# ---- feedback --------------------------------------------------------------------------------------------------------

# TODO feedback

# ---- explaining ------------------------------------------------------------------------------------------------------

# TODO explaining

# ---- attacks ---------------------------------------------------------------------------------------------------------

# TODO attacks

# ---- labels ----------------------------------------------------------------------------------------------------------

# TODO labels

# ---- blind -----------------------------------------------------------------------------------------------------------

# TODO blind
