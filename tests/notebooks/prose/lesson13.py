"""What the prose of lesson 13 says, and what carries it."""

import inspect

from numerals import given, quoted, says, slider_takes

from course_lib.studies import reentry
from course_lib.widgets import lesson13 as widgets

# ---- reentry ------------------------------------------------------------------------------------------------------------

says("Its 300 points came from a *numerical model*, not from mines (*Knowledge* 3(2), 2023, 128–148)",
     quoted("Application of Back-Propagation Neural Network in the Post-Blast Re-Entry Time Prediction, "
            "Knowledge 3(2), 2023, abstract"))
says("RMSE 21.45 and R² 0.99 (network), 76.89 and 0.90 (calibrated formula)",
     quoted("Knowledge 3(2), 2023, doi 10.3390/knowledge3020010, abstract"))
says("The study prints, for 89 points by our count", lambda o: 89 if round(40934 / 21.45 ** 2) == 89 ==
     round(526147 / 76.89 ** 2) else 0)                  # its sums of squares over its mean squares
says("as 70 % of the study's 300 would be", lambda o: [round(100 * 211 / 300), 300])
says("on 89 others", lambda o: reentry.JUDGED)
says("lie up to 1.5 times beyond an end", lambda o: reentry.BEYOND)
says("The networks, 4-6-1, make 300 steps of `lbfgs`",
     lambda o: [4, inspect.signature(reentry.network).parameters["hidden"].default, 1,
                inspect.signature(reentry.network).parameters["steps"].default])
says("with 95 % intervals", given("``say`` prints those of experiments.interval"))
says("| `Q` | 8 to 30 |", lambda o: _range(0))
says("| `c` | 20 to 100 |", lambda o: _range(1))
says("| `b` | 0.02 to 0.08 |", lambda o: _range(2))
says("| `L` | 100 to 600 |", lambda o: _range(3))
says(r"$v_0 = 504$, $v_1 = 4.8$ and $G = 150$ kg", lambda o: list(reentry.CONSTANTS))
says("lower the air below 8, then raise the gas beyond 0.08", lambda o: [reentry.LOW[0], reentry.HIGH[2]]
     if slider_takes(widgets.reentry_explorer, "Fresh air Q (m³/s)", 5)
     and slider_takes(widgets.reentry_explorer, "Gas per kg of explosive b (m³)", 0.1) else [])

_EXACT, _NOISY, _MORE = "exact, 211 points", "5 % noise, 211 points", "5 % noise, 911 points"
_PLACES = ("inside", "one input outside", "all four outside")
_NETWORKS = ("network 4-6-1", "network on logarithms")


def _range(k):
    return [float(reentry.LOW[k]), float(reentry.HIGH[k])]


def _verdict(o, table, rival, place):
    return o.by(table, "against log-linear")[rival].split(", ")[_PLACES.index(place)]


@says("The law with learnt constants wins everywhere.")
def the_law_wins(o):
    return all(scores["the law, three constants"].below(score)
               for table in (_EXACT, _NOISY, _MORE) for place in _PLACES
               for scores in [o.by(table, place)] for rival, score in scores.items()
               if rival != "the law, three constants")


@says("From exact times both networks beat the regression inside.")
def inside_exact(o):
    return all(_verdict(o, _EXACT, rival, "inside") == "better" for rival in _NETWORKS)


@says("With noise neither does at 211 points; at 911 both do.")
def inside_noisy(o):
    found = [[_verdict(o, table, rival, "inside") == "better" for rival in _NETWORKS] for table in (_NOISY, _MORE)]
    return found == [[False, False], [True, True]] and [211, 911]


@says("With all four inputs outside, neither ever does; at 211 noisy points both are worse even with one outside.")
def outside(o):
    return (all(_verdict(o, table, rival, "all four outside") != "better"
                for table in (_EXACT, _NOISY, _MORE) for rival in _NETWORKS)
            and all(_verdict(o, _NOISY, rival, "one input outside") == "worse" for rival in _NETWORKS) and [211])


@says("Here R² above 0.99 takes no network.")
def no_network(o):
    r2 = [o.by(table, "R², inside")["log-linear regression"] for table in (_EXACT, _NOISY, _MORE)]
    return min(r.low for r in r2) > 0.99 and [0.99]

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

# TODO recommendation

