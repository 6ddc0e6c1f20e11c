"""The exercises of chapter 2, two or three to a file. `rnnbook.checks.ch02_hidden_state` puts them in order."""
