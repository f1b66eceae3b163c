"""Declare the answers of routes; a module for what belongs together on the page."""

from tb_plugin_neural.routes.answers import (
    architecture,
    distributions,
    findings,
    graphs,
    index,
    instances,
    what_if,
)

__all__ = ["architecture", "distributions", "findings", "graphs", "index", "instances", "what_if"]
