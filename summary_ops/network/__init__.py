"""The recorded network: its fixed facts, its layers, and how it is called."""
