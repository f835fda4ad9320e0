"""The path that training takes through the space of weights."""

from typing import Any

import numpy as np


def flat(estimator: Any) -> np.ndarray:
    """Return all weights, then all biases, (n_parameters,), in float64."""
    arrays = [*estimator.coefs_, *estimator.intercepts_]
    return np.concatenate([np.ravel(one) for one in arrays]).astype(np.float64)


class WeightPath:
    """The weights at the beginning of training and after each epoch, for `ErrorSurfaceDisplay`.

    One of scikit-learn's callbacks: ``model.set_callbacks(WeightPath())``. Where these are missing
    (scikit-learn before 1.9), or for a finer path, such as that of every pattern of a stream, call
    `note` yourself. A `fit` from new weights begins anew; of several starts (``n_init=``) the path
    is that to the weights that were kept. 'lbfgs' shows its beginning and its end.

    Attributes
    ----------
    points : list of ndarray of shape (n_parameters,)
        All weights (``coefs_``, layer by layer, row by row), then all biases.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.inspection import WeightPath
    >>> path, model = WeightPath(), BackpropRegressor(hidden_layer_sizes=(), random_state=0)
    >>> for x, y in [([0.0], 0.0), ([1.0], 2.0), ([2.0], 4.0)] * 3:
    ...     path.note(model.partial_fit([x], [y]))
    >>> len(path.points), path.points[0].shape
    (9, (2,))
    """

    def __init__(self) -> None:
        self.points: list[np.ndarray] = []
        self._other_starts: list[list[np.ndarray]] = []

    def note(self, estimator: Any) -> None:
        """Add the weights that an estimator has now."""
        self.points.append(flat(estimator))

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing: a fit begins with its first epoch."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing."""

    def on_fit_task_begin(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Note the initial weights."""
        if context.task_name != "epoch" or (self.points and fitted_estimator.t_):
            return
        others = [] if context.task_id == 0 else [*self._other_starts, self.points]
        self.points, self._other_starts = [], others
        self.note(fitted_estimator)

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        """Note the weights after an epoch; after a fit, keep the start that they come from."""
        if context.task_name == "epoch":
            self.note(fitted_estimator)
            return
        kept = flat(fitted_estimator)
        for start in self._other_starts:
            if any(np.array_equal(point, kept) for point in start):
                self.points = start
        self._other_starts = []
