"""Answers to the tasks of lesson 13, as learners write them: wrong ones with the names they must be called by, and
right ones that are written in other ways than the reference."""

# ---- 13-1 reentry -------------------------------------------------------------------------------------------------------

# TODO reentry

# ---- 13-2 assimilation --------------------------------------------------------------------------------------------------

# TODO assimilation

# ---- 13-3 rounding ------------------------------------------------------------------------------------------------------

# TODO rounding

# ---- 13-4 sentiment -----------------------------------------------------------------------------------------------------

# TODO sentiment

# ---- 13-5 autoencoder ---------------------------------------------------------------------------------------------------

# TODO autoencoder

# ---- 13-6 recommendation ------------------------------------------------------------------------------------------------

# TODO recommendation


WRONG = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}

RIGHT = {
    # TODO reentry
    # ---- reentry
    # TODO assimilation
    # ---- assimilation
    # TODO rounding
    # ---- rounding
    # TODO sentiment
    # ---- sentiment
    # TODO autoencoder
    # ---- autoencoder
    # TODO recommendation
    # ---- recommendation
}
