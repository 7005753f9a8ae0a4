"""SVG as text: elements whose names are ours and whose values are escaped.

Looks belong to the style sheet: the policy of the pages forbids `style` attributes.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Value = str | float


def element(name: str, *children: str, **attributes: Value) -> Markup:
    """`element("rect", x=1, class_="bar")`. Children that are no `Markup` are escaped.

    Numbers are kept to a tenth, `_` in a name stands for `-`, and one at its end for nothing.
    """
    written = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items())
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>")


def picture(
    id: str, title: str, description: str, size: tuple[int, int], parts: Iterable[Markup]
) -> Markup:
    """An image with a name and a description for those who do not see it."""
    return element(
        "svg",
        element("title", title, id=f"{id}-title"),
        element("desc", description, id=f"{id}-desc"),
        *parts,
        viewBox=f"0 0 {size[0]} {size[1]}",
        role="img",
        aria_labelledby=f"{id}-title",
        aria_describedby=f"{id}-desc",
        class_="chart",
    )


def _name(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def _value(value: Value) -> str:
    return str(escape(value)) if isinstance(value, str) else f"{round(value, 1):g}"
