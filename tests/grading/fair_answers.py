"""Right answers to the exercises of chapter 2 that look nothing like the model's: what a class writes."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator

from hand_ins import answers

STEP = "(params, x_t, state):\n    "
HAND: dict[str, tuple[str, ...]] = {
    "rnn-by_hand": (
        "by_hand = 0.8150", "by_hand = 0.81", "import math\nby_hand = math.tanh(-0.5 + 1.5 * math.tanh(1.0) + 0.5)",
        "by_hand = np.tanh(1.5 * np.tanh(1))", "by_hand = np.float32(0.82)", "by_hand = np.array(0.815)",
        "h = 0.0\nfor x in (1.0, -1.0):\n    h = np.tanh(0.5 * x + 1.5 * h + 0.5)\nby_hand = round(float(h), 2)",
        "from fractions import Fraction\nby_hand = float(Fraction(82, 100))", "by_hand: float = 0.82",
        "_, by_hand = 0.76, 0.82", "by_hand = 8.2e-1", "if (guess := 0.82) < 1:\n    by_hand = guess",
        "from decimal import Decimal\nby_hand = float(Decimal('0.82'))",
    ),
    "rnn-step": (
        f"def step{STEP}return np.tanh(params['W_xh'].dot(x_t.T).T + params['W_hh'].dot(state.T).T + params['b_h'])",
        f"def step{STEP}return np.tanh(np.einsum('bd,hd->bh', x_t, params['W_xh'])\n"
        "                   + np.einsum('bk,hk->bh', state, params['W_hh']) + params['b_h'])",
        f"def step{STEP}W, U, b = params['W_xh'], params['W_hh'], params['b_h']\n    h = np.zeros(state.shape)\n"
        "    for i in range(len(x_t)):\n        for j in range(len(b)):\n            a = b[j]\n"
        "            for k in range(W.shape[1]):\n                a += W[j, k] * x_t[i, k]\n"
        "            for k in range(U.shape[1]):\n                a += U[j, k] * state[i, k]\n"
        "            h[i][j] = np.tanh(a)\n    return h",
        f"import math\ndef step{STEP}W, U, b = params.values()\n"
        "    return [[math.tanh(b[j] + sum(W[j][k] * x[k] for k in range(len(x))) + U[j] @ h)\n"
        "             for j in range(len(b))] for x, h in zip(x_t, state)]",
        f"def step{STEP}a = (params['W_xh'] @ x_t.T + params['W_hh'] @ state.T + params['b_h'][:, None]).T\n"
        "    return (np.exp(2 * a) - 1) / (np.exp(2 * a) + 1)",
        f"def step{STEP}z = np.hstack([x_t, state])\n    W = np.block([[params['W_xh'], params['W_hh']]])\n"
        "    return np.tanh(np.tensordot(z, W, axes=(1, 1)) + params['b_h'])",
        f"def step{STEP}out = np.empty_like(state)\n    np.matmul(x_t, params['W_xh'].transpose(), out=out)\n"
        "    out += np.inner(state, params['W_hh'])\n    np.add(out, params['b_h'], out)\n    return np.tanh(out, out)",
        "step = lambda params, x_t, state: np.tanh(\n"
        "    x_t @ params['W_xh'].T + state @ params['W_hh'].T + params['b_h'])",
        f"def step{STEP}return np.stack([np.tanh(params['W_xh'] @ x + params['W_hh'] @ h + params['b_h'])\n"
        "                     for x, h in zip(x_t, state)])",
        "def step(*args):\n    params, x, h = args\n    p = dict(params)\n"
        "    return np.tanh(np.add.reduce([x @ p.pop('W_xh').T, h @ p.pop('W_hh').T, p.pop('b_h') + 0 * h]))",
        f"def step{STEP}sigmoid = lambda a: 1 / (1 + np.exp(-a))\n"
        "    a = x_t @ params['W_xh'].T + state @ params['W_hh'].T + params['b_h']\n    return 2 * sigmoid(2 * a) - 1",
        "class RNNCell:\n    def __init__(self, activation):\n        self.f = activation\n\n"
        "    def __call__(self, params, x_t, state):\n"
        "        return self.f(x_t @ params['W_xh'].T + state @ params['W_hh'].T + params['b_h'])\n\n"
        "step = RNNCell(np.tanh)",
    ),
    "rnn-forward": (
        "def forward(params, x, state):\n    T, B, D = x.shape\n    hs = np.zeros((T, B, state.shape[1]))\n"
        "    for t in range(T):\n        hs[t] = step(params, x[t], hs[t - 1] if t else state)\n    return hs, hs[-1]",
        "from itertools import accumulate\ndef forward(params, x, state):\n"
        "    hs = list(accumulate(x, lambda h, x_t: step(params, x_t, h), initial=state))[1:]\n    return hs, hs[-1]",
        "from functools import reduce\ndef forward(params, x, state):\n    hs = []\n    def go(h, x_t):\n"
        "        hs.append(np.tanh(x_t @ params['W_xh'].T + h @ params['W_hh'].T + params['b_h']))\n"
        "        return hs[-1]\n    last = reduce(go, x, state)\n    return np.array(hs), last",
        "def forward(params, x, state):\n    if len(x) == 1:\n        h = step(params, x[0], state)\n"
        "        return h[None], h\n    hs, h = forward(params, x[:-1], state)\n    h = step(params, x[-1], h)\n"
        "    return np.concatenate([hs, h[np.newaxis]], axis=0), h",
        "def forward(params, x, state):\n    xW = np.einsum('tbd,hd->tbh', x, params['W_xh']) + params['b_h']\n"
        "    U = params['W_hh'].T.copy()\n    h, hs = state.copy(), np.empty((len(x), *state.shape))\n"
        "    t = 0\n    while t < len(x):\n        h = np.tanh(xW[t] + h @ U)\n        hs[t, ...] = h\n        t += 1\n"
        "    return hs, h",
        "def forward(params, x, state):\n    out = []\n    for b in range(x.shape[1]):\n        h, row = state[b], []\n"
        "        for x_t in x[:, b]:\n"
        "            h = np.tanh(params['W_xh'] @ x_t + params['W_hh'] @ h + params['b_h'])\n"
        "            row.append(h)\n        out.append(row)\n    hs = np.array(out).transpose(1, 0, 2)\n"
        "    return [hs, hs[-1].copy()]",
        "def states(params, x, h):\n    for x_t in x:\n        h = step(params, x_t, h)\n        yield h\n\n"
        "def forward(params, x, state):\n    hs = tuple(states(params, x, state))\n    return hs, hs[-1]",
    ),
    "rnn-concat_form": (
        "def concat_form(params, x_t, state):\n    W = np.hstack((params['W_xh'], params['W_hh']))\n"
        "    z = np.hstack((x_t, state))\n    return W, z, np.tanh(np.dot(z, W.T) + params['b_h'])",
        "def concat_form(params, x_t, state):\n    W = np.block([params['W_xh'], params['W_hh']])\n"
        "    z = np.c_[x_t, state]\n    return [W, z, np.tanh(np.einsum('bk,hk->bh', z, W) + params['b_h'])]",
        "def concat_form(params, x_t, state):\n    H, D = params['W_xh'].shape\n    W = np.zeros((H, D + H))\n"
        "    W[:, :D], W[:, D:] = params['W_xh'], params['W_hh']\n    z = np.zeros((x_t.shape[0], D + H))\n"
        "    z[:, :D] = x_t\n    z[:, -H:] = state\n    return (W, z, np.tanh((W @ z.T).T + params['b_h']))",
        "def concat_form(params, x_t, state):\n"
        "    W = [list(a) + list(b) for a, b in zip(params['W_xh'], params['W_hh'])]\n"
        "    z = [[*x, *h] for x, h in zip(x_t, state)]\n"
        "    return W, z, step(params, x_t, state)",
        "def concat_form(params, x_t, state):\n"
        "    W = np.concatenate([params['W_xh'].T, params['W_hh'].T]).T\n"
        "    z = np.concatenate([x_t.T, state.T], 0).T\n    return W, z, np.tanh(params['b_h'] + z @ W.transpose())",
    ),
    "rnn-parameter_count": (
        "def parameter_count(D, H, K, T):\n    return H * (D + H + 1) + K * (H + 1)",
        "parameter_count = lambda D, H, K, T: H*D + H*H + H + K*H + K",
        "def parameter_count(D, H, K, T):\n    shapes = [(H, D), (H, H), (H,), (K, H), (K,)]\n"
        "    return sum(int(np.prod(s)) for s in shapes)",
        "def parameter_count(D, H, K, T):\n    return np.zeros((H, D + H + 1)).size + np.ones((K, H + 1)).size",
        "def parameter_count(D, H, K, T=None, bias=True):\n    n = D * H + H ** 2 + K * H\n"
        "    if bias:\n        n += H + K\n    return int(float(n))",
        "def parameter_count(D, H, K, T):\n    n = 0\n    for _ in range(H):\n        n += D + H + 1\n"
        "    for _ in range(K):\n        n += H + 1\n    return np.int64(n)",
        "import math\ndef parameter_count(D, H, K, T):\n"
        "    return sum(map(math.prod, [(H, D), (H, H), (H, 1), (K, H), (K, 1)]))",
    ),
    "rnn-one_to_many": (
        "def one_to_many(params, x_1, T):\n    h = step(params, x_1, np.zeros((len(x_1), len(params['b_h']))))\n"
        "    hs = [h]\n    for _ in range(T - 1):\n        h = np.tanh(h @ params['W_hh'].T + params['b_h'])\n"
        "        hs += [h]\n    return np.array(hs)",
        "def one_to_many(params, x_1, T):\n    x = np.pad(x_1[None], [(0, T - 1), (0, 0), (0, 0)])\n"
        "    return forward(params, x, np.zeros((x_1.shape[0], params['W_hh'].shape[0])))[0]",
        "def one_to_many(params, x_1, T):\n    H = params['W_hh'].shape[0]\n    hs = np.empty((T, len(x_1), H))\n"
        "    for t in range(T):\n        x_t = x_1 if t == 0 else x_1 * 0\n"
        "        before = hs[t - 1] if t > 0 else np.zeros((len(x_1), H))\n        hs[t] = step(params, x_t, before)\n"
        "    return hs",
        "def one_to_many(params, x_1, T):\n    def go(h, n):\n        if n == 0:\n            return []\n"
        "        h = np.tanh(params['b_h'] + h @ params['W_hh'].T)\n        return [h] + go(h, n - 1)\n"
        "    first = np.tanh(x_1 @ params['W_xh'].T + params['b_h'])\n    return [first] + go(first, T - 1)",
    ),
    "rnn-right_head": (
        "right_head = dict(zip(['one of three intents', 'several topics at once', 'is it spam',\n"
        "    'temperature tomorrow', 'part of speech of each word'],\n"
        "    ['softmax', 'sigmoid', 'sigmoid', 'linear', 'softmax']))",
        "right_head = {}\nfor question in ('one of three intents', 'part of speech of each word'):\n"
        "    right_head[question] = 'softmax'\nright_head['temperature tomorrow'] = 'linear'\n"
        "right_head.update({'several topics at once': 'sigmoid', 'is it spam': 'sigmoid'})",
        "from collections import defaultdict\nright_head = defaultdict(lambda: 'sigmoid')\n"
        "right_head['one of three intents'] = right_head['part of speech of each word'] = 'softmax'\n"
        "right_head['temperature tomorrow'] = 'linear'\n"
        "right_head['is it spam'], right_head['several topics at once']",
        "from collections import OrderedDict\nS = np.array(['softmax', 'sigmoid', 'linear'])\n"
        "right_head = OrderedDict([('is it spam', S[1]), ('one of three intents', S[0]),\n"
        "    ('several topics at once', S[1]), ('temperature tomorrow', S[2]), ('part of speech of each word', S[0])])",
    ),
    "rnn-reset_at_boundaries": (
        "def reset_at_boundaries(params, x, starts):\n    T, B = starts.shape\n"
        "    h = np.zeros((B, params['W_hh'].shape[0]))\n    hs = []\n    for t in range(T):\n"
        "        h = h * (1 - starts[t].astype(float))[:, None]\n        h = step(params, x[t], h)\n"
        "        hs.append(h)\n    return np.stack(hs)",
        "def reset_at_boundaries(params, x, starts):\n    h = np.zeros((x.shape[1], len(params['b_h'])))\n    hs = []\n"
        "    for t in range(len(x)):\n        h = h.copy()\n        h[starts[t]] = 0\n"
        "        h = step(params, x[t], h)\n        hs.append(h)\n    return hs",
        "def reset_at_boundaries(params, x, starts):\n    H = len(params['b_h'])\n"
        "    out = np.zeros((*x.shape[:2], H))\n    for b in range(x.shape[1]):\n        h = np.zeros(H)\n"
        "        for t in range(x.shape[0]):\n            if starts[t, b]:\n                h = np.zeros(H)\n"
        "            h = np.tanh(params['W_xh'] @ x[t, b] + params['W_hh'] @ h + params['b_h'])\n"
        "            out[t, b] = h\n    return out",
        "def reset_at_boundaries(params, x, starts):\n    keep = np.logical_not(starts)[..., np.newaxis]\n"
        "    hs = np.zeros((len(x) + 1, x.shape[1], len(params['b_h'])))\n    for t, k in enumerate(keep):\n"
        "        hs[t + 1] = step(params, x[t], np.where(k, hs[t], 0))\n    return hs[1:]",
    ),
    "rnn-output_or_hidden": (
        "def output_or_hidden(output, hidden, layers, directions):\n    if directions == 1:\n"
        "        return hidden[-1]\n    return np.concatenate([hidden[-2], hidden[-1]], axis=1)",
        "def output_or_hidden(output, hidden, layers, directions):\n    B, H = hidden.shape[1:]\n"
        "    last = hidden.reshape(layers, directions, B, H)[-1]\n"
        "    return last.transpose(1, 0, 2).reshape(B, directions * H)",
        "def output_or_hidden(output, hidden, layers, directions):\n    H = hidden.shape[-1]\n"
        "    parts = [output[-1][:, :H]]\n    if directions == 2:\n        parts.append(output[0][:, H:])\n"
        "    return np.hstack(parts)",
        "def output_or_hidden(output, hidden, layers, directions):\n"
        "    return [np.concatenate([h[b] for h in hidden[(layers - 1) * directions:]])\n"
        "            for b in range(hidden.shape[1])]",
    ),
    "rnn-last_state": (
        "def last_state(hs, lengths):\n    return np.array([hs[n - 1, b] for b, n in enumerate(lengths)])",
        "def last_state(hs, lengths):\n"
        "    return np.take_along_axis(hs, (lengths - 1)[None, :, None], axis=0)[0]",
        "def last_state(hs, lengths):\n    here = np.arange(hs.shape[0])[:, None] == lengths - 1\n"
        "    return (hs * here[..., None]).sum(0)",
        "def last_state(hs, lengths):\n    return [hs[:n, b][-1] for b, n in enumerate(lengths.tolist())]",
        "def last_state(hs, lengths):\n    rows = []\n    for b in range(len(lengths)):\n        h = None\n"
        "        for t in range(len(hs)):\n            if t < lengths[b]:\n                h = hs[t][b]\n"
        "        rows.append(h)\n    return np.vstack(rows)",
    ),
}


def name_of(id: str) -> str:
    return id.partition("-")[2]


def renamed(source: str, suffix: str) -> str:
    """The source with other names for what its functions bind themselves."""
    tree = ast.parse(source)
    for function in [n for n in tree.body if isinstance(n, ast.FunctionDef)]:
        mine = {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
        mine |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in mine:
                node.id += suffix
            elif isinstance(node, ast.arg):
                node.arg += suffix
    return ast.unparse(tree)


def hinted(source: str, _: str) -> str:
    """With type hints and without docstrings."""
    tree = ast.parse(source)
    for function in [n for n in tree.body if isinstance(n, ast.FunctionDef)]:
        function.body = function.body[1:] if ast.get_docstring(function) and function.body[1:] else function.body
        for arg in function.args.args:
            arg.annotation = ast.parse("'np.ndarray | dict[str, np.ndarray]'", mode="eval").body
        function.returns = ast.Name("object")
    return ast.unparse(tree)


def talkative(source: str, name: str) -> str:
    """With prints at the beginning of every function, in full width."""
    tree = ast.parse(source)
    for function in [n for n in tree.body if isinstance(n, ast.FunctionDef)]:
        function.body.insert(0, ast.parse(f"print('in {name} → ', '⊙' * 40)").body[0])
    return ast.unparse(tree)


def after(code: str) -> Callable[[str, str], str]:
    """A rewriting that replaces the finished function `name` by another that calls it."""
    return lambda source, name: f"{source}\n\n{code.replace('NAME', name)}\n"


EACH = ("        out = f(*args)\n        shapes = {np.shape(o) for o in out} if isinstance(out, tuple | list) else ()\n"
        "        several = len(shapes) > 1\n"
        "        changed = [CHANGE for o in (out if several else [out])]\n"
        "        return tuple(changed) if several else changed[0]")
WRAP = "import functools\ndef changed(f):\n    @functools.wraps(f)\n    def inner(*args):\n" + EACH + (
    "\n    return inner\nNAME = changed(NAME)")
REWRITINGS: dict[str, Callable[[str, str], str]] = {
    "other names": lambda source, name: renamed(source, "_neu"),
    "Greek names": lambda source, name: renamed(source, "λ"),
    "type hints": hinted,
    "prints": talkative,
    "float32": after(WRAP.replace("CHANGE", "np.asarray(o, np.float32 if np.asarray(o).dtype.kind == 'f' else None)")),
    "Fortran order": after(WRAP.replace("CHANGE", "np.array(o, order='F')")),
    "lists": after(WRAP.replace("CHANGE", "np.asarray(o).tolist()")),
    "not contiguous": after(WRAP.replace("CHANGE", "np.repeat(np.atleast_1d(np.asarray(o)), 2, axis=0)[::2]"
                                                   ".reshape(np.shape(o))")),
    "partial": after("from functools import partial\nNAME = partial(NAME)"),
    "a class": after("class Answer:\n    def __init__(self, f):\n        self.f = f\n\n"
                     "    def __call__(self, *args):\n        return self.f(*args)\n\nNAME = Answer(NAME)"),
    "a method": after("class Answers:\n    inner = staticmethod(NAME)\n\n    def run(self, *args):\n"
                      "        return self.inner(*args)\n\nNAME = Answers().run"),
    "timed": after("import time\ndef timed(f):\n    def inner(*a, **k):\n        start = time.perf_counter()\n"
                   "        out = f(*a, **k)\n        print(f'{time.perf_counter() - start:.3f} s')\n"
                   "        return out\n    return inner\nNAME = timed(NAME)"),
    "checked": after("assert callable(NAME)\nif __name__ == '__main__':\n    print(NAME)\nanother_name = NAME"),
}
FUNCTIONS = [id for id in HAND if id not in ("rnn-by_hand", "rnn-right_head")]


def sources() -> dict[str, list[str]]:
    """For each exercise right answers, no two of them equal: by hand, and the model's and these rewritten."""
    found: dict[str, list[str]] = {}
    for id, model in answers().items():
        hand = [model, *HAND[id]]
        found[id] = list(hand)
        if id in FUNCTIONS:
            turns: Iterator[str] = itertools.cycle([s for s in hand if s.startswith("def ")])
            found[id] += [rewrite(next(turns), name_of(id)) for rewrite in REWRITINGS.values()]
            found[id] += [rewrite(model, name_of(id)) for rewrite in REWRITINGS.values()]
        found[id] = list(dict.fromkeys(found[id]))
    return found
