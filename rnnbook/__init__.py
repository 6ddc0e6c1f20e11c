"""rnnbook: recurrent neural networks from scratch in NumPy, and in PyTorch.

The rooms: `text` and `data` (what goes in), `scratch` (NumPy, forward and
backward), `pytorch` (the same, for speed and GPUs), `figures` (what is drawn),
`checks` (the exercises).
"""

__version__ = "0.1.0"
