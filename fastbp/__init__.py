"""Backpropagation for multi-layer perceptrons: compiled kernels behind scikit-learn estimators."""

from .ahead import warmup
from .classifier import BackpropClassifier
from .regressor import BackpropRegressor

__version__ = "0.1.0"
__all__ = ["BackpropClassifier", "BackpropRegressor", "__version__", "warmup"]
