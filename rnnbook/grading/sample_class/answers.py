"""Answers to the exercises of the made-up homework: right ones in several styles, and wrong ones that people give."""

from __future__ import annotations

IDS = ("rnn-by_hand", "rnn-step", "rnn-forward", "rnn-right_head", "rnn-reset_at_boundaries", "rnn-last_state",
       "pool-mean_state")
BY_HAND, STEP, FORWARD, HEAD, RESET, LAST, MEAN = IDS

HEADS = '''right_head = {
    "one of three intents": "softmax",
    "several topics at once": "sigmoid",
    "is it spam": "sigmoid",
    "temperature tomorrow": "linear",
    "part of speech of each word": "softmax",
}'''

AS_THE_BOOK = {
    BY_HAND: "by_hand = 0.82",
    STEP: '''def step(params, x_t, state):
    a_t = x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"]
    return np.tanh(a_t)''',
    FORWARD: '''def forward(params, x, state):
    hs = []
    for x_t in x:
        state = step(params, x_t, state)
        hs.append(state)
    return np.stack(hs), state''',
    HEAD: HEADS,
    RESET: '''def reset_at_boundaries(params, x, starts):
    h = np.zeros((x.shape[1], len(params["b_h"])))
    hs = []
    for x_t, start in zip(x, starts):
        h = step(params, x_t, np.where(start[:, None], 0.0, h))
        hs.append(h)
    return np.stack(hs)''',
    LAST: '''def last_state(hs, lengths):
    return hs[lengths - 1, np.arange(len(lengths))]''',
    MEAN: '''def mean_state(hs, lengths):
    real = np.arange(len(hs))[:, None] < lengths
    return (hs * real[:, :, None]).sum(axis=0) / lengths[:, None]''',
}

IN_LOOPS = {
    BY_HAND: "h_1 = np.tanh(0.5 * 1 + 0.5)\nby_hand = np.tanh(0.5 * -1 + 1.5 * h_1 + 0.5)",
    STEP: '''def step(params, x_t, state):
    B, D = x_t.shape
    H = len(params["b_h"])
    h_t = np.zeros((B, H))
    for b in range(B):
        for i in range(H):
            a = params["b_h"][i]
            for j in range(D):
                a = a + params["W_xh"][i, j] * x_t[b, j]
            for j in range(H):
                a = a + params["W_hh"][i, j] * state[b, j]
            h_t[b, i] = np.tanh(a)
    return h_t''',
    FORWARD: '''def forward(params, x, state):
    hs = np.zeros((x.shape[0], x.shape[1], state.shape[1]))
    for t in range(len(x)):
        before = state if t == 0 else hs[t - 1]
        hs[t] = step(params, x[t], before)
    return hs, hs[len(x) - 1]''',
    HEAD: 'right_head = dict(zip(\n    ["one of three intents", "several topics at once", "is it spam",\n'
          '     "temperature tomorrow", "part of speech of each word"],\n'
          '    "softmax sigmoid sigmoid linear softmax".split()))',
    RESET: '''def reset_at_boundaries(params, x, starts):
    T, B, D = x.shape
    h = np.zeros((B, len(params["b_h"])))
    hs = np.zeros((T, *h.shape))
    for t in range(T):
        for b in range(B):
            if starts[t, b]:
                h[b] = 0
        h = step(params, x[t], h)
        hs[t] = h
    return hs''',
    LAST: '''def last_state(hs, lengths):
    rows = []
    for b in range(len(lengths)):
        rows.append(hs[lengths[b] - 1, b])
    return np.array(rows)''',
    MEAN: '''def mean_state(hs, lengths):
    rows = []
    for b, n in enumerate(lengths):
        total = 0
        for t in range(n):
            total = total + hs[t, b]
        rows.append(total / n)
    return np.array(rows)''',
}

WITH_EINSUM = AS_THE_BOOK | {
    STEP: '''def step(params, x_t, state):
    return squash(affine(params["W_xh"], x_t) + affine(params["W_hh"], state) + params["b_h"])''',
    LAST: '''def last_state(hs, lengths):
    chosen = np.arange(len(hs))[:, None] == lengths - 1
    return np.einsum("tbh,tb->bh", hs, chosen.astype(float))''',
    MEAN: '''def mean_state(hs, lengths):
    words = (np.arange(len(hs))[:, None] < lengths) / lengths
    return np.einsum("tbh,tb->bh", hs, words)''',
}
EINSUM_HELPERS = '''def affine(W, v):
    return np.einsum("oi,bi->bo", W, v)

squash = np.tanh'''

IN_FLOAT32 = AS_THE_BOOK | {
    STEP: '''def step(params, x_t, state):
    p = {name: value.astype(np.float32) for name, value in params.items()}
    a_t = x_t.astype(np.float32) @ p["W_xh"].T + state.astype(np.float32) @ p["W_hh"].T + p["b_h"]
    return np.asfortranarray(np.tanh(a_t))''',
}

AS_OBJECTS = AS_THE_BOOK | {
    STEP: '''class Step:
    """One step; remembers nothing."""

    def __call__(self, params, x_t, state):
        joined = np.concatenate([x_t, state], axis=1)
        W = np.concatenate([params["W_xh"], params["W_hh"]], axis=1)
        return np.tanh(joined @ W.T + params["b_h"])


step = Step()''',
    FORWARD: '''from itertools import accumulate

def forward(params, x, state):
    states = list(accumulate(x, lambda h, x_t: step(params, x_t, h), initial=state))
    return np.stack(states[1:]), states[-1]''',
    LAST: "last_state = lambda hs, lengths: np.take_along_axis(hs, (lengths - 1)[None, :, None], axis=0)[0]",
}

# ---- Mistakes

NO_BIAS = {STEP: '''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)'''}
BIAS_AFTER_TANH = {STEP: '''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T) + params["b_h"]'''}
NOT_TRANSPOSED = {STEP: '''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"] + state @ params["W_hh"] + params["b_h"])'''}
OWN_STEP = {                                   # right, and independent of what step does
    FORWARD: '''def forward(params, x, state):
    hs = []
    for x_t in x:
        state = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs.append(state)
    return np.array(hs), state''',
    RESET: '''def reset_at_boundaries(params, x, starts):
    h = np.zeros((x.shape[1], len(params["b_h"])))
    hs = []
    for t in range(len(x)):
        h = h * ~starts[t][:, None]
        h = np.tanh(x[t] @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.array(hs)''',
}
NOT_CARRIED = {FORWARD: '''def forward(params, x, state):
    hs = [step(params, x_t, state) for x_t in x]
    return np.stack(hs), hs[-1]'''}
AXIS_TOO_MANY = {FORWARD: '''def forward(params, x, state):
    hs = []
    for x_t in x:
        state = step(params, x_t, state)
        hs.append(state)
    hs = np.stack(hs)
    return hs, hs[-1:]'''}
PAD_TAKEN = {LAST: "def last_state(hs, lengths):\n    return hs[-1]"}
PADS_AVERAGED = {MEAN: "def mean_state(hs, lengths):\n    return hs.mean(axis=0)"}
LAST_TAKEN = {MEAN: "def mean_state(hs, lengths):\n    return hs[lengths - 1, np.arange(len(lengths))]"}
H_1 = {BY_HAND: "by_hand = 0.76"}
SWAPPED = {HEAD: HEADS.replace("softmax", "?").replace("sigmoid", "softmax").replace("?", "sigmoid")}
SOFTMAX_FOR_TOPICS = {HEAD: HEADS.replace('at once": "sigmoid"', 'at once": "softmax"')}
SIGMOID_FOR_CLASSES = {HEAD: HEADS.replace("softmax", "sigmoid")}
RESET_AFTER = {RESET: '''def reset_at_boundaries(params, x, starts):
    h = np.zeros((x.shape[1], len(params["b_h"])))
    hs = []
    for x_t, start in zip(x, starts):
        h = step(params, x_t, h)
        hs.append(h)
        h = np.where(start[:, None], 0.0, h)
    return np.stack(hs)'''}
NEVER_RESET = {RESET: '''def reset_at_boundaries(params, x, starts):
    h_0 = np.zeros((x.shape[1], len(params["b_h"])))
    return forward(params, x, h_0)[0]'''}
FIRST_ROW_ONLY = {RESET: AS_THE_BOOK[RESET].replace("np.where(start[:, None], 0.0, h)", "0 * h if start[0] else h")}
SYNTAX_ERROR = {RESET: AS_THE_BOOK[RESET].replace("zip(x, starts):", "zip(x, starts)")}
ENDLESS = {RESET: '''def reset_at_boundaries(params, x, starts):
    h = np.zeros((x.shape[1], len(params["b_h"])))
    hs, t = [], 0
    while t < len(x):
        h = step(params, x[t], np.where(starts[t][:, None], 0.0, h))
        hs.append(h)
    return np.stack(hs)'''}
