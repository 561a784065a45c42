"""Who sees a record beyond the scope of the role: shares, rules that share, requests, hand-over."""
