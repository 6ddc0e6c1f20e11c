"""rnn-last_state and rnn-output_or_hidden: which state a classifier reads, in a padded batch and in PyTorch."""

from __future__ import annotations

import math

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw


def _last_state(hs, lengths):
    return hs[lengths - 1, np.arange(len(lengths))]              # (B, H)


def _real(hs, lengths):
    """True where a step is real: (T, B, 1)."""
    return (np.arange(len(hs))[:, None] < lengths)[:, :, None]


def _padded(rng, T, lengths, H, pads):
    """States (T, B, H) and lengths; after the end zeros, or numbers that look like states."""
    lengths = np.array(lengths)
    hs = draw.states(rng, T, len(lengths), H)
    return {"hs": hs * _real(hs, lengths) if pads == "zeros" else hs, "lengths": lengths}


def _last_cases(rng):
    yield {"hs": draw.tenths(rng, 4, 2, 1), "lengths": np.array([2, 3])}
    yield _padded(rng, 6, rng.permutation([2, 4, 6, 3]), 3, "zeros")
    yield _padded(rng, 5, rng.permutation([1, 4, 2]), 4, "states")                      # nobody reaches the last step
    yield _padded(rng, 7, [2, 5, 4], 2, "zeros")
    yield _padded(rng, 6, [3, 6, 2, 4], 3, "states")


def _last_simple(rng):
    yield _padded(rng, 4, [4, 4, 4], 3, "states")                # equal lengths
    yield _padded(rng, 6, [3, 3, 3], 3, "states")                # equal lengths, then pads
    yield _padded(rng, 6, [4, 2, 3], 3, "zeros")
    yield _padded(rng, 6, [5, 4, 2], 3, "states")                # sorted
    yield _padded(rng, 5, [3], 3, "states")                      # B = 1, the middle step
    yield _padded(rng, 1, [1, 1], 3, "states")                   # T = 1
    yield {"hs": np.full((5, 3, 2), 0.5), "lengths": np.array([2, 4, 3])}               # a state that stays
    yield {"hs": np.zeros((5, 3, 2)), "lengths": np.array([2, 4, 3])}


def _last_not_zero(hs, lengths):
    t = len(hs) - 1 - np.argmax((hs[::-1] != 0).any(axis=2), axis=0)
    return hs[t, np.arange(hs.shape[1])]


def _sorted(hs, lengths):
    return _last_state(hs, lengths)[np.argsort(-lengths, kind="stable")]


_PAD = "Look at a sequence that is shorter than T: what stands at the step you take, a state or a pad?"
_EACH = "Each sequence has its own end: the index of the step is an array with one entry a sequence."

LAST_STATE = Exercise(
    id="rnn-last_state",
    title="The last state",
    goal="Take each sequence's state at its own last word from a padded batch.",
    points=3, minutes=8, level=2,
    returns=("last",),
    reference=_last_state,
    cases=lambda rng: list(_last_cases(rng)),
    simple=lambda rng: list(_last_simple(rng)),
    section="02-hidden-state#the-state-of-a-pad",
    hints=(
        "A sequence with lengths[b] words has its last one at step lengths[b] − 1, counted from 0.",
        "A loop over b does it: row b is hs[lengths[b] − 1, b]. Then without the loop: NumPy takes two index arrays.",
        "`hs[lengths - 1, np.arange(len(lengths))]`: entry b of the first array goes with entry b of the second.",
    ),
    mistakes=(
        Mistake("Step T is taken for all, a pad for the shorter ones", lambda hs, lengths: hs[-1], _PAD),
        Mistake("One step too early", lambda hs, lengths: hs[lengths - 2, np.arange(len(lengths))],
                "A sequence of one word has its only state at step 0. Which step do you take?"),
        Mistake("One step too late, a pad", lambda hs, lengths: hs[lengths, np.arange(len(lengths))],
                "Steps are counted from 0: step lengths[b] is the first one after the end."),
        Mistake("One step too late, a pad, except where that is past T",
                lambda hs, lengths: hs[np.minimum(lengths, len(hs) - 1), np.arange(len(lengths))],
                "Steps are counted from 0: step lengths[b] is the first one after the end."),
        Mistake("The first state is taken", lambda hs, lengths: hs[0],
                "hs[0] has read one word. Which has read them all?"),
        Mistake("The mean over all steps, pads included", lambda hs, lengths: hs.mean(axis=0),
                "Pads are not words. And one state is asked for, not a mean."),
        Mistake("The mean over the real steps",
                lambda hs, lengths: (hs * _real(hs, lengths)).sum(axis=0) / lengths[:, None],
                "A mean over words is a sentence vector too, with its own name: mean pooling. Here the last "
                "state is asked for."),
        Mistake("The sum over all steps", lambda hs, lengths: hs.sum(axis=0),
                "One of the states is asked for, not their sum."),
        Mistake("The largest value over all steps", lambda hs, lengths: hs.max(axis=0),
                "This takes each unit from another step, and pads among them. One state is asked for."),
        Mistake("The largest value over the real steps",
                lambda hs, lengths: np.where(_real(hs, lengths), hs, -np.inf).max(axis=0),
                "This is max pooling: each unit comes from another step. Here the last state is asked for."),
        Mistake("The shortest length is used for all", lambda hs, lengths: hs[lengths.min() - 1], _EACH),
        Mistake("The longest length is used for all", lambda hs, lengths: hs[lengths.max() - 1], _EACH),
        Mistake("The first sequence's length is used for all", lambda hs, lengths: hs[lengths[0] - 1], _EACH),
        Mistake("Every row comes from the first sequence", lambda hs, lengths: hs[lengths - 1, 0],
                "The steps are right. The second index says which sequence: it is 0 for all of yours."),
        Mistake("For each sequence all rows are taken, (B, B, H)", lambda hs, lengths: hs[lengths - 1],
                "Entry b must come from step lengths[b] − 1 and sequence b. Which second index says so?", shape=True),
        Mistake("Steps are looked up along the axis of the sequences",
                lambda hs, lengths: hs[np.arange(len(lengths)), lengths - 1],
                "hs is (T, B, H), time first: its first index counts steps, its second sequences. What stands where?",
                shape=True),
        Mistake("The last state that is not 0 is taken", _last_not_zero,
                "Nothing promises that pads are 0, nor that a real state is not. What tells the end is lengths."),
        Mistake("Steps are counted from the end", lambda hs, lengths: hs[-lengths, np.arange(len(lengths))],
                "hs[-1] is step T whatever the length: pads stand at the end. Count from the start."),
        Mistake("The sequences come back sorted by length", _sorted,
                "Every state is right, in the wrong row. Row b of the answer belongs to sequence b."),
    ),
)


def _by_layer(hidden, layers, directions):
    """(layers, directions, B, H): PyTorch's order, layer by layer and within a layer left-to-right first."""
    return hidden.reshape(layers, directions, *hidden.shape[1:])


def _join(states):
    """(directions, B, H) to (B, directions*H)."""
    return np.concatenate(list(states), axis=1)


def _output_or_hidden(output, hidden, layers, directions):
    return _join(_by_layer(hidden, layers, directions)[-1])      # (B, directions*H)


def _torch_arrays(rng, layers, directions, T, B, H, make):
    """`output` and `hidden` as torch.nn.RNN would return them: where both hold a state, they agree."""
    shapes = [(T, B, directions * H), (layers * directions, B, H)]
    sizes = [math.prod(shape) for shape in shapes]
    numbers = np.split(make(rng, sum(sizes)), [sizes[0]])
    output, hidden = (n.reshape(shape) for n, shape in zip(numbers, shapes, strict=True))
    top = hidden[-directions:]                                   # (directions, B, H)
    top[0] = output[-1, :, :H]
    if directions == 2:
        top[1] = output[0, :, H:]
    return {"output": output, "hidden": hidden, "layers": layers, "directions": directions}


def _torch_cases(rng):
    yield _torch_arrays(rng, 2, 2, 2, 3, 1, draw.hundredths)
    for layers, directions in [(1, 1), (1, 2), (2, 1), (3, 2), (3, 1)]:
        B = T = int(rng.integers(3, 6))                          # equal: mixed-up axes show in the values
        yield _torch_arrays(rng, layers, directions, T, B, 4, draw.states)


def _torch_simple(rng):
    yield _torch_arrays(rng, 1, 1, 4, 4, 3, draw.states)
    yield _torch_arrays(rng, 1, 2, 4, 4, 3, draw.states)
    yield _torch_arrays(rng, 3, 1, 4, 4, 3, draw.states)
    yield _torch_arrays(rng, 2, 2, 4, 1, 3, draw.states)
    yield _torch_arrays(rng, 1, 1, 1, 1, 3, draw.states)
    yield _torch_arrays(rng, 1, 2, 1, 1, 3, draw.states)


def _halves(output, hidden):
    H = hidden.shape[2]
    return output[:, :, :H], output[:, :, H:]


def _wrong_ends(output, hidden, layers, directions):
    left, right = _halves(output, hidden)
    return np.concatenate([left[0], right[-1]], axis=1)


def _directions_first(output, hidden, layers, directions):
    return _join(hidden.reshape(directions, layers, *hidden.shape[1:])[:, -1])


_RIGHT_TO_LEFT = "The right-to-left direction begins at the last word. Where in time does it end?"
_LAYERS = "hidden holds the final states of all layers, the first layer first. Which layer does a classifier read?"

OUTPUT_OR_HIDDEN = Exercise(
    id="rnn-output_or_hidden",
    title="output or hidden",
    goal="From what torch.nn.RNN returns, take the vector that a sentence classifier reads.",
    points=4, minutes=10, level=3,
    returns=("sentence",),
    reference=_output_or_hidden,
    cases=lambda rng: list(_torch_cases(rng)),
    simple=lambda rng: list(_torch_simple(rng)),
    section="02-hidden-state#in-pytorch",
    hints=(
        "A classifier reads the state that has seen the whole sentence, of the last layer. hidden holds final "
        "states only.",
        "The rows of hidden go layer by layer: layer 1 left-to-right, layer 1 right-to-left, layer 2 left-to-right, … "
        "The last layer's are the last `directions` rows.",
        "`np.concatenate(list(hidden[-directions:]), axis=1)` joins the rows side by side, unit after unit.",
    ),
    mistakes=(
        Mistake("output[-1] is taken: there the right-to-left direction has read one word only",
                lambda output, hidden, layers, directions: output[-1], _RIGHT_TO_LEFT),
        Mistake("output[0] is taken: there the left-to-right direction has read one word only",
                lambda output, hidden, layers, directions: output[0],
                "Which word comes last for the left-to-right direction?"),
        Mistake("Each direction is taken where it begins, not where it ends", _wrong_ends, _RIGHT_TO_LEFT),
        Mistake("hidden is read as directions × layers", _directions_first,
                "The rows go layer by layer, and within a layer by direction: `hidden.reshape(layers, "
                "directions, B, H)`."),
        Mistake("The first layer's states are taken",
                lambda output, hidden, layers, directions: _join(_by_layer(hidden, layers, directions)[0]), _LAYERS),
        Mistake("With two directions the first two rows of hidden are taken",
                lambda output, hidden, layers, directions: _join(hidden[:2] if directions == 2 else hidden[-1:]),
                _LAYERS),
        Mistake("The first and the last row of hidden are joined",
                lambda output, hidden, layers, directions: hidden[-1] if directions == 1 else _join(hidden[[0, -1]]),
                "With one layer these are the two directions; with more they belong to different layers."),
        Mistake("The layers are averaged",
                lambda output, hidden, layers, directions: _join(_by_layer(hidden, layers, directions).mean(axis=0)),
                _LAYERS),
        Mistake("The layers are added up",
                lambda output, hidden, layers, directions: _join(_by_layer(hidden, layers, directions).sum(axis=0)),
                _LAYERS),
        Mistake("The directions are joined in the other order",
                lambda output, hidden, layers, directions: _join(hidden[-directions:][::-1]),
                "output and hidden both keep left-to-right first. Keep that order."),
        Mistake("The right-to-left state is taken twice",
                lambda output, hidden, layers, directions: _join([hidden[-1]] * directions),
                "hidden[-1] is one direction of the last layer. Where is the other?"),
        Mistake("hidden[-1] is taken alone: of two directions it is the right-to-left one",
                lambda output, hidden, layers, directions: hidden[-1],
                "The result is (B, directions·H). With one direction yours is right; with two, which row is missing?"),
        Mistake("The rows of hidden are not joined", lambda output, hidden, layers, directions: hidden[-directions:],
                "These are the right rows, (directions, B, H). A classifier reads one vector a sentence: "
                "along which axis are they joined to (B, directions·H)?", shape=True),
        Mistake("reshape mixes the sequences",
                lambda output, hidden, layers, directions: hidden[-directions:].reshape(hidden.shape[1], -1),
                "(directions, B, H) holds all of one direction first. reshape keeps that order in memory: "
                "row 0 becomes two sequences of one direction. Join along the units instead."),
        Mistake("output is read as if batch_first were set", lambda output, hidden, layers, directions: output[:, -1],
                "output is (T, B, …): `output[:, -1]` is the last sequence of the batch, at every step."),
        Mistake("output is averaged over the steps", lambda output, hidden, layers, directions: output.mean(axis=0),
                "That is mean pooling. Here the final states are asked for."),
        Mistake("The largest value of output over the steps",
                lambda output, hidden, layers, directions: output.max(axis=0),
                "That is max pooling. Here the final states are asked for."),
    ),
)

EXERCISES = (LAST_STATE, OUTPUT_OR_HIDDEN)
