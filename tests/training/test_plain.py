"""A plain model does by its weights alone what a model does by weights and more."""

import numpy as np
import pytest

import plainweave as pw
from interop_models import INPUTS, inputs, network, of_arrays, of_tables, told
from loss_cases import LOSSES
from plainweave.data import STANDARDIZATIONS, TargetScale
from plainweave.training.plain import plain
from tables import table


@pytest.mark.parametrize("standardize", STANDARDIZATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_standardization_and_factors_become_weights(standardize: str, dtype: str) -> None:
    model = of_arrays(standardize, scale=True, dtype=dtype)
    simple = plain(model)
    assert simple.standardizer.kind == ("per-image" if standardize == "per-image" else "none")
    assert [str(layer) for layer in simple.network.layers] == [
        str(layer) for layer in model.network.layers if not isinstance(layer, pw.Scale)
    ]
    assert simple.network.dtype == dtype
    closeness = 2e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(told(simple, inputs()), told(model, inputs()), rtol=0, atol=closeness)


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if LOSSES[loss].scales_targets])
def test_the_scale_of_targets_becomes_weights(loss: str) -> None:
    model = of_arrays("per-pixel", loss, dtype="float64")
    simple = plain(model)
    assert model.target_scale is not None
    assert simple.target_scale is None
    np.testing.assert_allclose(told(simple, inputs()), told(model, inputs()), rtol=1e-13)


def test_a_plain_network_keeps_its_bits() -> None:
    model = of_arrays("none")
    for name, value in plain(model).network.parameters.items():
        assert value.tobytes() == model.network.parameters[name].tobytes()


def test_tables_are_prepared_before() -> None:
    model = of_tables()
    simple = plain(model)
    assert simple.preparation is None
    np.testing.assert_array_equal(simple.probabilities(model.prepared(table())), model.probabilities(table()))


def test_where_means_are_far_from_0_weights_are_float64() -> None:
    far = inputs().astype(np.float64) + 1e6
    model = pw.Model(network(), pw.Standardizer.fit("per-pixel", far))
    simple = plain(model)
    assert simple.network.dtype == "float64"
    np.testing.assert_allclose(told(simple, far), told(model, far), atol=2e-6)


def test_what_no_weights_can_do_is_refused() -> None:
    first = pw.Network.of([pw.Tanh(), *network().layers])
    standardizer = of_arrays().standardizer
    with pytest.raises(pw.ConfigurationError) as error:
        plain(pw.Model(first, standardizer))
    assert str(error.value) == (
        "the model has standardized inputs, and its network the layers tanh, Linear, tanh, Linear, tanh, "
        "Linear; expected a linear one first, whose weights can do it."
    )
    last = pw.Network.of([*network(outputs=1).layers, pw.Tanh()])
    model = pw.Model(
        last, pw.Standardizer.identity(), loss=pw.SquaredError(), target_scale=TargetScale((1.0,), (2.0,))
    )
    with pytest.raises(pw.ConfigurationError) as error:
        plain(model)
    assert str(error.value) == (
        "the model has scaled targets, and its network the layers Linear, tanh, Linear, tanh, Linear, tanh; "
        "expected a linear one last, whose weights can do it."
    )
    assert model.network.inputs == INPUTS
