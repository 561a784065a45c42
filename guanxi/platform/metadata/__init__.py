"""The registry of objects, and the types of their fields."""
