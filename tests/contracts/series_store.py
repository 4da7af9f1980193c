"""What every series store keeps. An adapter's test module derives a class and gives it a `store`."""

from tests.contracts.series.concurrent_store import ConcurrentStoreContract
from tests.contracts.series.occurrences import OccurrenceContract
from tests.contracts.series.patient_feed import PatientFeedContract
from tests.contracts.series.quarantine import QuarantineContract
from tests.contracts.series.record_store import RecordStoreContract
from tests.contracts.series.rollup_reader import RollupReaderContract
from tests.contracts.series.series_reader import SeriesReaderContract
from tests.contracts.series.wrong_clock import WrongClockContract


class SeriesStoreContract(
    RecordStoreContract,
    QuarantineContract,
    RollupReaderContract,
    SeriesReaderContract,
    WrongClockContract,
    OccurrenceContract,
    PatientFeedContract,
    ConcurrentStoreContract,
):
    """All of it but a history at random, which costs more."""
