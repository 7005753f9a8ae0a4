"""`GET /docs`: the OpenAPI document as one page, without a script and without anybody's server."""

from __future__ import annotations

from html import escape
from typing import Any, Final

Json = dict[str, Any]

_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem } h3 { margin-top: 2rem } code { font-size: .95em }
table { border-collapse: collapse; width: 100% } details { margin: .5rem 0 }
th, td { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0;
  border-bottom: 1px solid #8884 }
.method { font-weight: 700 }
"""


def page(document: Json) -> str:
    """Every route with its fields, answers and codes."""
    info = document["info"]
    parts = [f"<h1>{escape(info['title'])}</h1>", _text(info["description"])]
    parts.append('<p><a href="/openapi.json">openapi.json</a></p>')
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>")
        for path, methods in document["paths"].items():
            parts += [
                _route(document, path, method, route)
                for method, route in methods.items()
                if tag["name"] in route.get("tags", ())
            ]
    parts.append("<h2>schemas</h2>")
    parts += [_schema(document, name) for name in sorted(document["components"]["schemas"])]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{escape(info["title"])}</title>'
        f"<style>{_STYLE}</style><main>{''.join(parts)}</main></html>"
    )


def _route(document: Json, path: str, method: str, route: Json) -> str:
    parts = [
        f'<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3>'
        f"<p><b>{escape(route.get('summary', ''))}.</b></p>{_text(route.get('description', ''))}"
    ]
    rows = [
        (f"{one['in']}: {one['name']}", _kind(one["schema"]), one.get("description", ""))
        for one in route.get("parameters", ())
    ]
    body = route.get("requestBody", {})
    rows += [
        (kind, _kind(content["schema"]), body.get("description", ""))
        for kind, content in body.get("content", {}).items()
    ]
    parts.append(_table(("sent", "", ""), rows))
    answers = [
        (status, _answer_kind(answer), answer["description"])
        for status, answer in route["responses"].items()
    ]
    parts.append(_table(("answer", "", ""), answers))
    return "".join(parts)


def _answer_kind(answer: Json) -> str:
    return ", ".join(_kind(content["schema"]) for content in answer.get("content", {}).values())


def _schema(document: Json, name: str) -> str:
    schema = document["components"]["schemas"][name]
    needed = set(schema.get("required", ()))
    rows = [
        (
            field + ("" if field in needed else " ?"),
            _kind(about),
            about.get("description", ""),
        )
        for field, about in schema.get("properties", {}).items()
    ]
    values = ", ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", ()))
    return (
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_text(schema.get('description', ''))}<p>{values}</p>{_table(('field', '', ''), rows)}"
        "</details>"
    )


def _kind(schema: Json) -> str:
    """As HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " | ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(escape(str(one)) for one in schema["enum"])
    return escape(str(schema.get("format") or schema.get("type") or ""))


def _table(head: tuple[str, str, str], rows: list[tuple[str, str, str]]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code><td>{kind}<td>{_inline(about)}"
        for name, kind, about in rows
    )
    heads = "".join(f"<th>{escape(one)}" for one in head)
    return f"<table><tr>{heads}{cells}</table>"


def _text(markdown: str) -> str:
    return "".join(f"<p>{_inline(part)}</p>" for part in markdown.strip().split("\n\n") if part)


def _inline(markdown: str) -> str:
    """Escaped, with `code` and **bold**."""
    html = escape(markdown)
    for mark, tag in (("**", "b"), ("`", "code")):
        pieces = html.split(mark)
        html = "".join(
            piece if at % 2 == 0 else f"<{tag}>{piece}</{tag}>" for at, piece in enumerate(pieces)
        )
    return html
