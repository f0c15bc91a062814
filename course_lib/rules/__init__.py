"""Everything differentiable: a *rule* is a function from arrays to ``(y, backward)``; ``functions`` holds the protocol.

``functions`` (arithmetic, activations, matrices, normalisation), ``losses``, ``convolution``, ``recurrent``,
``sequences``, ``fixed_point``, ``spectra``.
"""
