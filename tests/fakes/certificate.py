"""Certificates that sign themselves, made by openssl."""

import asyncio
from pathlib import Path


async def certify(directory: Path, name: str = "IP:127.0.0.1") -> tuple[Path, Path]:
    """Make a certificate for a name such as IP:127.0.0.1, and its key."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=promptwire"
    names = ("-addext", f"subjectAltName={name}", "-out", certificate, "-keyout", key)
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec("openssl", *options.split(), *names, stderr=quiet)
    assert await process.wait() == 0
    return certificate, key
