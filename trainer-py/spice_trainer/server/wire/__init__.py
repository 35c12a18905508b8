"""The wire format of `spice.trainer.v1`: messages, columns, errors and call handlers, without
generated code.

Message classes are built at import from the committed descriptor set. So the sidecar runs with the
protobuf runtime (4.21 to 7) that an engine needs.
"""
