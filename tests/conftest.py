"""What every test module starts from: the book's exercises, and no pack that another module has loaded."""

from __future__ import annotations

import pytest

from rnnbook.checks import registry


@pytest.fixture(autouse=True, scope="module")
def no_packs_of_other_tests():
    """Forget the packs that the tests of a module load: commands are called in this process."""
    yield
    registry.unload_packs()
