"""scikit-learn's metrics that `score` is, without what they take of few plain numbers or labels.

For thirty labels `accuracy_score` takes 0.5 ms and `r2_score` 0.3, ten times what their prediction
takes: they find out in several ways of what kind arrays are. What is an array of the plain kind is
counted here, with the same bits; all else, and what there are errors or warnings for, is theirs.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import accuracy_score, r2_score


def accuracy(truth: Any, predicted: Any, weights: ArrayLike | None) -> float:
    """Return `accuracy_score`, the weighted part of the labels that are predicted."""
    plain = (
        weights is None
        and type(truth) is np.ndarray
        and truth.dtype.kind in "biuU"
        and predicted.dtype.kind == truth.dtype.kind
        and predicted.shape == (truth.size,) == truth.shape
        and len(truth)
    )
    if plain:
        return float((truth == predicted).mean())
    return accuracy_score(truth, predicted, sample_weight=weights)


def r2(truth: Any, predicted: Any, weights: ArrayLike | None) -> float:
    """Return `r2_score`, 1 − Σ (d − o)² / Σ (d − d̄)², the mean of it over the outputs."""
    plain = (
        weights is None
        and type(truth) is np.ndarray
        and truth.dtype.kind in "fiu"
        and predicted.dtype.kind == "f"
        and predicted.shape == (truth.size,) == truth.shape
        and len(truth) > 1
    )
    if plain:
        # The dtypes of what are integers do not count.
        dtype = np.result_type(predicted, *([truth] if truth.dtype.kind == "f" else []))
        d, o = (one.astype(dtype, copy=False)[:, None] for one in (truth, predicted))
        with np.errstate(over="ignore", invalid="ignore"):
            unexplained, total = ((d - o) ** 2).sum(), ((d - d.mean(axis=0)) ** 2).sum()
        if 0 < unexplained < np.inf and 0 < total < np.inf:
            return float(1 - unexplained / total)
    return r2_score(truth, predicted, sample_weight=weights)
