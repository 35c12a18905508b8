"""The trainer `torch+vllm` (backend.py): the torch learner, with vLLM as its sampler."""
