"""Teacher forcing: in training the decoder reads the right tokens, one step late, whatever it would have written.

    inputs  = bos, y_1, …, y_T          outputs = y_1, …, y_T, eos

Source: Williams and Zipser, "A learning algorithm for continually running fully recurrent neural networks" (1989).
"""

from __future__ import annotations

import numpy as np

from rnnbook import validate
from rnnbook.text import length_mask


def teacher_forced(targets: np.ndarray, bos: int, eos: int, lengths: np.ndarray | None = None):
    """What the decoder reads and what it should write.

    Parameters
    ----------
    targets : int (T, B)
        Without `bos` and `eos`; what stands after a sequence's end is never used.
    bos, eos : int
        The tokens that begin and end a sequence.
    lengths : int (B,)
        Real steps of each sequence; all T if None.

    Returns
    -------
    inputs : int (T + 1, B)
    outputs : int (T + 1, B)
        Both `eos` behind the end.
    lengths : int (B,)
        Of inputs and outputs: one more than given.
    """
    targets = validate.as_array("targets", targets)
    if targets.ndim != 2 or targets.size == 0 or not np.issubdtype(targets.dtype, np.integer):
        raise ValueError(f"targets has shape {targets.shape} and dtype {targets.dtype}; expected integers (T, B)")
    for name, token in [("bos", bos), ("eos", eos)]:
        if not isinstance(token, (int, np.integer)) or isinstance(token, bool) or token < 0:
            raise ValueError(f"{name} is {token!r}; expected a token, 0 or more")
    T, B = targets.shape
    lengths = validate.lengths(lengths, T, B)
    ended = np.full((1, B), eos, targets.dtype)
    outputs = np.concatenate([np.where(length_mask(lengths, T), targets, eos), ended])       # (T + 1, B)
    inputs = np.concatenate([np.full((1, B), bos, targets.dtype), outputs[:-1]])
    return inputs, outputs, lengths + 1
