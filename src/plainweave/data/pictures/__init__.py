"""Pictures as examples, alone and in folders."""
