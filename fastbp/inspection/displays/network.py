"""A network as units and connections, coloured by what one pattern does in them."""

from typing import Any

import numpy as np

from ..tracing import trace
from .arrangement import columns_of, connections_of
from .given import check_network, layer_sizes, masks_of
from .sheet import as_sheet, axes_for

EDGES = {
    "weight": "weight $w_{ji}$",
    "delta": r"credit $\delta_k w_{kj}$",
    "gradient": r"descent $\delta_j o_i$",
    "update": r"update $\Delta w_{ji}$",
}
UNITS = {
    "out": "output $o_j$",
    "net": "net input $net_j$",
    "delta": r"delta $\delta_j$",
    "bias": r"bias $\theta_j$",
}


class NetworkDisplay:
    """A network: units coloured by what they give, connections by their weights or what flows back.

    Made by `from_estimator`. Inputs are on the left. Of a layer with more than `max_units` units
    the first and the last are drawn, and how many are between them is written there. A connection
    that is not there (``connections=``) is not drawn; shortcuts (``shortcuts=True``) are arcs
    around the layers that they pass.

    Parameters
    ----------
    coefs, intercepts : list of ndarray of shapes (fan_in, fan_out) and (fan_out,)
        Weights and biases of each layer.
    masks : list of ndarray of shape (fan_in, fan_out), default=None
        Which connections there are; all of them, if not given.
    trace : Trace, default=None
        A pattern in this network, see `fastbp.inspection.trace`.
    feature_names, output_names : sequence of str, default=None
        Written beside the inputs and the outputs.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        Where it is drawn.
    units_ : EllipseCollection
        The units, layer by layer from the inputs on; its array has their numbers, masked where
        there is none.
    edges_ : LineCollection
        The connections; its array has their numbers, masked where there is none.
    colorbars_ : list of Colorbar
        Of the connections, and of the units.

    Examples
    --------
    >>> from fastbp import BackpropClassifier
    >>> from fastbp.inspection import NetworkDisplay
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> model = BackpropClassifier((2,), activation="tanh", random_state=0)
    >>> model = model.partial_fit(X, y, classes=[0, 1])
    >>> display = NetworkDisplay.from_estimator(model, X[1], y[1], edges="delta")
    >>> len(display.edges_.get_segments())
    6
    """

    def __init__(
        self,
        coefs: list[np.ndarray],
        intercepts: list[np.ndarray],
        *,
        masks: list[np.ndarray] | None = None,
        trace: Any = None,
        feature_names: Any = None,
        output_names: Any = None,
    ) -> None:
        self.coefs, self.intercepts, self.trace = coefs, intercepts, trace
        self.masks = [np.ones(w.shape, bool) for w in coefs] if masks is None else masks
        self.feature_names, self.output_names = feature_names, output_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        x: Any = None,
        y: Any = None,
        *,
        edges: str = "weight",
        units: str | None = None,
        max_units: int = 16,
        numbers: bool = True,
        ax: Any = None,
    ) -> "NetworkDisplay":
        """Draw the network of a trained estimator.

        Parameters
        ----------
        estimator : BackpropClassifier or BackpropRegressor
            The estimator.
        x : array-like of shape (n_features,), default=None
            A pattern, whose way through the network is shown, as `fastbp.inspection.trace` sees it:
            in `partial_fit`, before which the statistics of standardised columns follow the
            pattern.
        y : label or float, or sequence of them, default=None
            Its target, which δ needs.
        edges, units, max_units, numbers, ax
            See `plot`.

        Returns
        -------
        display : NetworkDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator is not trained, x or y are not such, or what is asked for needs them.
        TypeError
            If it is another kind of estimator.
        ImportError
            If Matplotlib is missing.
        """
        check_network(estimator)
        if y is not None and x is None:
            raise ValueError("y is given without x: a pattern is both")
        _check_needs(edges, units, x is not None, y is not None)
        traced = None
        if x is not None:
            # The way forward is the same for any target.
            target = estimator.predict(np.reshape(x, (1, -1)))[0] if y is None else y
            traced = trace(estimator, x, target)
        outputs = getattr(estimator, "classes_", None)
        if outputs is not None and len(outputs) != estimator.n_outputs_:
            outputs = outputs[-1:]
        display = cls(
            [w.copy() for w in estimator.coefs_],
            [b.copy() for b in estimator.intercepts_],
            masks=masks_of(estimator),
            trace=traced,
            feature_names=getattr(estimator, "feature_names_in_", None),
            output_names=outputs,
        )
        return display.plot(edges=edges, units=units, max_units=max_units, numbers=numbers, ax=ax)

    def plot(
        self,
        *,
        edges: str = "weight",
        units: str | None = None,
        max_units: int = 16,
        numbers: bool = True,
        ax: Any = None,
    ) -> "NetworkDisplay":
        """Draw it.

        Parameters
        ----------
        edges : {'weight', 'delta', 'gradient', 'update'}, default='weight'
            What connections are coloured by: w_ji; what flows back, δ_k w_kj, whose sum times
            f′(net_j) is δ_j (nothing flows back to the inputs); the direction of descent, δ_j o_i;
            or the update that `partial_fit` of the pattern makes. The larger the darker and the
            wider; negative ones are dashed. All but the first need a pattern.
        units : {'out', 'net', 'delta', 'bias'}, default=None
            What units are coloured by, the larger the lighter. None is δ where it flows back, else
            the output, and without a pattern the bias.
        max_units : int, default=16
            The most units of a layer that are drawn, 4 or more.
        numbers : bool, default=True
            Whether numbers are written in the units, where they can be read.
        ax : Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : NetworkDisplay
            The display.
        """
        traced = self.trace is not None
        _check_needs(edges, units, traced, traced)
        if max_units < 4:
            raise ValueError(f"max_units must be 4 or more, got {max_units}")
        if units is None:
            units = "bias" if not traced else "delta" if edges == "delta" else "out"
        ax = axes_for(ax, self)
        from .artists import network as artists

        sizes = layer_sizes(self.coefs)
        columns = columns_of(sizes, int(max_units))
        connections = connections_of(columns, sizes, self.masks)
        of_edges = self._edge_values(edges)
        along = np.concatenate([of_edges[one.layer][one.rows, one.columns] for one in connections])
        lines = [line for one in connections for line in one.lines]
        heights = [1.0, *(float(np.abs(line[:, 1]).max()) + 0.2 for line in lines)]
        half = max(*heights, *(float(column.y[0]) + 0.6 for column in columns))
        wide, low = columns[-1].x, -half - 0.62 * half
        names = 0.3 * max(wide, 2.0)
        left = names if self.feature_names is not None else 0.0
        right = names if self.output_names is not None else 0.0
        title = 0.45 * (columns[1].x - columns[0].x)  # half of one's width
        edge, end = -max(left + 0.6, title), wide + max(right + 0.6, title)
        as_sheet(ax, (edge, low), (end, 1.3 * half))
        self.ax_, self.figure_ = ax, ax.figure
        self.edges_ = artists.draw_edges(ax, lines, along)
        of_units = self._unit_values(units)
        shown = [values[column.units] for values, column in zip(of_units, columns, strict=True)]
        self.units_ = artists.draw_units(ax, columns, shown, numbers=numbers)
        artists.write_titles(ax, columns, sizes, half)
        artists.write_gaps(ax, columns, sizes)
        artists.write_names(ax, columns[0], self.feature_names, -0.55, left, "right")
        artists.write_names(ax, columns[-1], self.output_names, wide + 0.55, right, "left")
        if traced:
            artists.draw_direction(ax, wide, -1.1 * half, back=edges == "delta")
        self.colorbars_ = artists.draw_bars(
            ax,
            [(self.edges_, f"{EDGES[edges]}, dashed: < 0"), (self.units_, UNITS[units])],
            (edge, end),
            (low + 0.02 * half, -1.22 * half),
        )
        return self

    def _edge_values(self, edges: str) -> list[np.ndarray]:
        """Return a number for each weight, NaN where there is none."""
        if edges == "weight":
            return [np.asarray(w, float) for w in self.coefs]
        layers, n_inputs = self.trace.layers, len(self.coefs[0])
        if edges == "gradient":
            return [layer.gradient for layer in layers]
        if edges == "update":
            if layers[0].update is None:
                raise ValueError("edges='update': the solver can't learn pattern by pattern")
            return [layer.update for layer in layers]
        values, n_before = [], n_inputs
        for layer in layers:
            flows = layer.weights * layer.delta
            n_from_inputs = max(0, n_inputs - (n_before - len(flows)))
            flows[:n_from_inputs] = np.nan
            values.append(flows)
            n_before += flows.shape[1]
        return values

    def _unit_values(self, units: str) -> list[np.ndarray]:
        """Return a number for each unit, the inputs first, NaN where there is none."""
        n_inputs = len(self.coefs[0])
        nothing = np.full(n_inputs, np.nan)
        if units == "bias":
            return [nothing, *(np.asarray(b, float) for b in self.intercepts)]
        inputs = np.asarray(self.trace.input, float) if units == "out" else nothing
        return [inputs, *(getattr(layer, units) for layer in self.trace.layers)]


def _check_needs(edges: str, units: str | None, has_x: bool, has_y: bool) -> None:
    """Refuse what there is not, or what needs a pattern or its target."""
    for name, value, known in (("edges", edges, EDGES), ("units", units, UNITS)):
        if value is not None and value not in known:
            raise ValueError(f"{name}: {value!r} is not one of {', '.join(map(repr, known))}")
    wanted = {f"edges={edges!r}": edges != "weight", "units='delta'": units == "delta"}
    for what, needs_both in wanted.items():
        if needs_both and not (has_x and has_y):
            raise ValueError(f"{what} needs a pattern and its target: give x and y")
    if units in ("out", "net") and not has_x:
        raise ValueError(f"units={units!r} needs a pattern: give x")
