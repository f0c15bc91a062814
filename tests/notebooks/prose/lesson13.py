"""What the prose of lesson 13 says, and what carries it."""

import numpy as np
from numerals import given, quoted, says

from course_lib.data import load_ratings
from course_lib.studies import recommendation

# ---- reentry ------------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- assimilation -------------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- rounding -----------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- sentiment ----------------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- autoencoder --------------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- recommendation -----------------------------------------------------------------------------------------------------

FACTORS = recommendation.stored()["by time", "rmse", "factors"]
RANDOM = "by time", "at random"

says("MovieLens latest-small (Harper and Konstan 2015)",
     quoted("Harper, Konstan 2015, ACM Transactions on Interactive Intelligent Systems 5 (4), 19"))
says("with 0 where no rating is known", "rows of rarely rated films near 0,",
     "**try:** lower the least number of ratings to 1.", given("an empty cell, a limit, an end of a slider"))
says("with Adam: 60 updates of two tables", lambda o: recommendation.STEPS)
says("Which of nine thousand films", lambda o: round(len(load_ratings().titles), -3) == 9000)


@says("A cut at one date would leave most judged ratings with people never seen before.")
def a_cut_at_one_date(o):
    r = load_ratings()
    late = r.times >= np.quantile(r.times, 0.8)
    return np.mean(~np.isin(r.users[late], r.users[~late])) > 0.5


@says("The factors have the lowest error. Drawn again over people, it stays below that of the biases.")
def the_lowest_error(o):
    found = {name: np.mean(entry["rmse"]) for (split, by, name), entry in recommendation.stored().items()
             if (split, by) == ("by time", "rmse")}
    return min(found, key=found.get) == "factors" and FACTORS["difference"][2] < 0


@says("Without L2 they do not beat the biases, though stopped after 2 updates.")
def without_l2(o):
    entry = recommendation.stored()["by time", "rmse", "factors, no L2"]
    return entry["difference"][1] > 0 and [entry["chosen"], 2]      # the name of a norm is a number, too


@says("A random fifth flatters both.")
def a_random_fifth(o):
    time, random = ({name: np.mean(recommendation.stored()[split, "rmse", name]["rmse"])
                     for name in ("biases", "factors")} for split in RANDOM)
    return all(random[name] < time[name] - 0.01 for name in time)


@says("The factors with the lowest RMSE make worse lists than popularity.")
def worse_lists(o):
    stored = recommendation.stored()
    low, high = o.printed(r"NDCG less that of popularity: (\S+) to (\S+)")
    return low < high < 0 and max(FACTORS["ndcg"]) < np.mean(stored["by time", "ndcg", "popularity"]["ndcg"])


@says("make better lists than popularity, and so does counting who rated both.", "These two are not told apart")
def better_lists(o):
    found = {name: entry["difference"] for (_, by, name), entry in recommendation.stored().items() if by == "ndcg"}
    low, high = found["implicit factors"][1:]
    return found["popularity"][2] < low < 0 < high

