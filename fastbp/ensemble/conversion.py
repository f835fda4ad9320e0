"""To scikit-learn's Voting estimators."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Bunch

from ..estimators.data.class_targets import ONE

if TYPE_CHECKING:
    from sklearn.ensemble import VotingClassifier, VotingRegressor


def voting_of(networks: list[Any], n_jobs: int | None) -> "VotingClassifier | VotingRegressor":
    """Return scikit-learn's ensemble of scikit-learn's counterparts of these networks.

    Raises
    ------
    ValueError
        If it is one of several outputs or labels, which Voting does not take.
    """
    # A tenth of a second, which nobody waits for at the package's own import.
    from sklearn.ensemble import VotingClassifier, VotingRegressor

    first, fitted = networks[0], networks[0]._is_trained()
    classifies = hasattr(first, "predict_proba")
    if fitted:
        several = first._label_binarizer.y_type_ not in ONE if classifies else first.n_outputs_ > 1
        if several:
            raise ValueError(
                f"to_sklearn: Voting{'Classifier' if classifies else 'Regressor'} takes one target "
                "per row; convert the networks of estimators_ one by one"
            )
    named = [(f"network{n}", network.to_sklearn()) for n, network in enumerate(networks)]
    voting: Any
    if classifies:
        voting = VotingClassifier(named, voting="soft", n_jobs=n_jobs)
    else:
        voting = VotingRegressor(named, n_jobs=n_jobs)
    if not fitted:
        return voting
    voting.estimators_ = [one for _, one in named]
    voting.named_estimators_ = Bunch(**dict(named))
    if hasattr(first, "feature_names_in_"):
        voting.feature_names_in_ = np.array(first.feature_names_in_)
    if classifies:
        voting.le_ = LabelEncoder().fit(first.classes_)
        voting.classes_ = voting.le_.classes_
    return voting
