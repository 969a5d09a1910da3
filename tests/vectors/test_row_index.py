"""The cache of word vectors: it is quick, invisible, and never believed blindly."""

import gzip
import multiprocessing
import os
import shutil
import threading
import time
import zipfile

import filelock
import numpy as np
import pytest

from skglove import WordVectors
from skglove.vectors import _formats, _row_index, _text_format
from skglove.vectors._source import Source

LINES = [f"w{i} {i / 7:.5f} -{i / 9:.4f} {i}.5e-3\n".encode() for i in range(300)]
TEXT = b"".join(LINES)
VOCABULARY = ["", "[UNK]", "w3", "no such word", "w299", "w0", "w", "w30", "w3"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Give every file a cache, however small, and keep the data home clean."""
    home = tmp_path / "home"
    monkeypatch.setenv("SKGLOVE_DATA", str(home))
    monkeypatch.setattr(_row_index, "_MIN_SIZE", 0)
    return home


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "vectors"
    folder.mkdir()
    return folder


@pytest.fixture
def path(folder):
    return write(folder, TEXT)


@pytest.fixture
def made(monkeypatch):
    """Return the list of caches made from here on."""
    made = []
    make = _row_index._make

    def counted(place, *args):
        made.append(place)
        make(place, *args)

    monkeypatch.setattr(_row_index, "_make", counted)
    return made


@pytest.fixture
def reads(monkeypatch):
    """Return the list of files read from beginning to end from here on."""
    reads = []

    def counted(source, wanted=None):
        reads.append(source.path)
        return read_vectors(source, wanted)

    read_vectors = _formats.read_vectors
    monkeypatch.setattr(_formats, "read_vectors", counted)
    return reads


def write(folder, text, compression=None):
    """Write a text plain, as gzip or into a zip."""
    if compression == "zip":
        path = folder / "vectors.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner/vectors.3d.txt", text)
            archive.writestr("other.12d.txt", b"x" + b" 0.5" * 12)
    else:
        path = folder / ("vectors.gz" if compression else "vectors.txt")
        path.write_bytes(gzip.compress(text) if compression else text)
    return path


def cache_of(folder):
    (cache,) = folder.glob("*.skglove")
    return cache


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def matrix_of(path, vocabulary=VOCABULARY, dim=3):
    return WordVectors.from_file(path, dim=dim).matrix_for(vocabulary)


def plain_matrix(path, vocabulary=VOCABULARY, dim=3):
    """The matrix without a cache."""
    words, vectors = _text_format.read(Source(path, dim=dim))
    return WordVectors(words, vectors).matrix_for(vocabulary)


def overwrite(path, old, new):
    """Change bytes of a file and nothing else about it."""
    assert len(old) == len(new)
    stat = path.stat()
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def refuse_writing_into(monkeypatch, *folders):
    """Make folders as good as read-only, for the superuser too."""
    touch = _row_index.Path.touch

    def refuse(path, *args, **kwargs):
        if path.parent in folders:
            raise PermissionError(f"read-only: {path}")
        touch(path, *args, **kwargs)

    monkeypatch.setattr(_row_index.Path, "touch", refuse)


# ---------------------------------------------------------------------------
# The same answers
# ---------------------------------------------------------------------------

ODD_TEXTS = {
    "plain": (TEXT, ["w3", "w299", "nothing"]),
    "no final newline": (TEXT.rstrip(), ["w299", "w0"]),
    "CRLF": (TEXT.replace(b"\n", b"\r\n"), ["w3", "w299"]),
    "trailing spaces": (TEXT.replace(b"\n", b" \n"), ["w3", "w299"]),
    "blank lines": (b"\n \n" + TEXT.replace(b"\n", b"\n\n"), ["w3", "w299"]),
    "word2vec header": (b"300 3\n" + TEXT, ["w0", "w299", "300"]),
    "word2vec header, CRLF": (
        b"300 3\r\n" + TEXT.replace(b"\n", b"\r\n"),
        ["w0", "w299"],
    ),
    "words with spaces": (
        TEXT + b". . . 1 2 3\nat a@b.c 4 5 6\nend 7 8 9\n 1 1 1\n",
        [". . .", "at a@b.c", "at", "a@b.c", "end", ".", " ", "w7"],
    ),
    "duplicates": (
        b"w7 1 2 3\nw7 4 5 6\n" + TEXT + b"w7 7 8 9\nw8 1 1 1\n",
        ["w7", "w8", "w9"],
    ),
    "long and near words": (
        b"".join(
            b"a" * n + end + b" %d 2 3\n" % n for n in range(40) for end in (b"b", b"c")
        ),
        ["a" * n + end for n in range(41) for end in ("", "b", "c")],
    ),
    "any script": (
        "".join(
            f"{word} {i} 0.5 1.5\n"
            for i, word in enumerate(["中", "é", "e\u0301", "🐸", "a\xa0b", "\0", "\t"])
        ).encode(),
        ["中", "é", "e\u0301", "🐸", "a\xa0b", "\0", "\t", "", "a"],
    ),
}


@pytest.mark.parametrize("compression", [None, "gzip", "zip"])
@pytest.mark.parametrize("block", [1, 50, 1 << 19])
@pytest.mark.parametrize("kind", ODD_TEXTS)
def test_the_matrix_is_the_same_as_without_cache(
    folder, monkeypatch, made, reads, kind, block, compression
):
    text, words = ODD_TEXTS[kind]
    monkeypatch.setattr(_text_format, "_BLOCK", block)
    path = write(folder, text, compression)
    expected = plain_matrix(path, words)
    assert expected.any()
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path, words), expected)
    assert len(made) == 1
    assert reads == []


def test_words_that_share_a_hash_are_told_apart(path, monkeypatch, reads):
    hash_words = _row_index._hash
    monkeypatch.setattr(
        _row_index, "_hash", lambda *args: hash_words(*args) % np.uint64(5)
    )
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert reads == []
    wanted = {b"w3", b"w299", b"no such word"}
    source = Source(path, dim=3)
    words, vectors = _row_index.look_up(source, _text_format.Rows(source), wanted)
    expected = _text_format.read(source, wanted)
    assert words == expected[0] == ["w3", "w299"]
    np.testing.assert_array_equal(vectors, expected[1])


def test_hashes_do_not_depend_on_what_stands_around():
    words = [b"", b"a", b"ab", b"a\0", b"12345678", b"123456789", b"\0" * 8, b"\0" * 9]
    hashes = _row_index._hash_list(words)
    assert len(set(hashes.tolist())) == len(words)
    np.testing.assert_array_equal(_row_index._hash_list(words[::-1]), hashes[::-1])


@pytest.mark.parametrize("vocabulary", [[], ["", "[UNK]"], ["no such word"]])
def test_nothing_known_gives_zeros(path, vocabulary):
    for _ in range(2):
        matrix = matrix_of(path, vocabulary)
        assert matrix.shape == (len(vocabulary), 3)
        assert not matrix.any()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT + b"bad 1 2\n" + TEXT, "line 301: expected a word and 3 numbers, got 2"),
        (TEXT + b"bad 1 2 \n", "line 301: expected a word and 3 numbers, got 2"),
        (TEXT + b"bad 1 2", "line 301: .*cut off here"),
        (TEXT + b"b\xff 1 2 3\n", "line 301: the word .* is not UTF-8"),
        (TEXT + b"bad 0.1 0.2 0.3 0.4\n", "line 301: expected a word and 3 numbers"),
        (b"999 3\n" + TEXT, "announces 999 words, it holds 300"),
        (TEXT + b"w3 1 x 3\n", "line 301: expected 3 finite numbers"),
        (b"w3 1 x 3\n" + TEXT, "line 1: expected 3 finite numbers"),
    ],
)
def test_a_bad_file_is_refused_in_the_same_words_each_time(folder, text, message):
    path = write(folder, text)
    for _ in range(2):
        with pytest.raises(ValueError, match=message):
            matrix_of(path)
    assert not list(folder.glob("*.part")) + list(folder.glob("*.lock"))


def test_a_damaged_archive_is_refused(folder):
    path = write(folder, TEXT * 20, "gzip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(ValueError, match="damaged or cut off"):
        matrix_of(path)
    assert names(folder) == ["vectors.gz"]


def test_a_file_that_goes_missing_is_an_error(path):
    vectors = WordVectors.from_file(path)
    vectors.matrix_for(VOCABULARY)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"vectors\.txt"):
        vectors.matrix_for(VOCABULARY)


# ---------------------------------------------------------------------------
# When it is made, and where
# ---------------------------------------------------------------------------


def test_the_cache_lies_next_to_the_file_and_nothing_else_does(path, folder, home):
    matrix_of(path)
    assert names(folder) == ["vectors.txt", "vectors.txt.skglove"]
    assert names(home / "vectors_cache") == ["key"]


def test_a_cache_of_plain_text_holds_no_text_and_one_of_packed_text_does(folder):
    matrix_of(write(folder, TEXT))
    assert cache_of(folder).stat().st_size < 16 * len(LINES) + 500
    cache_of(folder).unlink()
    matrix_of(write(folder, TEXT, "zip"))
    assert cache_of(folder).read_bytes().startswith(TEXT)


def test_small_files_get_no_cache(path, folder, monkeypatch):
    monkeypatch.setattr(_row_index, "_MIN_SIZE", len(TEXT) + 1)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt"]


def test_members_of_an_archive_have_caches_of_their_own(folder):
    path = write(folder, TEXT, "zip")
    three, twelve = plain_matrix(path), plain_matrix(path, ["x"], 12)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), three)
        np.testing.assert_array_equal(matrix_of(path, ["x"], 12), twelve)
    assert len(list(folder.glob("*.skglove"))) == 2


def test_links_share_the_cache_of_their_file(path, folder, tmp_path, made):
    link = tmp_path / "link.txt"
    try:
        link.symlink_to(path)
    except OSError as error:
        pytest.skip(f"no links here: {error}")
    matrix_of(path)
    np.testing.assert_array_equal(matrix_of(link), plain_matrix(path))
    assert made == [cache_of(folder)]


def test_a_read_only_folder_sends_the_cache_to_the_data_home(
    path, folder, home, monkeypatch, made, reads
):
    refuse_writing_into(monkeypatch, folder)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt"]
    assert made == [cache_of(home / "vectors_cache")]
    assert reads == []


def test_a_stale_cache_in_a_read_only_folder_is_passed_over(
    path, folder, home, monkeypatch, reads
):
    matrix_of(path)
    overwrite(path, b"w3 0.42857", b"w3 7.42857")
    refuse_writing_into(monkeypatch, folder)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert cache_of(home / "vectors_cache").is_file()
    assert reads == []


def test_a_cache_elsewhere_goes_when_one_next_to_the_file_is_made(
    path, folder, home, monkeypatch
):
    with monkeypatch.context() as patch:
        refuse_writing_into(patch, folder)
        matrix_of(path)
    overwrite(path, b"w3 0.42857", b"w3 7.42857")
    matrix_of(path)
    assert names(home / "vectors_cache") == ["key"]
    assert cache_of(folder).is_file()


def test_where_nothing_can_be_written_the_file_is_read(
    path, folder, home, monkeypatch, reads
):
    home.write_text("a file where the data home should be")
    refuse_writing_into(monkeypatch, folder)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt"]
    assert reads == [path, path]


@pytest.mark.parametrize("name", ["replace", "write"])
def test_a_disk_that_fills_up_leaves_nothing(path, folder, home, monkeypatch, name):
    def fail(*args):
        raise OSError("No space left on device")

    if name == "replace":
        monkeypatch.setattr(_row_index.os, "replace", fail)
    else:
        monkeypatch.setattr(_row_index, "_write", fail)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt"]
    assert names(home / "vectors_cache") == ([] if name == "replace" else ["key"])


def test_a_text_is_not_unpacked_to_a_disk_that_is_nearly_full(
    folder, home, monkeypatch, reads
):
    path = write(folder, TEXT, "gzip")
    usage = shutil.disk_usage(folder)._replace(free=2 * path.stat().st_size)
    monkeypatch.setattr(_row_index.shutil, "disk_usage", lambda _: usage)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.gz"]
    assert reads == [path]


def test_a_file_that_changes_while_it_is_read_is_not_cached(path, folder, monkeypatch):
    write_cache = _row_index._write

    def change_and_write(*args):
        write_cache(*args)
        path.write_bytes(TEXT + b"more 1 2 3\n")

    monkeypatch.setattr(_row_index, "_write", change_and_write)
    np.testing.assert_array_equal(matrix_of(path, ["w3"]), plain_matrix(path, ["w3"]))
    assert names(folder) == ["vectors.txt"]


# ---------------------------------------------------------------------------
# When it is not believed
# ---------------------------------------------------------------------------


def change_content(path, cache):
    overwrite(path, b"w3 0.42857", b"w3 7.42857")


def change_time(path, cache):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def change_size(path, cache):
    path.write_bytes(TEXT + b"no such word 1 2 3\n")


def cut_off(path, cache):
    cache.write_bytes(cache.read_bytes()[:-100])


def cut_off_to_nothing(path, cache):
    cache.write_bytes(b"")


def change_content_unseen(path, cache):
    """Change the content such that size, time and samples stay."""
    overwrite(path, b"w3 0.42857", b"w9 0.42857")


def put_garbage(path, cache):
    cache.write_bytes(np.random.RandomState(0).bytes(cache.stat().st_size))


def zero_the_index(path, cache):
    content = bytearray(cache.read_bytes())
    content[800:816] = bytes(16)
    cache.write_bytes(content)


def spoil_the_key(path, cache):
    overwrite(cache, b'"version"', b'"VERSION"')


def spoil_the_signature(path, cache):
    content = bytearray(cache.read_bytes())
    content[-20] ^= 1
    cache.write_bytes(content)


def lose_the_secret(path, cache):
    _row_index._secret_path().unlink()


DAMAGES = [
    change_content,
    change_content_unseen,
    change_time,
    change_size,
    cut_off,
    cut_off_to_nothing,
    put_garbage,
    zero_the_index,
    spoil_the_key,
    spoil_the_signature,
    lose_the_secret,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_cache_that_is_stale_or_damaged_is_made_again(
    path, folder, made, reads, damage
):
    matrix_of(path)
    damage(path, cache_of(folder))
    expected = plain_matrix(path)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), expected)
    assert len(made) == 2
    assert reads == []
    assert names(folder) == ["vectors.txt", "vectors.txt.skglove"]


@pytest.mark.parametrize("new", [b"\0" * 20, b"x" * 20, b"wx 0.42857 -0.3333 3"])
def test_an_unpacked_text_that_is_damaged_is_made_again(folder, made, reads, new):
    path = write(folder, TEXT, "gzip")
    matrix_of(path)
    overwrite(cache_of(folder), LINES[3][:20], new)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert len(made) == 2
    assert reads == []


def test_a_cache_of_another_version_is_made_again(path, monkeypatch, made):
    matrix_of(path)
    monkeypatch.setattr(_row_index, "_VERSION", _row_index._VERSION + 1)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert len(made) == 2


def test_a_folder_where_the_cache_should_be_is_no_error(path, folder, home, reads):
    (folder / "vectors.txt.skglove").mkdir()
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert cache_of(home / "vectors_cache").is_file()
    assert reads == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no users here")
def test_the_cache_of_another_user_is_neither_used_nor_replaced(
    path, folder, home, monkeypatch, made, reads
):
    matrix_of(path)
    before = cache_of(folder).read_bytes()
    monkeypatch.setattr(_row_index.os, "getuid", lambda: -1)
    _row_index._secret_path().unlink()
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert cache_of(folder).read_bytes() == before
    assert made == [cache_of(folder), cache_of(home / "vectors_cache")]
    assert reads == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="there are no rights here")
def test_a_data_home_that_others_may_read_has_a_key_that_they_may_read(path, home):
    (home / "vectors_cache").mkdir(parents=True)
    for mode, rights in ((0o700, 0o600), (0o755, 0o644), (0o750, 0o640)):
        (home / "vectors_cache").chmod(mode)
        matrix_of(path)
        assert _row_index._secret_path().stat().st_mode & 0o777 == rights
        _row_index._secret_path().unlink()


def test_a_key_that_cannot_be_read_is_not_replaced(path, folder, monkeypatch, reads):
    matrix_of(path)
    secret = _row_index._secret_path()
    before = secret.read_bytes()
    read_bytes = _row_index.Path.read_bytes

    def refuse(path):
        if path == secret:
            raise PermissionError(f"not yours: {path}")
        return read_bytes(path)

    monkeypatch.setattr(_row_index.Path, "read_bytes", refuse)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    monkeypatch.undo()
    assert reads == [path]
    assert secret.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_key_that_is_damaged_is_made_again(path, folder, made, reads, content):
    matrix_of(path)
    _row_index._secret_path().write_bytes(content)
    for _ in range(2):
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert len(made) == 2
    assert reads == []


# ---------------------------------------------------------------------------
# Several processes
# ---------------------------------------------------------------------------


def _matrix_in_process(path, log, barrier, results):
    """Make a matrix at the same moment as others; note whether it made the cache."""
    _row_index._MIN_SIZE = 0
    write_cache = _row_index._write

    def logged(*args):
        with open(log, "a") as file:
            file.write(f"{os.getpid()}\n")
        write_cache(*args)

    _row_index._write = logged
    barrier.wait()
    results.put(matrix_of(path))


@pytest.mark.slow
def test_of_processes_that_start_at_once_one_makes_the_cache(path, folder, tmp_path):
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(3), context.Queue()
    log = tmp_path / "log"
    processes = [
        context.Process(target=_matrix_in_process, args=(path, log, barrier, results))
        for _ in range(3)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        np.testing.assert_array_equal(results.get(timeout=60), plain_matrix(path))
    for process in processes:
        process.join()
    assert len(log.read_text().splitlines()) == 1
    assert names(folder) == ["vectors.txt", "vectors.txt.skglove"]


def _die_while_making(path):
    """End the process in the middle of writing the cache, as a kill would."""
    _row_index._MIN_SIZE = 0
    _text_format.Rows._find = lambda *args: os._exit(9)
    matrix_of(path)


def test_a_killed_process_leaves_nothing_in_the_way(path, folder, made, reads):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_die_while_making, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    assert len(list(folder.glob("*.part"))) == 1
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt", "vectors.txt.skglove"]
    assert len(made) == 1
    assert reads == []


def test_a_lock_held_by_who_does_nothing_costs_its_wait_once(
    path, folder, home, monkeypatch, made, reads
):
    monkeypatch.setattr(_row_index, "_STALLED", 0.5)
    with filelock.FileLock(folder / "vectors.txt.skglove.lock"):
        start = time.monotonic()
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
        assert time.monotonic() - start > 0.5
        assert made == [cache_of(home / "vectors_cache")]
        made[0].unlink()
        start = time.monotonic()
        np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
        assert time.monotonic() - start < 0.5
    assert len(made) == 2
    assert reads == []


def test_who_makes_progress_is_waited_for(path, folder, monkeypatch, made, reads):
    monkeypatch.setattr(_row_index, "_STALLED", 0.2)
    lock = filelock.FileLock(folder / "vectors.txt.skglove.lock", thread_local=False)
    lock.acquire()

    def write_slowly():
        part = folder / "vectors.txt.skglove.1-1.part"
        for _ in range(20):
            with open(part, "ab") as file:
                file.write(b"x")
            time.sleep(0.05)
        part.unlink()
        lock.release()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    thread.join()
    assert made == [cache_of(folder)]
    assert reads == []


def test_where_there_are_no_locks_the_file_is_read(path, folder, monkeypatch, reads):
    def fail(*args, **kwargs):
        raise NotImplementedError("FileSystem does not appear to support flock")

    monkeypatch.setattr(filelock, "FileLock", fail)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert names(folder) == ["vectors.txt"]
    assert reads == [path]


def test_who_waited_uses_what_the_other_made(path, monkeypatch, made, reads):
    # Another process makes the cache between the look and the lock.
    make = _row_index._make_and_read_through

    def late(*args):
        monkeypatch.setattr(_row_index, "_make_and_read_through", make)
        matrix_of(path)
        return make(*args)

    monkeypatch.setattr(_row_index, "_make_and_read_through", late)
    np.testing.assert_array_equal(matrix_of(path), plain_matrix(path))
    assert len(made) == 1
    assert reads == []


def test_lock_of_a_killed_process_is_removed_at_the_next_use(path):
    WordVectors.from_file(path).matrix_for(VOCABULARY)
    lock = path.with_name(f"{path.name}.skglove.lock")
    lock.touch()
    WordVectors.from_file(path).matrix_for(VOCABULARY)
    assert not lock.exists()


def test_lock_that_is_held_stays(path):
    WordVectors.from_file(path).matrix_for(VOCABULARY)
    lock = path.with_name(f"{path.name}.skglove.lock")
    with filelock.FileLock(lock):
        WordVectors.from_file(path).matrix_for(VOCABULARY)
        assert lock.exists()
