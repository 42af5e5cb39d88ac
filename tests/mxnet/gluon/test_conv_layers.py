"""Convolutions, poolings and normalisations as layers: names, settings, layouts, and what wrong ones are told."""

import re

import numpy as np
import pytest
import torch

from mxnet import nd
from mxnet.base import MXNetError
from mxnet.gluon import nn

CONVOLUTIONS = [f"Conv{rank}D{kind}" for rank in (1, 2, 3) for kind in ("", "Transpose")]
POOLINGS = [f"{kind}Pool{rank}D" for rank in (1, 2, 3) for kind in ("Max", "Avg", "GlobalMax", "GlobalAvg")]


def filled(layer, rng, *shape):
    """The layer with random parameters, and an input."""
    x = nd.array(rng.standard_normal(shape))
    layer.initialize()
    layer(x)
    for parameter in layer.collect_params().values():
        parameter.set_data(nd.array(rng.standard_normal(parameter.shape)))
    return layer, x


def use(make, x):
    layer = make()
    layer.initialize()
    return layer(x)


# ---------------------------------------------------------------------- what users read


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_a_convolution_has_the_attributes_that_programs_read(kind):
    rank = int(kind[4])
    layer = getattr(nn, kind)(6, 3, 2, 1, activation="relu", in_channels=4, prefix="some_")
    settings = {"kernel": 3, "stride": 2, "dilate": 1, "pad": 1}
    expected = {key: (number,) * rank for key, number in settings.items()}
    expected |= {"num_filter": 6, "num_group": 1, "no_bias": False}
    expected["layout"] = ("NCW", "NCHW", "NCDHW")[rank - 1]
    if kind.endswith("Transpose"):
        expected["adj"] = (0,) * rank
    assert layer._kwargs == expected
    assert (layer._channels, layer._in_channels) == (6, 4)
    assert layer._op_name == ("Deconvolution" if kind.endswith("Transpose") else "Convolution")
    assert layer.weight.name == "some_weight"
    assert layer.bias.name == "some_bias"
    assert layer.act.name == "some_relu"


def test_layers_are_named_after_what_they_do():
    with nn.Sequential().name_scope():  # which counts from 0
        names = [
            layer.name.rpartition("_")[2]
            for layer in (nn.Conv1D(1, 1), nn.Conv2DTranspose(1, 1), nn.MaxPool2D(), nn.GlobalAvgPool1D())
        ]
    assert names == ["conv0", "conv1", "pool0", "pool1"]


def test_numbers_of_other_types_are_taken_as_ints():
    layer = nn.Conv2D(np.int64(4), np.int32(3), strides=[np.int64(2), 1], padding=(1, np.int8(0)))
    assert layer._kwargs["stride"] == (2, 1)
    assert repr(layer) == "Conv2D(None -> 4, kernel_size=(3, 3), stride=(2, 1), padding=(1, 0))"


def test_a_list_that_changes_later_leaves_the_layer_alone():
    size = [3, 3]
    layer = nn.Conv2D(4, size)
    size[0] = 5
    assert layer._kwargs["kernel"] == (3, 3)


def test_layers_share_parameters():
    first = nn.Conv2D(4, 3, in_channels=2)
    second = nn.Conv2D(4, 3, in_channels=2, params=first.params)
    first.initialize()
    x = nd.ones((1, 2, 5, 5))
    np.testing.assert_array_equal(first(x).asnumpy(), second(x).asnumpy())
    assert second.weight is first.weight


def test_no_parameter_is_deferred_when_the_channels_are_known():
    for make in (
        lambda: nn.Conv2D(4, 3, groups=2, in_channels=6),
        lambda: nn.Conv3DTranspose(4, 3, groups=2, in_channels=6, layout="NDHWC"),
        lambda: nn.InstanceNorm(in_channels=3),
        lambda: nn.GroupNorm(3),
    ):
        layer = make()
        layer.initialize()
        assert all(parameter.data().size for parameter in layer.collect_params().values())


def test_pooling_classes_are_no_subclasses_of_each_other():
    for one in POOLINGS:
        assert [other for other in POOLINGS if isinstance(getattr(nn, one)(), getattr(nn, other))] == [one]


def test_positions_of_arguments_are_those_of_mxnet():
    assert nn.MaxPool1D(2, 1, 0, "NWC", True)._kwargs["layout"] == "NWC"
    assert nn.MaxPool2D(2, 1, 0, "NHWC", True)._kwargs["layout"] == "NHWC"
    assert nn.MaxPool3D(2, 1, 0, True, "NDHWC")._kwargs["layout"] == "NDHWC"
    assert nn.AvgPool1D(2, 1, 0, "NWC", True, False)._kwargs["layout"] == "NWC"
    assert nn.AvgPool2D(2, 1, 0, True, "NHWC", False)._kwargs["layout"] == "NHWC"
    assert nn.AvgPool3D(2, 1, 0, True, "NDHWC", False)._kwargs["layout"] == "NDHWC"


# ---------------------------------------------------------------------- what they compute


@pytest.mark.parametrize("rank", [2, 3])
@pytest.mark.parametrize(
    "kind", ["Conv{}D", "Conv{}DTranspose", "MaxPool{}D", "AvgPool{}D", "GlobalAvgPool{}D"]
)
def test_channels_last_compute_the_same(kind, rank, rng):
    """1.9.1 refuses such convolutions on a CPU, so that no recording is there to compare with."""
    make = getattr(nn, kind.format(rank))
    arguments = (4, 2) if kind.startswith("Conv") else ()
    first, last = ("NCHW", "NHWC") if rank == 2 else ("NCDHW", "NDHWC")
    layer, x = filled(make(*arguments, layout=first), rng, 2, 3, *range(4, 4 + rank))
    other = make(*arguments, layout=last)
    other.initialize()
    moved = nd.array(np.moveaxis(x.asnumpy(), 1, -1))
    other(moved)
    for mine, theirs in zip(other.collect_params().values(), layer.collect_params().values(), strict=True):
        values = theirs.data().asnumpy()
        mine.set_data(nd.array(values if values.ndim == 1 else np.moveaxis(values, 1, -1)))
    expected = np.moveaxis(layer(x).asnumpy(), 1, -1)
    np.testing.assert_allclose(other(moved).asnumpy(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", CONVOLUTIONS)
def test_a_convolution_is_that_of_torch(kind, rng):
    layer, x = filled(getattr(nn, kind)(4, 3, 2, 1, groups=2), rng, 2, 6, *(5, 4, 6)[: int(kind[4])])
    function = f"conv{'_transpose' if kind.endswith('Transpose') else ''}{kind[4]}d"
    weight, bias = (torch.tensor(p.data().asnumpy()) for p in (layer.weight, layer.bias))
    expected = getattr(torch.nn.functional, function)(
        torch.tensor(x.asnumpy()), weight, bias, stride=2, padding=1, groups=2
    )
    np.testing.assert_allclose(layer(x).asnumpy(), expected.numpy(), rtol=1e-4, atol=1e-5)


def test_a_transposed_convolution_undoes_the_shape_of_a_convolution(rng):
    x = nd.array(rng.standard_normal((1, 3, 11, 8)))
    down, up = nn.Conv2D(5, 4, 2, 1), nn.Conv2DTranspose(3, 4, 2, 1, output_padding=(1, 0))
    down.initialize()
    up.initialize()
    assert up(down(x)).shape == x.shape


def test_the_activation_comes_last(rng):
    layer, x = filled(nn.Conv2D(4, 3, activation="sigmoid"), rng, 2, 3, 5, 5)
    plain = nn.Conv2D(4, 3, params=layer.params)
    np.testing.assert_allclose(layer(x).asnumpy(), plain(x).sigmoid().asnumpy(), rtol=1e-6)


def test_instance_norm_normalises_each_channel_of_each_instance(rng):
    layer = nn.InstanceNorm(epsilon=0)
    layer.initialize()
    y = layer(nd.array(rng.standard_normal((2, 3, 50)) * 7 + 4)).asnumpy()
    np.testing.assert_allclose(y.mean(2), 0, atol=1e-5)
    np.testing.assert_allclose(y.std(2), 1, atol=1e-5)


def test_only_learned_parameters_of_normalisations_have_gradients():
    assert nn.InstanceNorm().gamma.grad_req == "null"
    assert nn.InstanceNorm(scale=True).gamma.grad_req == "write"
    assert nn.GroupNorm(center=False).beta.grad_req == "null"
    assert nn.BatchNormReLU().running_mean.grad_req == "null"


def test_batch_norm_relu_is_both_and_keeps_its_statistics_in_float32(rng):
    layer, x = filled(nn.BatchNormReLU(), rng, 4, 3, 2)
    layer.running_var.set_data(nd.ones(3))
    plain = nn.BatchNorm(in_channels=3)
    plain.initialize()
    for name in ("gamma", "beta", "running_mean", "running_var"):
        getattr(plain, name).set_data(getattr(layer, name).data())
    np.testing.assert_allclose(layer(x).asnumpy(), plain(x).relu().asnumpy(), rtol=1e-6)
    layer.cast("float16")
    assert {str(np.dtype(p.dtype)) for p in layer.collect_params().values()} == {"float32"}


def test_reflections_do_not_repeat_the_edge():
    x = nd.arange(6).reshape((1, 1, 2, 3))
    y = nn.ReflectionPad2D(1)(x).asnumpy()
    np.testing.assert_array_equal(y, np.pad(x.asnumpy(), [(0, 0), (0, 0), (1, 1), (1, 1)], mode="reflect"))


# ---------------------------------------------------------------------- wrong uses

IMAGE = (1, 2, 5, 5)
# what is made, x, the error's type, what stands in it
WRONG = {
    "kernel of another rank": (
        lambda: nn.Conv2D(4, (3, 3, 3)),
        None,
        AssertionError,
        "kernel_size must be a number",
    ),
    "kernel as text": (lambda: nn.Conv2D(4, "3"), None, AssertionError, "a list of 2 ints"),
    "kernel of halves": (lambda: nn.Conv2D(4, 2.5), None, MXNetError, "kernel_size takes whole numbers"),
    "strides of another rank": (lambda: nn.Conv1D(4, 3, (1, 1)), None, AssertionError, "a list of 1 ints"),
    "no channels": (lambda: nn.Conv2D(0, 3), None, MXNetError, "channels is a whole number from 1"),
    "channels as text": (lambda: nn.Conv2D("4", 3), None, MXNetError, "channels='4'"),
    "negative padding": (lambda: nn.Conv2D(4, 3, padding=-1), None, MXNetError, "padding is too small"),
    "no groups": (lambda: nn.Conv2D(4, 3, groups=0), None, MXNetError, "groups is a whole number from 1"),
    "uneven groups": (lambda: nn.Conv2D(4, 3, groups=3), None, MXNetError, "channels=4, groups=3"),
    "unknown layout": (lambda: nn.Conv2D(4, 3, layout="NHCW"), None, AssertionError, "'NCHW' and 'NHWC'"),
    "layer as activation": (
        lambda: nn.Conv2D(4, 3, activation=nn.Swish()),
        None,
        TypeError,
        "activation='relu', or the activation as a layer of its own",
    ),
    "output_padding of a stride": (
        lambda: nn.Conv2DTranspose(4, 3, 2, output_padding=2),
        None,
        MXNetError,
        "fewer elements than a stride",
    ),
    "image without batch": (lambda: nn.Conv2D(4, 3), (2, 5, 5), ValueError, r"x.expand_dims(0) of (2, 5, 5)"),
    "other channels": (
        lambda: nn.Conv2D(4, 3, in_channels=3),
        IMAGE,
        MXNetError,
        "with in_channels=2 or without",
    ),
    "groups that do not fit": (
        lambda: nn.Conv2D(6, 3, groups=3),
        IMAGE,
        ValueError,
        "groups that divide 2 channels; layout 'NCHW' means (batch, channels, height, width)",
    ),
    "small image": (lambda: nn.Conv2D(4, 7), IMAGE, MXNetError, "padding=(3, 3), or a smaller kernel_size"),
    "window of nothing": (lambda: nn.MaxPool2D(0), None, MXNetError, "pool_size is too small"),
    "padding alone": (lambda: nn.MaxPool2D(2, padding=2), None, MXNetError, "see nothing but padding"),
    "layout of another rank": (lambda: nn.AvgPool1D(layout="NHWC"), None, AssertionError, "NCW and NWC"),
    "pooling a vector": (
        lambda: nn.GlobalAvgPool2D(),
        (2, 3),
        MXNetError,
        "an x of shape (batch, channels, height",
    ),
    "pooling of another rank": (lambda: nn.MaxPool2D(), (2, 3, 4), MXNetError, "or nn.MaxPool1D"),
    "small image to pool": (lambda: nn.MaxPool2D(6), IMAGE, MXNetError, "or nn.GlobalMaxPool2D()"),
    "reflection of two numbers": (
        lambda: nn.ReflectionPad2D((1, 1)),
        None,
        AssertionError,
        "top, bottom, left, right",
    ),
    "reflection beyond the image": (lambda: nn.ReflectionPad2D(5), IMAGE, MXNetError, "reflects at most 4"),
    "instances of one element": (
        lambda: nn.InstanceNorm(),
        (2, 3),
        MXNetError,
        "nn.LayerNorm() or nn.BatchNorm()",
    ),
    "channels on no axis": (lambda: nn.InstanceNorm(axis=7), IMAGE, ValueError, "axis 7 is not there"),
    "no groups to normalise": (
        lambda: nn.GroupNorm(0),
        None,
        MXNetError,
        "num_groups is a whole number from 1",
    ),
    "uneven groups to normalise": (
        lambda: nn.GroupNorm(3),
        IMAGE,
        MXNetError,
        "2 channels do not divide into 3",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_layer_is_told_what_to_do(name):
    make, shape, kind, text = WRONG[name]
    with pytest.raises(kind, match=re.escape(text)):
        use(make, nd.ones(shape or (1,)))


@pytest.mark.parametrize("kind", [*CONVOLUTIONS, "BatchNorm", "InstanceNorm"])
def test_an_input_that_does_not_fit_leaves_the_shapes_open(kind):
    layer = getattr(nn, kind)(*((3, 2) if kind.startswith("Conv") else (2,)))
    layer.initialize()
    with pytest.raises(ValueError, match="Deferred initialization failed"):
        layer(nd.ones((2, 2)))
    rank = int(kind[4]) if kind.startswith("Conv") else 1
    assert layer(nd.ones((2, 3, *(4,) * rank))).shape[0] == 2
