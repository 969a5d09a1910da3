"""What skglove._unpack writes, and what it refuses."""

import gzip
import hashlib
import io
import os
import signal
import subprocess
import tarfile
import tracemalloc

import numpy as np
import pytest
from serving import names_in, tarred

from benchmarks.fuzzing.archives import chain_of_links
from skglove import _unpack
from skglove._download import remove_leftovers, work_folder
from skglove._unpack import content_digest, unpack

FROGS = [("frogs/green/1", b"one"), ("frogs/red/2", b"two" * 1000)]


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return home


def special(name, kind, target="", **attributes):
    """A member that has no content, whatever it says."""
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    for attribute, value in attributes.items():
        setattr(member, attribute, value)
    return member, b""


def try_to_unpack(home, content, **options):
    path = home / "frogs.tar.gz"
    path.write_bytes(content)
    limits = {"max_files": 100, "max_bytes": 1_000_000} | options
    unpack(path, home / "frogs", roots=("frogs", "toads"), **limits)
    return home / "frogs"


def files_in(folder):
    """Name -> content of all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("root", ["frogs", "toads", "./frogs"])
@pytest.mark.parametrize(
    "tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
)
def test_files_and_folders_are_unpacked(home, root, tar_format):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tar_format) as tar:
        for name in (f"{root}/", f"{root}/empty/"):
            tar.addfile(special(name, tarfile.DIRTYPE)[0])
        for name, content in FROGS:
            member = tarfile.TarInfo(name.replace("frogs", root))
            member.size = len(content)
            member.mtime = 0.5  # to give it an extended header
            tar.addfile(member, io.BytesIO(content))
    folder = try_to_unpack(home, buffer.getvalue())
    assert files_in(folder) == {name[len("frogs/") :]: c for name, c in FROGS}
    assert (folder / "empty").is_dir()
    assert names_in(home) == ["frogs", "frogs.tar.gz"]


def test_what_another_process_unpacked_meanwhile_is_kept(home):
    other = home / "frogs" / "blue"
    other.parent.mkdir()
    other.write_text("three")
    try_to_unpack(home, tarred(*FROGS))
    assert files_in(home / "frogs") == {"blue": b"three"}
    assert names_in(home) == ["frogs", "frogs.tar.gz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_the_folder_has_the_usual_rights(home):
    folder = try_to_unpack(home, tarred(*FROGS))
    before = os.umask(0)
    os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~before
    assert (folder / "green" / "1").stat().st_mode & 0o777 == 0o666 & ~before


# Refused


def through_links(home):
    """Members that take tarfile's data filter out of the target (CVE-2025-4517)."""
    links = [(member, b"") for member in chain_of_links("frogs", "../../..", "victim")]
    return [*links, ("frogs/hard", b"evil")]


EVIL = {
    "the folder above": lambda home: [("../escaped", b"evil")],
    "the folder above, later": lambda home: [("frogs/../../escaped", b"evil")],
    "the folder above for a folder": lambda home: [
        special("frogs/../../escaped", tarfile.DIRTYPE)
    ],
    "an absolute name": lambda home: [(f"{home.parent}/escaped", b"evil")],
    "a second slash": lambda home: [(f"/{home.parent}/escaped", b"evil")],
    "backslashes": lambda home: [("frogs\\..\\..\\escaped", b"evil")],
    "a drive": lambda home: [("frogs/C:escaped", b"evil")],
    "a device of Windows": lambda home: [("frogs/con.txt", b"evil")],
    "a control character": lambda home: [("frogs/a\x1b[2J", b"evil")],
    "a name that is too long": lambda home: [("frogs/" + "f" * 256, b"evil")],
    "a name that is too deep": lambda home: [("frogs/" + "f/" * 20 + "f", b"evil")],
    "no name": lambda home: [("", b"evil")],
    "an absolute link": lambda home: [
        special("frogs/2", tarfile.SYMTYPE, str(home.parent / "escaped")),
        ("frogs/2", b"evil"),
    ],
    "a relative link": lambda home: [
        special("frogs/2", tarfile.SYMTYPE, "../../escaped"),
        ("frogs/2", b"evil"),
    ],
    "a link to a folder": lambda home: [
        special("frogs/2", tarfile.SYMTYPE, "../.."),
        ("frogs/2/escaped", b"evil"),
    ],
    "a link inside": lambda home: [special("frogs/2", tarfile.SYMTYPE, "1")],
    "a hard link": lambda home: [special("frogs/2", tarfile.LNKTYPE, "../victim")],
    "a long path of links": through_links,
    "a pipe": lambda home: [special("frogs/2", tarfile.FIFOTYPE)],
    "a device": lambda home: [special("frogs/2", tarfile.CHRTYPE, devmajor=1)],
    "a sparse file": lambda home: [special("frogs/2", tarfile.GNUTYPE_SPARSE)],
    "an unknown type": lambda home: [special("frogs/2", b"Z")],
    "a file twice": lambda home: [("frogs/2", b"two"), ("frogs/2", b"evil")],
    "a file and a folder": lambda home: [("frogs/2", b"two"), ("frogs/2/3", b"evil")],
    "a folder and a file": lambda home: [("frogs/2/3", b"two"), ("frogs/2", b"evil")],
    "a file and then a folder": lambda home: [
        ("frogs/2", b"two"),
        special("frogs/2", tarfile.DIRTYPE),
    ],
}


@pytest.mark.parametrize("evil", EVIL.values(), ids=EVIL.keys())
def test_an_archive_with_anything_else_is_refused_whole(home, evil):
    victim = home.parent / "victim"
    victim.write_text("dear")
    content = tarred(*FROGS, *evil(home))
    with pytest.raises(ValueError, match=r"is not the published archive, and nothing"):
        try_to_unpack(home, content)
    assert names_in(home) == ["frogs.tar.gz"]
    assert names_in(home.parent) == ["home", "victim"]
    assert victim.read_text() == "dear"
    assert victim.stat().st_nlink == 1


def test_the_error_names_the_archive_the_member_and_the_way_out(home):
    with pytest.raises(ValueError) as raised:
        try_to_unpack(home, tarred(special("frogs/2", tarfile.SYMTYPE, "1")))
    for part in [
        str(home / "frogs.tar.gz"),
        "'frogs/2' is a symbolic link",
        f"unpack it by hand in {home}, as 'frogs'",
    ]:
        assert part in str(raised.value)


@pytest.mark.parametrize(
    ("members", "options", "message"),
    [
        (
            [(f"frogs/{i}", b"") for i in range(4)],
            {"max_files": 3},
            "more than 3 files",
        ),
        ([("frogs/1", bytes(2000))], {"max_bytes": 1999}, r"more than 2 kB"),
        ([("frogs/1", bytes(5)), ("frogs/2", bytes(5))], {"max_bytes": 9}, "9 bytes"),
    ],
)
def test_limits_are_told(home, members, options, message):
    with pytest.raises(ValueError, match=message):
        try_to_unpack(home, tarred(*members), **options)
    assert names_in(home) == ["frogs.tar.gz"]
    within = {name: value + 1 for name, value in options.items()}
    assert len(files_in(try_to_unpack(home, tarred(*members), **within))) == len(
        members
    )


def header(name, size, kind=tarfile.REGTYPE):
    member, _ = special(name, kind, size=size)
    return member.tobuf(tarfile.GNU_FORMAT)


BOMBS = {
    "zeros": lambda: header("frogs/1", 1_000_000) + bytes(2**28),
    "a large file": lambda: header("frogs/1", 2**28) + bytes(2**28),
    "a file declared too large": lambda: header("frogs/1", 2**62),
    "a large extended header": lambda: (
        header("x", 2**28, tarfile.XHDTYPE) + bytes(2**28)
    ),
    "a large long name": lambda: (
        header("x", 2**28, tarfile.GNUTYPE_LONGNAME) + bytes(2**28)
    ),
    "a slow extended header": lambda: (
        header("x", 60_000, tarfile.XHDTYPE) + b"1" * 60_000
    ),
    "many extended headers": lambda: 2**18 * (header("x", 512, b"x") + bytes(512)),
    "many files": lambda: b"".join(header(f"frogs/{i}", 0) for i in range(20_000)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_take_neither_memory_nor_disk_nor_time(home, bomb, timed):
    content = gzip.compress(bomb(), 1)
    tracemalloc.start()
    try:
        with timed(5), pytest.raises(ValueError, match="nothing of it was unpacked"):
            try_to_unpack(home, content)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert names_in(home) == ["frogs.tar.gz"]


@pytest.fixture
def timed():
    """Return a context that fails if what is in it takes too many seconds."""
    import contextlib
    import time

    @contextlib.contextmanager
    def timed(seconds):
        start = time.perf_counter()
        yield
        assert time.perf_counter() - start < seconds

    return timed


def test_a_negative_size_is_damage(home):
    member = bytearray(header("frogs/1", 0))
    member[124:136] = b"\xff" * 12
    member[148:156] = b" " * 8
    member[148:156] = b"%06o\0 " % sum(member)
    with pytest.raises(ValueError, match=r"is damaged or cut off.*size"):
        try_to_unpack(home, gzip.compress(bytes(member)))
    assert names_in(home) == ["frogs.tar.gz"]


@pytest.mark.parametrize("keyword", ["path", "size", "linkpath", "GNU.sparse.realsize"])
def test_an_extended_header_for_what_matters_is_refused(home, keyword):
    record = f"30 {keyword}=../escaped\n".encode().ljust(512, b"\0")
    content = header("x", 512, tarfile.XHDTYPE) + record + header("frogs/1", 0)
    with pytest.raises(ValueError, match="extended header for the"):
        try_to_unpack(home, gzip.compress(content))


def damaged(content):
    """The archive with a bit flipped in the middle of what is in it."""
    return content[:-30] + bytes([content[-30] ^ 1]) + content[-29:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-4],
        lambda content: content[:-9],
        lambda content: content[:-6] + b"\0" + content[-5:],
        damaged,
        lambda content: b"<html>not found</html>",
        lambda content: b"",
        lambda content: gzip.compress(gzip.decompress(content)[:700]),
        lambda content: gzip.compress(gzip.decompress(content)[512:]),
    ],
)
def test_a_damaged_archive_leaves_nothing(home, damage):
    noise = np.random.RandomState(0).bytes(100_000)
    content = damage(tarred(("frogs/green/1", noise)))
    with pytest.raises(ValueError, match=r"frogs.tar.gz is (damaged|not the publ)"):
        try_to_unpack(home, content)
    assert names_in(home) == ["frogs.tar.gz"]


def test_an_archive_without_the_folder_is_refused(home):
    with pytest.raises(ValueError, match="has no folder 'frogs'"):
        try_to_unpack(home, tarred(("newts/1", b"one")))
    assert names_in(home) == ["frogs.tar.gz"]


def test_an_archive_that_is_not_there_is_named(home):
    with pytest.raises(FileNotFoundError, match=r"frogs\.tar\.gz"):
        unpack(
            home / "frogs.tar.gz",
            home / "frogs",
            roots=("frogs",),
            max_files=1,
            max_bytes=1,
        )
    assert names_in(home) == []


def test_a_full_disk_names_the_archive_and_leaves_nothing(home, monkeypatch):
    def full(self, size, file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_unpack._Stream, "copy", full)
    with pytest.raises(OSError, match=r"frogs\.tar\.gz was not unpacked: No space"):
        try_to_unpack(home, tarred(*FROGS))
    assert names_in(home) == ["frogs.tar.gz"]


# Digests


def test_the_content_digest_is_what_a_shell_computes(home):
    folder = try_to_unpack(home, tarred(*FROGS, ("frogs/a-b", b""), ("frogs/a/b", b"")))
    if os.name == "posix":
        command = "find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum"
        done = subprocess.run(
            command, shell=True, cwd=folder, capture_output=True, text=True
        )
        if done.returncode == 0:
            assert content_digest(folder) == "sha256:" + done.stdout.split()[0]
    lines = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n"
        for name, content in sorted(files_in(folder).items())
    )
    digest = hashlib.sha256(lines.encode()).hexdigest()
    assert content_digest(folder) == f"sha256:{digest}"


@pytest.mark.parametrize(
    "members",
    [
        FROGS[:1],
        [*FROGS, ("frogs/3", b"")],
        [FROGS[0], ("frogs/red/2", b"three")],
        [FROGS[0], ("frogs/red/3", FROGS[1][1])],
    ],
    ids=["fewer", "more", "another content", "another name"],
)
def test_another_content_is_refused(home, members):
    folder = try_to_unpack(home, tarred(*FROGS))
    digest = content_digest(folder)
    folder.rename(home / "right")
    with pytest.raises(ValueError, match=f"its content is sha256:.*, not {digest}"):
        try_to_unpack(home, tarred(*members), digest=digest)
    assert names_in(home) == ["frogs.tar.gz", "right"]
    # in another order it is the same content
    try_to_unpack(home, tarred(*reversed(FROGS)), digest=digest)


# Killed processes


def in_killed_process(function):
    """Call it in a process that is to kill itself; fail if it did not."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kill_at(n_calls, function):
    """The function, the n-th call of which kills the process."""
    calls = iter(range(n_calls))

    def killing(*args, **kwargs):
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return killing


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a forked process")
@pytest.mark.parametrize("step", ["read", "mkdir", "rename", "rmtree"])
@pytest.mark.parametrize("n_calls", [0, 1, 2, 5, 11])
def test_a_killed_unpacking_leaves_nothing_after_the_next_use(home, step, n_calls):
    members = [(f"frogs/{i}/{i}", bytes([i]) * 1000) for i in range(10)]
    content = tarred(*members)

    def be_killed():
        owner, name = {
            "read": (_unpack._Stream, "read"),
            "mkdir": (_unpack.Path, "mkdir"),
            "rename": (_unpack.Path, "rename"),
            "rmtree": (__import__("shutil"), "rmtree"),
        }[step]
        setattr(owner, name, kill_at(n_calls, getattr(owner, name)))
        try_to_unpack(home, content)
        os.kill(os.getpid(), signal.SIGKILL)  # it was done before the n-th call

    in_killed_process(be_killed)
    expected = {f"{i}/{i}": bytes([i]) * 1000 for i in range(10)}
    if (home / "frogs").exists():
        assert files_in(home / "frogs") == expected
        remove_leftovers(home)
    else:
        assert files_in(try_to_unpack(home, content)) == expected
    assert names_in(home) == ["frogs", "frogs.tar.gz"]


def test_the_folder_of_a_live_unpacking_is_left_alone(home):
    with work_folder(home, "frogs") as folder:
        (folder / "part").touch()
        try_to_unpack(home, tarred(*FROGS))
        assert names_in(home) == sorted(["frogs", "frogs.tar.gz", folder.name])
        assert (folder / "part").exists()
    assert names_in(home) == ["frogs", "frogs.tar.gz"]
