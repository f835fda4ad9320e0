"""The ensemble of regressors."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_is_fitted

from ..estimators.data.metrics import r2
from ..estimators.data.missing_targets import ScoreOfGiven, r2_of_given
from ..estimators.one_row.given import Row
from ..estimators.regressor import BackpropRegressor
from .base import BackpropEnsemble, mean_of
from .parameters import ensemble_of


@ensemble_of(BackpropRegressor)
class BackpropEnsembleRegressor(ScoreOfGiven, RegressorMixin, BackpropEnsemble):
    """Networks from several seeds, whose predictions are averaged.

    What a fit reads, checks, standardises and holds out is so once for all networks, and they train
    side by side in threads. Each is what `BackpropRegressor` with its seed is, to the bit (where
    rows are held out, these are the same for all). The result does not depend on `n_jobs`.

    Parameters
    ----------
    hidden_layer_sizes : int or array-like of shape (n_hidden_layers,), default=(64, 32)
        Units in each hidden layer.
    {activation}
    loss : {'squared_error', 'poisson', 'absolute_error', 'huber', 'quantile'} or record, \
default='squared_error'
        The error E_p of one pattern, see `BackpropRegressor`.
    {parameters}
    {ensemble_parameters}

    Attributes
    ----------
    {ensemble_attributes}

    See Also
    --------
    BackpropRegressor : One network.
    sklearn.ensemble.BaggingRegressor : Ensembles of estimators of any kind, bootstrapped ones.

    Notes
    -----
    {ensemble_notes}

    Examples
    --------
    >>> from fastbp import BackpropEnsembleRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True, scaled=False)
    >>> model = BackpropEnsembleRegressor(random_state=0).fit(X[::2], y[::2])
    >>> mean, std = model.predict(X[1:4], return_std=True)
    >>> mean.shape, bool((std > 0).all())
    ((3,), True)
    """

    _metric = staticmethod(r2_of_given)
    _plain_metric = staticmethod(r2)

    def predict(
        self, X: ArrayLike, return_std: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Predict targets: the means of the predictions of the networks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.
        return_std : bool, default=False
            Whether to return how far the networks differ as well.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predicted values.
        y_std : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The standard deviation of the networks' predictions, with `return_std`. It says where
            they were not led to the same answer by the data; it is no interval of the noise.
        """
        answers = self._answers(X, lambda network, out: network._decode(out))
        if not return_std:
            return mean_of(answers)
        each = np.stack(list(answers))
        return mean_of(each), each.std(axis=0, dtype=np.float64).astype(each.dtype, copy=False)

    def predict_one(self, x: Row) -> Any:
        """Predict the target of one row.

        Parameters
        ----------
        x : dict, sequence of numbers or ndarray of shape (n_features,)
            The row, as in `learn_one`.

        Returns
        -------
        y : float
            The value; of several outputs, an array.
        """
        check_is_fitted(self)
        networks = self.estimators_
        with self._reading(networks):
            return sum(network.predict_one(x) for network in networks) / len(networks)
