"""Every parameter and result of the public interface is annotated."""

import inspect

import pytest

import skglove
from skglove import datasets, explaining, networks, persistence

PUBLIC = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for kind in [
        *(getattr(skglove, name) for name in skglove.__all__),
        *(getattr(datasets, name) for name in datasets.__all__),
        *networks.NETWORKS.values(),
        networks.Network,
        explaining.Explanation,
        explaining.Explanations,
        explaining.Term,
        explaining.explain,
        persistence.model_card,
    ]
    if inspect.isclass(kind) or inspect.isfunction(kind)
}


def functions_of(public):
    """Yield the functions that a user can call, by name."""
    if inspect.isfunction(public):
        yield public.__name__, public
        return
    for name, member in vars(public).items():
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(member, property):
            member = member.fget
        member = getattr(member, "__func__", member)  # of a class method
        if inspect.isfunction(member):
            yield f"{public.__name__}.{name}", member


@pytest.mark.parametrize("name", PUBLIC)
def test_everything_is_annotated(name):
    for called, function in functions_of(PUBLIC[name]):
        signature = inspect.signature(function)
        missing = [
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.annotation is parameter.empty
            and parameter.name not in ("self", "cls")
        ]
        assert not missing, f"{called}: {missing}"
        assert signature.return_annotation is not signature.empty, called


def test_functions_are_found():
    found = dict(functions_of(skglove.GloveTextClassifier))
    for name in ("fit", "model_", "__init__"):
        assert f"GloveTextClassifier.{name}" in found
    assert "WordVectors.from_file" in dict(functions_of(skglove.WordVectors))
