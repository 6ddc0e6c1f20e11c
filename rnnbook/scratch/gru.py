"""The GRU in PyTorch's convention, forward and backward: the reset gate comes after the product.

    r_t = σ(W_xr x_t + W_hr h_{t-1} + b_r)                      the reset gate: how much the candidate sees of h_{t-1}
    z_t = σ(W_xz x_t + W_hz h_{t-1} + b_z)                      the update gate: how much of h_{t-1} is kept
    n_t = tanh(W_xn x_t + b_n + r_t ⊙ (W_hn h_{t-1} + b_hn))    the candidate
    h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t-1}

The three blocks of rows are stacked in PyTorch's order, r, z, n: W_xh (3H, D), W_hh (3H, H), b_h (3H,). b_hn (H,)
stands inside the product with r, so that it cannot be added to b_n.

The literature has two places for r and two meanings of z; all four are the GRU.

| where | the candidate sees | h_t |
|---|---|---|
| here, PyTorch, cuDNN; Keras with reset_after=True | r ⊙ (W_hn h + b_hn) | z keeps: (1 − z) ⊙ n + z ⊙ h |
| Cho et al. (2014), EMNLP, equations 5 to 8; `gru_original` | W_hn (r ⊙ h) | z keeps |
| Chung et al. (2014); Bahdanau, Cho and Bengio (2015) | W_hn (r ⊙ h) | z writes: (1 − z) ⊙ h + z ⊙ n |

`swap_update` goes from one meaning of z to the other; nothing goes from one place of r to the other, for the two are
different functions.

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation"
(2014); with r after the product, its first version, arXiv:1406.1078v1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import sequences, weights
from rnnbook.scratch.losses import sigmoid


class Cache(NamedTuple):
    """What `backward` needs from `forward`. Step t (from 0) reads h[t] and makes h[t + 1]."""

    params: dict
    x: np.ndarray           # (T, B, D), pads set to 0
    h: np.ndarray           # (T + 1, B, H), from the initial state on; of no meaning after a sequence's end
    gates: np.ndarray       # (T, B, 3H): r, z, n
    m: np.ndarray           # (T, B, H): W_hn h_{t-1} + b_hn, what r scales
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """Parameters W_xh (3H, D), W_hh (3H, H), b_h (3H,), b_hn (H,), float64, uniform on ±1/√H as in PyTorch."""
    validate.sizes(D=D, H=H)
    bound = 1 / np.sqrt(H)
    shapes: dict[str, tuple[int, ...]] = {"W_xh": (3 * H, D), "W_hh": (3 * H, H), "b_h": (3 * H,), "b_hn": (H,)}
    return {name: weights.uniform(rng, shape, bound) for name, shape in shapes.items()}


def step(params: dict, x_t: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One step: h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t-1}.

    Parameters
    ----------
    x_t : (B, D)
    state : (B, H), h_{t-1}

    Returns
    -------
    h_t : (B, H)
    """
    D, H = sequences.sizes(params, gates=3, b_hn=1)
    x_t = validate.array("x_t", x_t, (None, D), sizes=f"(B, {D})")
    state = validate.array("state", state, (len(x_t), H))
    return _step(params, x_t, state)[0]


def _step(params, x_t, h):
    H = h.shape[1]
    a = x_t @ params["W_xh"].T + params["b_h"]                   # (B, 3H), from the input
    s = h @ params["W_hh"].T                                     # (B, 3H), from the state
    rz = sigmoid(a[:, : 2 * H] + s[:, : 2 * H])                  # (B, 2H), both gates at once
    r, z = sequences.blocks(rz, 2)                               # (B, H) each
    m = s[:, 2 * H :] + params["b_hn"]
    n = np.tanh(a[:, 2 * H :] + r * m)
    h = (1 - z) * n + z * h
    return h, np.concatenate([rz, n], axis=-1), m


def forward(params: dict, x: np.ndarray, state: np.ndarray | None = None, lengths: np.ndarray | None = None):
    """Run the GRU over sequences.

    Parameters
    ----------
    x : (T, B, D)
    state : (B, H)
        h_0; zeros if None.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.

    Returns
    -------
    hs : (T, B, H)
        h_1 … h_T; 0 after a sequence's end.
    last : (B, H)
        State after each sequence's last real step.
    cache : Cache
        For `backward`.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    D, H = sequences.sizes(params, gates=3, b_hn=1)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0 = sequences.start(state, x, H)                           # (B, H)

    dtype = np.result_type(x, h_0, *(params[name] for name in ("W_xh", "W_hh", "b_h", "b_hn")))
    h = np.empty((T + 1, B, H), dtype)
    gates, m = np.empty((T, B, 3 * H), dtype), np.empty((T, B, H), dtype)
    h[0] = h_0
    for t in range(T):
        h[t + 1], gates[t], m[t] = _step(params, x[t], h[t])
    hs = sequences.zero_pads(h[1:].copy(), mask)                 # (T, B, H)
    last = sequences.last(h, mask)                               # (B, H)
    return hs, last, Cache(params, x, h, gates, m, mask)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: np.ndarray | None = None):
    """Backpropagation through time. With m_t = W_hn h_{t-1} + b_hn:

        dn_t     = (1 − z_t) ⊙ dh_t                       da_z = z_t ⊙ (h_{t-1} − n_t) ⊙ dn_t
        da_n     = (1 − n_t²) ⊙ dn_t                      dm_t = r_t ⊙ da_n
        da_r     = (1 − r_t) ⊙ m_t ⊙ dm_t
        dW_xh    = Σ_t da_t x_tᵀ      db_h  = Σ_t da_t      for da_t = (da_r, da_z, da_n)
        dW_hh    = Σ_t ds_t h_{t-1}ᵀ  db_hn = Σ_t dm_t      for ds_t = (da_r, da_z, dm_t)
        dx_t     = W_xhᵀ da_t         dh_{t-1} = z_t ⊙ dh_t + W_hhᵀ ds_t + what enters from the loss at step t − 1

    Parameters
    ----------
    dhs : (T, B, H)
        Gradient of the loss with respect to `hs`; what stands after a sequence's end is never used.
    dlast : (B, H)
        Gradient with respect to `last`. Either may be None, for 0.

    Returns
    -------
    dx : (T, B, D)
        0 after a sequence's end.
    dstate : (B, H)
        Gradient with respect to h_0.
    grads : dict
        dW_xh, dW_hh, db_h and db_hn, each under the name of its parameter.
    """
    params, x, h, gates, m, mask = cache
    H = h.shape[2]
    dhs = sequences.entering(h, mask, dhs, dlast)                # (T, B, H), dlast added at each sequence's end
    da, ds = np.empty_like(gates), np.empty_like(gates)          # (T, B, 3H), on the input's side and on the state's
    dh = np.zeros_like(h[0])                                     # what comes back from step t + 1; 0 from the pads
    for t in reversed(range(len(x))):
        r, z, n = sequences.blocks(gates[t], 3)                  # (B, H) each
        dh = dhs[t] + dh
        dn = (1 - z) * dh
        da_n = (1 - n**2) * dn
        dm = r * da_n
        da_r, da_z = (1 - r) * m[t] * dm, z * (h[t] - n) * dn
        np.concatenate([da_r, da_z, da_n], axis=-1, out=da[t])
        np.concatenate([da_r, da_z, dm], axis=-1, out=ds[t])
        dh = z * dh + ds[t] @ params["W_hh"]

    grads = {
        "W_xh": np.tensordot(da, x, axes=((0, 1), (0, 1))),          # (3H, D), summed over steps and sequences
        "W_hh": np.tensordot(ds, h[:-1], axes=((0, 1), (0, 1))),     # (3H, H)
        "b_h": da.sum(axis=(0, 1)),                                  # (3H,)
        "b_hn": ds[:, :, 2 * H :].sum(axis=(0, 1)),                  # (H,)
    }
    dx = da @ params["W_xh"]                                     # (T, B, D)
    return dx, dh, grads


def swap_update(params: dict) -> dict[str, np.ndarray]:
    """Params whose z is 1 − z: from the convention where z keeps h_{t-1} to the one where z writes n_t, and back.

    σ(−a) = 1 − σ(a): the rows of z change sign in W_xh, W_hh and b_h. For params of `gru` and of `gru_original`.
    """
    _, H = sequences.sizes(params, gates=3)
    swapped = {name: array.copy() for name, array in params.items()}
    for name in ("W_xh", "W_hh", "b_h"):
        swapped[name][H : 2 * H] *= -1
    return swapped
