"""The encoder-decoder as one composition: embedding, encoder, what is handed over, decoder, output layer.

    c = all states that the encoder ends with, side by side; with `transform`, tanh(W c + b)

| context | the decoder starts in | each step reads | and its output layer |
|---|---|---|---|
| "initial" | c | x_t | h_t |
| "every_step" | 0 | [x_t; c] | [h_t; c] |
| "attention" | c | [x_t; ctx_t] | [h_t; ctx_t] |

Without `transform` a decoder that starts in c must have the states of the encoder; with it, any two layers fit, for W
has the sizes of both.

Source: "initial", Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks" (2014), section 2;
"every_step" (section 2.2) and the transform, Cho et al., "Learning phrase representations using RNN encoder-decoder for
statistical machine translation" (2014); "attention", see `recurrence`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import embedding, linear, sequences
from rnnbook.scratch.attention.kinds import Kind, kind
from rnnbook.scratch.layer import inside, outputs, part
from rnnbook.scratch.seq2seq import recurrence, states
from rnnbook.text import length_mask

CONTEXTS = ("initial", "every_step", "attention")


class Seq2Seq(NamedTuple):
    """An encoder-decoder: the functions that `of` returns, described there."""

    init: Callable[..., dict]
    forward: Callable[..., tuple]
    backward: Callable[..., dict]
    start: Callable[..., Any]
    step: Callable[..., tuple]


class Decoding(NamedTuple):
    """State of a decoder that writes token by token, as `rnnbook.scratch.search` takes it: one row a sequence."""

    state: Any                      # of the cell; None before the first step of one that starts in 0
    c: np.ndarray | None            # (B, C), for "every_step"
    memory: np.ndarray | None       # (B, S, H), the encoder's states, for "attention"
    mask: np.ndarray | None         # bool (B, S)


class Encoded(NamedTuple):
    """What the encoder hands over, and the caches."""

    hs: np.ndarray                  # (S, B, H)
    mask: np.ndarray                # bool (S, B, 1)
    last: Any
    c: np.ndarray                   # (B, C)
    caches: tuple                   # of embedding, encoder and, with `transform`, the linear layer


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    encoded: Encoded
    mask: np.ndarray                # bool (T, B, 1), of the targets
    caches: tuple                   # of embedding, decoder and output layer
    alpha: np.ndarray | None        # (T, S, B), the weights of the attention


def of(encoder: Any, decoder: Any, context: str = "initial", transform: bool = False,
       attention: str | Kind = "additive") -> Seq2Seq:
    """The encoder-decoder of two layers, each a module such as `gru` or what `stacked.of` and others return.

        params        = model.init(rng, V_source, V_target, E, H)
        logits, cache = model.forward(params, source, targets_in, source_lengths=None, target_lengths=None)
        grads         = model.backward(cache, dlogits)

    source is int (S, B), targets_in int (T, B), what the decoder reads (see `teacher_forced`); logits (T, B, V_target).
    What stands after a sequence's end is never used. cache.alpha (T, S, B) has the weights of the attention. Params and
    grads are nested: source, encoder, target, decoder, output, and where there are any context and attention.

        state         = model.start(params, source, source_lengths=None)
        logits, state = model.step(params, state, token)

    write without teacher forcing, as `rnnbook.scratch.search` asks: token int (B,), logits (B, V_target).

    Parameters
    ----------
    encoder : layer
    decoder : layer
        Not one that reads right to left.
    context : "initial", "every_step" or "attention"
    transform : bool
        Whether c goes through tanh(W c + b).
    attention : str
        "dot", "scaled_dot" or "additive"; the query is the decoder's hidden state before the step.
    """
    if context not in CONTEXTS:
        raise ValueError(f"context is {context!r}; expected one of {', '.join(CONTEXTS)}")
    if decoder.step is None:
        raise ValueError("decoder has no step; expected a layer that runs from left to right only")
    attend = kind(attention)
    names = ["source", "encoder", "target", "decoder", "output"]
    names += ["context"] * transform + ["attention"] * (context == "attention")

    def init(rng: np.random.Generator, V_source: int, V_target: int, E: int, H: int) -> dict[str, dict]:
        """Params of all parts: vocabularies of V_source and V_target words, E units a word, layers of size H."""
        validate.sizes(V_source=V_source, V_target=V_target, E=E, H=H)
        params = {"source": embedding.init(rng, V_source, E), "encoder": encoder.init(rng, E, H)}
        memory, N = outputs(encoder, params["encoder"], E), states.join(_after(encoder, params["encoder"], E)).shape[1]
        C = {"initial": 0, "every_step": H if transform else N, "attention": memory}[context]
        params |= {"target": embedding.init(rng, V_target, E), "decoder": decoder.init(rng, E + C, H)}
        after = _after(decoder, params["decoder"], E + C)
        if transform:
            params["context"] = linear.init(rng, N, H if context == "every_step" else states.join(after).shape[1])
        elif context != "every_step":
            _same(_after(encoder, params["encoder"], E), after)
        if context == "attention":
            params["attention"] = attend.init(rng, states.hidden(after).shape[1], memory)
        return params | {"output": linear.init(rng, outputs(decoder, params["decoder"], E + C) + C, V_target)}

    def forward(params: dict, source: np.ndarray, targets_in: np.ndarray, source_lengths: np.ndarray | None = None,
                target_lengths: np.ndarray | None = None):
        """logits (T, B, V_target) and the cache. Logits after a sequence's end are of no meaning."""
        p = {name: part(params, name, names) for name in names}
        encoded = encode(p, source, source_lengths)
        with inside("target"):
            x, mask, looked_up = _look_up(p["target"], "targets_in", targets_in, target_lengths)
        if x.shape[1] != encoded.hs.shape[1]:
            raise ValueError(f"targets_in has {x.shape[1]} sequences; expected {encoded.hs.shape[1]}, as in source")
        state, alpha = starting(p, encoded), None
        if context == "attention":
            memory_mask = encoded.mask[:, :, 0]
            hs, ctx, alpha, decoded = recurrence.forward(decoder, attend, p, x, state, encoded.hs, memory_mask, mask)
            hs = np.concatenate([hs, ctx], axis=-1)                                  # (T, B, H + C)
        else:
            if context == "every_step":
                x = _with_c(x, encoded.c)
            with inside("decoder"):
                hs, _, decoded = decoder.forward(p["decoder"], x, state, mask.sum(axis=(0, 2)))
            hs = _with_c(hs, encoded.c) if context == "every_step" else hs
        with inside("output"):
            logits, written = linear.forward(p["output"], hs)
        return logits, Cache(encoded, mask, (looked_up, decoded, written), alpha)

    def backward(cache: Cache, dlogits: np.ndarray) -> dict[str, dict]:
        """Grads, nested as the params, for dlogits (T, B, V_target): the parts' backward passes in reverse order."""
        encoded, mask, (looked_up, decoded, written), _ = cache
        W = written.params["W_hy"]
        dlogits = sequences.zero_pads(validate.array("dlogits", dlogits, (*mask.shape[:2], len(W))), mask)
        dhs, grads_output = linear.backward(written, dlogits)
        grads: dict = {"output": grads_output}
        dmemory = None
        C = {"initial": 0, "every_step": encoded.c.shape[1], "attention": encoded.hs.shape[2]}[context]
        dhs, dctx = np.split(dhs, [dhs.shape[2] - C], axis=-1)                       # (T, B, H), (T, B, C)
        if context == "attention":
            dx, dstate, dmemory, parts = recurrence.backward(decoder, attend, decoded, dhs, dctx)
            grads |= parts
        else:
            dx, dstate, grads["decoder"] = decoder.backward(decoded, dhs)
            dx, dx_c = np.split(dx, [dx.shape[2] - C], axis=-1)
        dc = states.join(dstate)                                                     # (B, C)
        if context == "every_step":
            dc = dx_c.sum(axis=0) + dctx.sum(axis=0)
        grads["target"] = embedding.backward(looked_up, dx)
        return grads | encode_backward(encoded, dmemory, dc)

    def encode(p, source, lengths) -> Encoded:
        with inside("source"):
            x, mask, looked_up = _look_up(p["source"], "source", source, lengths)
        with inside("encoder"):
            hs, last, read = encoder.forward(p["encoder"], x, None, mask.sum(axis=(0, 2)))
        c, changed = states.join(last), None
        if transform:
            with inside("context"):
                a, changed = linear.forward(p["context"], c)
            c = np.tanh(a)                                                           # (B, C)
        return Encoded(hs, mask, last, c, (looked_up, read, changed))

    def encode_backward(encoded, dmemory, dc):
        looked_up, read, changed = encoded.caches
        grads = {}
        if transform:
            dc, grads["context"] = linear.backward(changed, (1 - encoded.c**2) * dc)
        dx, _, grads["encoder"] = encoder.backward(read, dmemory, states.split(dc, encoded.last))
        return grads | {"source": embedding.backward(looked_up, dx)}

    def starting(p, encoded):
        """The state of the decoder before its first step."""
        if context == "every_step":
            return None
        if not transform:
            return encoded.last
        C = encoded.hs.shape[2] if context == "attention" else 0
        after = _after(decoder, p["decoder"], p["target"]["W_emb"].shape[1] + C)
        return states.split(encoded.c, after)

    def start(params: dict, source: np.ndarray, source_lengths: np.ndarray | None = None) -> Decoding:
        """State of the decoder before its first step, for `step`."""
        p = {name: part(params, name, names) for name in names}
        encoded = encode(p, source, source_lengths)
        memory = (encoded.hs.swapaxes(0, 1), encoded.mask[:, :, 0].T) if context == "attention" else (None, None)
        return Decoding(starting(p, encoded), encoded.c if context == "every_step" else None, *memory)

    def step(params: dict, state: Decoding, token: np.ndarray):
        """logits (B, V_target) of the next token after `token`, int (B,), and the next state."""
        x, _ = embedding.forward(params["target"], token)                            # (B, E)
        c = state.c
        if state.memory is not None and state.mask is not None:
            memory, mask = state.memory.swapaxes(0, 1), state.mask.T
            c, _, _ = attend.forward(params["attention"], states.hidden(state.state), memory, memory, mask)
        x = x if c is None else np.concatenate([x, c], axis=-1)
        hs, after, _ = decoder.forward(params["decoder"], x[None], state.state)
        h = hs[0] if c is None else np.concatenate([hs[0], c], axis=-1)
        return linear.forward(params["output"], h)[0], state._replace(state=after)

    return Seq2Seq(init, forward, backward, start, step)


def _look_up(params, name, tokens, lengths):
    """Vectors (T, B, E) of tokens (T, B), mask (T, B, 1) and cache; the pads are looked up as token 0."""
    tokens = validate.as_array(name, tokens)
    if tokens.ndim != 2 or tokens.size == 0:
        raise ValueError(f"{name} has shape {tokens.shape}; expected (T, B), every size at least 1")
    mask = length_mask(validate.lengths(lengths, *tokens.shape), len(tokens))        # (T, B)
    x, cache = embedding.forward(params, np.where(mask, tokens, 0))
    return sequences.zero_pads(x, mask[:, :, None]), mask[:, :, None], cache


def _with_c(x, c):
    """[x_t; c] at every step, (T, B, D + C)."""
    return np.concatenate([x, np.broadcast_to(c, (len(x), *c.shape))], axis=-1)


def _after(layer, params, D):
    """A state of the layer, for one sequence."""
    return layer.forward(params, np.zeros((1, 1, D)))[1]


def _same(encoder_state, decoder_state):
    ends, starts = states.shape(encoder_state), states.shape(decoder_state)
    if ends != starts:
        raise ValueError(f"encoder ends in a state {ends} and decoder has states {starts}; "
                         "expected the same without transform=True")
