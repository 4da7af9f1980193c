import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sqlite3, sqlalchemy

def refuse(*_args, **_named):
    raise SystemExit("a database was opened by an import")

sqlalchemy.create_engine = sqlalchemy.engine.create_engine = sqlite3.connect = refuse
import cloud
for module in pkgutil.walk_packages(cloud.__path__, "cloud."):
    if module.name != "cloud.storage.relational.migrations.env":  # run by Alembic, never imported
        importlib.import_module(module.name)
"""


def test_no_module_opens_a_database_when_it_is_imported() -> None:
    said = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
