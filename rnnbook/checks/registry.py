"""The exercises there are: one module for each chapter, and private packs."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import pkgutil
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType

import rnnbook.checks
from rnnbook.checks import origin
from rnnbook.checks.exercise import Exercise

VARIABLE = "RNNBOOK_EXERCISES"      # folders of packs, separated like PATH, that are loaded with the chapters

_found: dict[str, Exercise] = {}
_homes: dict[str, str] = {}         # id -> where it was defined
_packs: dict[str, list[str]] = {}   # file -> ids
_loaded = False


def exercises() -> Mapping[str, Exercise]:
    """All exercises by id: chapter by chapter, then the packs."""
    global _loaded
    if not _loaded:
        for module in sorted(m.name for m in pkgutil.iter_modules(rnnbook.checks.__path__)):
            if re.fullmatch(r"ch\d\d_\w+", module):
                register(importlib.import_module(f"rnnbook.checks.{module}"))
        _loaded = True
        for folder in filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)):
            load_pack(folder)
    return MappingProxyType(_found)


def get(id: str) -> Exercise:
    """The exercise called `id`; a ValueError with the nearest ids where there is none."""
    known = exercises()
    if not isinstance(id, str):
        raise ValueError(f"id is a {type(id).__name__}; expected a string such as 'rnn-step', before the answer")
    if id not in known:
        from difflib import get_close_matches

        near = get_close_matches(id, known, 3, 0.4)
        meant = f"Did you mean {' or '.join(map(repr, near))}?" if near else f"There are: {', '.join(known) or 'none'}"
        raise ValueError(f"id is {id!r}; there is no such exercise. {meant}")
    return known[id]


def home(id: str) -> str:
    """The module that defines an exercise: "rnnbook.checks.ch02_hidden_state"; a private pack's is none of these."""
    return _homes[id]


def register(module: ModuleType) -> tuple[Exercise, ...]:
    """Add the EXERCISES of a module."""
    home = module.__name__
    found = getattr(module, "EXERCISES", None)
    if not isinstance(found, list | tuple) or not all(isinstance(e, Exercise) for e in found):
        raise ValueError(f"{module.__file__} has no EXERCISES; expected a tuple of Exercise")
    ids = [exercise.id for exercise in found]
    for i, id in enumerate(ids):
        if id in _found or id in ids[:i]:
            taken = _homes.get(id, home)
            raise ValueError(f"the exercise {id!r} in {home} has the id of one in {taken}; choose another id")
    for exercise in found:
        _found[exercise.id], _homes[exercise.id] = exercise, home
    return tuple(found)


def load_pack(folder: str | os.PathLike) -> tuple[Exercise, ...]:
    """Load a folder of private exercises: every *.py in it defines EXERCISES, a tuple of Exercise.

    A file whose name begins with an underscore is a helper and is left alone; the others may import it. Loading a
    folder again reads its files anew.

    Raises
    ------
    ValueError
        The folder holds no exercises, or one has an id that is taken.
    """
    exercises()
    path = Path(folder).resolve()
    files = sorted(f for f in path.glob("*.py") if not f.name.startswith("_"))
    if not files:
        raise ValueError(f"{folder} holds no exercises; expected a folder with *.py files that define EXERCISES")
    loaded: list[Exercise] = []
    for file in files:
        for id in _packs.pop(str(file), ()):
            _found.pop(id, None)
            _homes.pop(id, None)
        module = _import(file)
        origin.PACKS.add(str(file))
        origin.forget()
        added = register(module)
        _packs[str(file)] = [exercise.id for exercise in added]
        loaded += added
    return tuple(loaded)


def unload_packs() -> None:
    """Forget all packs."""
    for ids in _packs.values():
        for id in ids:
            _found.pop(id, None)
            _homes.pop(id, None)
    origin.PACKS.difference_update(_packs)
    origin.forget()
    _packs.clear()


def _import(file: Path) -> ModuleType:
    digest = hashlib.sha256(str(file).encode()).hexdigest()[:8]
    name = f"rnnbook_pack_{digest}_{re.sub(r'[^0-9a-zA-Z]', '_', file.stem)}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    finally:
        sys.path.remove(str(file.parent))
    return module
