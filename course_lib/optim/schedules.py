"""Learning-rate schedules: functions ``schedule(step) -> lr``, with steps counted from 1 as ``training`` yields them.

Every optimizer takes one in the place of a number: ``SGD(net.params, lr=cosine_schedule(0.1, steps=300))``.
"""

import math

from course_lib.optim.settings import check


def constant_schedule(lr):
    """The same learning rate at every step.

    Source: lesson 05, section 5, equation (5.9).
    """
    check("constant_schedule", lr=lr)
    return lambda step: lr


def step_schedule(lr, every, factor=0.1):
    """Multiply the learning rate by ``factor`` after each ``every`` steps: lr · factor^⌊(step − 1) / every⌋.

    Source: lesson 05, section 5, equation (5.9).
    """
    check("step_schedule", lr=lr, factor=factor)
    check("step_schedule", 1, every=every)
    return lambda step: lr * factor ** ((step - 1) // every)


def cosine_schedule(lr, steps, warmup=0, final=0.0):
    """A straight rise to ``lr`` over the first ``warmup`` steps, then half a cosine down to ``final`` at ``steps``.

    step < warmup: lr · step / warmup;  later: final + (lr − final) (1 + cos π(step − warmup)/(steps − warmup)) / 2.
    Beyond ``steps`` it stays at ``final``.

    Source: Loshchilov, Hutter (2017), ICLR, without restarts; lesson 05, section 5, equation (5.10).
    """
    check("cosine_schedule", lr=lr, final=final, steps=steps, warmup=warmup)
    if not 0 <= warmup < steps:
        raise ValueError(f"cosine_schedule: warmup must lie in [0, steps), got warmup={warmup} and steps={steps}")

    def schedule(step):
        if step < warmup:
            return lr * step / warmup
        share = min((step - warmup) / (steps - warmup), 1.0)
        return final + (lr - final) * 0.5 * (1 + math.cos(math.pi * share))
    return schedule
