"""Explorers of lesson 13, one for each study: TODO."""

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

# TODO recommendation


EXPLORERS = {
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
