"""Archives of corpora.

Each must be unpacked right, or refused with a ValueError or OSError that names it;
nothing may be written, changed or linked to outside the target.
"""

import gzip
import io
import os
import shutil
import tarfile
from pathlib import Path

from .harness import ERROR, METER, RIGHT, Wrong, clear_error

_MAX_FILES, _MAX_BYTES = 60, 200_000
_KINDS = [
    tarfile.REGTYPE,
    tarfile.AREGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.CONTTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.GNUTYPE_SPARSE,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    b"Z",
]


def archives(folder):
    """Archives at random: damaged, crafted, larger than they look."""
    rng = yield
    while True:
        outside = folder / "outside"
        (outside / "home").mkdir(parents=True)
        (outside / "victim").write_text("dear")
        (outside / "victims").mkdir()
        (outside / "victims" / "victim").write_text("dear")
        yield _try(rng, outside)
        shutil.rmtree(outside)
        rng = yield


def _try(rng, outside):
    from skglove._unpack import unpack

    home = outside / "home"
    path, target = home / "frogs.tar.gz", home / "frogs"
    content, expected = _archive(rng, outside)
    path.write_bytes(content)
    before = everything(outside)
    outcome = RIGHT
    METER.start()
    try:
        unpack(
            path,
            target,
            roots=("frogs",),
            max_files=_MAX_FILES,
            max_bytes=_MAX_BYTES,
        )
    except (ValueError, OSError) as error:
        outcome = clear_error(error, path)
    unpacked = everything(target) if os.path.lexists(target) else {}
    shutil.rmtree(target, ignore_errors=True)
    if everything(outside) != before:
        raise Wrong(f"outside there is now {everything(outside)}")
    if outcome == ERROR:
        if unpacked:
            raise Wrong(f"refused, and left {sorted(unpacked)}")
        return ERROR
    if any(kind not in ("file", "folder") for kind, _ in unpacked.values()):
        raise Wrong(f"unpacked {unpacked}")
    files = files_of(unpacked)
    if len(unpacked) > 9 * _MAX_FILES or _MAX_BYTES < sum(map(len, files.values())):
        raise Wrong(f"unpacked too much: {len(unpacked)} files and folders")
    if expected is not None and files != expected:
        raise Wrong(f"unpacked wrongly: {sorted(files)}")
    return RIGHT


def files_of(unpacked):
    """Name -> content of the regular files of what `everything` found."""
    return {
        name: content for name, (kind, content) in unpacked.items() if kind == "file"
    }


def everything(folder):
    """Name -> kind and content (and number of links) of all that is in a folder."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = Path(parent, name)
            if path.is_symlink():
                value = "link", os.readlink(path)
            elif path.is_dir():
                value = "folder", b""
            elif path.is_file():
                content = path.read_bytes()
                links = path.stat().st_nlink
                value = ("file" if links == 1 else f"{links} links"), content
            else:
                value = "device", b""
            found[path.relative_to(folder).as_posix()] = value
    return found


def _archive(rng, outside):
    """The bytes of an archive, and its files if these must be right."""
    if rng.random() < 0.5:
        tar, files = _plain(rng)
        if rng.random() < 0.5:  # the checksum tells
            damaged = _damaged(rng, gzip.compress(tar, mtime=0))
            return damaged, files
        tar = _damaged(rng, tar, with_checksums=rng.random() < 0.7)
    elif rng.random() < 0.1:
        tar = _links_out(rng)
    else:
        tar = b"".join(
            _member(rng, outside) for _ in range(rng.choice([1, 2, 3, 5, 100]))
        )
        if rng.random() < 0.3:
            tar = _damaged(rng, tar, with_checksums=True)
    return gzip.compress(tar + bytes(rng.choice([0, 512, 1024, 10240])), mtime=0), None


def _plain(rng):
    """A tar as it should be, and its files."""
    files = {
        f"{rng.choice('abc')}/{i}": rng.randbytes(rng.choice([0, 1, 511, 512, 3000]))
        for i in range(rng.randrange(1, 8))
    }
    buffer = io.BytesIO()
    tar_format = rng.choice(
        [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
    )
    with tarfile.open(fileobj=buffer, mode="w", format=tar_format) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"frogs/{name}")
            member.size = len(content)
            member.mtime = rng.choice([0, 0.5])
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue(), files


def _damaged(rng, content, with_checksums=False):
    """The bytes after some changes; `with_checksums`, what were headers still are."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5])):
        if not content:
            break
        place = rng.randrange(len(content))
        if with_checksums:  # rather where a header is
            place = place // 512 * 512 + rng.choice([*range(160), 257, 329, 345, 400])
            place = min(place, len(content) - 1)
        change = rng.random()
        if change < 0.4:
            content[place] ^= 1 << rng.randrange(8)
        elif change < 0.6:
            content[place] = rng.choice(b"\0 ./\\7\xff")
        elif change < 0.75:
            del content[place : place + rng.choice([1, 7, 512, 1024])]
        elif change < 0.9:
            content[place:place] = rng.choice(
                [rng.randbytes(3), bytes(512), content[:512]]
            )
        else:
            del content[place:]
    if with_checksums:
        for start in range(0, len(content) - 511, 512):
            if content[start + 257 : start + 262] == b"ustar":
                _set_checksum(content, start)
    return bytes(content)


def _set_checksum(content, start):
    content[start + 148 : start + 156] = b" " * 8
    checksum = sum(content[start : start + 512])
    content[start + 148 : start + 156] = b"%06o\0 " % checksum


def chain_of_links(root, up, victim, length=247, steps="abcdefghijklmnop"):
    """Members that lead up from the root by a path too long to be followed.

    Each link is inside as it is written. Python's ``os.path.realpath`` gives up where
    the path grows longer than the system allows, and what is beyond is not looked at:
    CVE-2025-4517. The last is a hard link ``hard`` in the root to the victim.
    """
    members, path = [], root

    def add(name, kind, target=""):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        members.append(member)

    for step in steps:
        add(f"{path}/{'d' * length}", tarfile.DIRTYPE)
        add(f"{path}/{step}", tarfile.SYMTYPE, "d" * length)
        path = f"{path}/{'d' * length}"
    end = f"{'/'.join(steps)}/{'l' * 254}"
    add(f"{root}/{end}", tarfile.SYMTYPE, "../" * len(steps))
    add(f"{root}/escape", tarfile.SYMTYPE, f"{end}/{up}")
    add(f"{root}/hard", tarfile.LNKTYPE, f"{root}/escape/{victim}")
    return members


def _links_out(rng):
    links = chain_of_links(
        "frogs",
        rng.choice(["..", "../..", "../../..", "../../../.."]),
        rng.choice(["victim", "victims/victim"]),
        rng.choice([100, 247, 255]),
        "abcdefghijklmnop"[: rng.choice([3, 16])],
    )
    evil = tarfile.TarInfo(rng.choice(["frogs/hard", "frogs/escape/escaped"]))
    evil.size = 4
    return b"".join(
        member.tobuf(tarfile.GNU_FORMAT) for member in [*links, evil]
    ) + b"evil".ljust(512, b"\0")


def _name(rng, outside):
    """A name that may lead anywhere."""
    part = rng.choice
    parts = ["frogs", "a", "b", "c", "..", ".", "", "f" * 99, "f" * 300, "con", "C:"]
    parts += ["a\\..\\..\\b", "é", "\udcff", "\x01", "~", "a ", "lock", "content"]
    name = "/".join(part(parts) for _ in range(rng.choice([0, 1, 1, 2, 3, 12])))
    start = part(
        ["frogs/"] * 9 + ["", "/", "../", f"{outside}/", "//", f"/{outside}/victims/"]
    )
    return part([f"{start}{name}", f"{start}victim", "frogs/a", "frogs/b", "frogs/a/b"])


def _member(rng, outside):
    """A header with what follows it."""
    member = tarfile.TarInfo(_name(rng, outside))
    member.type = rng.choice(_KINDS[:3] * 12 + _KINDS)
    member.linkname = rng.choice(
        ["..", "../..", "../../victim", f"{outside}/victim", f"{outside}/victims", "a"]
    )
    member.devmajor, member.devminor = 1, 3
    content = rng.randbytes(rng.choice([0, 0, 1, 100, 512, 1000]))
    if member.type in (tarfile.XHDTYPE, tarfile.XGLTYPE):
        value = f"{outside}/escaped"
        keyword = rng.choice(["path", "linkpath", "size", "comment", "hdrcharset"])
        content = b"%d %s=%s\n" % (len(value), keyword.encode(), value.encode())
    if rng.random() < 0.03:
        content = bytes(rng.choice([_MAX_BYTES, _MAX_BYTES + 1, 3_000_000]))
    member.size = len(content)
    if rng.random() < 0.05:
        member.size = rng.choice([2**33, 2**62, len(content) + 1, 513, 1])
    if not member.isreg() and rng.random() < 0.5:
        member.size = 0
    header = member.tobuf(rng.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    return header + content + bytes(-len(content) % 512)
