"""Memory of `rnnbook.fast.decoder`: buffers of both passes, views of them for each step, and what goes into them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.fast.columns import chunk_steps
from rnnbook.scratch.layer import inside


class Buffers(NamedTuple):
    """Rows are sequences. A is 0 for the kinds of attention without parameters."""

    h: np.ndarray           # (T + 1, B, H): h_0 … h_T
    W: np.ndarray           # (2A + 3H, H): W_qa, ½ W_hr, ½ W_hz, W_hn, −v_a ⊙ W_qa
    W_in: np.ndarray        # (3H, E + M): the input's rows for n, r, z, those of r and z halved
    memory: np.ndarray      # (B, S, M), 0 where it may not be used
    values: np.ndarray      # (B, S, 3H + 1): W_c memory_s, 1
    keys: np.ndarray        # (B, S, A): W_ka memory_s; or memory itself, scaled
    a_x: np.ndarray         # (T, B, 3H): what x_t and the biases add to n, r, z
    state: np.ndarray       # (T, B, A + 3H): what h_{t-1} gives to query, r, z, and m
    gates: np.ndarray       # (T, B, 3H): n, r, z
    units: np.ndarray       # (T, B, S, A)
    alpha: np.ndarray       # (T, B, S)
    inputs: np.ndarray      # (T, B, E + M): x_t, ctx_t
    mean: np.ndarray        # (B, 1, 3H + 1): Σ_s e_s values_s of one step
    score: np.ndarray       # (B, S) of one step; below in other shapes
    top: np.ndarray         # (B, 1)
    step: np.ndarray        # (B, H)
    local: np.ndarray       # (steps of a chunk, B, 4, H): derivatives of n, r, z, m by h_t
    squares: np.ndarray     # (steps of a chunk, B, S, A): units²
    d: np.ndarray           # (T, B, 4H + A): gradients of n, r, z, m, and −Σ_s dscore_s units_s² for the query
    dscore: np.ndarray      # (T, B, S)
    forward: list           # T tuples of views
    backward: list          # T tuples of views


def buffers(T: int, B: int, S: int, E: int, M: int, A: int, H: int, dtype) -> Buffers:
    """New memory for T steps, B sequences, S states of size M to attend to, inputs E, attention A and state H."""
    def new(*shape: int) -> np.ndarray:
        return np.empty(shape, dtype)

    C = chunk_steps(T, B, max(8 * H, S * A))
    b = Buffers(
        h=new(T + 1, B, H), W=new(2 * A + 3 * H, H), W_in=new(3 * H, E + M),
        memory=new(B, S, M), values=new(B, S, 3 * H + 1), keys=new(B, S, A or M),
        a_x=new(T, B, 3 * H), state=new(T, B, A + 3 * H), gates=new(T, B, 3 * H), units=new(T, B, S, A),
        alpha=new(T, B, S), inputs=new(T, B, E + M), mean=new(B, 1, 3 * H + 1),
        score=new(B, S), top=new(B, 1), step=new(B, H),
        local=new(C, B, 4, H), squares=new(C, B, S, A), d=new(T, B, 4 * H + A), dscore=new(T, B, S),
        forward=[], backward=[],
    )
    b.values[:, :, 3 * H] = 1
    for t in range(T):
        h, s, a, d = b.h[t], b.state[t], b.gates[t], b.d[t]
        b.forward.append((
            h, h[:, :, None], b.h[t + 1], s, s[:, None, :A], s[:, A : A + 2 * H], s[:, A + 2 * H :],
            b.a_x[t], a, a[:, H:], a[:, :H], a[:, H : 2 * H], a[:, 2 * H :],
            b.units[t], b.units[t].reshape(B * S, A), b.alpha[t], b.alpha[t][:, None],
        ))
        b.backward.append((
            b.local[t % C], a[:, 2 * H :],
            d[:, : 4 * H].reshape(B, 4, H), d[:, : 3 * H, None], d[:, H:], d[:, None, 4 * H :],
            b.alpha[t], b.alpha[t][:, None], b.dscore[t], b.dscore[t][:, None], b.squares[t % C],
        ))
    return b


def place(b, p, q, x, h_0, memory, scale) -> None:
    """Put arguments into the buffers, the weights in the order of the gates here."""
    H, A, E = b.step.shape[1], b.units.shape[3], x.shape[2]
    (T, B, _), S = x.shape, memory.shape[1]
    b.h[0] = h_0
    b.inputs[:, :, :E] = x
    b.memory[:] = memory
    np.multiply(p["W_hh"][: 2 * H], 0.5, b.W[A : A + 2 * H])
    b.W[A + 2 * H : A + 3 * H] = p["W_hh"][2 * H :]
    np.multiply(p["W_xh"][: 2 * H], 0.5, b.W_in[H:])
    b.W_in[:H] = p["W_xh"][2 * H :]
    bias = np.concatenate([p["b_h"][2 * H :], p["b_h"][: 2 * H] / 2])
    np.add((x.reshape(T * B, E) @ b.W_in[:, :E].T).reshape(T, B, 3 * H), bias, b.a_x)
    rows = b.memory.reshape(B * S, -1)
    b.values[:, :, : 3 * H] = (rows @ b.W_in[:, E:].T).reshape(B, S, 3 * H)
    if A:
        b.W[:A] = q["W_qa"]
        np.multiply(q["W_qa"], -q["v_a"][:, None], b.W[A + 3 * H :])
        np.dot(rows, q["W_ka"].T, b.keys.reshape(B * S, A))
    else:
        np.multiply(b.memory, scale, b.keys)


def checked_memory(memory, mask, D, M):
    """Checked memory (B, S, M) with 0 where it may not be used, where it may, and what is added to scores."""
    memory = validate.array("memory", memory, (None, None, M), sizes=f"(S, B, {M or 'M'})")
    S, B, M = memory.shape
    if M >= D:
        raise ValueError(f"memory has shape {memory.shape}; expected (S, B, M), M less than the {D} columns of W_xh")
    used = np.ones((S, B), bool) if mask is None else validate.as_array("memory_mask", mask)
    if used.dtype != bool or used.shape != (S, B):
        raise ValueError(f"memory_mask has shape {used.shape} and dtype {used.dtype}; expected ({S}, {B}) and bool")
    validate.no_nan("memory", memory, used)
    used = used.T[:, :, None]                                    # (B, S, 1)
    memory = memory.swapaxes(0, 1)
    if used.all():
        return memory, used, None, M
    bias = np.where(used[:, :, 0] | ~used.any(axis=1), 0, -np.inf).astype(memory.dtype)
    return np.where(used, memory, 0), used, bias, M


def units_size(params: dict, H: int, M: int) -> int:
    """A of checked params of additive attention."""
    with inside("attention"):
        validate.params(params, {"v_a": (None,)})
        A = len(params["v_a"])
        validate.params(params, {"W_qa": (A, H), "W_ka": (A, M), "v_a": (A,)})
    return A
