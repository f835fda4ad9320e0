"""What is known of all rows before training: looked at partition by partition, then put together.

Statistics of columns and targets are exact: those of the partitions are joined in their order.
"""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from ..estimators.data.blocks import Block, block_of, joined, with_block
from ..estimators.data.far_table import FarTable
from ..training.moments import Moments


class Survey(NamedTuple):
    """What there is to know of a partition, or of all of them.

    Parameters
    ----------
    form : dict
        What all partitions must have in common.
    n_rows : int
        Rows with a positive weight.
    weight, lightest, heaviest : float
        Sum and range of their weights.
    moments, target_moments : Moments or None
        Of columns and of a regressor's targets, in these rows.
    labels : ndarray of shape (n_labels,) or None
        The classes, of one per row.
    counts : ndarray of shape (n_labels,) or None
        Rows of each.
    X, y, sample_weight : ndarray, or None
        Some of these rows, evenly taken.
    given : array-like of shape (0, n_columns)
        What says the columns' names.
    """

    form: dict[str, Any]
    n_rows: int
    weight: float
    lightest: float
    heaviest: float
    moments: Moments | None
    target_moments: Moments | None
    labels: np.ndarray | None
    counts: np.ndarray | None
    X: np.ndarray
    y: np.ndarray
    sample_weight: np.ndarray | None
    given: Any

    def unit(self) -> float:
        """Return the weight that counts as one: the mean, or that of all rows."""
        return self.lightest if self.lightest == self.heaviest else self.weight / self.n_rows

    def sample(self) -> Any:
        """Return X of the rows that were taken, with the columns' names if they have some."""
        if not hasattr(self.given, "columns"):
            return self.X
        return type(self.given)(self.X, columns=self.given.columns)


def block_at(number: int, X: Any, y: Any, sample_weight: Any) -> Block:
    """Return a partition, looked at; a column of targets becomes one-dimensional.

    Raises
    ------
    ValueError
        It names the partition, and the row in it.
    """
    try:
        block = block_of((X, y) if sample_weight is None else (X, y, sample_weight))
    except (TypeError, ValueError) as refusal:
        raise ValueError(f"partition {number}: {refusal}") from refusal
    return block._replace(y=block.y[:, 0]) if block.y.shape[1:] == (1,) else block


def surveyed(
    model: Any, number: int, X: Any, y: Any, sample_weight: Any, taken: int
) -> Survey | ValueError:
    """Look at a partition, of which at least so many rows (if it has as many) are taken.

    A refusal is returned: of several, the first partition's is raised, whoever looks first.
    """
    try:
        return _surveyed(model, number, block_at(number, X, y, sample_weight), taken)
    except ValueError as refusal:
        return refusal


def _surveyed(model: Any, number: int, block: Block, taken: int) -> Survey:
    classifies = hasattr(model, "predict_proba")
    try:
        model._check_given_target(block.y)
        if classifies and block.y.dtype.kind == "f":
            check_classification_targets(block.y)
    except ValueError as refusal:
        raise ValueError(f"partition {number}: {refusal}") from refusal
    weights = weights_of(number, block)
    there = weights > 0
    learned = weights[there]
    moments = target_moments = labels = counts = kind = None
    if model.standardize:
        moments = with_block(None, block)
    if model.standardize and not classifies:
        y_there = block.y[there].reshape(len(learned), -1)
        target_moments = Moments.of(y_there, None if block.sample_weight is None else learned)
    if classifies and block.y.ndim == 1:
        labels, counts = counted(number, block.y, there)
        kind = "strings" if isinstance(labels[0], str) else "numbers"
    rows = np.flatnonzero(there)[:: max(1, len(learned) // taken)]
    return Survey(
        block.form() | {"labels": kind},
        len(learned),
        float(learned.sum()),
        float(learned.min()),
        float(learned.max()),
        moments,
        target_moments,
        labels,
        counts,
        block.X[rows],
        block.y[rows],
        None if block.sample_weight is None else block.sample_weight[rows],
        block.given[:0],
    )


def weights_of(number: int, block: Block) -> np.ndarray:
    """Return the weights of a partition's rows, some of them positive; 1 where none are given."""
    weights = np.ones(len(block.y)) if block.sample_weight is None else block.sample_weight
    if (weights < 0).any():
        row = int(np.flatnonzero(weights < 0)[0])
        raise ValueError(
            f"partition {number}: sample_weight must not be negative, that of row {row} is "
            f"{weights[row]:g}"
        )
    if not (weights > 0).any():
        raise ValueError(
            f"partition {number} has no rows{' of positive weight' if len(weights) else ''}: leave "
            "it out, as repartition() of a data frame does, or rechunk() of an array"
        )
    return weights


def counted(number: int, y: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a partition's labels, sorted, and how many of the rows that are there have each."""
    try:
        labels, places = np.unique(y, return_inverse=True)
    except TypeError as failure:
        raise ValueError(
            f"partition {number}: y has labels that cannot be sorted ({failure}): make them "
            "all strings, or all numbers"
        ) from failure
    return labels, np.bincount(places[there], minlength=len(labels))


def of_all(found: list[Survey | ValueError]) -> Survey:
    """Return what is known of all partitions together.

    Raises
    ------
    ValueError
        If one was refused, or does not fit to the first; it names the partition.
    """
    surveys = []
    for survey in found:
        if isinstance(survey, ValueError):
            raise survey
        surveys.append(survey)
    first = surveys[0]
    for number, survey in enumerate(surveys):
        for name, value in survey.form.items():
            if value != first.form[name]:
                raise ValueError(
                    f"partition {number}: {name}: {value}; of partition 0: {first.form[name]}. All "
                    "must have the same"
                )
    labels = counts = None
    if first.labels is not None:
        labels, places = np.unique(
            joined([one.labels for one in surveys if one.labels is not None]), return_inverse=True
        )
        of_each = np.concatenate([one.counts for one in surveys if one.counts is not None])
        counts = np.bincount(places, of_each, len(labels)).astype(np.int64)
    weighted = first.sample_weight is not None
    return first._replace(
        n_rows=sum(one.n_rows for one in surveys),
        weight=sum(one.weight for one in surveys),
        lightest=min(one.lightest for one in surveys),
        heaviest=max(one.heaviest for one in surveys),
        moments=moments_of_all([one.moments for one in surveys]),
        target_moments=moments_of_all([one.target_moments for one in surveys]),
        labels=labels,
        counts=counts,
        X=np.concatenate([one.X for one in surveys]),
        y=joined([one.y for one in surveys]),
        sample_weight=np.concatenate([one.sample_weight for one in surveys]) if weighted else None,
    )


def moments_of_all(parts: list[Moments | None]) -> Moments | None:
    """Return the moments of all, joined in the order of the partitions."""
    result: Moments | None = None
    for part in parts:
        if part is not None:
            result = part if result is None else result.joined(part)
    return result


class Surveyed(FarTable):
    """Rows that stand for all: their statistics are those of all partitions."""

    def __init__(self, X: np.ndarray, survey: Survey) -> None:
        super().__init__(X)
        self.survey = survey

    def moments(self, weights: np.ndarray | None = None) -> Moments:
        """Return those of the columns."""
        assert self.survey.moments is not None
        return self.survey.moments

    def target_moments(self, y: np.ndarray, *more: np.ndarray | None) -> Moments:
        """Return those of the targets."""
        assert self.survey.target_moments is not None
        return self.survey.target_moments
