"""Help from outside, and from other students."""

from attacks.attack import RIGHT, attack, learns

LEAVE = RIGHT + """
import os, tempfile
TEXT = open(__file__).read() if "__file__" in globals() else '''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


'''
for folder in (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/dev/mqueue", tempfile.gettempdir()):
    try:
        with open(os.path.join(folder, "answer-of-a-friend.txt"), "w") as file:
            file.write(TEXT)
    except OSError:
        pass
"""

ATTACKS = (
    learns("tcp", "a friend's server", """
        import socket
        learn(socket.create_connection(("127.0.0.1", PORT), 2).makefile().read())"""),
    learns("tcp-by-hand", "a friend's server, without the socket module's check", """
        import _socket
        s = _socket.socket()
        s.connect(("127.0.0.1", PORT))
        learn(s.recv(100000))"""),
    learns("abstract-socket", "a friend's server without a network", """
        import socket
        s = socket.socket(socket.AF_UNIX)
        s.connect("\\0SOCKET")
        learn(s.recv(100000))"""),
    learns("leftovers", "what a friend who was graded before left in a file", """
        import os, tempfile
        for folder in (".", "..", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/dev/mqueue",
                       tempfile.gettempdir()):
            try:
                learn(open(os.path.join(folder, "answer-of-a-friend.txt")).read())
                break
            except OSError:
                pass""", before=LEAVE, bites=False),
    learns("shared-memory", "what a friend left in shared memory", """
        import _posixshmem, mmap, os
        fd = _posixshmem.shm_open("/friend", os.O_RDONLY)
        learn(bytes(mmap.mmap(fd, 0, prot=mmap.PROT_READ)).rstrip(b"\\0"))""", before=RIGHT + """
import _posixshmem, os
fd = _posixshmem.shm_open("/friend", os.O_CREAT | os.O_RDWR, mode=0o666)
os.write(fd, b'''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


''')
""", bites=False),
    learns("system-v", "what a friend left in a System V segment", """
        import ctypes
        c = ctypes.CDLL(None, use_errno=True)
        c.shmat.restype = ctypes.c_void_p
        at = c.shmat(c.shmget(4711, 0, 0), None, 0)
        learn(ctypes.string_at(at))""", before=RIGHT + """
import ctypes
c = ctypes.CDLL(None, use_errno=True)
c.shmat.restype = ctypes.c_void_p
at = c.shmat(c.shmget(4711, 4096, 0o1666), None, 0)
text = b'''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


'''
ctypes.memmove(at, text, len(text) + 1)
""", bites=False),
    learns("keyring", "what a friend left in the kernel's store of keys", """
        import ctypes, os
        call = ctypes.CDLL(None).syscall
        number = {"x86_64": 250, "ppc64le": 271, "s390x": 280}.get(os.uname().machine, 219)
        key, text = call(number, 10, -4, b"user", b"friend", 0), ctypes.create_string_buffer(4096)
        size = call(number, 11, key, text, 4096)
        learn(text.raw[:size])""", before=RIGHT + """
import ctypes, os
text = b'''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


'''
number = {"x86_64": 248, "ppc64le": 269, "s390x": 278}.get(os.uname().machine, 217)
ctypes.CDLL(None).syscall(number, b"user", b"friend", text, len(text), -4)
""", bites=False),
    learns("lingering-server", "a friend's process that outlives its grading", """
        import socket, time
        for _ in range(20):
            try:
                s = socket.socket(socket.AF_UNIX)
                s.connect("\\0left-by-a-friend")
                learn(s.recv(100000))
                break
            except ConnectionRefusedError:
                time.sleep(0.02)""", before=RIGHT + """
import os, socket, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        s = socket.socket(socket.AF_UNIX)
        s.bind("\\0left-by-a-friend")
        s.listen()
        s.settimeout(5)
        there, _ = s.accept()
        there.sendall(b'''def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


''')
    os._exit(0)
""", bites=False),
    attack("planted-module", "a friend who replaced a module for all that come later", """
        import numpy as np
        import answer_of_a_friend
        step = answer_of_a_friend.step""", before=RIGHT + """
import os, sys
for folder in [*sys.path, "."]:
    try:
        with open(os.path.join(folder or ".", "answer_of_a_friend.py"), "w") as file:
            file.write('''import numpy as np
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
''')
    except OSError:
        pass
"""),
    attack("environment", "the grader's environment, for paths and secrets", """
        import os
        import numpy as np
        def step(params, x_t, state):
            return np.zeros_like(state)
        text = repr(dict(os.environ))
        for pid in ("self", 1, DRIVER):
            try:
                text += open(f"/proc/{pid}/environ").read()
            except OSError:
                pass
        if "CANARY" in text:
            exec(open("ROOT/rnnbook/checks/hidden_state/draw.py").read())"""),
)
