"""Training on data larger than memory that comes in blocks: row groups, chunks of text, shards."""

from numbers import Integral
from typing import Any

from numpy.typing import ArrayLike

from .estimators.base import BaseBackprop
from .estimators.data.blocks import Blocks, Source
from .estimators.draft import lock_of


def fit_blocks(
    estimator: BaseBackprop,
    blocks: Source,
    epochs: int | None = None,
    *,
    X_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None,
    sample_weight_val: ArrayLike | None = None,
) -> Any:
    """Train an estimator on blocks of patterns, as its `fit` would on all of them together.

    The blocks are read once to look at them, before any weight changes, and then once in each
    epoch. In memory are one block at a time (two while it is given by a generator), a window of two
    million numbers, see ``shuffle``, and some forty bytes for each row: targets, weights and the
    order.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        It is trained: by its parameters, from new weights unless ``warm_start=True``.
    blocks : callable or iterable
        Called, or gone through, once for each reading, it gives the blocks: tuples (X, y) or (X, y,
        sample_weight) of arrays or data frames, of any number of rows each. They must be the same
        ones each time, in the same order. Blocks with other columns, other targets or more or fewer
        rows than at first are refused, and so is a generator, which can be gone through only once:
        give the function that makes it.
    epochs : int, default=None
        The most epochs; None for the estimator's `max_iter`.
    X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
        Input of a validation set, as in `fit`. ``early_stopping=True`` needs it: blocks are not
        held out.
    y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
        Its targets.
    sample_weight_val : array-like of shape (n_val,), default=None
        Its weights.

    Returns
    -------
    estimator : BackpropClassifier or BackpropRegressor
        The estimator.

    Raises
    ------
    TypeError
        If it is no such estimator, or the blocks can be gone through only once.
    ValueError
        If `fit` would refuse the data, or a block is not like the others, or not what it was when
        it was first read. It names the block, and the row in it. The estimator is what it was
        before.

    Notes
    -----
    With ``shuffle=True`` blocks are read in their order, and patterns are shuffled within a window
    of two million numbers (of several blocks, or a part of one). Rows that are sorted, by class or
    by time, are to be shuffled once before. Callbacks get as X a table that can be indexed by row
    numbers, y and sample weights as arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbp import BackpropRegressor, fit_blocks
    >>> def blocks():
    ...     rng = np.random.default_rng(0)
    ...     for _ in range(3):
    ...         X = rng.standard_normal((5, 2))
    ...         yield X, X.sum(axis=1)
    >>> fit_blocks(BackpropRegressor((4,), random_state=0), blocks).n_iter_
    200
    """
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            "fit_blocks trains a BackpropClassifier or a BackpropRegressor, got "
            f"{type(estimator).__name__}: of a Pipeline give the last step, and let the function "
            "that makes the blocks transform them"
        )
    if epochs is not None and (
        not isinstance(epochs, Integral) or isinstance(epochs, bool) or epochs < 1
    ):
        raise ValueError(f"epochs must be an integer ≥ 1 or None, got {epochs!r}")
    estimator._validate_params()  # before all blocks are read
    if estimator.early_stopping and X_val is None:
        raise ValueError("early_stopping=True: give X_val and y_val, blocks are not held out")
    table = Blocks(blocks)
    with lock_of(estimator):
        max_iter = estimator.max_iter
        try:
            if epochs is not None:
                estimator.max_iter = int(epochs)
            return estimator.fit(
                table,
                table.y,
                table.sample_weight,
                X_val=X_val,
                y_val=y_val,
                sample_weight_val=sample_weight_val,
            )
        finally:
            estimator.max_iter = max_iter
