"""Check the English of docs and docstrings: `python -m tools.prose`, part of `make check`.

The project's own vocabulary is checked by a test, too; proselint adds what native readers stumble
over in any text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("summary_ops", "tb_plugin_neural", "tensorboard_neural")

# What to write instead, by a pattern of what not to. `docs/glossary.md` has the reasons.
VOCABULARY = {
    r"\bremov(al|als|ed units?|ing \w+ units?)\b|\bknock-?outs?\b": "ablation, ablated",
    r"\b(mis)?taken for\b": "predicted as, or confused with",
    r"\b(is|are|was|were|be|been|as) told\b(?! (apart|from))": "report",
    r"\btells? (of|how|what|whether)\b": "report, show",
    r"\bso (many|manieth)\b": "the number's own name",
    r"\b(it is|they are) (?-i:none)\b|\b(is|are) none of\b": "is not a …",
    r"\bseen through\b": "unwrapped",
    r"\bat (a|that|this) moment\b|\bof (a|that|this) moment\b": "snapshot",
    r"\bcertainty\b": "confidence",
    r"\b(optim|normal|visual|initial|quant|minim|standard|personal)is(e[ds]?|ing|ation)\b": "-ize",
}
CODE = re.compile(r"(?s:```.*?```)|`[^`\n]*`|\]\([^)]*\)|^ *(>>>|\.\.\.) .*$", re.MULTILINE)
OPENINGS = re.compile(r"(What|Which|Why|How|When|Something|Whether|Who|Where|Of which)\b")
# Checks of proselint that are about typewriters or tastes, not about English.
LEFT_OUT = (
    *("typography", "restricted", "annotations", "dates_times", "misc", "hedging", "spelling"),
    *("lexical_illusions", "needless_variants", "weasel_words"),  # tables repeat; saliency; very
)


class Text(NamedTuple):
    """A piece of prose.

    Attributes:
        path: of its file, below the root.
        line: where it begins, from 1.
        text: the prose; code is blanked out.
        opens: whether it is a docstring, whose first words are checked.
    """

    path: str
    line: int
    text: str
    opens: bool


def _without_code(text: str) -> str:
    """Blank fenced and inline code, links and tables' rules, keeping lines and columns."""
    return CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def texts() -> Iterator[Text]:
    """Yield the pages of documentation, and every docstring of the packages."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for path in [*pages, ROOT / "summary_ops" / "tracing" / "README.md"]:
        if path.exists():
            text = path.read_text("utf-8")
            if path.name == "glossary.md":  # the list of words that are not used has them
                text = text[: text.index("## Words of the code")]
            yield Text(path.relative_to(ROOT).as_posix(), 1, _without_code(text), opens=False)
    for path in (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))):
        if "_pb2" in path.name:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            kinds = ast.Module | ast.ClassDef | ast.FunctionDef
            if not isinstance(node, kinds):
                continue
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str(text)), lineno=line), *_]:
                    name = path.relative_to(ROOT).as_posix()
                    yield Text(name, line, _without_code(text), opens=True)


def faults() -> list[str]:
    """Return a line for each word that the project does not use: where, and what to say."""
    found = []
    for path, line, text, opens in texts():
        if opens and OPENINGS.match(text):
            found.append(f"{path}:{line} opens with {text.split()[0]!r}: begin with a verb or noun")
        for pattern, instead in VOCABULARY.items():
            for word in re.finditer(pattern, text, re.IGNORECASE):
                place = line + text.count("\n", 0, word.start())
                found.append(f"{path}:{place} {word[0]!r}: say {instead}")
    return found


def advice() -> list[str]:
    """Return what proselint finds in the same texts."""
    from proselint.checks import __register__  # noqa: PLC0415 - only `make check` needs it
    from proselint.registry import CheckRegistry  # noqa: PLC0415
    from proselint.tools import LintFile  # noqa: PLC0415

    registry = CheckRegistry()
    registry.register_many(__register__)
    kinds = {check.path.split(".")[0] for check in __register__}
    checks = {kind: kind not in LEFT_OUT for kind in kinds}
    found = []
    for path, line, text, _ in texts():
        for result, (row, _) in LintFile(path, text).lint({"max_errors": 1000, "checks": checks}):
            found.append(f"{path}:{line + row - 2} {result.message}")
    return found


def main() -> int:
    """Print what is wrong; return 1 if anything is."""
    found = [*faults(), *advice()]
    print("\n".join(found) or "no faults of language")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
