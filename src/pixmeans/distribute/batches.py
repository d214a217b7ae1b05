"""Many files on a Dask cluster: the same jobs as on one machine, the same files byte for byte.

A task does a few jobs, so that Dask's own work does not count. A worker that is lost costs the jobs that it had in
hand: they are done again elsewhere, and a result that is there already counts as done. Where sources or outputs are
URLs (s3://, https://, memory://) the worker reads and writes them, so no pixel goes through the scheduler.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from ..batch.inputs import STDIO
from ..batch.jobs import Job, Placement
from ..batch.outcome import Outcome
from ..batch.work import Work
from ..errors import UsageError, shown
from ..records import asdict, replace
from ..settings import Settings
from .windows import needed

# Jobs of a task: so many, and fewer where there would be less than four tasks for each worker.
JOBS_A_TASK = 8

# What processes of workers are started with. Dask would have them give back every 64 kB at once, so that each small
# array costs the system new pages: pictures of 64 x 64 took 1.5 times as long.
_WORKER_ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": 1 << 28, "OMP_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}

# How often a task is tried whose worker is lost.
RETRIES = 3


@contextmanager
def client_of(cluster: str) -> Iterator[Any]:
    """A dask client: of a scheduler's address (tcp://host:port), or of workers on this machine ('local', 'local:N').

    Raises UsageError.
    """
    distributed = needed("distributed")
    name, _, number = cluster.partition(":")
    if name == "local":
        if number and not number.isdigit():
            raise UsageError(f"--cluster must be local, local:N or an address such as tcp://host:8786, got {cluster!r}")
        count = int(number) if number else os.cpu_count() or 1
        with (
            needed("dask.config").set({"distributed.nanny.pre-spawn-environ": _WORKER_ENVIRONMENT}),
            distributed.LocalCluster(
                n_workers=count, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
            ) as machine,
            distributed.Client(machine) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(cluster, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"--cluster {shown(cluster)}: no scheduler answers there; start: dask scheduler") from error
    with client:
        yield client


def run(
    planned: list[Job],
    settings: Settings,
    placement: Placement,
    *,
    client: Any,
    dry_run: bool = False,
    strict: bool = False,
    tells: tuple[str, ...] = (),
    storage_options: dict[str, Any] | None = None,
) -> Generator[Outcome]:
    """Do the jobs, and give the outcome of each as it is done; see `batch.runner.run`.

    client: a dask.distributed client. storage_options: of fsspec, for URLs. Paths must mean the same files to all
    workers.
    Raises UsageError where stdin or stdout is among the jobs.
    """
    if any(STDIO in (job.source, job.output) for job in planned):
        raise UsageError("a cluster cannot read stdin or write stdout; name files")
    distributed = needed("distributed")
    # A lost worker may have written a result before: that counts as done.
    work = Work(settings, placement, dry_run, strict, True, tells).to_dict()
    workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
    size = max(1, min(JOBS_A_TASK, len(planned) // (4 * workers)))
    numbered = [(place, asdict(job)) for place, job in enumerate(planned)]
    tasks = [numbered[first : first + size] for first in range(0, len(numbered), size)]
    futures = client.map(
        do, tasks, work=work, storage_options=storage_options or {}, pure=False, retries=RETRIES, batch_size=256
    )
    jobs_of = dict(zip([future.key for future in futures], tasks, strict=True))
    try:
        for future in distributed.as_completed(futures):
            if future.status == "finished":
                for told in future.result():
                    yield Outcome.from_dict(told)
            else:
                yield from _lost(jobs_of[future.key], future)
            future.release()
    finally:
        client.cancel(futures)


def _lost(jobs: list[tuple[int, dict[str, Any]]], future: Any) -> Iterator[Outcome]:
    """The outcomes of jobs whose task ended without any."""
    why = future.exception() if future.status == "error" else future.status
    for place, values in jobs:
        job = Job(**values)
        line = f"{shown(job.source)}: its worker was lost {RETRIES + 1} times ({type(why).__name__}); try it alone"
        yield Outcome(job, "failed", 1, line, place=place, error=type(why).__name__)


def do(
    jobs: list[tuple[int, dict[str, Any]]], *, work: dict[str, Any], storage_options: dict[str, Any]
) -> list[dict[str, Any]]:
    """What a worker does: jobs as (place, values) -> outcomes, as JSON could hold them."""
    doing = Work.from_dict(work)
    return [_done(doing, place, Job(**values), storage_options).to_dict() for place, values in jobs]


def _done(work: Work, place: int, job: Job, storage_options: dict[str, Any]) -> Outcome:
    if not any("://" in path for path in (job.source, job.output)):
        return work.do(job, place=place, threads=1)[0]
    with tempfile.TemporaryDirectory(prefix="pixmeans-") as folder:
        here = {path: _near(folder, number, path) for number, path in enumerate((job.source, job.output))}
        local = replace(job, source=here[job.source], output=here[job.output])
        try:
            if job.source != local.source:
                _fetch(job.source, local.source, storage_options)
            there = _fetch_if_there(job.output, local.output, storage_options)
        except (OSError, ValueError, ImportError) as error:
            line = f"{shown(job.source)}: cannot be read: {error}"
            return Outcome(job, "failed", 3, line, place=place, error=type(error).__name__)
        outcome, _ = work.do(local, place=place, threads=1)
        if outcome.status == "written" and job.output != local.output:
            written = os.path.join(os.path.dirname(local.output), os.path.basename(outcome.job.output))
            target = job.output[: len(job.output) - len(os.path.basename(job.output))] + os.path.basename(written)
            try:
                _send(written, target, storage_options, overwrite=there or work.placement.overwrite)
            except (OSError, ValueError, ImportError) as error:
                line = f"{shown(target)}: cannot be written: {error}"
                return Outcome(job, "failed", 4, line, place=place, error=type(error).__name__)
            job = replace(job, output=target)
        message = outcome.message
        for path, copy in here.items():
            stem, name = os.path.splitext(copy)[0], os.path.splitext(path)[0]
            message = message.replace(stem, name)
        return replace(outcome, job=job, message=message)


def _near(folder: str, number: int, path: str) -> str:
    """Where a URL's file lies on this machine; a path as it is."""
    if "://" not in path:
        return path
    own = os.path.join(folder, str(number))
    os.makedirs(own)
    return os.path.join(own, os.path.basename(path))


def _fetch(url: str, path: str, storage_options: dict[str, Any]) -> None:
    with needed("fsspec").open(url, "rb", **storage_options) as file, open(path, "wb") as copy:
        copy.write(file.read())


def _fetch_if_there(url: str, path: str, storage_options: dict[str, Any]) -> bool:
    """Whether the output exists; then its copy decides what becomes of it."""
    if url == path:
        return False
    files, name = needed("fsspec").core.url_to_fs(url, **storage_options)
    if not files.exists(name):
        return False
    _fetch(url, path, storage_options)
    return True


def _send(path: str, url: str, storage_options: dict[str, Any], *, overwrite: bool) -> None:
    files, name = needed("fsspec").core.url_to_fs(url, **storage_options)
    if not overwrite and files.exists(name):
        raise FileExistsError("it exists already")
    with open(path, "rb") as file, files.open(name, "wb") as target:
        target.write(file.read())
