"""Take every view, light and dark, in a large, a small and a narrow window, for the documentation.

    python -m tools.pictures runs/demo            # into docs/images/views/
    python -m tools.pictures runs/demo /tmp/look graph

After the folders stand names of views; without any, all of them are taken, as they open by default.
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.conftest import FLAGS, opened, serve
from tests.e2e.neural_page import link
from tools.browser import chromium

TARGET = Path(__file__).parents[1] / "docs" / "images" / "views"
SIZES = ((1440, 900), (1024, 700), (390, 844))
THEMES = ("light", "dark")
PATIENCE = 180_000


def views(browser: Browser, address: str) -> list[str]:
    """Return the views that have a tab, in their order."""
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    tabs = opened(page, address).frame.locator('[role="tab"]')
    found = [(tab.get_attribute("id") or "").removeprefix("tab-") for tab in tabs.all()]
    page.close()
    return found


def take(browser: Browser, address: str, size: tuple[int, int], theme: str) -> Image.Image:
    """Return a picture of the tab once it is drawn, with TensorBoard's bar above it."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        reduced_motion="reduce",
        color_scheme="dark" if theme == "dark" else "light",
    )
    page.set_default_timeout(PATIENCE)
    opened(page, address)
    page.wait_for_timeout(2000)  # pictures are decoded after they have arrived
    picture = page.screenshot()
    page.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def main() -> None:
    """Serve a log directory, and take the pictures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("logdir", type=Path)
    parser.add_argument("target", type=Path, nargs="?", default=TARGET)
    parser.add_argument("views", nargs="*")
    options = parser.parse_args()
    options.target.mkdir(parents=True, exist_ok=True)
    with serve(options.logdir) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for view in options.views or views(browser, link(address)):
            for size in SIZES:
                for theme in THEMES:
                    file = options.target / f"{view}-{size[0]}x{size[1]}-{theme}.webp"
                    picture = take(browser, link(address, view=view), size, theme)
                    picture.save(file, lossless=True, quality=90)
                    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
