"""Converts text to token ids and back, with the tokenizer in the folder of a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from transformers import AutoConfig, AutoTokenizer, GenerationConfig, PretrainedConfig

from spice_trainer.api import I32, BackendError, BackendErrorCode, Prompt


class HuggingFaceText:
    """Implements `parts.Text` with transformers."""

    def __init__(self, folder: Path) -> None:
        """`folder` contains the tokenizer and the configuration of the model."""
        config = AutoConfig.from_pretrained(folder)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self.vocabulary: int = config.vocab_size
        self.eos_ids = self._eos_ids(folder, config)

    def _eos_ids(self, folder: Path, config: PretrainedConfig) -> tuple[int, ...]:
        """Returns every id that ends a sample, the id of the tokenizer first."""
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
        """Returns the ids of a prompt, int32 [tokens]. Chat messages are rendered with the template
        of the model. Plain text gets the special tokens that the tokenizer adds. Raises
        `BackendError` INVALID_ARGUMENT or OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY)."""
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
        except Exception as refused:  # templates refuse roles with exceptions of any kind
            raise _invalid("CHAT_REFUSED", f"the chat template refused the messages: {refused}") from refused
        return np.array(encoded["input_ids"], dtype=np.int32)

    def completion_ids(self, text: str, append_eos: bool) -> I32:
        """Returns the ids of a supervised target, int32 [tokens], without added ids at the
        beginning. With `append_eos` the end-of-turn id is added at the end."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        if append_eos:
            if not self.eos_ids:
                raise _invalid("EOS_ABSENT", "the model declares no end-of-sequence id")
            ids = [*ids, self.eos_ids[0]]
        return np.array(ids, dtype=np.int32)

    def decode(self, ids: Sequence[int]) -> str:
        """Returns the text of ids, without special tokens."""
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def check(self, ids: I32, what: str) -> None:
        """Raises OUT_OF_RANGE when an id is not in the vocabulary."""
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
