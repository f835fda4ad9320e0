"""X and y as they go on: what scikit-learn's validation makes of them, or what is as good."""

from typing import Any

import numpy as np
from sklearn.utils import check_X_y
from sklearn.utils.validation import check_array, validate_data

from ..growing.columns import Columns, columns_of, nameless
from ..one_row.given import NamedRow
from ..solvers import Solvers
from .far_table import far_table
from .labels import numbered, objects
from .missing_targets import check_row_by_row, filled
from .user_input import DTYPES, Table, check_table, is_plain_target, plain


class CheckedInput(Solvers):
    """What the estimators know of looking at X and y."""

    def _known_columns(self, X: Table) -> Columns | None:
        """Return the columns of a further part of a stream, if they are taken by name."""
        if isinstance(X, NamedRow):
            return self._columns(X)
        return columns_of(self, X, adds=self.new_features == "add")

    def _validated(
        self, X: Table, y: Any, columns: Columns | None, *, anew: bool, incremental: bool
    ) -> tuple[Table, np.ndarray, np.ndarray | None]:
        """Return what scikit-learn's validation makes of X and y, and where y had NaN."""
        dtypes, numeric = self._dtypes(anew), not hasattr(self, "predict_proba")
        if incremental or self.warm_start:
            y = numbered(self, y)
        if isinstance(X, NamedRow):
            return self._validated_row(X, columns, y, dtypes, anew=anew)
        model: Any = self
        if columns is not None:  # checked already, and told apart by their names
            X, model = columns.X, nameless(self, columns.X.shape[1])
        array = None
        if anew or not hasattr(model, "feature_names_in_"):
            array = plain(X, None if anew else model.n_features_in_, dtypes)
        if array is not None and is_plain_target(y, len(array), numeric=numeric):
            if anew:
                vars(self).pop("feature_names_in_", None)
                self.n_features_in_ = array.shape[1]
            return array, y, None
        table = None if incremental else far_table(X)
        if table is None:
            X = check_table(X)
        self._check_given_target(y)
        y, missing = filled(y, self.missing_targets)
        if not numeric:
            check_row_by_row(missing)
        if table is not None:
            validate_data(self, table.head, y, skip_check_array=True, reset=anew)
            column = np.broadcast_to(np.float32(0), (len(table), 1))
            _, y = check_X_y(column, y, multi_output=True, y_numeric=numeric, estimator=self)
            return table, y, missing
        X, y = validate_data(
            model,
            X,
            y,
            accept_sparse="csr",
            dtype=dtypes,
            multi_output=True,
            y_numeric=numeric,
            reset=anew,
        )
        return X, y, missing

    def _validated_row(
        self, X: NamedRow, columns: Columns | None, y: np.ndarray, dtypes: Any, *, anew: bool
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return the same of a row that has been read already."""
        self._check_given_target(y)
        y, missing = filled(y, self.missing_targets)
        numeric = not hasattr(self, "predict_proba")
        if not is_plain_target(y, 1, numeric=numeric):
            y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
            y = y.astype(np.float64) if numeric and y.dtype.kind == "O" else y
        if not numeric:
            check_row_by_row(missing)
        if anew:
            self.n_features_in_ = X.values.shape[1]
            vars(self).pop("feature_names_in_", None)
            if X.names is not None:
                self.feature_names_in_ = objects(X.names)
        values = X.values if columns is None else columns.X
        return values.astype(dtypes[0], copy=False), y, missing

    def _columns(self, X: NamedRow) -> Columns:
        """Return the row with the mean in place of what is not there."""
        there = X.values == X.values
        fill = np.zeros(X.values.shape[1])
        if self.mean_ is not None:
            fill[: len(self.mean_)] = self.mean_
        return Columns(np.where(there, X.values, fill), there, X.new)

    def _dtypes(self, anew: bool) -> Any:
        """Return the dtypes that X may have."""
        if self.standardize or (anew and self.dtype in (None, "auto")):
            return DTYPES
        return (np.dtype(self.dtype) if anew else self._network().dtype,)

    def _network_dtype(self, X: Any) -> np.dtype:
        """Return the dtype of a new network."""
        if self.dtype == "auto" or (self.dtype is None and not self.standardize):
            return X.dtype
        return np.dtype(self.dtype or np.float32)
