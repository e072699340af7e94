"""The reproduction's commands: `reproduce`, `audit` and `table-1`."""
