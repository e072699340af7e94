"""CSV, Parquet and Feather files: read, parted, written."""
