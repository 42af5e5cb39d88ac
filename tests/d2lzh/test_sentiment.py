"""Reviews of films, by the helper package, on reviews that are made up."""

import hashlib
import io
import os
import random
import tarfile

import pytest

import d2lzh as d2l
import mxnet as mx
from d2lzh import sentiment
from mxnet import gluon, nd
from mxnet.contrib import text
from tests.mxnet.gluon.server import server  # noqa: F401

REVIEWS = {"pos": ["A fine film.\nTruly", "Fine!"], "neg": ["Bad, bad film", "dull"]}


def write_imdb(root):
    for part in ("train", "test"):
        for name, reviews in REVIEWS.items():
            folder = root / "aclImdb" / part / name
            folder.mkdir(parents=True)
            for k, review in enumerate(reviews):
                (folder / f"{k}_9.txt").write_bytes(f"{part} {review}".encode())


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize("part", ["train", "test"])
def test_reviews_are_read_in_small_letters_with_their_label(home, part):
    write_imdb(home / "datasets")
    data = d2l.read_imdb(part)
    assert sorted(data) == [
        [f"{part} a fine film.truly", 1], [f"{part} bad, bad film", 0], [f"{part} dull", 0], [f"{part} fine!", 1]
    ]  # fmt: skip


def test_reviews_come_in_an_order_that_follows_pythons_random(home):
    write_imdb(home / "datasets")

    def orders(seed):
        random.seed(seed)
        return [d2l.read_imdb() for _ in range(6)]

    assert orders(1) == orders(1)
    assert len({str(order) for order in orders(1)}) > 1


@pytest.mark.parametrize("folder", ["train", "validation"])
def test_without_reviews_the_error_says_how_to_get_them(home, folder):
    with pytest.raises(FileNotFoundError, match=rf"folder='{folder}'(?s:.)*d2l\.download_imdb"):
        d2l.read_imdb(folder)


@pytest.fixture
def served(home, server, tmp_path, monkeypatch):  # noqa: F811
    write_imdb(tmp_path / "made")
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as file:
        file.add(tmp_path / "made" / "aclImdb", "aclImdb")
    server.files = {sentiment._ARCHIVE: stream.getvalue()}
    monkeypatch.setattr(sentiment, "_URL", server.url(sentiment._ARCHIVE))
    monkeypatch.setattr(sentiment, "_SHA1", hashlib.sha1(stream.getvalue()).hexdigest())
    return server


@pytest.mark.parametrize("data_dir", [None, "mine"])
def test_reviews_are_fetched_and_unpacked_once(served, home, data_dir):
    for _ in range(2):
        d2l.download_imdb(data_dir)
    assert len(served.requests) == 1
    assert len(d2l.read_imdb("train", data_dir=data_dir)) == 4
    folder = home / "datasets" if data_dir is None else "mine"
    assert os.path.isdir(os.path.join(folder, "aclImdb", "train"))


def test_an_archive_that_cannot_be_fetched_is_named_with_its_place(served, monkeypatch):
    monkeypatch.setattr("mxnet.gluon._download.time.sleep", lambda seconds: None)
    served.files.clear()
    with pytest.raises(OSError, match=r"cannot get aclImdb(?s:.)*put it at .*datasets.aclImdb_v1"):
        d2l.download_imdb()


def test_rare_words_are_unknown():
    vocab = d2l.get_vocab_imdb([["good film", 1]] * 5 + [["rare word", 0]] * 4)
    assert vocab.to_indices(["film", "good", "rare"]) == [1, 2, 0]


def test_reviews_become_rows_of_five_hundred():
    data = [["good film", 1]] * 5 + [["film " * 700, 0]]
    features, labels = d2l.preprocess_imdb(data, d2l.get_vocab_imdb(data))
    assert features.shape == (6, 500)
    assert features[0].asnumpy().tolist() == [2, 1] + [0] * 498
    assert features[5].asnumpy().tolist() == [1] * 500
    assert labels.asnumpy().tolist() == [1] * 5 + [0]


def test_a_vocabulary_with_padding_fills_up_with_it():
    counter = d2l.count_tokens([["good", "film"]])
    vocab = text.vocab.Vocabulary(counter, reserved_tokens=["<unused>", "<pad>"])
    features, _ = d2l.preprocess_imdb([["good film", 1]], vocab)
    assert features[0, :4].asnumpy().tolist() == [4, 3, 2, 2]


class Words(gluon.nn.Block):
    """The sum of one number a word, for and against."""

    def __init__(self, weights):
        super().__init__()
        self.embedding = gluon.nn.Embedding(len(weights), 1)
        self.embedding.initialize(ctx=mx.cpu(1))
        self.embedding.weight.set_data(nd.array(weights).reshape((-1, 1)))

    def forward(self, x):
        score = self.embedding(x).sum(axis=1)
        return nd.concat(-score, score, dim=1)


@pytest.mark.parametrize(
    ("sentence", "answer"),
    [(["good", "film"], "positive"), ("A BAD film", "negative"), (("good", "bad", "bad"), "negative")],
)
def test_a_sentence_is_judged_where_the_network_is(sentence, answer):
    vocab = d2l.get_vocab_imdb([["bad film good", 1]] * 5)
    assert vocab.idx_to_token == ["<unk>", "bad", "film", "good"]
    assert d2l.predict_sentiment(Words([0, -1, 0.1, 1]), vocab, sentence) == answer


@pytest.mark.parametrize("sentence", [[], ()], ids=["list", "tuple"])
def test_a_sentence_has_words(sentence):
    with pytest.raises(ValueError, match="no words"):
        d2l.predict_sentiment(Words([0, 1]), d2l.get_vocab_imdb([["good", 1]] * 5), sentence)


def test_a_network_learns_made_up_reviews(rng):
    good, bad = ["fine", "great", "lovely"], ["dull", "awful", "bad"]
    data = [[" ".join(rng.choice(good if k % 2 else bad, 4)) + " film", k % 2] for k in range(60)]
    vocab = d2l.get_vocab_imdb(data)
    features, labels = d2l.preprocess_imdb(data, vocab)
    net = gluon.nn.Sequential()
    net.add(
        gluon.nn.Embedding(len(vocab), 4), gluon.nn.Lambda(lambda x: x[:, :5].mean(axis=1)), gluon.nn.Dense(2)
    )
    net.initialize(mx.init.Normal(0.5))
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.1})
    batches = gluon.data.DataLoader(gluon.data.ArrayDataset(features, labels), 20, shuffle=True)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    d2l.train(batches, batches, net, loss, trainer, mx.cpu(), 10)
    assert d2l.evaluate_accuracy(batches, net) == 1
    assert d2l.predict_sentiment(net, vocab, "a lovely film so great") == "positive"
    assert d2l.predict_sentiment(net, vocab, "an awful film so dull") == "negative"
