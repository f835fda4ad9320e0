"""Backpropagation for multi-layer perceptrons: compiled kernels behind scikit-learn estimators."""

from .ahead import warmup
from .classifier import BackpropClassifier
from .persistence import trusted_types
from .regressor import BackpropRegressor
from .sources import note_modules

__version__ = "0.1.0"
__all__ = ["BackpropClassifier", "BackpropRegressor", "__version__", "trusted_types", "warmup"]

for _class in (BackpropClassifier, BackpropRegressor):
    _class.__module__ = __name__  # the name that saved models know them by
note_modules()
