"""Facts: what happened, in the past tense, and who listens."""
