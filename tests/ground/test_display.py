"""How things look: a line at a prompt, a small table in a notebook."""

import numpy as np

from plainweave.display import Displayed, Rows, counted, listed, span


class Shelf(Displayed):
    def __init__(self, books: list[str], heads: tuple[str, ...] = ()) -> None:
        self.books, self.heads = books, heads

    def _in_words(self) -> str:
        return listed(self.books)

    def _as_rows(self) -> Rows:
        return Rows(self.heads, [(book, len(book)) for book in self.books])


def test_a_line_of_many_names_has_the_first_and_the_last() -> None:
    assert repr(Shelf(["a", "b"])) == "Shelf(a, b)"
    many = [str(number) for number in range(2000)]
    assert repr(Shelf(many)) == "Shelf(0, 1, 2, 3, 4, ... 1,990 more ..., 1995, 1996, 1997, 1998, 1999)"
    assert repr(Shelf(["two\nlines \x1b[31m"])) == "Shelf(two lines  [31m)"


def test_a_table_has_heads_for_readers_aloud_and_no_colours_of_its_own() -> None:
    caption = '<caption style="caption-side: top; color: inherit; text-align: left">Shelf(a)</caption>'
    assert Shelf(["a"], ("book", "length"))._repr_html_() == (
        f'<table>{caption}<thead><tr><th scope="col" style="text-align: left">book</th>'
        '<th scope="col" style="text-align: left">length</th></tr></thead>'
        '<tbody><tr><th scope="row" style="text-align: left">a</th><td style="text-align: right">1</td></tr>'
        "</tbody></table>"
    )
    assert Shelf(["a"])._repr_html_() == (
        f'<table>{caption}<tbody><tr><th scope="row" style="text-align: left">a</th>'
        '<td style="text-align: left">1</td></tr></tbody></table>'
    )


def test_a_table_is_small_and_its_texts_are_no_markup() -> None:
    html = Shelf([*map(str, range(40)), "<script>&\n"])._repr_html_()
    assert html.count("<tr>") == 11
    assert "... 31 more ..." in html
    assert "<script>" not in html
    assert "&lt;script&gt;&amp; " in html


def test_numbers_in_words() -> None:
    assert [counted(number, "model") for number in (0, 1, 1437)] == ["0 models", "1 model", "1,437 models"]
    assert counted(10, "class") == "10 classes"
    assert span(np.array(3)) == "3"
    assert span(np.array([9, 1400, 12])) == "9 to 1,400"
