"""Activations and losses in C, see `.source.c_source`."""

from ... import activations, losses
from .source import Said, c_source

LOGISTIC = "1 / (1 + exp(-net))"  # 0 where e^−net overflows


# --- Activations: value and derivative ------------------------------------------------------------


@c_source.register(activations.Identity)
def _(record: activations.Identity) -> Said:
    return {"value": "net", "derivative": "1"}


@c_source.register(activations.Logistic)
def _(record: activations.Logistic) -> Said:
    return {"value": LOGISTIC, "derivative": "out * (1 - out)"}


@c_source.register(activations.Tanh)
def _(record: activations.Tanh) -> Said:
    return {"value": "tanh(net)", "derivative": "1 - out * out"}


@c_source.register(activations.LecunTanh)
def _(record: activations.LecunTanh) -> Said:
    return {
        "value": "amplitude * tanh(slope * net)",
        "derivative": "rise - fall * out * out",
        "rise": record.amplitude * record.slope,
        "fall": record.slope / record.amplitude,
    }


@c_source.register(activations.Relu)
def _(record: activations.Relu) -> Said:
    return {"value": "net < 0 ? 0 : net", "derivative": "out > 0 ? 1 : 0"}


@c_source.register(activations.LeakyRelu)
def _(record: activations.LeakyRelu) -> Said:
    return {"value": "net > 0 ? net : slope * net", "derivative": "net > 0 ? 1 : slope"}


@c_source.register(activations.Elu)
def _(record: activations.Elu) -> Said:
    return {
        "value": "net > 0 ? net : scale * expm1(net)",
        "derivative": "net > 0 ? 1 : out + scale",
    }


@c_source.register(activations.Selu)
def _(record: activations.Selu) -> Said:
    return {
        "value": "gain * (net > 0 ? net : scale * expm1(net))",
        "derivative": "net > 0 ? gain : out + gain * scale",
    }


@c_source.register(activations.Softplus)
def _(record: activations.Softplus) -> Said:
    return {"value": "(net > 0 ? net : 0) + log1p(exp(-fabs(net)))", "derivative": LOGISTIC}


@c_source.register(activations.Softsign)
def _(record: activations.Softsign) -> Said:
    return {
        "value": "net / (1 + fabs(net))",
        "derivative": "(1 - fabs(out)) * (1 - fabs(out))",
    }


@c_source.register(activations.Silu)
def _(record: activations.Silu) -> Said:
    return {
        "value": "net / (1 + exp(-net))",
        "derivative": f"const real gate = {LOGISTIC}; return gate + out * (1 - gate);",
    }


@c_source.register(activations.Gelu)
def _(record: activations.Gelu) -> Said:
    return {
        "value": "net * (0.5 + 0.5 * erf(0.7071067811865476 * net))",
        "derivative": (
            "0.5 + 0.5 * erf(0.7071067811865476 * net)"
            " + 0.3989422804014327 * net * exp(-0.5 * net * net)"
        ),
    }


@c_source.register(activations.Mish)
def _(record: activations.Mish) -> Said:
    gate = "tanh((net > 0 ? net : 0) + log1p(exp(-fabs(net))))"
    return {
        "value": f"net * {gate}",
        "derivative": (
            f"const real gate = {gate}; return gate + net * (1 - gate * gate) / (1 + exp(-net));"
        ),
    }


# --- Losses: inverse_link and output_delta --------------------------------------------------------


@c_source.register(losses.SquaredError)
def _(record: losses.SquaredError) -> Said:
    return {"inverse_link": "net", "output_delta": "target - out"}


@c_source.register(losses.LogisticSquaredError)
def _(record: losses.LogisticSquaredError) -> Said:
    return {"inverse_link": LOGISTIC, "output_delta": "(target - out) * out * (1 - out)"}


@c_source.register(losses.BinaryLogLoss)
def _(record: losses.BinaryLogLoss) -> Said:
    return {"inverse_link": LOGISTIC, "output_delta": "target - out"}


@c_source.register(losses.MultinomialLogLoss)
def _(record: losses.MultinomialLogLoss) -> Said:
    return {"inverse_link": "exp(net)", "output_delta": "target - out"}


@c_source.register(losses.Poisson)
def _(record: losses.Poisson) -> Said:
    return {"inverse_link": "exp(net)", "output_delta": "target - out"}


@c_source.register(losses.AbsoluteError)
def _(record: losses.AbsoluteError) -> Said:
    return {"inverse_link": "net", "output_delta": "(real)((target > out) - (target < out))"}


@c_source.register(losses.Huber)
def _(record: losses.Huber) -> Said:
    return {
        "inverse_link": "net",
        "output_delta": (
            "const real r = target - out;"
            " return r > threshold ? threshold : r < -threshold ? -threshold : r;"
        ),
    }


@c_source.register(losses.Quantile)
def _(record: losses.Quantile) -> Said:
    return {
        "inverse_link": "net",
        "output_delta": "target > out ? quantile : target < out ? below : 0",
        "below": record.quantile - 1,
    }
