"""Tables of numbers and categories with holes, and their preparation."""
