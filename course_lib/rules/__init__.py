"""Everything differentiable: a *rule* is a function from arrays to ``(y, backward)``. The five sentences of the protocol
stand in ``protocol``.

``functions`` (arithmetic, activations, matrices, normalisation), ``losses``, ``convolution``, ``recurrent``, ``fixed_point``, ``spectra``.
"""
