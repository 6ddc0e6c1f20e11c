"""A homework's file: what it may say, what is said where it is wrong, and what lateness costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.checks import exercises, registry
from rnnbook.grading.homework import Homework, read_homework, whole
from rnnbook.grading.late import LateRule

MINIMAL = 'title = "T"\nexercises = ["rnn-step"]\n'
DUE = datetime(2026, 11, 27, 22, 59, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_packs():
    yield
    registry.unload_packs()


def write(tmp_path, text, name="hw1.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_everything(tmp_path):
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "mine.py").write_text(
        "from rnnbook.checks import Exercise\nEXERCISES = (Exercise(id='mine-n', title='T', goal='G', points=1, "
        "minutes=1, level=1, returns=('n',), kind='number', reference=3, mistakes=(), hints=('a', 'b', 'c'), "
        "section=''),)\n")
    homework = read_homework(write(tmp_path, '''
        title = "Homework 1"
        notebook = "week-3.ipynb"
        due = 2026-11-27T23:59:00
        timezone = "Europe/Berlin"
        allowed = ["numpy", "torch"]
        seeds = 3
        timeout = 60
        memory = 2048
        pack = "private"
        book = "https://uni.example/rnn/"
        [exercises]
        rnn-forward = 6
        rnn-step = 2.5
        mine-n = 1
        [late]
        grace_minutes = 10
        percent_per_day = 12.5
        cut_off = 2026-12-01T00:00:00+00:00
        [[questions]]
        id = "why"
        title = "Why?"
        points = 0.5
        text = "Because."
    '''))
    assert homework.id == "hw1" and homework.notebook == "week-3" and homework.book == "https://uni.example/rnn"
    assert list(homework.exercises.items()) == [("rnn-forward", 6), ("rnn-step", 2.5), ("mine-n", 1)]
    assert homework.points == 10 and homework.due == DUE
    assert homework.late == LateRule(10, 12.5, datetime(2026, 12, 1, tzinfo=UTC))
    assert (homework.allowed, homework.seeds, homework.timeout, homework.memory) == (("numpy", "torch"), 3, 60, 2048)
    assert homework.pack == tmp_path / "private" and homework.known["mine-n"].reference == 3
    assert homework.questions[0].title == "Why?"
    assert homework.scaled("rnn-forward", 2) == 3 and homework.scaled("rnn-step", 1) == 1.25


def test_little_is_enough(tmp_path):
    homework = read_homework(write(tmp_path, MINIMAL))
    assert (homework.notebook, homework.exercises, homework.due) == ("hw1", {"rnn-step": 2}, None)
    assert (homework.allowed, homework.seeds, homework.timeout, homework.memory) == (None, 2, None, None)
    assert homework.final(1.5, datetime.now(UTC)) == 1.5
    assert read_homework(write(tmp_path, MINIMAL, "x.toml"), {"rnn-step": exercises()["rnn-step"]}).id == "x"
    only = read_homework(write(tmp_path, 'title = "T"\n[[questions]]\nid = "q"\ntitle = "Q"\npoints = 1\ntext = "?"\n'))
    assert only.exercises == {} and only.points == 1


def test_all_exercises_as_one_homework():
    homework = whole(exercises())
    assert homework.points == sum(e.points for e in exercises().values())
    assert homework.scaled("rnn-step", 1) == 1


@pytest.mark.parametrize("text, said", [
    ("exercises = ['rnn-step']", "title is missing; expected text"),
    ("title = 3\nexercises = ['rnn-step']", "title is a whole number, 3; expected text"),
    ("title = 'T'", "exercises is missing"),
    ("title = 'T'\nexercises = []", "exercises is a table"),
    ("title = 'T'\nexercises = ['rnn-step', 'rnn-step']", "exercises has 'rnn-step' twice"),
    ("title = 'T'\nexercises = ['rnn-stepp']", "'rnn-stepp', which is not known; did you mean 'rnn-step'"),
    ("title = 'T'\nexercises = ['zzz']", "those of your own need pack"),
    ("title = 'T'\nexercises = 3", "exercises is a whole number, 3"),
    ("title = 'T'\n[exercises]\nrnn-step = 0", "exercises.rnn-step is a whole number, 0; expected points"),
    ("title = 'T'\n[exercises]\nrnn-step = true", "exercises.rnn-step is true or false, True"),
    ("title = 'T'\n[exercises]\nrnn-step = nan", "expected points"),
    ("title = 'T'\n[exercises]\nrnn-step = 0.001", "at most two decimals"),
    ("title = 'T'\nexercises = ['rnn-step']\ndew = 1", "dew is not a key of a homework; did you mean 'due'?"),
    ("title = 'T'\nexercises = ['rnn-step']\nwhatever = 1", "there are: title, notebook"),
    (MINIMAL + "due = 2026-11-27", "due is 2026-11-27, a date without a time"),
    (MINIMAL + "due = 2026-11-27T23:59:00", "without a time zone"),
    (MINIMAL + "due = '2026-11-27T23:59:00Z'", "due is text"),
    (MINIMAL + "due = 2026-11-27T23:59:00\ntimezone = 'Mars/Base'", "timezone is 'Mars/Base'"),
    (MINIMAL + "late = 3", "late is a whole number, 3; expected a table"),
    (MINIMAL + "[late]\npercent_per_day = 3", "late has rules, but due is missing"),
    (MINIMAL + "due = 2026-11-27T23:59:00Z\n[late]\npercent = 3", "late.percent is not a key of a homework; did"),
    (MINIMAL + "due = 2026-11-27T23:59:00Z\n[late]\npercent_per_day = 101", "a number from 0 to 100"),
    (MINIMAL + "due = 2026-11-27T23:59:00Z\n[late]\ncut_off = 2026-11-26T23:59:00Z", "before due"),
    (MINIMAL + "seeds = 0", "seeds is a whole number, 0; expected a whole number from 1 to 20"),
    (MINIMAL + "seeds = 1.5", "seeds is a number, 1.5"),
    (MINIMAL + "memory = 1", "from 128 to"),
    (MINIMAL + "timeout = inf", "timeout is a number, inf"),
    (MINIMAL + "allowed = 'numpy'", "allowed is text, 'numpy'; expected a list"),
    (MINIMAL + "allowed = ['os.path']", "expected a list of packages"),
    (MINIMAL + "pack = 'nowhere'", "pack is 'nowhere'; there is no such folder beside hw1.toml"),
    (MINIMAL + "notebook = '../x'", "notebook is '../x'"),
    (MINIMAL + "book = 'uni.example'", "book is 'uni.example'"),
    (MINIMAL + "[[questions]]\nid = 'q'\ntitle = 'Q'\ntext = '?'", "questions, number 1: points is missing"),
    (MINIMAL + "[[questions]]\nid = 'a b'\ntitle = 'Q'\ntext = '?'\npoints = 1", "id is 'a b'"),
    (MINIMAL + "[[questions]]\nid = 'rnn-step'\ntitle = 'Q'\ntext = '?'\npoints = 1", "which is taken"),
    (MINIMAL + "[[questions]]\nname = 'q'", "questions, number 1: name is not a key"),
    (MINIMAL + "questions = [3]", "questions is a list"),
    ("title = ", "is not TOML"),
])
def test_errors_name_the_key(tmp_path, text, said):
    with pytest.raises(ValueError, match=r"hw1\.toml") as error:
        read_homework(write(tmp_path, text))
    assert said in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_homework(tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="not text in UTF-8"):
        read_homework(tmp_path / "b.toml")
    with pytest.raises(ValueError, match=r"the file's name is 'a b\.toml'"):
        read_homework(write(tmp_path, MINIMAL, "a b.toml"))


# ---- lateness ----

def homework(due=DUE, **rule):
    return Homework("hw", "T", {"rnn-step": 10.0}, due=due, late=LateRule(**rule))


def test_late_by_hand():
    hw = homework(grace=15, percent=20, cut_off=DUE + timedelta(days=3))
    for minutes, expected in ((-600, 10), (0, 10), (15, 10), (15.1, 8), (24 * 60, 8), (24 * 60 + 1, 6),
                              (3 * 24 * 60 - 1, 4), (3 * 24 * 60, 0), (90 * 24 * 60, 0)):
        assert hw.final(10, DUE + timedelta(minutes=minutes)) == expected, minutes
    assert homework(percent=40).final(10, DUE + timedelta(days=9)) == 0
    assert homework().final(10, DUE + timedelta(days=9)) == 10                  # no rule, nothing taken off
    assert hw.final(7.25, None) == 7.25
    assert homework(percent=12.5).final(0.99, DUE + timedelta(hours=1)) == 0.87       # 0.86625
    assert homework(percent=50).final(0.25, DUE + timedelta(hours=1)) == 0.13           # halves go up


def test_late_across_the_change_of_clocks():
    """Due at midnight before the night with 25 hours: 24.5 hours later the clock shows 23:30, and a day has gone."""
    berlin = ZoneInfo("Europe/Berlin")
    hw = homework(due=datetime(2026, 10, 25, 0, 0, tzinfo=berlin), percent=10)
    later = datetime(2026, 10, 25, 23, 30, tzinfo=berlin)
    assert hw.days_late(later) == 2 and hw.final(10, later) == 8


def test_what_cannot_be_reckoned():
    with pytest.raises(ValueError, match="with its time zone"):
        homework(percent=1).final(1, datetime(2026, 11, 28))
    for points in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="points is"):
            homework().final(points, None)


RULES = st.builds(LateRule, st.floats(0, 3000), st.floats(0, 100),
                  st.none() | st.timedeltas(timedelta(0), timedelta(30)).map(lambda d: DUE + d))
TIMES = st.timedeltas(timedelta(-40), timedelta(40)).map(lambda d: DUE + d)
POINTS = st.integers(0, 10_000).map(lambda n: n / 100)


@given(RULES, TIMES, TIMES, POINTS, POINTS)
def test_later_never_earns_more(rule, a, b, p, q):
    hw = Homework("hw", "T", {}, due=DUE, late=rule)
    assert 0 <= hw.final(p, a) <= p
    assert hw.final(p, max(a, b)) <= hw.final(p, min(a, b))
    assert hw.final(min(p, q), a) <= hw.final(max(p, q), a)
    if a <= DUE + timedelta(minutes=rule.grace):
        assert hw.final(p, a) == p == hw.final(p, None)
    elif rule.cut_off is not None and a >= rule.cut_off:
        assert hw.final(p, a) == 0
    zone = ZoneInfo("America/New_York")
    assert hw.final(p, a) == hw.final(p, a.astimezone(zone))
