"""Two who meet on one customer: what each of them has done, a proposal, a decision, and what it teaches."""
