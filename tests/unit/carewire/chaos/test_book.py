"""A book outlives the feeder that wrote it, and says what it cannot know."""

from pathlib import Path

from carewire.chaos.book import Book, read_book


def test_nothing_is_written_before_the_first(tmp_path: Path) -> None:
    assert read_book(tmp_path / "book").last == 0


def test_what_was_begun_and_not_kept_is_undecided_and_the_next_goes_on_after_it(tmp_path: Path) -> None:
    book = Book(tmp_path / "book")
    for _ in range(2):
        book.keep(book.begin())
    book.begin()  # killed here: the file is not closed
    again = Book(tmp_path / "book")
    again.keep(again.begin())
    written = read_book(tmp_path / "book")
    assert written.kept == [1, 2, 4]
    assert written.undecided == [3]
    assert written.last == 4
    again.close()
    book.close()
