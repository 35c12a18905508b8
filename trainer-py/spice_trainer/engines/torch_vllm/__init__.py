"""The trainer `torch+vllm` (backend.py): the torch learner, and vLLM as its sampler."""
