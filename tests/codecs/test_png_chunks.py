"""The chunks of a PNG file, written and read."""

import zlib

from pixmeans.codecs.png_chunks import SIGNATURE, chunk, read_chunks, with_text

FILE = SIGNATURE + chunk(b"IHDR", bytes(13)) + chunk(b"IDAT", b"abc") + chunk(b"IEND", b"")


def kinds(data):
    return [(one.kind, bytes(one.body), one.is_sound) for one in read_chunks(data)]


def test_a_chunk_by_hand():
    assert chunk(b"IEND", b"") == bytes.fromhex("00000000 49454e44 ae426082")
    assert chunk(b"abCd", b"xy") == b"\0\0\0\2abCdxy" + zlib.crc32(b"abCdxy").to_bytes(4, "big")


def test_what_is_written_is_read():
    assert kinds(FILE) == [(b"IHDR", bytes(13), True), (b"IDAT", b"abc", True), (b"IEND", b"", True)]


def test_nothing_is_read_behind_the_end():
    assert kinds(FILE + chunk(b"tEXt", b"a")) == kinds(FILE)


def test_a_wrong_checksum_is_seen():
    damaged = FILE.replace(b"abc", b"abd")
    assert kinds(damaged)[1] == (b"IDAT", b"abd", False)


def test_of_a_cut_file_whole_chunks_are_read_and_pixels_as_far_as_they_go():
    for end in range(len(FILE)):
        read = kinds(FILE[:end])
        whole = sum(end >= limit for limit in (33, 48, 60))
        assert read[:whole] == kinds(FILE)[:whole]
        assert read[whole:] in ([], [(b"IDAT", b"abc"[: max(0, end - 41)], True)])
    assert kinds(FILE[:47])[1:] == [(b"IDAT", b"abc", True)]


def test_text_stands_behind_the_header():
    read = kinds(with_text(FILE, {"Title": "k-means"}))
    assert [kind for kind, _, _ in read] == [b"IHDR", b"iTXt", b"IDAT", b"IEND"]
    assert read[1][1:] == (b"Title\0\0\0\0\0k-means", True)
