"""Texts and labels in parquet, CSV and Arrow files, chunk by chunk."""

from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._errors import named

if TYPE_CHECKING:
    import pyarrow.dataset

_FORMATS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".feather": "feather",
    ".arrow": "ipc",
}


class TextFiles:
    r"""Texts and labels in parquet, CSV or Arrow files, for `fit`, chunk by chunk.

    The files are read by pyarrow (`pip install pyarrow`), one after another, and never
    all at once.

    Parameters
    ----------
    paths : str, PathLike, list of these or pyarrow.dataset.Dataset
        A file, a folder of files, a pattern such as ``"reviews/*.parquet"``, a list of
        files, or a dataset of pyarrow, which may be filtered and lie in remote
        storage. Files ending in `.csv.gz` are unpacked as they are read.

    text : str, default="text"
        The column of texts, of strings.

    label : str or None, default="label"
        The column of labels: strings, integers, booleans, or lists of strings for
        several labels a text. None leaves them out, which makes it a source of texts
        for :class:`Glove`.

    batch_size : int, default=8192
        Number of texts of a chunk, at most.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skglove import GloveTextClassifier, TextFiles
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = Path(folder, "1.csv").write_text("text,label\na frog,animal\na car,car\n")
    >>> _ = Path(folder, "2.csv").write_text("text,label\nfrogs,animal\ncars,car\n")
    >>> files = TextFiles(folder / "*.csv")
    >>> for texts, labels in files():
    ...     print(texts, labels)
    ['a frog', 'a car'] ['animal', 'car']
    ['frogs', 'cars'] ['animal', 'car']
    >>> GloveTextClassifier(4, random_state=0).fit(files).predict(["a frog"])
    array(['animal'], dtype='<U6')
    """

    def __init__(
        self,
        paths: (
            "str | PathLike[str] | Sequence[str | PathLike[str]] "
            "| pyarrow.dataset.Dataset"
        ),
        *,
        text: str = "text",
        label: str | None = "label",
        batch_size: int = 8192,
    ) -> None:
        self.paths = paths
        self.text = text
        self.label = label
        self.batch_size = batch_size

    def __repr__(self) -> str:
        return f"TextFiles({self.paths!r}, text={self.text!r}, label={self.label!r})"

    def __call__(self) -> Iterator[Any]:
        """Read the files.

        Yields
        ------
        chunk : tuple of (list of str, list or ndarray), or list of str
            Texts and their labels; texts alone with `label=None`.

        Raises
        ------
        ImportError
            If pyarrow is not installed.
        FileNotFoundError
            If there is no such file.
        ValueError
            If a file lacks a column, a text or label is missing, or the file is
            damaged.
        TypeError
            If the texts are no strings, or labels are of another type.
        """
        try:
            import pyarrow.dataset  # noqa: F401
        except ImportError as error:
            raise ImportError(
                'TextFiles reads with pyarrow: pip install "skglove[files]".'
            ) from error
        columns = [self.text] if self.label is None else [self.text, self.label]
        for dataset, name in self._datasets():
            self._check_columns(dataset, name)
            # Few batches at once: pyarrow would read ahead sixteen.
            batches = dataset.to_batches(
                columns=columns,
                batch_size=self.batch_size,
                batch_readahead=1,
                fragment_readahead=1,
            )
            yield from self._chunks(batches, name)

    def _datasets(self):
        """Yield datasets, a file each where the files are known, and their names."""
        import pyarrow as pa
        import pyarrow.csv as csv
        import pyarrow.dataset as ds

        if isinstance(self.paths, ds.Dataset):
            yield self.paths, "The dataset"
            return
        for path in self._files():
            suffix = Path(path.removesuffix(".gz")).suffix
            if suffix not in _FORMATS:
                raise ValueError(
                    f"{path} ends in {suffix!r}; files must end in one of "
                    f"{', '.join(_FORMATS)}. Pass a pyarrow.dataset.Dataset to read "
                    "others."
                )
            form = _FORMATS[suffix]
            if form == "csv":
                form = ds.CsvFileFormat(
                    csv.ParseOptions(newlines_in_values=True),
                    convert_options=csv.ConvertOptions(
                        column_types={self.text: pa.string()}
                    ),
                )
            with named(path, (pa.ArrowInvalid,)):
                dataset = ds.dataset(path, format=form)
            yield dataset, path

    def _files(self):
        """Return the paths of all files, in order."""
        paths = self.paths
        if isinstance(paths, (str, PathLike)):
            paths = [paths]
        files = []
        for path in map(fspath, paths):
            found = [path]
            if has_magic(path):
                found = sorted(glob(path, recursive=True))
            elif Path(path).is_dir():
                found = sorted(
                    str(file)
                    for file in Path(path).rglob("*")
                    if Path(file.name.removesuffix(".gz")).suffix in _FORMATS
                )
            if not found or not all(Path(file).is_file() for file in found):
                raise FileNotFoundError(f"There is no file {path}.")
            files += found
        return files

    def _check_columns(self, dataset, name):
        import pyarrow.types as types

        names = dataset.schema.names
        for option in ("text", "label"):
            column = getattr(self, option)
            if column is not None and column not in names:
                raise ValueError(
                    f"{name} has no column {column!r}; its columns are {names}. Name "
                    f"the right one with {option}=."
                )
        kind = _values_of(dataset.schema.field(self.text).type)
        if not (types.is_string(kind) or types.is_large_string(kind)):
            raise TypeError(
                f"{name}: the column {self.text!r} must hold strings, its type is "
                f"{kind}."
            )

    def _chunks(self, batches, name):
        """Yield texts and labels of record batches."""
        import pyarrow as pa

        row = 0
        with named(name, (pa.ArrowInvalid,)):
            for batch in batches:
                if not batch.num_rows:
                    continue
                texts = _filled(batch.column(self.text), self.text, row)
                chunk = texts.to_pylist()
                if self.label is not None:
                    labels = _filled(batch.column(self.label), self.label, row)
                    chunk = chunk, _labels(labels)
                row += batch.num_rows
                yield chunk


def _filled(column, name, row):
    """Return a column in which nothing is missing."""
    if column.null_count:
        at = column.is_null().index(True).as_py()
        raise ValueError(
            f"The column {name!r} is missing in row {row + at}, counted from 0. Leave "
            "such rows out, or fill them."
        )
    return column.dictionary_decode() if hasattr(column, "indices") else column


def _values_of(kind):
    """Return the type of the values of a column that may be encoded."""
    import pyarrow.types as types

    return kind.value_type if types.is_dictionary(kind) else kind


def _labels(column):
    """Return labels as an array, or as a list of str or of sets."""
    import pyarrow.types as types

    kind = _values_of(column.type)
    if types.is_list(kind) or types.is_large_list(kind):
        return [{*labels} for labels in column.to_pylist()]
    if types.is_integer(kind) or types.is_floating(kind):
        return column.to_numpy(zero_copy_only=False)
    return column.to_pylist()
