"""Downloading public sets, from a server on this machine: what goes right, and everything that can go wrong."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import re
import subprocess
import sys
import tarfile
import textwrap
import threading
import zipfile

import numpy as np
import pytest
from public_server import FaultyServer

from rnnbook import data
from rnnbook.data.public import unpacking

BODY = bytes(range(256)) * 1000
SHA256 = hashlib.sha256(BODY).hexdigest()
FAST = {"progress": False, "timeouts": (5.0, 0.3)}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    """Neither the settings of the machine nor a proxy have a say."""
    for name in ("RNNBOOK_OFFLINE", "RNNBOOK_CACHE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    with FaultyServer() as running:
        running.files["/data.bin"] = BODY
        yield running


def registry(server, path="/data.bin", checksum=f"sha256:{SHA256}", more=()):
    files = tuple(data.PublicFile(url=server.url(p), checksum=c, checksum_from="a test", bytes=len(BODY))
                  for p, c in ((path, checksum), *more))
    return {"tiny": data.PublicSet(name="tiny", about="Bytes.", files=files, read="", licence="CC0", citation="",
                                   homepage="https://home.example", limits="Small.")}


def left(cache):
    """The files under the cache."""
    return sorted(str(p.relative_to(cache)) for p in cache.rglob("*") if p.is_file())


def failure(server, cache, **options):
    """What `fetch` says when it fails."""
    made = {"registry": registry(server), **FAST, **options}
    with pytest.raises(data.DownloadError) as caught:
        data.fetch("tiny", cache=cache, **made)
    return str(caught.value)


# what goes right

def test_the_first_call_downloads_and_the_next_ones_do_not(server, tmp_path):
    for _ in range(3):
        folder = data.fetch("tiny", cache=tmp_path, registry=registry(server), **FAST)
    assert folder == tmp_path / "tiny"
    assert (folder / "data.bin").read_bytes() == BODY
    assert left(tmp_path) == ["tiny/data.bin"]
    assert server.requests == ["/data.bin"]


def test_a_set_may_have_several_files(server, tmp_path):
    server.files["/more.txt"] = b"more"
    made = registry(server, more=[("/more.txt", "md5:" + hashlib.md5(b"more").hexdigest())])
    data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    assert left(tmp_path) == ["tiny/data.bin", "tiny/more.txt"]


def test_the_cache_can_be_named_in_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNBOOK_CACHE", str(tmp_path / "mine"))
    assert data.fetch("tiny", registry=registry(server), **FAST) == tmp_path / "mine" / "tiny"


def test_progress_is_a_bar_on_stderr_and_can_be_switched_off(server, tmp_path, capsys):
    data.fetch("tiny", cache=tmp_path / "a", registry=registry(server), progress=True)
    shown = capsys.readouterr()
    assert "100%" in shown.err and shown.out == ""
    data.fetch("tiny", cache=tmp_path / "b", registry=registry(server), progress=False)
    assert capsys.readouterr() == ("", "")


def test_the_level_of_poochs_logger_is_left_as_it_was(server, tmp_path):
    import pooch

    pooch.get_logger().setLevel(logging.DEBUG)
    failure(server, tmp_path, registry=registry(server, "/missing"))
    assert pooch.get_logger().level == logging.DEBUG


def archive(kind, content):
    """An archive in memory: kind ".zip" or ".tar.gz", content path → text."""
    made = io.BytesIO()
    if kind == ".zip":
        with zipfile.ZipFile(made, "w") as target:
            for name, text in content.items():
                target.writestr(name, text)
    else:
        with tarfile.open(fileobj=made, mode="w:gz") as target:
            for name, text in content.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text)
                target.addfile(entry, io.BytesIO(text.encode()))
    return made.getvalue()


@pytest.mark.parametrize("kind", [".zip", ".tar.gz"])
def test_archives_are_unpacked_once(server, tmp_path, kind):
    body = server.files[f"/set{kind}"] = archive(kind, {"top/a.txt": "one", "top/b.txt": "two", "README": "read"})
    made = registry(server, f"/set{kind}", "sha256:" + hashlib.sha256(body).hexdigest())
    for _ in range(2):
        folder = data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
        assert (folder / "top" / "b.txt").read_text() == "two"
        assert (folder / "README").read_text() == "read"
    assert left(tmp_path) == [f"tiny/{n}" for n in sorted(["README", f"set{kind}", f"set{kind}.unpacked", "top/a.txt",
                                                           "top/b.txt"])]


def test_unpacking_that_was_interrupted_is_finished_by_the_next_call(server, tmp_path, monkeypatch):
    body = server.files["/set.zip"] = archive(".zip", {"a.txt": "one", "b.txt": "two"})
    made = registry(server, "/set.zip", "sha256:" + hashlib.sha256(body).hexdigest())
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        def interrupted(*args):
            zipfile.ZipFile(args[0]).extract("a.txt", args[1])
            raise KeyboardInterrupt
        broken.setattr(unpacking.shutil, "unpack_archive", interrupted)
        data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    assert left(tmp_path) == ["tiny/set.zip"]
    data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    assert left(tmp_path) == ["tiny/a.txt", "tiny/b.txt", "tiny/set.zip", "tiny/set.zip.unpacked"]


def test_nothing_is_unpacked_outside_of_the_cache(server, tmp_path):
    body = server.files["/set.tar.gz"] = archive(".tar.gz", {"../../escaped.txt": "out"})
    made = registry(server, "/set.tar.gz", "sha256:" + hashlib.sha256(body).hexdigest())
    assert "was not unpacked" in failure(server, tmp_path / "cache", registry=made)
    assert not list(tmp_path.rglob("escaped.txt"))


# what goes wrong

def test_a_wrong_checksum(server, tmp_path):
    message = failure(server, tmp_path, registry=registry(server, checksum="sha256:" + "0" * 64))
    assert SHA256 in message and "0" * 64 in message and "(a test)" in message and "https://home.example" in message
    assert left(tmp_path) == []


def test_a_truncated_body(server, tmp_path):
    server.faults["/data.bin"] = "truncated"
    assert "connection broke before the whole file" in failure(server, tmp_path)
    assert left(tmp_path) == []


def test_a_truncated_body_is_noticed_without_a_checksum_too(server, tmp_path):
    server.faults["/data.bin"] = "truncated"
    assert "connection broke" in failure(server, tmp_path, registry=registry(server, checksum=None))
    assert left(tmp_path) == []


@pytest.mark.parametrize("fault", ["stalls", "silent"])
def test_a_server_that_stalls(server, tmp_path, fault):
    server.faults["/data.bin"] = fault
    message = failure(server, tmp_path)
    assert "time-out" in message and "timeouts=" in message
    assert left(tmp_path) == []


def test_a_file_that_is_gone(server, tmp_path):
    message = failure(server, tmp_path, registry=registry(server, "/missing"))
    assert "no such file any more (status 404)" in message and "https://home.example" in message
    assert str(tmp_path / "tiny" / "missing") in message
    assert left(tmp_path) == []


def test_a_server_in_trouble(server, tmp_path):
    server.faults["/data.bin"] = "broken"
    assert "status 503" in failure(server, tmp_path)
    assert left(tmp_path) == []


def test_no_server_at_all(server, tmp_path):
    made = registry(server)
    server.http.server_close()
    message = failure(server, tmp_path, registry=made)
    assert "no connection to 127.0.0.1" in message and "Check the network" in message


def test_a_cache_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    message = failure(server, tmp_path / "file")
    assert "Choose another folder" in message


SCRIPT = """
import resource, sys
from rnnbook import data
url, sha256, cache, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
file = data.PublicFile(url=url, checksum=sha256 or None, checksum_from="a test")
made = data.PublicSet(name="tiny", about="", files=(file,), read="", licence="", citation="", homepage="", limits="")
try:
    data.fetch("tiny", cache=cache, registry={"tiny": made}, progress=False)
except data.DownloadError as error:
    sys.exit(str(error))
"""


def process(server, cache, checksum=f"sha256:{SHA256}", limit=0, path="/data.bin"):
    """Another Python that fetches; `limit` is the size in bytes at which the system says that no more fits."""
    return subprocess.Popen([sys.executable, "-c", SCRIPT, server.url(path), checksum, str(cache), str(limit)],
                            stderr=subprocess.PIPE, text=True)


def test_a_full_disk(server, tmp_path):
    running = process(server, tmp_path, limit=len(BODY) // 2)
    _, message = running.communicate()
    assert running.returncode == 1
    assert "no room left" in message and "cache=FOLDER" in message
    assert left(tmp_path) == []


def test_a_disk_that_is_full_while_unpacking(server, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("a.txt", "one")
        target.writestr("zeros.txt", "0" * 10**6)
    body = server.files["/set.zip"] = packed.getvalue()
    running = process(server, tmp_path, "sha256:" + hashlib.sha256(body).hexdigest(), 10**5, "/set.zip")
    _, message = running.communicate()
    assert running.returncode == 1 and "was not unpacked" in message and "no room left" in message
    assert left(tmp_path) == ["tiny/set.zip"]


@pytest.mark.parametrize("checksum", [f"sha256:{SHA256}", ""])
def test_two_processes_at_once_end_with_one_good_file(server, tmp_path, checksum):
    server.faults["/data.bin"] = "together"
    both = [process(server, tmp_path, checksum) for _ in range(2)]
    results = [p.communicate() for p in both]
    assert [p.returncode for p in both] == [0, 0], results
    assert len(server.requests) == 2
    assert (tmp_path / "tiny" / "data.bin").read_bytes() == BODY
    assert left(tmp_path) == ["tiny/data.bin"] + ([] if checksum else ["tiny/data.bin.sha256"])


def test_two_threads_unpack_the_same_archive(server, tmp_path):
    content = {f"top/{i}.txt": str(i) for i in range(50)} | {"b.txt": "b"}
    body = server.files["/set.zip"] = archive(".zip", content)
    server.faults["/set.zip"] = "together"
    made = registry(server, "/set.zip", "sha256:" + hashlib.sha256(body).hexdigest())
    results = []

    def run():
        try:
            results.append(data.fetch("tiny", cache=tmp_path, registry=made, progress=False))
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [tmp_path / "tiny"] * 2
    assert left(tmp_path) == sorted(f"tiny/{n}" for n in [*content, "set.zip", "set.zip.unpacked"])


# without a published checksum

def test_a_first_download_is_recorded_and_the_reader_is_told(server, tmp_path):
    made = registry(server, checksum=None)
    with pytest.warns(UserWarning, match=r"Nobody published a checksum") as said:
        data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    assert said[0].filename == __file__
    assert (tmp_path / "tiny" / "data.bin.sha256").read_text() == f"sha256:{SHA256}"
    data.fetch("tiny", cache=tmp_path, registry=made, **FAST)      # a warning here is an error: see pytest.warns above
    assert len(said) == 1


def test_a_file_that_changed_after_it_was_recorded_is_refused(server, tmp_path):
    made = registry(server, checksum=None)
    with pytest.warns(UserWarning):
        data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    (tmp_path / "tiny" / "data.bin").unlink()
    server.files["/data.bin"] = b"something else"
    message = failure(server, tmp_path, registry=made)
    assert "the file has changed" in message and "delete the folder" in message
    assert left(tmp_path) == ["tiny/data.bin.sha256"]


def test_a_page_instead_of_an_archive_is_not_recorded(server, tmp_path):
    server.files["/set.zip"] = b"<html>Please log in</html>"
    message = failure(server, tmp_path, registry=registry(server, "/set.zip", None))
    assert "is no .zip archive" in message
    assert left(tmp_path) == []


def test_two_processes_that_get_different_files_do_not_both_succeed(server, tmp_path):
    record = tmp_path / "tiny" / "data.bin.sha256"
    server.before = lambda: record.write_text("sha256:" + "1" * 64)      # another process, meanwhile
    assert "two processes" in failure(server, tmp_path, registry=registry(server, checksum=None))
    assert left(tmp_path) == ["tiny/data.bin.sha256"]


# offline, and a damaged cache

def test_offline_with_a_cached_copy(server, tmp_path, monkeypatch):
    made = registry(server)
    data.fetch("tiny", cache=tmp_path, registry=made, **FAST)
    data.fetch("tiny", cache=tmp_path, registry=made, offline=True)
    monkeypatch.setenv("RNNBOOK_OFFLINE", "1")
    data.fetch("tiny", cache=tmp_path, registry=made)
    assert server.requests == ["/data.bin"]


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_offline_without_a_cached_copy(server, tmp_path, monkeypatch, way):
    if way == "environment":
        monkeypatch.setenv("RNNBOOK_OFFLINE", "1")
    message = failure(server, tmp_path, offline=way == "argument")
    for part in ("is not in the cache", server.url("/data.bin"), "0.3 MB", str(tmp_path / "tiny" / "data.bin")):
        assert part in message
    assert server.requests == [] and left(tmp_path) == []


def test_rnnbook_offline_0_means_online(server, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNBOOK_OFFLINE", "0")
    data.fetch("tiny", cache=tmp_path, registry=registry(server), **FAST)


def test_a_file_put_there_by_hand_is_checked_and_used(server, tmp_path):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "data.bin").write_bytes(BODY)
    data.fetch("tiny", cache=tmp_path, registry=registry(server), offline=True)
    assert server.requests == []


def test_a_damaged_copy_is_fetched_again_and_refused_offline(server, tmp_path):
    data.fetch("tiny", cache=tmp_path, registry=registry(server), **FAST)
    (tmp_path / "tiny" / "data.bin").write_bytes(b"damaged")
    assert "in the cache is damaged" in failure(server, tmp_path, offline=True)
    data.fetch("tiny", cache=tmp_path, registry=registry(server), **FAST)
    assert (tmp_path / "tiny" / "data.bin").read_bytes() == BODY


# the registry

def test_an_unknown_name_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ValueError, match=r"name is 'imdb'; expected one of 'tatoeba-de-en', 'ud-english-ewt'"):
        data.fetch("imdb")


def test_without_pooch_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError, match=re.escape('pip install "rnnbook[data]"')):
        data.fetch("movie-reviews")


@pytest.mark.parametrize("name", data.PUBLIC)
def test_every_entry_is_complete_and_no_checksum_is_without_a_source(name):
    public = data.PUBLIC[name]
    assert public.name == name
    for text in (public.about, public.licence, public.citation, public.homepage, public.limits, public.read):
        assert text and "\n" not in text
    assert "have not downloaded it" in public.limits
    for file in public.files:
        assert file.url.startswith("https://") and file.name
        if file.checksum:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", file.checksum)
            assert file.checksum_from and file.bytes
        else:
            assert not file.checksum_from


def test_there_is_a_parallel_corpus_a_treebank_a_review_set_and_a_weather_series():
    assert list(data.PUBLIC) == ["tatoeba-de-en", "ud-english-ewt", "movie-reviews", "australian-weather"]


def test_importing_the_data_imports_no_network():
    script = "import sys, rnnbook.data; print({'pooch', 'requests', 'tqdm', 'http.client'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "set()\n"


# the readers

def test_parallel_text_is_read_in_pairs(tmp_path):
    source, target = tmp_path / "a.de", tmp_path / "a.en"
    source.write_text("Guten Tag.\nEins\u2028zwei\n", encoding="utf-8")
    target.write_text("Good day.\nOne two\n", encoding="utf-8")
    assert data.read_parallel(source, target) == [("Guten Tag.", "Good day."), ("Eins\u2028zwei", "One two")]
    target.write_text("Good day.\n", encoding="utf-8")
    with pytest.raises(ValueError, match="source has 2 lines and target 1"):
        data.read_parallel(source, target)


def test_reviews_are_read_from_their_folders(tmp_path):
    for label, name, text in (("pos", "10_8", "Good."), ("pos", "2_10", "Great."), ("neg", "0_1", "Bad.")):
        (tmp_path / label).mkdir(exist_ok=True)
        (tmp_path / label / f"{name}.txt").write_text(text)
    assert data.read_reviews(tmp_path) == [("Great.", "pos", 10), ("Good.", "pos", 8), ("Bad.", "neg", 1)]
    with pytest.raises(ValueError, match="without reviews"):
        data.read_reviews(tmp_path / "pos")


TSF = textwrap.dedent("""\
    # a comment
    @relation weather
    @attribute series_name string
    @attribute series_type string
    @frequency daily
    @data
    T1:rain:0,0.5,?
    T2:temperature:-3
    """)


def test_series_are_read_from_tsf(tmp_path):
    path = tmp_path / "a.tsf"
    path.write_text(TSF)
    first, second = data.read_tsf(path)
    assert first.attributes == {"series_name": "T1", "series_type": "rain"}
    assert np.array_equal(first.values, [0, 0.5, np.nan], equal_nan=True)
    assert second.values.tolist() == [-3]
    with pytest.raises(ValueError, match="read-only"):
        second.values[0] = 1


@pytest.mark.parametrize(("bad", "message"), [
    (TSF + "T3:1,2\n", "line 9 of a.tsf has 1 attributes; expected 2"),
    (TSF + "T3:rain:1,x\n", "line 9 of a.tsf: could not convert"),
    ("T1:1,2\n", "has no line @data"),
])
def test_a_tsf_file_that_is_wrong_is_refused(tmp_path, bad, message):
    path = tmp_path / "a.tsf"
    path.write_text(bad)
    with pytest.raises(ValueError, match=message):
        data.read_tsf(path)


def test_a_tar_is_told_from_a_gzipped_page(tmp_path, server):
    server.files["/set.tar.gz"] = gzip.compress(b"<html></html>")
    assert "is no .tar.gz archive" in failure(server, tmp_path, registry=registry(server, "/set.tar.gz", None))


@pytest.mark.parametrize(("arguments", "message"), [
    ({"name": ["movie-reviews"]}, r"name is \['movie-reviews'\]; expected one of 'tatoeba-de-en'"),
    ({"name": "movie-reviews", "cache": 3}, "cache is 3; expected the path of a folder"),
    ({"name": "movie-reviews", "offline": "no"}, "offline is 'no'"),
    ({"name": "movie-reviews", "progress": 1}, "progress is 1"),
])
def test_arguments_of_the_wrong_type_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.fetch(**arguments)
