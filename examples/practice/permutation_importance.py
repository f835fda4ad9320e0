"""
What a network listens to
=========================

Weights of the first layer say little of what a network listens to: what comes in along a large one
may be cancelled in the next layer. *Permutation importance* asks the whole network. One column of
rows that weren't trained with is shuffled, and what the score loses by that is the column's worth,
to this network. Any estimator can be asked that; networks of this size answer quickly.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.inspection import PartialDependenceDisplay, permutation_importance
from sklearn.model_selection import train_test_split

from fastbp import BackpropEnsembleRegressor

# %%
# 442 patients, ten measurements, and how far the disease had come a year later. A column of random
# numbers goes in as well: what is worth no more than that is worth nothing. Eight networks are
# averaged, which makes the answer depend less on the seed.

data = load_diabetes(as_frame=True, scaled=False)
X, y = data.data, data.target
names = {"bp": "blood pressure", "s5": "log triglycerides", "s3": "HDL", "s1": "cholesterol"}
X = X.rename(columns=names | {"s2": "LDL", "s4": "cholesterol / HDL", "s6": "sugar"})
X["random numbers"] = np.random.default_rng(0).normal(size=len(X))
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.4, random_state=0)
model = BackpropEnsembleRegressor(random_state=0).fit(X_train, y_train)
print(f"R² on {len(X_test)} other patients: {model.score(X_test, y_test):.3f}")

found = permutation_importance(model, X_test, y_test, n_repeats=30, random_state=0)
order = found.importances_mean.argsort()
print(f"{'':22}R² that is lost, mean and deviation of {found.importances.shape[1]} shuffles")
for n in order[::-1]:
    mean, deviation = found.importances_mean[n], found.importances_std[n]
    print(f"{X.columns[n]:22}{mean:8.4f}{deviation:10.4f}")

# %%
# Columns that say the same
# -------------------------
#
# A column whose content is in others as well is missed less than it is worth, since the network can
# listen to these: total cholesterol is nearly LDL and HDL together. Shuffled together, they
# lose what none of them loses alone.

lipids = ["cholesterol", "LDL", "HDL", "cholesterol / HDL"]
rng = np.random.default_rng(0)
lost = []
for _ in range(30):
    shuffled = X_test.copy()
    shuffled[lipids] = X_test[lipids].to_numpy()[rng.permutation(len(X_test))]
    lost.append(model.score(X_test, y_test) - model.score(shuffled, y_test))
correlation = np.corrcoef(X["cholesterol"], X["LDL"])[0, 1]
alone = found.importances_mean[[X.columns.get_loc(name) for name in lipids]].sum()
print(f"correlation of cholesterol and LDL: {correlation:.2f}")
print(f"R² lost: {alone:.4f} one by one, added up; {np.mean(lost):.4f} together")

# %%
# Importance says how much, and not which way. The partial dependence does: the mean prediction, if
# all patients had this value.

figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained", width_ratios=(1.6, 1, 1))
axes[0].boxplot(
    found.importances[order].T, orientation="horizontal", tick_labels=X.columns[order], whis=(5, 95)
)
axes[0].axvline(0, color="0.6", linewidth=0.8)
axes[0].set(xlabel="R² that is lost")
_ = PartialDependenceDisplay.from_estimator(
    model, X_test, [X.columns[n] for n in order[:-3:-1]], ax=axes[1:], line_kw={"color": "k"}
)
