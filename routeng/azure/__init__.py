"""Azure's rules, one concept a file."""
