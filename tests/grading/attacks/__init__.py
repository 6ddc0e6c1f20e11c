"""Hand-ins that try to get points without an answer, each as the cell of one exercise, rnn-step.

In a source, ROOT is the folder of the book, DRIVER the grader's process, PORT a TCP port on which the answer can be
had, SOCKET the name of an abstract socket with the same. Those with `bites` succeed where nothing holds them back.
"""

from attacks import comparing, files, forging, library, machine, memory, reaching
from attacks.attack import Attack

ATTACKS: tuple[Attack, ...] = (*files.ATTACKS, *library.ATTACKS, *comparing.ATTACKS, *memory.ATTACKS,
                               *forging.ATTACKS, *reaching.ATTACKS, *machine.ATTACKS)
