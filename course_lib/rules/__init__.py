"""Everything differentiable: a *rule* is a function from arrays to ``(y, backward)``. The protocol stands in ``functions``.

``functions`` (arithmetic, activations, matrices, normalisation), ``losses``, ``convolution``, ``recurrent``, ``fixed_point``, ``spectra``.
"""
