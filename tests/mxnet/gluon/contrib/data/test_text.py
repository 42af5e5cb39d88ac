"""WikiText: from a small text to numbers, and where the text comes from."""

import io
import os
import zipfile
from collections import Counter

import numpy as np
import pytest

from mxnet import nd
from mxnet.base import MXNetError
from mxnet.files import FormatError
from mxnet.gluon._download import ContentError, DownloadError
from mxnet.gluon.contrib.data import text
from mxnet.gluon.contrib.data.text import WikiText2, WikiText103
from mxnet.gluon.data import DataLoader, dataloader

from ...server import server  # noqa: F401  a fixture

TRAIN = " \n = Title = \n\n the cat sat on the <unk> mat \n the dog ran , the end . \n"
TRAIN += "  = = Two = = \n\tcat  cat   dog\n"
VALID = " the cat ran away \n a b c the dog \n"
FILES = {"wiki.train.tokens": TRAIN, "wiki.valid.tokens": VALID, "wiki.test.tokens": ""}
both = pytest.mark.parametrize("kind", [WikiText2, WikiText103])


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Accept a few lines as WikiText, and have no server to fetch any from."""
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")


@pytest.fixture
def root(tmp_path):
    """A folder with the three files."""
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content.encode())
    return tmp_path


def archive_of(kind, files):
    name = {WikiText2: "wikitext-2", WikiText103: "wikitext-103"}[kind]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(f"{name}/{file}", content)
    return f"gluon/dataset/{name}/{name}-v1.zip", stream.getvalue()


# The recorded numbers of this text: what the real MXNet makes of it.
TOKENS = "<unk> <eos> = the cat dog \tcat , . Title Two end mat on ran sat".split(" ")
COUNTS = {"=": 6, "the": 4, "cat": 2, "dog": 2} | dict.fromkeys(
    ["Title", "sat", "on", "<unk>", "mat", "ran", ",", "end", ".", "Two", "\tcat"], 1
)


def test_words_and_ends_of_lines_become_numbers_as_in_the_real_mxnet(root):
    dataset = WikiText2(str(root), seq_len=5)
    assert dataset.vocabulary.idx_to_token == TOKENS
    assert dataset.frequencies == Counter(COUNTS)
    assert len(dataset) == 5
    words = "= Title = <eos> the cat sat on the <unk> mat <eos> the dog ran , the end . <eos> = = Two = = <eos>".split()
    numbers = [TOKENS.index(word) for word in words]
    for i, (data, label) in enumerate(dataset):
        assert (type(data), data.shape, data.dtype, label.dtype) == (nd.NDArray, (5,), np.int32, np.int32)
        assert data.asnumpy().tolist() == numbers[5 * i : 5 * i + 5]
        assert label.asnumpy().tolist() == numbers[5 * i + 1 : 5 * i + 6]


def test_another_segment_takes_the_vocabulary_of_the_first(root):
    train = WikiText2(str(root))
    valid = WikiText2(str(root), segment="validation", vocab=train.vocabulary, seq_len=4)
    assert valid.vocabulary is train.vocabulary
    assert [data.asnumpy().tolist() for data, _ in valid] == [[3, 4, 14, 0], [1, 0, 0, 0]]
    assert [label.asnumpy().tolist() for _, label in valid] == [[4, 14, 0, 1], [0, 0, 0, 3]]
    assert valid.frequencies["the"] == 2
    assert WikiText2(str(root), segment="validation").vocabulary.idx_to_token[:3] == ["<unk>", "<eos>", "the"]


def test_lines_and_words_end_where_those_of_the_real_mxnet_end(root):
    content = "\tcat  cat   dog\nab\u00a0cd ef\r\nx\x0by z\n\t\n \nq\x0cr\u2028s t\x85u\nend"
    (root / "wiki.train.tokens").write_bytes(content.encode())
    dataset = WikiText2(str(root), seq_len=1)
    assert sorted(dataset.frequencies) == sorted(
        ["\tcat", "cat", "dog", "ab\u00a0cd", "ef", "x\x0by", "z", "\t", "q\x0cr\u2028s", "t\x85u", "end"]
    )
    words = dataset.vocabulary.to_tokens(dataset._data.asnumpy().ravel().tolist())
    assert (
        words
        == (
            "cat cat dog <eos> <unk> <unk> ef <eos> <unk> <eos> <unk> z <eos> <unk> <eos> <unk> <eos> "
            "<unk> <unk> <eos> <unk> <eos> end"
        ).split()
    )


def test_a_text_that_is_too_short_has_no_samples(root):
    assert len(WikiText2(str(root), segment="test")) == 0
    assert len(WikiText2(str(root), seq_len=100)) == 0


def test_loader_gives_the_batches_of_single_samples(root):
    dataset = WikiText2(str(root), seq_len=3)
    for i, batch in enumerate(DataLoader(dataset, 2)):
        expected = dataloader.default_batchify_fn(
            [dataset[j] for j in range(2 * i, min(2 * i + 2, len(dataset)))]
        )
        for found, wanted in zip(batch, expected, strict=True):
            assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape)
            np.testing.assert_array_equal(found.asnumpy(), wanted.asnumpy())


# ------------------------------------------------------------------------------- where the files come from


@both
def test_a_missing_archive_is_fetched_once(kind, tmp_path, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    path, content = archive_of(kind, FILES)
    server.files[path] = content
    root = tmp_path / "new"
    assert len(kind(str(root), seq_len=5)) == 5
    server.files.clear()
    assert len(kind(str(root), "validation", seq_len=4)) == 2
    assert sorted(os.listdir(root)) == sorted([*FILES, os.path.basename(path)])


@both
def test_offline_the_error_says_what_to_put_where(kind, tmp_path, monkeypatch):
    with pytest.raises(DownloadError) as caught:
        kind(str(tmp_path))
    path, content = archive_of(kind, FILES)
    target = tmp_path / os.path.basename(path)
    assert f"put it at {target}" in str(caught.value)
    target.write_bytes(content)
    assert len(kind(str(tmp_path), seq_len=5)) == 5


@both
def test_the_usual_folder_follows_mxnet_home(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    path, content = archive_of(kind, FILES)
    folder = tmp_path / "datasets" / path.split("/")[2]
    folder.mkdir(parents=True)
    (folder / os.path.basename(path)).write_bytes(content)
    assert kind(seq_len=5)._root == str(folder)


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", archive_of(WikiText2, FILES)[1][:200]])
def test_a_damaged_archive_is_named_with_what_to_do(content, tmp_path):
    (tmp_path / "wikitext-2-v1.zip").write_bytes(content)
    with pytest.raises(MXNetError, match="is damaged, and cannot be fetched again"):
        WikiText2(str(tmp_path))


def test_another_text_is_recognised(tmp_path, monkeypatch, server):  # noqa: F811
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "1")
    monkeypatch.setenv("MXNET_GLUON_REPO", server.url())
    path, content = archive_of(WikiText2, FILES)
    server.files[path] = content
    with pytest.raises(ContentError, match=r"content of wiki\.train\.tokens is not that of the original"):
        WikiText2(str(tmp_path))
    assert list(tmp_path.glob("[!.]*")) == []


# ------------------------------------------------------------------------------- wrong calls


def test_wrong_arguments_are_refused_before_anything_is_fetched(tmp_path):
    with pytest.raises(KeyError, match="validation") as caught:
        WikiText2(str(tmp_path), segment="valid")
    assert isinstance(caught.value, MXNetError)
    with pytest.raises(ValueError, match="at least one token"):
        WikiText2(str(tmp_path), seq_len=0)
    with pytest.raises(TypeError, match="this is no vocabulary"):
        WikiText2(str(tmp_path), vocab=Counter("abc"))
    assert list(tmp_path.glob("[!.]*")) == []


def test_a_file_that_is_no_text_is_refused(root):
    (root / "wiki.train.tokens").write_bytes(b"abc \xff\xfe")
    with pytest.raises(FormatError, match="is no text"):
        WikiText2(str(root))


def test_the_module_has_the_names_of_the_real_mxnet():
    assert text.WikiText2 is WikiText2
    assert text.WikiText103 is WikiText103
