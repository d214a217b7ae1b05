"""A run of k-means, written down: what every half-step did, and nothing that can be computed again.

Labels and pictures are not kept: they follow from the centroids and the picture. A Trace survives JSON; the
page and the still figures read the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays import FloatArray, UInt8Array
from ..clustering.kmeans import Step
from ..color.spaces import SPACES
from ..image import Image
from ..records import dataclass
from ..settings import Settings
from .wording import run_in_words


@dataclass(frozen=True, eq=False)
class TraceStep:
    """One half of an iteration, as in `kmeans.Step`, with shares of all clustered pixels instead of weights.

    centroids: (k, d) in units of the space: sRGB 0 to 255, or OKLab.
    shares: (k,) of the clustered pixels, by the last assignment.
    error: the mean over clustered pixels of the squared distance to their centroid, after the last assignment
        (in sRGB: summed over R, G, B; the palette of the file is rounded and its error differs a little).
    shift: how far the centroid that moved farthest moved.
    changed: the share of pixels whose centroid is another than one iteration ago, 1 the first time; None when
        the run was not watched.
    """

    iteration: int
    phase: str
    centroids: FloatArray
    shares: FloatArray
    error: float
    shift: float
    changed: float | None
    refilled: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Trace:
    """All half-steps of one run.

    width, height: of the picture. pixels: how many were clustered: all that are not fully transparent.
    converged: another iteration would have changed nothing (or less than the tolerance).
    """

    settings: Settings
    width: int
    height: int
    pixels: int
    steps: tuple[TraceStep, ...]
    converged: bool

    @classmethod
    def of(cls, steps: Iterable[Step], settings: Settings, image: Image) -> Trace:
        """Writes down the steps of a run on a picture as they come."""
        kept: list[TraceStep] = []
        total, converged = 0.0, False
        for step in steps:
            total = float(step.weights.sum())
            kept.append(
                TraceStep(
                    iteration=step.iteration,
                    phase=step.phase,
                    centroids=step.centroids,
                    shares=step.weights / total,
                    error=step.inertia / total,
                    shift=step.shift,
                    changed=None if step.changed is None else step.changed / total,
                    refilled=step.refilled,
                )
            )
            converged = step.converged
        if not kept:
            raise ValueError("a trace needs at least one step, got none")
        return cls(settings, image.width, image.height, round(total), tuple(kept), converged)

    @cached_property
    def assigned(self) -> tuple[TraceStep, ...]:
        """The step after which each iteration stands: its assignment, for iterations 0, 1, 2, ..."""
        return tuple(step for step in self.steps if step.phase == "assign")

    @property
    def iterations(self) -> int:
        """How many times the centroids moved."""
        return self.assigned[-1].iteration

    @property
    def k(self) -> int:
        """How many centroids there are (fewer than settings.k in a picture of fewer colors)."""
        return len(self.steps[0].centroids)

    @property
    def errors(self) -> list[float]:
        """The error after the assignment of each iteration."""
        return [step.error for step in self.assigned]

    def at(self, iteration: int) -> TraceStep:
        """The assignment of an iteration, 0 to `iterations`; -1 is the last."""
        return self.assigned[iteration]

    def centroids_at(self, iteration: int) -> FloatArray:
        """(k, d) the centroids of an iteration, in units of the space."""
        return self.at(iteration).centroids

    def rgba_at(self, iteration: int) -> UInt8Array:
        """(k, 3 or 4) uint8 the centroids as colors, with straight alpha when the picture has some."""
        return SPACES[self.settings.measured_in].colors(self.centroids_at(iteration))

    def colors_of(self, step: TraceStep) -> UInt8Array:
        """(k, 3) uint8 the centroids of a half-step as colors, without alpha."""
        return np.ascontiguousarray(SPACES[self.settings.measured_in].colors(step.centroids)[:, :3])

    def colors_at(self, iteration: int) -> UInt8Array:
        """(k, 3) uint8 the centroids as colors, without alpha. Two may round to the same color."""
        return self.colors_of(self.at(iteration))

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Rows of centroids, the one of most pixels first, by the last iteration: one order for all."""
        return tuple(np.argsort(-self.at(-1).shares, kind="stable").tolist())

    @property
    def meta(self) -> dict[str, Any]:
        """What a caption and a file's metadata must say: k, start, seed, space, iterations."""
        return {
            "k": self.k,
            "init": self.settings.init,
            "seed": self.settings.seed,
            "space": self.settings.measured_in,
            "iterations": self.iterations,
        }

    def in_words(self) -> str:
        """'k = 16, start: random pixels, seed 1': what every caption says."""
        return run_in_words(self.k, self.settings)

    def _repr_html_(self) -> str:
        """The run to go through, for notebooks."""
        from .player import player_of_trace  # only now: few traces are shown in one

        return player_of_trace(self)

    def to_json(self) -> str:
        """All of it, every number exact; what a step shares with its neighbor is written once."""
        steps: list[dict[str, Any]] = []
        for place, step in enumerate(self.steps):
            entry: dict[str, Any] = {
                "iteration": step.iteration,
                "phase": step.phase,
                "error": step.error,
                "shift": step.shift,
                "changed": step.changed,
            }
            if place == 0 or not np.array_equal(step.centroids, self.steps[place - 1].centroids):
                entry["centroids"] = step.centroids.tolist()
            if place == 0 or not np.array_equal(step.shares, self.steps[place - 1].shares):
                entry["shares"] = step.shares.tolist()
            if step.refilled:
                entry["refilled"] = list(step.refilled)
            steps.append(entry)
        return json.dumps(
            {
                "settings": self.settings.to_dict(),
                "width": self.width,
                "height": self.height,
                "pixels": self.pixels,
                "converged": self.converged,
                "steps": steps,
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str) -> Trace:
        """The trace that `to_json` described."""
        values = json.loads(text)
        steps: list[TraceStep] = []
        centroids = shares = np.empty(0)
        for entry in values["steps"]:
            centroids = np.array(entry["centroids"], np.float64) if "centroids" in entry else centroids
            shares = np.array(entry["shares"], np.float64) if "shares" in entry else shares
            steps.append(
                TraceStep(
                    iteration=entry["iteration"],
                    phase=entry["phase"],
                    centroids=centroids,
                    shares=shares,
                    error=entry["error"],
                    shift=entry["shift"],
                    changed=entry["changed"],
                    refilled=tuple(entry.get("refilled", ())),
                )
            )
        return cls(
            Settings.from_dict(values["settings"]),
            values["width"],
            values["height"],
            values["pixels"],
            tuple(steps),
            values["converged"],
        )
