"""The command: an address that works, Ctrl-C, and ports and files that cannot be used."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from helpers import sample

from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.errors import UsageError
from pixmeans.studio.server import ADDRESS, listening

SOURCE = Path(__file__).parent.parent.parent / "src"


def begun(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pixmeans", "studio", "--no-browser", *words]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.match(r"(http://127\.0\.0\.1:\d+/\?token=\S+)  the studio; Ctrl-C ends it\n", line)
    assert found, line
    return found[1]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_a_page_and_ends_when_it_is_told_to(tmp_path, number):
    picture = tmp_path / "<b>photo's.png"
    picture.write_bytes(truecolor_png(sample("sprite")))
    with begun(str(picture)) as process:
        try:
            address = address_of(process)
            page = urllib.request.urlopen(address, timeout=30).read().decode()
            assert "\\u003cb\\u003ephoto's.png" in page
            # A run is going on, and a connection stays open.
            with socket.create_connection((ADDRESS, int(re.findall(r":(\d+)/", address)[0]))) as open_one:
                open_one.sendall(b"POST /api/files HTTP/1.1\r\nHost: localhost\r\n")
                process.send_signal(number)
                told = process.communicate(timeout=20)
        finally:
            process.kill()
    assert told[0] == ""
    if number == signal.SIGINT:
        assert (process.returncode, told[1]) == (0, "the studio has ended\n")
    else:
        assert (process.returncode, told[1]) == (128 + number, "")


@pytest.mark.slow
def test_it_ends_while_it_computes():
    with begun() as process:
        try:
            address = address_of(process)
            token = address.split("token=")[1]
            body = b'{"picture": "noise", "kind": "gif", "settings": {"k": 256, "maxIterations": 1000}}'
            request = urllib.request.Request(
                address.split("?")[0] + "api/exports", body, {"X-Pixmeans-Token": token}, method="POST"
            )
            sender = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    f"import urllib.request as u; u.urlopen(u.Request({request.full_url!r}, {body!r}, "
                    f"{dict(request.header_items())!r}, method='POST'))",
                ],
                stderr=subprocess.DEVNULL,
            )
            with pytest.raises(subprocess.TimeoutExpired):
                sender.wait(1.5)
            process.send_signal(signal.SIGINT)
            process.wait(timeout=10)
            sender.wait()
        finally:
            process.kill()
    assert process.returncode == 0


@pytest.mark.slow
def test_a_port_that_is_taken_is_one_clear_line():
    with listening(0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^port {port} cannot be used: .*; choose another with --port, or leave"):
            listening(port)
        with begun("--port", str(port)) as process:
            told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert told[1].startswith(f"pixmeans: port {port} cannot be used: ")
    assert told[1].count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--port", "70000"), 2, "pixmeans: --port must be 0 (any free one) to 65535, got 70000\n"),
        (("nowhere.png",), 3, "pixmeans: nowhere.png: "),
        ((__file__,), 3, "pixmeans: test_server.py: this is not a picture; "),
    ],
)
def test_what_cannot_be_served_is_one_clear_line(words, code, line):
    with begun(*words) as process:
        told = process.communicate(timeout=30)
    assert process.returncode == code
    assert told[1].startswith(line)
    assert told[1].count("\n") == 1


def test_it_listens_to_this_computer_alone():
    with listening(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
