"""What every search asks of a decoder, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate

Step = Callable[[Any, np.ndarray], tuple[np.ndarray, Any]]


class Found(NamedTuple):
    """One output for each sequence."""

    tokens: np.ndarray          # int (T, B); `eos` (0 if there is none) from the end on
    lengths: np.ndarray         # int (B,), tokens before `eos`; 0 if it came first
    log_p: np.ndarray           # (B,), log p(y) under the model, `eos` included
    finished: np.ndarray        # bool (B,), False where `max_length` cut it off

    def sequences(self) -> list[list[int]]:
        """The outputs as lists of tokens."""
        return [self.tokens[:n, b].tolist() for b, n in enumerate(self.lengths)]


def advance(step: Step, state: Any, token: np.ndarray, live: np.ndarray, eos: int | None) -> tuple[np.ndarray, Any]:
    """One step of the decoder: log p of the next token, float64 (B, V), and the next state.

    `live` is bool (B,); the other rows may hold anything, NaN too, and get a constant.
    """
    B = len(live)
    logits, state = step(state, token)
    check_state("state of step", state, B)
    logits = validate.array("logits of step", logits, (B, None), sizes=f"({B}, V)")
    V = logits.shape[1]
    if eos is not None and eos >= V:
        raise ValueError(f"eos is {eos}; expected 0 to {V - 1}, as step gives {V} logits")
    logits = check_logits("logits of step", np.where(live[:, None], logits, 0).astype(np.float64))
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), state


def rows(state: Any, index: np.ndarray) -> Any:
    """The state with the rows `index` of each of its arrays."""
    if state is None:
        return None
    if isinstance(state, np.ndarray):
        return state[index]
    if isinstance(state, dict):
        return {name: rows(part, index) for name, part in state.items()}
    parts = [rows(part, index) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


def check(state: Any, start: np.ndarray, eos: int | None, max_length: int) -> np.ndarray:
    """Check the arguments that all searches have; returns `start` as an array (B,)."""
    start = validate.as_array("start", start)
    if start.ndim != 1:
        raise ValueError(f"start has shape {start.shape}; expected (B,), the first token of each sequence")
    start = validate.tokens("start", start, np.iinfo(np.int64).max)
    validate.sizes(max_length=max_length)
    if eos is not None and (not isinstance(eos, (int, np.integer)) or isinstance(eos, bool) or eos < 0):
        raise ValueError(f"eos is {eos!r}; expected a token, or None")
    check_state("state", state, len(start))
    return start


def check_state(name: str, state: Any, B: int) -> None:
    """Check that every array of a state has one row a sequence."""
    if isinstance(state, np.ndarray):
        if state.shape[:1] != (B,):
            raise ValueError(f"{name} has shape {state.shape}; expected ({B}, …), one row a sequence")
    elif isinstance(state, (tuple, list, dict)):
        for key, part in state.items() if isinstance(state, dict) else enumerate(state):
            check_state(f"{name}[{key!r}]", part, B)
    elif state is not None:
        raise ValueError(f"{name} is a {type(state).__name__}; expected an array, or a tuple, list or dict of arrays")


def check_logits(name: str, logits: np.ndarray) -> np.ndarray:
    """Return logits (…, V) as an array: no NaN, −inf for what is ruled out, something finite in every row."""
    logits = validate.as_array(name, logits)
    logits = validate.array(name, logits, (*logits.shape[:-1], None))
    validate.no_nan(name, logits)
    top = logits.max(axis=-1)
    if not np.isfinite(top).all():
        where = [int(i) for i in np.argwhere(~np.isfinite(top))[0]]
        raise ValueError(f"{name}{where or ''} has the maximum {top[tuple(where)]}; expected a finite one")
    return logits
