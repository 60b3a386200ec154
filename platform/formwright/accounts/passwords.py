"""Passwords: argon2id hashes, and which passwords are too easy to guess to be set."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

from formwright.errors import Invalid
from formwright.texts import both

SHORTEST = 8
LONGEST = 1000

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)

# Roots of the most used passwords; a password counts as common when nothing but digits and signs surrounds one of them.
_COMMON = frozenset(
    "password passwort passw0rd p@ssw0rd pa55word pass qwerty qwertyuiop qwert asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx "
    "qwer asdf zxcv wasd qweasd qweasdzxc qwe asd zxc abc abcd abcde abcdef abcdefg abcdefgh admin administrator root "
    "letmein welcome monkey dragon master login princess sunshine shadow football baseball superman batman trustno "
    "iloveyou woaini woaiwojia nihao china beijing shanghai secret changeme test testtest guest user default "
    "hello freedom whatever michael jennifer jordan hunter starwars computer internet killer pokemon charlie donald "
    "loveme lovely ashley nicole daniel andrew thomas robert summer winter spring autumn google samsung huawei taobao "
    "weixin wechat alipay jiandaoyun formwright mima mimamima aa aaa aaaa a q w x z qq".split()
)


def hash_password(password: str, *, email: str = "", name: str = "", at: str = "password") -> str:
    """The argon2id hash of a new password. Raises Invalid (`password_weak`) naming what is wrong with it."""
    reason = weakness(password, email=email, name=name)
    if reason:
        raise Invalid("password_weak", reason, at=at)
    return _hasher.hash(_normal(password))


def weakness(password: str, *, email: str = "", name: str = "") -> dict[str, str] | None:
    """Why a password may not be set, or None when it may."""
    plain = _normal(password).casefold()
    if len(plain) < SHORTEST:
        return both(f"密码至少 {SHORTEST} 个字符", f"A password has at least {SHORTEST} characters")
    if len(plain) > LONGEST:
        return both(f"密码最多 {LONGEST} 个字符", f"A password has at most {LONGEST} characters")
    if any(unicodedata.category(char) == "Cs" for char in plain):
        return both("密码中有不可用的字符", "The password holds characters that cannot be used")
    own = {part for part in (email.casefold(), email.casefold().partition("@")[0], name.casefold()) if len(part) > 2}
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    # Digits alone are guessed by counting; a common word between digits is among the first that anyone tries.
    guessable = (core in _COMMON or core in own or plain in own) if core else (len(plain) < 12 or _runs(plain))
    if guessable or len(set(plain)) < 4:
        return both("这个密码太常见或太容易猜到，请换一个", "This password is too easy to guess; choose another")
    return None


def matches(password: str, hashed: str | None) -> bool:
    """Whether the password is the hashed one; takes the same time when there is no hash at all."""
    known = hashed is not None
    try:
        text = _normal(password)[: LONGEST + 1]
        return _hasher.verify(hashed if hashed is not None else _nobody(), text) and known
    except (Argon2Error, InvalidHashError, UnicodeEncodeError):
        return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(hashed)


def rehash(password: str) -> str:
    """A new hash of a password that was just found right."""
    return _hasher.hash(_normal(password))


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _runs(digits: str) -> bool:
    """Whether the characters only count up, count down or repeat a short piece."""
    steps = {(ord(b) - ord(a)) % 10 for a, b in pairwise(digits)}
    return len(steps) == 1 or any(digits == (digits[:n] * len(digits))[: len(digits)] for n in range(1, 5))
