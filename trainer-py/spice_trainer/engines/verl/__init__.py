"""The trainer `verl` (backend.py): FSDP2 workers of verl on Ray as the learner, with vLLM as the
sampler."""
