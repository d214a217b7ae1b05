"""The action's script, run on a scratch repository with a made-up event; GitHub is a server on this computer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import PIL.Image
import pytest
import yaml
from helpers import blobs

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github" / "action" / "pull_request.py"


class GitHub:
    """Comments of one pull request."""

    def __init__(self):
        self.comments = {7: "an older one, by a person"}
        self.refuses = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or "{}").get("body")
                assert self.headers["Authorization"] == "Bearer secret"
                if outer.refuses:
                    self.send_error(403)
                    return
                if self.command == "POST":
                    assert self.path == "/repos/me/here/issues/12/comments"
                    outer.comments[8] = body
                elif self.command == "PATCH":
                    outer.comments[int(self.path.removeprefix("/repos/me/here/issues/comments/"))] = body
                found = [{"id": number, "body": text} for number, text in outer.comments.items()]
                data = json.dumps(found if self.command == "GET" else {}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = answer  # noqa: N815 - as http.server calls them

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def github():
    server = GitHub()
    yield server
    server.close()


class Repository:
    """A clone with a branch that adds pictures, and the repository that it was cloned from."""

    def __init__(self, folder):
        self.origin, self.here, self.folder = folder / "origin.git", folder / "here", folder
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.origin)], check=True)
        subprocess.run(["git", "clone", "-q", str(self.origin), str(self.here)], check=True, capture_output=True)
        picture(self.here / "old.png", 1)
        self.commit("before")
        self.base = self.git("rev-parse", "HEAD")
        self.git("push", "-q", "origin", "HEAD:main")
        self.git("checkout", "-q", "-b", "feature")
        (self.here / "docs").mkdir()
        for seed, name in enumerate(["new.png", "docs/left.png", "two words|.png"], 2):
            picture(self.here / name, seed)
        (self.here / "notes.txt").write_text("no picture")
        self.commit("pictures")
        self.git("push", "-q", "origin", "feature")

    def git(self, *words):
        return subprocess.run(
            ["git", "-C", str(self.here), "-c", "user.name=me", "-c", "user.email=me@here", *words],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def run(self, github=None, event=None, **inputs):
        """The script's exit code and words. inputs: as action.yml hands them on."""
        commands = self.folder / "bin"
        commands.mkdir(exist_ok=True)
        command = commands / "pixmeans"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pixmeans "$@"\n')
        command.chmod(0o755)
        head = {"sha": self.git("rev-parse", "HEAD"), "ref": "feature"}
        made = {"number": 12, "repository": {"full_name": "me/here"}}
        made["pull_request"] = {"base": {"sha": self.base}, "head": head}
        (self.folder / "event.json").write_text(json.dumps(made if event is None else event))
        environment = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            **inputs,
        }
        if github is not None:
            environment |= {"GITHUB_API_URL": f"http://127.0.0.1:{github.server.server_port}", "TOKEN": "secret"}
        (self.folder / "summary.md").write_text("")
        done = subprocess.run(
            [sys.executable, str(SCRIPT)], cwd=self.here, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def summary(self):
        return (self.folder / "summary.md").read_text()

    def contents(self):
        return {path.name: path.read_bytes() for path in sorted(self.here.rglob("*.*g")) if ".git" not in path.parts}


def picture(path, seed):
    """Far from small: few colors, written as true color without any compression."""
    PIL.Image.fromarray(blobs(seed, 24 * 30).reshape(24, 30, 3) // 64 * 64).save(path, compress_level=0)


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


@pytest.mark.slow
def test_it_compresses_what_is_new_commits_it_and_tells_once(repository, github):
    before = repository.contents()
    code, said = repository.run(github, IGNORE="docs/*\n\n*.gif")
    assert code == 0, said
    after = repository.contents()
    assert {name for name in before if before[name] != after[name]} == {"new.png", "two words|.png"}
    assert repository.git("rev-parse", "HEAD") == repository.git("rev-parse", "origin/feature")
    assert repository.git("status", "--porcelain") == ""
    assert repository.summary == github.comments[8]
    rows = [line for line in github.comments[8].splitlines() if line.startswith("| `")]
    assert sorted(row.split("` |")[0] for row in rows) == ["| `new.png", "| `two words\\|.png"]
    for row in rows:
        assert "no difference to be seen" in row or "the same to the last pixel" in row or "hardly" in row
    assert github.comments[7] == "an older one, by a person"
    # Again: nothing changes.
    first = github.comments[8]
    code, said = repository.run(github, IGNORE="docs/*")
    assert code == 0, said
    assert repository.contents() == after
    assert github.comments == {7: "an older one, by a person", 8: first}
    assert "No picture of this pull request becomes clearly smaller" in repository.summary


@pytest.mark.slow
def test_check_only_writes_nothing_and_fails_where_there_is_something_to_do(repository, github):
    before, head = repository.contents(), repository.git("rev-parse", "HEAD")
    code, said = repository.run(github, CHECK_ONLY="true")
    assert code == 1, said
    assert "3 pictures should become" in github.comments[8]
    assert (repository.contents(), repository.git("rev-parse", "HEAD")) == (before, head)
    # Where comments are not allowed, the summary has what is to be said.
    github.refuses = True
    code, said = repository.run(github, CHECK_ONLY="true", LEAST_SAVING="100%")
    assert (code, "::notice::no comment could be written" in said) == (0, True)
    assert "No picture of this pull request becomes clearly smaller" in repository.summary
    assert "3 pictures should become" in github.comments[8]


@pytest.mark.slow
def test_what_is_missing_is_named(repository, github):
    code, said = repository.run(github, event={"ref": "main"})
    assert (code, "::error::this is no pull request" in said) == (2, True)
    repository.base = "0" * 40
    code, said = repository.run(github, CHECK_ONLY="true")
    assert (code, "fetch-depth: 0" in said) == (2, True)
    event = {"number": 12, "repository": {"full_name": "me/here"}}
    event["pull_request"] = {"base": {"sha": repository.base}, "head": {"sha": "1" * 40, "ref": "feature"}}
    code, said = repository.run(github, event=event)
    assert (code, "give actions/checkout ref:" in said) == (2, True)
    assert set(github.comments) == {7}


def test_the_action_hands_on_what_the_script_reads():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    handed = action["runs"]["steps"][-1]["env"]
    script = SCRIPT.read_text()
    for name, value in handed.items():
        assert f'"{name}"' in script
        assert value == f"${{{{ inputs.{name.lower().replace('_', '-')} }}}}"
    assert {name.upper().replace("-", "_") for name in action["inputs"]} == set(handed) | {"VERSION"}
