"""Search: finding the output of a decoder, which gives only the next token's scores.

    log p(y) = Σ_t log p(y_t | y_1 … y_{t-1})        p(y_t | …) = softmax(logits_t)

A decoder is a function

    logits, next_state = step(state, token)          # logits (B, V), token int (B,)

so that any network fits. A state is an array, or a tuple, NamedTuple, list or dict of states, or None. Its arrays have
one row a sequence, (B, …); beam search repeats and reorders those rows. What belongs to a sequence, such as the
encoder's states for attention, is therefore part of the state, or is repeated by the caller: in every call, row
b · width + w is hypothesis w of sequence b.

A sequence ends with the token `eos`, or unfinished after `max_length` tokens. `eos` is not part of a result, but its
log-probability is.

| function | takes |
|---|---|
| `greedy` | the most probable token |
| `sample` | a token drawn: temperature, `top_k`, `nucleus` |
| `beam` | the best of `width` hypotheses, under a rule for their lengths |
"""

from rnnbook.scratch.search.beams import Beams, beam, gnmt_rule, mean_rule, no_rule
from rnnbook.scratch.search.decoder import Found
from rnnbook.scratch.search.single import draw, greedy, nucleus, sample, top_k

__all__ = [
    "Beams",
    "Found",
    "beam",
    "draw",
    "gnmt_rule",
    "greedy",
    "mean_rule",
    "no_rule",
    "nucleus",
    "sample",
    "top_k",
]
