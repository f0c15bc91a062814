"""Numbers as pages write them, in pictures and in lines of text: with a true minus sign, and never "−0"."""

import re


def written(value, form=".3g"):
    """A number in a format of Python's: ``written(-0.25, ".1f")`` is "−0.2", ``written(-1e-9, ".3f")`` is "0.000"."""
    shown = format(float(value), form)
    return minus(shown if float(shown.replace(",", "").rstrip("%")) else shown.lstrip("-"))


def decimals(value, digits=3):
    """A number with so many decimals, as ``written``."""
    return written(value, f".{digits}f")


def minus(text):
    """A line of text whose numbers get true minus signs; hyphens within words, such as "one-sided", stay."""
    return re.sub(r"(?<!\w)-(?=[\d.∞]|inf|nan)|(?<=\de)-(?=\d)", "−", text)
