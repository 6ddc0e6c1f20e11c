"""The exercises the command knows: the book's, and those of `--exercises DIR`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbook.commands.notebook import UsageError

if TYPE_CHECKING:
    from rnnbook.checks import Exercise


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Give a command `--exercises DIR`."""
    parser.add_argument("--exercises", metavar="DIR", action="append", default=[],
                        help="a folder of exercises of your own; may be given more than once")


def load(packs: Sequence[str]) -> dict[str, Exercise]:
    """All exercises by id, in their order.

    Raises
    ------
    UsageError
        A folder is missing, holds no exercises, or its exercises do not load.
    """
    try:
        from rnnbook import checks

        known = checks.exercises()
    except Exception as error:
        raise UsageError(f"the exercises do not load: {type(error).__name__}: {error}; see rnnbook doctor") from None
    for folder in packs:
        if not Path(folder).is_dir():
            raise UsageError(f"--exercises {folder}: there is no such folder")
        try:
            checks.load_pack(folder)
        except Exception as error:
            raise UsageError(f"--exercises {folder}: {type(error).__name__}: {str(error).rstrip('.')}") from None
    return dict(known)


def chapter(exercise: Exercise) -> str:
    """The chapter an exercise belongs to, as its files are called: "02-hidden-state"."""
    return exercise.section.split("#")[0]
