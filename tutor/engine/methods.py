"""The functions of a package as methods of an engine, each module imported when it is first asked."""

from __future__ import annotations

import pkgutil
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, cast

from tutor.engine.protocol import Method

Function = Callable[..., Any]

DESKS = ("tutor.engine.desk", "tutor.corpus.lessons", "tutor.record.lessons")
"""Packages of the role `desk`, which are imported by name: some lie in layers above the engine."""


def desk_methods() -> Mapping[str, Method]:
    """What the role `desk` answers."""
    return ChainMap(*(cast("dict[str, Method]", PackageMethods(package)) for package in DESKS))


class PackageMethods(Mapping[str, Method]):
    """`module.function` for every name in the `__all__` of every module of a package."""

    def __init__(self, package: str, bind: Callable[[Function], Method] = lambda function: function) -> None:
        """Args: bind: makes a method of a function, where functions need more than their parameters."""
        self._package = import_module(package)
        self._bind = bind

    def __getitem__(self, name: str) -> Method:
        module, _, function = name.partition(".")
        if module not in self._modules() or function not in (found := self._import(module)).__all__:
            raise KeyError(name)
        return self._bind(getattr(found, function))

    def __iter__(self) -> Iterator[str]:
        for module in self._modules():
            yield from (f"{module}.{function}" for function in self._import(module).__all__)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _modules(self) -> list[str]:
        return [module.name for module in pkgutil.iter_modules(self._package.__path__)]

    def _import(self, module: str) -> Any:
        return import_module(f"{self._package.__name__}.{module}")
