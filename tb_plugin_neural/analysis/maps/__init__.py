"""Lay points out in the plane, and measure how well."""
