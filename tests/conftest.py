"""What every test starts from: the book's exercises, and no pack that another test has loaded."""

from __future__ import annotations

import pytest

from rnnbook.checks import origin, registry


@pytest.fixture(autouse=True, scope="module")
def no_packs_of_other_tests():
    """Forget the packs that the tests of a module load: commands are called in this process."""
    registry.exercises()
    known = [dict(table) for table in (registry._found, registry._homes, registry._packs)]
    packs = set(origin.PACKS)
    yield
    for table, before in zip((registry._found, registry._homes, registry._packs), known, strict=True):
        table.clear()
        table.update(before)
    origin.PACKS.clear()
    origin.PACKS.update(packs)
    origin.forget()
