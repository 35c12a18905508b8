"""The weight probe: a fixed text that both sides score after a weight update. Equal scores show
that the sampler has the weights of the learner."""

PROBE_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."
