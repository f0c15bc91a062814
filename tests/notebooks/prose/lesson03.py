"""The numbers and rankings in the prose of lesson 03; see numerals.py."""

from numerals import given, in_words, quoted, says

from course_lib.widgets.lesson03 import walk

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


@says("a second run leaves the same gradients, as the check says. And the whole engine, its five cells counted line by "
      "line, has fewer than 50 lines.")
def engine(o):
    [cells, lines] = o.printed(r"the engine: (\d+) cells, (\d+) lines", section=5)
    assert "assert_array_equal([node.grad for node in order], before)" in o.code(5)
    return cells == 5 and 40 < lines < 50


@says("three arrows each.", "so with $R$ rungs there are")
def drawn(o):
    return "5 nodes, 12 edges" in o.text(3)         # the leaf and four rungs


says("the inputs are 3 and 5, and `dy` is 1.", lambda o: "rule(3.0, 5.0)[1](1.0)" in o.code(2))
says("`multiply` takes one, and two more on the way back.", "A dual product (3.7) takes three multiplications;",
     lambda o: "3 * products, 3 * products" in o.code(3))


@says("One pass back over a handful of nodes, and every weight has its slope",
      "Nudging all of them would take two million losses.")
def million(o):
    assert o.printed(r"weights (\d[\d,]*\d), gradients (\d[\d,]*\d)", section=6) == [1e6, 1e6]
    return o.printed(r"Measured: (\d+) nodes", section=6)[0] < 10




@says("Try class 2 as the true one: two classes violate the margin now, and the true class gets $-2$.")
def class_two(o):
    grads = walk(2, 0.1)[1]["H"]["z"][0]
    return list(grads) == [1, 1, -2]


says("in the words of Olah (2015)", quoted("C. Olah 2015, Calculus on computational graphs: backpropagation"))
says("They are part 1 of an engine", "every local derivative is 1.",
     given("names of parts, a derivative of a count"))
