"""rnn-reset_at_boundaries: where a new document begins, the state begins anew."""

from __future__ import annotations

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw
from rnnbook.checks.hidden_state.draw import changed
from rnnbook.checks.hidden_state.step import in_the_step


def _walk(params, x, reset, step=draw.step, after=None, keep=None):
    """Run over x (T, B, D) from a zero state: reset(t, h) before each step, after(t, h) behind it, keep(t, "
    "h) into hs."""
    h = np.zeros((x.shape[1], len(params["b_h"])))               # (B, H)
    hs = []
    for t, x_t in enumerate(x):
        h = reset(t, h)
        h = step(params, x_t, h)
        hs.append(h if keep is None else keep(t, h))
        h = h if after is None else after(t, h)
    return np.stack(hs)                                          # (T, B, H)


def _never(t, h):
    return h


def _zero_where(starts):
    """reset(t, h): 0 in the sequences where starts[t] is True."""
    return lambda t, h: np.where(starts[t][:, None], 0, h)


def _reference(params, x, starts):
    return _walk(params, x, _zero_where(starts))


def _case(params, x, starts):
    return {"params": params, "x": x, "starts": starts}


def _cases(rng):
    tiny = np.array([[1, 0], [0, 0], [1, 0], [0, 1]], bool)
    yield _case(draw.tiny_params(rng, 2, 3), draw.tenths(rng, 4, 2, 2), tiny)
    for T, B, D, H in [(6, 3, 3, 3), (7, 4, 2, 4), (8, 2, 4, 3)]:
        starts = rng.random((T, B)) < 0.2
        starts[0] = rng.random(B) < 0.5
        starts[1] = False
        starts[2] = np.arange(B) == rng.integers(B)              # one sequence alone
        starts[-3] = True                                        # all at once
        starts[-2] = False
        yield _case(draw.params(rng, D, H), rng.standard_normal((T, B, D)), starts)


def _simple(rng):
    T, B, D, H = 5, 3, 3, 3
    p, x = draw.params(rng, D, H), rng.standard_normal((T, B, D))
    never = np.zeros((T, B), bool)
    third = never.copy()
    third[2] = True
    yield _case(p, x, never)
    yield _case(p, x, third)                                     # every sequence at the same step
    yield _case(p, x[:, :1], third[:, :1])                       # B = 1
    yield _case(p, x[:1], never[:1])                             # T = 1
    yield _case(p, x, np.ones((T, B), bool))                     # every step is a document
    yield _case(changed(p, b_h=0), x, third)
    yield _case(changed(p, b_h=30), 0 * x, third)                # tanh and sigmoid saturate at 1
    yield _case(changed(p, b_h=0), 0 * x, never)                 # every state is 0


def _after(params, x, starts):
    return _walk(params, x, _never, after=_zero_where(starts))


def _new_state_zeroed(params, x, starts):
    return _walk(params, x, _never, keep=_zero_where(starts), after=_zero_where(starts))


def _one_step_early(params, x, starts):
    return _walk(params, x, _zero_where(np.concatenate([starts[1:], np.zeros_like(starts[:1])])))


def _all_at_once(params, x, starts):
    return _walk(params, x, lambda t, h: 0 * h if starts[t].any() else h)


def _only_when_all(params, x, starts):
    return _walk(params, x, lambda t, h: 0 * h if starts[t].all() else h)


def _by_first_sequence(params, x, starts):
    return _walk(params, x, lambda t, h: 0 * h if starts[t, 0] else h)


def _input_too(params, x, starts):
    return _walk(params, np.where(starts[:, :, None], 0, x), _zero_where(starts))


def _input_instead(params, x, starts):
    return _walk(params, np.where(starts[:, :, None], 0, x), _never)


def _in_place(params, x, starts):
    hs = _reference(params, x, starts)
    hs[:-1][starts[1:]] = 0                                      # what `h[starts[t]] = 0` does to the array in the list
    return hs


def _all_at_once_in_place(params, x, starts):
    hs = _all_at_once(params, x, starts)
    hs[:-1][starts[1:].any(axis=1)] = 0
    return hs


def _over_the_units(params, x, starts):
    return _walk(params, x, lambda t, h: np.where(starts[t], 0, h))         # (B,) and (B, H): fits where B = H


def _afterwards(params, x, starts):
    hs = _walk(params, x, _never)
    hs[starts] = 0
    return hs


def _first_state_again(params, x, starts):
    h_1 = draw.step(params, x[0], np.zeros((x.shape[1], len(params["b_h"]))))
    return _walk(params, x, lambda t, h: np.where(starts[t][:, None], h_1, h))


def _only_first_boundary(params, x, starts):
    later = np.cumsum(starts, axis=0) - starts > 0
    return _walk(params, x, _zero_where(starts & ~later))


def _zero_from_then_on(params, x, starts):
    return _walk(params, x, _zero_where(np.cumsum(starts, axis=0) > 0))


def _shifted(params, x, starts):
    hs = _reference(params, x, starts)
    return np.concatenate([np.zeros_like(hs[:1]), hs[:-1]])


_BEFORE = "starts[t] says that x[t] is the first word of a document. Which state may the step that reads x[t] see?"
_ROWS = "Each sequence of the batch has its own documents: row b of the state follows starts[t, b] and nothing else."

RESET_AT_BOUNDARIES = Exercise(
    id="rnn-reset_at_boundaries",
    title="Reset at boundaries",
    goal="Keep the state of one document out of the next, sequence by sequence.",
    points=4, minutes=12, level=3,
    returns=("hs",),
    reference=_reference,
    cases=lambda rng: list(_cases(rng)),
    simple=lambda rng: list(_simple(rng)),
    section="02-hidden-state#where-a-sequence-begins",
    hints=(
        "Start from your loop. One line comes in, before the step: it makes the state 0 where a document begins.",
        "starts[t] is (B,) and the state is (B, H): `starts[t][:, None]` is (B, 1) and meets every unit of its row.",
        "`h = np.where(starts[t][:, None], 0.0, h)`, then `h = step(params, x[t], h)`.",
    ),
    mistakes=(
        Mistake("The reset comes after the step instead of before it", _after, _BEFORE),
        Mistake("The new state itself is set to 0 where a document begins", _new_state_zeroed,
                "The first word of a document should leave a trace in hs. " + _BEFORE),
        Mistake("The reset comes one step early", _one_step_early,
                "The last word of a document still belongs to it. " + _BEFORE),
        Mistake("All sequences are reset as soon as one begins a document", _all_at_once, _ROWS),
        Mistake("Nothing is reset until all sequences begin a document at once", _only_when_all, _ROWS),
        Mistake("starts[t] is laid along the units, not along the sequences", _over_the_units,
                "starts[t] is (B,), and NumPy lines it up with the last axis of the state, (B, H). "
                "Give it a second axis, of size 1."),
        Mistake("The first sequence's boundaries are used for all", _by_first_sequence, _ROWS),
        Mistake("The state is never reset", lambda params, x, starts: _walk(params, x, _never),
                "Does starts enter your loop? Change it and see whether hs changes."),
        Mistake("The input is set to 0 too", _input_too,
                "The first word of a document is a word like any other. What is to be forgotten is the state."),
        Mistake("The input is set to 0 instead of the state", _input_instead,
                "The first word of a document is a word like any other. What is to be forgotten is the state."),
        Mistake("The state is kept where a document begins, and set to 0 elsewhere",
                lambda params, x, starts: _walk(params, x, _zero_where(~starts)),
                "`np.where(condition, a, b)` takes a where the condition is True."),
        Mistake("The state is reset at every step",
                lambda params, x, starts: _walk(params, x, lambda t, h: 0 * h),
                "Between two boundaries the state has to be carried."),
        Mistake("hs is changed afterwards: h[starts[t]] = 0 writes into the state stored before", _in_place,
                "The array in your list and h are one and the same. Make a new one: `np.where`, or a copy."),
        Mistake("All sequences are reset at once, in place, so that the states stored before become 0",
                _all_at_once_in_place, _ROWS),
        Mistake("The states are set to 0 afterwards, in hs only", _afterwards,
                "The later steps have read the old state by then. The reset belongs into the loop. " + _BEFORE),
        Mistake("The state goes back to h_1, not to 0", _first_state_again,
                "A new document starts as the first one did: from h_0, before any word."),
        Mistake("Only the first boundary of each sequence is seen", _only_first_boundary,
                "A sequence may hold three documents. Is the test made at every step?"),
        Mistake("From the first boundary on, the state is 0 at every step", _zero_from_then_on,
                "starts[t] is about step t alone. What undoes the reset at the next step?"),
        Mistake("hs holds the state before each step", _shifted,
                "hs[t] is the state after x[t] was read. Do you append before the step, or after it?"),
        *in_the_step(lambda step: lambda params, x, starts: _walk(params, x, _zero_where(starts), step=step)),
    ),
)

EXERCISES = (RESET_AT_BOUNDARIES,)
