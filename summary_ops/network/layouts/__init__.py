"""Establish which axes of layers' outputs hold inputs, units and positions."""
