"""Networks in NumPy that read like their equations, forward and backward.

Each module is one layer: `init`, `step` (recurrent layers), `forward`, `backward`.
Sequences are time-major, (T, B, D); states are (B, H); weights are (out, in).

float32 gives float32 and float64 gives float64; where the two meet, NumPy's rules hold and the result is float64.
"""
