"""The past in figures: measured from the changes by the hour and by the day, kept when the changes are compacted."""
