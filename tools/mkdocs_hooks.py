"""What MkDocs does beyond Markdown when it builds the documentation; ``mkdocs.yml`` names this file.

- the examples become pages (`render_examples.py`), listed in the navigation, and so does the API (`api_pages.py`);
- ``<!-- benchmarks -->`` becomes the table of ``benchmarks/results``;
- in a code block, ``@function FILE NAME`` becomes that function's source, ``@lines FILE TEXT`` the lines with a text;
- formulas become MathML, which browsers show without a script.
"""

from __future__ import annotations

import ast
import html
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))
import api_pages
import readme_tables
import render_examples

ROOT = Path(__file__).resolve().parents[1]
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
IN_HEADING = re.compile(r"(\\)\((.*?)\\\)")
SOURCE = re.compile(r"^@(function|lines) (\S+) (.+)$", re.MULTILINE)


def on_config(config: Any) -> Any:
    """Put the examples into the navigation."""
    pages = [{render_examples.title(path): f"examples/{path.stem}.md"} for path in render_examples.examples()]
    for entry in config.nav:
        if "Examples" in entry:
            entry["Examples"] = ["examples/index.md", *pages]
        if "API" in entry:
            entry["API"] = [{title: f"api/{key}.md"} for key, (title, *_) in api_pages.PAGES.items()]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, not written."""
    pages = {f"examples/{path.stem}.md": render_examples.page(path) for path in render_examples.examples()}
    pages["examples/index.md"] = render_examples.overview()
    pages |= {f"api/{key}.md": api_pages.page(key) for key in api_pages.PAGES}
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in tables and sources."""
    markdown = readme_tables.filled(markdown, readme_tables.table())
    return SOURCE.sub(lambda found: source(*found.groups()), markdown)


def source(what: str, file: str, wanted: str) -> str:
    """A function, with its decorators, or the lines that contain a text; never nothing."""
    text = (ROOT / file).read_text(encoding="utf-8")
    if what == "lines":
        lines = [line for line in text.splitlines() if wanted in line]
    else:
        lines = [
            line
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and node.name == wanted
            for line in text.splitlines()[(node.decorator_list or [node])[0].lineno - 1 : node.end_lineno]
        ]
    if not lines:
        raise ValueError(f"{file} has no {what} {wanted!r}")
    return textwrap.dedent("\n".join(lines))


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Make MathML of the formulas, those of headings in the table of contents too."""
    waiting = list(page.toc)
    for item in waiting:
        waiting += item.children
        item.title = IN_HEADING.sub(formula, item.title)
    return FORMULA.sub(formula, content)


def formula(found: re.Match[str]) -> str:
    """The MathML of one formula."""
    kind, latex = found.groups()
    return convert(html.unescape(latex).strip(), display="block" if kind == "div" else "inline")
