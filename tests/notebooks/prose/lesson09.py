"""The numbers and rankings in the prose of lesson 09; see numerals.py."""

from numerals import given, quoted, says

from course_lib import load_text, load_weather

YEARS = [int(str(day)[:4]) for day in load_weather().dates[[0, -1]]]

# ---- quoted ------------------------------------------------------------------------------------------------------
says("(Hochreiter 1991; Bengio", quoted("Hochreiter 1991, diploma thesis, Technische Universität München"))
says("Jaitly and Hinton 2015)", quoted("Le, Jaitly, Hinton 2015, arXiv 1504.00941"))
says("(Saxe and others 2014)", quoted("Saxe, McClelland, Ganguli 2014, ICLR"))

# ---- from the data and the code ----------------------------------------------------------------------------------
says("a book has 263,019 characters", "*Moby-Dick*, 263,019 characters", lambda o: len(load_text()))
says(r"With 77 symbols and no knowledge it is $\log_2 77$", lambda o: len(set(load_text())))
says("weather of Seattle, 2012 to 2015.", lambda o: YEARS)
says("whole series from 2012 on, and says", lambda o: YEARS[0])
says("three years to learn, the last year to test", lambda o: YEARS == [2012, 2015] and "year < 2015" in o.code(7))
says("a GRU of 8 units.", lambda o: o.coded(r"GRU\(6, (\d+),", section=7))
says("stretches of 32 days.", lambda o: o.coded(r"np\.arange\((\d+)\)\[:, None\]", section=7)[0] - 1)
says("64 times in each window", lambda o: o.coded(r"TextWindows\(train, 32, (\d+)\)", section=6))
says("with windows of 10 steps, is the", given("a question"))
says(r"with $\rho = 1.5$ and no tanh,", lambda o: "(0.9, 1.0, 1.5)" in o.code(3))
says("with clipping at 1, each at a", lambda o: o.coded(r"clip_grad_norm\(self\.params, ([\d.]+)\)", section=5))
says("At 0.3 it goes in circles; at 1.0 it invents words.", lambda o: "(0.3, 0.7, 1.0)" in o.code(6))
says(r"leaves $0.95^{100}$, less than a hundredth", lambda o: 0.95 ** 100 < 0.01)

# ---- rankings ----------------------------------------------------------------------------------------------------


@says("Yet at $\\rho = 1.5$ the product still grows")
def grows(o):
    near, far = o.printed(r"^tanh ρ = 1\.5 \{.*10: '([^']+)'.*100: '([^']+)'", section=3)
    return far > near > 1


@says("persistence is much harder to beat than climatology. The networks beat both. "
      "But the linear regression lies between the seeds:")
def weather(o):
    error = o.by("forecast for 2015", "mean error", section=7)
    networks = [value for name, value in error.items() if name.startswith("GRU")]
    return max(networks) < error["persistence"] < error["climatology"] \
        and min(networks) < error["linear regression"] < max(networks)


# ---- what the text sets ------------------------------------------------------------------------------------------
says("is seldom near 1.", "all slopes are 1.", "is at most 1, make exploding impossible?",
     r"$\rho^k$, vanishing below 1, exploding above.", "slope is exactly 1 where the unit",
     "two factors between 0 and 1:", "can be near 1 for as long", "random number between 0 and 1 and a mark; two of "
     "the marks are 1, one in each half, all others 0.", "Whoever always says 1 has an error",
     given("slopes, gates, the adding problem"))
