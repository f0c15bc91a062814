"""The numbers and rankings in the prose of lesson 03; see numerals.py."""

from numerals import given, in_words, says

says("**Predict:** the right answer is 36.", lambda o: o.printed(r"4x³ \+ 2x = ([\d.]+)", section=4))


@says("Both are wrong.", "its share 4 · 4 = 16 is missing.", "on top of the first payment.")
def orders(o):
    [right] = o.printed(r"4x³ \+ 2x = ([\d.]+)", section=4)
    once, again = o.printed(r"visited (?:once|again): +df/dx = ([\d.]+)", section=4)
    short_arm = right - 16
    return once == short_arm == 20 and again == right + short_arm


says("Only max gave a zero.", lambda o: [line.split(": ")[1] for line in o.text(2).splitlines()
                                         if "with dy = 1" in line and "0.0" in line] == ["(0.0, 1.0)"])
says("three inputs, three passes.",
     lambda o: in_words(len(o.printed(r"pass \d: slope by \w = (\S+)", section=3))) == "three")


@says("Reverse mode costs three times the product itself, however many slopes there are. "
      "Forward mode costs three times the product *for each slope*.")
def costs(o):
    rows = o.table("numbers", "product alone", "forward mode", "reverse mode", section=3)
    return all(row["reverse mode"] == 3 * row["product alone"]
               and row["forward mode"] == row["numbers"] * row["reverse mode"] for row in rows)


@says("Both methods give the same derivative, 1 here.")
def ladder(o):
    return "assert_allclose(found, [3 ** rungs, 1, 3 * rungs, 1])" in o.code(3)


says("Because `backpropagate` clears first, it may be run twice. And the whole engine, its five cells counted line by "
     "line, is short.", lambda o: o.printed(r"the engine: (\d+) cells", section=5) == [5]
     and "a second run gives the same gradients: True" in o.text(5))
says("They are part 1 of an engine", "every local derivative is 1.", "Try class 2 as the true",
     given("names of parts, a derivative of a count, a setting to try"))
