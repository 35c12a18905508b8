# The part of openenv 0.10 that spice_export uses. The library is not in the environments of this
# project: an exported package runs in its user's environment.
