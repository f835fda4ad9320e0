r"""
The δ of an output unit
=======================

A network with several outputs has the error :math:`E_p = ½ \sum_k (d_k - o_k)^2`. Each output unit
k enters it by one term only, so that what holds for a single unit holds for each of them:

.. math:: \delta_k = -\frac{\partial E_p}{\partial net_k} = f'(net_k) \, (d_k - o_k).

δ is the one number that a unit needs to know: all its weights change by
:math:`\Delta w_{kj} = \eta \delta_k o_j`. It is a product, and this page shows what follows from
either factor being small.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbp import BackpropClassifier, BackpropRegressor
from fastbp.inspection import trace
from fastbp.losses import LogisticSquaredError

ONLINE = {
    "hidden_layer_sizes": (),
    "learning_rate": "constant",
    "learning_rate_init": 0.5,
    "alpha": 0,
    "shuffle": False,
    "standardize": False,
    "dtype": "float64",
}

# %%
# Three outputs
# -------------
#
# Two units below, three output units above. The first output is right already, the second is
# undecided, and the third is wrong and sure of it.

model = BackpropRegressor(loss=LogisticSquaredError(), **ONLINE)
model.coefs_ = [np.array([[4.0, 0.5, 5.0], [2.0, -0.5, 3.0]])]
model.intercepts_ = [np.zeros(3)]
x, d = [1.0, 0.5], [1.0, 1.0, 0.0]

layer = trace(model, x, d).layers[-1]
print("k     net_k       o_k   d_k - o_k   f'(net_k)       δ_k")
for k in range(3):
    numbers = layer.net[k], layer.out[k], d[k] - layer.out[k], layer.derivative[k], layer.delta[k]
    print("{}{:10.4f}{:10.4f}{:12.4f}{:12.4f}{:10.4f}".format(k + 1, *numbers))

# %%
# That δ is what the formula says can be tried: a little more net input, a little less, and the
# difference of :math:`E_p`, which `error` is. A bias adds to the net input, so it is moved here.

step = 1e-6
for k in range(3):
    sides = []
    for sign in (1, -1):
        model.intercepts_[0][k] += sign * step
        sides.append(trace(model, x, d).error)
        model.intercepts_[0][k] -= sign * step
    slope = -(sides[0] - sides[1]) / (2 * step)
    print(f"-∂E_p/∂net_{k + 1} = {slope:9.6f}, δ_{k + 1} = {layer.delta[k]:9.6f}")

# %%
# Sure and wrong
# --------------
#
# The third output is the farthest from its target, and its δ is a seventieth of that of the second:
# its net input is where the logistic function is flat. A unit that is wrong in this way learns
# slowly.
#
# The factor f′ comes from the error being squared. Taken as probabilities, outputs have another
# natural error, the cross-entropy
# :math:`E_p = -\sum_k (d_k \ln o_k + (1 - d_k) \ln (1 - o_k))`. Its slope
# :math:`\partial E_p / \partial o_k` is :math:`(o_k - d_k) / f'(net_k)`, and f′ cancels:
# :math:`\delta_k = d_k - o_k`. This is the loss of `fastbp.BackpropClassifier`. Below is δ over the
# net input for a target of 1 on the left, traced in networks of one unit, and on the right what it
# makes of a unit that begins at a net input of −6 and is shown one pattern again and again.


def squared():
    """Return a logistic unit with the squared error."""
    return BackpropRegressor(loss=LogisticSquaredError(), **ONLINE), [1.0]


def cross_entropy():
    """Return one with the cross-entropy."""
    return BackpropClassifier(**ONLINE), [1]


def linear():
    """Return a linear unit with the squared error, as regression has it."""
    return BackpropRegressor(**ONLINE), [1.0]


def at(make, net):
    """Return a unit at this net input (of a row of zeros), and its target."""
    model, y = make()
    if hasattr(model, "predict_proba"):
        model.partial_fit([[0.0]], y, classes=[0, 1])  # now it knows its classes
        model.coefs_[0][:] = 0.0
        model.intercepts_[0][:] = net
    else:
        model.coefs_, model.intercepts_ = [np.zeros((1, 1))], [np.array([float(net)])]
    return model, y


KINDS = {"squared error": squared, "cross-entropy": cross_entropy, "linear, squared error": linear}
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
nets = np.linspace(-8, 8, 41)
for (name, make), style in zip(KINDS.items(), ("-", "--", ":"), strict=True):
    deltas = []
    for net in nets:
        model, y = at(make, net)
        deltas.append(trace(model, [0.0], y[0]).layers[-1].delta[0])
    left.plot(nets, deltas, style, label=name)
left.set(xlabel="$net_k$", ylabel="$\\delta_k$, target 1", ylim=(-0.5, 1.6))
left.legend(fontsize="small")

STEPS = 2000
for (name, make), style in zip(list(KINDS.items())[:2], ("-", "--"), strict=True):
    model, y = at(make, -6)
    outputs = []
    for _ in range(STEPS):
        model.partial_fit([[0.0]], y)
        outputs.append(1 / (1 + np.exp(-model.intercepts_[0][0])))
    right.semilogx(np.arange(1, STEPS + 1), outputs, style, label=name)
    print(f"{name}: output above ½ after {1 + np.argmax(np.array(outputs) > 0.5)} steps")
right.set(xlabel="steps, η = 0.5", ylabel="$o_k$, target 1")
_ = right.legend(fontsize="small")
