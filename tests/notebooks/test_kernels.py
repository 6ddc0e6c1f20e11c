import platform
import subprocess
import sys

import pytest

from rnnbook.notebooks.kernels import fingerprint, other_kernel

X86 = platform.machine().lower() in ("x86_64", "amd64")


@pytest.mark.skipif(not X86, reason="which OpenBLAS kernels there are is known for x86-64 only")
def test_the_other_kernel_gives_other_bits_in_numpy():
    here, there = fingerprint({}), fingerprint(other_kernel())
    assert len(here) == len(there) == 2
    assert here[0] != there[0] and here[1] != there[1]
    assert fingerprint({}) == here, "two runs under one kernel are the same"


@pytest.mark.slow
@pytest.mark.skipif(not X86, reason="MKL and its variable are for x86-64 only")
def test_the_other_kernel_gives_other_bits_in_torch():
    probe = "import torch; torch.manual_seed(0); a = torch.randn(64, 64); print((a @ a).numpy().tobytes().hex())"

    def product(env):
        return subprocess.run([sys.executable, "-c", probe], env=env, capture_output=True, text=True, check=True).stdout

    import os
    assert product(dict(os.environ)) != product(os.environ | other_kernel())
