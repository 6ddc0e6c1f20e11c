"""The PyTorch networks: packing is reading one by one, and the weights give the same function in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rnnbook import convert
from rnnbook.pytorch.models import CELLS, Classifier, Tagger, Unshared
from rnnbook.pytorch.training import initialise
from rnnbook.scratch import embedding, linear, rnn

V, E, H, K = 11, 4, 5, 3
LENGTHS = torch.tensor([3, 6, 1, 6, 2])


def make(Model, cell="rnn", **options):
    return initialise(Model(V, E, H, K, cell, **options), torch.Generator().manual_seed(0)).double()


def tokens(T=6, B=5):
    return torch.randint(1, V, (T, B), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("learn_state", [False, True])
def test_a_padded_batch_is_the_sequences_one_by_one(cell, learn_state):
    words = tokens()
    for Model in (Classifier, Tagger):
        model = make(Model, cell, learn_state=learn_state)
        if learn_state:
            torch.nn.init.normal_(model.state_0, generator=torch.Generator().manual_seed(2))
        together = model(words, LENGTHS)
        for b, length in enumerate(LENGTHS):
            alone = model(words[:length, b : b + 1])
            if Model is Tagger:
                assert torch.allclose(together[:length, b], alone[:, 0], atol=1e-12)
            else:
                assert torch.allclose(together[b], alone[0], atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_what_stands_after_an_end_is_never_read(cell):
    words = tokens()
    other = words.clone()
    other[torch.arange(6)[:, None] >= LENGTHS] = 7
    model = make(Classifier, cell)
    assert torch.equal(model(words, LENGTHS), model(other, LENGTHS))
    assert not torch.allclose(model(words), model(other))         # without lengths it is read


def test_states_after_an_end_are_0_even_where_the_batch_is_longer_than_all():
    hs, last = make(Tagger).read(tokens(T=9), LENGTHS)
    assert hs.shape == (9, 5, H)
    assert (hs[torch.arange(9)[:, None] >= LENGTHS] == 0).all()
    for b, length in enumerate(LENGTHS):
        assert torch.equal(hs[length - 1, b], last[0, b])


@pytest.mark.parametrize("cell", CELLS)
def test_the_state_can_be_carried_on(cell):
    model, words = make(Tagger, cell), tokens()
    _, state = model.read(words[:2])
    hs, _ = model.read(words[2:], state=state)
    assert torch.allclose(hs, model.read(words)[0][2:], atol=1e-12)


@pytest.mark.parametrize("Model", [Classifier, Tagger])
def test_the_same_weights_give_the_same_function_in_numpy(Model):
    model, words = make(Model), tokens()
    x, _ = embedding.forward(convert.embedding_from_torch(model.embedding), words.numpy())
    hs, last, _ = rnn.forward(convert.rnn_from_torch(model.rnn), x, lengths=LENGTHS.numpy())
    expected, _ = linear.forward(convert.linear_from_torch(model.linear), last if Model is Classifier else hs)
    np.testing.assert_allclose(model(words, LENGTHS).detach().numpy(), expected, atol=1e-12)


def test_shipped_weights_give_the_predictions_of_torch():
    from rnnbook import data
    trained = data.weights("mood")
    dataset = data.moods()
    tokens, lengths, _, _ = dataset.batch(dataset.test[:200])
    model = Tagger(len(trained.vocab), 16, 16, 3).double()
    model.embedding = convert.embedding_to_torch(trained.params["embedding"])
    model.rnn = convert.rnn_to_torch(trained.params["rnn"])
    model.linear = convert.linear_to_torch(trained.params["linear"])
    x, _ = embedding.forward(trained.params["embedding"], tokens)
    hs, _, _ = rnn.forward(trained.params["rnn"], x, lengths=lengths)
    expected, _ = linear.forward(trained.params["linear"], hs)
    got = model(torch.as_tensor(tokens), torch.as_tensor(lengths)).detach().numpy()
    np.testing.assert_allclose(got, expected, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_a_learned_initial_state_starts_at_0_and_gets_a_gradient(cell):
    words = tokens()
    learned, zero = make(Classifier, cell, learn_state=True), make(Classifier, cell)
    assert torch.equal(learned(words, LENGTHS), zero(words, LENGTHS))
    learned(words, LENGTHS).sum().backward()
    assert learned.state_0.shape == (2 if cell == "lstm" else 1, 1, H)
    assert (learned.state_0.grad.abs().amax(-1) > 0).all()


@pytest.mark.parametrize(("lengths", "message"), [
    ([3, 6], r"expected 5 integers from 1 to 6"), ([0, 1, 1, 1, 1], r"from 1 to 6"), ([7, 1, 1, 1, 1], r"from 1 to 6"),
])
def test_impossible_lengths_are_refused(lengths, message):
    with pytest.raises(ValueError, match=message):
        make(Classifier)(tokens(), torch.tensor(lengths))


def test_an_unknown_cell_is_refused():
    with pytest.raises(ValueError, match="cell is 'elman'; expected one of 'rnn', 'gru', 'lstm'"):
        Classifier(V, E, H, K, cell="elman")


def test_unshared_with_equal_weights_is_the_rnn():
    T = 6
    shared, unshared = make(Tagger), initialise(Unshared(V, E, H, K, T), torch.Generator().manual_seed(3)).double()
    with torch.no_grad():
        unshared.embedding.weight.copy_(shared.embedding.weight)
        unshared.W_xh.copy_(shared.rnn.weight_ih_l0.expand(T, H, E))
        unshared.W_hh.copy_(shared.rnn.weight_hh_l0.expand(T, H, H))
        unshared.b_h.copy_((shared.rnn.bias_ih_l0 + shared.rnn.bias_hh_l0).expand(T, H))
    unshared.linear = shared.linear
    assert torch.allclose(unshared(tokens()), shared(tokens()), atol=1e-12)
    with pytest.raises(ValueError, match="tokens has 4 steps; expected 6"):
        unshared(tokens(T=4))
