"""Two to twenty records that are one become one; everything that stood at the others follows."""
