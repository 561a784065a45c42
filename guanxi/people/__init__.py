"""Companies and contacts."""
