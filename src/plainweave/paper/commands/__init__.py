"""The reproduction's commands, as the library's: each parses, calls one function, and prints."""
