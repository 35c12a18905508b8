"""The weight probe: a fixed text, scored after a weight update by both sides. Equal scores show that the weights arrived."""

PROBE_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."
