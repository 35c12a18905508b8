"""Array types. An array has one dimension, the token axis, unless a name says otherwise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]
