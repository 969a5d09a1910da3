"""Model files.

A file whose bytes were damaged must predict the same where it is loaded; one that was
made up must predict at all. Nothing may be run, imported or written while loading, and
no more than 50 MB of memory taken beyond the file's size.
"""

import copy
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np

import skglove

from .damage import mutate
from .harness import METER, RIGHT, Wrong, clear_error

_FILES = Path(__file__).parents[2] / "tests" / "files"
_ASKED = ["the green car", "a newt", "", "FROG! bus"]
_MAX_GROWTH = 50  # MB beyond the file

# What only running code does. numpy parses headers by compiling them to a tree.
_FORBIDDEN = {
    "exec",
    "import",
    "marshal.loads",
    "os.exec",
    "os.fork",
    "os.remove",
    "os.rename",
    "os.system",
    "pickle.find_class",
    "socket.connect",
    "subprocess.Popen",
}
_GADGETS = [
    ("os", "system"),
    ("builtins", "eval"),
    ("subprocess", "Popen"),
    ("numpy", "fromfile"),
    ("numpy.lib.npyio", "NpzFile"),
    ("keras.saving", "load_model"),
    ("skglove.persistence", "load"),
    ("skglove.classifier", "_from_pickle"),
    ("sklearn.pipeline", "Pipeline"),
    ("builtins", "getattr"),
]
_LOADERS = [
    "FunctionNode",
    "MethodNode",
    "PartialNode",
    "TypeNode",
    "ConstructorFromReduceNode",
    "ObjectNode",
    "JsonNode",
    "OperatorFuncNode",
    "ReduceNode",
    "CachedNode",
    "SetNode",
    "TupleNode",
    "ListNode",
    "DictNode",
    "BytesNode",
    "NdArrayNode",
    "SparseMatrixNode",
    "RandomStateNode",
]
_VALUES = [
    *(None, True, False, -1, 0, 1, 2**31, 2**63, -(2**70), 0.5, 1e308),
    *("", "a", "\ud800", "conv", "x" * 5_000, b"", b"\xff\xfe", [], {}, [[]] * 50),
    *(float("nan"), float("inf"), {"object": "network"}, {"keys": [], "values": [1]}),
    *(np.zeros(0), np.zeros(3), np.zeros((2, 2), np.float32), np.full(4, np.nan)),
    *(np.arange(5), np.array(["b", "a"]), np.array([True]), np.zeros((3, 0), "f4")),
    *(np.array([0x7FFFFFFF], "u4").view("U1"), np.zeros(2, "S3"), np.zeros(2, "c16")),
]


class _Watch:
    """Notes what is run, imported or written while a file is loaded."""

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self._hook)

    def _hook(self, event, args):
        if self.on and (event in _FORBIDDEN or (event == "open" and _writes(args))):
            self.seen.append((event, str(args)[:200]))


def _writes(args):
    return isinstance(args[1], str) and any(c in args[1] for c in "wax+")


def models(folder):
    """Damaged and made-up model files; what loading runs, imports or writes."""
    watch = _Watch()
    path = folder / "model.skglove"
    originals = [
        _Original(file.read_bytes()) for file in sorted(_FILES.glob("*.skglove"))
    ]
    for original in originals:
        path.write_bytes(original.content)
        original.expected = _content(skglove.load(path), original)
    rng = yield
    while True:
        original, attack = rng.choice(originals), rng.choice(_ATTACKS)
        with np.errstate(all="ignore"):
            content = attack(rng, original)
        path.write_bytes(content)
        METER.start(_MAX_GROWTH + len(content) / 1e6)
        watch.seen, watch.on = [], True
        try:
            outcome = _outcome(path, original, same=attack is _damaged)
        except Exception as error:
            raise Wrong(f"{attack.__name__}: {error!r}") from error
        finally:
            watch.on = False
        if watch.seen:
            raise Wrong(f"{attack.__name__}: {watch.seen[:3]} while loading")
        yield outcome
        rng = yield


def _outcome(path, original, same):
    try:
        clf = skglove.load(path)
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        return clear_error(error, path)
    content = _content(clf, original)
    if same and content != original.expected:
        raise Wrong("loaded wrong")
    return RIGHT


def _content(clf, original):
    """What a classifier shows and, if that needs no TensorFlow, predicts."""
    shown = repr(clf), clf.vocabulary_ if hasattr(clf, "vocabulary_") else None
    if not original.is_bag or not hasattr(clf, "classes_"):
        return shown
    with np.errstate(all="ignore"):
        probabilities = clf.predict_proba(_ASKED)
    if probabilities.shape != (len(_ASKED), len(clf.classes_)):
        raise Wrong(f"probabilities of shape {probabilities.shape}")
    return *shown, probabilities.tolist()


class _Original:
    """A whole file, taken apart."""

    def __init__(self, content):
        self.content, self.expected = content, None
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}
        self.schema = json.loads(self.members.pop("schema.json"))
        self.is_bag = b'\\"bag\\"' in content
        self.state = _state_of(content)


def _state_of(content):
    from skglove._skops_file import read_state

    kind = "skglove.classifier.GloveTextClassifier"
    return read_state(io.BytesIO(content), kind, len(content))


def _zip(members, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def _rebuilt(original, schema=None, members=None):
    members = original.members if members is None else members
    schema = json.dumps(original.schema if schema is None else schema)
    return _zip([*members.items(), ("schema.json", schema)])


def _damaged(rng, original):
    """Damage the bytes of the file, as a disk or a network does."""
    return mutate(rng, original.content)


def _nodes(schema):
    """Return all dicts and lists of a schema."""
    found, pending = [], [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, (dict, list)):
            found.append(node)
            pending += node.values() if isinstance(node, dict) else node
    return found


def _changed_schema(rng, original):
    """Change nodes of the schema, whose checksum is right again."""
    schema = copy.deepcopy(original.schema)
    for _ in range(rng.choice([1, 1, 2, 5])):
        nodes = [node for node in _nodes(schema) if node]
        node = rng.choice(nodes)
        key = (
            rng.choice([*node]) if isinstance(node, dict) else rng.randrange(len(node))
        )
        way = rng.randrange(7)
        if way == 0:
            node[key] = rng.choice([None, 1, -1, 2**70, "x", [], {}, True, 0.5])
        elif way == 1:
            del node[key]
        elif way == 2:
            node[key] = copy.deepcopy(rng.choice(nodes))
        elif isinstance(node, dict) and "__loader__" in node:
            if way == 3:
                node["__module__"], node["__class__"] = rng.choice(_GADGETS)
            elif way == 4:
                node["__loader__"] = rng.choice(_LOADERS)
            elif way == 5:
                node["__loader__"] = rng.choice(_LOADERS)
                node["__module__"], node["__class__"] = rng.choice(_GADGETS)
                node["content"] = {"func": "load", "args": ["id"], "obj": node.copy()}
            else:
                ids = [n["__id__"] for n in nodes if "__id__" in n]
                node["__id__"] = rng.choice(ids)
    if rng.random() < 0.05:
        schema["protocol"] = rng.choice([0, 1, 3, -1, True, "2", None, 2**70])
    return _rebuilt(original, schema)


def _changed_member(rng, original):
    """Change an array: its header, its length, its bytes."""
    members = dict(original.members)
    name = rng.choice([*members])
    content = members[name]
    way = rng.randrange(6)
    if way == 0:
        content = mutate(rng, content)
    elif way == 1:
        content = content[: rng.randrange(len(content) + 1)]
    elif way == 2:
        content += rng.randbytes(rng.choice([1, 4, 1_000]))
    else:
        header = {
            "descr": rng.choice(
                ["<f4", "<f8", ">f4", "|O", "<U0", "|V8", "<M8[s]", "<i8", "<c8", "|b1"]
            ),
            "fortran_order": rng.choice([False, True, None]),
            "shape": rng.choice(
                [
                    (),
                    (0,),
                    (-1,),
                    (2**62,),
                    (10**30,),
                    (2**31, 2**31),
                    (1,) * 70,
                    (3, 2),
                ]
            ),
        }
        text = repr(header).encode()
        if way == 4:
            text = rng.choice([b"(" * 5_000, b"{" * 300, b"[]", b"", b"0", b"{[]: 1}"])
        text = text.ljust(118 if len(text) < 118 else len(text)) + b"\n"
        start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text) & 0xFFFF)
        content = start + text + content[128:]
    members[name] = content
    return _rebuilt(original, members=members)


def _changed_archive(rng, original):
    """Change the archive: bombs, members over each other, names, records."""
    members = [*original.members.items()]
    schema = json.dumps(original.schema)
    way = rng.randrange(9)
    if way == 0:
        bomb = bytes(rng.choice([10**6, 10**8]))
        name = rng.choice([*original.members])
        members = [(n, bomb if n == name else c) for n, c in members]
        return _zip([*members, ("schema.json", schema)], zipfile.ZIP_DEFLATED)
    if way == 1:
        return _zip([*members, ("schema.json", schema)], rng.choice([8, 12, 14]))
    if way == 2:  # a schema that is large in memory
        text = rng.choice(["[" * 10**6, "[" + "[]," * 4 * 10**6 + "0]", " " * 10**7])
        return _zip([*members, ("schema.json", text)])
    if way == 3:
        name = rng.choice(["../evil.npy", "/tmp/evil.npy", "a\0.npy", "x" * 60_000])
        return _zip([*members, (name, b""), ("schema.json", schema)])
    if way == 4:  # members over each other
        names = [f"{i}{Path(name).suffix}" for i, (name, _) in enumerate(members)]
        return _overlapping(members, schema, rng.choice(names))
    if way == 5:  # many members
        many = [(f"{i}.npy", b"") for i in range(rng.choice([900, 3_000]))]
        return _zip([*members, *many, ("schema.json", schema)])
    content = bytearray(_zip([*members, ("schema.json", schema)]))
    at = content.rfind(b"PK\5\6")
    if way == 6:  # a directory that is longer than it is
        struct.pack_into("<L", content, at + 12, rng.choice([0, 2**31, 2**32 - 1]))
    elif way == 7:
        struct.pack_into("<L", content, at + 16, rng.choice([0, 2**31, 2**32 - 1]))
    else:  # sizes in the directory
        entry = content.find(b"PK\1\2")
        for _ in range(rng.randrange(len(members))):
            entry = content.find(b"PK\1\2", entry + 4)
        size = rng.choice([0, 10**6, 2**31, 2**32 - 1])
        struct.pack_into("<LL", content, entry + 20, size, size)
    return bytes(content)


def _overlapping(members, schema, name):
    """Return an archive with one more name for each member, where the last one is."""
    content = bytearray(_zip([*members, ("schema.json", schema)]))
    start = content.find(b"PK\1\2")
    end = content.rfind(b"PK\5\6")
    directory = bytes(content[start:end])
    entry = directory[: directory.find(b"PK\1\2", 4)]
    renamed = entry.replace(
        members[0][0].encode(), name.encode().rjust(len(members[0][0]), b"0")
    )
    content[start:end] = directory + renamed * 3
    at = content.rfind(b"PK\5\6")
    n = len(members) + 4
    struct.pack_into("<HHL", content, at + 8, n, n, len(directory) + 3 * len(renamed))
    return bytes(content)


def _changed_state(rng, original):
    """Change values, in a file that is otherwise as skops writes it."""
    state = copy.deepcopy(original.state)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        containers = [c for c in _nodes(state) if c]
        container = rng.choice(containers)
        keys = [*container] if isinstance(container, dict) else range(len(container))
        key = rng.choice([*keys])
        value = container[key]
        way = rng.randrange(6)
        if way == 0 and isinstance(value, np.ndarray) and value.size:
            container[key] = _changed_array(rng, value)
        elif way == 1 and type(value) is int:
            container[key] = value + rng.choice([-1, 1, 2**40, -(2**40)])
        elif way == 2 and isinstance(container, dict):
            del container[key]
        elif way == 3 and isinstance(container, dict):
            container[rng.choice(["more", "memory", "__class__", "network"])] = value
        elif way == 4 and isinstance(container, list):
            container += container * rng.choice([1, 3])
        else:
            container[key] = copy.deepcopy(rng.choice(_VALUES))
    if rng.random() < 0.03:
        for _ in range(rng.choice([40, 3_000])):
            state = {"format": 1, "more": state}
    members = []
    try:
        schema = _node(state, members)
    except RecursionError:
        schema = {}
    schema = {
        "__class__": "GloveTextClassifier",
        "__module__": "skglove.classifier",
        "__loader__": "ObjectNode",
        "content": schema,
        "protocol": 2,
        "_skops_version": "0.16.0",
    }
    try:
        text = json.dumps(schema)
    except RecursionError:
        text = "{" * 5_000
    return _zip([*members, ("schema.json", text)])


def _changed_array(rng, array):
    way = rng.randrange(6)
    if way == 0:
        return array[:-1]
    if way == 1:
        return np.concatenate([array, array]) if array.ndim else array[np.newaxis]
    if way == 2:
        kinds = ["f8", "f2", "i4", "S4", ">f4", "?"]
        return np.zeros(array.shape, rng.choice(kinds))
    if way == 3:
        return array[..., np.newaxis]
    if way == 4 and array.dtype.kind in "fi":
        return -array
    changed = array.copy().reshape(-1)
    if array.dtype.kind in "fi":
        value = rng.choice([-1, 0, 2**20])
        if array.dtype.kind == "f":
            value = rng.choice([np.nan, np.inf, -1, 0, 1e30])
        changed[rng.randrange(len(changed))] = value
    return changed.reshape(array.shape)


def _node(value, members):
    """Return a value as skops does."""
    kind = type(value)
    node = {"__module__": "builtins", "__id__": len(members) + 10**6}
    if kind is dict:
        types = [
            {"__class__": "str", "__module__": "builtins", "__loader__": "TypeNode"}
            for _ in value
        ]
        key_types = {"__class__": "list", "__module__": "builtins", "content": types}
        content = {key: _node(item, members) for key, item in value.items()}
        node |= {"__class__": "dict", "__loader__": "DictNode", "content": content}
        node["key_types"] = {**key_types, "__loader__": "ListNode"}
    elif kind is list:
        node |= {"__class__": "list", "__loader__": "ListNode"}
        node["content"] = [_node(item, members) for item in value]
    elif kind is np.ndarray:
        file = io.BytesIO()
        np.save(file, value)
        node |= {"__class__": "ndarray", "__module__": "numpy", "type": "numpy"}
        node |= {"__loader__": "NdArrayNode", "file": f"{len(members)}.npy"}
        members.append((node["file"], file.getvalue()))
    elif kind is bytes:
        node |= {"__class__": "bytes", "__loader__": "BytesNode"}
        node["file"] = f"{len(members)}.bin"
        members.append((node["file"], value))
    else:
        node |= {"__class__": "str", "__loader__": "JsonNode", "is_json": True}
        node["content"] = json.dumps(value)
    return node


_ATTACKS = [
    _damaged,
    _changed_schema,
    _changed_member,
    _changed_archive,
    _changed_state,
]
