"""The thirty, and one more who hands in nothing: who they are, what they hand in, what that is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnbook.grading.sample_class import answers as a
from rnnbook.grading.sample_class import hostile

FULL = (1, 2, 4, 5, 3, 2, 3)
NOTHING = (0,) * 7


@dataclass(frozen=True)
class Student:
    """A made-up student.

    Attributes
    ----------
    id
        As the roster has it.
    name
        Sortable, as Canvas writes it: "Doe, Jane".
    what
        What is handed in, for expected.csv.
    points
        What each exercise of `answers.IDS` brings.
    answers
        Sources by exercise; an exercise that is missing was not tried.
    before
        The sources of cells of the student's own, before the first exercise.
    order
        The exercises in the order of the notebook; one may stand there twice, or be deleted.
    raw
        The content of the file where it is no notebook.
    older
        A hand-in from before, which does not count.
    """

    id: str
    name: str
    what: str
    points: tuple[int, ...] = FULL
    answers: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    order: tuple[str, ...] = a.IDS
    file: str = "hw1.ipynb"
    late: bool = False
    marked: bool = True             # whether the cells still have the metadata that says what they are
    twice: Mapping[str, str] = field(default_factory=dict)      # a first try, in a cell of the same mark
    raw: bytes | None = None
    older: Mapping[str, str] | None = None
    cut: int = 0                    # characters after which the file breaks off

    @property
    def total(self) -> int:
        return sum(self.points)


_BOOK = a.AS_THE_BOOK


def _with(*changes: Mapping[str, str]) -> dict[str, str]:
    answers = dict(_BOOK)
    for change in changes:
        answers |= change
    return answers


def _only(*ids: str) -> dict[str, str]:
    return {id: _BOOK[id] for id in ids}


RIGHT = (
    Student("cadebayo", "Adebayo, Chinonso", "right, as in the book", answers=_BOOK),
    Student("zkowalska", "Kowalska, Zofia", "right, in loops, without a product of matrices", answers=a.IN_LOOPS),
    Student("mnguyen", "Nguyễn, Thị Minh Anh", "right, with einsum and helper functions in a cell of their own",
            answers=a.WITH_EINSUM, before=(a.EINSUM_HELPERS,)),
    Student("lhaddad", "Haddad, Layla", "right, in float32 and Fortran order", answers=a.IN_FLOAT32),
    Student("sobriain", "Ó Briain, Seán", "right, a class with __call__, accumulate, lambda", answers=a.AS_OBJECTS),
    Student("jsilva", "Silva, João", "right, with magics, a line for the system, and prints", answers=_BOOK,
            before=("%matplotlib inline\n!pip install numpy\n%config InlineBackend.figure_format = 'retina'",
                    "%%time\nfor n in range(100):\n    print('still alive', n)")),
    Student("syamamoto", "Yamamoto, Sakura", "right, exercises in reverse order, helpers used before they are defined",
            answers=_BOOK, order=tuple(reversed(a.IDS))),
    Student("jmuller", "Müller, Jörg", "right, pasted into a new notebook: no marks in its cells, another file name",
            answers=_BOOK, marked=False, file="Homework1_final (2).ipynb"),
    Student("lfernandez", "Fernández Ruiz, Lucía", "right, handed in twice; the older one was wrong", answers=_BOOK,
            older=_with(a.NO_BIAS, a.PAD_TAKEN)),
)

MISTAKEN = (
    Student("dtran", "Tran, Đức", "no bias in step, which forward and reset use; takes a pad for the last state",
            (1, 0, 0, 5, 0, 0, 3), _with(a.NO_BIAS, a.PAD_TAKEN)),
    Student("nokafor", "Okafor, Ngozi", "no bias in step; one head wrong; her own loops are right",
            (1, 0, 4, 4, 3, 2, 3), _with(a.NO_BIAS, a.OWN_STEP, a.SOFTMAX_FOR_TOPICS)),
    Student("divanova", "Ivanova, Daria", "forward does not carry the state", (1, 2, 0, 5, 3, 2, 3),
            _with(a.NOT_CARRIED)),
    Student("mrossi", "Rossi, Matteo", "softmax and sigmoid swapped; takes pads for states",
            (1, 2, 4, 1, 3, 0, 0), _with(a.SWAPPED, a.PAD_TAKEN, a.PADS_AVERAGED)),
    Student("skaur", "Kaur, Simran", "takes a pad for the last state; resets after the step",
            (1, 2, 4, 5, 0, 0, 3), _with(a.PAD_TAKEN, a.RESET_AFTER)),
    Student("wchen", "Chen, Wei", "takes pads for states; never resets",
            (1, 2, 4, 5, 0, 0, 0), _with(a.PAD_TAKEN, a.PADS_AVERAGED, a.NEVER_RESET)),
    Student("ejohansson", "Johansson, Elsa", "weights not transposed in step, which forward and reset use; one head "
            "wrong", (1, 0, 0, 4, 0, 2, 3), _with(a.NOT_TRANSPOSED, a.SOFTMAX_FOR_TOPICS)),
    Student("rnakamura", "Nakamura, Ren", "stops after h_1; bias after tanh; takes a pad; the last state for the mean",
            (0, 0, 4, 5, 3, 0, 0), _with(a.H_1, a.BIAS_AFTER_TANH, a.OWN_STEP, a.PAD_TAKEN, a.LAST_TAKEN)),
)

PARTIAL = (
    Student("cdubois", "Dubois, Camille", "the first three exercises only", (1, 2, 4, 0, 0, 0, 0),
            _only(a.BY_HAND, a.STEP, a.FORWARD)),
    Student("tmbeki", "Mbeki, Thandiwe", "half of forward, three heads of five, one sequence's boundaries for all",
            (1, 2, 2, 3, 0, 2, 3), _with(a.AXIS_TOO_MANY, a.SIGMOID_FOR_CLASSES, a.FIRST_ROW_ONLY)),
    Student("epapadopoulou", "Papadopoulou, Eleni", "untouched", NOTHING),
    Student("mgarcia", "García, Mateo", "two exercises deleted, a wrong first try above the right step",
            (1, 2, 4, 0, 0, 2, 3), _BOOK, twice=a.NO_BIAS,
            order=(a.BY_HAND, a.STEP, a.FORWARD, a.LAST, a.MEAN)),
    Student("mkim", "Kim, Min-jun", "a syntax error in one cell", (1, 2, 4, 5, 0, 2, 3), _with(a.SYNTAX_ERROR)),
)

BROKEN = (
    Student("apetrov", "Petrov, Aleksei", "the upload was cut short", NOTHING, _BOOK, cut=6000),
    Student("nandersson", "Andersson, Nils", "a PDF in place of the notebook", NOTHING, file="hw1.pdf",
            raw=b"%PDF-1.4\n% not a notebook\n"),
    Student("aabdullah", "Abdullah, Aisyah", "an endless loop in one answer", (1, 2, 4, 5, 0, 2, 3), _with(a.ENDLESS)),
    Student("kosei", "Osei, Kwame", "right, and a cell that takes all the memory it can get", answers=_BOOK,
            before=("hog = []\nwhile True:\n    hog.append(np.ones(2**24))",)),
    Student("flarsen", "Larsen, Freja", "right, prints 100 MB, late by Canvas's mark", answers=_BOOK, late=True,
            before=("for n in range(100):\n    print('x' * 1_000_000)",)),
)

HOSTILE = (
    Student("mmallory", "Mallory, Max", "hostile: patches assert, NumPy and check; answers equal to everything",
            NOTHING, hostile.PATCHED, before=(hostile.PATCHES,)),
    Student("ttrudeau", "Trudeau, Trudy", "hostile: forges a report and ends the process, tries nothing else", NOTHING,
            before=(hostile.FORGES,)),
    Student("eevers", "Evers, Eve", "hostile: looks for the answers in files, memory and the library", NOTHING,
            hostile.READ, before=(hostile.READS,)),
)

STUDENTS = tuple(sorted((*RIGHT, *MISTAKEN, *PARTIAL, *BROKEN, *HOSTILE), key=lambda s: s.id))
ABSENT = Student("vvolkov", "Volkov, Viktor", "nothing handed in", NOTHING)
