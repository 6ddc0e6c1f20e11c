"""Scores for what a model gives: perplexity, accuracy, exact match, F1 over spans, BLEU.

| metric | compares | better |
|---|---|---|
| `perplexity`, `bits_per_character` | probabilities with what came | lower |
| `token_accuracy` | a class at each step | higher |
| `exact_match` | whole sequences | higher |
| `span_f1` | names and other spans in BIO tags | higher |
| `bleu` | a text with other texts that would be right | higher |

All are over a corpus: counts are added up first and divided once. Scores are fractions, 0 to 1, not percent.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from rnnbook import validate

# ---- Probabilities ---------------------------------------------------------------------------------------------------

def perplexity(loss: float | Sequence[float], counts: Sequence[int] | None = None) -> float:
    """exp(mean of −log p), −log p in nats a token: the number of equally likely choices that are as hard to guess.

    Parameters
    ----------
    loss : float or (N,)
        Mean cross-entropy of a token in nats, or those of N batches.
    counts : int (N,)
        Real tokens in each batch, by which their losses are weighted; equal if None.

    Returns
    -------
    float
        1 if every token was certain, V for a guess among V; inf if the loss is too large.
    """
    nats = _mean_loss(loss, counts)
    return math.exp(nats) if nats < 709 else math.inf


def bits_per_character(loss: float | Sequence[float], counts: Sequence[int] | None = None) -> float:
    """mean of −log₂ p = loss / log 2, where tokens are characters. Arguments as `perplexity`, which is 2^this."""
    return _mean_loss(loss, counts) / math.log(2)


def _mean_loss(loss, counts) -> float:
    losses = np.atleast_1d(validate.as_array("loss", loss))
    if losses.ndim != 1 or losses.size == 0 or losses.dtype.kind not in "fiu":
        raise ValueError(f"loss has shape {losses.shape} and dtype {losses.dtype}; expected a number, or one a batch")
    bad = ~(losses >= 0)                                                 # NaN too
    if bad.any():
        raise ValueError(f"loss is {losses[bad][0]}; expected −log p, 0 or more")
    if counts is None:
        return float(losses.mean())
    counts = np.atleast_1d(validate.as_array("counts", counts))
    if counts.shape != losses.shape or counts.dtype.kind not in "iu":
        wanted = f"{losses.shape} and integers, the tokens of each batch"
        raise ValueError(f"counts has shape {counts.shape} and dtype {counts.dtype}; expected {wanted}")
    if (counts < 1).any():
        raise ValueError(f"counts holds {counts.min()}; expected at least 1 token a batch")
    return float((losses * counts).sum() / counts.sum())


# ---- Tokens and sequences --------------------------------------------------------------------------------------------

def token_accuracy(predicted: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Share of real tokens that are right. Integers of one shape, such as (T, B); `mask` is True where one is real."""
    predicted, targets = validate.as_array("predicted", predicted), validate.as_array("targets", targets)
    for name, value in (("predicted", predicted), ("targets", targets)):
        if value.dtype.kind not in "iub":
            raise ValueError(f"{name} has dtype {value.dtype}; expected integers, the ids of classes")
    if predicted.shape != targets.shape:
        raise ValueError(f"predicted has shape {predicted.shape}; expected {targets.shape}, that of targets")
    mask = np.ones(targets.shape, bool) if mask is None else np.asarray(mask)
    if mask.shape != targets.shape or mask.dtype != bool:
        raise ValueError(f"mask has shape {mask.shape} and dtype {mask.dtype}; expected {targets.shape} and bool")
    if not mask.any():
        raise ValueError("targets has no real entry; expected at least one")
    return float((predicted == targets)[mask].mean())


def exact_match(predicted: Sequence[Sequence], targets: Sequence[Sequence]) -> float:
    """Share of sequences that are right from first to last token. Lists of sequences without pads and end tokens."""
    _same_number(predicted, targets)
    pairs = zip(_lists("predicted", predicted), _lists("targets", targets), strict=True)
    return sum(p == y for p, y in pairs) / len(targets)


def _lists(name, value) -> list[list]:
    for i, sequence in enumerate(value):
        if not isinstance(sequence, Iterable):
            raise ValueError(f"{name}[{i}] is {sequence!r}; expected a sequence of tokens")
    return [list(sequence) for sequence in value]


def _same_number(predicted, targets, names=("predicted", "targets")):
    for name, value in zip(names, (predicted, targets), strict=True):
        if isinstance(value, str) or not hasattr(value, "__len__"):
            raise ValueError(f"{name} is a {type(value).__name__}; expected a list of sequences")
    if len(predicted) != len(targets) or len(targets) == 0:
        counts = f"{names[0]} has {len(predicted)} sequences and {names[1]} {len(targets)}"
        raise ValueError(f"{counts}; expected the same number, at least 1")


# ---- Spans -----------------------------------------------------------------------------------------------------------

class Span(NamedTuple):
    """tags[start:end] is one name of this type."""

    type: str
    start: int
    end: int


class SpanScore(NamedTuple):
    """Precision, recall and their harmonic mean, with the counts they come from."""

    precision: float        # right / found; 0 where none was found
    recall: float           # right / there; 0 where none is there
    f1: float               # 2 · right / (found + there); 0 where both are 0
    right: int
    found: int
    there: int


def bio_spans(tags: Sequence[str]) -> list[Span]:
    """Spans in BIO tags: "B-X" begins one of type X, "I-X" goes on with it, "O" is outside.

    What is not well formed is read as conlleval does: an I-X begins a span where no span of type X goes before, that
    is at the start, after O and after another type.

    >>> bio_spans(["B-city", "I-city", "O", "I-day"])
    [Span(type='city', start=0, end=2), Span(type='day', start=3, end=4)]

    Source: Tjong Kim Sang and Buchholz, "Introduction to the CoNLL-2000 shared task: chunking" (2000), and its script.
    """
    if isinstance(tags, str):
        raise ValueError(f"tags is the string {tags!r}; expected a list of tags")
    spans: list[Span] = []
    open_type = None                                                     # type of the span that the last tag is in
    for t, tag in enumerate(tags):
        if not isinstance(tag, str) or not (tag == "O" or tag[:2] in ("B-", "I-")):
            raise ValueError(f"tags[{t}] is {tag!r}; expected 'O', 'B-TYPE' or 'I-TYPE'")
        kind = None if tag == "O" else tag[2:]
        if kind is not None and tag[0] == "I" and kind == open_type:
            spans[-1] = spans[-1]._replace(end=t + 1)
        elif kind is not None:
            spans.append(Span(kind, t, t + 1))
        open_type = kind
    return spans


def span_f1(predicted: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> SpanScore:
    """Precision, recall and F1 of the spans in BIO tags, over all sentences and types (micro).

    A span is right if type, start and end are. `predicted` and `targets` are sentences of tags, without pads.
    """
    return _span_score(*_all_spans(predicted, targets))


def span_f1_by_type(predicted: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> dict[str, SpanScore]:
    """The same for each type of span, in alphabetical order."""
    found, there = _all_spans(predicted, targets)
    types = sorted({span.type for _, span in found | there})
    return {
        kind: _span_score(*({s for s in spans if s[1].type == kind} for spans in (found, there))) for kind in types
    }


def _all_spans(predicted, targets) -> tuple[set, set]:
    _same_number(predicted, targets)
    for i, (p, y) in enumerate(zip(predicted, targets, strict=True)):
        if len(p) != len(y):
            raise ValueError(f"predicted[{i}] has {len(p)} tags; expected {len(y)}, as targets[{i}]")
    return _corpus_spans(predicted), _corpus_spans(targets)


def _corpus_spans(corpus) -> set[tuple[int, Span]]:
    return {(i, span) for i, tags in enumerate(corpus) for span in bio_spans(tags)}


def _span_score(found: set, there: set) -> SpanScore:
    right = len(found & there)
    precision, recall = right / max(1, len(found)), right / max(1, len(there))
    return SpanScore(precision, recall, 2 * right / max(1, len(found) + len(there)), right, len(found), len(there))


# ---- BLEU ------------------------------------------------------------------------------------------------------------

class Bleu(NamedTuple):
    """BLEU and its parts."""

    score: float                    # brevity_penalty · (p_1 · p_2 · … p_N)^(1/N)
    precisions: tuple[float, ...]   # p_1 … p_N; 0 where the candidates have no n-gram of that length
    brevity_penalty: float
    candidate_length: int           # tokens in all candidates
    reference_length: int           # tokens in the reference closest in length to each, the shorter of two


def bleu(candidates: Sequence[Sequence], references: Sequence[Sequence[Sequence]], N: int = 4) -> Bleu:
    """BLEU of a corpus, 0 to 1: how many n-grams of the candidates stand in a reference, for n = 1 … N.

        p_n = Σ_candidates Σ_n-grams min(count, most in any one reference) / Σ_candidates Σ_n-grams count
        BLEU = BP · exp(Σ_n log p_n / N)        BP = 1 if c > r, else exp(1 − r / c)

    for c tokens in the candidates and r in the references closest in length. Sums are over the whole corpus: BLEU is
    not a mean over sentences. It is 0 if any p_n is; nothing is smoothed. Upper and lower case differ.

    Parameters
    ----------
    candidates
        One list of tokens for each sentence.
    references
        One list of references, each a list of tokens, for each sentence.

    Source: Papineni et al., "BLEU: a method for automatic evaluation of machine translation" (2002), sections 2.1 to
    2.3. Of two references as close in length the shorter counts, as in NLTK and sacreBLEU; the paper leaves it open.
    """
    validate.sizes(N=N)
    _same_number(candidates, references, ("candidates", "references"))
    right, total = [0] * N, [0] * N
    c = r = 0
    for i, (candidate, refs) in enumerate(zip(candidates, references, strict=True)):
        candidate, refs = _tokens(f"candidates[{i}]", candidate), _references(f"references[{i}]", refs)
        c += len(candidate)
        r += min((len(ref) for ref in refs), key=lambda n: (abs(n - len(candidate)), n))
        for n in range(1, N + 1):
            most: Counter = Counter()
            for ref in refs:
                most |= _ngrams(ref, n)                                  # | is the larger count of each
            counts = _ngrams(candidate, n)
            right[n - 1] += (counts & most).total()                      # & is the smaller: clipped
            total[n - 1] += counts.total()
    precisions = tuple(a / b if b else 0.0 for a, b in zip(right, total, strict=True))
    penalty = 1.0 if c > r else math.exp(1 - r / c) if c else 0.0
    score = penalty * math.exp(sum(math.log(p) for p in precisions) / N) if all(precisions) else 0.0
    return Bleu(score, precisions, penalty, c, r)


def _ngrams(tokens: list, n: int) -> Counter:
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def _tokens(name, value) -> list:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a list of tokens (see rnnbook.text.tokenise)")
    return list(value)


def _references(name, value) -> list[list]:
    if isinstance(value, str) or not isinstance(value, Iterable) or len(refs := list(value)) == 0:
        raise ValueError(f"{name} is {value!r}; expected a list of at least one reference")
    return [_tokens(f"{name}[{j}]", ref) for j, ref in enumerate(refs)]
