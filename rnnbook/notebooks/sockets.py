"""How kernels are spoken to: over sockets in a folder of their own, where the system has such.

Ports are chosen while they are free and opened later. Of several kernels that start at once, two may choose the same
port, and one of them may never answer. Files in a folder of one's own cannot be chosen twice.
"""

from __future__ import annotations

import os
import sys


def local(folder: str) -> dict[str, str]:
    """Options of jupyter_client's KernelManager for a kernel whose sockets lie in `folder`; ports on Windows."""
    file = os.path.join(folder, "kernel.json")
    return {"connection_file": file} if sys.platform == "win32" else {"connection_file": file, "transport": "ipc"}
