"""Mining: pure functions from numbers to findings. No table, no request and no word for people is in here.

Every finding carries a `Trust`: how many cases it stands on, what it assumes, and why it should not be relied
on, where it should not. A page that shows a finding shows its trust."""
