"""Transforms that draw random numbers, turn images, or are made of others."""

import pickle
import random

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.gluon import Block, HybridBlock, nn
from mxnet.gluon.data import ArrayDataset, DataLoader
from mxnet.gluon.data.batching import stages_of
from mxnet.gluon.data.vision import transforms as t

# Each way to draw, and whether it takes pixels (else the tensors behind ToTensor).
RANDOM = {
    "brightness": (lambda: t.RandomBrightness(0.5), True),
    "contrast": (lambda: t.RandomContrast(0.5), True),
    "saturation": (lambda: t.RandomSaturation(0.5), True),
    "hue": (lambda: t.RandomHue(0.3), True),
    "jitter": (lambda: t.RandomColorJitter(0.4, 0.4, 0.4, 0.1), True),
    "part of a jitter": (lambda: t.RandomColorJitter(contrast=0.4, hue=0.1), True),
    "lighting": (lambda: t.RandomLighting(0.5), True),
    "grey": (lambda: t.RandomGray(0.4), True),
    "resized crop": (lambda: t.RandomResizedCrop((5, 6)), True),
    "crop": (lambda: t.RandomCrop(6, pad=2), True),
    "rotation": (lambda: t.RandomRotation((-30, 30), rotate_with_proba=0.6), False),
    "rotation zoomed": (lambda: t.RandomRotation((-30, 30), zoom_in=True), False),
    "now and then": (lambda: t.RandomApply(t.RandomColorJitter(0.4, 0.4, 0.4, 0.1), p=0.6), True),
    "now and then a list": (lambda: t.RandomApply([t.RandomHue(0.2)], p=0.5), True),
}


def every(names=RANDOM):
    return pytest.mark.parametrize("name", names)


def pixels(rng, *shape):
    return nd.array(rng.integers(0, 256, shape), dtype="uint8")


def start(seed):
    mx.random.seed(seed)
    random.seed(seed)
    np.random.seed(seed)


def images(name, rng, count):
    batch = pixels(rng, count, 9, 8, 3)
    return batch if RANDOM[name][1] else t.ToTensor()(batch)


@every()
def test_a_batch_is_what_its_images_are_in_order(name, rng, seed):
    batch, transform = images(name, rng, 12), RANDOM[name][0]()
    start(seed)
    together = transform(batch)
    states = random.getstate(), np.random.get_state()[2], mx.nd.random.uniform().asscalar()
    start(seed)
    for image, result in zip(batch, together, strict=True):
        alone = transform(image)
        assert alone.dtype == result.dtype
        np.testing.assert_array_equal(alone.asnumpy(), result.asnumpy())
    assert states == (random.getstate(), np.random.get_state()[2], mx.nd.random.uniform().asscalar())


@every()
def test_the_seeds_repeat_it_and_the_image_stays_as_it_was(name, rng, seed):
    batch, transform = images(name, rng, 4), RANDOM[name][0]()
    before = batch.asnumpy()
    start(seed)
    first = transform(batch).asnumpy()
    start(seed)
    np.testing.assert_array_equal(transform(batch).asnumpy(), first)
    np.testing.assert_array_equal(batch.asnumpy(), before)
    drawn = np.stack([transform(batch[0]).asnumpy() for _ in range(30)])
    assert (drawn != drawn[0]).any()


@every()
def test_random_transforms_are_pickled_and_printed(name, rng, seed):
    batch, transform = images(name, rng, 2), RANDOM[name][0]()
    start(seed)
    expected = transform(batch).asnumpy()
    start(seed)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(transform))(batch).asnumpy(), expected)
    assert repr(transform).startswith(type(transform).__name__ + "(")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: t.CropResize(0, 0, 2, 2), HybridBlock),
        (lambda: t.RandomBrightness(0.1), HybridBlock),
        (lambda: t.RandomColorJitter(0.1), HybridBlock),
        (lambda: t.RandomLighting(0.1), HybridBlock),
        (lambda: t.HybridCompose([t.ToTensor()]), nn.HybridSequential),
        (lambda: t.HybridRandomApply(t.Cast()), nn.HybridSequential),
        (lambda: t.RandomResizedCrop(3), Block),
        (lambda: t.Rotate(3), Block),
        (lambda: t.RandomRotation((-3, 3)), Block),
        (lambda: t.RandomApply(t.Cast()), nn.Sequential),
    ],
)
def test_transforms_are_blocks_of_the_kind_they_were(make, kind):
    made = make()
    assert isinstance(made, kind)
    assert isinstance(made, HybridBlock) is issubclass(kind, HybridBlock)


def test_factors_stay_in_their_range(rng):
    x = nd.full((1, 1, 3), 100.0)
    drawn = np.array([t.RandomBrightness(0.3)(x).asnumpy().max() for _ in range(300)]) / 100
    assert 0.699 <= drawn.min() < 0.72
    assert 1.28 < drawn.max() <= 1.301
    assert abs(drawn.mean() - 1) < 0.04
    assert min(t.RandomBrightness(3)(x).asnumpy().min() for _ in range(100)) >= 0  # no factor below 0


def test_lighting_has_the_deviation_that_is_asked_for():
    batch = nd.zeros((2000, 1, 1, 3))
    deviation = t.RandomLighting(0.2)(batch).asnumpy().reshape(-1, 3).std(0)
    components = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.814], [-0.5836, -0.6948, 0.4203]])
    expected = 0.2 * np.linalg.norm(components * [55.46, 4.794, 1.148], axis=1)
    np.testing.assert_allclose(deviation, expected, rtol=0.1)


def test_hue_turns_the_circle():
    red = nd.array([[[200, 0, 0]]])
    turned = [nd.image.random_hue(red, min_factor=a, max_factor=a)[0, 0].asnumpy() for a in (1 / 3, 2 / 3, 1)]
    np.testing.assert_allclose(turned, [[0, 200, 0], [0, 0, 200], [200, 0, 0]], atol=0.01)


def test_grey_images_go_through_every_change_of_colour(rng):
    grey = pixels(rng, 6, 5, 1)
    for transform in (t.RandomHue(0.4), t.RandomSaturation(0.4), t.RandomLighting(0.5)):
        np.testing.assert_array_equal(transform(grey).asnumpy(), grey.asnumpy())
    assert t.RandomColorJitter(0.4, 0.4, 0.4, 0.4)(grey).shape == grey.shape


def test_no_images_are_transformed_to_none():
    for transform in (t.RandomColorJitter(0.4, 0.4, 0.4, 0.4), t.RandomContrast(0.1), t.RandomGray()):
        assert transform(nd.zeros((0, 6, 5, 3), dtype="uint8")).shape == (0, 6, 5, 3)


def test_crop_resize_cuts_then_resizes(rng):
    image = pixels(rng, 8, 9, 3)
    np.testing.assert_array_equal(t.CropResize(1, 2, 5, 4)(image).asnumpy(), image.asnumpy()[2:6, 1:6])
    whole = t.CropResize(0, 0, 9, 8, size=(4, 5), interpolation=2)(image)
    np.testing.assert_array_equal(whole.asnumpy(), t.Resize((4, 5), interpolation=2)(image).asnumpy())
    assert t.CropResize(1, 2, 5, 4, size=7)(nd.stack(image, image)).shape == (2, 7, 7, 3)


def test_resized_crops_have_the_area_and_the_proportions_that_are_asked_for():
    # Each pixel knows where it is; nearest neighbours keep that.
    rows, columns = np.mgrid[:60, :80]
    image = nd.array(np.stack([rows, columns, rows * 0], 2))
    crop = t.RandomResizedCrop(40, scale=(0.3, 0.5), ratio=(0.8, 1.25), interpolation=0)
    for _ in range(50):
        cut = crop(image).asnumpy()
        height, width = (np.ptp(cut[..., axis]) + 1 for axis in (0, 1))
        assert 0.25 < height * width / 4800 < 0.6
        assert 0.7 < width / height < 1.4


def test_center_crop_may_choose_its_interpolation(rng):
    small = pixels(rng, 6, 7, 3)
    chosen = t.CenterCrop(20, interpolation=9)(small)
    np.testing.assert_array_equal(chosen.asnumpy(), t.CenterCrop(20, interpolation=2)(small).asnumpy())
    ways = [t.CenterCrop(20, interpolation=way)(small).asnumpy() for way in range(5)]
    drawn = t.CenterCrop(20, interpolation=10)(small).asnumpy()
    assert any(np.array_equal(drawn, way) for way in ways)
    assert stages_of(t.CenterCrop(20, interpolation=10)) is None


def test_random_crop_pads_first():
    image = nd.ones((4, 4, 1), dtype="uint8")
    seen = {t.RandomCrop(4, pad=1, pad_value=7)(image).asnumpy()[0, 0, 0].item() for _ in range(60)}
    assert seen == {1, 7}
    assert t.RandomCrop((6, 4), pad=((0, 0), (1, 1)))(image).asnumpy()[:, 0].max() == 0


def test_rotation_by_nothing_and_by_a_half_turn():
    x = nd.array(np.arange(24.0).reshape(1, 4, 6))
    np.testing.assert_allclose(t.Rotate(0)(x).asnumpy(), x.asnumpy(), atol=1e-5)
    np.testing.assert_allclose(t.Rotate(180)(x).asnumpy(), x.asnumpy()[:, ::-1, ::-1], atol=1e-4)


def test_zooming_in_leaves_nothing_from_outside_and_zooming_out_shows_all():
    x = nd.ones((1, 20, 30))
    assert t.Rotate(25)(x).asnumpy().min() == 0
    assert t.Rotate(25, zoom_in=True)(x).asnumpy().min() > 0.9  # a fraction of the corners is missing
    bright = nd.zeros((1, 20, 30))
    bright[:, 0, 0] = 1
    assert t.Rotate(25)(bright).asnumpy().max() == 0
    assert t.Rotate(25, zoom_out=True)(bright).asnumpy().max() > 0.2


def test_random_apply_takes_functions_and_lists(rng):
    image = pixels(rng, 4, 5, 3)
    assert t.RandomApply(lambda x: x + 1, p=1)(image).asnumpy()[0, 0, 0] == (image + 1).asnumpy()[0, 0, 0]
    assert t.RandomApply([t.Cast("float64"), t.Cast("float16")], p=1)(image).dtype == np.float16
    assert t.RandomApply(t.Cast("float64"), p=0)(image) is image


def test_random_apply_decides_as_in_mxnet():
    # Recorded from 1.9.1 after random.seed(1).
    random.seed(1)
    image, apply = nd.zeros((2, 2, 1)), t.RandomApply(t.Cast("float64"), p=0.3)
    taken = [int(apply(image).dtype == np.float64) for _ in range(12)]
    assert taken == [1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0]


def test_hybrid_random_apply_decides_with_its_probability(rng):
    apply = t.HybridRandomApply(t.RandomBrightness(0.5), p=0.3)
    image = pixels(rng, 3, 3, 3)
    changed = sum(not np.array_equal(apply(image).asnumpy(), image.asnumpy()) for _ in range(200))
    assert 30 < changed < 95


def test_hybrid_compose_is_a_hybridized_chain(rng):
    image = pixels(rng, 8, 8, 3)
    chain = [t.Resize(4), t.ToTensor(), t.Normalize(0.5, 0.5)]
    np.testing.assert_array_equal(t.HybridCompose(chain)(image).asnumpy(), t.Compose(chain)(image).asnumpy())
    with pytest.raises(ValueError, match="Children of HybridBlock"):
        t.HybridCompose([t.RandomResizedCrop(3)])


def steps(transform):
    stages = stages_of(transform)
    return None if stages is None else [type(stage).__name__ for stage in stages]


def test_transforms_that_draw_from_several_streams_still_work_on_batches():
    usual = t.Compose([t.RandomResizedCrop(4), t.RandomFlipLeftRight(), t.ToTensor(), t.Normalize(0.5, 0.5)])
    assert steps(usual) == ["RandomResizedCrop", "RandomFlipLeftRight", "ToTensor", "Normalize"]
    turned = t.Compose([t.RandomCrop(4), t.ToTensor(), t.RandomRotation((-9, 9))])
    assert steps(turned) == ["RandomCrop", "ToTensor", "RandomRotation"]
    assert steps(t.Compose([t.RandomFlipLeftRight(), t.RandomFlipTopBottom()])) is None
    assert steps(t.Compose([t.RandomFlipLeftRight(), t.RandomApply(t.RandomHue(0.1))])) is None
    assert steps(t.Compose([t.RandomCrop(4), t.RandomApply(t.Cast())])) is None
    assert steps(t.RandomApply(t.RandomCrop(4))) is None
    assert steps(t.RandomApply(lambda x: x)) is None


def test_a_loader_gives_the_same_with_and_without_whole_batches(rng, seed):
    data = ArrayDataset(rng.integers(0, 256, (20, 10, 9, 3)).astype("uint8"), np.arange(20))
    chain = t.Compose(
        [t.RandomResizedCrop((7, 8)), t.RandomColorJitter(0.4, 0.4, 0.4, 0.1), t.ToTensor(), t.Rotate(10)]
    )
    assert stages_of(chain) is not None
    start(seed)
    together = [x.asnumpy() for x, _ in DataLoader(data.transform_first(chain), 8)]
    start(seed)
    alone = [x.asnumpy() for x, _ in DataLoader(data.transform_first(lambda x: chain(x)), 8)]
    for a, b in zip(together, alone, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        (lambda: t.Rotate(30, zoom_in=True, zoom_out=True), ValueError, "cannot be both True"),
        (lambda: t.Rotate(30)(nd.zeros((4, 4, 3), dtype="uint8")), TypeError, "after ToTensor"),
        (lambda: t.Rotate(30)(nd.zeros((4, 4))), ValueError, "3D and 4D"),
        (lambda: t.RandomRotation((30, -30)), ValueError, "ordered tuple"),
        (lambda: t.RandomRotation((-3, 3), rotate_with_proba=2), ValueError, "between 0 and 1"),
        (lambda: t.RandomRotation((-3, 3), True, True), ValueError, "cannot be both True"),
        (lambda: t.RandomRotation((-3, 3))(nd.zeros((4, 4, 3), dtype="uint8")), TypeError, "after ToTensor"),
        (lambda: t.RandomApply(t.Cast(), p=1.5), ValueError, "between 0 and 1"),
        (lambda: t.RandomGray(-0.1), ValueError, "between 0 and 1"),
        (lambda: t.RandomResizedCrop("large"), ValueError, "(width, height)"),
        (lambda: t.RandomResizedCrop((1, 2, 3)), ValueError, "(width, height)"),
        (lambda: t.RandomResizedCrop(3)(nd.zeros((4, 4))), mx.MXNetError, "2 axes"),
        (lambda: t.RandomResizedCrop(9, interpolation=7)(nd.zeros((4, 4, 3))), ValueError, "interp"),
        (lambda: t.CropResize(3, 0, 2, 2)(nd.zeros((4, 4, 3))), mx.MXNetError, "leaves the image"),
        (lambda: t.RandomHue(0.1)(nd.zeros((3, 8, 8))), mx.MXNetError, "channels"),
        (lambda: t.RandomColorJitter(0.1)(nd.zeros((8, 8))), mx.MXNetError, "2 axes"),
    ],
)
def test_wrong_uses_say_what_is_wrong(wrong, kind, says):
    with pytest.raises(kind) as caught:
        wrong()
    assert says in str(caught.value)
