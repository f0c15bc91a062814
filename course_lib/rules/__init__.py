"""Everything differentiable: a *rule* is a function from arrays to ``(y, backward)``; five sentences in ``protocol``.

``functions`` (arithmetic, activations, matrices, normalisation), ``losses`` and the ``labels`` they read,
``convolution``, ``recurrent``, ``sequences``, ``fixed_point``, ``checkpoint``, ``spectra``.
"""
