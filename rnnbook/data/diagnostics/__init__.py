"""Small tasks that isolate one thing a recurrent network must do, each with a knob for how far apart things stand."""

from rnnbook.data.diagnostics.copying import copy_strings
from rnnbook.data.diagnostics.formal import dyck, parity
from rnnbook.data.diagnostics.memory import associative_recall, echo, recall
from rnnbook.data.diagnostics.signals import adding, temporal_order
from rnnbook.data.diagnostics.words import FILLERS, flags, positions

__all__ = ["FILLERS", "adding", "associative_recall", "copy_strings", "dyck", "echo", "flags", "parity", "positions",
           "recall", "temporal_order"]
