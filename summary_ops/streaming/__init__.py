"""Statistics of the inputs that pass through a network, by layer, unit and subset."""
