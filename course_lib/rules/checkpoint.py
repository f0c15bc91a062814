"""Checkpointing: a segment of a network is run again on the way back, instead of being remembered."""

from contextlib import contextmanager

import numpy as np

from course_lib.rules.protocol import rule


@rule
def checkpoint(segment, *inputs, moved=()):
    """Run a segment and forget how it came to its result. On the way back it is run again, from the inputs.

    ``segment`` is whatever obeys ``y, backward = segment(*inputs)``: a rule, a layer, a network.

    Shapes:   inputs and y those of the segment
    Backward: _, again = segment(*inputs)       the second run; its memory lasts as long as this backward
              dinputs = again(dy)               the same function of the same numbers: the same bits
    ``moved``: the generators that the segment draws from, and the arrays that it changes (running averages). The second
    run finds them as the first did, so that Dropout drops the same entries; afterwards they are as they were before
    it, so that nothing moves twice. The layer ``Checkpoint`` finds them by itself.
    What the segment reads beside its inputs, such as its weights, must stay until backward has been called.
    Source:   Griewank (1992), Optimization Methods and Software 1; Chen, Xu, Zhang, Guestrin (2016),
              arXiv 1604.06174; derived in lesson 15, section 1, equation (15.1).
    """
    if not callable(segment):
        raise TypeError(f"checkpoint: the first argument must be a rule or a layer, got {type(segment).__name__}; "
                        "call checkpoint(segment, x)")
    then = noted(moved)
    y = segment(*inputs)[0]

    def backward(*dy, **options):                       # of a loss: without dy
        with put_back(moved, then):
            again = segment(*inputs)[1]
        return again(*dy, **options)
    return y, backward


@contextmanager
def put_back(moved, then):
    """Inside the block all of ``moved`` are as they were ``then``; afterwards as before the block."""
    now = noted(moved)
    try:
        _restore(moved, then)
        yield
    finally:
        _restore(moved, now)


def noted(moved):
    """The states of generators and arrays as they are now, for ``put_back``."""
    for thing in moved:
        if not isinstance(thing, (np.random.Generator, np.ndarray)):
            raise TypeError(f"checkpoint: moved must hold generators and arrays, got {type(thing).__name__}; "
                            "what has another kind of state cannot be put back")
    return [thing.copy() if isinstance(thing, np.ndarray) else thing.bit_generator.state for thing in moved]


def _restore(moved, states):
    for thing, state in zip(moved, states, strict=True):
        if isinstance(thing, np.ndarray):
            thing[...] = state
        else:
            thing.bit_generator.state = state
