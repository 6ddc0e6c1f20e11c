"""Networks in NumPy that read like their equations, forward and backward.

A recurrent layer is a module with `init`, `step`, `forward`, `backward`: `rnn`, `relu_rnn`, `lstm`, `lstm_peephole`,
`gru`, `gru_original`. A structure takes a layer and returns one: `stacked.of(bidirectional.of(lstm))`; so do
`learned_start`, `truncated` and `checkpointed`. Around them: `embedding`, `linear`, `losses`, `attention`,
`transformer`, `seq2seq`, `crf`; what trains and uses them: `weights`, `optim`, `training`, `search`, `metrics`; what
proves them: `gradients`, `gradient_checks`.

Sequences are time-major, (T, B, D); states are (B, H); weights are (out, in).

float32 gives float32 and float64 gives float64; where the two meet, NumPy's rules hold and the result is float64.
"""
