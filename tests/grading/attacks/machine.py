"""The machine itself: the grader's processes, its limits, the interpreter."""

from attacks.attack import attack

ZEROS = """
import numpy as np
def step(params, x_t, state):
    return np.zeros_like(state)
"""

ATTACKS = (
    attack("kill-parent", "end the one who would give no points", ZEROS + """
import os, signal
os.kill(os.getppid(), signal.SIGKILL)"""),
    attack("signal-driver", "disturb the grader (by a signal that does nothing)", ZEROS + """
import os, signal
os.kill(DRIVER, signal.SIGURG)"""),
    attack("pidfd", "the same by another system call", ZEROS + """
import os, signal
signal.pidfd_send_signal(os.pidfd_open(DRIVER), signal.SIGURG)"""),
    attack("daemon", "a process that outlives its grading and writes results", ZEROS + """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.3)
        for fd in range(3, 64):
            try:
                os.write(fd, b"RNNB" + bytes(16))
            except OSError:
                pass
    os._exit(0)"""),
    attack("thread", "a thread that goes on and changes what is sent", ZEROS + """
import sys, threading, time
def later():
    while True:
        for frame in list(sys._current_frames().values()):
            while frame is not None:
                results = frame.f_locals.get("results")
                if isinstance(results, list):
                    results.clear()
                frame = frame.f_back
        time.sleep(0.001)
threading.Thread(target=later, daemon=True).start()"""),
    attack("atexit", "code that runs at the end", ZEROS + """
import atexit, os
class Last:
    def __del__(self):
        open("results.json", "w").write('{"points": 2}')
last = Last()
atexit.register(lambda: os.write(3, b"points: 2"))"""),
    attack("signal-handlers", "deaf to every signal", ZEROS + """
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass"""),
    attack("limits", "raise the limits", ZEROS + """
import resource
for name in dir(resource):
    if name.startswith("RLIMIT"):
        try:
            resource.setrlimit(getattr(resource, name), (-1, -1))
        except (OSError, ValueError):
            pass"""),
    attack("tracing", "switch off, and take over, all that watches", ZEROS + """
import faulthandler, sys
for switch in (sys.setprofile, sys.settrace):
    try:
        switch(None)
    except Exception:
        pass
sys.addaudithook(lambda *a: None)
faulthandler.enable(open("trace.txt", "w"))"""),
    attack("recursion", "crash the interpreter", ZEROS + """
import sys
sys.setrecursionlimit(1 << 30)
def deeper():
    return deeper()
deeper()"""),
    attack("own-namespaces", "become root in a namespace of one's own", ZEROS + """
import ctypes
c = ctypes.CDLL(None, use_errno=True)
if c.unshare(0x10000000) == 0:
    c.mount(b"none", b"/", None, 1 << 18, None)
    exec(open("/proc/1/root/ROOT/rnnbook/checks/hidden_state/draw.py").read())"""),
    attack("mounts", "take away what covers the files", ZEROS + """
import ctypes
c = ctypes.CDLL(None, use_errno=True)
for _ in range(50):
    c.umount2(b"/", 2)
    c.umount2(b"/scratch/here", 2)
c.mount(b"proc", b"/proc", b"proc", 0, None)
exec(open("/proc/1/root/ROOT/rnnbook/checks/hidden_state/draw.py").read())"""),
    attack("subinterpreter", "an interpreter that nobody watches", ZEROS + """
import _xxsubinterpreters as sub
there = sub.create()
sub.run_string(there, "open('answer.txt', 'w').write(open('ROOT/rnnbook/checks/hidden_state/draw.py').read())")
exec(open("answer.txt").read())"""),
    attack("coroutine", "an answer that is never finished", """
async def step(params, x_t, state):
    return state"""),
    attack("generator", "an answer that is only promised", """
def step(params, x_t, state):
    yield state"""),
    attack("huge-integer", "a number that takes for ever to be printed", """
import sys
sys.set_int_max_str_digits(0)
def step(params, x_t, state):
    return 1 << (1 << 24)"""),
    attack("endless-data", "an iterable that never ends", """
class Endless(list):
    def __iter__(self):
        while True:
            yield 0.0
    def __len__(self):
        return 1 << 40
def step(params, x_t, state):
    return Endless()"""),
)
