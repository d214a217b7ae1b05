"""What the action does: compress the pictures that a pull request adds or changes, and tell of them in a table.

Everything comes from the environment that GitHub gives to actions, and from the inputs of action.yml. Needs git and the
command pixmeans; of Python its standard library alone. Exit codes: 0 done, 1 a picture should be smaller (check only)
or could not be read, 2 something is missing, with the way out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "<!-- pixmeans -->"  # by which our comment is found again
SUFFIXES = (".png", ".gif", ".webp")


class CannotError(Exception):
    """One line for a person: what is missing, and the way out."""


@dataclass(frozen=True)
class PullRequest:
    """Which one, of which repository, from which commit to which branch."""

    repository: str
    number: int
    base: str
    head: str
    branch: str

    @classmethod
    def of_event(cls, path: str) -> PullRequest:
        """Reads the file of the event. Raises CannotError."""
        event = json.loads(Path(path).read_text(encoding="utf-8"))
        if "pull_request" not in event:
            raise CannotError("this is no pull request: run the action on: pull_request")
        found = event["pull_request"]
        return cls(
            event["repository"]["full_name"],
            event["number"],
            found["base"]["sha"],
            found["head"]["sha"],
            found["head"]["ref"],
        )


def git(*words: str) -> str:
    """What git prints. Raises CannotError."""
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotError(f"git {words[0]}: {' '.join(done.stderr.split())}")
    return done.stdout


def pictures(base: str) -> list[str]:
    """The paths of pictures that are added or changed since the base, and are there."""
    try:
        listed = git("diff", "--name-only", "-z", "--diff-filter=AMR", f"{base}...HEAD")
    except CannotError as error:
        raise CannotError(f"{error}; give actions/checkout fetch-depth: 0") from None
    paths = [path for path in listed.split("\0") if path.lower().endswith(SUFFIXES)]
    return [path for path in paths if os.path.isfile(path) and not os.path.islink(path)]


def compressed(paths: list[str], *, check: bool) -> tuple[list[dict[str, Any]], int]:
    """What `pixmeans hook` tells of each, and its exit code."""
    words = ["pixmeans", "hook", "--json", "--quiet", "--quality", os.environ.get("QUALITY") or "85"]
    words += ["--least-saving", os.environ.get("LEAST_SAVING") or "5%,1kB"]
    words += ["--check"] * check
    for pattern in os.environ.get("IGNORE", "").splitlines():
        if pattern.strip():
            words.append(f"--ignore={pattern.strip()}")
    done = subprocess.run([*words, "--", *paths], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):
        raise CannotError("pixmeans hook: see the line above")
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode


def size(count: int) -> str:
    """Bytes for a person."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB" if count < 1e6 else f"{count / 1e6:.2f} MB"


def looks(quality: float | None) -> str:
    """What a score of SSIMULACRA2 means."""
    if quality is None:
        return "the same to the last pixel"
    words = (
        "no difference to be seen" if quality >= 90 else "hardly a difference" if quality >= 80 else "differs a little"
    )
    return f"{quality:.0f}, {words if quality >= 70 else 'differs'}"


def table(told: list[dict[str, Any]], *, check: bool) -> str:
    """The comment, in Markdown."""
    gains = [one for one in told if one["status"] in ("written", "dry-run")]
    failures = [one for one in told if "error" in one]
    lines = [MARK]
    if gains:
        before = sum(one["sizes"]["original"] for one in gains)
        after = sum(one["sizes"]["file"] for one in gains)
        verb = "should become" if check else "became"
        many = f"{len(gains)} pictures" if len(gains) > 1 else "One picture"
        lines += [
            f"**{many} {verb} {100 * (before - after) // before} % smaller**: "
            f"{size(before)} before, {size(after)} after.",
            "",
            "| picture | before | after | saved | looks |",
            "|---|--:|--:|--:|---|",
        ]
        for one in sorted(gains, key=lambda one: one["sizes"]["file"] - one["sizes"]["original"]):
            old, new = one["sizes"]["original"], one["sizes"]["file"]
            name = one["input"].replace("\\", "\\\\").replace("|", "\\|").replace("`", "'")
            saved = f"{100 * (old - new) // old} %"
            lines.append(f"| `{name}` | {size(old)} | {size(new)} | {saved} | {looks(one['quality'])} |")
        lines += ["", "Looks: SSIMULACRA2 beside what was there before; 100 is the same."]
        if check:
            lines.append("Write them with `pixmeans hook`.")
    else:
        lines.append("No picture of this pull request becomes clearly smaller.")
    lines += ["", *(f"Could not be read: `{one['input']}`" for one in failures)] if failures else []
    return "\n".join(lines) + "\n"


def commit(pull: PullRequest, told: list[dict[str, Any]]) -> None:
    """Commits what was written, and pushes it to the pull request's branch. Raises CannotError."""
    paths = [one["input"] for one in told if one["status"] == "written"]
    if not paths:
        return
    git("add", "--", *paths)
    names = ("-c", "user.name=pixmeans", "-c", "user.email=pixmeans@users.noreply.github.com")
    git(*names, "commit", "--quiet", "-m", f"Smaller pictures: {len(paths)} of this pull request")
    git("push", "--quiet", "origin", f"HEAD:refs/heads/{pull.branch}")


def api(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """What GitHub answers. Raises URLError."""
    request = urllib.request.Request(
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {os.environ['TOKEN']}", "Accept": "application/vnd.github+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def say(pull: PullRequest, text: str, *, new: bool, changes: bool) -> None:
    """Puts the table into the job's summary, and into one comment of ours.

    new: whether there is enough to say for a new comment. changes: whether an older one is changed.
    """
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(text)
    if not os.environ.get("TOKEN"):
        return
    comments = f"/repos/{pull.repository}/issues/{pull.number}/comments"
    try:
        page, ours = 1, None
        while ours is None:
            found = api("GET", f"{comments}?per_page=100&page={page}")
            ours = next((one["id"] for one in found if one["body"].startswith(MARK)), None)
            page += 1
            if len(found) < 100:
                break
        if ours is not None and changes:
            api("PATCH", f"/repos/{pull.repository}/issues/comments/{ours}", {"body": text})
        elif ours is None and new:
            api("POST", comments, {"body": text})
    except urllib.error.URLError as error:  # a pull request from a fork may not comment
        print(f"::notice::no comment could be written ({error}); the table is in the summary of this job")


def main() -> int:
    """All of it; the exit code."""
    check = os.environ.get("CHECK_ONLY", "false").strip().lower() == "true"
    try:
        pull = PullRequest.of_event(os.environ["GITHUB_EVENT_PATH"])
        if not check and git("rev-parse", "HEAD").strip() != pull.head:
            raise CannotError(
                "this is not the branch of the pull request: give actions/checkout "
                "ref: ${{ github.event.pull_request.head.ref }}, or the action check-only: true"
            )
        paths = pictures(pull.base)
        told, code = compressed(paths, check=check) if paths else ([], 0)
        if not check:
            commit(pull, told)
        something = any(one["status"] in ("written", "dry-run") or "error" in one for one in told)
        # What an earlier run wrote stays in its comment; what it only told of may be mended since.
        say(pull, table(told, check=check), new=something, changes=something or check)
    except CannotError as error:
        print(f"::error::{error}")
        return 2
    return code


if __name__ == "__main__":
    sys.exit(main())
