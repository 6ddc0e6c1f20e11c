"""Seeds: fixed by secret, student, exercise and round; foreseen by nobody; the secret is kept from other users."""

import hashlib
import hmac
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnbook.grading import seeds as s

SECRET = b"a secret of sufficient length"


def test_a_seed_is_the_hmac_of_student_exercise_and_round():
    parts = ("seed", "ada", "rnn-step", "1")
    message = b"".join(len(p).to_bytes(4, "big") + p.encode() for p in parts)
    expected = int.from_bytes(hmac.new(SECRET, message, hashlib.sha256).digest()[:8], "big")
    assert s.seeds(SECRET, "ada", "rnn-step", 2)[1] == expected


@given(st.text(), st.text(), st.text(), st.text())
def test_other_students_and_exercises_have_other_seeds(a, x, b, y):
    same = (a, x) == (b, y)
    assert (s.seeds(SECRET, a, x) == s.seeds(SECRET, b, y)) == same      # also ("ab", "c") and ("a", "bc")


def test_more_rounds_keep_the_first_and_another_secret_changes_all():
    assert s.seeds(SECRET, "ada", "rnn-step", 3)[:2] == s.seeds(SECRET, "ada", "rnn-step", 2)
    assert not set(s.seeds(SECRET, "ada", "rnn-step", 3)) & set(s.seeds(SECRET + b"!", "ada", "rnn-step", 3))
    assert len(set(s.seeds(SECRET, "ada", "rnn-step", 50))) == 50


def test_a_token_is_short_and_belongs_to_one_grade():
    found = s.token(SECRET, "ada", "rnn-step", "k1")
    assert len(found) == 14 and found == s.token(SECRET, "ada", "rnn-step", "k1")
    assert found != s.token(SECRET, "ada", "rnn-step", "k2") != s.token(SECRET, "bob", "rnn-step", "k2")


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "grades" / "secret"
    assert s.make_secret(path)
    first = s.read_secret(path)
    assert len(first) == 64 and not s.make_secret(path) and s.read_secret(path) == first
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_too_short_or_missing_is_refused(tmp_path):
    (tmp_path / "short").write_text("1234\n")
    with pytest.raises(ValueError, match="holds 4 bytes; expected at least 16"):
        s.read_secret(tmp_path / "short")
    with pytest.raises(ValueError, match="cannot be read"):
        s.read_secret(tmp_path / "none")


def test_zero_rounds_are_refused():
    with pytest.raises(ValueError, match="count is 0"):
        s.seeds(SECRET, "ada", "rnn-step", 0)
