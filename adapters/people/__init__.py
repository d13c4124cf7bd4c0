"""What people sign in with: passwords and authenticators."""
