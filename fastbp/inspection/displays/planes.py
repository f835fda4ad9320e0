"""Planes through the space of weights, and E_tot on them."""

from typing import Any, NamedTuple

import numpy as np

from ...training.validation import parts_of_error
from ..passes import Parameters, forward
from .given import masks_of
from .weight_path import flat

Weight = tuple[int, ...]


class Plane(NamedTuple):
    """The points centre + a first + b second of the space of weights."""

    centre: np.ndarray  # (n_parameters,)
    along: np.ndarray  # (2, n_parameters)
    names: tuple[str, str]

    def coordinates(self, points: Any) -> np.ndarray:
        """Return a and b of the points of the plane that are nearest, (n_points, 2)."""
        away = np.asarray(points, float) - self.centre
        return np.linalg.lstsq(self.along.T, away.T, rcond=None)[0].T


def arrays_of(vector: np.ndarray, like: Parameters) -> Parameters:
    """Return the weights and biases in a vector; the shapes are those of others."""
    arrays = [*like.weights, *like.biases]
    parts = np.split(vector, np.cumsum([one.size for one in arrays])[:-1])
    shaped = [part.reshape(one.shape) for part, one in zip(parts, arrays, strict=True)]
    return Parameters(shaped[: len(like.weights)], shaped[len(like.weights) :])


def plane_of(estimator: Any, weights: Any, path: Any, random_state: np.random.RandomState) -> Plane:
    """Return the plane that `ErrorSurfaceDisplay.from_estimator` is asked for."""
    centre = flat(estimator)
    if isinstance(weights, str) and weights == "random":
        return Plane(centre, random_directions(estimator, random_state), ("a", "b"))
    if isinstance(weights, str) and weights == "path":
        if path is None or len(path) < 3:
            raise ValueError("weights='path' needs a path of three points or more: give path")
        along = np.linalg.svd(np.asarray(path) - centre, full_matrices=False)[2][:2]
        return Plane(centre, along, ("a", "b"))
    if isinstance(weights, str) or len(weights) != 2:
        raise ValueError(
            f"weights must be 'random', 'path' or two places such as (0, 1, 2), got {weights!r}"
        )
    places = [place_of(estimator, tuple(one)) for one in weights]
    if places[0] == places[1]:
        raise ValueError(f"weights: {weights[0]} is given twice")
    along = np.zeros((2, centre.size))
    along[[0, 1], places] = 1
    centre[places] = 0
    return Plane(centre, along, (name_of(weights[0]), name_of(weights[1])))


def place_of(estimator: Any, weight: Weight) -> int:
    """Return where a weight (layer, i, j) or a bias (layer, j) is in the vector of all.

    Raises
    ------
    ValueError
        If there is no such.
    """
    arrays = [*estimator.coefs_, *estimator.intercepts_]
    starts = np.cumsum([0, *(one.size for one in arrays)])
    n_layers = len(estimator.coefs_)
    whole = all(isinstance(n, (int, np.integer)) for n in weight)
    if whole and len(weight) in (2, 3) and 0 <= weight[0] < n_layers:
        number = weight[0] if len(weight) == 3 else n_layers + weight[0]
        shape, at = arrays[number].shape, weight[1:]
        if all(0 <= n < size for n, size in zip(at, shape, strict=True)):
            if len(weight) == 3 and not masks_of(estimator)[weight[0]][at]:
                raise ValueError(f"weights: there is no connection at {name_of(weight)}")
            return int(starts[number] + np.ravel_multi_index(at, shape))
    raise ValueError(
        f"weights: {weight} is no weight (layer, i, j) or bias (layer, j) of this network, whose "
        f"coefs_ have the shapes {[one.shape for one in arrays[:n_layers]]}"
    )


def name_of(weight: Weight) -> str:
    """Return how Python names a weight or a bias."""
    what = "coefs_" if len(weight) == 3 else "intercepts_"
    return f"{what}[{weight[0]}][{', '.join(map(str, weight[1:]))}]"


def random_directions(estimator: Any, random_state: np.random.RandomState) -> np.ndarray:
    """Return two directions in which each unit's weights and bias are as long as they are.

    Li, Xu, Taylor, Studer and Goldstein (2018), Visualizing the loss landscape of neural nets: the
    length makes networks whose units have weights of other sizes comparable.
    """
    directions = []
    for _ in range(2):
        weights, biases = [], []
        for w, b, mask in zip(
            estimator.coefs_, estimator.intercepts_, masks_of(estimator), strict=True
        ):
            own = np.vstack([w, b]).astype(np.float64)
            drawn = random_state.standard_normal(own.shape) * np.vstack([mask, np.ones_like(b)])
            drawn *= np.linalg.norm(own, axis=0) / np.linalg.norm(drawn, axis=0)
            weights.append(drawn[:-1].ravel())
            biases.append(drawn[-1])
        directions.append(np.concatenate([*weights, *biases]))
    return np.array(directions)


def errors_on(
    plane: Plane,
    estimator: Any,
    rows: np.ndarray,
    targets: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
) -> np.ndarray:
    """Return E_tot = Σ_p E_p at each a of `first` and b of `second`, (n_second, n_first)."""
    like, formulas = Parameters(estimator.coefs_, estimator.intercepts_), estimator._formulas
    result = np.empty((len(second), len(first)))
    with np.errstate(all="ignore"):  # far away, outputs overflow
        for m, b in enumerate(second):
            for n, a in enumerate(first):
                point = plane.centre + a * plane.along[0] + b * plane.along[1]
                out = forward(rows, arrays_of(point, like), formulas).out[-1]
                result[m, n] = parts_of_error(formulas.loss, targets, out).sum()
    return result
