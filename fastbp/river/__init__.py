"""The estimators in River's protocol: one dict at a time, with names and labels of any kind.

They go into River's pipelines, ensembles and `progressive_val_score` as its own models do. Features
and classes need not be known in advance: the network grows with them.
"""

try:
    import river
except ImportError as error:
    raise ImportError(
        "fastbp.river needs River: pip install 'fastbp[river]'. Without it, the estimators of "
        "fastbp have learn_one, too"
    ) from error

from .models import BackpropClassifier, BackpropRegressor

__all__ = ["BackpropClassifier", "BackpropRegressor", "river"]
