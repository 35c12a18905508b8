"""The wire format of `spice.trainer.v1`: messages, columns, errors and call handlers, without
generated code.

Message classes are built at import from the committed descriptor set, so one sidecar runs with
whatever protobuf runtime (4.21 to 7) an engine pins.
"""
