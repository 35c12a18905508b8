"""TokensService: text to token ids."""

from __future__ import annotations

import asyncio

from spice_trainer.api import ChatMessage, Prompt
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.wire import columns, pb
from spice_trainer.server.wire.errors import invalid


class TokensService(pb.TokensServiceServicer):
    """Tokenization."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def tokenize(self, request: pb.TokenizeRequest, context: object) -> pb.TokenizeResponse:
        """Converts prompts to ids."""
        engine = self._runtime.engine
        vocabulary = engine.loaded.vocabulary
        prompts = [to_prompt(one, vocabulary) for one in request.prompts]
        if not prompts:
            raise invalid("PROMPTS", "prompts is empty")
        rows = await asyncio.to_thread(engine.backend.tokenize, prompts)
        return pb.TokenizeResponse(token_ids=columns.to_ragged(columns.from_rows(rows, "int32")))

    async def encode_completions(
        self, request: pb.EncodeCompletionsRequest, context: object
    ) -> pb.EncodeCompletionsResponse:
        """Converts supervised targets to ids."""
        engine = self._runtime.engine
        _ = engine.loaded
        texts = list(request.texts)
        if not texts:
            raise invalid("TEXTS", "texts is empty")
        rows = await asyncio.to_thread(engine.backend.encode_completions, texts, request.append_eos)
        return pb.EncodeCompletionsResponse(token_ids=columns.to_ragged(columns.from_rows(rows, "int32")))


def to_prompt(message: pb.Prompt, vocabulary: int) -> Prompt:
    """Converts a Prompt message to the Prompt of the backend. Raises INVALID_ARGUMENT."""
    form = message.WhichOneof("form")
    if form == "chat":
        turns = tuple(_turn(one) for one in message.chat.messages)
        if not turns:
            raise invalid("PROMPT", "a chat prompt has no message")
        return Prompt(chat=turns)
    if form == "text":
        if not message.text:
            raise invalid("PROMPT", "a text prompt is empty")
        return Prompt(text=message.text)
    if form == "token_ids":
        ids = columns.decode_ids(message.token_ids)
        if len(ids) == 0 or (ids < 0).any() or (ids >= vocabulary).any():
            raise invalid("PROMPT", f"prompt ids must be one or more numbers from 0 to {vocabulary - 1}")
        return Prompt(token_ids=ids)
    raise invalid("PROMPT", "a prompt has no form", "set chat, text or token_ids")


def _turn(message: pb.ChatMessage) -> ChatMessage:
    if message.role not in ("system", "user", "assistant"):
        raise invalid("PROMPT", f"chat role {message.role!r} is not system, user or assistant")
    return ChatMessage(message.role, message.content)
