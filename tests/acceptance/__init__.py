"""The whole service as an operator runs it, against a web of ours that misbehaves."""
