"""What stands in a child where the library's own modules would be: checks that say nothing, and answers that refuse.

`rnnbook.checks` is inert: `check`, `hint`, `progress`, `compare` can be called, and what they give has 0 points and no
verdict. Of modules that hold answers (`rnnbook.scratch` and its like) every name can be imported; to call one is noted
in `Refused.calls` and raises. `rnnbook.text`, `rnnbook.data` and `rnnbook.figures` are the real ones.
"""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from types import ModuleType
from typing import Any

from rnnbook.grading import wire

OPEN = ("rnnbook.text", "rnnbook.data", "rnnbook.figures")
RECORDS = {"LSTMState": ("h", "c")}
"""Classes of values, not of answers, that a refused module may be asked for: they are made without it."""


class Inert:
    """Takes every call, has every attribute, says nothing, is false, and is worth 0 points."""

    points = 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __iter__(self):
        return iter(())

    def __len__(self) -> int:
        return 0

    def __getitem__(self, key: Any) -> Any:
        raise KeyError(key)

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "<not shown while grading>"


class RefusedCall(Exception):
    """A function of the library that is an answer was called."""


class Refused:
    """A name of a module that holds answers."""

    calls: list[str] = []       # noqa: RUF012  one list for all: what was called

    def __init__(self, dotted: str) -> None:
        self.__dict__["__name__"] = dotted

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Refused(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        Refused.calls.append(self.__name__)
        raise RefusedCall(f"{self.__name__} is the book's own; write your own answer")

    def __repr__(self) -> str:
        return f"<{self.__name__}, not here while grading>"


class _RefusedModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return wire.record(name, RECORDS[name]) if name in RECORDS else Refused(f"{self.__name__}.{name}")


class _InertModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert()


class _Finder(MetaPathFinder, Loader):
    """Finds what is below rnnbook, and is not open, as a stand-in."""

    def __init__(self, is_open: Callable[[str], bool], check: Callable[..., Any]) -> None:
        self.is_open, self.check = is_open, check

    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith("rnnbook.") or self.is_open(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        inert = spec.name == "rnnbook.checks" or spec.name.startswith("rnnbook.checks.")
        module = (_InertModule if inert else _RefusedModule)(spec.name)
        vars(module)["__all__"] = ["check", "compare", "hint", "progress"] if inert else []
        if inert:
            vars(module)["check"] = self.check
        return module

    def exec_module(self, module):
        pass


def install(check: Callable[..., Any], allowed: Sequence[str] = ()) -> None:
    """Put stand-ins in the place of the library's modules, of those imported already too.

    Parameters
    ----------
    check
        What `rnnbook.checks.check` is.
    allowed
        Dotted names below `rnnbook` that exercises allow; the modules that hold them stay what they are.
    """
    def is_open(name: str) -> bool:
        real = any(a == name or a.startswith(name + ".") or name.startswith(a + ".") for a in allowed)
        return real or name in OPEN or name.startswith(tuple(f"{o}." for o in OPEN))

    import rnnbook

    for name in [name for name in sys.modules if name.startswith("rnnbook.") and not is_open(name)]:
        del sys.modules[name]
        if name.count(".") == 1:
            vars(rnnbook).pop(name.split(".")[1], None)
    sys.meta_path.insert(0, _Finder(is_open, check))
