"""
A table with words and gaps
===========================

Most tables are not matrices of numbers. This one, of rents, has two columns of words, numbers on
very different scales, and cells that are empty. A `ColumnTransformer` makes numbers of the words
and fills the gaps; the network standardises what comes out, so that no scaler is needed.

The table is generated, so that it is known how well it can be explained: 5 % of the logarithm of
the rent are noise. Where the year of construction is unknown, the house is old more often than not.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from fastbp import BackpropRegressor

rng = np.random.default_rng(0)
N = 3000
DISTRICTS = {"harbour": 0.10, "centre": 0.35, "hills": 0.25, "north": -0.15, "works": -0.30}
HEATING = {"stove": -0.10, "gas": 0.0, "district": 0.05}

table = pd.DataFrame(
    {
        "square_metres": rng.gamma(6, 12, N).round() + 15,
        "year": rng.integers(1890, 2025, N).astype(float),
        "floor": rng.integers(0, 9, N).astype(float),
        "lift": rng.integers(0, 2, N),
        "district": rng.choice(list(DISTRICTS), N),
        "heating": rng.choice(list(HEATING), N, p=[0.15, 0.5, 0.35]),
    }
)
climb = np.where(table["lift"] == 1, 0.01, -0.03) * table["floor"]
age = 0.0025 * np.abs(table["year"] - 1955)  # old houses and new ones are dear
explained = 0.8 * np.log(table["square_metres"]) + age + climb
explained += table["district"].map(DISTRICTS) + table["heating"].map(HEATING)
rent = np.exp(3.4 + explained + rng.normal(0, np.sqrt(0.05 / 0.95 * explained.var()), N))

old = (table["year"] < 1930).to_numpy()
for column, share in {"year": np.where(old, 0.5, 0.1), "floor": 0.1, "heating": 0.2}.items():
    table.loc[rng.uniform(size=N) < share, column] = np.nan

print(table.head(6).to_string())
print(f"\nempty cells: {table.isna().to_numpy().mean():.1%}")

# %%
# The pipeline
# ------------
#
# Words become indicators, an empty cell being a word of its own. Numbers get the column's median,
# and with ``add_indicator=True`` a column that says where one was missing: whoever throws that away
# throws away that houses of unknown age are old. The rent is learned as its logarithm.

words = make_pipeline(
    SimpleImputer(strategy="constant", fill_value="unknown"),
    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
)


def pipeline(model, add_indicator=True):
    """Return the model behind what makes numbers of the table."""
    numbers = SimpleImputer(strategy="median", add_indicator=add_indicator)
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["square_metres", "year", "floor", "lift"]),
            ("words", words, ["district", "heating"]),
        ]
    )
    logarithmic = TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)
    return make_pipeline(columns, logarithmic)


train, test, rent_train, rent_test = train_test_split(table, rent, random_state=0)
models = {
    "ridge regression": pipeline(Ridge()),
    "gradient boosting": pipeline(HistGradientBoostingRegressor(random_state=0)),
    "network, gaps filled": pipeline(BackpropRegressor(random_state=0), add_indicator=False),
    "network, gaps marked": pipeline(BackpropRegressor(random_state=0)),
}
print(f"{'':22}R² of log rent   typical error of a rent")
predictions = {}
for name, model in models.items():
    predicted = predictions[name] = model.fit(train, rent_train).predict(test)
    log_error = np.log(predicted) - np.log(rent_test)
    r2 = 1 - np.mean(log_error**2) / np.log(rent_test).var()
    print(f"{name:22}{r2:10.3f}{np.median(np.abs(np.expm1(log_error))):22.1%}")
print(f"{'without any gap':22}{0.95:10.3f}   at most")

# %%
# The marks are worth little here: a year that is exactly the median is nearly as good a mark.
# Nothing is lost by them either.
#
# A flat in use is a row with gaps and perhaps a word that was never seen; it goes through the same
# pipeline.

flat = pd.DataFrame([{"square_metres": 64, "floor": 3, "lift": 0, "district": "moon"}])
print(f"rent: {models['network, gaps marked'].predict(flat.reindex(columns=table.columns))[0]:.0f}")

# %%
figure, ax = plt.subplots(figsize=(4.6, 4.4), layout="constrained")
gaps = test.isna().any(axis=1).to_numpy()
predicted = predictions["network, gaps marked"]
for there, mark, label in ((~gaps, ".", "complete rows"), (gaps, "x", "rows with gaps")):
    ax.plot(rent_test[there], predicted[there], mark, markersize=4, alpha=0.6, label=label)
ends = [rent.min(), rent.max()]
ax.plot(ends, ends, "k-", linewidth=0.8)
ax.set(xscale="log", yscale="log", xlabel="rent", ylabel="predicted", aspect="equal")
for axis in (ax.xaxis, ax.yaxis):
    axis.set_ticks([500, 1000, 2000], ["500", "1000", "2000"])
    axis.set_minor_formatter("")
_ = ax.legend()
