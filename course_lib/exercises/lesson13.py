"""Tasks of lesson 13: TODO."""

SHEET = "13_beyond_perception"


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


TASKS = [
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
]
