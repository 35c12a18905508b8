"""Text to token ids and back, with the tokenizer in a model's folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from transformers import AutoConfig, AutoTokenizer, GenerationConfig, PretrainedConfig

from spice_trainer.api import I32, BackendError, BackendErrorCode, Prompt


class HuggingFaceText:
    """Implements `parts.Text` with transformers."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds the tokenizer and the model's configuration."""
        config = AutoConfig.from_pretrained(folder)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self.vocabulary: int = config.vocab_size
        self.eos_ids = self._eos_ids(folder, config)

    def _eos_ids(self, folder: Path, config: PretrainedConfig) -> tuple[int, ...]:
        """Every id that ends a generation, the tokenizer's own first."""
        found: list[int] = []
        sources = [self._tokenizer.eos_token_id, config.eos_token_id]
        if (folder / "generation_config.json").is_file():
            sources.append(GenerationConfig.from_pretrained(folder).eos_token_id)
        for source in sources:
            for token in source if isinstance(source, list) else [source]:
                if token is not None and token not in found:
                    found.append(int(token))
        return tuple(found)

    def prompt_ids(self, prompt: Prompt) -> I32:
        """Ids of a prompt. Chat messages go through the model's template; plain text gets what the tokenizer adds.

        Raises `BackendError` INVALID_ARGUMENT or OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY).
        """
        if sum(part is not None for part in (prompt.chat, prompt.text, prompt.token_ids)) != 1:
            raise _invalid("PROMPT_AMBIGUOUS", "a prompt must set exactly one of chat, text and token_ids")
        if prompt.token_ids is not None:
            ids = np.ascontiguousarray(prompt.token_ids, dtype=np.int32)
            self.check(ids, "prompt")
        elif prompt.text is not None:
            ids = np.array(self._tokenizer(prompt.text)["input_ids"], dtype=np.int32)
        else:
            ids = self._chat_ids(prompt)
        if len(ids) == 0:
            raise _invalid("PROMPT_EMPTY", "a prompt has no tokens")
        return ids

    def _chat_ids(self, prompt: Prompt) -> I32:
        if self._tokenizer.chat_template is None:
            raise _invalid(
                "CHAT_TEMPLATE_ABSENT", "the tokenizer has no chat template", "send text or token_ids prompts"
            )
        messages = [{"role": message.role, "content": message.content} for message in prompt.chat or ()]
        try:
            encoded = self._tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
        except Exception as refused:  # templates are programs; each refuses roles in its own way
            raise _invalid("CHAT_REFUSED", f"the chat template refused the messages: {refused}") from refused
        return np.array(encoded["input_ids"], dtype=np.int32)

    def completion_ids(self, text: str, append_eos: bool) -> I32:
        """Ids of a supervised target, nothing added in front; the end-of-turn id after it when `append_eos`."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if append_eos:
            if not self.eos_ids:
                raise _invalid("EOS_ABSENT", "the model declares no end-of-sequence id")
            ids = [*ids, self.eos_ids[0]]
        return np.array(ids, dtype=np.int32)

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens removed."""
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def check(self, ids: I32, what: str) -> None:
        """Raise OUT_OF_RANGE when an id is not in the vocabulary."""
        if len(ids) and (ids.min() < 0 or ids.max() >= self.vocabulary):
            worst = int(ids.min() if ids.min() < 0 else ids.max())
            raise BackendError(
                BackendErrorCode.RANGE,
                "TOKEN_OUT_OF_VOCABULARY",
                f"{what} has token id {worst}; the vocabulary has {self.vocabulary} ids",
                "tokenize with this model's tokenizer",
            )


def _invalid(reason: str, message: str, hint: str = "") -> BackendError:
    return BackendError(BackendErrorCode.INVALID, reason, message, hint)
