"""Backpropagation in plain NumPy, to be read beside the papers: what every kernel must compute.

One pattern at a time, in the order and the letters of 1986, with the package's own formulas of
activations, losses, penalties and update rules, which run on arrays as they are. Nothing else of
the package is used here, and no other module uses this one; the tests hold every kernel to it.
`learn` is the whole of it, and a good place to begin.

A
   Rumelhart, D. E., Hinton, G. E. & Williams, R. J. (1986). Learning internal representations by
   error propagation. In Parallel Distributed Processing, volume 1, chapter 8. MIT Press.
B
   The same (1986). Learning representations by back-propagating errors. Nature 323, 533-536.

==================  ============  ===============  ================  ==============  =============
symbol              A             B                here              kernels         estimators
==================  ============  ===============  ================  ==============  =============
pattern             p             c                x, target         p = order[n]    a row of X, y
units, upwards      i, j, k       i, j             i, j, k           i, j, k
net input           net_pj        x_j              net[l][j]         memory.net
output of a unit    o_pj          y_j              out[l + 1][j]     memory.out
  of an input unit  i_pi          y_i              out[0][i]         inputs[x + i]   X
  of the network    o_pj          y_j              out[-1][k]        memory.out      predict
weight, i to j      w_ji          w_ji             w[l][i, j] (1)    memory.w        coefs_
bias                θ_j           a weight of 1's  b[l][j]           biases_at       intercepts_
slope               f′_j(net_pj)  y_j (1 − y_j)    derivative        derivative_at
desired output      t_pj          d_j              target[k]         target_of       y (2)
error               E_p           E (3)            error             their sum       loss_ (4)
delta               δ_pj          −∂E/∂x_j         delta[l][j]       eta_delta (5)
descent             δ_pj o_pi     −∂E/∂w_ji        descent           descent
learning rate       η             ε                rule.eta          in eta_delta    (6)
momentum            α             α                rule.momentum     rule.momentum   momentum
L2 penalty          none          none             penalty.alpha     penalty.alpha   alpha
==================  ============  ===============  ================  ==============  =============

(1) Transposed, as in scikit-learn. Kernels keep the first layer like this, later ones as in A.
(2) Classes as zeros and ones, a regression's targets perhaps standardised.
(3) Of all patterns.
(4) The mean over an epoch.
(5) η δ for rules whose steps are proportional to it.
(6) ``learning_rate_init`` and what the schedule makes of it.

Two traps. α is momentum in both papers, and the penalty in scikit-learn. And B's derivatives point
uphill, while A's δ points down, as here: *descent* is −∂E/∂w, and *gradient* means ∂E/∂w only.

There is no dropout here and no max-norm, whose formulas are in `fastbp.kernels.dropout` and
`fastbp.kernels.max_norm`; averaging is an update rule like any other.
"""

from typing import NamedTuple

import numpy as np

from .activations import activation_of, derivative, value
from .losses import error, inverse_link, normalised, output_delta
from .penalties import NoPenalty, penalised, penalty_terms, penalty_value, shrunk
from .rules import at_step, delta_scale, init, step

FREE = NoPenalty()
SHOWN = 8  # units of a layer, when a pattern is printed


class Pattern(NamedTuple):
    """What one pattern does in a network, before anything is learned from it.

    It prints as a table, see `learn`.
    """

    net: list  # net inputs of each layer, (fan_out,)
    out: list  # outputs of the inputs and of each layer
    delta: list  # δ = −∂E_p/∂net of each layer
    error: float  # E_p

    def __repr__(self):
        """Return a table with a row for each unit, the inputs first."""
        names = ["inputs", *(f"layer {n}" for n in range(len(self.net) - 1)), "outputs"]
        lines = [f"E_p = {self.error:.9g}", f"{'unit':>14}{'net':>16}{'out':>16}{'delta':>16}"]
        for name, *columns in zip(names, [(), *self.net], self.out, [(), *self.delta], strict=True):
            for j in range(min(len(columns[1]), SHOWN)):
                cells = [f"{column[j]:16.9g}" if len(column) else f"{'':16}" for column in columns]
                lines.append(f"{'' if j else name:10}{j:>4}{''.join(cells)}".rstrip())
            if len(columns[1]) > SHOWN:
                lines.append(f"{'':10} ... {len(columns[1]) - SHOWN} more")
        return "\n".join(lines)


def forward(x, w, b, formulas):
    """net_j = Σ_i w_ji o_i + θ_j and o_j = f(net_j), layer by layer.

    A (7), (8), with the bias of (15); B (1), (2). The output layer's f is the loss's
    `fastbp.losses.inverse_link`; of softmax and its like, which are `fastbp.losses.normalised`,
    o_k = f(net_k − m) / Σ_k f(net_k − m), m the largest net input.

    Parameters
    ----------
    x : ndarray of shape (n_inputs,)
        The pattern.
    w, b : list of ndarray of shapes (fan_in, fan_out) and (fan_out,)
        Weights and biases of each layer. All is computed in their dtype.
    formulas : (activation, loss)
        Of the hidden layers (`fastbp.activations.PerLayer`, if they differ), and of the outputs.

    Returns
    -------
    net, out : list of ndarray of shape (fan_out,)
        Of each layer; the inputs come first in `out`.
    """
    activation, loss = formulas
    net, out = [], [np.asarray(x, w[0].dtype)]
    for layer in range(len(w)):
        net.append(out[-1] @ w[layer] + b[layer])
        if layer < len(w) - 1:
            out.append(value(activation_of(activation, layer), net[-1]))
        elif normalised(loss):
            shares = inverse_link(loss, net[-1] - net[-1].max())
            out.append(shares / shares.sum())
        else:
            out.append(inverse_link(loss, net[-1]))
    return net, out


def compared(formula, loss, target, out):
    """Return the loss's `error` or `output_delta` of each output: 0 where t_k is missing, NaN."""
    target = np.asarray(target, out.dtype)
    missing = np.isnan(target)
    return np.where(missing, 0, formula(loss, np.where(missing, out, target), out))


def error_of(out, target, formulas):
    """E_p = Σ_k E(t_k, o_k); the squared error's ½ Σ_k (t_k − o_k)² is A (2), B (3)."""
    _, loss = formulas
    return float(np.sum(compared(error, loss, target, out[-1])))


def backward(net, out, target, w, formulas):
    """δ_k = −∂E_p/∂net_k of the output units, then δ_j = f′(net_j) Σ_k δ_k w_kj, downwards.

    A (13), (14); B (4), (5), (7). The weights are those of before the update, in every layer. For
    the squared error of an output o = f(net), δ_k = (t_k − o_k) f′(net_k); other losses have their
    own, see `fastbp.losses.output_delta`.

    Parameters
    ----------
    net, out, w, formulas
        What `forward` returns, and what it was given.
    target : ndarray of shape (n_outputs,)
        The desired output; NaN where there is none: that output has no error and no δ.

    Returns
    -------
    delta : list of ndarray of shape (fan_out,)
        One of each layer.
    """
    activation, loss = formulas
    delta = [compared(output_delta, loss, target, out[-1])]
    for layer in reversed(range(len(w) - 1)):
        f = activation_of(activation, layer)
        delta.insert(0, derivative(f, net[layer], out[layer + 1]) * (w[layer + 1] @ delta[0]))
    return delta


def descent(out, delta):
    """−∂E_p/∂w_ji = δ_j o_i and −∂E_p/∂θ_j = δ_j: A, before (11); B (6).

    Return two lists of ndarray, of shapes (fan_in, fan_out) and (fan_out,).
    """
    return [np.outer(o, d) for o, d in zip(out[:-1], delta, strict=True)], delta


def batch_descent(X, targets, w, b, formulas, *, penalty=FREE, e=None, s=None):
    """E = (Σ_p e_p E_p + penalty(w)) / Σ_p s_p and −∂E/∂w, −∂E/∂θ; biases are not penalised.

    Parameters
    ----------
    X, targets : ndarray of shapes (n_patterns, n_inputs) and (n_patterns, n_outputs)
        The patterns.
    w, b, formulas
        As in `forward`.
    penalty : record of `fastbp.penalties`
        No penalty, if not given.
    e, s : ndarray of shape (n_patterns,)
        How much a pattern's error counts, and how much it adds to the size of the batch; 1 if not
        given. Sample weights are both, costs of classes are in `e` only.

    Returns
    -------
    error, of_w, of_b : float, list of ndarray, list of ndarray
        E, −∂E/∂w and −∂E/∂θ.
    """
    e = np.ones(len(X)) if e is None else e
    size = float(len(X) if s is None else np.sum(s))
    total = penalty_value(penalty, sum(float(np.sum(penalty_terms(penalty, v))) for v in w))
    of_w, of_b = [np.zeros_like(v) for v in w], [np.zeros_like(v) for v in b]
    for x, target, e_p in zip(X, targets, map(float, e), strict=True):
        net, out = forward(x, w, b, formulas)
        parts = descent(out, backward(net, out, target, w, formulas))
        total += e_p * error_of(out, target, formulas)
        for mine, part in zip([*of_w, *of_b], [*parts[0], *parts[1]], strict=True):
            mine += e_p * part
    of_w = [penalised(penalty, d / size, v, 1 / size) for d, v in zip(of_w, w, strict=True)]
    return total / size, of_w, [d / size for d in of_b]


def start(w, b, rule):
    """Return the rule's state before the first update: ``init(rule, w)`` of weights, of biases."""
    return [tuple(np.full_like(v, one) for one in init(rule, v)) for v in [*w, *b]]


def update(parameters, descents, rule, state, t):
    """w ← step(rule, w, descent, state), each array in place, and its state: A (11), B (8).

    With `fastbp.rules.Momentum`, Δw(t) = η δ o + α Δw(t − 1): A (16), B (9).

    Parameters
    ----------
    parameters, descents : list of ndarray
        Weights and biases, and the direction of descent of each. The weights are changed.
    rule, state : record of `fastbp.rules`, list of tuple
        The update rule, and what `start` returns, which is changed as well.
    t : int
        The number of the update: 1, 2, ...
    """
    now, eta = at_step(rule, t), float(delta_scale(rule))
    for n, (w, along) in enumerate(zip(parameters, descents, strict=True)):
        w[...], state[n] = step(now, w.copy(), eta * along, state[n])


def learn(x, target, w, b, formulas, rule, state, t, *, penalty=FREE):
    """Learn one pattern online: forward, backward, update.

    Parameters
    ----------
    x, target, w, b, formulas, rule, state, t
        As above. Weights, biases and the state are changed in place.
    penalty : record of `fastbp.penalties`
        Pulls at the weights, or shrinks them; biases are free. No penalty, if not given.

    Returns
    -------
    pattern : Pattern
        What the pattern did before the update; its error is without the penalty.

    Examples
    --------
    M. Mazur's "A step by step backpropagation example" (2015), with biases that learn as well:

    >>> from fastbp.activations import Logistic
    >>> from fastbp.losses import LogisticSquaredError
    >>> from fastbp.rules import GradientDescent
    >>> formulas = Logistic(), LogisticSquaredError()
    >>> w = [np.array([[0.15, 0.25], [0.20, 0.30]]), np.array([[0.40, 0.50], [0.45, 0.55]])]
    >>> b = [np.full(2, 0.35), np.full(2, 0.60)]
    >>> rule = GradientDescent(0.5)
    >>> learn([0.05, 0.10], [0.01, 0.99], w, b, formulas, rule, start(w, b, rule), 1)
    E_p = 0.298371109
              unit             net             out           delta
    inputs       0                            0.05
                 1                             0.1
    layer 0      0          0.3775     0.593269992  -0.00877135469
                 1          0.3925     0.596884378  -0.00995425471
    outputs      0      1.10590597      0.75136507    -0.138498562
                 1       1.2249214     0.772928465    0.0380982365
    >>> for v in w:
    ...     print(v.T.round(9).tolist())
    [[0.149780716, 0.199561432], [0.249751144, 0.299502287]]
    [[0.35891648, 0.408666186], [0.51130127, 0.561370121]]

    An epoch of exclusive or, from weights of 0.6 throughout. Biases are those of a unit whose
    output is −1, and have the opposite sign here:

    >>> w, b = [np.full((2, 2), 0.6), np.full((2, 1), 0.6)], [np.full(2, -0.6), np.full(1, -0.6)]
    >>> rule = GradientDescent(0.1)
    >>> state = start(w, b, rule)
    >>> for t, x in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)], start=1):
    ...     pattern = learn(x, [x[0] ^ x[1]], w, b, formulas, rule, state, t)
    >>> for v, bias in zip(w, b):
    ...     print([-bias[0].round(6).item(), *v[:, 0].round(6).tolist()])
    [0.599691, 0.599987, 0.599985]
    [0.599864, 0.599712, 0.599712]

    Notes
    -----
    `fastbp.kernels.online` takes these steps with two of them in one sweep over the weights;
    `fastbp.kernels.delayed`, which ``fit`` runs by default, gives the same weights up to rounding
    with the first layer's updates of four patterns made together; `fastbp.kernels.batches` is
    `learn_batch` in tiles.
    """
    net, out = forward(x, w, b, formulas)
    delta = backward(net, out, target, w, formulas)
    of_w, of_b = descent(out, delta)
    of_w = [penalised(penalty, d, v, 1.0) for d, v in zip(of_w, w, strict=True)]
    for v in w:
        v[...] = shrunk(penalty, v)
    update([*w, *b], [*of_w, *of_b], rule, state, t)
    return Pattern(net, out, delta, error_of(out, target, formulas))


def learn_batch(X, targets, w, b, formulas, rule, state, t, *, penalty=FREE, e=None, s=None):
    """Make one update along `batch_descent`; return the batch's error before, penalty included.

    The parameters are those of `learn`, which is a batch of one, and of `batch_descent`.
    """
    total, of_w, of_b = batch_descent(X, targets, w, b, formulas, penalty=penalty, e=e, s=s)
    for v in w:
        v[...] = shrunk(penalty, v)
    update([*w, *b], [*of_w, *of_b], rule, state, t)
    return total
