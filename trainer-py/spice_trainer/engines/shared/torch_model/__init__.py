"""Models of transformers in torch: loading them, their attention, and a compact copy for inference."""
