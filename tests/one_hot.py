"""A way to hold rows in one file: one input is 1, all others are 0, and weights of these rest.

For gradient descent without a penalty, which moves no other weights.
"""

from typing import NamedTuple

import numpy as np

from fastbp.kernels import delayed, online
from fastbp.kernels.batches.backward import update_first_layer
from fastbp.kernels.batches.forward import first_product
from fastbp.kernels.descent import descend
from fastbp.kernels.layers import first_net
from fastbp.kernels.rows.interface import inputs_of, stage
from fastbp.vectors.simd import ONE, lanes, load, splat, store


class OneHotRows(NamedTuple):
    """Rows of which values[p] says which input is 1."""

    values: np.ndarray
    n_inputs: int


@inputs_of.register(OneHotRows)
def _(rows, staged):
    return staged


@stage.register(OneHotRows)
def _(rows, p, staged, start):
    return rows.values[p]


@first_net.register(OneHotRows)
def _(rows, memory, inputs, x):
    at, bias = memory.layers.weights_at[0] + x * memory.layers.stride[0], memory.layers.biases_at[0]
    for j in range(0, memory.layers.width[0], lanes(memory.w)):
        store(memory.net, j, load(memory.w, at + j, ONE) + load(memory.w, bias + j, ONE))


@online.update_first.register(OneHotRows)
def _(rows, memory, inputs, x, x_next, learning, pull):
    width, at = memory.layers.width[0], memory.layers.weights_at[0] + x * memory.layers.stride[0]
    online.update_biases(memory, learning, memory.layers.biases_at[0], 0, width)
    for j in range(0, width, lanes(memory.w)):
        w, eta_delta = load(memory.w, at + j, ONE), load(memory.eta_delta, j, ONE)
        descend(learning, memory, at + j, w, eta_delta, pull)
    first_net(rows, memory, inputs, x_next)
    return 0.0


@delayed.sweep.register(OneHotRows)
def _(rows, memory, pattern_stride, inputs, x, x_next, left, count, begin, end):
    delayed.update_biases(memory, pattern_stride, begin, end)
    start, stride = memory.layers.weights_at[0], memory.layers.stride[0]
    for j in range(begin, end, lanes(memory.w)):
        for p in range(4):
            at = start + x[p] * stride + j
            eta_delta = load(memory.eta_delta, p * pattern_stride + j, ONE)
            store(memory.w, at, load(memory.w, at, ONE) + eta_delta)
        for q in range(4):
            w = load(memory.w, start + x_next[q] * stride + j, ONE)
            store(memory.net, q * pattern_stride + j, w)


@delayed.gram.register(OneHotRows)
def _(rows, inputs, x, n_inputs, left, result):
    for p in range(4):
        for q in range(p + 1, 4):
            result[4 * p + q] = 1.0 + (x[p] == x[q])


@first_product.register(OneHotRows)
def _(rows, batch, n_rows, j, end):
    memory, layers = batch.memory, batch.memory.layers
    for n in range(n_rows):
        at = layers.weights_at[0] + batch.starts[n] * layers.stride[0]
        for i in range(j, end, lanes(memory.w)):
            net = load(memory.w, at + i, ONE) + load(memory.w, layers.biases_at[0] + i, ONE)
            store(memory.net, n * batch.pattern_stride + i, net)


@update_first_layer.register(OneHotRows)
def _(rows, batch, learning, n_patterns, pull, j, end):
    memory, layers = batch.memory, batch.memory.layers
    for n in range(n_patterns):
        seen = False
        for m in range(n):
            seen = seen or batch.starts[m] == batch.starts[n]
        at = layers.weights_at[0] + batch.starts[n] * layers.stride[0]
        if not seen:  # else a pattern before has brought the sum of all
            for i in range(j, end, lanes(memory.w)):
                descent = splat(memory.w, ONE, 0.0)
                for m in range(n, n_patterns):
                    if batch.starts[m] == batch.starts[n]:
                        place = m * batch.pattern_stride + i
                        descent = descent + load(memory.eta_delta, place, ONE)
                descend(learning, memory, at + i, load(memory.w, at + i, ONE), descent, pull)
    return 0.0
