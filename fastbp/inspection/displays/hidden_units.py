"""What hidden units have learned: their weights as images, or their responses over a plane."""

from math import isqrt
from typing import Any

import numpy as np

from ..passes import Parameters, forward
from .arrangement import sources
from .given import check_network, layer_sizes, standardized_rows
from .sheet import as_sheet, axes_for

REACH = 3.0  # standard deviations to both sides of the mean
MARGIN = 0.05  # around the rows given
LABELS = {"weights": "weight $w_{ji}$", "response": "output $o_j$"}


class HiddenUnitsDisplay:
    """Hidden units: weights as images, or responses over the plane of two inputs.

    Made by `from_estimator`. All units have the same scale: the larger the lighter.

    Parameters
    ----------
    images : ndarray of shape (n_units, height, width)
        Of each unit the weights from the inputs, row by row as the image was flattened; or its
        outputs, where the first row is that of the lowest second input.
    units : ndarray of shape (n_units,)
        Their numbers in the layer.
    kind : {'weights', 'response'}
        What the images are.
    extent : tuple of four float, default=None
        Of responses: the first input from and to, the second from and to.
    names : tuple of str, default=None
        Of responses: the inputs' names.
    borders : ndarray of shape (n_units, height, width), default=None
        Of responses: the net inputs. A line is drawn where they are 0.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it is drawn.
    images_ : list of AxesImage
        The images.
    colorbar_ : Colorbar
        Of the images.

    Examples
    --------
    >>> from fastbp import BackpropClassifier
    >>> from fastbp.inspection import HiddenUnitsDisplay
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> model = BackpropClassifier((3,), random_state=0).partial_fit(X, y, classes=[0, 1])
    >>> display = HiddenUnitsDisplay.from_estimator(model, X, resolution=20)
    >>> display.kind, display.images.shape
    ('response', (3, 20, 20))
    """

    def __init__(
        self,
        images: np.ndarray,
        units: np.ndarray,
        kind: str,
        *,
        extent: tuple[float, float, float, float] | None = None,
        names: tuple[str, str] | None = None,
        borders: np.ndarray | None = None,
    ) -> None:
        self.images, self.units, self.kind = images, units, kind
        self.extent, self.names, self.borders = extent, names, borders

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        kind: str = "auto",
        layer: int = 0,
        image_shape: tuple[int, int] | None = None,
        units: Any = None,
        max_units: int = 16,
        resolution: int = 80,
        ax: Any = None,
    ) -> "HiddenUnitsDisplay":
        """Draw the units of a layer of a trained estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The estimator.
        X : array-like of shape (n_samples, 2), default=None
            Rows that the plane must hold. None is three standard deviations around the means of the
            rows trained with, which an estimator with ``standardize=False`` doesn't know.
        kind : {'auto', 'weights', 'response'}, default='auto'
            Images of the weights from the inputs, which act on standardised inputs where these are;
            or the units' outputs o_j over the plane, with a line where net_j = 0. 'auto' is the
            second if there are two inputs.
        layer : int, default=0
            The hidden layer. Weights from the inputs has the first one, and with
            ``shortcuts=True`` each.
        image_shape : tuple of int, default=None
            Height and width of the images. None is a square, where the number of inputs is one.
        units : sequence of int, default=None
            The units to draw; None are the first `max_units`.
        max_units : int, default=16
            The most units that are drawn, if `units` does not name them.
        resolution : int, default=80
            Points along each input.
        ax : Axes, default=None
            See `plot`.

        Returns
        -------
        display : HiddenUnitsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator is not trained, there is no such layer or unit, or its inputs are no
            images, or not two.
        TypeError
            If it is another kind of estimator.
        ImportError
            If Matplotlib is missing.
        """
        check_network(estimator)
        n_inputs, n_hidden = estimator.coefs_[0].shape[0], len(estimator.coefs_) - 1
        if not 0 <= layer < n_hidden:
            raise ValueError(f"layer: there are {n_hidden} hidden layers, from 0 on; got {layer}")
        if kind not in ("auto", *LABELS):
            raise ValueError(f"kind: {kind!r} is not one of 'auto', 'weights', 'response'")
        if kind == "auto":
            kind = "response" if n_inputs == 2 and image_shape is None else "weights"
        n_units = estimator.coefs_[layer].shape[1]
        chosen = np.arange(min(n_units, max_units)) if units is None else np.asarray(units)
        if not chosen.size or chosen.ndim != 1 or not np.isin(chosen, np.arange(n_units)).all():
            what = "max_units" if units is None else "units"
            raise ValueError(f"{what}: the layer has the units 0 to {n_units - 1}")
        if kind == "weights":
            images = weight_images(estimator, layer, image_shape)
            return cls(images[chosen], chosen, kind).plot(ax=ax)
        if n_inputs != 2:
            raise ValueError(f"kind='response' is for two inputs, this network has {n_inputs}")
        extent = extent_of(estimator, X)
        net, out = responses(estimator, layer, extent, int(resolution))
        first, second = getattr(estimator, "feature_names_in_", ("$x_1$", "$x_2$"))
        names = str(first), str(second)
        return cls(out[chosen], chosen, kind, extent=extent, names=names, borders=net[chosen]).plot(
            ax=ax
        )

    def plot(self, *, ax: Any = None, **image_kw: Any) -> "HiddenUnitsDisplay":
        """Draw it.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; None makes a figure.
        **image_kw
            Passed to Matplotlib's ``imshow``, such as ``cmap="viridis"``.

        Returns
        -------
        self : HiddenUnitsDisplay
            The display.
        """
        ax = axes_for(ax, self)
        from .artists import units as artists

        sheet = artists.Grid.of(self.images, self.kind)
        as_sheet(ax, *sheet.corners)
        self.ax_, self.figure_ = ax, ax.figure
        self.images_ = artists.draw_images(ax, sheet, self, image_kw)
        if self.extent is not None and self.names is not None:
            artists.write_inputs(ax, sheet, self.names, self.extent)
        self.colorbar_ = artists.draw_bar(ax, sheet, self.images_[0], LABELS[self.kind])
        return self


def weight_images(estimator: Any, layer: int, shape: Any) -> np.ndarray:
    """Return the weights from the inputs to each unit of a layer, (n_units, height, width)."""
    w, n_inputs = estimator.coefs_[layer], estimator.coefs_[0].shape[0]
    read = dict(sources(layer_sizes(estimator.coefs_), layer, len(w)))
    if 0 not in read:
        raise ValueError(
            f"layer={layer} reads no inputs: weights are images in the first hidden layer, and in "
            "others with shortcuts=True"
        )
    if shape is None:
        shape = (isqrt(n_inputs),) * 2
        if shape[0] ** 2 != n_inputs:
            raise ValueError(
                f"image_shape is needed: {n_inputs} inputs are no square image, such as 8 by 8"
            )
    if len(shape) != 2 or shape[0] * shape[1] != n_inputs:
        raise ValueError(
            f"image_shape must be height and width of {n_inputs} inputs together, got {shape}"
        )
    return w[read[0] : read[0] + n_inputs].T.reshape(-1, *shape).astype(np.float64)


def extent_of(estimator: Any, X: Any) -> tuple[float, float, float, float]:
    """Return from where to where the plane goes."""
    if X is not None:
        rows = np.asarray(X, float)
        if rows.ndim != 2 or rows.shape[1] != 2 or not rows.size:
            raise ValueError(f"X must have the shape (n_samples, 2), got {rows.shape}")
        low, high = rows.min(axis=0), rows.max(axis=0)
        room = np.where(high > low, MARGIN * (high - low), 1.0)
    elif estimator.mean_ is not None:
        low = high = estimator.mean_
        room = REACH * estimator.scale_
    else:
        raise ValueError("X is needed: with standardize=False nothing is known of the inputs")
    (left, bottom), (right, top) = low - room, high + room
    return float(left), float(right), float(bottom), float(top)


def responses(
    estimator: Any, layer: int, extent: tuple[float, float, float, float], resolution: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return net inputs and outputs of each unit over the plane, (n_units, height, width)."""
    if resolution < 2:
        raise ValueError(f"resolution must be 2 or more, got {resolution}")
    across, up = np.linspace(*extent[:2], resolution), np.linspace(*extent[2:], resolution)
    plane = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    if hasattr(estimator, "feature_names_in_"):  # a plain array would not have the names
        rows = estimator._standardized(plane, np.dtype(np.float64))
    else:
        rows = standardized_rows(estimator, plane)
    parameters = Parameters(estimator.coefs_, estimator.intercepts_)
    passed = forward(rows, parameters, estimator._formulas)
    pictures = passed.net[layer], passed.out[layer + 1]
    net, out = (one.T.reshape(-1, resolution, resolution) for one in pictures)
    return net, out
