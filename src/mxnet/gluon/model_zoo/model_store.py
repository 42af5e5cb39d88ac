"""The files of trained weights: fetched when they are first asked for, kept, and checked by their SHA-1.

A file is called ``<network>-<first eight digits of its SHA-1>.params`` and lies in ``~/.mxnet/models``, or in
``models`` under ``MXNET_HOME``. It is fetched as a ZIP archive of the same name; one that somebody has put into that
folder by hand is as good.
"""

from __future__ import annotations

import logging
import os
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from zlib import error as ZlibError

from ..._surface import module_getattr as _module_getattr
from ...base import message, nearest
from .._download import ContentError, DownloadError, RemoteFile, check_sha1, fetch, in_data_dir, mirrors

__all__ = ["get_model_file", "purge"]

__getattr__ = _module_getattr(__name__)

ROOT = os.path.join("~", ".mxnet", "models")
"""The usual folder of the files; ``MXNET_HOME`` takes the place of its first two parts."""

_FOLDER = "gluon/models"
_OTHER_MIRRORS = (
    "https://apache-mxnet.s3.amazonaws.com/gluon/models",
    "https://apache-mxnet.s3.cn-north-1.amazonaws.com.cn/gluon/models",
)

_model_sha1 = {
    "alexnet": "44335d1f0046b328243b32a26a4fbd62d9057b45",
    "densenet121": "f27dbf2dbd5ce9a80b102d89c7483342cd33cb31",
    "densenet161": "b6c8a95717e3e761bd88d145f4d0a214aaa515dc",
    "densenet169": "2603f878403c6aa5a71a124c4a3307143d6820e9",
    "densenet201": "1cdbc116bc3a1b65832b18cf53e1cb8e7da017eb",
    "inceptionv3": "ed47ec45a937b656fcc94dabde85495bbef5ba1f",
    "mobilenet0.25": "9f83e440996887baf91a6aff1cccc1c903a64274",
    "mobilenet0.5": "8e9d539cc66aa5efa71c4b6af983b936ab8701c3",
    "mobilenet0.75": "529b2c7f4934e6cb851155b22c96c9ab0a7c4dc2",
    "mobilenet1.0": "6b8c5106c730e8750bcd82ceb75220a3351157cd",
    "mobilenetv2_0.25": "ae8f9392789b04822cbb1d98c27283fc5f8aa0a7",
    "mobilenetv2_0.5": "aabd26cd335379fcb72ae6c8fac45a70eab11785",
    "mobilenetv2_0.75": "e2be7b72a79fe4a750d1dd415afedf01c3ea818d",
    "mobilenetv2_1.0": "36da4ff1867abccd32b29592d79fc753bca5a215",
    "resnet101_v1": "d988c13d6159779e907140a638c56f229634cb02",
    "resnet101_v2": "18e93e4f48947e002547f50eabbcc9c83e516aa6",
    "resnet152_v1": "671c637a14387ab9e2654eafd0d493d86b1c8579",
    "resnet152_v2": "f2695542de38cf7e71ed58f02893d82bb409415e",
    "resnet18_v1": "a0666292f0a30ff61f857b0b66efc0228eb6a54b",
    "resnet18_v2": "a81db45fd7b7a2d12ab97cd88ef0a5ac48b8f657",
    "resnet34_v1": "48216ba99a8b1005d75c0f3a0c422301a0473233",
    "resnet34_v2": "9d6b80bbc35169de6b6edecffdd6047c56fdd322",
    "resnet50_v1": "0aee57f96768c0a2d5b23a6ec91eb08dfb0a45ce",
    "resnet50_v2": "ecdde35339c1aadbec4f547857078e734a76fb49",
    "squeezenet1.0": "264ba4970a0cc87a4f15c96e25246a1307caf523",
    "squeezenet1.1": "33ba0f93753c83d86e1eb397f38a667eaf2e9376",
    "vgg11": "dd221b160977f36a53f464cb54648d227c707a05",
    "vgg11_bn": "ee79a8098a91fbe05b7a973fed2017a6117723a8",
    "vgg13": "6bc5de58a05a5e2e7f493e2d75a580d83efde38c",
    "vgg13_bn": "7d97a06c3c7a1aecc88b6e7385c2b373a249e95e",
    "vgg16": "e660d4569ccb679ec68f1fd3cce07a387252a90a",
    "vgg16_bn": "7f01cf050d357127a73826045c245041b0df7363",
    "vgg19": "ad2f660d101905472b83590b59708b71ea22b2e5",
    "vgg19_bn": "f360b758e856f1074a85abd5fd873ed1d98297c3",
}


class WrongModelError(ContentError, ValueError):
    """A file of weights arrived, but not the right one; ``ValueError`` in 1.9.1."""


def short_hash(name: str) -> str:
    """The first eight digits of the SHA-1 of a network's weights, as they stand in the name of the file.

    Raises ``ValueError`` for a network that nobody has published weights of.

    >>> short_hash("resnet18_v2")
    'a81db45f'
    """
    return _sha1(name)[:8]


def get_model_file(name: str, root: str = ROOT) -> str:
    """The path of the trained weights of a network, fetched unless they are there already.

    Parameters
    ----------
    name : as `vision.get_model` takes it: ``'resnet18_v2'``, ``'mobilenetv2_0.5'``.
    root : folder of the files. The default follows ``MXNET_HOME``.

    Raises
    ------
    ValueError : nobody has published weights of this network; or what came is not the right file.
    DownloadError : the file is not there and cannot be fetched; says which one to put where by hand.

    ``MXNET_GLUON_REPO`` names another server to fetch from.
    """
    from filelock import FileLock

    sha1 = _sha1(name)
    folder = Path(in_data_dir(root))
    target = folder / f"{name}-{short_hash(name)}.params"
    if target.exists():
        if check_sha1(target, sha1):
            return str(target)
        logging.warning("Mismatch in the content of model file detected. Downloading again.")
    else:
        logging.info("Model file not found. Downloading to %s.", target)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(str(folder / f".{target.name}.lock")) as lock:
            if not (target.exists() and check_sha1(target, sha1)):  # else another process was faster
                _fetch(target, sha1)
            # Who still waits for the lock will find the file there, so the lock has done its work.
            with suppress(OSError):
                os.unlink(lock.lock_file)
    except PermissionError as error:
        raise DownloadError(
            message(
                f"get_model_file: cannot write {target}",
                because=str(error),
                hint="another folder: root=..., or MXNET_HOME=... for all of them",
            )
        ) from error
    except DownloadError as failed:
        kind = WrongModelError if isinstance(failed, ContentError) else DownloadError
        raise kind(
            message(
                f"get_model_file: cannot get the weights of {name}",
                received=str(failed).replace("\n", "\n  "),
                because=f"{target} is not there"
                if not target.exists()
                else f"the SHA-1 of {target} is not {sha1}",
                hint=f"put {target.name} (SHA-1 {sha1}) or {target.stem}.zip into {folder}; "
                "net.load_parameters(path) loads any other file",
            )
        ) from failed
    return str(target)


def purge(root: str = ROOT) -> None:
    """Delete all files of weights in a folder, and what is left of downloads that broke off.

    Differs from 1.9.1: a folder that does not exist is no error.
    """
    for pattern in ("*.params", ".*.zip.*.part", ".*.zip.*.stamp", ".*.params.lock", ".*.zip.lock"):
        for path in Path(in_data_dir(root)).glob(pattern):
            path.unlink()


def _sha1(name: str) -> str:
    try:
        return _model_sha1[name]
    except (KeyError, TypeError):
        close = nearest(str(name), _model_sha1)
        raise ValueError(
            message(
                f"Pretrained model for {name} is not available.",
                hint=(f"'{close}', or " if close else "") + "pretrained=False and net.initialize()",
            )
        ) from None


def _fetch(target: Path, sha1: str) -> None:
    """Get the archive of ``target``, which may lie beside it, and unpack it."""
    archive = target.with_name(f"{target.stem}.zip")
    urls = mirrors(_FOLDER, archive.name, ())
    if not os.environ.get("MXNET_GLUON_REPO"):
        urls += tuple(f"{base}/{archive.name}" for base in _OTHER_MIRRORS)
    part = target.with_name(f".{target.name}.part")

    def unpack(path: Path) -> None:
        _unpack(path, target.name, part, sha1)

    try:
        if archive.exists():
            try:
                unpack(archive)
            except ContentError as error:
                print(f"{archive} is damaged ({error}); it is fetched again")
            else:
                os.replace(part, target)
                return
        # The check unpacks, so each archive is read once.
        archive = fetch(RemoteFile(archive.name, urls, check=unpack), target.parent, overwrite=True)
        os.replace(part, target)
        archive.unlink()
    finally:
        part.unlink(missing_ok=True)


def _unpack(archive: Path, name: str, part: Path, sha1: str) -> None:
    """Write the file called ``name`` in the archive to ``part``; raises `ContentError` if it is not the right one."""
    try:
        with zipfile.ZipFile(archive) as file:
            inside = [each for each in file.namelist() if each.rpartition("/")[2] == name]
            if not inside:
                raise ContentError(f"there is no {name} in the archive")
            with file.open(inside[0]) as source, part.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
    except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError) as error:
        raise ContentError(f"it is no ZIP archive that can be read: {error}") from error
    if not check_sha1(part, sha1):
        raise ContentError(f"Downloaded file has different hash. The SHA-1 of {name} is not {sha1}")
