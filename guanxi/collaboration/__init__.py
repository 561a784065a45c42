"""Activities, the timeline and notifications."""
