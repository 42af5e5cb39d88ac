"""Texts for character models, and batches of them."""

import random
import zipfile
from itertools import pairwise

import numpy as np
import pytest

import d2lzh as d2l
import mxnet as mx
from d2lzh.files import shipped_text

BATCHES = [d2l.data_iter_random, d2l.data_iter_consecutive]
both = pytest.mark.parametrize("data_iter", BATCHES, ids=["random", "consecutive"])


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty MXNET_HOME, and a working folder with no ``../data`` beside it."""
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    working = tmp_path / "book" / "chapter"
    working.mkdir(parents=True)
    monkeypatch.chdir(working)
    return tmp_path


def as_text(corpus):
    corpus_indices, char_to_idx, idx_to_char, vocab_size = corpus
    assert len(idx_to_char) == len(char_to_idx) == vocab_size
    assert all(char_to_idx[char] == index for index, char in enumerate(idx_to_char))
    return "".join(idx_to_char[index] for index in corpus_indices)


def test_the_time_machine_is_ten_thousand_small_letters(home):
    text = as_text(d2l.load_data_time_machine())
    assert len(text) == 10_000
    assert text.startswith("the time traveller (for so it will be")
    assert text == text.lower()
    assert "\n" not in text


def test_without_the_lyrics_there_is_another_text_and_a_line_that_says_so(home, capsys):
    text = as_text(d2l.load_data_jay_lyrics())
    assert text.startswith("道可道，非常道。")
    assert 2900 < len(text) < 3000
    printed = capsys.readouterr().out
    assert "jaychou_lyrics.txt.zip is not there" in printed
    assert str(home / "home") in printed


@pytest.mark.parametrize("place", ["book/data", "home/datasets"])
def test_the_lyrics_are_used_where_they_are(home, capsys, place):
    folder = home / place
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "jaychou_lyrics.txt.zip", "w") as archive:
        archive.writestr("jaychou_lyrics.txt", "想要有\r\n直升机\n" * 2000)
    text = as_text(d2l.load_data_jay_lyrics())
    assert text.startswith("想要有  直升机 想要有")
    assert len(text) == 10_000
    assert capsys.readouterr().out == ""


def test_texts_that_lie_there_unpacked_are_used(home):
    folder = home / "home" / "datasets"
    folder.mkdir(parents=True)
    (folder / "jaychou_lyrics.txt").write_text("想要", encoding="utf-8")
    (folder / "timemachine.txt").write_text("The\nTime", encoding="utf-8")
    assert as_text(d2l.load_data_jay_lyrics()) == "想要"
    assert as_text(d2l.load_data_time_machine()) == "the time"


@pytest.mark.parametrize("content", ["no archive", "another file"])
def test_a_damaged_archive_of_lyrics_is_an_error(home, content):
    path = home / "home" / "datasets" / "jaychou_lyrics.txt.zip"
    path.parent.mkdir(parents=True)
    if content == "no archive":
        path.write_bytes(b"PK")
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("else.txt", "")
    with pytest.raises(OSError, match=r"cannot read .*lyrics\.txt\.zip(?s:.)*because"):
        d2l.load_data_jay_lyrics()


@pytest.mark.parametrize("name", ["time_machine.txt", "dao_de_jing.txt"])
def test_shipped_texts_are_plain(name):
    text = shipped_text(name)
    assert "\r" not in text
    assert "  " not in text
    assert text.endswith("\n")


@both
def test_the_second_array_is_one_character_later(data_iter):
    corpus = list(range(100))
    batches = list(data_iter(corpus, 3, 5))
    assert len(batches) == 6
    for X, Y in batches:
        assert X.shape == Y.shape == (3, 5)
        np.testing.assert_array_equal(Y.asnumpy(), X.asnumpy() + 1)
        np.testing.assert_array_equal(np.diff(X.asnumpy()), 1)


@both
def test_no_piece_comes_twice(data_iter):
    starts = [X[:, 0].asnumpy() for X, _ in data_iter(list(range(100)), 3, 5)]
    starts = np.concatenate(starts)
    assert len(set(starts)) == len(starts)


def test_random_pieces_follow_pythons_random():
    def first(seed):
        random.seed(seed)
        return next(iter(d2l.data_iter_random(range(500), 4, 5)))[0].asnumpy().tolist()

    assert first(1) == first(1) != first(2)


def test_consecutive_rows_go_on_in_the_next_batch():
    batches = [X.asnumpy() for X, _ in d2l.data_iter_consecutive(range(60), 2, 4)]
    for before, after in pairwise(batches):
        np.testing.assert_array_equal(after[:, 0], before[:, -1] + 1)


@both
def test_batches_come_to_the_device(data_iter):
    X, Y = next(iter(data_iter(range(50), 2, 3, ctx=mx.cpu(1))))
    assert X.context == Y.context == mx.cpu(1)


@both
@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_short_text_has_no_batch(data_iter, length):
    assert list(data_iter(range(length), 3, 5)) == []


@both
@pytest.mark.parametrize(("batch_size", "num_steps"), [(0, 3), (3, 0), (-1, 2)])
def test_empty_batches_are_an_error(data_iter, batch_size, num_steps):
    with pytest.raises(ValueError, match=f"batch_size={batch_size}, num_steps={num_steps}"):
        next(iter(data_iter(range(50), batch_size, num_steps)))
