"""The pages of sign-in and of settings."""
