"""E_tot over two weights, or over two directions in the space of all, and the path of training."""

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from .given import check_network, patterns_of
from .planes import Plane, errors_on, plane_of
from .sheet import axes_for
from .weight_path import WeightPath

AROUND = 1.5  # of the larger of 1 and the weight itself: how far to each side
MARGIN = 0.2  # around a path


class ErrorSurfaceDisplay:
    r"""E_tot = Σ_p E_p of a trained network over a plane through its weights.

    Made by `from_estimator`. The larger the error the lighter. A triangle is where the path begins,
    a star the network as it is.

    Parameters
    ----------
    first, second : ndarray of shape (resolution,)
        The coordinates.
    errors : ndarray of shape (resolution, resolution)
        E_tot, a row for each of `second`.
    here : ndarray of shape (2,)
        The network.
    names : tuple of str
        Of the coordinates.
    path : ndarray of shape (n_points, 2), default=None
        The path of training, or where it is above the plane.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it is drawn.
    surface_ : QuadContourSet
        The areas.
    path_ : Line2D or None
        The path.
    colorbar_ : Colorbar
        Of the areas.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.inspection import ErrorSurfaceDisplay, WeightPath
    >>> X = np.linspace(-1, 1, 9)[:, None]
    >>> path, model = WeightPath(), BackpropRegressor(hidden_layer_sizes=(), random_state=0)
    >>> for epoch in range(5):
    ...     path.note(model.partial_fit(X, 2 * X.ravel() + 1))
    >>> display = ErrorSurfaceDisplay.from_estimator(
    ...     model, X, 2 * X.ravel() + 1, weights=[(0, 0, 0), (0, 0)], path=path, resolution=9
    ... )
    >>> display.names, display.path.shape
    (('coefs_[0][0, 0]', 'intercepts_[0][0]'), (5, 2))
    """

    def __init__(
        self,
        first: np.ndarray,
        second: np.ndarray,
        errors: np.ndarray,
        here: np.ndarray,
        names: tuple[str, str],
        path: np.ndarray | None = None,
    ) -> None:
        self.first, self.second, self.errors = first, second, errors
        self.here, self.names, self.path = here, names, path

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        weights: Any = "random",
        path: Any = None,
        span: Any = None,
        resolution: int = 41,
        random_state: Any = 0,
        ax: Any = None,
        **contour_kw: Any,
    ) -> "ErrorSurfaceDisplay":
        """Compute E_tot on a plane and draw it.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            A trained estimator.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The patterns that E_tot sums over. It takes ``resolution ** 2`` passes over them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets. E_p is that of training, of standardised targets where these are;
            without penalty, sample weights and costs of classes.
        weights : 'random', 'path' or pair of tuple, default='random'
            The plane: two weights, ``(layer, i, j)`` being ``coefs_[layer][i, j]`` and
            ``(layer, j)`` the bias ``intercepts_[layer][j]``, all others staying what they are;
            through the network along two random directions, in each of which every unit's weights
            and bias are as long as its own; or along the two in which the path is longest, in
            which more of it is seen.
        path : WeightPath or sequence of ndarray of shape (n_parameters,), default=None
            Where training went, see `WeightPath`. What is drawn is its projection, except for
            networks of two parameters.
        span : tuple of float or pair of them, default=None
            From where to where, for both coordinates or for each. None is what holds the path, and
            1.5 times the weight, or 1.5, to both sides of it; one random direction's length.
        resolution : int, default=41
            Points along each coordinate.
        random_state : int or RandomState, default=0
            Draws the directions.
        ax, **contour_kw
            See `plot`.

        Returns
        -------
        display : ErrorSurfaceDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator is not trained, X and y do not fit it, or there is no such weight.
        TypeError
            If it is another kind of estimator.
        ImportError
            If Matplotlib is missing.
        """
        check_network(estimator)
        if not resolution >= 2:
            raise ValueError(f"resolution must be 2 or more, got {resolution}")
        rows, targets = patterns_of(estimator, X, y)
        points = path.points if isinstance(path, WeightPath) else path
        if points is not None:
            n_parameters = sum(w.size + w.shape[1] for w in estimator.coefs_)
            if np.ndim(points) != 2 or np.shape(points)[1] != n_parameters or not len(points):
                raise ValueError(
                    f"path must be points of the {n_parameters} weights and biases of this network"
                )
        plane = plane_of(estimator, weights, points, check_random_state(random_state))
        here = np.concatenate([*map(np.ravel, [*estimator.coefs_, *estimator.intercepts_])])
        here = plane.coordinates(here[None])[0]
        seen = None if points is None else plane.coordinates(points)
        spans = spans_of(plane, here, seen, span)
        first, second = (np.linspace(*one, int(resolution)) for one in spans)
        errors = errors_on(plane, estimator, rows, targets, first, second)
        return cls(first, second, errors, here, plane.names, seen).plot(ax=ax, **contour_kw)

    def plot(self, *, levels: int = 16, ax: Any = None, **contour_kw: Any) -> "ErrorSurfaceDisplay":
        """Draw it.

        Parameters
        ----------
        levels : int, default=16
            How many areas are told apart; they are denser near the lowest error.
        ax : Axes, default=None
            Where to draw; None makes a figure.
        **contour_kw
            Passed to Matplotlib's ``contourf``, such as ``cmap="viridis"``.

        Returns
        -------
        self : ErrorSurfaceDisplay
            The display.
        """
        ax = axes_for(ax, self)
        from .artists import surface as artists

        self.ax_, self.figure_ = ax, ax.figure
        self.surface_, self.colorbar_ = artists.draw_surface(
            ax, self.first, self.second, self.errors, int(levels), contour_kw
        )
        self.path_ = artists.draw_path(ax, self.path, self.here)
        ax.set_xlabel(self.names[0])
        ax.set_ylabel(self.names[1])
        return self


def spans_of(
    plane: Plane, here: np.ndarray, path: np.ndarray | None, span: Any
) -> list[tuple[float, float]]:
    """Return from where to where each coordinate goes."""
    if span is not None:
        spans = [span, span] if np.ndim(span) == 1 else list(span)
        if np.shape(spans) != (2, 2) or not all(low < high for low, high in spans):
            raise ValueError(f"span must be (low, high), or two of these, got {span!r}")
        return [(float(low), float(high)) for low, high in spans]
    single = plane.names != ("a", "b")
    spans = []
    for axis in range(2):
        reach = AROUND * max(1.0, abs(here[axis])) if single else 1.0
        low, high = here[axis] - reach, here[axis] + reach
        if path is not None:
            ends = [*path[:, axis], here[axis]]
            room = MARGIN * (max(ends) - min(ends))
            low, high = min(ends) - room, max(ends) + room
            least = reach / 2
            low, high = min(low, here[axis] - least), max(high, here[axis] + least)
        spans.append((float(low), float(high)))
    return spans
