"""Make the tables of `docs/http_api.md` and the page's `api/schema.ts` from declared routes.

`python -m tools.schema` writes both; a test fails where they are not what it would write.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tb_plugin_neural.routes import ROUTES
from tb_plugin_neural.routes.answers import graphs, shared, what_if
from tb_plugin_neural.routes.requests.declared import (
    ARGUMENTS,
    Array,
    Arrays,
    Content,
    Json,
    Route,
    plain,
)

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "frontend" / "src" / "api" / "schema.ts"
PAGE = ROOT / "docs" / "http_api.md"
MARK = re.compile(r"<!-- answer of (?P<route>/\S+) -->\n.*?<!-- end -->\n", re.DOTALL)
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "boolean",
    type(None): "`null`",
}
UNIONS = (typing.Union, types.UnionType)
SENT = {
    "text": "string",
    "whole": "number",
    "number": "number",
    "flag": "boolean",
    "subject": "SentSubject",
}
HEAD = """\
/** What routes take and answer. Made by `make schema` from tb_plugin_neural/routes; do not edit. */

/** An array as it travels: a flat typed array and its shape, in C order. */
export interface Tensor<A> {
  readonly data: A;
  readonly shape: readonly number[];
}

/** Counts come in the narrowest unsigned type that holds them. */
export type Counts = Tensor<Uint8Array | Uint16Array | Uint32Array>;
export type Floats = Tensor<Float32Array>;

/** The answer of a route that sends arrays. */
export interface Answer<Arrays, Meta> {
  readonly arrays: Arrays;
  readonly meta: Meta;
}

/** What is compared, as it is sent: a subset of the inputs of a model at a step. */
export type SentSubject = readonly [run: string, model: string, step: number, subset: string];

"""


def named() -> dict[Any, str]:
    """Types that have a name of their own: tuples and words."""
    modules = (shared, graphs, what_if)
    found = {v: name for module in modules for name, v in vars(module).items() if _is_alias(v)}
    return {alias: name for alias, name in found.items() if name[0].isupper()}


def _is_alias(value: Any) -> bool:
    return typing.get_origin(value) in (typing.Literal, tuple, list)


NAMED = named()


def fields(of: Any) -> dict[str, tuple[Any, str]]:
    """Return the fields of a typed dictionary: type and meaning."""
    hints = typing.get_type_hints(of, include_extras=True)
    return {name: (hint.__origin__, hint.__metadata__[0]) for name, hint in hints.items()}


def typescript(of: Any, *, inside: bool = False) -> str:
    """Return a type as TypeScript spells it."""
    if of in PLAIN:
        return PLAIN[of]
    if typing.is_typeddict(of):
        return str(of.__name__)
    return NAMED[of] if of in NAMED and not inside else _compound(of)


def _compound(of: Any) -> str:
    origin, parts = typing.get_origin(of), typing.get_args(of)
    if origin is typing.Literal:
        return " | ".join(f'"{word}"' for word in parts)
    inner = [typescript(part) for part in parts]
    if origin in UNIONS:
        return " | ".join(inner)
    if origin is list:
        return f"readonly ({inner[0]})[]" if " " in inner[0] else f"readonly {inner[0]}[]"
    if origin is dict:
        return f"Readonly<Record<string, {inner[1]}>>"
    return f"readonly [{', '.join(inner)}]"


def dictionaries(of: Any) -> Iterator[Any]:
    """Yield the typed dictionaries that a type is made of, the innermost first."""
    if typing.is_typeddict(of):
        for inner, _ in fields(of).values():
            yield from dictionaries(inner)
        yield of
    for part in typing.get_args(of):
        yield from dictionaries(part)


def interface(name: str, about: str, members: Mapping[str, tuple[str, str]]) -> str:
    """Return one interface: type and meaning by name."""
    lines = [f"/** {about} */", f"export interface {name} {{"]
    for member, (kind, meaning) in members.items():
        lines += [f"  /** {_sentence(meaning)} */", f"  readonly {member}: {kind};"]
    return "\n".join([*lines, "}", "", ""])


def _sentence(phrase: str) -> str:
    first = phrase[:1].upper() + phrase[1:]
    return first if first.endswith(".") else f"{first}."


def camel(route: str) -> str:
    """Return a route's name as the name of a type."""
    return "".join(part.capitalize() for part in key(route).split("_"))


def key(route: str) -> str:
    """Return a route's name as a key."""
    return route.removeprefix("/")


def schema() -> str:
    """Return the whole of `schema.ts`."""
    routes = {path: route for path, route in ROUTES.items() if not path.endswith("*")}
    tops = [_top(route) for route in routes.values()]
    every = dict.fromkeys(one for top in tops if top is not None for one in dictionaries(top))
    names = [one.__name__ for one in every]
    if len({*names}) < len(names):
        raise ValueError(f"two typed dictionaries of one name among {sorted(names)}")
    parts = [HEAD]
    parts += [f"export type {n} = {typescript(v, inside=True)};\n" for v, n in NAMED.items()]
    parts.append("\n")
    for one in every:
        members = {n: (typescript(kind), text) for n, (kind, text) in fields(one).items()}
        parts.append(interface(one.__name__, one.__doc__ or "", members))
    for path, route in routes.items():
        if isinstance(route.answers, Arrays):
            members = {
                name: (
                    array.holds.capitalize(),
                    f"`[{', '.join(array.axes.split())}]`: {array.meaning}",
                )
                for name, array in route.answers.arrays.items()
            }
            parts.append(interface(f"{camel(path)}Arrays", f"Arrays of `{path}`.", members))
    parts += [_answers(routes), _arguments(routes), _kinds(routes)]
    return "".join(parts)


def _shape(array: Array) -> str:
    return f"[{', '.join(array.axes.split())}]"


def _top(route: Route) -> Any:
    if isinstance(route.answers, Json):
        return route.answers.of
    return route.answers.meta if isinstance(route.answers, Arrays) else None


def _answers(routes: Mapping[str, Route]) -> str:
    lines = ["/** What a route answers; those that are left out answer pictures. */"]
    lines.append("export interface Answers {")
    for path, route in routes.items():
        if isinstance(route.answers, Json):
            lines.append(f"  readonly {key(path)}: {typescript(route.answers.of)};")
        elif isinstance(route.answers, Arrays):
            meta = typescript(route.answers.meta)
            lines.append(f"  readonly {key(path)}: Answer<{camel(path)}Arrays, {meta}>;")
    return "\n".join([*lines, "}", "", ""])


def _arguments(routes: Mapping[str, Route]) -> str:
    lines = ["/** What a route takes. */", "export interface Arguments {"]
    for path, route in routes.items():
        lines.append(f"  readonly {key(path)}: {{")
        lines += [f"    readonly {plain(name)}: {_sent(name)};" for name in route.needs]
        lines += [f"    readonly {plain(name)}?: {_sent(name)};" for name in route.may]
        lines.append("  };")
    return "\n".join([*lines, "}", "", ""])


def _sent(name: str) -> str:
    kind = SENT[ARGUMENTS[plain(name)]]
    return f"readonly {kind}[]" if name.endswith("*") else kind


def _kinds(routes: Mapping[str, Route]) -> str:
    lines = ["/** What the arrays of a route hold. */", "export const ARRAYS = {"]
    for path, route in routes.items():
        if isinstance(route.answers, Arrays):
            lines.append(f"  {key(path)}: {{")
            lines += [f'    {n}: "{one.holds}",' for n, one in route.answers.arrays.items()]
            lines.append("  },")
    lines += ["} as const;", "", "/** Routes that answer a picture. */"]
    pictures = [f'"{key(path)}"' for path, r in routes.items() if isinstance(r.answers, Content)]
    return "\n".join([*lines, f"export const PICTURES = [{', '.join(pictures)}] as const;", ""])


def table(route: Route) -> str:
    """Return what a route answers, as tables in Markdown."""
    if isinstance(route.answers, Content):
        return f"Bytes: {', '.join(f'`{kind}`' for kind in route.answers.types)}.\n"
    found = ""
    if isinstance(route.answers, Arrays):
        rows = [
            f"| `{name}` | `{_shape(one)}` | {one.holds} | {one.meaning} |\n"
            for name, one in route.answers.arrays.items()
        ]
        found = "| array | shape | holds | meaning |\n| --- | --- | --- | --- |\n"
        found += "".join(rows) + "\n"
    rows = [
        f"| `{path}` | {kind} | {meaning} |\n" for path, kind, meaning in _rows(_top(route), "")
    ]
    if not rows:
        return f"{found}JSON: {_plainly(_top(route))}.\n"
    what = "metadata" if found else "field"
    return f"{found}| {what} | type | meaning |\n| --- | --- | --- |\n{''.join(rows)}"


def _rows(of: Any, prefix: str) -> Iterator[tuple[str, str, str]]:
    if not typing.is_typeddict(of):
        return
    for name, (kind, meaning) in fields(of).items():
        path = f"{prefix}{name}"
        yield path, _plainly(kind), meaning
        inner, marks = _inner(kind)
        yield from _rows(inner, f"{path}{marks}.")


def _inner(kind: Any) -> tuple[Any, str]:
    """Return what a list, dict or optional value holds, and the brackets around it."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in UNIONS:
        return _inner(parts[0])
    if origin in (list, dict):
        inner, marks = _inner(parts[-1])
        return inner, ("[]" if origin is list else "[key]") + marks
    return kind, ""


def _plainly(of: Any, plural: str = "") -> str:
    """Describe a type in words."""
    if of in WORDS:
        return WORDS[of] + plural
    if typing.is_typeddict(of):
        return f"object{plural}"
    origin, parts = typing.get_origin(of), typing.get_args(of)
    if origin is typing.Literal:
        return ", ".join(f"`{word}`" for word in parts)
    inner = [_plainly(part, "s" if origin in (list, dict) else "") for part in parts]
    if origin is tuple:
        return f"[{', '.join(inner)}]"
    words = {list: f"list of {inner[0]}", dict: f"{inner[-1]} by name"}
    return words.get(origin) or " or ".join(inner)


def documented(text: str) -> str:
    """Return the page of documentation with every table as it is declared."""
    return MARK.sub(
        lambda found: (
            f"<!-- answer of {found['route']} -->\n{table(ROUTES[found['route']])}<!-- end -->\n"
        ),
        text,
    )


def main() -> None:
    """Write both."""
    SCHEMA.parent.mkdir(exist_ok=True)
    SCHEMA.write_text(schema(), "utf-8")
    PAGE.write_text(documented(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
