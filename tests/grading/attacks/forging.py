"""Frames that a child writes itself: whole and well made, and not what an honest child would send."""

from attacks.attack import Attack, attack
from attacks.memory import FORGE

MADE = FORGE + """
def forge(value, body, count=60, failure=None, more=()):
    results = [[{"h_t": ["ndarray", value]}, failure, ""]] * count
    body = (body + bytes(-len(body) % 16)) * count
    send(frame([{"rnn-step": results, **dict(more)}, [], "", "", True], body))
"""

ATTACKS: tuple[Attack, ...] = (
    attack("small-frames", "a million small parts, for which the grader takes hours", """
        small = frame([{}, ["x"], "", "", False])
        send(small * ((8 << 20) // len(small)))""", given=FORGE),
    attack("impossible-number", "a long double that is no number, nor NaN, nor infinite", """
        forge(("<f16", 0, []), b"\\x01" + bytes(6) + b"\\x00\\xff\\x7f" + bytes(6))""", given=MADE),
    attack("impossible-text", "characters that do not exist, to crash who prints them", """
        forge(("<U1", 0, []), b"\\xff\\xff\\xff\\x7f")""", given=MADE),
    attack("no-entries", "sixteen axes, no entry, and so none that is wrong", """
        forge(("<f8", 0, [0] + [1 << 39] * 15), bytes(8))""", given=MADE),
    attack("result-for-each", "more results than there were questions, and of exercises nobody asked for", """
        forge(("<f8", 0, []), bytes(8), 5000, more={"points": 2, "rnn-step\\0": [], "status": "right"})""", given=MADE),
    attack("right-failure", "a failure that says it is right", """
        failure = ["exception", "right: 2 of 2 points", [], "ValueError"]
        forge(("<f8", 0, []), bytes(8), failure=failure)""", given=MADE),
    attack("no-results", "no result, of which none is wrong", """
        send(frame([{"rnn-step": []}, [], "", "", True]))""", given=FORGE),
    attack("half", "infinity in half precision, of the right shape, in no memory of its own", """
        import numpy as np
        def step(params, x_t, state):
            return np.broadcast_to(np.float16("inf"), state.shape)"""),
    attack("through-figures", "the library's function as a figure's module has it", """
        from rnnbook.figures import trace
        def step(params, x_t, state):
            return trace.rnn.step(params, x_t, state)[0]"""),
)
