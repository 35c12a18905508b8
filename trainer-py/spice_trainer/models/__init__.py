"""Model sources: convert the `model` of a configuration to a local folder that transformers can
load.

A source is a local folder, an alias that this package can build without a model hub
(`smollm2-135m`), or a hub id. Nothing is downloaded from a hub unless the id is absent from the
local cache and the machine is on line.
"""

from spice_trainer.models.source import ALIASES, ModelSource, resolve

__all__ = ["ALIASES", "ModelSource", "resolve"]
