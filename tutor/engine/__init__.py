"""Models and everything done with them: import, memory, training, merging, export, chat, traces, evaluation."""

import logging

# PEFT imports bitsandbytes, which says at every start that a package is missing that nothing here needs.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
