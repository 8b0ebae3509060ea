"""The README's table of settings is what the two Settings classes say, word for word."""

from pathlib import Path

import facade.config
import services.config


def rows() -> list[str]:
    """Give the table's rows, sorted by name; a setting that both servers read stands once."""
    fields = services.config.Settings.model_fields | facade.config.Settings.model_fields
    return [
        f"| `PROMPTWIRE_{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in sorted(fields.items())
    ]


def _default(value: object) -> str:
    said = ",".join(map(str, value)) if isinstance(value, tuple) else value
    return "" if said in (None, "") else f"`{said}`"


def test_every_setting_stands_in_the_readme(repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    table = [line for line in readme.splitlines() if line.startswith("| `PROMPTWIRE_")]
    assert table == rows()


def test_settings_of_both_servers_agree() -> None:
    ours, theirs = services.config.Settings.model_fields, facade.config.Settings.model_fields
    for name in ours.keys() & theirs.keys():
        if name == "grpc_target":
            continue
        assert ours[name].default == theirs[name].default, name
        assert ours[name].description == theirs[name].description, name
