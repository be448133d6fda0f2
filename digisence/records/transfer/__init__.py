"""Records in files: out as CSV or JSON, and in again, exactly as they were."""
