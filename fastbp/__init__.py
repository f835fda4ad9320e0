"""Backpropagation for multi-layer perceptrons: compiled kernels behind scikit-learn estimators.

Public are the names here and the modules of formulas, `fastbp.activations`, `fastbp.losses`,
`fastbp.rules`, `fastbp.penalties`, `fastbp.schedules` and `fastbp.functions`; `fastbp.export`;
`fastbp.textbook` is to be read. What else there is may change from version to version.
"""

from .ahead import warmup
from .checks import check
from .compiling.jit import inlined, interpreted
from .compiling.sources import note_modules
from .ensemble.classifier import BackpropEnsembleClassifier
from .ensemble.regressor import BackpropEnsembleRegressor
from .estimators.classifier import BackpropClassifier
from .estimators.persistence import trusted_types
from .estimators.regressor import BackpropRegressor
from .renamed import keep_old_names
from .streams import fit_blocks
from .version import __version__

__all__ = [
    "BackpropClassifier",
    "BackpropEnsembleClassifier",
    "BackpropEnsembleRegressor",
    "BackpropRegressor",
    "__version__",
    "check",
    "fit_blocks",
    "inlined",
    "interpreted",
    "trusted_types",
    "warmup",
]

for _class in (
    BackpropClassifier,
    BackpropRegressor,
    BackpropEnsembleClassifier,
    BackpropEnsembleRegressor,
):
    _class.__module__ = __name__  # the name that saved models know them by
note_modules()
keep_old_names()
