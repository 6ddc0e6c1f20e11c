"""What the `rnnbook` command can do, one module for each word: `check`, `list`, `doctor`, `grade` and those around it.

`kernel` runs cells, `notebook` reads the file, `run` puts the two together, `probe` is the part that runs inside the
kernel, `terminal` writes plain aligned text. Nothing heavier than the standard library is imported before it is needed,
so that `rnnbook doctor` still answers on a broken installation.
"""
