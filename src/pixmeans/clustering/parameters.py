"""What estimators in the manner of scikit-learn have in common: parameters, their checks, whether they are fitted."""

from __future__ import annotations

import inspect
from numbers import Integral, Real
from typing import Any, Self

import numpy as np


class Estimator:
    """Parameters are the arguments of the constructor, which does nothing but keep them."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in list(inspect.signature(type(self)).parameters)}

    def set_params(self, **params: Any) -> Self:
        """Changes arguments of the constructor. Raises ValueError for one that does not exist."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"there is no parameter {name!r}; there are: {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def check_fitted(self) -> None:
        """Raises NotFittedError, without scikit-learn ValueError, before `fit`."""
        if self.__sklearn_is_fitted__():
            return
        message = f"This {type(self).__name__} instance is not fitted yet: call 'fit' first"
        try:
            from sklearn.exceptions import NotFittedError
        except ImportError:
            raise ValueError(message) from None
        raise NotFittedError(message)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "cluster_centers_")

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if not isinstance(value, np.ndarray) and value != defaults[name].default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def check_random_state(state: Any) -> None:
    """Raises ValueError unless it is what `seed_of` takes."""
    if not (state is None or hasattr(state, "randint") or hasattr(state, "integers")):
        check_whole("random_state", state, 0, ", a generator of NumPy, or None")


def seed_of(random_state: Any) -> int:
    """A whole number; NumPy's generators give their next one, None is 0."""
    if random_state is None:
        return 0
    if hasattr(random_state, "randint"):
        return int(random_state.randint(2**31))
    if hasattr(random_state, "integers"):
        return int(random_state.integers(2**31))
    return int(random_state)


def check_whole(name: str, value: Any, least: int, others: str = "") -> None:
    """Raises ValueError unless a parameter is a whole number of at least `least`. others: what it may be besides."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}{others}, got {value!r}")


def check_number(name: str, value: Any, others: str = "") -> None:
    """Raises ValueError unless a parameter is a number of at least 0."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real) or not float(value) >= 0:
        raise ValueError(f"{name} must be a number of at least 0{others}, got {value!r}")
