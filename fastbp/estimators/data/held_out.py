"""Which rows are held out to validate with."""

import numpy as np
from sklearn.model_selection import train_test_split


def held_out(
    order: np.ndarray,
    stratify: np.ndarray | None,
    validation_fraction: float,
    random_state: np.random.RandomState,
    *,
    evenly: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the rows to train with, and of those to validate with.

    Parameters
    ----------
    order : ndarray of int
        The numbers of all rows.
    stratify : ndarray of shape (n_rows,) or (n_rows, n_labels), or None
        Classes or labels, which shall be as frequent in both parts.
    validation_fraction : float
        The part that is held out.
    random_state : RandomState
        Draws.
    evenly : bool
        Whether classes that are too rare for scikit-learn's stratified split are dealt with as well
        as can be; else the split is scikit-learn's.

    Raises
    ------
    ValueError
        If there are fewer than two rows to validate with.
    """
    classes = None if stratify is None else stratify[order]
    if evenly and classes is not None:
        train, held = even_split(classes, validation_fraction, random_state)
        train, held = order[train], order[held]
    else:
        train, held = train_test_split(
            order, random_state=random_state, test_size=validation_fraction, stratify=classes
        )
    if len(held) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of "
            "your dataset."
        )
    return train, held


def even_split(
    classes: np.ndarray, fraction: float, random_state: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places of rows to train with and to validate with, by class.

    Each class gives its part, rounded so that the parts add up; a class of one row gives none, and
    as long as there is room one of at least two gives at least one row. A row with several labels
    counts as one of its rarest.
    """
    if classes.ndim == 2:
        counts = np.where(classes, classes.sum(axis=0), len(classes) + 1)
        classes = np.where(classes.any(axis=1), counts.argmin(axis=1), -1)
    names, codes = np.unique(classes, return_inverse=True)
    counts = np.bincount(codes)
    n_held = min(int(np.ceil(fraction * len(classes))), len(classes) - 1)
    shares = counts * (n_held / len(classes))
    largest = np.maximum(counts - 1, 0)
    parts = np.minimum(np.floor(shares).astype(int), largest)
    if (counts > 1).sum() <= n_held:
        parts = np.maximum(parts, np.minimum(largest, 1))
    # What rounding left, or lent, comes from the classes that are the furthest from their part.
    while parts.sum() < n_held:
        parts[np.where(parts < largest, shares - parts, -np.inf).argmax()] += 1
    while parts.sum() > n_held:
        parts[np.where(parts > 1, parts - shares, -np.inf).argmax()] -= 1
    places = random_state.permutation(len(classes))
    rank = np.empty(len(classes), int)  # of each row within its class
    for c in range(len(names)):
        own = places[codes[places] == c]
        rank[own] = np.arange(len(own))
    held = rank < parts[codes]
    return np.flatnonzero(~held), random_state.permutation(np.flatnonzero(held))
