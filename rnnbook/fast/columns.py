"""What the fast layers share: inside them every sequence of the batch is a column, and a step is (rows, B).

Then the gates of a step are blocks of rows: contiguous memory, which one call can work on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from rnnbook.scratch import sequences

CHUNK = 2**18           # numbers in the pre-activations of a chunk of steps: what a processor's cache holds
SMALL = 10**6           # multiplications up to which OpenBLAS, with AVX-512, does not rearrange the matrices first


def chunk_steps(T: int, B: int, rows: int) -> int:
    """Steps whose local derivatives are taken at once, for `rows` pre-activations a step. All of them for B = 1."""
    return T if B == 1 else min(T, max(1, CHUNK // (rows * B)))


def chunks(T: int, capacity: int, cuts: Iterable[int] = ()) -> list[tuple[slice, slice]]:
    """Pairs (steps, room): slices of steps that cover 0 … T − 1, the last steps first, and their place in a buffer.

    The buffer has room for `capacity` steps: for T, each step has its own place. No slice reaches across a cut.
    """
    pairs, stop = [], T
    while stop > 0:
        start = max([0, stop - capacity, *(cut for cut in cuts if cut < stop)])
        steps = slice(start, stop)
        pairs.append((steps, steps if capacity == T else slice(0, stop - start)))
        stop = start
    return pairs


def weights(rows: int, K: int, dtype: np.dtype, B: int) -> np.ndarray:
    """Room for a matrix (rows, K), in the memory order that suits products with B columns."""
    return np.empty((rows, K), dtype, order="F" if B == 1 else "C")


def stacked(parts: list[np.ndarray], dtype: np.dtype, B: int) -> np.ndarray:
    """The parts (rows, any) or (rows,) side by side in a new array. Its memory order suits products with B columns."""
    parts = [part.reshape(len(part), -1) for part in parts]
    out = weights(len(parts[0]), sum(part.shape[1] for part in parts), dtype, B)
    return np.concatenate(parts, axis=1, out=out)


def blocks(rows: int, K: int, B: int) -> int:
    """In how many blocks of rows a product (rows, K) (K, B) is quickest: up to four, where that makes them small."""
    small = (k for k in (2, 3, 4) if rows % k == 0 and rows // k * K * B <= SMALL)
    return next(small, 1) if rows * K * B > SMALL else 1


def product(W: np.ndarray, B: int) -> Callable[[np.ndarray, np.ndarray], object]:
    """The call that writes W z (rows, B) of z (K, B) most quickly: product(z, out), with `out` from `to_receive`."""
    rows, K = W.shape
    k = blocks(rows, K, B)
    return W.dot if k == 1 else partial(np.matmul, W.reshape(k, rows // k, K))       # np.dot takes longer than W.dot


def to_receive(out: np.ndarray, K: int) -> np.ndarray:
    """A view of `out` (…, rows, B) in the blocks in which `product` writes what it makes of z (K, B)."""
    *steps, rows, B = out.shape
    k = blocks(rows, K, B)
    return out if k == 1 else out.reshape(*steps, k, rows // k, B)


def to_columns(sequences: np.ndarray, out: np.ndarray) -> None:
    """out (T, N, B) ← sequences (T, B, N)."""
    np.copyto(out, sequences.transpose(0, 2, 1))


def to_sequences(columns: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A new array (T, B, N) from columns (T, N, B), 0 where the mask (T, B, 1) is False."""
    out = np.array(columns.transpose(0, 2, 1), order="C")
    if not mask.all():
        out *= mask
    return out


def side_by_side(columns: np.ndarray, T: int) -> np.ndarray:
    """Room (N, T, B) for the columns (steps, N, B) of T steps in one matrix. A view of them for B = 1."""
    _, N, B = columns.shape
    return columns.transpose(1, 0, 2) if B == 1 else np.empty((N, T, B), columns.dtype)


def gather(columns: np.ndarray, out: np.ndarray) -> None:
    """out (N, T, B) ← columns (T, N, B); `out` is from `side_by_side`."""
    if columns.shape[2] > 1:
        np.copyto(out, columns.transpose(1, 0, 2))


def at_ends(columns: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """State (B, H) after each sequence's last real step, from columns (T + 1, H, B) that begin with the first state."""
    ends = sequences.ends(mask)
    return columns[ends, :, np.arange(len(ends))]


def no_memory(shape: tuple, dtype: np.dtype) -> np.ndarray:
    """An array that has a shape and a dtype and nothing in it."""
    return np.broadcast_to(np.empty((), dtype), shape)
