"""Facts: what happened, in the past tense, and who listens.

facts      state_fact, state_facts (in the caller's transaction), facts_of, actor_after
consuming  @consumer: who hears what
relay      gives committed facts their place in the one order of all
delivery   brings facts to consumers, parks those that fail, replays
sse        tells browsers that something changed

docs/subsystems/facts.md explains it; docs/decisions/0004-facts.md says why so.
"""
