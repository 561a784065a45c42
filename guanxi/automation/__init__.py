"""The action stream: whom to contact next and why."""
