from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud.ports import ClockFix
from cloud.storage import series_schema
from cloud.storage.journal import clock_runs
from cloud.storage.sqlite_file import SqliteFile

_RUN = """
INSERT INTO clock_run (gateway, boot_id, offset_ms, shift_ms, by_ntp) VALUES ('home-1', 'b1', 0, NULL, 0)
"""

fixes = st.builds(
    ClockFix,
    gateway=st.sampled_from(["home-1", "home-2"]),
    boot_id=st.sampled_from(["b1", "b2"]),
    offset_ms=st.integers(1, 9),
    by_ntp=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(fixes, max_size=6))
def test_fixes_of_one_commit_settle_what_they_would_one_after_another(
    tmp_path: Path, told: Sequence[ClockFix]
) -> None:
    def settled(commits: Sequence[Sequence[ClockFix]]) -> object:
        file = SqliteFile(tmp_path / "series.db", steps=series_schema.STEPS)
        try:
            with file.write() as connection:
                connection.execute("DELETE FROM clock_run WHERE id != 0")
                connection.execute(_RUN)
                for commit in commits:
                    clock_runs.settle(connection, commit)
                return connection.execute("SELECT boot_id, shift_ms, by_ntp FROM clock_run").fetchall()
        finally:
            file.close()

    assert settled([told]) == settled([[fix] for fix in told])
