"""Hand-ins are found as platforms and people leave them; every file is accounted for."""

from __future__ import annotations

import io
import os
import random
import struct
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hand_ins import (
    NAMES,
    STEM,
    as_bytes,
    canvas_name,
    canvas_roster,
    canvas_zip,
    folder_of,
    given_first,
    moodle_name,
    moodle_roster,
    moodle_zip,
    notebook_of,
    plain_roster,
    squashed,
    zip_of,
)

from rnnbook.grading import archives
from rnnbook.grading.archives import Place
from rnnbook.grading.collect import collect
from rnnbook.grading.owners import CANVAS, MOODLE, is_called, of_platform, resubmission
from rnnbook.grading.roster import read_roster

ONE = notebook_of("x = 1")
TWO = notebook_of("x = 2")
CLASS = {name: notebook_of(f"who = {name!r}") for name in NAMES}


def ids(found):
    return [s.student for s in found.submissions]


def accounted(found):
    """The files that the result speaks of."""
    return {*(str(s.place) for s in found.submissions if s.place), *(i.path for i in (*found.unmatched,
                                                                                      *found.ignored))}


def right(found, roster):
    """Whether each student has the notebook with the own name in it."""
    names = {s.id: s for s in roster}
    assert not found.unmatched and not found.missing, found
    assert ids(found) == list(names)
    for s in found.submissions:
        written = next(n for n in NAMES if s.read() == as_bytes(CLASS[n]))
        assert {squashed(written), squashed(given_first(written))} & {squashed(names[s.student].name)}
    return True


def unzip(path, folder):
    zipfile.ZipFile(path).extractall(folder)
    return folder


# ---- the layouts ----

@pytest.mark.parametrize("form", ["zip", "folder", "zip in a folder", "folder in a zip"])
def test_canvas(tmp_path, form):
    roster = read_roster(canvas_roster(tmp_path / "roster.csv"))
    where = tmp_path / "in"
    where.mkdir()
    path = canvas_zip(where / "submissions.zip", CLASS)
    if form == "zip":
        where = path
    elif form == "folder":
        where = unzip(path, tmp_path / "out")
    elif form == "folder in a zip":
        files = {f"dl/{n}": b for n, b in ((i.filename, zipfile.ZipFile(path).read(i))
                                           for i in zipfile.ZipFile(path).infolist())}
        where = zip_of(tmp_path / "other.zip", files)
    found = collect(where, roster)
    assert right(found, roster) and found.layout == "Canvas's download"


@pytest.mark.parametrize("folders", [True, False])
@pytest.mark.parametrize("form", ["zip", "folder", "zip in a folder"])
def test_moodle(tmp_path, form, folders):
    roster = read_roster(moodle_roster(tmp_path / "roster.csv"))
    where = tmp_path / "in"
    where.mkdir()
    path = moodle_zip(where / "RNN-Homework 1-4711.zip", CLASS, folders=folders)
    if form == "zip":
        where = path
    elif form == "folder":
        where = unzip(path, tmp_path / "out")
    found = collect(where, roster)
    assert right(found, roster) and found.layout == "Moodle's download"


@pytest.mark.parametrize("kind", ["flat", "folders", "nbgrader", "zip of folders", "wrapped"])
def test_by_hand(tmp_path, kind):
    roster = read_roster(plain_roster(tmp_path / "roster.csv"))
    key = {name: s.id for name, s in zip(NAMES, roster, strict=True)}
    if kind == "flat":
        where = folder_of(tmp_path / "in", {f"{given_first(n)}.ipynb": nb for n, nb in CLASS.items()})
    elif kind == "nbgrader":
        where = folder_of(tmp_path / "in", {f"submitted/{key[n]}/hw1/x.ipynb": nb for n, nb in CLASS.items()}
                          | {"source/hw1/x.ipynb": ONE, "gradebook.db": b"x"})
    else:
        files = {f"{'class/' if kind == 'wrapped' else ''}{key[n]}/{STEM}.ipynb": nb for n, nb in CLASS.items()}
        where = zip_of(tmp_path / "in.zip", files) if kind == "zip of folders" else folder_of(tmp_path / "in", files)
    assert right(collect(where, roster), roster)


def test_the_names_that_platforms_give():
    name = of_platform(("doejane_LATE_12345_67890_hw1-2.ipynb",))
    assert (name.owner.name, name.owner.number, name.late, name.upload, name.file) == (
        "doejane", "12345", True, 67890, "hw1-2.ipynb")
    assert of_platform(("müllerjörg_late_1_2_a_3_4_b.ipynb",)).file == "a_3_4_b.ipynb"
    assert of_platform(("anon_Ab3dE_67_hw.ipynb",)).owner.anonymous
    assert of_platform(("LATE_anon_Ab3dE_67_hw.ipynb",)).late
    assert "typed into Canvas" in of_platform(("doejane_12345_text.html",)).ignored
    for path in (("Jane Doe_7_assignsubmission_file_", "sub", "x.ipynb"),
                 ("Jane Doe_7_assignsubmission_file", "x.ipynb"),
                 ("Jane Doe_7_assignsubmission_file_x.ipynb",)):
        name = of_platform(path)
        assert (name.owner.name, name.owner.number, name.file) == ("Jane Doe", "7", "x.ipynb")
    assert "onlinetext" in of_platform(("Jane Doe_7_assignsubmission_onlinetext_", "onlinetext.html")).ignored
    assert of_platform(("Participant_7_assignsubmission_file_", "x.ipynb")).owner.anonymous
    for path in (("jane.ipynb",), ("jane", "hw.ipynb"), ("hw_1.ipynb",), ("jane", "roesam_1_2_hw.ipynb")):
        assert of_platform(path) is None


def test_long_names_are_no_trouble_for_the_patterns():
    for pattern in (CANVAS, MOODLE):
        for text in ("a" * 255, "a_1" * 85, "_" * 255, "1" * 255, "a_" * 127):
            assert pattern.fullmatch(text) is None       # a pattern that explodes would take days


def test_names_of_notebooks():
    for file in ("hw1.ipynb", "HW1.ipynb", "hw1-1.ipynb", "hw1 (2).ipynb", "hw1-Copy1.ipynb", "hw1_copy.ipynb",
                 "hw1.ipynb.txt", "hw1-2 (1).ipynb", "Hw1-Kopie.ipynb"):
        assert is_called(file, "hw1"), file
    for file in ("hw11.ipynb", "hw2.ipynb", "my hw1.ipynb", "hw.ipynb"):
        assert not is_called(file, "hw1"), file
    assert is_called("hw-1.ipynb", "hw-1") and not is_called("hw-2.ipynb", "hw-1")
    assert is_called("02_hidden_state.ipynb", "02-hidden-state")
    assert [resubmission(f) for f in ("a.ipynb", "a-2.ipynb", "a (13).ipynb", "2026.ipynb")] == [0, 2, 13, 0]


def test_without_a_roster_names_are_the_platforms_and_stay_the_same(tmp_path):
    found = collect(canvas_zip(tmp_path / "a.zip", {"Doe, Jane": ONE, "Doe, Jane ": TWO}))
    assert ids(found) == ["doejane_1001", "doejane_1002"]
    assert ids(collect(moodle_zip(tmp_path / "b.zip", {"Doe, Jane": ONE}))) == ["Jane Doe_2001"]
    assert ids(collect(folder_of(tmp_path / "c", {"jane.ipynb": ONE, "sam.ipynb": TWO, "README.md": b"x"}))) == [
        "jane", "sam"]
    assert ids(collect(folder_of(tmp_path / "d", {"jane/hw.ipynb": ONE, "sam/hw.ipynb": TWO}))) == ["jane", "sam"]
    assert ids(collect(folder_of(tmp_path / "e", {"jane/hw.ipynb": ONE}))) == ["jane"]
    assert ids(collect(folder_of(tmp_path / "f", {"all/jane.ipynb": ONE, "all/sam.ipynb": TWO}))) == ["jane", "sam"]
    by_chance = dict.fromkeys(["jane_2026_11_hw.ipynb", "li.ipynb", "sam.ipynb"], ONE)
    assert ids(collect(folder_of(tmp_path / "g", by_chance))) == ["jane_2026_11_hw", "li", "sam"]
    (tmp_path / "one.ipynb").write_bytes(as_bytes(ONE))
    assert ids(collect(tmp_path / "one.ipynb")) == ["one"]


def test_a_class_of_one_by_moodle(tmp_path):
    files = {moodle_name("Doe, Jane", 7, "a.ipynb"): ONE, moodle_name("Doe, Jane", 7, "b.ipynb"): TWO}
    assert ids(collect(zip_of(tmp_path / "a.zip", files), names=["b"])) == ["Jane Doe_7"]


# ---- nbgrader ----

def test_nbgraders_assignments_and_times(tmp_path):
    files = {f"submitted/jane/{hw}/p.ipynb": nb for hw, nb in (("hw1", ONE), ("hw2", TWO))}
    where = folder_of(tmp_path / "course", files | {
        "submitted/jane/hw2/timestamp.txt": b"2026-11-20 15:58:23.948203 UTC\n", "release/hw2/p.ipynb": ONE})
    with pytest.raises(ValueError, match="several assignments, hw1, hw2"):
        collect(where)
    for root in (where, where / "submitted"):
        [s] = collect(root, names=["hw2"]).submissions
        assert s.read() == as_bytes(TWO)
        assert s.submitted == datetime(2026, 11, 20, 15, 58, 23, 948203, UTC)
        assert accounted(collect(root, names=["hw2"])) == {
            str(p) for p in root.rglob("*") if p.is_file()}


def test_a_students_folder_called_submitted_changes_nothing_for_others(tmp_path):
    files = {f"{n}/hw.ipynb": ONE for n in ("jane", "sam")} | {"eve/submitted/jane/hw/x.ipynb": TWO}
    found = collect(folder_of(tmp_path / "in", files))
    assert ids(found) == ["eve", "jane", "sam"]


# ---- one's own folder is not believed ----

def test_nobody_hands_in_for_another(tmp_path):
    """What a student names files and folders below the own one says nothing about who it is from."""
    roster = read_roster(moodle_roster(tmp_path / "r.csv"))
    evil = [moodle_name("Doe, Jane", 2001, "x.ipynb"), canvas_name("Doe, Jane", 1001, 9, "x.ipynb"), "Jane Doe/x.ipynb",
            "submitted/S9000/hw/x.ipynb"]
    for n, name in enumerate(evil):
        files = {moodle_name("Doe, Jane", 2001, "hw.ipynb"): ONE,
                 moodle_name("Roe, Jane", 2007, name): TWO}
        found = collect(zip_of(tmp_path / f"{n}.zip", files), roster)
        assert [(s.student, s.read() == as_bytes(ONE)) for s in found.submissions] == [("S9000", True),
                                                                                       ("S9006", False)]
    inner = io.BytesIO()
    zip_of(inner, {canvas_name("Doe, Jane", 1001, 99999, "hw.ipynb"): TWO})
    plain = read_roster(plain_roster(tmp_path / "p.csv"))
    where = folder_of(tmp_path / "in", {"s106.zip": inner.getvalue(), "s100.ipynb": ONE})
    found = collect(where, plain)
    assert [(s.student, s.read() == as_bytes(ONE)) for s in found.submissions] == [("s100", True), ("s106", False)]


# ---- which of several counts ----

def test_canvas_the_last_upload_counts(tmp_path):
    name = "Doe, Jane"
    files = {canvas_name(name, 1, 500, "hw1-1.ipynb"): TWO, canvas_name(name, 1, 499, "hw1.ipynb"): ONE,
             canvas_name(name, 1, 498, "notes.ipynb"): ONE, canvas_name(name, 1, 501, "zzz.pdf"): b"%PDF",
             canvas_name(name, 1, 502, "other.ipynb", late=True): ONE}
    path = zip_of(tmp_path / "a.zip", files)
    [s] = collect(path, names=["hw1"]).submissions
    assert s.read() == as_bytes(TWO) and not s.late
    [s] = collect(path).submissions
    assert s.place.inside == ("doejane_LATE_1_502_other.ipynb",) and s.late
    assert accounted(collect(path)) == {f"{path}/{n}" for n in files}


def test_by_hand_the_number_then_the_time_decides(tmp_path):
    where = folder_of(tmp_path / "in", {f"jane/hw{n}.ipynb": ONE for n in ("", "-1", "-2", " (3)")}
                      | {"sam/a.ipynb": ONE, "sam/b.ipynb": TWO, "li/a.ipynb": ONE, "li/b.ipynb": TWO})
    now = time.time()
    for path in where.rglob("*.ipynb"):
        os.utime(path, (now, now))
    os.utime(where / "sam" / "a.ipynb", (now + 60, now + 60))
    os.utime(where / "li" / "a.ipynb", (now + 1, now + 1))
    found = {s.student: s for s in collect(where).submissions}
    assert found["jane"].place.path.name == "hw (3).ipynb"
    assert found["sam"].place.path.name == "a.ipynb"
    assert found["li"].place is None and "none is plainly the last: li/a.ipynb, li/b.ipynb" in found["li"].problem
    found = {s.student: s for s in collect(where, names=["b"]).submissions}
    assert found["li"].place.path.name == "b.ipynb" and found["sam"].place.path.name == "b.ipynb"


def test_a_hand_in_without_a_notebook_is_a_submission_with_a_reason(tmp_path):
    where = folder_of(tmp_path / "in", {"jane/hw.pdf": b"%PDF", "jane/hw.py": b"x", "sam/hw.ipynb": ONE})
    found = {s.student: s for s in collect(where).submissions}
    assert found["jane"].problem == "No notebook was handed in, but hw.pdf, hw.py."
    assert found["jane"].program(["rnn-step"]).problems == (found["jane"].problem,)
    with pytest.raises(ValueError, match="No notebook"):
        found["jane"].read()
    assert [c.source for c in found["sam"].program(["rnn-step"]).cells] == ["x = 1"]


def test_missing_and_unmatched(tmp_path):
    roster = read_roster(plain_roster(tmp_path / "r.csv"))
    where = folder_of(tmp_path / "in", {"s100.ipynb": ONE, "stranger.ipynb": TWO, "roster.csv": b"x", "s101.pdf": b"x"})
    found = collect(where, roster)
    assert ids(found) == ["s100", "s101"] and found.submissions[1].problem
    assert [s.id for s in found.missing] == ["s102", "s103", "s104", "s105", "s106"]
    assert [(Path(i.path).name, i.reason) for i in found.unmatched] == [
        ("stranger.ipynb", "'stranger' is nobody in the roster")]
    assert accounted(found) == {str(p) for p in where.iterdir()}


# ---- archives ----

def test_junk_is_ignored_with_a_reason(tmp_path):
    junk = [".DS_Store", "__MACOSX/jane/._hw.ipynb", "jane/.ipynb_checkpoints/hw-checkpoint.ipynb",
            "jane/hw-checkpoint.ipynb", "jane/.hidden.ipynb", "jane/~$hw.docx", "jane/data.csv", "Thumbs.db"]
    files = {"jane/hw.ipynb": ONE, "sam/hw.ipynb": ONE} | dict.fromkeys(junk, b"x")
    found = collect(zip_of(tmp_path / "a.zip", files))
    assert ids(found) == ["jane", "sam"] and all(s.place for s in found.submissions)
    assert {Path(i.path).name for i in found.ignored} == {Path(j).name for j in junk}
    assert all(i.reason for i in found.ignored)
    found = collect(folder_of(tmp_path / "in", files))
    assert ids(found) == ["jane", "sam"] and all(s.place for s in found.submissions)


def test_links_and_devices_are_not_followed(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(as_bytes(TWO))
    where = folder_of(tmp_path / "in", {"jane/other.txt": b"x", "sam/hw.ipynb": ONE})
    (where / "jane" / "hw.ipynb").symlink_to(secret)
    (where / "jane" / "all").symlink_to(where / "sam")
    os.mkfifo(where / "jane" / "pipe.ipynb")
    found = {s.student: s for s in collect(where).submissions}
    assert found["jane"].place is None and found["sam"].place is not None
    assert {(Path(i.path).name, i.reason) for i in collect(where).ignored} >= {
        ("hw.ipynb", "a link, not a file"), ("all", "a link, not a folder"), ("pipe.ipynb", "no plain file")}
    with zipfile.ZipFile(tmp_path / "l.zip", "w") as archive:
        entry = zipfile.ZipInfo("jane/hw.ipynb")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, str(secret))
        archive.writestr("sam/hw.ipynb", as_bytes(ONE))
    assert ids(collect(tmp_path / "l.zip")) == ["sam"]


@pytest.mark.parametrize("name", ["../../etc/x.ipynb", "/etc/x.ipynb", "C:/x.ipynb", "a/../../x.ipynb", "..\\x.ipynb",
                                  "x" * 300 + ".ipynb", "a\nb.ipynb"])
def test_paths_that_lead_out_are_reported(tmp_path, name):
    path = zip_of(tmp_path / "a.zip", {"jane/hw.ipynb": ONE, "sam/hw.ipynb": ONE})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    found = collect(path)
    assert ids(found) == ["jane", "sam"]
    [one] = found.ignored
    assert one.reason == ("its name is too long, or holds control characters" if len(name) > 200 or "\n" in name
                          else "its path leads out of the zip")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_a_zip_with_another_encoding_of_names(tmp_path):
    path = tmp_path / "a.zip"
    name = "Jörg Müller_2_assignsubmission_file_/x.ipynb"
    zip_of(path, {name: ONE})
    data = path.read_bytes()
    marked = data.count(struct.pack("<H", 0x800))
    assert marked >= 2
    path.write_bytes(data.replace(b"PK\x03\x04\x14\x00\x00\x08", b"PK\x03\x04\x14\x00\x00\x00")
                     .replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x00"))
    assert zipfile.ZipFile(path).infolist()[0].flag_bits & 0x800 == 0
    [s] = collect(path).submissions
    assert s.student == "Jörg Müller_2" and s.read() == as_bytes(ONE)


def test_a_bomb_is_not_unpacked(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hw.ipynb", b" " * (archives.LARGEST + 10))
    where = folder_of(tmp_path / "in", {"jane/hw.zip": bomb.getvalue(), "sam/hw.ipynb": ONE})
    jane, sam = collect(where).submissions
    assert "larger than 32 MB" in jane.program([]).problems[0] and sam.program([]).problems == ()
    data = bytearray(bomb.getvalue())
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):            # the header lies: 10 bytes
        n = data.index(mark) + at
        data[n:n + 4] = struct.pack("<L", 10)
    (where / "jane" / "hw.zip").write_bytes(data)
    jane, _ = collect(where).submissions
    assert jane.program([]).cells == () and jane.program([]).problems


def test_zips_within_zips_are_opened_once(tmp_path):
    def zipped(files):
        buffer = io.BytesIO()
        zip_of(buffer, files)
        return buffer.getvalue()

    inner = zipped({"work/hw.ipynb": ONE, "work/deeper.zip": zipped({"x.ipynb": TWO}), "work/data.csv": b"x"})
    path = moodle_zip(tmp_path / "a.zip", {"Doe, Jane": inner, "Roe, Sam": ONE}, file="my work.zip")
    path = zip_of(tmp_path / "b.zip", {moodle_name("Doe, Jane", 1, "my work.zip"): inner,
                                       moodle_name("Roe, Sam", 2, "hw.ipynb"): ONE})
    found = collect(path)
    assert [s.read() for s in found.submissions] == [as_bytes(ONE)] * 2
    assert {(i.path.rsplit("/", 1)[1], i.reason) for i in found.ignored} == {
        ("deeper.zip", "a zip within a student's zip"), ("data.csv", "no notebook")}


@pytest.mark.parametrize("content, said", [
    (b"no zip", "it is no zip, or is cut short"), (b"", "it is no zip"),
    (b"PK\x05\x06" + b"\0" * 18, "holds no notebook"),
    (b"PK\x05\x06" + b"\0" * 8 + b"\xff\xff\xff\x7f" + b"\0" * 6, "more files than a class hands in"),
    (b"PK\x05\x06" + b"\1" * 18, "zip")])
def test_damaged_zips_are_reported(tmp_path, content, said):
    where = folder_of(tmp_path / "in", {"jane/hw.zip": content, "sam/hw.ipynb": ONE})
    jane, sam = collect(where).submissions
    assert said in jane.problem and sam.place is not None
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(ValueError, match=r"zip|no hand-ins"):
        collect(tmp_path / "x.zip")


def test_encrypted_notebooks_are_reported(tmp_path):
    path = zip_of(tmp_path / "a.zip", {"jane/hw.ipynb": ONE, "sam/hw.ipynb": ONE})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    data[data.index(b"PK\x03\x04") + 6] |= 1
    path.write_bytes(data)
    jane, sam = collect(path).submissions
    assert jane.program([]).problems == ("The notebook cannot be read: it is encrypted.",)
    assert sam.program([]).problems == ()


def test_damage_anywhere_in_a_students_zip_harms_no_one_else(tmp_path):
    good = io.BytesIO()
    zip_of(good, {"hw.ipynb": ONE, "b/hw2.ipynb": TWO, "c.zip": b"x"})
    where = folder_of(tmp_path / "in", {"sam/hw.ipynb": ONE})
    rng = random.Random(0)
    for n in range(150):
        data = bytearray(good.getvalue())
        for _ in range(rng.choice((1, 2, 8))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        folder_of(where, {f"p{n:03}/hw.zip": bytes(data[:rng.choice((len(data), rng.randrange(len(data))))])})
    found = collect(where)
    assert len(found.submissions) == 151
    for s in found.submissions:
        program = s.program(["rnn-step"])
        assert program.cells or program.problems


def test_what_cannot_be_collected(tmp_path):
    with pytest.raises(ValueError, match="is not there"):
        collect(tmp_path / "none")
    with pytest.raises(ValueError, match="holds no hand-ins"):
        collect(folder_of(tmp_path / "empty", {"x/.hidden": b""}))
    (tmp_path / "x.pdf").write_bytes(b"x")
    with pytest.raises(ValueError, match="no folder, no zip and no notebook"):
        collect(tmp_path / "x.pdf")


def test_a_place_names_what_it_cannot_read(tmp_path):
    with pytest.raises(ValueError, match="it cannot be read: No such file"):
        Place(tmp_path / "x").read()
    path = zip_of(tmp_path / "a.zip", {"x": b"1234"})
    with pytest.raises(ValueError, match="gone from the zip"):
        Place(path, ("y",)).read()
    with pytest.raises(ValueError, match="larger than 0 MB"):
        Place(path, ("x",)).read(3)
    assert Place(path, ("x",)).read(4) == b"1234"


def test_three_hundred_are_found_once_each(tmp_path):
    names = [f"Family{n}, Given{n}" for n in range(300)]
    roster = read_roster(canvas_roster(tmp_path / "r.csv", names))
    found = collect(canvas_zip(tmp_path / "a.zip", dict.fromkeys(names, ONE)), roster)
    assert ids(found) == [s.id for s in roster] and not found.unmatched and not found.ignored
