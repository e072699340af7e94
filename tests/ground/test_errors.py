"""What is raised says one line, whatever it quotes."""

import plainweave as pw


def test_a_message_is_a_line_that_can_be_shown() -> None:
    error = pw.DataError(f"/tmp/\x1b[2J\ud800\n{'a' * 5000}. Take another.")
    assert str(error).startswith("/tmp/ [2J  aaa")
    assert str(error).endswith("aaa. Take another.")
    assert len(str(error)) < 2100
