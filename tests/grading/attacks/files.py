"""Answers read from this machine's disk."""

from attacks.attack import learns

ATTACKS = (
    learns("open", "read the reference where it stands", "learn(open(FILE).read())"),
    learns("os-open", "the same by the system call", """
        import os
        learn(os.read(os.open(FILE, os.O_RDONLY), 100000))"""),
    learns("fileio", "the same by the class below open", """
        import _io
        learn(_io.FileIO(FILE).read())"""),
    learns("open-code", "the way imports read", """
        import io
        learn(io.open_code(FILE).read())"""),
    learns("fromfile", "NumPy's own reader", "learn(np.fromfile(FILE, np.uint8).tobytes())"),
    learns("memmap", "NumPy's window on a file", "learn(np.memmap(FILE, np.uint8, 'r').tobytes())"),
    learns("loadtxt", "NumPy's reader of text", """
        lines = np.loadtxt(FILE, str, delimiter="\\x01", comments=None).tolist()
        at = next(n for n, line in enumerate(lines) if line.startswith("def step("))
        learn("\\n".join(lines[at:]) + "\\n\\n\\n")"""),
    learns("mmap", "a window on a file by hand", """
        import mmap, os
        learn(bytes(mmap.mmap(os.open(FILE, os.O_RDONLY), 0, prot=mmap.PROT_READ)))"""),
    learns("linecache", "the reader of tracebacks", """
        import linecache
        learn("".join(linecache.getlines(FILE)))"""),
    learns("loader", "an import by path", """
        import importlib.machinery
        learn(importlib.machinery.SourceFileLoader("draw", FILE).get_data(FILE))"""),
    learns("runpy", "run the reference as a script", """
        import runpy
        step = runpy.run_path(FILE)["step"]""", bites=False),
    learns("pkgutil", "the data of a package", """
        import pkgutil
        learn(pkgutil.get_data("rnnbook.checks.hidden_state", "draw.py"))""", bites=False),
    learns("resources", "the resources of a package", """
        import importlib.resources
        learn((importlib.resources.files("rnnbook") / "checks/hidden_state/draw.py").read_text())"""),
    learns("getsource", "the source of the library's function", """
        import inspect, rnnbook.checks.hidden_state.draw as draw
        learn(inspect.getsource(draw.step) + "\\n\\n\\n")""", bites=False),
    learns("pyc", "the compiled reference", """
        import glob, marshal
        file = glob.glob("ROOT/rnnbook/checks/hidden_state/__pycache__/draw.*.pyc")[0]
        code = marshal.loads(open(file, "rb").read()[16:])
        found = {"__name__": "draw"}
        exec(code, found)
        step = lambda params, x_t, state: found["step"](params, x_t, state)""", bites=False),
    learns("symlink", "a link from the scratch folder", """
        import os
        os.symlink(FILE, "innocent.txt")
        learn(open("innocent.txt").read())"""),
    learns("hard-link", "a second name in the scratch folder", """
        import os
        os.link(FILE, "innocent.txt")
        learn(open("innocent.txt").read())""", bites=False),
    learns("dots", "up from the present folder", "learn(open('../' * 20 + FILE).read())"),
    learns("proc-root", "the root folder as /proc shows it", "learn(open('/proc/self/root' + FILE).read())"),
    learns("init-root", "the root folder of process 1", "learn(open('/proc/1/root' + FILE).read())", bites=False),
    learns("driver-root", "the present folder of the grader", """
        learn(open('/proc/DRIVER/root' + FILE).read())""", bites=False),
    learns("dir-fd", "open by a folder that is open", """
        import os
        learn(os.read(os.open(FILE[1:], os.O_RDONLY, dir_fd=os.open("/", os.O_RDONLY)), 100000))"""),
    learns("open-files", "a folder that the grader left open", """
        import os
        for fd in range(3, 64):
            try:
                learn(os.read(os.open("../" * 20 + FILE[1:], os.O_RDONLY, dir_fd=fd), 100000))
            except OSError:
                pass""", bites=False),
    learns("solutions", "the solutions that come with the book", """
        import json
        for cell in json.load(open("ROOT/solutions/02-hidden-state.ipynb"))["cells"]:
            if cell["metadata"].get("rnnbook") == {"exercise": "rnn-step", "part": "answer"}:
                exec("".join(cell["source"]))"""),
    learns("scratch-source", "the library's own file", """
        text = open("ROOT/rnnbook/scratch/rnn.py").read()
        found = {"__name__": "copy"}
        exec(compile(text, "<cell>", "exec"), found)
        real = found["step"]
        def step(params, x_t, state):
            return real(params, x_t, state)""", bites=False),
    learns("walk", "look for a solution everywhere", """
        import os
        for folder, _, names in os.walk("/"):
            if "hidden_state" in folder and "draw.py" in names:
                learn(open(os.path.join(folder, "draw.py")).read())
                break""", bites=False),
    learns("tar", "an archive made of the reference", """
        import io, tarfile
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as archive:
            archive.add(FILE, "x")
        learn(file.getvalue()[512:])""", bites=False),
    learns("copy", "a copy in the scratch folder", """
        import shutil
        shutil.copy(FILE, "innocent.txt")
        learn(open("innocent.txt").read())"""),
    learns("c-library", "open and read of the C library", """
        import ctypes
        c = ctypes.CDLL(None)
        buffer = ctypes.create_string_buffer(100000)
        c.read(c.open(FILE.encode(), 0), buffer, 100000)
        learn(buffer.value)"""),
    learns("tcl", "another language's open", """
        import _tkinter
        learn(_tkinter.create(None, "x", "Tk", False, True, False).eval("read [open " + FILE + "]"))""", bites=False),
    learns("history", "the reader of a shell's history", """
        import readline
        readline.read_history_file(FILE)
        learn("\\n".join(readline.get_history_item(n) or "" for n in range(1, 200)))""", bites=False),
    learns("shell", "a command of the system", """
        import subprocess
        learn(subprocess.check_output(["cat", FILE]))"""),
    learns("spawn", "a command of the system, another way", """
        import os
        read, write = os.pipe()
        os.posix_spawn("/bin/cat", ["cat", FILE], {}, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
        os.close(write)
        learn(os.fdopen(read).read())"""),
    learns("fork-exec", "the function below subprocess", """
        import _posixsubprocess, os, subprocess
        learn(subprocess.Popen(["/bin/cat", FILE], stdout=subprocess.PIPE).communicate()[0])"""),
)
