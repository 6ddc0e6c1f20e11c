"""The metrics: by hand, against their definitions written another way, and at their edges."""

from __future__ import annotations

import copy
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE

from rnnbook.scratch.losses import cross_entropy
from rnnbook.scratch.metrics import (
    Span,
    SpanScore,
    bio_spans,
    bits_per_character,
    bleu,
    exact_match,
    perplexity,
    span_f1,
    span_f1_by_type,
    token_accuracy,
)
from rnnbook.text import tokenise

nan, inf = float("nan"), float("inf")


# ---- Perplexity and bits per character -------------------------------------------------------------------------------

@pytest.mark.parametrize("V", [1, 2, 26, 50_000])
def test_a_guess_among_V_has_perplexity_V(V):
    loss, _ = cross_entropy(np.zeros((3, 2, V)), np.zeros((3, 2), int))
    assert perplexity(loss) == pytest.approx(V, rel=1e-12)
    assert bits_per_character(loss) == pytest.approx(math.log2(V), rel=1e-12)


def test_batches_count_by_their_tokens():
    """Perplexity of a corpus is that of all its tokens at once, not a mean over batches."""
    rng = np.random.default_rng(0)
    logits, targets = rng.standard_normal((7, 5)), rng.integers(0, 5, 7)
    whole = cross_entropy(logits, targets)[0]
    parts = [cross_entropy(logits[part], targets[part])[0] for part in (slice(0, 2), slice(2, 7))]
    assert perplexity(parts, [2, 5]) == pytest.approx(perplexity(whole), rel=1e-14)
    assert bits_per_character(parts, np.array([2, 5])) == pytest.approx(bits_per_character(whole), rel=1e-14)
    assert perplexity(parts) == pytest.approx(math.exp(sum(parts) / 2), rel=1e-14)
    assert perplexity(parts) != pytest.approx(perplexity(whole), rel=1e-3)


def test_perplexity_by_hand():
    """Tokens of probability 1/2, 1/4 and 1/8: two bits each on the mean, four choices."""
    loss = -np.log([1 / 2, 1 / 4, 1 / 8]).mean()
    assert perplexity(loss) == pytest.approx(4, rel=1e-14)
    assert bits_per_character(loss) == pytest.approx(2, rel=1e-14)


def test_perplexity_at_its_ends():
    assert perplexity(0) == 1
    assert bits_per_character(0.0) == 0
    assert perplexity(inf) == perplexity(1e6) == inf
    assert bits_per_character(inf) == inf
    assert type(perplexity(np.float32(2))) is type(bits_per_character(np.float32(2))) is float


# ---- Accuracy and exact match ----------------------------------------------------------------------------------------

def test_token_accuracy_counts_real_tokens_only():
    """Four right of five real ones. A mean of the sentences' means is 3/4; with the pad counted it is 5/6."""
    predicted = np.array([[1, 2], [3, 9], [4, 0]])
    targets = np.array([[1, 2], [3, 8], [4, 0]])
    mask = np.array([[True, True], [True, True], [True, False]])
    assert token_accuracy(predicted, targets, mask) == 4 / 5
    assert token_accuracy(predicted, targets) == 5 / 6
    assert token_accuracy(predicted[:, 1], targets[:, 1], mask[:, 1]) == 1 / 2
    assert token_accuracy(np.where(mask, predicted, -1), targets, mask) == 4 / 5
    assert token_accuracy([True], [1]) == 1


def test_exact_match():
    assert exact_match([[1, 2], [3], []], [[1, 2], [4], []]) == 2 / 3
    assert exact_match([[1, 2]], [[1, 2, 2]]) == exact_match([[1, 2, 2]], [[1, 2]]) == 0
    assert exact_match([np.array([1, 2])], [(1, 2)]) == 1
    assert exact_match(["2026-01-05", "2026-01-06"], ["2026-01-05", "2026-01-07"]) == 0.5


# ---- Spans -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("tags", "spans"),
    {
        "": [],
        "O O": [],
        "B-a": [("a", 0, 1)],
        "B-a I-a O": [("a", 0, 2)],
        "O B-a I-a": [("a", 1, 3)],                                      # the last span is not lost
        "B-a B-a": [("a", 0, 1), ("a", 1, 2)],
        "B-a B-b I-b": [("a", 0, 1), ("b", 1, 3)],
        "I-a I-a": [("a", 0, 2)],                                        # I without B: at the start,
        "O I-a": [("a", 1, 2)],                                          # after O,
        "B-a I-b": [("a", 0, 1), ("b", 1, 2)],                           # and after another type
        "B-a I-b I-a": [("a", 0, 1), ("b", 1, 2), ("a", 2, 3)],
        "B-a O I-a": [("a", 0, 1), ("a", 2, 3)],
        "B-New-York I-New-York": [("New-York", 0, 2)],                   # a type may have a hyphen
    }.items(),
)
def test_bio_spans(tags, spans):
    assert bio_spans(tags.split()) == [Span(*span) for span in spans]


def test_span_f1_by_hand():
    """There: 3 spans. Found: 4; right is one (the others: a wrong end, a wrong type, one that is not there)."""
    targets = [["B-a", "I-a", "O", "B-b"], ["B-a", "O", "O", "O"]]
    predicted = [["B-a", "O", "O", "B-b"], ["B-b", "O", "O", "B-a"]]
    score = span_f1(predicted, targets)
    assert score == SpanScore(1 / 4, 1 / 3, 2 / 7, right=1, found=4, there=3)
    assert score.f1 == pytest.approx(2 / (1 / score.precision + 1 / score.recall), rel=1e-14)
    assert span_f1_by_type(predicted, targets) == {
        "a": SpanScore(0, 0, 0, right=0, found=2, there=2),
        "b": SpanScore(1 / 2, 1, 2 / 3, right=1, found=2, there=1),
    }


def test_the_same_span_in_another_sentence_is_not_right():
    assert span_f1([["B-a"], ["O"]], [["O"], ["B-a"]]).right == 0


def test_span_f1_without_spans():
    """As conlleval: what is divided by 0 is 0."""
    none, one = [["O", "O"]], [["B-a", "O"]]
    assert span_f1(none, none) == SpanScore(0, 0, 0, 0, 0, 0)
    assert span_f1(none, one) == SpanScore(0, 0, 0, 0, 0, 1)
    assert span_f1(one, none) == SpanScore(0, 0, 0, 0, 1, 0)
    assert span_f1(one, one) == SpanScore(1, 1, 1, 1, 1, 1)
    assert span_f1_by_type(none, none) == {}


def conlleval(predicted, targets):
    """Counts (right, found, there) as the script makes them: in one pass, by where chunks start and end."""

    def split(tag):
        return tag if tag == "O" else tag[0], "" if tag == "O" else tag[2:]

    def ends(last, now):
        (last_tag, last_type), (tag, kind) = last, now
        return (last_tag, tag) in [("B", "B"), ("B", "O"), ("I", "B"), ("I", "O")] or (
            last_tag != "O" and last_type != kind
        )

    def starts(last, now):
        (last_tag, last_type), (tag, kind) = last, now
        return tag == "B" or (last_tag, tag) == ("O", "I") or (tag != "O" and last_type != kind)

    right = found = there = 0
    in_correct, last_p, last_y = False, ("O", ""), ("O", "")
    for p_tags, y_tags in zip(predicted, targets, strict=True):
        for p, y in zip([*p_tags, "O"], [*y_tags, "O"], strict=True):    # an empty line ends a sentence
            p, y = split(p), split(y)
            p_ends, y_ends = ends(last_p, p), ends(last_y, y)
            p_starts, y_starts = starts(last_p, p), starts(last_y, y)
            if in_correct:
                if p_ends and y_ends and last_p[1] == last_y[1]:
                    in_correct = False
                    right += 1
                elif p_ends != y_ends or p[1] != y[1]:
                    in_correct = False
            if p_starts and y_starts and p[1] == y[1]:
                in_correct = True
            found, there = found + p_starts, there + y_starts
            last_p, last_y = p, y
    return right, found, there


TAGS = st.sampled_from(["O", "B-a", "I-a", "B-b", "I-b"])


@PROFILE
@given(pairs=st.lists(st.lists(st.tuples(TAGS, TAGS), max_size=8), min_size=1, max_size=6))
def test_any_tags_are_read_as_conlleval_reads_them(pairs):
    predicted, targets = ([[pair[k] for pair in sentence] for sentence in pairs] for k in range(2))
    score = span_f1(predicted, targets)
    assert (score.right, score.found, score.there) == conlleval(predicted, targets)
    mirrored = span_f1(targets, predicted)
    assert (mirrored.precision, mirrored.recall, mirrored.f1) == (score.recall, score.precision, score.f1)
    by_type = span_f1_by_type(predicted, targets).values()
    assert tuple(sum(s[k] for s in by_type) for k in (3, 4, 5)) == (score.right, score.found, score.there)


@PROFILE
@given(tags=st.lists(TAGS, max_size=9))
def test_spans_cover_exactly_the_tags_that_are_not_O(tags):
    spans = bio_spans(tags)
    covered = [t for span in spans for t in range(span.start, span.end)]
    assert covered == [t for t, tag in enumerate(tags) if tag != "O"]
    assert all(tags[t][2:] == span.type for span in spans for t in range(span.start, span.end))
    assert not any(tags[t][0] == "B" for span in spans for t in range(span.start + 1, span.end))


# ---- BLEU ------------------------------------------------------------------------------------------------------------

# The examples of Papineni et al. (2002), sections 2.1 and 2.1.1.
GUIDE = tokenise("it is a guide to action which ensures that the military always obeys the commands of the party")
TROOPS = tokenise("it is to insure the troops forever hearing the activity guidebook that party direct")
PARTY = [
    tokenise("it is a guide to action that ensures that the military will forever heed party commands"),
    tokenise(
        "it is the guiding principle which guarantees the military forces always being under the command of the party"
    ),
    tokenise("it is the practical guide for the army always to heed the directions of the party"),
]
CAT = [tokenise("the cat is on the mat"), tokenise("there is a cat on the mat")]


def test_the_modified_precisions_of_the_paper():
    assert bleu([GUIDE], [PARTY], N=2).precisions == (17 / 18, 10 / 17)
    assert bleu([TROOPS], [PARTY], N=2).precisions == (8 / 14, 1 / 13)
    assert bleu([tokenise("the the the the the the the")], [CAT], N=2).precisions == (2 / 7, 0)
    assert bleu([tokenise("of the")], [PARTY], N=2).precisions == (1, 1)


def test_the_brevity_penalty_of_the_paper():
    """c = r: none. c > r: none. c < r: exp(1 − r / c). Section 2.2.2: lengths 12, 15, 17 give a best match of 12."""
    words = [["w"] * n for n in (12, 15, 17)]
    exact = bleu([words[0]], [words])
    assert (exact.brevity_penalty, exact.candidate_length, exact.reference_length, exact.score) == (1, 12, 12, 1)
    assert bleu([["w"] * 20], [words]).brevity_penalty == 1
    assert bleu([["w"] * 20], [words]).reference_length == 17
    short = bleu([["w"] * 8], [words])
    assert short.score == short.brevity_penalty == pytest.approx(math.exp(1 - 12 / 8), rel=1e-14)


def test_of_two_references_as_close_the_shorter_counts():
    for refs in ([["w"] * 4, ["w"] * 6], [["w"] * 6, ["w"] * 4]):
        assert bleu([["w"] * 5], [refs]).reference_length == 4
        assert bleu([["w"] * 5], [refs]).brevity_penalty == 1


def test_a_corpus_by_hand():
    """Two sentences, counts added first.

    1. "the cat sat on the mat" for "the cat sat on a mat": 1-grams 5/6, 2-grams 3/5, 3-grams 2/4, 4-grams 1/3.
    2. "a dog" for "a dog barks": 2/2, 1/1, none, none.
    """
    candidates = [tokenise("the cat sat on the mat"), tokenise("a dog")]
    references = [[tokenise("the cat sat on a mat")], [tokenise("a dog barks")]]
    got = bleu(candidates, references)
    assert got.precisions == (7 / 8, 4 / 6, 2 / 4, 1 / 3)
    assert (got.candidate_length, got.reference_length) == (8, 9)
    assert got.brevity_penalty == pytest.approx(math.exp(1 - 9 / 8), rel=1e-14)
    expected = math.exp(1 - 9 / 8) * (7 / 8 * 4 / 6 * 2 / 4 * 1 / 3) ** (1 / 4)
    assert got.score == pytest.approx(expected, rel=1e-14)
    alone = [bleu([c], [r]).score for c, r in zip(candidates, references, strict=True)]
    assert alone[1] == 0, "the second sentence has no 4-gram: a mean of sentences is another number"
    assert got.score != pytest.approx(sum(alone) / 2, rel=0.1)


def test_clipping_is_by_the_most_in_any_one_reference():
    refs = [["a", "a", "x", "x"], ["a", "y", "y", "y"]]
    assert bleu([["a", "a", "a", "y"]], [refs], N=1).precisions == (3 / 4,)


def test_bleu_at_its_ends():
    assert bleu([GUIDE, TROOPS], [[GUIDE], [TROOPS]]).score == 1
    assert bleu([GUIDE], [[["unseen"] * 18]]).score == 0
    assert bleu([["a", "b", "c"]], [[["a", "b", "c"]]]).precisions == (1, 1, 1, 0)        # no 4-gram: 0, not smoothed
    assert bleu([["a", "b", "c"]], [[["a", "b", "c"]]]).score == 0
    assert bleu([["a", "b", "c"]], [[["a", "b", "c"]]], N=3).score == 1
    empty = bleu([[], []], [[["a"]], [["b"]]])
    assert (empty.score, empty.brevity_penalty, empty.candidate_length) == (0, 0, 0)
    assert bleu([[]], [[[]]]).score == 0
    assert bleu([[], GUIDE], [[["a"]], [GUIDE]]).score == pytest.approx(math.exp(1 - 19 / 18), rel=1e-14)


WORDS = st.lists(st.sampled_from("abc"), max_size=7)


@PROFILE
@given(
    corpus=st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=4),
    N=st.integers(1, 4),
)
def test_bleu_equals_its_definition_in_plain_loops(corpus, N):
    c = sum(len(candidate) for candidate, _ in corpus)
    r, product = 0, 1.0
    for candidate, refs in corpus:
        gap = min(abs(len(ref) - len(candidate)) for ref in refs)
        r += min(len(ref) for ref in refs if abs(len(ref) - len(candidate)) == gap)
    for n in range(1, N + 1):
        right = total = 0
        for candidate, refs in corpus:
            grams = [tuple(candidate[i : i + n]) for i in range(len(candidate) - n + 1)]
            for gram in set(grams):
                most = max([tuple(ref[i : i + n]) for i in range(len(ref))].count(gram) for ref in refs)
                right += min(grams.count(gram), most)
            total += len(grams)
        product *= right / total if total else 0
    expected = 0 if c == 0 else min(1, math.exp(1 - r / c)) * product ** (1 / N)
    got = bleu([candidate for candidate, _ in corpus], [refs for _, refs in corpus], N)
    assert got.score == pytest.approx(expected, rel=1e-12)
    assert 0 <= got.score <= 1
    assert bleu([x for x, _ in corpus[::-1]], [refs[::-1] for _, refs in corpus[::-1]], N) == got


def test_tokens_may_be_ids():
    assert bleu([np.array([4, 7, 7, 2, 1])], [[[4, 7, 7, 2, 9]]], N=2).precisions == (4 / 5, 3 / 4)


def test_inputs_are_never_changed():
    corpus = ([GUIDE, TROOPS], [PARTY, PARTY], [["B-a", "I-a"]], np.array([[1, 2]]))
    before = copy.deepcopy(corpus)
    first = bleu(corpus[0], corpus[1]), span_f1(corpus[2], corpus[2]), token_accuracy(corpus[3], corpus[3])
    again = bleu(corpus[0], corpus[1]), span_f1(corpus[2], corpus[2]), token_accuracy(corpus[3], corpus[3])
    assert first == again
    np.testing.assert_equal(corpus, before)


# ---- Errors ----------------------------------------------------------------------------------------------------------

IDS = np.zeros((2, 3), int)
ERRORS = {
    "loss below 0": (lambda: perplexity(-0.1), "loss is -0.1; expected −log p, 0 or more"),
    "loss NaN": (lambda: perplexity([1.0, nan]), "loss is nan; expected −log p, 0 or more"),
    "no loss": (lambda: perplexity([]), "loss has shape (0,)"),
    "loss of words": (lambda: bits_per_character("a"), "expected a number, or one a batch"),
    "counts": (lambda: perplexity([1.0, 2.0], [3]), "counts has shape (1,) and dtype int64; expected (2,)"),
    "counts of floats": (lambda: perplexity([1.0], [3.0]), "counts has shape (1,) and dtype float64; expected (1,)"),
    "counts of 0": (lambda: perplexity([1.0, 2.0], [3, 0]), "counts holds 0; expected at least 1 token a batch"),
    "accuracy of logits": (
        lambda: token_accuracy(np.zeros((2, 3, 5)), IDS),
        "predicted has dtype float64; expected integers, the ids of classes",
    ),
    "accuracy: shape": (lambda: token_accuracy(IDS.T, IDS), "predicted has shape (3, 2); expected (2, 3), that of"),
    "accuracy: targets": (lambda: token_accuracy(IDS, IDS + nan), "targets has dtype float64; expected integers"),
    "accuracy: mask": (
        lambda: token_accuracy(IDS, IDS, np.ones((2, 3))),
        "mask has shape (2, 3) and dtype float64; expected (2, 3) and bool",
    ),
    "accuracy: none": (lambda: token_accuracy(IDS, IDS, IDS > 0), "targets has no real entry; expected at least one"),
    "accuracy: empty": (lambda: token_accuracy(IDS[:0], IDS[:0]), "targets has no real entry; expected at least one"),
    "match: number": (
        lambda: exact_match([[1]], [[1], [2]]),
        "predicted has 1 sequences and targets 2; expected the same number, at least 1",
    ),
    "match: none": (lambda: exact_match([], []), "predicted has 0 sequences and targets 0"),
    "match: one string": (lambda: exact_match("ab", "ab"), "predicted is a str; expected a list of sequences"),
    "match: tokens": (lambda: exact_match([[1], [2]], [1, 2]), "targets[0] is 1; expected a sequence of tokens"),
    "tags: a string": (lambda: bio_spans("O"), "tags is the string 'O'; expected a list of tags"),
    "tags: IOBES": (lambda: bio_spans(["O", "E-a"]), "tags[1] is 'E-a'; expected 'O', 'B-TYPE' or 'I-TYPE'"),
    "tags: ids": (lambda: span_f1([[0, 1]], [[0, 1]]), "tags[0] is 0; expected 'O', 'B-TYPE' or 'I-TYPE'"),
    "tags: number": (lambda: span_f1([["O"]], [["O", "O"]]), "predicted[0] has 1 tags; expected 2, as targets[0]"),
    "tags: sentences": (lambda: span_f1([["O"]], []), "predicted has 1 sequences and targets 0"),
    "bleu: N": (lambda: bleu([GUIDE], [PARTY], N=0), "N is 0; expected a whole number, at least 1"),
    "bleu: number": (lambda: bleu([GUIDE], PARTY), "candidates has 1 sequences and references 3; expected the same"),
    "bleu: text": (lambda: bleu(["a guide"], [PARTY]), "candidates[0] is a str; expected a list of tokens"),
    "bleu: one reference": (lambda: bleu([GUIDE], [GUIDE]), "references[0][0] is a str; expected a list of tokens"),
    "bleu: no reference": (lambda: bleu([GUIDE], [[]]), "references[0] is []; expected a list of at least one"),
    "bleu: empty": (lambda: bleu([], []), "candidates has 0 sequences and references 0; expected the same number"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS)
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
