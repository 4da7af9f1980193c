"""A service's stores in a folder, filled a little: what backups are taken of."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloud.backup import archive
from cloud.backup.archive_keys import key_finder
from cloud.backup.manifest import Manifest
from cloud.backup.restore import Asked, Restored, restore
from cloud.backup.sealed_stream import KeyOf
from cloud.backup.take import Taken, take
from cloud.config import CloudSettings
from cloud.ports import AlertState
from cloud.storage.relational.opening import Relational, open_relational
from cloud.storage.series import SeriesStores, open_series_stores
from cloud.storage.sqlite_series import SqliteSeries
from tests.contracts.records import NOW_MS, STRAP, event, identified, run, strip
from tests.contracts.relational.rows import CARER, WEI, alert, commit, handed
from tests.contracts.series.store import poison
from tests.contracts.series_keeping import close_all
from tests.fakes.master_key import GIVEN

_HOUR_MS = 3_600_000


@dataclass(slots=True)
class Home:
    """A data_dir and its two stores, opened when asked for. `now_ms` is the moment of what is done next."""

    folder: Path
    changes: dict[str, Any] = field(default_factory=dict)
    now_ms: int = NOW_MS

    @property
    def settings(self) -> CloudSettings:
        return CloudSettings(data_dir=self.folder, **{"keys": {"master": GIVEN}, **self.changes})

    def series(self) -> SeriesStores:
        return open_series_stores(self.settings)

    def relational(self) -> Relational:
        return open_relational(self.settings.database_url, keys=self.settings.key_place())

    def fill(self) -> None:
        """Store what a home sends in its first minutes, and who may see it."""
        relational, stores = self.relational(), self.series()
        relational.directory.add_patient(WEI)
        relational.directory.add_person(CARER)
        relational.directory.bind(STRAP, WEI.id, 0)
        commit(relational, WEI.id, b"\x00state\xff", [alert(state=AlertState.ACTIVE)], ["slice-1"])
        relational.alerts.handed_off([handed()])
        items = [identified(run((NOW_MS + n, 60.0 + n)), n) for n in range(1, 21)]
        stores.records.commit([*items, identified(strip(NOW_MS), 21), identified(event(NOW_MS), 22)])
        stores.records.commit([], [poison(23)])
        stores.close()
        relational.close()

    def damage_an_hour(self) -> None:
        """Pack the hours there are, and flip a bit of one on the disk, which SQLite does not notice."""
        store = SqliteSeries(self.folder / "series.db")
        close_all(store, NOW_MS + 99 * _HOUR_MS)
        with store._file.read() as connection:
            (packed,) = connection.execute("SELECT points FROM block").fetchone()
        store.close()
        path = self.folder / "series.db"
        content = bytearray(path.read_bytes())
        content[content.index(packed) + len(packed) // 2] ^= 1
        path.write_bytes(content)

    def back_up(self, target: Path) -> Taken:
        return take(self.settings, target, now_ms=lambda: self.now_ms)

    def key_of(self, path: Path) -> KeyOf:
        return key_finder(self.settings, path, None, from_database=False)

    def verified(self, path: Path) -> Manifest:
        return archive.verify(path, self.key_of(path))

    def bring_back(self, path: Path, **asked: Any) -> Restored:
        return restore(path, self.settings, Asked(**asked), now_ms=lambda: self.now_ms)
