"""Public names that are imported when they are asked for.

A process that unpickles a classifier and predicts needs half of the modules; to import
the others would take as long as the rest of it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_attributes(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the functions `__getattr__` and `__dir__` of a package.

    Parameters
    ----------
    package : str
        The package's name.

    homes : mapping of str to str
        The submodule that has each public name; that of a submodule is its own.

    Examples
    --------
    >>> from skglove._lazy import lazy_attributes
    >>> getattr_of_json, _ = lazy_attributes("json", {"JSONEncoder": "encoder"})
    >>> getattr_of_json("JSONEncoder").__name__
    'JSONEncoder'
    """

    def getattr_of_package(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{homes[name]}")
        return module if homes[name] == name else getattr(module, name)

    def dir_of_package():
        return sorted({*vars(import_module(package)), *homes})

    return getattr_of_package, dir_of_package
