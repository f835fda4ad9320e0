"""Loss, scores and learning rate by epochs, of one fit or of several."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .given import check_network
from .learning_rates import learning_rates_of
from .sheet import axes_for

PANELS = {"loss": "mean $E_p$", "score": "score", "learning_rate": r"$\eta$"}
METRICS = {True: "accuracy", False: "R²"}


class Fit(NamedTuple):
    """The curves of one fit, None where there is none."""

    loss: list[float]
    validation_loss: list[float] | None
    score: list[float] | None
    learning_rate: list[float] | None
    best: int | None  # the index of the score whose weights were kept
    metric: str  # the score's name


class LossCurveDisplay:
    """Training and validation loss, scores and learning rate, epoch by epoch.

    Made by `from_estimator`. Panels below each other show what there is. Training is a solid line,
    validation a dashed one; fits differ in colour, in brightness and in their markers. A star is
    the score whose weights ``early_stopping=True`` has kept.

    Parameters
    ----------
    fits : dict of str to Fit
        The curves of each fit, by its name.

    Attributes
    ----------
    ax_, figure_ : Axes, Figure
        The axes of the loss, and the figure.
    axes_ : dict of str to Axes
        All panels: 'loss', 'score', 'learning_rate', as far as they are drawn.
    key_ : list of Text
        The names in the key, empty where there is none.
    lines_ : dict of (str, str) to Line2D
        The lines by the name of the fit, and 'loss', 'validation_loss', 'score' or 'learning_rate'.

    Examples
    --------
    >>> from fastbp import BackpropRegressor
    >>> from fastbp.inspection import LossCurveDisplay
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 4.0, 9.0]
    >>> models = {
    ...     f"η = {eta}": BackpropRegressor((2,), learning_rate_init=eta, random_state=0).fit(X, y)
    ...     for eta in (0.01, 0.1)
    ... }
    >>> display = LossCurveDisplay.from_estimator(models, panels=["loss"])
    >>> [text.get_text() for text in display.key_]
    ['η = 0.01', 'η = 0.1']
    """

    def __init__(self, fits: dict[str, Fit]) -> None:
        self.fits = fits

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        panels: Any = None,
        ax: Any = None,
        **line_kw: Any,
    ) -> "LossCurveDisplay":
        """Draw the curves of trained estimators.

        Parameters
        ----------
        estimator : estimator, dict of str to estimator, or sequence of estimators
            One fit or several; of an ensemble, give its `estimators_`. A dict has their names;
            else they are numbered.
        panels, ax, **line_kw
            See `plot`.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If one is not trained, or there is none.
        TypeError
            If one is another kind of estimator.
        ImportError
            If Matplotlib is missing.
        """
        if isinstance(estimator, Mapping):
            named = {str(name): one for name, one in estimator.items()}
        elif isinstance(estimator, (list, tuple, np.ndarray)):
            named = {str(number): one for number, one in enumerate(estimator)}
        else:
            named = {type(estimator).__name__: estimator}
        if not named:
            raise ValueError("estimator: there is none")
        return cls({name: curves_of(one) for name, one in named.items()}).plot(
            panels=panels, ax=ax, **line_kw
        )

    def plot(self, *, panels: Any = None, ax: Any = None, **line_kw: Any) -> "LossCurveDisplay":
        """Draw it.

        Parameters
        ----------
        panels : list of {'loss', 'score', 'learning_rate'}, default=None
            What is drawn, downwards; None is all that there is. The learning rate is known of a
            `fit` from new weights, see `fastbp.inspection.displays.learning_rates`.
        ax : Axes, default=None
            Where to draw; None makes a figure. Several panels, or several lines that need a key,
            share its place.
        **line_kw
            Passed to Matplotlib's ``plot`` of every line, such as ``linewidth=1``.

        Returns
        -------
        self : LossCurveDisplay
            The display.
        """
        there = [name for name in PANELS if any(_has(fit, name) for fit in self.fits.values())]
        panels = there if panels is None else list(panels)
        for name in panels:
            if name not in PANELS:
                known = ", ".join(map(repr, PANELS))
                raise ValueError(f"panels: {name!r} is not one of {known}")
            if name not in there:
                raise ValueError(f"panels: no fit has what {name!r} would show")
        if not panels:
            raise ValueError("panels: there is none")
        ax = axes_for(ax, self)
        from .artists import curves as artists

        entries = artists.key_entries(self.fits, panels)
        self.axes_, beside = artists.divided(ax, panels, with_key=len(entries) > 1)
        self.figure_, self.ax_ = ax.figure, self.axes_[panels[0]]
        self.lines_: dict[tuple[str, str], Any] = {}
        for number, (name, fit) in enumerate(self.fits.items()):
            look = artists.look_of(number, len(self.fits)) | line_kw
            for panel in panels:
                drawn = artists.draw_fit(self.axes_[panel], panel, fit, look)
                self.lines_ |= {(name, what): line for what, line in drawn.items()}
        for panel in panels:
            artists.finish(self.axes_[panel], PANELS[panel], is_last=panel == panels[-1])
        self.key_ = artists.draw_key(beside, entries) if len(entries) > 1 else []
        return self


def curves_of(estimator: Any) -> Fit:
    """Return the curves of a trained estimator."""
    check_network(estimator)
    scores, scoring = estimator.validation_scores_, estimator.scoring
    best = None
    if scores is not None and estimator.early_stopping and not np.isnan(scores).all():
        best = int(np.nanargmax(scores))
    metric = METRICS[hasattr(estimator, "predict_proba")] if scoring is None else scoring
    return Fit(
        list(estimator.loss_curve_),
        _copied(getattr(estimator, "validation_loss_curve_", None)),
        _copied(scores),
        learning_rates_of(estimator),
        best,
        metric if isinstance(metric, str) else getattr(metric, "__name__", type(metric).__name__),
    )


def _copied(curve: list[float] | None) -> list[float] | None:
    return list(curve) if curve else None


def _has(fit: Fit, panel: str) -> bool:
    return bool(getattr(fit, panel))
