"""Models of transformers in torch: loading, attention, and a compact copy for inference."""
