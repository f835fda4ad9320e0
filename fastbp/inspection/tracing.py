"""`trace`: every number that one pattern makes in a network."""

from typing import Any

from .online_step import learn
from .passes import errors, output_derivative, read_by
from .records import LayerTrace, Trace


def trace(estimator: Any, x: Any, y: Any) -> Trace:
    """Follow one pattern through a network: forward, backward, and what it would change.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        A fitted one, or one whose ``coefs_`` and ``intercepts_`` have been assigned. It stays as it
        is, to the last bit, and so do generators of random numbers.
    x : array-like of shape (n_features,) or (1, n_features), or dict
        The pattern, in the units of the columns. A dict has the features by name, as in
        `learn_one`.
    y : label or float, or array-like of shape (n_outputs,)
        Its class or target value, in the target's units; of several outputs or labels, theirs.

    Returns
    -------
    trace : Trace
        All numbers of it, layer by layer in `Trace.layers`. It prints as tables, in notebooks too.

    Raises
    ------
    ValueError
        If the estimator is not fitted, x has several rows or another number of features, y has an
        unknown class or another number of outputs, or `partial_fit` would refuse them otherwise.
    TypeError
        If it is no estimator of one network, but a Pipeline or an ensemble.

    Notes
    -----
    The numbers are those that `partial_fit` of this pattern computes next, with the formulas that
    train: run in NumPy, in the dtype of the network, so that they agree up to rounding.

    - *Units.* All is as the network sees it. With ``standardize=True`` inputs are standardised and
      cut, by means and scales that have just taken this pattern in, as `partial_fit` does it first;
      targets and outputs of a regressor are standardised, too. ``output * y_scale_ + y_mean_`` is
      in the target's units.
    - *Sign.* ``gradient`` is δ_j o_i = −∂E_p/∂w_ji, which points downhill: the direction of
      descent, as in Rumelhart, Hinton and Williams. Plain descent adds η times it.
    - *E_p* is the loss of this pattern alone; ``delta``, ``credit`` and ``gradient`` are its. The
      cost of its class, penalties, clipping, the rule with its state, max-norm and averaging are in
      ``update`` only, which is what is added to ``coefs_``. A pattern whose class weighs much is
      learned several times, and ``update`` is the sum. With ``average`` the network that is traced
      is the one that training goes on with, whose averages ``coefs_`` are.
    - *Dropout.* The units that the next call would leave out are left out: o_j and f′ are 0.
    - ``solver="lbfgs"`` learns no single pattern: there is no ``update``, and units are those of
      `predict`. With ``early_stopping=True`` nothing is held out of one row.

    Examples
    --------
    M. Mazur's "A step by step backpropagation example" (2015), with biases that learn as well:

    >>> import numpy as np
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.inspection import trace
    >>> from fastbp.losses import LogisticSquaredError
    >>> model = BackpropRegressor(2, activation="logistic", loss=LogisticSquaredError(), alpha=0,
    ...     learning_rate_init=0.5, standardize=False, dtype="float64")
    >>> model.coefs_ = [np.array([[0.15, 0.25], [0.20, 0.30]]),
    ...     np.array([[0.40, 0.50], [0.45, 0.55]])]
    >>> model.intercepts_ = [np.full(2, 0.35), np.full(2, 0.60)]
    >>> traced = trace(model, [0.05, 0.10], [0.01, 0.99])
    >>> round(traced.error, 9)
    0.298371109
    >>> hidden, output = traced.layers
    >>> hidden.out.round(9).tolist(), output.delta.round(9).tolist()
    ([0.593269992, 0.596884378], [-0.138498562, 0.038098237])
    >>> (model.coefs_[0] + hidden.update).T.round(9).tolist()
    [[0.149780716, 0.199561432], [0.249751144, 0.299502287]]
    """
    learned = learn(estimator, x, y)
    (weights, biases), (net, out) = learned.parameters, learned.passed
    returned, loss, last = learned.returned, learned.formulas.loss, len(weights) - 1
    slopes = [*returned.derivative, output_derivative(loss, net[-1], out[-1])]
    updates = [[None] * len(weights)] * 2 if learned.updates is None else learned.updates
    layers = tuple(
        LayerTrace(
            name="output" if n == last else f"hidden {n + 1}",
            reads=read_by(weights[n], out[: n + 1]),
            weights=weights[n],
            bias=biases[n],
            net=net[n],
            out=out[n + 1],
            derivative=slopes[n],
            delta=returned.delta[n],
            credit=None if n == last else returned.credit[n],
            gradient=learned.gradients.weights[n],
            bias_gradient=learned.gradients.biases[n],
            update=updates[0][n],
            bias_update=updates[1][n],
        )
        for n in range(len(weights))
    )
    return Trace(
        input=out[0],
        target=learned.target,
        error=float(errors(loss, learned.target, out[-1])),
        output=out[-1],
        layers=layers,
        weight=learned.weight,
        rule=learned.rule,
    )
