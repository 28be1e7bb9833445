"""The command line: arguments, files, exit status; one file per command."""
