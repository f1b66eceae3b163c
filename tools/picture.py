"""Take a picture of the tab for the documentation.

    python -m tools.picture runs/demo docs/images/graph.png 'view="graph"' 'subsets=[["all",0]]'

The parts of the selection are those of the address bar, where each stands behind `p.neural.`.
"""

import argparse
import io
import json
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.e2e.conftest import FLAGS, opened, serve
from tests.e2e.neural_page import link
from tools.browser import chromium

LARGEST = 400_000  # bytes; a larger picture gets by with fewer colours
COLOURS = 256
PATIENCE = 120_000


def take(address: str, size: tuple[int, int]) -> Image.Image:
    """Return the tab's picture at an address, once it is drawn, without TensorBoard's own bar."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(
            viewport={"width": size[0], "height": size[1]},
            reduced_motion="reduce",
        )
        page.set_default_timeout(PATIENCE)
        opened(page, address)
        page.wait_for_timeout(2000)  # pictures are decoded after they have arrived
        picture = page.locator('iframe[src*="name=neural"]').screenshot()
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def main() -> None:
    """Serve a log directory, and take the picture."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("logdir", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("selection", nargs="*", help="part=JSON")
    parser.add_argument("--size", type=int, nargs=2, default=(1360, 900))
    options = parser.parse_args()
    chosen = dict(part.split("=", 1) for part in options.selection)
    with serve(options.logdir) as address:
        selection = {key: json.loads(value) for key, value in chosen.items()}
        picture = take(link(address, **selection), tuple(options.size))
    picture.save(options.target, optimize=True)
    if options.target.stat().st_size > LARGEST:
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(options.target, optimize=True)
    print(f"{options.target}: {options.target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
