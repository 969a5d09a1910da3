"""Reading plain state from files of skops, without believing anything in them.

skops itself reads them too. Here they are read with less: without an import of all of
scikit-learn, with no other types than those of plain state, and with no more memory
than the file has bytes, whatever its headers declare.
"""

import json
import math
import re
import struct
import zipfile
from io import BytesIO
from typing import BinaryIO

import numpy as np

from ._plain import InvalidStateError
from .text._validation import shown

# The versions of skops's format whose plain nodes are those that are read here.
_PROTOCOLS = (0, 1, 2)
_SCHEMA = "schema.json"
_MEMBER = re.compile(r"[0-9a-f-]{1,64}\.(npy|bin)", re.ASCII)

# What is large is in arrays. JSON takes up to 24 times its size in memory.
_MAX_SCHEMA_BYTES = 1 << 20
_MAX_MEMBERS = 1_000
_MAX_DIRECTORY_BYTES = 200 * _MAX_MEMBERS
_MAX_DEPTH = 32
_MAX_HEADER_BYTES = 10_000

# The last record of a zip without a comment, and what it has before it if it is zip64.
_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\5\6"
_ZIP64_LOCATOR, _ZIP64_SIGNATURE = 20, b"PK\6\7"

#: Size of the largest file that is not zip64.
LARGEST_FILE = (1 << 32) - 1


def read_state(file: BinaryIO, kind: str, max_bytes: int) -> dict:
    """Return the state of the one object in a file of skops.

    Parameters
    ----------
    file : file open for reading bytes
        The file.

    kind : str
        Module and name of the object's class.

    max_bytes : int
        Largest size of the file.

    Returns
    -------
    state : dict
        Of strings, numbers, bytes, arrays, lists and dicts of these.

    Raises
    ------
    InvalidStateError
        If the file is damaged, or holds anything else.
    """
    size = file.seek(0, 2)
    if size > max_bytes:
        raise InvalidStateError(
            f"It has {size:,} bytes, more than max_bytes={max_bytes:,}."
        )
    _check_directory(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist(), size)
            return _Reader(archive).read(kind)
    except InvalidStateError:
        raise
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
    ) as error:
        raise InvalidStateError(f"It is damaged: {error}.") from None


def _check_directory(file, size):
    """Refuse a list of members that is longer than any that is right.

    It must be done before Python's zipfile makes an object of each.
    """
    length = min(size, _END.size + _ZIP64_LOCATOR)
    file.seek(size - length)
    tail = file.read(length)
    if not tail.endswith(b"\0\0") or tail[-_END.size :][:4] != _END_SIGNATURE:
        raise InvalidStateError("It is no file of skops, or its end is missing.")
    _, _, _, _, n_members, n_bytes, _, _ = _END.unpack(tail[-_END.size :])
    if tail.startswith(_ZIP64_SIGNATURE):
        raise InvalidStateError("It is a zip64 archive, which no saved classifier is.")
    if n_members > _MAX_MEMBERS or n_bytes > _MAX_DIRECTORY_BYTES:
        raise InvalidStateError(
            f"It declares {n_members} members in a directory of {n_bytes} bytes, more "
            "than any classifier has."
        )


def _check_members(members, size):
    """Raise an error unless the members are what skops writes, one after the other."""
    names = {member.filename for member in members}
    if len(names) < len(members) or _SCHEMA not in names:
        raise InvalidStateError(f"It must have one {_SCHEMA} and no member twice.")
    for member in members:
        if member.filename != _SCHEMA and not _MEMBER.fullmatch(member.filename):
            raise InvalidStateError(
                f"It has the unknown member {shown(member.filename)}."
            )
        if (
            member.compress_type != zipfile.ZIP_STORED
            or member.file_size != member.compress_size
        ):
            raise InvalidStateError(
                f"Its member {member.filename} is compressed, which no saved "
                "classifier is."
            )
    # Members that lie over each other would be read as many times.
    if sum(member.file_size for member in members) > size:
        raise InvalidStateError("Its members declare more bytes than it has.")


class _Reader:
    """Makes plain values of the nodes of a file of skops."""

    def __init__(self, archive):
        self._archive = archive
        self._unread = set(archive.namelist())

    def read(self, kind):
        """Return the state of the object, which must be of this kind."""
        size = self._archive.getinfo(_SCHEMA).file_size
        if size > _MAX_SCHEMA_BYTES:
            raise InvalidStateError(
                f"Its {_SCHEMA} has {size:,} bytes, more than {_MAX_SCHEMA_BYTES:,}."
            )
        schema = json.loads(self._member(_SCHEMA))
        if type(schema) is not dict or type(schema.get("protocol")) is not int:
            raise InvalidStateError(f"Its {_SCHEMA} is not one of skops.")
        if schema["protocol"] not in _PROTOCOLS:
            raise InvalidStateError(
                f"Its format is that of another version of skops, {schema['protocol']}:"
                f" this version of skglove knows {_PROTOCOLS}."
            )
        self._check_kind(schema, "ObjectNode", kind)
        return self._value(schema.get("content"), _MAX_DEPTH, only=dict)

    def _value(self, node, depth, only=None):
        if type(node) is not dict or not depth:
            raise InvalidStateError(f"Its {_SCHEMA} is not one of skops.")
        loader = node.get("__loader__")
        if type(loader) is not str or loader not in self._LOADERS:
            raise InvalidStateError(
                f"It holds {self._kind_of(node)} as {shown(loader)}, where only "
                "numbers, strings, bytes, arrays, lists and dicts are loaded."
            )
        kind, read = self._LOADERS[loader]
        self._check_kind(node, loader, kind)
        value = read(self, node, depth - 1)
        if only is not None and type(value) is not only:
            raise InvalidStateError(f"Its {_SCHEMA} is not one of skops.")
        return value

    @staticmethod
    def _kind_of(node):
        return f"{shown(node.get('__module__'))}.{shown(node.get('__class__'))}"

    def _check_kind(self, node, loader, kind):
        module, name = kind.rsplit(".", 1)
        if (
            node.get("__loader__") != loader
            or node.get("__module__") != module
            or node.get("__class__") != name
        ):
            raise InvalidStateError(
                f"It holds {self._kind_of(node)}, where {kind} is expected."
            )

    def _dict(self, node, depth):
        content, key_types = node.get("content"), node.get("key_types")
        if type(content) is not dict or type(key_types) is not dict:
            raise InvalidStateError(f"Its {_SCHEMA} has a dict without content.")
        for key_type in self._items(key_types):
            if type(key_type) is not dict:
                raise InvalidStateError(f"Its {_SCHEMA} has a key of no type.")
            self._check_kind(key_type, "TypeNode", "builtins.str")
        return {key: self._value(value, depth) for key, value in content.items()}

    def _list(self, node, depth):
        return [self._value(item, depth) for item in self._items(node)]

    @staticmethod
    def _items(node):
        content = node.get("content")
        if type(content) is not list:
            raise InvalidStateError(f"Its {_SCHEMA} has a list without content.")
        return content

    def _scalar(self, node, depth):
        content = node.get("content")
        value = json.loads(content) if type(content) is str else content
        if type(content) is not str or type(value) not in _SCALARS:
            raise InvalidStateError(f"Its {_SCHEMA} has {shown(content)} as a value.")
        return value

    def _bytes(self, node, depth):
        return self._member(node.get("file"), ".bin")

    def _array(self, node, depth):
        if node.get("type") != "numpy":
            raise InvalidStateError("It holds an array of objects.")
        name = node.get("file")
        return _array_of(self._member(name, ".npy"), name)

    def _member(self, name, suffix=""):
        """Return the bytes of a member, each at most once, their checksum compared."""
        if type(name) is not str or name not in self._unread:
            raise InvalidStateError(
                f"Its {_SCHEMA} asks for {shown(name)}, which is not there or was read."
            )
        if not name.endswith(suffix):
            raise InvalidStateError(f"Its {_SCHEMA} asks for {name} as {suffix}.")
        self._unread.remove(name)
        return self._archive.read(name)

    _LOADERS = {
        "DictNode": ("builtins.dict", _dict),
        "ListNode": ("builtins.list", _list),
        "JsonNode": ("builtins.str", _scalar),
        "BytesNode": ("builtins.bytes", _bytes),
        "NdArrayNode": ("numpy.ndarray", _array),
    }


_SCALARS = (str, int, float, bool, type(None))


def _array_of(content, name):
    """Return the array in the bytes of a .npy file, read-only and over these bytes."""
    header = BytesIO(content[: _MAX_HEADER_BYTES + 12])
    try:
        version = np.lib.format.read_magic(header)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }[version]
        shape, fortran_order, dtype = read_header(header)
    except Exception as error:  # a crafted header raises anything
        raise InvalidStateError(
            f"Its member {name} is no array: {shown(str(error))}"
        ) from None
    start = header.tell()
    if dtype.kind not in "biufSU" or dtype.shape or not dtype.itemsize:
        raise InvalidStateError(f"Its member {name} is an array of {shown(dtype)}.")
    if min(shape, default=0) < 0 or (
        math.prod(shape) * dtype.itemsize != len(content) - start
    ):
        raise InvalidStateError(
            f"Its member {name} declares the shape {shown(shape)} of {dtype}, which is "
            f"not what its {len(content) - start} bytes are."
        )
    flat = np.frombuffer(content, dtype, offset=start)
    return flat.reshape(shape, order="F" if fortran_order else "C")
