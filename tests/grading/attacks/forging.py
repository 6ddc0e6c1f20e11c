"""Frames that a child writes itself: whole and well made, and not what an honest child would send."""

from attacks.attack import Attack, attack
from attacks.memory import FORGE

MEMBERS = FORGE + """
def member(kind, data, count=1):
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({count},), }}".encode()
    head += b" " * (63 - (10 + len(head)) % 64) + b"\\n"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("0.npy", b"\\x93NUMPY\\x01\\x00" + struct.pack("<H", len(head)) + head + data)
    return file.getvalue()
def forge(value, body, count=60, failure=None, more=()):
    results = [[{"h_t": ["ndarray", value]}, failure, ""]] * count
    send(frame([{"rnn-step": results, **dict(more)}, [], "", "", True], body))
"""

ATTACKS: tuple[Attack, ...] = (
    attack("small-frames", "a million small parts, for which the grader takes hours", FORGE + """
        small = frame([{}, ["x"], "", "", False])
        send(small * ((8 << 20) // len(small)))"""),
    attack("impossible-number", "a long double that is no number, nor NaN, nor infinite", MEMBERS + """
        forge((0, 0, []), member("<f16", b"\\x01" + bytes(6) + b"\\x00\\xff\\x7f" + bytes(6)))"""),
    attack("impossible-text", "characters that do not exist, to crash who prints them", MEMBERS + """
        forge((0, 0, []), member("<U1", b"\\xff\\xff\\xff\\x7f"))"""),
    attack("no-entries", "sixteen axes, no entry, and so none that is wrong", MEMBERS + """
        forge((0, 0, [0] + [1 << 39] * 15), member("<f8", bytes(8)))"""),
    attack("result-for-each", "more results than there were questions, and of exercises nobody asked for", MEMBERS + """
        forge((0, 0, []), member("<f8", bytes(8)), 5000, more={"points": 2, "rnn-step\\0": [], "status": "right"})"""),
    attack("right-failure", "a failure that says it is right", MEMBERS + """
        forge((0, 0, []), member("<f8", bytes(8)), failure=["exception", "right: 2 of 2 points", [], "ValueError"])"""),
    attack("no-results", "no result, of which none is wrong", FORGE + """
        send(frame([{"rnn-step": []}, [], "", "", True]))"""),
    attack("half", "infinity in half precision, of the right shape, in no memory of its own", """
        import numpy as np
        def step(params, x_t, state):
            return np.broadcast_to(np.float16("inf"), state.shape)"""),
    attack("through-figures", "the library's function as a figure's module has it", """
        from rnnbook.figures import trace
        def step(params, x_t, state):
            return trace.rnn.step(params, x_t, state)[0]"""),
)
