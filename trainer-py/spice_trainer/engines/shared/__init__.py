"""Parts that several engines are put together from."""
