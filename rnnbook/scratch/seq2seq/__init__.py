"""The encoder-decoder: one network reads a sequence, another writes one of any length.

    model = seq2seq.of(gru, gru, context="attention", attention="additive")

See `model` for what the encoder hands over, `teacher` for the sequences a decoder is trained on, `recurrence` for the
loop of the decoder with attention.
"""

from rnnbook.scratch.seq2seq.model import Decoding, Seq2Seq, of
from rnnbook.scratch.seq2seq.teacher import teacher_forced

__all__ = ["Decoding", "Seq2Seq", "of", "teacher_forced"]
