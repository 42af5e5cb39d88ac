import gc

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd
from mxnet.gluon import data, nn
from mxnet.gluon.data import ArrayDataset, DataLoader, SimpleDataset
from mxnet.gluon.data.batching import batch_fetch
from mxnet.gluon.data.vision import transforms


def listed(batch):
    return [listed(x) for x in batch] if isinstance(batch, list) else batch.asnumpy().tolist()


def assert_same_batches(actual, expected):
    actual, expected = list(actual), list(expected)
    assert len(actual) == len(expected)
    for a, e in zip(actual, expected, strict=True):
        assert isinstance(a, list) == isinstance(e, list)
        for x, y in zip(a if isinstance(a, list) else [a], e if isinstance(e, list) else [e], strict=True):
            assert (x.shape, x.dtype, x.context) == (y.shape, y.dtype, y.context)
            np.testing.assert_array_equal(x.asnumpy(), y.asnumpy())


@pytest.fixture
def images(rng):
    """Thirty small pictures with labels, as the vision datasets have them."""
    return ArrayDataset(
        nd.array(rng.integers(0, 256, (30, 6, 5, 3)), dtype="uint8"), rng.integers(0, 10, 30).astype("int32")
    )


# ------------------------------------------------------------------------------------------- batches and order


def test_batches_are_float32_arrays_for_float32_arrays():
    dataset = ArrayDataset(nd.arange(6).reshape((3, 2)), nd.arange(3))
    batches = list(DataLoader(dataset, 2))
    assert [[(x.shape, x.dtype) for x in batch] for batch in batches] == [
        [((2, 2), np.float32), ((2,), np.float32)],
        [((1, 2), np.float32), ((1,), np.float32)],
    ]
    assert all(isinstance(batch, list) for batch in batches)


def test_numpy_types_are_kept():
    features, label = next(iter(DataLoader(ArrayDataset(np.ones((3, 2)), np.arange(3)), 2)))
    assert (features.dtype, label.dtype) == (np.float64, np.int64)


def test_any_sequence_is_a_dataset():
    assert [b.asnumpy().tolist() for b in DataLoader([1, 2, 3], 2)] == [[1, 2], [3]]


def test_a_loader_iterates_as_often_as_asked():
    loader = DataLoader([1, 2, 3], 2)
    assert [listed(b) for b in loader] == [listed(b) for b in loader]


@pytest.mark.parametrize(("last_batch", "length"), [(None, 2), ("keep", 2), ("discard", 1), ("rollover", 1)])
def test_length_is_the_number_of_batches(last_batch, length):
    loader = DataLoader([1, 2, 3], 2, last_batch=last_batch)
    assert len(loader) == length
    assert sum(1 for _ in loader) == length


def test_shuffle_follows_numpys_seed():
    loader = DataLoader(np.arange(10), 4, shuffle=True)
    np.random.seed(3)
    # Recorded from 1.9.1.
    assert [listed(b) for b in loader] == [[5, 4, 1, 2], [9, 6, 7, 0], [3, 8]]


def test_batchify_fn_gets_the_list_of_samples():
    assert list(DataLoader([1, 2, 3], 2, batchify_fn=list)) == [[1, 2], [3]]


def test_samplers_replace_shuffle_and_batches():
    sampler = data.SequentialSampler(2, start=1)
    assert [listed(b) for b in DataLoader([5, 6, 7], 2, sampler=sampler)] == [[6, 7]]
    batches = data.BatchSampler(data.SequentialSampler(3), 2, "discard")
    assert [listed(b) for b in DataLoader([5, 6, 7], batch_sampler=batches)] == [[5, 6]]
    assert [listed(b) for b in DataLoader([5, 6, 7], batch_sampler=[[2, 0], [1]])] == [[7, 5], [6]]


def test_samplers_may_have_indices_of_their_own_kind():
    dataset = {"a": 1, "b": 2}
    loader = DataLoader(dataset, batch_sampler=[["a", "b"], ["b"]])
    assert [listed(b) for b in loader] == [[1, 2], [2]]
    arrays = ArrayDataset(np.arange(6))
    assert [listed(b) for b in DataLoader(arrays, batch_sampler=[[slice(0, 2), slice(2, 4)]])] == [
        [[0, 1], [2, 3]]
    ]


def test_pinned_batches_say_so():
    batch = next(
        iter(DataLoader(ArrayDataset(np.ones((3, 2)), np.arange(3)), 2, pin_memory=True, pin_device_id=1))
    )
    assert [x.context for x in batch] == [mx.cpu_pinned(1)] * 2


# --------------------------------------------------------------------------------- arguments that do not fit


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({}, ValueError, "batch_size must be specified unless batch_sampler is specified"),
        (
            {"batch_size": 2, "shuffle": True, "sampler": data.SequentialSampler(3)},
            ValueError,
            "shuffle must not be specified if sampler is specified",
        ),
        *(
            (
                {"batch_sampler": [[0]], **more},
                ValueError,
                "batch_size, shuffle, sampler and last_batch must not be specified if batch_sampler is specified",
            )
            for more in ({"batch_size": 2}, {"shuffle": True}, {"last_batch": "keep"}, {"sampler": [1]})
        ),
        ({"batch_size": 2, "timeout": 0}, AssertionError, "timeout must be positive, given 0"),
        ({"batch_size": 0}, ValueError, "batch_size"),
    ],
)
def test_conflicting_arguments_are_refused(arguments, error, text):
    with pytest.raises(error, match=text):
        DataLoader([1, 2, 3], **arguments)
    gc.collect()  # the unfinished loader goes without a sound


def test_an_empty_batch_sampler_gives_no_batches():
    loader = DataLoader([1, 2, 3], batch_sampler=[])
    assert list(loader) == []
    assert len(loader) == 0


def test_unknown_last_batch_is_refused_at_once():
    with pytest.raises(ValueError, match=r"last_batch must be one of(?s:.*)last_batch='keep'"):
        DataLoader([1, 2, 3], 2, last_batch="kep")


@pytest.mark.parametrize("size", ["a", "2", [2], (2,), float("nan"), float("inf"), 2.5, 0, -1, True])
def test_a_batch_size_is_a_whole_number_from_1(size):
    with pytest.raises(ValueError, match="BatchSampler: batch_size="):
        DataLoader([1, 2, 3], size)


@pytest.mark.parametrize("size", [2, 2.0, np.int64(2), np.float32(2)])
def test_a_whole_batch_size_of_any_type_will_do(size):
    assert [len(batch) for batch in DataLoader([1, 2, 3], size)] == [2, 1]


@pytest.mark.parametrize("dataset", [None, 5, (each for each in [1, 2])])
def test_what_has_no_length_is_no_dataset(dataset):
    with pytest.raises(TypeError, match="a dataset has a length"):
        DataLoader(dataset, 2)


def test_an_error_in_the_length_of_a_dataset_is_its_own():
    class Broken(list):
        def __len__(self):
            return len(None)

    with pytest.raises(TypeError, match="has no len"):
        DataLoader(Broken(), 2)


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ({"num_workers": "2"}, "num_workers is a whole number"),
        ({"num_workers": None}, "num_workers is a whole number"),
        ({"num_workers": 1.5}, "num_workers is a whole number"),
        ({"batchify_fn": "stack"}, "batchify_fn makes a batch"),
    ],
)
def test_arguments_of_other_kinds_are_refused_at_once(argument, text):
    with pytest.raises(TypeError, match=text):
        DataLoader([1, 2, 3], 2, **argument)


def test_a_missing_sample_is_the_datasets_own_error():
    with pytest.raises(IndexError):
        list(DataLoader(ArrayDataset(np.arange(3)), batch_sampler=[[0, 3]]))


# ------------------------------------------------------------------------------------------- whole batches


CHAINS = {
    "to_tensor": lambda: transforms.ToTensor(),
    "compose": lambda: transforms.Compose(
        [transforms.Resize(7), transforms.ToTensor(), transforms.Normalize(0.5, 0.2)]
    ),
    "crop": lambda: transforms.Compose([transforms.CenterCrop(4), transforms.ToTensor()]),
    "cast": lambda: transforms.Cast("float16"),
    "flip": lambda: transforms.Compose([transforms.RandomFlipLeftRight(), transforms.ToTensor()]),
    "flip last": lambda: transforms.RandomFlipTopBottom(),
    "nested": lambda: sequential(
        transforms.Compose([transforms.Resize(4), transforms.ToTensor()]), transforms.Cast()
    ),
}


def sequential(*blocks):
    chain = nn.Sequential()
    chain.add(*blocks)
    return chain


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_whole_batches_are_bit_identical_to_single_samples(images, chain, shuffle):
    transform = CHAINS[chain]()
    whole = images.transform_first(transform)
    single = images.transform_first(lambda x: transform(x))
    assert batch_fetch(whole) is not None
    assert batch_fetch(single) is None

    def load(dataset):
        mx.random.seed(1)
        np.random.seed(1)
        return list(DataLoader(dataset, 8, shuffle=shuffle))

    assert_same_batches(load(whole), load(single))


def test_whole_batches_pass_through_every_derived_dataset(images):
    def derive(dataset, transform):
        return dataset.shard(2, 1).take(11).transform_first(transform).sample(data.SequentialSampler(7, 2))

    whole, single = derive(images, transforms.ToTensor()), derive(images, lambda x: transforms.ToTensor()(x))
    assert batch_fetch(whole) is not None
    assert_same_batches(DataLoader(whole, 3), DataLoader(single, 3))


def test_own_transforms_may_work_on_batches_inside_a_chain(images):
    class Invert:
        works_on_batch = True

        def __call__(self, x):
            return 255 - x

    whole = images.transform_first(transforms.Compose([Invert(), transforms.ToTensor()]))
    single = images.transform_first(transforms.Compose([lambda x: 255 - x, transforms.ToTensor()]))
    assert batch_fetch(whole) is not None
    assert batch_fetch(single) is None
    assert_same_batches(DataLoader(whole, 8), DataLoader(single, 8))


def test_transform_of_all_columns_may_work_on_batches(images):
    class Shift:
        works_on_batch = True

        def __call__(self, image, label):
            return image.astype("float32") + 1, label + label

    whole = images.transform(Shift())
    assert batch_fetch(whole) is not None
    assert_same_batches(DataLoader(whole, 8), DataLoader(images.transform(lambda x, y: Shift()(x, y)), 8))


def test_own_datasets_may_give_whole_batches():
    class Squares(data.Dataset):
        def __len__(self):
            return 5

        def __getitem__(self, idx):
            raise AssertionError("one by one")

        def __getitems__(self, indices):
            assert isinstance(indices, np.ndarray)
            return nd.array(indices**2, dtype="int64"), nd.array(indices)

    assert [listed(b) for b in DataLoader(Squares(), 3)] == [[[0, 1, 4], [0, 1, 2]], [[9, 16], [3, 4]]]


def test_a_subclass_that_changes_the_samples_is_asked_for_samples(images):
    class Brighter(ArrayDataset):
        def __getitem__(self, idx):
            image, label = super().__getitem__(idx)
            return image + 1, label

    assert batch_fetch(Brighter(nd.ones((4, 2)), np.arange(4))) is None
    assert listed(next(iter(DataLoader(Brighter(nd.ones((4, 2)), np.arange(4)), 2)))[0]) == [[2, 2], [2, 2]]

    class Renamed(ArrayDataset):
        pass

    assert batch_fetch(Renamed(nd.ones((4, 2)))) is not None


def test_a_transform_that_changes_its_forward_is_applied_to_samples(images):
    class Darker(transforms.ToTensor):
        def hybrid_forward(self, F, x):
            return super().hybrid_forward(F, x) * x.shape[0]  # differs for a batch

    assert batch_fetch(images.transform_first(Darker())) is None


def test_hooks_see_single_samples(images):
    shapes = []
    transform = transforms.ToTensor()
    transform.register_forward_hook(lambda block, inputs, output: shapes.append(output.shape))
    next(iter(DataLoader(images.transform_first(transform), 2)))
    assert shapes == [(3, 6, 5)] * 2


def test_two_random_steps_are_applied_to_samples(images):
    flips = transforms.Compose([transforms.RandomFlipLeftRight(), transforms.RandomFlipTopBottom()])
    assert batch_fetch(images.transform_first(flips)) is None
    twice = images.transform_first(transforms.RandomFlipLeftRight()).transform_first(
        transforms.RandomFlipTopBottom()
    )
    assert batch_fetch(twice) is None


def test_an_image_without_channels_is_refused_as_a_sample_is():
    # A batch of (H, W) images looks like one (H, W, C) image; it must not be taken for one.
    dataset = ArrayDataset(nd.ones((6, 4, 4), dtype="uint8")).transform(transforms.ToTensor())
    with pytest.raises(mx.base.MXNetError, match="2 axes"):
        list(DataLoader(dataset, 3))


def test_arrays_with_gradients_are_not_gathered_behind_the_tape():
    x = nd.ones((4, 2))
    x.attach_grad()
    assert batch_fetch(ArrayDataset(x)) is None
    with mx.autograd.record():
        total = sum(batch.sum() for batch in DataLoader(ArrayDataset(x), 2))
    total.backward()
    assert x.grad.asnumpy().tolist() == [[1, 1]] * 4


def test_lists_go_sample_by_sample():
    assert batch_fetch(ArrayDataset([1, 2], nd.ones((2, 2)))) is None
    assert batch_fetch(SimpleDataset([1, 2])) is None
    assert batch_fetch([1, 2]) is None


def test_big_endian_arrays_are_read_right():
    dataset = ArrayDataset(np.arange(4, dtype=">i4"))
    assert [listed(b) for b in DataLoader(dataset, 4)] == [[0, 1, 2, 3]]


def test_batches_share_no_memory_with_the_dataset(images):
    before = images[0][0].asnumpy()
    batch, _ = next(iter(DataLoader(images, 4)))
    batch[:] = 0
    np.testing.assert_array_equal(images[0][0].asnumpy(), before)


def test_a_memory_mapped_array_is_gathered(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(12).reshape(4, 3))
    dataset = ArrayDataset(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert batch_fetch(dataset) is not None
    assert [listed(b) for b in DataLoader(dataset, 4)] == [[[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]]
