"""The attribution graph as a test reads it: from the picture's elements and the saved tables."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator

from tests.e2e.neural_page import Neural, eventually

Unit = tuple[str, str]
"""Layer, and the unit as the picture calls it: `62`, `62↔17` between networks."""

Ends = tuple[Unit, Unit]

PICTURE = """() => {
  const part = (element, name) => parseFloat(element.style[name]);
  const nodes = [...document.querySelectorAll('.graph-node')].map(node => ({
    key: node.dataset.key, layer: node.dataset.key.split('\\n')[0],
    unit: node.querySelector('.graph-caption b').textContent,
    name: node.querySelector('.graph-caption bdi')?.textContent ?? '',
    x: part(node, 'left'), y: part(node, 'top'), width: part(node, 'width'),
    look: [...node.classList], pictured: node.querySelector('image') !== null,
  }));
  const edges = [...document.querySelectorAll('path.edge[data-ends]')].map(edge => ({
    ends: edge.dataset.ends, look: [...edge.classList], path: edge.getAttribute('d'),
    width: edge.style.getPropertyValue('--width'),
  }));
  return {nodes, edges};
}"""


@dataclass(frozen=True)
class Table:
    """Units, and edges by producer and consumer, each with the cells of its row by column."""

    nodes: dict[Unit, dict[str, str]]
    edges: dict[Ends, dict[str, str]]


class Graph:
    """The opened view."""

    def __init__(self, neural: Neural) -> None:
        self.neural = neural
        self.frame = neural.frame
        self.tools = self.frame.get_by_role("toolbar", name="Graph", exact=True)

    def nodes(self) -> dict[Unit, Any]:
        """What the picture shows of each unit, at rest."""
        return self._read()[0]

    def edges(self) -> dict[Ends, Any]:
        """Likewise of each edge."""
        return self._read()[1]

    def table(self) -> Table:
        """The tables of the saved files, `graph_units_…` and `graph_edges_…`."""
        self.neural.settle()
        saved: list[Any] = []
        page = self.neural.page

        def keep(file: Any) -> None:
            saved.append(file)

        page.on("download", keep)
        self.tools.get_by_role("button", name="CSV", exact=True).dispatch_event("click")

        def both() -> list[Any]:
            page.wait_for_timeout(20)
            assert len(saved) == 2
            return sorted(saved, key=lambda file: file.suggested_filename, reverse=True)

        units, edges = (
            list(csv.DictReader(file.path().read_text("utf-8-sig").splitlines()))
            for file in eventually(both)
        )
        page.remove_listener("download", keep)
        return Table(
            {(line["layer"], line["unit"]): line for line in units},
            {
                (
                    (line["producer layer"], line["producer"]),
                    (line["consumer layer"], line["consumer"]),
                ): line
                for line in edges
            },
        )

    def saved(self, kind: str) -> Any:
        """The file that an export button gives; the pointer stays where it is."""
        with self.neural.page.expect_download() as waiting:
            self.tools.get_by_role("button", name=kind, exact=True).dispatch_event("click")
        return waiting.value

    def more(self) -> Locator:
        """The toolbar with its further options open."""
        button = self.tools.get_by_role("button", name="More graph options")
        if button.get_attribute("aria-expanded") != "true":
            button.click()
        return self.tools

    def node(self, unit: Unit) -> Locator:
        """The button of a unit; of two networks by both of its numbers."""
        key = f"{unit[0]}\n{unit[1].split('↔')[0]}"
        return self.frame.locator(f".graph-node[data-key={css(key)}]")

    def lit(self) -> tuple[set[Unit], set[Ends]]:
        """Which units and edges are lit."""
        nodes, edges = self._read()
        return (
            {unit for unit, node in nodes.items() if "is-lit" in node["look"]},
            {ends for ends, edge in edges.items() if "is-lit" in edge["look"]},
        )

    def move_a(self, key: str) -> None:
        """Press a key on the step slider."""
        self.frame.get_by_role("slider", name="Step of A").press(key)
        self.neural.settle()

    def _read(self) -> tuple[dict[Unit, Any], dict[Ends, Any]]:
        def read() -> Any:
            self.neural.settle()
            found = self.frame.evaluate(PICTURE)
            assert found["nodes"]
            return found

        found = eventually(read)
        unit_of = {node["key"]: (node["layer"], node["unit"]) for node in found["nodes"]}
        edges = {}
        for edge in found["edges"]:
            parts = edge["ends"].split("\n")
            producer, consumer = ("\n".join(parts[at : at + 2]) for at in (0, 2))
            edges[unit_of[producer], unit_of[consumer]] = edge
        return {unit_of[node["key"]]: node for node in found["nodes"]}, edges


def css(text: str) -> str:
    """A string of CSS."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ") + '"'
