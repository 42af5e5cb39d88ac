"""``mx.contrib.text`` beyond what is recorded: odd files, published files, errors."""

import hashlib
import io
import zipfile
from collections import Counter

import numpy as np
import pytest

from mxnet import nd
from mxnet.base import MXNetError
from mxnet.contrib import text
from mxnet.contrib.text import _base, _published, _vectors
from mxnet.contrib.text._published import PublishedFile
from mxnet.gluon._download import DownloadError

VECTORS = "hello 1 2\nworld 3 4\n"


@pytest.fixture
def custom(tmp_path):
    """Return a function that makes an embedding of a file with some content."""

    def make(content=VECTORS, **options):
        path = tmp_path / "vectors.txt"
        path.write_bytes(content.encode())
        return text.embedding.CustomEmbedding(path, **options)

    return make


def lines_of(error):
    return str(error.value).splitlines()


# ------------------------------------------------------------------------------------------------- counting, numbering


def test_a_delimiter_that_is_no_expression_is_taken_literally():
    assert text.utils.count_tokens_from_str("*a*b*\n*a*", token_delim="*") == Counter({"a": 2, "b": 1})


def test_text_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"no string\n  received: bytes"):
        text.utils.count_tokens_from_str(b"a b")


def test_numbers_of_numpy_have_tokens():
    vocabulary = text.vocab.Vocabulary(Counter("aab"))
    assert vocabulary.to_tokens([np.int64(1), np.int32(2)]) == ["a", "b"]


def test_a_number_without_a_token_is_named():
    with pytest.raises(ValueError, match=r"there is no token 3\n.*\n.*0 to 2"):
        text.vocab.Vocabulary(Counter("aab")).to_tokens([1, 3])


def test_tokens_may_be_tuples():
    vocabulary = text.vocab.Vocabulary(Counter([("a", "b"), ("b", "c"), ("a", "b")]))
    assert vocabulary.to_indices(("a", "b")) == 1


# ------------------------------------------------------------------------------------------------- files of one's own


def test_tokens_given_beside_those_of_a_file_have_vectors_too(custom):
    embedding = custom(reserved_tokens=["<pad>", "world"])
    assert embedding.idx_to_token == ["<unk>", "<pad>", "world", "hello"]
    assert embedding.idx_to_vec.asnumpy().tolist() == [[0, 0], [0, 0], [3, 4], [1, 2]]


def test_empty_lines_and_the_usual_header_are_passed_over_silently(custom):
    assert custom("2 2\nhello 1 2\n\nworld 3 4\n\n").idx_to_token == ["<unk>", "hello", "world"]


def test_a_line_with_one_number_is_warned_about(custom):
    with pytest.warns(UserWarning, match="line 3: 'moon 5' looks like a header"):
        assert len(custom(VECTORS + "moon 5\n")) == 3


def test_a_token_that_stands_there_again_is_warned_about_once(custom):
    with pytest.warns(UserWarning, match="line 3: 'hello' stands there again.* 1 more") as caught:
        embedding = custom(VECTORS + "hello 5 6\nworld 7 8\n")
    assert len(caught) == 1
    assert embedding.idx_to_vec[1].asnumpy().tolist() == [1, 2]


def test_a_token_with_blanks_in_it_is_read_once_the_width_is_known(custom):
    embedding = custom(VECTORS + ". . . 5 6\nat name@domain.com 7 8\n")
    assert embedding.idx_to_token[3:] == [". . .", "at name@domain.com"]
    assert embedding.get_vecs_by_tokens(". . .").asnumpy().tolist() == [5, 6]


def test_portions_of_lines_make_one_embedding(custom, monkeypatch, rng):
    values = rng.standard_normal((50, 3)).astype("float32")
    content = "".join(f"t{row} {' '.join(map(repr, map(float, values[row])))}\n" for row in range(50))
    monkeypatch.setattr(_vectors, "_LINES", 7)
    np.testing.assert_array_equal(custom(content).idx_to_vec[1:].asnumpy(), values)


@pytest.mark.parametrize(
    ("content", "options", "kind", "words"),
    [
        ("hello 1 2\nworld\n", {}, AssertionError, "line 2: no token with numbers"),
        ("hello\t1\t2\n", {}, AssertionError, "elem_delim='\\t'"),
        (VECTORS + "moon 5 6 7\n", {}, AssertionError, "line 3: 3 numbers, 2 in the lines before"),
        (VECTORS + "moon 5 x\n", {}, ValueError, "it stands in line 3"),
        (VECTORS + "moon 5 1_0\n", {}, ValueError, "'1_0'"),
        (VECTORS + "moon 5 6x\n", {}, ValueError, "'6x'"),
        ("hello  1 2\n", {}, ValueError, "could not convert string to float: ''"),
        ("", {}, ValueError, "has no vectors"),
        ("2 1\na 1\n", {}, ValueError, "has no vectors"),
        ("\xff 1 2", {"encoding": "ascii"}, ValueError, "no text in ascii"),
        (VECTORS, {"init_unknown_vec": lambda shape: nd.zeros(3)}, ValueError, "a vector of n elements"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*looks like a header")
def test_a_file_that_is_none_has_one_clear_error(custom, content, options, kind, words):
    with pytest.raises(kind) as error:
        custom(content, **options)
    assert words in str(error.value)
    assert len(lines_of(error)) <= 4


def test_a_vocabulary_reads_only_what_it_needs(custom, monkeypatch):
    taken = []
    original = _vectors._Reader._numbers
    monkeypatch.setattr(
        _vectors._Reader,
        "_numbers",
        lambda self, tokens, *rest: taken.extend(tokens) or original(self, tokens, *rest),
    )
    embedding = custom(vocabulary=text.vocab.Vocabulary(Counter(["world"])))
    assert taken == ["world"]
    assert embedding.idx_to_vec.asnumpy().tolist() == [[0, 0], [3, 4]]


def test_an_empty_list_of_tokens_has_no_vectors(custom):
    assert custom().get_vecs_by_tokens([]).shape == (0, 2)


def test_a_failed_update_changes_nothing(custom):
    embedding = custom()
    before = embedding.idx_to_vec.asnumpy()
    with pytest.raises(ValueError, match="no token 'moon'"):
        embedding.update_token_vectors(["hello", "moon"], nd.ones((2, 2)))
    np.testing.assert_array_equal(embedding.idx_to_vec.asnumpy(), before)


def test_an_embedding_without_vectors_says_so():
    with pytest.raises(AssertionError, match="there are no vectors yet"):
        text.embedding._TokenEmbedding().get_vecs_by_tokens("a")


def test_another_class_of_the_same_name_is_warned_about(monkeypatch):
    monkeypatch.setattr(_base, "_REGISTRY", dict(_base._REGISTRY))
    with pytest.warns(UserWarning, match="takes the place of another one"):
        text.embedding.register(type("GloVe", (text.embedding._TokenEmbedding,), {}))


def test_an_embedding_that_was_meant_is_suggested():
    with pytest.raises(AssertionError, match="try:      'fasttext'"):
        text.embedding.create("fast_text")
    with pytest.raises(KeyError, match=r"try:      'glove.6B.50d.txt'"):
        text.embedding.create("glove", pretrained_file_name="glove.6b.50d")


# --------------------------------------------------------------------------------------------------- published files


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Return the folder of GloVe and the archive of its only file, which no server has."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("tiny.txt", VECTORS)
    content = archive.getvalue()
    sha1 = [hashlib.sha1(each).hexdigest() for each in (VECTORS.encode(), content)]
    files = {"tiny.txt": PublishedFile("tiny.txt", sha1[0], "tiny.zip", sha1[1])}
    for module in (_published, text.embedding):
        monkeypatch.setattr(module, "published_files", lambda _: files)
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9")
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    folder = tmp_path / "embeddings" / "glove"
    folder.mkdir(parents=True)
    return folder, content


def glove():
    return text.embedding.create("glove", pretrained_file_name="tiny.txt")


def test_a_published_file_is_used_where_it_lies(published):
    (published[0] / "tiny.txt").write_bytes(VECTORS.encode())
    assert glove().idx_to_token == ["<unk>", "hello", "world"]


def test_a_published_file_is_taken_out_of_its_archive(published):
    folder, content = published
    (folder / "tiny.zip").write_bytes(content)
    assert glove().vec_len == 2
    assert sorted(each.name for each in folder.iterdir()) == ["tiny.txt", "tiny.zip"]


@pytest.mark.parametrize("there", [None, "another"])
def test_without_a_server_the_error_says_what_to_put_where(published, there, capsys):
    folder, _ = published
    if there:
        (folder / "tiny.txt").write_text(there)
    with pytest.raises(DownloadError) as error:
        glove()
    lines = lines_of(error)
    assert ("is another file" if there else "is not there") in lines[0]
    assert "tiny.zip" in lines[-1]
    assert str(folder) in lines[-1]


def test_other_content_is_used_when_asked_for(published, monkeypatch):
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    (published[0] / "tiny.txt").write_text("moon 5 6\n")
    assert glove().idx_to_token == ["<unk>", "moon"]


def test_an_archive_without_the_file_is_named(published, monkeypatch):
    monkeypatch.setenv("MXNET_VERIFY_DATASETS", "0")
    (published[0] / "tiny.zip").write_bytes(b"no archive")
    with pytest.raises(MXNetError, match="does not hold tiny"):
        glove()
    assert not (published[0] / "tiny.txt").exists()


def test_a_folder_of_ones_own_is_used(published, tmp_path):
    other = tmp_path / "other"
    (other / "glove").mkdir(parents=True)
    (other / "glove" / "tiny.txt").write_bytes(VECTORS.encode())
    assert len(text.embedding.GloVe("tiny.txt", embedding_root=str(other))) == 3
