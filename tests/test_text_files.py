"""Texts and labels in files."""

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.parquet
import pytest

from skglove import Glove, TextFiles

TEXTS = ["a frog", "a car,\nfast", "", "007"]
LABELS = ["animal", "car", "car", "animal"]


def table(texts=TEXTS, labels=LABELS):
    return pa.table({"number": [*range(len(texts))], "text": texts, "label": labels})


WRITERS = {
    "parquet": pa.parquet.write_table,
    "csv": pa.csv.write_csv,
    "feather": pa.feather.write_feather,
}


def rows_of(files):
    """All texts and labels."""
    chunks = [*files()]
    texts = [text for chunk in chunks for text in chunk[0]]
    return texts, [label for chunk in chunks for label in chunk[1]]


@pytest.mark.parametrize("suffix", WRITERS)
def test_each_format(tmp_path, suffix):
    path = tmp_path / f"texts.{suffix}"
    WRITERS[suffix](table(), path)
    assert rows_of(TextFiles(path)) == (TEXTS, LABELS)
    assert rows_of(TextFiles(str(path), batch_size=1)) == (TEXTS, LABELS)


def test_compressed_csv(tmp_path):
    import gzip

    plain = tmp_path / "plain.csv"
    pa.csv.write_csv(table(), plain)
    path = tmp_path / "texts.csv.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    assert rows_of(TextFiles(path)) == (TEXTS, LABELS)


def test_chunks_are_no_larger_than_asked_for(tmp_path):
    path = tmp_path / "texts.parquet"
    pa.parquet.write_table(table(TEXTS * 5, LABELS * 5), path)
    assert {len(texts) for texts, _ in TextFiles(path, batch_size=8)()} == {8, 4}


@pytest.mark.parametrize(
    "paths",
    [
        lambda folder: folder,
        lambda folder: folder / "*.parquet",
        lambda folder: [folder / "1.parquet", folder / "2.parquet"],
        lambda folder: pa.dataset.dataset(folder, format="parquet"),
    ],
    ids=["folder", "pattern", "list", "dataset"],
)
def test_several_files_are_read_in_order(tmp_path, paths):
    for i in (2, 1):
        pa.parquet.write_table(
            table([f"text {i}"], [f"{i}"]), tmp_path / f"{i}.parquet"
        )
    assert rows_of(TextFiles(paths(tmp_path))) == (["text 1", "text 2"], ["1", "2"])


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (pa.array([1, 0, 1, 2], pa.int8()), [1, 0, 1, 2]),
        (pa.array([True, False, True, False]), [True, False, True, False]),
        (pa.array(LABELS).dictionary_encode(), LABELS),
        (pa.array([["a", "b"], [], ["b"], ["a"]]), [{"a", "b"}, set(), {"b"}, {"a"}]),
    ],
    ids=["int8", "bool", "dictionary", "lists"],
)
def test_types_of_labels(tmp_path, labels, expected):
    path = tmp_path / "texts.parquet"
    pa.parquet.write_table(table(labels=labels), path)
    assert rows_of(TextFiles(path))[1] == expected


def test_other_columns_and_texts_alone(tmp_path):
    path = tmp_path / "texts.csv"
    pa.csv.write_csv(table().rename_columns(["n", "review", "stars"]), path)
    assert rows_of(TextFiles(path, text="review", label="stars")) == (TEXTS, LABELS)
    texts = TextFiles(path, text="review", label=None)
    assert [text for chunk in texts() for text in chunk] == TEXTS
    assert "frog" in Glove(2, max_iter=1, min_count=1).fit(texts).word_vectors_


@pytest.mark.parametrize(
    ("columns", "kind", "message"),
    [
        ({"text": TEXTS}, ValueError, r"1.parquet has no column 'label'.* label="),
        ({"label": LABELS}, ValueError, r"no column 'text'; its columns are"),
        ({"text": [1, 2], "label": [0, 1]}, TypeError, r"1.parquet: .* must hold str"),
        (
            {"text": ["a", None], "label": [0, 1]},
            ValueError,
            r"1.parquet: The column 'text' is missing in row 1",
        ),
        (
            {"text": ["a", "b"], "label": [None, 1]},
            ValueError,
            r"1.parquet: The column 'label' is missing in row 0",
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path, columns, kind, message):
    pa.parquet.write_table(pa.table(columns), tmp_path / "1.parquet")
    with pytest.raises(kind, match=message):
        [*TextFiles(tmp_path)()]


def test_files_that_are_not_there_or_no_such_files(tmp_path):
    for paths in (tmp_path / "none.csv", tmp_path / "*.csv", tmp_path):
        with pytest.raises(FileNotFoundError, match="There is no file"):
            [*TextFiles(paths)()]
    other = tmp_path / "texts.xlsx"
    other.touch()
    with pytest.raises(ValueError, match=r"must end in one of \.parquet"):
        [*TextFiles(other)()]
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"damaged\.parquet cannot be read"):
        [*TextFiles(damaged)()]


def test_a_label_that_is_no_number_where_others_are_is_named_with_its_file(tmp_path):
    path = tmp_path / "texts.csv"
    rows = [f"text {i},{i % 2}" for i in range(200_000)]
    path.write_text("\n".join(["text,label", *rows, "text,good"]))
    with pytest.raises(ValueError, match=r"texts.csv cannot be read: .*good"):
        [*TextFiles(path)()]


def test_shown_by_its_paths():
    assert repr(TextFiles("a.csv")) == "TextFiles('a.csv', text='text', label='label')"
