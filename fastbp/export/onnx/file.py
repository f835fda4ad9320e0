"""A fitted estimator as an ONNX model."""

import os
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from ..files import write_whole
from .converters import CLASSIFIERS, REGRESSORS, register_onnx_converters
from .network import networks_of

TAKEN = ("float32", "float64", "int64", "int32", "bool")
"""What an input may be in; X in another dtype is taken in float64."""


def to_onnx(
    estimator: Any,
    X: Any,
    path: str | os.PathLike | None = None,
    *,
    target_opset: int | None = None,
) -> Any:
    """Return a fitted estimator as an ONNX model, which predicts the same in any runtime.

    Parameters
    ----------
    estimator : estimator
        A fitted `BackpropClassifier`, `BackpropRegressor`, an ensemble of them, or one of
        scikit-learn's that contains them, such as a `Pipeline`, as far as skl2onnx knows all that
        is in it.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Some rows, the first of which says what the model's input is: the dtype of an array; of a
        data frame for a pipeline, the names and dtypes of its columns, each of which is an input,
        of shape (n_rows, 1).
    path : str or path-like, default=None
        Where to write the model as well. The file is there as a whole or not at all.
    target_opset : int, default=None
        The version of ONNX's operators, from 13 on; by default the latest that skl2onnx knows.

    Returns
    -------
    model : onnx.ModelProto
        Its outputs are, of a classifier, the label, (n_rows,), and the probabilities,
        (n_rows, n_classes); of several labels both are (n_rows, n_labels). Of a regressor the
        predictions, (n_rows, n_outputs). With X in float32 they are equal to those of `predict`
        and `predict_proba` to 1e-5, in float64 to 1e-9.

    Raises
    ------
    ValueError
        If the estimator is not fitted, X does not fit it, or ONNX has no word for its labels or
        for something in a formula of your own. Nothing is written then.
    ImportError
        If skl2onnx is not installed.

    Notes
    -----
    Formulas are not looked up but read: an activation of your own is translated as those of the
    package are, from the NumPy functions that it calls. For calls of skl2onnx's own functions, see
    `register_onnx_converters`.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.export import to_onnx
    >>> model = BackpropRegressor((2,)).partial_fit([[0.0], [1.0]], [0.0, 1.0])
    >>> onnx_model = to_onnx(model, [[0.0]])  # doctest: +SKIP
    """
    try:
        import skl2onnx
    except ImportError as missing:
        raise ImportError(
            "to_onnx needs skl2onnx: python -m pip install 'fastbp[onnx]'"
        ) from missing
    check_is_fitted(estimator)
    if target_opset is not None and target_opset < 13:
        raise ValueError(f"target_opset must be 13 or later, got {target_opset}")
    register_onnx_converters(type(estimator))
    if isinstance(estimator, (*CLASSIFIERS, *REGRESSORS)):
        X = one_row(estimator, X)
    elif not hasattr(X, "columns"):
        X = np.asarray(X[:1])
    # Probabilities as a matrix, not as a dictionary for each row.
    options = {id(estimator): {"zipmap": False}} if is_classifier(estimator) else None
    model = skl2onnx.to_onnx(estimator, X, options=options, target_opset=target_opset)
    if path is not None:
        write_whole(path, model.SerializeToString())
    return model


def one_row(model: Any, X: Any) -> np.ndarray:
    """Return a row of zeros in the dtype of X, which is checked as for `predict`."""
    table = networks_of(model)[0]._table(X)
    dtype = X.dtype if hasattr(X, "dtype") else np.asarray(X).dtype
    if dtype.kind == "O":
        dtype = table.dtype
    return np.zeros((1, model.n_features_in_), dtype if dtype.name in TAKEN else np.float64)
