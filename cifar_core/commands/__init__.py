"""The commands of the command line, one a file: its flags, and what it does."""
