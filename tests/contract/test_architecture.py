"""Rules that import-linter cannot see: dialects' words and SQL stay where they belong, every name has a docstring."""

import ast
import re
from pathlib import Path

DIALECTS = re.compile("betterprompt|promptchainer|promptitude|bifrost|artificial.?studio", re.IGNORECASE)
SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[\s\S]*\b(FROM|SET|VALUES|WHERE)\b|^\s*SELECT 1")
KEEPS_SQL = re.compile(r"store\.py$|runs/writer\.py$|migrate\.py$|jobs/queue\.py$|health\.py$|embedded/postgres\.py$")


def python_files(repository: Path, *folders: str) -> list[Path]:
    """Give the handwritten Python files below the folders."""
    return [file for folder in folders for file in (repository / folder).rglob("*.py") if "_pb2" not in file.name]


def test_no_dialect_is_named_in_services_or_protos(repository: Path) -> None:
    files = [*python_files(repository, "services", "protos"), *(repository / "protos").rglob("*.proto")]
    assert len(files) > 40
    assert [str(file) for file in files if DIALECTS.search(file.read_text())] == []


def test_sql_stands_in_stores_only(repository: Path) -> None:
    with_sql = [
        file.relative_to(repository).as_posix()
        for file in python_files(repository, "services", "facade")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]
    assert with_sql
    assert [file for file in with_sql if not KEEPS_SQL.search(file)] == []


def test_every_module_and_public_name_has_a_docstring(repository: Path) -> None:
    missing = [
        f"{file.relative_to(repository)}: {getattr(node, 'name', 'module')}"
        for file in python_files(repository, "services", "facade", "bench")
        for node in _public(ast.parse(file.read_text()))
        if not ast.get_docstring(node)
    ]
    assert missing == []


def _public(tree: ast.Module) -> list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Give the module, and its public functions, classes and their public methods."""
    found: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [tree] if tree.body else []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                methods = [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
                found.extend(method for method in methods if not method.name.startswith("_"))
    return found
