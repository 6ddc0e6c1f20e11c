"""One Transformer block, and its parts that are not attention, layer normalisation or positions.

    y, cache  = block.forward(params, x, lengths=None, causal=True)
    dx, grads = block.backward(cache, dy)
"""

from rnnbook.scratch.transformer import block, feed_forward

__all__ = ["block", "feed_forward"]
