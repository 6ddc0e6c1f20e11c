"""The same notebooks on another processor's arithmetic.

A sum in another order has other last digits, and so has `exp` in another instruction set: a notebook must not depend
on them. The variables below, read by OpenBLAS (NumPy), NumPy, MKL and PyTorch at their start, make this machine compute
as an older one does.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from typing import Any

CORES = ("Haswell", "Nehalem", "ARMV8", "NEOVERSEN1")
"""OpenBLAS kernels to try, in this order: the first that changes both products' bits here is taken. Nehalem has no
fused multiply-add, and differs from the newer ones in float64 too, where Haswell and SkylakeX can agree."""

PROBE = """
import hashlib, numpy as np
rng = np.random.default_rng(0)
a = rng.standard_normal((64, 64))
for a in a, a.astype(np.float32):
    print(hashlib.sha256((a @ a).tobytes()).hexdigest())
"""


@cache
def other_kernel() -> dict[str, str]:
    """Environment variables under which NumPy's products and functions and PyTorch give other last digits than here.

    OPENBLAS_CORETYPE is left out where no kernel changes anything (a NumPy without OpenBLAS).
    """
    here = fingerprint({})
    env: dict[str, str] = {}
    for core in CORES:
        there = fingerprint({"OPENBLAS_CORETYPE": core})
        if len(there) == 2 and all(a != b for a, b in zip(here, there, strict=True)):
            env["OPENBLAS_CORETYPE"] = core
            break
    if features := _simd_features():
        env["NPY_DISABLE_CPU_FEATURES"] = ",".join(features)
    if platform.machine().lower() in ("x86_64", "amd64"):
        env |= {"MKL_CBWR": "COMPATIBLE", "ATEN_CPU_CAPABILITY": "default"}
    return env


def fingerprint(env: dict[str, str]) -> list[str]:
    """The bits, hashed, of a product in float64 and one in float32, from a fresh Python with `env`; [] if it fails."""
    done = subprocess.run([sys.executable, "-c", PROBE], env=os.environ | env, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def _simd_features() -> list[str]:
    """The instruction sets that NumPy would choose at run time on this machine."""
    import numpy as np

    config: Any = np.show_config(mode="dicts")
    return list(config.get("SIMD Extensions", {}).get("found", []))
