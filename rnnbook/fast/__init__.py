"""The recurrent layers of `rnnbook.scratch`, near the limit of plain NumPy: the same functions, the same results.

    hs, last, cache = fast.lstm.forward(params, x, state, lengths, workspace=Workspace())

`rnnbook.scratch` is for reading, this is for training. Both take the same params.
"""

from rnnbook.fast.workspace import Workspace

__all__ = ["Workspace"]
