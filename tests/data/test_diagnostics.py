"""Every diagnostic: a rule that knows what it is about scores the stated best from the inputs alone, one that does not
scores the stated chance; the knobs do what they say; the splits share nothing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnbook import data
from rnnbook.text import BOS, EOS, length_mask

TASKS = ("recall", "adding", "temporal_order", "echo", "parity", "associative_recall", "dyck")
MANY = {"echo": 100}                # test sequences that give a steady score; 4000 for the others


@pytest.fixture(scope="module", params=TASKS)
def named(request):
    name = request.param
    return name, data.SETS[name](train=500, test=MANY.get(name, 4000))


def score(dataset, answer):
    """The score of `answer(inputs, asked)`, a target for each step asked for, as `Tasks` defines it."""
    said = np.concatenate([np.asarray(answer(e.inputs, np.flatnonzero(e.mask)), dtype=float) for e in dataset.test])
    wanted = np.concatenate([e.targets[e.mask] for e in dataset.test])
    return float((said == wanted).mean() if dataset.classes else ((said - wanted) ** 2).mean())


# What each task asks, worked out anew from the symbols.

def recalled(inputs, asked):
    k = int((inputs == inputs.max()).sum())
    return inputs[:k]


def echoed(inputs, asked):
    return inputs[asked - 5]


def added(inputs, asked):
    return [inputs[inputs[:, 1] == 1, 0].sum()]


def ordered(inputs, asked):
    first, second = inputs[inputs >= 4] - 4
    return [2 * first + second]


def odd_or_even(inputs, asked):
    return [inputs[: t + 1].sum() % 2 for t in asked]


def looked_up(inputs, asked):
    key = inputs[-1]
    return inputs[1 + list(inputs[:-1]).index(key)][None] - 26


def top_of_the_stack(inputs, asked):
    stack, tops = [], []
    for symbol in inputs:
        if symbol % 2 == 0:
            stack.append(symbol // 2)
        else:
            assert stack.pop() == symbol // 2
        tops.append(stack[-1] if stack else 2)
    assert not stack
    return tops


ORACLES = {"recall": recalled, "echo": echoed, "adding": added, "temporal_order": ordered, "parity": odd_or_even,
           "associative_recall": looked_up, "dyck": top_of_the_stack}


def test_a_rule_that_knows_the_task_scores_the_best(named):
    name, dataset = named
    assert score(dataset, ORACLES[name]) == pytest.approx(dataset.best, abs=1e-12)


GUESSES = {
    "recall": lambda inputs, asked: np.zeros(len(asked)),
    "echo": lambda inputs, asked: np.ones(len(asked)),
    "adding": lambda inputs, asked: [1.0],
    "temporal_order": lambda inputs, asked: [2],
    "parity": lambda inputs, asked: np.zeros(len(asked)),
    "associative_recall": lambda inputs, asked: [inputs[1] - 26],              # the first digit, whatever the question
}


def test_a_guess_scores_chance(named):
    name, dataset = named
    if name == "dyck":
        guess = max((score(dataset, lambda inputs, asked, k=k: np.full(len(asked), k)), k) for k in range(3))
        assert guess[0] == pytest.approx(dataset.chance, abs=1e-12)
    else:
        assert score(dataset, GUESSES[name]) == pytest.approx(dataset.chance, abs=0.025)
    assert (dataset.chance < dataset.best - 0.4) if dataset.classes else (dataset.chance > dataset.best + 0.1)


def test_no_test_sequence_occurs_in_the_training_split(named):
    _, dataset = named
    assert not {e.inputs.tobytes() for e in dataset.train} & {e.inputs.tobytes() for e in dataset.test}


@pytest.mark.parametrize(("name", "knobs"), [("parity", {"length": (1, 8), "test": 60}),
                                             ("recall", {"k": 1, "delay": (0, 1), "test": 40}),
                                             ("associative_recall", {"pairs": 1, "keys": 10, "test": 30}),
                                             ("dyck", {"length": (2, 8), "test": 50}),
                                             ("echo", {"length": 6, "test": 300})])
def test_nor_where_there_are_few_different_sequences(name, knobs):
    dataset = data.SETS[name](train=5000, **knobs)
    assert len(dataset.train) == 5000 and len(dataset.test) == knobs["test"]
    assert not {e.inputs.tobytes() for e in dataset.train} & {e.inputs.tobytes() for e in dataset.test}


def test_inputs_targets_and_mask_fit(named):
    _, dataset = named
    for e in dataset.train + dataset.test:
        assert e.targets.shape == e.mask.shape == (len(e.inputs),)
        assert e.mask.dtype == bool and e.mask.any()
        if dataset.symbols:
            assert e.inputs.ndim == 1 and e.inputs.min() >= 0 and e.inputs.max() < len(dataset.symbols)
        else:
            assert e.inputs.shape[1] == len(dataset.columns) and e.inputs.dtype == np.float64
        if dataset.classes:
            assert e.targets.min() >= 0 and e.targets.max() < len(dataset.classes)


def test_batch_puts_sequences_in_columns(named):
    _, dataset = named
    examples = dataset.test[:20]
    inputs, lengths, targets, mask = dataset.batch(examples)
    assert lengths.tolist() == [len(e.inputs) for e in examples]
    for b, e in enumerate(examples):
        assert (inputs[: lengths[b], b] == e.inputs).all() and inputs.dtype == e.inputs.dtype
        assert (targets[: lengths[b], b] == e.targets).all() and (mask[: lengths[b], b] == e.mask).all()
    real = length_mask(lengths)
    assert not inputs[~real].any() and not targets[~real].any() and not mask[~real].any()


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="examples is empty; expected at least one"):
        data.parity(train=0, test=1).batch(())


def test_an_evaluation_set_needs_no_training_split(named):
    name, _ = named
    assert data.SETS[name](train=0, test=3).train == ()


def test_the_test_split_does_not_hang_on_the_size_of_the_training_split(named):
    name, _ = named
    few, many = data.SETS[name](train=1, test=5), data.SETS[name](train=300, test=5)
    assert [e.inputs.tolist() for e in few.test] == [e.inputs.tolist() for e in many.test]


# the knobs

@pytest.mark.parametrize(("name", "knob", "steps"), [
    ("recall", "delay", lambda d: 6 + d), ("adding", "length", lambda d: d), ("temporal_order", "length", lambda d: d),
    ("parity", "length", lambda d: d), ("associative_recall", "pairs", lambda d: 2 * d + 1),
    ("dyck", "length", lambda d: d),
])
def test_a_knob_is_a_number_or_a_range_and_may_differ_in_the_test(name, knob, steps):
    sizes = (10, 16) if name != "associative_recall" else (2, 5)
    make = data.SETS[name]
    fixed = make(train=200, test=50, **{knob: sizes[0]})
    assert {len(e.inputs) for e in fixed.train + fixed.test} == {steps(sizes[0])}
    ranged = make(train=200, test=20, **{knob: sizes})
    even = [d for d in range(sizes[0], sizes[1] + 1) if name != "dyck" or d % 2 == 0]
    assert {len(e.inputs) for e in ranged.train} == {steps(d) for d in even}
    longer = make(train=200, test=50, **{knob: sizes[0], f"test_{knob}": sizes[1]})
    assert {len(e.inputs) for e in longer.train} == {steps(sizes[0])}
    assert {len(e.inputs) for e in longer.test} == {steps(sizes[1])}


def test_recall_looks_as_documented():
    dataset = data.recall(train=1, test=200, k=(2, 4), delay=(3, 6), fillers=2)
    lengths = set()
    for e in dataset.test:
        text = "".join(dataset.decode(e.inputs))
        found = re.fullmatch(r"([a-h]{2,4})((?:_[12]){3,6})(\?{2,4})", text)
        assert found and len(found[1]) == len(found[3])
        assert (e.mask == (e.inputs == len(dataset.symbols) - 1)).all()
        lengths.add((len(found[1]), len(found[2]) // 2))
    assert len(lengths) == 12
    assert data.recall(train=1, test=1, fillers=1).symbols == (*"abcdefgh", "_", "?")


def test_recall_reaches_a_delay_of_1000():
    far = data.recall(train=0, test=20, delay=1000)
    assert {len(e.inputs) for e in far.test} == {1006} and score(far, recalled) == 1


def test_echo_asks_from_the_delay_on():
    dataset = data.echo(train=2, test=3, length=(8, 30), delay=7)
    for e in dataset.test:
        assert e.mask.tolist() == [t >= 7 for t in range(len(e.inputs))]
        assert (e.targets[7:] == e.inputs[: len(e.inputs) - 7]).all()
    now = data.echo(train=1, test=1, length=5, delay=0).test[0]
    assert now.mask.all() and (now.targets == now.inputs).all()


def test_adding_marks_one_step_in_each_half():
    for T in (2, 3, 30):
        for e in data.adding(train=1, test=200, length=T).test:
            first, second = np.flatnonzero(e.inputs[:, 1])
            assert first < T // 2 <= second
            assert (e.inputs[:, 0] >= 0).all() and (e.inputs[:, 0] < 1).all()


def test_temporal_order_leaves_two_fifths_to_wait():
    for T in (10, 30, 200):
        dataset = data.temporal_order(train=1, test=300, length=T)
        for e in dataset.test:
            first, second = np.flatnonzero(e.inputs >= 4)
            assert T // 10 <= first < T * 2 // 10 and T * 5 // 10 <= second < T * 6 // 10
        assert {dataset.classes[e.targets[-1]] for e in dataset.test} == {"XX", "XY", "YX", "YY"}


def test_parity_asks_at_every_step_or_at_the_end():
    assert all(e.mask.all() for e in data.parity(train=1, test=20).test)
    end = data.parity(train=1, test=20, asked="end")
    assert all(e.mask.tolist() == [False] * (len(e.inputs) - 1) + [True] for e in end.test)


def test_associative_recall_shows_different_letters_each_with_a_digit():
    dataset = data.associative_recall(train=1, test=200, pairs=(1, 6))
    for e in dataset.test:
        text = "".join(dataset.decode(e.inputs))
        found = re.fullmatch(r"((?:[a-z][0-9])+)([a-z])", text)
        letters = found[1][::2]
        assert len(set(letters)) == len(letters) and found[2] in letters
        assert e.mask.sum() == 1 and e.mask[-1]
    n = np.arange(1, 7)
    assert dataset.chance == pytest.approx((1 / n + (1 - 1 / n) / 10).mean())


# brackets

def depth_of(inputs):
    return np.cumsum(np.where(inputs % 2 == 0, 1, -1)).max()


def test_dyck_words_keep_to_their_depth_and_use_it():
    for depth in (1, 2, 5):
        dataset = data.dyck(train=1, test=300, depth=depth, length=20, types=3)
        assert {depth_of(e.inputs) for e in dataset.test} <= set(range(1, depth + 1))
        assert max(depth_of(e.inputs) for e in dataset.test) == depth
        assert {s for e in dataset.test for s in dataset.decode(e.inputs)} == set("()[]{}")


def well_formed(inputs):
    try:
        top_of_the_stack(inputs, None)
    except (AssertionError, IndexError):
        return False
    return True


@pytest.fixture(scope="module")
def half_broken():
    return data.dyck(train=300, test=4000, asked="valid", length=(6, 40))


def test_half_the_words_are_broken_and_a_stack_tells_which(half_broken):
    broken = np.array([e.targets[-1] for e in half_broken.test])
    assert broken.sum() == 2000 and half_broken.classes[1] == "broken" and half_broken.chance == 0.5
    assert broken.tolist() == [not well_formed(e.inputs) for e in half_broken.test]


def test_neither_counts_nor_neighbours_tell_a_broken_word(half_broken):
    for e in half_broken.test:
        counts = np.bincount(e.inputs, minlength=4)
        assert counts[0] == counts[1] and counts[2] == counts[3]
        for a, b in zip(e.inputs[:-1], e.inputs[1:], strict=True):
            assert not (a % 2 == 0 and b % 2 == 1 and b != a + 1)      # "(]"
    assert half_broken.test[0].mask.sum() == 1


# copying

def test_copied_strings_are_as_documented():
    dataset = data.copy_strings(train=3000, test=800)
    assert {len(p.source) for p in dataset.train} == set(range(2, 17))
    assert {letter for p in dataset.train for letter in p.source} == set("abcdefghijklmnopqrst")
    assert all(p.source == p.target == tuple(p.value) for p in dataset.train + dataset.test)
    values = [p.value for p in dataset.test]
    assert len(set(values)) == 800 and not set(values) & {p.value for p in dataset.train}
    batch = dataset.batch(dataset.test[:4])
    assert dataset.target_vocab.decode(batch.inputs[:1, 0]) == [BOS] and batch.target_lengths[0] == len(values[0]) + 1
    assert dataset.decode(batch.targets[:, 0]) == tuple(values[0]) and EOS in dataset.target_vocab
    fixed = data.copy_strings(train=10, test=10, length=5, letters=2)
    assert {len(p.source) for p in fixed.train} == {5} and {c for p in fixed.train for c in p.source} == {"a", "b"}


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.recall(delay=-1), r"delay is -1; expected an integer of at least 0 or a range \(low, high\)"),
    (lambda: data.recall(test_delay=(5, 2)), r"test_delay is \(5, 2\)"),
    (lambda: data.recall(k=0), r"k is 0"),
    (lambda: data.recall(symbols=1), r"symbols is 1; expected an integer of at least 2"),
    (lambda: data.recall(fillers=0), r"fillers is 0"),
    (lambda: data.recall(train=-1), r"train is -1"),
    (lambda: data.recall(test=0), r"test is 0"),
    (lambda: data.echo(length=5, delay=5), r"length is 5; expected an integer of at least 6"),
    (lambda: data.echo(delay=(1, 2)), r"delay is \(1, 2\)"),
    (lambda: data.adding(length=1), r"length is 1"),
    (lambda: data.temporal_order(length=9), r"length is 9; expected an integer of at least 10"),
    (lambda: data.parity(asked="sometimes"), r"asked is 'sometimes'; expected 'every step' or 'end'"),
    (lambda: data.parity(length=(1, 3), train=50, test=200),
     r"parity asks for 50 training sequences that are not in the test split; it gave only \d+"),
    (lambda: data.associative_recall(pairs=11, keys=10), r"pairs goes to 11; expected at most keys = 10"),
    (lambda: data.associative_recall(test_pairs=(4, 12), keys=8), r"test_pairs goes to 12"),
    (lambda: data.associative_recall(keys=27), r"keys is 27; expected 2 to 26"),
    (lambda: data.dyck(types=5), r"types is 5; expected at most 4"),
    (lambda: data.dyck(types=1, asked="valid"), r"types is 1; expected an integer of at least 2"),
    (lambda: data.dyck(length=7), r"length is 7; expected an even number"),
    (lambda: data.dyck(length=4, asked="valid"), r"length is 4; expected an integer of at least 6"),
    (lambda: data.dyck(depth=1, asked="valid"), r"dyck asks for 500 words in which two closing brackets can change"),
    (lambda: data.dyck(asked="open"), r"asked is 'open'; expected 'closing' or 'valid'"),
    (lambda: data.copy_strings(letters=27), r"letters is 27; expected 2 to 26"),
    (lambda: data.copy_strings(length=1, train=10, test=20),
     r"copy_strings asks for 20 test strings and 10 others; length 1 and 20 letters gave only 20 and 0"),
    (lambda: data.adding(train=1, test=1).decode([1]),
     r"adding has no symbols: its inputs are the numbers number, marker"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_other_kind_of_brackets_has_its_bytes_pinned_too():
    assert data.dyck(asked="valid").sha256() == "d24961d40fa795724feeca56ccd76485d33009cf3beedebdf79b58c0c6e30fc9"
