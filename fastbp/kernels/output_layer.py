"""The output units, their weights at rest: from net inputs to outputs, deltas and the error.

Net inputs come from the layer below when they are needed, or lie in memory, as those of a batch do.
"""

from typing import NamedTuple

from ..compiling.dispatch import open_function
from ..compiling.jit import inlined
from ..losses import error, inverse_link, normalised, output_delta
from ..vectors.simd import ONE, keep_first, lanes, largest, load, splat, store, total
from .layers import later_net
from .targets import if_given, target_of


@inlined
def put_outputs(loss, memory, start, count):
    """o_k = f(net_k) for the `count` output units from number `start` on, normalised or not."""
    if normalised(loss):
        _put_normalised(loss, memory, start, count)
    else:
        for k in range(start, start + count, lanes(memory.w)):
            store(memory.out, k, inverse_link(loss, load(memory.net, k, ONE)))


@inlined
def _put_normalised(loss, memory, start, count):
    """o_k = f(net_k − m) / Σ_k f(net_k − m), m the largest net input."""
    m = memory.net[start]
    for k in range(0, count, lanes(memory.w)):
        net = keep_first(load(memory.net, start + k, ONE), count - k, m)
        m = max(m, largest(net))
    denominator = splat(memory.w, ONE, 0.0)
    for k in range(0, count, lanes(memory.w)):
        net = keep_first(load(memory.net, start + k, ONE), count - k, m)
        out = keep_first(inverse_link(loss, net - m), count - k, 0.0)
        denominator = denominator + out
        store(memory.out, start + k, out)
    denominator = splat(memory.w, ONE, total(denominator))
    for k in range(start, start + count, lanes(memory.w)):
        store(memory.out, k, load(memory.out, k, ONE) / denominator)


@inlined
def _output_delta(loss, memory, targets, p, scale, k, count, out):
    """Note δ_k ← scale · (−∂E_p/∂net_k) for outputs k, k + 1, ...; return what they add to E_p."""
    zeros = splat(memory.w, ONE, 0.0)
    given = target_of(targets, p, k, count - k, zeros)
    target = if_given(targets, given, given, out)  # formulas see no NaN
    eta_delta = if_given(targets, given, output_delta(loss, target, out) * scale, zeros)
    units = memory.layers.units_at[memory.last]
    store(memory.eta_delta, units + k, keep_first(eta_delta, count - k, 0.0))
    return keep_first(if_given(targets, given, error(loss, target, out), zeros), count - k, 0.0)


class FromBelow(NamedTuple):
    """Net inputs of the output units are summed where they are needed."""


class InMemory(NamedTuple):
    """Net inputs of the output units lie in memory already."""


@open_function
def output_net(nets, memory, k):
    """Return the net inputs of outputs k, k + 1, ...: a vector."""
    raise NotImplementedError


@output_net.register(InMemory)
def _(nets, memory, k):
    return load(memory.net, memory.layers.units_at[memory.last] + k, ONE)


@output_net.register(FromBelow)
def _(nets, memory, k):
    if memory.last == 0:  # the first layer's
        return load(memory.net, k, ONE)
    return later_net(memory.layers, memory, memory.last, k)


@inlined
def output_nets(memory):
    """net_k = Σ_j w_kj out_j + b_k for all output units."""
    start, count = memory.layers.units_at[memory.last], memory.layers.fan_out[memory.last]
    for k in range(0, count, lanes(memory.w)):
        store(memory.net, start + k, output_net(FromBelow(), memory, k))


@inlined
def output_deltas(loss, memory, targets, p, scale, nets):
    """δ_k ← scale · (−∂E_p/∂net_k) for all output units, and return E_p in parts: a vector.

    Net inputs and outputs stay in registers, unless outputs are normalised by all of them.
    """
    start, count = memory.layers.units_at[memory.last], memory.layers.fan_out[memory.last]
    error_p = splat(memory.w, ONE, 0.0)
    if normalised(loss):
        for k in range(0, count, lanes(memory.w)):
            store(memory.net, start + k, output_net(nets, memory, k))
        put_outputs(loss, memory, start, count)
    for k in range(0, count, lanes(memory.w)):
        if normalised(loss):
            out = load(memory.out, start + k, ONE)
        else:
            out = inverse_link(loss, output_net(nets, memory, k))
        error_p = error_p + _output_delta(loss, memory, targets, p, scale, k, count, out)
    return error_p
