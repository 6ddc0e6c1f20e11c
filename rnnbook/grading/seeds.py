"""Every student's own questions: seeds made of the course's secret, which nobody without the secret can foresee.

A seed is a keyed hash (HMAC, RFC 2104, with SHA-256) of student, exercise and round. It depends on nothing else: not
on the order in which notebooks are graded, nor on the clock, nor on the machine.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

LENGTH = 32         # bytes of a new secret
LEAST = 16          # bytes that a secret must have


def seeds(secret: bytes, student: str, exercise: str, count: int = 2) -> tuple[int, ...]:
    """`count` seeds, integers of 64 bits, for the rounds 0, 1, … of one student's questions on one exercise."""
    if count < 1:
        raise ValueError(f"count is {count}; expected at least 1")
    return tuple(int.from_bytes(_mac(secret, "seed", student, exercise, str(n))[:8], "big") for n in range(count))


def token(secret: bytes, student: str, exercise: str, key: str) -> str:
    """What `rnnbook replay` takes: it names one graded answer, and says nothing about its questions.

    `key` is the grade's: another hand-in of the same student has another token.
    """
    found = _mac(secret, "replay", student, exercise, key).hex()
    return "-".join((found[:4], found[4:8], found[8:12]))


def name_of(secret: bytes) -> str:
    """A name for a secret, from which the secret does not follow: a gradebook remembers under which one it graded."""
    return _mac(secret, "name").hex()[:16]


def read_secret(path: str | os.PathLike) -> bytes:
    """The secret in a file, without the white space around it.

    Raises
    ------
    ValueError
        The file is missing or cannot be read, or holds fewer than 16 bytes.
    """
    try:
        secret = Path(path).read_bytes().strip()
    except OSError as error:
        raise ValueError(f"the secret {path} cannot be read: {error.strerror}") from None
    if len(secret) < LEAST:
        raise ValueError(f"the secret {path} holds {len(secret)} bytes; expected at least {LEAST}")
    return secret


def make_secret(path: str | os.PathLike) -> bool:
    """Write a new secret that only this user can read; False where there is a file already, which is left alone.

    It is written whole under another name first: of two that begin at the same moment, both read the same secret.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(LENGTH) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    except OSError:                              # a file system without links
        if path.exists():
            return False
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return True


def _mac(secret: bytes, *parts: str) -> bytes:
    """A keyed hash of the parts; each with its length, so that no two lists of parts are one message."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    message = b"".join(len(data).to_bytes(4, "big") + data for data in encoded)
    return hmac.digest(secret, message, "sha256")
