"""Products in blocks: what `columns.product` writes is the product, whatever the sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.fast import columns

sizes = st.integers(1, 13)


@given(rows=sizes, K=sizes, B=sizes, small=st.integers(1, 300), seed=st.integers(0, 99))
def test_a_product_in_blocks_is_the_product(rows, K, B, small, seed):
    before, columns.SMALL = columns.SMALL, small
    try:
        rng = np.random.default_rng(seed)
        W, z, out = rng.normal(size=(rows, K)), rng.normal(size=(K, B)), np.full((rows, B), np.nan)
        columns.product(W, B)(z, columns.to_receive(out, K))
    finally:
        columns.SMALL = before
    np.testing.assert_allclose(out, W @ z, atol=1e-13)


@pytest.mark.parametrize("rows, K, B, k", [
    (512, 193, 32, 4),              # 3.2 million multiplications: four blocks of 0.8
    (256, 193, 32, 2),
    (384, 128, 32, 2),
    (128, 128, 32, 1),              # small as it is
    (1024, 385, 64, 1),             # four blocks would still be large
    (511, 193, 32, 1),              # cannot be divided
])
def test_blocks_where_they_make_products_small(rows, K, B, k):
    assert columns.blocks(rows, K, B) == k
    assert k == 1 or rows * K * B // k <= columns.SMALL < rows * K * B
