"""Who is answered, what is refused, and that what comes back is what Python computes."""

from __future__ import annotations

import io
import json
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, sample
from studio_client import TOKEN, running

import pixmeans as pm
from pixmeans.codecs import isolated
from pixmeans.codecs.isolated import Decoder
from pixmeans.explain.page import bundle, reproduce
from pixmeans.studio import guard, work
from pixmeans.studio.shelf import Shelf
from pixmeans.studio.work import OFFERED, Work

QUERY = "/?token=a%20token"
NAMES = {"X-Pixmeans-Token": TOKEN}


@pytest.fixture(scope="module")
def at_work():
    return Work()


@pytest.fixture(scope="module")
def client(at_work):
    with running(at_work) as one:
        yield one


def png(pixels, **options) -> bytes:
    buffer = io.BytesIO()
    PIL.Image.fromarray(pixels).save(buffer, "PNG", **options)
    return buffer.getvalue()


def upload(client, data: bytes, name: str = "photo.png", **headers):
    return client.post("/api/pictures", content=data, headers={**NAMES, "X-Filename": name, **headers})


def ask(client, path: str, **wishes):
    return client.post(path, json=wishes, headers=NAMES)


@pytest.fixture(scope="module")
def opened(client):
    """A picture that was sent: its pixels, and what the studio told of it."""
    pixels = blobs(3, 50 * 70).reshape(50, 70, 3)
    return pixels, upload(client, png(pixels)).json()


# Who is answered.


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "", "localhost.evil.example:80"]
)
@pytest.mark.parametrize("path", [QUERY, "/api/pictures/reef.png"])
def test_foreign_hosts_are_refused(client, host, path):
    assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1234", "localhost:1234"])
def test_names_of_this_computer_are_answered(client, host):
    assert client.get(QUERY, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("token", [None, "", "a toke", "a tokens", "A TOKEN", "ä"])
@pytest.mark.parametrize("path", ["/api/pictures", "/api/runs", "/api/files", "/api/exports"])
def test_without_the_token_nothing_is_done(client, at_work, path, token):
    before = len(at_work.pictures)
    headers = {} if token is None else {"X-Pixmeans-Token": token.encode()}
    answer = client.post(path, content=b"{}", headers=headers)
    assert answer.status_code == 403
    assert "token" in answer.json()["error"]
    assert len(at_work.pictures) == before


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?other=a+token"])
def test_the_page_too_needs_the_token(client, query):
    answer = client.get(f"/{query}")
    assert answer.status_code == 403
    assert TOKEN not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_pages_are_refused_even_with_the_token(client, headers):
    for path in ("/api/pictures", "/api/runs"):
        assert client.post(path, content=b"{}", headers={**NAMES, **headers}).status_code == 403
    assert client.get("/api/pictures/reef.png", headers=headers).status_code == 403


def test_the_own_page_is_answered(client):
    own = {"Origin": client.origin, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/runs", json={"picture": "sprite"}, headers={**NAMES, **own}).status_code == 200


@pytest.mark.parametrize("path", [QUERY, "/", "/api/pictures/reef.png", "/api/files/none.png", "/nowhere"])
def test_every_answer_has_headers_of_safety(client, path):
    headers = client.get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert not any("unsafe" in rule or "*" in rule for rule in rules.values())
    assert rules["script-src"] == bundle.hash_of(bundle.script())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_nothing_is_found_by_a_path(client):
    for path in (
        "/..%2f..%2fetc%2fpasswd",
        "/api/pictures/..%2f..%2fetc%2fpasswd.png",
        "/api/files/%2e%2e.png",
        "/page.css",
    ):
        assert client.get(path).status_code in (403, 404)
    for name in ("../../etc/passwd", "/etc/passwd", "reef.png", "", None, 7, ["reef"]):
        answer = ask(client, "/api/runs", picture=name)
        assert answer.status_code == 404
        assert answer.json()["error"] == "this picture is not here any more: open it again"


# What is sent.


@pytest.mark.slow
def test_too_large_uploads_are_refused_before_they_are_read(client, monkeypatch):
    monkeypatch.setattr("pixmeans.studio.app.MOST_UPLOAD", 1000)
    sent = []

    def parts():
        for _ in range(100):
            sent.append(1)
            yield bytes(500)

    told = upload(client, bytes(1001))
    assert (told.status_code, told.json()["error"]) == (413, "too large: at most 0 kB")
    assert upload(client, parts()).status_code == 413  # no header says how much it is
    assert upload(client, bytes(1000)).status_code == 422


def test_the_limit_of_uploads_is_64_mb():
    assert guard.MOST_UPLOAD == 64 << 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("C%3A%5Cwindows%5Cphoto.png", "photo.png"),
        ("%3Cscript%3Ealert(1)%3C%2Fscript%3E.png", "script>.png"),
        ("a%0Ab%00c.png", r"a\nb\x00c.png"),
        ("%ff%fe.png", "\ufffd\ufffd.png"),
        ("", "the picture"),
        ("%E9%9D%92" * 400, "青" * 200),
    ],
)
def test_a_file_name_is_a_word_and_nothing_else(client, sent, kept):
    told = upload(client, png(np.zeros((2, 2, 3), np.uint8)), sent)
    assert told.status_code == 200
    assert told.json()["name"] == kept
    exported = ask(client, "/api/exports", picture=told.json()["id"], kind="report", settings={"k": 2})
    name = exported.headers["content-disposition"].removeprefix('attachment; filename="').removesuffix('"')
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
    assert name.endswith("-report.html")


@pytest.mark.slow
def test_words_in_a_png_stay_words(client):
    from PIL.PngImagePlugin import PngInfo

    evil = "</script><script>alert(1)</script>"
    info = PngInfo()
    for key in ("Title", "Comment", "Software"):
        info.add_text(key, evil)
    told = upload(client, png(np.zeros((4, 4, 3), np.uint8), pnginfo=info), "x</script><script>alert(1)<!--.png")
    assert told.status_code == 200
    page = ask(client, "/api/exports", picture=told.json()["id"], kind="report", settings={"k": 2}).text
    assert "alert(1)" in page  # the name, as words
    assert "<script>alert" not in page
    assert page.count("<script") == 2
    assert page.count("</script") == 2


def header_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is and has no pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("notes.jpg", b"dear diary, " * 50, "notes.jpg: this is not a picture"),
        ("huge.png", header_of(60_000, 60_000), "huge.png: "),
        ("empty.png", b"", "empty.png: the file is empty"),
        ("cut.png", png(blobs(1, 900).reshape(30, 30, 3))[:200], "cut.png: "),
    ],
)
def test_what_is_no_picture_is_one_clear_line(client, name, data, words):
    told = upload(client, data, name)
    assert told.status_code == 422
    line = told.json()["error"]
    assert line.startswith(words)
    assert "\n" not in line
    assert "Traceback" not in line


def test_an_animation_shows_its_first_frame(client):
    frames = [PIL.Image.fromarray(np.full((8, 8, 3), 40 * i, np.uint8)) for i in range(3)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    told = upload(client, buffer.getvalue(), "moving.gif").json()
    assert (told["frames"], told["format"]) == (3, "GIF")
    assert any("frame" in note for note in told["notes"])
    assert not shown(client, told)[..., :3].any()


def test_sixteen_bits_become_eight_and_are_told_of(client):
    gray = (np.arange(64 * 64).reshape(64, 64) * 15).astype(np.uint16)
    told = upload(client, png(gray), "deep.png").json()
    assert any("16 bits" in note for note in told["notes"])
    assert np.array_equal(shown(client, told)[..., 0], (gray.astype(int) + 128) // 257)


@pytest.mark.slow
def test_an_icon_keeps_its_alpha(client):
    pixels = sample("icon").pixels
    told = upload(client, png(pixels), "icon.png").json()
    assert np.array_equal(shown(client, told), pixels)
    answer = ask(client, "/api/files", picture=told["id"], settings={"k": 8}).json()
    with PIL.Image.open(io.BytesIO(client.get(answer["src"]).content)) as made:
        alpha = np.asarray(made.convert("RGBA"))[..., 3]
    assert np.array_equal(alpha, np.where(pixels[..., 3] >= 128, 255, 0))


def test_nothing_to_see_is_refused(client):
    told = upload(client, png(np.zeros((4, 4, 4), np.uint8)), "nothing.png")
    assert told.status_code == 422
    assert told.json()["error"].startswith("nothing.png: every pixel is transparent")


def shown(client, told) -> np.ndarray:
    with PIL.Image.open(io.BytesIO(client.get(told["src"]).content)) as picture:
        return np.asarray(picture)


@pytest.mark.slow
def test_twenty_uploads_at_once(client):
    pictures = [blobs(seed, 40 * 40).reshape(40, 40, 3) for seed in range(20)]
    with ThreadPoolExecutor(20) as threads:
        told = list(threads.map(lambda pixels: upload(client, png(pixels)).json(), pictures))
    assert len({one["id"] for one in told}) == 20
    for one, pixels in zip(told, pictures, strict=True):
        assert np.array_equal(shown(client, one), pixels)


HANGS = """
import json, sys, time
sys.path[:] = json.loads(sys.argv[1])
from pixmeans.codecs import decode_worker
original = decode_worker.decode
decode_worker.decode = lambda data, name, **o: time.sleep(600) if name == "hang" else original(data, name=name, **o)
decode_worker.serve(int(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_decoder_that_hangs_is_killed_and_the_next_picture_is_decoded(monkeypatch):
    monkeypatch.setattr(isolated, "_PROGRAM", HANGS)
    data = png(np.zeros((3, 3, 3), np.uint8))
    one = Work(Decoder(seconds=0.5))
    with running(one) as client:
        process = one._decoder._started("x")
        told = upload(client, data, "hang")
        assert told.status_code == 422
        assert "takes more than 0.5 s and was stopped" in told.json()["error"]
        assert process.poll() is not None
        assert upload(client, data, "good").status_code == 200


# What is asked.


@pytest.mark.parametrize(
    "wishes",
    [
        {"k": 0},
        {"k": 257},
        {"k": 1.5},
        {"k": "16"},
        {"k": True},
        {"k": 10**30},
        {"seed": "1"},
        {"start": "nowhere"},
        {"start": "placed"},
        {"start": {}},
        {"space": "../../etc"},
        {"dither": ["none"]},
        {"protect": "much"},
        {"maxIterations": -1},
        {"maxIterations": 10**9},
        {"keep": "red"},
        {"keep": [[1, 2, 3]]},
        {"keep": ["no color"]},
        {"keep": ["#112233"] * 300, "k": 2},
    ],
)
def test_settings_that_make_no_sense_are_one_clear_line(client, wishes):
    for path in ("/api/runs", "/api/files", "/api/exports"):
        kind = {"kind": "report"} if path == "/api/exports" else {}
        if wishes == {"keep": ["#112233"] * 300, "k": 2}:
            continue  # one color, three hundred times: that is fine
        answer = ask(client, path, picture="sprite", settings=wishes, **kind)
        assert answer.status_code == 422, answer.text
        assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000, b'{"settings": 5, "picture": "sprite"}']
)
def test_bodies_that_are_no_wishes(client, body):
    answer = client.post("/api/runs", content=body, headers=NAMES)
    assert answer.status_code in (400, 404, 422)
    assert "\n" not in answer.json()["error"]


def test_wishes_have_a_limit(client):
    answer = client.post("/api/runs", content=b" " * (guard.MOST_WORDS + 1), headers=NAMES)
    assert answer.status_code == 413


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        {},
        {"k": 5, "seed": 9, "maxIterations": 4},
        {"k": 12, "start": "k-means++", "space": "oklab"},
        {"k": 7, "start": "random-colors", "keep": ["#ff0000", "#00ff00"]},
    ],
)
def test_runs_are_those_of_python(client, opened, page):
    pixels, told = opened
    answer = ask(client, "/api/runs", picture=told["id"], settings=page)
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    steps = list(pm.steps(pixels, settings=reproduce.settings_of(page, transparent=False)))
    assert len(lines) == len(steps)
    for line, step in zip(lines, steps, strict=True):
        assert np.array_equal(line["centroids"], step.centroids)
        assert np.array_equal(line["weights"], step.weights)
        assert (line["inertia"], line["phase"], line["iteration"]) == (step.inertia, step.phase, step.iteration)
        assert (line["changed"], line["shift"], line["converged"]) == (step.changed, step.shift, step.converged)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["png", "webp", "gif"])
def test_files_are_those_of_python_and_their_sizes_are_real(client, opened, format):
    pixels, told = opened
    page = {"k": 9, "seed": 4, "dither": "floyd-steinberg"}
    answer = ask(client, "/api/files", picture=told["id"], settings=page, format=format).json()
    expected = pm.compress(pixels, settings=reproduce.settings_of(page, transparent=False).but(format=format))
    made = client.get(answer["src"])
    assert made.content == expected.data
    assert made.headers["content-type"] == f"image/{format}"
    assert answer["bytes"] == len(made.content)
    assert answer["psnr"] == pytest.approx(expected.psnr)
    assert answer["rmse"] == pytest.approx(expected.mse**0.5)
    sizes = {row["label"]: row["bytes"] for row in answer["sizes"]}
    assert sizes["original file"] == told["bytes"]
    assert answer["bytes"] in sizes.values()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "begins"), [("gif", b"GIF8"), ("webp", b"RIFF"), ("png", b"\x89PNG"), ("report", b"<!doctype html>")]
)
def test_exports_are_files_of_their_kind(client, opened, kind, begins):
    _, told = opened
    answer = ask(client, "/api/exports", picture=told["id"], settings={"k": 4, "maxIterations": 2}, kind=kind)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(begins)
    assert answer.headers["content-disposition"].startswith('attachment; filename="photo-')


def test_unknown_kinds_of_files(client):
    assert ask(client, "/api/exports", picture="sprite", kind="exe").status_code == 422
    assert ask(client, "/api/files", picture="sprite", format="bmp").status_code == 422


@pytest.mark.slow
@pytest.mark.parametrize("name", OFFERED)
def test_samples_are_there_by_name(client, name):
    told = shown(client, {"src": f"/api/pictures/{name}.png"})
    assert np.array_equal(told, sample(name).pixels)


def test_the_page_holds_what_it_needs(client):
    page = client.get(QUERY).text
    data = json.loads(page.split('id="pixmeans-data">')[1].split("</script>")[0])
    assert data["token"] == TOKEN
    assert [one["name"] for one in data["samples"]] == list(OFFERED)
    assert data["samples"][0]["bytes"] == len(client.get(data["samples"][0]["src"]).content)


def test_an_accident_is_one_line(client, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("this\nand that")

    monkeypatch.setattr(Work, "file", broken)
    answer = ask(client, "/api/files", picture="sprite")
    assert answer.status_code == 500
    assert answer.json()["error"] == r"something unforeseen went wrong, ZeroDivisionError: this\nand that"


def test_who_comes_when_too_many_wait_hears_that(client, monkeypatch):
    release = threading.Event()
    monkeypatch.setattr(Work, "file", lambda *_: release.wait(30) and {})
    monkeypatch.setattr(work, "WAITING", 3)
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask, client, "/api/files", picture="sprite") for _ in range(8)]
        while sum(one.done() for one in asked) < 5:
            pass
        release.set()
        statuses = sorted(one.result().status_code for one in asked)
    assert statuses == [200] * 3 + [503] * 5


# Memory.


@pytest.mark.slow
def test_shelves_hold_no_more_than_they_may():
    shelf = Shelf[int](1000)
    names = [shelf.put(number, 90) for number in range(100)]
    assert shelf.held <= 1000
    assert [shelf.get(name) for name in names[-11:]] == list(range(89, 100))
    assert shelf.get(names[0]) is None
    kept = names[-11]
    for number in range(10):
        assert shelf.get(kept) == 89  # asked for, so others go first
        shelf.put(number, 90)
    large = shelf.put(7, 10**9)
    assert (shelf.get(large), len(shelf)) == (7, 1)
    shelf.put(8, 1)
    assert (shelf.get(large), shelf.held) == (None, 1)


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.slow
def test_memory_stays_flat_over_many_runs(client):
    pixels = blobs(8, 300 * 300).reshape(300, 300, 3)
    data = png(pixels)

    def round_of(count: int) -> None:
        for seed in range(count):
            told = upload(client, data).json()
            settings = {"k": 16, "seed": seed, "maxIterations": 3}
            assert len(ask(client, "/api/runs", picture=told["id"], settings=settings).text.splitlines()) == 7
            if seed % 10 == 0:
                assert ask(client, "/api/files", picture=told["id"], settings=settings).status_code == 200

    round_of(20)
    before = resident()
    round_of(50)
    # 50 pictures of 540 kB are on the shelf, which holds them: that is no leak.
    assert resident() - before < 50 * 600_000 + 20e6
