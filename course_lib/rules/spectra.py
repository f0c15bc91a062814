"""From sound to a spectrogram, as rules: frames, the discrete Fourier transform, mel bands, logarithm.

A waveform is a row of numbers, the sound pressure ``rate`` times a second. Short pieces of it (frames) are faded in and
out (windowed) and taken apart into frequencies; neighbouring frequencies are added up in bands as wide as the ear's,
and the logarithm makes loudness out of power. Each step is a rule with a backward, so that a gradient can go from the
answer of a network back to the picture of the sound, and to the sound itself.

``power_spectrum`` is the fast form; ``power_spectrum_readable`` is the matrix product that stands beside the equations.
"""


import numpy as np

from course_lib.rules.protocol import floats, rule


@rule
def frames(x, size, hop):
    """Pieces of ``size`` samples, one every ``hop`` samples: y[t, i] = x[t hop + i], equation (12.1).

    Samples at the end that fill no frame are left out.

    Shapes:   x (..., n)  ->  y (..., T, size) with T = ⌊(n − size) / hop⌋ + 1
    Backward: dx = Σ dy over the frames that hold the sample: overlap and add
    Source:   Allen, Rabiner (1977), Proc. IEEE 65; derived in lesson 12, section 2, equation (12.1).
    """
    for name, value in (("size", size), ("hop", hop)):
        if not isinstance(value, (int, np.integer)) or value < 1:
            raise ValueError(f"frames: {name} must be a whole number of samples, 1 or more, got {value!r}")
    if x.ndim < 1 or x.shape[-1] < size:
        raise ValueError(f"frames: x must have at least size = {size} samples along its last axis, "
                         f"got shape {x.shape}; pad it with zeros")
    T = (x.shape[-1] - size) // hop + 1
    y = np.lib.stride_tricks.sliding_window_view(x, size, axis=-1)[..., ::hop, :].copy()
    def backward(dy):
        dx = np.zeros(x.shape, dy.dtype)
        for t in range(T):
            dx[..., t * hop:t * hop + size] += dy[..., t, :]        # frames overlap: contributions add up
        return dx
    return y, backward


def hann(n):
    """The Hann window of n samples, w[i] = ½ − ½ cos(2π i / n), for frames that follow each other (periodic).

    Source: Harris (1978), Proc. IEEE 66; lesson 12, section 2, equation (12.2).
    """
    return _cosine_window("hann", n, 0.5)


def hamming(n):
    """The Hamming window of n samples, w[i] = 0.54 − 0.46 cos(2π i / n), periodic: it does not quite go to zero.

    Source: Harris (1978), Proc. IEEE 66; lesson 12, section 2, equation (12.2).
    """
    return _cosine_window("hamming", n, 0.54)


def _cosine_window(name, n, a):
    if not isinstance(n, (int, np.integer)) or n < 1:
        raise ValueError(f"{name}: n must be a whole number of samples, 1 or more, got {n!r}")
    return a - (1 - a) * np.cos(2 * np.pi * np.arange(n) / n)


# ---- the discrete Fourier transform -------------------------------------------------------------------------

def dft_matrices(n):
    """The transform of n samples as two matrices: C[i, k] = cos(2π i k / n) and S[i, k] = sin(2π i k / n), (12.3).

    ``x @ C - 1j * (x @ S)`` equals ``np.fft.rfft(x)``. Shapes: n  ->  C, S (n, ⌊n/2⌋ + 1)
    """
    angle = 2 * np.pi / n * (np.outer(np.arange(n), np.arange(n // 2 + 1)) % n)     # a whole turn less: no digits lost
    return np.cos(angle), np.sin(angle)


@rule
def power_spectrum_readable(x):
    """``power_spectrum`` as two matrix products.

    Shapes:   x (..., n)  ->  y (..., ⌊n/2⌋ + 1)
    Backward: dx = 2 (dy c) Cᵀ + 2 (dy s) Sᵀ
    Source:   derived in lesson 12, section 2, equations (12.3) and (12.4).
    """
    C, S = (matrix.astype(floats(x.real)) for matrix in dft_matrices(x.shape[-1]))
    c, s = x @ C, x @ S
    def backward(dy):
        return 2 * ((dy * c) @ C.T + (dy * s) @ S.T)
    return c * c + s * s, backward


@rule
def power_spectrum(x):
    """Power at each frequency, y[k] = |X[k]|² with X[k] = Σᵢ x[i] e^{−2πi ik/n}: the squared length of a pair of sums.

    With c = x C and s = x S (``dft_matrices``) it is y = c² + s². The fast Fourier transform finds both in n log n
    steps.

    Shapes:   x (..., n)  ->  y (..., ⌊n/2⌋ + 1); entry k belongs to the frequency k rate / n
    Backward: dx = 2 (dy c) Cᵀ + 2 (dy s) Sᵀ        a transform backwards: the inverse of the fast one, scaled
    Source:   Cooley, Tukey (1965), Math. Comp. 19; derived in lesson 12, section 2, equations (12.3) and (12.4).
    """
    if x.ndim < 1 or x.shape[-1] < 1:
        raise ValueError(f"power_spectrum: x must have samples along its last axis, got shape {x.shape}")
    n = x.shape[-1]
    c, minus_s = _transform(x)
    def backward(dy):
        spectrum = (2 * n * dy) * (c + 1j * minus_s)
        spectrum[..., 1:(n + 1) // 2] /= 2                  # irfft counts each of these twice: k and n − k
        return np.fft.irfft(spectrum, n)
    return c * c + minus_s * minus_s, backward


def _transform(x):
    """Real and imaginary part of the transform; complex x (a complex step) in two parts, which both sums keep apart."""
    if np.iscomplexobj(x):
        (a, b), (c, d) = _transform(x.real), _transform(x.imag)
        return a + 1j * c, b + 1j * d
    X = np.fft.rfft(x)
    return X.real, X.imag


# ---- mel bands ----------------------------------------------------------------------------------------------

def mel(hertz):
    """Pitch in mel, 1127 ln(1 + f / 700), equation (12.6): about linear below 1 kHz, logarithmic above.

    Source: Makhoul, Cosell (1976), ICASSP; O'Shaughnessy (1987), Speech Communication.
    """
    return 1127.0 * np.log1p(np.asarray(hertz, float) / 700.0)


def mel_filters(bands, size, rate, low=0.0, high=None, warp=1.0):
    """Triangular bands, equally wide in mel, each the share of every frequency that it adds up.

    The corners are ``bands + 2`` frequencies equally spaced in mel from ``low`` to ``high`` (rate / 2 by default); band
    b rises from corner b to corner b + 1 and falls to corner b + 2. ``warp`` multiplies all corners: a voice with a
    shorter vocal tract has all its resonances higher by one factor.

    Shapes: -> M (size // 2 + 1, bands), for power spectra of frames of ``size`` samples: power @ M
    Source: Davis, Mermelstein (1980), IEEE Trans. ASSP 28; lesson 12, section 2, equation (12.6).
    """
    if not isinstance(bands, (int, np.integer)) or bands < 1:
        raise ValueError(f"mel_filters: bands must be a whole number, 1 or more, got {bands!r}")
    high = rate / 2 if high is None else high
    if not 0 <= low < high <= rate / 2:
        raise ValueError(f"mel_filters: 0 ≤ low < high ≤ rate / 2 = {rate / 2:g} Hz is needed, got {low} and {high}; "
                         "a sampled sound has no frequencies above half its rate")
    corners = warp * 700.0 * np.expm1(np.linspace(mel(low), mel(high), bands + 2) / 1127.0)
    left, centre, right = corners[:-2], corners[1:-1], corners[2:]
    f = np.arange(size // 2 + 1)[:, np.newaxis] * rate / size
    M = np.clip(np.minimum((f - left) / (centre - left), (right - f) / (right - centre)), 0, None)
    empty = np.count_nonzero(~M.any(axis=0) & (centre < rate / 2))       # what a warp lifts above that is silent
    if empty:
        raise ValueError(f"mel_filters: {empty} of {bands} bands hold none of the frequencies of {size} samples, which "
                         f"are {rate / size:g} Hz apart; take fewer bands, or longer frames")
    return M


@rule
def log_mel(power, filters, floor=1e-10):
    """Loudness in each band, y = ln(power M + floor). The floor keeps silence finite.

    Shapes:   power (..., F), filters M (F, B), a constant  ->  y (..., B)
    Backward: dpower = (dy / (power M + floor)) Mᵀ
    Source:   Davis, Mermelstein (1980), IEEE Trans. ASSP 28; derived in lesson 12, section 2, equation (12.5).
    """
    if power.shape[-1] != len(filters):
        raise ValueError(f"log_mel: power must have shape (..., {len(filters)}) for filters {filters.shape}, "
                         f"got {power.shape}")
    if not floor > 0:
        raise ValueError(f"log_mel: floor must be above 0, got {floor}; the logarithm of silence is −∞")
    dtype = floats(power.real)
    filters = filters.astype(dtype, copy=False)
    energy = power @ filters + dtype.type(floor)
    def backward(dy):
        return (dy / energy) @ filters.T
    return np.log(energy), backward


@rule
def normalise_bands(x, loud, lowest=-4.0, share=1.0):
    """Subtract a mean over the loud columns, y = max(x − share μ_b − (1 − share) μ, lowest), equation (12.9).

    μ_b is the mean of band b, μ the mean of all bands. A microphone, or a room, multiplies the power in each band by a
    factor: in the logarithm it adds a constant. With ``share`` 1 all of it is taken away, and with it the voice's and
    the word's own colour; with 0 only the loudness of the whole; between, a part of both. Where nothing was said the
    picture would go down without end; ``lowest`` is its floor.

    Shapes:   x (..., T, B), loud (..., T) truth values, at least one in each row  ->  y (..., T, B)
    Backward: dx = g − loud / (number of loud columns) (share Σₜ g + (1 − share) / B Σₜ Σ_b g)
              with g = dy where y > lowest, else 0
    Source:   Atal (1974), JASA 55, the cepstral mean (share 1); derived in lesson 12, section 4, equation (12.9).
    """
    if np.shape(loud) != x.shape[:-1]:
        raise ValueError(f"normalise_bands: loud must have shape {x.shape[:-1]} for x {x.shape}, got {np.shape(loud)}")
    if not np.any(loud, axis=-1).all():
        raise ValueError("normalise_bands: each row of loud must name one column at least; a silent sound has no mean")
    if not 0 <= share <= 1:
        raise ValueError(f"normalise_bands: share must lie between 0 and 1, got {share!r}")
    weight = np.asarray(loud, x.real.dtype)[..., np.newaxis]
    weight = weight / weight.sum(axis=-2, keepdims=True)
    def mixed(sums):                                            # of each band, and of all: sums (..., 1, B)
        return share * sums + (1 - share) * sums.mean(axis=-1, keepdims=True)
    y = x - mixed((weight * x).sum(axis=-2, keepdims=True))
    above = ~(y.real <= lowest)                                 # NaN stays NaN
    y = np.where(above, y, y.real.dtype.type(lowest))
    def backward(dy):
        g = dy * above
        return g - weight * mixed(g.sum(axis=-2, keepdims=True))
    return y, backward
