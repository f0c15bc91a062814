"""Answers to the tasks of lesson 15, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

# ---- 15-1 memory -----------------------------------------------------------------------------------------------------

# TODO memory

# ---- 15-2 feedback ---------------------------------------------------------------------------------------------------

# TODO feedback

# ---- 15-3 explaining -------------------------------------------------------------------------------------------------

# TODO explaining

# ---- 15-4 attacks ----------------------------------------------------------------------------------------------------

# TODO attacks


WRONG = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}

RIGHT = {
    # TODO memory
    # ---- memory
    # TODO feedback
    # ---- feedback
    # TODO explaining
    # ---- explaining
    # TODO attacks
    # ---- attacks
}
