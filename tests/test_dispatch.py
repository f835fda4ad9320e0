"""Open functions: formulas of a user's own, in Python and in kernels."""

from typing import NamedTuple

import formulas as literature
import numpy as np
import pytest
from plain import BackpropRegressor
from trained import LOSSES, by_the_book, formulas_of, random_network, random_patterns, trainer

from fastbp import textbook
from fastbp.activations import ACTIVATIONS, Tanh, derivative, value
from fastbp.compiling import jit
from fastbp.compiling.dispatch import implemented, open_function
from fastbp.functions import logistic, tanh
from fastbp.losses import LogisticSquaredError, error, inverse_link, normalised, output_delta
from fastbp.rules import GradientDescent


class StretchedTanh(NamedTuple):
    height: float = 1.0


@value.register(StretchedTanh)
def _(activation, net):
    return activation.height * tanh(net / activation.height)


@derivative.register(StretchedTanh)
def _(activation, net, out):
    share = out / activation.height
    return 1 - share * share


class Cube(NamedTuple):
    pass


value.register(Cube)(lambda activation, net: net * net * net)
derivative.register(Cube)(lambda activation, net, out: 3 * net * net)


class MySquaredError(NamedTuple):
    factor: float = 0.5


inverse_link.register(MySquaredError)(lambda loss, net: logistic(net))


@error.register(MySquaredError)
def _(loss, target, out):
    residual = target - out
    return loss.factor * residual * residual


@output_delta.register(MySquaredError)
def _(loss, target, out):
    return 2 * loss.factor * (target - out) * out * (1 - out)


class NoFormulas(NamedTuple):
    pass


class ValueOnly(NamedTuple):
    pass


value.register(ValueOnly)(lambda activation, net: net)


SIZES = [3, 17, 2]
X, D = random_patterns(6, SIZES, "LogisticSquaredError")


def fitted(**parameters):
    settings = {"activation": "tanh", "alpha": 0, "random_state": 0, "learning_rate_init": 0.3}
    model = BackpropRegressor([17], **{**settings, "momentum": 0, **parameters})
    return model.partial_fit(X, D).partial_fit(X, D)


def check_equal(own, builtin, rtol):
    assert own.loss_ > 0
    np.testing.assert_allclose(own.loss_curve_, builtin.loss_curve_, rtol=rtol)
    for a, b in zip(
        own.coefs_ + own.intercepts_, builtin.coefs_ + builtin.intercepts_, strict=True
    ):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(own.predict(X), builtin.predict(X), rtol=rtol, atol=rtol)


def test_own_activation_interpreted():
    with jit.interpreted():
        check_equal(fitted(activation=StretchedTanh()), fitted(), 1e-12)
        stretched = fitted(activation=StretchedTanh(1.7159 * 2 / 3)).loss_
        assert stretched != fitted().loss_  # the hyper-parameter is used


def test_own_activation_compiled():
    check_equal(fitted(activation=StretchedTanh()), fitted(), 1e-12)
    other = fitted(activation=StretchedTanh(1.7))  # the same machine code
    with jit.interpreted():
        check_equal(other, fitted(activation=StretchedTanh(1.7)), 1e-12)


def test_own_cube_by_the_textbook():
    net = np.linspace(-2, 2, 9)
    np.testing.assert_allclose(value(Cube(), net), net**3, rtol=1e-15)
    np.testing.assert_allclose(derivative(Cube(), net, net**3), 3 * net**2, rtol=1e-15)
    check_by_the_book(Cube(), [3, 5, 4, 2], interpreted=True)
    check_by_the_book([Cube(), "tanh"], [3, 5, 4, 2], interpreted=True)
    check_by_the_book("tanh", [3, 5, 2], MySquaredError(0.3), interpreted=True)


def test_own_loss():
    own = fitted(loss=MySquaredError())
    assert own.out_activation_ == "MySquaredError"
    with jit.interpreted():
        check_equal(own, fitted(loss=LogisticSquaredError()), 1e-12)
        check_equal(fitted(loss=MySquaredError()), fitted(loss=LogisticSquaredError()), 1e-12)


class OwnSoftmax(NamedTuple):
    pass


inverse_link.register(OwnSoftmax)(lambda loss, net: np.exp(net))
error.register(OwnSoftmax)(lambda loss, target, out: -target * np.log(np.maximum(out, 1e-30)))
output_delta.register(OwnSoftmax)(lambda loss, target, out: target - out)
normalised.register(OwnSoftmax)(lambda loss: True)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_own_softmax(batch_size, interpreted):
    """Outputs of a loss of one's own are normalised like those of the package's."""
    X, networks = np.random.default_rng(0).normal(size=(9, 4)), []
    for loss in (LOSSES["MultinomialLogLoss"], OwnSoftmax()):
        network = random_network([4, 5, 3])
        training = trainer(
            network, X, np.arange(9) % 3, ACTIVATIONS["tanh"], loss, batch_size=batch_size
        )
        networks.append((network, training.epoch(np.arange(9))))
    (own, own_error), (other, other_error) = networks
    assert own_error == pytest.approx(other_error, rel=1e-12)
    np.testing.assert_allclose(own.parameters, other.parameters, rtol=1e-12, atol=1e-14)


def check_by_the_book(activation, sizes, loss=LOSSES["SquaredError"], *, interpreted):
    network = random_network(sizes)
    x, d = random_patterns(5, sizes, "SquaredError")
    formulas = formulas_of(activation, "SquaredError")._replace(loss=loss)
    expected = by_the_book(network, x, d, formulas, GradientDescent(0.01))
    with jit.interpreted() if interpreted else jit.contextlib.nullcontext():
        training = trainer(network, x, d, *formulas, eta=0.01)
        assert training.epoch(np.arange(5)) == pytest.approx(expected.error, rel=1e-10)
    for own, other in zip(
        network.weights + network.biases, expected.weights + expected.biases, strict=True
    ):
        np.testing.assert_allclose(own, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("names", "interpreted"),
    [
        (["tanh"], True),
        (["relu", "logistic"], True),
        (["logistic", "tanh", "relu"], False),
        (["softplus", "gelu", "gelu", "elu"], True),
    ],
)
def test_list_of_activations(names, interpreted):
    sizes = [3, *[5, 17, 4, 6][: len(names)], 2]
    check_by_the_book(names, sizes, interpreted=interpreted)
    # By hand as well, so that textbook.py has no say in which layer has which.
    w = random_network(sizes)
    out = np.linspace(-1, 1, 3)
    _, outs = textbook.forward(out, w.weights, w.biases, formulas_of(names, "SquaredError"))
    for name, weights, biases, expected in zip(names, w.weights, w.biases, outs[1:], strict=False):
        out = literature.ACTIVATIONS[name][0](out @ weights + biases)
        np.testing.assert_allclose(expected, out, rtol=1e-13)


def test_list_of_activations_in_the_estimator():
    with jit.interpreted():
        check_equal(fitted(activation=["tanh"]), fitted(), 0)
        check_equal(fitted(activation=[Tanh()]), fitted(), 0)
        with pytest.raises(ValueError, match="got 2 entries for 1 hidden layers"):
            fitted(activation=["tanh", "relu"])
        with pytest.raises(ValueError, match="'sinc' is not one of .*'tanh'"):
            fitted(activation=["sinc"])


def test_wrong_parameter_names():
    with pytest.raises(TypeError, match=r"value takes .*\(activation, net\), got \(self, x\)"):
        value.register(NoFormulas)(lambda self, x: x)
    with pytest.raises(TypeError, match=r"derivative takes .*\(activation, net, out\)"):
        derivative.register(NoFormulas)(lambda activation, out, net: out)
    assert not implemented(value, NoFormulas()) and not implemented(derivative, NoFormulas())


@pytest.mark.parametrize("record", [NoFormulas(), ValueOnly()])
def test_activation_without_formulas(record):
    with pytest.raises(ValueError, match=r"needs formulas.*value\.register.*derivative\.register"):
        fitted(activation=record)


def test_loss_without_formulas():
    with pytest.raises(
        ValueError, match=r"NoFormulas needs formulas.*losses\.inverse_link.*output_delta"
    ):
        fitted(loss=NoFormulas())


def test_call_without_implementation():
    with pytest.raises(NotImplementedError, match=r"NoFormulas has no value.*@value\.register"):
        value(NoFormulas(), np.ones(3))


def test_default_serves_the_other_classes():
    @open_function(default=True)
    def name(record):
        return "any"

    @name.register(Cube)
    def _(record):
        return "cube"

    assert (name(Cube()), name(Tanh())) == ("cube", "any")
    assert jit.kernel(lambda record: name(record)).uncached(Cube()) == "cube"
    assert jit.kernel(lambda record: name(record)).uncached(ACTIVATIONS["tanh"]) == "any"
