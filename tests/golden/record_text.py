"""What ``mx.contrib.text`` gives with the real MXNet 1.9.1, and the names and hashes of the vectors it publishes.

Run it with the oracle's Python (``make golden`` does): it rewrites ``tests/golden/text.json``, whose `PROGRAMS` the
tests run with Glueball, and ``src/mxnet/contrib/text/_published.txt``.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {}
COUNTER = Counter({"a": 3, "b": 5, "c": 5, "d": 1, "z": 3, "<unk>": 9})
VECTORS = "a 0.1 0.2 0.3\nb 0.4 0.5 0.6\nc 1 2 3\n"


def program(function):
    PROGRAMS[function.__name__] = function
    return function


def error(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function()
        except Exception as exception:
            known = ("KeyError", "TypeError", "AssertionError", "ValueError", "AttributeError")
            return next(each.__name__ for each in type(exception).__mro__ if each.__name__ in known)
    return "none"


def words(vocabulary):
    return [
        vocabulary.idx_to_token,
        list(vocabulary.token_to_idx.items()),
        vocabulary.unknown_token,
        vocabulary.reserved_tokens,
        len(vocabulary),
    ]


def vectors(embedding):
    return [*words(embedding), embedding.vec_len, repr(embedding.idx_to_vec.asnumpy().tolist())]


def file(content, name="vectors.txt", encoding="utf8"):
    Path(name).write_bytes(content.encode(encoding))
    return name


def custom(text, content, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return text.embedding.CustomEmbedding(
            file(content, encoding=options.get("encoding", "utf8")), **options
        )


@program
def counts(text):
    count = text.utils.count_tokens_from_str
    source = " Life is great ! \n life is good . \n"
    update = Counter({"is": 5})
    return [
        list(count(source).items()),
        list(count(source, to_lower=True).items()),
        list(count("a,b;c,d,a", ",", ";").items()),
        list(count("a  b\n\nb", "[ ]+").items()),
        list(count(source, counter_to_update=update).items()),
        list(update.items()),
        list(count("").items()),
        error(lambda: count(5)),
    ]


@program
def vocabularies(text):
    found = []
    for options in (
        {},
        {"most_freq_count": 2},
        {"min_freq": 3},
        {"most_freq_count": 2, "min_freq": 5},
        {"most_freq_count": 0},
        {"most_freq_count": 100},
        {"unknown_token": "UNK"},
        {"unknown_token": "a"},
        {"reserved_tokens": ["<pad>", "b"]},
        {"reserved_tokens": ["b"], "most_freq_count": 2},
        {"reserved_tokens": []},
        {"min_freq": 10},
    ):
        found.append([options, words(text.vocab.Vocabulary(COUNTER, **options))])
    return [found, words(text.vocab.Vocabulary()), text.vocab.Vocabulary(Counter([1, 2, 2])).idx_to_token]


@program
def vocabularies_that_are_none(text):
    make = text.vocab.Vocabulary
    return [
        error(lambda: make({"a": 1})),
        error(lambda: make(["a"])),
        error(lambda: make(COUNTER, min_freq=0)),
        error(lambda: make(COUNTER, reserved_tokens=["<unk>"])),
        error(lambda: make(COUNTER, reserved_tokens=["p", "p"])),
        error(lambda: make(Counter([1, "b"]))),
    ]


@program
def indices_and_tokens(text):
    vocabulary = text.vocab.Vocabulary(COUNTER, reserved_tokens=["<pad>"])
    to_indices, to_tokens = vocabulary.to_indices, vocabulary.to_tokens
    return [
        [to_indices(tokens) for tokens in ("a", "none", ["a", "none", "<unk>", "<pad>"], [], ("a",), 5)],
        [to_tokens(indices) for indices in (1, [1, 2], [], 0, -1)],
        [
            error(lambda: to_indices([["a"]])),
            *(error(lambda i=i: to_tokens(i)) for i in (100, [0, 99], 1.5, (0,))),
        ],
    ]


@program
def custom_embeddings(text):
    vocabulary = text.vocab.Vocabulary(Counter(["b", "b", "x"]), reserved_tokens=["<pad>"])
    from mxnet import nd

    found = []
    for content, options in (
        (VECTORS, {}),
        (VECTORS.replace(" ", "\t"), {"elem_delim": "\t"}),
        (VECTORS.replace(" ", "::"), {"elem_delim": "::"}),
        ("3 3\n" + VECTORS, {}),
        (VECTORS + "<unk> 7 8 9\n", {}),
        ("<unk> 7 8 9\n" + VECTORS + "<unk> 1 1 1\n", {}),
        (VECTORS + "a 7 8 9\n", {}),
        (VECTORS + " 7 8 9\n", {}),
        ("a 1 2 \nb 2 3 \n", {}),
        ("a 1 2\nb 2\n", {}),
        ("a nan 2\nb 2 1e400\n", {}),
        ("é 1 2\n字 2 3\n", {}),
        ("é 1 2\nü 2 3\n", {"encoding": "latin-1"}),
        (VECTORS, {"init_unknown_vec": nd.ones}),
        (VECTORS, {"unknown_token": "a"}),
        (VECTORS, {"vocabulary": vocabulary}),
        (VECTORS + "<unk> 7 8 9\n", {"vocabulary": vocabulary, "init_unknown_vec": nd.ones}),
    ):
        found.append(vectors(custom(text, content, **options)))
    return found


@program
def custom_embeddings_that_are_none(text):
    return [
        error(lambda: custom(text, VECTORS, elem_delim="\t")),
        error(lambda: custom(text, VECTORS + "d 7 8\n")),
        error(lambda: custom(text, "d 7 8\n" + VECTORS)),
        error(lambda: custom(text, VECTORS + "d x y z\n")),
        error(lambda: custom(text, "a  1 2\n")),
        error(lambda: custom(text, VECTORS, vocabulary=["a"])),
        error(lambda: text.embedding.CustomEmbedding("absent.txt")),
    ]


@program
def vectors_by_tokens(text):
    embedding = custom(text, VECTORS + "A 5 5 5\n")
    found = []
    for tokens in ("a", "none", ["a", "none", "b"], "A", "B", ["B", "A"], ["<unk>"]):
        for lower in (False, True):
            vector = embedding.get_vecs_by_tokens(tokens, lower)
            found.append([vector.shape, vector.asnumpy().tolist()])
    return found


@program
def new_vectors(text):
    from mxnet import nd

    embedding = custom(text, VECTORS)
    update = embedding.update_token_vectors
    found = []
    for tokens, values in (
        ("a", [9, 9, 9]),
        (["a", "b"], [[1, 1, 1], [2, 2, 2]]),
        (["a"], [[3, 3, 3]]),
        (["a"], [4, 4, 4]),
        ("a", [[5, 5, 5]]),
        ("<unk>", [6, 6, 6]),
        (["b", "b"], [[7, 7, 7], [8, 8, 8]]),
    ):
        update(tokens, nd.array(values))
        found.append(embedding.idx_to_vec.asnumpy().tolist())
    errors = [
        error(lambda: update(["a", "b"], nd.array([1, 1, 1]))),
        error(lambda: update("a", nd.array([1, 1]))),
        error(lambda: update("a", [1, 1, 1])),
        error(lambda: update("none", nd.array([1, 1, 1]))),
        error(lambda: update(["a", "none"], nd.array([[1, 1, 1], [1, 1, 1]]))),
        error(lambda: update([], nd.array([[1, 1, 1]]))),
    ]
    return found, errors, embedding.idx_to_vec.asnumpy().tolist()


@program
def composites(text):
    vocabulary = text.vocab.Vocabulary(Counter(["b", "b", "x"]), reserved_tokens=["<pad>"])
    first, second = custom(text, VECTORS), custom(text, "b 10 20\nx 30 40\n<unk> 5 5\n")
    make = text.embedding.CompositeEmbedding
    found = [vectors(make(vocabulary, first)), vectors(make(vocabulary, [first, second]))]
    return found, [error(lambda: make("x", [first])), error(lambda: make(vocabulary, ["x"]))]


@program
def registry(text):
    embedding = text.embedding

    class Mine(embedding._TokenEmbedding):
        def __init__(self, x=1, **kwargs):
            super().__init__(**kwargs)
            self.x = x

        pretrained_file_name_sha1 = {"mine.txt": ""}

    same = embedding.register(Mine) is Mine
    one = embedding.create("MINE", x=3)
    names = embedding.get_pretrained_file_names()
    return [
        same,
        one.x,
        words(one),
        embedding.create(one) is one,
        names["mine"],
        embedding.get_pretrained_file_names("glove"),
        len(names["fasttext"]),
        [each.__name__ for each in embedding.GloVe.__mro__ if "Published" not in each.__name__],
        error(lambda: embedding.register(int)),
        error(lambda: embedding.create("none")),
        error(lambda: embedding.create("glove", pretrained_file_name="none")),
        error(lambda: embedding.get_pretrained_file_names("none")),
    ]


def run(text, name):
    """The result of a program, as JSON has it."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            return json.loads(json.dumps(PROGRAMS[name](text)))
        finally:
            os.chdir(home)


def published(embedding):
    lines = ["# embedding, file, its SHA-1, archive, its SHA-1: written by tests/golden/record_text.py"]
    for cls in (embedding.GloVe, embedding.FastText):
        for name, sha1 in cls.pretrained_file_name_sha1.items():
            archive = cls._get_download_file_name(name)
            archive_sha1 = cls.pretrained_archive_name_sha1[archive]
            lines.append(" ".join([cls.__name__.lower(), name, sha1, archive, archive_sha1]))
    return "\n".join(lines) + "\n"


def main():
    import mxnet
    from mxnet.contrib import text

    assert mxnet.__version__ == "1.9.1", mxnet.__version__
    lines = {name: run(text, name) for name in PROGRAMS}
    content = ",\n".join(f"{json.dumps(name)}: {json.dumps(found)}" for name, found in lines.items())
    (ROOT / "tests" / "golden" / "text.json").write_bytes(b"{\n" + content.encode() + b"\n}\n")
    table = ROOT / "src" / "mxnet" / "contrib" / "text" / "_published.txt"
    table.write_bytes(published(text.embedding).encode())


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
