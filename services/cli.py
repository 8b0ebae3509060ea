"""The command `promptwire`: reads arguments and hands on. Each command imports only what it needs, to start fast."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.config import Settings, data_directory


class Refused(Exception):
    """The command cannot be carried out as asked; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 failed, 2 asked wrongly."""
    parsed = _parser().parse_args(arguments)
    # What we start are other programs: gRPC need not carry its threads over a fork, and crashes them when it tries.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
    try:
        code = parsed.command(parsed, _settings(parsed))
    except KeyboardInterrupt:
        code = 130
    except Refused as refused:
        code = _fail(str(refused))
    except Exception as error:
        # Loaded when needed only: it knows the exceptions of all parts.
        from services import failures

        explanation = failures.explain(error)
        if explanation is None:
            raise
        code = _fail(explanation)
    sys.exit(code)


def _fail(message: str) -> int:
    print(f"promptwire: {message}", file=sys.stderr)
    return 1


def _settings(parsed: argparse.Namespace) -> Settings:
    given = {name: value for name, value in vars(parsed).items() if name in Settings.model_fields and value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        faults = (": ".join((*map(_variable, fault["loc"]), _words(fault["msg"]))) for fault in error.errors())
        raise Refused("these settings are wrong:\n  " + "\n  ".join(faults)) from None


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")


def _variable(name: object) -> str:
    return f"PROMPTWIRE_{name}".upper()


def _up(_: argparse.Namespace, settings: Settings) -> int:
    from services.up import up

    return _loop(up(settings))


def _serve(_: argparse.Namespace, settings: Settings) -> int:
    from services import preflight
    from services.server import serve

    if settings.database_url is None:
        raise Refused("set PROMPTWIRE_DATABASE_URL to the Postgres to use, or start `promptwire up`, which embeds one")
    if settings.secret is None:
        raise Refused("set PROMPTWIRE_SECRET to 32 or more random characters, the same on all servers")
    preflight.require_free(settings.grpc, "--grpc")
    preflight.require_free(settings.metrics, "PROMPTWIRE_METRICS")
    preflight.require_tls(settings)
    return _loop(serve(settings))


def _work(_: argparse.Namespace, settings: Settings) -> int:
    from services import preflight
    from services.server import work

    if settings.database_url is None:
        raise Refused(
            "set PROMPTWIRE_DATABASE_URL to the Postgres whose runs to take; `promptwire up` has a worker in it"
        )
    if settings.secret is None:
        raise Refused("set PROMPTWIRE_SECRET to the secret of the servers, with which webhooks are signed")
    preflight.require_free(settings.metrics, "PROMPTWIRE_METRICS")
    return _loop(work(settings))


def _facade(_: argparse.Namespace, settings: Settings) -> int:
    environment = os.environ | {"PROMPTWIRE_HTTP": settings.http}
    # Without -P a package `facade` in the current directory would be run in place of ours.
    os.execve(sys.executable, [sys.executable, "-P", "-m", "facade"], environment)  # noqa: S606 - our own program


def _migrate(_: argparse.Namespace, settings: Settings) -> int:
    from services import failures
    from services.migrate import migrate

    with failures.reaching_database(_remedy(settings)):
        applied = asyncio.run(migrate(_database_url(settings)))
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


def _key(parsed: argparse.Namespace, settings: Settings) -> int:
    from services.keys import command

    return _loop(command.run(parsed, _database_url(settings)))


def _run(parsed: argparse.Namespace, settings: Settings) -> int:
    from services import client

    return _loop(client.run(parsed, settings))


def _export(parsed: argparse.Namespace, settings: Settings) -> int:
    from services import transfer

    return _loop(transfer.export(parsed.file, parsed.prompt, settings))


def _import(parsed: argparse.Namespace, settings: Settings) -> int:
    from services import transfer

    if len(parsed.files) > 1 and not parsed.source:
        raise Refused("import one file at a time; several are taken with --from only")
    return _loop(transfer.bring(parsed.files, parsed.source, settings, move_labels=parsed.move_labels))


def _diff(parsed: argparse.Namespace, settings: Settings) -> int:
    from services import diff

    return _loop(diff.diff(parsed.old, parsed.new, settings))


def _flow(parsed: argparse.Namespace, settings: Settings) -> int:
    from services import flows

    return _loop(flows.bring(parsed.file, settings, name=parsed.name, alias=parsed.alias, prompt_id=parsed.prompt))


def _loop(work: Coroutine[object, object, int]) -> int:
    import uvloop

    return uvloop.run(work)


def _database_url(settings: Settings) -> str:
    """Give the external Postgres, or the embedded one of the `up` that runs on the data directory."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    directory = data_directory(settings)
    if not (directory / "postgres").exists():
        raise Refused("set PROMPTWIRE_DATABASE_URL (postgresql://user@host/promptwire), or start `promptwire up`")
    from services.embedded.postgres import EmbeddedPostgres

    return EmbeddedPostgres(directory).dsn


def _remedy(settings: Settings) -> str:
    if settings.database_url is not None:
        return "check PROMPTWIRE_DATABASE_URL"
    return f"start `promptwire up`, whose database in {data_directory(settings)} this is"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="promptwire", description="Keeps prompts and runs them over gRPC and REST.")
    parser.add_argument("--version", action="version", version=f"promptwire {version('promptwire')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_servers(commands)
    _add_keys(commands)
    _add_client(commands)
    _add_transfer(commands)
    _add_prompts(commands)
    _add_flows(commands)
    return parser


def _add_servers(commands: Any) -> None:
    up = commands.add_parser("up", help="start everything; what is not set is embedded")
    _add_data(up, "where to keep data (PROMPTWIRE_DATA)")
    up.add_argument("--http", metavar="HOST:PORT", help="where to serve REST (PROMPTWIRE_HTTP)")
    up.add_argument("--grpc", metavar="HOST:PORT", help="where to serve gRPC (PROMPTWIRE_GRPC)")
    up.set_defaults(command=_up)

    serve = commands.add_parser("serve", help="start the gRPC server on PROMPTWIRE_DATABASE_URL")
    serve.add_argument("--grpc", metavar="HOST:PORT", help="where to serve gRPC (PROMPTWIRE_GRPC)")
    serve.set_defaults(command=_serve)

    work = commands.add_parser("work", help="drive detached runs, and those of servers that died, out of the queue")
    work.set_defaults(command=_work)

    facade = commands.add_parser("facade", help="start the REST server as a client of PROMPTWIRE_GRPC_TARGET")
    facade.add_argument("--http", metavar="HOST:PORT", help="where to serve REST (PROMPTWIRE_HTTP)")
    facade.set_defaults(command=_facade)

    migrate = commands.add_parser("migrate", help="bring PROMPTWIRE_DATABASE_URL to this version's schema")
    _add_data(migrate, "the data of the `up` whose database to migrate (PROMPTWIRE_DATA)")
    migrate.set_defaults(command=_migrate)


def _add_keys(commands: Any) -> None:
    key = commands.add_parser("key", help="create, list and revoke keys, on the database itself")
    _add_data(key, "the data of the `up` whose keys these are (PROMPTWIRE_DATA)")
    key.set_defaults(command=_key)
    actions = key.add_subparsers(required=True, metavar="ACTION", dest="action")
    create = actions.add_parser(
        "create", help="create a key, a run key unless told otherwise, and print its secret, once"
    )
    create.add_argument("--project", default="default", help="the key's project, made if missing (default: default)")
    create.add_argument("--name", default="", help="a name for people")
    create.add_argument("--owner", default="", help="the user or system that the key is for")
    for name, what in (("--requests-per-minute", "begin a minute"), ("--concurrent-runs", "have at a time")):
        create.add_argument(name, type=_count, default=0, metavar="N", help=f"runs it may {what} (default: any number)")
    kind = create.add_mutually_exclusive_group()
    kind.add_argument("--admin", action="store_true", help="all scopes but operator")
    kind.add_argument("--operator", action="store_true", help="all scopes")
    kind.add_argument("--scopes", type=_names, metavar="A,B", help="these scopes (default: those of a run key)")
    list_ = actions.add_parser("list", help="list the keys of a project")
    list_.add_argument("--project", default="default")
    revoke = actions.add_parser("revoke", help="end a key for good")
    revoke.add_argument("id", help="the key's id, or its prefix pw_...")


def _add_data(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--data", type=Path, metavar="DIR", help=what)


def _names(text: str) -> list[str]:
    return text.split(",")


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs; write one such as 100, or 0 for any number")
    return int(text)


def _input(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"write NAME=VALUE, such as topic='the sea', in place of {text!r}")
    return name, value


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no version's number; write one such as 3")
    return int(text)


def _add_client(commands: Any) -> None:
    run = commands.add_parser("run", help="run a prompt over gRPC and print its output")
    run.add_argument("prompt", nargs="?", help="the prompt's id or alias (default: the example of `up`)")
    run.add_argument(
        *("-i", "--input"),
        action="append",
        default=[],
        type=_input,
        metavar="NAME=VALUE",
        help="a value for a variable",
    )
    run.add_argument("--number", type=_number, default=0, help="the version's number (default: the latest)")
    run.add_argument("--model", default="", help="the model to ask in place of the version's")
    _add_target(run)
    _add_data(run, "the data of the `up` whose key and example to use (PROMPTWIRE_DATA)")
    run.add_argument("--json", action="store_true", help="print the whole run as JSON")
    run.set_defaults(command=_run)


def _add_target(command: argparse.ArgumentParser) -> None:
    what = "the server (PROMPTWIRE_GRPC_TARGET)"
    command.add_argument("--target", dest="grpc_target", metavar="HOST:PORT", help=what)


def _add_transfer(commands: Any) -> None:
    export = commands.add_parser("export", help="write folders and prompts with versions and labels to a JSON document")
    export.add_argument("file", nargs="?", metavar="FILE", help="where to write it (default: standard output)")
    export.add_argument(
        "--prompt", action="append", default=[], metavar="ID", help="a prompt's id or alias (default: all prompts)"
    )
    export.set_defaults(command=_export)

    import_ = commands.add_parser("import", help="bring a document into the project; what is there is not made twice")
    import_.add_argument("files", nargs="+", metavar="FILE", help="the document; - is standard input")
    import_.add_argument(
        "--from", dest="source", metavar="NAME", help="the files hold answers of the API of this name, not a document"
    )
    import_.add_argument(
        "--move-labels", action="store_true", help="move labels that are on another version than in the document"
    )
    import_.set_defaults(command=_import)
    for command in (export, import_):
        _add_target(command)
        _add_data(command, "the data of the `up` whose admin key to use (PROMPTWIRE_DATA)")


def _add_prompts(commands: Any) -> None:
    prompt = commands.add_parser("prompt", help="compare versions of prompts")
    actions = prompt.add_subparsers(required=True, metavar="ACTION")
    what = "a version's id or serial, PROMPT:NUMBER, PROMPT@LABEL, or PROMPT for its latest"
    diff = actions.add_parser("diff", help="print how two versions differ")
    diff.add_argument("old", metavar="A", help=what)
    diff.add_argument("new", metavar="B", help="what to compare it with, named in the same way")
    _add_target(diff)
    _add_data(diff, "the data of the `up` whose admin key to use (PROMPTWIRE_DATA)")
    diff.set_defaults(command=_diff)


def _add_flows(commands: Any) -> None:
    flow = commands.add_parser("flow", help="bring in flows")
    actions = flow.add_subparsers(required=True, metavar="ACTION")
    import_ = actions.add_parser("import", help="make a flow, or its next version, of a graph: a React Flow document")
    import_.add_argument("file", metavar="FILE", help="the graph as JSON; - is standard input")
    import_.add_argument("--name", help="a name for people (default: the one in the file, or the file's)")
    import_.add_argument(
        "--alias", help="stands for the flow's id, such as the one it has elsewhere (default: the one in the file)"
    )
    import_.add_argument(
        "--prompt", default="", metavar="ID", help="the flow to make a version of (default: a new one)"
    )
    _add_target(import_)
    _add_data(import_, "the data of the `up` whose admin key to use (PROMPTWIRE_DATA)")
    import_.set_defaults(command=_flow)
