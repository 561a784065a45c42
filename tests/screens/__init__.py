"""Every screen: pictures of it, and what a machine can say about its looks."""
