"""Sections of the page that only the reproduction of the report has."""
