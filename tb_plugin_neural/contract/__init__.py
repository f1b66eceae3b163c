"""Define the records that the recorder writes and the plugin reads."""
