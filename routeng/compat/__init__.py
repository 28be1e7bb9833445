"""Drop-in views of other libraries: existing code switches by one import."""
